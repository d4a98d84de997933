//! `toddle predict`: the answers of a trained network for pictures, rows of tables and arrays.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | the options of the command |
//! | `subjects.rs` | samples as inputs of the network, with their names |
//! | `files.rs` | files, folders and standard input as samples |
//! | `report.rs` | the answers of the network, also as JSON |
//! | `table.rs` | the answers as a table for people |
//! | `rows.rs` | the answers as CSV |

mod files;
mod options;
mod report;
mod rows;
mod subjects;
mod table;

pub use options::Options;

use std::collections::HashSet;

use report::Report;
use subjects::Subjects;
use toddle::escaped;
use toddle_data::{Half, Model};
use toddle_look::picture::{Cell, Sheet};
use toddle_run::error::Error;
use toddle_run::picture::save;

use crate::data::{Source, half};
use crate::ending::Ending;
use crate::output::{note, print, print_table};

/// The maximum number of images that are drawn.
const MOST_CELLS: usize = 200;

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let model = Model::open(&options.run)?;
    let mut subjects = Subjects::new(options.picture.is_some());
    if let Some(digits) = &options.digits {
        add_digits(options, &digits.0, &model, &mut subjects)?;
    }
    let mut faults = files::add(&options.files, &model, &options.taken.asked(), &mut subjects);
    if !subjects.is_empty() {
        tell(options, &model, &subjects)?;
    }
    // The answers for valid samples are printed, even if other samples have errors.
    let last = faults.pop();
    let mut said = last.iter().map(ToString::to_string).collect::<HashSet<String>>();
    for fault in faults.iter().map(ToString::to_string) {
        if !said.contains(&fault) {
            note(false, &format!("error: {fault}"));
            said.insert(fault);
        }
    }
    last.map_or(Ok(Ending::Complete), Err)
}

/// Runs the network, and prints its answers.
fn tell(options: &Options, model: &Model, subjects: &Subjects) -> Result<(), Error> {
    let report = Report::new(model, subjects, &model.ask(&subjects.inputs)?);
    let wrote = match &options.picture {
        Some(file) => match sheet(model, subjects, &report) {
            Some(sheet) => {
                save(file, &sheet.png())?;
                Some(format!("wrote {}", escaped(file.display())))
            }
            None => {
                note(false, "no picture is written: the samples are not images");
                None
            }
        },
        None => None,
    };
    match options {
        Options { json: true, .. } => print(&report.json()),
        Options { csv: true, .. } => print_table(&report.csv()),
        _ => print(&report.table()),
    }?;
    wrote.iter().for_each(|wrote| note(options.json || options.csv, wrote));
    Ok(())
}

/// The images as inputs of the network, each with its answer.
fn sheet(model: &Model, subjects: &Subjects, report: &Report) -> Option<Sheet> {
    let shape = model.image()?;
    if subjects.images.len() > MOST_CELLS {
        note(false, &format!("the picture shows the first {MOST_CELLS} of {} images", subjects.images.len()));
    }
    let cells = subjects.images.iter().zip(&report.predictions).take(MOST_CELLS);
    let cells = cells.map(|(image, prediction)| Cell {
        shape,
        image: image.clone(),
        lines: prediction.lines(),
        alarm: prediction.is_wrong(),
    });
    Some(Sheet {
        title: format!("What {} says", report.model),
        subtitle: "Each image as the network gets it".into(),
        columns: 5,
        cells: cells.collect(),
    })
}

/// The first test samples of each of some classes.
fn add_digits(
    options: &Options,
    digits: &[usize],
    model: &Model,
    subjects: &mut Subjects,
) -> Result<(), Error> {
    let asked = options.taken.asked();
    let opened = Source::default().open_for(&options.data, model, &asked)?;
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
    let name = |i: usize| format!("{} test {}", options.data, places[i]);
    subjects.add(model, &samples, true, &asked, name)?;
    Ok(())
}
