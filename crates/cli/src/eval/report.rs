//! What was measured, and where.

use serde::Serialize;
use toddle_data::Model;

use super::samples::Samples;

/// All measurements, and what was measured.
#[derive(Debug, Serialize)]
pub struct Report<M> {
    pub model: String,
    pub data: String,
    pub half: &'static str,
    /// Which part of the data of the run the samples are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<String>,
    /// A note about the answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(flatten)]
    pub measured: M,
}

impl<M> Report<M> {
    /// The report about `measured`, which `model` answered for `samples`.
    pub(super) fn new(model: &Model, samples: &Samples, measured: M) -> Report<M> {
        let Samples { place, half, held_out, .. } = samples;
        let (data, held_out) = (place.clone(), held_out.clone());
        Report { model: model.name(), data, half, held_out, note: model.note(), measured }
    }
}
