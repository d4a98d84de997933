//! `toddle export`: a trained network for another program, which checks it at once.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | the options of the command |
//! | `place.rs` | the file that is written |
//! | `samples.rs` | the inputs of the check |
//! | `int8.rs` | integers of eight bits, and what they change |
//! | `prepared.rs` | the check of a graph that prepares samples itself |
//! | `written.rs` | what is written, by form |
//! | `check.rs` | the other program, and its answers |

mod check;
mod int8;
mod options;
mod place;
mod prepared;
mod samples;
mod written;

pub use options::Options;

use std::path::{Path, PathBuf};

use check::Outcome;
use int8::Int8;
use options::Form;
use place::Place;
use toddle::checkpoint::{About, Saved};
use toddle::{Fit, Network, escaped};
use toddle_exchange::ExchangeError;
use toddle_run::checkpoints;
use toddle_run::error::Error;
use toddle_run::experiment::Experiment;
use toddle_run::run::{EXPERIMENT, MODEL};
use written::Written;

use crate::ending::Ending;
use crate::output::print;

/// A network that leaves.
struct Leaving {
    network: Network<f32>,
    about: About,
    /// The inputs of the check, one sample after the other.
    x: Vec<f32>,
    /// How the network of a run was trained, for source that trains on.
    fit: Option<Fit>,
    /// The network with integers of eight bits, if the user wants it.
    int8: Option<Int8>,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let file = if options.run.is_dir() { options.run.join(MODEL) } else { options.run.clone() };
    let Saved { network, about, .. } = checkpoints::load::<f32>(&file)?;
    let x = samples::samples(&network, &about);
    let fit = if options.to == Form::Pytorch { fit_of(&file)? } else { None };
    let int8 = if options.int8 { Some(Int8::new(options, &network)?) } else { None };
    let leaving = Leaving { network, about, x, fit, int8 };
    let name = name_of(&file);
    let written = Written::new(options, &leaving, &name)?;
    let out =
        options.out.clone().unwrap_or_else(|| file.with_file_name(written.default_name(&name, options.int8)));
    let mut places = vec![(Place::new(&out, options.to)?, written.content())];
    if let Some((ending, content)) = written.beside() {
        places.push((Place::new(&out.with_extension(ending), options.to)?, content));
    }
    let report = Place::new(&check::report_of(&out), options.to)?;
    let outcome = if options.no_check { Outcome::Skipped } else { written.check(&leaving, &name)? };
    for (place, content) in &places {
        place.write(content)?;
    }
    let json = outcome.json(&leaving);
    report.write(json.as_bytes())?;
    if options.json {
        print(&json)?;
    } else {
        let measured = leaving.int8.as_ref().map(Int8::lines).unwrap_or_default();
        let (notes, line) = (written.notes(), outcome.line());
        print(&format!("wrote {}\n{notes}{measured}{line}\n", escaped(out.display())))?;
    }
    Ok(if outcome.is_right() { Ending::Complete } else { Ending::Wrong })
}

/// How the network in `file` was trained, if the experiment lies beside it.
fn fit_of(file: &Path) -> Result<Option<Fit>, Error> {
    let experiment = file.with_file_name(EXPERIMENT);
    let is_of_run = file.file_name().is_some_and(|name| name == MODEL) && experiment.exists();
    Ok(if is_of_run { Some(Experiment::load(&experiment, &[])?.0.train.fit) } else { None })
}

/// The name of the run, or of the file of the model.
fn name_of(file: &Path) -> String {
    let is_of_run = file.file_name().is_some_and(|name| name == MODEL);
    let folder = file.parent().filter(|folder| is_of_run && folder.file_name().is_some());
    let path = folder.map_or_else(|| file.with_extension(""), PathBuf::from);
    path.file_name().map_or_else(|| "network".into(), |name| name.to_string_lossy().into_owned())
}

/// The error of the command for a network that cannot leave or come in.
pub fn refused(fault: ExchangeError) -> Error {
    let ExchangeError { what, expected, got, remedy } = fault;
    Error::Refused { what, expected, got, remedy }
}
