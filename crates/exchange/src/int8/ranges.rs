//! The range of each value, from calibration samples.

use toddle::Network;

use crate::ExchangeError;

/// The samples whose values are in memory at once.
const AT_ONCE: usize = 32;

/// The least and the greatest element of each value of `network` for the samples `x`: those of the inputs, then those of the
/// nodes.
pub(super) fn ranges(network: &Network<f32>, x: &[f32]) -> Result<Vec<[f64; 2]>, ExchangeError> {
    let refused = |expected: &str, got: &str, remedy: &str| {
        let what = "the network cannot be calibrated for integers of eight bits";
        Err(ExchangeError::new(what, expected, got, remedy))
    };
    let size = network.input().size();
    if x.is_empty() {
        return refused("one sample or more", "none", "samples of the training");
    }
    if !x.len().is_multiple_of(size) {
        let (expected, got) = (format!("whole samples of {size} elements"), format!("{} elements", x.len()));
        return refused(&expected, &got, "whole samples");
    }
    let mut ranges = vec![[f64::INFINITY, f64::NEG_INFINITY]; network.inputs().len() + network.nodes().len()];
    for x in x.chunks(AT_ONCE * size) {
        let trace = match network.trace(x) {
            Ok(trace) => trace,
            Err(fault) => {
                return refused("samples that the network takes", &fault.to_string(), "other samples");
            }
        };
        for (range, (name, elements)) in ranges.iter_mut().zip(trace.values()) {
            if let Some(odd) = elements.iter().find(|element| !element.is_finite()) {
                let (expected, got) = (format!("finite elements of `{name}`"), odd.to_string());
                return refused(&expected, &got, "a training that did not diverge");
            }
            for element in elements.into_iter().map(f64::from) {
                *range = [range[0].min(element), range[1].max(element)];
            }
        }
    }
    Ok(ranges)
}
