//! `toddle check` and `verify` as their users meet them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// The program, on the experiment of exclusive or.
fn toddle(command: &str, args: &[&str]) -> Output {
    let xor = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments/xor.toml");
    let mut program = Command::new(env!("CARGO_BIN_EXE_toddle"));
    program.arg(command).arg(xor).args(args).env_remove("TODDLE_SIMD").output().expect("the program starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output in UTF-8")
}

#[test]
fn what_is_right_is_checked_with_success() {
    let output = toddle("check", &[]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
    for subject in ["data", "step", "lengths", "units", "gradients", "overfit"] {
        assert!(said.lines().any(|line| line.starts_with(&format!("✓ {subject}"))), "{said}");
    }
}

#[test]
fn what_is_wrong_is_said_and_is_no_success() {
    let output = toddle("check", &["--json", "--set", "train.optimizer.rate=1e-9"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let last = report["findings"].as_array().and_then(|findings| findings.last()).expect("findings");
    assert_eq!((&last["subject"], &last["verdict"]), (&"overfit".into(), &"wrong".into()), "{report}");
    assert!(last["remedy"].is_string());
}

#[test]
fn every_way_to_train_has_the_same_bits() {
    let output = toddle("verify", &["--steps", "25", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(lines.len() >= 5 && lines.iter().all(|line| line["same"] == true), "{lines:?}");
    assert!(lines.iter().all(|line| line["weights"] == lines[0]["weights"]));

    let output = toddle("verify", &["--steps", "25"]);
    let said = text(&output.stdout);
    assert_eq!(said.lines().filter(|line| line.starts_with('✓')).count(), lines.len(), "{said}");
    assert!(said.contains(lines[0]["weights"].as_str().expect("a digest")));
}
