//! The file of another program: a network, or weights for one.

use std::fs;
use std::io::{self, Cursor};
use std::path::Path;

use toddle::{GraphSpec, Network, checkpoint};
use toddle_data::{Archive, ArrayValues, Budget, shielded};
use toddle_exchange::arrays::{self, Array};
use toddle_exchange::{Imported, keras, onnx, pytorch};

use crate::error::Error;
use crate::files;

/// The most bytes of a file.
const MOST: u64 = 4 << 30;

/// What the file of another program holds.
#[derive(Debug)]
pub enum Found {
    /// A network with its layers.
    Network(Box<Imported>),
    /// Weights for the layers of a network.
    Weights(Weights),
}

/// Weights without layers.
#[derive(Debug)]
pub enum Weights {
    /// Arrays with toddle's names and layouts.
    Toddle(Vec<Array>),
    /// Arrays in the order of Keras.
    Keras(Vec<Array>),
    /// The bytes of a `state_dict` of PyTorch.
    Pytorch(Vec<u8>),
}

impl Weights {
    /// The network of `spec` with these weights.
    ///
    /// # Errors
    /// The network cannot be built, or names or shapes do not fit.
    pub fn onto(self, spec: &GraphSpec) -> Result<Network<f32>, Error> {
        Ok(match self {
            Weights::Toddle(arrays) => arrays::onto(spec, &arrays),
            Weights::Keras(arrays) => keras::decode(spec, arrays),
            Weights::Pytorch(bytes) => pytorch::decode(spec, &bytes),
        }?)
    }
}

/// Reads an ONNX file, a `.keras` file of Keras 3, or weights as NPZ or safetensors.
///
/// # Errors
/// The file cannot be read, or is none of these.
pub fn read(file: &Path) -> Result<Found, Error> {
    let bytes = bytes(file).map_err(|cause| unread(file, &cause))?;
    let is = |ending| file.extension().is_some_and(|extension| extension == ending);
    if is("keras") {
        // A crate of others reads the weights.
        let read = shielded(|| Ok::<_, String>(keras::import(bytes)));
        let imported = read.map_err(|fault| unread(file, &io::Error::other(fault)))??;
        return Ok(Found::Network(Box::new(imported)));
    }
    if is("h5") {
        return Err(hdf5(file));
    }
    if is("safetensors") && checkpoint::precision(&bytes).is_ok() {
        return Err(Error::Refused {
            what: format!("cannot import `{}`", file.display()),
            expected: "a network of another program, or weights alone".into(),
            got: "a model of toddle".into(),
            remedy: "no import: this is a model of toddle, which `toddle predict`, `eval` and `export` take as it is, and so does `toddle.load` in Python".into(),
        });
    }
    if is("safetensors") && !arrays::is_own(&bytes) {
        return Ok(Found::Weights(Weights::Pytorch(bytes)));
    }
    if is("npz") || is("safetensors") {
        let arrays = read_arrays(file, &bytes)?;
        let is_of_keras = keras::is_of_keras(&arrays);
        let weights = if is_of_keras { Weights::Keras(arrays) } else { Weights::Toddle(arrays) };
        return Ok(Found::Weights(weights));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(Found::Network(Box::new(onnx::decode(bytes, &mut |name| beside(folder, name))?)))
}

/// The arrays in an NPZ or safetensors file.
fn read_arrays(file: &Path, bytes: &[u8]) -> Result<Vec<Array>, Error> {
    let mut archive = Archive::new(&file.display().to_string(), Cursor::new(bytes))?;
    let names = archive.names();
    let read = names.into_iter().map(|name| {
        let toddle_data::Array { dims, values, .. } = archive.read(&name)?;
        match values {
            ArrayValues::Numbers(values) => Ok(Array { name, dims, values: values.to_vec() }),
            _ => Err(Error::Refused {
                what: format!("cannot read `{}`", file.display()),
                expected: format!("numbers in the array `{name}`"),
                got: "words".into(),
                remedy: "an archive of weights alone".into(),
            }),
        }
    });
    read.collect()
}

/// The error for a file of HDF5, in which old versions of Keras have models. The remedy is a program for it.
fn hdf5(file: &Path) -> Error {
    Error::Refused {
        what: format!("cannot read `{}`", file.display()),
        expected: "a model in a `.keras` file, as Keras 3 writes it".into(),
        got: "a file of HDF5".into(),
        remedy: format!(
            "`import keras` and `keras.models.load_model({:?}).save(\"model.keras\")`, and then importing `model.keras`",
            file.display().to_string()
        ),
    }
}

/// The bytes of a file.
fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    let source = files::open(file)?;
    let length = source.metadata()?.len();
    if length > MOST {
        return Err(io::Error::other(format!("{length} bytes, which is more than toddle reads")));
    }
    let what = || "the file, and its weights".to_owned();
    Budget::ask(&file.display().to_string(), 4 * length, what).map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(source, MOST), &mut bytes)?;
    Ok(bytes)
}

/// The bytes of a file with weights, which lies in the folder of the model and is no link to another place.
fn beside(folder: &Path, name: &str) -> io::Result<Vec<u8>> {
    let (folder, file) = (fs::canonicalize(folder)?, fs::canonicalize(folder.join(name))?);
    if !file.starts_with(folder) {
        return Err(io::Error::other("it lies outside the folder of the model"));
    }
    bytes(&file)
}

fn unread(file: &Path, cause: &io::Error) -> Error {
    Error::Refused {
        what: format!("cannot read `{}`", file.display()),
        expected: "an ONNX file, a `.keras` file, or weights as NPZ or safetensors".into(),
        got: cause.to_string(),
        remedy: "another path".into(),
    }
}
