//! `toddle export`: a trained network for another program, which checks it at once.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | the options of the command |
//! | `place.rs` | the file that is written |
//! | `samples.rs` | the inputs of the check |
//! | `check.rs` | the other program, and its answers |

mod check;
mod options;
mod place;
mod samples;

pub use options::Options;

use std::path::{Path, PathBuf};

use check::Outcome;
use options::Form;
use place::Place;
use toddle::checkpoint::{About, Saved};
use toddle::{Network, escaped};
use toddle_exchange::c::Source;
use toddle_exchange::pytorch::Module;
use toddle_exchange::{ExchangeError, c, onnx, pytorch};
use toddle_run::checkpoints;
use toddle_run::error::Error;
use toddle_run::run::MODEL;

use crate::ending::Ending;
use crate::output::print;

/// A network that leaves.
struct Leaving {
    network: Network<f32>,
    about: About,
    /// The inputs of the check, one sample after the other.
    x: Vec<f32>,
}

/// What is written.
enum Written {
    Onnx(Vec<u8>),
    Pytorch(Module),
    C(Source),
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let file = if options.run.is_dir() { options.run.join(MODEL) } else { options.run.clone() };
    let Saved { network, about, .. } = checkpoints::load::<f32>(&file)?;
    let x = samples::samples(&network, &about);
    let leaving = Leaving { network, about, x };
    let name = name_of(&file);
    let batch = options.batch.map(|batch| batch as usize);
    let written = match options.to {
        Form::Onnx => Written::Onnx(
            onnx::encode(&leaving.network, &leaving.about, &onnx::Export { batch }).map_err(refused)?,
        ),
        Form::Pytorch => Written::Pytorch(pytorch::encode(&leaving.network, &name).map_err(refused)?),
        Form::C => Written::C(c::encode(&leaving.network, &name, &leaving.x).map_err(refused)?),
    };
    let default = match options.to {
        Form::Onnx => "model.onnx".into(),
        Form::Pytorch => "model.py".into(),
        Form::C => format!("{name}.c"),
    };
    let out = options.out.clone().unwrap_or_else(|| file.with_file_name(default));
    let mut places = vec![(Place::new(&out, options.to)?, written.content())];
    if let Written::Pytorch(module) = &written {
        places.push((Place::new(&out.with_extension("pytorch.safetensors"), options.to)?, &module.weights));
    }
    let report = Place::new(&check::report_of(&out), options.to)?;
    let outcome = match &written {
        _ if options.no_check => Outcome::Skipped,
        Written::Onnx(file) => check::onnx(&leaving, file, batch)?,
        Written::Pytorch(module) => check::pytorch(&leaving, module)?,
        Written::C(source) => check::c(&name, source.text.as_bytes())?,
    };
    for (place, content) in &places {
        place.write(content)?;
    }
    report.write(outcome.json(&leaving).as_bytes())?;
    print(&format!("wrote {}\n{}{}\n", escaped(out.display()), written.notes(), outcome.line()))?;
    Ok(if outcome.is_right() { Ending::Complete } else { Ending::Wrong })
}

impl Written {
    /// The content of the file.
    fn content(&self) -> &[u8] {
        match self {
            Written::Onnx(file) => file,
            Written::Pytorch(module) => module.source.as_bytes(),
            Written::C(source) => source.text.as_bytes(),
        }
    }

    /// What the user should know about it, as lines.
    fn notes(&self) -> String {
        let Written::C(Source { needs, is_plain, .. }) = self else { return String::new() };
        let c::Needs { flash, ram, multiply_adds } = needs;
        let fast =
            "fast convolutions are written as plain ones: the last digits differ from those of toddle\n";
        let fast = if *is_plain { fast } else { "" };
        format!("weights {flash} bytes, values {ram} bytes, {multiply_adds} multiply-adds\n{fast}")
    }
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
