//! The `toddle` command. It is thin: it converts and calls, and says what came of it.
//!
//! | file | idea |
//! |---|---|
//! | `main.rs` | the command line, and exit codes |
//! | `error.rs` | what can go wrong, and what to do about it |
//! | `ending.rs` | how a command ends, if nothing fails |
//! | `output.rs`, `columns.rs` | what is printed |
//! | `folder.rs` | files that are written whole or not at all |
//! | `interrupt.rs` | Ctrl-C |
//! | `precision.rs` | the type of number to compute in |
//! | `loaded.rs` | trained networks, ready to be asked |
//! | `picture/` | pictures of samples |
//! | `data/` | `toddle data`: what there is to learn from |
//! | `predict/` | `toddle predict`: what a trained network says of images |
//! | `eval/` | `toddle eval`: how well it does on a whole set |
//! | `reproduce/` | `toddle reproduce`: the post's four networks, its figures and its pictures |
//!
//! Exit codes: 0 for success, 1 for failures, 2 for a wrong command line or `TODDLE_SIMD`, 130 after Ctrl-C.
#![forbid(unsafe_code)]

mod columns;
mod data;
mod ending;
mod error;
mod eval;
mod folder;
mod interrupt;
mod loaded;
mod output;
mod picture;
mod precision;
mod predict;
mod reproduce;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::ending::Ending;

/// Small neural networks on a CPU: built, trained and asked, with the same bits every time.
#[derive(Parser)]
#[command(name = "toddle", version, arg_required_else_help = true, after_help = VARIABLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Data(data::Options),
    Eval(eval::Options),
    Predict(predict::Options),
    Reproduce(reproduce::Options),
}

const VARIABLES: &str = "\
Environment:
  TODDLE_SIMD=avx512|avx2|portable  force a form of vectors; it changes the speed, and no bit of a result
  TODDLE_DATA=DIR                   where the files of data sets lie, a folder for each

Examples:
  toddle reproduce                  train the post's four networks, to its digits
  toddle data list                  what there is to learn from
  toddle predict runs/mnist a.png   what a trained network says of a picture
  toddle eval runs/mnist            how well it does on the test images";

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Data(options) => data::run(&options),
        Command::Eval(options) => eval::run(&options),
        Command::Predict(options) => predict::run(&options),
        Command::Reproduce(options) => reproduce::run(&options),
    };
    match done {
        Ok(Ending::Complete) => ExitCode::SUCCESS,
        Ok(Ending::Interrupted) => ExitCode::from(130),
        Err(error) => {
            // Nobody can be told that standard error is closed.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
