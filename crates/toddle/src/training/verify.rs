//! The check of "same seed, same bits": one training with other numbers of threads and ranks and other instruction sets, and
//! stopped and resumed.

use std::fmt;
use std::ops::ControlFlow;
use std::string::ToString;
use std::thread;
use std::vec::Vec;

use toddle_lanes::{Isa, Purpose, Random};

use super::{Fit, Observer, Samples, StepReport, Trainer};
use crate::check::CheckError;
use crate::checkpoint::{self, About};
use crate::engine::Machine;
use crate::{Float, GraphSpec, Local, Network, Ranks};

/// The numbers of threads with which trainings are compared.
pub const THREADS: [usize; 4] = [1, 2, 3, 8];

/// The numbers of ranks with which trainings are compared.
pub const RANKS: [usize; 5] = [1, 2, 3, 4, 8];

/// The most places that are named.
const LISTED: usize = 4;

/// The number of stops of a training that is stopped and resumed.
const CUTS: usize = 20;

/// A training is stopped only within this many steps.
const MOST_PLACES: u64 = 1 << 16;

/// One way to run a training. Every way gives the same bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The number of ranks until the first stop. If there are several, they are threads of this process: [`Local`]. A way of several
    /// ranks goes on with the next number of [`RANKS`] after each stop.
    pub ranks: usize,
    /// The number of threads of each rank until the first stop. After each stop, the training uses the next number of [`THREADS`],
    /// unless it has several ranks.
    pub threads: usize,
    /// The instruction set.
    pub isa: Isa,
    /// The steps after which the training is stopped and resumed, in order.
    pub cuts: Vec<u64>,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Way { ranks, threads, isa, ref cuts } = *self;
        let list = |numbers: &mut dyn Iterator<Item = u64>| {
            numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
        };
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let stops = match cuts[..] {
            [first, .., last] if cuts.len() > LISTED => {
                format!("stopped at {} steps from {first} to {last}", cuts.len())
            }
            _ => format!("stopped after step {}", list(&mut cuts.iter().copied())),
        };
        match (ranks, cuts.is_empty()) {
            (1, true) => write!(f, "{isa}, {threads} thread{}", plural(threads)),
            (_, true) => write!(f, "{isa}, {ranks} ranks × {threads} thread{}", plural(threads)),
            (1, false) => {
                let threads = list(&mut (0..THREADS.len()).map(|leg| self.threads_of(leg) as u64));
                write!(f, "{isa}, {threads} threads in turn, {stops}")
            }
            (_, false) => {
                let ranks = list(&mut (0..RANKS.len()).map(|leg| self.ranks_of(leg) as u64));
                write!(f, "{isa}, {ranks} ranks in turn, {stops}")
            }
        }
    }
}

/// The ways in which a training of this many steps is compared. Each number of [`THREADS`] is used with the best
/// instruction set of this CPU. Each instruction set of this CPU is used once in a training that is stopped at twenty
/// places. `seed` decides the places, and after each stop the training goes on with another number of threads.
///
/// (The portable instruction set is many times slower than the others, so it trains only once.)
pub fn ways(steps: u64, seed: u64) -> Vec<Way> {
    let widest = THREADS.map(|threads| Way { ranks: 1, threads, isa: Isa::detect(), cuts: Vec::new() });
    let stopped = Isa::available().iter().enumerate().map(|(n, &isa)| Way {
        ranks: 1,
        threads: THREADS[(n + 1) % THREADS.len()],
        isa,
        cuts: cuts(steps, seed, n as u32),
    });
    // A training of one step has no places where it can be stopped.
    let others: Vec<Way> = stopped.filter(|way| !widest.contains(way)).collect();
    widest.into_iter().chain(others).collect()
}

/// The ways in which a training of this many steps is compared over ranks. Each number of [`RANKS`] is used with one and with two
/// threads. The last way is stopped at twenty places, which `seed` decides, and goes on with another number of ranks each time.
///
/// ```
/// let ways = toddle::verify::ways_of_ranks(100, 0);
/// assert_eq!(ways.len(), 11);
/// assert!(ways[0].to_string().ends_with(", 1 thread") && ways[9].to_string().ends_with(", 8 ranks × 2 threads"));
/// ```
pub fn ways_of_ranks(steps: u64, seed: u64) -> Vec<Way> {
    let isa = Isa::detect();
    let whole = RANKS
        .into_iter()
        .flat_map(|ranks| [1, 2].map(|threads| Way { ranks, threads, isa, cuts: Vec::new() }));
    whole.chain([Way { ranks: 3, threads: 1, isa, cuts: cuts(steps, seed, u32::MAX) }]).collect()
}

/// The places where training `n` of `steps` steps is stopped.
fn cuts(steps: u64, seed: u64, n: u32) -> Vec<u64> {
    let mut cuts: Vec<u64> = (1..steps.min(MOST_PLACES)).collect();
    Random::new(seed, Purpose::Shuffle, [u32::MAX, n]).shuffle(&mut cuts);
    cuts.truncate(CUTS);
    cuts.sort_unstable();
    cuts
}

/// The result of a training, as bytes that are the same on every machine.
#[derive(Clone, PartialEq, Eq)]
pub struct Trained {
    /// The network's weights, and the state of its layers.
    pub weights: Vec<u8>,
    /// The optimizer's state, and everything else that the training keeps.
    pub optimizer: Vec<u8>,
}

impl fmt::Debug for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of weights, {} of the optimizer", self.weights.len(), self.optimizer.len())
    }
}

impl Way {
    fn threads_of(&self, leg: usize) -> usize {
        let first = THREADS.iter().position(|threads| *threads == self.threads).unwrap_or(0);
        if leg == 0 || self.ranks > 1 { self.threads } else { THREADS[(first + leg) % THREADS.len()] }
    }

    fn ranks_of(&self, leg: usize) -> usize {
        let first = RANKS.iter().position(|ranks| *ranks == self.ranks).unwrap_or(0);
        if leg == 0 || self.ranks == 1 { self.ranks } else { RANKS[(first + leg) % RANKS.len()] }
    }

    /// Trains the network of `spec` and `seed` in this way for this many steps, or until the training is done.
    ///
    /// At each stop, only the bytes of a [`checkpoint`] are kept. The network and the training are read from these
    /// bytes. (So a user's own layers must be [registered](crate::custom::register).) `stepped` is called after each
    /// step. If a rank ends with other bits than rank 0, the result is that of this rank.
    ///
    /// # Errors
    /// The network cannot be built, or the training is not possible.
    pub fn train<T: Float>(
        &self,
        spec: impl Into<GraphSpec>,
        seed: u32,
        fit: &Fit,
        samples: &dyn Samples<T>,
        steps: u64,
        mut stepped: impl FnMut(),
    ) -> Result<Trained, CheckError> {
        let spec = spec.into();
        let mut file = Vec::new();
        let mut legs = self.cuts.iter().copied().chain([steps]).enumerate().peekable();
        loop {
            let (leg, end) = legs.next().expect("the last leg returns");
            let fit = fit.clone().machine(Machine { isa: self.isa, threads: self.threads_of(leg) });
            let train = |ranks: Option<Ranks>, leg: &mut Leg<'_>| {
                let fit = Fit { ranks, ..fit.clone() };
                let (mut network, mut trainer) = if file.is_empty() {
                    let network = spec.build::<T>(seed)?;
                    let trainer = Trainer::new(&network, &fit, samples.count())?;
                    (network, trainer)
                } else {
                    let saved = checkpoint::decode::<T>(&file)?;
                    let training = saved.training.expect("a training was kept");
                    let trainer = training.resume(&saved.network, &fit, samples.count())?;
                    (saved.network, trainer)
                };
                if trainer.state().steps < leg.end {
                    trainer.run(&mut network, samples, None, leg)?;
                }
                Ok::<_, CheckError>((network, trainer))
            };
            let (network, trainer) = match self.ranks_of(leg) {
                1 => train(None, &mut Leg { end, stepped: &mut stepped })?,
                ranks => thread::scope(|scope| {
                    let mut ranks = Local::ranks(ranks).into_iter().map(Ranks::new);
                    let first = ranks.next();
                    let train = &train;
                    let others: Vec<_> = ranks
                        .map(|rank| {
                            scope.spawn(move || train(Some(rank), &mut Leg { end, stepped: &mut || () }))
                        })
                        .collect();
                    let mut all = vec![train(first, &mut Leg { end, stepped: &mut stepped })?];
                    for other in others {
                        all.push(other.join().expect("a rank returns its errors")?);
                    }
                    let bits = |(network, trainer): &(Network<T>, Trainer<T>)| Trained::of(network, trainer);
                    let first = bits(&all[0]);
                    let odd = all.iter().position(|rank| bits(rank) != first).unwrap_or(0);
                    Ok::<_, CheckError>(all.swap_remove(odd))
                })?,
            };
            if legs.peek().is_none() {
                return Ok(Trained::of(&network, &trainer));
            }
            file = checkpoint::encode(&network, &About::default(), Some(&trainer));
        }
    }
}

impl Trained {
    fn of<T: Float>(network: &Network<T>, trainer: &Trainer<T>) -> Trained {
        let mut trained = Trained { weights: Vec::new(), optimizer: Vec::new() };
        for numbers in [network.weights(), network.state()] {
            numbers.iter().for_each(|x| x.write_le(&mut trained.weights));
        }
        for (_, numbers) in trainer.buffers() {
            numbers.iter().for_each(|x| x.write_le(&mut trained.optimizer));
        }
        trained
    }
}

/// The part of a training between two stops.
struct Leg<'a> {
    /// The last step.
    end: u64,
    /// Called after each step.
    stepped: &'a mut dyn FnMut(),
}

impl<T> Observer<T> for Leg<'_> {
    fn step(&mut self, report: &StepReport, _: &Network<T>, _: &Trainer<T>) -> ControlFlow<()> {
        (self.stepped)();
        if report.number < self.end { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}
