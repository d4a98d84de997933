//! Sequential and functional models, and models in models.

use serde_json::Value as Json;

use super::call::Call;
use super::nodes::{Described, INPUT, Nodes};
use super::reader::{Reader, Value, shape_of_dims};
use super::settings::{Settings, refused, short};
use crate::ExchangeError;

impl Reader {
    /// Reads a model, whose weights are at `path`. A model in a model takes the values `given`. Returns the outputs with
    /// their names.
    pub fn model(
        &mut self,
        json: &Json,
        path: &str,
        given: Option<Vec<Value>>,
    ) -> Result<Vec<(String, Value)>, ExchangeError> {
        let model = Nodes::of(json, path)?;
        let name = super::nodes::text(json, "/config/name");
        let class = super::nodes::text(json, "/class_name");
        let calls = model.layers.len().max(model.nodes.len());
        self.left = self.left.checked_sub(calls).ok_or_else(|| {
            refused(
                name,
                class,
                "fewer layers, those of models in the model counted for each call",
                "more than 5,000",
            )
        })?;
        if let Some(given) = given.as_ref().filter(|given| given.len() != model.inputs.len()) {
            let expected = format!("{} inputs", model.inputs.len());
            return Err(refused(name, class, expected, given.len()));
        }
        let takers = model.takers();
        let mut values: Vec<Vec<Value>> = vec![Vec::new(); model.nodes.len()];
        for node in model.in_order()? {
            let layer = &model.layers[model.nodes[node].layer];
            let mut from = Vec::new();
            for (made, output) in &model.nodes[node].from {
                from.push(values[*made].get(*output).cloned().ok_or_else(|| {
                    refused(
                        layer.name,
                        layer.class,
                        "a value of a layer before it",
                        format_args!("output {output}"),
                    )
                })?);
            }
            let given = match model.inputs.iter().position(|&input| input == node) {
                Some(input) => given.as_ref().map(|given| given[input].clone()),
                None => None,
            };
            let is_moved = || {
                let layers = takers[node].iter().map(|&taker| &model.layers[model.nodes[taker].layer]);
                !takers[node].is_empty() && layers.clone().all(moves_channels_last)
            };
            values[node] = match layer.class {
                INPUT => vec![self.input(layer, given)?],
                "Functional" | "Sequential" => {
                    let outputs = self.model(layer.json, &layer.path, Some(from))?;
                    outputs.into_iter().map(|(_, value)| value).collect()
                }
                _ => vec![Call::new(layer, from, is_moved())?.read(self)?],
            };
        }
        let outputs = model.outputs.into_iter().map(|(name, (node, output))| {
            let value = values[node].get(output).cloned();
            let value = value.ok_or_else(|| refused(&name, class, "an output of a layer", "another"))?;
            Ok((name, value))
        });
        outputs.collect()
    }

    /// An input, which is the value `given` in a model of a model.
    fn input(&mut self, layer: &Described<'_>, given: Option<Value>) -> Result<Value, ExchangeError> {
        let mut settings = Settings::new(layer.name, layer.class, layer.config);
        let shape = settings.take("batch_shape");
        settings.ignore(&["optional"]);
        settings.only("sparse", false)?;
        settings.only("ragged", false)?;
        let sizes = shape.and_then(Json::as_array).and_then(|shape| shape.get(1..));
        let sizes = sizes.and_then(|sizes| sizes.iter().map(Json::as_u64).collect::<Option<Vec<u64>>>());
        let dims: Option<Vec<usize>> =
            sizes.and_then(|sizes| sizes.into_iter().map(|size| usize::try_from(size).ok()).collect());
        let known = dims.and_then(|dims| Some((shape_of_dims(&dims)?, dims.len())));
        let Some((shape, rank)) = known else {
            let expected =
                "sizes that are known, of elements, of steps and channels, or of rows, columns and channels";
            return Err(settings.refused(expected, shape.map_or_else(|| "none".into(), short)));
        };
        match given {
            Some(value) if value.shape == shape && value.rank == rank => Ok(value),
            Some(value) => Err(settings.refused(shape, format_args!("{}", value.shape))),
            None => {
                settings.finish()?;
                let name = self.layers.input(layer.name, shape);
                Ok(Value { name, shape, rank, is_channels_first: false })
            }
        }
    }
}

/// Whether a layer moves the channels of an image from the first axis to the last.
fn moves_channels_last(layer: &Described<'_>) -> bool {
    layer.class == "Permute" && layer.config["dims"] == serde_json::json!([2, 3, 1])
}
