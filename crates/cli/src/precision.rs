//! The type of number that a network computes in.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The type of number that a network computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    F64,
    F32,
}

impl Precision {
    /// As Rust, files and the command line call it.
    pub fn name(self) -> &'static str {
        match self {
            Precision::F64 => "f64",
            Precision::F32 => "f32",
        }
    }
}
