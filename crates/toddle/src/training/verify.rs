//! The check of "same seed, same bits": one training with other numbers of threads and other instruction sets, and
//! stopped and resumed.

use std::fmt;
use std::ops::ControlFlow;

use toddle_lanes::{Isa, Purpose, Random};

use super::{Fit, Observer, Samples, StepReport, Trainer};
use crate::check::CheckError;
use crate::checkpoint::{self, About};
use crate::engine::Machine;
use crate::{Float, GraphSpec, Network};

/// The numbers of threads with which trainings are compared.
pub const THREADS: [usize; 4] = [1, 2, 3, 8];

/// The number of stops of a training that is stopped and resumed.
const CUTS: usize = 20;

/// A training is stopped only within this many steps.
const MOST_PLACES: u64 = 1 << 16;

/// One way to run a training. Every way gives the same bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The number of threads until the first stop. After each stop, the training uses the next number of [`THREADS`].
    pub threads: usize,
    /// The instruction set.
    pub isa: Isa,
    /// The steps after which the training is stopped and resumed, in order.
    pub cuts: Vec<u64>,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |numbers: &mut dyn Iterator<Item = u64>| {
            numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
        };
        if self.cuts.is_empty() {
            let plural = if self.threads == 1 { "" } else { "s" };
            return write!(f, "{}, {} thread{plural}", self.isa, self.threads);
        }
        let threads = list(&mut (0..THREADS.len()).map(|leg| self.threads_of(leg) as u64));
        let cuts = list(&mut self.cuts.iter().copied());
        write!(f, "{}, {threads} threads in turn, stopped after step {cuts}", self.isa)
    }
}

/// The ways in which a training of this many steps is compared. Each number of [`THREADS`] is used with the best
/// instruction set of this CPU. Each instruction set of this CPU is used once in a training that is stopped at twenty
/// places. `seed` decides the places, and after each stop the training goes on with another number of threads.
///
/// (The portable instruction set is many times slower than the others, so it trains only once.)
pub fn ways(steps: u64, seed: u64) -> Vec<Way> {
    let widest = THREADS.map(|threads| Way { threads, isa: Isa::detect(), cuts: Vec::new() });
    let stopped = Isa::available().iter().enumerate().map(|(n, &isa)| {
        let mut cuts: Vec<u64> = (1..steps.min(MOST_PLACES)).collect();
        Random::new(seed, Purpose::Shuffle, [u32::MAX, n as u32]).shuffle(&mut cuts);
        cuts.truncate(CUTS);
        cuts.sort_unstable();
        Way { threads: THREADS[(n + 1) % THREADS.len()], isa, cuts }
    });
    widest.into_iter().chain(stopped).collect()
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
        if leg == 0 { self.threads } else { THREADS[(first + leg) % THREADS.len()] }
    }

    /// Trains the network of `spec` and `seed` in this way for this many steps, or until the training is done.
    ///
    /// At each stop, only the bytes of a [`checkpoint`] are kept. The network and the training are read from these
    /// bytes. (So a user's own layers must be [registered](crate::custom::register).) `stepped` is called after each
    /// step.
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
        let fit_of = |leg| fit.clone().machine(Machine { isa: self.isa, threads: self.threads_of(leg) });
        let mut network = spec.into().build::<T>(seed)?;
        let mut trainer = Trainer::new(&network, &fit_of(0), samples.count())?;
        for (leg, end) in self.cuts.iter().copied().chain([steps]).enumerate() {
            if leg > 0 {
                let file = checkpoint::encode(&network, &About::default(), Some(&trainer));
                let saved = checkpoint::decode::<T>(&file)?;
                let training = saved.training.expect("a training was kept");
                trainer = training.resume(&saved.network, &fit_of(leg), samples.count())?;
                network = saved.network;
            }
            if trainer.state().steps < end {
                let mut leg = Leg { end, stepped: &mut stepped };
                trainer.run(&mut network, samples, None, &mut leg)?;
            }
        }
        let mut trained = Trained { weights: Vec::new(), optimizer: Vec::new() };
        for numbers in [network.weights(), network.state()] {
            numbers.iter().for_each(|x| x.write_le(&mut trained.weights));
        }
        for (_, numbers) in trainer.buffers() {
            numbers.iter().for_each(|x| x.write_le(&mut trained.optimizer));
        }
        Ok(trained)
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
