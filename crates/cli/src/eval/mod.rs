//! `toddle eval`: how well a trained network does on a whole set.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | what the command can be told |
//! | `classes.rs` | samples of classes: what is right, and the worst mistakes |
//! | `tables.rs` | the same for people |
//! | `numbers.rs` | samples with numbers to be learned: how far off |

mod classes;
mod numbers;
mod options;
mod tables;

pub use options::Options;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use toddle_data::Dataset;
use toml::{Table, Value};

use crate::data::{Half, Source};
use crate::ending::Ending;
use crate::error::Error;
use crate::loaded::Loaded;
use crate::output::{note, print};
use crate::picture::save;

/// Samples, and what they are called.
struct Samples {
    dataset: Dataset,
    /// The set's name or path.
    place: String,
    half: Half,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let loaded = Loaded::open(&options.run)?;
    let samples = samples(options, &loaded)?;
    let answers = loaded.ask(&loaded.inputs_of(&samples.dataset)?)?;
    let mut sheet = None;
    print(&if samples.dataset.classes() == 0 {
        let report = numbers::Report::new(&loaded, &samples, &answers)?;
        if options.json { json(&report) } else { report.text() }
    } else {
        if loaded.is_named() && samples.dataset.class_names() != loaded.classes {
            note(
                false,
                "the set calls its classes otherwise than the network: they are compared by their places",
            );
        }
        let report = classes::Report::new(&loaded, &samples, &answers, options.worst as usize)?;
        sheet = report.sheet(&samples);
        if options.json { json(&report) } else { report.text() }
    })?;
    match (&options.picture, sheet) {
        (Some(file), Some(sheet)) => {
            save(file, &sheet.png())?;
            note(options.json, &format!("wrote {}", file.display()));
        }
        (Some(_), None) => note(false, "no picture is written: there are no mistakes, or no images"),
        (None, _) => {}
    }
    Ok(Ending::Complete)
}

/// The samples that the options name, or else those that the network was trained on.
fn samples(options: &Options, loaded: &Loaded) -> Result<Samples, Error> {
    let mut source = options.source.clone();
    let place = match &options.data {
        Some(place) => place.clone(),
        None => trained_on(&options.run, loaded, &mut source)?,
    };
    if let Some([channels, height, width]) = loaded.image() {
        source.channels = Some(channels);
        source.size = source.size.or(Some([height, width]));
    }
    source.classes = loaded.is_named().then(|| loaded.classes.clone());
    let dataset = source.read(&place, options.half)?;
    if dataset.is_empty() {
        return Err(Error::Refused {
            what: format!("there is nothing in `{place}` to measure on"),
            expected: "one sample or more".into(),
            got: "none".into(),
            remedy: "another set, or another --half".into(),
        });
    }
    Ok(Samples { dataset, place, half: options.half })
}

/// What the run's experiment says that it was trained on.
fn trained_on(run: &Path, loaded: &Loaded, source: &mut Source) -> Result<String, Error> {
    let experiment = fs::read_to_string(run.join("experiment.toml")).ok();
    let table = experiment.and_then(|text| text.parse::<Table>().ok());
    let data = table.as_ref().and_then(|table| table.get("data")).and_then(Value::as_table);
    let text = |key: &str| data.and_then(|data| data.get(key)).and_then(Value::as_str).map(str::to_owned);
    source.folder = source.folder.take().or_else(|| text("folder").map(PathBuf::from));
    match ["set", "images", "npz", "csv"].into_iter().find_map(text) {
        Some(place) => Ok(place),
        None if loaded.input().size() == 784 && loaded.classes.len() == 10 && !loaded.is_named() => {
            note(false, "nothing says what the network was trained on: this is MNIST, as its shapes fit");
            Ok("mnist".into())
        }
        None => Err(Error::Refused {
            what: format!("nothing says what `{}` was trained on", loaded.name()),
            expected: "a run's folder whose experiment.toml names a set or a file".into(),
            got: "none".into(),
            remedy: "--data NAME, or --data PATH".into(),
        }),
    }
}

/// One line of JSON.
fn json(report: &impl Serialize) -> String {
    serde_json::to_string(report).expect("numbers, strings and lists can be written as JSON") + "\n"
}
