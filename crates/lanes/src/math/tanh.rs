use super::{Constants, coth_reduction};
use crate::{Float, Real};

/// The hyperbolic tangent: maps any number to a number between −1 and 1. Near zero, `tanh x` is close to `x`.
///
/// `tanh x = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)`. With `|x| = n·(ln 2)/2 + r` and `c = r·coth r`, the addition formula of tanh is
///
/// `tanh |x| = ((2ⁿ−1)·c + (2ⁿ+1)·r) / ((2ⁿ+1)·c + (2ⁿ−1)·r)`,
///
/// The only polynomial, for `c`, is even in `r` and short. With `t = min(n/4, 1)`, which is close to the result, this
/// equals
///
/// `tanh |x| = t + (((1−t)·2ⁿ − (1+t))·c + ((1−t)·2ⁿ + (1+t))·r) / ((2ⁿ+1)·c + (2ⁿ−1)·r)`:
///
/// So the roundings of the quotient, which count double near 1, only affect a small correction. For small `x`, where
/// `n = 0`, the formula is just `r/c`.
///
/// Accuracy: at most 2 ulp from the true value.
///
/// Special values: exactly odd; `tanh ±0 = ±0`; if `tanh x` rounds to `x`, the result is `x`; `tanh ±∞ = ±1`; NaN gives
/// NaN.
///
/// ```
/// use toddle_lanes::math::tanh;
///
/// assert_eq!(tanh(f64::INFINITY), 1.0);
/// assert_eq!(tanh(-0.5f32), -tanh(0.5));
/// assert_eq!(tanh(1e-300), 1e-300);
/// ```
///
/// Method: the exponential is computed from the even function `r·coth r`, as in fdlibm's `e_exp.c` (Sun Microsystems,
/// 1993).
#[inline(always)]
pub fn tanh<V: Real>(x: V) -> V {
    // A NaN stays NaN: `min` returns its argument if either is NaN.
    let h = x.splat(V::Scalar::TANH_ONE).min(x.abs());
    let [n, r, s] = coth_reduction(h);
    let (power, one) = (n.exp2i(), x.splat(V::Scalar::ONE));
    let (less, more) = (power - one, power + one);
    let t = one.min(n * x.splat(V::Scalar::QUARTER));
    // Numerator and denominator are u·c + v·r with c = 1 + s. The 1 is added last. So the values that are rounded
    // before are small.
    let (u, v) = (power.mul_add(one - t, -(one + t)), power.mul_add(one - t, one + t));
    let numerator = v.mul_add(r, u * s) + u;
    let denominator = less.mul_add(r, more * s) + more;
    (t + numerator / denominator).copysign(x)
}
