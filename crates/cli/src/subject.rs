//! An experiment with its samples, for commands that look at it.

use std::path::Path;

use toddle::{Fit, Float, Machine, Network, Samples};
use toddle_data::{Augmented, Parts};
use toddle_run::error::Error;
use toddle_run::experiment::Experiment;
use toddle_run::run;

use crate::load::load;

/// An experiment and its samples.
pub struct Subject {
    pub experiment: Experiment,
    parts: Parts,
}

impl Subject {
    /// The experiment of a file, or of a run's folder, with some of its settings replaced.
    pub fn load(path: &Path, set: &[String]) -> Result<Self, Error> {
        let mut experiment = match path.is_dir() {
            true => load(&run::experiment(path)?, set)?,
            false => load(path, set)?,
        };
        let parts = experiment.parts()?;
        Ok(Subject { experiment, parts })
    }

    /// How many samples there are to validate with.
    pub fn validation(&self) -> usize {
        self.parts.validation.as_ref().map_or(0, |samples| samples.len())
    }

    /// What keeps the network from learning, or its results from being fair; one sentence for each finding.
    pub fn warnings(&self) -> &[String] {
        &self.parts.warnings
    }

    /// Hands the network, the training and the samples to `look`.
    pub fn look<T: Float + From<f32>, O>(
        &self,
        look: impl FnOnce(&Network<T>, &Fit, &dyn Samples<T>) -> Result<O, Error>,
    ) -> Result<O, Error> {
        let Subject { experiment, parts } = self;
        let (network, _) = experiment.start::<T>(parts.train.shape())?;
        let fit = experiment.fit(Machine::detect()?);
        experiment.check_fit(&network, parts)?;
        let samples = Augmented::new(&parts.train, &experiment.augment, u64::from(experiment.seed))?;
        let looked = look(&network, &fit, &samples);
        // A sample that could not be read is the cause of other errors.
        parts.check_read()?;
        looked
    }
}
