//! `toddle report`: everything about a run, or about several, on one page.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use toddle::escaped;
use toddle_look::report::page;
use toddle_run::error::Error;
use toddle_run::report;
use toddle_run::run::{REPORT, curves, metrics};
use toddle_run::{picture, run};

use crate::compare::names;
use crate::ending::Ending;
use crate::output::note;

/// Write everything about a run, or about several, on one HTML page
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The runs' folders
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,

    /// Write the page into this file [default: report.html in the folder of the run, or runs/report.html for several]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Do not say where the page is
    #[arg(long)]
    pub quiet: bool,
}

const AFTER_HELP: &str = "\
The page shows what was trained on what, the curves, the results by class, the confusion matrix, the most confident \
mistakes, the calibration, the layers with their times, filters, feature maps, weights, and the film of the training. The \
page of a regression has its errors, and the answers against the targets. Several runs are compared.

The page is one file. It needs no server and loads nothing, and it can be printed. `toddle train` writes it, too, but \
without the times of the layers.

Examples:
  toddle report runs/lenet5
  toddle report runs/lenet5 --out report.html
  toddle report runs/lenet5 runs/lenet5-2 --out both.html";

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let out = options.out.clone().unwrap_or_else(|| match &options.runs[..] {
        [only] => only.join(REPORT),
        _ => Path::new("runs").join(REPORT),
    });
    // Measuring may take long. So errors of the file are reported first.
    run::experiment(&options.runs[0])?;
    let target = picture::Target::new(&out, picture::Format::Html)?;
    let mut runs = Vec::new();
    let names = names(&options.runs);
    for (folder, name) in options.runs.iter().zip(&names) {
        let (run, notes) = report::of_folder(folder, name)?;
        notes.iter().for_each(|text| note(options.quiet, text));
        runs.push(run);
    }
    let curves = (runs.len() > 1).then(|| together(&options.runs, &names)).transpose()?;
    target.write(page(&runs, curves.as_deref()).as_bytes())?;
    note(options.quiet, &format!("wrote {}", escaped(fs::canonicalize(&out).unwrap_or(out).display())));
    Ok(Ending::Complete)
}

/// The curves of all runs in one picture.
fn together(folders: &[PathBuf], names: &[String]) -> Result<String, Error> {
    let rows = folders.iter().map(|folder| metrics::read(folder)).collect::<Result<Vec<_>, Error>>()?;
    let shown: Vec<curves::Run> =
        names.iter().zip(&rows).map(|(name, rows)| curves::Run { name, rows }).collect();
    Ok(curves::several(&shown))
}
