//! `toddle import`: the network of another program as a run.

use std::path::{Path, PathBuf};

use clap::Args;
use toddle::checkpoint::About;
use toddle::{LayerSpec, Network, checkpoint, escaped};
use toddle_data::{Meaning, last_layer};
use toddle_exchange::Imported;
use toddle_run::error::Error;
use toddle_run::exchange::{self, Found};
use toddle_run::experiment::Experiment;
use toddle_run::folder::Folder;
use toddle_run::precision::Precision;
use toddle_run::run;

use crate::ending::Ending;
use crate::load::load;
use crate::output::{note, print};
use crate::train;

/// Read the network of another program, as a run that can be asked and trained
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// An ONNX file, a .keras file of Keras 3, weights as .npz or .safetensors, or a state_dict of PyTorch as .safetensors
    pub file: PathBuf,

    /// An experiment whose data the network was made for; its network is replaced, and the run can be trained
    #[arg(long = "as", value_name = "FILE.toml")]
    pub experiment: Option<PathBuf>,

    /// The outputs are numbers, and not the classes 0, 1 and so on. Only for a file that names no classes, without --as
    #[arg(long, conflicts_with = "experiment")]
    pub numbers: bool,

    /// Save the run in this folder
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

const AFTER_HELP: &str = "\
An ONNX file that toddle export wrote gives the same network, to the bit. Other files are read operator by operator. What \
toddle has no layer for is named, with its node.

A state_dict goes onto the network of the experiment --as. Tensors with toddle's names are taken by name. Those of \
nn.Sequential are taken in their order, and others by their shapes, if no two are alike.

A .keras file has a model with its weights. Its layers are read one by one. What toddle has no layer for is named.

Arrays in an NPZ file have toddle's names and layouts, as toddle export --to npz writes them. They go onto the network of \
the experiment --as, too. So do the weights of Keras alone, if these lines wrote them:

  import keras, numpy
  network = keras.models.load_model(\"model.keras\")
  numpy.savez(\"weights.npz\", *network.get_weights())

The weights of a Keras file that toddle export wrote have another order. Its own function save writes them with their \
names, and they come in by name.

Without --as, the run has only model.safetensors: toddle predict and toddle eval take it, with arrays whose values are \
prepared as the network expects them. Where the file names no classes, several outputs of one layer are taken for those of \
classes, and all others for numbers; --numbers says that they are numbers, too. With --as, the model also knows the data of the experiment, with its scaling and \
its classes, and `toddle train --resume DIR` trains the network on.

Examples:
  toddle import model.onnx --out runs/mine
  toddle import model.keras --out runs/mine
  toddle import w.safetensors --as experiments/lenet5.toml --out runs/mine
  toddle import weights.npz --as experiments/lenet5.toml --out runs/mine
  toddle import model.onnx --as experiments/lenet5.toml --out runs/mine";

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let experiment = options.experiment.as_deref().map(|file| load(file, &[])).transpose()?;
    run::check_out("imported", &options.out)?;
    match exchange::read(&options.file)? {
        Found::Weights(weights) => {
            let mut experiment = experiment.ok_or_else(|| alone(&options.file))?;
            experiment.precision = Precision::F32;
            let shape = experiment.parts()?.train.shape();
            let network = weights.onto(&experiment.network(shape))?;
            train::adopt(experiment, network, &About::default(), &options.out)?;
        }
        Found::Network(imported) => {
            let Imported { network, about, notes } = *imported;
            notes.iter().for_each(|text| note(false, text));
            match experiment {
                Some(experiment) => train_on(experiment, network, &about, &options.out)?,
                None => {
                    let about = described(about, &network, options.numbers);
                    let folder = Folder::open(&options.out, &[run::MODEL])?;
                    folder
                        .write_in_pieces(run::MODEL, &|to| checkpoint::write(&network, &about, None, to))?;
                }
            }
        }
    }
    print(&format!("wrote {}\n", escaped(options.out.display())))?;
    Ok(Ending::Complete)
}

/// What is known about `network`. If the file does not say what the outputs are, they are numbers: of several outputs, of a single
/// number that is no probability, and if the user says so.
fn described(about: About, network: &Network<f32>, numbers: bool) -> About {
    if !about.data.is_empty() || !about.classes.is_empty() {
        return about;
    }
    let last = last_layer(network);
    let is_share = matches!(last, Some(LayerSpec::Sigmoid | LayerSpec::HardSigmoid));
    let size = network.output().size();
    if numbers || network.outputs().len() > 1 || size == 1 && !is_share {
        note(false, "the file names no classes: the answers are the numbers of the outputs");
        let meaning = Meaning { numbers: true, ..Meaning::default() };
        return About { data: meaning.to_json(), ..about };
    }
    let classes = size.max(2);
    note(
        false,
        &format!(
            "the file names no classes: the answers are the classes 0 to {}; --numbers says that they are numbers",
            classes - 1
        ),
    );
    about
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

/// Writes a run of `experiment` with `network`, before its first step. `about` is what the file says about the network.
fn train_on(
    mut experiment: Experiment,
    network: Network<f32>,
    about: &About,
    out: &Path,
) -> Result<(), Error> {
    let spec = network.spec().clone();
    experiment.precision = Precision::F32;
    experiment.network.input = None;
    experiment.network.inputs = spec.inputs;
    experiment.network.layers = spec.layers;
    experiment.network.outputs = spec.outputs;
    train::adopt(experiment, network, about, out)
}
