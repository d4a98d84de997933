//! ONNX files.
//!
//! | file | idea |
//! |---|---|
//! | `encode.rs` | a network as a file |
//! | `prepare.rs` | the scaling of bytes, and probabilities, as a part of the graph |
//! | `names.rs` | the names of its values |
//! | `layers.rs` | each layer as operators |
//! | `norm.rs` | norms as operators |
//! | `resample.rs` | layers that change the size of an image, as operators |
//! | `axes.rs` | the axes of images and of sequences |
//! | `write.rs` | operators and tensors that are being written |
//! | `decode.rs` | a network from a file |
//! | `scan.rs` | the memory that a file takes when it is read |
//! | `tensor.rs` | the tensors of a file |
//! | `attributes.rs` | the attributes of a node |
//! | `fold.rs` | operators on constants |
//! | `read/` | operators as layers |
//! | `proto.rs` | the messages of the format, generated |

mod attributes;
mod axes;
mod decode;
mod encode;
mod fold;
mod layers;
mod names;
mod norm;
mod prepare;
mod proto;
mod read;
mod resample;
mod scan;
mod tensor;
mod write;

pub use decode::decode;
pub use encode::{Export, encode, output_names};
