//! A cross-validation: a training for each fold, and the mean of their results.

use std::path::{Path, PathBuf};

use serde::Serialize;
use toddle::escaped;
use toddle_look::digits::significant;
use toddle_run::error::Error;
use toddle_run::run;

use super::outcome::Outcome;
use super::{Command, Options};
use crate::columns::align;
use crate::ending::Ending;
use crate::load::load;
use crate::output::{note, print};

/// The contents of `--json`.
#[derive(Debug, Serialize)]
struct Results {
    /// The folder of the runs.
    run: String,
    folds: Vec<Outcome>,
    validation_loss: Option<Spread>,
    accuracy: Option<Spread>,
}

/// Numbers of all folds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Spread {
    mean: f64,
    /// The standard deviation of one fold, estimated from all: the sum of squares is divided by the number of folds less one.
    deviation: f64,
}

impl Spread {
    /// None if a fold has no number.
    fn of(numbers: impl Iterator<Item = Option<f64>>) -> Option<Spread> {
        let numbers: Vec<f64> = numbers.collect::<Option<_>>()?;
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
        Some(Spread { mean, deviation: (squares / (count - 1.0)).sqrt() })
    }
}

/// Trains on `k` folds of the samples of the experiment in `file`, each in a folder of its own.
pub fn run(command: &Command, options: &Options, file: &Path, k: u32) -> Result<Ending, Error> {
    let name = load(file, &options.set)?.name;
    let folder = folder(&name, options.out.as_deref())?;
    let mut folds = Vec::new();
    for n in 1..=k {
        note(options.quiet, &format!("fold {n} of {k}"));
        let mut options = options.clone();
        options.set.push(format!("data.validation={{ fold = [{n}, {k}] }}"));
        options.out = Some(folder.join(format!("fold-{n}")));
        let experiment = load(file, &options.set)?;
        let outcome = command.train(&options, experiment)?;
        if !outcome.complete {
            note(options.quiet, &command.stop(&outcome));
        }
        folds.push(outcome);
        if let ending @ Ending::Interrupted(_) = command.ending() {
            return Ok(ending);
        }
    }
    let validation_loss = Spread::of(folds.iter().map(|fold| fold.validation_loss));
    let accuracy = Spread::of(folds.iter().map(|fold| fold.accuracy));
    let results = Results { run: folder.display().to_string(), folds, validation_loss, accuracy };
    print(&if options.json { results.json() } else { results.table() })?;
    note(options.quiet, &format!("wrote {}", escaped(&results.run)));
    Ok(Ending::Complete)
}

/// The folder of the runs: `out`, or the first in `runs` that is not there yet.
fn folder(name: &str, out: Option<&Path>) -> Result<PathBuf, Error> {
    if let Some(out) = out {
        run::check_out(name, out)?;
        return Ok(out.to_owned());
    }
    let first = Path::new("runs").join(format!("{name}-folds"));
    let others = (2..).map(|n| Path::new("runs").join(format!("{name}-folds-{n}")));
    Ok(std::iter::once(first).chain(others).find(|folder| !folder.exists()).expect("some number is free"))
}

impl Results {
    fn json(&self) -> String {
        serde_json::to_string(self).expect("numbers and strings can be written as JSON") + "\n"
    }

    /// A row for each fold, and two for all.
    fn table(&self) -> String {
        let mut labels = vec!["fold".to_owned()];
        labels.extend((1..=self.folds.len()).map(|n| n.to_string()));
        labels.extend(["mean".into(), "deviation".into()]);
        let mut columns = vec![labels];
        let percent = |part: f64| format!("{:.2} %", part * 100.0);
        let number = |number: f64| significant(number);
        let mut column =
            |name: &str, of: fn(&Outcome) -> Option<f64>, spread, write: &dyn Fn(f64) -> String| {
                let Some(Spread { mean, deviation }) = spread else { return };
                let mut column = vec![name.to_owned()];
                column.extend(self.folds.iter().filter_map(of).chain([mean, deviation]).map(write));
                columns.push(column);
            };
        let epochs = Spread::of(self.folds.iter().map(|fold| Some(fold.epochs as f64)));
        column("epochs", |fold| Some(fold.epochs as f64), epochs, &|number| format!("{number:.1}"));
        column("validation loss", |fold| fold.validation_loss, self.validation_loss, &number);
        column("accuracy", |fold| fold.accuracy, self.accuracy, &percent);
        align(&columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_mean_and_the_deviation_of_one() {
        let spread = Spread::of([1.0, 2.0, 6.0].map(Some).into_iter());
        assert_eq!(spread, Some(Spread { mean: 3.0, deviation: 7.0_f64.sqrt() }));
        assert_eq!(Spread::of([Some(1.0), None].into_iter()), None);
    }
}
