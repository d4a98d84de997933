//! The folder that the processes of a sweep share: which trial is taken, and what came out.
//!
//! A claim is a locked file. The system unlocks it when its process ends, for whatever reason, so another process takes the
//! trial at once. A result is written under a temporary name and then renamed: it is there as a whole, or not at all.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::rungs::{Job, Results};
use super::settings::Goal;
use super::trial::Trial;
use crate::error::{Error, ExperimentError};
use crate::files;
use crate::folder::{self, Folder, LOCK};

/// The settings of the sweep.
pub const SWEEP: &str = "sweep.toml";
/// The experiment, with all defaults.
pub const EXPERIMENT: &str = "experiment.toml";
const TRIALS: &str = "trials";
const RESULTS: &str = "results";
const CLAIMS: &str = "claims";

/// What came out of a trial after some epochs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialResult {
    /// The mean loss of the training samples.
    pub loss: Option<f64>,
    /// The mean loss of the validation samples.
    pub validation_loss: Option<f64>,
    /// The share of the validation samples with the right class.
    pub accuracy: Option<f64>,
    /// SHA-256 of the weights.
    pub weights_sha256: Option<String>,
    /// The reason why the training failed: a loss that is not finite, for example.
    pub failed: Option<String>,
    /// What tells the samples of the training apart from others.
    #[serde(default)]
    pub samples: Option<String>,
}

impl TrialResult {
    /// The number of the goal; none if the training has failed.
    pub fn value(&self, goal: Goal) -> Option<f64> {
        match goal {
            Goal::Loss => self.loss,
            Goal::ValidationLoss => self.validation_loss,
            Goal::Accuracy => self.accuracy,
        }
    }
}

/// The folder of a sweep.
#[derive(Debug)]
pub struct Board {
    folder: Folder,
    results: Folder,
}

/// A trial that this process alone may train.
#[derive(Debug)]
pub struct Claim {
    _locked: File,
}

impl Board {
    /// Opens the sweep in `path`, or begins it with these files. `name` is the name of the sweep.
    ///
    /// # Errors
    /// The folder has other files or another sweep, or cannot be written to.
    pub fn open(path: &Path, name: &str, sweep: &str, experiment: &str) -> Result<Board, Error> {
        let contents = folder::contents(path)?;
        if !contents.is_empty() && !contents.iter().any(|name| name == SWEEP) {
            return Err(folder::occupied(path, &contents, name));
        }
        let folder = Folder::open(path, &[SWEEP, EXPERIMENT])?;
        // These files are the first, so that a process that comes now does not take the folder for another one.
        for (name, text) in [(SWEEP, sweep), (EXPERIMENT, experiment)] {
            let file = path.join(name);
            match files::read_text(&file) {
                Ok(there) if there == text => {}
                Ok(_) => {
                    let place = format!("`{}`", path.display());
                    let (what, got) = ("the folder has another sweep", format!("another {name}"));
                    let remedy = "--out with another folder; or the old files, to go on with this sweep";
                    return Err(ExperimentError::new(place, what, &format!("the same {name}"), &got, remedy));
                }
                Err(cause) if cause.kind() == ErrorKind::NotFound => folder.write(name, text.as_bytes())?,
                Err(cause) => return Err(ExperimentError::unread(&file, "a file of this sweep", &cause)),
            }
        }
        for name in [TRIALS, CLAIMS] {
            Folder::open(&path.join(name), &[])?;
        }
        Ok(Board { folder, results: Folder::open(&path.join(RESULTS), &[])? })
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of the run of a trial.
    pub fn run(&self, trial: &Trial) -> PathBuf {
        self.path().join(TRIALS).join(trial.name())
    }

    /// Takes a trial, unless another process has it.
    ///
    /// # Errors
    /// The disk has no locks, or the file cannot be made.
    pub fn claim(&self, trial: &Trial) -> Result<Option<Claim>, Error> {
        let Some(locked) = self.lock(self.path().join(CLAIMS).join(trial.name()))? else { return Ok(None) };
        // A process that is killed may lose this lock a moment before the lock of its run.
        let run = self.run(trial).join(LOCK);
        let is_free = !run.exists() || self.lock(run)?.is_some();
        Ok(is_free.then_some(Claim { _locked: locked }))
    }

    /// Locks a file, unless another process has locked it.
    fn lock(&self, file: PathBuf) -> Result<Option<File>, Error> {
        let opened = File::options().create(true).truncate(false).write(true).open(&file);
        match opened.map(|opened| (opened.try_lock(), opened)) {
            Ok((Ok(()), locked)) => Ok(Some(locked)),
            Ok((Err(TryLockError::WouldBlock), _)) => Ok(None),
            Ok((Err(TryLockError::Error(cause)), _)) if cause.kind() == ErrorKind::Unsupported => {
                Err(Error::Refused {
                    what: "the processes of a sweep cannot share this folder".into(),
                    expected: "a disk with locks".into(),
                    got: format!("`{}` is on a disk without locks", self.path().display()),
                    remedy: "--out with a folder on another disk".into(),
                })
            }
            Ok((Err(TryLockError::Error(cause)), _)) | Err(cause) => Err(Error::Write { file, cause }),
        }
    }

    /// The results so far.
    pub fn results(&self) -> Result<Results, Error> {
        let mut results = Results::new();
        self.update(&mut results)?;
        Ok(results)
    }

    /// Adds the results that are not in `results` yet. A result never changes, so no file is read twice. A file that is no result is
    /// left out.
    pub fn update(&self, results: &mut Results) -> Result<(), Error> {
        for name in folder::contents(self.results.path())? {
            let Some(job) = job(&name).filter(|job| !results.contains_key(job)) else { continue };
            if let Ok(text) = fs::read_to_string(self.results.path().join(&name))
                && let Ok(result) = serde_json::from_str(&text)
            {
                results.insert(job, result);
            }
        }
        Ok(())
    }

    /// Writes a result.
    pub fn note(&self, job: Job, result: &TrialResult) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(result).expect("numbers and texts are JSON") + "\n";
        self.results.write(&format!("{:04}-{}.json", job.trial, job.epochs), text.as_bytes())
    }

    /// Writes a file for people.
    pub fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        self.folder.write(name, text.as_bytes())
    }
}

/// The training whose result has the file `name`.
fn job(name: &str) -> Option<Job> {
    let (trial, epochs) = name.strip_suffix(".json")?.split_once('-')?;
    Some(Job { epochs: epochs.parse().ok()?, trial: trial.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_trial_belongs_to_one_process_until_it_ends() {
        let home = TempDir::new().expect("a folder");
        let open = || Board::open(&home.path().join("sweep"), "s", "sweep", "experiment").expect("a board");
        let trial = Trial { number: 3, point: 3, values: Vec::new(), seed: None };
        let (one, other) = (open(), open());
        let claim = one.claim(&trial).expect("locks").expect("a free trial");
        assert!(other.claim(&trial).expect("locks").is_none());
        drop(claim);
        assert!(other.claim(&trial).expect("locks").is_some());

        let (job, result) =
            (Job { epochs: 2, trial: 3 }, TrialResult { loss: Some(0.1), ..TrialResult::default() });
        one.note(job, &result).expect("a file");
        assert_eq!(other.results().expect("results"), [(job, result)].into());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_kept() {
        let home = TempDir::new().expect("a folder");
        let open = || Board::open(home.path(), "s", "sweep", "experiment");
        open().expect("a board");
        // Bytes that are no text.
        fs::write(home.path().join(EXPERIMENT), [0xff, 0xfe]).expect("a file");
        let message = open().expect_err("a file that cannot be read").to_string();
        assert!(message.contains(EXPERIMENT) && message.contains("\n  try "), "{message}");
        assert_eq!(fs::read(home.path().join(EXPERIMENT)).expect("the file"), [0xff, 0xfe]);
    }

    #[test]
    fn another_sweep_is_refused() {
        let home = TempDir::new().expect("a folder");
        Board::open(home.path(), "s", "sweep", "experiment").expect("a board");
        let message = Board::open(home.path(), "s", "sweep", "other").expect_err("another sweep").to_string();
        assert!(message.contains("another experiment.toml"), "{message}");
        fs::remove_file(home.path().join(SWEEP)).expect("a file");
        assert!(Board::open(home.path(), "s", "sweep", "experiment").is_err());
    }
}
