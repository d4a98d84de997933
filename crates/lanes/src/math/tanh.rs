use super::{Constants, coth_reduction};
use crate::{Float, Real};

/// The hyperbolic tangent: squeezes any number into (−1, 1), and is its own argument near zero.
///
/// `tanh x = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)`. With `|x| = n·(ln 2)/2 + r` and `c = r·coth r`, the sum formula of tanh is
///
/// `tanh |x| = ((2ⁿ−1)·c + (2ⁿ+1)·r) / ((2ⁿ+1)·c + (2ⁿ−1)·r)`,
///
/// whose only polynomial, `c`, is even in `r` and short, and which has no cancellation: for small `x`, where `n = 0`, it
/// is `r/c`.
///
/// Accuracy: at most 2 ulp from the true value.
///
/// Special values: odd to the bit; `tanh ±0 = ±0`, and so with all numbers so small that `tanh x` rounds to `x`;
/// `tanh ±∞ = ±1`; NaN gives NaN.
///
/// ```
/// use toddle_lanes::math::tanh;
///
/// assert_eq!(tanh(f64::INFINITY), 1.0);
/// assert_eq!(tanh(-0.5f32), -tanh(0.5));
/// assert_eq!(tanh(1e-300), 1e-300);
/// ```
///
/// Method: the even function `r·coth r` carries the exponential of fdlibm's `e_exp.c` (Sun Microsystems, 1993).
#[inline(always)]
pub fn tanh<V: Real>(x: V) -> V {
    // A NaN passes: `min` gives back its argument where either is NaN.
    let h = x.splat(V::Scalar::TANH_ONE).min(x.abs());
    let [n, r, s] = coth_reduction(h);
    let (power, one) = (n.exp2i(), x.splat(V::Scalar::ONE));
    let (less, more) = (power - one, power + one);
    let t = one.min(n * x.splat(V::Scalar::QUARTER));
    // The parts of the quotient are u·c + v·r. As c = 1 + s, add the 1 last: roundings of smaller numbers go before.
    let (u, v) = (power.mul_add(one - t, -(one + t)), power.mul_add(one - t, one + t));
    let numerator = v.mul_add(r, u * s) + u;
    let denominator = less.mul_add(r, more * s) + more;
    (t + numerator / denominator).copysign(x)
}
