//! Standard output for what a command is for, standard error for what is beside it.

use std::io::{self, ErrorKind, Write};

use crate::error::Error;

/// Prints what the command is for. A reader that has seen enough, as `head`, is no failure.
pub fn print(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => Err(Error::Stdout(cause)),
        _ => Ok(()),
    }
}

/// Tells the user, beside what the command is for, unless told to be quiet.
pub fn note(quiet: bool, text: &str) {
    if !quiet {
        // Nobody can be told that standard error is closed.
        let _ = writeln!(io::stderr(), "{text}");
    }
}
