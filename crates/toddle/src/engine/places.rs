//! Where the values of a row or block, and the gradients to them, lie in memory: what nothing reads any more leaves its place to others.

use alloc::vec::Vec;
use core::ops::Range;

use super::plan::Plan;
use crate::network::{Node, Op};

/// A place begins at a multiple of so many elements, and so on a cache line.
const LINE: usize = 16;

/// Where the values and the gradients of a frame lie in its memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// The element at which each value begins. None: each block keeps the value outside of the frame.
    pub values: Vec<Option<usize>>,
    /// The element at which each gradient begins.
    pub gradients: Vec<usize>,
    /// By how many elements each value makes the memory longer.
    pub growth_by_values: Vec<usize>,
    /// By how many elements all gradients make the memory longer.
    pub growth_by_gradients: usize,
}

impl Places {
    /// Follows a row or block of `plan` through the network and back. `keeps`: nothing leaves its place.
    pub fn new<T>(plan: &Plan, nodes: &[Node<T>], keeps: bool) -> Self {
        let frame = &plan.frame;
        let mut events: Vec<(usize, Event, usize)> = Vec::new();
        for (n, life) in Lives::new(plan, nodes, keeps).0.into_iter().enumerate() {
            if !life.is_empty() {
                events.extend([(life.start, Event::Begins, n), (life.end - 1, Event::Ends, n)]);
            }
        }
        events.sort_unstable();
        let lengths: Vec<usize> = frame.values.iter().chain(&frame.gradients).copied().collect();
        let (mut places, mut growth) = (vec![0; lengths.len()], vec![0; lengths.len()]);
        let mut memory = Memory::default();
        for (_, event, n) in events {
            let length = lengths[n].next_multiple_of(LINE);
            match event {
                Event::Begins => (places[n], growth[n]) = memory.take(length),
                Event::Ends => memory.give_back(places[n], length),
            }
        }
        let gradients = places.split_off(frame.values.len());
        let growth_by_gradients = growth.split_off(frame.values.len()).iter().sum();
        let is_kept = plan.kept_values();
        let values = places.into_iter().zip(is_kept).map(|(place, is_kept)| (!is_kept).then_some(place));
        Places { values: values.collect(), gradients, growth_by_values: growth, growth_by_gradients }
    }

    /// Elements of the memory.
    pub fn length(&self) -> usize {
        self.growth_by_values.iter().sum::<usize>() + self.growth_by_gradients
    }
}

/// The memory of a frame, as far as it has been needed.
#[derive(Default)]
struct Memory {
    length: usize,
    /// The parts that nothing needs now, in order. No part touches the next one.
    free: Vec<Range<usize>>,
}

impl Memory {
    /// Takes the smallest free part that is long enough, or makes the memory longer. Returns the place, and by how much the memory
    /// has grown.
    fn take(&mut self, length: usize) -> (usize, usize) {
        let fits = |part: &&mut Range<usize>| part.len() >= length;
        if let Some(part) = self.free.iter_mut().filter(fits).min_by_key(|part| part.len()) {
            let place = part.start;
            part.start += length;
            self.free.retain(|part| !part.is_empty());
            return (place, 0);
        }
        let place = match self.free.pop_if(|part| part.end == self.length) {
            Some(last) => last.start,
            None => self.length,
        };
        let growth = place + length - self.length;
        self.length += growth;
        (place, growth)
    }

    /// Gives back a part that was taken.
    fn give_back(&mut self, place: usize, length: usize) {
        let mut part = place..place + length;
        let at = self.free.partition_point(|other| other.start < part.start);
        if self.free.get(at).is_some_and(|next| next.start == part.end) {
            part.end = self.free.remove(at).end;
        }
        match at.checked_sub(1).map(|before| &mut self.free[before]) {
            Some(before) if before.end == part.start => before.end = part.end,
            _ if part.is_empty() => {}
            _ => self.free.insert(at, part),
        }
    }
}

/// What happens to the place of a value or gradient. At the same time, places are taken before others are given back: a node writes
/// its output while it reads its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Begins,
    Ends,
}

/// From when to when each value, and then each gradient, has to be there.
///
/// The time is 0 at the first of `N` nodes, `N` at the loss, `2N` at the first node on the way back, and `2N + 1` at the end. The range
/// of what is never there ends at 0.
struct Lives(Vec<Range<usize>>);

impl Lives {
    fn new<T>(plan: &Plan, nodes: &[Node<T>], keeps: bool) -> Self {
        let frame = &plan.frame;
        let (loss, end) = (nodes.len(), 2 * nodes.len() + 1);
        let values = frame.values.len();
        let mut lives = Lives(vec![0..0; values + frame.gradients.len()]);
        for port in &frame.inputs {
            lives.extend(port.value, 0);
        }
        for (n, node) in frame.nodes.iter().enumerate() {
            node.values().for_each(|value| lives.extend(value, n));
        }
        for port in &frame.outputs {
            lives.extend(port.value, loss);
            port.gradient.into_iter().for_each(|gradient| lives.extend(values + gradient, loss));
        }
        for (n, node) in frame.nodes.iter().enumerate() {
            let Some(back) = &node.backward else { continue };
            let time = end - 1 - n;
            let reads = match nodes[n].op {
                Op::Layer(_) => vec![node.x, node.y],
                Op::Product => node.inputs().collect(),
                Op::Sum | Op::Concat => Vec::new(),
            };
            reads.into_iter().for_each(|value| lives.extend(value, time));
            back.gradients().for_each(|gradient| lives.extend(values + gradient, time));
            if plan.nodes[n].whole_batch().is_some() {
                lives.extend(node.x, end);
            }
        }
        for port in &frame.inputs {
            port.gradient.into_iter().for_each(|gradient| lives.extend(values + gradient, end));
        }
        if keeps {
            lives.0.iter_mut().filter(|life| life.end > 0).for_each(|life| life.end = end + 1);
        }
        for (life, is_kept) in lives.0.iter_mut().zip(plan.kept_values()) {
            if is_kept {
                *life = 0..0;
            }
        }
        lives
    }

    /// A value or gradient is written or read at a time.
    fn extend(&mut self, n: usize, time: usize) {
        let life = &mut self.0[n];
        let start = if life.end == 0 { time } else { life.start.min(time) };
        *life = start..life.end.max(time + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::Mode;
    use crate::{
        BatchNorm, Conv2d, Dense, Flatten, GraphSpec, Machine, Network, NetworkSpec, Relu, Residual, Shape,
        Tanh,
    };
    use toddle_lanes::Isa;

    fn plan(network: &Network<f32>, batch: usize, mode: Mode) -> Plan {
        network.plan(batch, mode, &Machine { isa: Isa::detect(), threads: 1 })
    }

    #[test]
    fn what_is_not_read_any_more_leaves_its_place() {
        let line =
            || NetworkSpec::new(Shape::vector(128)).add(Dense::new(144)).add(Tanh).add(Dense::new(112));
        let inner = Residual::new().add(Tanh).add(Tanh);
        let values = 128 + 2 * 144 + 112;
        for (spec, inference, training) in [
            // The gradients to the outputs of the last two layers find no place.
            (line(), 128 + 2 * 144, values + 112 + 144),
            (
                line().add(Tanh).add(Tanh).add(Dense::new(32)),
                128 + 2 * 144,
                values + 2 * 112 + 2 * 32 + 2 * 112,
            ),
            // The input of the block is there until its sum.
            (line().add(inner), 128 + 2 * 144, values + 4 * 112),
        ] {
            let network = spec.build(0).unwrap();
            let length = |mode| plan(&network, 1, mode).frame.places.length();
            assert_eq!((length(Mode::Infer), length(Mode::Gradient)), (inference, training));
            let machine = Machine { isa: Isa::detect(), threads: 1 };
            let kept = network.plan_that_keeps(1, Mode::Infer, &machine).frame;
            assert_eq!(kept.places.length(), kept.values.iter().sum::<usize>());
        }
    }

    #[test]
    fn what_is_there_at_the_same_time_has_places_apart() {
        let residual = NetworkSpec::new(Shape::image(2, 6, 6))
            .add(Conv2d::new(3, 3))
            .add(BatchNorm::default())
            .add(Relu)
            .add(
                Residual::new()
                    .add(Conv2d::new(3, 3).padding(1))
                    .add(BatchNorm::default())
                    .project(Conv2d::new(3, 1)),
            )
            .add(Relu)
            .add(Flatten)
            .add(Dense::new(20))
            .add(Residual::new().add(Tanh).add(Dense::new(20)));
        let mut branches = GraphSpec::new();
        let (one, two) = (branches.input("one", Shape::vector(40)), branches.input("two", Shape::vector(50)));
        let left = branches.add(Dense::new(30), one);
        let right = branches.add(Dense::new(30), two);
        let product = branches.product([left, right]);
        let joined = branches.concat([product, left, two]);
        branches.add(Dense::new(10), joined);
        for spec in [GraphSpec::from(residual), branches] {
            let network = spec.build(0).unwrap();
            for mode in
                [Mode::Infer, Mode::Gradient, Mode::Descend, Mode::Open { input_gradient: true }, Mode::Trace]
            {
                for batch in [1, 40] {
                    let plan = plan(&network, batch, mode);
                    let Places { values, gradients, .. } = &plan.frame.places;
                    let lengths = plan.frame.values.iter().chain(&plan.frame.gradients);
                    let places = values.iter().copied().chain(gradients.iter().copied().map(Some));
                    let lives = Lives::new(&plan, network.nodes(), mode == Mode::Trace).0;
                    let there: Vec<_> = places
                        .zip(lengths)
                        .zip(&lives)
                        .filter_map(|((place, length), life)| Some((place?..place? + length, life)))
                        .filter(|(_, life)| !life.is_empty())
                        .collect();
                    let meet = |a: &Range<usize>, b: &Range<usize>| a.start < b.end && b.start < a.end;
                    for (n, (place, life)) in there.iter().enumerate() {
                        assert!(place.end <= plan.frame.places.length());
                        for (other, life_of_other) in &there[n + 1..] {
                            assert!(
                                !meet(life, life_of_other) || !meet(place, other),
                                "{mode:?} of {batch}: {there:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}
