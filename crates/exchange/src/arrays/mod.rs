//! The weights as arrays with names, for NumPy: as NPZ and as safetensors.
//!
//! Names and layouts are those of toddle: a convolution has the weight `conv1.weight` of shape (rows, columns, channels
//! of a group, filters), and a dense layer has `dense1.weight` of shape (inputs, outputs). The state of a layer, such as
//! `norm1.running_mean`, is an array like the weights.
//!
//! | file | idea |
//! |---|---|
//! | `npz.rs` | arrays as an archive of NumPy |
//! | `onto.rs` | arrays onto a network |

mod npz;
mod onto;

use safetensors::tensor::{Dtype, TensorView};
use toddle::{Network, Param};

pub use self::npz::encode as npz;
pub use self::onto::onto;

/// The words that say who wrote a file. An NPZ file has them as the comment of the archive.
pub const MARK: &str = "arrays of toddle, in toddle's layouts";

/// An array with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The name: that of the layer, a dot, and that of the parameter.
    pub name: String,
    /// The size of each axis.
    pub dims: Vec<usize>,
    /// The elements, with the last axis varying fastest.
    pub values: Vec<f32>,
}

/// The weights of `network` and then its state, in the order of the layers.
pub fn of(network: &Network<f32>) -> Vec<Array> {
    let all = [(network.layout(), network.weights()), (network.state_layout(), network.state())];
    let array = |param: &Param, elements: &[f32]| Array {
        name: param.name.clone(),
        dims: param.shape.clone(),
        values: elements[param.range.clone()].to_vec(),
    };
    all.into_iter()
        .flat_map(|(layout, elements)| layout.params().iter().map(move |param| array(param, elements)))
        .collect()
}

/// The file of `arrays` as safetensors. Its metadata say that toddle wrote it.
pub fn safetensors(arrays: &[Array]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = arrays.iter().map(Array::bytes).collect();
    let views = arrays.iter().zip(&bytes).map(|(Array { name, dims, .. }, bytes)| {
        (name, TensorView::new(Dtype::F32, dims.clone(), bytes).expect("as many bytes as the shape says"))
    });
    let about = [("about".to_owned(), MARK.to_owned())].into_iter().collect();
    safetensors::serialize(views, Some(about)).expect("names and shapes are JSON")
}

/// Whether [`safetensors()`] wrote the file that begins with `bytes`.
pub fn is_own(bytes: &[u8]) -> bool {
    /// The length of the file's header, and the beginning of the header with the metadata.
    const BEGINNING: usize = 256;
    let beginning = &bytes[..bytes.len().min(BEGINNING)];
    beginning.windows(MARK.len()).any(|words| words == MARK.as_bytes())
}

impl Array {
    /// The elements as little-endian bytes.
    fn bytes(&self) -> Vec<u8> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }
}
