//! A network that is being edited: its shapes and its costs, or the mistake and its place.

use toddle::Loss;
use toddle_run::experiment::Experiment;

use super::shelf::Shelf;
use super::{Response, describe, open, shelf};
use crate::protocol::{Answer, Build, Fault};

/// The answer to `build`. `now` is the experiment that is open, and `shape` the shape of its samples.
pub fn answer(
    now: Option<&Experiment>,
    shelf: &dyn Shelf,
    shape: Option<[usize; 3]>,
    build: Build,
) -> Response {
    let experiment = match build {
        Build { toml: Some(text), layers: None, .. } => open::of_text(&text, now)?,
        Build { toml, layers: Some(layers), ref input } => {
            let base = match (toml, now) {
                (Some(text), _) => open::of_text(&text, now)?,
                (None, Some(now)) => now.clone(),
                (None, None) => shelf.experiment("lenet5")?,
            };
            with_layers(base, &layers, input.as_deref())?
        }
        Build { toml: None, layers: None, .. } => {
            let expected = "the text of an experiment in `toml`, or `layers`";
            return Err(Fault::new(
                "it is not clear what to build",
                expected,
                "none",
                "one of them, or both",
            ));
        }
    };
    let shape = shape_of(&experiment, shape)?;
    // The weights are drawn too, so that only a network that fits in memory is right.
    let network = experiment.network(shape).build::<f32>(experiment.seed)?;
    let loss: &Loss = &experiment.train.fit.loss;
    for output in network.outputs() {
        output.loss(loss).check(output.shape)?;
    }
    Ok(Answer::Build {
        network: describe::network(&network, loss),
        layers: experiment.network.layers.clone(),
        toml: experiment.to_toml(),
    })
}

/// `base` with other layers.
fn with_layers(
    mut base: Experiment,
    layers: &[serde_json::Value],
    input: Option<&[usize]>,
) -> Result<Experiment, Fault> {
    base.network.layers = open::layers(layers)?;
    base.network.outputs = Vec::new();
    base.network.input = match input {
        None => base.network.input,
        Some(&[numbers]) => Some(toddle::Shape::vector(numbers)),
        Some(&[channels, height, width]) => Some(toddle::Shape::image(channels, height, width)),
        Some(other) => {
            let expected = "[numbers], or [channels, height, width]";
            return Err(Fault::new(
                "an input cannot have this shape",
                expected,
                format!("{other:?}"),
                "[1, 28, 28]",
            ));
        }
    };
    shelf::checked("the layers", &base)
}

/// The shape of a sample, where the experiment leaves it to the data.
fn shape_of(experiment: &Experiment, open: Option<[usize; 3]>) -> Result<[usize; 3], Fault> {
    if experiment.network.input.is_some() || !experiment.network.inputs.is_empty() {
        return Ok([0; 3]);
    }
    let of_set = experiment.data.set.as_deref().map(toddle_data::Set::named).transpose()?;
    let of_rows = experiment.data.inputs.as_ref().and_then(|rows| Some([rows.first()?.len(), 1, 1]));
    let known = experiment.data.shape.or(of_set.map(toddle_data::Set::shape)).or(of_rows).or(open);
    known.ok_or_else(|| {
        Fault::new(
            "the shape of a sample is not known",
            "`input` in [network]",
            "none",
            "input = [1, 28, 28]",
        )
    })
}
