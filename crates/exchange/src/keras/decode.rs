//! Weights of Keras onto a network.

use std::collections::{HashMap, HashSet};

use toddle::{GraphSpec, LayerSpec, Network, Node, Param};

use super::orders::{Order, orders, places};
use super::weights;
use crate::ExchangeError;
use crate::arrays::{Array, onto};
use crate::growing::unbuilt;
use crate::order::turned;
use crate::params::parts;

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
    let owners = network.nodes().iter().enumerate().filter(|(n, node)| node.owner() == *n);
    for (array, part) in arrays.iter_mut().zip(owners.flat_map(|(_, node)| parts(&network, node))) {
        array.name.clone_from(&part.param.name);
    }
    onto(spec, &turned_back(&network, arrays, &HashSet::new())?)
}

/// The network of `spec` with arrays that have toddle's names and the layouts of Keras.
///
/// A flatten or a reshape with a name in `in_order` has the order of toddle in Keras, too. Those of all others are turned,
/// as in [`decode`]. The arrays must have as many elements as the network.
///
/// # Errors
/// Those of [`decode`].
pub(super) fn built(
    spec: &GraphSpec,
    arrays: Vec<Array>,
    in_order: &HashSet<String>,
) -> Result<Network<f32>, ExchangeError> {
    let network = spec.build::<f32>(0).map_err(unbuilt)?;
    let arrays = turned_back(&network, arrays, in_order)?;
    drop(network);
    onto(spec, &arrays)
}

/// The arrays with toddle's layouts. Arrays that no parameter is called after are left as they are.
fn turned_back(
    network: &Network<f32>,
    arrays: Vec<Array>,
    in_order: &HashSet<String>,
) -> Result<Vec<Array>, ExchangeError> {
    let orders = orders(network, in_order)?;
    let first = network.inputs().len();
    let nodes = network.nodes().iter().enumerate().filter(|(n, node)| node.owner() == *n);
    let all = nodes.flat_map(|(n, node)| parts(network, node).map(move |part| (part.param, node, n)));
    let owners: HashMap<&str, (&Param, &Node<f32>, usize)> =
        all.map(|(param, node, n)| (&*param.name, (param, node, n))).collect();
    let back = |array: Array| match owners.get(&*array.name) {
        None => array,
        Some((param, node, n)) => {
            let around = [&orders[node.inputs()[0]], &orders[first + n]];
            ordered(shaped(array, param, node), param, around)
        }
    };
    Ok(arrays.into_iter().map(back).collect())
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
        // A depthwise convolution: in Keras an axis for the channels, and one for the filters of each.
        ([rows, columns, 1, filters], [r, s, channels, each])
            if (r, s, channels * each) == (rows, columns, *filters) =>
        {
            param.shape.clone()
        }
        ([1, columns, 1, filters], [s, channels, each]) if (s, channels * each) == (columns, *filters) => {
            param.shape.clone()
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
fn ordered(array: Array, param: &Param, [taken, made]: [&Order; 2]) -> Array {
    let Array { name, dims, mut values } = array;
    if dims == param.shape {
        match dims[..] {
            // Only a dense layer has two axes behind an order.
            [rows, columns] => {
                values = picked(values, [1, rows, columns], taken);
                values = picked(values, [rows, columns, 1], made);
            }
            [size] if size > 1 => values = picked(values, [1, size, 1], made),
            _ => {}
        }
    }
    Array { name, dims, values }
}

/// `values` with its middle axis in toddle's order.
fn picked(values: Vec<f32>, [outer, size, inner]: [usize; 3], order: &Order) -> Vec<f32> {
    if order.is_empty() {
        return values;
    }
    let row = |(n, at): (usize, usize)| &values[(n * size + at) * inner..][..inner];
    (0..outer).flat_map(|n| places(order).map(move |at| (n, at))).flat_map(row).copied().collect()
}
