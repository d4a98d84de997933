//! A network for another program, and the network of another program.

use std::ffi::OsString;
use std::path::PathBuf;

use pyo3::prelude::*;
use toddle::checkpoint::{self, About};
use toddle_exchange::Imported;
use toddle_exchange::peer::Difference;
use toddle_run::exchange::{self, Export, Exported, Found, Leaving, Outcome};

use crate::error::{Error, Result};
use crate::network::{Network, each};
use crate::settings::read;

/// The outcome of a check in words, and whether it is right. With the other program, also its name, the largest difference, the same as a
/// part of the largest output, and the largest part that is allowed.
type Checked = (String, bool, Option<(String, f64, f64, f64)>);

/// Writes the network to `path` for another program. Returns the files, what is to be said about them, and what the check gave.
#[pyfunction]
pub(crate) fn export(
    py: Python<'_>,
    network: &Network,
    about: &str,
    settings: &str,
    path: PathBuf,
    python: Option<OsString>,
) -> PyResult<(Vec<PathBuf>, String, Checked)> {
    let about: About = read("Network.export", about)?;
    let export: Export = read("Network.export", settings)?;
    let bytes = network.bytes(py, &about);
    let name = path.file_stem().map_or_else(|| "network".into(), |stem| stem.to_string_lossy().into_owned());
    let exported = py.detach(|| {
        let mut leaving = Leaving::new(checkpoint::decode(&bytes)?, name);
        if let Some(python) = python {
            leaving.python = python;
        }
        Ok::<_, Error>(leaving.export(&export, &path, false)?)
    });
    let Exported { files, notes, outcome, .. } = exported?;
    let details = match &outcome {
        Outcome::Differs { by, difference: Difference { absolute, relative }, bound } => {
            Some((by.clone(), f64::from(*absolute), f64::from(*relative), f64::from(*bound)))
        }
        Outcome::Skipped | Outcome::Missing(_) => None,
    };
    Ok((files, notes, (outcome.line(), outcome.is_right(), details)))
}

/// The network in the file of another program, what the file says about it as JSON, and what its user should know. The layers of weights
/// are those of `onto`, which is known better than the file.
#[pyfunction]
#[pyo3(signature = (path, onto=None))]
pub(crate) fn import_model(
    py: Python<'_>,
    path: PathBuf,
    onto: Option<&Network>,
) -> PyResult<(Network, Option<String>, Vec<String>)> {
    let spec = onto.map(|onto| each!(onto, core => core.read(py, |network| network.spec().clone())));
    let read = || -> Result<_> {
        let wrong = |expected: &str, got: &str, remedy: &str| {
            let what = format!("`{}` cannot be read in this way", path.display());
            Err(Error::refused(&what, expected, got, remedy))
        };
        match (exchange::read(&path)?, spec) {
            (Found::Weights(weights), Some(spec)) => Ok((weights.onto(&spec)?, None, Vec::new())),
            (Found::Weights(_), None) => wrong(
                "a network for the weights, which have no layers",
                "weights alone",
                "onto=network, with a network of the same layers",
            ),
            (Found::Network(imported), None) => {
                let Imported { network, about, notes } = *imported;
                Ok((network, Some(serde_json::to_string(&about)?), notes))
            }
            (Found::Network(_), Some(_)) => {
                wrong("weights without layers", "a file that has layers", "leaving out onto")
            }
        }
    };
    let (network, about, notes) = py.detach(read)?;
    Ok((Network::of_f32(network), about, notes))
}
