use super::{Constants, exp2_halves, ln_of_parts};
use crate::{Float, Real};

/// The natural logarithm of `1 + x`. The expression `ln(1 + x)` would lose digits near zero; this function does not.
///
/// `1 + x = u + v` exactly, where `u` is the rounded sum. With `u = 2ⁿ·m` and `√½ ≤ m < √2`, `1 + x = 2ⁿ·(1 + f)` for
/// `f = (m − 1) + 2⁻ⁿ·v`. The rest is computed as in [`ln`](super::ln()). For `n = 0`, `f` is `x` itself.
///
/// Accuracy: at most 2 ulp from the true value.
///
/// Special values: `±0` gives `±0`; if `ln(1 + x)` rounds to `x`, the result is `x`; −1 gives −∞ and ∞ gives ∞; numbers
/// below −1 and NaN give NaN.
///
/// ```
/// use toddle_lanes::math::ln_1p;
///
/// assert_eq!(ln_1p(1e-300), 1e-300);
/// assert_eq!(ln_1p(1.0f32), std::f32::consts::LN_2);
/// assert_eq!(ln_1p(-1.0f64), f64::NEG_INFINITY);
/// ```
///
/// Method: the correction for the rounded sum is the correction of fdlibm's `s_log1p.c` (Sun Microsystems, 1993). The
/// exact sum is from Knuth, *The Art of Computer Programming*, vol. 2, 4.2.2.
#[inline(always)]
pub fn ln_1p<V: Real>(x: V) -> V {
    let c = |value| x.splat(value);
    let one = c(V::Scalar::ONE);
    let u = one + x;
    let from_x = u - one;
    let v = (one - (u - from_x)) + (x - from_x);

    // u = 2ⁿ·m, and √½ ≤ m < √2 where 1 ≤ 2m·√½ < 2.
    let n = (u * c(V::Scalar::SQRT_HALF)).exponent() + one;
    let [a, b] = exp2_halves(-n);
    let f = (u * a * b - one) + v * a * b;
    // Without `copysign`, the sign of a zero would be lost.
    let result = ln_of_parts(n, f).copysign(x);

    let result = V::select((-one).lt(x), result, c(V::Scalar::NEG_INFINITY));
    let result = V::select(x.lt(-one), c(V::Scalar::NAN), result);
    // The result for ∞ is ∞, and the result for NaN is NaN.
    V::select(x.lt(c(V::Scalar::INFINITY)), result, x)
}
