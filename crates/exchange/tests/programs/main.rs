//! What other programs compute with an exported network, and what toddle computes with an imported one.

mod arrays;
mod c;
mod common;
mod foreign;
mod import;
mod int8;
mod keras;
mod keras_files;
mod nodes;
mod onnx;
mod pytorch;
mod rust;
