//! A script that starts the processes on a cluster with Slurm.

use std::env;
use std::path::{Path, absolute};

use toddle_run::shell::quoted;

use super::Opened;

/// The name of the script, and the script for so many processes. Each has `threads` threads, or one.
pub fn script(opened: &Opened, processes: u32, threads: Option<u32>) -> (&'static str, String) {
    let word = |path: &Path| quoted(&path.display().to_string());
    let folder = word(&absolute(opened.board.path()).unwrap_or_else(|_| opened.board.path().into()));
    let program = word(&env::current_exe().unwrap_or_else(|_| "toddle".into()));
    let (name, threads) = (&opened.sweep.name, threads.unwrap_or(1));
    let text = format!(
        "#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --array=1-{processes}
#SBATCH --cpus-per-task={threads}
#SBATCH --time=12:00:00
#SBATCH --signal=TERM@120
#SBATCH --requeue
# SIGTERM comes two minutes before the end, and saves the training. A script that is started again goes on.
exec srun {program} sweep {folder} --threads {threads}
"
    );
    ("slurm.sh", text)
}
