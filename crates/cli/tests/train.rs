//! `toddle train` as its users meet it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

fn experiment(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments").join(name)
}

/// The program, which sees no terminal, in a folder of its own.
fn toddle(within: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toddle"));
    command.args(args).current_dir(within).env_remove("TODDLE_SIMD");
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output in UTF-8")
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", text(&output.stderr));
    output
}

/// The message of a command that must fail as one that was given something wrong.
fn fail(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let message = text(&output.stderr).to_owned();
    assert_eq!(output.status.code(), Some(2), "{command:?}: {message}");
    assert_eq!(text(&output.stdout), "", "{command:?}");
    assert!(message.starts_with("error: ") && !message.contains("panicked"), "{command:?}: {message}");
    message
}

/// XOR in `within/out`, with more arguments; what `--json` says.
fn xor(within: &Path, out: &str, args: &[&str]) -> Value {
    let xor = experiment("xor.toml");
    let xor = xor.to_str().expect("a path in UTF-8");
    let output = succeed(toddle(within, &["train", xor, "--out", out, "--json", "--quiet"]).args(args));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn resume(within: &Path, run: &str, args: &[&str]) -> Value {
    let output = succeed(toddle(within, &["train", "--resume", run, "--json", "--quiet"]).args(args));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect()
}

fn read(file: impl AsRef<Path>) -> String {
    fs::read_to_string(file).expect("a file")
}

#[test]
fn a_run_keeps_everything() {
    let home = folder();
    let xor = experiment("xor.toml");
    let xor = xor.to_str().expect("a path in UTF-8");
    let output = succeed(&mut toddle(home.path(), &["train", xor, "--set", "train.epochs=300"]));
    let run = home.path().join("runs/xor");
    let expected = [
        ".lock",
        "checkpoints",
        "curves.svg",
        "environment.json",
        "experiment.toml",
        "film.jsonl",
        "metrics.csv",
        "metrics.jsonl",
        "model.md",
        "model.safetensors",
        "report.html",
    ];
    assert_eq!(names(&run), expected.map(String::from).into());
    assert_eq!(names(&run.join("checkpoints")), ["step-00001200.safetensors".to_owned()].into());

    let lines: Vec<&str> = text(&output.stderr).lines().collect();
    assert!(lines[0].starts_with("there is no validation; "), "{}", lines[0]);
    assert!(lines[1].starts_with("epoch 1/300  loss 0."), "{}", lines[1]);
    assert_eq!(lines.len(), 303, "a line an epoch, what is saved, and where it is");
    assert_eq!(lines[301..], ["saved after step 1200", "wrote runs/xor"]);
    assert!(text(&output.stdout).contains("300 of 300, 1200 steps"), "{}", text(&output.stdout));

    let metrics = read(run.join("metrics.csv"));
    assert_eq!(metrics.lines().count(), 301);
    assert_eq!(
        metrics.lines().next(),
        Some("epoch,step,loss,validation_loss,accuracy,training_accuracy,rate,seconds")
    );
    let last: Value =
        serde_json::from_str(read(run.join("metrics.jsonl")).lines().last().expect("a line")).expect("JSON");
    assert_eq!((last["epoch"].as_u64(), last["step"].as_u64()), (Some(300), Some(1200)));
    assert_eq!(last["rate"], 0.1);

    let picture = read(run.join("curves.svg"));
    let picture = roxmltree::Document::parse(&picture).expect("well-formed XML");
    assert!(picture.descendants().any(|node| node.text() == Some("training")));
    let environment: Value = serde_json::from_str(&read(run.join("environment.json"))).expect("JSON");
    assert_eq!((environment["seed"].as_u64(), environment["precision"].as_str()), (Some(1), Some("f64")));

    // A second run of the same name has a folder of its own; one that was asked for is not overwritten.
    succeed(&mut toddle(home.path(), &["train", xor, "--set", "train.epochs=1", "--quiet"]));
    assert!(home.path().join("runs/xor-2/model.safetensors").is_file());
    let message = fail(&mut toddle(home.path(), &["train", xor, "--out", "runs/xor"]));
    assert!(message.contains("--resume runs/xor"), "{message}");
}

#[test]
fn the_resolved_file_is_the_same_experiment() {
    let home = folder();
    let one = xor(home.path(), "one", &["--set", "train.epochs=20", "--set", "train.optimizer.rate=0.2"]);
    let resolved = home.path().join("one/experiment.toml");
    let resolved = resolved.to_str().expect("a path in UTF-8");
    succeed(&mut toddle(home.path(), &["train", resolved, "--out", "two", "--quiet"]));
    assert_eq!(read(home.path().join("two/experiment.toml")), read(resolved));
    let model = |run: &str| fs::read(home.path().join(run).join("model.safetensors")).expect("a model");
    assert!(model("one") == model("two"), "the same bytes");
    assert_eq!(one["epochs"], 20);
    assert!(read(resolved).contains("rate = 0.2"));
}

#[test]
fn a_resumed_run_is_the_uninterrupted_one() {
    let home = folder();
    let args = ["--set", "train.optimizer={kind='adam'}", "--set", "train.shuffle=true"];
    let all = xor(home.path(), "all", &[&args[..], &["--set", "train.epochs=40"]].concat());

    // In two parts, from the end of an epoch.
    xor(home.path(), "parts", &[&args[..], &["--set", "train.epochs=15"]].concat());
    let parts = resume(home.path(), "parts", &["--set", "train.epochs=40", "--threads", "1"]);
    assert_eq!(parts["weights_sha256"], all["weights_sha256"]);
    let losses = |run: &str| -> Vec<String> {
        let metrics = read(home.path().join(run).join("metrics.csv"));
        metrics.lines().map(|line| line.rsplit_once(',').expect("columns").0.to_owned()).collect()
    };
    assert_eq!(losses("parts"), losses("all"));

    // From the middle of an epoch, as a training that was killed: the last checkpoint and all behind it are lost.
    let every = ["--set", "train.checkpoint_every=7", "--set", "train.epochs=40"];
    let killed = xor(home.path(), "killed", &[&args[..], &every].concat());
    let checkpoints = home.path().join("killed/checkpoints");
    assert_eq!(names(&checkpoints).len(), 2);
    fs::remove_file(checkpoints.join("step-00000160.safetensors")).expect("the last checkpoint");
    fs::remove_file(home.path().join("killed/model.safetensors")).expect("the model");
    assert_eq!(names(&checkpoints), ["step-00000154.safetensors".to_owned()].into());
    let again = resume(home.path(), "killed", &[]);
    assert_eq!(again["weights_sha256"], killed["weights_sha256"]);
    assert_eq!(again["weights_sha256"], all["weights_sha256"], "checkpoints change nothing");
    assert_eq!(losses("killed"), losses("all"));

    let message =
        fail(&mut toddle(home.path(), &["train", "--resume", "all", "--set", "train.shuffle=false"]));
    assert!(
        message.contains("the run has other settings") && message.contains("shuffle = false"),
        "{message}"
    );
    // One that was stopped before its first checkpoint begins anew; one that has lost them does not.
    let begun = home.path().join("begun");
    fs::create_dir(&begun).expect("a folder");
    for name in ["experiment.toml", "environment.json"] {
        fs::copy(home.path().join("all").join(name), begun.join(name)).expect("a file");
    }
    assert_eq!(resume(home.path(), "begun", &[])["weights_sha256"], all["weights_sha256"]);
    fs::remove_dir_all(begun.join("checkpoints")).expect("its checkpoints");
    let message = fail(&mut toddle(home.path(), &["train", "--resume", "begun"]));
    assert!(message.contains("there is no checkpoint to continue from"), "{message}");
    let message = fail(&mut toddle(home.path(), &["train", "--resume", "nowhere"]));
    assert!(message.contains("there is no run"), "{message}");
}

#[test]
fn a_run_continues_where_its_data_have_moved() {
    let home = folder();
    let points: String = (0..40).map(|n| format!("{n},{}\n", n * n % 7)).collect();
    fs::write(home.path().join("points.csv"), format!("x,y\n{points}")).expect("the data");
    let file = "version = 1\nname = \"points\"\n[data]\ncsv = \"points.csv\"\ntarget = \"y\"\nnumbers = true\n\
                [network]\nlayers = [{ kind = \"dense\", outputs = 1 }]\n\
                [train]\nloss = \"mean_squared_error\"\noptimizer = { kind = \"adam\" }\n";
    fs::write(home.path().join("points.toml"), file).expect("the experiment");
    let train = |out: &str, epochs: &str| {
        succeed(&mut toddle(
            home.path(),
            &["train", "points.toml", "--quiet", "--out", out, "--set", epochs],
        ));
    };
    train("all", "train.epochs=4");
    train("moved", "train.epochs=2");
    fs::rename(home.path().join("points.csv"), home.path().join("elsewhere.csv")).expect("a new place");

    let more = ["--set", "train.epochs=4", "--set", "data.csv=\"elsewhere.csv\""];
    resume(home.path(), "moved", &more);
    // The descriptions name the place of the data, so only the weights are compared.
    let weights = |run: &str| {
        let file = fs::read(home.path().join(run).join("model.safetensors")).expect("a model");
        let header = u64::from_le_bytes(*file.first_chunk().expect("a length"));
        file[8 + header as usize..].to_vec()
    };
    assert_eq!(weights("moved"), weights("all"));

    fs::write(home.path().join("elsewhere.csv"), format!("x,y\n1,1\n{points}")).expect("other data");
    let args = ["train", "--resume", "moved", "--quiet", "--set", "train.epochs=6"];
    let message = fail(&mut toddle(home.path(), &args));
    assert!(message.contains("the data have changed"), "{message}");
}

#[test]
fn wrong_files_are_explained() {
    let home = folder();
    let file = home.path().join("mine.toml");
    let right = read(experiment("xor.toml"));
    let wrong = |from: &str, to: &str| {
        assert!(right.contains(from), "{from}");
        fs::write(&file, right.replacen(from, to, 1)).expect("a file");
        fail(&mut toddle(home.path(), &["train", "mine.toml"]))
    };
    let message = wrong("epochs = 1000", "epoch = 1000");
    assert!(
        message.starts_with("error: `mine.toml`, line 23: there is no setting `train.epoch`\n"),
        "{message}"
    );
    assert!(message.ends_with("  got       epoch\n  try       epochs\n"), "{message}");
    let message = wrong("outputs = 1 }", "outputs = 1, biass = true }");
    assert!(message.contains("line 16: there is no setting `network.layers.3.biass`"), "{message}");
    // Those that the library itself refuses.
    let message = wrong("rate = 0.1", "rato = 0.1");
    assert!(message.contains("line 22: there is no setting `train.optimizer.rato`"), "{message}");
    assert!(message.contains("  try       rate\n"), "{message}");

    for (from, to, expected) in [
        ("version = 1\n", "", "the file does not say its version"),
        ("version = 1\n", "version = 2\n", "line 2: this version of toddle cannot read the file"),
        ("epochs = 1000", "epochs = \"many\"", "line 23: "),
        ("\"tanh\"", "\"tan\"", "line 15: `tan` is not a choice here"),
        ("\"tanh\"", "\"tan\"", "  try       tanh\n"),
        ("\"tanh\"", "{ kind = \"custom\", name = \"mine\" }", "line 15: the command has no layer `mine`"),
        ("outputs = 3 }", "output = 3 }", "line 14: there is no setting `network.layers.1.output`"),
        ("outputs = 3 }", "}", "line 14: the setting `outputs` is missing"),
        (
            "outputs = 1 }",
            "outputs = \"one\" }",
            "line 16: `outputs` cannot have this value\n  expected  a whole number",
        ),
        (
            "rate = 0.1",
            "rate = \"fast\"",
            "line 22: `rate` cannot have this value\n  expected  a number\n  got       \"fast\"",
        ),
        ("name = \"xor\"", "name = \"../xor\"", "line 3: an experiment cannot have this name"),
        ("name = \"xor\"\n", "", "the setting `name` is missing"),
        ("epochs = 1000", "epochs 1000", "line 23: this is not TOML"),
        ("targets = [[0]", "targets = [[0, 1]", "inputs and targets do not fit together"),
        (
            "inputs = [",
            "set = \"mnist\"\ninputs = [",
            "one of set, images, csv, npz, npy, idx, or inputs with targets",
        ),
        ("outputs = 1 }", "outputs = 2 }", "the network does not fit the targets"),
    ] {
        let message = wrong(from, to);
        assert!(message.contains(expected), "{expected}: {message}");
        assert!(message.contains("\n  expected  ") && message.contains("\n  try       "), "{message}");
    }

    fs::write(&file, &right).expect("a file");
    for (set, expected) in [
        ("train.epoch=3", "--set train.epoch=3: there is no setting `train.epoch`"),
        ("train.epochs", "this cannot be set"),
        ("network.layers.9.outputs=3", "a place in the list, 1 to 4"),
        ("network.layers.0.outputs=3", "a place in the list, 1 to 4"),
        ("train.epochs=many", "--set train.epochs=many: "),
        ("network.layers.1.outputs=-1", "--set network.layers.1.outputs=-1: outputs = -1 is out of range"),
        ("network.layers=[]", "--set network.layers=[]: the network has no layers"),
        ("train.batch=0", "--set train.batch=0: batch = 0 is out of range"),
    ] {
        let message = fail(&mut toddle(home.path(), &["train", "mine.toml", "--set", set]));
        assert!(message.contains(expected), "{expected}: {message}");
    }
    assert_eq!(names(home.path()), ["mine.toml".to_owned()].into(), "nothing is written");
}

/// Every file in `experiments` is read, and its layers fit one another.
#[test]
fn every_experiment_is_one() {
    let files = names(&experiment(""));
    assert!(files.len() >= 9, "{files:?}");
    for file in files {
        let path = experiment(&file);
        let path = path.to_str().expect("a path in UTF-8");
        let home = folder();
        // Images that have to be fetched may not be there; what they would be is known.
        let input = if file == "xor.toml" { "network.input=2" } else { "network.input=[1, 28, 28]" };
        let output = succeed(&mut toddle(home.path(), &["summary", path, "--set", input]));
        assert!(text(&output.stdout).contains("multiply-adds"), "{file}");
    }
}

/// An experiment whose network branches, for an epoch of a tenth of the samples.
#[test]
fn densely_connected_layers_learn() {
    let home = folder();
    let dense = experiment("densenet-small.toml");
    let dense = dense.to_str().expect("a path in UTF-8");
    let args = ["--set", "data.first=6000", "--set", "train.epochs=1", "--quiet", "--json"];
    let output = succeed(toddle(home.path(), &["train", dense]).args(args));
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(outcome["accuracy"].as_f64().expect("a number") > 0.85, "{outcome}");
}

#[test]
fn the_post_is_an_experiment() {
    let home = folder();
    let post = experiment("post.toml");
    let post = post.to_str().expect("a path in UTF-8");
    let args = ["--set", "train.epochs=2", "--set", "data.validation=none", "--quiet", "--json"];
    let output = succeed(toddle(home.path(), &["train", post, "--out", "run"]).args(args));
    let train: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let args = ["reproduce", "--only", "2-softmax", "--epochs", "2", "--json", "--quiet", "--out", "post"];
    let output = succeed(&mut toddle(home.path(), &args));
    let reproduced: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let reproduced = &reproduced["runs"][0];
    assert_eq!(train["weights_sha256"], reproduced["weights_sha256"]);
    assert_eq!(train["loss"], reproduced["errors"][1]);
}

#[test]
fn trainings_that_begin_at_once_have_folders_of_their_own() {
    const TRAININGS: usize = 8;
    let home = folder();
    let xor = experiment("xor.toml");
    let xor = xor.to_str().expect("a path in UTF-8");
    let begin = |seed: usize| {
        let seed = format!("seed={seed}");
        let args = ["train", xor, "--set", "train.epochs=20", "--set", &seed, "--json", "--quiet"];
        toddle(home.path(), &args).stdout(Stdio::piped()).spawn().expect("the program starts")
    };
    let trainings: Vec<_> = (0..TRAININGS).map(begin).collect();
    let mut folders = BTreeSet::new();
    for training in trainings {
        let output = training.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{output:?}");
        let outcome: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let run = home.path().join(outcome["run"].as_str().expect("a folder"));
        let environment: Value = serde_json::from_str(&read(run.join("environment.json"))).expect("JSON");
        assert!(read(run.join("experiment.toml")).contains(&format!("seed = {}\n", environment["seed"])));
        assert_eq!(read(run.join("metrics.csv")).lines().count(), 21);
        folders.insert(run);
    }
    assert_eq!(folders.len(), TRAININGS, "{folders:?}");
}

#[test]
fn a_run_is_one_trainings_at_a_time() {
    use std::io::{BufRead, BufReader};

    let home = folder();
    let xor = experiment("xor.toml");
    let xor = xor.to_str().expect("a path in UTF-8");
    let mut first = toddle(home.path(), &["train", xor, "--set", "train.epochs=100000000"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(first.stderr.take().expect("piped")).lines();
    lines
        .find(|line| line.as_ref().expect("UTF-8").starts_with("epoch "))
        .expect("it trains")
        .expect("UTF-8");
    let again = ["train", "--resume", "runs/xor", "--set", "train.epochs=3", "--quiet"];
    let message = fail(&mut toddle(home.path(), &again));
    assert!(message.contains("`runs/xor`: another command is training in this folder"), "{message}");
    assert!(message.contains("\n  expected  ") && message.contains("\n  try       "), "{message}");
    let message = fail(&mut toddle(home.path(), &["train", xor, "--out", "runs/xor"]));
    assert!(message.contains("the folder already has a run"), "{message}");
    assert!(first.try_wait().expect("it is there").is_none(), "it goes on");
    // What is killed holds nothing.
    first.kill().expect("it runs");
    first.wait().expect("it ends");
    succeed(&mut toddle(home.path(), &again));
    assert_eq!(read(home.path().join("runs/xor/metrics.csv")).lines().count(), 4);
}
