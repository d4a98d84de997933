//! Weights of Keras onto a network.

use toddle::{GraphSpec, LayerSpec, Network, Node, Param};

use super::orders::{Order, orders};
use super::weights;
use crate::ExchangeError;
use crate::arrays::{Array, onto};
use crate::order::turned;
use crate::params::{Part, parts};

/// The beginning of the name that NumPy gives an array without a name.
const NUMBERED: &str = "arr_";

/// Whether `arrays` are those of Keras. `numpy.savez("weights.npz", *network.get_weights())` writes numbered arrays. The
/// function `save` in a file that toddle wrote calls an array as its layer and its variable, as in `conv1/kernel`.
pub fn is_of_keras(arrays: &[Array]) -> bool {
    !arrays.is_empty() && (are_numbered(arrays) || arrays.iter().all(|array| array.name.contains('/')))
}

fn are_numbered(arrays: &[Array]) -> bool {
    arrays.iter().all(|array| number(array).is_some())
}

fn number(array: &Array) -> Option<usize> {
    array.name.strip_prefix(NUMBERED)?.parse().ok()
}

/// The network of `spec` with the arrays of Keras.
///
/// Arrays with names are those of a file that toddle wrote, in which a flatten has the order of toddle. Numbered arrays
/// are taken in the order of the layers. In Keras, a flatten takes an image place by place. So the weights of the layers
/// behind a flatten and before a reshape are turned.
///
/// # Errors
/// Those of [`onto`]. Numbered arrays: the elements of a layer have another order in Keras, and no dense layer between
/// them and the image has weights to turn.
pub fn decode(spec: &GraphSpec, mut arrays: Vec<Array>) -> Result<Network<f32>, ExchangeError> {
    // The bytes of the file say how large a network it may be for.
    let stored: usize = arrays.iter().map(|array| array.values.len()).sum();
    let layout = spec.layout().ok().filter(|layout| layout.len() <= stored);
    let Some(network) = layout.and_then(|_| spec.build::<f32>(0).ok()) else { return onto(spec, &arrays) };
    if !are_numbered(&arrays) {
        return onto(spec, &weights::back(&network, arrays));
    }
    arrays.sort_by_key(number);
    let orders = orders(&network)?;
    let first = network.inputs().len();
    let mut left = arrays.into_iter();
    let mut named = Vec::new();
    for (n, node) in network.nodes().iter().enumerate().filter(|(n, node)| node.owner() == *n) {
        let around = [&orders[node.inputs()[0]], &orders[first + n]];
        named.extend(parts(&network, node).zip(&mut left).map(|(Part { param, .. }, array)| {
            let array = Array { name: param.name.clone(), ..array };
            in_order(shaped(array, param, node), param, around)
        }));
    }
    named.extend(left);
    onto(spec, &named)
}

/// The array of `param` with toddle's axes. An array that does not fit is left as it is.
fn shaped(array: Array, param: &Param, node: &Node<f32>) -> Array {
    let Array { name, dims, values } = array;
    let is_slope = node.layer().is_some_and(|layer| matches!(layer.spec(), LayerSpec::Prelu(_)));
    let fits = dims.iter().product::<usize>() == values.len() && values.len() == param.range.len();
    let dims = match (&param.shape[..], &dims[..]) {
        _ if !fits => dims,
        // A norm over an image.
        (&[channels, height, width], &[rows, columns, last])
            if (channels, height, width) == (last, rows, columns) =>
        {
            let values = turned(&values, &dims, &[2, 0, 1]);
            return Array { name, dims: param.shape.clone(), values };
        }
        // A sequence is an image of one row.
        ([1, rest @ ..], dims) if rest == dims => param.shape.clone(),
        // Rows and columns share the slopes.
        (_, [shared @ .., _]) if is_slope && shared.iter().all(|&size| size == 1) => param.shape.clone(),
        _ => dims,
    };
    Array { name, dims, values }
}

/// The array of `param` with its elements in toddle's order. The layer takes and makes vectors of the orders `around`.
fn in_order(array: Array, param: &Param, [taken, made]: [&Order; 2]) -> Array {
    let Array { name, dims, mut values } = array;
    if dims == param.shape {
        match dims[..] {
            // Only a dense layer has two axes behind an order.
            [rows, columns] => {
                values = picked(&values, [1, rows, columns], taken);
                values = picked(&values, [rows, columns, 1], made);
            }
            [size] if size > 1 => values = picked(&values, [1, size, 1], made),
            _ => {}
        }
    }
    Array { name, dims, values }
}

/// `values` with its middle axis in toddle's order.
fn picked(values: &[f32], [outer, size, inner]: [usize; 3], order: &Order) -> Vec<f32> {
    let Some(order) = order else { return values.to_vec() };
    let row = |(n, &at): (usize, &usize)| &values[(n * size + at) * inner..][..inner];
    (0..outer).flat_map(|n| order.iter().map(move |at| (n, at))).flat_map(row).copied().collect()
}
