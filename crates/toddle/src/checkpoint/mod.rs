//! A model as one file, and a training that can be resumed.
//!
//! A model is a [safetensors](https://github.com/huggingface/safetensors) file, and any reader of safetensors can
//! open it. Its tensors are the parameters by name (`conv1.weight`) and the elements that training changes without a
//! gradient (`norm1.running_mean`), in the network's precision. Its metadata are texts by name:
//!
//! | key | text |
//! |---|---|
//! | `toddle.format` | `1` |
//! | `toddle.version` | the version of toddle that wrote it |
//! | `toddle.precision` | `f32` or `f64`: the type of all its tensors |
//! | `toddle.spec` | the [`GraphSpec`] as JSON: the inputs, the layers, the outputs, the initialiser |
//! | `toddle.about` | the [`About`] as JSON: the input's scaling, the classes' names, how the training went |
//! | `toddle.training` | in a checkpoint: the settings, how many samples there are, and the [`TrainerState`](crate::TrainerState) |
//! | `toddle.crc32` | the checksum of everything else |
//!
//! A checkpoint also has tensors for the training: the optimizer's slots (`optimizer.momentum.conv1.weight`), the
//! average (`average.conv1.weight`) and the best weights and state so far (`best.conv1.weight`).
//!
//! **Layout.** Weights have toddle's shapes. The weight of a convolution is `(kh, kw, in, out)`. In PyTorch it is
//! `(out, in, kh, kw)`, and `permute(3, 2, 0, 1)` converts toddle's to PyTorch's. The weight of a dense layer is
//! `(in, out)`. In PyTorch it is `(out, in)`, and `.T` converts it.
//!
//! This module does not read or write files on a disk. [`encode`] returns bytes, and [`decode`] takes bytes. The same
//! network, about and training give the same bytes.
//!
//! ```
//! use toddle::checkpoint::{self, About};
//! use toddle::{Dense, NetworkSpec, Shape, Tanh};
//!
//! let network = NetworkSpec::new(Shape::vector(4)).add(Dense::new(3)).add(Tanh).build::<f32>(7)?;
//! let about = About { classes: vec!["cat".into(), "dog".into(), "cow".into()], ..About::default() };
//! let file = checkpoint::encode(&network, &about, None);
//!
//! let saved = checkpoint::decode::<f32>(&file)?;
//! assert_eq!(saved.network.weights(), network.weights());
//! assert_eq!(saved.about.classes[1], "dog");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
pub(crate) mod exact;
mod format;
mod scaling;
mod training;

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::convert::Infallible;
#[cfg(feature = "std")]
use std::io::{self, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toddle_lanes::Aligned;

pub use error::CheckpointError;
pub use training::SavedTraining;

use self::format::{Reader, Writer};
use crate::{Float, GraphSpec, Network, ParamLayout, Trainer, custom};
pub use scaling::Scaling;

/// The version of the format.
const FORMAT: &str = "1";

/// The content of a file.
#[derive(Debug)]
pub struct Saved<T> {
    /// The network.
    pub network: Network<T>,
    /// What a user of the network needs to know about it.
    pub about: About,
    /// The training, if the file is a checkpoint of this precision.
    pub training: Option<SavedTraining<T>>,
}

/// What a user of a model needs to know besides the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// How a sample's values become the network's inputs.
    pub scaling: Scaling,
    /// The name of each class. Empty if the classes have no names.
    pub classes: Vec<String>,
    /// The meaning of the training data, as written by `toddle-data`. Empty if it is unknown.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub data: serde_json::Map<String, serde_json::Value>,
    /// The seed from which the weights were drawn.
    pub seed: Option<u64>,
    /// How the training went: values by name.
    pub summary: serde_json::Map<String, serde_json::Value>,
    /// The version of toddle that wrote the file. [`encode`] and [`write`](fn@write) set it.
    pub toddle: String,
}

/// The bytes of the file of `network`. With `training`, the file is a checkpoint.
pub fn encode<T: Float>(network: &Network<T>, about: &About, training: Option<&Trainer<T>>) -> Vec<u8> {
    let mut file = Vec::new();
    let Ok(()) = put(network, about, training, |bytes| {
        file.extend_from_slice(bytes);
        Ok::<(), Infallible>(())
    });
    file
}

/// Writes the bytes of [`encode`] to a file or another writer. It takes less than a mebibyte of memory, even for a
/// large network.
///
/// It makes many small writes of up to 64 KiB, and does not flush.
///
/// # Errors
/// The errors of `to`.
#[cfg(feature = "std")]
pub fn write<T: Float>(
    network: &Network<T>,
    about: &About,
    training: Option<&Trainer<T>>,
    to: &mut dyn Write,
) -> io::Result<()> {
    put(network, about, training, |bytes| to.write_all(bytes))
}

/// Calls `put` with the parts of the file.
fn put<T: Float, E>(
    network: &Network<T>,
    about: &About,
    training: Option<&Trainer<T>>,
    put: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut file = Writer::default();
    let about = About { toddle: env!("CARGO_PKG_VERSION").into(), ..about.clone() };
    file.text("toddle.format", FORMAT);
    file.text("toddle.version", &*about.toddle);
    file.text("toddle.precision", T::NAME);
    file.text("toddle.spec", serde_json::to_string(network.spec()).expect("a specification is JSON"));
    file.text("toddle.about", serde_json::to_string(&about).expect("texts and numbers are JSON"));
    let parts = [(network.layout(), network.weights()), (network.state_layout(), network.state())];
    for (layout, numbers) in parts {
        for param in layout.params() {
            file.tensor(param.name.clone(), &param.shape, &numbers[param.range.clone()]);
        }
    }
    if let Some(trainer) = training {
        training::write(&mut file, network, trainer);
    }
    file.finish(put)
}

/// Reads the content of `file`.
///
/// A file of the other precision can be read too. Its elements are rounded to `f32`, or converted to `f64` without a
/// change. Only its training is left out, because a training can continue only in its own precision.
///
/// The memory that is used is limited by the length of the file, whatever the file says.
///
/// # Errors
/// A section of the file is wrong: it is damaged, cut off, overlaps another section or does not fit the
/// specification, or a tensor has elements that are infinite or NaN. The error names the section. Or there is not
/// enough memory for the model.
pub fn decode<T: Float>(file: &[u8]) -> Result<Saved<T>, CheckpointError> {
    let file = open(file)?;
    let precision = precision_of(&file)?;
    let dtype = if precision == "f32" { "F32" } else { "F64" };
    let spec = spec(&file)?;
    let mut about: About = json(&file, "toddle.about", "what is known about the model")?;
    about.toddle = file.text("toddle.version").unwrap_or_default().into();

    let mut known = Vec::new();
    // Memory for the weights is allocated only after the check that the file has them.
    let mut check = |layout: &ParamLayout| {
        for param in layout.params() {
            file.tensor(&param.name, &param.shape, dtype)?;
            known.push(param.name.clone());
        }
        Ok::<_, CheckpointError>(())
    };
    let parts = crate::network::lay_out::<T>(&spec)?;
    check(parts.layout())?;
    check(parts.state_layout())?;
    let weights = Aligned::try_zeros(parts.layout().len()).map_err(|_| {
        let bytes = parts.layout().len() * size_of::<T>();
        CheckpointError::Memory { bytes }
    })?;
    let mut network = parts.finish(&spec, weights);
    let (layout, state_layout) = (network.layout().clone(), network.state_layout().clone());
    let fill = |layout: &ParamLayout, numbers: &mut [T]| {
        for param in layout.params() {
            let bytes = file.tensor(&param.name, &param.shape, dtype)?;
            format::numbers(&param.name, dtype, bytes, &mut numbers[param.range.clone()])?;
        }
        Ok::<_, CheckpointError>(())
    };
    fill(&layout, network.weights_mut())?;
    fill(&state_layout, network.state_mut())?;
    check_variances(&network)?;

    let training = training::read(&file, dtype, &network, &mut known)?;
    known.sort_unstable();
    if let Some(name) = file.names().find(|name| known.binary_search_by(|known| (**known).cmp(name)).is_err())
    {
        let expected = "nothing but what the specification and the training ask for";
        return Err(CheckpointError::tensor(name, expected, "a tensor that nobody asks for"));
    }
    let training = training.filter(|_| precision == T::NAME);
    Ok(Saved { network, about, training })
}

/// Checks that no running variance is negative, because batch norm takes its root.
fn check_variances<T: Float>(network: &Network<T>) -> Result<(), CheckpointError> {
    let variances = network.state_layout().params().iter().filter(|param| param.name.ends_with(VARIANCE));
    for param in variances {
        if let Some(below) = network.state()[param.range.clone()].iter().find(|variance| **variance < T::ZERO)
        {
            return Err(CheckpointError::tensor(&param.name, "variances of 0 or more", below));
        }
    }
    Ok(())
}

/// The end of the name of a tensor that holds variances.
const VARIANCE: &str = ".running_var";

/// The precision of `file`, `f32` or `f64`. [`decode`] reads a training only in this precision.
///
/// # Errors
/// As for [`decode`], but the specification is not checked.
pub fn precision(file: &[u8]) -> Result<&'static str, CheckpointError> {
    precision_of(&open(file)?)
}

/// Reads the part of the file that is the same in all formats.
fn open(file: &[u8]) -> Result<Reader<'_>, CheckpointError> {
    let file = Reader::new(file)?;
    match file.text("toddle.format") {
        Some(FORMAT) => Ok(file),
        format => Err(CheckpointError::Foreign {
            what: "this version of toddle does not know its format",
            got: format!("format {}, written by toddle {}", format.unwrap_or("unknown"), version(&file)),
            remedy: "the version of toddle that wrote it, or a newer one",
        }),
    }
}

/// The version of toddle that wrote the file.
fn version<'f>(file: &'f Reader) -> &'f str {
    file.text("toddle.version").unwrap_or("of an unknown version")
}

fn precision_of(file: &Reader) -> Result<&'static str, CheckpointError> {
    match file.text("toddle.precision") {
        Some("f32") => Ok("f32"),
        Some("f64") => Ok("f64"),
        other => Err(CheckpointError::metadata("toddle.precision", "f32 or f64", other.unwrap_or("nothing"))),
    }
}

/// The specification of the network.
fn spec(file: &Reader) -> Result<GraphSpec, CheckpointError> {
    const KEY: &str = "toddle.spec";
    let strange = file.text(KEY).and_then(|text| custom::unregistered(&serde_json::from_str(text).ok()?));
    match strange {
        Some((what, name)) => Err(CheckpointError::Custom { what, name }),
        None => json(file, KEY, "the specification of a network"),
    }
}

/// The value under `key`, read as JSON.
fn json<V: DeserializeOwned>(file: &Reader, key: &'static str, expected: &str) -> Result<V, CheckpointError> {
    let Some(text) = file.text(key) else {
        return Err(CheckpointError::metadata(key, expected, "nothing"));
    };
    serde_json::from_str(text).map_err(|error| {
        let error = error.to_string();
        // The checksum is right, so the program that wrote the file knew the kind or the setting.
        let newer = [("kind", "unknown variant `"), ("setting", "unknown field `")];
        let strange = newer.iter().find_map(|(what, begin)| {
            let (name, _) = error.strip_prefix(begin)?.split_once('`')?;
            Some((*what, name.to_owned()))
        });
        match strange {
            Some((what, name)) => CheckpointError::Newer { what, name, key, version: version(file).into() },
            None => CheckpointError::metadata(key, expected, error),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of version 7.8.9 whose metadata have `text` under `key`.
    fn read(key: &str, text: &str) -> Result<Saved<f64>, CheckpointError> {
        let mut file = Writer::<f64>::default();
        file.text("toddle.format", FORMAT);
        file.text("toddle.version", "7.8.9");
        file.text("toddle.precision", "f64");
        file.text("toddle.spec", with_layer(r#"{ "kind": "tanh" }"#));
        file.text("toddle.about", "{}");
        file.text(key, text);
        decode(&bytes_of(file))
    }

    fn bytes_of(file: Writer<f64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        file.finish(|part| Write::write_all(&mut bytes, part)).unwrap();
        bytes
    }

    fn with_layer(layer: &str) -> String {
        format!(r#"{{ "input": 2, "layers": [{layer}] }}"#)
    }

    #[test]
    fn a_key_of_the_metadata_that_is_there_twice_is_refused() {
        let mut writer = Writer::<f64>::default();
        writer.text("toddle.format", FORMAT);
        let file = bytes_of(writer);
        Reader::new(&file).unwrap();
        let (key, again) = (b"\"toddle.format\"", b"\"toddle.format\":\"1\",");
        let at = file.windows(key.len()).position(|bytes| bytes == key).unwrap();
        let length = u64::from_le_bytes(file[..8].try_into().unwrap()) + again.len() as u64;
        let twice = [&length.to_le_bytes(), &file[8..at], again, &file[at..]].concat();
        let error = Reader::new(&twice).err().expect("an error").to_string();
        assert!(error.contains("`__metadata__`: the key `toddle.format` is there twice"), "{error}");
    }

    #[test]
    fn kinds_and_settings_of_newer_versions_are_named() {
        read("toddle.spec", &with_layer(r#"{ "kind": "sigmoid" }"#)).unwrap();
        let layer = r#"{ "kind": "attention", "heads": 8 }"#;
        let within = format!(r#"{{ "kind": "residual", "layers": [{layer}] }}"#);
        let training = r#"{ "settings": { "optimizer": { "kind": "attention" } } }"#;
        let sparse = r#"{ "kind": "dense", "outputs": 2, "sparse": true }"#;
        let capped = r#"{ "kind": "relu", "cap": 6 }"#;
        let zeros = r#"{ "input": 2, "layers": [], "init": { "kind": "zeros", "but": 1 } }"#;
        let squared = r#"{ "settings": { "loss": { "kind": "mean_squared_error", "of": 2 } } }"#;
        let symmetric = r#"{ "input": 2, "layers": [], "symmetric": true }"#;
        for (key, text, what, name) in [
            ("toddle.spec", with_layer(layer), "kind", "attention"),
            ("toddle.spec", with_layer(&within), "kind", "attention"),
            ("toddle.training", training.into(), "kind", "attention"),
            ("toddle.spec", with_layer(sparse), "setting", "sparse"),
            ("toddle.spec", with_layer(capped), "setting", "cap"),
            ("toddle.spec", zeros.into(), "setting", "but"),
            ("toddle.spec", symmetric.into(), "setting", "symmetric"),
            ("toddle.training", squared.into(), "setting", "of"),
        ] {
            let error = read(key, &text).unwrap_err().to_string();
            let expected = format!(
                "the model cannot be read: the {what} `{name}` is unknown to toddle {}
  expected  {what}s that this version has
  got       `{name}` in the metadata `{key}`, written by toddle 7.8.9
  try       the version of toddle that wrote it, or a newer one",
                env!("CARGO_PKG_VERSION")
            );
            assert_eq!(error, expected, "{text}");
        }
    }
}
