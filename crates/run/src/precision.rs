//! The type of number that a network computes in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The type of number that a network computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 64 bits, about 16 digits. It is slower. The post uses it.
    F64,
    /// 32 bits, about 7 digits. It is faster, and enough for almost all networks.
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
