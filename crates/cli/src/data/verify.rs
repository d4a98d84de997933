//! `toddle data verify`: checks the files of a set.

use std::path::{Path, PathBuf};

use clap::Args;
use toddle::escaped;
use toddle_data::fetch::{self, Verdict};
use toddle_data::{Remote, Set};
use toddle_look::digits::grouped;
use toddle_run::error::Error;

use super::{find, named};
use crate::columns::align;
use crate::output::print;

/// Check a set: lengths and digests of its files, and that all samples can be read
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The name of a set: `toddle data list` has all names
    name: String,

    /// Look for its files in this folder [default: $TODDLE_DATA, or the user's data folder; mnist is built in]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
In the folder that toddle fetches files to, lengths and digests are compared with the known ones. Files elsewhere or in \
another form, such as a system's packages or unpacked files, are read completely, with the checksums that they have. The \
exit code is 0 if all is right, else 1.

Examples:
  toddle data verify mnist
  toddle data verify cifar10 --folder /data";

/// Runs the command.
pub fn run(options: &Options) -> Result<(), Error> {
    let set = named(&options.name)?;
    let found = find(set, options.folder.as_deref())?;
    if let Some(folder) = found.folder() {
        check_files(set, folder, set.home(options.folder.as_deref()).is_some_and(|home| home == folder))?;
    }
    let samples = [found.train()?.len(), found.test()?.len()];
    let place = found.folder().map(|folder| escaped(folder.display()));
    if samples != set.samples() {
        let [train, test] = set.samples();
        let place = place.unwrap_or_default();
        return Err(Error::Refused {
            what: format!("the files of {} are not right", set.name()),
            expected: format!("{train} samples to train on and {test} to test with"),
            got: format!("{} and {}", samples[0], samples[1]),
            remedy: match set.is_built_in() {
                true => format!("removing its files from {place}: {} is built in", set.name()),
                false => format!("removing its files from {place}, and fetching them"),
            },
        });
    }
    let place = place.map_or("built in".to_owned(), |place| format!("in {place}"));
    let [train, test] = samples.map(|count| grouped(count as u64));
    print(&format!(
        "{}, {place}: {train} samples to train on and {test} to test with, all complete\n",
        set.name()
    ))
}

/// Compares the files of `set` in `folder` with what is fetched, and prints the results.
///
/// **Errors:** if the folder is the home of the set, and a file is not right. In other folders, the same files may have another
/// compression. Then it is enough that they can be read.
fn check_files(set: &'static Set, folder: &Path, is_home: bool) -> Result<(), Error> {
    let mut checked = Vec::new();
    for remote in set.remotes() {
        checked.push((remote, fetch::verify(remote, folder)?));
    }
    if !checked.is_empty() {
        print(&table(&checked))?;
    }
    let right = |verdict: &Verdict| matches!(verdict, Verdict::Right | Verdict::Absent);
    let damaged: Vec<String> = (checked.iter().filter(|(_, verdict)| !right(verdict)))
        .map(|(remote, _)| escaped(folder.join(remote.file).display()))
        .collect();
    if damaged.is_empty() || !is_home {
        return Ok(());
    }
    Err(Error::Refused {
        what: format!("the files of {} are not right", set.name()),
        expected: "files of the lengths and digests above".into(),
        got: damaged.join("\n            "),
        remedy: format!("removing the wrong files, and toddle data fetch {}", set.name()),
    })
}

fn table(checked: &[(&Remote, Verdict)]) -> String {
    let column = |title: &str, cell: &dyn Fn(&(&Remote, Verdict)) -> String| -> Vec<String> {
        std::iter::once(title.to_owned()).chain(checked.iter().map(cell)).collect()
    };
    align(&[
        column("file", &|(remote, _)| remote.file.into()),
        column("bytes", &|(remote, _)| grouped(remote.bytes)),
        column("SHA-256", &|(remote, _)| remote.sha256[..16].into()),
        column("", &|(_, verdict)| match verdict {
            Verdict::Right => "right".into(),
            Verdict::Absent => "not there as it is fetched".into(),
            Verdict::Length(bytes) => format!("other: {} bytes", grouped(*bytes)),
            Verdict::Digest(digest) => format!("other: SHA-256 {}", &digest[..16]),
        }),
    ])
}
