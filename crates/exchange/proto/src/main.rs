//! Makes `src/onnx/proto.rs` of `toddle-exchange` from `onnx.proto`: `cargo run`, in this folder.

use std::path::Path;
use std::{error, fs};

const HEADER: &str = "\
//! The messages of an ONNX file, as `prost` reads and writes them. `crates/exchange/proto` makes this file from
//! `onnx.proto`.

#![allow(missing_docs, clippy::all, reason = \"generated\")]

";

fn main() -> Result<(), Box<dyn error::Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let messages = protox::compile([here.join("onnx.proto")], [here])?;
    let made = tempdir()?;
    // Bytes are parts of the file that is read, and no copies.
    prost_build::Config::new().bytes(["."]).out_dir(&made).compile_fds(messages)?;
    let text = fs::read_to_string(made.join("onnx.rs"))?;
    fs::write(here.join("../src/onnx/proto.rs"), format!("{HEADER}{text}"))?;
    Ok(fs::remove_dir_all(made)?)
}

/// A new folder among those of the system for temporary files.
fn tempdir() -> std::io::Result<std::path::PathBuf> {
    let folder = std::env::temp_dir().join(format!("toddle-proto-{}", std::process::id()));
    fs::create_dir(&folder)?;
    Ok(folder)
}
