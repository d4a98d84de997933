//! `toddle import`: the network of another program as a run.

use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use clap::Args;
use toddle::checkpoint;
use toddle::{GraphSpec, Network, escaped};
use toddle_data::{Archive, ArrayValues, Budget};
use toddle_exchange::arrays::{self, Array};
use toddle_exchange::onnx::{self, Imported};
use toddle_exchange::{ExchangeError, keras, pytorch};
use toddle_run::error::Error;
use toddle_run::experiment::Experiment;
use toddle_run::files;
use toddle_run::folder::Folder;
use toddle_run::precision::Precision;
use toddle_run::run;

use crate::ending::Ending;
use crate::export::refused;
use crate::load::load;
use crate::output::{note, print};
use crate::train;

/// Read the network of another program, as a run that can be asked and trained
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// An ONNX file, weights as .npz or .safetensors, or a state_dict of PyTorch as .safetensors
    pub file: PathBuf,

    /// An experiment whose data the network was made for; its network is replaced, and the run can be trained
    #[arg(long = "as", value_name = "FILE.toml")]
    pub experiment: Option<PathBuf>,

    /// Save the run in this folder
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

const AFTER_HELP: &str = "\
An ONNX file that toddle export wrote gives the same network, to the bit. Other files are read operator by operator. What \
toddle has no layer for is named, with its node.

A state_dict goes onto the network of the experiment --as. Tensors with toddle's names are taken by name. Those of \
nn.Sequential are taken in their order, and others by their shapes, if no two are alike.

Arrays in an NPZ file have toddle's names and layouts, as toddle export --to npz writes them. They go onto the network of \
the experiment --as, too. So do the weights of Keras, if these lines wrote them:

  import keras, numpy
  network = keras.models.load_model(\"model.keras\")
  numpy.savez(\"weights.npz\", *network.get_weights())

The weights of a Keras file that toddle export wrote have another order. Its own function save writes them with their \
names, and they come in by name.

Without --as, the run has only model.safetensors: toddle predict and toddle eval take it, with arrays whose values are \
prepared as the network expects them. With --as, the model also knows the data of the experiment, with its scaling and \
its classes, and `toddle train --resume DIR` trains the network on.

Examples:
  toddle import model.onnx --out runs/mine
  toddle import w.safetensors --as experiments/lenet5.toml --out runs/mine
  toddle import weights.npz --as experiments/lenet5.toml --out runs/mine
  toddle import model.onnx --as experiments/lenet5.toml --out runs/mine";

/// The most bytes of a file.
const MOST: u64 = 4 << 30;

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let experiment = options.experiment.as_deref().map(|file| load(file, &[])).transpose()?;
    run::check_out("imported", &options.out)?;
    let bytes = read(&options.file).map_err(|cause| unread(&options.file, &cause))?;
    let is = |ending| options.file.extension().is_some_and(|extension| extension == ending);
    if is("keras") || is("h5") {
        return Err(keras_file(&options.file));
    }
    if is("npz") || is("safetensors") {
        let experiment = experiment.ok_or_else(|| alone(&options.file))?;
        if is("npz") || arrays::is_own(&bytes) {
            let arrays = read_arrays(&options.file, &bytes)?;
            let onto = |spec: &GraphSpec| match keras::is_of_keras(&arrays) {
                true => keras::decode(spec, arrays.clone()),
                false => arrays::onto(spec, &arrays),
            };
            weights(experiment, onto, &options.out)?;
        } else {
            weights(experiment, |spec| pytorch::decode(spec, &bytes), &options.out)?;
        }
    } else {
        let folder = options.file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let Imported { network, about, notes } =
            onnx::decode(bytes, &mut |name| read_beside(folder, name)).map_err(refused)?;
        notes.iter().for_each(|text| note(false, text));
        match experiment {
            Some(experiment) => train_on(experiment, network, &options.out)?,
            None => {
                let folder = Folder::open(&options.out, &[run::MODEL])?;
                folder.write_in_pieces(run::MODEL, &|to| checkpoint::write(&network, &about, None, to))?;
            }
        }
    }
    print(&format!("wrote {}\n", escaped(options.out.display())))?;
    Ok(Ending::Complete)
}

/// Writes a run of `experiment` with weights that come onto its network.
fn weights(
    mut experiment: Experiment,
    onto: impl Fn(&GraphSpec) -> Result<Network<f32>, ExchangeError>,
    out: &Path,
) -> Result<(), Error> {
    experiment.precision = Precision::F32;
    let shape = experiment.parts()?.train.shape();
    let network = onto(&experiment.network(shape)).map_err(refused)?;
    train::adopt(experiment, network, out)
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

/// The error for a file of Keras, whose weights are HDF5. The remedy is a program for them.
fn keras_file(file: &Path) -> Error {
    Error::Refused {
        what: format!("cannot read `{}`", file.display()),
        expected: "weights as NPZ, which three lines in Keras write".into(),
        got: "a file of Keras, whose weights are HDF5".into(),
        remedy: format!(
            "`import keras, numpy`, `network = keras.models.load_model({:?})` and \
             `numpy.savez(\"weights.npz\", *network.get_weights())`, and then `toddle import weights.npz --as FILE.toml`",
            file.display().to_string()
        ),
    }
}

/// The error that weights have no network.
fn alone(file: &Path) -> Error {
    Error::Refused {
        what: format!("cannot read `{}` alone", file.display()),
        expected: "a network for the weights".into(),
        got: "weights".into(),
        remedy: "--as with the experiment whose network they are for".into(),
    }
}

/// Writes a run of `experiment` with `network`, before its first step.
fn train_on(mut experiment: Experiment, network: Network<f32>, out: &Path) -> Result<(), Error> {
    let spec = network.spec().clone();
    experiment.precision = Precision::F32;
    experiment.network.input = None;
    experiment.network.inputs = spec.inputs;
    experiment.network.layers = spec.layers;
    experiment.network.outputs = spec.outputs;
    train::adopt(experiment, network, out)
}

/// The bytes of a file.
fn read(file: &Path) -> io::Result<Vec<u8>> {
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
fn read_beside(folder: &Path, name: &str) -> io::Result<Vec<u8>> {
    let (folder, file) = (fs::canonicalize(folder)?, fs::canonicalize(folder.join(name))?);
    if !file.starts_with(folder) {
        return Err(io::Error::other("it lies outside the folder of the model"));
    }
    read(&file)
}

fn unread(file: &Path, cause: &io::Error) -> Error {
    Error::Refused {
        what: format!("cannot read `{}`", file.display()),
        expected: "an ONNX file, or weights as NPZ or safetensors".into(),
        got: cause.to_string(),
        remedy: "another path".into(),
    }
}
