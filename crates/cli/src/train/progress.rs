//! The progress display on standard error: a line for each epoch, and on a terminal a bar below the lines.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use toddle::{StepReport, escaped};
use toddle_look::digits::{short, significant};
use toddle_run::run::metrics::Row;

use crate::output::note;

/// Shows the progress of a training.
pub struct Progress {
    /// `--quiet`.
    quiet: bool,
    /// The number of epochs.
    epochs: usize,
    /// Whether the learning rate changes. Then each line shows it.
    shows_rate: bool,
    bar: Option<Bar>,
}

/// A bar over all steps.
struct Bar {
    bar: ProgressBar,
    /// The time when the loss was last shown.
    shown: Instant,
}

const BAR: &str = "{wide_bar} {msg}  {elapsed}, {eta} to go";
/// The template of a bar that has stopped.
const ENDED: &str = "{wide_bar} {msg}  {elapsed}";

/// The time between two updates of the loss, so that people can read it.
const OFTEN: Duration = Duration::from_millis(100);

impl Progress {
    /// A display for `epochs` epochs of `steps` steps each. `done` steps of all epochs are finished.
    pub fn new(quiet: bool, epochs: usize, steps: u64, done: u64, shows_rate: bool) -> Progress {
        let bar = (!quiet && io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new(steps * epochs as u64).with_position(done);
            bar.set_style(style(BAR));
            bar.reset_eta();
            Bar { bar, shown: Instant::now() }
        });
        Progress { quiet, epochs, shows_rate, bar }
    }

    /// Shows that a step is finished.
    pub fn step(&mut self, report: &StepReport) {
        if let Some(Bar { bar, shown }) = &mut self.bar
            && shown.elapsed() >= OFTEN
        {
            *shown = Instant::now();
            bar.set_message(message(report.epoch, self.epochs, report.mean_loss));
            bar.set_position(report.number);
        }
    }

    /// Shows that an epoch is finished.
    pub fn epoch(&mut self, row: &Row) {
        self.line(&line(row, self.epochs, self.shows_rate));
        if let Some(Bar { bar, .. }) = &self.bar {
            bar.set_message(message(row.epoch, self.epochs, row.loss));
            bar.set_position(row.step);
        }
    }

    /// Shows that a checkpoint after `step` is on the disk.
    pub fn saved(&self, step: u64) {
        self.line(&format!("saved after step {step}"));
    }

    /// Shows that the folder `lost` of the run is gone, and that the run continues in `now`.
    pub fn moved(&self, lost: &Path, now: &Path) {
        let (lost, now) = (escaped(lost.display()), escaped(now.display()));
        self.line(&format!(
            "warning: the folder `{lost}` was moved or removed: the run continues in `{now}`"
        ));
    }

    /// Ends the display. A bar stays as it is.
    pub fn end(&self) {
        if let Some(Bar { bar, .. }) = &self.bar {
            bar.set_style(style(ENDED));
            bar.abandon();
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(Bar { bar, .. }) => bar.println(text),
            None => note(self.quiet, text),
        }
    }
}

/// The text beside the bar.
fn message(epoch: usize, epochs: usize, loss: f64) -> String {
    format!("epoch {epoch}/{epochs}  loss {}", significant(loss))
}

/// An epoch in words: the losses, each with the accuracy on the same samples if there is one.
fn line(row: &Row, epochs: usize, shows_rate: bool) -> String {
    let Row { epoch, loss, validation_loss, accuracy, training_accuracy, rate, seconds, .. } = row;
    let measured = |loss: f64, accuracy: &Option<f64>| match accuracy {
        Some(part) => format!("{} ({:.2} %)", significant(loss), part * 100.0),
        None => significant(loss),
    };
    let mut line = format!("epoch {epoch}/{epochs}  loss {}", measured(*loss, training_accuracy));
    if let Some(loss) = validation_loss {
        line += &format!("  validation {}", measured(*loss, accuracy));
    }
    if shows_rate {
        line += &format!("  rate {}", short(*rate));
    }
    line + &format!("  {seconds:.1} s")
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the templates above are well formed");
    style.progress_chars("━╸ ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_what_was_measured() {
        let mut row = Row {
            epoch: 9,
            step: 90,
            loss: 0.0006546040013790374,
            validation_loss: None,
            accuracy: None,
            training_accuracy: None,
            rate: 0.05,
            seconds: 1.25,
        };
        assert_eq!(line(&row, 20, false), "epoch 9/20  loss 0.0006546  1.2 s");
        (row.validation_loss, row.accuracy) = (Some(1.2344e-9), Some(0.9876));
        assert_eq!(
            line(&row, 20, true),
            "epoch 9/20  loss 0.0006546  validation 1.234e-9 (98.76 %)  rate 0.05  1.2 s"
        );
        row.training_accuracy = Some(0.99);
        assert_eq!(
            line(&row, 20, false),
            "epoch 9/20  loss 0.0006546 (99.00 %)  validation 1.234e-9 (98.76 %)  1.2 s"
        );
    }
}
