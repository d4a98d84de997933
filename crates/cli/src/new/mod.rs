//! `toddle new`: looks at data, and writes an experiment for them.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | the options of the command |
//! | `place.rs` | the name and the file of the experiment, and the path from the file to the data |
//! | `look.rs` | describes the data, and makes the settings that read them |
//! | `table.rs` | the settings that read a table |
//! | `sizes.rs` | the sizes of the pictures of a folder |
//! | `goal.rs` | the targets: classes or numbers |
//! | `plan.rs` | a network of a suitable size, and the settings of its training |
//! | `text.rs` | the file: settings, each with a comment |

mod goal;
mod look;
mod options;
mod place;
mod plan;
mod sizes;
mod table;
mod text;

use toddle::escaped;
use toddle_run::error::Error;

use self::look::Found;
pub use self::look::side_of_flat_pictures;
pub use self::options::Options;
use self::place::Destination;
use self::plan::Plan;
use crate::columns::align;
use crate::ending::Ending;
use crate::output::{note, print};

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let destination = Destination::of(&options.place, options.out.as_deref())?;
    let found = Found::at(&options.place, &destination, &options.table.settings())?;
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
