//! Noise: normal random numbers are added to the elements.
//!
//! `y[i] = x[i] + σ·n[i]`, where `n[i]` is a normal random number with mean 0 and deviation 1. It is a function of the
//! seed, the layer, the step, the sample and `i`. Backward is `dx = dy`.
//!
//! Two random words `a` and `b` make a normal number by Box and Muller's method: with `u = (a + ½)/2³²` and
//! `v = (b + ½)/2³²`, it is `√(−2·ln u) · cos(2πv)`.

pub mod block;
pub mod reference;
pub mod row;

use toddle_lanes::{Float, Real, math};

/// `(word + ½)/2³²`, rounded: from just above 0 to at most 1.
#[inline(always)]
pub fn share<T: Float>(word: u32) -> T {
    T::from_f64((f64::from(word) + 0.5) / 4_294_967_296.0)
}

/// `√(−2·ln u) · cos(2πv)`, for `u` and `v` from above 0 to 1.
#[inline(always)]
pub fn normal<V: Real>(u: V, v: V) -> V {
    let c = |value| u.splat(V::Scalar::from_f64(value));
    // cos(2πv) = 2·sin²(π(v − ½)) − 1, where the angle is between −π/2 and π/2.
    let angle = c(core::f64::consts::PI) * (v - c(0.5));
    let square = angle * angle;
    // sin a = a·(1 − a²/(2·3)·(1 − a²/(4·5)·(1 − …))): ten terms are enough for the digits of `f64`.
    let mut series = c(1.0);
    for k in (1..=10).rev() {
        let k = 2.0 * f64::from(k);
        series = (c(-1.0 / (k * (k + 1.0))) * square).mul_add(series, c(1.0));
    }
    let sine = angle * series;
    let cosine = (c(2.0) * sine).mul_add(sine, c(-1.0));
    (c(-2.0) * math::ln(u)).sqrt() * cosine
}
