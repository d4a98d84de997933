//! The tests of the book's listings: `cargo test -p toddle-examples --doc` runs the Rust listings of each page in `docs`.
#![forbid(unsafe_code)]

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
    Inside: "inside.md",
    Ship: "ship.md",
    Exactness: "exactness.md",
}
