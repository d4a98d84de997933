//! Files of Keras 3: a model with its weights.
//!
//! The layers come from `config.json`, and the weights of each layer from its group in `model.weights.h5`. Weights of an
//! image or of a flattened image are turned afterwards, as those of [`decode`](super::decode()) are.
//!
//! | file | idea |
//! |---|---|
//! | `archive.rs` | the archive of the file |
//! | `weights.rs` | the weights, which are HDF5 |
//! | `model.rs` | sequential and functional models, and models in models |
//! | `nodes.rs` | the calls of the layers of a model, and their order |
//! | `reader.rs` | the network that was read so far |
//! | `settings.rs` | the settings of a layer |
//! | `call.rs` | one call of a layer |
//! | `window.rs` | convolutions and pooling |
//! | `weighted.rs` | other layers with weights |
//! | `activation.rs` | activations |
//! | `shape.rs` | layers that change a shape, or the size of an image |

mod activation;
mod archive;
mod call;
mod model;
mod nodes;
mod reader;
mod settings;
mod shape;
mod weighted;
mod weights;
mod window;

use self::archive::Content;
use self::reader::Reader;
use self::weights::Weights;
use crate::{ExchangeError, Imported};

/// Reads the model in the bytes of a `.keras` file, which Keras 3 wrote.
///
/// Sequential and functional models are read, and models that are layers of them. A layer of Keras becomes the layers
/// of toddle that compute the same. A layer that is called several times is shared. Settings that only change a
/// training, such as initialisers and regularisers, are passed over. So are the optimizer and the loss.
///
/// # Errors
/// The file is no file of Keras 3 or damaged, a layer or one of its settings is not known, or a flattened image meets no
/// dense layer. The error names the layer. The memory that is used is limited by the length of the file, whatever the
/// file says.
pub fn import(file: Vec<u8>) -> Result<Imported, ExchangeError> {
    let Content { config, weights } = archive::open(file)?;
    let mut reader = Reader::new(Weights::open(weights)?);
    let outputs = reader.model(&config, "", None)?;
    reader.finish(outputs)
}
