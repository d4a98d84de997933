//! What tests of the command share: running it, and images made for it.

#![allow(dead_code, reason = "each test that includes this uses some of it")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// The program, ready to be run.
pub fn toddle(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toddle"));
    command.args(args).env_remove("TODDLE_SIMD").env_remove("TODDLE_DATA");
    command
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output in UTF-8")
}

/// What a run that must succeed leaves.
pub fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", text(&output.stderr));
    output
}

/// The message of a run that must fail, with exit code 1, and must say so in the way of all.
pub fn fail(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let message = text(&output.stderr).to_owned();
    assert_eq!(output.status.code(), Some(1), "{command:?}: {message}");
    assert!(message.contains("error: ") && !message.contains("panicked"), "{command:?}: {message}");
    assert!(
        message.contains("\n  expected  ") && message.contains("\n  try       "),
        "{command:?}: {message}"
    );
    message
}

/// The message of a run that must fail, with exit code 2, as one that was given something wrong.
pub fn refuse(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let message = text(&output.stderr).to_owned();
    assert_eq!(output.status.code(), Some(2), "{command:?}: {message}");
    assert!(message.contains("error: ") && !message.contains("panicked"), "{command:?}: {message}");
    message
}

/// The path of an experiment that comes with toddle.
pub fn experiment(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments").join(name);
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// Trains exclusive or in `within/out`, with more arguments; what `--json` says.
pub fn xor(within: &Path, out: &str, args: &[&str]) -> Value {
    let mut command = toddle(&["train", &experiment("xor.toml"), "--out", out, "--json", "--quiet"]);
    let output = succeed(command.args(args).current_dir(within));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Writes a PNG file.
pub fn png(path: &Path, width: usize, height: usize, colour: png::ColorType, bytes: &[u8]) {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_color(colour);
    encoder.write_header().unwrap().write_image_data(bytes).unwrap();
    fs::write(path, file).unwrap();
}

/// Height and width of a PNG file.
pub fn size(path: &Path) -> (u32, u32) {
    let file = std::io::BufReader::new(fs::File::open(path).expect("a picture"));
    let reader = png::Decoder::new(file).read_info().expect("a PNG file");
    (reader.info().height, reader.info().width)
}

/// An array as `numpy.save` writes it. `shape` has no brackets: `20,8,8`.
pub fn npy(descr: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    header += &" ".repeat(63 - (10 + header.len()) % 64);
    header.push('\n');
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), bytes].concat()
}
