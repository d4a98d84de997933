//! How the values of a sample become the inputs of a network.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// How the values of a sample become the inputs of a network.
///
/// `x = (value / divisor − mean) / deviation`, with the mean and the deviation of the value's channel. Everything is
/// computed in `f32`, in this order.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `divisor` | 1 | 255 if the values are the bytes of pixels |
/// | `mean` | empty | one value for each channel; empty means 0 |
/// | `deviation` | empty | one value for each channel; empty means 1 |
///
/// ```
/// use toddle::Scaling;
/// let mut x = [127.5, 255.0];
/// Scaling { divisor: 255.0, mean: vec![0.5], deviation: vec![0.25] }.apply(&mut x);
/// assert_eq!(x, [0.0, 2.0]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scaling {
    /// What every value is divided by.
    #[serde(with = "crate::checkpoint::exact")]
    pub divisor: f32,
    /// The mean of each channel.
    #[serde(with = "crate::checkpoint::exact")]
    pub mean: Vec<f32>,
    /// The deviation of each channel, above 0.
    #[serde(with = "crate::checkpoint::exact")]
    pub deviation: Vec<f32>,
}

impl Default for Scaling {
    fn default() -> Self {
        Scaling { divisor: 1.0, mean: Vec::new(), deviation: Vec::new() }
    }
}

impl Scaling {
    /// A scaling for the bytes of pixels: `value / 255`.
    pub fn bytes() -> Scaling {
        Scaling { divisor: 255.0, ..Scaling::default() }
    }

    /// Scales the values `x` of one sample in place: channel after channel, each with the same number of values.
    pub fn apply(&self, x: &mut [f32]) {
        if self.divisor != 1.0 {
            x.iter_mut().for_each(|x| *x /= self.divisor);
        }
        self.standardise(x);
    }

    /// Like [`apply`](Scaling::apply), for values that are already divided by the divisor.
    pub fn standardise(&self, x: &mut [f32]) {
        let plane = x.len() / self.channels();
        if self.is_standard() && plane > 0 {
            for (channel, x) in x.chunks_exact_mut(plane).enumerate() {
                for x in x {
                    *x = self.standard(*x, channel);
                }
            }
        }
    }

    /// The number of channels that have a mean or a deviation of their own. 1 if there is neither.
    pub fn channels(&self) -> usize {
        self.mean.len().max(self.deviation.len()).max(1)
    }

    /// The scaled `value` of a channel.
    ///
    /// Panics if the scaling has no such channel.
    pub fn of(&self, value: f32, channel: usize) -> f32 {
        let value = if self.divisor == 1.0 { value } else { value / self.divisor };
        if self.is_standard() { self.standard(value, channel) } else { value }
    }

    /// The value that [`of`](Scaling::of) scales to `x`, computed in `f64`: `(x · deviation + mean) · divisor`.
    ///
    /// ```
    /// let scaling = toddle::Scaling { mean: vec![100.0], deviation: vec![20.0], ..Default::default() };
    /// assert_eq!(scaling.of(110.0, 0), 0.5);
    /// assert_eq!(scaling.undo(0.5, 0), 110.0);
    /// ```
    ///
    /// Panics if the scaling has no such channel.
    pub fn undo(&self, x: f64, channel: usize) -> f64 {
        if !self.is_standard() && self.divisor == 1.0 {
            return x;
        }
        (x * f64::from(self.deviation(channel)) + f64::from(self.mean(channel))) * f64::from(self.divisor)
    }

    fn standard(&self, x: f32, channel: usize) -> f32 {
        (x - self.mean(channel)) / self.deviation(channel)
    }

    /// Whether there is a mean or a deviation.
    pub fn is_standard(&self) -> bool {
        !(self.mean.is_empty() && self.deviation.is_empty())
    }

    /// Whether the scaling is right for `channels` channels: a divisor above 0, finite means, and deviations above 0.
    pub fn suits(&self, channels: usize) -> bool {
        let many = |numbers: &[f32]| numbers.is_empty() || numbers.len() == channels;
        many(&self.mean)
            && many(&self.deviation)
            && self.divisor.is_finite()
            && self.divisor > 0.0
            && self.mean.iter().all(|mean| mean.is_finite())
            && self.deviation.iter().all(|deviation| deviation.is_finite() && *deviation > 0.0)
    }

    fn mean(&self, channel: usize) -> f32 {
        if self.mean.is_empty() { 0.0 } else { self.mean[channel] }
    }

    fn deviation(&self, channel: usize) -> f32 {
        if self.deviation.is_empty() { 1.0 } else { self.deviation[channel] }
    }
}
