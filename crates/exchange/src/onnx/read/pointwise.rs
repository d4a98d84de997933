//! Activations, sums, products and constants.

use toddle::{
    ClippedRelu, Concat, Conv2d, Dropout, Elu, Gelu, HardSigmoid, HardSwish, LayerSpec, LeakyRelu,
    LogSoftmax, Mish, Prelu, Product, Relu, Reshape, Selu, Shape, Sigmoid, Softmax, SoftmaxAxis, Softplus,
    Softsign, Sum, Tanh,
};

use super::value::{Order, Value};
use super::{Graph, Known, Operator};
use crate::ExchangeError;
use crate::onnx::tensor::{Data, Tensor};

/// The number of the type `FLOAT`, in a cast.
const FLOAT: i64 = 1;

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
        let rank = 1 + x.dims().len() as i64;
        let is_channels = given == x.channel_axis() as i64 || given == x.channel_axis() as i64 - rank;
        let axis = match (x.shape, x.order) {
            (Shape::Vector(_), Order::Same) if is_channels => SoftmaxAxis::Elements,
            // Before operator set 13, a softmax was over all axes from this one on.
            (Shape::Image { .. }, _) if is_channels && self.opset >= 13 => SoftmaxAxis::Channels,
            _ => {
                let expected = "a vector of each sample, or the channels of an image";
                return Err(self.refused(expected, format_args!("axis = {given} of {:?}", x.dims())));
            }
        };
        let is_softmax = self.node.op_type() == "Softmax";
        let layer: LayerSpec = match is_softmax {
            true => Softmax { axis, ..Softmax::default() }.into(),
            false => LogSoftmax { axis }.into(),
        };
        graph.add(self.node, "", layer, &[&x])
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

    pub(super) fn cast(&mut self) -> Result<Value, ExchangeError> {
        match self.attributes.int("to", 0)? {
            FLOAT => self.value(0).cloned(),
            other => Err(self.refused("a cast to FLOAT", format_args!("type {other}"))),
        }
    }

    pub(super) fn prelu(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let x = self.value(0)?.clone();
        let slope = self.constant(1)?.ok_or_else(|| self.refused("slopes", "none"))?;
        let slopes = self.per_channel(slope, &x)?;
        let wanted =
            self.name(1).strip_suffix(".slope").or(self.name(1).strip_suffix(".weight")).unwrap_or("");
        let per_channel = slope.len() > 1;
        if per_channel && !x.is_in_order() {
            return Err(self.refused("channels in front of rows and columns", format_args!("{:?}", x.dims())));
        }
        let value = graph.add(self.node, wanted, Prelu { per_channel, ..Prelu::default() }, &[&x])?;
        graph.set(&value, "slope", if per_channel { slopes } else { vec![slopes[0]] });
        Ok(value)
    }

    /// One number for each channel of `x`, from a tensor that ONNX repeats along the other axes.
    fn per_channel(&self, tensor: &Tensor, x: &Value) -> Result<Vec<f32>, ExchangeError> {
        let wrong = || {
            let got = format!("a constant of shape {:?} for samples of {:?}", tensor.dims, x.dims());
            self.refused("a number, or one for each channel", got)
        };
        let Data::Floats(values) = &tensor.data else { return Err(wrong()) };
        if let [only] = values[..] {
            return Ok(vec![only; x.channels()]);
        }
        let rank = 1 + x.dims().len();
        let axis =
            rank.checked_sub(tensor.dims.len()).and_then(|missing| x.channel_axis().checked_sub(missing));
        let is_of_channels =
            |axis: usize| values.len() == x.channels() && tensor.dims.get(axis) == Some(&values.len());
        match axis {
            Some(axis) if is_of_channels(axis) && !matches!(x.order, Order::FlatChannelsLast { .. }) => {
                Ok(values.clone())
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
            (_, "Add" | "Sum") => self.join(graph, Sum),
            (_, "Mul") => self.join(graph, Product),
            _ => Err(self.refused(
                "sums and products of values, their differences from a constant, or a quotient with a constant below",
                format_args!("{operator} of other values"),
            )),
        }
    }

    /// Several values of one shape.
    fn join(&mut self, graph: &mut Graph, layer: LayerSpec) -> Result<Value, ExchangeError> {
        let values = (0..self.inputs.len()).map(|n| self.value(n).cloned()).collect::<Result<Vec<_>, _>>()?;
        if let Some(other) =
            values.iter().find(|value| value.shape != values[0].shape || value.order != values[0].order)
        {
            let got = format!("{:?} and {:?}", values[0].dims(), other.dims());
            return Err(self.refused("values of one shape", got));
        }
        let values: Vec<&Value> = values.iter().collect();
        graph.add(self.node, "", layer, &values)
    }

    pub(super) fn concat(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let axis = self.attributes.int("axis", 1)?;
        let values = (0..self.inputs.len()).map(|n| self.value(n).cloned()).collect::<Result<Vec<_>, _>>()?;
        let [first, ..] = &values[..] else { return Err(self.refused("values", "none")) };
        if values.len() == 1 {
            return Ok(first.clone());
        }
        let rank = 1 + first.dims().len() as i64;
        let along = if axis < 0 { axis.saturating_add(rank) } else { axis };
        let is_right =
            along == first.channel_axis() as i64 && !matches!(first.order, Order::FlatChannelsLast { .. });
        if !is_right || values.iter().any(|value| value.order != first.order) {
            let shapes: Vec<Vec<usize>> = values.iter().map(Value::dims).collect();
            return Err(
                self.refused("values along their channels", format_args!("axis = {axis} of {shapes:?}"))
            );
        }
        let values: Vec<&Value> = values.iter().collect();
        graph.add(self.node, "", Concat, &values)
    }

    /// A value and a constant. It becomes a weight of the dense layer or the norm before it, or a convolution of one pixel.
    fn with_constant(
        &mut self,
        graph: &mut Graph,
        x: &Value,
        constant: &Tensor,
        operator: &str,
    ) -> Result<Value, ExchangeError> {
        let numbers = self.per_channel(constant, x)?;
        let (scales, shifts): (Vec<f32>, Vec<f32>) = match operator {
            "Add" | "Sum" => (vec![1.0; numbers.len()], numbers),
            "Sub" => (vec![1.0; numbers.len()], numbers.iter().map(|number| -number).collect()),
            CONSTANT_LESS => (vec![-1.0; numbers.len()], numbers),
            "Mul" => (numbers.clone(), vec![0.0; numbers.len()]),
            _ => (numbers.iter().map(|number| 1.0 / number).collect(), vec![0.0; numbers.len()]),
        };
        if operator == "Mul"
            && graph.unscaled.remove(&x.name)
            && let Some(weight) = graph.numbers_of(x, "weight")
        {
            *weight = scales;
            return Ok(x.clone());
        }
        if matches!(operator, "Add" | "Sum" | "Sub")
            && graph.open.remove(&x.name)
            && let Some(bias) = graph.numbers_of(x, "bias")
        {
            *bias = shifts;
            graph.close(x);
            return Ok(x.clone());
        }
        let channels = x.channels();
        let image = match x.shape {
            Shape::Vector(_) => {
                graph.add(self.node, "pixel", Reshape::new(Shape::image(channels, 1, 1)), &[x])?
            }
            Shape::Image { .. } => x.clone(),
        };
        let conv = Conv2d::depthwise(channels, 1);
        let value = graph.add(self.node, "", conv, &[&image])?;
        graph.set(&value, "weight", scales);
        graph.set(&value, "bias", shifts);
        match x.shape {
            Shape::Vector(_) => graph.vector(self.node, &value),
            Shape::Image { .. } => Ok(value),
        }
    }
}
