//! Draws the losses of runs, and the accuracies if there are any. Training curves are dashed, validation curves are
//! solid.

use std::slice;

use toddle_look::chart::{Chart, Curve, Key, Panel, Scale};
use toddle_look::digits::significant;

use super::metrics::Row;

/// A run that is drawn.
pub struct Run<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its epochs.
    pub rows: &'a [Row],
}

/// The largest number of letters of the names in a heading.
const HEADING: usize = 60;

const TRAINING: &str = "training";
const VALIDATION: &str = "validation";

/// The picture of one run.
pub fn one(run: &Run, loss: &str, subtitle: String) -> String {
    svg(slice::from_ref(run), loss, run.name, subtitle)
}

/// The picture of several runs in one diagram.
pub fn several(runs: &[Run]) -> String {
    let names = runs.iter().map(|run| run.name).collect::<Vec<_>>().join(", ");
    let names = if names.chars().count() > HEADING { format!("{} runs", runs.len()) } else { names };
    svg(runs, "loss", &names, "a run has a colour".into())
}

fn svg(runs: &[Run], loss: &str, names: &str, subtitle: String) -> String {
    let losses = curves(runs, |row| Some(row.loss), |row| row.validation_loss, significant);
    let percent = |part: Option<f64>| part.map(|part| part * 100.0);
    let accuracies = curves(
        runs,
        |row| percent(row.training_accuracy),
        |row| percent(row.accuracy),
        |part| format!("{part:.2}"),
    );
    let is_drawn = |dashed| losses.iter().chain(&accuracies).any(|curve| curve.dashed == dashed);
    let keys = [Key { what: TRAINING, dashed: true }, Key { what: VALIDATION, dashed: false }];
    let legend = keys.into_iter().filter(|key| is_drawn(key.dashed)).collect();
    let mut panels = vec![Panel { label: loss.into(), scale: Scale::Logarithmic, curves: losses }];
    if !accuracies.is_empty() {
        panels.push(Panel { label: "accuracy (%)".into(), scale: Scale::Linear, curves: accuracies });
    }
    let heading = format!("{names}, epoch by epoch");
    Chart { title: format!("Loss and accuracy of {heading}"), heading, subtitle, legend, panels }.svg()
}

/// The value of an epoch on a curve.
type Value<'a> = dyn Fn(&Row) -> Option<f64> + 'a;

/// Two curves for each run: the values on the training samples, and on the validation samples if there are any.
fn curves(
    runs: &[Run],
    training: impl Fn(&Row) -> Option<f64>,
    validation: impl Fn(&Row) -> Option<f64>,
    written: fn(f64) -> String,
) -> Vec<Curve> {
    let alone = runs.len() == 1;
    let mut curves = Vec::new();
    for (n, run) in runs.iter().enumerate() {
        let measured: [(_, &Value); 2] = [(TRAINING, &training), (VALIDATION, &validation)];
        for (what, value) in measured {
            let points = run.rows.iter().filter_map(|row| Some((row.epoch as f64, value(row)?))).collect();
            curves.push(Curve {
                name: if alone { what.into() } else { run.name.into() },
                of: if alone { "" } else { what },
                colour: if alone { usize::from(what == VALIDATION) } else { n },
                dashed: what == TRAINING,
                points,
                circles: Vec::new(),
                written,
            });
        }
    }
    curves.retain(|curve| !curve.points.is_empty());
    curves
}
