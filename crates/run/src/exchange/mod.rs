//! The files of networks that leave for other programs, and of those that come in.
//!
//! | file | idea |
//! |---|---|
//! | `check.rs` | the other program, and its answers |
//! | `meaning.rs` | what the inputs and the outputs mean, in words |
//! | `int8.rs` | integers of eight bits, and what they change |
//! | `place.rs` | the file that is written |
//! | `prepared.rs` | the check of a graph that prepares samples itself |
//! | `read.rs` | a file of another program |
//! | `samples.rs` | the inputs of the check |
//! | `written.rs` | what is written, by form |

mod check;
mod int8;
mod meaning;
mod place;
mod prepared;
mod read;
mod samples;
mod written;

use std::env;
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toddle::checkpoint::{About, Saved};
use toddle::{Fit, Network};
use toddle_exchange::identifier;

use self::place::Place;
use self::written::Written;
use crate::error::Error;

pub use self::check::Outcome;
pub use self::int8::Int8;
pub use self::read::{Found, Weights, read};

/// The form in which a network leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// One file for onnxruntime and many other programs
    Onnx,
    /// Source for PyTorch, and the weights in FILE.safetensors
    Pytorch,
    /// Source for Keras, and the weights in FILE.keras.npz
    Keras,
    /// One file of C99 without a dependency, with the bits of toddle
    C,
    /// One file of safe Rust without std or a dependency, with the bits of toddle
    Rust,
    /// The weights as named arrays, for NumPy
    Npz,
    /// The same arrays as safetensors
    Safetensors,
}

impl Form {
    /// The name of the file of the network `name`, if the user gives none. `int8`: it has integers of eight bits.
    pub fn default_name(self, name: &str, int8: bool) -> String {
        match self {
            Form::Onnx => "model.onnx".into(),
            Form::Pytorch => "model.py".into(),
            Form::Keras => "keras_model.py".into(),
            Form::C if int8 => format!("{name}-int8.c"),
            Form::C => format!("{name}.c"),
            Form::Rust => format!("{}.rs", identifier(name)),
            Form::Npz => "weights.npz".into(),
            Form::Safetensors => "weights.safetensors".into(),
        }
    }
}

/// How a network leaves.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// The form.
    pub to: Form,
    /// The number of samples that an ONNX file takes at once. None: any number.
    pub batch: Option<NonZeroU32>,
    /// Whether an ONNX file takes bytes, scales them, and gives the probabilities of classes.
    pub preparation: bool,
    /// Whether the other program checks the network.
    pub check: bool,
}

/// A network that leaves.
#[derive(Debug)]
pub struct Leaving {
    /// The network.
    pub network: Network<f32>,
    /// What is known about it.
    pub about: About,
    /// What source calls it.
    pub name: String,
    /// How it was trained, for source that trains on.
    pub fit: Option<Fit>,
    /// The network with integers of eight bits, for C that computes with them.
    pub int8: Option<Int8>,
    /// The Python that checks it.
    pub python: OsString,
    /// The inputs of the check, one sample after the other.
    x: Vec<f32>,
}

/// What was written, and what the check gave.
#[derive(Debug)]
pub struct Exported {
    /// The file of the network, and the file of its weights if there is one.
    pub files: Vec<PathBuf>,
    /// What the user should know about the files, as lines.
    pub notes: String,
    /// What the check gave.
    pub outcome: Outcome,
    /// What the check gave as JSON, which is the content of `OUT.check.json`.
    pub json: String,
}

impl Leaving {
    /// The network of a model file, which source calls `name`.
    pub fn new(saved: Saved<f32>, name: String) -> Leaving {
        let Saved { network, about, .. } = saved;
        let x = samples::samples(&network, &about);
        let python = env::var_os("TODDLE_PYTHON").unwrap_or_else(|| "python3".into());
        Leaving { network, about, name, fit: None, int8: None, python, x }
    }

    /// Writes the network to `out`, and the weights of source beside it. With `report`, what the check gave is written to
    /// `OUT.check.json`.
    ///
    /// # Errors
    /// The network cannot leave in this form, a file of somebody else is in the place, a file cannot be written, or the
    /// other program fails.
    pub fn export(&self, export: &Export, out: &Path, report: bool) -> Result<Exported, Error> {
        let written = Written::new(export, self)?;
        let mut places = vec![(Place::new(out, export.to)?, written.content())];
        let mut files = vec![out.to_owned()];
        if let Some((ending, content)) = written.beside() {
            let beside = out.with_extension(ending);
            places.push((Place::new(&beside, export.to)?, content));
            files.push(beside);
        }
        let report = report.then(|| Place::new(&check::report_of(out), export.to)).transpose()?;
        let outcome = if export.check { written.check(self)? } else { Outcome::Skipped };
        for (place, content) in &places {
            place.write(content)?;
        }
        let json = outcome.json(self);
        if let Some(report) = report {
            report.write(json.as_bytes())?;
        }
        let meaning = match export.to {
            Form::Onnx => String::new(),
            _ => meaning::notes(&meaning::in_words(&self.about)),
        };
        Ok(Exported { files, notes: written.notes() + &meaning, outcome, json })
    }
}
