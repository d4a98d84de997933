//! `toddle data fetch`: files over the network.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use toddle::escaped;
use toddle_data::fetch::{self, Progress};
use toddle_data::{DATA_FOLDER, DataError, Remote, Set};
use toddle_run::error::Error;

use super::named;
use crate::output::{note, print};

/// Fetch the files of a set, and continue an interrupted fetch
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The name of a set: `toddle data list` has all names
    name: String,

    /// Put the folder of the set into this folder [default: $TODDLE_DATA, or the user's data folder]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,

    /// Give up an address after this time [default: 120, and one more for every 64 KiB]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    within: Option<u64>,

    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

const AFTER_HELP: &str = "\
A file gets its name when its length and its SHA-256 are right. After Ctrl-C, the next fetch continues with what has \
arrived. Without a network, the message says which files to put where by hand.

Examples:
  toddle data fetch fashion-mnist
  toddle data fetch cifar10 --folder /data     to be read with TODDLE_DATA=/data";

/// Runs the command.
pub fn run(options: &Options) -> Result<(), Error> {
    let set = named(&options.name)?;
    if set.is_built_in() {
        return print(&format!("{} is built in: there is nothing to fetch\n", set.name()));
    }
    let Some(home) = set.home(options.folder.as_deref()) else {
        return Err(Error::Refused {
            what: format!("cannot tell where to put {}", set.name()),
            expected: "a folder for the user's data".into(),
            got: "none on this system".into(),
            remedy: format!("--folder DIR, or {DATA_FOLDER}=DIR in the environment"),
        });
    };
    let mut shown = Shown::new(options.quiet);
    let within = options.within.map(Duration::from_secs);
    let fetched = fetch::set(set, &home, within, &mut |progress| shown.update(progress));
    shown.end();
    if let Err(fault) = fetched {
        return Err(by_hand(fault, set, &home));
    }
    print(&format!("{} is in {}\n", set.name(), escaped(home.display())))
}

/// The error for a file that could not be fetched. It lists all files that the user has to download.
fn by_hand(fault: DataError, set: &Set, home: &Path) -> Error {
    let DataError::Fetch { file, faults, .. } = &fault else { return fault.into() };
    let missing = set.remotes().iter().filter(|remote| !home.join(remote.file).is_file());
    let address = |remote: &Remote| format!("\n            {}", remote.urls.join(" or "));
    let addresses: String = missing.map(address).collect();
    let got = faults.trim_start().to_owned();
    Error::Refused {
        what: format!("cannot fetch `{file}` of {}", set.name()),
        expected: "a network, and the file at its address".into(),
        got,
        remedy: format!(
            "again later; or fetching these files by hand into `{}`{addresses}\n            \
             then toddle data verify {}",
            escaped(home.display()),
            set.name()
        ),
    }
}

/// The progress display: a bar for each file on a terminal, else lines.
enum Shown {
    Silent,
    Bar {
        file: String,
        bar: ProgressBar,
    },
    /// The file, and the number of tenths of it that were reported.
    Lines {
        file: String,
        tenths: u64,
    },
}

const BAR: &str = "{prefix:<28} {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta:>4}";

impl Shown {
    fn new(quiet: bool) -> Shown {
        if quiet {
            Shown::Silent
        } else if io::stderr().is_terminal() {
            Shown::Bar { file: String::new(), bar: ProgressBar::hidden() }
        } else {
            Shown::Lines { file: String::new(), tenths: 0 }
        }
    }

    fn update(&mut self, progress: Progress) {
        match self {
            Shown::Silent => {}
            Shown::Bar { file, bar } => {
                if file != progress.file {
                    bar.abandon();
                    *file = progress.file.to_owned();
                    *bar = ProgressBar::new(progress.bytes).with_position(progress.there);
                    let style = ProgressStyle::with_template(BAR).expect("the template above is well formed");
                    bar.set_style(style.progress_chars("━╸ "));
                    bar.set_prefix(file.clone());
                    bar.reset_eta();
                }
                bar.set_position(progress.there);
            }
            Shown::Lines { file, tenths } => {
                let now = progress.there * 10 / progress.bytes.max(1);
                if file != progress.file || now > *tenths {
                    (*file, *tenths) = (progress.file.to_owned(), now);
                    let of = progress.bytes as f64 / 1e6;
                    note(false, &format!("{file}  {:.1} of {of:.1} MB", progress.there as f64 / 1e6));
                }
            }
        }
    }

    /// Ends the display. A bar stays as it is.
    fn end(&self) {
        if let Shown::Bar { bar, .. } = self {
            bar.abandon();
        }
    }
}
