//! `toddle eval`: measures a trained network on a whole set.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | the options of the command |
//! | `samples.rs` | the samples to measure on |
//! | `report.rs` | what was measured, and where |
//! | `classes.rs` | samples of classes: accuracy and the worst mistakes |
//! | `tables.rs` | the same as tables for people |
//! | `numbers.rs` | samples with target numbers: errors and the worst samples |

mod classes;
mod numbers;
mod options;
mod report;
mod samples;
mod tables;

pub use options::Options;

use report::Report;
use samples::Samples;
use serde::Serialize;
use toddle::escaped;
use toddle_data::Model;
use toddle_look::measure::{Classes, Numbers};
use toddle_look::picture::Sheet;
use toddle_run::error::Error;
use toddle_run::picture::save;

use crate::ending::Ending;
use crate::output::{note, print};

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let model = Model::open(&options.run)?;
    let samples = Samples::of(options, &model)?;
    check_kind(&model, &samples)?;
    let (answers, mapped) = model.ask_all(&samples.dataset, &options.taken.asked())?;
    mapped.iter().for_each(|mapped| note(false, &escaped(mapped)));
    let draws = options.picture.is_some();
    let worst = options.worst as usize;
    let (text, png) = if samples.dataset.classes() == 0 {
        let report = Report::new(&model, &samples, Numbers::of(&model, &samples.dataset, &answers, worst)?);
        let png = draws.then(|| report.scatter().png());
        (if options.json { json(&report) } else { report.text() }, png)
    } else {
        let report = Report::new(&model, &samples, Classes::of(&model, &samples.dataset, &answers, worst)?);
        let png = if draws { report.sheet(&samples).map(Sheet::png) } else { None };
        (if options.json { json(&report) } else { report.text() }, png)
    };
    print(&text)?;
    match (&options.picture, png) {
        (Some(file), Some(png)) => {
            save(file, &png)?;
            note(options.json, &format!("wrote {}", escaped(file.display())));
        }
        (Some(_), None) if options.worst == 0 => {
            note(false, "no picture is written: --worst 0 asks for no mistakes")
        }
        (Some(_), None) => note(false, "no picture is written: there are no mistakes, or no images"),
        (None, _) => {}
    }
    Ok(Ending::Complete)
}

/// Checks that a classifier is measured on classes, and a regression on the same number of target numbers.
fn check_kind(model: &Model, samples: &Samples) -> Result<(), Error> {
    let Samples { dataset, place, .. } = samples;
    let says = |numbers: bool, count: usize| match numbers {
        true => format!("{count} numbers for each sample"),
        false => format!("one of {count} classes for each sample"),
    };
    let outputs = model.output().size();
    let numbers = dataset.classes() == 0;
    // A model file of an older version does not tell whether its outputs are classes.
    let differs = model.meaning().is_some() && numbers != model.is_regression();
    if differs || numbers && dataset.target_size() != outputs {
        let count = if model.is_regression() { outputs } else { model.classes().len() };
        return Err(Error::Refused {
            what: format!("`{}` cannot be measured on `{place}`", model.name()),
            expected: says(model.is_regression(), count),
            got: says(numbers, dataset.target_size()),
            remedy: "data with targets of this kind".into(),
        });
    }
    Ok(())
}

/// One line of JSON.
fn json(report: &impl Serialize) -> String {
    serde_json::to_string(report).expect("numbers, strings and lists can be written as JSON") + "\n"
}
