//! `toddle compare`: runs side by side, and their curves in one picture.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use toml::Value;

use crate::columns::align;
use crate::ending::Ending;
use crate::error::Error;
use crate::experiment::Experiment;
use crate::folder::Folder;
use crate::output::{note, print};
use crate::run::{self, curves, metrics};

/// Show runs side by side: where their settings differ, and how they went
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
A column a run: its last epoch, its best, and the settings that are not the same in all. The picture has the curves of \
all runs, one over the other.

Examples:
  toddle compare runs/lenet5 runs/lenet5-2
  toddle compare runs/lenet5* --out all.svg";

/// A run.
struct Run {
    /// As the user named it.
    name: String,
    rows: Vec<metrics::Row>,
    /// All settings by their keys, as the file has them.
    settings: Vec<(String, String)>,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let runs = options.runs.iter().map(|folder| read(folder)).collect::<Result<Vec<Run>, Error>>()?;
    let shown: Vec<curves::Run> =
        runs.iter().map(|run| curves::Run { name: &run.name, rows: &run.rows }).collect();
    let parent = options.out.parent().filter(|parent| !parent.as_os_str().is_empty());
    let name = options.out.file_name().map_or_else(|| "compare.svg".into(), |name| name.to_string_lossy());
    let folder = Folder::open(parent.unwrap_or(Path::new(".")), &[&name])?;
    folder.write(&name, curves::several(&shown).as_bytes())?;
    print(&table(&runs))?;
    note(options.quiet, &format!("wrote {}", folder.path().join(&*name).display()));
    Ok(Ending::Complete)
}

fn read(folder: &Path) -> Result<Run, Error> {
    let experiment = Experiment::load(&run::experiment(folder)?, &[])?;
    let mut settings = Vec::new();
    let layers = experiment.network.layers.iter().enumerate();
    settings.extend(layers.map(|(n, layer)| (format!("network.layers.{n}"), layer.to_string())));
    if let Ok(table) = experiment.to_toml().parse::<toml::Table>() {
        flatten("", &Value::Table(table), &mut settings);
    }
    // Two runs of one name in different folders have to be told apart; a long path need not be read.
    let name =
        fs::canonicalize(folder).ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    let name = name.unwrap_or_else(|| folder.display().to_string());
    Ok(Run { name, rows: metrics::read(folder)?, settings })
}

/// Each value by all the keys that lead to it.
fn flatten(key: &str, value: &Value, settings: &mut Vec<(String, String)>) {
    let below = |inner: &str| if key.is_empty() { inner.to_owned() } else { format!("{key}.{inner}") };
    match value {
        Value::Table(table) => {
            table.iter().for_each(|(inner, value)| flatten(&below(inner), value, settings))
        }
        // Layers have a line each already.
        Value::Array(list) if list.iter().any(Value::is_table) => {}
        _ => settings.push((key.into(), value.to_string())),
    }
}

/// A column a run: what came of it, and the settings in which they differ.
fn table(runs: &[Run]) -> String {
    let number = |value: Option<f64>| value.map_or("—".into(), |value| format!("{value:.6}"));
    let percent = |value: Option<f64>| value.map_or("—".into(), |value| format!("{:.2} %", value * 100.0));
    let best = |run: &Run| {
        let accuracies = run.rows.iter().filter_map(|row| Some((row.accuracy?, row.epoch)));
        // The first of those that are as good.
        accuracies.rev().max_by(|a, b| a.0.total_cmp(&b.0))
    };
    let mut names =
        ["run", "epochs", "loss", "validation loss", "accuracy", "best accuracy", "in epoch", "time"]
            .map(str::to_owned)
            .to_vec();
    let mut columns: Vec<Vec<String>> = (runs.iter())
        .map(|run| {
            let last = run.rows.last();
            vec![
                run.name.clone(),
                run.rows.len().to_string(),
                number(last.map(|row| row.loss)),
                number(last.and_then(|row| row.validation_loss)),
                percent(last.and_then(|row| row.accuracy)),
                percent(best(run).map(|(accuracy, _)| accuracy)),
                best(run).map_or("—".into(), |(_, epoch)| epoch.to_string()),
                format!("{:.1} s", metrics::seconds(&run.rows)),
            ]
        })
        .collect();
    let setting = |run: &'_ Run, key: &str| {
        run.settings.iter().find(|(other, _)| other == key).map(|(_, value)| value.clone())
    };
    let mut keys: Vec<&String> = Vec::new();
    for (key, _) in runs.iter().flat_map(|run| &run.settings) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    for key in keys {
        let values: Vec<Option<String>> = runs.iter().map(|run| setting(run, key)).collect();
        if key != "name" && values.iter().any(|value| *value != values[0]) {
            names.push(key.clone());
            for (column, value) in columns.iter_mut().zip(values) {
                column.push(value.unwrap_or("—".into()));
            }
        }
    }
    columns.insert(0, names);
    align(&columns)
}
