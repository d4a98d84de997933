//! The `toddle` command. The crate's library is all of it, so that the Python package has the command, too.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    toddle_cli::main(std::env::args_os())
}
