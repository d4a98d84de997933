//! `toddle look`, `toddle report` and the film of a training, as their users meet them.

mod common;

use std::fs;
use std::path::Path;

use common::{fail, succeed, text, toddle, xor};
use serde_json::Value;
use tempfile::TempDir;

/// A small network for digits, with a convolution.
const DIGITS: &str = r#"
version = 1
name = "digits"
[data]
set = "mnist"
first = 300
[network]
layers = [{ kind = "conv2d", filters = 4, kernel = 5 }, "relu", { kind = "max_pool2d", window = 2 }, "flatten", { kind = "dense", outputs = 10 }]
[train]
loss = "cross_entropy"
optimizer = { kind = "sgd", rate = 0.05 }
epochs = 3
batch = 10
"#;

/// A table with a number to learn.
fn table(home: &Path) {
    let rows =
        (0..60).map(|n| format!("{},{},{}.5\n", n % 7, n % 5, 2 * (n % 7) + n % 5)).collect::<String>();
    fs::write(home.join("prices.csv"), format!("rooms,floor,price\n{rows}")).unwrap();
    let experiment = "version = 1\nname = \"prices\"\n[data]\ncsv = \"prices.csv\"\ntarget = \"price\"\nscaling = \"standard\"\n\
                      [network]\nlayers = [{ kind = \"dense\", outputs = 4 }, \"tanh\", { kind = \"dense\", outputs = 1 }]\n\
                      [train]\nloss = \"mean_squared_error\"\noptimizer = { kind = \"adam\", rate = 0.05 }\nepochs = 30\nbatch = 10\n";
    fs::write(home.join("prices.toml"), experiment).unwrap();
}

fn train(home: &Path, file: &str) {
    succeed(toddle(&["train", file, "--quiet"]).current_dir(home));
}

fn eval(home: &Path, run: &str) -> Value {
    let output = succeed(toddle(&["eval", run, "--json"]).current_dir(home));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The lines of a table that `toddle eval` prints must be in the report.
#[test]
fn a_report_has_the_figures_of_eval() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("digits.toml"), DIGITS).unwrap();
    table(home.path());
    for file in ["digits.toml", "prices.toml"] {
        train(home.path(), file);
    }
    let percent = |value: &Value| format!("{:.2} %", 100.0 * value.as_f64().expect("a number"));
    let (digits, prices) = (eval(home.path(), "runs/digits"), eval(home.path(), "runs/prices"));
    let read = |file: &str| fs::read_to_string(home.path().join(file)).unwrap();
    let written_by_train = read("runs/digits/report.html");
    succeed(toddle(&["report", "runs/digits"]).current_dir(home.path()));
    for page in [written_by_train, read("runs/digits/report.html")] {
        assert!(page.len() < 3_000_000, "{} bytes", page.len());
        assert!(page.contains(&format!("<b>{}</b> <span>accuracy</span>", percent(&digits["accuracy"]))));
        for class in digits["classes"].as_array().unwrap() {
            let [precision, recall, f1] = ["precision", "recall", "f1"].map(|key| percent(&class[key]));
            let cells = [class["samples"].to_string(), precision, recall, f1];
            let cells: String = cells.iter().map(|cell| format!("<td class=\"n\">{cell}</td>")).collect();
            let row = format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", class["class"].as_str().unwrap());
            assert!(page.contains(&row), "{row}");
        }
    }
    assert!(read("runs/digits/report.html").contains("GFLOP/s"), "toddle report times the layers");
    let card = read("runs/digits/model.md");
    assert!(card.contains(&format!("| accuracy | {} |", percent(&digits["accuracy"]))), "{card}");
    let share = format!("<b>{:.6}</b> <span>R²</span>", prices["r_squared"].as_f64().unwrap());
    assert!(read("runs/prices/report.html").contains(&share), "{share}");

    succeed(toddle(&["report", "runs/digits", "runs/prices", "--out", "both.html"]).current_dir(home.path()));
    let both = read("both.html");
    assert!(both.contains("Comparison") && both.matches("<details class=\"run\">").count() == 2);
}

#[test]
fn everything_that_can_be_seen_is_drawn() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("digits.toml"), DIGITS).unwrap();
    train(home.path(), "digits.toml");
    let look = |what: &str, more: &[&str], out: &str| {
        let args = [&["look", "runs/digits", "--what", what, "--out", out][..], more].concat();
        let mut command = toddle(&args);
        command.current_dir(home.path());
        command
    };
    for what in ["filters", "maps", "saliency", "nudge", "excite", "neighbours"] {
        succeed(&mut look(what, &[], "one.png"));
        let file = fs::read(home.path().join("one.png")).unwrap();
        assert!(file.starts_with(b"\x89PNG") && file.len() > 1000, "{what}: {} bytes", file.len());
    }
    for what in ["filters", "maps", "saliency", "map", "confusion", "calibration", "histograms", "film"] {
        succeed(&mut look(what, &[], "one.svg"));
        let svg = fs::read_to_string(home.path().join("one.svg")).unwrap();
        let svg = roxmltree::Document::parse(&svg).unwrap_or_else(|fault| panic!("{what}: {fault}"));
        assert!(svg.descendants().count() > 10, "{what}");
    }
    let maps = |svg: &str| fs::read_to_string(home.path().join(svg)).unwrap().matches("<image").count();
    succeed(&mut look("maps", &["--layer", "pool1", "--sample", "3"], "pool.svg"));
    assert_eq!(maps("pool.svg"), 5, "the sample and four maps");

    for (mut command, expected) in [
        (look("film", &[], "film.png"), "film.svg"),
        (look("maps", &["--layer", "dense1"], "a.svg"), "relu1"),
        (look("maps", &["--sample", "999999"], "a.svg"), "0 to "),
        (look("saliency", &["--class", "x"], "a.svg"), "0, 1, 2"),
        (look("scatter", &[], "a.svg"), "--what confusion"),
        (look("excite", &["--layer", "conv1", "--unit", "4"], "a.svg"), "4 units"),
    ] {
        let message = fail(&mut command);
        assert!(message.contains(expected), "{message}");
    }
    fs::write(home.path().join("mine.svg"), "<svg/>").unwrap();
    assert!(fail(&mut look("filters", &[], "mine.svg")).contains("never overwritten"));
    fs::write(home.path().join("mine.html"), "<p>").unwrap();
    let report = fail(toddle(&["report", "runs/digits", "--out", "mine.html"]).current_dir(home.path()));
    assert!(report.contains("never overwritten"), "{report}");
}

#[test]
fn rows_of_a_table_are_explained_as_bars() {
    let home = TempDir::new().unwrap();
    table(home.path());
    train(home.path(), "prices.toml");
    for what in ["saliency", "scatter", "histograms", "map"] {
        succeed(toddle(&["look", "runs/prices", "--what", what, "--out", "a.svg"]).current_dir(home.path()));
        let svg = fs::read_to_string(home.path().join("a.svg")).unwrap();
        assert!(
            what != "saliency" || svg.contains(">rooms</text>") && svg.contains(">floor</text>"),
            "{svg}"
        );
    }
    for what in ["nudge", "filters", "film", "confusion", "neighbours"] {
        let out = if what == "film" || what == "confusion" { "b.svg" } else { "b.png" };
        fail(toddle(&["look", "runs/prices", "--what", what, "--out", out]).current_dir(home.path()));
    }
}

#[test]
fn a_film_has_few_frames_and_continues() {
    let home = TempDir::new().unwrap();
    let whole = xor(home.path(), "whole", &["--set", "train.epochs=300"]);
    xor(home.path(), "half", &["--set", "train.epochs=150"]);
    let resumed = ["train", "--resume", "half", "--set", "train.epochs=300", "--json", "--quiet"];
    let output = succeed(toddle(&resumed).current_dir(home.path()));
    let resumed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(resumed["weights_sha256"], whole["weights_sha256"]);
    for (run, least) in [("whole", 20), ("half", 10)] {
        let film = fs::read_to_string(home.path().join(run).join("film.jsonl")).unwrap();
        let epochs: Vec<u64> = film
            .lines()
            .skip(1)
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["epoch"].as_u64().unwrap())
            .collect();
        assert!((least..=26).contains(&epochs.len()), "{run}: {epochs:?}");
        assert_eq!((epochs[0], epochs[epochs.len() - 1]), (0, 300), "{run}");
        assert!(epochs.windows(2).all(|pair| pair[0] < pair[1]), "{run}: {epochs:?}");
    }
    let output = toddle(&["report", "nowhere"]).current_dir(home.path()).output().unwrap();
    assert!(text(&output.stderr).contains("there is no run"), "{}", text(&output.stderr));
}
