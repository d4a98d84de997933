//! The node tests of ONNX itself, and small graphs as other programs write them. Each is read with the right answer, or
//! refused by name.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use crate::common::python;
use serde::Deserialize;
use toddle::Shape;
use toddle_exchange::{Imported, onnx};

/// The script that writes the node tests of ONNX.
const NODES: &str = include_str!("../nodes.py");

/// The script that writes small graphs.
const GRAPHS: &str = include_str!("../graphs.py");

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
    x: usize,
    y: usize,
    /// Whether toddle reads the file. None: it may refuse the file.
    read: Option<bool>,
}

/// The next `count` numbers.
fn numbers(from: &mut &[u8], count: usize) -> Vec<f32> {
    let mut bytes = vec![0; 4 * count];
    from.read_exact(&mut bytes).unwrap();
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// What became of the tests of a script.
#[derive(Default)]
struct Outcome {
    passed: usize,
    /// How many were refused, by their operators.
    refused: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

/// Reads each test of `script`. None: Python does not have what the script needs.
fn outcome(script: &str) -> Option<Outcome> {
    let output = python(script)?.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut from = &output.stdout[..];
    let mut outcome = Outcome::default();
    let mut line = String::new();
    while from.read_line(&mut line).unwrap() > 0 {
        let said: Said = serde_json::from_str(&line).unwrap();
        line.clear();
        let mut file = vec![0; said.file];
        from.read_exact(&mut file).unwrap();
        let (x, y) = (numbers(&mut from, said.x), numbers(&mut from, said.y));
        let read = onnx::decode(file, &mut |_| Err(std::io::ErrorKind::NotFound.into()));
        if said.read.is_some_and(|is_read| is_read != read.is_ok()) {
            outcome.wrong.push(format!("{}: {:?}", said.name, read.map(|read| read.notes)));
            continue;
        }
        match read {
            Err(fault) => {
                *outcome.refused.entry(said.operators.join(" ")).or_default() += 1;
                let ports = said.ports.iter().map(|name| format!("`{name}`"));
                let mut names = said.operators.iter().cloned().chain(ports);
                // These are faults of the whole file.
                let is_of_file = ["an operator set from 7 to 26", "a graph with an output of floats"];
                if !names.any(|name| fault.what.contains(&name)) && !is_of_file.contains(&&*fault.expected) {
                    outcome.wrong.push(format!("{} is not named: {fault}", said.name));
                }
            }
            Ok(Imported { network, notes, .. }) => {
                let x = in_order(x, "input", network.input(), &notes);
                let y = in_order(y, "output", network.output(), &notes);
                match network.predict(&x) {
                    Ok(got) if is_near(&got, &y, if said.name == ROUNDED { 1e-3 } else { 1e-5 }) => {
                        outcome.passed += 1;
                    }
                    Ok(got) => outcome.wrong.push(format!("{}: {got:?}, not {y:?}", said.name)),
                    Err(fault) => outcome.wrong.push(format!("{}: {fault}", said.name)),
                }
            }
        }
    }
    assert_eq!(outcome.wrong, [""; 0], "{} are wrong", outcome.wrong.len());
    Some(outcome)
}

#[test]
fn node_tests_of_onnx_pass_or_are_refused_by_name() {
    let Some(Outcome { passed, refused, .. }) = outcome(NODES) else { return };
    let refused_in_all = refused.values().sum::<usize>();
    eprintln!("{passed} passed, {refused_in_all} refused: {refused:?}");
    assert!(passed + refused_in_all > 200);
    assert!(passed > 110, "only {passed} passed");
}

#[test]
fn graphs_of_other_programs_are_read_or_refused_by_name() {
    let Some(Outcome { passed, refused, .. }) = outcome(GRAPHS) else { return };
    assert!(passed > 40 && refused.len() > 15, "{passed} passed, refused: {refused:?}");
}

/// The elements of a port of the network, with their channels first. A note says that the file has them last.
fn in_order(values: Vec<f32>, port: &str, shape: Shape, notes: &[String]) -> Vec<f32> {
    let is_turned = notes.iter().any(|note| note.starts_with(&format!("the channels of the {port} ")));
    let Shape::Image { channels, .. } = shape else { return values };
    if !is_turned {
        return values;
    }
    let turned = |sample: &[f32]| -> Vec<f32> {
        (0..channels).flat_map(|c| sample.iter().skip(c).step_by(channels).copied()).collect()
    };
    values.chunks(shape.size()).flat_map(turned).collect()
}

/// Whether the numbers are the same up to a part of each.
fn is_near(got: &[f32], expected: &[f32], part: f32) -> bool {
    let near = |(got, expected): (&f32, &f32)| (got - expected).abs() <= 1e-6 + part * expected.abs();
    got.len() == expected.len() && got.iter().zip(expected).all(near)
}
