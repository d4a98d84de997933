//! Where a row or block keeps its numbers: what comes out of each node, and the gradients on the way back.

use toddle_lanes::LANES;

use crate::layer::Family;
use crate::network::{Node, Op};
use crate::{Float, LayerSpec, Network};

/// The buffers of one row or block.
#[derive(Clone, Debug, Default)]
pub(crate) struct FramePlan {
    /// Numbers in each buffer for values; the first holds the network's input.
    pub(crate) values: Vec<usize>,
    /// Numbers in each buffer for gradients to values, which take turns; the loss sets the first.
    pub(crate) slopes: Vec<usize>,
    pub(crate) nodes: Vec<NodeFrame>,
}

/// The buffers of one node.
#[derive(Clone, Debug)]
pub(crate) struct NodeFrame {
    /// The value that it takes.
    pub(crate) x: usize,
    /// The value that is added to what it makes: a sum's other one, or that of the sum behind it, which it does in passing.
    pub(crate) other: Option<usize>,
    /// The value that it makes; `x` itself for a view, or for a sum or a relu that a node before it does in passing.
    pub(crate) y: usize,
    /// Whether the node does the relu behind it, too.
    pub(crate) relu: bool,
    /// Its way back, unless there is nothing to learn from there on.
    pub(crate) turn: Option<Turn>,
}

/// A node's way back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turn {
    /// The gradient to the value that it makes.
    pub(crate) dy: usize,
    /// Where a layer writes the gradient to the value that it takes, if anyone wants that.
    pub(crate) dx: Option<usize>,
    /// Whether the node also does the way back of the relu behind it, to whose output `dy` is the gradient.
    pub(crate) relu: bool,
    /// Whether the node also does the way back of the relu before it, to whose input `dx` is the gradient.
    pub(crate) relu_before: bool,
    /// What is added up then, since a value goes to several nodes.
    pub(crate) sums: Vec<Sum>,
}

/// Adds the gradient `from` to the gradient `to`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// What `to` holds before, if it is not there yet.
    pub(crate) begin: Option<usize>,
}

impl FramePlan {
    pub(crate) fn new<T: Float>(network: &Network<T>, family: Family, trains: bool) -> Self {
        let nodes = network.nodes();
        let mut frame =
            FramePlan { values: vec![network.input().size() * family.samples()], ..FramePlan::default() };
        // Where each value lies, and whether anything before it learns.
        let mut places = vec![0];
        // The node that does each node's work.
        let mut doers = Vec::new();
        let mut learns = vec![false];
        for (n, node) in nodes.iter().enumerate() {
            let (mut x, mut other) = (places[node.from], node.takes().1.map(|other| places[other]));
            let mut does = n;
            let y = if is_done_in_passing(nodes, n, family) {
                does = doers[n - 1];
                match node.takes() {
                    (_, None) => frame.nodes[does].relu = true,
                    (one, Some(another)) => {
                        frame.nodes[does].other = Some(places[if one == n { another } else { one }]);
                    }
                }
                (x, other) = (places[n], None);
                x
            } else if node.layer().is_some_and(|layer| layer.is_view()) {
                x
            } else {
                frame.values.push(node.output().size() * family.samples());
                frame.values.len() - 1
            };
            doers.push(does);
            places.push(y);
            learns.push(
                learns[node.from]
                    || node.takes().1.is_some_and(|other| learns[other])
                    || !network.layout().layer(n).is_empty(),
            );
            frame.nodes.push(NodeFrame { x, other, y, relu: false, turn: None });
        }
        if trains {
            let mut way_back =
                WayBack { learns, at: vec![None; nodes.len() + 1], users: Vec::new(), sizes: Vec::new() };
            way_back.at[nodes.len()] = Some(way_back.take(network.output().size() * family.samples()));
            let turned = turned_in_passing(nodes, family);
            for (n, node) in nodes.iter().enumerate().rev() {
                let is_turned = turned[n].is_some();
                frame.nodes[n].turn = way_back.turn(network, family, n, node.from, &node.op, is_turned);
                if let Some(turn) = &mut frame.nodes[n].turn {
                    turn.relu = turned.get(n + 1) == Some(&Some(n));
                    turn.relu_before = n > 0 && turned[n - 1] == Some(n);
                }
            }
            frame.slopes = way_back.sizes;
        }
        frame
    }

    /// Numbers of the [`Panel`](toddle_kernels::layout::Panel)s of a block's value.
    pub(crate) fn panels(&self, value: usize) -> usize {
        self.values[value].next_multiple_of(LANES * LANES)
    }
}

/// Whether node `n` is a sum or a relu that the node before it, or whoever does that one's work, does in passing: nobody else
/// wants what that makes without it.
fn is_done_in_passing<T: Float>(nodes: &[Node<T>], n: usize, family: Family) -> bool {
    if !takes_alone(nodes, n) {
        return false;
    }
    let before = nodes[n - 1].layer().map(|layer| layer.needs(family));
    match nodes[n].layer() {
        Some(_) => is_relu(&nodes[n]) && before.is_none_or(|before| before.fuses_relu),
        None => before.is_some_and(|before| before.fuses_sum),
    }
}

/// For each node that is a relu, the neighbour that does its way back in passing, if one does.
fn turned_in_passing<T: Float>(nodes: &[Node<T>], family: Family) -> Vec<Option<usize>> {
    let needs = |n: usize| nodes[n].layer().map(|layer| layer.needs(family)).unwrap_or_default();
    let before = |n| is_done_in_passing(nodes, n, family) && needs(n - 1).turns_relu;
    let behind = |n| n < nodes.len() && takes_alone(nodes, n) && needs(n).turns_relu_before;
    (0..nodes.len())
        .map(|n| {
            if !is_relu(&nodes[n]) {
                None
            } else if before(n) {
                Some(n - 1)
            } else {
                behind(n + 1).then_some(n + 1)
            }
        })
        .collect()
}

/// Whether node `n`, and nobody else, takes what the node before it makes.
fn takes_alone<T: Float>(nodes: &[Node<T>], n: usize) -> bool {
    let uses = |node: &Node<T>| usize::from(node.from == n) + usize::from(node.takes().1 == Some(n));
    n > 0 && uses(&nodes[n]) == 1 && nodes.iter().map(uses).sum::<usize>() == 1
}

fn is_relu<T: Float>(node: &Node<T>) -> bool {
    node.layer().is_some_and(|layer| layer.spec() == LayerSpec::Relu)
}

/// Gives gradients their buffers, from the last node to the first.
struct WayBack {
    /// Whether anything before a value learns.
    learns: Vec<bool>,
    /// The buffer that holds the gradient to each value, as far as it has been met.
    at: Vec<Option<usize>>,
    /// How many values' gradients lie in each buffer.
    users: Vec<usize>,
    sizes: Vec<usize>,
}

impl WayBack {
    fn turn<T: Float>(
        &mut self,
        network: &Network<T>,
        family: Family,
        n: usize,
        from: usize,
        op: &Op<T>,
        turned: bool,
    ) -> Option<Turn> {
        let dy = self.at[n + 1].take()?;
        let mut turn = Turn { dy, ..Turn::default() };
        let size = network.nodes()[n].shape.size() * family.samples();
        match op {
            Op::Layer(layer) if layer.is_view() || turned => self.pass_on(&mut turn, from, size),
            Op::Layer(_) => {
                if self.learns[from] {
                    let from_shape =
                        if from == 0 { network.input() } else { network.nodes()[from - 1].shape };
                    let dx = self.take(from_shape.size() * family.samples());
                    turn.dx = Some(dx);
                    if let Some(met) = self.at[from].replace(dx) {
                        turn.sums.push(Sum { from: met, to: dx, begin: None });
                        self.release(met);
                    }
                }
            }
            Op::Add { other } => {
                self.pass_on(&mut turn, from, size);
                self.pass_on(&mut turn, *other, size);
            }
        }
        self.release(dy);
        let learns = turn.dx.is_some() || !turn.sums.is_empty() || !network.layout().layer(n).is_empty();
        learns.then_some(turn)
    }

    /// Makes `turn.dy` the gradient to `value`, or a part of it.
    fn pass_on(&mut self, turn: &mut Turn, value: usize, size: usize) {
        if !self.learns[value] {
            return;
        }
        match self.at[value] {
            None => {
                self.users[turn.dy] += 1;
                self.at[value] = Some(turn.dy);
            }
            Some(met) => {
                let to = self.take(size);
                turn.sums.push(Sum { from: turn.dy, to, begin: Some(met) });
                self.at[value] = Some(to);
                self.release(met);
            }
        }
    }

    /// A buffer that nobody uses.
    fn take(&mut self, size: usize) -> usize {
        let free = self.users.iter().position(|&users| users == 0).unwrap_or_else(|| {
            self.users.push(0);
            self.sizes.push(0);
            self.users.len() - 1
        });
        self.users[free] = 1;
        self.sizes[free] = self.sizes[free].max(size);
        free
    }

    fn release(&mut self, buffer: usize) {
        self.users[buffer] -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchNorm, Conv2d, MaxPool2d, NetworkSpec, Relu, Residual, Shape};

    #[test]
    fn a_sum_or_a_relu_is_done_in_passing_where_nobody_else_wants_what_it_takes() {
        let network = NetworkSpec::new(Shape::image(2, 6, 5))
            .add(Conv2d::new(3, 3))
            .add(Relu)
            // No layer before it that does one.
            .add(Relu)
            .add(Conv2d::new(4, 1))
            // The block's other way wants the sums too.
            .add(Residual::new().add(Relu).add(Conv2d::new(4, 1)))
            .add(Relu)
            .add(BatchNorm::default())
            .add(Relu)
            // The norm does the sum, and the relu behind it.
            .add(Residual::new().add(Conv2d::new(4, 1)).add(BatchNorm::default()))
            .add(Relu)
            .build::<f32>(0)
            .unwrap();
        for family in [Family::Row, Family::Block] {
            let nodes = FramePlan::new(&network, family, true).nodes;
            let passing: Vec<bool> = nodes.iter().map(|node| node.relu).collect();
            assert_eq!(
                passing,
                [
                    true, false, false, false, false, false, true, false, true, false, false, true, false,
                    false
                ],
                "{family:?}"
            );
            let sums: Vec<bool> = nodes.iter().map(|node| node.other.is_some()).collect();
            let summing = [6, 11];
            assert_eq!(sums, std::array::from_fn::<_, 14, _>(|n| summing.contains(&n)), "{family:?}");
            let turning = |node: &NodeFrame| node.turn.as_ref().is_some_and(|turn| turn.relu);
            let turning: Vec<usize> = (0..nodes.len()).filter(|n| turning(&nodes[*n])).collect();
            assert_eq!(turning, [8], "{family:?}");
            let shared: Vec<bool> = nodes.iter().map(|node| node.x == node.y).collect();
            assert_eq!(
                shared,
                [false, true, false, false, false, false, false, true, false, true, false, false, true, true],
                "{family:?}"
            );
        }
    }

    #[test]
    fn a_pooling_goes_back_through_the_relu_before_it_where_nobody_else_does() {
        let network = NetworkSpec::new(Shape::image(2, 12, 12))
            .add(Conv2d::new(3, 1))
            .add(Relu)
            .add(MaxPool2d::new(2))
            .add(Relu)
            // Windows that share cells.
            .add(MaxPool2d::new(2).stride(1))
            .add(Relu)
            // What comes around goes back through that relu too.
            .add(Residual::new().add(MaxPool2d::new(1)))
            .add(BatchNorm::default())
            // The norm does that already.
            .add(Relu)
            .add(MaxPool2d::new(2))
            .build::<f32>(0)
            .unwrap();
        for (family, pooling, own) in
            [(Family::Row, vec![], vec![1, 3, 5]), (Family::Block, vec![2], vec![3, 5])]
        {
            let nodes = FramePlan::new(&network, family, true).nodes;
            let with = |has: fn(&Turn) -> bool| -> Vec<usize> {
                (0..nodes.len()).filter(|n| nodes[*n].turn.as_ref().is_some_and(has)).collect()
            };
            assert_eq!(with(|turn| turn.relu_before), pooling, "{family:?}");
            let relus = [1, 3, 5, 9];
            let turning: Vec<usize> =
                with(|turn| turn.dx.is_some()).into_iter().filter(|n| relus.contains(n)).collect();
            assert_eq!(turning, own, "{family:?}");
        }
    }
}
