//! `toddle compare` and the picture of a run's curves as their users meet them.

mod common;

use std::fs;
use std::path::Path;

use common::{succeed, text, toddle, xor};
use roxmltree::{Document, Node};
use tempfile::TempDir;

/// The curves of a picture, dashed and solid ones, and the words of its legend.
fn drawn(picture: &Path) -> (usize, usize, Vec<String>) {
    let svg = fs::read_to_string(picture).unwrap();
    let picture = Document::parse(&svg).expect("well-formed XML");
    let is_curve = |node: &Node| node.attribute("stroke-linejoin").is_some();
    let curves: Vec<Node> = picture.descendants().filter(is_curve).collect();
    let dashed = curves.iter().filter(|curve| curve.attribute("stroke-dasharray").is_some()).count();
    let texts = picture.root_element().children().filter(|node| node.has_tag_name("text"));
    // The heading and the line below it stand first.
    let legend = texts.skip(2).filter_map(|node| node.text().map(str::to_owned)).collect();
    (dashed, curves.len() - dashed, legend)
}

#[test]
fn runs_are_compared() {
    let home = TempDir::new().unwrap();
    for (run, rate) in [("slow", "0.01"), ("fast", "0.2")] {
        let rate = format!("train.optimizer.rate={rate}");
        xor(home.path(), run, &["--set", "train.epochs=30", "--set", &rate]);
    }
    let output = succeed(toddle(&["compare", "slow", "fast", "--out", "both.svg"]).current_dir(&home));
    let table = text(&output.stdout);
    let row = |name: &str| table.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(row("run").contains("slow") && row("run").contains("fast"), "{table}");
    let rates: Vec<String> = row("train.optimizer.rate").split_whitespace().map(str::to_owned).collect();
    assert_eq!(rates[1..], ["0.01", "0.2"], "{table}");
    assert!(row("train.epochs").is_empty(), "they do not differ there");
    let picture = fs::read_to_string(home.path().join("both.svg")).unwrap();
    let picture = roxmltree::Document::parse(&picture).expect("well-formed XML");
    for name in ["slow", "fast"] {
        assert!(picture.descendants().any(|node| node.text() == Some(name)), "{name}");
    }
}

#[test]
fn training_is_dashed_and_validation_solid() {
    let home = TempDir::new().unwrap();
    let validated =
        ["--set", "train.epochs=9", "--set", "data.validation={last=1}", "--set", "train.loss=huber"];
    xor(home.path(), "mon/xor", &validated);
    xor(home.path(), "tue/xor", &["--set", "train.epochs=4"]);
    let both = ["training", "validation"];
    let (dashed, solid, legend) = drawn(&home.path().join("mon/xor/curves.svg"));
    assert!(dashed == 1 && solid >= 1 && legend == both, "{dashed} {solid} {legend:?}");
    assert_eq!(drawn(&home.path().join("tue/xor/curves.svg")), (1, 0, vec!["training".to_owned()]));

    let output = succeed(toddle(&["compare", "mon/xor", "tue/xor", "--out", "all.svg"]).current_dir(&home));
    let (dashed, of_validation, legend) = drawn(&home.path().join("all.svg"));
    assert!(dashed == 2 && of_validation == solid && legend == both, "{dashed} {of_validation} {legend:?}");
    // Two runs of one name are told apart.
    let table = text(&output.stdout);
    assert!(table.contains("mon/xor") && table.contains("tue/xor"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
}

#[test]
fn tables_and_labels_of_many_runs_have_room() {
    let home = TempDir::new().unwrap();
    let mut runs = Vec::new();
    for n in 1..=24 {
        let (run, seed) = (format!("a-run-with-a-name-{n}"), format!("seed={n}"));
        xor(home.path(), &run, &["--set", "train.epochs=3", "--set", &seed]);
        runs.push(run);
    }
    let output = succeed(toddle(&["compare", "--out", "all.svg"]).args(&runs).current_dir(&home));
    let table = text(&output.stdout);
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    for run in &runs {
        assert!(table.split_whitespace().any(|word| word == run), "{run}");
    }
    let svg = fs::read_to_string(home.path().join("all.svg")).unwrap();
    let picture = Document::parse(&svg).unwrap();
    let number = |node: &Node, name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
    let is_label =
        |node: &Node| node.has_tag_name("text") && node.children().any(|part| part.has_tag_name("tspan"));
    let mut heights: Vec<f64> =
        picture.descendants().filter(is_label).map(|label| number(&label, "y")).collect();
    heights.sort_by(f64::total_cmp);
    assert_eq!(heights.len(), 24);
    assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= 19.0), "{heights:?}");
    assert!(
        heights[0] > 0.0 && heights[23] < number(&picture.root_element(), "height") - 62.0,
        "{heights:?}"
    );
}
