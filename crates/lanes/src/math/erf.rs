use super::{Constants, exp, polynomial};
use crate::{Float, Real};

/// The error function: the probability that a normally distributed value is within `√2·x` standard deviations of its
/// mean.
///
/// `erf x = 2/√π · ∫ e^−t² dt` from 0 to `x`. For `|x| < 1` it is computed as `erf x = x + x·q(x²)`, and for larger
/// `|x|` as `erf |x| = 1 − e^−p(|x|)`. `q` and `p` are polynomials.
///
/// Accuracy: at most 2 ulp from the true value.
///
/// Special values: exactly odd; `erf ±0 = ±0`; `erf ±∞ = ±1`; NaN gives NaN.
///
/// ```
/// use toddle_lanes::math::erf;
///
/// assert_eq!(erf(f64::INFINITY), 1.0);
/// assert_eq!(erf(-0.5f32), -erf(0.5));
/// assert_eq!(erf(0.0), 0.0);
/// ```
///
/// Method: Abramowitz and Stegun, *Handbook of Mathematical Functions*, 7.1, for the series. The logarithm of `erfc` is
/// smooth, and its error has little effect where `erfc` is small.
#[inline(always)]
pub fn erf<V: Real>(x: V) -> V {
    let one = x.splat(V::Scalar::ONE);
    let near = x.mul_add(polynomial(V::Scalar::ERF, x * x), x);
    // A NaN stays NaN: `min` returns its argument if either is NaN.
    let t = x.splat(V::Scalar::ERF_ONE).min(x.abs());
    let far = one - exp(-polynomial(V::Scalar::LN_ERFC, t));
    V::select(x.abs().lt(one), near, far.copysign(x))
}
