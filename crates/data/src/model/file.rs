//! From a path to a network.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use toddle::checkpoint::{self, About};

use super::ask::Ends;
use super::numbers::{Asked, Numbers};
use super::{Model, Scaling};
use crate::budget::Budget;
use crate::dataset::MAX_CLASSES;
use crate::error::DataError;
use crate::file;
use crate::meaning::Meaning;
use crate::missing::Missing;

/// What a run's folder calls its network, and the folder of its checkpoints.
pub(super) const MODEL: &str = "model.safetensors";
const CHECKPOINTS: &str = "checkpoints";

/// The most bytes that a model may have: the largest network, in `f64`, with all that a training keeps beside it.
const MOST_BYTES: u64 = 16 << 30;

/// Bytes at the beginning of a model: the length of its header, and the brace that begins it.
const BEGINNING: usize = 9;

impl Model {
    /// Opens the model in a run's folder, or in a safetensors file.
    pub fn open(run: impl AsRef<Path>) -> Result<Model, DataError> {
        let run = run.as_ref();
        let file = if run.is_dir() { run.join(MODEL) } else { run.to_owned() };
        if !file.exists() {
            return Err(missing(run, &file));
        }
        let bytes = read(&file)?;
        Model::decode(file, &bytes)
    }

    /// The model in the bytes of a safetensors file. Messages call it `name`.
    ///
    /// ```
    /// use toddle::checkpoint::{self, About};
    /// use toddle::{Dense, NetworkSpec, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::vector(4)).add(Dense::new(3)).build::<f32>(0)?;
    /// let bytes = checkpoint::encode(&network, &About::default(), None);
    /// assert_eq!(toddle_data::Model::decode("three classes", &bytes)?.classes(), ["0", "1", "2"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// **Errors:** as for [`open`](Self::open).
    pub fn decode(name: impl Into<PathBuf>, bytes: &[u8]) -> Result<Model, DataError> {
        let file = name.into();
        let name = file.display().to_string();
        let fault = |cause| DataError::Model { name: name.clone(), cause };
        let (network, about) = if checkpoint::precision(bytes).map_err(fault)? == "f32" {
            let saved = checkpoint::decode(bytes).map_err(fault)?;
            (Numbers::F32(Asked::new(&name, saved.network)?), saved.about)
        } else {
            let saved = checkpoint::decode(bytes).map_err(fault)?;
            (Numbers::F64(Asked::new(&name, saved.network)?), saved.about)
        };
        Model::new(file, network, about)
    }

    fn new(file: PathBuf, network: Numbers, about: About) -> Result<Model, DataError> {
        let name = file.display().to_string();
        let outputs = network.output().size();
        let meaning = Meaning::from_json(&name, &about.data)?;
        let counted = || (0..outputs.max(2)).map(|class| class.to_string()).collect();
        // A file of an older version does not say whether outputs are classes. One output is taken for yes or no; more than
        // there can be classes are numbers.
        let numbers = meaning.as_ref().is_some_and(|meaning| meaning.numbers) || outputs > MAX_CLASSES;
        let link = meaning.as_ref().and_then(|meaning| meaning.links.first());
        let of_classes = Ends::of(network.last_layer(), outputs).after(link);
        let (ends, classes) = match about.classes {
            _ if numbers => (Ends::Numbers, Vec::new()),
            classes if classes.len() == outputs.max(2) => (of_classes, classes),
            _ => (of_classes, counted()),
        };
        let model = Model { file, classes, scaling: about.scaling, meaning, ends, network };
        let channels = model.scaling.channels();
        let is_of_inputs = model.input().size().is_multiple_of(channels);
        check_scaling(&name, &model.scaling, if is_of_inputs { channels } else { 1 }, "channels")?;
        if let Some(scaling) = model.target_scaling() {
            check_scaling(&name, scaling, outputs, "outputs")?;
        }
        model.check_links(&name)?;
        Ok(model)
    }
}

/// **Errors:** if `scaling` is not one of so many channels, which messages call `what`.
fn check_scaling(name: &str, scaling: &Scaling, channels: usize, what: &str) -> Result<(), DataError> {
    if scaling.suits(channels) {
        return Ok(());
    }
    let expected =
        format!("a scaling with a divisor above 0, and no mean or one for each of {channels} {what}");
    let Scaling { divisor, mean, deviation } = scaling;
    let got = format!("a divisor of {divisor}, means {mean:?} and deviations {deviation:?}");
    Err(DataError::refused(name, expected, got, "another copy of the file"))
}

/// The bytes of a model. What clearly is none, or too large to be one, is not read to its end.
fn read(file: &Path) -> Result<Vec<u8>, DataError> {
    let refused = |got: String| {
        let expected = "a model or checkpoint that is complete and readable";
        let remedy = "another copy of the file, or the checkpoint before it";
        DataError::refused(file.display().to_string(), expected, got, remedy)
    };
    let unread = |cause: io::Error| match cause.kind() {
        ErrorKind::UnexpectedEof => refused("a file that became shorter while it was read".into()),
        _ => DataError::read(file, cause),
    };
    let (mut source, length) = file::open(file)?;
    if !(BEGINNING as u64..=MOST_BYTES).contains(&length) {
        return Err(refused(format!("{length} bytes")));
    }
    Budget::ask(&file.display().to_string(), 2 * length, || "the file, and its weights".to_owned())?;
    let mut beginning = [0; BEGINNING];
    source.read_exact(&mut beginning).map_err(unread)?;
    let (header, brace) = beginning.split_at(8);
    let header = header.iter().rfold(0, |length, byte| length << 8 | u64::from(*byte));
    if header > length - 8 || brace != b"{" {
        return Err(refused("a file that is not safetensors, or ends in its header".into()));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length as usize).map_err(|fault| refused(fault.to_string()))?;
    bytes.extend_from_slice(&beginning);
    bytes.resize(length as usize, 0);
    source.read_exact(&mut bytes[BEGINNING..]).map_err(unread)?;
    Ok(bytes)
}

fn missing(run: &Path, file: &Path) -> DataError {
    let newest = fs::read_dir(run.join(CHECKPOINTS)).ok().and_then(|entries| {
        let files = entries.flatten().map(|entry| entry.path());
        files.filter(|path| path.extension().is_some_and(|is| is == "safetensors")).max()
    });
    let got = if run.is_dir() { format!("a folder without {MODEL}") } else { Missing::new(run).got() };
    let remedy = match newest {
        Some(newest) => format!("`{}`, as the training has not ended", newest.display()),
        None if run.is_dir() => format!("toddle train, which writes `{}`", file.display()),
        None => Missing::new(run).remedy("another path"),
    };
    let expected = format!("a run's folder with {MODEL}, or a .safetensors file");
    DataError::refused(run.display().to_string(), expected, got, remedy)
}
