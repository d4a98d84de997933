//! The network that was read so far.

use std::collections::{HashMap, HashSet};

use toddle::checkpoint::About;
use toddle::{OutputSpec, Reshape, Shape};

use super::weights::Weights;
use crate::arrays::Array;
use crate::growing::{Growing, unbuilt};
use crate::keras::decode;
use crate::{ExchangeError, Imported};

/// A value of the model.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// The name of the layer that makes it, or of the network's input.
    pub name: String,
    /// The shape of a sample in toddle.
    pub shape: Shape,
    /// The number of axes of a sample in Keras: 1 for elements, 2 for the steps of a sequence and their channels, 3 for
    /// rows, columns and channels.
    pub rank: usize,
    /// Whether the channels are at the first axis in Keras, as they are in toddle.
    pub is_channels_first: bool,
}

impl Value {
    /// The sizes of a sample in Keras.
    pub fn dims(&self) -> Vec<usize> {
        let Shape::Image { channels, height, width } = self.shape else { return vec![self.shape.size()] };
        let plane: &[usize] = if self.rank == 2 { &[width] } else { &[height, width] };
        if self.is_channels_first { [&[channels], plane].concat() } else { [plane, &[channels]].concat() }
    }

    /// The number of channels, or of elements of a vector.
    pub fn channels(&self) -> usize {
        crate::window::channels(self.shape)
    }
}

/// The shape in toddle of a sample with the sizes `dims` in Keras, whose channels are last.
pub(super) fn shape_of_dims(dims: &[usize]) -> Option<Shape> {
    let shape = match *dims {
        [size] => Shape::vector(size),
        [steps, channels] => Shape::image(channels, 1, steps),
        [rows, columns, channels] => Shape::image(channels, rows, columns),
        _ => return None,
    };
    let size = dims.iter().try_fold(1usize, |size, axis| size.checked_mul(*axis))?;
    (1..=MOST).contains(&size).then_some(shape)
}

/// The most elements of an input or of a reshaped value.
const MOST: usize = 1 << 24;

/// A network that is being read.
pub(super) struct Reader {
    pub layers: Growing,
    pub weights: Weights,
    /// The weights with the names of toddle.
    pub arrays: Vec<Array>,
    /// The layers with weights, by their groups in the file. Where Keras calls such a layer once more, it is shared.
    pub made: HashMap<String, String>,
    /// The layers that take and make elements in the order of toddle, not in that of Keras.
    pub in_order: HashSet<String>,
    /// The number of calls of layers that may still be read.
    pub left: usize,
    pub notes: Vec<String>,
}

impl Reader {
    pub fn new(weights: Weights) -> Reader {
        /// The most calls of layers. A model may be called often inside of another one.
        const MOST_CALLS: usize = 5000;
        Reader {
            layers: Growing::default(),
            weights,
            arrays: Vec::new(),
            made: HashMap::new(),
            in_order: HashSet::new(),
            left: MOST_CALLS,
            notes: Vec::new(),
        }
    }

    /// The network with these outputs.
    pub fn finish(mut self, outputs: Vec<(String, Value)>) -> Result<Imported, ExchangeError> {
        let mut names = HashSet::new();
        for (wanted, value) in outputs {
            if value.is_channels_first {
                let what = format!("the output `{wanted}` cannot be read");
                let remedy = "leaving out the layer that moves the channels to the first axis";
                return Err(ExchangeError::new(
                    what,
                    "channels at the last axis",
                    "channels at the first axis",
                    remedy,
                ));
            }
            let mut from = value.name;
            if self.layers.spec.layers.is_empty() {
                // A network has a layer, even if the model only passes on its input.
                let same = Reshape::new(value.shape).into();
                from = self
                    .layers
                    .add("same", same, &[(&from, value.shape)])
                    .map_err(|fault| {
                        ExchangeError::new("the model cannot be read", "a layer", fault.because, fault.remedy)
                    })?
                    .0;
            }
            let mut name: String =
                wanted.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' }).collect();
            if name.is_empty() || !names.insert(name.clone()) {
                name = format!("output{}", names.len());
                names.insert(name.clone());
            }
            self.layers.spec.outputs.push(OutputSpec::new(&name, &from));
        }
        let Reader { layers: Growing { spec, .. }, arrays, in_order, notes, weights, .. } = self;
        // The file is no longer needed.
        drop(weights);
        // The file has all weights, so that the memory for them is in proportion to the file.
        let stored: usize = arrays.iter().map(|array| array.values.len()).sum();
        let needed = spec.layout().map_err(unbuilt)?.len();
        if needed > stored {
            let expected = format!("{needed} weights, as the layers of the model have");
            let remedy = "loading the model in Keras 3, and saving it once more";
            return Err(ExchangeError::new("the file of Keras cannot be read", expected, stored, remedy));
        }
        let network = decode::built(&spec, arrays, &in_order)?;
        Ok(Imported { network, about: About::default(), notes })
    }
}
