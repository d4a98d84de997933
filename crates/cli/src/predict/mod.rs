//! `toddle predict`: what a trained network says of images.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | what the command can be told |
//! | `prepare.rs` | any image, made as the network knows images |
//! | `ink.rs` | what of a grey image is ink, and what is paper |
//! | `report.rs` | what the network says, for people and as JSON |

mod ink;
mod options;
mod prepare;
mod report;

pub use options::Options;

use std::path::Path;

use toddle_data::{Picture, Set};

use crate::data::{Half, Source};
use crate::ending::Ending;
use crate::error::Error;
use crate::loaded::Loaded;
use crate::output::{note, print};
use crate::picture::{Cell, Sheet, save};
use prepare::{Manner, prepare};
use report::{Prediction, Report};

/// An image as the network gets it.
struct Subject {
    name: String,
    /// Channel by channel, row by row.
    image: Vec<u8>,
    input: Vec<f32>,
    /// What was done to it.
    done: Vec<String>,
    /// Its class, where that is known.
    truth: Option<usize>,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let loaded = Loaded::open(&options.run)?;
    let Some(shape) = loaded.image() else {
        return Err(Error::Refused {
            what: format!("`{}` cannot be asked about images", loaded.name()),
            expected: "a network whose input is an image of 1 or 3 channels, or a square of numbers".into(),
            got: format!("an input of shape {}", loaded.input()),
            remedy: "toddle eval, for a set that it knows".into(),
        });
    };
    let mut subjects = match &options.digits {
        Some(digits) => digits_of(options, &digits.0, &loaded)?,
        None => Vec::new(),
    };
    let mut faults = Vec::new();
    let manner = options.manner.unwrap_or_else(|| manner(&loaded, shape));
    for path in &options.images {
        match subject(path, shape, manner, &loaded) {
            Ok(subject) => subjects.push(subject),
            Err(fault) => faults.push(fault),
        }
    }
    if !subjects.is_empty() {
        tell(options, &loaded, shape, &subjects)?;
    }
    // What can be said is said, whatever is wrong with the others.
    let last = faults.pop();
    for fault in &faults {
        note(false, &format!("error: {fault}"));
    }
    last.map_or(Ok(Ending::Complete), Err)
}

/// Asks the network, and says what it says.
fn tell(options: &Options, loaded: &Loaded, shape: [usize; 3], subjects: &[Subject]) -> Result<(), Error> {
    let inputs: Vec<f32> = subjects.iter().flat_map(|subject| subject.input.iter().copied()).collect();
    let probabilities = loaded.ask(&inputs)?.probabilities;
    let predictions = subjects.iter().zip(probabilities.chunks_exact(loaded.classes.len()));
    let predictions: Vec<Prediction> = predictions
        .map(|(subject, probabilities)| Prediction::new(subject, probabilities, &loaded.classes))
        .collect();
    let report = Report { model: loaded.name(), note: loaded.note(), predictions };
    if let Some(file) = &options.picture {
        let cells = subjects.iter().zip(&report.predictions).map(|(subject, prediction)| Cell {
            shape,
            image: subject.image.clone(),
            lines: prediction.lines(),
            alarm: prediction.right == Some(false),
        });
        let sheet = Sheet {
            title: format!("What {} says", report.model),
            subtitle: "Each image as the network gets it".into(),
            columns: 5,
            cells: cells.collect(),
        };
        save(file, &sheet.png())?;
    }
    print(&if options.json { report.json() } else { report.table() })?;
    if let Some(file) = options.picture.as_ref().filter(|_| !options.json) {
        note(false, &format!("wrote {}", file.display()));
    }
    Ok(())
}

/// The image at `path`, made as the network knows images.
fn subject(path: &Path, shape: [usize; 3], manner: Manner, loaded: &Loaded) -> Result<Subject, Error> {
    let name = path.display().to_string();
    let prepared = prepare(&name, Picture::read(path)?, shape, manner)?;
    let input = loaded.inputs_of_bytes(prepared.picture.bytes());
    Ok(Subject { name, image: prepared.picture.bytes().to_vec(), input, done: prepared.done, truth: None })
}

/// By default the ink of what shows writing is looked for, as in MNIST; anything else is resized.
fn manner(loaded: &Loaded, [channels, ..]: [usize; 3]) -> Manner {
    let of_set =
        |set: &Set| set.shape()[0] == 1 && set.name() != "fashion-mnist" && *set.classes() == *loaded.classes;
    let letters = loaded.classes.iter().all(|class| class.chars().count() == 1);
    if channels == 1 && (letters || Set::all().iter().any(of_set)) { Manner::Ink } else { Manner::Whole }
}

/// The first test samples of each of some classes.
fn digits_of(options: &Options, digits: &[usize], loaded: &Loaded) -> Result<Vec<Subject>, Error> {
    let test = Source::default().read(&options.data, Half::Test)?;
    if let Some(digit) = digits.iter().find(|&&digit| digit >= test.classes()) {
        return Err(Error::Refused {
            what: format!("there is no class {digit} in {}", options.data),
            expected: format!("--digits from 0 to {}", test.classes().saturating_sub(1)),
            got: digit.to_string(),
            remedy: "--data with another set".into(),
        });
    }
    let mut places = Vec::new();
    for &digit in digits {
        let of_digit = (0..test.len()).filter(|&i| test.labels()[i] as usize == digit);
        places.extend(of_digit.take(options.each as usize));
    }
    let samples = test.subset(&places)?;
    let inputs = loaded.inputs_of(&samples)?;
    let subject = |(n, input): (usize, &[f32])| Subject {
        name: format!("{} test {}", options.data, places[n]),
        image: samples.image(n).into_owned(),
        input: input.to_vec(),
        done: Vec::new(),
        truth: Some(samples.labels()[n] as usize),
    };
    Ok(inputs.chunks_exact(samples.size()).enumerate().map(subject).collect())
}
