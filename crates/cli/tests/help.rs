//! `--help` as its users meet it.

mod common;

use common::{succeed, text, toddle};

#[test]
fn help_ends_with_examples() {
    for command in [
        "",
        "check",
        "compare",
        "data",
        "data fetch",
        "data list",
        "data show",
        "data verify",
        "eval",
        "predict",
        "reproduce",
        "summary",
        "train",
        "verify",
    ] {
        let words: Vec<&str> = command.split_whitespace().collect();
        let output = succeed(toddle(&words).arg("--help"));
        let (_, examples) =
            text(&output.stdout).rsplit_once("\nExamples:\n").unwrap_or_else(|| panic!("{command}"));
        assert!(examples.starts_with(&format!("  toddle {command}")), "{command}: {examples}");
        assert!(examples.lines().all(|line| line.starts_with("  toddle ")), "{command}: {examples}");
    }
}
