//! `toddle train --folds`: a cross-validation.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{fail, refuse, succeed, text, toddle};
use serde_json::Value;
use tempfile::TempDir;

/// A table of two classes, of which one in four rows is of the second, with a column of weights.
fn home() -> TempDir {
    let home = TempDir::new().expect("a folder");
    let mut table = "a,b,weight,kind\n".to_owned();
    for n in 0..40 {
        let is_rare = n % 4 == 0;
        let a = f64::from(n % 7) / 7.0 + if is_rare { 1.5 } else { 0.0 };
        table += &format!("{a},{},{},{}\n", n % 3, 1 + n % 2, if is_rare { "rare" } else { "usual" });
    }
    fs::write(home.path().join("rows.csv"), table).expect("a file");
    let file = r#"
version = 1
name = "rows"

[data]
csv = "rows.csv"
weight = "weight"
scaling = "standard"

[network]
layers = [{ kind = "dense", outputs = 4 }, "tanh", { kind = "dense", outputs = 2 }]

[train]
loss = "cross_entropy"
optimizer = { kind = "adam", rate = 0.02 }
epochs = 30
batch = 8
class_weights = "balanced"
"#;
    fs::write(home.path().join("rows.toml"), file).expect("a file");
    home
}

fn train(home: &Path, args: &[&str]) -> Value {
    let mut command = toddle(&["train", "rows.toml", "--json", "--quiet"]);
    let output = succeed(command.args(args).current_dir(home));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn each_fold_is_a_run_and_the_table_has_their_mean() {
    let home = home();
    let output = succeed(toddle(&["train", "rows.toml", "--folds", "4"]).current_dir(&home));
    let table = text(&output.stdout);
    let first: Vec<&str> = table.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(first, ["fold", "1", "2", "3", "4", "mean", "deviation"]);
    assert!(table.starts_with("fold       epochs  validation loss  accuracy\n"), "{table}");
    let said = text(&output.stderr);
    assert!(said.contains("fold 3 of 4") && said.ends_with("wrote runs/rows-folds\n"), "{said}");

    // Another time, in another folder, with the same results.
    let results = train(home.path(), &["--folds", "4", "--out", "again"]);
    let folds = results["folds"].as_array().expect("folds");
    assert_eq!(folds.len(), 4);
    let numbers =
        |key: &str| -> Vec<f64> { folds.iter().map(|fold| fold[key].as_f64().expect("a number")).collect() };
    let losses = numbers("validation_loss");
    let mean = losses.iter().sum::<f64>() / 4.0;
    assert!((results["validation_loss"]["mean"].as_f64().expect("a mean") - mean).abs() < 1e-12);
    assert!(results["accuracy"]["mean"].as_f64().expect("a mean") > 0.9, "{results}");
    assert!(results["accuracy"]["deviation"].as_f64().is_some());
    let digests: BTreeSet<&str> = folds.iter().filter_map(|fold| fold["weights_sha256"].as_str()).collect();
    assert_eq!(digests.len(), 4);
    for n in 1..=4 {
        let folder = home.path().join(format!("again/fold-{n}"));
        let settings = fs::read_to_string(folder.join("experiment.toml")).expect("a file");
        assert!(settings.contains(&format!("fold = [{n}, 4]")), "{settings}");
        assert!(folder.join("model.safetensors").exists());
    }

    // One fold by its key, with the statistics of its own training samples.
    let alone = train(home.path(), &["--set", "data.validation={ fold = [2, 4] }"]);
    assert_eq!(alone["weights_sha256"], folds[1]["weights_sha256"]);
    assert_eq!((&alone["samples"], &folds[1]["samples"]), (&30.into(), &30.into()));
    let resumed = succeed(
        toddle(&["train", "--resume", "again/fold-2", "--set", "train.epochs=31"]).current_dir(&home),
    );
    assert!(text(&resumed.stdout).contains("31 of 31"), "{}", text(&resumed.stdout));
}

#[test]
fn weights_of_rows_and_classes_change_the_training() {
    let home = home();
    let digest =
        |out: &str, set: &str| train(home.path(), &["--out", out, "--set", set])["weights_sha256"].clone();
    let weighted = digest("weighted", "train.epochs=3");
    let table = fs::read_to_string(home.path().join("rows.csv")).expect("a table").replace("2,2,", "2,1,");
    fs::write(home.path().join("rows.csv"), table).expect("a file");
    assert_ne!(digest("other", "train.epochs=3"), weighted);

    // The weight is no input, and a table without it can be predicted.
    fs::write(home.path().join("new.csv"), "a,b\n2.1,1\n").expect("a file");
    let output = succeed(toddle(&["predict", "weighted", "new.csv"]).current_dir(&home));
    assert!(text(&output.stdout).contains("rare") || text(&output.stdout).contains("usual"));
    succeed(toddle(&["eval", "other"]).current_dir(&home));
}

#[test]
fn folds_that_cannot_be_are_explained() {
    let home = home();
    let said = refuse(toddle(&["train", "rows.toml", "--folds", "1"]).current_dir(&home));
    assert!(said.contains("--folds"), "{said}");
    let said = refuse(toddle(&["train", "rows.toml", "--folds", "41"]).current_dir(&home));
    assert!(said.contains("there is no such fold") && said.contains("2 to 40 folds"), "{said}");
    assert!(!home.path().join("runs").exists());
    let said = refuse(
        toddle(&["train", "rows.toml", "--set", "data.validation={ fold = [5, 4] }"]).current_dir(&home),
    );
    assert!(said.contains("fold 5 of 4"), "{said}");
    let said = fail(toddle(&["train", "rows.toml", "--set", "data.weight=\"kind\""]).current_dir(&home));
    assert!(
        said.contains("a weight: a finite number, 0 or more") && said.contains("column `kind`"),
        "{said}"
    );
    let set = ["--set", "data.weight=\"kind\"", "--set", "data.target=\"kind\""];
    let said = fail(toddle(&["train", "rows.toml"]).args(set).current_dir(&home));
    assert!(said.contains("weight \"kind\", which is a target"), "{said}");
    fs::write(home.path().join("rows.csv"), "a,weight,kind\n1,1,x\n2,-1,y\n3,1,x\n").expect("a file");
    let said = fail(toddle(&["train", "rows.toml"]).current_dir(&home));
    assert!(
        said.contains("a weight: a finite number, 0 or more") && said.contains("line 3, column `weight`"),
        "{said}"
    );
}
