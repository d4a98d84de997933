//! `toddle reproduce`: the post's four networks, trained on real MNIST, beside the post's own figures.
//!
//! | file | idea |
//! |---|---|
//! | `post.rs` | the post's recipe and what it prints |
//! | `options.rs` | what the command can be told |
//! | `training.rs` | the networks, trained side by side |
//! | `progress.rs` | what is seen meanwhile |
//! | `results.rs` | what came of it: `results.json` |
//! | `table.rs` | the same for people, and what to make of it |
//! | `curves.rs` | error against epoch: `curves.svg` |
//! | `predictions.rs` | what the best network says of twelve images: `predictions.png` |

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

use toddle::{Machine, escaped};
use toddle_data::Dataset;

use crate::ending::Ending;
use crate::error::Error;
use crate::folder::{self, Folder};
use crate::interrupt::Interrupt;
use crate::output::{note, print};
use crate::precision::Precision;
use post::SAMPLES;
use results::Results;

const RESULTS: &str = "results.json";
const CURVES: &str = "curves.svg";
const PREDICTIONS: &str = "predictions.png";

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    options.check()?;
    // A network trains one sample at a time, so one thread each; several networks train side by side.
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

    // Standard output comes even where the files fail, so that no training is lost.
    let written = write(&folder, &results, &test);
    let printed = print(&if options.json { results.json() } else { table::table(&results, options) });
    written?;
    if complete {
        printed?;
    } else {
        // After SIGHUP there may be nobody left who reads.
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
