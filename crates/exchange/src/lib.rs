//! Networks of toddle in the words of other programs, and back.
//!
//! | module | content |
//! |---|---|
//! | [`arrays`] | the weights as named arrays, for NumPy, and back |
//! | [`c`] | C99, as one file without a dependency |
//! | [`int8`] | networks with integers of eight bits, for C99 |
//! | [`keras`] | source for Keras, with the weights, and files from there |
//! | [`onnx`] | ONNX files |
//! | [`pytorch`] | source for PyTorch, with the weights, and weights from there |
//! | [`rust`](mod@rust) | Rust without the standard library, as one file without a dependency |
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

pub mod arrays;
pub mod c;
mod calls;
mod elements;
mod error;
mod growing;
mod imported;
pub mod int8;
pub mod keras;
mod numbers;
pub mod onnx;
mod order;
mod params;
pub mod peer;
mod python;
pub mod pytorch;
pub mod rust;
mod window;

pub use calls::{Needs, Source, identifier};
pub use error::ExchangeError;
pub use imported::Imported;
pub use python::Module;
