//! `toddle predict`: what a trained network says of images.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | what the command can be told |
//! | `report.rs` | what the network says, for people and as JSON |

mod options;
mod report;

pub use options::Options;

use std::path::Path;

use toddle_data::{AskedFor, Half, Model, Picture, Preparation};

use crate::data::{Source, half};
use crate::ending::Ending;
use crate::error::Error;
use crate::output::{note, print};
use crate::picture::{Cell, Sheet, save};
use report::{Prediction, Report};

/// An image as the network gets it.
struct Subject {
    name: String,
    /// Channel by channel, row by row.
    image: Vec<u8>,
    input: Vec<f32>,
    /// What was done to it.
    done: Vec<String>,
    /// In what it is unlike the training pictures.
    unlike: Option<String>,
    /// Its class, where that is known.
    truth: Option<usize>,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let model = Model::open(&options.run)?;
    let asked = options.taken.asked();
    let preparation = model.preparation(&asked)?;
    if model.meaning().is_none() && !options.images.is_empty() {
        note(
            false,
            &format!(
                "`{}` does not say what its training pictures were like: they are taken to be {}",
                model.name(),
                preparation.ground.name()
            ),
        );
    }
    let mut subjects = match &options.digits {
        Some(digits) => digits_of(options, &digits.0, &model)?,
        None => Vec::new(),
    };
    let mut faults = Vec::new();
    for path in &options.images {
        match subject(path, &preparation, &asked, &model) {
            Ok(subject) => subjects.push(subject),
            Err(fault) => faults.push(fault),
        }
    }
    for subject in &subjects {
        if let Some(unlike) = &subject.unlike {
            note(false, &format!("`{}`: {unlike}; --polarity invert inverts it", subject.name));
        }
    }
    if !subjects.is_empty() {
        tell(options, &model, preparation.shape, &subjects)?;
    }
    // What can be said is said, whatever is wrong with the others.
    let last = faults.pop();
    for fault in &faults {
        note(false, &format!("error: {fault}"));
    }
    last.map_or(Ok(Ending::Complete), Err)
}

/// Asks the network, and says what it says.
fn tell(options: &Options, model: &Model, shape: [usize; 3], subjects: &[Subject]) -> Result<(), Error> {
    let inputs: Vec<f32> = subjects.iter().flat_map(|subject| subject.input.iter().copied()).collect();
    let probabilities = model.ask(&inputs)?.probabilities;
    let predictions = subjects.iter().zip(probabilities.chunks_exact(model.classes().len()));
    let predictions: Vec<Prediction> = predictions
        .map(|(subject, probabilities)| Prediction::new(subject, probabilities, model.classes()))
        .collect();
    let report = Report { model: model.name(), note: model.note(), predictions };
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
fn subject(
    path: &Path,
    preparation: &Preparation,
    asked: &AskedFor,
    model: &Model,
) -> Result<Subject, Error> {
    let name = path.display().to_string();
    let prepared = preparation.prepare(&name, Picture::read(path)?)?;
    let input = model.inputs_of_picture(&prepared.picture, asked)?;
    let image = prepared.picture.bytes().to_vec();
    Ok(Subject { name, image, input, done: prepared.done, unlike: prepared.unlike, truth: None })
}

/// The first test samples of each of some classes.
fn digits_of(options: &Options, digits: &[usize], model: &Model) -> Result<Vec<Subject>, Error> {
    let opened = Source::default().open_for(&options.data, model, &options.taken.asked())?;
    let (test, _) = half(opened, Half::Test);
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
    let (inputs, _) = model.inputs_of(&samples, &options.taken.asked())?;
    let subject = |(n, input): (usize, &[f32])| Subject {
        name: format!("{} test {}", options.data, places[n]),
        image: samples.image(n).into_owned(),
        input: input.to_vec(),
        done: Vec::new(),
        unlike: None,
        truth: Some(samples.labels()[n] as usize),
    };
    Ok(inputs.chunks_exact(samples.size()).enumerate().map(subject).collect())
}
