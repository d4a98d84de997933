//! What the example programs share: pictures, and arguments.
//!
//! The tests of the book's listings are here, too: `cargo test -p toddle-examples --doc` runs the Rust listings of each page in
//! `docs`.
#![forbid(unsafe_code)]

mod picture;

pub use picture::{Curves, sheet};

use std::str::FromStr;

/// `1 / (1 + e⁻ˣ)`: the probability that belongs to a logit.
pub fn sigmoid<T: toddle::Float>(x: T) -> T {
    x.sigmoid()
}

/// Argument `n` of the program, counted from 1, or `default` if the program has fewer arguments.
///
/// **Errors:** if the argument is of another type.
pub fn argument<T: FromStr>(n: usize, default: T) -> Result<T, String> {
    match std::env::args().nth(n) {
        None => Ok(default),
        Some(text) => text
            .parse()
            .map_err(|_| format!("argument {n}, `{text}`, is not a {}", std::any::type_name::<T>())),
    }
}

/// Makes each page the documentation of an item, so that its listings are tests.
macro_rules! pages {
    ($($name:ident: $page:literal,)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!(concat!("../../docs/", $page))]
            struct $name;
        )*
    };
}

pages! {
    Start: "start.md",
    ThePost: "the-post.md",
    Layers: "layers.md",
    Dense: "layers/dense.md",
    Convolution: "layers/convolution.md",
    Pooling: "layers/pooling.md",
    Activations: "layers/activations.md",
    Softmax: "layers/softmax.md",
    Norm: "layers/norm.md",
    Resample: "layers/resample.md",
    Sequences: "layers/sequences.md",
    Structure: "layers/structure.md",
    Training: "training.md",
    Branches: "branches.md",
    Inside: "inside.md",
    Look: "look.md",
    Ship: "ship.md",
    Exactness: "exactness.md",
}
