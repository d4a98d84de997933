//! How well a network does on samples.

use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::metrics::argmax;
use crate::samples::Samples;
use crate::{Float, Loss, Network};

/// How a network did on samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The mean loss.
    #[serde(with = "crate::exact")]
    pub loss: f64,
    /// The part of the samples whose largest output is where their largest target is.
    #[serde(with = "crate::exact")]
    pub accuracy: f64,
}

/// How `network` does on `samples`, computed by `engine`, whose plan is the network's and for answers.
pub(crate) fn evaluate<T: Float>(
    engine: &mut Engine<T>,
    network: &Network<T>,
    loss: &Loss,
    samples: &dyn Samples<T>,
) -> Evaluation {
    let (input, output) = (network.input().size(), network.output().size());
    let (count, batch) = (samples.count(), engine.plan().batch());
    let (mut x, mut y) = (vec![T::ZERO; batch * input], vec![T::ZERO; batch * output]);
    let (mut t, mut dy) = (vec![T::ZERO; output], vec![T::ZERO; output]);
    let (mut sum, mut right) = (0.0, 0);
    for first in (0..count).step_by(batch) {
        let here = batch.min(count - first);
        let (x, y) = (&mut x[..here * input], &mut y[..here * output]);
        for (n, x) in x.chunks_exact_mut(input).enumerate() {
            samples.input(0, first + n, x);
        }
        engine.forward(network, x, y);
        for (n, y) in y.chunks_exact(output).enumerate() {
            samples.target(first + n, &mut t);
            sum += loss.row(engine.plan().isa, y, &t, &mut dy).to_f64();
            right += usize::from(argmax(y) == argmax(&t));
        }
    }
    Evaluation { loss: sum / count as f64, accuracy: right as f64 / count as f64 }
}
