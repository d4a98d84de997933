//! The network of an experiment before its training.

use toddle::checkpoint::About;
use toddle::{Float, Loaded, Network};

use super::settings::Experiment;
use crate::checkpoints;
use crate::error::{Error, ExperimentError};
use crate::run;

/// What a training has taken over from another one.
pub struct TakenOver {
    /// The layers.
    pub layers: Loaded,
    /// What is known about the model that they come from.
    pub about: About,
}

impl Experiment {
    /// The network for samples of `shape`, with the layers that it takes over.
    pub fn start<T: Float>(&self, shape: [usize; 3]) -> Result<(Network<T>, Option<TakenOver>), Error> {
        let mut network = self.network(shape).build::<T>(self.seed)?;
        let Some(from) = &self.network.from else {
            return if self.network.take.is_empty() { Ok((network, None)) } else { Err(from_nothing()) };
        };
        let file = if from.is_dir() { from.join(run::MODEL) } else { from.clone() };
        let saved = checkpoints::load::<T>(&file)?;
        let layers = network.load_matching(&saved.network, &self.network.take)?;
        if layers.loaded.is_empty() {
            let (what, expected) = ("no layer can be taken over", "layers with the same names and shapes");
            let place = format!("`{}`", file.display());
            let remedy = "the layers of that model, with `name` where a name differs; or leaving out `from`";
            return Err(ExperimentError::new(place, what, expected, &layers.to_string(), remedy));
        }
        Ok((network, Some(TakenOver { layers, about: saved.about })))
    }
}

/// The error for layers that are to be taken over, without a run to take them from.
fn from_nothing() -> Error {
    let (what, expected) = ("nothing says of which run the layers are taken", "`from` beside `take`");
    ExperimentError::new("[network]".into(), what, expected, "`take` alone", "from = \"../runs/digits\"")
}
