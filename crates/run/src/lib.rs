//! Experiments and runs: the files that describe trainings, and the folders that trainings leave.
//!
//! The command, the page and other front ends share this crate. It prints nothing, and knows no arguments.
//!
//! | file | idea |
//! |---|---|
//! | `chart.rs` | curves over epochs, as a picture |
//! | `checkpoints.rs` | the last two checkpoints of a training |
//! | `cost.rs` | multiply-adds of a layer |
//! | `digest.rs` | digests of weights |
//! | `digits.rs` | numbers with few digits, for people |
//! | `error.rs` | the errors of experiments and runs, and what to do about them |
//! | `experiment/` | files that describe a training completely |
//! | `field.rs` | the receptive field of each value |
//! | `files.rs` | files that are written completely or not at all, and are read within limits |
//! | `folder.rs` | a folder for results |
//! | `memory.rs` | whether a training fits in memory |
//! | `nearest.rs` | suggestions for misspelt words |
//! | `picture/` | pictures of samples |
//! | `precision.rs` | the number type of a network |
//! | `run/` | the folder of a training |
#![forbid(unsafe_code)]

pub mod chart;
pub mod checkpoints;
pub mod cost;
pub mod digest;
pub mod digits;
pub mod error;
pub mod experiment;
pub mod field;
pub mod files;
pub mod folder;
pub mod memory;
pub mod nearest;
pub mod picture;
pub mod precision;
pub mod run;
