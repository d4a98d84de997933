//! `toddle new`: looks at data, and writes an experiment for them.
//!
//! | file | idea |
//! |---|---|
//! | `place.rs` | the name and the file of the experiment, and the path from the file to the data |
//! | `look.rs` | describes the data, and makes the settings that read them |
//! | `sizes.rs` | the sizes of the pictures of a folder |
//! | `goal.rs` | the targets: classes or numbers |
//! | `plan.rs` | a network of a suitable size, and the settings of its training |
//! | `text.rs` | the file: settings, each with a comment |

mod goal;
mod look;
mod place;
mod plan;
mod sizes;
mod text;

use std::path::PathBuf;

use clap::Args;
use toddle::escaped;
use toddle_run::error::Error;

use self::look::Found;
pub use self::look::side_of_flat_pictures;
use self::place::Destination;
use self::plan::Plan;
use crate::columns::align;
use crate::ending::Ending;
use crate::output::{note, print};

/// Look at your data, and write an experiment for them
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// A folder of pictures, a table (.csv), arrays (.npz, or a folder of IDX files), or the name of a set
    #[arg(value_name = "PLACE")]
    pub place: String,

    /// The file to write [default: NAME.toml, where NAME is the name of the data]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
The data are read once. The file then says how they are read and split, which network learns from them, and for how long. \
A comment above each setting gives the reason. The experiment can be trained as it is, and each setting can be changed. \
An existing file is never overwritten.

Examples:
  toddle new photographs              a folder with a sub-folder for each class
  toddle new houses.csv --out a.toml  a table with the target in its last column
  toddle new digits.npz               arrays: x_train, y_train, x_test, y_test
  toddle new mnist                    a data set with a name";

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let destination = Destination::of(&options.place, options.out.as_deref())?;
    let found = Found::at(&options.place, &destination)?;
    found.notes.iter().for_each(|text| note(false, &escaped(text)));
    let plan = Plan::of(&found);
    destination.write(&text::text(&destination, &found, &plan))?;
    print(&report(&destination, &found, &plan))?;
    Ok(Ending::Complete)
}

/// What was found and chosen, and what to do next.
fn report(destination: &Destination, found: &Found, plan: &Plan) -> String {
    let file = escaped(destination.in_words());
    let rows = [
        ("data", found.what.clone()),
        ("learns", found.goal.in_words()),
        ("split", found.split.clone()),
        ("network", plan.network.clone()),
        ("training", plan.training()),
        ("written", file.clone()),
    ];
    let (names, values) = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).unzip();
    let table = align(&[names, values]);
    format!("{table}\nNext:\n  toddle check {file}\n  toddle train {file}\n")
}
