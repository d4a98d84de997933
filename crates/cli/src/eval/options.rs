//! What `toddle eval` can be told.

use std::path::PathBuf;

use clap::Args;

use crate::data::{Part, Source, Taken};

/// Measure how well a trained network does on a whole set
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// A run's folder, or a .safetensors file
    pub run: PathBuf,

    /// Measure on this set, or folder of images, table (.csv) or NumPy's arrays (.npz) [default: what it was trained on]
    #[arg(long, value_name = "NAME|PATH")]
    pub data: Option<String>,

    /// Which samples [default: those to test with, or else those held out; a set without halves is taken whole]
    #[arg(long, value_name = "HALF")]
    pub half: Option<Part>,

    /// Show so many of the worst mistakes: those that the network is surest of, or the numbers furthest off
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1000), allow_negative_numbers = true)]
    pub worst: u32,

    /// Draw these mistakes into this PNG file; of a regression, what is said against what is true
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,

    /// Print one JSON object instead of the tables
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub source: Source,

    #[command(flatten)]
    pub taken: Taken,
}

const AFTER_HELP: &str = "\
Without --data the samples are those of the training that no step has seen: the test half, or else what was held out. \
With --data they are taken as the model was trained: pictures are prepared as `toddle predict` prepares them, and \
columns and classes are paired by name.

Examples:
  toddle eval runs/lenet5
  toddle eval runs/lenet5 --half train
  toddle eval runs/lenet5 --data emnist-mnist --worst 20 --picture worst.png
  toddle eval runs/lenet5 --json | jq '.accuracy'";
