//! Measures on disk, with what one must know to believe them.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// Writes `<folder>/<date>-<cpu>/<name>.json`.
pub fn write(folder: &Path, name: &str, measures: Value) -> Result<PathBuf, Box<dyn Error>> {
    let folder = folder.join(run());
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{name}.json"));
    let mut record = about()?;
    record["command"] = command().into();
    record["measures"] = measures;
    fs::write(&path, serde_json::to_string_pretty(&record)? + "\n")?;
    Ok(path)
}

/// `<date>-<cpu>`, as the folder of today's runs on this machine is called.
pub fn run() -> String {
    format!("{}-{}", output("date", &["-u", "+%F"]), slug())
}

/// The processor's name, as a part of a folder's.
fn slug() -> String {
    cpu().to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

/// The newest `<folder>/<date>-<cpu>/<name>.json` of a CPU like this one.
pub fn newest(folder: &Path, name: &str) -> Result<Option<PathBuf>, Box<dyn Error>> {
    let slug = slug();
    let mut files = Vec::new();
    for run in fs::read_dir(folder)? {
        let run = run?;
        let file = run.path().join(format!("{name}.json"));
        if run.file_name().to_string_lossy().ends_with(&slug) && file.exists() {
            files.push(file);
        }
    }
    Ok(files.into_iter().max())
}

/// What was measured, on what.
pub fn about() -> Result<Value, Box<dyn Error>> {
    Ok(json!({
        "machine": {
            "cpu": cpu(),
            "cores": std::thread::available_parallelism()?.get(),
            "simd": toddle_lanes::Isa::detect().name(),
        },
        "commit": output("git", &["describe", "--always", "--dirty", "--abbrev=12"]),
        "compiler": output("rustc", &["--version"]),
    }))
}

/// The command that measures this again; a Python's place is its own machine's business.
fn command() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let python = arguments.iter().position(|argument| argument == "--python").map(|at| at + 1);
    let named = arguments
        .iter()
        .enumerate()
        .map(|(at, argument)| if Some(at) == python { "python3" } else { argument });
    format!("cargo run --release -p toddle-bench -- {}", named.collect::<Vec<_>>().join(" "))
}

/// The processor's name, as the system has it.
fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name));
        line.and_then(|line| line.split(':').nth(1)).map(|value| value.trim().to_string())
    };
    let name = field("model name").unwrap_or_else(|| std::env::consts::ARCH.into());
    match (field("cpu family"), field("model")) {
        (Some(family), Some(model)) => format!("{name} family {family} model {model}"),
        _ => name,
    }
}

/// What a program prints, or nothing where it cannot be run.
fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string()).unwrap_or_default()
}
