//! The loops that define softmax, one sample.

use toddle_lanes::{Float, Real};

use super::Jacobian;

/// `y[i] = exp(x[i] − m) / Σ j exp(x[j] − m)`, `m = max x`, over the channels of each place
pub fn forward<T: Float>(places: usize, x: &[T], y: &mut [T]) {
    for place in 0..places {
        let channels = || (place..x.len()).step_by(places);
        let largest = channels().fold(T::NEG_INFINITY, |m, i| Real::max(m, x[i]));
        let mut sum = T::ZERO;
        for i in channels() {
            y[i] = Float::exp(x[i] - largest);
            sum += y[i];
        }
        for i in channels() {
            y[i] = y[i] / sum;
        }
    }
}

/// `dx[i] = y[i] · (dy[i] − Σ j y[j]·dy[j])`, or `dx[i] = (y[i] − y[i]²) · dy[i]`, over the channels of each place
#[inline(always)]
pub fn backward<T: Float>(places: usize, jacobian: Jacobian, y: &[T], dy: &[T], dx: &mut [T]) {
    for place in 0..places {
        let mut dot = T::ZERO;
        for i in (place..y.len()).step_by(places) {
            dot = y[i].mul_add(dy[i], dot);
        }
        for i in (place..y.len()).step_by(places) {
            dx[i] = match jacobian {
                Jacobian::Full => y[i] * (dy[i] - dot),
                Jacobian::Diagonal => (-y[i]).mul_add(y[i], y[i]) * dy[i],
            };
        }
    }
}
