//! The steps of a network of integers.

use super::number::{Factor, Scale};
use crate::calls::{Axis, Side};

/// A value of eight bits, for a sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value {
    /// The number of elements.
    pub size: usize,
    pub scale: Scale,
}

/// A step. `from` and `to` are values, by their number.
#[derive(Debug)]
pub(crate) enum Step {
    /// The inputs from `begin` on, as integers.
    Quantize { begin: usize, to: usize },
    /// The rows of a table, by the class numbers that are the inputs from `begin` on.
    Embedding { begin: usize, to: usize, layer: String, table: Vec<i8>, features: usize },
    /// A layer with weights.
    Linear(Box<Linear>),
    /// Each element less the mean of its group, divided by the deviation of the group, then times a factor, plus a summand.
    /// The factors and the summands are in steps of the output, and `step` is that of the input, divided by the elements
    /// of a group.
    Norm {
        from: usize,
        to: usize,
        layer: String,
        groups: usize,
        factors: Vec<f32>,
        summands: Vec<f32>,
        step: f32,
        epsilon: f32,
    },
    /// `y = table[x + 128]` for each element.
    Table { from: usize, to: usize, layer: String, table: Box<[i8; 256]> },
    /// The greatest element of each window.
    MaxPool { from: usize, to: usize, channels: usize, axes: [Axis; 2] },
    /// The average of each window. `padded` are the rows and columns with padding, if padding counts.
    AvgPool { from: usize, to: usize, channels: usize, padded: [usize; 2], axes: [Axis; 2], factor: Factor },
    /// Elements at other places of an image. Places without an element have the integer `outside`.
    Place { from: usize, to: usize, channels: usize, outside: i8, sides: [Side; 2] },
    /// Each element times a factor. Negative elements have that of their channel.
    Prelu { from: usize, to: usize, layer: String, positive: Factor, negative: Vec<Factor> },
    /// A value as the elements of another one from `begin` on: a part of a concatenation.
    Rescale { from: usize, to: usize, begin: usize, factor: Factor },
    /// The sum of several values, each with its factor.
    Sum { from: Vec<usize>, to: usize, factors: Vec<i32>, shift: u8 },
    /// The product of several values.
    Product { from: Vec<usize>, to: usize, factor: Factor },
    /// A value as outputs from `begin` on.
    Dequantize { from: usize, begin: usize },
    /// Softmax of the outputs from `begin` on, or its logarithm.
    Softmax { begin: usize, channels: usize, places: usize, logarithm: bool },
}

/// A layer with weights: `sum[k] = bias[k] + Σ w[k,i] · (x[i] − zero)` for each filter `k`.
#[derive(Debug)]
pub(crate) struct Linear {
    /// The name of the layer.
    pub layer: String,
    pub from: usize,
    pub form: Form,
    /// The weights of the first filter, then those of the second one.
    pub weights: Vec<i8>,
    /// A number for each filter.
    pub bias: Vec<i32>,
    pub target: Target,
}

/// How the weights of a filter meet the elements of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// A filter takes all elements.
    Dense,
    /// A filter takes the windows of the channels of its group.
    Conv { channels: usize, groups: usize, axes: [Axis; 2] },
    /// The transpose of a convolution, whose windows these are.
    Turned { channels: usize, groups: usize, axes: [Axis; 2] },
}

/// What the sums become.
#[derive(Debug)]
pub(crate) enum Target {
    /// Integers of eight bits, with a factor for each filter.
    Value { to: usize, factors: Vec<Factor> },
    /// Outputs from `begin` on, with a factor for each filter.
    Outputs { begin: usize, steps: Vec<f32> },
}

impl Step {
    /// The values that it reads.
    pub fn reads(&self) -> &[usize] {
        match self {
            Step::Quantize { .. } | Step::Embedding { .. } | Step::Softmax { .. } => &[],
            Step::Linear(linear) => std::slice::from_ref(&linear.from),
            Step::Table { from, .. }
            | Step::MaxPool { from, .. }
            | Step::AvgPool { from, .. }
            | Step::Norm { from, .. }
            | Step::Place { from, .. }
            | Step::Prelu { from, .. }
            | Step::Rescale { from, .. }
            | Step::Dequantize { from, .. } => std::slice::from_ref(from),
            Step::Sum { from, .. } | Step::Product { from, .. } => from,
        }
    }

    /// The values that it reads, if each element that it writes depends on the same element of them alone: it may write in their
    /// place.
    pub fn each_element(&self) -> &[usize] {
        match self {
            Step::Table { .. } | Step::Prelu { .. } | Step::Sum { .. } | Step::Product { .. } => self.reads(),
            _ => &[],
        }
    }

    /// The value that it writes. None: it writes outputs.
    pub fn writes(&self) -> Option<usize> {
        match self {
            Step::Linear(linear) => match linear.target {
                Target::Value { to, .. } => Some(to),
                Target::Outputs { .. } => None,
            },
            Step::Quantize { to, .. }
            | Step::Embedding { to, .. }
            | Step::Norm { to, .. }
            | Step::Table { to, .. }
            | Step::MaxPool { to, .. }
            | Step::AvgPool { to, .. }
            | Step::Place { to, .. }
            | Step::Prelu { to, .. }
            | Step::Rescale { to, .. }
            | Step::Sum { to, .. }
            | Step::Product { to, .. } => Some(*to),
            Step::Dequantize { .. } | Step::Softmax { .. } => None,
        }
    }
}

impl Linear {
    /// The number of filters.
    pub fn filters(&self) -> usize {
        self.bias.len()
    }

    /// The number of sums of a filter.
    pub fn places(&self) -> usize {
        match self.form {
            Form::Dense => 1,
            Form::Conv { axes: [Axis(rows), Axis(columns)], .. } => rows[1] * columns[1],
            Form::Turned { axes: [Axis(rows), Axis(columns)], .. } => rows[0] * columns[0],
        }
    }

    /// The multiply-adds of a sample.
    pub fn multiply_adds(&self, inputs: usize) -> usize {
        match self.form {
            Form::Dense | Form::Conv { .. } => self.places() * self.weights.len(),
            Form::Turned { channels, .. } => inputs / channels * self.weights.len(),
        }
    }
}
