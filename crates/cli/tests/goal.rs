//! Trainings that end before their last epoch: at a goal, or when their time is over.

mod common;

use std::path::Path;

use common::{experiment, fail, refuse, succeed, text, toddle, xor};
use serde_json::Value;
use tempfile::TempDir;

fn json(output: &[u8]) -> Value {
    serde_json::from_slice(output).expect("JSON")
}

fn resume(within: &Path, args: &[&str]) -> Value {
    let output =
        succeed(toddle(&["train", "--resume", "run", "--json", "--quiet"]).args(args).current_dir(within));
    json(&output.stdout)
}

#[test]
fn a_goal_ends_a_training_and_another_goal_continues_it() {
    let home = TempDir::new().unwrap();
    let file = experiment("xor.toml");
    let train = ["train", &file, "--out", "run", "--set", "train.stop_at={ loss = 0.05 }"];
    let output = succeed(toddle(&train).current_dir(&home));
    let said = text(&output.stdout);
    assert!(said.contains(" of 1000, ") && said.contains("; stopped by train.stop_at"), "{said}");

    let over = succeed(toddle(&["train", "--resume", "run"]).current_dir(&home));
    let said = text(&over.stderr);
    assert!(said.contains("nothing is left to train: the goal is reached (train.stop_at)"), "{said}");
    let command = said.lines().last().expect("a command").trim();
    assert_eq!(command, "toddle train --resume run --set 'train.stop_at={ loss = 0 }'");

    let continued = resume(home.path(), &["--set", "train.stop_at={ loss = 0 }"]);
    assert_eq!(continued["complete"], true);
    let whole = xor(home.path(), "whole", &[]);
    assert_eq!(continued["weights_sha256"], whole["weights_sha256"]);
}

#[test]
fn a_time_limit_keeps_the_work_and_says_how_to_go_on() {
    let home = TempDir::new().unwrap();
    let file = experiment("xor.toml");
    let sets = ["--set", "train.epochs=100000000", "--set", "train.time_limit=\"0.2 s\""];
    let output = succeed(toddle(&["train", &file, "--out", "run", "--json"]).args(sets).current_dir(&home));
    let first = json(&output.stdout);
    assert_eq!(first["complete"], false);
    let said = text(&output.stderr);
    assert!(said.contains("the time limit (train.time_limit) is over after step "), "{said}");
    assert!(said.ends_with("  toddle train --resume run\n"), "{said}");
    assert!(home.path().join("run/model.safetensors").exists());

    let epochs = first["epochs"].as_u64().expect("a number") + 10;
    let set = format!("train.epochs={epochs}");
    let continued = resume(home.path(), &["--set", &set, "--set", "train.time_limit=\"1 h\""]);
    assert_eq!((&continued["complete"], continued["epochs"].as_u64()), (&Value::Bool(true), Some(epochs)));
    let whole = xor(home.path(), "whole", &["--set", &set]);
    assert_eq!(continued["weights_sha256"], whole["weights_sha256"]);
}

#[test]
fn goals_and_times_that_cannot_be_are_explained() {
    let home = TempDir::new().unwrap();
    let file = experiment("xor.toml");
    let command = |set: &str| {
        let mut command = toddle(&["train", &file, "--set", set]);
        command.current_dir(&home);
        command
    };
    let said = fail(&mut command("train.stop_at={ accuracy = 0.9 }"));
    assert!(said.contains("stop_at.accuracy = 0.9") && said.contains("never right or wrong"), "{said}");
    let said = refuse(&mut command("train.stop_at={ acuracy = 0.9 }"));
    assert!(
        said.contains("there is no setting `train.stop_at.acuracy`") && said.contains("try       accuracy"),
        "{said}"
    );
    for wrong in ["\"soon\"", "0", "-3"] {
        let said = refuse(&mut command(&format!("train.time_limit={wrong}")));
        assert!(said.contains("time"), "{said}");
    }
}
