//! The `toddle` command. It is thin: it converts arguments, calls the libraries, and prints the results.
//!
//! | file | idea |
//! |---|---|
//! | `lib.rs` | the command line, and exit codes |
//! | `check/` | `toddle check`: looks for mistakes in an experiment |
//! | `columns.rs` | tables for people |
//! | `compare/` | `toddle compare`: runs side by side |
//! | `completions.rs` | `toddle completions`: scripts for shells |
//! | `ending.rs` | how a command ended without an error |
//! | `data/` | `toddle data`: data sets |
//! | `eval/` | `toddle eval`: measures a trained network on a whole set |
//! | `export/` | `toddle export`: a trained network for another program |
//! | `help/` | `toddle help`: the keys of an experiment's file |
//! | `import/` | `toddle import`: the network of another program as a run |
//! | `interrupt.rs` | Ctrl-C, SIGTERM and SIGHUP |
//! | `load.rs` | reads an experiment, and prints what is to be said about it |
//! | `look/` | `toddle look`: what there is to see in a trained network, as a picture |
//! | `new/` | `toddle new`: writes an experiment for new data |
//! | `output.rs` | standard output and standard error |
//! | `play/` | `toddle play`: the page that shows a network at work, and a server of answers |
//! | `predict/` | `toddle predict`: the answers of a trained network for images, rows and arrays |
//! | `report/` | `toddle report`: everything about runs on one page |
//! | `reproduce/` | `toddle reproduce`: the four networks of the post, with its figures and its pictures |
//! | `summary/` | `toddle summary`: the layers and the costs of a network |
//! | `subject.rs` | an experiment with its samples |
//! | `sweep/` | `toddle sweep`: many trainings of one experiment |
//! | `train/` | `toddle train`: an experiment, from its file to a run's folder |
//! | `verify/` | `toddle verify`: a test of "same seed, same bits" |
//!
//! Exit codes: 0 for success, 1 for failures, 2 for a wrong command line or `TODDLE_SIMD`, 130 after Ctrl-C, 143 after
//! SIGTERM, 129 after SIGHUP.
#![forbid(unsafe_code)]

mod check;
mod columns;
mod compare;
mod completions;
mod data;
mod ending;
mod eval;
mod export;
mod help;
mod import;
mod interrupt;
mod load;
mod look;
mod new;
mod output;
#[cfg(feature = "play")]
mod play;
mod predict;
mod report;
mod reproduce;
mod subject;
mod summary;
mod sweep;
mod train;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use toddle_data::Budget;

use crate::ending::Ending;
use crate::output::note;
pub use crate::train::{Connect, Connected};
pub use toddle_run::digest::sha256;

/// Build, train, inspect and use small neural networks on a CPU, with the same bits every time.
#[derive(Parser)]
#[command(
    name = "toddle",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 80,
    after_help = VARIABLES
)]
struct Cli {
    /// The largest amount of memory to use, such as 512M or 1.5G [default: half of what is free]
    #[arg(long, value_name = "SIZE", global = true)]
    memory: Option<Budget>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Options),
    Compare(compare::Options),
    Completions(completions::Options),
    Data(data::Options),
    Eval(eval::Options),
    Export(export::Options),
    Help(help::Options),
    Import(import::Options),
    Look(look::Options),
    New(new::Options),
    #[cfg(feature = "play")]
    Play(play::Options),
    Predict(predict::Options),
    Report(report::Options),
    Reproduce(reproduce::Options),
    Summary(summary::Options),
    Sweep(sweep::Options),
    Train(train::Options),
    Verify(verify::Options),
}

const VARIABLES: &str = "\
Environment:
  TODDLE_SIMD=ISA  use this instruction set: avx512, avx2, neon or portable; it
                   changes the speed, and no bit of a result
  TODDLE_DATA=DIR  the folder of data sets, with a folder for each set

Examples:
  toddle reproduce                   train the post's four networks
  toddle train experiments/xor.toml  train a network that a file describes
  toddle new photographs             write such a file for your data
  toddle help experiment             explain how to write such a file
  toddle data list                   list the data sets
  toddle play                        see networks at work, in a browser
  toddle predict runs/lenet5 a.png   ask a trained network about a picture
  toddle eval runs/lenet5            measure it on the test images
  toddle report runs/lenet5          show everything about it on one page";

/// Runs the command with the words `args`, of which the first is the name of the program.
///
/// Help and a wrong command line end the process.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    main_with(args, None)
}

/// [`main`] with a connection to other processes, for `toddle train --mpi`.
pub fn main_with(args: impl IntoIterator<Item = OsString>, connect: Option<&dyn Connect>) -> ExitCode {
    let Cli { memory, command } = Cli::parse_from(args);
    if let Some(budget) = memory {
        budget.set();
    }
    let ending = match command {
        Command::Check(options) => check::run(&options),
        Command::Compare(options) => compare::run(&options),
        Command::Completions(options) => completions::run(&options),
        Command::Data(options) => data::run(&options),
        Command::Eval(options) => eval::run(&options),
        Command::Export(options) => export::run(&options),
        Command::Help(options) => help::run(&options),
        Command::Import(options) => import::run(&options),
        Command::Look(options) => look::run(&options),
        Command::New(options) => new::run(&options),
        #[cfg(feature = "play")]
        Command::Play(options) => play::run(&options),
        Command::Predict(options) => predict::run(&options),
        Command::Report(options) => report::run(&options),
        Command::Reproduce(options) => reproduce::run(&options),
        Command::Summary(options) => summary::run(&options),
        Command::Sweep(options) => sweep::run(&options),
        Command::Train(options) => train::run(&options, connect),
        Command::Verify(options) => verify::run(&options),
    };
    match ending {
        Ok(Ending::Complete) => ExitCode::SUCCESS,
        Ok(Ending::Wrong) => ExitCode::FAILURE,
        Ok(Ending::Interrupted(code)) => ExitCode::from(code),
        Err(error) => {
            note(false, &format!("error: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}
