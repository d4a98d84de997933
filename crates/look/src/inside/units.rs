//! Units that are stuck for all samples.

use toddle::check::stuck;
use toddle::{Float, Network, Shape};

use crate::error::LookError;

/// The units of an activation, and how many of them are stuck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Units {
    /// The name of the layer.
    pub name: String,
    /// What a stuck unit is: `zero` or `saturated`.
    pub what: &'static str,
    /// The number of units: channels of images, or elements.
    pub units: usize,
    /// The units that are stuck for all samples.
    pub stuck: usize,
}

/// Samples that are traced together.
const TOGETHER: usize = 16;

/// The stuck units of each layer, for the samples `x`. The gradient through a stuck unit is 0, or almost 0.
///
/// # Errors
/// `x` is not a whole number of samples.
pub fn units<T: Float>(network: &Network<T>, x: &[T]) -> Result<Vec<Units>, LookError> {
    let watched = network.nodes().iter().filter_map(|node| {
        let (what, is_stuck) = stuck::<T>(&node.layer()?.spec())?;
        let (units, plane) = match node.output() {
            Shape::Image { channels, height, width } => (channels, height * width),
            Shape::Vector(units) => (units, 1),
        };
        Some((node.name(), what, is_stuck, plane, vec![true; units]))
    });
    let mut watched: Vec<_> = watched.collect();
    for x in x.chunks(TOGETHER * network.input().size()) {
        let trace = network.trace(x)?;
        for (name, _, is_stuck, plane, units) in &mut watched {
            let values = trace.value(name).unwrap_or_default();
            for sample in values.chunks_exact(*plane * units.len()) {
                for (unit, y) in units.iter_mut().zip(sample.chunks_exact(*plane)) {
                    *unit &= y.iter().all(|y| is_stuck(*y));
                }
            }
        }
    }
    let of = |(name, what, _, _, all): (&str, _, _, _, Vec<bool>)| Units {
        name: name.to_owned(),
        what,
        units: all.len(),
        stuck: all.into_iter().filter(|stuck| *stuck).count(),
    };
    Ok(watched.into_iter().map(of).collect())
}
