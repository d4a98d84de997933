//! A training, step by step, and its curves.

use std::ops::ControlFlow;

use toddle::checkpoint::{self, About};
use toddle::{Epoch, FitError, Float, Network, Observer, Samples, StepReport, Trainer};
use toddle_data::{Augment, Augmented, Parts};
use toddle_run::digest::sha256;
use toddle_run::run::metrics::Row;

use super::film::Camera;
use crate::protocol::{Curves, EpochNews, Fault, News, State};

/// How far a training shall go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// It waits.
    None,
    /// One step.
    Step,
    /// To the end of the epoch.
    Epoch,
    /// To the end.
    End,
}

/// A training with its curves.
pub struct Training<T> {
    pub trainer: Trainer<T>,
    goal: Goal,
    record: Record,
    failed: Option<String>,
    ended: Option<Ended<T>>,
}

/// What is noted of a training.
struct Record {
    /// Whether answers are right or wrong.
    counts: bool,
    /// It grows with each step, and with each change of the training.
    moment: u64,
    has_trained: bool,
    curve: Curve,
    /// The metrics of the epochs that have ended.
    rows: Vec<Row>,
    /// The epochs whose time is known, and the time since the last of them.
    timed: usize,
    spent: f64,
    step_loss: Option<f64>,
    /// The mean loss and the accuracy of this epoch so far.
    so_far: (Option<f64>, Option<f64>),
}

/// What the end of a training has changed.
struct Ended<T> {
    /// The digest of the final weights.
    sha256: String,
    /// The weights and the state after the last step, if the final ones are others.
    last: Option<(Vec<T>, Vec<T>)>,
}

impl<T: Float> Training<T> {
    /// A training that waits. `rows` are the metrics of the epochs that `trainer` has behind it.
    pub fn new(trainer: Trainer<T>, counts: bool, mut rows: Vec<Row>) -> Training<T> {
        rows.retain(|row| row.epoch <= trainer.state().epochs);
        let record = Record {
            counts,
            moment: trainer.state().steps,
            has_trained: false,
            curve: Curve::default(),
            timed: rows.len(),
            rows,
            spent: 0.0,
            step_loss: None,
            so_far: (None, None),
        };
        Training { trainer, goal: Goal::None, record, failed: None, ended: None }
    }

    /// The same training after the moments of another one.
    pub fn after(mut self, moment: u64) -> Training<T> {
        self.record.moment = moment;
        self
    }

    /// The same training with another trainer, which has taken over the state of this one. The network gets the weights that belong
    /// to this state.
    pub fn with(mut self, trainer: Trainer<T>, network: &mut Network<T>) -> Training<T> {
        self.restore_last(network);
        self.record.moment += 1;
        if trainer.state().seen < self.trainer.state().seen {
            self.record.so_far = (None, None);
        }
        let mut with = Training { trainer, failed: None, ..self };
        // The steps of an epoch that begins again are taken again.
        with.record.curve.cut(place(&with.trainer));
        with.end_if_done(network);
        with
    }

    pub fn moment(&self) -> u64 {
        self.record.moment
    }

    pub fn has_trained(&self) -> bool {
        self.record.has_trained
    }

    /// The metrics of the epochs that have ended.
    pub fn rows(&self) -> &[Row] {
        &self.record.rows
    }

    pub fn is_running(&self) -> bool {
        self.goal != Goal::None && self.failed.is_none() && !self.trainer.is_done()
    }

    /// Sets how far to go.
    pub fn want(&mut self, goal: Goal) {
        self.goal = if self.trainer.is_done() { Goal::None } else { goal };
    }

    /// The learning rate of the next step.
    pub fn rate(&self) -> f64 {
        self.trainer.rate()
    }

    /// Takes at most so many steps towards the goal.
    pub fn run(
        &mut self,
        network: &mut Network<T>,
        parts: &Parts,
        augment: &Augment,
        seed: u64,
        steps: usize,
        mut camera: Option<&mut Camera<T>>,
    ) where
        T: From<f32>,
    {
        let mut run = || -> Result<(), Fault> {
            let samples = Augmented::new(&parts.train, augment, seed)?;
            let plain = |dataset| Augmented::new(dataset, &Augment::default(), seed);
            let validation = parts.validation.as_ref().map(plain).transpose()?;
            let validation = validation.as_ref().map(|samples| samples as &dyn Samples<T>);
            for _ in 0..steps {
                if !self.is_running() {
                    break;
                }
                let advanced = self.advance(network, &samples, validation, camera.as_deref_mut());
                // A loss that is not finite may come of a sample that could not be read.
                parts.check_read()?;
                advanced?;
            }
            Ok(())
        };
        if let Err(fault) = run() {
            self.failed = Some(fault.to_string());
            self.goal = Goal::None;
        }
    }

    fn advance(
        &mut self,
        network: &mut Network<T>,
        samples: &dyn Samples<T>,
        validation: Option<&dyn Samples<T>>,
        camera: Option<&mut Camera<T>>,
    ) -> Result<(), FitError>
    where
        T: From<f32>,
    {
        let Training { trainer, goal, record, .. } = self;
        let mut watcher = Watcher { goal, record, camera };
        // A watcher that has reached its goal says so in `goal`.
        let _ = trainer.advance(network, samples, validation, &mut watcher)?;
        if self.goal == Goal::Step {
            self.goal = Goal::None;
        }
        self.end_if_done(network);
        Ok(())
    }

    /// Adds the time of some steps, which a session cannot measure itself. Epochs that have ended in it share it.
    pub fn took(&mut self, seconds: f64) {
        let Record { rows, timed, spent, .. } = &mut self.record;
        *spent += seconds;
        let ended = rows.len() - *timed;
        if ended > 0 {
            let share = *spent / ended as f64;
            rows[*timed..].iter_mut().for_each(|row| row.seconds = share);
            (*timed, *spent) = (rows.len(), 0.0);
        }
    }

    /// Gives the network its final weights, if all epochs are over.
    pub fn end_if_done(&mut self, network: &mut Network<T>) {
        if !self.trainer.is_done() {
            return;
        }
        self.goal = Goal::None;
        let fit = self.trainer.fit();
        let last = (fit.keep_best || fit.average.is_some())
            .then(|| (network.weights().to_vec(), network.state().to_vec()));
        self.trainer.finish(network);
        self.ended = Some(Ended { sha256: sha256(network.weights()), last });
    }

    /// Gives the network the weights of the last step again, so that the training can go on.
    fn restore_last(&mut self, network: &mut Network<T>) {
        if let Some(Ended { last: Some((weights, state)), .. }) = self.ended.take() {
            network.weights_mut().copy_from_slice(&weights);
            network.state_mut().copy_from_slice(&state);
        }
    }

    /// A model file with the weights of `network`, and a checkpoint. None if the training cannot be resumed.
    pub fn files(&self, network: &Network<T>, about: &About) -> Option<(Vec<u8>, Vec<u8>)> {
        let copy = |weights: Option<&(Vec<T>, Vec<T>)>| {
            let mut copy = network.spec().build::<T>(0).ok()?;
            let (weights, state) =
                weights.map_or((network.weights(), network.state()), |(weights, state)| (weights, state));
            copy.weights_mut().copy_from_slice(weights);
            copy.state_mut().copy_from_slice(state);
            Some(copy)
        };
        let last = copy(self.ended.as_ref().and_then(|ended| ended.last.as_ref()))?;
        self.trainer.check(&last).ok()?;
        let checkpoint = checkpoint::encode(&last, about, Some(&self.trainer));
        let mut finished = copy(None)?;
        self.trainer.finish(&mut finished);
        Some((checkpoint::encode(&finished, about, None), checkpoint))
    }

    pub fn news(&self) -> News {
        let (trainer, state, record) = (&self.trainer, self.trainer.state(), &self.record);
        News {
            revision: 0,
            moment: record.moment,
            state: match () {
                () if self.failed.is_some() => State::Failed,
                () if trainer.is_done() => State::Done,
                () if self.is_running() => State::Running,
                () if state.steps == 0 => State::New,
                () => State::Paused,
            },
            epoch: state.epochs,
            epochs: trainer.fit().epochs,
            step: state.steps,
            steps_per_epoch: trainer.steps_per_epoch(),
            seen: state.seen,
            samples: trainer.samples(),
            rate: trainer.rate(),
            loss: record.so_far.0,
            accuracy: record.so_far.1,
            step_loss: record.step_loss,
            curves: Curves { epochs: record.rows.iter().map(epoch).collect(), ..record.curve.shown() },
            weights_sha256: self.ended.as_ref().map(|ended| ended.sha256.clone()),
            error: self.failed.clone(),
        }
    }
}

/// Notes what happens in a training, and films it.
struct Watcher<'a, T> {
    goal: &'a mut Goal,
    record: &'a mut Record,
    camera: Option<&'a mut Camera<T>>,
}

impl<T: Float + From<f32>> Observer<T> for Watcher<'_, T> {
    fn step(&mut self, report: &StepReport, _: &Network<T>, trainer: &Trainer<T>) -> ControlFlow<()> {
        let record = &mut *self.record;
        record.moment += 1;
        record.has_trained = true;
        record.step_loss = Some(report.loss);
        record.so_far = (Some(report.mean_loss), report.accuracy.filter(|_| record.counts));
        record.curve.push(place(trainer), report.loss);
        ControlFlow::Continue(())
    }

    fn epoch(&mut self, epoch: &Epoch, network: &Network<T>, trainer: &mut Trainer<T>) -> ControlFlow<()> {
        self.record.rows.push(Row { seconds: 0.0, ..Row::new(epoch, self.record.counts) });
        if let Some(camera) = &mut self.camera {
            camera.take(network, epoch.number, trainer.is_done());
        }
        if *self.goal == Goal::Epoch {
            *self.goal = Goal::None;
        }
        ControlFlow::Continue(())
    }
}

/// How many epochs the training has behind it, with the part of the present one.
fn place<T: Float>(trainer: &Trainer<T>) -> f64 {
    let state = trainer.state();
    state.epochs as f64 + state.seen as f64 / trainer.samples() as f64
}

/// The metrics of an epoch, for a page.
fn epoch(row: &Row) -> EpochNews {
    EpochNews {
        epoch: row.epoch,
        step: row.step,
        loss: row.loss,
        accuracy: row.training_accuracy,
        validation_loss: row.validation_loss,
        validation_accuracy: row.accuracy,
    }
}

/// The mean losses over the epochs, at most [`PLACES`] of them: when there are more, neighbours become one.
#[derive(Clone, Debug)]
struct Curve {
    /// A place in epochs, and the mean loss of the steps from the place before to it.
    places: Vec<(f64, f64)>,
    /// The steps of a place.
    width: u32,
    /// The steps of the next place so far, and the sum of their losses.
    open: (u32, f64),
}

/// The largest number of places of a curve.
const PLACES: usize = 400;

impl Default for Curve {
    fn default() -> Self {
        Curve { places: Vec::new(), width: 1, open: (0, 0.0) }
    }
}

impl Curve {
    fn push(&mut self, place: f64, loss: f64) {
        self.open = (self.open.0 + 1, self.open.1 + loss);
        if self.open.0 < self.width {
            return;
        }
        self.places.push((place, self.open.1 / f64::from(self.width)));
        self.open = (0, 0.0);
        if self.places.len() == PLACES {
            self.places =
                self.places.chunks(2).map(|pair| (pair[1].0, (pair[0].1 + pair[1].1) / 2.0)).collect();
            self.width *= 2;
        }
    }

    /// Forgets what lies behind `place`.
    fn cut(&mut self, place: f64) {
        let known = self.places.len();
        self.places.retain(|(at, _)| *at <= place);
        if self.places.len() < known {
            self.open = (0, 0.0);
        }
    }

    fn shown(&self) -> Curves {
        let (places, losses) = self.places.iter().copied().unzip();
        Curves { places, losses, epochs: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_keeps_the_mean_in_few_places() {
        let mut curve = Curve::default();
        for step in 1..=100_000u64 {
            curve.push(step as f64 / 1000.0, step as f64);
        }
        let Curves { places, losses, .. } = curve.shown();
        assert!((PLACES / 2..PLACES).contains(&places.len()), "{}", places.len());
        assert_eq!(((places[1] - places[0]) * 1000.0).round(), f64::from(curve.width));
        // The mean of the numbers of the steps of a place.
        assert_eq!(losses[0], (f64::from(curve.width) + 1.0) / 2.0);
        curve.cut(50.0);
        let Curves { places, .. } = curve.shown();
        assert!(places.last().is_some_and(|place| (49.0..=50.0).contains(place)), "{places:?}");
    }
}
