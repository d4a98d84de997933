//! Sweeps: many trainings of one experiment with other settings, shared by any number of processes over one folder.
//!
//! | in the folder | content |
//! |---|---|
//! | `sweep.toml` | the settings of the sweep |
//! | `experiment.toml` | the experiment, with all defaults |
//! | `trials/` | the run of each trial |
//! | `results/` | a file for each trial and each number of epochs after which it is judged |
//! | `claims/` | a file for each trial, locked by the process that trains it |
//! | `table.csv`, `report.html` | the results, for people |
//!
//! | file | idea |
//! |---|---|
//! | `settings.rs` | the settings of a file, as types |
//! | `read.rs` | reads a file |
//! | `axis.rs` | the values of one setting |
//! | `sobol.rs` | points that fill a space evenly |
//! | `trial.rs` | the list of trials |
//! | `rungs.rs` | which trials are trained, and for how many epochs |
//! | `board.rs` | the folder: claims and results |
//! | `report.rs` | the results as a table and as a page |
//! | `picture.rs` | the pictures of the page |

mod axis;
mod board;
mod picture;
mod read;
mod report;
mod rungs;
mod settings;
mod sobol;
mod trial;

pub use board::{Board, Claim, EXPERIMENT, SWEEP, TrialResult};
pub use report::{page, plain, table};
pub use rungs::{Job, Results, Rungs, Standing};
pub use settings::{Goal, Halving, Method, Sweep};
pub use trial::Trial;

/// A row for each trial.
pub const TABLE: &str = "table.csv";
/// The results as a page.
pub const REPORT: &str = "report.html";
