//! Experiments: files that say everything about a training.
//!
//! | file | idea |
//! |---|---|
//! | `settings.rs` | what a file may say |
//! | `read.rs` | from a file and `--set` to settings, or to what is wrong, and where |
//! | `culprit.rs` | where a value is that cannot be read |
//! | `unknown.rs` | keys that no setting has, and the nearest that one has |
//! | `data.rs` | the samples to train on and to validate with |

mod culprit;
mod data;
mod read;
mod settings;
mod unknown;

pub use settings::Experiment;
