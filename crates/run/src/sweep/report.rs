//! The results of a sweep, for people: a table as CSV, and a page with two pictures.

use std::fmt::{Result, Write};

use serde_json::Value;
use toddle_look::markup::Text;

use super::board::TrialResult;
use super::picture::{self, Line};
use super::rungs::{Job, Results, Rungs, Standing};
use super::settings::{Goal, Sweep};
use super::trial::Trial;
use crate::experiment::inline;
use crate::run::metrics::Row;

/// The colours and the letters of the page, which follow the reader's system.
const STYLE: &str = "\
:root { color-scheme: light dark; --ink: #222; --paper: #fff; --faint: #777; --rule: #ddd; --line: #0072b2; --best: #d55e00 }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #1b1b1b; --faint: #999; --rule: #444; --line: #56b4e9; --best: #ff9a4d } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
svg { width: 100%; height: auto } svg text { fill: var(--ink); font-size: 13px; paint-order: stroke; stroke: var(--paper); stroke-width: 4px } svg .faint { fill: var(--faint) }
svg path { fill: none; stroke: var(--line); stroke-width: 1.5 } svg .axis { stroke: var(--rule) } svg .best { stroke: var(--best); stroke-width: 3.5 }
svg path:hover { stroke: var(--ink); stroke-opacity: 1; stroke-width: 3.5 }
.wide { overflow-x: auto } table { border-collapse: collapse } th, td { text-align: right; padding: .2rem .8rem; border-bottom: 1px solid var(--rule) }
tr.best td { color: var(--best); font-weight: bold }
";

/// One row for each trial that has a result, with all digits.
pub fn table(sweep: &Sweep, trials: &[Trial], results: &Results) -> String {
    let mut csv = "trial,point,seed".to_owned();
    for key in sweep.space.keys() {
        csv += &format!(",{}", cell(key));
    }
    csv += ",epochs,loss,validation_loss,accuracy,failed,weights_sha256\n";
    for trial in trials {
        let Some((job, result)) = last(trial, results) else { continue };
        let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
        let seed = trial.seed.map(|seed| seed.to_string()).unwrap_or_default();
        let mut cells = vec![trial.number.to_string(), trial.point.to_string(), seed];
        cells.extend(trial.values.iter().map(|value| cell(&plain(value))));
        cells.push(job.epochs.to_string());
        cells.extend([result.loss, result.validation_loss, result.accuracy].map(number));
        cells.push(cell(result.failed.as_deref().unwrap_or_default()));
        cells.push(result.weights_sha256.clone().unwrap_or_default());
        csv += &(cells.join(",") + "\n");
    }
    csv
}

/// The result after the most epochs.
fn last<'r>(trial: &Trial, results: &'r Results) -> Option<(&'r Job, &'r TrialResult)> {
    results.iter().rfind(|(job, _)| job.trial == trial.number)
}

/// A cell of CSV.
fn cell(text: &str) -> String {
    match text.contains([',', '"', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"").replace('\n', " ")),
        false => text.to_owned(),
    }
}

/// The page. `epochs` are the epochs of each trial, in order.
pub fn page(
    sweep: &Sweep,
    trials: &[Trial],
    rungs: &Rungs,
    results: &Results,
    epochs: &[Vec<Row>],
) -> String {
    let mut html = String::new();
    write(&mut html, sweep, trials, rungs, results, epochs)
        .expect("a string takes all that is written to it");
    html
}

fn write(
    html: &mut String,
    sweep: &Sweep,
    trials: &[Trial],
    rungs: &Rungs,
    results: &Results,
    epochs: &[Vec<Row>],
) -> Result {
    let standings = rungs.standings(results);
    let goal = sweep.goal;
    let title = format!("Sweep {}", Text(&sweep.name));
    writeln!(
        html,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n<p>{} of {} trainings are done. The {} {} is the best.</p>",
        results.len(),
        rungs.count(),
        if goal == Goal::Accuracy { "highest" } else { "lowest" },
        goal.words()
    )?;
    let name = |standing: &Standing| {
        let trial = &trials[rungs.trials(standing.point).next().expect("a point has trials") - 1];
        let settings = sweep.space.keys().zip(&trial.values);
        let settings: Vec<String> =
            settings.map(|(key, value)| format!("{key} = {}", plain(value))).collect();
        format!(
            "point {}: {}, {} {}",
            standing.point,
            settings.join(", "),
            goal.words(),
            goal.shown(standing.mean)
        )
    };
    let lines: Vec<Line> = (standings.iter().enumerate())
        .map(|(rank, standing)| {
            let of = rungs.trials(standing.point).map(|number| &trials[number - 1]);
            let of: Vec<&Trial> = of.collect();
            let curves = of.iter().map(|trial| curve(goal, &epochs[trial.number - 1]));
            Line {
                name: name(standing),
                rank: rank as f64 / standings.len() as f64,
                values: of[0].values.clone(),
                goal: standing.mean,
                curves: curves.collect(),
            }
        })
        .collect();
    writeln!(
        html,
        "<h2>Settings and results</h2>\n<p>A line is a point of the space. The thick line is the best point.</p>"
    )?;
    picture::coordinates(html, sweep, &lines)?;
    writeln!(html, "<h2>Epoch by epoch</h2>\n<p>A line is a training.</p>")?;
    picture::curves(html, goal, &lines)?;

    writeln!(html, "<h2>Points, the best first</h2>\n<div class=\"wide\"><table>\n<tr><th>point</th>")?;
    for key in sweep.space.keys() {
        write!(html, "<th>{}</th>", Text(key))?;
    }
    writeln!(html, "<th>epochs</th><th>{}</th></tr>", goal.words())?;
    for (rank, standing) in standings.iter().enumerate() {
        let trial = &trials[rungs.trials(standing.point).next().expect("a point has trials") - 1];
        let best = if rank == 0 { " class=\"best\"" } else { "" };
        write!(html, "<tr{best}><td>{}</td>", standing.point)?;
        for value in &trial.values {
            write!(html, "<td>{}</td>", Text(&plain(value)))?;
        }
        writeln!(html, "<td>{}</td><td>{}</td></tr>", standing.epochs, goal.shown(standing.mean))?;
    }
    writeln!(html, "</table></div>\n</body>\n</html>")
}

/// The goal's number of each epoch.
fn curve(goal: Goal, rows: &[Row]) -> Vec<(f64, f64)> {
    let value = |row: &Row| match goal {
        Goal::Loss => Some(row.loss),
        Goal::ValidationLoss => row.validation_loss,
        Goal::Accuracy => row.accuracy,
    };
    let numbers = rows.iter().filter_map(|row| Some((row.epoch as f64, value(row)?)));
    numbers.filter(|(_, number)| number.is_finite()).collect()
}

/// A value without the quotes of a text.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| inline(value), str::to_owned)
}
