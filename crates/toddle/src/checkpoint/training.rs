//! A training in a checkpoint, and its continuation.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::format::{self, Reader, Writer};
use super::{CheckpointError, json};
use crate::error::FitError;
use crate::{Fit, Float, Network, ParamLayout, Trainer, TrainerState};

/// The part of a checkpoint besides the network: all that a training needs to continue with the same bits.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedTraining<T> {
    /// The settings.
    pub fit: Fit,
    /// The number of training samples.
    pub samples: usize,
    /// The progress of the training.
    pub state: TrainerState,
    /// The buffers of [`Trainer::buffers`], by name.
    pub buffers: Vec<(String, Vec<T>)>,
}

/// The training without its buffers, as written in the metadata.
#[derive(Serialize, Deserialize)]
struct Text {
    settings: Fit,
    samples: usize,
    state: TrainerState,
}

impl<T: Float> SavedTraining<T> {
    /// Continues the training of `network`, which must come from the same checkpoint, on the same number of samples.
    /// The following steps have the same bits as without a stop, on any machine.
    ///
    /// `fit` may differ from the saved [settings](Self::fit) only in `epochs`, `patience`, `stop_at`, `time_limit` and `machine`.
    ///
    /// # Errors
    /// Another setting or the number of samples differs: [`FitError::Resume`].
    pub fn resume(self, network: &Network<T>, fit: &Fit, samples: usize) -> Result<Trainer<T>, FitError> {
        if let Some(what) = difference(&self.fit, fit) {
            return Err(FitError::Resume { what });
        }
        if samples != self.samples {
            let what = format!("it had {} samples, and now there are {samples}", self.samples);
            return Err(FitError::Resume { what });
        }
        let mut trainer = Trainer::new(network, fit, samples)?;
        let buffer = |wanted: &str| {
            self.buffers.iter().find(|(name, _)| name == wanted).map(|(_, numbers)| &numbers[..])
        };
        trainer.resume(self.state, buffer)?;
        Ok(trainer)
    }
}

/// The first setting that differs, and how it differs. `epochs`, `patience`, `stop_at` and `time_limit` may differ, because
/// they only say when to stop.
fn difference(was: &Fit, is: &Fit) -> Option<String> {
    let Fit { epochs, patience, stop_at, time_limit, .. } = *is;
    let was = Fit { epochs, patience, stop_at, time_limit, ..was.clone() };
    let fields = |fit: &Fit| match serde_json::to_value(fit) {
        Ok(serde_json::Value::Object(mut fields)) => {
            // Files leave out a seed of 0.
            fields.insert("seed".into(), fit.seed.into());
            fields
        }
        _ => unreachable!("settings are JSON with names"),
    };
    let (was, is) = (fields(&was), fields(is));
    let (name, _) = was.iter().chain(&is).find(|(name, _)| was.get(*name) != is.get(*name))?;
    let said = |value: Option<&serde_json::Value>| value.map_or("not set".into(), ToString::to_string);
    Some(format!("`{name}` was {}, and now is {}", said(was.get(name)), said(is.get(name))))
}

/// The key of the training in the metadata.
pub(super) const KEY: &str = "toddle.training";

/// Writes the state and the buffers of `trainer`.
pub(super) fn write<'t, T: Float>(file: &mut Writer<'t, T>, network: &Network<T>, trainer: &'t Trainer<T>) {
    let text =
        Text { settings: trainer.fit().clone(), samples: trainer.samples(), state: trainer.state().clone() };
    file.text(KEY, serde_json::to_string(&text).expect("settings and numbers are JSON"));
    for (buffer, numbers) in trainer.buffers() {
        let (prefix, layout) = place(buffer, network);
        for param in layout.params() {
            file.tensor(format!("{prefix}{}", param.name), &param.shape, &numbers[param.range.clone()]);
        }
    }
}

/// Reads what [`write`] wrote. None if the file has no training. Adds the names of the tensors to `known`.
pub(super) fn read<T: Float>(
    file: &Reader,
    dtype: &str,
    network: &Network<T>,
    known: &mut Vec<String>,
) -> Result<Option<SavedTraining<T>>, CheckpointError> {
    if file.text(KEY).is_none() {
        return Ok(None);
    }
    let Text { settings: fit, samples, state } = json(file, KEY, "a training's settings and place")?;
    let mut names: Vec<&str> = fit.optimizer.slots().to_vec();
    if fit.average.is_some() {
        names.push("average");
    }
    if fit.keep_best && state.best.is_some() {
        names.extend(["best", "best_state"]);
    }
    let mut buffers = Vec::new();
    for name in names {
        let (prefix, layout) = place(name, network);
        let mut numbers = Vec::new();
        let memory = |_| CheckpointError::Memory { bytes: layout.len() * size_of::<T>() };
        numbers.try_reserve_exact(layout.len()).map_err(memory)?;
        numbers.resize(layout.len(), T::ZERO);
        for param in layout.params() {
            let name = format!("{prefix}{}", param.name);
            let bytes = file.tensor(&name, &param.shape, dtype)?;
            format::numbers(&name, dtype, bytes, &mut numbers[param.range.clone()])?;
            known.push(name);
        }
        buffers.push((name.into(), numbers));
    }
    Ok(Some(SavedTraining { fit, samples, state, buffers }))
}

/// The prefix of the names of a buffer's tensors, and the layout of the buffer.
fn place<'n, T: Float>(buffer: &str, network: &'n Network<T>) -> (String, &'n ParamLayout) {
    match buffer {
        "average" | "best" => (format!("{buffer}."), network.layout()),
        "best_state" => ("best.".into(), network.state_layout()),
        slot => (format!("optimizer.{slot}."), network.layout()),
    }
}
