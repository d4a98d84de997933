//! The other program, and its answers.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::json;
use tempfile::TempDir;
use toddle_exchange::Module;
use toddle_exchange::arrays::Array;
use toddle_exchange::onnx::{Export, output_names};
use toddle_exchange::peer::{Answer, Difference, KERAS, NUMPY, ONNXRUNTIME, PYTORCH, Question, read_arrays};

use super::place::REPORT;
use super::{Leaving, prepared};
use crate::error::Error;

/// The largest difference of an output, as a part of the largest output.
const BOUND: f32 = 1e-5;

/// What the check gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The user did not want it.
    Skipped,
    /// The other program is not there. In words, what to install.
    Missing(String),
    /// The answers of the program `by` differ so much.
    Differs {
        /// The other program, with its version.
        by: String,
        /// How much the answers differ.
        difference: Difference,
        /// The largest difference of an output that is allowed, as a part of the largest output.
        bound: f32,
    },
}

impl Outcome {
    /// Whether no difference is above its bound.
    pub fn is_right(&self) -> bool {
        !matches!(self, Outcome::Differs { difference, bound, .. } if difference.relative > *bound || difference.relative.is_nan())
    }

    /// The outcome as a line.
    pub fn line(&self) -> String {
        match self {
            Outcome::Skipped => "not checked".into(),
            Outcome::Missing(what) => format!("not checked: {what}"),
            Outcome::Differs { by, difference: Difference { absolute, relative }, bound } => {
                let sign = if self.is_right() { "✓" } else { "✗" };
                if *bound == 0.0 {
                    return format!("{sign} {by}");
                }
                format!(
                    "{sign} {by}: largest difference {absolute:e}, relative {relative:e}; at most {bound:e} is allowed"
                )
            }
        }
    }

    /// The outcome as JSON.
    pub fn json(&self, leaving: &Leaving) -> String {
        let samples = leaving.x.len() / leaving.network.input().size();
        let mut details = match self {
            Outcome::Skipped | Outcome::Missing(_) => json!({ "why_not": self.line() }),
            Outcome::Differs { by, difference, bound } => json!({
                "by": by,
                "samples": samples,
                "absolute": difference.absolute.to_string(),
                "relative": difference.relative.to_string(),
                "bound": bound.to_string(),
                "right": self.is_right(),
            }),
        };
        let checked = matches!(self, Outcome::Differs { .. });
        if let Some(int8) = &leaving.int8 {
            details["int8"] = int8.json();
        }
        let details = serde_json::to_string_pretty(&details).expect("texts and numbers are JSON");
        // The mark comes first, as the beginning of a file says whether toddle wrote it.
        details.replacen('{', &format!("{{\n  {REPORT} {checked},"), 1) + "\n"
    }
}

/// The file with the outcome of the check of `out`.
pub fn report_of(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".check.json");
    out.with_file_name(name)
}

/// Checks an ONNX file with onnxruntime.
pub fn onnx(leaving: &Leaving, file: &[u8], export: &Export) -> Result<Outcome, Error> {
    let network = &leaving.network;
    let (x, expected) = match export.preparation {
        true => prepared::bytes_and_probabilities(leaving)?,
        false => (leaving.x.clone(), network.predict(&leaving.x)?),
    };
    let question = Question { file, network, outputs: output_names(network), batch: export.batch, x: &x };
    python(leaving, &question, &expected, ONNXRUNTIME, ["numpy, onnxruntime", "onnxruntime onnx"])
}

/// Checks a module of PyTorch with PyTorch.
pub fn pytorch(leaving: &Leaving, of: &Module) -> Result<Outcome, Error> {
    module(leaving, of, PYTORCH, ["numpy, torch, safetensors", "torch safetensors numpy"])
}

/// Checks source for Keras with Keras.
pub fn keras(leaving: &Leaving, of: &Module) -> Result<Outcome, Error> {
    module(leaving, of, KERAS, ["numpy, keras", "keras tensorflow-cpu numpy"])
}

fn module(leaving: &Leaving, module: &Module, program: &str, packages: [&str; 2]) -> Result<Outcome, Error> {
    let Leaving { network, x, .. } = leaving;
    let file = &module.together();
    let question = Question { file, network, outputs: Vec::new(), batch: None, x };
    python(leaving, &question, &network.predict(x)?, program, packages)
}

/// Reads arrays with NumPy. `packages` are those that it needs for a file of this `form`.
pub fn arrays(leaving: &Leaving, file: &[u8], form: &str, packages: &str) -> Result<Outcome, Error> {
    if !has(&leaving.python, &packages.replace(' ', ", ")) {
        return Ok(missing(packages));
    }
    let fault = |cause: io::Error| failed("Python", cause.to_string());
    let mut child = started(Command::new(&leaving.python).args(["-c", NUMPY, form])).map_err(fault)?;
    let mut to = child.stdin.take().expect("it is a pipe");
    // It reads the whole file before it answers.
    let sent = to.write_all(file);
    drop(to);
    let Output { status, stdout, .. } = child.wait_with_output().map_err(fault)?;
    if !status.success() {
        return Err(failed("Python", status.to_string()));
    }
    let (by, mut read) = sent.and_then(|()| read_arrays(&stdout)).map_err(fault)?;
    let mut written = toddle_exchange::arrays::of(&leaving.network);
    for arrays in [&mut read, &mut written] {
        arrays.sort_by(|a, b| a.name.cmp(&b.name));
    }
    let same = |(read, written): (&Array, &Array)| {
        let bits = |array: &Array| array.values.iter().map(|value| value.to_bits()).collect::<Vec<u32>>();
        (&read.name, &read.dims, bits(read)) == (&written.name, &written.dims, bits(written))
    };
    let right = read.iter().zip(&written).filter(|pair| same(*pair)).count();
    let all = written.len();
    let is_right = right == all && read.len() == all;
    Ok(same_bits(format!("{by}: {right} of {all} arrays have toddle's bits"), is_right))
}

/// Whether this Python has the packages `imports`.
fn has(python: &OsStr, imports: &str) -> bool {
    let has = Command::new(python).args(["-c", &format!("import {imports}")]).stderr(Stdio::null()).status();
    has.is_ok_and(|status| status.success())
}

/// The outcome without Python or without one of these packages.
fn missing(packages: &str) -> Outcome {
    Outcome::Missing(format!("`pip install {packages}` lets Python check the file"))
}

/// What a compiler says about its version. None: it is not there, or it is a name without a compiler behind it, as rustup
/// leaves without a toolchain.
fn version_of(compiler: &str) -> Option<String> {
    let Output { status, stdout, .. } = Command::new(compiler).arg("--version").output().ok()?;
    status.success().then(|| String::from_utf8_lossy(&stdout).into_owned())
}

/// A program, started with pipes.
fn started(command: &mut Command) -> io::Result<Child> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
}

/// The answer of a script for Python, which imports `imports` from `packages`, beside the `expected` one.
fn python(
    leaving: &Leaving,
    question: &Question<'_>,
    expected: &[f32],
    script: &str,
    [imports, packages]: [&str; 2],
) -> Result<Outcome, Error> {
    if !has(&leaving.python, imports) {
        return Ok(missing(packages));
    }
    let fault = |cause: io::Error| failed("Python", cause.to_string());
    let mut child = started(Command::new(&leaving.python).args(["-c", script])).map_err(fault)?;
    let (to, from) = (child.stdin.take(), child.stdout.take());
    let (Some(mut to), Some(from)) = (to, from) else { unreachable!("both are pipes") };
    let answer = question.ask(&mut to, &mut BufReader::new(from));
    drop(to);
    child.wait().map_err(fault)?;
    let Answer { by, y } = answer.map_err(fault)?;
    let difference = Difference::of(&y, expected);
    Ok(Outcome::Differs { by, difference, bound: BOUND })
}

/// Compiles C, and runs its self-test.
pub fn c(name: &str, text: &[u8]) -> Result<Outcome, Error> {
    let fault = |cause: io::Error| failed("cc", cause.to_string());
    if version_of("cc").is_none() {
        return Ok(Outcome::Missing(
            "a C compiler called cc (gcc or clang) lets toddle run the file's self-test".into(),
        ));
    }
    let folder = TempDir::new().map_err(fault)?;
    fs::write(folder.path().join("network.c"), text).map_err(fault)?;
    let define = format!("-D{}_TEST", toddle_exchange::identifier(name).to_uppercase());
    let mut compile = Command::new("cc");
    compile.args(["-std=c99", "-O1", &define, "-o", "test", "network.c", "-lm"]).current_dir(folder.path());
    let Output { status, stderr, .. } = compile.output().map_err(fault)?;
    if !status.success() {
        return Err(failed("cc", String::from_utf8_lossy(&stderr).into_owned()));
    }
    let Output { status, stdout, .. } = Command::new(folder.path().join("test")).output().map_err(fault)?;
    let said = String::from_utf8_lossy(&stdout);
    let by = format!("cc, {}", said.trim());
    Ok(same_bits(by, status.success()))
}

/// Compiles Rust, and runs its self-test.
pub fn rust(leaving: &Leaving, text: &[u8]) -> Result<Outcome, Error> {
    let fault = |cause: io::Error| failed("rustc", cause.to_string());
    let Some(version) = version_of("rustc") else {
        return Ok(Outcome::Missing("rustc (https://rustup.rs) lets toddle run the file's self-test".into()));
    };
    let folder = TempDir::new().map_err(fault)?;
    fs::write(folder.path().join("network.rs"), text).map_err(fault)?;
    let mut compile = Command::new("rustc");
    compile.args(["--edition", "2021", "-Copt-level=1", "--test", "-o", "test", "network.rs"]);
    let Output { status, stderr, .. } = compile.current_dir(folder.path()).output().map_err(fault)?;
    if !status.success() {
        return Err(failed("rustc", String::from_utf8_lossy(&stderr).into_owned()));
    }
    let Output { status, .. } = Command::new(folder.path().join("test")).output().map_err(fault)?;
    let samples = leaving.x.len() / leaving.network.input().size();
    let version = version.split(" (").next().unwrap_or_default();
    let words = if status.success() { "all of them have" } else { "not all of them have" };
    Ok(same_bits(format!("{version}: {samples} answers, and {words} toddle's bits"), status.success()))
}

/// The outcome of a comparison of bits, which does not measure how far they are apart.
fn same_bits(by: String, right: bool) -> Outcome {
    let off = if right { 0.0 } else { f32::INFINITY };
    Outcome::Differs { by, difference: Difference { absolute: off, relative: off }, bound: 0.0 }
}

/// The error that the other program failed.
fn failed(program: &str, got: String) -> Error {
    Error::Refused {
        what: format!("{program} could not run the network"),
        expected: "answers about the recorded inputs".into(),
        got,
        remedy: format!("another version of {program}, or leaving the check out"),
    }
}
