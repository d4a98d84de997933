//! The options of `toddle train`.

use std::path::PathBuf;

use clap::Args;

/// Train the network that a file describes, and save the run.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The experiment
    #[arg(required_unless_present = "resume")]
    pub file: Option<PathBuf>,

    /// Replace a setting of the file, such as train.epochs=3; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// The number of threads. It changes no bit of a result [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub threads: Option<u32>,

    /// Save the run in this folder [default: runs/NAME, where NAME is the name of the experiment]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub out: Option<PathBuf>,

    /// Continue the run in this folder
    #[arg(long, value_name = "DIR")]
    pub resume: Option<PathBuf>,

    /// Cross-validate: part the training samples into K folds, and train K times, each time validated with another fold
    #[arg(long, value_name = "K", conflicts_with = "resume", value_parser = clap::value_parser!(u32).range(2..), allow_negative_numbers = true)]
    pub folds: Option<u32>,

    /// Train over the processes that `mpirun` has started, with the same bits as in one
    #[arg(long, conflicts_with = "folds")]
    pub mpi: bool,

    /// Write no film, no report and no card of the model: for many small trainings
    #[arg(long)]
    pub no_report: bool,

    /// Print one JSON object instead of the table
    #[arg(long)]
    pub json: bool,

    /// Show no progress. Warnings are shown
    #[arg(long)]
    pub quiet: bool,

    /// Whether warnings are left out, too: in a training that is part of another command
    #[arg(skip)]
    pub silent: bool,
}

const AFTER_HELP: &str = "\
The folder of the run contains all settings with their defaults, the metrics as CSV and JSON lines, the model, the last \
two checkpoints and a picture of the curves. Ctrl-C finishes the step, saves the training, and prints the command that \
continues it. A training that is continued ends with the same bits as one without a stop.

Examples:
  toddle train experiments/xor.toml
  toddle train experiments/lenet5.toml --set train.epochs=3 --set train.batch=32
  toddle train --resume runs/lenet5
  toddle train --resume runs/lenet5 --set train.epochs=20   with more epochs
  toddle train experiments/xor.toml --folds 4   a cross-validation
  toddle train experiments/lenet5.toml --mpi   behind mpirun -n 4";
