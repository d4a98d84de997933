//! A training that is killed again and again loses nothing that it has said is saved, and comes to the end that it would have had.

mod common;

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

use common::{succeed, text, toddle};
use serde_json::Value;
use tempfile::TempDir;

/// How often it is killed, if `TODDLE_KILLS` does not say.
const KILLS: u64 = 25;
/// The latest moment of a kill, as a part of the time that a training of some epochs takes here: long enough for some
/// checkpoints.
const LATEST: f64 = 1.5;
/// Steps of an epoch, which the checkpoints' do not divide.
const STEPS: u64 = 4;

/// Exclusive or, with all that a checkpoint can hold, in `run`: begun, or gone on with where there is one.
fn train(run: &Path, epochs: u64) -> Command {
    let xor = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments/xor.toml");
    let mut command = toddle(&["train", "--json", "--set", &format!("train.epochs={epochs}")]);
    if run.join("experiment.toml").is_file() {
        command.arg("--resume").arg(run);
    } else {
        command.arg(xor).arg("--out").arg(run);
        for set in ["checkpoint_every=3", "optimizer=adam", "shuffle=true", "average=0.9", "keep_best=true"] {
            command.args(["--set", &format!("train.{set}")]);
        }
    }
    command
}

/// What it says until it is killed, in whole lines.
fn killed(command: &mut Command, moment: Duration) -> Vec<String> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let stderr = child.stderr.take().expect("piped");
    let said = thread::spawn(move || io::read_to_string(stderr).expect("UTF-8"));
    thread::sleep(moment);
    child.kill().expect("it runs");
    let status = child.wait().expect("it ends");
    let said = said.join().expect("it is read");
    assert_eq!(status.code(), None, "it ended by itself: {said}");
    let lines = said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    lines.map(str::to_owned).collect()
}

fn random_moment(latest: Duration) -> Duration {
    latest.mul_f64(RandomState::new().hash_one(()) as f64 / u64::MAX as f64)
}

/// All columns of the metrics but the time.
fn metrics(run: &Path) -> Vec<String> {
    let csv = fs::read_to_string(run.join("metrics.csv")).expect("metrics");
    csv.lines().map(|line| line.rsplit_once(',').expect("columns").0.to_owned()).collect()
}

#[test]
fn what_is_saved_survives_a_kill_at_any_moment() {
    let kills = env::var("TODDLE_KILLS").map_or(KILLS, |kills| kills.parse().expect("a number"));
    let home = TempDir::new().expect("a temporary folder");
    let run = home.path().join("run");
    let begin = Instant::now();
    succeed(&mut train(&home.path().join("first"), 5));
    let latest = begin.elapsed().mul_f64(LATEST);
    let (mut saved, mut resumed) = (0, 0);
    for _ in 0..kills {
        for line in killed(&mut train(&run, 1_000_000), random_moment(latest)) {
            let step = |what: &str| line.strip_prefix(what).map(|step| step.parse::<u64>().expect("a step"));
            if let Some(step) = step("continuing after step ") {
                assert!(step >= saved, "saved after step {saved}, and {line}");
                resumed += 1;
            } else if let Some(step) = step("saved after step ") {
                assert!(step > saved, "saved after step {saved} before, and {line}");
                saved = step;
            } else {
                let known = ["epoch ", "starting again", "there is no validation"];
                assert!(known.iter().any(|begin| line.starts_with(begin)), "{line}");
            }
        }
    }
    println!("{kills} kills, {resumed} of them after a checkpoint was loaded; {saved} steps saved");
    assert!(saved > 0 && resumed > 0, "nothing was saved in {kills} runs of up to {latest:?}");

    let epochs = saved / STEPS + 5;
    let end = |run: &Path| -> Value {
        serde_json::from_str(text(&succeed(&mut train(run, epochs)).stdout)).expect("JSON")
    };
    let without = home.path().join("without");
    let (ends, would_have_ended) = (end(&run), end(&without));
    assert_eq!(ends["weights_sha256"], would_have_ended["weights_sha256"]);
    assert_eq!(ends["steps"], STEPS * epochs);
    assert_eq!(metrics(&run), metrics(&without));
    for folder in [&run, &run.join("checkpoints")] {
        let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        let left: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with(".toddle-")).collect();
        assert!(left.is_empty(), "half written: {left:?}");
    }
}
