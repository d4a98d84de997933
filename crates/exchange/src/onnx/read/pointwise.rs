//! Activations, sums, products and constants.

use toddle::{
    ClippedRelu, Concat, Conv2d, Dropout, Elu, Gelu, HardSigmoid, HardSwish, LayerSpec, LeakyRelu,
    LogSoftmax, Mish, Prelu, Product, Relu, Selu, Shape, Sigmoid, Softmax, SoftmaxAxis, Softplus, Softsign,
    Sum, Tanh, Upsample,
};

use super::value::{Elements, Order, Value};
use super::{Graph, Known, Operator};
use crate::ExchangeError;
use crate::onnx::tensor::{Data, Tensor};
use crate::window::plane;

/// The numbers of types, in a cast.
const FLOAT: i64 = 1;
const INT32: i64 = 6;
const INT64: i64 = 7;
const DOUBLE: i64 = 11;

/// The operator Sub with the constant in front.
const CONSTANT_LESS: &str = "constant - value";

impl Operator<'_> {
    /// An operator that is applied to each element.
    pub(super) fn activation(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let layer: LayerSpec = match self.node.op_type() {
            "Elu" => Elu { alpha: self.attributes.float("alpha", 1.0)? }.into(),
            "Gelu" => match &self.attributes.text("approximate", "none")?[..] {
                "none" => Gelu { approximate: false }.into(),
                "tanh" => Gelu { approximate: true }.into(),
                other => return Err(self.refused("approximate = none or tanh", other)),
            },
            "HardSigmoid" => {
                self.near("alpha", 0.2, 1.0 / 6.0)?;
                self.near("beta", 0.5, 0.5)?;
                HardSigmoid
            }
            "HardSwish" => HardSwish,
            "LeakyRelu" => LeakyRelu { slope: self.attributes.float("alpha", 0.01)? }.into(),
            "Mish" => Mish,
            "Relu" => Relu,
            "Selu" => {
                self.near("alpha", 1.673_263_2, 1.673_263_2)?;
                self.near("gamma", 1.050_701, 1.050_701)?;
                Selu
            }
            "Sigmoid" => Sigmoid,
            "Softplus" => Softplus::default().into(),
            "Softsign" => Softsign,
            "Tanh" => Tanh,
            _ => return Err(self.refused("an operator that toddle has a layer for", self.node.op_type())),
        };
        let x = self.value(0)?;
        graph.add(self.node, "", layer, &[x])
    }

    /// Checks that an attribute has the only value that toddle's layer has.
    fn near(&mut self, name: &str, default: f64, only: f64) -> Result<(), ExchangeError> {
        let value = self.attributes.float(name, default)?;
        if (value - only).abs() <= 1e-6 {
            Ok(())
        } else {
            Err(self.refused(format_args!("{name} = {only}"), value))
        }
    }

    /// A least and a greatest value.
    pub(super) fn clip(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let least = self.limit("min", 1, f64::NEG_INFINITY)?;
        let most = self.limit("max", 2, f64::INFINITY)?;
        let layer: LayerSpec = match (least, most) {
            (0.0, most) if most >= f32::MAX.into() => Relu,
            (0.0, max) => ClippedRelu { max }.into(),
            _ => return Err(self.refused("a least value of 0", format_args!("{least} to {most}"))),
        };
        graph.add(self.node, "", layer, &[self.value(0)?])
    }

    /// A number that is an attribute, or input `n`.
    pub(super) fn limit(&mut self, name: &str, n: usize, default: f64) -> Result<f64, ExchangeError> {
        let default = self.attributes.float(name, default)?;
        match self.constant(n)? {
            None => Ok(default),
            Some(Tensor { data: Data::Floats(values), .. }) if values.len() == 1 => {
                Ok(crate::numbers::decimal(values[0]))
            }
            Some(_) => Err(self.refused(format_args!("a number as input {n}"), "another constant")),
        }
    }

    pub(super) fn softmax(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let x = self.value(0)?.clone();
        let default = if self.opset < 13 { 1 } else { -1 };
        let given = self.attributes.int("axis", default)?;
        let refused = || {
            let expected = "all elements of a sample, or the channels of a sequence or an image";
            self.refused(expected, format_args!("axis = {given} of {:?}", x.dims))
        };
        let axis = x.axis(given).ok_or_else(refused)?;
        // Before operator set 13, a softmax was over all axes from this one on.
        let end = if self.opset < 13 { x.dims.len() } else { axis + 1 };
        let is_whole = x.dims[axis..end].iter().product::<usize>() == x.shape.size();
        let value = match is_whole && x.is_in_order() {
            true => graph.vector(self.node, &x)?,
            false if end > axis + 1 => return Err(refused()),
            false => self.with_channels(graph, &x)?,
        };
        let over = match value.shape {
            Shape::Vector(_) if is_whole => SoftmaxAxis::Elements,
            Shape::Image { .. } if value.channel_axis() == Some(axis) => SoftmaxAxis::Channels,
            _ => return Err(refused()),
        };
        let layer: LayerSpec = match self.node.op_type() {
            "Softmax" => Softmax { axis: over, ..Softmax::default() }.into(),
            _ => LogSoftmax { axis: over }.into(),
        };
        graph.add(self.node, "", layer, &[&value])
    }

    /// The value with channels that are one of its axes.
    fn with_channels(&self, graph: &mut Graph, x: &Value) -> Result<Value, ExchangeError> {
        if x.channel_axis().is_some() { Ok(x.clone()) } else { graph.settled(self.node, x) }
    }

    pub(super) fn dropout(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let mut rate = self.attributes.float("ratio", 0.5)?;
        if let Some(Tensor { data: Data::Floats(values), .. }) = self.constant(1)?
            && let &[only] = &values[..]
        {
            rate = crate::numbers::decimal(only);
        }
        if self.constant(2)?.is_some_and(|training| training.data != Data::Whole(vec![0])) {
            return Err(self.refused("training_mode = false", "a dropout that drops elements of inference"));
        }
        self.attributes.ignore(&["seed"]);
        let x = self.value(0)?;
        graph.add(self.node, "", Dropout::new(rate), &[x])
    }

    pub(super) fn cast(&mut self, graph: &Graph) -> Result<Value, ExchangeError> {
        let x = self.value(0)?.clone();
        let is_input = graph.layers.spec.inputs.iter().any(|input| input.name == x.name);
        let elements = match (x.elements, self.attributes.int("to", 0)?) {
            (Elements::Floats | Elements::Whole, FLOAT | DOUBLE) => Elements::Floats,
            (Elements::Floats, INT32 | INT64) if is_input => Elements::Cast,
            (Elements::Whole | Elements::Cast, INT32 | INT64) => x.elements,
            (_, other) => {
                let expected = "a cast to FLOAT, or of an input to class numbers";
                return Err(self.refused(expected, format_args!("type {other}")));
            }
        };
        Ok(Value { elements, ..x })
    }

    pub(super) fn prelu(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let x = self.value(0)?.clone();
        let slope = self.constant(1)?.ok_or_else(|| self.refused("slopes", "none"))?;
        let (x, slopes) = self.per_channel(graph, slope, &x)?;
        let wanted =
            self.name(1).strip_suffix(".slope").or(self.name(1).strip_suffix(".weight")).unwrap_or("");
        let per_channel = slope.len() > 1;
        let value = graph.add(self.node, wanted, Prelu { per_channel, ..Prelu::default() }, &[&x])?;
        graph.set(&value, "slope", if per_channel { slopes } else { vec![slopes[0]] });
        Ok(value)
    }

    /// The value, and one number for each of its channels, from a tensor that ONNX repeats along the other axes.
    fn per_channel(
        &self,
        graph: &mut Graph,
        tensor: &Tensor,
        x: &Value,
    ) -> Result<(Value, Vec<f32>), ExchangeError> {
        let wrong = || {
            let got = format!("a constant of shape {:?} for samples of {:?}", tensor.dims, x.dims);
            self.refused("a number, or one for each channel", got)
        };
        let Data::Floats(values) = &tensor.data else { return Err(wrong()) };
        if tensor.dims.len() > 1 + x.dims.len() {
            return Err(wrong());
        }
        if let [only] = values[..] {
            return Ok((x.clone(), vec![only; x.channels()]));
        }
        let x = self.with_channels(graph, x)?;
        let rank = 1 + x.dims.len();
        // The axis of the channels in the tensor, whose axes are the last ones of the value.
        let axis = x.channel_axis().and_then(|axis| (1 + axis + tensor.dims.len()).checked_sub(rank));
        match axis {
            Some(axis) if values.len() == x.channels() && tensor.dims.get(axis) == Some(&values.len()) => {
                Ok((x, values.clone()))
            }
            _ => Err(wrong()),
        }
    }

    /// A sum, a difference, a product or a quotient.
    pub(super) fn arithmetic(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let operator = self.node.op_type().to_owned();
        match (&self.inputs[..], &operator[..]) {
            ([Some(Known::Value(x))], "Sum") => Ok(x.clone()),
            ([Some(Known::Value(x)), Some(Known::Constant(constant))], _) => {
                let (x, constant) = (x.clone(), constant.clone());
                self.with_constant(graph, &x, &constant, &operator)
            }
            ([Some(Known::Constant(constant)), Some(Known::Value(x))], "Add" | "Mul" | "Sum") => {
                let (x, constant) = (x.clone(), constant.clone());
                self.with_constant(graph, &x, &constant, &operator)
            }
            ([Some(Known::Constant(constant)), Some(Known::Value(x))], "Sub") => {
                let (x, constant) = (x.clone(), constant.clone());
                self.with_constant(graph, &x, &constant, CONSTANT_LESS)
            }
            (_, "Add" | "Sum") => self.join(graph, Sum, self.values()?),
            (_, "Mul") => self.join(graph, Product, self.values()?),
            (_, "Sub") => {
                let mut values = self.values()?;
                if let Some(subtracted) = values.last_mut() {
                    *subtracted = self.negative(graph, subtracted)?;
                }
                self.join(graph, Sum, values)
            }
            _ => Err(self.refused(
                "sums, differences and products of values, or a quotient with a constant below",
                format_args!("{operator} of other values"),
            )),
        }
    }

    /// Several values of one shape.
    fn join(
        &self,
        graph: &mut Graph,
        layer: LayerSpec,
        mut values: Vec<Value>,
    ) -> Result<Value, ExchangeError> {
        if values.iter().any(|value| value.shape != values[0].shape) {
            for value in &mut values {
                *value = graph.image(self.node, value)?;
            }
            self.repeat(graph, &mut values)?;
        }
        let is_other = |value: &&Value| {
            value.dims != values[0].dims || value.order != values[0].order || value.shape != values[0].shape
        };
        if let Some(other) = values.iter().find(is_other) {
            let got = format!("{:?} and {:?}", values[0].dims, other.dims);
            return Err(self.refused("values of one shape", got));
        }
        graph.add(self.node, "", layer, &values.iter().collect::<Vec<_>>())
    }

    /// Repeats the values of one place along the rows and columns of the others.
    fn repeat(&self, graph: &mut Graph, values: &mut [Value]) -> Result<(), ExchangeError> {
        let places = |value: &Value| value.shape.size() / value.channels();
        let largest = values.iter().max_by_key(|value| places(value)).filter(|largest| places(largest) > 1);
        let Some(largest) = largest.cloned() else { return Ok(()) };
        for value in values.iter_mut().filter(|value| places(value) == 1) {
            if value.channel_axis() == largest.channel_axis() && value.dims.len() == largest.dims.len() {
                let image = graph.add(self.node, "", Upsample::new(plane(largest.shape)), &[value])?;
                *value = Value { dims: largest.dims.clone(), order: largest.order, ..image };
            }
        }
        Ok(())
    }

    /// The value times −1.
    pub(super) fn negative(&self, graph: &mut Graph, x: &Value) -> Result<Value, ExchangeError> {
        self.with_constant(graph, x, &Tensor::floats(Vec::new(), vec![-1.0]), "Mul")
    }

    /// All inputs, which are computed values.
    fn values(&self) -> Result<Vec<Value>, ExchangeError> {
        (0..self.inputs.len()).map(|n| self.value(n).cloned()).collect()
    }

    pub(super) fn concat(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let axis = self.attributes.int("axis", 1)?;
        let values = self.values()?;
        let [first, others @ ..] = &values[..] else { return Err(self.refused("values", "none")) };
        if others.is_empty() {
            return Ok(first.clone());
        }
        let along = first.axis(axis);
        let mut joined = Vec::new();
        for value in &values {
            joined.push(if along == Some(0) {
                Some(graph.settled(self.node, value)?).filter(Value::is_in_order)
            } else if along.is_some() && along == first.dims.len().checked_sub(1) {
                graph.channels_last(self.node, value)?
            } else {
                None
            });
        }
        let rest = |value: &Value| {
            let mut dims = value.dims.clone();
            along.filter(|along| *along < dims.len()).map(|along| dims.remove(along));
            dims
        };
        let Some(joined) = joined
            .into_iter()
            .collect::<Option<Vec<Value>>>()
            .filter(|joined| joined.iter().all(|value| rest(value) == rest(first)))
        else {
            let shapes: Vec<&[usize]> = values.iter().map(|value| &value.dims[..]).collect();
            return Err(
                self.refused("values along their channels", format_args!("axis = {axis} of {shapes:?}"))
            );
        };
        let value = graph.add(self.node, "", Concat, &joined.iter().collect::<Vec<_>>())?;
        let order = if along == Some(0) { Order::Same } else { Order::ChannelsLast };
        let mut dims = rest(first);
        dims.insert(along.unwrap_or_default(), value.channels());
        Ok(Value { dims, order, ..value }.with_order())
    }

    /// A value and a constant. It becomes a weight of the dense layer or the norm before it, or a convolution of one pixel.
    fn with_constant(
        &self,
        graph: &mut Graph,
        x: &Value,
        constant: &Tensor,
        operator: &str,
    ) -> Result<Value, ExchangeError> {
        let (x, numbers) = self.per_channel(graph, constant, x)?;
        let (scales, shifts): (Vec<f32>, Vec<f32>) = match operator {
            "Add" | "Sum" => (vec![1.0; numbers.len()], numbers),
            "Sub" => (vec![1.0; numbers.len()], numbers.iter().map(|number| -number).collect()),
            CONSTANT_LESS => (vec![-1.0; numbers.len()], numbers),
            "Mul" => (numbers.clone(), vec![0.0; numbers.len()]),
            _ => (numbers.iter().map(|number| 1.0 / number).collect(), vec![0.0; numbers.len()]),
        };
        if operator == "Mul"
            && graph.unscaled.remove(&x.name)
            && let Some(weight) = graph.numbers_of(&x, "weight")
        {
            *weight = scales;
            return Ok(x);
        }
        if matches!(operator, "Add" | "Sum" | "Sub")
            && graph.open.remove(&x.name)
            && let Some(bias) = graph.numbers_of(&x, "bias")
        {
            *bias = shifts;
            graph.close(&x);
            return Ok(x);
        }
        let channels = x.channels();
        let shape = match x.shape {
            Shape::Vector(size) => Shape::image(size, 1, 1),
            image => image,
        };
        let image = graph.reshaped(self.node, &x, shape)?;
        let conv = Conv2d::depthwise(channels, 1);
        let value = graph.add(self.node, "", conv, &[&image])?;
        graph.set(&value, "weight", scales);
        graph.set(&value, "bias", shifts);
        graph.reshaped(self.node, &value, x.shape)
    }
}
