//! A trained network with everything that is needed to ask it.
//!
//! | file | idea |
//! |---|---|
//! | `file.rs` | from a path to a network |
//! | `numbers.rs` | a network of either precision, with an engine for one sample |
//! | `ask.rs` | what it says, and how outputs become probabilities |
//! | `inputs.rs` | pictures, rows and data sets as its inputs |
//! | `samples.rs` | files of tables and arrays as samples to ask about |

mod ask;
mod file;
mod inputs;
mod numbers;
mod samples;

use std::path::{Path, PathBuf};

use toddle::{Scaling, Shape};

use crate::meaning::Meaning;
use ask::Ends;
pub use ask::{Answers, probabilities};
pub use inputs::{AskedFor, Prediction};
use numbers::Numbers;
pub use numbers::last_layer;
pub use samples::Samples;

/// A trained network, ready to answer about pictures and rows.
///
/// The model file says what the numbers of the training data meant: their range, the background of pictures, the columns and the
/// classes. A picture or a row is prepared accordingly, or refused. One value serves many threads: an engine that is made once
/// computes single samples, one after the other.
///
/// ```no_run
/// use toddle_data::{Model, Picture};
/// let model = Model::open("runs/lenet5")?; // or a .safetensors file
/// let said = model.predict_image(&Picture::read("seven.png")?)?;
/// println!("{}: {:.1} %", said.class, 100.0 * said.probability);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
///
/// **Errors:** [`open`](Model::open) returns a [`DataError`](crate::DataError) if there is no model, if the file is damaged or of a
/// newer version, or if its scaling or its classes do not fit its network.
#[derive(Debug)]
pub struct Model {
    file: PathBuf,
    classes: Vec<String>,
    scaling: Scaling,
    meaning: Option<Meaning>,
    ends: Ends,
    network: Numbers,
}

impl Model {
    /// The file of the model.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The name of the model: the folder of its run, or the file.
    pub fn name(&self) -> String {
        let is_model = self.file.file_name().is_some_and(|name| name == file::MODEL);
        let folder = self.file.parent().filter(|folder| is_model && !folder.as_os_str().is_empty());
        folder.unwrap_or(&self.file).display().to_string()
    }

    /// The names of the classes: "0", "1" and so on if the training data had none. Empty for a regression.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Whether the classes have names other than their numbers.
    pub fn is_named(&self) -> bool {
        self.classes.iter().enumerate().any(|(place, class)| *class != place.to_string())
    }

    /// What the numbers of the training data meant; `None` for a file of an older version, which does not have it.
    pub fn meaning(&self) -> Option<&Meaning> {
        self.meaning.as_ref()
    }

    /// How values become inputs.
    pub fn scaling(&self) -> &Scaling {
        &self.scaling
    }

    /// How the numbers to learn became targets; `None` if they stayed as they were, or if there are classes.
    pub fn target_scaling(&self) -> Option<&Scaling> {
        self.meaning.as_ref()?.target_scaling.as_ref()
    }

    /// The shape of a sample.
    pub fn input(&self) -> Shape {
        self.network.input()
    }

    /// The shape of an answer.
    pub fn output(&self) -> Shape {
        self.network.output()
    }

    /// A name for each element of an answer: the name of the network's output, with a place from 0 on if the output has several
    /// elements: `output 0`, `output 1` …
    pub fn output_names(&self) -> Vec<String> {
        self.network.output_names()
    }

    /// A name for each number of a regression: the target columns of the table, or else the [output names](Self::output_names).
    pub fn target_names(&self) -> Vec<String> {
        let columns = self.meaning().and_then(|meaning| meaning.columns.as_ref());
        let names = columns.map_or(Vec::new(), |columns| columns.target_names());
        if names.len() == self.output().size() { names } else { self.output_names() }
    }
}
