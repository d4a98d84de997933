//! `toddle data list`: the named sets, and where they are.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use toddle_data::Set;
use toddle_look::digits::grouped;
use toddle_run::error::Error;

use super::shape;
use crate::columns::align_parted;
use crate::output::print;

/// List the data sets that are known by name, and where they are
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// Look for their files in this folder [default: $TODDLE_DATA, or the user's data folder]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,

    /// Print a JSON list instead of the table
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  toddle data list
  toddle data list --folder /data      the sets in this folder
  toddle data list --json | jq -r '.[] | select(.found_at) | .name'";

/// A row of the list: one set.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    shows: &'static str,
    train: usize,
    test: usize,
    shape: [usize; 3],
    classes: usize,
    built_in: bool,
    /// The folder that contains the files of the set.
    found_at: Option<PathBuf>,
    /// The folder into which the files would be fetched.
    home: Option<PathBuf>,
    /// The number of bytes to fetch.
    bytes: u64,
    /// The addresses of the files.
    urls: Vec<&'static str>,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<(), Error> {
    let rows: Vec<Row> = Set::all().iter().map(|set| row(set, options)).collect();
    print(&if options.json {
        serde_json::to_string(&rows).expect("texts and numbers can be written as JSON") + "\n"
    } else {
        table(&rows)
    })
}

fn row(set: &'static Set, options: &Options) -> Row {
    let folder = options.folder.as_deref();
    let built_in = set.is_built_in();
    let [train, test] = set.samples();
    Row {
        name: set.name(),
        shows: set.shows(),
        train,
        test,
        shape: set.shape(),
        classes: set.classes().len(),
        built_in,
        found_at: set
            .find(folder)
            .ok()
            .filter(|_| !built_in)
            .and_then(|found| found.folder().map(Path::to_owned)),
        home: set.home(folder).filter(|_| !built_in),
        bytes: set.remotes().iter().map(|remote| remote.bytes).sum(),
        urls: set.remotes().iter().filter_map(|remote| remote.urls.first().copied()).collect(),
    }
}

fn table(rows: &[Row]) -> String {
    let column = |title: &str, cell: &dyn Fn(&Row) -> String| -> Vec<String> {
        std::iter::once(title.to_owned()).chain(rows.iter().map(cell)).collect()
    };
    let count = |number: usize| grouped(number as u64);
    let mut text = align_parted(&[
        column("name", &|row| row.name.into()),
        column("train", &|row| format!("{:>7}", count(row.train))),
        column("test", &|row| format!("{:>7}", count(row.test))),
        column("shape", &|row| shape(row.shape)),
        column("classes", &|row| row.classes.to_string()),
        column("where", &|row| match &row.found_at {
            _ if row.built_in => "built in".into(),
            Some(folder) => folder.display().to_string(),
            None => format!("not here; {} to fetch", megabytes(row.bytes)),
        }),
        column("shows", &|row| row.shows.into()),
    ]);
    if rows.iter().any(|row| !row.built_in && row.found_at.is_none()) {
        text += "\ntoddle data fetch NAME fetches a set. The sets of EMNIST are fetched together.\n";
    }
    text
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}
