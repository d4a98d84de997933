//! The options of `toddle sweep`.

use std::path::PathBuf;

use clap::Args;

/// Train one experiment with many settings, in any number of processes over one folder
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The file of the sweep, or the folder of a sweep that has begun
    pub file: PathBuf,

    /// The folder of the sweep [default: sweeps/NAME, where NAME is the name of the sweep]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// The number of threads of this process. It changes no bit of a result [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub threads: Option<u32>,

    /// Train nothing: print the results so far, and write the table and the report
    #[arg(long)]
    pub report: bool,

    /// Train nothing: write slurm.sh into the folder, a script of Slurm for N processes
    #[arg(long, value_name = "N", conflicts_with = "report", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub slurm: Option<u32>,

    /// Show no progress
    #[arg(long)]
    pub quiet: bool,
}

const AFTER_HELP: &str = "\
Start the same command again, here or on another machine that sees the folder, and the processes share the trainings. A \
trial of a process that has ended is taken over from its last checkpoint. The results depend neither on the number of \
processes nor on who trained what. Ctrl-C saves; the same command goes on.

Examples:
  toddle sweep rates.toml
  toddle sweep rates.toml --threads 1 & toddle sweep rates.toml --threads 1
  toddle sweep sweeps/rates --report
  toddle sweep rates.toml --slurm 16 && sbatch sweeps/rates/slurm.sh";
