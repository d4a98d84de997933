//! Trainings over ranks: `toddle train --mpi`, with threads in the place of the processes of MPI, and `toddle verify --ranks`.

mod common;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use common::{experiment, fail, refuse, succeed, text, toddle};
use serde_json::Value;
use tempfile::tempdir;
use toddle::{Local, Ranks};
use toddle_cli::{Connect, Connected, main_with};

/// An experiment of 50 samples in two batches, the second of which has two blocks.
fn fifty(folder: &Path) -> PathBuf {
    let inputs: Vec<String> = (0..50).map(|n| format!("[{}, {}]", n % 7, n * n % 11)).collect();
    let targets: Vec<String> = (0..50).map(|n| format!("[{}]", n % 3)).collect();
    let text = format!(
        r#"version = 1
name = "fifty"
[data]
inputs = [{}]
targets = [{}]
[network]
layers = [{{ kind = "dense", outputs = 20 }}, "batch_norm", "tanh", {{ kind = "dense", outputs = 1 }}]
[train]
loss = "mean_squared_error"
optimizer = "adam"
epochs = 4
batch = 32
checkpoint_every = 1
"#,
        inputs.join(", "),
        targets.join(", ")
    );
    let file = folder.join("fifty.toml");
    fs::write(&file, text).unwrap();
    file
}

/// A rank that is a thread.
struct Rank(Ranks);

impl Connect for Rank {
    fn connect(&self) -> Connected {
        Connected { ranks: self.0.clone(), here: 1 }
    }

    fn end_all(&self, code: u8) -> ! {
        panic!("rank {} ends all with {code}", self.0.rank())
    }
}

/// Runs `toddle train --mpi` with these words on so many ranks. Whether all succeed.
fn train_over(ranks: usize, words: &[&str]) -> bool {
    let words = ["toddle", "train", "--mpi", "--quiet", "--json", "--threads", "1"].iter().chain(words);
    let words: Vec<OsString> = words.map(OsString::from).collect();
    thread::scope(|scope| {
        let threads: Vec<_> = (Local::ranks(ranks).into_iter())
            .map(|local| {
                let words = words.clone();
                scope.spawn(move || main_with(words, Some(&Rank(Ranks::new(local)))) == ExitCode::SUCCESS)
            })
            .collect();
        // Each is joined, also after one that has panicked.
        let ended: Vec<bool> = threads.into_iter().map(|thread| thread.join().unwrap_or(false)).collect();
        ended.into_iter().all(|succeeds| succeeds)
    })
}

#[test]
fn a_run_over_ranks_has_the_files_of_a_run_of_one_process() {
    let folder = tempdir().unwrap();
    let (file, out) = (fifty(folder.path()), |name: &str| folder.path().join(name));
    let file = file.to_str().unwrap();
    let one = out("one");
    succeed(toddle(&["train", file, "--quiet", "--out"]).arg(&one));
    let over = out("over");
    assert!(train_over(3, &[file, "--out", over.to_str().unwrap()]));

    // After each epoch it goes on with another number of ranks.
    let cut = out("cut");
    let cut_in_words = cut.to_str().unwrap();
    assert!(train_over(2, &[file, "--out", cut_in_words, "--set", "train.epochs=1"]));
    for (ranks, epochs) in [(4, 2), (1, 3), (3, 4)] {
        let epochs = format!("train.epochs={epochs}");
        assert!(train_over(ranks, &["--resume", cut_in_words, "--set", &epochs]));
    }
    for run in [over, cut] {
        for name in ["model.safetensors", "checkpoints/step-00000008.safetensors", "film.jsonl"] {
            assert!(fs::read(run.join(name)).unwrap() == fs::read(one.join(name)).unwrap(), "{name}");
        }
        assert_eq!(fs::read_to_string(run.join("metrics.jsonl")).unwrap().lines().count(), 4);
    }
}

#[test]
fn an_error_of_all_ranks_ends_all() {
    let folder = tempdir().unwrap();
    let file = fifty(folder.path());
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("mine.txt"), "").unwrap();
    // Rank 0 finds the file of the user. The other ranks wait for it, and then lose it.
    assert!(!train_over(2, &[file.to_str().unwrap(), "--out", out.to_str().unwrap()]));
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
}

#[test]
fn mpi_needs_a_program_that_has_it() {
    let message = fail(&mut toddle(&["train", &experiment("xor.toml"), "--mpi"]));
    assert!(message.contains("--features mpi") && message.contains("docs/ranks.md"), "{message}");
    refuse(&mut toddle(&["train", &experiment("xor.toml"), "--mpi", "--folds", "2"]));
}

#[test]
fn verify_compares_ranks() {
    let folder = tempdir().unwrap();
    let file = fifty(folder.path());
    let output = succeed(toddle(&["verify", "--ranks", "--steps", "5", "--json"]).arg(&file));
    let lines: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = lines.as_array().unwrap();
    assert_eq!(lines.len(), 11);
    assert!(lines.iter().all(|line| line["same"] == true && line["weights"] == lines[0]["weights"]));
    let output = succeed(toddle(&["verify", "--ranks", "--steps", "2"]).arg(&file));
    let shown = text(&output.stdout);
    assert!(shown.starts_with("2 steps in 11 ways; the ranks are threads of this process\n"), "{shown}");
    assert!(shown.contains(", 8 ranks × 2 threads\n"), "{shown}");
}
