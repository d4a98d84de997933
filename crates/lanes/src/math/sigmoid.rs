use super::{Constants, coth_reduction, exp2_halves};
use crate::{Float, Real};

/// The logistic function: squeezes any number into (0, 1).
///
/// `σ(x) = 1/(1 + e⁻ˣ)`. With `−|x|/2 = n·(ln 2)/2 + r` and `c = r·coth r` it is `e^−|x| = 2ⁿ·(c+r)/(c−r)`, so
///
/// `σ(−|x|) = 2ⁿ·(c+r) / (2ⁿ·(c+r) + (c−r))` and `σ(|x|) = (c−r) / (2ⁿ·(c+r) + (c−r))`.
///
/// Accuracy: at most 2 ulp from the true value; `σ(x) ≈ eˣ` fades through the subnormal numbers to 0.
///
/// Special values: `σ(±0) = 1/2`, `σ(−∞) = 0`, `σ(∞) = 1`; NaN gives NaN.
///
/// ```
/// use toddle_lanes::math::sigmoid;
///
/// assert_eq!(sigmoid(0.0f32), 0.5);
/// assert_eq!(sigmoid(f64::INFINITY), 1.0);
/// assert!(sigmoid(-100.0f32) > 0.0);
/// ```
///
/// Method: the exponential of [`tanh`](super::tanh()).
#[inline(always)]
pub fn sigmoid<V: Real>(x: V) -> V {
    // A NaN passes: `max` gives back its argument where either is NaN.
    let y = x.splat(V::Scalar::EXP_LOW).max(-x.abs());
    let [n, r, s] = coth_reduction(y * x.splat(V::Scalar::HALF));
    let [a, b] = exp2_halves(n);
    let one = x.splat(V::Scalar::ONE);
    let (plus, minus) = (s + r + one, s - r + one);
    let sum = (a * b).mul_add(plus, minus);
    let negative = x.lt(x.splat(V::Scalar::ZERO));
    let quotient = V::select(negative, plus, minus) / sum;
    V::select(negative, quotient * a * b, quotient)
}
