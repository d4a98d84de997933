//! Numbers to learn whose loss takes other outputs than the targets: answers are in the unit of the targets, and targets that the loss
//! does not take are refused.

mod common;

use std::fs;

use common::{refuse, succeed, toddle};
use serde_json::Value;
use tempfile::TempDir;

/// A folder with a table of 200 rows and an experiment that learns from it.
fn home(names: &str, row: impl Fn(f64) -> String, data: &str, network: &str, loss: &str) -> TempDir {
    let home = TempDir::new().expect("a temporary folder");
    let rows: String = (0..200).map(|n| row((n * 37 % 200) as f64 / 100.0 - 1.0) + "\n").collect();
    fs::write(home.path().join("t.csv"), format!("{names}\n{rows}")).unwrap();
    let experiment = format!(
        "version = 1\nname = \"t\"\n[data]\ncsv = \"t.csv\"\n{data}\n[network]\n{network}\n[train]\nloss = \"{loss}\"\noptimizer = \
         {{ kind = \"adam\", rate = 0.03 }}\nepochs = 100\nbatch = 16\n"
    );
    fs::write(home.path().join("t.toml"), experiment).unwrap();
    home
}

/// The error of a training in the unit of the targets, as `eval` says it, and the largest error of `predict` in all rows.
fn errors(home: &TempDir) -> (f64, f64) {
    let run = |args: &[&str]| -> Value {
        let output = succeed(toddle(args).current_dir(home.path()));
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    succeed(toddle(&["train", "t.toml", "--quiet", "--out", "run"]).current_dir(home.path()));
    let eval = run(&["eval", "run", "--json"]);
    let predicted = run(&["predict", "run", "t.csv", "--json"]);
    let mut most = 0.0_f64;
    for row in predicted["predictions"].as_array().expect("predictions") {
        let numbers = |key: &str| -> Vec<f64> {
            row[key]
                .as_array()
                .expect("numbers")
                .iter()
                .map(|number| number.as_f64().expect("a number"))
                .collect()
        };
        for (said, truth) in numbers("numbers").into_iter().zip(numbers("truth")) {
            most = most.max((said - truth).abs());
        }
    }
    (eval["mean_absolute_error"].as_f64().expect("an error"), most)
}

const LINE: &str = "layers = [{ kind = \"dense\", outputs = 1 }]";

#[test]
fn counts_are_no_logarithms() {
    let count = |x: f64| format!("{x},{}", (2.0 + x).exp());
    let home = home("x,y", count, "numbers = true", LINE, "poisson");
    let (mean, most) = errors(&home);
    assert!(mean < 0.5 && most < 1.5, "{mean}, {most}");
}

#[test]
fn shares_of_classes_are_probabilities() {
    let shares = |x: f64| {
        let powers = [x.exp(), 1.0, (-2.0 * x).exp()];
        let sum: f64 = powers.iter().sum();
        format!("{x},{},{},{}", powers[0] / sum, powers[1] / sum, powers[2] / sum)
    };
    for (end, loss) in [
        (", \"log_softmax\"", "kl_divergence"),
        (", \"log_softmax\"", "negative_log_likelihood"),
        ("", "cross_entropy"),
    ] {
        let network = format!("layers = [{{ kind = \"dense\", outputs = 3 }}{end}]");
        let home = home("x,a,b,c", shares, "target = [\"a\", \"b\", \"c\"]", &network, loss);
        let (mean, most) = errors(&home);
        assert!(mean < 0.02 && most < 0.1, "{loss}: {mean}, {most}");
    }
}

#[test]
fn each_output_has_the_link_of_its_own_loss() {
    let network = "layers = [{ kind = \"dense\", outputs = 8 }, { kind = \"relu\", name = \"h\" }, { kind = \"dense\", outputs = 1, name = \
                   \"number\", from = \"h\" }, { kind = \"dense\", outputs = 1, name = \"yes\", from = \"h\" }]\noutputs = [{ from = \
                   \"number\", name = \"number\" }, { from = \"yes\", name = \"yes\", loss = \"binary_cross_entropy\" }]";
    let both = |x: f64| format!("{x},{},{}", 3.0 * x, u8::from(x > 0.0));
    let home = home("x,u,v", both, "target = [\"u\", \"v\"]", network, "mean_squared_error");
    let (mean, most) = errors(&home);
    assert!(mean < 0.2 && most < 1.0, "{mean}, {most}");
    let said = succeed(toddle(&["predict", "run", "t.csv"]).current_dir(home.path()));
    let said = common::text(&said.stdout);
    assert!(said.contains("a sigmoid makes them probabilities (not of all outputs)"), "{said}");
}

#[test]
fn targets_that_a_loss_does_not_take_are_refused() {
    let row = |x: f64| format!("{x},{}", 3.0 * x);
    let refused = |data: &str, loss: &str| {
        let home = home("x,y", row, &format!("numbers = true\n{data}"), LINE, loss);
        let message =
            refuse(toddle(&["train", "t.toml", "--quiet", "--out", "run"]).current_dir(home.path()));
        assert!(!home.path().join("run").exists(), "{message}");
        message
    };
    for loss in ["binary_cross_entropy", "focal", "dice"] {
        let message = refused("", loss);
        assert!(message.contains("targets from 0 to 1") && message.contains("for sample"), "{message}");
        let message = refused("target_scaling = \"standard\"", loss);
        assert!(message.contains("`target_scaling` does not fit the loss"), "{message}");
    }
    let message = refused("", "poisson");
    assert!(message.contains("targets of 0 or more"), "{message}");
}

#[test]
fn a_set_on_a_long_file_is_no_panic() {
    let home = home("x,y", |x| format!("{x},{x}"), "", LINE, "mean_squared_error");
    let file = home.path().join("t.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{}{text}", "# a comment of some length\n".repeat(4000))).unwrap();
    succeed(toddle(&["train", "t.toml", "--set", "train.epochs=1", "--quiet"]).current_dir(home.path()));
}

#[test]
fn classes_have_the_probabilities_of_their_loss() {
    let class = |x: f64| {
        format!(
            "{x},{}",
            if x < -0.3 {
                "low"
            } else if x < 0.3 {
                "middle"
            } else {
                "high"
            }
        )
    };
    let network = "layers = [{ kind = \"dense\", outputs = 3 }]";
    for (loss, words) in [
        ("binary_cross_entropy", "a sigmoid makes each of them the probability"),
        ("mean_squared_error", "was not trained to give probabilities"),
    ] {
        let home = home("x,k", class, "", network, loss);
        let run = |args: &[&str]| succeed(toddle(args).current_dir(home.path())).stdout;
        run(&["train", "t.toml", "--quiet", "--out", "run"]);
        let said = run(&["predict", "run", "t.csv", "--json"]);
        let said: Value = serde_json::from_slice(&said).expect("JSON");
        assert!(said["note"].as_str().is_some_and(|note| note.contains(words)), "{}", said["note"]);
        let first = &said["predictions"][0]["probabilities"];
        let sum: f64 = first.as_array().expect("probabilities").iter().filter_map(Value::as_f64).sum();
        assert_eq!((sum - 1.0).abs() < 1e-9, loss == "mean_squared_error", "{first}");
    }
}

#[test]
fn a_layer_that_keeps_probabilities_keeps_them() {
    let class = |x: f64| format!("{x},{}", if x < 0.0 { "low" } else { "high" });
    for end in [
        "\"softmax\"",
        "\"softmax\", { kind = \"reshape\", shape = 2 }",
        "\"softmax\", { kind = \"dropout\", rate = 0.0 }",
    ] {
        let network = format!("layers = [{{ kind = \"dense\", outputs = 2 }}, {end}]");
        let home = home("x,k", class, "", &network, "mean_squared_error");
        let run = |args: &[&str]| succeed(toddle(args).current_dir(home.path())).stdout;
        run(&["train", "t.toml", "--quiet", "--out", "run"]);
        let said: Value = serde_json::from_slice(&run(&["predict", "run", "t.csv", "--json"])).expect("JSON");
        assert!(said.get("note").is_none(), "{end}: {}", said["note"]);
    }
}
