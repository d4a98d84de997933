use super::{Constants, coth_reduction, exp2_halves};
use crate::{Float, Real};

/// The logistic function: maps any number to a number between 0 and 1.
///
/// `σ(x) = 1/(1 + e⁻ˣ)`. With `−|x|/2 = n·(ln 2)/2 + r` and `c = r·coth r`, `e^−|x| = 2ⁿ·(c+r)/(c−r)`, so
///
/// `σ(−|x|) = 2ⁿ·(c+r) / ((1+2ⁿ)·c − (1−2ⁿ)·r)` and `σ(|x|) = 1 − σ(−|x|)`.
///
/// As in [`tanh`](super::tanh()), the quotient is computed as a correction `q` to a number `t = min(1/2 − n/8, 1)`,
/// which is close to the quotient:
///
/// `σ(−|x|) = 2ⁿ·(t + q)` with `q = ((1 − t − t·2ⁿ)·c + (1 + t − t·2ⁿ)·r) / ((1+2ⁿ)·c − (1−2ⁿ)·r)`.
///
/// Accuracy: at most 2 ulp from the true value. For very negative `x`, `σ(x) ≈ eˣ` becomes subnormal and then 0.
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
/// Method: the quotient of exponentials is computed as in [`tanh`](super::tanh()).
#[inline(always)]
pub fn sigmoid<V: Real>(x: V) -> V {
    // A NaN stays NaN: `max` returns its argument if either is NaN.
    let y = x.splat(V::Scalar::EXP_LOW).max(-x.abs());
    let [n, r, s] = coth_reduction(y * x.splat(V::Scalar::HALF));
    let [a, b] = exp2_halves(n);
    let (power, one) = (a * b, x.splat(V::Scalar::ONE));
    let t = one.min(n.mul_add(x.splat(-V::Scalar::EIGHTH), x.splat(V::Scalar::HALF)));
    let (u, v) = (t.mul_add(-power, one - t), t.mul_add(-power, one + t));
    let (less, more) = (power - one, power + one);
    // As c = 1 + s, the 1 is added last. So the values that are rounded before are small.
    let numerator = v.mul_add(r, u * s) + u;
    let denominator = less.mul_add(r, more * s) + more;
    let q = numerator / denominator;
    let below = (t + q) * a * b;
    let above = q.mul_add(-power, t.mul_add(-power, one));
    V::select(x.lt(x.splat(V::Scalar::ZERO)), below, above)
}
