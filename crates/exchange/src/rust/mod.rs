//! Rust: a network as one file that needs neither the standard library nor memory from the heap.
//!
//! | file | idea |
//! |---|---|
//! | `text.rs` | numbers and calls as Rust |
//! | `library/elements.rs` | functions of one element, of which a file has those that it calls |
//! | `library/layers.rs` | the other functions |

mod text;

use std::fmt::Write;

use toddle::{Network, Shape};

use self::text::array;
use crate::ExchangeError;
use crate::calls::{Library, Needs, Program, Source, Space, answers, plain};

/// The functions in Rust.
pub(crate) const LIBRARY: Library = Library {
    text: concat!(include_str!("library/elements.rs"), include_str!("library/layers.rs")),
    begin: "// part ",
    end: "\n",
};

/// The words that begin every file.
pub const MARK: &str = "//! A network of toddle in Rust";

/// `network` as one file of Rust, with the type `Network` and its function `predict(&mut self, x, y)`.
///
/// The function gives the bits of [`Network::predict`]. Its sums have the same order, the fused multiply-add is exact, and
/// exponentials are toddle's own. The file is safe Rust and `no_std`, and allocates nothing: a value of `Network`
/// holds the values of the layers.
///
/// A convolution with `fast = true` is written as a plain one. The bits are then those of the same network with
/// `fast = false`.
///
/// `x` are inputs of samples, one after the other. The file has them with their outputs for a self-test, which
/// `rustc --test` compiles.
///
/// # Errors
/// A layer has no function in Rust. The error names the layer.
pub fn encode(network: &Network<f32>, name: &str, x: &[f32]) -> Result<Source, ExchangeError> {
    let plain = plain(network)?;
    let network = plain.as_ref().unwrap_or(network);
    let program = Program::of(network, "Rust")?;
    let needs = program.needs();
    let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
    let mut text = header(network, &name, &needs);
    text += &predict(network, &program);
    let mut functions = program.functions();
    if program.calls.iter().any(|call| call.from.space == Space::Buffer && call.to.space == Space::Buffer) {
        functions.insert("between");
    }
    text += &LIBRARY.parts(&functions);
    for (n, (name, values)) in program.constants.iter().enumerate() {
        let spare = vec![0.0; program.spare(n)];
        text += &array("", &name.to_uppercase(), &[&values[..], &spare].concat());
    }
    self_test(&mut text, network, x)?;
    Ok(Source { text, needs, is_plain: plain.is_some() })
}

/// The beginning of a file.
fn header(network: &Network<f32>, name: &str, needs: &Needs) -> String {
    let Needs { flash, ram, multiply_adds } = needs;
    let version = env!("CARGO_PKG_VERSION");
    let list = |shapes: Vec<Shape>| {
        shapes.iter().map(|shape| shape.to_string()).collect::<Vec<String>>().join(" and ")
    };
    let inputs = list(network.inputs().iter().map(|input| input.shape).collect());
    let outputs = list(network.outputs().iter().map(|output| output.shape).collect());
    format!(
        "{MARK}: {name}. It gives the bits of toddle {version}.
//!
//! ```text
//! let mut network = Network::new(); // or `static NETWORK: Mutex<Network>`
//! network.predict(&x, &mut y); // x: {inputs}; y: {outputs}
//! ```
//!
//! | what | size |
//! |---|---|
//! | weights (constants) | {flash} bytes |
//! | values of the layers, in `Network` | {ram} bytes |
//! | multiply-adds | {multiply_adds} |
//!
//! The file needs Rust 1.85 and no other crate. Where the processor has a fused multiply-add that the compiler may use
//! (`-C target-cpu=native`), and `std` is there, the file uses the instruction. Everywhere else, it computes the same bits
//! with numbers of 64 bits, which takes longer.
//!
//! `rustc --edition 2021 -O --test FILE` makes a self-test, which compares bits.
#![no_std]
#![forbid(unsafe_code)]
#![allow(clippy::approx_constant, clippy::needless_range_loop, clippy::too_many_arguments)]

"
    )
}

/// The type of a network, and its function.
fn predict(network: &Network<f32>, program: &Program) -> String {
    let (inputs, outputs, buffer) = (network.input().size(), network.output().size(), program.buffer);
    let mut text = format!(
        "/// The number of inputs.
pub const INPUTS: usize = {inputs};

/// The number of outputs.
pub const OUTPUTS: usize = {outputs};

/// The memory of the network, for one answer at a time.
pub struct Network {{
    values: [f32; {buffer}],
}}

impl Default for Network {{
    fn default() -> Network {{
        Network::new()
    }}
}}

impl Network {{
    /// Memory for the values of the layers. It can also be made before the program starts, for a `static` behind a `Mutex`.
    pub const fn new() -> Network {{
        Network {{ values: [0.0; {buffer}] }}
    }}

    /// Writes the outputs y of the inputs x.
    #[rustfmt::skip]
    pub fn predict(&mut self, x: &[f32; INPUTS], y: &mut [f32; OUTPUTS]) {{
        let v = &mut self.values;
"
    );
    for call in &program.calls {
        let _ = writeln!(text, "        {}", text::call(program, call));
    }
    if buffer == 0 {
        text = text.replace("let v =", "let _v =");
    }
    text + "    }\n}\n\n"
}

/// A test that compares answers with recorded ones.
fn self_test(text: &mut String, network: &Network<f32>, x: &[f32]) -> Result<(), ExchangeError> {
    let y = answers(network, x)?;
    if y.is_empty() {
        return Ok(());
    }
    *text += "
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_the_bits_of_toddle() {
        let mut network = Network::new();
        let mut y = [0.0; OUTPUTS];
        for (x, expected) in X.chunks(INPUTS).zip(Y.chunks(OUTPUTS)) {
            network.predict(x.try_into().unwrap(), &mut y);
            for (y, expected) in y.iter().zip(expected) {
                assert!(y.to_bits() == expected.to_bits() || y.is_nan() && expected.is_nan(), \"{y} is not {expected}\");
            }
        }
    }
";
    *text += &array("    ", "X", x);
    *text += &array("    ", "Y", &y);
    *text += "}\n";
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(dead_code, reason = "these are all functions of the library")]
    #![allow(clippy::approx_constant)]

    use toddle::NumpyRandom;

    include!("library/elements.rs");

    /// Numbers with random bits.
    fn any(random: &mut NumpyRandom) -> f32 {
        f32::from_bits((random.uniform() * f64::from(u32::MAX)) as u32)
    }

    #[test]
    fn the_software_rounds_a_product_and_a_sum_once() {
        let mut random = NumpyRandom::new(1);
        for _ in 0..1_000_000 {
            let (a, b) = (any(&mut random), any(&mut random));
            // Sums that are near to the product, and so lose bits, and any others.
            let near = -(a * b) * (1.0 + any(&mut random).clamp(-1e-6, 1e-6));
            for c in [near, any(&mut random)] {
                let (got, expected) = (fma_in_software(a, b, c), a.mul_add(b, c));
                let same = got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan();
                assert!(same, "{a:e} {b:e} {c:e}: {got:e}, not {expected:e}");
            }
        }
    }

    #[test]
    fn the_software_has_the_nearest_root() {
        let mut random = NumpyRandom::new(2);
        for _ in 0..1_000_000 {
            let x = any(&mut random).abs();
            if !x.is_nan() {
                assert_eq!(sqrtf_(x).to_bits(), x.sqrt().to_bits(), "{x:e}");
            }
        }
        assert_eq!([0.0, 1e-45, f32::INFINITY].map(sqrtf_), [0.0, 1e-45f32.sqrt(), f32::INFINITY]);
    }
}
