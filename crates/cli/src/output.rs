//! Standard output for what a command is for, standard error for what is beside it.

use std::io::{self, ErrorKind, IsTerminal, Write};

use toddle::escaped_lines;

use crate::error::Error;

/// Prints what the command is for. A reader that has seen enough, as `head`, is no failure.
///
/// What a terminal would obey is escaped. In JSON, where it can only stand inside a string, it still means the same.
pub fn print(text: &str) -> Result<(), Error> {
    print_as_it_is(&escaped_lines(text))
}

/// [`print`], where a program reads every byte. A terminal gets nothing that it would obey.
pub fn print_table(csv: &str) -> Result<(), Error> {
    if io::stdout().is_terminal() { print(csv) } else { print_as_it_is(csv) }
}

fn print_as_it_is(text: &str) -> Result<(), Error> {
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
        let _ = writeln!(io::stderr(), "{}", escaped_lines(text));
    }
}
