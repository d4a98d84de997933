//! Error against epoch, as a picture: `curves.svg`.

use toddle_look::chart::{Chart, Curve, Panel, Scale};

use super::post::{RATE, RECIPES, SAMPLES};
use super::results::Run;

/// The picture.
pub fn svg(runs: &[Run]) -> String {
    let run = &runs[0];
    let circles =
        if runs.iter().any(|run| !printed(run).is_empty()) { "; circles: what the post prints" } else { "" };
    let chart = Chart {
        title: "Training error of the post's networks, epoch by epoch".into(),
        heading: "Training error, epoch by epoch".into(),
        subtitle: format!(
            "{SAMPLES} MNIST images one at a time, rate {RATE}, seed {}, {}{circles}",
            run.seed,
            run.precision.name()
        ),
        legend: Vec::new(),
        panels: vec![Panel {
            label: "mean squared error".into(),
            scale: Scale::Logarithmic,
            curves: runs.iter().map(curve).collect(),
        }],
    };
    chart.svg()
}

fn curve(run: &Run) -> Curve {
    let points = run.errors.iter().enumerate().map(|(e, &error)| ((e + 1) as f64, error));
    Curve {
        name: run.recipe.name().into(),
        of: "",
        colour: RECIPES.iter().position(|recipe| *recipe == run.recipe).unwrap_or(RECIPES.len()),
        dashed: false,
        points: points.collect(),
        circles: printed(run),
        written: |error| format!("{error:.6}"),
    }
}

/// The figures of the post for this run.
fn printed(run: &Run) -> Vec<(f64, f64)> {
    let done = run.printed().iter().filter(|(epoch, _)| *epoch <= run.epochs);
    done.map(|&(epoch, error)| (epoch as f64, error)).collect()
}
