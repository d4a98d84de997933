//! How the weights of each layer are spread.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use toddle::{Float, Network};

use crate::axis::range;

/// How often numbers are in each of some bins of equal width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// What the numbers are, such as `conv1.weight`.
    pub name: String,
    /// The beginning of the first bin.
    pub low: f64,
    /// The end of the last bin.
    pub high: f64,
    /// The numbers in each bin.
    pub counts: Vec<u32>,
}

/// The number of bins.
const BINS: usize = 40;

impl Histogram {
    /// The histogram of `numbers`, from the least to the greatest. Numbers that are not finite are left out.
    ///
    /// ```
    /// let histogram = toddle_look::inside::Histogram::of("x", [0.0, 1.0, 1.0, 4.0]);
    /// assert_eq!((histogram.low, histogram.high), (0.0, 4.0));
    /// assert_eq!((histogram.counts[0], histogram.counts[10], histogram.counts[39]), (1, 2, 1));
    /// ```
    pub fn of(name: impl Into<String>, numbers: impl IntoIterator<Item = f64, IntoIter: Clone>) -> Histogram {
        let numbers = numbers.into_iter().filter(|number| number.is_finite());
        let [low, high] = range(numbers.clone()).unwrap_or_default();
        let mut counts = vec![0; BINS];
        for number in numbers {
            let along = if high > low { (number - low) / (high - low) } else { 0.5 };
            counts[((along * BINS as f64) as usize).min(BINS - 1)] += 1;
        }
        Histogram { name: name.into(), low, high, counts }
    }
}

/// The histogram of each layer's weights. Biases have none.
pub fn histograms<T: Float>(network: &Network<T>) -> Vec<Histogram> {
    let params = network.layout().params().iter().filter(|param| param.is_weight);
    let of = |range: Range<usize>| network.weights()[range].iter().map(|weight| weight.to_f64());
    params.map(|param| Histogram::of(&param.name, of(param.range.clone()))).collect()
}
