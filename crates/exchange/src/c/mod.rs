//! C99: a network as one file that needs nothing but a compiler.
//!
//! | file | idea |
//! |---|---|
//! | `text.rs` | numbers and calls as C |
//! | `elements.c` | functions of one element, of which a file has those that it calls |
//! | `library.c` | the other functions |
//! | `int8.rs` | a network with integers of eight bits |
//! | `int8.c` | its functions |
//! | `self_test.rs` | the self-test of a file |
//!
//! The functions of one element are `inline`: a compiler computes several elements at once only if it inlines the function into the loop.

pub(crate) mod int8;
mod self_test;
mod text;

use std::fmt::Write;

use toddle::Network;

pub use self::int8::encode_int8;
use self::self_test::self_test;
use self::text::array;
use crate::ExchangeError;
use crate::calls::{Library, Needs, Program, Source, answers, identifier, plain};

/// The functions in C.
pub(crate) const LIBRARY: Library = Library {
    text: concat!(include_str!("elements.c"), include_str!("library.c")),
    begin: "/* part ",
    end: " */\n",
};

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
    let plain = plain(network)?;
    let network = plain.as_ref().unwrap_or(network);
    let program = Program::of(network, "C")?;
    let needs = program.needs();
    let mut text = String::new();
    header(&mut text, network, &name, &needs);
    text += &LIBRARY.parts(&program.functions());
    for (n, (constant, values)) in program.constants.iter().enumerate() {
        text += &array(&format!("{name}_{constant}"), values, program.spare(n));
    }
    if program.buffer > 0 {
        let _ =
            writeln!(text, "\n/* {} bytes. */\nstatic float {name}_values[{}];", needs.ram, program.buffer);
    }
    let _ = writeln!(
        text,
        "\n/* The {} outputs y of the {} inputs x. Returns 0. */\nint {name}_predict(const float *x, float *y);\n\n\
         int {name}_predict(const float *x, float *y) {{",
        network.output().size(),
        network.input().size()
    );
    if program.buffer > 0 {
        let _ = writeln!(text, "    float *const v = {name}_values;");
    }
    for call in &program.calls {
        let _ = writeln!(text, "    {}", text::call(&program, &name, call));
    }
    text += "    return 0;\n}\n";
    let sizes = [network.input().size(), network.output().size()];
    self_test(&mut text, &name, sizes, x, &answers(network, x)?);
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
