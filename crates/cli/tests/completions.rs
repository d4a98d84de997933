//! `toddle completions`: a script for each shell, and an error for others.

mod common;

use common::{succeed, text, toddle};

#[test]
fn every_shell_gets_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = succeed(&mut toddle(&["completions", shell]));
        assert!(output.stderr.is_empty(), "{shell}");
        for word in ["toddle", "reproduce", "summary", "resume"] {
            assert!(text(&output.stdout).contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn other_shells_are_refused() {
    let output = toddle(&["completions", "tcsh"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let error = text(&output.stderr);
    assert!(error.contains("possible values") && error.contains("bash"), "{error}");
}
