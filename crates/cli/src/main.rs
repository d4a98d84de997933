//! The `toddle` command. The crate's library is all of it, so that the Python package has the command, too.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "mpi")]
    let connect: Option<&dyn toddle_cli::Connect> = Some(&toddle_mpi::Mpi::default());
    #[cfg(not(feature = "mpi"))]
    let connect = None;
    toddle_cli::main_with(std::env::args_os(), connect)
}
