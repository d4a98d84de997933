//! A resumed training that is over says why, and changes nothing.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::SystemTime;

use common::{refuse, succeed, text, toddle, xor};
use serde_json::Value;
use tempfile::TempDir;

/// All files of a run, with their content and when they were written.
fn files(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.file_name().unwrap() != ".lock" {
            let (content, written) =
                (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
            found.insert(path, (content, written));
        }
    }
    found
}

fn resume(within: &Path, args: &[&str]) -> Output {
    succeed(toddle(&["train", "--resume", "run"]).args(args).current_dir(within))
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn all_epochs_are_done() {
    let home = TempDir::new().unwrap();
    let run = home.path().join("run");
    let trained = xor(home.path(), "run", &["--set", "train.epochs=20"]);
    let before = files(&run);
    let output = resume(home.path(), &[]);
    let said = text(&output.stderr);
    assert!(said.contains("nothing is left to train: all 20 epochs are done (train.epochs = 20)"), "{said}");
    assert!(said.ends_with("  toddle train --resume run --set train.epochs=40\n"), "{said}");
    assert!(text(&output.stdout).contains("20 of 20, 80 steps"), "{}", text(&output.stdout));
    let again = json(&resume(home.path(), &["--json", "--quiet"]));
    for key in ["weights_sha256", "loss", "epochs", "steps", "seconds"] {
        assert_eq!(again[key], trained[key], "{key}");
    }
    assert!(again["over"].as_str().unwrap().contains("train.epochs"), "{again}");
    assert!(files(&run) == before, "nothing is written");

    let command = ["train", "--resume", "run", "--set", "train.epochs=5"];
    let message = refuse(toddle(&command).current_dir(&home));
    assert!(
        message.contains("more epochs than the experiment asks for")
            && message.contains("train.epochs = 20, or more"),
        "{message}"
    );
    assert!(files(&run) == before, "nothing is written");

    // What was lost is written again, and nothing else is lost.
    fs::remove_file(run.join("model.safetensors")).unwrap();
    resume(home.path(), &["--quiet"]);
    assert_eq!(fs::read(run.join("model.safetensors")).unwrap(), before[&run.join("model.safetensors")].0);
    assert_eq!(fs::read(run.join("metrics.csv")).unwrap(), before[&run.join("metrics.csv")].0);
}

/// A model that was written at an earlier stop is not that of the last checkpoint.
#[test]
fn an_older_model_is_written_again() {
    let home = TempDir::new().unwrap();
    let run = home.path().join("run");
    xor(home.path(), "run", &["--set", "train.epochs=20"]);
    let old = fs::read(run.join("model.safetensors")).unwrap();
    let after = json(&resume(home.path(), &["--set", "train.epochs=30", "--json"]));
    fs::write(run.join("model.safetensors"), &old).unwrap();
    let again = json(&resume(home.path(), &["--json", "--set", "train.epochs=30"]));
    assert_eq!(after["weights_sha256"], again["weights_sha256"]);
    assert!(fs::read(run.join("model.safetensors")).unwrap() != old);
}

#[test]
fn patience_can_be_raised() {
    let home = TempDir::new().unwrap();
    let impatient = ["--set", "train.epochs=60", "--set", "train.optimizer.rate=2"];
    let patience =
        |epochs: &str| [&impatient[..], &["--set", &format!("train.patience={epochs}")]].concat().join("\n");
    let train = |out: &str, epochs: &str| {
        let args = patience(epochs);
        xor(home.path(), out, &args.lines().collect::<Vec<_>>())
    };
    let (first, longer) = (train("run", "2"), train("longer", "10"));
    assert!(first["epochs"].as_u64() < longer["epochs"].as_u64() && longer["epochs"].as_u64() < Some(60));
    let before = files(&home.path().join("run"));
    let output = resume(home.path(), &[]);
    let said = text(&output.stderr);
    assert!(said.contains("was better (train.patience = 2); this command continues:"), "{said}");
    assert!(said.ends_with("--set train.patience=4\n"), "{said}");
    assert!(text(&output.stdout).contains("; stopped by train.patience"), "{}", text(&output.stdout));
    assert!(files(&home.path().join("run")) == before, "nothing is written");

    let raised = json(&resume(home.path(), &["--set", "train.patience=10", "--json", "--quiet"]));
    assert_eq!(
        (&raised["epochs"], &raised["weights_sha256"]),
        (&longer["epochs"], &longer["weights_sha256"])
    );
}
