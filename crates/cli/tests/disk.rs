//! Trainings on arrays that stay in their files.
#![cfg(unix)]

mod common;

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use common::{npy, succeed, text, toddle};
use serde_json::Value;
use tempfile::TempDir;

const SAMPLES: usize = 24_000;
const SIZE: usize = 800;

/// So little that the samples, 37 MiB, stay in their file, and so much that the network fits.
const LITTLE: [&str; 2] = ["--memory", "100M"];

/// Samples of two classes in two files, and an experiment of them.
fn write(home: &Path) {
    let mut x = npy("<i2", &format!("{SAMPLES}, {SIZE}"), &[]);
    let mut y = npy("|u1", &format!("{SAMPLES},"), &[]);
    for n in 0..SAMPLES {
        y.push((n % 2) as u8);
        x.extend((0..SIZE).flat_map(|i| (((i * n) % 17) as i16 - 8 + (n % 2) as i16).to_le_bytes()));
    }
    fs::write(home.join("x.npy"), x).unwrap();
    fs::write(home.join("y.npy"), y).unwrap();
    let toml = "version = 1\nname = \"large\"\n[data]\nnpy = { inputs = \"x.npy\", targets = \"y.npy\" }\nscaling = \
                \"standard\"\nvalidation = { fraction = 0.1 }\n[network]\nlayers = [{ kind = \"dense\", outputs = 4 }, \
                \"relu\", { kind = \"dense\", outputs = 2 }]\n[train]\nepochs = 2\nbatch = 32\nshuffle = true\nloss = \
                \"cross_entropy\"\noptimizer = { kind = \"sgd\", rate = 0.01 }\n";
    fs::write(home.join("large.toml"), toml).unwrap();
}

/// Whether the program reads the file while it trains.
fn json(command: &mut std::process::Command) -> Value {
    serde_json::from_slice(&succeed(command).stdout).expect("JSON")
}

#[test]
fn the_bits_are_the_same_and_a_file_that_is_cut_short_costs_no_checkpoint() {
    let home = TempDir::new().unwrap();
    write(home.path());
    let train = |out: &str, more: &[&str]| {
        let mut command = toddle(&["train", "large.toml", "--json", "--quiet", "--out", out]);
        command.args(more).current_dir(&home);
        json(&mut command)
    };
    let (memory, disk) = (train("memory", &["--memory", "2G"]), train("disk", &LITTLE));
    assert_eq!(memory["weights_sha256"], disk["weights_sha256"]);
    assert_eq!((&memory["loss"], &memory["accuracy"]), (&disk["loss"], &disk["accuracy"]));

    let args = ["train", "large.toml", "--set", "train.epochs=100000", "--set", "train.checkpoint_every=100"];
    let mut command = toddle(&args);
    command.args(LITTLE).args(["--out", "long"]).current_dir(&home);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let said = thread::spawn(move || stderr.lines().map_while(Result::ok).collect::<Vec<_>>().join("\n"));
    let checkpoints = home.path().join("long/checkpoints");
    let since = Instant::now();
    while fs::read_dir(&checkpoints).map_or(0, Iterator::count) < 2 {
        assert!(since.elapsed() < Duration::from_secs(100) && child.try_wait().unwrap().is_none());
        thread::sleep(Duration::from_millis(5));
    }
    let whole = fs::read(home.path().join("x.npy")).unwrap();
    let file = OpenOptions::new().write(true).open(home.path().join("x.npy")).unwrap();
    file.set_len(whole.len() as u64 / 2).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let said = said.join().unwrap();
    for part in ["error: cannot use `", "x.npy`", "got       a file that ends before sample ", "try       "] {
        assert!(said.contains(part), "{said}");
    }
    assert!(!said.contains("panicked"), "{said}");
    // The last checkpoint is whole, and has no step of other samples: the run goes on as if nothing had been.
    File::create(home.path().join("x.npy")).unwrap().write_all(&whole).unwrap();
    let on = ["train", "--resume", "long", "--set", "train.epochs=2", "--json", "--quiet"];
    let mut command = toddle(&on);
    command.args(LITTLE).current_dir(&home);
    let output = command.output().unwrap();
    match output.status.success() {
        true => {
            let gone_on: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(gone_on["weights_sha256"], disk["weights_sha256"]);
        }
        // It had come further than that.
        false => assert!(text(&output.stderr).contains("train.epochs"), "{}", text(&output.stderr)),
    }
}
