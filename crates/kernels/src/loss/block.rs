//! Losses of sixteen samples side by side: `reference` with each element replaced by a vector of sixteen. Without vectors,
//! one sample follows the other.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, math};

use super::{
    BinaryCrossEntropy, Cosine, CrossEntropy, Dice, Focal, Formula, Hinge, Huber, Io, KlDivergence, LogCosh,
    MeanAbsoluteError, MeanSquaredError, NegativeLogLikelihood, Poisson, Quantile, Triplet, reference, row,
    total::{Total, weighted},
};
use crate::Lane;
use crate::layout::{put_lane, take_lane};

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
    /// Pixels of a channel: 1 if the outputs are a vector.
    pub pixels: usize,
    /// Gradient to the outputs, of the same number.
    pub dy: &'a mut [Lane<T>],
    /// The loss of each sample of this block; at most sixteen.
    pub losses: &'a mut [T],
    /// Room for the outputs, the targets and the gradient of one sample.
    pub scratch: &'a mut [T],
}

impl<T: Float, F: Formula<T>> Kernel<T> for Loss<'_, T, F> {
    type Output = ();

    const WIDEST: bool = false;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Loss { formula, y, t, samples, pixels, dy, losses, scratch } = self;
        if const { S::NATIVE } {
            let of_lanes = formula.lanes(simd, Io { y, t, samples, pixels, dy: &mut *dy });
            simd.store_partial(of_lanes, losses);
        } else {
            let (y_of_one, rest) = scratch.split_at_mut(y.len());
            let (t_of_one, rest) = rest.split_at_mut(t.len());
            let dy_of_one = &mut rest[..dy.len()];
            for (n, loss) in losses.iter_mut().enumerate() {
                take_lane(y.as_flattened(), n, y_of_one);
                take_lane(t.as_flattened(), n, t_of_one);
                let (y, t) = (&*y_of_one, &*t_of_one);
                *loss = simd.outline(row::Loss { formula, y, t, samples, pixels, dy: dy_of_one });
                put_lane(dy_of_one, n, dy.as_flattened_mut());
            }
        }
        if losses.len() < LANES {
            for dy in dy {
                dy[losses.len()..].fill(T::ZERO);
            }
        }
    }
}

impl<T: Float> Formula<T> for MeanSquaredError {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::mean_squared_error(io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy, .. }: Io<'_, Lane<T>>) -> S::V {
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
    fn sample(self, io: Io<'_, T>) -> T {
        reference::mean_absolute_error(io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy, .. }: Io<'_, Lane<T>>) -> S::V {
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
    fn sample(self, io: Io<'_, T>) -> T {
        reference::huber(self, io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy, .. }: Io<'_, Lane<T>>) -> S::V {
        let [n, all] = means(simd, y.len(), samples);
        let divisor = simd.splat(self.divisor);
        let (n, all) = (divisor * n, divisor * all);
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

impl<T: Float> Formula<T> for LogCosh {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::log_cosh(io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy, .. }: Io<'_, Lane<T>>) -> S::V {
        let [n, all] = means(simd, y.len(), samples);
        let (one, half) = (simd.splat(T::ONE), simd.splat(T::from_f64(0.5)));
        let (two, ln_2) = (simd.splat(T::from_f64(2.0)), simd.splat(T::from_f64(core::f64::consts::LN_2)));
        let mut sum = Total::new(simd.splat(T::ZERO));
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            let off = simd.load(y) - simd.load(t);
            let slope = math::tanh(off);
            let is_small = off.abs().lt(one);
            let ln = math::ln_1p(S::V::select(is_small, -slope * slope, math::exp(-two * off.abs())));
            sum.add(S::V::select(is_small, -half * ln, (off.abs() - ln_2) + ln));
            simd.store(slope / all, dy);
        }
        sum.value() / n
    }
}

impl<T: Float> Formula<T> for Quantile<T> {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::quantile(self.quantile, io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy, .. }: Io<'_, Lane<T>>) -> S::V {
        let [n, all] = means(simd, y.len(), samples);
        let zero = simd.splat(T::ZERO);
        let (quantile, rest) = (simd.splat(self.quantile), simd.splat(T::ONE - self.quantile));
        let mut sum = Total::new(zero);
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            let off = simd.load(y) - simd.load(t);
            sum.add(rest.mul_add(zero.max(off), quantile * zero.max(-off)));
            let slope = S::V::select(off.lt(zero), -quantile, S::V::select(zero.lt(off), rest, off));
            simd.store(slope / all, dy);
        }
        sum.value() / n
    }
}

impl<T: Float> Formula<T> for Poisson {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::poisson(self.log_input, io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy, .. }: Io<'_, Lane<T>>) -> S::V {
        let [n, all] = means(simd, y.len(), samples);
        let (one, epsilon) = (simd.splat(T::ONE), simd.splat(T::from_f64(1e-8)));
        let mut sum = Total::new(simd.splat(T::ZERO));
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            let (y, t) = (simd.load(y), simd.load(t));
            let (rate, ln, slope) = if self.log_input {
                let rate = math::exp(y);
                (rate, y, rate - t)
            } else {
                let rate = y + epsilon;
                (y, math::ln(rate), one - t / rate)
            };
            sum.add((-t).mul_add(weighted(t, ln), rate));
            simd.store(slope / all, dy);
        }
        sum.value() / n
    }
}

impl<T: Float> Formula<T> for Cosine {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::cosine(io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy, .. }: Io<'_, Lane<T>>) -> S::V {
        let (zero, epsilon) = (simd.splat(T::ZERO), simd.splat(T::from_f64(1e-8)));
        let [mut both, mut of_y, mut of_t] = [Total::new(zero); 3];
        for (y, t) in y.iter().zip(t) {
            let (y, t) = (simd.load(y), simd.load(t));
            both.add(y * t);
            of_y.add(y * y);
            of_t.add(t * t);
        }
        let (length, of_t) = (of_y.value().sqrt(), epsilon.max(of_t.value().sqrt()));
        let of_y = epsilon.max(length);
        let cosine = both.value() / (of_y * of_t);
        let back = S::V::select(epsilon.lt(length), cosine / of_y, zero);
        let all = of_y * simd.splat(T::from_f64(samples as f64));
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            simd.store(back.mul_add(simd.load(y), -(simd.load(t) / of_t)) / all, dy);
        }
        simd.splat(T::ONE) - cosine
    }
}

impl<T: Float> Formula<T> for Triplet<T> {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::triplet(self.margin, io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, samples, dy, .. }: Io<'_, Lane<T>>) -> S::V {
        let (zero, one, epsilon) = (simd.splat(T::ZERO), simd.splat(T::ONE), simd.splat(T::from_f64(1e-6)));
        let (samples, margin) = (simd.splat(T::from_f64(samples as f64)), simd.splat(self.margin));
        let size = y.len() / 3;
        let (mut near, mut far) = (Total::new(zero), Total::new(zero));
        for o in 0..size {
            let anchor = simd.load(&y[o]);
            let to_near = (anchor - simd.load(&y[size + o])) + epsilon;
            let to_far = (anchor - simd.load(&y[2 * size + o])) + epsilon;
            near.add(to_near * to_near);
            far.add(to_far * to_far);
        }
        let (near, far) = (near.value().sqrt(), far.value().sqrt());
        let over = (near - far) + margin;
        let is_over = zero.lt(over);
        let by_near = S::V::select(is_over, S::V::select(zero.lt(near), one / (near * samples), zero), zero);
        let by_far = S::V::select(is_over, S::V::select(zero.lt(far), one / (far * samples), zero), zero);
        for o in 0..size {
            let anchor = simd.load(&y[o]);
            let u = by_near * ((anchor - simd.load(&y[size + o])) + epsilon);
            let v = by_far * ((anchor - simd.load(&y[2 * size + o])) + epsilon);
            simd.store(u - v, &mut dy[o]);
            simd.store(-u, &mut dy[size + o]);
            simd.store(v, &mut dy[2 * size + o]);
        }
        zero.max(over)
    }
}

impl<T: Float> Formula<T> for CrossEntropy<'_, T> {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::cross_entropy(self.smoothing, self.weights, io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, pixels, dy }: Io<'_, Lane<T>>) -> S::V {
        let CrossEntropy { smoothing, weights } = self;
        let classes = y.len() / pixels;
        let kept = simd.splat(T::ONE - smoothing);
        let all_spread = simd.splat(smoothing / T::from_f64(classes as f64));
        let zero = simd.splat(T::ZERO);
        let count = counted(simd, t, pixels);
        let all = simd.splat(T::from_f64(samples as f64)) * count;
        let mut sum = Total::new(zero);
        for pixel in 0..pixels {
            let spread = S::V::select(counts(simd, t, pixel, pixels), all_spread, zero);
            let at = |class: usize| class * pixels + pixel;
            let mut m = simd.splat(T::NEG_INFINITY);
            for o in 0..classes {
                m = m.max(simd.load(&y[at(o)]));
            }
            let (mut powers, mut exact_powers) = (zero, Total::new(zero));
            for o in 0..classes {
                let power = math::exp(simd.load(&y[at(o)]) - m);
                powers = powers + power;
                exact_powers.add(power);
                simd.store(power, &mut dy[at(o)]);
            }
            let ln_powers = math::ln(exact_powers.value());

            let mut total = zero;
            for o in 0..classes {
                let weight = simd.splat(reference::weight(weights, o));
                let q = simd.load(&t[at(o)]).mul_add(kept, spread) * weight;
                sum.add(q * weighted(q, ln_powers - (simd.load(&y[at(o)]) - m)));
                total = total + q;
            }
            for o in 0..classes {
                let weight = simd.splat(reference::weight(weights, o));
                let q = simd.load(&t[at(o)]).mul_add(kept, spread) * weight;
                simd.store((simd.load(&dy[at(o)]) / powers).mul_add(total, -q) / all, &mut dy[at(o)]);
            }
        }
        sum.value() / count
    }
}

/// Whether not all targets of a pixel are 0.
#[inline(always)]
fn counts<S: Simd>(simd: S, t: &[Lane<S::T>], pixel: usize, pixels: usize) -> <S::V as Real>::Mask {
    let zero = simd.splat(S::T::ZERO);
    let mut sum = zero;
    for t in t[pixel..].iter().step_by(pixels) {
        sum = sum + simd.load(t).abs();
    }
    zero.lt(sum)
}

/// The number of pixels that count, at least 1.
#[inline(always)]
fn counted<S: Simd>(simd: S, t: &[Lane<S::T>], pixels: usize) -> S::V {
    let (zero, one) = (simd.splat(S::T::ZERO), simd.splat(S::T::ONE));
    let mut count = zero;
    for pixel in 0..pixels {
        count = count + S::V::select(counts(simd, t, pixel, pixels), one, zero);
    }
    one.max(count)
}

impl<T: Float> Formula<T> for NegativeLogLikelihood {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::negative_log_likelihood(io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, pixels, dy }: Io<'_, Lane<T>>) -> S::V {
        let count = counted(simd, t, pixels);
        let all = simd.splat(T::from_f64(samples as f64)) * count;
        let mut sum = Total::new(simd.splat(T::ZERO));
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            let t = simd.load(t);
            sum.add(-t * weighted(-t, simd.load(y)));
            simd.store(-t / all, dy);
        }
        sum.value() / count
    }
}

impl<T: Float> Formula<T> for BinaryCrossEntropy<'_> {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::binary_cross_entropy(self.positive_weights, io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, pixels, dy }: Io<'_, Lane<T>>) -> S::V {
        let [n, all] = means(simd, y.len(), samples);
        let (zero, one) = (simd.splat(T::ZERO), simd.splat(T::ONE));
        let mut sum = Total::new(zero);
        for (o, ((y, t), dy)) in y.iter().zip(t).zip(dy).enumerate() {
            let (y, t) = (simd.load(y), simd.load(t));
            let positive_weight = simd.splat(reference::weight(self.positive_weights, o / pixels));
            let (no, yes) = (one - t, positive_weight * t);
            let [power, more] = odds(simd, y);
            let soft = math::ln_1p(power);
            sum.add(no * weighted(no, y.max(zero) + soft));
            sum.add(yes * weighted(yes, (-y).max(zero) + soft));
            let [sigma, rest] = sigmoids(simd, y, power, more);
            simd.store(no.mul_add(sigma, -(yes * rest)) / all, dy);
        }
        sum.value() / n
    }
}

/// `exp(−|y|)`, and 1 more.
#[inline(always)]
fn odds<S: Simd>(simd: S, y: S::V) -> [S::V; 2] {
    let power = math::exp(-y.abs());
    [power, simd.splat(S::T::ONE) + power]
}

/// `σ(y)` and `σ(−y)`, of [`odds`].
#[inline(always)]
fn sigmoids<S: Simd>(simd: S, y: S::V, power: S::V, more: S::V) -> [S::V; 2] {
    let (above, below) = (simd.splat(S::T::ONE) / more, power / more);
    let negative = y.lt(simd.splat(S::T::ZERO));
    [S::V::select(negative, below, above), S::V::select(negative, above, below)]
}

impl<T: Float> Formula<T> for Focal<T> {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::focal(self, io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy, .. }: Io<'_, Lane<T>>) -> S::V {
        let [n, all] = means(simd, y.len(), samples);
        let (zero, one, least) = (simd.splat(T::ZERO), simd.splat(T::ONE), simd.splat(T::MIN_POSITIVE));
        let gamma = simd.splat(self.gamma);
        let (positive, negative) = (simd.splat(self.positive), simd.splat(self.negative));
        let mut sum = Total::new(zero);
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            let (y, yes) = (simd.load(y), simd.load(t));
            let no = one - yes;
            let [power, more] = odds(simd, y);
            let soft = math::ln_1p(power);
            let entropy = no * weighted(no, y.max(zero) + soft) + yes * weighted(yes, (-y).max(zero) + soft);
            let [sigma, rest] = sigmoids(simd, y, power, more);
            let wrong = least.max(no.mul_add(sigma, yes * rest));
            let factor = positive.mul_add(yes, negative * no) * math::exp(gamma * math::ln(wrong));
            sum.add(factor * entropy);
            let bend = gamma * (sigma * rest / wrong) * (no - yes);
            let slope = bend.mul_add(weighted(bend, entropy), no.mul_add(sigma, -(yes * rest)));
            simd.store(factor * slope / all, dy);
        }
        sum.value() / n
    }
}

impl<T: Float> Formula<T> for Dice<T> {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::dice(self.smooth, io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy, .. }: Io<'_, Lane<T>>) -> S::V {
        let (zero, one) = (simd.splat(T::ZERO), simd.splat(T::ONE));
        let (mut wrong, mut size) = (Total::new(zero), Total::new(zero));
        for ((y, t), dy) in y.iter().zip(t).zip(&mut *dy) {
            let (y, t) = (simd.load(y), simd.load(t));
            let [power, more] = odds(simd, y);
            let [sigma, rest] = sigmoids(simd, y, power, more);
            wrong.add((one - t).mul_add(sigma, t * rest));
            size.add(sigma + t);
            simd.store(sigma * rest, dy);
        }
        let size = size.value() + simd.splat(self.smooth);
        let loss = wrong.value() / size;
        let all = size * simd.splat(T::from_f64(samples as f64));
        for (t, dy) in t.iter().zip(dy) {
            let t = simd.load(t);
            simd.store(simd.load(dy) * ((one - (t + t)) - loss) / all, dy);
        }
        loss
    }
}

impl<T: Float> Formula<T> for KlDivergence {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::kl_divergence(io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy, .. }: Io<'_, Lane<T>>) -> S::V {
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

impl<T: Float> Formula<T> for Hinge<T> {
    #[inline(always)]
    fn sample(self, io: Io<'_, T>) -> T {
        reference::hinge(self.margin, io)
    }

    #[inline(always)]
    fn lanes<S: Simd<T = T>>(self, simd: S, Io { y, t, samples, dy, .. }: Io<'_, Lane<T>>) -> S::V {
        let [n, all] = means(simd, y.len(), samples);
        let (zero, one, margin) = (simd.splat(T::ZERO), simd.splat(T::ONE), simd.splat(self.margin));
        let mut right = zero;
        for (y, t) in y.iter().zip(t) {
            let t = simd.load(t);
            right = t.mul_add(weighted(t, simd.load(y)), right);
        }
        let (mut sum, mut violations) = (Total::new(zero), zero);
        for ((y, t), dy) in y.iter().zip(t).zip(&mut *dy) {
            let short = margin - (right - simd.load(y));
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
