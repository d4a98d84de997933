//! The loops that define log-softmax, one sample.

use toddle_lanes::{Float, Real};

/// `y[i] = (x[i] − m) − ln Σ j exp(x[j] − m)`, `m = max x`, over the channels of each place
pub fn forward<T: Float>(places: usize, x: &[T], y: &mut [T]) {
    for place in 0..places {
        let channels = || (place..x.len()).step_by(places);
        let largest = channels().fold(T::NEG_INFINITY, |m, i| Real::max(m, x[i]));
        let sum = channels().fold(T::ZERO, |sum, i| sum + Float::exp(x[i] - largest));
        for i in channels() {
            y[i] = (x[i] - largest) - Float::ln(sum);
        }
    }
}

/// `dx[i] = dy[i] − exp(y[i]) · Σ j dy[j]`, over the channels of each place
pub fn backward<T: Float>(places: usize, y: &[T], dy: &[T], dx: &mut [T]) {
    for place in 0..places {
        let channels = || (place..y.len()).step_by(places);
        let sum = channels().fold(T::ZERO, |sum, i| sum + dy[i]);
        for i in channels() {
            dx[i] = (-Float::exp(y[i])).mul_add(sum, dy[i]);
        }
    }
}
