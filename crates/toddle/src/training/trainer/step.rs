//! A step of a training: of one batch, or of several whose gradients are accumulated.

use toddle_kernels::Run;
use toddle_kernels::update::{flat, tree};

use super::{StepReport, Trainer, TrainerState};
use crate::engine::{Engine, NotFinite, StepContext, Update};
use crate::error::FitError;
use crate::training::Fit;
use crate::training::mix::Mixer;
use crate::training::samples::{Drawn, Samples};
use crate::training::weighing::Weighing;
use crate::{Float, Network, Ranks};

impl<T: Float> Trainer<T> {
    /// Runs the next step.
    ///
    /// # Errors
    /// A loss or a weight has become infinite or NaN, or, at the end of an epoch, the optimizer's state. The state of
    /// the training is then the same as before the step. Only the weights may have changed.
    ///
    /// # Panics
    /// The training [is done](Self::is_done), the [epoch is over](Self::epoch_is_over), or the number of samples is
    /// not the one that the training was made for.
    pub fn step(
        &mut self,
        network: &mut Network<T>,
        samples: &dyn Samples<T>,
    ) -> Result<StepReport, FitError> {
        T::step(self, self.rate(), network, samples)
    }

    /// Checks that the optimizer's state is finite. If it is not, the weights may stay finite and never change again.
    ///
    /// [`step`](Self::step) checks the state at the end of each epoch. Call this method before you save a training in
    /// the middle of an epoch.
    ///
    /// # Errors
    /// An element is infinite or NaN. The error names the layer's parameter.
    pub fn check(&self, network: &Network<T>) -> Result<(), FitError> {
        for (slot, elements) in self.fit.optimizer.slots().iter().zip(&self.slots) {
            if T::are_finite(elements) {
                continue;
            }
            let is_lost =
                |range: &core::ops::Range<usize>| elements[range.clone()].iter().any(|x| !x.is_finite());
            if let Some(param) = network.layout().params().iter().find(|param| is_lost(&param.range)) {
                return Err(FitError::NotFinite {
                    what: format!("the optimizer's {slot} of `{}`", param.name),
                    epoch: self.state.epochs + 1,
                    step: self.state.steps + 1,
                });
            }
        }
        Ok(())
    }

    /// Runs the next step with this learning rate instead of the schedule's. `number.rs` compiles it for each number type, as
    /// `T::step`.
    pub(crate) fn step_at(
        &mut self,
        rate: f64,
        network: &mut Network<T>,
        samples: &dyn Samples<T>,
    ) -> Result<StepReport, FitError> {
        assert!(!self.is_done() && !self.epoch_is_over(), "the training goes on");
        assert_eq!(samples.count(), self.samples, "the samples are those of the training");
        self.weigh(network, samples)?;
        let TrainerState { seen, batches, loss_sum, right, .. } = self.state;
        let went = if self.fit.accumulate > 1 {
            self.accumulated_step(rate, network, samples)
        } else {
            self.single_step(rate, network, samples)
        };
        let went =
            went.and_then(
                |went| if self.epoch_is_over() { self.check(network).map(|()| went) } else { Ok(went) },
            );
        let (sum, trained) = match went {
            Ok(went) => went,
            Err(lost) => {
                // The state must remain one that this training can have.
                self.state =
                    TrainerState { seen, batches, loss_sum, right, ..core::mem::take(&mut self.state) };
                return Err(lost);
            }
        };
        let number = self.state.steps + 1;
        self.state.steps = number;
        if let Some(decay) = self.fit.average {
            let (take, w) = (T::from_f64(1.0 - decay), network.weights());
            flat::Follow { take, w, a: &mut self.average }.on(self.machine.isa);
        }
        let (seen, ends_epoch) = (self.state.seen, self.epoch_is_over());
        Ok(StepReport {
            number,
            epoch: self.state.epochs + 1,
            loss: sum / trained as f64,
            mean_loss: self.state.loss_sum / seen as f64,
            accuracy: self.state.accuracy(),
            rate,
            seen,
            ends_epoch,
        })
    }

    /// A step of one batch. Returns the sum of its losses, and their number.
    fn single_step(
        &mut self,
        rate: f64,
        network: &mut Network<T>,
        samples: &dyn Samples<T>,
    ) -> Result<(f64, usize), FitError> {
        let optimizer = self.optimizer();
        let Trainer { fit, state, slots, order, weighing, mixer, engines, losses, steps, .. } = self;
        let (batch, drawn) = next(fit, state, order, weighing, mixer, samples);
        let losses = &mut losses[..batch];
        let update = if fit.descends(engines.groups()) {
            Update::Descend { rate }
        } else {
            steps.clear();
            steps.extend(engines.groups().steps(&optimizer, state.steps + 1, rate));
            Update::Optimize { steps, clip: fit.clip, slots }
        };
        let engine = engines.of(network, batch)?;
        let went = engine.step(network, &drawn, step_context(fit, state), update, losses);
        fit.ranks.as_ref().map_or(Ok(()), Ranks::check)?;
        let sum = state.note(losses, engine.right());
        match went {
            Ok(()) => Ok((sum, batch)),
            Err(not_finite) => Err(self.lost(network, samples, not_finite, batch)),
        }
    }

    /// A step of several batches, with the mean of their gradients, in which each batch counts by its samples.
    fn accumulated_step(
        &mut self,
        rate: f64,
        network: &mut Network<T>,
        samples: &dyn Samples<T>,
    ) -> Result<(f64, usize), FitError> {
        let isa = self.machine.isa;
        let (mut total, mut trained, mut batches, mut first) = (0.0, 0, 0, 0);
        while batches < self.fit.accumulate && self.state.seen < self.samples {
            let Trainer { fit, state, order, weighing, mixer, engines, losses, sum, .. } = self;
            let (batch, drawn) = next(fit, state, order, weighing, mixer, samples);
            let losses = &mut losses[..batch];
            let engine = engines.of(network, batch)?;
            engine.gradient(network, &drawn, step_context(fit, state), losses);
            fit.ranks.as_ref().map_or(Ok(()), Ranks::check)?;
            let gradient = engine.gradient_mut();
            if batches == 0 {
                first = batch;
                sum.copy_from_slice(gradient);
            } else {
                // Only the last batch of an epoch has fewer samples.
                if batch < first {
                    let factor = T::from_f64(batch as f64 / first as f64);
                    flat::Scale { factor, x: gradient }.on(isa);
                }
                tree::Add { from: gradient, to: sum }.on(isa);
            }
            let lost = losses.iter().position(|loss| !loss.is_finite());
            total += state.note(losses, engine.right());
            (trained, batches) = (trained + batch, batches + 1);
            if let Some(sample) = lost {
                return Err(self.lost(network, samples, NotFinite::Loss { sample }, batch));
            }
        }
        let optimizer = self.optimizer();
        let Trainer { fit, state, slots, engines, sum, steps, .. } = self;
        steps.clear();
        steps.extend(engines.groups().steps(&optimizer, state.steps + 1, rate));
        let engine = engines.last();
        flat::Scale { factor: T::from_f64(first as f64 / trained as f64), x: sum }.on(isa);
        engine.gradient_mut().copy_from_slice(sum);
        if engine.update(network, steps, fit.clip, slots) {
            Ok((total, trained))
        } else {
            Err(self.lost(network, samples, NotFinite::Weights, 0))
        }
    }

    /// The error for an element that has become infinite or NaN in the last batch.
    fn lost(
        &self,
        network: &Network<T>,
        samples: &dyn Samples<T>,
        what: NotFinite,
        batch: usize,
    ) -> FitError {
        let place = match what {
            NotFinite::Weights => (network.layout().params().iter())
                .find(|param| network.weights()[param.range.clone()].iter().any(|w| !w.is_finite()))
                .map(|param| format!("the weights `{}`", param.name)),
            NotFinite::Loss { sample } => {
                let n = self.order[self.state.seen - batch + sample] as usize;
                let mut x = vec![T::ZERO; network.input().size()];
                samples.input(self.state.epochs as u32, n, &mut x);
                if x.iter().all(|x| x.is_finite()) {
                    Engine::first_not_finite(network, &self.machine, &x)
                        .map(|name| format!("what comes out of layer `{name}`"))
                } else {
                    Some(format!("the input of sample {n}"))
                }
            }
        };
        FitError::NotFinite {
            what: place.unwrap_or_else(|| "the loss".into()),
            epoch: self.state.epochs + 1,
            step: self.state.steps + 1,
        }
    }
}

/// The next batch: its size and its samples.
fn next<'a, T>(
    fit: &Fit,
    state: &TrainerState,
    order: &'a [u32],
    weighing: &'a Option<Weighing<T>>,
    mixer: &'a Option<Mixer<T>>,
    samples: &'a dyn Samples<T>,
) -> (usize, Drawn<'a, T>) {
    let left = &order[state.seen..];
    let order = &left[..fit.batch.min(left.len())];
    let factors = weighing.as_ref().map_or(&[][..], |weighing| &weighing.factors);
    (order.len(), Drawn { samples, order, epoch: state.epochs as u32, factors, mixer: mixer.as_ref() })
}

fn step_context<'a>(fit: &'a Fit, state: &TrainerState) -> StepContext<'a> {
    StepContext { seed: fit.seed, number: state.batches, loss: &fit.loss }
}

impl TrainerState {
    /// The part of this epoch's samples so far with a right answer.
    pub(super) fn accuracy(&self) -> Option<f64> {
        self.right.map(|right| right as f64 / self.seen as f64)
    }

    /// Adds a batch's losses and right answers to the state. Returns the sum of the losses.
    fn note<T: Float>(&mut self, losses: &[T], right: usize) -> f64 {
        let mut sum = 0.0;
        for loss in losses {
            sum += loss.to_f64();
            self.loss_sum += loss.to_f64();
        }
        self.seen += losses.len();
        self.right = self.right.map(|before| before + right);
        self.batches += 1;
        sum
    }
}
