//! The `toddle` command. It is thin: it converts and calls, and says what came of it.
//!
//! | file | idea |
//! |---|---|
//! | `main.rs` | the command line, and exit codes |
//! | `checkpoints.rs` | the last two checkpoints of a training |
//! | `error.rs` | what can go wrong, and what to do about it |
//! | `files.rs` | files that are written whole or not at all, and read within bounds |
//! | `folder.rs` | a folder for results |
//! | `interrupt.rs` | Ctrl-C |
//! | `reproduce/` | `toddle reproduce`: the post's four networks, its figures and its pictures |
//!
//! Exit codes: 0 for success, 1 for failures, 2 for a wrong command line or `TODDLE_SIMD`, 130 after Ctrl-C.
#![forbid(unsafe_code)]

#[allow(dead_code, reason = "for the training to come")]
mod checkpoints;
mod error;
#[allow(dead_code, reason = "for the training to come")]
mod files;
mod folder;
mod interrupt;
mod reproduce;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::reproduce::Ending;

/// Small neural networks on a CPU: built, trained and asked, with the same bits every time.
#[derive(Parser)]
#[command(name = "toddle", version, arg_required_else_help = true, after_help = VARIABLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Reproduce(reproduce::Options),
}

const VARIABLES: &str = "\
Environment:
  TODDLE_SIMD=avx512|avx2|portable  force a form of vectors; it changes the speed, and no bit of a result

Example:
  toddle reproduce                  train the post's four networks, to its digits";

fn main() -> ExitCode {
    let Command::Reproduce(options) = Cli::parse().command;
    match reproduce::run(&options) {
        Ok(Ending::Complete) => ExitCode::SUCCESS,
        Ok(Ending::Interrupted) => ExitCode::from(130),
        Err(error) => {
            // Nobody can be told that standard error is closed.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
