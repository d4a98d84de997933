//! Networks with integers of eight bits, for processors that multiply integers faster than floating-point numbers.
//!
//! | file | idea |
//! |---|---|
//! | `number.rs` | numbers as integers |
//! | `ranges.rs` | the range of each value, from calibration samples |
//! | `weights.rs` | weights as integers, with batch norm folded into them |
//! | `build.rs` | from a network to steps of integers |
//! | `step.rs` | the steps |
//! | `reference.rs` | the steps, computed in Rust |
//!
//! [`c::encode_int8`](crate::c::encode_int8) writes the steps as C.

mod build;
pub(crate) mod number;
mod ranges;
pub(crate) mod reference;
pub(crate) mod step;
mod weights;

use std::thread;

use toddle::{Network, Shape};

use self::build::Builder;
use self::step::{Step, Target, Value};
use crate::ExchangeError;
use crate::calls::memory::Places;
use crate::calls::{Needs, Program, plain};

/// A network with integers of eight bits, made from a trained one.
///
/// A number `r` of a value is the integer `q` with `r = s·(q − z)`. The step `s` and the zero `z` of a value are such
/// that −128 to 127 are the range of the value for the calibration samples, widened to 0. A value that is 0 for all of them
/// has the range 0 to 1. If an activation alone reads the value, the range ends where the integers of the
/// activation no longer change.
///
/// Weights have a step for each filter, or for each output of a dense layer, and no zero: `w = s_w·q_w` with `q_w` from
/// −127 to 127. The sums of a layer have 32 bits:
///
/// ```text
/// sum[k] = bias[k] + Σ q_w[k,i]·(q_x[i] − z_x)        bias[k] = round(b[k]/(s_x·s_w[k]))
/// q_y[k] = saturated(z_y + round(sum[k]·m[k]/2^n[k]))  m[k]/2^n[k] ≈ s_x·s_w[k]/s_y, m[k] of 31 bits
/// ```
///
/// Halves are rounded away from 0. The outputs of a last layer with weights are `s_x·s_w[k]·sum[k]` in floating point,
/// without the step to eight bits. A norm of each sample sums integers and their squares, and computes the rest with
/// floating-point numbers. No other step but the quantization of the inputs, and a softmax at the end, computes with
/// floating-point numbers.
///
/// | layers | with integers |
/// |---|---|
/// | `conv2d`, `conv1d`, `conv_transpose2d`, `dense` | as above |
/// | `embedding` of inputs | a table of integers |
/// | `group_norm`, `layer_norm` | integers, up to the mean and the variance |
/// | `batch_norm` | folded into the layer with weights before it, or a convolution of 1×1 by itself |
/// | `relu`, `clipped_relu` behind a layer with weights, a sum or a product | the saturation |
/// | other activations of each element | a table of 256 integers |
/// | `prelu` | a factor, and another one for the negative elements of each channel |
/// | pooling | the greatest integer; the sum of the window, times a factor |
/// | `pad`, `crop`, `upsample` with the nearest element | the integers at other places |
/// | `concat`, `sum`, `product` | the integers of each value, times a factor |
/// | `flatten`, `reshape`, `dropout` … | nothing |
/// | `softmax`, `log_softmax` as the last layer | of the outputs, in floating point |
///
/// ```
/// use toddle::{Dense, NetworkSpec, Relu, Shape};
/// use toddle_exchange::int8::Quantized;
///
/// let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(8)).add(Relu).add(Dense::new(1));
/// let network = spec.build::<f32>(7)?;
/// let samples = [1.0, 0.0, 0.5, -1.0, -1.0, 0.25];
/// let quantized = Quantized::new(&network, &samples)?;
/// for (y, expected) in quantized.predict(&samples)?.into_iter().zip(network.predict(&samples)?) {
///     assert!((y - expected).abs() < 0.02);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See B. Jacob et al., *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference*,
/// 2018.
#[derive(Debug)]
pub struct Quantized {
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    pub(crate) values: Vec<Value>,
    pub(crate) steps: Vec<Step>,
    /// The place of each value in one buffer.
    pub(crate) places: Vec<usize>,
    needs: Needs,
    float: Needs,
}

impl Quantized {
    /// `network` with integers of eight bits. `calibration` are inputs of samples, one after the other, such as some
    /// hundreds of the training: they decide the range of each value.
    ///
    /// # Errors
    /// There are no calibration samples, a value of theirs is not finite, a layer has no form with integers, or the sums of a
    /// layer may overflow. The error names the layer.
    pub fn new(network: &Network<f32>, calibration: &[f32]) -> Result<Quantized, ExchangeError> {
        let ranges = ranges::ranges(network, calibration)?;
        let Builder { values, steps, .. } = Builder::of(network, ranges)?;
        let (places, ram) = places(&values, &steps);
        let mut needs = Needs { flash: 0, ram, multiply_adds: 0 };
        for step in &steps {
            needs.flash += flash(step);
            if let Step::Linear(linear) = step {
                needs.multiply_adds += linear.multiply_adds(values[linear.from].size);
            }
        }
        let plain = plain(network)?;
        let float = Program::of(plain.as_ref().unwrap_or(network), "C")?.needs();
        let (input, output) = (network.input(), network.output());
        Ok(Quantized { input, output, values, steps, places, needs, float })
    }

    /// The outputs for the samples `x`, one after the other. The file that [`c::encode_int8`](crate::c::encode_int8) writes gives
    /// the same bits.
    ///
    /// # Errors
    /// `x` is not whole samples.
    pub fn predict(&self, x: &[f32]) -> Result<Vec<f32>, ExchangeError> {
        let (inputs, outputs) = (self.input.size(), self.output.size());
        if !x.len().is_multiple_of(inputs) {
            return Err(ExchangeError::new(
                "the network cannot answer",
                format_args!("whole samples of {inputs} elements"),
                format_args!("{} elements", x.len()),
                "whole samples",
            ));
        }
        let samples = x.len() / inputs;
        let mut y = vec![0.0; samples * outputs];
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let each = samples.div_ceil(workers).max(1);
        thread::scope(|scope| {
            for (x, y) in x.chunks(each * inputs).zip(y.chunks_mut(each * outputs)) {
                scope.spawn(move || {
                    for (x, y) in x.chunks(inputs).zip(y.chunks_mut(outputs)) {
                        reference::run(self, x, y);
                    }
                });
            }
        });
        Ok(y)
    }

    /// What a microcontroller needs for it.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// What a microcontroller needs for the same network with floating-point numbers of 32 bits.
    pub fn float_needs(&self) -> Needs {
        self.float
    }
}

/// The place of each value in one buffer, and the length of the buffer.
fn places(values: &[Value], steps: &[Step]) -> (Vec<usize>, usize) {
    let mut last = vec![0; values.len()];
    for (n, step) in steps.iter().enumerate() {
        step.reads().iter().copied().chain(step.writes()).for_each(|value| last[value] = n);
    }
    // The value whose place each value has.
    let mut home: Vec<usize> = (0..values.len()).collect();
    for (n, step) in steps.iter().enumerate() {
        let read_last = step.each_element().iter().find(|&&value| last[value] == n);
        if let (Some(to), Some(&from)) = (step.writes(), read_last) {
            home[to] = home[from];
            last[home[from]] = last[to];
        }
    }
    let mut places: Vec<Option<usize>> = vec![None; values.len()];
    let mut buffer = Places::default();
    for (n, step) in steps.iter().enumerate() {
        if let Some(value) = step.writes().map(|to| home[to]) {
            places[value].get_or_insert_with(|| buffer.take(n, values[value].size, last[value]));
        }
    }
    (home.into_iter().map(|value| places[value].unwrap_or_default()).collect(), buffer.size)
}

/// The bytes of the constants of a step.
fn flash(step: &Step) -> usize {
    match step {
        Step::Linear(linear) => {
            let each = match linear.target {
                // A factor and its shift.
                Target::Value { .. } => size_of::<i32>() + size_of::<u8>(),
                Target::Outputs { .. } => size_of::<f32>(),
            };
            linear.weights.len() + linear.filters() * (size_of::<i32>() + each)
        }
        Step::Embedding { table, .. } => table.len(),
        Step::Norm { factors, summands, .. } => size_of::<f32>() * (factors.len() + summands.len()),
        Step::Table { table, .. } => table.len(),
        Step::Prelu { negative, .. } => negative.len() * (size_of::<i32>() + size_of::<u8>()),
        _ => 0,
    }
}
