//! Standard output for the results of a command, standard error for everything else.

use std::io::{self, ErrorKind, IsTerminal, Write};

use toddle::escaped_lines;
use toddle_run::error::Error;

/// Prints results of the command. A reader that closes the output early, such as `head`, is no failure.
///
/// Control sequences of terminals are escaped. In JSON they can only be inside a string, and the escaped string has the
/// same meaning.
pub fn print(text: &str) -> Result<(), Error> {
    print_as_it_is(&escaped_lines(text))
}

/// [`print`] for output of which a program reads every byte. A terminal gets escaped output.
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

/// Prints a note to the user on standard error, unless `quiet`.
pub fn note(quiet: bool, text: &str) {
    if !quiet {
        // If standard error is closed, the note is lost.
        let _ = writeln!(io::stderr(), "{}", escaped_lines(text));
    }
}
