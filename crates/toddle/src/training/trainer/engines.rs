//! The engines of a training: one for whole batches, and one for the last batch of an epoch if that batch is smaller.

use crate::engine::{Engine, Groups, Machine, Mode, Plan};
use crate::error::FitError;
use crate::{Float, Network, Ranks};

use super::no_room;

/// Engines that take much memory are not kept side by side: the one that is needed takes the place of the other.
#[derive(Debug)]
pub(super) struct Engines<T> {
    machine: Machine,
    mode: Mode,
    groups: Groups,
    ranks: Option<Ranks>,
    /// The plan of a whole batch.
    plan: Plan,
    /// The engine of the last step. It is there unless there was not enough memory for it.
    active: Option<Engine<T>>,
    /// The other engine, if both are kept.
    idle: Option<Engine<T>>,
}

/// Engines whose buffers take less are kept.
const LARGE: usize = 2 << 20;

/// In epochs of fewer steps the engines are kept: making them would take too large a part of the time.
const LONG: usize = 100;

impl<T: Float> Engines<T> {
    /// The engines for `samples` samples in batches of `batch`.
    pub fn new(
        network: &Network<T>,
        machine: Machine,
        mode: Mode,
        groups: Groups,
        ranks: Option<Ranks>,
        [batch, samples]: [usize; 2],
    ) -> Result<Engines<T>, FitError> {
        let plan = network.plan_of_rank(batch, mode, &machine, &groups, ranks.as_ref());
        let mut engines = Engines { machine, mode, groups, ranks, plan, active: None, idle: None };
        engines.of(network, batch)?;
        let rest = samples % batch;
        if rest > 0 {
            let rest = engines.plan_of(network, rest);
            if rest.bytes() < LARGE || samples / batch < LONG {
                engines.idle = Some(Engine::try_new(network, rest).map_err(no_room)?);
            }
        }
        Ok(engines)
    }

    fn plan_of(&self, network: &Network<T>, batch: usize) -> Plan {
        network.plan_of_rank(batch, self.mode, &self.machine, &self.groups, self.ranks.as_ref())
    }

    /// The groups of the parameters.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// The plan of a whole batch.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The number of threads of the last step.
    pub fn threads(&self) -> usize {
        self.active.as_ref().map_or(self.plan.workers(), Engine::threads)
    }

    /// The engine for batches of this size.
    pub fn of(&mut self, network: &Network<T>, batch: usize) -> Result<&mut Engine<T>, FitError> {
        let is_for = |engine: &Engine<T>| engine.plan().batch() == batch;
        if !self.active.as_ref().is_some_and(is_for) {
            if self.idle.as_ref().is_some_and(is_for) {
                core::mem::swap(&mut self.active, &mut self.idle);
            } else {
                // Its memory is free before the other engine asks for some.
                self.active = None;
                let plan = self.plan_of(network, batch);
                self.active = Some(Engine::try_new(network, plan).map_err(no_room)?);
            }
        }
        Ok(self.last())
    }

    /// The engine of the last step.
    pub fn last(&mut self) -> &mut Engine<T> {
        self.active.as_mut().expect("there was a step")
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use crate::{Adam, BatchNorm, Dense, Fit, Loss, NetworkSpec, Shape, Tanh, Trainer};

    #[test]
    fn engines_that_take_turns_compute_the_same_bits() {
        let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(5)).add(BatchNorm::default()).add(Tanh);
        let spec = spec.add(Dense::new(1));
        let x: Vec<f32> = (0..22).map(|i| (i * i % 7) as f32).collect();
        let y: Vec<f32> = (0..11).map(|i| (i % 3) as f32).collect();
        for accumulate in [1, 2] {
            let fit = Fit::new(Loss::MeanSquaredError, Adam::new(0.01)).epochs(5).batch(4);
            let fit = Fit { accumulate, ..fit };
            let train = |are_kept: bool| {
                let mut network = spec.build::<f32>(1).unwrap();
                let mut trainer = Trainer::new(&network, &fit, 11).unwrap();
                if !are_kept {
                    trainer.engines.idle = None;
                }
                let samples = crate::InMemory::new(&x, 2, &y, 1);
                trainer.run(&mut network, &samples, None, &mut crate::training::Nobody).unwrap();
                assert_eq!(trainer.engines.idle.is_some(), are_kept);
                (network.weights().to_vec(), network.state().to_vec())
            };
            assert_eq!(train(true), train(false));
        }
    }
}
