//! The node tests of ONNX itself. Each is read with the right answer, or refused by name.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use crate::common::python;
use serde::Deserialize;
use toddle_exchange::{Imported, onnx};

/// The script that writes the tests.
const SCRIPT: &str = include_str!("../nodes.py");

/// The test whose outputs were written with four digits.
const ROUNDED: &str = "test_averagepool_2d_ceil_last_window_starts_on_pad";

/// The line before a test's bytes.
#[derive(Deserialize)]
struct Said {
    name: String,
    operators: Vec<String>,
    /// The names of the inputs and the outputs.
    ports: Vec<String>,
    file: usize,
    /// The sizes of the input, with the batch.
    x: Vec<usize>,
    y: usize,
}

/// The next `count` numbers.
fn numbers(from: &mut &[u8], count: usize) -> Vec<f32> {
    let mut bytes = vec![0; 4 * count];
    from.read_exact(&mut bytes).unwrap();
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

#[test]
fn node_tests_of_onnx_pass_or_are_refused_by_name() {
    let Some(mut python) = python(SCRIPT) else { return };
    let output = python.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut from = &output.stdout[..];
    let (mut passed, mut refused, mut wrong) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    let mut line = String::new();
    while from.read_line(&mut line).unwrap() > 0 {
        let said: Said = serde_json::from_str(&line).unwrap();
        line.clear();
        let mut file = vec![0; said.file];
        from.read_exact(&mut file).unwrap();
        let (x, y) = (numbers(&mut from, said.x.iter().product()), numbers(&mut from, said.y));
        match onnx::decode(file, &mut |_| Err(std::io::ErrorKind::NotFound.into())) {
            Err(fault) => {
                *refused.entry(said.operators.join(" ")).or_default() += 1;
                let ports = said.ports.iter().map(|name| format!("`{name}`"));
                let mut names = said.operators.iter().cloned().chain(ports);
                // These are faults of the whole file.
                let is_of_file = ["an operator set from 7 to 26", "a graph with an output of floats"];
                if !names.any(|name| fault.what.contains(&name)) && !is_of_file.contains(&&*fault.expected) {
                    wrong.push(format!("{} is not named: {fault}", said.name));
                }
            }
            Ok(Imported { network, notes, .. }) => match network.predict(&in_order(x, &said.x, &notes)) {
                Ok(got) if is_near(&got, &y, if said.name == ROUNDED { 1e-3 } else { 1e-5 }) => passed += 1,
                Ok(got) => wrong.push(format!("{}: {got:?}, not {y:?}", said.name)),
                Err(fault) => wrong.push(format!("{}: {fault}", said.name)),
            },
        }
    }
    eprintln!("{passed} passed, refused: {refused:?}");
    assert_eq!(wrong, [""; 0], "{} are wrong", wrong.len());
    assert!(passed + refused.values().sum::<usize>() > 200);
    assert!(passed > 60, "only {passed} passed");
}

/// The samples as the network takes them: with their channels first, if a note says so.
fn in_order(x: Vec<f32>, dims: &[usize], notes: &[String]) -> Vec<f32> {
    let (Some(&channels), true) = (dims.last(), notes.iter().any(|note| note.contains("come first"))) else {
        return x;
    };
    let sample = dims[1..].iter().product::<usize>();
    let turned = |sample: &[f32]| -> Vec<f32> {
        (0..channels).flat_map(|c| sample.iter().skip(c).step_by(channels).copied()).collect()
    };
    x.chunks(sample).flat_map(turned).collect()
}

/// Whether the numbers are the same up to a part of each.
fn is_near(got: &[f32], expected: &[f32], part: f32) -> bool {
    let near = |(got, expected): (&f32, &f32)| (got - expected).abs() <= 1e-7 + part * expected.abs();
    got.len() == expected.len() && got.iter().zip(expected).all(near)
}
