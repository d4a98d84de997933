//! C99: a network as one file that needs nothing but a compiler.
//!
//! | file | idea |
//! |---|---|
//! | `plain.rs` | the network without fast convolutions |
//! | `memory.rs` | the place of each value in one buffer |
//! | `layers.rs` | each layer as a call of a function |
//! | `text.rs` | numbers and names as C |
//! | `elements.c` | functions of one element, of which a file has those that it calls |
//! | `library.c` | the other functions |
//! | `library.rs` | the functions that a file needs |

mod layers;
mod library;
mod memory;
mod plain;
mod text;

use std::fmt::Write;

use toddle::Network;

use self::layers::Calls;
use self::memory::Memory;
use self::text::array;
pub use self::text::identifier;
use crate::ExchangeError;

/// A network as C99.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The text of the file.
    pub text: String,
    /// What a microcontroller needs for it.
    pub needs: Needs,
    /// Whether a fast convolution was written as a plain one, which has other bits.
    pub is_plain: bool,
}

/// What a network takes on a microcontroller. The instructions come on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// The bytes of the weights, which are constants.
    pub flash: usize,
    /// The bytes of the buffer for the values of the layers.
    pub ram: usize,
    /// The multiply-adds of an answer, without those of activations.
    pub multiply_adds: usize,
}

/// The line that begins every file.
pub const MARK: &str = "/* A network of toddle in C99. */";

/// `network` as one file of C99, with the function `int NAME_predict(const float *x, float *y)`.
///
/// The function gives the bits of [`Network::predict`]. Its sums have the same order, `fmaf` is exact, and exponentials
/// are toddle's own. The file has no allocation. Its buffer is static, so the function must not be called by two threads
/// at once.
///
/// A convolution with `fast = true` is written as a plain one. The bits are then those of the same network with
/// `fast = false`.
///
/// `x` are inputs of samples, one after the other. The file has them with their outputs for a self-test, which is
/// compiled if `NAME_TEST` is defined.
///
/// # Errors
/// A layer has no function in C. The error names the layer.
pub fn encode(network: &Network<f32>, name: &str, x: &[f32]) -> Result<Source, ExchangeError> {
    let name = identifier(name);
    let plain = plain::plain(network)?;
    let network = plain.as_ref().unwrap_or(network);
    let memory = Memory::of(network);
    let calls = Calls::of(network, &name, &memory)?;
    let needs = Needs {
        flash: size_of::<f32>() * calls.weights.iter().map(|(_, values)| values.len()).sum::<usize>(),
        ram: size_of::<f32>() * memory.size,
        multiply_adds: calls.multiply_adds,
    };
    let mut text = String::new();
    header(&mut text, network, &name, &needs);
    text += &library::parts(&calls.parts);
    for (name, values) in &calls.weights {
        text += &array(name, values);
    }
    if memory.size > 0 {
        let _ = writeln!(text, "\n/* {} bytes. */\nstatic float {name}_values[{}];", needs.ram, memory.size);
    }
    let _ = writeln!(
        text,
        "\n/* The {} outputs y of the {} inputs x. Returns 0. */\nint {name}_predict(const float *x, float *y);\n\n\
         int {name}_predict(const float *x, float *y) {{",
        network.output().size(),
        network.input().size()
    );
    if memory.size > 0 {
        let _ = writeln!(text, "    float *const v = {name}_values;");
    }
    for call in &calls.lines {
        let _ = writeln!(text, "    {call}");
    }
    text += "    return 0;\n}\n";
    self_test(&mut text, network, &name, x)?;
    Ok(Source { text, needs, is_plain: plain.is_some() })
}

/// The beginning of a file.
fn header(text: &mut String, network: &Network<f32>, name: &str, needs: &Needs) {
    let Needs { flash, ram, multiply_adds } = needs;
    let version = env!("CARGO_PKG_VERSION");
    let (inputs, outputs) = (network.input(), network.output());
    let upper = name.to_uppercase();
    let _ = write!(
        text,
        "{MARK}
/*
 * int {name}_predict(const float *x, float *y): {inputs} inputs, {outputs} outputs. It gives the bits of toddle {version}.
 *
 *   weights (constants)   {flash} bytes
 *   values (one buffer)   {ram} bytes
 *   multiply-adds         {multiply_adds}
 *
 * Compile it with -std=c99, or with -ffp-contract=off, and without -ffast-math: products and sums are not to be fused
 * but where fmaf says so. Where the processor has a fused multiply-add, the option for it (-mfma, -march=native,
 * -mfpu=fpv5-sp-d16) makes fmaf one instruction; without it, fmaf is a slow function with the same bits.
 * -D{upper}_TEST adds a self-test, which compares bits.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

"
    );
}

/// A program that compares answers with recorded ones.
fn self_test(text: &mut String, network: &Network<f32>, name: &str, x: &[f32]) -> Result<(), ExchangeError> {
    let y = network.predict(x).map_err(|fault| {
        let remedy = "whole samples";
        ExchangeError::new("the self-test cannot be written", "inputs of whole samples", fault, remedy)
    })?;
    let (inputs, outputs) = (network.input().size(), network.output().size());
    let samples = x.len() / inputs;
    let upper = name.to_uppercase();
    if samples == 0 {
        return Ok(());
    }
    let _ = writeln!(text, "\n#ifdef {upper}_TEST\n#include <stdio.h>");
    *text += &array(&format!("{name}_test_x"), x);
    *text += &array(&format!("{name}_test_y"), &y);
    let _ = write!(
        text,
        "
int main(void) {{
    static float y[{outputs}];
    int right = 0;
    for (int n = 0; n < {samples}; n++) {{
        int same = {name}_predict({name}_test_x + n * {inputs}, y) == 0;
        for (int o = 0; o < {outputs}; o++) {{
            const float expected = {name}_test_y[n * {outputs} + o];
            same = same && (memcmp(&y[o], &expected, sizeof expected) == 0 || (y[o] != y[o] && expected != expected));
        }}
        right += same;
    }}
    printf(\"{name}: %d of {samples} answers have toddle's bits\\n\", right);
    return right != {samples};
}}
#endif
"
    );
    Ok(())
}
