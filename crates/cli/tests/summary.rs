//! `toddle summary` as its users meet it.

mod common;

use std::fs;

use common::{experiment, refuse, succeed, text, toddle};
use tempfile::TempDir;

#[test]
fn a_summary_counts() {
    let home = TempDir::new().unwrap();
    let output = succeed(toddle(&["summary", &experiment("lenet5.toml")]).current_dir(&home));
    let summary = text(&output.stdout);
    for expected in ["6×28×28", "61,706", "117,600", "240,000", "416,520", "14×14", "block"] {
        assert!(summary.contains(expected), "{expected}:\n{summary}");
    }
    assert!(!home.path().join("runs").exists(), "nothing is written");
    let output = succeed(&mut toddle(&["summary", &experiment("keras-convnet.toml")]));
    assert!(text(&output.stdout).contains("  Winograd\n"), "{}", text(&output.stdout));
}

#[test]
fn a_summary_measures_layers() {
    let output = succeed(&mut toddle(&["summary", &experiment("xor.toml"), "--time"]));
    let summary = text(&output.stdout);
    let times = summary.split("\n\n").find(|part| part.starts_with("layer") && part.contains("of peak"));
    let rows: Vec<&str> = times.unwrap_or_else(|| panic!("{summary}")).lines().skip(1).collect();
    let names: Vec<&str> = rows.iter().filter_map(|row| row.split_whitespace().next()).collect();
    assert_eq!(names[..4], ["dense1", "tanh1", "dense2", "tanh2"], "{summary}");
    let lenet = experiment("lenet5.toml");
    let one = succeed(&mut toddle(&["summary", &lenet, "--time", "--set", "train.batch=1"]));
    assert!(text(&one.stdout).contains("of peak"), "{}", text(&one.stdout));
    assert!(rows.iter().all(|row| row.contains(" µs ") && row.ends_with('%')), "{summary}");

    let output = succeed(&mut toddle(&["summary", &experiment("keras-convnet.toml"), "--time"]));
    let summary = text(&output.stdout);
    let row_of = |name: &str| -> Vec<&str> {
        let mut rows = summary.lines().rev().map(|row| row.split_whitespace().collect::<Vec<_>>());
        rows.find(|row| row.first() == Some(&name)).unwrap_or_else(|| panic!("{summary}"))
    };
    for relu in ["relu1", "relu2"] {
        assert_eq!(row_of(relu)[1..], ["fused", "fused", "0.0", "%"], "{summary}");
    }
    assert_eq!(summary.matches(" fused ").count(), 4, "{summary}");
}

/// All experiments, as a terminal has room for them, and without their data.
#[test]
fn summaries_fit_a_terminal() {
    let files = fs::read_dir(experiment("")).unwrap().map(|file| file.unwrap().path());
    let files: Vec<String> = files.map(|file| file.to_str().unwrap().to_owned()).collect();
    assert!(files.len() >= 9);
    let nowhere = TempDir::new().unwrap();
    let output = succeed(toddle(&["summary", "--time"]).args(&files).env("TODDLE_DATA", nowhere.path()));
    for line in text(&output.stdout).lines().filter(|line| !files.iter().any(|file| file == line)) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for file in &files {
        assert!(text(&output.stdout).contains(&format!("{file}\n\n")), "{file}");
    }
}

/// A layer's number and name are those that an error gives it.
#[test]
fn layers_are_counted_as_errors_count_them() {
    let output = succeed(&mut toddle(&["summary", &experiment("resnet-small.toml")]));
    let names: Vec<Vec<&str>> =
        text(&output.stdout).lines().map(|line| line.split_whitespace().collect()).collect();
    let has = |number, name| names.iter().any(|words| words.starts_with(&[number, name]));
    assert!(has("1", "conv1") && has("3", "relu1") && has("12", "dense1"), "{names:?}");
    assert!(has("2", "residual2.projection.norm1") && has("6", "residual2"), "{names:?}");

    let set =
        "network.layers=[{kind='conv2d',filters=2,kernel=3},'tanh',{kind='conv2d',filters=2,kernel=30}]";
    let lenet = experiment("lenet5.toml");
    let output = toddle(&["summary", &lenet, "--set", set]).output().unwrap();
    assert!(text(&output.stderr).contains("layer 3 `conv2` cannot follow"), "{}", text(&output.stderr));
    // And the number that `--set` takes.
    let right = ["--set", set, "--set", "network.layers.3.kernel=5"];
    let output = succeed(toddle(&["summary", &lenet]).args(right));
    let third = text(&output.stdout).lines().find(|line| line.starts_with("3  conv2 ")).unwrap_or_default();
    assert!(third.contains("kernel = 5×5"), "{}", text(&output.stdout));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let home = TempDir::new().unwrap();
    common::xor(home.path(), "runs/lenet5", &["--set", "train.epochs=1"]);
    for command in [&["compare", "runs/lenet", "runs/lenet5"][..], &["train", "--resume", "runs/lenet"]] {
        let message = refuse(toddle(command).current_dir(&home));
        assert!(
            message.contains("`runs/lenet`: ") && message.contains("`lenet` in the folder `runs`"),
            "{message}"
        );
        assert!(message.contains("try       `runs/lenet5`, which exists"), "{message}");
    }
    let message = refuse(toddle(&["train", "--resume", "elsewhere/lenet5"]).current_dir(&home));
    let folder = fs::canonicalize(home.path()).unwrap();
    assert!(message.contains(&format!("`elsewhere` in the folder `{}`", folder.display())), "{message}");
}
