//! What is seen while a network trains: a bar on a terminal, a line an epoch elsewhere, on standard error.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use toddle::StepReport;

use crate::run::metrics::Row;

/// Shows how far a training is.
pub enum Progress {
    /// `--quiet`.
    Silent,
    /// A line an epoch.
    Lines {
        /// How many there are to be.
        epochs: usize,
    },
    /// A bar over all steps.
    Bar {
        /// The bar.
        bar: ProgressBar,
        /// How many epochs there are to be.
        epochs: usize,
        /// The accuracy after the last epoch, as it is shown.
        accuracy: String,
        /// When the loss was last shown.
        shown: Instant,
    },
}

const BAR: &str = "{wide_bar} {msg}  {elapsed}, {eta} to go";
/// A bar that goes no further, at its end or before.
const ENDED: &str = "{wide_bar} {msg}  {elapsed}";

/// How often the loss is shown: as fast as it can be read.
const OFTEN: Duration = Duration::from_millis(100);

impl Progress {
    /// What suits the place that standard error goes to, for so many epochs of so many steps, some of which are done.
    pub fn new(quiet: bool, epochs: usize, steps: u64, done: u64) -> Progress {
        if quiet {
            Progress::Silent
        } else if io::stderr().is_terminal() {
            let bar = ProgressBar::new(steps * epochs as u64).with_position(done);
            bar.set_style(style(BAR));
            bar.reset_eta();
            Progress::Bar { bar, epochs, accuracy: String::new(), shown: Instant::now() }
        } else {
            Progress::Lines { epochs }
        }
    }

    /// A step was done.
    pub fn step(&mut self, report: &StepReport) {
        if let Progress::Bar { bar, epochs, accuracy, shown } = self
            && shown.elapsed() >= OFTEN
        {
            *shown = Instant::now();
            let StepReport { epoch, mean_loss, .. } = report;
            bar.set_message(format!("epoch {epoch}/{epochs}  loss {mean_loss:.6}{accuracy}"));
            bar.set_position(report.number);
        }
    }

    /// An epoch was done.
    pub fn epoch(&mut self, row: &Row) {
        let Row { epoch, step, loss, validation_loss, accuracy: right, rate, seconds } = row;
        let right = right.map_or(String::new(), |right| format!("  accuracy {:.2} %", right * 100.0));
        match self {
            Progress::Silent => {}
            Progress::Bar { bar, epochs, accuracy, .. } => {
                *accuracy = right;
                bar.set_message(format!("epoch {epoch}/{epochs}  loss {loss:.6}{accuracy}"));
                bar.set_position(*step);
            }
            Progress::Lines { epochs } => {
                let validation =
                    validation_loss.map_or(String::new(), |loss| format!("  validation {loss:.6}"));
                // As many digits as are read.
                let rate: f64 = format!("{rate:.4e}").parse().unwrap_or(*rate);
                let line = format!(
                    "epoch {epoch}/{epochs}  loss {loss:.6}{validation}{right}  rate {rate}  {seconds:.1} s\n"
                );
                // Nobody can be told that standard error is closed.
                let _ = io::stderr().write_all(line.as_bytes());
            }
        }
    }

    /// The disk has a checkpoint of the training after so many steps.
    pub fn saved(&self, step: u64) {
        match self {
            Progress::Silent => {}
            Progress::Bar { bar, .. } => bar.println(format!("saved after step {step}")),
            Progress::Lines { .. } => {
                let _ = io::stderr().write_all(format!("saved after step {step}\n").as_bytes());
            }
        }
    }

    /// The training is at its end: a bar stays as it is.
    pub fn end(&self) {
        if let Progress::Bar { bar, .. } = self {
            bar.set_style(style(ENDED));
            bar.abandon();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the templates above are well formed");
    style.progress_chars("━╸ ")
}
