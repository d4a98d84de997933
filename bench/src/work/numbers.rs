//! Samples and weights as toddle has them.

use std::error::Error;

use peers_common::{Options, Samples, Weights, number};
use toddle::{Float, GraphSpec, Network};

/// The network of `spec` with the weights of the file, where convolutions lie as OIHW and batch norm has none.
pub fn network<T: Float + From<f32>>(
    options: &Options,
    spec: &GraphSpec,
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

/// Digits whose pixels stay bytes until they are wanted, as toddle's command has them.
pub struct Digits(pub Samples);

impl<T: Float + From<f32>> toddle::Samples<T> for Digits {
    fn count(&self) -> usize {
        self.0.labels.len()
    }

    fn input(&self, _epoch: u32, n: usize, x: &mut [T]) {
        let pixels = &self.0.pixels[n * x.len()..][..x.len()];
        for (x, &pixel) in x.iter_mut().zip(pixels) {
            *x = T::from(number(pixel));
        }
    }

    fn target(&self, n: usize, t: &mut [T]) {
        t.fill(T::ZERO);
        t[usize::from(self.0.labels[n])] = T::ONE;
    }
}
