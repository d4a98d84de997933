//! `toddle reproduce` as its users meet it: the built program, its output, its files and its exit codes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use toddle::Isa;

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

fn reproduce(out: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toddle"));
    command.arg("reproduce").arg("--out").arg(out).args(args).env_remove("TODDLE_SIMD");
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output in UTF-8")
}

/// What a run that must succeed leaves.
fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", text(&output.stderr));
    output
}

/// The exit code and the message of a run that must fail, and must say so in the way of all.
fn fail(command: &mut Command) -> (i32, String) {
    let output = command.output().expect("the program starts");
    let message = text(&output.stderr).to_owned();
    assert_eq!(text(&output.stdout), "", "{command:?}");
    assert!(message.starts_with("error: ") && !message.contains("panicked"), "{command:?}: {message}");
    (output.status.code().expect("an exit code"), message)
}

fn results(out: &Path) -> Value {
    let json = fs::read_to_string(out.join("results.json")).expect("results.json");
    serde_json::from_str(&json).expect("JSON")
}

fn weights(out: &Path) -> Vec<String> {
    let results = results(out);
    let runs = results["runs"].as_array().expect("runs");
    runs.iter().map(|run| run["weights_sha256"].as_str().expect("a digest").to_owned()).collect()
}

fn names(out: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(out).expect("the folder");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect()
}

/// Everything that one run writes and says.
#[test]
fn a_run_writes_its_results_and_pictures() {
    let parent = folder();
    let out = parent.path().join("new/folder");
    let output = succeed(&mut reproduce(
        &out,
        &["--only", "1-tanh,2-softmax", "--epochs", "2", "--json", "--sensitivity", "1"],
    ));
    assert_eq!(names(&out), ["curves.svg", "predictions.png", "results.json"].map(String::from).into());

    let json = fs::read_to_string(out.join("results.json")).expect("results.json");
    assert_eq!(text(&output.stdout), json, "--json prints the file and nothing else");
    let results = results(&out);
    let runs = results["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 2);
    for (run, (convolutions, layer)) in runs.iter().zip([(2, "softmax"), (1, "tanh")]) {
        let keys: BTreeSet<&str> = run.as_object().expect("an object").keys().map(String::as_str).collect();
        let mut expected = BTreeSet::from([
            "convolutions",
            "output",
            "epochs",
            "seed",
            "precision",
            "errors",
            "test_accuracy",
            "predictions",
            "seconds",
            "weights_sha256",
        ]);
        if layer == "tanh" {
            expected.insert("sensitivity");
            assert_eq!(run["sensitivity"].as_array().expect("losses").len(), 1);
            assert_ne!(run["sensitivity"][0], run["errors"][1], "a moved weight moves the loss");
        }
        assert_eq!(keys, expected);
        assert_eq!((&run["convolutions"], &run["output"]), (&convolutions.into(), &layer.into()));
        assert_eq!((&run["epochs"], &run["seed"], &run["precision"]), (&2.into(), &0.into(), &"f64".into()));
        assert!(run["seconds"].as_f64().expect("seconds") > 0.0);
        let accuracy = run["test_accuracy"].as_f64().expect("an accuracy");
        assert!((0.05..1.0).contains(&accuracy), "{accuracy}");
        let predictions = run["predictions"].as_array().expect("predictions");
        assert_eq!(
            predictions.iter().map(|p| p.as_array().expect("ten").len()).collect::<Vec<_>>(),
            [10, 10, 10]
        );
        let digest = run["weights_sha256"].as_str().expect("a digest");
        assert!(digest.len() == 64 && digest.chars().all(|digit| digit.is_ascii_hexdigit()), "{digest}");

        let errors = run["errors"].as_array().expect("errors");
        assert_eq!(errors.len(), 2);
        let line = format!(
            "{convolutions}-{layer:<7}  epoch 2/2  error={:.16}\n",
            errors[1].as_f64().expect("error")
        );
        assert!(text(&output.stderr).contains(&line), "{line}");
    }

    let svg = fs::read_to_string(out.join("curves.svg")).expect("curves.svg");
    let picture = roxmltree::Document::parse(&svg).expect("well-formed XML");
    for name in ["2-softmax", "1-tanh"] {
        assert!(picture.descendants().any(|node| node.text() == Some(name)), "{name}");
    }

    let file = std::io::BufReader::new(fs::File::open(out.join("predictions.png")).expect("predictions.png"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG file");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("whole pixels");
    assert_eq!((info.width, info.height), (820, 940));
}

#[test]
fn the_posts_digits_stand_beside_ours() {
    let out = folder();
    let output = succeed(&mut reproduce(out.path(), &["--only", "2-softmax", "--epochs", "5", "--quiet"]));
    assert_eq!(text(&output.stderr), "", "--quiet");
    let table = text(&output.stdout);
    assert_eq!(table.matches("0.017385381088").count(), 2, "{table}");
    assert!(!table.contains('—'), "{table}");
}

#[test]
fn the_range_of_a_chaotic_loss_is_told() {
    let out = folder();
    let args = ["--only", "1-tanh,1-softmax", "--epochs", "1", "--sensitivity", "2", "--quiet"];
    let output = succeed(&mut reproduce(out.path(), &args));
    let table = text(&output.stdout);
    assert!(table.contains("The last loss of 1-tanh is from 0.") && table.contains("in 3 runs."), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
}

#[test]
fn another_recipe_is_not_compared_with_the_post() {
    let out = folder();
    let args = ["--only", "1-softmax", "--epochs", "1", "--seed", "7", "--precision", "f32", "--quiet"];
    let output = succeed(&mut reproduce(out.path(), &args));
    let table = text(&output.stdout);
    assert!(table.lines().nth(1).expect("a row").contains('—'), "{table}");
    assert!(table.contains("differs in epochs, seed, precision."), "{table}");
    assert_eq!(results(out.path())["runs"][0]["precision"], "f32");
}

#[test]
fn threads_change_no_bit() {
    let [one, two] = [1, 2].map(|threads| {
        let out = folder();
        succeed(&mut reproduce(out.path(), &["--epochs", "1", "--quiet", "--threads", &threads.to_string()]));
        weights(out.path())
    });
    assert_eq!(one.len(), 4);
    assert_eq!(one.iter().collect::<BTreeSet<_>>().len(), 4, "four networks");
    assert_eq!(one, two);
}

#[test]
fn vector_width_changes_no_bit() {
    let all = Isa::available().iter().map(|isa| {
        let out = folder();
        let args = ["--only", "1-softmax", "--epochs", "1", "--quiet"];
        succeed(reproduce(out.path(), &args).env("TODDLE_SIMD", isa.name()));
        weights(out.path())
    });
    assert_eq!(all.collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn wrong_command_lines_are_explained() {
    let out = folder();
    let (code, message) = fail(&mut reproduce(out.path(), &["--only", "3-softmax"]));
    assert_eq!(code, 2);
    assert!(message.contains("3-softmax"), "{message}");
    assert!(message.contains("2-softmax, 1-softmax, 2-tanh, 1-tanh"), "{message}");
    for (args, expected) in [
        (["--epochs", "0"].as_slice(), "0 is not in 1.."),
        (&["--seed", "-1"], "-1 is not in 0.."),
        (&["--threads", "0"], "0 is not in 1.."),
        (&["--precision", "f16"], "f64, f32"),
        (&["--sensitivity", "1", "--precision", "f32"], "try       leaving out --precision"),
        (&["--sensitivity", "1", "--only", "1-softmax"], "2-tanh or 1-tanh"),
    ] {
        let (code, message) = fail(&mut reproduce(out.path(), args));
        assert_eq!(code, 2, "{message}");
        assert!(message.contains(expected), "{message}");
    }
    let (code, message) = fail(reproduce(out.path(), &[]).env("TODDLE_SIMD", "sse"));
    assert_eq!(code, 2);
    assert!(message.contains("TODDLE_SIMD=\"sse\"") && message.contains("portable"), "{message}");
    assert_eq!(names(out.path()), BTreeSet::new(), "nothing is written");
}

#[test]
fn a_folder_that_cannot_be_is_found_before_training() {
    let parent = folder();
    let file = parent.path().join("file");
    fs::write(&file, "").expect("a file");
    let in_the_way = parent.path().join("in the way");
    fs::create_dir_all(in_the_way.join("curves.svg")).expect("a folder");
    let results = r#"{"runs":[{"weights_sha256":""}]}"#;
    fs::write(in_the_way.join("results.json"), results).expect("results");
    for (out, cause) in [
        (file.join("below/it"), "is a file"),
        (file.clone(), "is a file"),
        (in_the_way, "is a folder, not a file"),
    ] {
        let (code, message) = fail(&mut reproduce(&out, &[]));
        assert_eq!(code, 1);
        assert!(message.contains(&out.display().to_string()), "{message}");
        assert!(message.contains(cause) && message.contains("another folder"), "{message}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let out = folder();
    let args = ["--only", "1-softmax", "--epochs", "1"];
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let stderr = writer.try_clone().expect("the same pipe");
    let status =
        reproduce(out.path(), &args).stdout(writer).stderr(stderr).status().expect("the program starts");
    assert!(status.success(), "{status}");
    assert_eq!(names(out.path()).len(), 3);
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_epochs_that_were_done() {
    use std::io::{BufRead, BufReader};

    let out = folder();
    let mut child = reproduce(out.path(), &["--only", "1-softmax", "--epochs", "1000000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines =
        BufReader::new(child.stderr.take().expect("piped")).lines().map(|line| line.expect("UTF-8"));
    assert!(lines.next().expect("a line").starts_with("epoch 1/1000000  error=0.08"));
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(interrupt.success());
    let rest: Vec<String> = lines.collect();
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(rest.iter().any(|line| line.starts_with("interrupted: ")), "{rest:?}");

    let run = &results(out.path())["runs"][0];
    let epochs = run["epochs"].as_u64().expect("epochs");
    assert!((1..1_000_000).contains(&epochs));
    assert_eq!(run["errors"].as_array().expect("errors").len() as u64, epochs);
    assert!(text(&output.stdout).contains(&format!("{epochs}/1000000")));
    assert_eq!(names(out.path()).len(), 3);
}

#[test]
fn help_and_version_are_there() {
    let run = |args: &[&str]| {
        let output = succeed(Command::new(env!("CARGO_BIN_EXE_toddle")).args(args));
        text(&output.stdout).to_owned()
    };
    assert_eq!(run(&["--version"]), format!("toddle {}\n", env!("CARGO_PKG_VERSION")));
    assert!(run(&["reproduce", "--help"]).contains("Examples:\n  toddle reproduce"));
}
