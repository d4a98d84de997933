//! Whether a training fits in memory.

use std::collections::BTreeMap;

use toddle::{Fit, Float, Machine, Mode, Network};
use toddle_data::Budget;

use crate::error::Error;

/// How many layers are named where a training does not fit.
const NAMED: usize = 8;

/// Checks that the training of `network` with the settings `fit` fits in the memory that is [left](Budget::left).
///
/// # Errors
/// It does not: the error has the sum, layer by layer.
pub fn check<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    samples: usize,
    machine: &Machine,
) -> Result<(), Error> {
    match Budget::left() {
        Some(free) => check_in::<T>(network, fit, samples, machine, free),
        None => Ok(()),
    }
}

fn check_in<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    samples: usize,
    machine: &Machine,
    free: u64,
) -> Result<(), Error> {
    let batch = fit.batch.min(samples.max(1));
    let rest = samples % batch;
    let plan = |batch| network.plan(batch, Mode::Gradient, machine).bytes();
    let working = (plan(batch) + if rest > 0 { plan(rest) } else { 0 }) as u64;
    // Beside the weights, which are there already.
    let copies = fit.optimizer.slots().len()
        + [fit.average.is_some(), fit.keep_best, fit.accumulate > 1].into_iter().filter(|kept| *kept).count();
    let size = (copies * size_of::<T>()) as u64;
    let mut layers: BTreeMap<&str, u64> = BTreeMap::new();
    for param in network.layout().params() {
        let layer = param.name.rsplit_once('.').map_or(&*param.name, |(layer, _)| layer);
        *layers.entry(layer).or_default() += param.range.len() as u64 * size;
    }
    let needed = working + layers.values().sum::<u64>();
    if needed <= free {
        return Ok(());
    }
    let mut largest: Vec<(&str, u64)> = layers.into_iter().filter(|(_, bytes)| *bytes > 0).collect();
    largest.sort_by_key(|&(name, bytes)| (std::cmp::Reverse(bytes), name));
    let mut sum = vec![("the batch and its gradients".to_owned(), working)];
    sum.extend(largest.iter().take(NAMED).map(|(name, bytes)| (format!("`{name}`"), *bytes)));
    let others: u64 = largest.iter().skip(NAMED).map(|(_, bytes)| bytes).sum();
    if others > 0 {
        sum.push(("other layers".into(), others));
    }
    let sum: Vec<String> = sum.iter().map(|(name, bytes)| format!("{name} {}", mebibytes(*bytes))).collect();
    Err(Error::Refused {
        what: "the training does not fit in memory".into(),
        expected: format!("{} at most, which are free", mebibytes(free)),
        got: format!("{}, of which\n            {}", mebibytes(needed), sum.join("\n            ")),
        remedy: "a smaller network or train.batch, fewer --threads, or train.optimizer = \"sgd\"".into(),
    })
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use toddle::{Adam, Dense, Isa, Loss, NetworkSpec, Shape};

    use super::*;

    #[test]
    fn a_training_that_does_not_fit_is_refused_layer_by_layer() {
        let network =
            NetworkSpec::new(Shape::vector(100)).add(Dense::new(1000)).add(Dense::new(10)).build::<f32>(0);
        let network = network.unwrap();
        let fit = Fit::new(Loss::MeanSquaredError, Adam::new(0.1)).batch(16);
        let machine = Machine { isa: Isa::detect(), threads: 1 };
        check_in(&network, &fit, 16, &machine, 64 << 20).unwrap();
        let message = check_in(&network, &fit, 16, &machine, 1 << 20).unwrap_err().to_string();
        // Two means of 101,000 and of 10,010 weights.
        for part in ["expected  1.0 MiB", "`dense1` 0.8 MiB", "`dense2` 0.1 MiB", "\n  try       "] {
            assert!(message.contains(part), "{part} in {message}");
        }
    }
}
