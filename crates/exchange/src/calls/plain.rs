//! The same network without fast convolutions, whose sums have another order than those of the functions in C and Rust.

use toddle::{Conv2d, LayerSpec, Network, Residual};

use crate::ExchangeError;

/// The network with plain convolutions and the same weights. None: it has no others.
pub(crate) fn plain(network: &Network<f32>) -> Result<Option<Network<f32>>, ExchangeError> {
    let mut spec = network.spec().clone();
    for placed in &mut spec.layers {
        slow(&mut placed.layer);
    }
    if spec == *network.spec() {
        return Ok(None);
    }
    let mut plain = spec.build::<f32>(0).map_err(|fault| {
        ExchangeError::new(
            "the network cannot be built",
            fault.spec,
            fault.misfit.because,
            fault.misfit.remedy,
        )
    })?;
    plain.weights_mut().copy_from_slice(network.weights());
    plain.state_mut().copy_from_slice(network.state());
    Ok(Some(plain))
}

fn slow(layer: &mut LayerSpec) {
    match layer {
        LayerSpec::Conv2d(Conv2d { fast, .. }) => *fast = false,
        LayerSpec::Residual(Residual { layers, projection }) => {
            layers.iter_mut().chain(projection).for_each(slow)
        }
        _ => {}
    }
}
