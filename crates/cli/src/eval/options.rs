//! The options of `toddle eval`.

use std::path::PathBuf;

use clap::Args;

use crate::data::{Part, Source, Taken};

/// Measure a trained network on a whole set
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// A run's folder, or a .safetensors file
    pub run: PathBuf,

    /// The data to measure on: the name of a set, a folder of images, a table (.csv) or an archive of arrays (.npz)
    /// [default: the data of the training]
    #[arg(long, value_name = "NAME|PATH")]
    pub data: Option<String>,

    /// The samples to measure on [default: the test samples, or else the samples that were held out; all samples if
    /// the set has no halves]
    #[arg(long, value_name = "HALF")]
    pub half: Option<Part>,

    /// The number of worst mistakes to show: the most confident wrong answers, or the numbers with the largest errors
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1000), allow_negative_numbers = true)]
    pub worst: u32,

    /// Draw these mistakes into this PNG file. For a regression, the picture shows the answers against the targets
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
Without --data they are samples of the training's data that no step has used: the test samples, or else those held out. \
With --data they are prepared as the training data were: pictures as `toddle predict` prepares \
them, and columns and classes paired by name.

Examples:
  toddle eval runs/lenet5
  toddle eval runs/lenet5 --half train
  toddle eval runs/lenet5 --data emnist-mnist --worst 20 --picture worst.png
  toddle eval runs/lenet5 --json | jq '.accuracy'";
