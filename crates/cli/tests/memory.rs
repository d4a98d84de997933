//! How much memory the command takes.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use common::{experiment, fail, succeed, toddle};
use tempfile::TempDir;

/// The most memory that a program has had so far, in MiB. `None` if it has ended.
fn peak(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") >> 10)
}

/// The most memory that a training on two threads has.
fn peak_of(training: &mut Command) -> u64 {
    training.args(["--threads", "2", "--quiet"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = training.spawn().expect("it starts");
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(peak(&child).unwrap_or(0));
        thread::sleep(Duration::from_millis(20));
    }
    assert!(child.wait().unwrap().success());
    most
}

/// An epoch of an experiment on MNIST, with its evaluation, its film and its report, takes at most so many MiB. It has 100 steps or more,
/// as has an epoch of all samples: in shorter epochs, the engine of the smaller last batch stays in memory.
#[test]
fn trainings_take_no_more_memory_than_they_are_allowed() {
    for (name, allowed) in [("lenet5", 60), ("pytorch-mnist", 120), ("resnet-small", 120)] {
        let home = TempDir::new().unwrap();
        let file = experiment(&format!("{name}.toml"));
        let args = ["train", &file, "--set", "train.epochs=1", "--set", "data.first=12896"];
        let most = peak_of(toddle(&args).current_dir(&home));
        assert!((20..=allowed).contains(&most), "{name}: {most} MiB");
    }
}

/// The last batch of an epoch is smaller, and what computes it does not take memory beside what computes the others.
#[test]
fn a_smaller_batch_takes_no_more_memory() {
    let peak = |first: u32| {
        let home = TempDir::new().unwrap();
        let set = format!("data.first={first}");
        let more = [
            "--set",
            &set,
            "--set",
            "train.epochs=1",
            "--set",
            "data.validation=\"none\"",
            "--set",
            "train.batch=48",
        ];
        peak_of(toddle(&["train", &experiment("resnet-small.toml")]).args(more).current_dir(&home))
    };
    let (whole, smaller) = (peak(100 * 48), peak(100 * 48 + 47));
    assert!(smaller < whole + 20, "{smaller} MiB, {whole} MiB with whole batches");
}

/// What does not fit is refused before the first step, and the checkpoint stays.
#[test]
fn a_training_that_goes_on_is_refused_if_it_does_not_fit() {
    let home = TempDir::new().unwrap();
    let rows = (0..512).map(|n| format!("[{}]", n % 7)).collect::<Vec<_>>().join(", ");
    let toml = format!(
        "version = 1\nname = \"wide\"\n[data]\ninputs = [{rows}]\ntargets = [{rows}]\n[network]\nlayers = \
         [{{ kind = \"dense\", outputs = 4000 }}, \"tanh\", {{ kind = \"dense\", outputs = 1 }}]\n[train]\nepochs = 1\n\
         batch = 512\nloss = \"mean_squared_error\"\noptimizer = {{ kind = \"sgd\", rate = 0.001 }}\n"
    );
    fs::write(home.path().join("wide.toml"), toml).unwrap();
    succeed(toddle(&["train", "wide.toml", "--out", "run", "--threads", "2"]).current_dir(&home));
    let on = ["train", "--resume", "run", "--set", "train.epochs=2", "--threads", "2"];
    let mut limited = toddle(&on);
    let message = fail(limited.args(["--memory", "12M"]).current_dir(&home));
    assert!(message.contains("the training does not fit in memory"), "{message}");
    assert_eq!(fs::read_dir(home.path().join("run/checkpoints")).unwrap().count(), 1);
    succeed(toddle(&on).current_dir(&home));
}
