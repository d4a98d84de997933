//! The files that a training writes while it runs: a row of metrics for each epoch, a film, and checkpoints.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use toddle::checkpoint::{self, About};
use toddle::{Epoch, Float, Network, Observer, Schedule, StepReport, Trainer};
use toddle_data::Parts;
use toddle_run::checkpoints::Checkpoints;
use toddle_run::error::Error;
use toddle_run::folder::Folder;
use toddle_run::run;
use toddle_run::run::film::Camera;
use toddle_run::run::metrics::{Metrics, Row, has_accuracy};

use super::progress::Progress;
use super::session::Session;

/// The minimum time between two checkpoints, if the experiment gives no number of steps.
const NOW_AND_THEN: Duration = Duration::from_secs(30);

/// Watches a training, shows its progress, and writes its metrics, its film and its checkpoints.
pub struct Keeper<'a, T> {
    session: &'a Session<'a>,
    progress: Progress,
    /// The description of the model in a checkpoint.
    pub about: About,
    /// The run's folder.
    pub folder: Folder,
    checkpoints: Checkpoints,
    pub metrics: Metrics,
    film: Option<Camera<T>>,
    /// The time of the last checkpoint, and its step.
    saved: (Instant, u64),
    /// The error that stopped the training, if a file could not be written.
    failed: Option<Error>,
}

impl<'a, T: Float + From<f32>> Keeper<'a, T> {
    /// The keeper of the training of `network` in `folder`, where `trainer` is now. `about` describes the model, and `rows` are the
    /// epochs that are done.
    ///
    /// # Errors
    /// The metrics or the film cannot be written.
    pub fn new(
        session: &'a Session<'a>,
        about: About,
        network: &Network<T>,
        trainer: &Trainer<T>,
        folder: Folder,
        rows: Vec<Row>,
    ) -> Result<Keeper<'a, T>, Error> {
        let (fit, done) = (trainer.fit(), trainer.state().steps);
        let shows_rate = fit.schedule != Schedule::Constant;
        let quiet = session.options.quiet;
        let progress = Progress::new(quiet, fit.epochs, trainer.steps_per_epoch(), done, shows_rate);
        let Parts { train, validation, .. } = session.parts;
        let (watched, epochs) = (validation.as_ref().unwrap_or(train), [trainer.state().epochs, fit.epochs]);
        Ok(Keeper {
            session,
            film: (!session.options.no_report)
                .then(|| Camera::begin(&folder, network, watched, train.len(), epochs))
                .transpose()?,
            progress,
            about,
            checkpoints: Checkpoints::new(folder.path().join(run::CHECKPOINTS)),
            metrics: Metrics::begin(&folder, rows)?,
            folder,
            saved: (Instant::now(), done),
            failed: None,
        })
    }

    /// Writes a checkpoint of the last step after the training has ended or was stopped.
    ///
    /// # Errors
    /// If a file cannot be written, now or before.
    pub fn end(&mut self, network: &Network<T>, trainer: &Trainer<T>) -> Result<(), Error> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.keep_folder()?;
        if let Some(film) = &mut self.film {
            film.take(trainer.state().epochs, network)?;
        }
        self.save(network, trainer)?;
        // If the folder has gone since the save, it is replaced, and the new folder gets a checkpoint, too.
        self.keep_folder()?;
        self.save(network, trainer)?;
        self.progress.end();
        Ok(())
    }

    /// Continues in a new folder with all files of the old one, if the folder of the run was moved or removed.
    fn keep_folder(&mut self) -> Result<(), Error> {
        if self.folder.is_there() {
            return Ok(());
        }
        let folder = run::begin_again(self.folder.path())?;
        self.session.write_beginning(&folder)?;
        self.metrics = Metrics::begin(&folder, self.metrics.rows().to_vec())?;
        if let Some(film) = &mut self.film {
            film.move_to(&folder)?;
        }
        self.checkpoints = Checkpoints::new(folder.path().join(run::CHECKPOINTS));
        self.progress.moved(self.folder.path(), folder.path());
        self.folder = folder;
        // The new folder has no checkpoint.
        self.saved.1 = 0;
        Ok(())
    }

    /// Writes a checkpoint, unless the last one is of the same step.
    fn save(&mut self, network: &Network<T>, trainer: &Trainer<T>) -> Result<(), Error> {
        let step = trainer.state().steps;
        if self.saved.1 == step && step > 0 {
            return Ok(());
        }
        // A training that cannot be resumed is not saved.
        trainer.check(network)?;
        self.keep_folder()?;
        let about = &self.about;
        self.checkpoints.save(step, &|to| checkpoint::write(network, about, Some(trainer), to))?;
        self.saved = (Instant::now(), step);
        self.progress.saved(step);
        Ok(())
    }

    /// Checks that all samples could be read. What was trained on others is not kept.
    fn check_read(&self) -> Result<(), Error> {
        Ok(self.session.parts.check_read()?)
    }

    /// Whether a checkpoint is due after step `number`.
    fn is_due(&self, number: u64, ends_epoch: bool) -> bool {
        match self.session.experiment.train.checkpoint_every {
            Some(steps) => number.is_multiple_of(steps),
            None => ends_epoch && self.saved.0.elapsed() >= NOW_AND_THEN,
        }
    }

    /// Adds the row of `epoch`.
    fn note(&mut self, epoch: &Epoch) -> Result<(), Error> {
        self.keep_folder()?;
        let row = Row::new(epoch, has_accuracy(&self.session.parts.train));
        self.progress.epoch(&row);
        self.metrics.push(row)
    }

    /// Stops the training if something could not be written, or a signal asks for it.
    fn go_on(&mut self, written: Result<(), Error>) -> ControlFlow<()> {
        self.failed = written.err();
        if self.failed.is_some() || self.session.interrupt.heard() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

impl<T: Float + From<f32>> Observer<T> for Keeper<'_, T> {
    fn step(&mut self, report: &StepReport, network: &Network<T>, trainer: &Trainer<T>) -> ControlFlow<()> {
        self.progress.step(report);
        // The checkpoint of the last step of an epoch also holds the end of the epoch.
        let due = !report.ends_epoch && self.is_due(report.number, false);
        let written = self.check_read().and_then(|()| if due { self.save(network, trainer) } else { Ok(()) });
        self.go_on(written)
    }

    fn epoch(&mut self, epoch: &Epoch, network: &Network<T>, trainer: &mut Trainer<T>) -> ControlFlow<()> {
        let written = self.check_read().and_then(|()| self.note(epoch)).and_then(|()| {
            if let Some(film) = &mut self.film {
                film.after(epoch.number, network)?;
            }
            let due = self.is_due(epoch.steps, true);
            if due { self.save(network, trainer) } else { Ok(()) }
        });
        let flow = self.go_on(written);
        if self.session.pauses_after(epoch.number) { ControlFlow::Break(()) } else { flow }
    }
}
