//! Asking a network.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use toddle_lanes::{Pool, Shares};

use super::worker::Walk;
use super::{Engine, Family, Machine, Mode};
use crate::error::FitError;
use crate::{Float, Network};

/// Samples in a batch: more gain nothing.
const MOST: usize = 1024;

impl<T: Float> Network<T> {
    /// The network's outputs of the samples `x`, one after the other.
    ///
    /// The outputs of a sample have the same bits, whichever other samples are in `x`.
    ///
    /// # Errors
    /// The length of `x` is not that of whole samples, or an embedding gets a number that is not that of a class.
    pub fn predict(&self, x: &[T]) -> Result<Vec<T>, FitError> {
        let samples = self.check_inputs(x)?;
        let batch = samples.clamp(1, MOST);
        let mut y = vec![T::ZERO; samples * self.output().size()];
        let machine = Machine::detect()?;
        // A thread takes longer to start than to compute less than a block.
        let machine = machine.threads(machine.threads.min(batch.div_ceil(Family::Block.samples())));
        Engine::new(self, self.plan(batch, Mode::Infer, &machine)).forward(self, x, &mut y);
        Ok(y)
    }
}

impl<T: Float> Engine<T> {
    /// Sets `outputs` to the network's outputs of the samples `inputs`, any number of them.
    ///
    /// # Panics
    /// There are not as many samples in `inputs` as in `outputs`, or the plan is not of this network.
    pub fn forward(&mut self, network: &Network<T>, inputs: &[T], outputs: &mut [T]) {
        T::forward(self, network, inputs, outputs);
    }

    /// [`forward`](Self::forward), compiled for each number type in `number.rs`.
    pub(crate) fn forward_inner(&mut self, network: &Network<T>, inputs: &[T], outputs: &mut [T]) {
        let (input, output) = (network.input().size(), network.output().size());
        let samples = inputs.len() / input;
        let lengths = (inputs.len(), outputs.len());
        assert_eq!(lengths, (samples * input, samples * output), "as many outputs as inputs");
        self.check(network);
        self.pack(network);
        let batch = self.plan.batch;
        for (inputs, outputs) in inputs.chunks(batch * input).zip(outputs.chunks_mut(batch * output)) {
            self.forward_batch(network, inputs, outputs);
        }
    }

    /// Sets `outputs` to the outputs of a batch, which may be short. Then some workers have less to do, or nothing.
    fn forward_batch(&mut self, network: &Network<T>, inputs: &[T], outputs: &mut [T]) {
        let Engine { plan, pool, workers, frames, packed, .. } = self;
        let (input, output) = (plan.input, plan.output);
        let mut cuts = [0; Pool::MOST + 1];
        let cuts = &mut cuts[..plan.cuts.samples.len()];
        for (cut, sample) in cuts.iter_mut().zip(&plan.cuts.samples) {
            *cut = (sample * output).min(outputs.len());
        }
        let Network { nodes, state, weights, .. } = network;
        let walk = Walk {
            plan,
            nodes,
            state,
            packed,
            draws: None,
            loss: None,
            given: &[],
            moments: &[],
            gradient_sums: &[],
            zeros: &[],
        };
        let workers = Shares::new(workers, &plan.cuts.workers);
        let frames = Shares::new(frames, &plan.cuts.workers);
        let outputs = Shares::new(outputs, cuts);
        pool.run(|w| {
            let (worker, frame) = (&mut workers.take(w)[0], &mut frames.take(w)[0]);
            let together = plan.family.samples();
            let mine = &inputs[(plan.cuts.samples[w] * input).min(inputs.len())..];
            let blocks = mine.chunks(together * input).zip(outputs.take(w).chunks_mut(together * output));
            for (inputs, outputs) in blocks {
                frame.load(plan, inputs);
                worker.infer(&walk, weights, frame);
                frame.unload(plan, outputs);
            }
        });
    }

    /// The first node of `network` whose output of `x` is not finite.
    pub(crate) fn first_not_finite(network: &Network<T>, machine: &Machine, x: &[T]) -> Option<String> {
        let mut engine = Engine::new(network, network.plan_that_keeps(1, Mode::Infer, machine));
        engine.forward(network, x, &mut vec![T::ZERO; network.output().size()]);
        let values = engine.frames[0].all(&engine.plan.frame);
        let is_lost = |y: usize| values.value(y).iter().any(|y| !y.is_finite());
        (network.nodes().iter().zip(&engine.plan.frame.nodes))
            .find(|(_, frame)| is_lost(frame.y))
            .map(|(node, _)| node.name().to_string())
    }
}
