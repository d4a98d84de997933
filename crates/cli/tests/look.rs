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
    for (what, images, words) in [
        ("filters", 4, &["Filters of conv1"][..]),
        // The sample, four maps of relu1, and four of pool1.
        ("maps", 9, &["relu1 3", "pool1 0"]),
        // The sample, gradient × input, integrated gradients, and occlusion.
        ("saliency", 4, &["What speaks for ", ": sample 0, true ", "occlusion"]),
        ("nudge", 3, &["A nudge that turns the answer: sample 0, true "]),
        ("excite", 10, &["What excites dense1 most"]),
        ("neighbours", 10, &["The training samples nearest to sample 0, true "]),
        ("map", 0, &["two principal components"]),
        ("confusion", 0, &["the network says", "true class"]),
        ("calibration", 0, &["calibration error 0."]),
        ("histograms", 0, &["conv1.weight", "dense1.weight"]),
        // Before the first epoch and after each of three, four filters.
        ("film", 16, &["The training of digits", "epoch 0", "epoch 3"]),
    ] {
        succeed(&mut look(what, &[], "one.svg"));
        let svg = fs::read_to_string(home.path().join("one.svg")).unwrap();
        let svg = roxmltree::Document::parse(&svg).unwrap_or_else(|fault| panic!("{what}: {fault}"));
        let count = svg.descendants().filter(|node| node.has_tag_name("image")).count();
        assert_eq!(count, images, "{what}");
        let texts: Vec<&str> = svg.descendants().filter_map(|node| node.text()).collect();
        for word in words {
            assert!(texts.iter().any(|text| text.contains(word)), "{what}, {word}: {texts:?}");
        }
        if ["excite", "map", "confusion"].contains(&what) {
            for class in 0..10 {
                assert!(texts.contains(&&*class.to_string()), "{what}, class {class}: {texts:?}");
            }
        }
    }
    let maps = |svg: &str| fs::read_to_string(home.path().join(svg)).unwrap().matches("<image").count();
    succeed(&mut look("maps", &["--layer", "pool1", "--sample", "3"], "pool.svg"));
    assert_eq!(maps("pool.svg"), 5, "the sample and four maps");

    for (mut command, expected) in [
        (look("film", &[], "film.png"), "film.svg"),
        (look("maps", &["--layer", "dense1"], "a.svg"), "relu1"),
        (look("maps", &["--sample", "999999"], "a.svg"), "0 to "),
        (look("saliency", &["--class", "x"], "a.svg"), "0, 1, 2"),
        (look("scatter", &[], "a.svg"), "try       confusion"),
        (look("excite", &["--layer", "conv1", "--unit", "4"], "a.svg"), "4 units"),
        (look("filters", &["--layer", "conv1"], "a.svg"), "--layer with --what maps, excite"),
        (
            look("confusion", &["--sample", "3"], "a.svg"),
            "--sample with --what maps, saliency, nudge, neighbours",
        ),
        (look("maps", &["--unit", "1"], "a.svg"), "leaving out --unit"),
        (look("film", &["--image", "a.png"], "a.svg"), "leaving out --image"),
        (look("nudge", &["--class", "1"], "a.svg"), "--class with --what saliency, scatter"),
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
    let message = fail(
        toddle(&["look", "runs/prices", "--what", "saliency", "--out", "a.png"]).current_dir(home.path()),
    );
    assert!(message.contains("a chart, which ends in .svg"), "{message}");
    assert!(!home.path().join("a.png").exists());
    for what in ["nudge", "filters", "film", "confusion", "neighbours"] {
        let out = if what == "film" || what == "confusion" { "b.svg" } else { "b.png" };
        fail(toddle(&["look", "runs/prices", "--what", what, "--out", out]).current_dir(home.path()));
    }
}

#[test]
fn every_target_of_a_regression_is_drawn() {
    let home = TempDir::new().unwrap();
    let targets = |n: usize| (0..14).map(|t| format!("{}.5", n * t % 11)).collect::<Vec<_>>().join(", ");
    let list = |row: &dyn Fn(usize) -> String| {
        (0..8).map(|n| format!("[{}]", row(n))).collect::<Vec<_>>().join(", ")
    };
    for (name, count) in [("two", 2), ("many", 14)] {
        let row = |n: usize| targets(n).split(", ").take(count).collect::<Vec<_>>().join(", ");
        let experiment = format!(
            "version = 1\nname = \"{name}\"\n[data]\ninputs = [{}]\ntargets = [{}]\n[network]\n\
             layers = [{{ kind = \"dense\", outputs = {count} }}]\n[train]\nloss = \"mean_squared_error\"\n\
             optimizer = {{ kind = \"adam\", rate = 0.05 }}\nepochs = 2\n",
            list(&|n| n.to_string()),
            list(&row)
        );
        fs::write(home.path().join(format!("{name}.toml")), experiment).unwrap();
        train(home.path(), &format!("{name}.toml"));
    }
    let scatter = |run: &str, more: &[&str]| {
        let mut command = toddle(&["look", run, "--what", "scatter", "--out", "a.svg"]);
        command.args(more).current_dir(home.path());
        command
    };
    let points = || fs::read_to_string(home.path().join("a.svg")).unwrap().matches("<circle").count();
    succeed(&mut scatter("runs/two", &[]));
    assert_eq!(points(), 16, "two plots of eight samples");
    let message = fail(&mut scatter("runs/many", &[]));
    assert!(message.contains("at most 12 targets"), "{message}");
    let class = message.split('`').nth(1).expect("the name of a target");
    succeed(&mut scatter("runs/many", &["--class", class]));
    assert_eq!(points(), 8);
    assert!(fail(&mut scatter("runs/many", &["--class", "nothing"])).contains("there is no such class"));
}

#[test]
fn a_report_says_what_its_command_gives() {
    let home = TempDir::new().unwrap();
    let promises = |run: &str| {
        let files = ["report.html", "model.md"]
            .map(|file| fs::read_to_string(home.path().join(run).join(file)).unwrap());
        let promises = files.map(|text| {
            let promises = text.contains("trains the network again, with the same bits");
            assert_ne!(promises, text.contains("with the same settings from the beginning"), "{text}");
            promises
        });
        assert_eq!(promises[0], promises[1]);
        promises[0]
    };
    let resume = |run: &str, sets: &[&str]| {
        let mut command = toddle(&["train", "--resume", run, "--quiet"]);
        succeed(command.args(sets.iter().flat_map(|set| ["--set", set])).current_dir(home.path()));
    };
    xor(home.path(), "whole", &["--set", "train.epochs=20"]);
    assert!(promises("whole"));
    // With a constant rate, more epochs are the epochs of a longer training.
    resume("whole", &["train.epochs=30"]);
    assert!(promises("whole"));
    let cosine = "train.schedule={ kind = \"cosine_decay\" }";
    xor(home.path(), "scheduled", &["--set", "train.epochs=20", "--set", cosine]);
    assert!(promises("scheduled"));
    resume("scheduled", &["train.epochs=30"]);
    assert!(!promises("scheduled"));

    xor(home.path(), "limited", &["--set", "train.epochs=100000000", "--set", "train.time_limit=\"0.2 s\""]);
    assert!(!promises("limited"));

    succeed(toddle(&["export", "whole", "--to", "onnx", "--no-check"]).current_dir(home.path()));
    let file = common::experiment("xor.toml");
    let import = ["import", "whole/model.onnx", "--as", &file, "--out", "imported"];
    succeed(toddle(&import).current_dir(home.path()));
    resume("imported", &["train.epochs=5"]);
    assert!(!promises("imported"));
}

#[test]
fn a_report_goes_with_its_model_and_can_be_left_out() {
    let home = TempDir::new().unwrap();
    let names = ["film.jsonl", "report.html", "model.md"];
    let there = |run: &str| names.map(|name| home.path().join(run).join(name).exists());
    let plain = xor(home.path(), "plain", &["--set", "train.epochs=20", "--no-report"]);
    assert_eq!(there("plain"), [false; 3]);
    let filmed = xor(home.path(), "filmed", &["--set", "train.epochs=20"]);
    assert_eq!(there("filmed"), [true; 3]);
    assert_eq!(plain["weights_sha256"], filmed["weights_sha256"]);
    // The old report would have the accuracy and the digest of a model that is gone.
    let more = ["train", "--resume", "filmed", "--set", "train.epochs=30", "--quiet", "--no-report"];
    succeed(toddle(&more).current_dir(home.path()));
    assert_eq!(there("filmed"), [true, false, false]);
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
