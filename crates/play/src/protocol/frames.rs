//! The film of a training.

use serde::{Deserialize, Serialize};

use super::{Array, Histogram};

/// The place of a frame in a training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilmMoment {
    /// The number of the frame.
    pub frame: usize,
    /// The epochs before it.
    pub epoch: usize,
    /// The steps before it.
    pub step: u64,
    /// The loss of its epoch.
    pub loss: Option<f64>,
    /// The accuracy of its epoch.
    pub accuracy: Option<f64>,
}

/// A sample with its caption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Captioned {
    /// Its class or its targets in words.
    pub caption: String,
    /// The sample to look at.
    pub picture: Option<Array>,
}

/// An array with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedArray {
    /// The name.
    pub name: String,
    /// The elements.
    pub values: Array,
}

/// The feature maps of a layer for a sample of a film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilmMap {
    /// The number of the sample in the film.
    pub sample: usize,
    /// The layer.
    pub node: String,
    /// Its maps.
    pub value: Array,
}

/// A histogram with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedHistogram {
    /// The name of the parameter.
    pub name: String,
    /// How its elements are distributed.
    pub weights: Histogram,
}
