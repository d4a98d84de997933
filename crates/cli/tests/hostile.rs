//! What others wrote reaches no terminal as it is: names of files and classes, cells, metadata, and values of TOML.

mod common;

use std::fs;
use std::path::Path;
use std::process::Output;

use common::{succeed, text, toddle};
use serde_json::Value;
use tempfile::TempDir;

/// What a terminal obeys, or what makes a line look like another: colours, a bell, a return, the other direction, and more.
const NASTY: [(&str, &str); 9] = [
    ("\u{1b}[31m", "\\u001b"),
    ("\u{7}", "\\u0007"),
    ("\u{9b}2J", "\\u009b"),
    ("\r", "\\r"),
    ("\u{202e}", "\\u202e"),
    ("\u{2066}", "\\u2066"),
    ("\u{7f}", "\\u007f"),
    ("\n  try       rm -r /", "\\n"),
    ("\u{2028}", "\\u2028"),
];

/// Asserts that the output holds nothing that a terminal obeys, and has `escape` in it.
fn is_escaped(output: &Output, nasty: &str, escape: &str) {
    let said = is_harmless(output, nasty);
    assert!(said.contains(escape), "{nasty:?}: no {escape} in {said}");
}

/// Asserts that the output holds nothing that a terminal obeys: the output.
fn is_harmless(output: &Output, nasty: &str) -> String {
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    let obeyed = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{2066}\u{2028}".contains(c));
    assert!(!said.contains(obeyed), "{nasty:?}: {said:?}");
    assert!(!said.contains("\n  try       rm"), "{nasty:?}: {said}");
    said
}

fn run(args: &[&str], within: &Path) -> Output {
    toddle(args).current_dir(within).output().expect("the program starts")
}

#[test]
fn names_of_files() {
    for (nasty, escape) in NASTY {
        let home = TempDir::new().unwrap();
        let name = format!("a{}b.toml", nasty.replace('/', "_"));
        let runs = [
            vec!["check", &*name],
            vec!["train", &*name],
            vec!["predict", &*name, "x.png"],
            vec!["summary", &*name],
        ];
        for args in &runs {
            is_escaped(&run(args, home.path()), nasty, escape);
        }
        fs::write(home.path().join(&name), "version = 1").unwrap();
        for args in &runs {
            is_escaped(&run(args, home.path()), nasty, escape);
        }
    }
}

#[test]
fn values_of_toml() {
    for (nasty, escape) in NASTY {
        let home = TempDir::new().unwrap();
        let quoted: String = nasty.chars().map(|c| format!("\\u{:04X}", u32::from(c))).collect();
        let experiment =
            format!("version = 1\n[data]\nset = \"a{quoted}\"\n[network]\nlayers = [\"{quoted}\"]\n");
        fs::write(home.path().join("a.toml"), experiment).unwrap();
        let output = run(&["check", "a.toml"], home.path());
        is_escaped(&output, nasty, escape);
    }
}

/// A table of two classes, one of them with a nasty name, and an experiment of it.
fn table(folder: &Path, nasty: &str) {
    let class = format!("\"bad{}ly\"", nasty.replace('"', "\"\""));
    let mut csv = format!("width,\"hei{nasty}ght\",kind\n");
    for n in 0..20 {
        let class = if n % 2 == 0 { &*class } else { "good" };
        csv += &format!("{},{},{class}\n", n % 2, n);
    }
    fs::write(folder.join("t.csv"), csv).unwrap();
    let experiment = "version = 1\nname = \"t\"\n[data]\ncsv = \"t.csv\"\ntarget = \"kind\"\nheader = true\n\
                      [network]\nlayers = [{ kind = \"dense\", outputs = 2 }]\n\
                      [train]\nepochs = 1\nbatch = 4\noptimizer = { kind = \"sgd\", rate = 0.1 }\nloss = \"cross_entropy\"\n";
    fs::write(folder.join("t.toml"), experiment).unwrap();
}

#[test]
fn names_of_classes_and_cells_of_tables() {
    for (nasty, escape) in NASTY {
        let home = TempDir::new().unwrap();
        table(home.path(), nasty);
        let args = ["train", "t.toml", "--out", "run", "--threads", "1"];
        let trained = run(&args, home.path());
        let said = is_harmless(&trained, nasty);
        if nasty.contains('\n') {
            assert!(!trained.status.success() && said.contains("text of several lines"), "{said}");
            continue;
        }
        assert!(trained.status.success(), "{nasty:?}: {said}");
        // A narrow column cuts the middle of the name.
        is_harmless(&run(&["predict", "run", "t.csv"], home.path()), nasty);
        is_escaped(&run(&["eval", "run"], home.path()), nasty, escape);
        // As JSON the name is the same.
        let said = succeed(toddle(&["predict", "run", "t.csv", "--json"]).current_dir(&home));
        is_escaped(&said, nasty, escape);
        let said: Value = serde_json::from_slice(&said.stdout).unwrap();
        let classes: Vec<&str> =
            said["classes"].as_array().unwrap().iter().map(|class| class.as_str().unwrap()).collect();
        assert!(classes.iter().any(|class| class.contains(nasty)), "{nasty:?}: {classes:?}");
        // A cell that is no number.
        let bad = fs::read_to_string(home.path().join("t.csv")).unwrap().replacen(
            "\n0,0,",
            &format!("\n\"x{nasty}\",0,"),
            1,
        );
        fs::write(home.path().join("t.csv"), bad).unwrap();
        is_harmless(&run(&["predict", "run", "t.csv"], home.path()), nasty);
    }
}

#[test]
fn metadata_of_models() {
    for (nasty, escape) in NASTY {
        let home = TempDir::new().unwrap();
        let metadata = serde_json::json!({ "__metadata__": { "toddle.crc32": nasty } });
        let mut header = metadata.to_string();
        header += &" ".repeat(header.len().next_multiple_of(8) - header.len());
        let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
        fs::write(home.path().join("m.safetensors"), file).unwrap();
        is_escaped(&run(&["predict", "m.safetensors", "x.png"], home.path()), nasty, escape);
    }
}

#[test]
fn pictures_hold_no_markup_of_others() {
    let home = TempDir::new().unwrap();
    table(home.path(), "x");
    let name = "<script>&\"\\u001b\\u202e";
    let toml = fs::read_to_string(home.path().join("t.toml")).unwrap();
    let toml = toml.replace("name = \"t\"", &format!("name = \"{}\"", name.replace('"', "\\\"")));
    fs::write(home.path().join("t.toml"), toml).unwrap();
    succeed(toddle(&["train", "t.toml", "--out", "run", "--threads", "1", "--quiet"]).current_dir(&home));
    let svg = fs::read_to_string(home.path().join("run/curves.svg")).unwrap();
    assert!(svg.contains("&lt;script&gt;&amp;&quot;\\u001b\\u202e") && !svg.contains("<script>"), "{svg}");
    roxmltree::Document::parse(&svg).unwrap();
}
