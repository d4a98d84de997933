//! The samples that `toddle eval` and `toddle report` measure: those that no step has used, or a refusal.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use common::{fail, png, succeed, text, toddle};
use serde_json::Value;
use tempfile::TempDir;

/// Rows of numbers whose classes are drawn at random: a network knows only those on which it was trained.
fn noise(rows: usize) -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    };
    let mut table = "a,b,c,d,e,f,kind\n".to_owned();
    for _ in 0..rows {
        for _ in 0..6 {
            write!(table, "{:.4},", next() - 0.5).unwrap();
        }
        writeln!(table, "{}", if next() < 0.5 { "no" } else { "yes" }).unwrap();
    }
    table
}

/// A folder with a table of noise, and a run that was trained on it.
fn home(data: &str) -> TempDir {
    let home = TempDir::new().expect("a temporary folder");
    fs::write(home.path().join("noise.csv"), noise(100)).unwrap();
    train(home.path(), data);
    home
}

fn train(home: &Path, data: &str) {
    let experiment = format!(
        "version = 1\nname = \"noise\"\n[data]\n{data}\n[network]\nlayers = [\"flatten\", {{ kind = \"dense\", outputs = 30 }}, \
         \"tanh\", {{ kind = \"dense\", outputs = 2 }}]\n[train]\nloss = \"cross_entropy\"\noptimizer = {{ kind = \"adam\", rate = 0.05 \
         }}\nepochs = 60\nbatch = 16\n"
    );
    fs::write(home.join("noise.toml"), experiment).unwrap();
    succeed(toddle(&["train", "noise.toml", "--quiet", "--out", "run"]).current_dir(home));
}

const HELD_OUT: &str = "csv = \"noise.csv\"\nvalidation = { fraction = 0.3 }\nscaling = \"standard\"";

/// What `eval` measures, and what it says beside.
fn eval(home: &TempDir, more: &[&str]) -> (Value, String) {
    let output = succeed(toddle(&["eval", "run", "--json"]).args(more).current_dir(home.path()));
    (serde_json::from_slice(&output.stdout).expect("JSON"), text(&output.stderr).to_owned())
}

fn refused(home: &TempDir, more: &[&str]) -> String {
    fail(toddle(&["eval", "run"]).args(more).current_dir(home.path()))
}

#[test]
fn the_same_data_at_a_place_have_the_halves_of_the_run() {
    let home = home(HELD_OUT);
    let (own, _) = eval(&home, &[]);
    assert_eq!((&own["half"], &own["samples"]), (&"validation".into(), &30.into()));
    assert!(own["held_out"].as_str().is_some_and(|words| words.starts_with("30 of 100")), "{own}");
    let (named, said) = eval(&home, &["--data", "noise.csv", "--half", "validation"]);
    assert_eq!((&named["accuracy"], &named["held_out"]), (&own["accuracy"], &own["held_out"]));
    assert!(said.contains("the samples on which the network was trained"), "{said}");
    assert_eq!(eval(&home, &["--data", "noise.csv"]).0["cross_entropy"], own["cross_entropy"]);
    assert_eq!(eval(&home, &["--data", "noise.csv", "--half", "train"]).0["samples"], 70);
    let message = refused(&home, &["--data", "noise.csv", "--half", "test"]);
    assert!(message.contains("no test samples"), "{message}");

    // The data were moved.
    fs::rename(home.path().join("noise.csv"), home.path().join("moved.csv")).unwrap();
    refused(&home, &[]);
    let (moved, _) = eval(&home, &["--data", "moved.csv"]);
    assert_eq!((&moved["data"], &moved["held_out"]), (&"moved.csv".into(), &own["held_out"]));
    assert_eq!(moved["cross_entropy"], own["cross_entropy"]);
}

#[test]
fn a_half_that_other_data_do_not_have_is_refused() {
    let home = home(HELD_OUT);
    fs::write(home.path().join("other.csv"), noise(140)).unwrap();
    for half in ["validation", "test"] {
        let message = refused(&home, &["--data", "other.csv", "--half", half]);
        assert!(message.contains(&format!("no {half} samples in `other.csv`")), "{message}");
    }
    let (other, _) = eval(&home, &["--data", "other.csv"]);
    assert_eq!((&other["half"], &other["samples"]), (&"all".into(), &140.into()));
}

#[test]
fn samples_without_a_half_of_their_own_were_trained_on() {
    let home = home("csv = \"noise.csv\"\nvalidation = \"none\"\nscaling = \"standard\"");
    let (own, said) = eval(&home, &["--data", "noise.csv"]);
    assert_eq!((&own["half"], &own["samples"]), (&"train".into(), &100.into()));
    assert!(said.contains("the network was trained on these samples"), "{said}");
}

#[test]
fn samples_that_changed_are_not_called_held_out() {
    let home = home(HELD_OUT);
    let table = fs::read_to_string(home.path().join("noise.csv")).unwrap();
    let (names, rows) = table.split_once('\n').unwrap();
    let mut sorted: Vec<&str> = rows.lines().collect();
    sorted.sort_unstable();
    for changed in
        [table.clone() + "0.1,0.1,0.1,0.1,0.1,0.1,yes\n", format!("{names}\n{}\n", sorted.join("\n"))]
    {
        fs::write(home.path().join("noise.csv"), changed).unwrap();
        let message = refused(&home, &[]);
        assert!(
            message.contains("held out") && message.contains("have changed since the training"),
            "{message}"
        );
        refused(&home, &["--half", "validation"]);
        let message = fail(toddle(&["report", "run"]).current_dir(home.path()));
        assert!(message.contains("have changed since the training"), "{message}");
        let (all, said) = eval(&home, &["--data", "noise.csv"]);
        assert_eq!(all["half"], "all");
        assert!(said.contains("was trained on many of these samples"), "{said}");
    }
    // A change of the samples that were held out is no change of the training samples.
    fs::write(home.path().join("noise.csv"), table).unwrap();
    eval(&home, &[]);
}

#[test]
fn a_picture_that_was_added_changes_what_is_held_out() {
    let home = TempDir::new().expect("a temporary folder");
    let picture = |class: &str, n: u8| {
        let folder = home.path().join("pictures").join(class);
        fs::create_dir_all(&folder).unwrap();
        let pixels: Vec<u8> = (0..64_u32).map(|p| (p * u32::from(n + 3) * 37 % 251) as u8).collect();
        png(&folder.join(format!("{n}.png")), 8, 8, png::ColorType::Grayscale, &pixels);
    };
    (0..24).for_each(|n| picture(["no", "yes"][usize::from(n % 2)], n));
    train(home.path(), "images = \"pictures\"\nvalidation = { fraction = 0.3 }");
    assert_eq!(eval(&home, &[]).0["samples"], 8);
    picture("no", 100);
    let message = refused(&home, &[]);
    assert!(message.contains("have changed since the training"), "{message}");
}

#[test]
fn samples_of_another_file_that_are_training_samples_are_counted() {
    let home = TempDir::new().expect("a temporary folder");
    let write = |name: &str, rows: std::ops::Range<usize>, table: &str| {
        let lines: Vec<&str> = table.lines().collect();
        let rows = lines[1 + rows.start..1 + rows.end].join("\n");
        fs::write(home.path().join(name), format!("{}\n{rows}\n", lines[0])).unwrap();
    };
    let (table, weighted) = (noise(130), noise(130).replace("\n", ",1\n").replacen("kind,1", "kind,w", 1));
    write("noise.csv", 0..100, &weighted);
    write("other.csv", 90..130, &table);
    write("new.csv", 100..130, &table);
    write("part.csv", 80..110, &table);
    write("unweighted.csv", 0..100, &table);
    let said = |command: &str, more: &[&str]| {
        let output =
            toddle(&[command]).args(more).current_dir(home.path()).output().expect("the program starts");
        text(&output.stdout).to_owned() + text(&output.stderr)
    };
    let count = "10 of 40 samples of";
    let data =
        |test: &str| format!("csv = \"noise.csv\"\nweight = \"w\"\ntest = {test:?}\nvalidation = \"none\"");
    train(home.path(), &data("new.csv"));
    assert!(!said("check", &["noise.toml"]).contains("also training samples"));
    assert!(!said("eval", &["run", "--data", "new.csv"]).contains("trained on"));
    fs::remove_dir_all(home.path().join("run")).unwrap();
    train(home.path(), &data("other.csv"));
    let checked = said("check", &["noise.toml"]);
    assert!(checked.contains("! samples") && checked.contains(count), "{checked}");
    let trained = said("train", &["noise.toml", "--out", "other", "--quiet"]);
    assert!(trained.contains(&format!("warning: {count}")), "{trained}");
    let part = said("eval", &["run", "--data", "part.csv"]);
    assert!(part.contains("the network was trained on 20 of these 30 samples of `part.csv`"), "{part}");
    let unweighted = said("eval", &["run", "--data", "unweighted.csv"]);
    assert!(unweighted.contains("trained on 100 of these 100 samples"), "{unweighted}");
    // The samples to test with have the name of their own file.
    assert!(said("eval", &["run"]).contains("/other.csv, test"), "{}", said("eval", &["run"]));
    assert!(said("eval", &["run", "--half", "train"]).contains("/noise.csv, train"));
}
