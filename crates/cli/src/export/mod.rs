//! `toddle export`: a trained network for another program, which checks it at once.

mod options;

pub use options::Options;

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use toddle::{Fit, escaped};
use toddle_run::checkpoints;
use toddle_run::error::Error;
use toddle_run::exchange::{Export, Exported, Form, Int8, Leaving};
use toddle_run::experiment::Experiment;
use toddle_run::run::{EXPERIMENT, MODEL};

use crate::ending::Ending;
use crate::output::{note, print};

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let file = if options.run.is_dir() { options.run.join(MODEL) } else { options.run.clone() };
    let mut leaving = Leaving::new(checkpoints::load(&file)?, name_of(&file));
    if options.to == Form::Pytorch {
        leaving.fit = fit_of(&file)?;
    }
    if options.int8 {
        check_int8(options.to)?;
        let told = |text: &String| note(options.json, text);
        leaving.int8 = Some(Int8::new(&options.run, &leaving.network, told)?);
    }
    let export = Export {
        to: options.to,
        batch: options.batch.and_then(NonZeroU32::new),
        preparation: options.with_preparation,
        check: !options.no_check,
    };
    let default = || file.with_file_name(options.to.default_name(&leaving.name, options.int8));
    let out = options.out.clone().unwrap_or_else(default);
    let Exported { notes, outcome, json, .. } = leaving.export(&export, &out, true)?;
    if options.json {
        print(&json)?;
    } else {
        let measured = leaving.int8.as_ref().map(Int8::lines).unwrap_or_default();
        print(&format!("wrote {}\n{notes}{measured}{}\n", escaped(out.display()), outcome.line()))?;
    }
    Ok(if outcome.is_right() { Ending::Complete } else { Ending::Wrong })
}

/// Checks that a network can have integers of eight bits in this form.
fn check_int8(form: Form) -> Result<(), Error> {
    if form == Form::C {
        return Ok(());
    }
    Err(Error::Refused {
        what: "--int8 has no meaning here".into(),
        expected: "--to c".into(),
        got: "another form".into(),
        remedy: "--to c, or leaving --int8 out".into(),
    })
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
