//! The loops that define the losses, for one sample of a batch of `samples` samples.

use toddle_lanes::{Float, Real, math};

use super::total::{Total, weighted};
use super::{Focal, Huber, Io};

/// Returns `Σ o (y[o] − t[o])² / n` and sets `dy[o] = 2·(y[o] − t[o]) / (n·samples)`.
#[inline(always)]
pub fn mean_squared_error<T: Float>(io: Io<'_, T>) -> T {
    let [n, all] = means(&io);
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in io.y.iter().zip(io.t).zip(io.dy) {
        let off = *y - *t;
        sum.add(off * off);
        *dy = (off + off) / all;
    }
    sum.value() / n
}

/// Returns `Σ o |y[o] − t[o]| / n` and sets `dy[o] = sign(y[o] − t[o]) / (n·samples)`, or 0 if output and target are
/// equal.
#[inline(always)]
pub fn mean_absolute_error<T: Float>(io: Io<'_, T>) -> T {
    let [n, all] = means(&io);
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in io.y.iter().zip(io.t).zip(io.dy) {
        let off = *y - *t;
        sum.add(off.abs());
        let sign = if T::ZERO < off.abs() { T::ONE.copysign(off) } else { off };
        *dy = sign / all;
    }
    sum.value() / n
}

/// Returns `Σ o c·(|y[o] − t[o]| − c/2) / (β·n)` with `c = min(|y[o] − t[o]|, δ)`, and sets
/// `dy[o] = sign(y[o] − t[o])·c / (β·n·samples)`. `δ` is `delta`, and `β` is `divisor`.
#[inline(always)]
pub fn huber<T: Float>(Huber { delta, divisor }: Huber<T>, io: Io<'_, T>) -> T {
    let [n, all] = means(&io).map(|n| divisor * n);
    let half = T::from_f64(0.5);
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in io.y.iter().zip(io.t).zip(io.dy) {
        let off = *y - *t;
        // A NaN stays NaN: `min` returns its argument if either is NaN.
        let c = delta.min(off.abs());
        sum.add(c * (-half).mul_add(c, off.abs()));
        *dy = c.copysign(off) / all;
    }
    sum.value() / n
}

/// Returns `Σ o ln cosh(d) / n` with `d = y[o] − t[o]`, and sets `dy[o] = tanh(d) / (n·samples)`.
///
/// `ln cosh d` is `−½·ln(1 − tanh² d)` where `|d| < 1`, and `|d| − ln 2 + ln(1 + exp(−2·|d|))` elsewhere. The first form
/// keeps the digits of small differences, and the second form does not overflow.
#[inline(always)]
pub fn log_cosh<T: Float>(io: Io<'_, T>) -> T {
    let [n, all] = means(&io);
    let (half, two, ln_2) = (T::from_f64(0.5), T::from_f64(2.0), T::from_f64(core::f64::consts::LN_2));
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in io.y.iter().zip(io.t).zip(io.dy) {
        let off = *y - *t;
        let slope = math::tanh(off);
        sum.add(if off.abs() < T::ONE {
            -half * math::ln_1p(-slope * slope)
        } else {
            (off.abs() - ln_2) + math::ln_1p(math::exp(-two * off.abs()))
        });
        *dy = slope / all;
    }
    sum.value() / n
}

/// Returns `Σ o (q·max(0, t[o] − y[o]) + (1 − q)·max(0, y[o] − t[o])) / n`, and sets `dy[o] = −q / (n·samples)` where the
/// output is below its target, `(1 − q) / (n·samples)` where it is above, and 0 where they are equal.
#[inline(always)]
pub fn quantile<T: Float>(quantile: T, io: Io<'_, T>) -> T {
    let [n, all] = means(&io);
    let rest = T::ONE - quantile;
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in io.y.iter().zip(io.t).zip(io.dy) {
        let off = *y - *t;
        // A NaN stays NaN: `max` returns its argument if either is NaN.
        sum.add(rest.mul_add(T::ZERO.max(off), quantile * T::ZERO.max(-off)));
        let slope = if off < T::ZERO {
            -quantile
        } else if T::ZERO < off {
            rest
        } else {
            off
        };
        *dy = slope / all;
    }
    sum.value() / n
}

/// Returns `Σ o (exp(y[o]) − t[o]·y[o]) / n`, and sets `dy[o] = (exp(y[o]) − t[o]) / (n·samples)`. Without `log_input`,
/// the outputs are rates and not their logarithms: `Σ o (y[o] − t[o]·ln(y[o] + ε)) / n` with `ε = 10⁻⁸`, and
/// `dy[o] = (1 − t[o] / (y[o] + ε)) / (n·samples)`. In the loss, `0·∞ = 0`.
#[inline(always)]
pub fn poisson<T: Float>(log_input: bool, io: Io<'_, T>) -> T {
    let [n, all] = means(&io);
    let epsilon = T::from_f64(1e-8);
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in io.y.iter().zip(io.t).zip(io.dy) {
        let (rate, ln, slope) = if log_input {
            let rate = math::exp(*y);
            (rate, *y, rate - *t)
        } else {
            let rate = *y + epsilon;
            (*y, math::ln(rate), T::ONE - *t / rate)
        };
        sum.add((-*t).mul_add(weighted(*t, ln), rate));
        *dy = slope / all;
    }
    sum.value() / n
}

/// Returns `1 − c` with `c = Σ o y[o]·t[o] / (‖y‖·‖t‖)`, and sets `dy[o] = (c·y[o]/‖y‖ − t[o]/‖t‖) / (‖y‖·samples)`. A norm
/// below 10⁻⁸ counts as 10⁻⁸, and is then a constant.
#[inline(always)]
pub fn cosine<T: Float>(Io { y, t, samples, dy, .. }: Io<'_, T>) -> T {
    let epsilon = T::from_f64(1e-8);
    let [mut both, mut of_y, mut of_t] = [Total::new(T::ZERO); 3];
    for (y, t) in y.iter().zip(t) {
        both.add(*y * *t);
        of_y.add(*y * *y);
        of_t.add(*t * *t);
    }
    let (length, of_t) = (Real::sqrt(of_y.value()), epsilon.max(Real::sqrt(of_t.value())));
    let of_y = epsilon.max(length);
    let cosine = both.value() / (of_y * of_t);
    let back = if epsilon < length { cosine / of_y } else { T::ZERO };
    let all = of_y * T::from_f64(samples as f64);
    for ((y, t), dy) in y.iter().zip(t).zip(dy) {
        *dy = back.mul_add(*y, -(*t / of_t)) / all;
    }
    T::ONE - cosine
}

/// Returns `max(0, ‖a − p + ε‖ − ‖a − n + ε‖ + margin)`, where `a`, `p` and `n` are the first, the second and the last third
/// of the outputs, and `ε = 10⁻⁶`. If it is not 0, sets the gradients to `a`, `p` and `n` to `(u − v) / samples`,
/// `−u / samples` and `v / samples`. `u` is `(a − p + ε) / ‖a − p + ε‖`, and `v` is the same with `n`, or 0 if the norm is 0.
#[inline(always)]
pub fn triplet<T: Float>(margin: T, Io { y, samples, dy, .. }: Io<'_, T>) -> T {
    let (samples, epsilon) = (T::from_f64(samples as f64), T::from_f64(1e-6));
    let size = y.len() / 3;
    let [mut near, mut far] = [Total::new(T::ZERO); 2];
    for o in 0..size {
        let [to_near, to_far] = [1, 2].map(|third| (y[o] - y[third * size + o]) + epsilon);
        near.add(to_near * to_near);
        far.add(to_far * to_far);
    }
    let [near, far] = [near, far].map(|squares| Real::sqrt(squares.value()));
    let over = (near - far) + margin;
    let [by_near, by_far] = [near, far]
        .map(|length| if T::ZERO < over && T::ZERO < length { T::ONE / (length * samples) } else { T::ZERO });
    for o in 0..size {
        let [to_near, to_far] = [1, 2].map(|third| (y[o] - y[third * size + o]) + epsilon);
        let [u, v] = [by_near * to_near, by_far * to_far];
        dy[o] = u - v;
        dy[size + o] = -u;
        dy[2 * size + o] = v;
    }
    // A NaN stays NaN: `max` returns its argument if either is NaN.
    T::ZERO.max(over)
}

/// Returns the mean over the pixels that count of `Σ o q[o]·(ln Σ j exp(y[j] − m) − (y[o] − m))`, with `m = max y` and
/// `q[o] = w[o]·((1−ε)·t[o] + ε/n)` over the `n` classes, and sets `dy[o] = (softmax(y)[o]·Σ j q[j] − q[o]) / (c·samples)`,
/// where `c` pixels count.
///
/// A vector is one pixel. A pixel counts if its targets are not all 0. In a pixel that does not count, `q` is 0. Without
/// weights, all weights are 1. A class with `q[o] = 0` adds nothing, even if `y[o] = −∞`.
#[inline(always)]
pub fn cross_entropy<T: Float>(
    smoothing: T,
    weights: &[f64],
    Io { y, t, samples, pixels, dy }: Io<'_, T>,
) -> T {
    let classes = y.len() / pixels;
    let (kept, spread) = (T::ONE - smoothing, smoothing / T::from_f64(classes as f64));
    let count = counted(t, pixels);
    let all = T::from_f64(samples as f64) * count;
    let mut sum = Total::new(T::ZERO);
    for pixel in 0..pixels {
        let spread = if counts(t, pixel, pixels) { spread } else { T::ZERO };
        let at = |class: usize| class * pixels + pixel;
        let mut m = T::NEG_INFINITY;
        for o in 0..classes {
            m = Real::max(m, y[at(o)]);
        }
        // The gradient uses the plain sum, and the loss uses the exact sum.
        let (mut powers, mut exact_powers) = (T::ZERO, Total::new(T::ZERO));
        for o in 0..classes {
            let power = math::exp(y[at(o)] - m);
            powers += power;
            exact_powers.add(power);
            dy[at(o)] = power;
        }
        let ln_powers = math::ln(exact_powers.value());

        let mut total = T::ZERO;
        for o in 0..classes {
            let q = t[at(o)].mul_add(kept, spread) * weight(weights, o);
            sum.add(q * weighted(q, ln_powers - (y[at(o)] - m)));
            total += q;
        }
        for o in 0..classes {
            let q = t[at(o)].mul_add(kept, spread) * weight(weights, o);
            dy[at(o)] = (dy[at(o)] / powers).mul_add(total, -q) / all;
        }
    }
    sum.value() / count
}

/// Whether not all targets of a pixel are 0.
#[inline(always)]
fn counts<T: Float>(t: &[T], pixel: usize, pixels: usize) -> bool {
    let mut sum = T::ZERO;
    for t in t[pixel..].iter().step_by(pixels) {
        sum += t.abs();
    }
    T::ZERO < sum
}

/// The number of pixels that count, at least 1.
#[inline(always)]
fn counted<T: Float>(t: &[T], pixels: usize) -> T {
    let count = (0..pixels).filter(|pixel| counts(t, *pixel, pixels)).count();
    T::from_f64(count.max(1) as f64)
}

/// The weight of class or output `o`: 1 without weights, and the same for all if there is only one.
#[inline(always)]
pub(super) fn weight<T: Float>(weights: &[f64], o: usize) -> T {
    match weights {
        [] => T::ONE,
        [all] => T::from_f64(*all),
        each => T::from_f64(each[o]),
    }
}

/// Returns `−Σ t·y / c`, where `0·∞ = 0`, and sets `dy = −t / (c·samples)`. The sum is over all classes and pixels, and `c`
/// pixels have targets that are not all 0.
#[inline(always)]
pub fn negative_log_likelihood<T: Float>(Io { y, t, samples, pixels, dy }: Io<'_, T>) -> T {
    let count = counted(t, pixels);
    let all = T::from_f64(samples as f64) * count;
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in y.iter().zip(t).zip(dy) {
        sum.add(-*t * weighted(-*t, *y));
        *dy = -*t / all;
    }
    sum.value() / count
}

/// Returns `Σ o ((1 − t[o])·s(y[o]) + p·t[o]·s(−y[o])) / n` with `s(x) = ln(1 + eˣ) = max(x, 0) + ln(1 + exp(−|x|))`,
/// and sets `dy[o] = ((1 − t[o])·σ(y[o]) − p·t[o]·σ(−y[o])) / (n·samples)`. In the loss, `0·∞ = 0`.
///
/// `p` is the weight of the channel of `o`. In a vector, each output is a channel.
#[inline(always)]
pub fn binary_cross_entropy<T: Float>(positive_weights: &[f64], io: Io<'_, T>) -> T {
    let [n, all] = means(&io);
    let mut sum = Total::new(T::ZERO);
    for (o, ((y, t), dy)) in io.y.iter().zip(io.t).zip(io.dy).enumerate() {
        let (no, yes) = (T::ONE - *t, weight::<T>(positive_weights, o / io.pixels) * *t);
        let [power, more] = odds(*y);
        let soft = math::ln_1p(power);
        sum.add(no * weighted(no, Real::max(*y, T::ZERO) + soft));
        sum.add(yes * weighted(yes, Real::max(-*y, T::ZERO) + soft));
        let [sigma, rest] = sigmoids(*y, power, more);
        *dy = no.mul_add(sigma, -(yes * rest)) / all;
    }
    sum.value() / n
}

/// `exp(−|y|)`, and 1 more.
#[inline(always)]
fn odds<T: Float>(y: T) -> [T; 2] {
    let power = math::exp(-y.abs());
    [power, T::ONE + power]
}

/// `σ(y)` and `σ(−y)`, of [`odds`].
#[inline(always)]
fn sigmoids<T: Float>(y: T, power: T, more: T) -> [T; 2] {
    // σ(|y|) and σ(−|y|).
    let (above, below) = (T::ONE / more, power / more);
    if y < T::ZERO { [below, above] } else { [above, below] }
}

/// Returns `Σ o a·mᵞ·((1 − t[o])·s(y[o]) + t[o]·s(−y[o])) / n`, where `s(x) = ln(1 + eˣ)`,
/// `m = (1 − t[o])·σ(y[o]) + t[o]·σ(−y[o])` is the share that is wrong, and `a = α₀·(1 − t[o]) + α₁·t[o]`. Sets
/// `dy[o] = a·mᵞ·((σ(y[o]) − t[o]) + γ·(σ(y[o])·σ(−y[o])/m)·(1 − 2·t[o])·e) / (n·samples)`, where `e` is the factor after
/// `mᵞ`. In the loss and in its gradient, `0·∞ = 0`.
#[inline(always)]
pub fn focal<T: Float>(Focal { gamma, positive, negative }: Focal<T>, io: Io<'_, T>) -> T {
    let [n, all] = means(&io);
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in io.y.iter().zip(io.t).zip(io.dy) {
        let (no, yes) = (T::ONE - *t, *t);
        let [power, more] = odds(*y);
        let soft = math::ln_1p(power);
        let entropy = no * weighted(no, Real::max(*y, T::ZERO) + soft)
            + yes * weighted(yes, Real::max(-*y, T::ZERO) + soft);
        let [sigma, rest] = sigmoids(*y, power, more);
        // A NaN stays NaN: `max` returns its argument if either is NaN.
        let wrong = T::MIN_POSITIVE.max(no.mul_add(sigma, yes * rest));
        let factor = positive.mul_add(yes, negative * no) * math::exp(gamma * math::ln(wrong));
        sum.add(factor * entropy);
        let bend = gamma * (sigma * rest / wrong) * (no - yes);
        let slope = bend.mul_add(weighted(bend, entropy), no.mul_add(sigma, -(yes * rest)));
        *dy = factor * slope / all;
    }
    sum.value() / n
}

/// Returns `D = 1 − (2·Σ o p[o]·t[o] + s) / (Σ o (p[o] + t[o]) + s)` with `p = σ(y)`, and sets
/// `dy[o] = p[o]·(1 − p[o])·(1 − 2·t[o] − D) / ((Σ o (p[o] + t[o]) + s)·samples)`. `s` is `smooth`.
///
/// The loss is computed as `Σ o (p[o]·(1 − t[o]) + (1 − p[o])·t[o]) / (Σ o (p[o] + t[o]) + s)`, which is the same.
#[inline(always)]
pub fn dice<T: Float>(smooth: T, Io { y, t, samples, dy, .. }: Io<'_, T>) -> T {
    let [mut wrong, mut size] = [Total::new(T::ZERO); 2];
    for ((y, t), dy) in y.iter().zip(t).zip(&mut *dy) {
        let [power, more] = odds(*y);
        let [sigma, rest] = sigmoids(*y, power, more);
        wrong.add((T::ONE - *t).mul_add(sigma, *t * rest));
        size.add(sigma + *t);
        *dy = sigma * rest;
    }
    let size = size.value() + smooth;
    let loss = wrong.value() / size;
    let all = size * T::from_f64(samples as f64);
    for (t, dy) in t.iter().zip(dy) {
        *dy = *dy * ((T::ONE - (*t + *t)) - loss) / all;
    }
    loss
}

/// Returns `Σ o t[o]·(ln t[o] − y[o])`, and sets `dy[o] = −t[o] / samples`. A target of 0 adds nothing to the loss.
#[inline(always)]
pub fn kl_divergence<T: Float>(Io { y, t, samples, dy, .. }: Io<'_, T>) -> T {
    let samples = T::from_f64(samples as f64);
    let mut sum = Total::new(T::ZERO);
    for ((y, t), dy) in y.iter().zip(t).zip(dy) {
        let ln = if T::ZERO < t.abs() { math::ln(*t) } else { T::ZERO };
        sum.add(*t * weighted(*t, ln - *y));
        *dy = -*t / samples;
    }
    sum.value()
}

/// Returns `Σ o (1 − t[o])·max(0, margin − Σ j t[j]·y[j] + y[o]) / n`, and sets
/// `dy[o] = ((1 − t[o])·v[o] − t[o]·Σ j (1 − t[j])·v[j]) / (n·samples)`. `v` is 1 where the maximum is not 0, and 0
/// elsewhere. In the loss, `0·∞ = 0`.
#[inline(always)]
pub fn hinge<T: Float>(margin: T, io: Io<'_, T>) -> T {
    let [n, all] = means(&io);
    let Io { y, t, dy, .. } = io;
    let mut right = T::ZERO;
    for (y, t) in y.iter().zip(t) {
        right = t.mul_add(weighted(*t, *y), right);
    }
    let (mut sum, mut violations) = (Total::new(T::ZERO), T::ZERO);
    for ((y, t), dy) in y.iter().zip(t).zip(&mut *dy) {
        let short = margin - (right - *y);
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

/// The divisor of the loss for a mean over the outputs, and the divisor of its gradient.
#[inline(always)]
fn means<T: Float>(io: &Io<'_, T>) -> [T; 2] {
    let outputs = io.y.len();
    [outputs, outputs * io.samples].map(|number| T::from_f64(number as f64))
}
