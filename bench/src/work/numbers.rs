//! Samples and weights as toddle has them.

use std::error::Error;

use peers_common::{Options, Samples, Weights};
use toddle::{Float, Network, NetworkSpec};

/// The network of `spec` with the weights of the file, where convolutions lie as OIHW and batch norm has none.
pub fn network<T: Float + From<f32>>(
    options: &Options,
    spec: &NetworkSpec,
) -> Result<Network<T>, Box<dyn Error>> {
    let mut network = spec.build::<T>(0)?;
    let mut weights = Weights::read(options)?;
    let params = network.layout().params().to_vec();
    for param in params.iter().filter(|param| !param.name.contains("norm")) {
        let from = weights.take(param.range.len());
        let to = &mut network.weights_mut()[param.range.clone()];
        match param.shape[..] {
            [rows, columns, channels, filters] => {
                let taps = rows * columns;
                for (at, w) in from.into_iter().enumerate() {
                    let (filter, channel, tap) = (at / (taps * channels), at / taps % channels, at % taps);
                    to[(tap * channels + channel) * filters + filter] = w.into();
                }
            }
            _ => to.iter_mut().zip(from).for_each(|(to, w)| *to = w.into()),
        }
    }
    Ok(network)
}

/// Images and one-hot digits.
pub fn pairs<T: From<f32>>(samples: Samples) -> (Vec<T>, Vec<T>) {
    let targets = samples.one_hot().into_iter().map(T::from).collect();
    (samples.images.into_iter().map(T::from).collect(), targets)
}
