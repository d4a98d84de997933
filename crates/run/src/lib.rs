//! Experiments and runs: the files that describe trainings, and the folders that trainings leave.
//!
//! The command, the page and other front ends share this crate. It prints nothing. Of the command line it knows only that
//! `environment.json` has it.
//!
//! | file | idea |
//! |---|---|
//! | `checkpoints.rs` | the last two checkpoints of a training |
//! | `cost.rs` | multiply-adds of a layer |
//! | `digest.rs` | digests of weights |
//! | `error.rs` | the errors of experiments and runs, and what to do about them |
//! | `exchange/` | networks that leave for other programs, and come in |
//! | `experiment/` | files that describe a training completely |
//! | `field.rs` | the receptive field of each value |
//! | `files.rs` | files that are written completely or not at all, and are read within limits |
//! | `folder.rs` | a folder for results |
//! | `look.rs` | what there is to see in a trained network |
//! | `memory.rs` | whether a training fits in memory |
//! | `nearest.rs` | suggestions for misspelt words |
//! | `picture.rs` | the file of a picture |
//! | `precision.rs` | the number type of a network |
//! | `report.rs` | what the folder of a run holds, as its report shows it |
//! | `run/` | the folder of a training |
//! | `shell.rs` | words of a command that a person copies |
//! | `sweep/` | many trainings of one experiment, shared by many processes |
#![forbid(unsafe_code)]

pub mod checkpoints;
pub mod cost;
pub mod digest;
pub mod error;
pub mod exchange;
pub mod experiment;
pub mod field;
pub mod files;
pub mod folder;
pub mod look;
pub mod memory;
pub mod nearest;
pub mod picture;
pub mod precision;
pub mod report;
pub mod run;
pub mod shell;
pub mod sweep;
