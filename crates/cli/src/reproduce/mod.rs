//! `toddle reproduce`: trains the four networks of the post on MNIST, and compares the results with the figures of the
//! post.
//!
//! | file | idea |
//! |---|---|
//! | `post.rs` | the recipes and the figures of the post |
//! | `options.rs` | the options of the command |
//! | `training.rs` | the networks, trained side by side |
//! | `progress.rs` | the progress display |
//! | `results.rs` | the results: `results.json` |
//! | `table.rs` | the results as a table for people, with comments |
//! | `curves.rs` | error against epoch: `curves.svg` |
//! | `predictions.rs` | the answers of the best network for twelve images: `predictions.png` |

mod curves;
mod options;
mod post;
mod predictions;
mod progress;
mod results;
mod table;
mod training;

pub use options::Options;

use std::path::Path;

use post::SAMPLES;
use results::Results;
use toddle::{Machine, escaped};
use toddle_data::Dataset;
use toddle_run::error::Error;
use toddle_run::folder::{self, Folder};
use toddle_run::precision::Precision;

use crate::ending::Ending;
use crate::interrupt::Interrupt;
use crate::output::{note, print};

const RESULTS: &str = "results.json";
const CURVES: &str = "curves.svg";
const PREDICTIONS: &str = "predictions.png";

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    options.check()?;
    // A network trains one sample at a time, so each network uses one thread. Several networks train at the same time.
    let machine = Machine::detect()?.threads(1);
    let folder = open(&options.out)?;
    let interrupt = Interrupt::listen();

    let mnist = toddle_data::mnist();
    let (train, test) = (mnist.train()?.first(SAMPLES)?, mnist.test()?);
    let results = match options.precision {
        Precision::F64 => training::all::<f64>(options, machine, &train, &test, &interrupt),
        Precision::F32 => training::all::<f32>(options, machine, &train, &test, &interrupt),
    }?;
    let complete = results.complete(options);
    if results.runs.is_empty() {
        note(options.quiet, "interrupted before the first epoch was done: nothing is written");
        return Ok(Ending::Interrupted(interrupt.exit_code()));
    }

    // The results are printed even if a file cannot be written, so that no training is lost.
    let written = write(&folder, &results, &test);
    let printed = print(&if options.json { results.json() } else { table::table(&results, options) });
    written?;
    if complete {
        printed?;
    } else {
        // After SIGHUP, the terminal may be closed.
        note(options.quiet, "interrupted: these are the epochs that were done");
    }
    let path = escaped(folder.path().display());
    note(options.quiet, &format!("wrote {RESULTS}, {CURVES} and {PREDICTIONS} into {path}"));
    Ok(if complete { Ending::Complete } else { Ending::Interrupted(interrupt.exit_code()) })
}

/// The folder for results: a new one, an empty one, or one of earlier results, which are replaced.
fn open(out: &Path) -> Result<Folder, Error> {
    let contents = folder::contents(out)?;
    if !contents.is_empty() && !results::are_in(&out.join(RESULTS)) {
        return Err(folder::occupied(out, &contents, "post"));
    }
    Folder::open(out, &[RESULTS, CURVES, PREDICTIONS])
}

fn write(folder: &Folder, results: &Results, test: &Dataset) -> Result<(), Error> {
    folder.write(RESULTS, results.json().as_bytes())?;
    folder.write(CURVES, curves::svg(&results.runs).as_bytes())?;
    folder.write(PREDICTIONS, &predictions::png(&results.runs, test))
}
