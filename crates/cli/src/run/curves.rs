//! Runs as a picture: losses, and accuracies where there are any.

use std::slice;

use super::metrics::Row;
use crate::chart::{Chart, Curve, Panel, Scale};

/// A run to be shown.
pub struct Run<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its epochs.
    pub rows: &'a [Row],
}

/// The picture of one run.
pub fn one(run: &Run, loss: &str, subtitle: String) -> String {
    let heading = format!("{}, epoch by epoch", run.name);
    svg(slice::from_ref(run), loss, heading, subtitle, |curve, _| curve.to_owned())
}

/// The picture of several runs, one over the other.
pub fn several(runs: &[Run]) -> String {
    let names: Vec<&str> = runs.iter().map(|run| run.name).collect();
    let subtitle = "dashed: loss on the samples to train on; solid: on those to validate with".into();
    svg(runs, "loss", names.join(", "), subtitle, |_, name| name.to_owned())
}

fn svg(
    runs: &[Run],
    loss: &str,
    heading: String,
    subtitle: String,
    name: impl Fn(&str, &str) -> String,
) -> String {
    let curve = |n: usize, what: &str, dashed: bool, value: fn(&Row) -> Option<f64>| Curve {
        name: name(what, runs[n].name),
        colour: if runs.len() > 1 { n } else { usize::from(what != "training") },
        dashed,
        points: runs[n].rows.iter().filter_map(|row| Some((row.epoch as f64, value(row)?))).collect(),
        circles: Vec::new(),
        digits: if what == "accuracy" { 2 } else { 4 },
    };
    let (mut losses, mut accuracies) = (Vec::new(), Vec::new());
    for (n, run) in runs.iter().enumerate() {
        let validated = run.rows.iter().any(|row| row.validation_loss.is_some());
        losses.push(curve(n, "training", validated && runs.len() > 1, |row| Some(row.loss)));
        if validated {
            losses.push(curve(n, "validation", false, |row| row.validation_loss));
        }
        if run.rows.iter().any(|row| row.accuracy.is_some()) {
            accuracies.push(curve(n, "accuracy", false, |row| row.accuracy.map(|part| part * 100.0)));
        }
    }
    let mut panels = vec![Panel { label: loss.into(), scale: Scale::Logarithmic, curves: losses }];
    if !accuracies.is_empty() {
        panels.push(Panel { label: "accuracy (%)".into(), scale: Scale::Linear, curves: accuracies });
    }
    Chart { title: format!("Loss and accuracy of {heading}"), heading, subtitle, panels }.svg()
}
