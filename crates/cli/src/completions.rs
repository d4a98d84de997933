//! `toddle completions`: what a shell needs to complete the command's words.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};
use toddle_run::error::Error;

use crate::Cli;
use crate::ending::Ending;
use crate::output::print;

/// Print a script for a shell, whose Tab key then completes commands and options.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The shell
    pub shell: Shell,
}

const AFTER_HELP: &str = "\
The output is a script of the shell. Each example writes the script to where the shell looks for it.

Examples:
  toddle completions bash > ~/.local/share/bash-completion/completions/toddle
  toddle completions fish > ~/.config/fish/completions/toddle.fish
  toddle completions zsh > ~/.zfunc/_toddle    with ~/.zfunc in $fpath";

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let mut script = Vec::new();
    generate(options.shell, &mut Cli::command(), "toddle", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Ending::Complete)
}
