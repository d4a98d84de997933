//! `toddle data`: data sets.
//!
//! | file | idea |
//! |---|---|
//! | `source.rs` | samples from a named set, a folder, a table or an archive |
//! | `list.rs` | `list`: the named sets, and where they are |
//! | `show.rs` | `show`: a sheet of samples |
//! | `choice.rs` | the choice of the samples on a sheet |
//! | `augment.rs` | settings for random changes of samples |
//! | `fetch.rs` | `fetch`: files over the network |
//! | `verify.rs` | `verify`: checks the files of a set |

mod augment;
mod choice;
mod fetch;
mod list;
mod show;
mod source;
mod verify;

pub use source::{Part, Source, Taken, find, half, named, told};

use clap::{Args, Subcommand};
use toddle_run::error::Error;

use crate::ending::Ending;

/// List, look at, fetch and check data sets
#[derive(Args, Clone, Debug)]
#[command(arg_required_else_help = true, after_help = AFTER_HELP)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    List(list::Options),
    Show(show::Options),
    Fetch(fetch::Options),
    Verify(verify::Options),
}

const AFTER_HELP: &str = "\
Examples:
  toddle data list
  toddle data show mnist --count 100
  toddle data fetch fashion-mnist
  toddle data verify fashion-mnist";

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    match &options.command {
        Command::List(options) => list::run(options),
        Command::Show(options) => show::run(options),
        Command::Fetch(options) => fetch::run(options),
        Command::Verify(options) => verify::run(options),
    }?;
    Ok(Ending::Complete)
}

/// `1×28×28`, without the channels if there is one channel.
fn shape(shape: [usize; 3]) -> String {
    let sizes = if shape[0] == 1 { &shape[1..] } else { &shape };
    sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}
