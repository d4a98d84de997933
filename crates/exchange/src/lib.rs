//! Networks of toddle in the words of other programs, and back.
//!
//! | module | content |
//! |---|---|
//! | [`c`] | C99, as one file without a dependency |
//! | [`onnx`] | ONNX files |
//! | [`pytorch`] | source for PyTorch, with the weights, and weights from there |
//! | [`peer`] | the other programs, which check what is written for them |
//!
//! The crate does no I/O: bytes go in, and bytes come out.
//!
//! ```
//! use toddle::checkpoint::About;
//! use toddle::{Dense, NetworkSpec, Shape, Tanh};
//! use toddle_exchange::onnx;
//!
//! let network = NetworkSpec::new(Shape::vector(4)).add(Dense::new(3)).add(Tanh).build::<f32>(7)?;
//! let file = onnx::encode(&network, &About::default(), &onnx::Export::default())?;
//! assert!(file.windows(4).any(|bytes| bytes == b"Gemm"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod c;
mod error;
mod numbers;
pub mod onnx;
mod order;
mod params;
pub mod peer;
pub mod pytorch;
mod window;

pub use error::ExchangeError;
