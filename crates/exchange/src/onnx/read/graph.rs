//! The layers that were read so far, with their weights.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use toddle::{Flatten, LayerSpec, Network, Reshape, Shape};

use super::value::{Order, Value};
use crate::ExchangeError;
use crate::growing::{Growing, unbuilt};
use crate::onnx::attributes::{name_of, refused};
use crate::onnx::proto::NodeProto;
use crate::onnx::tensor::Tensor;
use crate::params::odd;

/// What is known of a value of the graph.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    Constant(Rc<Tensor>),
    Value(Value),
}

impl Known {
    /// The constant.
    pub fn constant(this: &Option<Known>) -> Option<&Tensor> {
        match this {
            Some(Known::Constant(tensor)) => Some(tensor),
            _ => None,
        }
    }
}

/// A network that is being read.
#[derive(Default)]
pub(crate) struct Graph {
    pub layers: Growing,
    /// The parameters and the state, by their full names.
    numbers: BTreeMap<String, Vec<f32>>,
    /// The dense layers and norms without a bias of their own, which a sum may give them.
    pub open: HashSet<String>,
    /// The norms without factors of their own, which a product may give them.
    pub unscaled: HashSet<String>,
    /// How often the nodes and the outputs take each value of the file.
    pub uses: HashMap<String, usize>,
}

impl Graph {
    /// Adds a layer for `node`, called after `wanted` or else after the node.
    ///
    /// If the shape stays, the axes and the order of its value are those of the first value of `from`. Otherwise the axes
    /// are those of its shape, as many as the first value has.
    pub fn add(
        &mut self,
        node: &NodeProto,
        wanted: &str,
        layer: impl Into<LayerSpec>,
        from: &[&Value],
    ) -> Result<Value, ExchangeError> {
        let layer = layer.into();
        let wanted = if wanted.is_empty() { name_of(node) } else { wanted };
        let values: Vec<(&str, Shape)> = from.iter().map(|value| (&*value.name, value.shape)).collect();
        let (name, shape) = self.layers.add(wanted, layer.clone(), &values).map_err(|fault| {
            ExchangeError::new(
                format_args!("the node `{}` ({}) cannot be read", name_of(node), node.op_type()),
                "a layer that toddle has",
                format_args!("{layer}: {}", fault.because),
                fault.remedy,
            )
        })?;
        let Value { dims, order, .. } = from[0];
        Ok(match shape == from[0].shape {
            true => Value { name, ..from[0].clone() },
            false => Value::new(name, shape, dims.len(), *order),
        })
    }

    /// Sets the parameter or the state `part` of the layer that makes `value`.
    pub fn set(&mut self, value: &Value, part: &str, numbers: Vec<f32>) {
        self.numbers.insert(format!("{}.{part}", value.name), numbers);
    }

    /// The numbers that [`set`](Self::set) has set.
    pub fn numbers_of(&mut self, value: &Value, part: &str) -> Option<&mut Vec<f32>> {
        self.numbers.get_mut(&format!("{}.{part}", value.name))
    }

    /// Leaves the layer of a value as it is from now on.
    pub fn close(&mut self, value: &Value) {
        self.open.remove(&value.name);
        self.unscaled.remove(&value.name);
    }

    /// The value with the shape of its axes: one axis is a vector, two are the channels and the steps of a sequence, and
    /// three are an image.
    pub fn settled(&mut self, node: &NodeProto, value: &Value) -> Result<Value, ExchangeError> {
        if value.is_settled() {
            return Ok(value.clone());
        }
        let shape = match (&value.dims[..], value.order) {
            (&[size], Order::Same) => Shape::vector(size),
            (&[channels, steps], Order::Same) => Shape::image(channels, 1, steps),
            (&[channels, height, width], Order::Same) => Shape::image(channels, height, width),
            (&[steps, channels], Order::ChannelsLast) if channels == value.channels() => {
                Shape::image(channels, 1, steps)
            }
            (&[height, width, channels], Order::ChannelsLast) if channels == value.channels() => {
                Shape::image(channels, height, width)
            }
            _ => {
                let expected = "a vector, or a sequence or an image with its channels in front";
                let last = if value.is_in_order() { "" } else { ", whose elements have the channels last" };
                return Err(refused(node, expected, format_args!("{:?}{last}", value.dims)));
            }
        };
        self.reshaped(node, value, shape)
    }

    /// The value as a sequence or an image: a vector with several axes becomes one of one place.
    pub fn image(&mut self, node: &NodeProto, value: &Value) -> Result<Value, ExchangeError> {
        let value = self.settled(node, value)?;
        match value.shape {
            Shape::Vector(size) if value.dims.len() > 1 => {
                self.reshaped(node, &value, Shape::image(size, 1, 1))
            }
            _ => Ok(value),
        }
    }

    /// The value with its channels at the last axis. A value with a single channel or a single place has them there, too.
    /// None: they are at another axis.
    pub fn channels_last(&mut self, node: &NodeProto, value: &Value) -> Result<Option<Value>, ExchangeError> {
        if !value.is_in_order() {
            return self.settled(node, value).map(Some);
        }
        let shape = match value.dims[..] {
            [ref ones @ .., size] if ones.iter().all(|one| *one == 1) => Shape::image(size, 1, 1),
            [steps, 1] => Shape::image(1, 1, steps),
            [height, width, 1] => Shape::image(1, height, width),
            _ => return Ok(None),
        };
        if value.channels() == crate::window::channels(shape) {
            return Ok(Some(value.clone()));
        }
        self.reshaped(node, value, shape).map(Some)
    }

    /// The elements of the value in another shape. Its axes stay.
    pub fn reshaped(
        &mut self,
        node: &NodeProto,
        value: &Value,
        shape: Shape,
    ) -> Result<Value, ExchangeError> {
        let reshaped = match shape {
            _ if shape == value.shape => value.clone(),
            Shape::Vector(_) => self.add(node, "flat", Flatten, &[value])?,
            Shape::Image { .. } => self.add(node, "image", Reshape::new(shape), &[value])?,
        };
        let Value { dims, order, .. } = value.clone();
        Ok(Value { dims, order, ..reshaped })
    }

    /// The value as a vector, in toddle's order.
    pub fn vector(&mut self, node: &NodeProto, value: &Value) -> Result<Value, ExchangeError> {
        self.reshaped(node, value, Shape::vector(value.shape.size()))
    }

    /// Removes the layers and the inputs that no output depends on.
    pub fn prune(&mut self) {
        let spec = &mut self.layers.spec;
        let mut needed: HashSet<String> =
            spec.outputs.iter().filter_map(|output| output.from.clone()).collect();
        let names: Vec<String> = spec.layers.iter().filter_map(|placed| placed.name.clone()).collect();
        let mut before: Vec<String> =
            spec.inputs.last().map(|input| input.name.clone()).into_iter().collect();
        before.extend(names);
        for (placed, before) in spec.layers.iter_mut().zip(&before) {
            if placed.from.is_empty() {
                placed.from.push(before.clone());
            }
        }
        for placed in spec.layers.iter().rev() {
            if placed.name.as_ref().is_some_and(|name| needed.contains(name)) {
                needed.extend(placed.from.iter().cloned());
            }
        }
        spec.layers.retain(|placed| placed.name.as_ref().is_some_and(|name| needed.contains(name)));
        spec.inputs.retain(|input| needed.contains(&input.name));
        let mut before = spec.inputs.last().map(|input| input.name.clone());
        for placed in &mut spec.layers {
            if placed.from.len() == 1 && placed.from.first() == before.as_ref() {
                placed.from.clear();
            }
            before.clone_from(&placed.name);
        }
    }

    /// Builds the network, with its weights and its state.
    pub fn build(mut self) -> Result<Network<f32>, ExchangeError> {
        // The file has all weights, so that the memory for them is in proportion to the file.
        for param in self.layers.spec.layout().map_err(unbuilt)?.params() {
            self.check(&param.name, param.range.len())?;
        }
        let mut network = self.layers.spec.build::<f32>(0).map_err(unbuilt)?;
        let (layout, state_layout) = (network.layout().clone(), network.state_layout().clone());
        for param in layout.params() {
            let numbers = self.numbers.remove(&param.name).unwrap_or_default();
            network.weights_mut()[param.range.clone()].copy_from_slice(&numbers);
        }
        for param in state_layout.params() {
            self.check(&param.name, param.range.len())?;
            network.state_mut()[param.range.clone()].copy_from_slice(&self.numbers[&param.name]);
        }
        Ok(network)
    }

    /// Checks that the file has `size` finite numbers for a parameter.
    fn check(&self, name: &str, size: usize) -> Result<(), ExchangeError> {
        let numbers = self.numbers.get(name).map_or(&[][..], Vec::as_slice);
        let odd = odd(name, numbers);
        if numbers.len() == size && odd.is_none() {
            return Ok(());
        }
        let (kind, got) = odd
            .map_or(("numbers", format!("{} numbers", numbers.len())), |(kind, odd)| (kind, odd.to_string()));
        let expected = format!("{size} {kind} for `{name}`");
        let remedy = "writing the file again with the program that made it";
        Err(ExchangeError::new("the weights of the file cannot be used", expected, got, remedy))
    }
}
