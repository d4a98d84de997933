//! A network of layers that Python has called on values.

use serde::Deserialize;
use toddle::{GraphSpec, Init, InputSpec, LayerSpec, Loss};

use crate::error::{Error, Result};

/// A network in the order in which Python's layers were called. A value is its place: inputs first, then layers.
#[derive(Deserialize)]
pub(crate) struct Graph {
    inputs: Vec<InputSpec>,
    layers: Vec<Called>,
    outputs: Vec<Output>,
    init: Init,
}

/// A layer that was called.
#[derive(Deserialize)]
struct Called {
    layer: LayerSpec,
    from: Vec<usize>,
    /// The value of the earlier call whose weights it uses.
    shares: Option<usize>,
    name: Option<String>,
}

/// A value that the network gives out.
#[derive(Deserialize)]
struct Output {
    name: String,
    value: usize,
    weight: f64,
    loss: Option<Loss>,
}

impl Graph {
    /// The network as the library describes it.
    pub(crate) fn spec(self) -> Result<GraphSpec> {
        let mut graph = GraphSpec::new();
        let mut values = Vec::new();
        for InputSpec { name, shape } in &self.inputs {
            values.push(graph.input(name, *shape));
        }
        let find = |values: &[_], place: usize| {
            let error = || {
                Error::refused(
                    "a layer takes a value that is made later",
                    "a value before it",
                    &place.to_string(),
                    "the order of the calls",
                )
            };
            values.get(place).copied().ok_or_else(error)
        };
        for Called { layer, from, shares, name } in self.layers {
            let from = from.into_iter().map(|place| find(&values, place)).collect::<Result<Vec<_>>>()?;
            let value = match (shares, &from[..]) {
                (Some(place), &[from]) => graph.share(find(&values, place)?, from),
                _ => graph.add(layer, from),
            };
            values.push(match name {
                Some(name) => graph.name(value, &name),
                None => value,
            });
        }
        for Output { name, value, weight, loss } in self.outputs {
            let output = graph.output(&name, find(&values, value)?);
            output.weight(weight);
            output.loss = loss;
        }
        graph.init = self.init;
        Ok(graph)
    }
}
