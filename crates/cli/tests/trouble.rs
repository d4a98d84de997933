//! A training in trouble: its folder goes, the disk is full, threads or memory are refused. Nothing is lost, and nothing is said that is
//! not so.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use common::{experiment, fail, succeed, text, toddle};
use serde_json::Value;
use tempfile::TempDir;

/// Exclusive or for ever in `within/run`, at its first epoch.
fn train(within: &Path) -> (Child, BufReader<ChildStderr>) {
    let args = ["train", &experiment("xor.toml"), "--set", "train.epochs=100000000", "--out", "run"];
    let mut command = toddle(&args);
    let mut child =
        command.current_dir(within).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.starts_with("epoch 1/") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).expect("UTF-8"), 0, "it trains");
    }
    (child, stderr)
}

/// Sends Ctrl-C after a moment, and waits: the exit code, and what was said.
fn interrupt(mut child: Child, stderr: BufReader<ChildStderr>) -> (Option<i32>, String) {
    let said = thread::spawn(move || std::io::read_to_string(stderr).expect("UTF-8"));
    thread::sleep(Duration::from_millis(200));
    send(&child, "INT");
    let code = child.wait().expect("it ends").code();
    (code, said.join().expect("it is read"))
}

fn send(child: &Child, signal: &str) {
    let status = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    assert!(status.expect("kill").success());
}

/// A program with less of what `ulimit` limits.
fn limited(limit: &str, args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{limit}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_toddle")]);
    command.args(args).env_remove("TODDLE_SIMD").env_remove("TODDLE_DATA");
    command
}

#[test]
fn a_folder_that_is_moved_or_removed_leaves_a_whole_run() {
    for moved in [true, false] {
        let home = TempDir::new().unwrap();
        let run = home.path().join("run");
        let (child, stderr) = train(home.path());
        // The training stands still meanwhile: otherwise it may find a folder that is half removed.
        send(&child, "STOP");
        if moved {
            fs::rename(&run, home.path().join("elsewhere")).unwrap();
        } else {
            fs::remove_dir_all(&run).unwrap();
        }
        send(&child, "CONT");
        let (code, said) = interrupt(child, stderr);
        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains("the folder `run` was moved or removed: the run continues in `run`"), "{said}");
        for file in ["experiment.toml", "environment.json", "metrics.csv", "model.safetensors", "curves.svg"]
        {
            assert!(run.join(file).is_file(), "{file}");
        }
        // It has all epochs, and can be gone on with.
        let epochs = fs::read_to_string(run.join("metrics.csv")).unwrap().lines().count() - 1;
        let set = format!("train.epochs={}", epochs + 2);
        let args = ["train", "--resume", "run", "--set", &set, "--json", "--quiet"];
        let outcome = succeed(toddle(&args).current_dir(&home));
        let outcome: Value = serde_json::from_slice(&outcome.stdout).unwrap();
        assert_eq!(outcome["epochs"], epochs + 2);
    }
}

#[test]
fn another_folder_in_its_place_is_left_alone() {
    let home = TempDir::new().unwrap();
    let (child, stderr) = train(home.path());
    fs::rename(home.path().join("run"), home.path().join("elsewhere")).unwrap();
    fs::create_dir(home.path().join("run")).unwrap();
    fs::write(home.path().join("run/mine.txt"), "mine").unwrap();
    let (code, said) = interrupt(child, stderr);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.ends_with("toddle train --resume run-2\n"), "{said}");
    // While the new folder was empty, the training may have locked it.
    let names = fs::read_dir(home.path().join("run")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name != ".lock").collect::<Vec<_>>(), ["mine.txt"]);
    assert!(home.path().join("run-2/model.safetensors").is_file());
}

#[test]
fn threads_that_are_refused_change_no_bit() {
    let home = TempDir::new().unwrap();
    let sample = |n: usize| format!("[{}, {}]", n % 7, n % 5);
    let list = |of: &dyn Fn(usize) -> String| (0..96).map(of).collect::<Vec<_>>().join(", ");
    let (inputs, targets) = (list(&sample), list(&|n| format!("[{}]", n % 3)));
    let toml = format!(
        "version = 1\nname = \"wide\"\n[data]\ninputs = [{inputs}]\ntargets = [{targets}]\n[network]\nlayers = \
         [{{ kind = \"dense\", outputs = 9 }}, \"tanh\", {{ kind = \"dense\", outputs = 1 }}]\n[train]\nepochs = 3\n\
         batch = 96\nloss = \"mean_squared_error\"\noptimizer = {{ kind = \"adam\", rate = 0.01 }}\n"
    );
    fs::write(home.path().join("wide.toml"), toml).unwrap();
    let args = ["train", "wide.toml"];
    let train = |name: &str, stack: Option<&str>| -> Output {
        let mut command = toddle(&args);
        command.args(["--threads", "3", "--out", name, "--json"]).current_dir(&home);
        stack.map(|bytes| command.env("RUST_MIN_STACK", bytes));
        succeed(&mut command)
    };
    // No system has room for such a stack.
    let (three, one) = (train("three", None), train("one", Some("70368744177664")));
    let weights = |output: &Output| {
        let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
        outcome["weights_sha256"].as_str().unwrap().to_owned()
    };
    assert_eq!(weights(&three), weights(&one));
    let says = |output: &Output| text(&output.stderr).contains("the system starts only 1 of 3 threads");
    assert!(says(&one) && !says(&three), "{}", text(&one.stderr));
}

#[test]
fn a_full_disk_is_told_without_names_of_toddles() {
    let home = TempDir::new().unwrap();
    // The system lets no file grow beyond 512 bytes.
    let args = ["train", &experiment("xor.toml"), "--out", "run", "--quiet"];
    let message = fail(limited("trap '' XFSZ; ulimit -f 1", &args).current_dir(&home));
    assert!(message.contains("cannot ") && !message.contains(".toddle-"), "{message}");
}

const LARGE: &str = "version = 1\nname = \"large\"\n[data]\ninputs = [[0, 1], [1, 0]]\ntargets = [[0, 1], [1, 0]]\n\
                     [network]\nlayers = [{ kind = \"dense\", outputs = 20000 }, { kind = \"dense\", outputs = 2000 }, \
                     { kind = \"dense\", outputs = 2 }]\n\
                     [train]\nepochs = 1\nbatch = 2\nloss = \"mean_squared_error\"\noptimizer = { kind = \"adam\", rate = 0.001 }\n";

#[test]
fn a_training_without_memory_is_refused_before_it_starts() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("large.toml"), LARGE).unwrap();
    // 40 M weights are 160 MB, and training them takes four times as much.
    for limit in ["ulimit -v 100000", "ulimit -v 400000"] {
        let args = ["train", "large.toml", "--out", "run", "--threads", "1"];
        let output = limited(limit, &args).current_dir(&home).output().unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{limit}: {message}");
        assert!(message.contains("memory") && !message.contains("panicked"), "{limit}: {message}");
        assert!(!home.path().join("run").exists(), "{limit}");
    }
}

#[test]
fn saving_takes_no_copy_of_the_model() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("large.toml"), LARGE).unwrap();
    // Weights, gradients, two means and the packed weights; a copy for the file would be 480 MB more.
    let args = ["train", "large.toml", "--out", "run", "--threads", "1", "--quiet"];
    succeed(limited("ulimit -v 1100000", &args).current_dir(&home));
    assert!(home.path().join("run/model.safetensors").is_file());
}
