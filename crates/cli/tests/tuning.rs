//! Trainings that begin with layers of another run, and that treat layers differently.

mod common;

use std::fs;
use std::path::Path;

use common::{fail, refuse, succeed, text, toddle, xor};
use serde_json::Value;
use tempfile::TempDir;
use toddle::{Network, checkpoint};

/// Exclusive or, and its opposite as a second output.
const TWO: &str = r#"
version = 1
name = "two"
seed = 9
precision = "f64"

[data]
inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = [[0, 1], [1, 0], [1, 0], [0, 1]]

[network]
from = "../runs/first"
layers = [{ kind = "dense", outputs = 3 }, "tanh", { kind = "dense", outputs = 2 }, "tanh"]

[train]
loss = "mean_squared_error"
optimizer = { kind = "adam", rate = 0.01 }
epochs = 20
batch = 2
freeze = ["dense1"]
rates = { "dense2.*" = 0.5 }
decay = "weights"
"#;

/// A folder with the run `runs/first` of exclusive or, and with the file `files/two.toml`.
fn home() -> TempDir {
    let home = TempDir::new().expect("a folder");
    xor(home.path(), "runs/first", &["--set", "train.epochs=50"]);
    fs::create_dir(home.path().join("files")).expect("a folder");
    fs::write(home.path().join("files/two.toml"), TWO).expect("a file");
    home
}

fn model(home: &Path, run: &str) -> Network<f64> {
    let file = fs::read(home.join(run).join("model.safetensors")).expect("a model");
    checkpoint::decode(&file).expect("a model").network
}

fn train(home: &Path, args: &[&str]) -> std::process::Command {
    let mut command = toddle(&["train", "files/two.toml"]);
    command.args(args).current_dir(home);
    command
}

#[test]
fn a_training_begins_with_the_layers_of_another_run() {
    let home = home();
    let output = succeed(&mut train(home.path(), &["--out", "runs/two"]));
    let said = text(&output.stderr);
    let expected = "loaded `dense1`; `dense2` begins anew: its weight is [3, 1] there and [3, 2] here\n";
    assert!(said.contains(expected), "{said}");
    let (first, two) = (model(home.path(), "runs/first"), model(home.path(), "runs/two"));
    assert_eq!(first.weights()[..9], two.weights()[..9]);

    // The rest is trained.
    let start = ["--out", "runs/start", "--set", "train.epochs=0"];
    succeed(&mut train(home.path(), &start));
    assert_ne!(model(home.path(), "runs/start").weights()[9..], two.weights()[9..]);
}

#[test]
fn paths_are_those_of_the_file_or_of_the_current_folder() {
    let home = home();
    let sets = ["--quiet", "--set", "network.from=\"runs/first/model.safetensors\"", "--out", "by-set"];
    succeed(&mut train(home.path(), &sets));
    succeed(&mut train(home.path(), &["--quiet", "--out", "by-file"]));
    assert_eq!(model(home.path(), "by-set").weights(), model(home.path(), "by-file").weights());
    succeed(toddle(&["check", "files/two.toml"]).current_dir(home.path()));
}

#[test]
fn a_training_of_some_layers_goes_on_to_the_same_bits() {
    let home = home();
    let digest = |args: &[&str]| {
        let output = succeed(&mut train(home.path(), &[args, &["--json", "--quiet"]].concat()));
        let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        said["weights_sha256"].clone()
    };
    let whole = digest(&["--out", "whole"]);
    digest(&["--out", "half", "--set", "train.epochs=11"]);
    // The other run is not needed any more.
    fs::remove_dir_all(home.path().join("runs/first")).expect("a folder");
    let resume =
        ["train", "--resume", "half", "--set", "train.epochs=20", "--threads", "2", "--json", "--quiet"];
    let output = succeed(toddle(&resume).current_dir(home.path()));
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(said["weights_sha256"], whole);
}

#[test]
fn what_does_not_fit_is_explained() {
    let home = home();
    let failure = |set: &str| fail(&mut train(home.path(), &["--set", set]));
    let refusal = |set: &str| refuse(&mut train(home.path(), &["--set", set]));
    for (said, parts) in [
        (failure("network.from=\"runs/none\""), vec!["runs/none", "nothing called `none`"]),
        (refusal("network.take=[\"dense2\"]"), vec!["no layer can be taken over", "`dense2` begins anew"]),
        (failure("network.take=[\"dens1\"]"), vec!["take: `dens1` matches nothing", "try       dense1"]),
        (failure("train.freeze=[\"dense3\"]"), vec!["freeze: `dense3` matches nothing", "try       dense"]),
        (failure("train.rates={ dense2 = -1 }"), vec!["out of range"]),
        (refusal("train.rates={ dense2 = \"a\" }"), vec!["`rates` cannot have this value", "a number"]),
        (refusal("train.rates=3"), vec!["`rates` cannot have this value", "{ \"name\" = … }, each a number"]),
        (refusal("train.decay=\"weight\""), vec!["weights"]),
    ] {
        for part in parts {
            assert!(said.contains(part), "{part:?} in {said}");
        }
    }
    let alone = TWO.replace("from = \"../runs/first\"", "take = [\"dense1\"]");
    fs::write(home.path().join("files/two.toml"), alone).expect("a file");
    let said = refuse(&mut train(home.path(), &[]));
    assert!(said.contains("nothing says of which run the layers are taken"), "{said}");
}
