//! The errors of the command, and what to do about them.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use toddle::check::CheckError;
use toddle::checkpoint::CheckpointError;
use toddle::{BuildError, FitError, IsaError, MetricError, escaped, escaped_lines};
use toddle_data::{DataError, Missing};
use toddle_exchange::ExchangeError;
use toddle_look::LookError;

/// The reason why the command failed: the whole message, ready to print after `error: `.
#[derive(Debug, Error)]
pub enum Error {
    /// `TODDLE_SIMD` names no instruction set that this CPU has.
    #[error(transparent)]
    Simd(#[from] IsaError),
    /// `--sensitivity` in `f32`.
    #[error(
        "--sensitivity changes a weight by parts in 10¹⁵, but f32 has only seven digits
  expected  --precision f64
  got       --precision f32
  try       leaving out --precision"
    )]
    SensitivityOfF32,
    /// `--sensitivity` without a network whose losses are sensitive.
    #[error(
        "--sensitivity is for the networks with a tanh output, whose losses are chaotic
  expected  2-tanh or 1-tanh in --only
  got       neither
  try       adding one, or leaving out --sensitivity"
    )]
    SensitivityOfNone,
    /// The results cannot be written into the folder.
    #[error(
        "cannot write results into `{}`
  expected  a folder that can be written to, or a path where a folder can be made
  got       {cause}
  try       another folder", escaped(.folder.display()), cause = escaped(.cause))]
    Folder {
        /// The folder of `--out`.
        folder: PathBuf,
        /// The reason.
        cause: String,
    },
    /// A file could not be written, although its folder could be written to before.
    #[error(
        "cannot write `{}`
  expected  a folder that still exists, and free space on its disk
  got       {cause}
  try       freeing space on the disk, or a folder on another disk", escaped(.file.display()), cause = escaped(.cause))]
    Write {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        cause: io::Error,
    },
    /// A checkpoint could not be written.
    #[error(
        "cannot save the checkpoint `{}`
  expected  a folder that can be written to, and free space on its disk
  got       {cause}
  try       freeing space on the disk, or another folder{}", escaped(.file.display()), going_on(.last.as_deref()), cause = escaped(.cause))]
    Checkpoint {
        /// The checkpoint.
        file: PathBuf,
        /// The error of the system.
        cause: io::Error,
        /// The last checkpoint that was written.
        last: Option<PathBuf>,
    },
    /// The folder of a run was moved or removed while the last files were written.
    #[error(
        "the folder `{}` was moved or removed while its last files were written
  expected  a folder that stays where it is until the training has ended
  got       no folder at this path, or another one
  try       toddle train --resume with the present path of the folder", escaped(.folder.display())
    )]
    Moved {
        /// The old place of the folder.
        folder: PathBuf,
    },
    /// A file could not be read.
    #[error(
        "cannot read `{}`
  expected  a model or checkpoint that is complete and readable
  got       {}
  try       {}", escaped(.file.display()), unread(.file, .cause).0, unread(.file, .cause).1
    )]
    Read {
        /// The file.
        file: PathBuf,
        /// The error of the system, or what is at the path.
        cause: io::Error,
    },
    /// A file that holds no model.
    #[error("`{}`: {cause}", escaped(.file.display()))]
    Model {
        /// The file.
        file: PathBuf,
        /// The reason.
        cause: CheckpointError,
    },
    /// Standard output failed, for another reason than a reader that has closed it.
    #[error(
        "cannot write to standard output
  expected  an output that takes the results
  got       {0}
  try       another output; the files of the command are written"
    )]
    Stdout(io::Error),
    /// An experiment or a run that is not valid.
    #[error(transparent)]
    Experiment(Box<ExperimentError>),
    /// Several mistakes in one experiment.
    #[error("{}", .0.iter().map(Error::to_string).collect::<Vec<_>>().join("\n\nerror: "))]
    Several(Vec<Error>),
    /// A request that cannot be done, if no other variant describes it.
    #[error("{what}\n  expected  {expected}\n  got       {got}\n  try       {remedy}", what = escaped(.what), expected = escaped(.expected), got = escaped_lines(.got), remedy = escaped_lines(.remedy))]
    Refused {
        /// The request.
        what: String,
        /// What would have been valid.
        expected: String,
        /// What was found.
        got: String,
        /// What the user can try.
        remedy: String,
    },
    /// An error of the data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// An experiment that cannot be checked.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// A network that is not valid.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A training that is not valid.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// Something that cannot be shown.
    #[error(transparent)]
    Look(#[from] LookError),
    /// Outputs that cannot be measured.
    #[error(transparent)]
    Metric(#[from] MetricError),
}

/// The text about the last checkpoint, if there is one from which the training can continue.
fn going_on(last: Option<&Path>) -> String {
    last.map_or_else(String::new, |last| {
        format!("; `{}` is complete, and the training can be resumed from it", escaped(last.display()))
    })
}

/// What is at `file`, which could not be read, and what the user can try.
fn unread(file: &Path, cause: &io::Error) -> (String, String) {
    match cause.kind() {
        io::ErrorKind::NotFound => {
            let missing = Missing::new(file);
            (escaped(missing.got()), escaped(missing.remedy("another path")))
        }
        io::ErrorKind::InvalidData => {
            (cause.to_string(), "another file: another copy of it, or the checkpoint before it".into())
        }
        _ => (cause.to_string(), "another path, or reading it as another user".into()),
    }
}

impl Error {
    /// 2 if the request was not valid, as in `clap`; 1 if it could not be done.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Simd(_)
            | Error::SensitivityOfF32
            | Error::SensitivityOfNone
            | Error::Experiment(_)
            | Error::Several(_)
            | Error::Data(DataError::Settings { .. } | DataError::Ask(FitError::Isa(_))) => 2,
            _ => 1,
        }
    }
}

impl From<ExchangeError> for Error {
    fn from(error: ExchangeError) -> Error {
        let ExchangeError { what, expected, got, remedy } = error;
        Error::Refused { what, expected, got, remedy }
    }
}

/// A mistake in an experiment, and its place.
#[derive(Debug, Error)]
#[error("{place}: {what}\n  expected  {expected}\n  got       {got}\n  try       {remedy}", place = escaped(.place), what = escaped(.what), expected = escaped(.expected), got = escaped(.got), remedy = escaped(.remedy))]
pub struct ExperimentError {
    place: String,
    what: String,
    expected: String,
    got: String,
    remedy: String,
}

impl ExperimentError {
    /// The error that `what` is wrong at `place`.
    #[allow(clippy::new_ret_no_self, reason = "it is only ever wanted as an error of the command")]
    pub fn new(place: String, what: &str, expected: &str, got: &str, remedy: &str) -> Error {
        Error::Experiment(Box::new(ExperimentError {
            place,
            what: what.into(),
            expected: expected.into(),
            got: got.into(),
            remedy: remedy.into(),
        }))
    }

    /// The error that `file`, which should be `what`, could not be read.
    pub fn unread(file: &Path, what: &str, cause: &io::Error) -> Error {
        let place = format!("`{}`", file.display());
        let (got, remedy) = unread(file, cause);
        ExperimentError::new(place, "it cannot be read", what, &got, &remedy)
    }
}
