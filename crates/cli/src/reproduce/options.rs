//! The options of `toddle reproduce`.

use std::path::PathBuf;
use std::thread::available_parallelism;

use clap::Args;
use toddle_run::error::Error;
use toddle_run::precision::Precision;

use super::post::{EPOCHS, Output, RECIPES, Recipe, SEED};

/// Train the post's four networks, and show their results beside the post's.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// Train only these networks, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<Recipe>,

    /// The number of passes over the training images
    #[arg(long, value_name = "N", default_value_t = EPOCHS, value_parser = clap::value_parser!(u32).range(1..))]
    #[arg(allow_negative_numbers = true)]
    pub epochs: u32,

    /// The seed of the first weights, as in np.random.seed(N)
    #[arg(long, value_name = "N", default_value_t = SEED, allow_negative_numbers = true)]
    pub seed: u32,

    /// The number type of all computations. The post uses f64
    #[arg(long, value_name = "TYPE", default_value = "f64")]
    pub precision: Precision,

    /// The number of networks to train at the same time. It changes no bit of a result [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    threads: Option<u32>,

    /// Train each tanh network N more times and show the range of its loss. The run number k scales the first weight
    /// by 1 + k·10⁻¹⁵
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=1000), allow_negative_numbers = true)]
    pub sensitivity: u32,

    /// Write results and pictures into this folder
    #[arg(long, value_name = "DIR", default_value = "runs/post")]
    pub out: PathBuf,

    /// Print the JSON object of results.json instead of the table
    #[arg(long)]
    pub json: bool,

    /// Show no progress
    #[arg(long)]
    pub quiet: bool,
}

const AFTER_HELP: &str = "\
The networks have 1 or 2 convolutions and a softmax or tanh output. They learn from the first 2,000 MNIST training \
images, one at a time. The results go to standard output as a table, and into --out as results.json, curves.svg and \
predictions.png. Ctrl-C ends the training after the current epoch and keeps its results.

Examples:
  toddle reproduce                              all four, as in the post
  toddle reproduce --only 2-softmax --epochs 7  a first look, in a second
  toddle reproduce --sensitivity 10             how stable the tanh losses are
  toddle reproduce --json --quiet | jq '.runs[].test_accuracy'";

impl Options {
    /// The networks to train, in the order of the post's table.
    pub fn recipes(&self) -> Vec<Recipe> {
        let wanted = |recipe: &Recipe| self.only.is_empty() || self.only.contains(recipe);
        RECIPES.into_iter().filter(wanted).collect()
    }

    /// The number of networks that train at the same time.
    pub fn threads(&self) -> usize {
        let cores = || available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, |threads| threads as usize)
    }

    /// Checks options that depend on one another.
    pub fn check(&self) -> Result<(), Error> {
        if self.sensitivity == 0 {
            Ok(())
        } else if self.precision == Precision::F32 {
            Err(Error::SensitivityOfF32)
        } else if self.recipes().iter().all(|recipe| recipe.output != Output::Tanh) {
            Err(Error::SensitivityOfNone)
        } else {
            Ok(())
        }
    }
}
