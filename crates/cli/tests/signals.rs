//! Signals that ask the command to end: what is under way is saved, and the exit code says which it was.
#![cfg(unix)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{experiment, succeed, toddle};
use serde_json::Value;
use tempfile::TempDir;

const ENDLESS: &str = "train.epochs=100000000";

/// The program, under way: the lines that it says are still to be read.
fn start(command: &mut Command) -> (Child, BufReader<ChildStderr>) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let stderr = BufReader::new(child.stderr.take().expect("piped"));
    (child, stderr)
}

/// Exclusive or for ever, in `within/run`; it has begun.
fn train(within: &Path) -> (Child, BufReader<ChildStderr>) {
    let args = ["train", &experiment("xor.toml"), "--set", ENDLESS, "--out", "run"];
    let (child, mut stderr) = start(toddle(&args).current_dir(within));
    wait_for(&mut stderr, "epoch 1/");
    (child, stderr)
}

fn wait_for(stderr: &mut impl BufRead, begin: &str) {
    let line = stderr.lines().map(|line| line.expect("UTF-8")).find(|line| line.starts_with(begin));
    assert!(line.is_some(), "no line begins with {begin}");
}

fn send(child: &Child, signal: &str) {
    let status = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    assert!(status.expect("kill").success());
}

/// What the program still says, once it has ended.
fn rest(mut stderr: impl Read) -> String {
    let mut said = String::new();
    stderr.read_to_string(&mut said).expect("UTF-8");
    said
}

/// The signals that end a training, and the exit codes. Whoever runs the tests with `nohup` ignores SIGHUP for all of them.
fn signals() -> Vec<(&'static str, i32)> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    let hang_up = (ignored & 1 == 0).then_some(("HUP", 129));
    [("INT", 130), ("TERM", 143)].into_iter().chain(hang_up).collect()
}

#[test]
fn a_training_is_saved_and_goes_on() {
    for (signal, code) in signals() {
        let home = TempDir::new().unwrap();
        let (mut child, stderr) = train(home.path());
        send(&child, signal);
        let said = rest(stderr);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        assert!(said.ends_with("this command continues:\n  toddle train --resume run\n"), "{signal}: {said}");
        let run = home.path().join("run");
        assert_eq!(fs::read_dir(run.join("checkpoints")).unwrap().count(), 1);
        for file in ["model.safetensors", "curves.svg", "metrics.csv"] {
            assert!(run.join(file).is_file(), "{signal}: {file}");
        }
        // It goes on from the last step.
        let epochs = fs::read_to_string(run.join("metrics.csv")).unwrap().lines().count() - 1;
        let set = format!("train.epochs={}", epochs + 2);
        let args = ["train", "--resume", "run", "--set", &set, "--json", "--quiet"];
        let output = succeed(toddle(&args).current_dir(&home));
        let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(outcome["epochs"], epochs + 2, "{signal}");
    }
}

#[test]
fn a_reproduction_keeps_the_epochs_that_were_done() {
    for (signal, code) in signals() {
        let home = TempDir::new().unwrap();
        let args = ["reproduce", "--only", "1-softmax", "--epochs", "1000000", "--out", "post"];
        let (mut child, mut stderr) = start(toddle(&args).current_dir(&home));
        wait_for(&mut stderr, "epoch 1/");
        send(&child, signal);
        let said = rest(stderr);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        assert!(said.contains("interrupted: "), "{signal}: {said}");
        assert_eq!(fs::read_dir(home.path().join("post")).unwrap().count(), 3, "{signal}");
    }
}

/// As `timeout` and a terminal that is closed send them.
#[test]
fn the_same_signal_twice_is_one() {
    for (signal, code) in signals() {
        let home = TempDir::new().unwrap();
        let (mut child, stderr) = train(home.path());
        send(&child, signal);
        // It may have ended by now.
        let _ =
            Command::new("kill").args(["-s", signal, &child.id().to_string()]).stderr(Stdio::null()).status();
        let said = rest(stderr);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        assert!(said.contains("interrupted and saved"), "{signal}: {said}");
    }
}

/// As a supervisor sends them to a program that takes its time to save.
#[test]
fn another_signal_after_ctrl_c_does_not_prevent_the_save() {
    for (other, code) in signals().into_iter().filter(|(signal, _)| *signal != "INT") {
        let home = TempDir::new().unwrap();
        let (mut child, stderr) = train(home.path());
        // Both are there when it goes on.
        for signal in ["STOP", "INT", other, "CONT"] {
            send(&child, signal);
        }
        let said = rest(stderr);
        let ended = child.wait().unwrap().code();
        assert!(ended == Some(130) || ended == Some(code), "{other}: {ended:?}: {said}");
        assert!(said.contains("interrupted and saved"), "{other}: {said}");
        assert_eq!(fs::read_dir(home.path().join("run/checkpoints")).unwrap().count(), 1);
        assert!(home.path().join("run/model.safetensors").is_file());
    }
}

/// A program whose output nobody reads stands still, as one does whose disk does not answer.
#[test]
fn a_second_ctrl_c_ends_at_once() {
    let home = TempDir::new().unwrap();
    let (mut child, stderr) = train(home.path());
    thread::sleep(Duration::from_millis(500));
    send(&child, "INT");
    thread::sleep(Duration::from_millis(1500));
    assert!(child.try_wait().unwrap().is_none(), "it waits for its reader");
    send(&child, "INT");
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(since.elapsed() < Duration::from_secs(20), "it is still there");
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stderr);
}

#[test]
fn what_nohup_ignores_stays_ignored() {
    let home = TempDir::new().unwrap();
    let mut command = Command::new("sh");
    // The shell ignores the signal, and what it becomes inherits that.
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_toddle"), "train"]);
    command.args([&experiment("xor.toml"), "--set", ENDLESS, "--out", "run"]).current_dir(&home);
    let (mut child, mut stderr) = start(&mut command);
    wait_for(&mut stderr, "epoch 1/");
    send(&child, "HUP");
    wait_for(&mut stderr, "epoch 20000/");
    assert!(child.try_wait().unwrap().is_none(), "it goes on");
    send(&child, "TERM");
    let said = rest(stderr);
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(said.contains("interrupted and saved"), "{said}");
}

/// What writes nothing while it is under way has nothing to save.
#[test]
fn other_commands_end_at_once() {
    for (signal, code) in signals() {
        let home = TempDir::new().unwrap();
        let args = ["verify", &experiment("lenet5.toml"), "--steps", "100000000"];
        let mut child = toddle(&args).current_dir(&home).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        send(&child, signal);
        assert_eq!(child.wait().unwrap().signal(), Some(code - 128), "{signal}: {said}");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }
}
