//! What `toddle train` says while it trains and when it has trained.

mod common;

use std::fs;
use std::path::Path;
use std::process::Output;

use common::{experiment, succeed, text, toddle, xor};
use serde_json::Value;
use tempfile::TempDir;

fn train(within: &Path, file: &str, sets: &[&str]) -> Output {
    let mut command = toddle(&["train", &experiment(file)]);
    for set in sets {
        command.args(["--set", set]);
    }
    succeed(command.current_dir(within))
}

#[test]
fn losses_have_the_digits_that_are_read() {
    let home = TempDir::new().unwrap();
    let output = train(home.path(), "xor.toml", &["train.epochs=1000"]);
    let table = text(&output.stdout);
    let loss = table.lines().find_map(|line| line.strip_prefix("loss ")).expect("a loss").trim();
    let digits = loss.trim_start_matches(['0', '.']).len();
    assert!(loss.starts_with("0.0") && digits == 4, "{table}");
    let last = text(&output.stderr).lines().rfind(|line| line.starts_with("epoch ")).expect("epochs");
    assert!(last.contains(&format!("  loss {loss}  ")), "{last}");
    assert!(!last.contains("rate"), "it does not change: {last}");
    // Files have all digits.
    let metrics = fs::read_to_string(home.path().join("runs/xor/metrics.jsonl")).unwrap();
    let row: Value = serde_json::from_str(metrics.lines().last().unwrap()).unwrap();
    let all = row["loss"].as_f64().unwrap().to_string();
    assert!(all.len() > 15, "{all}");
    assert!(
        fs::read_to_string(home.path().join("runs/xor/metrics.csv")).unwrap().contains(&format!(",{all},"))
    );
    assert_eq!(xor(home.path(), "again", &["--set", "train.epochs=1000"])["loss"], row["loss"]);
}

#[test]
fn what_it_is_validated_with_is_said() {
    let home = TempDir::new().unwrap();
    let notes = |file: &str, sets: &[&str]| {
        let output = train(home.path(), file, sets);
        let stderr = text(&output.stderr).to_owned();
        let lines = stderr.lines().take_while(|line| !line.starts_with("epoch "));
        let notes = lines.map(str::to_owned).collect::<Vec<_>>().join("\n");
        (notes, text(&output.stdout).to_owned())
    };
    let (said, table) = notes("xor.toml", &["train.epochs=1"]);
    assert!(said.contains("there is no validation; ") && said.contains("fraction = 0.1"), "{said}");
    assert!(table.contains("validated with  nothing"), "{table}");

    let small = ["data.first=40", "train.epochs=1"];
    let with = |set: &str| notes("lenet5.toml", &[&small[..], &[set]].concat()).0;
    for set in [
        "train.keep_best=true",
        "train.patience=3",
        "train.schedule=plateau",
        "train.schedule={kind='warmup',over=1,start=0.1,per='step',then={kind='plateau'}}",
    ] {
        let said = with(set);
        assert!(
            said.contains("the test set chooses the epoch") && said.contains("fraction = 0.1"),
            "{set}: {said}"
        );
    }
    assert_eq!(with("train.shuffle=false"), "");
    let held_out = ["data.validation={fraction=0.5}", "train.keep_best=true"];
    assert_eq!(notes("lenet5.toml", &[&small[..], &held_out].concat()).0, "");
}

/// Metrics of before there was an accuracy on the samples to train on.
#[test]
fn older_metrics_are_read() {
    let home = TempDir::new().unwrap();
    xor(home.path(), "run", &["--set", "train.epochs=5"]);
    let file = home.path().join("run/metrics.jsonl");
    let rows = fs::read_to_string(&file).unwrap();
    assert_eq!(rows.matches("\"training_accuracy\":null,").count(), 5, "{rows}");
    fs::write(&file, rows.replace("\"training_accuracy\":null,", "")).unwrap();
    succeed(toddle(&["train", "--resume", "run", "--set", "train.epochs=7", "--quiet"]).current_dir(&home));
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 7);
}
