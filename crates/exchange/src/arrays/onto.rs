//! Arrays onto a network.

use std::collections::BTreeMap;
use std::fmt::Display;

use toddle::{BuildError, GraphSpec, Network, Param};

use super::Array;
use crate::ExchangeError;
use crate::params::odd;

/// What to try if names or shapes do not fit.
const REMEDY: &str =
    "the experiment with this network, or arrays as `toddle export --to npz` writes them for the network";

/// The network of `spec` with the weights and the state in `arrays`. They have toddle's names, shapes and layouts.
///
/// # Errors
/// The network cannot be built, an array has no parameter or a parameter no array, a shape differs, an element is not
/// finite, or a variance is negative.
pub fn onto(spec: &GraphSpec, arrays: &[Array]) -> Result<Network<f32>, ExchangeError> {
    let unbuilt = |fault: BuildError| {
        ExchangeError::new(fault.what, fault.spec, fault.misfit.because, fault.misfit.remedy)
    };
    // The arrays have all weights, so that the memory for them is in proportion to the file.
    let stored: usize = arrays.iter().map(|array| array.values.len()).sum();
    let needed = spec.layout().map_err(unbuilt)?.len();
    if needed > stored {
        return Err(wrong(format_args!("{needed} weights, as the network has"), stored, REMEDY));
    }
    let mut network = spec.build::<f32>(0).map_err(unbuilt)?;
    let mut by_name: BTreeMap<&str, &Array> = arrays.iter().map(|array| (&*array.name, array)).collect();
    let (params, states) = (network.layout().clone(), network.state_layout().clone());
    for param in params.params() {
        network.weights_mut()[param.range.clone()].copy_from_slice(&take(&mut by_name, param)?.values);
    }
    for param in states.params() {
        network.state_mut()[param.range.clone()].copy_from_slice(&take(&mut by_name, param)?.values);
    }
    match by_name.keys().next() {
        None => Ok(network),
        Some(name) => {
            let names: Vec<&str> =
                params.params().iter().chain(states.params()).map(|param| &*param.name).collect();
            let expected = format!("arrays of the network: {}", names.join(", "));
            Err(wrong(expected, format_args!("also `{name}`"), REMEDY))
        }
    }
}

/// The array of `param`, which is taken out of `arrays`.
fn take<'a>(arrays: &mut BTreeMap<&str, &'a Array>, param: &Param) -> Result<&'a Array, ExchangeError> {
    let expected = format!("`{}` of shape {:?}", param.name, param.shape);
    let Some(array) = arrays.remove(&*param.name) else {
        let names: Vec<&str> = arrays.keys().copied().collect();
        let among = if names.is_empty() { "the other arrays".into() } else { names.join(", ") };
        return Err(wrong(expected, format_args!("no such array among {among}"), REMEDY));
    };
    if array.dims != param.shape || array.values.len() != param.range.len() {
        return Err(wrong(expected, format_args!("the shape {:?}", array.dims), REMEDY));
    }
    match odd(&array.name, &array.values) {
        None => Ok(array),
        Some((kind, value)) => {
            Err(wrong(format_args!("{kind} in `{}`", array.name), value, "training the network again"))
        }
    }
}

fn wrong(expected: impl Display, got: impl Display, remedy: &str) -> ExchangeError {
    ExchangeError::new("the arrays cannot be read", expected, got, remedy)
}
