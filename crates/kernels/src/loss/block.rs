//! Losses of sixteen samples side by side: `reference` with each element replaced by a vector of sixteen.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, math};

use super::{
    BinaryCrossEntropy, CrossEntropy, Formula, Hinge, Huber, Io, KlDivergence, MeanAbsoluteError,
    MeanSquaredError, NegativeLogLikelihood, reference,
    total::{Total, weighted},
};
use crate::Lane;

/// Sets `losses` and `dy`: [`Formula::lanes`] for the first `losses.len()` lanes. The other lanes pad a batch to whole
/// blocks. Their gradient is zero.
#[derive(Debug)]
pub struct Loss<'a, T, F> {
    /// The loss function.
    pub formula: F,
    /// Outputs.
    pub y: &'a [Lane<T>],
    /// Targets, of the same number.
    pub t: &'a [Lane<T>],
    /// Samples in the batch.
    pub samples: usize,
    /// Gradient to the outputs, of the same number.
    pub dy: &'a mut [Lane<T>],
    /// The loss of each sample of this block; at most sixteen.
    pub losses: &'a mut [T],
}

impl<T: Float, F: Formula<T>> Kernel<T> for Loss<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Loss { formula, y, t, samples, dy, losses } = self;
        let of_lanes = formula.lanes(simd, Io { y, t, samples, dy: &mut *dy });
        simd.store_partial(of_lanes, losses);
        if losses.len() < LANES {
            for dy in dy {
                dy[losses.len()..].fill(T::ZERO);
            }
        }
    }
}

impl<T: Float> Formula<T> for MeanSquaredError {
    #[inline(always)]
    fn sample(self, Io { y, t, samples, dy }: Io<'_, T>) -> T {
        reference::mean_squared_error(y, t, samples, dy)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy }: Io<'_, Lane<T>>) -> S::V {
        let [n, all] = means(simd, y.len(), samples);
        let mut sum = Total::new(simd.splat(T::ZERO));
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            let off = simd.load(y) - simd.load(t);
            sum.add(off * off);
            simd.store((off + off) / all, dy);
        }
        sum.value() / n
    }
}

impl<T: Float> Formula<T> for MeanAbsoluteError {
    #[inline(always)]
    fn sample(self, Io { y, t, samples, dy }: Io<'_, T>) -> T {
        reference::mean_absolute_error(y, t, samples, dy)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy }: Io<'_, Lane<T>>) -> S::V {
        let [n, all] = means(simd, y.len(), samples);
        let (zero, one) = (simd.splat(T::ZERO), simd.splat(T::ONE));
        let mut sum = Total::new(zero);
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            let off = simd.load(y) - simd.load(t);
            sum.add(off.abs());
            let sign = S::V::select(zero.lt(off.abs()), one.copysign(off), off);
            simd.store(sign / all, dy);
        }
        sum.value() / n
    }
}

impl<T: Float> Formula<T> for Huber<T> {
    #[inline(always)]
    fn sample(self, Io { y, t, samples, dy }: Io<'_, T>) -> T {
        reference::huber(self.delta, y, t, samples, dy)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy }: Io<'_, Lane<T>>) -> S::V {
        let [n, all] = means(simd, y.len(), samples);
        let (delta, half) = (simd.splat(self.delta), simd.splat(T::from_f64(0.5)));
        let mut sum = Total::new(simd.splat(T::ZERO));
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            let off = simd.load(y) - simd.load(t);
            let c = delta.min(off.abs());
            sum.add(c * (-half).mul_add(c, off.abs()));
            simd.store(c.copysign(off) / all, dy);
        }
        sum.value() / n
    }
}

impl<T: Float> Formula<T> for CrossEntropy<'_, T> {
    #[inline(always)]
    fn sample(self, Io { y, t, samples, dy }: Io<'_, T>) -> T {
        reference::cross_entropy(self.smoothing, self.weights, y, t, samples, dy)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy }: Io<'_, Lane<T>>) -> S::V {
        let CrossEntropy { smoothing, weights } = self;
        let kept = simd.splat(T::ONE - smoothing);
        let spread = simd.splat(smoothing / T::from_f64(y.len() as f64));
        let samples = simd.splat(T::from_f64(samples as f64));
        let zero = simd.splat(T::ZERO);
        let mut m = simd.splat(T::NEG_INFINITY);
        for y in y {
            m = m.max(simd.load(y));
        }
        let (mut powers, mut exact_powers) = (zero, Total::new(zero));
        for (y, dy) in y.iter().zip(&mut *dy) {
            let power = math::exp(simd.load(y) - m);
            powers = powers + power;
            exact_powers.add(power);
            simd.store(power, dy);
        }
        let ln_powers = math::ln(exact_powers.value());

        let (mut sum, mut total) = (Total::new(zero), zero);
        for o in 0..y.len() {
            let q = simd.load(&t[o]).mul_add(kept, spread) * simd.splat(reference::weight(weights, o));
            sum.add(q * weighted(q, ln_powers - (simd.load(&y[o]) - m)));
            total = total + q;
        }
        for o in 0..y.len() {
            let q = simd.load(&t[o]).mul_add(kept, spread) * simd.splat(reference::weight(weights, o));
            simd.store((simd.load(&dy[o]) / powers).mul_add(total, -q) / samples, &mut dy[o]);
        }
        sum.value()
    }
}

impl<T: Float> Formula<T> for NegativeLogLikelihood {
    #[inline(always)]
    fn sample(self, Io { y, t, samples, dy }: Io<'_, T>) -> T {
        reference::negative_log_likelihood(y, t, samples, dy)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy }: Io<'_, Lane<T>>) -> S::V {
        let samples = simd.splat(T::from_f64(samples as f64));
        let mut sum = Total::new(simd.splat(T::ZERO));
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            let t = simd.load(t);
            sum.add(-t * weighted(-t, simd.load(y)));
            simd.store(-t / samples, dy);
        }
        sum.value()
    }
}

impl<T: Float> Formula<T> for BinaryCrossEntropy<T> {
    #[inline(always)]
    fn sample(self, Io { y, t, samples, dy }: Io<'_, T>) -> T {
        reference::binary_cross_entropy(self.positive_weight, y, t, samples, dy)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy }: Io<'_, Lane<T>>) -> S::V {
        let [n, all] = means(simd, y.len(), samples);
        let (zero, one) = (simd.splat(T::ZERO), simd.splat(T::ONE));
        let positive_weight = simd.splat(self.positive_weight);
        let mut sum = Total::new(zero);
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            let (y, t) = (simd.load(y), simd.load(t));
            let (no, yes) = (one - t, positive_weight * t);
            let power = math::exp(-y.abs());
            let more = one + power;
            let soft = math::ln_1p(power);
            sum.add(no * weighted(no, y.max(zero) + soft));
            sum.add(yes * weighted(yes, (-y).max(zero) + soft));
            let (above, below) = (one / more, power / more);
            let negative = y.lt(zero);
            let sigma = S::V::select(negative, below, above);
            let rest = S::V::select(negative, above, below);
            simd.store(no.mul_add(sigma, -(yes * rest)) / all, dy);
        }
        sum.value() / n
    }
}

impl<T: Float> Formula<T> for KlDivergence {
    #[inline(always)]
    fn sample(self, Io { y, t, samples, dy }: Io<'_, T>) -> T {
        reference::kl_divergence(y, t, samples, dy)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy }: Io<'_, Lane<T>>) -> S::V {
        let samples = simd.splat(T::from_f64(samples as f64));
        let zero = simd.splat(T::ZERO);
        let mut sum = Total::new(zero);
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            let t = simd.load(t);
            let ln = S::V::select(zero.lt(t.abs()), math::ln(t), zero);
            sum.add(t * weighted(t, ln - simd.load(y)));
            simd.store(-t / samples, dy);
        }
        sum.value()
    }
}

impl<T: Float> Formula<T> for Hinge {
    #[inline(always)]
    fn sample(self, Io { y, t, samples, dy }: Io<'_, T>) -> T {
        reference::hinge(y, t, samples, dy)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy }: Io<'_, Lane<T>>) -> S::V {
        let [n, all] = means(simd, y.len(), samples);
        let (zero, one) = (simd.splat(T::ZERO), simd.splat(T::ONE));
        let mut right = zero;
        for (y, t) in y.iter().zip(t) {
            let t = simd.load(t);
            right = t.mul_add(weighted(t, simd.load(y)), right);
        }
        let (mut sum, mut violations) = (Total::new(zero), zero);
        for ((y, t), dy) in y.iter().zip(t).zip(&mut *dy) {
            let short = one - (right - simd.load(y));
            let wrong = one - simd.load(t);
            sum.add(wrong * weighted(wrong, zero.max(short)));
            let violation = S::V::select(zero.lt(short), wrong, zero);
            violations = violations + violation;
            simd.store(violation, dy);
        }
        for (t, dy) in t.iter().zip(dy) {
            simd.store((-simd.load(t)).mul_add(violations, simd.load(dy)) / all, dy);
        }
        sum.value() / n
    }
}

/// The divisor of the loss for a mean over `outputs`, and the divisor of its gradient for a batch of `samples` samples.
#[inline(always)]
fn means<S: Simd>(simd: S, outputs: usize, samples: usize) -> [S::V; 2] {
    let all = outputs * samples;
    [simd.splat(S::T::from_f64(outputs as f64)), simd.splat(S::T::from_f64(all as f64))]
}
