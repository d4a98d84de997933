//! The archive of a Keras file.

use std::fmt::Display;
use std::io::{Cursor, Read};

use serde::Deserialize;
use serde_json::Value as Json;
use zip::{CompressionMethod, ZipArchive};

use crate::ExchangeError;

/// The most bytes of a file of JSON.
const MOST_JSON: u64 = 1 << 20;

/// The most tables of a file of JSON. Each of them takes some hundred bytes of memory.
const MOST_TABLES: usize = 1 << 15;

/// What a file of Keras holds.
pub(super) struct Content {
    /// The model and its layers.
    pub config: Json,
    /// The file of the weights, which is HDF5.
    pub weights: Vec<u8>,
}

/// What `metadata.json` says.
#[derive(Deserialize)]
struct Metadata {
    keras_version: String,
}

/// Reads the archive.
pub(super) fn open(file: Vec<u8>) -> Result<Content, ExchangeError> {
    let length = file.len() as u64;
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(|fault| wrong(ARCHIVE, fault))?;
    let metadata: Metadata = json(&member(&mut archive, "metadata.json", MOST_JSON)?, "metadata.json")?;
    if !metadata.keras_version.starts_with("3.") {
        return Err(wrong("a file of Keras 3", format_args!("one of Keras {}", metadata.keras_version)));
    }
    let config = json(&member(&mut archive, "config.json", MOST_JSON)?, "config.json")?;
    let weights = member(&mut archive, "model.weights.h5", length)?;
    Ok(Content { config, weights })
}

/// What the file is expected to be.
const ARCHIVE: &str = "an archive as `model.save(\"model.keras\")` of Keras 3 writes it";

/// The bytes of the member `name`, of which there are at most `most`.
fn member(
    archive: &mut ZipArchive<Cursor<Vec<u8>>>,
    name: &str,
    most: u64,
) -> Result<Vec<u8>, ExchangeError> {
    let member = archive.by_name(name).map_err(|fault| wrong(ARCHIVE, format_args!("{name}: {fault}")))?;
    // A member that is not packed is not longer than the file.
    if member.compression() != CompressionMethod::Stored {
        return Err(wrong(ARCHIVE, format_args!("{name}, which is packed")));
    }
    if member.size() > most {
        let expected = format!("at most {most} bytes in {name}");
        return Err(wrong(expected, format_args!("{} bytes", member.size())));
    }
    let mut bytes = Vec::new();
    let read = member.take(most).read_to_end(&mut bytes);
    read.map_err(|fault| wrong(ARCHIVE, format_args!("{name}: {fault}")))?;
    Ok(bytes)
}

fn json<T: for<'de> Deserialize<'de>>(bytes: &[u8], name: &str) -> Result<T, ExchangeError> {
    let tables = bytes.iter().filter(|byte| **byte == b'{').count();
    if tables > MOST_TABLES {
        return Err(wrong(format_args!("at most {MOST_TABLES} tables in {name}"), tables));
    }
    serde_json::from_slice(bytes).map_err(|fault| wrong(ARCHIVE, format_args!("{name}: {fault}")))
}

fn wrong(expected: impl Display, got: impl Display) -> ExchangeError {
    let remedy = "loading the model in Keras 3, and saving it once more";
    ExchangeError::new("the file of Keras cannot be read", expected, got, remedy)
}
