//! `toddle compare`: runs side by side, and their curves in one picture.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use toddle::escaped;
use toddle_look::digits::significant;
use toddle_run::error::Error;
use toddle_run::picture;
use toddle_run::run::{self, curves, metrics};

use crate::columns::align_parted;
use crate::ending::Ending;
use crate::load::load;
use crate::output::{note, print};

/// Show runs side by side, with their results and the settings in which they differ
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The runs' folders
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    pub runs: Vec<PathBuf>,

    /// Draw the curves into this file
    #[arg(long, value_name = "FILE", default_value = "runs/compare.svg")]
    pub out: PathBuf,

    /// Do not say where the picture is
    #[arg(long)]
    pub quiet: bool,
}

const AFTER_HELP: &str = "\
The table has a column for each run: its last epoch, its best epoch, and the settings in which the runs differ. The \
picture has the curves of all runs in one diagram.

Examples:
  toddle compare runs/lenet5 runs/lenet5-2
  toddle compare runs/lenet5* --out all.svg";

/// A run of the comparison.
struct Run {
    /// The name of the run in the table and the picture.
    name: String,
    rows: Vec<metrics::Row>,
    /// All settings by their keys, as written in the file.
    settings: Vec<(String, String)>,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let names = names(&options.runs);
    let runs = options.runs.iter().zip(names).map(|(folder, name)| read(folder, name));
    let runs = runs.collect::<Result<Vec<Run>, Error>>()?;
    let shown: Vec<curves::Run> =
        runs.iter().map(|run| curves::Run { name: &run.name, rows: &run.rows }).collect();
    picture::save(&options.out, curves::several(&shown).as_bytes())?;
    print(&table(&runs))?;
    note(options.quiet, &format!("wrote {}", escaped(options.out.display())));
    Ok(Ending::Complete)
}

fn read(folder: &Path, name: String) -> Result<Run, Error> {
    let experiment = load(&run::experiment(folder)?, &[])?;
    let mut settings = Vec::new();
    let layers = experiment.network.layers.iter().zip(1..);
    settings.extend(layers.map(|(placed, place)| (format!("layer {place}"), placed.to_string())));
    // Each layer has a line already.
    settings.extend(experiment.settings().into_iter().filter(|(key, _)| !key.starts_with("network.layers")));
    Ok(Run { name, rows: metrics::read(folder)?, settings })
}

/// A name for each run: the name of its folder, with as many of the parent folders as are needed to distinguish the
/// runs.
pub fn names(runs: &[PathBuf]) -> Vec<String> {
    let whole = |run: &PathBuf| fs::canonicalize(run).unwrap_or_else(|_| run.clone());
    let paths: Vec<PathBuf> = runs.iter().map(whole).collect();
    let name = |path: &PathBuf| {
        let end = |path: &PathBuf, parts: usize| {
            let all: Vec<_> = path.components().collect();
            all[all.len().saturating_sub(parts)..].iter().collect::<PathBuf>()
        };
        let others = || paths.iter().filter(|other| *other != path);
        let most = path.components().count();
        let parts = (1..most).find(|&parts| others().all(|other| end(other, parts) != end(path, parts)));
        end(path, parts.unwrap_or(most)).display().to_string()
    };
    paths.iter().map(name).collect()
}

/// A column for each run, with its results and the settings in which the runs differ.
fn table(runs: &[Run]) -> String {
    let loss = |value: Option<f64>| value.map_or("—".into(), significant);
    let percent = |value: Option<f64>| value.map_or("—".into(), |value| format!("{:.2} %", value * 100.0));
    let best = |run: &Run| {
        let accuracies = run.rows.iter().filter_map(|row| Some((row.accuracy?, row.epoch)));
        // If several epochs are equally good, the first.
        accuracies.rev().max_by(|a, b| a.0.total_cmp(&b.0))
    };
    let mut columns = vec![Vec::new(); 1 + runs.len()];
    let mut row = |name: &str, cell: &dyn Fn(&Run) -> String| {
        let cells = std::iter::once(name.to_owned()).chain(runs.iter().map(cell));
        columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
    };
    row("run", &|run| run.name.clone());
    row("epochs", &|run| run.rows.len().to_string());
    row("loss", &|run| loss(run.rows.last().map(|row| row.loss)));
    if runs.iter().flat_map(|run| &run.rows).any(|row| row.training_accuracy.is_some()) {
        row("accuracy", &|run| percent(run.rows.last().and_then(|row| row.training_accuracy)));
    }
    row("validation loss", &|run| loss(run.rows.last().and_then(|row| row.validation_loss)));
    row("validation accuracy", &|run| percent(run.rows.last().and_then(|row| row.accuracy)));
    row("best accuracy", &|run| percent(best(run).map(|(accuracy, _)| accuracy)));
    row("in epoch", &|run| best(run).map_or("—".into(), |(_, epoch)| epoch.to_string()));
    row("time", &|run| format!("{:.1} s", metrics::seconds(&run.rows)));

    let setting = |run: &Run, key: &str| {
        run.settings.iter().find(|(other, _)| other == key).map_or("—".into(), |(_, value)| value.clone())
    };
    let mut keys: Vec<&String> = Vec::new();
    for (key, _) in runs.iter().flat_map(|run| &run.settings) {
        if key != "name" && !keys.contains(&key) {
            keys.push(key);
        }
    }
    for key in keys {
        if runs.iter().any(|run| setting(run, key) != setting(&runs[0], key)) {
            row(key, &|run| setting(run, key));
        }
    }
    align_parted(&columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_name_are_told_apart() {
        let names = |runs: &[&str]| names(&runs.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(names(&["runs/a", "runs/b"]), ["a", "b"]);
        assert_eq!(names(&["mon/runs/a", "tue/runs/a", "runs/b"]), ["mon/runs/a", "tue/runs/a", "b"]);
        assert_eq!(names(&["runs/a", "runs/a"]), ["a", "a"]);
        assert_eq!(names(&["a", "b/a"]), ["a", "b/a"]);
    }
}
