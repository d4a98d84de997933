//! A network with integers of eight bits as C.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::MARK;
use super::self_test::self_test;
use super::text::{array, axis, integers, literal, side};
use crate::calls::{Axis, Library, Source, identifier};
use crate::int8::Quantized;
use crate::int8::number::Factor;
use crate::int8::reference::inverse;
use crate::int8::step::{Form, Linear, Step, Target};
use crate::{ExchangeError, Needs};

/// The functions in C.
pub(crate) const LIBRARY: Library = Library {
    text: concat!(include_str!("elements.c"), include_str!("library.c"), include_str!("int8.c")),
    ..super::LIBRARY
};

/// A network with integers of eight bits as one file of C99, with the function `int NAME_predict(const float *x, float *y)`.
///
/// The function gives the bits of [`Quantized::predict`]. The file has no allocation. Its buffer is static, so the function
/// must not be called by two threads at once.
///
/// `x` are inputs of samples, one after the other. The file has them with their outputs for a self-test, which is
/// compiled if `NAME_TEST` is defined.
///
/// ```
/// use toddle::{Dense, NetworkSpec, Shape};
/// use toddle_exchange::{c, int8::Quantized};
///
/// let network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f32>(7)?;
/// let samples = [1.0, 0.0, 0.5, -1.0];
/// let source = c::encode_int8(&Quantized::new(&network, &samples)?, "gate", &samples)?;
/// assert!(source.text.contains("int gate_predict(const float *x, float *y)"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// `x` is not whole samples.
pub fn encode_int8(quantized: &Quantized, name: &str, x: &[f32]) -> Result<Source, ExchangeError> {
    let name = identifier(name);
    let mut file = File {
        quantized,
        name: &name,
        functions: BTreeSet::new(),
        constants: String::new(),
        calls: String::new(),
    };
    for (n, step) in quantized.steps.iter().enumerate() {
        file.step(n, step);
    }
    let File { functions, constants, calls, .. } = file;
    let needs = quantized.needs();
    let mut text = String::new();
    header(&mut text, quantized, &name);
    text += &LIBRARY.parts(&functions);
    text += &constants;
    let (inputs, outputs) = (quantized.input.size(), quantized.output.size());
    let _ = write!(
        text,
        "
/* {ram} bytes. */
static int8_t {name}_values[{ram}];

/* The {outputs} outputs y of the {inputs} inputs x. Returns 0. */
int {name}_predict(const float *x, float *y);

int {name}_predict(const float *x, float *y) {{
    int8_t *const v = {name}_values;
{calls}    return 0;
}}
",
        ram = needs.ram,
    );
    self_test(&mut text, &name, [inputs, outputs], x, &quantized.predict(x)?);
    Ok(Source { text, needs, is_plain: false })
}

/// The beginning of a file.
fn header(text: &mut String, quantized: &Quantized, name: &str) {
    let (needs, float) = (quantized.needs(), quantized.float_needs());
    let Needs { flash, ram, multiply_adds } = needs;
    let version = env!("CARGO_PKG_VERSION");
    let (inputs, outputs, upper) = (quantized.input, quantized.output, name.to_uppercase());
    let more = |bytes: usize, of: usize| {
        format!("{bytes} bytes; with 32 bits {of} bytes, {:.1} times as many", of as f64 / bytes as f64)
    };
    let (flash, ram) = (more(flash, float.flash), more(ram, float.ram));
    let has_norms = quantized.steps.iter().any(|step| matches!(step, Step::Norm { .. }));
    let norms = if has_norms {
        "\n * A norm of each sample takes the mean and the variance of integers, and computes its elements with \
         floating-point numbers."
    } else {
        ""
    };
    let _ = write!(
        text,
        "{MARK}
/*
 * int {name}_predict(const float *x, float *y): {inputs} inputs, {outputs} outputs. It gives the bits of toddle {version} for
 * integers of 8 bits.
 *
 *   weights (constants)   {flash}
 *   values (one buffer)   {ram}
 *   multiply-adds         {multiply_adds}, of 8 bits, with sums of 32 bits
 *
 * The inputs become integers at once. The outputs, and a softmax that computes them, are floating-point numbers.{norms}
 * All other numbers are integers. Compile the file with -std=c99 and without -ffast-math.
 * -D{upper}_TEST adds a self-test, which compares bits.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

"
    );
}

/// A file that is written.
struct File<'q> {
    quantized: &'q Quantized,
    name: &'q str,
    functions: BTreeSet<&'static str>,
    constants: String,
    calls: String,
}

impl File<'_> {
    /// Adds the call of step `n`, and its constants.
    fn step(&mut self, n: usize, step: &Step) {
        let value = |value: usize| self.quantized.values[value];
        let zero = |value: usize| self.quantized.values[value].scale.zero;
        let list = |numbers: Vec<String>| numbers.join(", ");
        let zeros = |values: &[usize]| list(values.iter().map(|&value| zero(value).to_string()).collect());
        let places = |values: &[usize]| list(values.iter().map(|&value| self.at(value)).collect());
        let joined = |from: &[usize], to: usize, factors: &str, shift: u8| {
            format!(
                "(const int8_t *const[]){{{}}}, {}, {}, {}, (const int[]){{{}}}, {factors}, {shift}, {}",
                places(from),
                self.at(to),
                from.len(),
                value(to).size,
                zeros(from),
                zero(to)
            )
        };
        let (function, arguments) = match step {
            Step::Quantize { begin, to } => {
                let inverse = literal(inverse(value(*to).scale.step));
                let arguments =
                    format!("x + {begin}, {}, {}, {inverse}, {}", self.at(*to), value(*to).size, zero(*to));
                ("quantize", arguments)
            }
            Step::Embedding { begin, to, layer, table, features } => {
                let name = format!("{}_{n}_{}", self.name, identifier(layer));
                self.constants += &integers("int8_t", &name, table);
                let (classes, steps) = (table.len() / features, value(*to).size / features);
                let arguments =
                    format!("x + {begin}, {name}, {}, {classes}, {features}, {steps}", self.at(*to));
                ("embedding_int8", arguments)
            }
            Step::Norm { from, to, layer, groups, factors, summands, step, epsilon } => {
                let name = format!("{}_{n}_{}", self.name, identifier(layer));
                self.constants += &array(&format!("{name}_factor"), factors, 0);
                self.constants += &array(&format!("{name}_summand"), summands, 0);
                let size = value(*to).size;
                let arguments = format!(
                    "{}, {name}_factor, {name}_summand, {}, {groups}, {}, {}, {}, {}, {}, {}",
                    self.at(*from),
                    self.at(*to),
                    size / groups,
                    size / factors.len(),
                    literal(*step),
                    literal(*epsilon),
                    zero(*from),
                    zero(*to)
                );
                ("norm_int8", arguments)
            }
            Step::Linear(linear) => return self.linear(n, linear),
            Step::Table { from, to, layer, table } => {
                let name = format!("{}_{n}_{}", self.name, identifier(layer));
                self.constants += &integers("int8_t", &name, &table[..]);
                ("table", format!("{}, {name}, {}, {}", self.at(*from), self.at(*to), value(*from).size))
            }
            Step::MaxPool { from, to, channels, axes } => {
                let (from, to) = (self.at(*from), self.at(*to));
                ("max_pool_int8", format!("{from}, {to}, {channels}, {}", both(axes)))
            }
            Step::AvgPool { from, to, channels, padded: [rows, columns], axes, factor } => {
                let Factor { factor, shift } = factor;
                let arguments = format!(
                    "{}, {}, {channels}, {rows}, {columns}, {}, {}, {factor}, {shift}, {}",
                    self.at(*from),
                    self.at(*to),
                    both(axes),
                    zero(*from),
                    zero(*to)
                );
                ("avg_pool_int8", arguments)
            }
            Step::Place { from, to, channels, outside, sides } => {
                let (from, to) = (self.at(*from), self.at(*to));
                let [rows, columns] = sides.map(side);
                ("place_int8", format!("{from}, {to}, {channels}, {outside}, {rows}, {columns}"))
            }
            Step::Prelu { from, to, layer, positive: Factor { factor, shift }, negative } => {
                let name = format!("{}_{n}_{}", self.name, identifier(layer));
                let constants = self.factors(&name, negative);
                let (channels, places) = (negative.len(), value(*from).size / negative.len());
                let arguments = format!(
                    "{}, {constants}, {}, {channels}, {places}, {}, {factor}, {shift}, {}",
                    self.at(*from),
                    self.at(*to),
                    zero(*from),
                    zero(*to)
                );
                ("prelu_int8", arguments)
            }
            Step::Rescale { from, to, begin, factor: Factor { factor, shift } } => {
                let place = format!("v + {}", self.quantized.places[*to] + begin);
                let (size, zeros) = (value(*from).size, [zero(*from), zero(*to)]);
                let arguments = format!(
                    "{}, {place}, {size}, {}, {factor}, {shift}, {}",
                    self.at(*from),
                    zeros[0],
                    zeros[1]
                );
                ("rescale", arguments)
            }
            Step::Sum { from, to, factors, shift } => {
                let factors = list(factors.iter().map(i32::to_string).collect());
                ("sum", joined(from, *to, &format!("(const int32_t[]){{{factors}}}"), *shift))
            }
            Step::Product { from, to, factor: Factor { factor, shift } } => {
                ("product", joined(from, *to, &factor.to_string(), *shift))
            }
            Step::Dequantize { from, begin } => {
                let step = literal(value(*from).scale.step as f32);
                let arguments = format!(
                    "{}, y + {begin}, {}, {step}, {}",
                    self.at(*from),
                    value(*from).size,
                    zero(*from)
                );
                ("dequantize", arguments)
            }
            Step::Softmax { begin, channels, places, logarithm } => {
                let function = if *logarithm { "log_softmax" } else { "softmax" };
                (function, format!("y + {begin}, y + {begin}, {channels}, {places}"))
            }
        };
        self.call(function, &arguments);
    }

    /// Adds the call of a layer with weights.
    fn linear(&mut self, n: usize, linear: &Linear) {
        let name = format!("{}_{n}_{}", self.name, identifier(&linear.layer));
        let from = self.quantized.values[linear.from];
        self.constants += &integers("int8_t", &format!("{name}_weight"), &linear.weights);
        self.constants += &integers("int32_t", &format!("{name}_bias"), &linear.bias);
        let target = match &linear.target {
            Target::Value { to, factors } => {
                let (constants, zero) = (self.factors(&name, factors), self.quantized.values[*to].scale.zero);
                format!("(target){{{constants}, {zero}, {}, NULL, NULL}}", self.at(*to))
            }
            Target::Outputs { begin, steps } => {
                self.constants += &array(&format!("{name}_step"), steps, 0);
                format!("(target){{NULL, NULL, 0, NULL, {name}_step, y + {begin}}}")
            }
        };
        let windows = |channels: &usize, groups: &usize, axes: &[Axis; 2]| {
            format!("{channels}, {}, {groups}, {}", linear.filters(), both(axes))
        };
        let (function, sizes) = match &linear.form {
            Form::Dense => ("dense_int8", format!("{}, {}", from.size, linear.filters())),
            Form::Conv { channels, groups, axes } => ("conv_int8", windows(channels, groups, axes)),
            Form::Turned { channels, groups, axes } => ("turned_int8", windows(channels, groups, axes)),
        };
        let (place, zero) = (self.at(linear.from), from.scale.zero);
        self.call(function, &format!("{place}, {name}_weight, {name}_bias, {sizes}, {zero}, {target}"));
    }

    /// Adds factors and their shifts as constants. Returns the names of both.
    fn factors(&mut self, name: &str, factors: &[Factor]) -> String {
        let (factors, shifts): (Vec<i32>, Vec<u8>) =
            factors.iter().map(|Factor { factor, shift }| (*factor, *shift)).unzip();
        self.constants += &integers("int32_t", &format!("{name}_factor"), &factors);
        self.constants += &integers("uint8_t", &format!("{name}_shift"), &shifts);
        format!("{name}_factor, {name}_shift")
    }

    fn call(&mut self, function: &'static str, arguments: &str) {
        self.functions.insert(function);
        let _ = writeln!(self.calls, "    {function}({arguments});");
    }

    /// The pointer to a value.
    fn at(&self, value: usize) -> String {
        format!("v + {}", self.quantized.places[value])
    }
}

/// The windows along rows and along columns.
fn both(axes: &[Axis; 2]) -> String {
    axes.map(axis).join(", ")
}
