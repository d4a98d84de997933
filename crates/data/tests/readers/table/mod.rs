//! Tables: how they are parted, what their columns mean, and how another table is held to that.

mod cells;
mod later;
mod targets;
mod text;

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use toddle_data::{
    ColumnKind, ColumnRef, Columns, DataError, DataSource, Empty, Table, TableSettings, Target, Truth, Values,
};

fn read_with(text: &str, settings: &TableSettings) -> Result<Table, DataError> {
    Table::read("t.csv", text.as_bytes(), settings)
}

fn read(text: &str) -> Table {
    read_with(text, &TableSettings::default()).unwrap()
}

/// Settings as an experiment has them.
fn settings(toml: &str) -> TableSettings {
    toml::from_str(toml).unwrap()
}

/// The message of a refusal, in one line a part, as every error has it.
fn message<T: std::fmt::Debug>(result: Result<T, DataError>) -> String {
    let message = result.unwrap_err().to_string();
    let lines: Vec<&str> = message.lines().collect();
    assert!(lines.len() == 4 && lines[0].starts_with("cannot "), "{message}");
    for (line, begin) in lines[1..].iter().zip(["  expected  ", "  got       ", "  try       "]) {
        assert!(line.strip_prefix(begin).is_some_and(|part| !part.is_empty()), "{message}");
    }
    message
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, DataError>, parts: &[&str]) {
    let message = message(result);
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in\n{message}");
    }
}

#[track_caller]
fn noted(notes: &[String], parts: &[&str]) {
    let all = notes.join("\n");
    for part in parts {
        assert!(all.contains(part), "`{part}` is not in\n{all}");
    }
}

/// Flowers of three kinds, four of each: two numbers and a word.
fn flowers(delimiter: &str, decimal: &str) -> String {
    let mut text = ["length", "width", "kind"].join(delimiter) + "\n";
    for i in 0..12 {
        let row = [format!("{i}.5"), format!("{i}.25"), ["rose", "aster", "tulip"][i % 3].to_owned()];
        text += &(row.join(delimiter).replace('.', decimal) + "\n");
    }
    text
}

#[track_caller]
fn are_flowers(table: &Table) {
    let inputs: Vec<f32> = (0..12).flat_map(|i| [i as f32 + 0.5, i as f32 + 0.25]).collect();
    assert_eq!((table.dataset.shape(), table.dataset.inputs::<f32>()), ([2, 1, 1], inputs));
    assert_eq!(table.dataset.class_names(), ["aster", "rose", "tulip"]);
    assert_eq!(table.dataset.labels()[..4], [1, 0, 2, 1]);
}
