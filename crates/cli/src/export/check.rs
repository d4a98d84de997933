//! The other program, and its answers.

use std::env;
use std::fs;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::json;
use tempfile::TempDir;
use toddle_exchange::onnx::output_names;
use toddle_exchange::peer::{Answer, Difference, ONNXRUNTIME, PYTORCH, Question};
use toddle_exchange::pytorch::Module;
use toddle_run::error::Error;

use super::Leaving;
use super::place::REPORT;

/// The largest difference of an output, as a part of the largest output.
const BOUND: f32 = 1e-5;

/// What the check gave.
pub enum Outcome {
    /// The user did not want it.
    Skipped,
    /// The other program is not there. In words, what to install.
    Missing(String),
    /// The answers of the program `by` differ so much.
    Differs { by: String, difference: Difference, bound: f32 },
}

impl Outcome {
    /// Whether no difference is above its bound.
    pub fn is_right(&self) -> bool {
        !matches!(self, Outcome::Differs { difference, bound, .. } if difference.relative > *bound || difference.relative.is_nan())
    }

    /// The outcome as a line.
    pub fn line(&self) -> String {
        match self {
            Outcome::Skipped => "not checked, because of --no-check".into(),
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
        let details = match self {
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
pub fn onnx(leaving: &Leaving, file: &[u8], batch: Option<usize>) -> Result<Outcome, Error> {
    let question = Question {
        file,
        network: &leaving.network,
        outputs: output_names(&leaving.network),
        batch,
        x: &leaving.x,
    };
    python(&question, ONNXRUNTIME, "numpy, onnxruntime", "onnxruntime onnx")
}

/// Checks a module of PyTorch with PyTorch.
pub fn pytorch(leaving: &Leaving, module: &Module) -> Result<Outcome, Error> {
    let file = &module.together();
    let question =
        Question { file, network: &leaving.network, outputs: Vec::new(), batch: None, x: &leaving.x };
    python(&question, PYTORCH, "numpy, torch, safetensors", "torch safetensors numpy")
}

/// The answer of a script for Python, which imports `imports` from `packages`.
fn python(question: &Question<'_>, script: &str, imports: &str, packages: &str) -> Result<Outcome, Error> {
    let python = env::var_os("TODDLE_PYTHON").unwrap_or_else(|| "python3".into());
    let has = Command::new(&python).args(["-c", &format!("import {imports}")]).stderr(Stdio::null()).status();
    if !has.is_ok_and(|status| status.success()) {
        return Ok(Outcome::Missing(format!("`pip install {packages}` lets Python check the file")));
    }
    let fault = |cause: io::Error| failed("Python", cause.to_string());
    let mut child = Command::new(python)
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(fault)?;
    let (to, from) = (child.stdin.take(), child.stdout.take());
    let (Some(mut to), Some(from)) = (to, from) else { unreachable!("both are pipes") };
    let answer = question.ask(&mut to, &mut BufReader::new(from));
    drop(to);
    child.wait().map_err(fault)?;
    let Answer { by, y } = answer.map_err(fault)?;
    let expected = question.network.predict(question.x)?;
    let difference = Difference::of(&y, &expected);
    Ok(Outcome::Differs { by, difference, bound: BOUND })
}

/// Compiles C, and runs its self-test.
pub fn c(name: &str, text: &[u8]) -> Result<Outcome, Error> {
    let fault = |cause: io::Error| failed("cc", cause.to_string());
    if Command::new("cc").arg("--version").output().is_err() {
        return Ok(Outcome::Missing(
            "a C compiler called cc (gcc or clang) lets toddle run the file's self-test".into(),
        ));
    }
    let folder = TempDir::new().map_err(fault)?;
    fs::write(folder.path().join("network.c"), text).map_err(fault)?;
    let define = format!("-D{}_TEST", toddle_exchange::c::identifier(name).to_uppercase());
    let mut compile = Command::new("cc");
    compile.args(["-std=c99", "-O1", &define, "-o", "test", "network.c", "-lm"]).current_dir(folder.path());
    let Output { status, stderr, .. } = compile.output().map_err(fault)?;
    if !status.success() {
        return Err(failed("cc", String::from_utf8_lossy(&stderr).into_owned()));
    }
    let Output { status, stdout, .. } = Command::new(folder.path().join("test")).output().map_err(fault)?;
    let said = String::from_utf8_lossy(&stdout);
    let by = format!("cc, {}", said.trim());
    // The self-test compares bits, and does not measure how far they are apart.
    let off = if status.success() { 0.0 } else { f32::INFINITY };
    Ok(Outcome::Differs { by, difference: Difference { absolute: off, relative: off }, bound: 0.0 })
}

/// The error that the other program failed.
fn failed(program: &str, got: String) -> Error {
    Error::Refused {
        what: format!("{program} could not run the network"),
        expected: "answers about the recorded inputs".into(),
        got,
        remedy: format!("another version of {program}, or --no-check"),
    }
}
