//! The loops that define the losses, for one sample of a batch of `samples` samples.

use toddle_lanes::{Float, Real, math};

use super::total::{Total, weighted};

/// Returns `Σ o (y[o] − t[o])² / n` and sets `dy[o] = 2·(y[o] − t[o]) / (n·samples)`.
#[inline(always)]
pub fn mean_squared_error<T: Float>(y: &[T], t: &[T], samples: usize, dy: &mut [T]) -> T {
    let n = T::from_f64(y.len() as f64);
    let all = T::from_f64((y.len() * samples) as f64);
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in y.iter().zip(t).zip(dy) {
        let off = *y - *t;
        sum.add(off * off);
        *dy = (off + off) / all;
    }
    sum.value() / n
}

/// Returns `Σ o |y[o] − t[o]| / n` and sets `dy[o] = sign(y[o] − t[o]) / (n·samples)`, or 0 if output and target are
/// equal.
#[inline(always)]
pub fn mean_absolute_error<T: Float>(y: &[T], t: &[T], samples: usize, dy: &mut [T]) -> T {
    let n = T::from_f64(y.len() as f64);
    let all = T::from_f64((y.len() * samples) as f64);
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in y.iter().zip(t).zip(dy) {
        let off = *y - *t;
        sum.add(off.abs());
        let sign = if T::ZERO < off.abs() { T::ONE.copysign(off) } else { off };
        *dy = sign / all;
    }
    sum.value() / n
}

/// Returns `Σ o c·(|y[o] − t[o]| − c/2) / n` with `c = min(|y[o] − t[o]|, δ)`, and sets
/// `dy[o] = sign(y[o] − t[o])·c / (n·samples)`.
#[inline(always)]
pub fn huber<T: Float>(delta: T, y: &[T], t: &[T], samples: usize, dy: &mut [T]) -> T {
    let n = T::from_f64(y.len() as f64);
    let all = T::from_f64((y.len() * samples) as f64);
    let half = T::from_f64(0.5);
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in y.iter().zip(t).zip(dy) {
        let off = *y - *t;
        // A NaN stays NaN: `min` returns its argument if either is NaN.
        let c = delta.min(off.abs());
        sum.add(c * (-half).mul_add(c, off.abs()));
        *dy = c.copysign(off) / all;
    }
    sum.value() / n
}

/// Returns `Σ o q[o]·(ln Σ j exp(y[j] − m) − (y[o] − m))` with `m = max y` and `q[o] = w[o]·((1−ε)·t[o] + ε/n)`, and
/// sets `dy[o] = (softmax(y)[o]·Σ j q[j] − q[o]) / samples`.
///
/// Without weights, all weights are 1. A class with `q[o] = 0` adds nothing, even if `y[o] = −∞`.
#[inline(always)]
pub fn cross_entropy<T: Float>(
    smoothing: T,
    weights: &[f64],
    y: &[T],
    t: &[T],
    samples: usize,
    dy: &mut [T],
) -> T {
    let (kept, spread) = (T::ONE - smoothing, smoothing / T::from_f64(y.len() as f64));
    let samples = T::from_f64(samples as f64);
    let mut m = T::NEG_INFINITY;
    for y in y {
        m = Real::max(m, *y);
    }
    for (y, dy) in y.iter().zip(&mut *dy) {
        *dy = math::exp(*y - m);
    }
    // The gradient uses the plain sum, and the loss uses the exact sum.
    let (mut powers, mut exact_powers) = (T::ZERO, Total::new(T::ZERO));
    for power in &*dy {
        powers += *power;
        exact_powers.add(*power);
    }
    let ln_powers = math::ln(exact_powers.value());

    let (mut sum, mut total) = (Total::new(T::ZERO), T::ZERO);
    for o in 0..y.len() {
        let q = t[o].mul_add(kept, spread) * weight(weights, o);
        sum.add(q * weighted(q, ln_powers - (y[o] - m)));
        total += q;
    }
    for o in 0..y.len() {
        let q = t[o].mul_add(kept, spread) * weight(weights, o);
        dy[o] = (dy[o] / powers).mul_add(total, -q) / samples;
    }
    sum.value()
}

/// The weight of class `o`.
#[inline(always)]
pub(super) fn weight<T: Float>(weights: &[f64], o: usize) -> T {
    if weights.is_empty() { T::ONE } else { T::from_f64(weights[o]) }
}

/// Returns `−Σ o t[o]·y[o]`, where `0·∞ = 0`, and sets `dy[o] = −t[o] / samples`.
#[inline(always)]
pub fn negative_log_likelihood<T: Float>(y: &[T], t: &[T], samples: usize, dy: &mut [T]) -> T {
    let samples = T::from_f64(samples as f64);
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in y.iter().zip(t).zip(dy) {
        sum.add(-*t * weighted(-*t, *y));
        *dy = -*t / samples;
    }
    sum.value()
}

/// Returns `Σ o ((1 − t[o])·s(y[o]) + p·t[o]·s(−y[o])) / n` with `s(x) = ln(1 + eˣ) = max(x, 0) + ln(1 + exp(−|x|))`,
/// and sets `dy[o] = ((1 − t[o])·σ(y[o]) − p·t[o]·σ(−y[o])) / (n·samples)`. In the loss, `0·∞ = 0`.
#[inline(always)]
pub fn binary_cross_entropy<T: Float>(
    positive_weight: T,
    y: &[T],
    t: &[T],
    samples: usize,
    dy: &mut [T],
) -> T {
    let n = T::from_f64(y.len() as f64);
    let all = T::from_f64((y.len() * samples) as f64);
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in y.iter().zip(t).zip(dy) {
        let (no, yes) = (T::ONE - *t, positive_weight * *t);
        let power = math::exp(-y.abs());
        let more = T::ONE + power;
        let soft = math::ln_1p(power);
        sum.add(no * weighted(no, Real::max(*y, T::ZERO) + soft));
        sum.add(yes * weighted(yes, Real::max(-*y, T::ZERO) + soft));
        // σ(|y|) and σ(−|y|).
        let (above, below) = (T::ONE / more, power / more);
        let (sigma, rest) = if *y < T::ZERO { (below, above) } else { (above, below) };
        *dy = no.mul_add(sigma, -(yes * rest)) / all;
    }
    sum.value() / n
}

/// Returns `Σ o t[o]·(ln t[o] − y[o])`, and sets `dy[o] = −t[o] / samples`. A target of 0 adds nothing to the loss.
#[inline(always)]
pub fn kl_divergence<T: Float>(y: &[T], t: &[T], samples: usize, dy: &mut [T]) -> T {
    let samples = T::from_f64(samples as f64);
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in y.iter().zip(t).zip(dy) {
        let ln = if T::ZERO < t.abs() { math::ln(*t) } else { T::ZERO };
        sum.add(*t * weighted(*t, ln - *y));
        *dy = -*t / samples;
    }
    sum.value()
}

/// Returns `Σ o (1 − t[o])·max(0, 1 − Σ j t[j]·y[j] + y[o]) / n`, and sets
/// `dy[o] = ((1 − t[o])·v[o] − t[o]·Σ j (1 − t[j])·v[j]) / (n·samples)`. `v` is 1 where the maximum is not 0, and 0
/// elsewhere. In the loss, `0·∞ = 0`.
#[inline(always)]
pub fn hinge<T: Float>(y: &[T], t: &[T], samples: usize, dy: &mut [T]) -> T {
    let n = T::from_f64(y.len() as f64);
    let all = T::from_f64((y.len() * samples) as f64);
    let mut right = T::ZERO;
    for (y, t) in y.iter().zip(t) {
        right = t.mul_add(weighted(*t, *y), right);
    }
    let (mut sum, mut violations) = (Total::new(T::ZERO), T::ZERO);
    for ((y, t), dy) in y.iter().zip(t).zip(&mut *dy) {
        let short = T::ONE - (right - *y);
        let wrong = T::ONE - *t;
        // A NaN stays NaN: `max` returns its argument if either is NaN.
        sum.add(wrong * weighted(wrong, T::ZERO.max(short)));
        *dy = if T::ZERO < short { wrong } else { T::ZERO };
        violations += *dy;
    }
    for (t, dy) in t.iter().zip(dy) {
        *dy = (-*t).mul_add(violations, *dy) / all;
    }
    sum.value() / n
}
