//! Weights of Keras onto a network.

use toddle::{GraphSpec, LayerSpec, Network, Shape};

use crate::ExchangeError;
use crate::arrays::{Array, onto};
use crate::order::turned;
use crate::params::{Part, parts};

/// The beginning of the name that NumPy gives an array without a name.
const NUMBERED: &str = "arr_";

/// Whether `arrays` are numbered, as `numpy.savez("weights.npz", *network.get_weights())` writes them in Keras.
pub fn is_of_keras(arrays: &[Array]) -> bool {
    !arrays.is_empty() && arrays.iter().all(|array| number(array).is_some())
}

fn number(array: &Array) -> Option<usize> {
    array.name.strip_prefix(NUMBERED)?.parse().ok()
}

/// The network of `spec` with the numbered arrays of Keras, in the order of the layers.
///
/// Keras has the channels of an image last. So the weights of a layer are turned if it takes the elements of an image
/// behind a flatten.
///
/// # Errors
/// Those of [`onto`].
pub fn decode(spec: &GraphSpec, mut arrays: Vec<Array>) -> Result<Network<f32>, ExchangeError> {
    arrays.sort_by_key(number);
    // The bytes of the file say how large a network it may be for.
    let stored: usize = arrays.iter().map(|array| array.values.len()).sum();
    let layout = spec.layout().ok().filter(|layout| layout.len() <= stored);
    let Some(network) = layout.and_then(|_| spec.build::<f32>(0).ok()) else { return onto(spec, &arrays) };
    let flattened = flattened(&network);
    let mut left = arrays.into_iter();
    let mut named = Vec::new();
    for (_, node) in network.nodes().iter().enumerate().filter(|(n, node)| node.owner() == *n) {
        let is_slope = node.layer().is_some_and(|layer| matches!(layer.spec(), LayerSpec::Prelu(_)));
        for (Part { param, .. }, mut array) in parts(&network, node).zip(&mut left) {
            array.name = param.name.clone();
            if is_slope {
                array.dims.retain(|&size| size > 1);
                array.dims.resize(param.shape.len(), 1);
            }
            let image = flattened[node.inputs()[0]];
            named.push(in_order(array, image));
        }
    }
    named.extend(left);
    onto(spec, &named)
}

/// For each value, the image whose elements it has behind a flatten.
fn flattened(network: &Network<f32>) -> Vec<Option<Shape>> {
    let mut images = vec![None; network.inputs().len()];
    for node in network.nodes() {
        let from = node.inputs()[0];
        let (input, output) = (network.shape(from), node.output());
        let is_flatten = node.layer().is_some_and(|layer| layer.spec() == LayerSpec::Flatten);
        images.push(match input {
            Shape::Image { .. } if is_flatten => Some(input),
            Shape::Vector(_) if output == input => images[from],
            _ => None,
        });
    }
    images
}

/// The array with the elements of `image`, which are along its first axis, channel by channel. The array of a norm over an
/// image has them along three axes.
fn in_order(array: Array, image: Option<Shape>) -> Array {
    let Array { name, dims, values } = array;
    let count = dims.iter().product::<usize>();
    let is_whole = count == values.len();
    match (image, &dims[..]) {
        (Some(Shape::Image { channels, height, width }), [size, rest @ ..])
            if is_whole && *size == channels * height * width =>
        {
            let behind = rest.iter().product();
            let values = turned(&values, &[height * width, channels, behind], &[1, 0, 2]);
            Array { name, dims, values }
        }
        (None, &[height, width, channels]) if is_whole => {
            let values = turned(&values, &dims, &[2, 0, 1]);
            Array { name, dims: vec![channels, height, width], values }
        }
        _ => Array { name, dims, values },
    }
}
