//! Data that have changed since the training, and answers that are none: pairs by name, or a word about it.

mod common;

use std::fs;

use common::{fail, refuse, succeed, text, toddle};
use serde_json::Value;
use tempfile::TempDir;

struct Home(TempDir);

impl Home {
    /// A folder with the table `a.csv`, whose class follows from the first of two columns, and with a run of it.
    fn new() -> Home {
        let home = Home(TempDir::new().expect("a temporary folder"));
        home.write("a.csv", &home.table("a,b,k", ','));
        home.run(&["new", "a.csv"]);
        home.run(&["train", "a.toml", "--quiet", "--out", "run"]);
        home
    }

    fn table(&self, names: &str, delimiter: char) -> String {
        let rows = (0..120).map(|n| {
            let (a, b) = (f64::from(n * 37 % 120) - 59.5, f64::from(n * 53 % 120) - 59.5);
            format!("{a}{delimiter}{b}{delimiter}{}\n", if a > 0.0 { "p" } else { "n" })
        });
        format!("{names}\n{}", rows.collect::<String>())
    }

    fn write(&self, name: &str, contents: &str) {
        fs::write(self.0.path().join(name), contents).unwrap();
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = toddle(args);
        command.current_dir(self.0.path());
        command
    }

    /// Both outputs.
    fn run(&self, args: &[&str]) -> String {
        let output = succeed(&mut self.command(args));
        text(&output.stdout).to_owned() + text(&output.stderr)
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_slice(&succeed(&mut self.command(args)).stdout).expect("JSON")
    }
}

#[test]
fn columns_that_changed_their_names_are_other_columns() {
    let home = Home::new();
    home.write("a.csv", &home.table("b,a,k", ','));
    let eval = home.json(&["eval", "run", "--data", "a.csv", "--json"]);
    let predict = home.json(&["predict", "run", "a.csv", "--json"]);
    let right = predict["right"][0].as_f64().unwrap() / predict["right"][1].as_f64().unwrap();
    assert!((eval["accuracy"].as_f64().unwrap() - right).abs() < 1e-12, "{eval}");
    let message = refuse(&mut home.command(&["train", "--resume", "run", "--set", "train.epochs=200"]));
    assert!(message.contains("the names of the columns differ"), "{message}");
}

#[test]
fn the_training_table_is_known_in_another_form() {
    let home = Home::new();
    home.write("semicolons.csv", &home.table("a;b;k", ';'));
    let said = home.run(&["eval", "run", "--data", "semicolons.csv"]);
    assert!(said.contains("the samples on which the network was trained"), "{said}");
    let whole = home.run(&["eval", "run"]);
    let accuracy = |said: &str| said.lines().find(|line| line.starts_with("accuracy")).map(str::to_owned);
    assert!(accuracy(&said).is_some() && accuracy(&said) == accuracy(&whole), "{said}\n{whole}");
}

#[test]
fn other_validation_samples_end_a_run() {
    let home = Home::new();
    home.write("v.csv", &home.table("a,b,k", ','));
    let set = ["--set", "data.test=\"v.csv\"", "--set", "data.validation=\"test\""];
    home.run(&[&["train", "a.toml", "--quiet", "--out", "validated"][..], &set].concat());
    home.write("v.csv", &home.table("a,b,k", ',').replace(",p\n", ",n\n"));
    let more = ["train", "--resume", "validated", "--set", "train.epochs=500"];
    let message = refuse(&mut home.command(&more));
    assert!(message.contains("the validation samples differ"), "{message}");
}

#[test]
fn a_setting_that_was_added_is_named() {
    let home = Home::new();
    let more = ["train", "--resume", "run", "--set", "train.average=0.9", "--set", "train.epochs=500"];
    let message = refuse(&mut home.command(&more));
    assert!(message.contains("no train.average") && message.contains("train.average = 0.9"), "{message}");
}

#[test]
fn an_answer_that_is_no_number_is_refused() {
    let home = Home::new();
    // Differences of a thousandth: divided by their deviation, the numbers below are infinite.
    let rows: String = (0..40).map(|n| format!("{}e-3,{}e-3,{}\n", n, n * 7 % 40, n % 2)).collect();
    home.write("small.csv", &format!("a,b,k\n{rows}"));
    home.run(&["new", "small.csv"]);
    home.run(&["train", "small.toml", "--quiet", "--out", "small", "--set", "train.epochs=2"]);
    home.write("vast.csv", "a,b\n3e38,-3e38\n");
    let message = fail(&mut home.command(&["predict", "small", "vast.csv"]));
    assert!(message.contains("finite answers") && message.contains("sample 0 of 1"), "{message}");
}

#[test]
fn numbers_of_an_array_that_are_far_from_those_of_the_table_are_named() {
    let home = Home::new();
    let numbers = [1e4_f32, -2.0].map(f32::to_le_bytes).concat();
    fs::write(home.0.path().join("far.npy"), common::npy("<f4", "1, 2", &numbers)).unwrap();
    let said = home.run(&["predict", "run", "far.npy"]);
    assert!(said.contains("far from those of training: 10000 in sample 0, a"), "{said}");
}

#[test]
fn an_empty_weight_is_an_empty_cell() {
    let home = Home::new();
    let weight = |n: usize| match n {
        0 => "w",
        5 => "",
        _ => "1",
    };
    let table = home.table("a,b,k", ',');
    let table: String =
        table.lines().enumerate().map(|(n, line)| format!("{line},{}\n", weight(n))).collect();
    home.write("w.csv", &table);
    home.run(&["new", "w.csv", "--target", "k", "--weight", "w", "--empty", "drop"]);
    let said = home.run(&["train", "w.toml", "--out", "weighted"]);
    assert!(said.contains("1 row with empty cells is left out"), "{said}");
}

#[test]
fn folders_that_are_called_by_numbers_are_no_other_numbers() {
    let home = Home::new();
    let pictures = |folder: &str, classes: [&str; 3]| {
        for (n, class) in classes.iter().enumerate() {
            let path = home.0.path().join(folder).join(class);
            fs::create_dir_all(&path).unwrap();
            for m in 0..4 {
                let pixels: Vec<u8> = (0..64).map(|p| if p / 8 == 2 * n + m % 2 { 255 } else { 0 }).collect();
                common::png(&path.join(format!("{m}.png")), 8, 8, png::ColorType::Grayscale, &pixels);
            }
        }
    };
    pictures("first", ["0", "1", "2"]);
    pictures("next", ["1", "2", "3"]);
    home.run(&["new", "first"]);
    home.run(&["train", "first.toml", "--quiet", "--out", "pictures"]);
    let message = fail(&mut home.command(&["eval", "pictures", "--data", "next"]));
    assert!(message.contains("classes that the network knows: 0, 1, 2"), "{message}");
}
