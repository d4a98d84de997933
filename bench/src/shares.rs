//! Whether the kernels still reach what they reached: a moment of measuring, for every change.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::kernels::{self, Measure};
use crate::record;

/// Kernels whose numbers stay in the core's own caches: what others do on a shared machine hardly moves their share of the
/// peak, which is measured in turn with them.
const KERNELS: [&str; 2] = ["conv 5×5 f32", "dense 256→128 f32"];
/// A kernel has become slow if its share is below so much of the stored one...
const SLOW: f64 = 0.8;
/// ...as often as this.
const TRIES: usize = 8;

/// Measures the kernels, in every form that is not portable.
pub fn run() -> Vec<Measure> {
    KERNELS.into_iter().flat_map(kernels::run).collect()
}

/// The same beside the newest run below `folder` of a CPU like this one.
///
/// # Errors
/// A kernel's share of the peak has fallen by a fifth.
pub fn check(folder: &Path) -> Result<(), Box<dyn Error>> {
    let Some(file) = record::newest(folder, "shares")? else {
        println!("{} has no shares.json of a CPU like this: nothing to compare with", folder.display());
        return Ok(());
    };
    let stored: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
    let mut slow: Vec<(String, f64)> = (stored["measures"].as_array().into_iter().flatten())
        .filter_map(|measure| {
            let field = |name: &str| measure[name].as_str();
            let name = format!("{} {} {}", field("kernel")?, field("simd")?, field("number")?);
            Some((name, measure["share_of_peak"].as_f64()?))
        })
        .collect();
    if slow.is_empty() {
        return Err(format!("{} holds no measures", file.display()).into());
    }
    println!("beside {}", file.display());
    for _ in 0..TRIES {
        let mut found = Vec::new();
        for (name, _) in &slow {
            found.extend(kernels::run(name));
        }
        slow.retain(|(name, stored)| {
            let reaches =
                |measure: &Measure| measure.name() == *name && measure.share_of_peak() >= SLOW * stored;
            !found.iter().any(reaches)
        });
        if slow.is_empty() {
            return Ok(());
        }
    }
    let names: Vec<String> =
        slow.iter().map(|(name, stored)| format!("{name} (was {:.1} %)", 100.0 * stored)).collect();
    Err(format!("a fifth slower, or more, than in {}: {}", file.display(), names.join(", ")).into())
}
