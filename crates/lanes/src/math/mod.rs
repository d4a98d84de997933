//! The elementary functions of neural networks, with the same bits on every machine.
//!
//! Each function is one formula over [`Real`] without branches. It reduces the argument, evaluates a polynomial by
//! fused multiply-adds, and computes the result from both. One element, and sixteen elements with any instruction set,
//! run the same operations. Each operation is rounded once, so all give the same bits. The math library of the system
//! differs between machines. Only its `fma` is used, which is exact.
//!
//! | function | guaranteed | worst of all 2³² `f32` | worst of 2²⁸ random `f64` |
//! |---|---|---|---|
//! | [`exp`] | 1 ulp | 0.916 | 0.933 |
//! | [`ln`] | 1 ulp | 0.840 | 0.817 |
//! | [`tanh`] | 2 ulp | 1.525 | 1.611 |
//! | [`sigmoid`] | 2 ulp | 1.563 | 1.403 |
//! | [`expm1`] | 2 ulp | 1.305 of each 251st | 1.431 of 10⁷ |
//! | [`ln_1p`] | 2 ulp | 1.371 of each 251st | 1.217 of 10⁷ |
//! | [`erf`] | 2 ulp | 1.084 of each 251st | 1.146 of 10⁷ |
//!
//! The numbers are distances from the true value, also for subnormal numbers. The unit is the unit in the last place of
//! the rounded true value. `cargo run --release -p toddle-bench -- math` measures them. The tests of this crate measure
//! a sample of the arguments, and the difficult arguments, for which the tests have the true values to thirty digits.
//!
//! Each polynomial has the smallest possible maximum error on its interval (Remez exchange). `coefficients.py`, beside
//! the sources, computes the polynomials. Methods: Jean-Michel Muller et al., *Handbook of Floating-Point Arithmetic*,
//! 2nd ed., chapters 4 and 10; William J. Cody and William Waite, *Software Manual for the Elementary Functions*, 1980.

mod constants;
mod erf;
mod exp;
mod expm1;
mod ln;
mod ln_1p;
mod sigmoid;
mod tanh;

pub use erf::erf;
pub use exp::exp;
pub use expm1::expm1;
pub use ln::ln;
pub use ln_1p::ln_1p;
pub use sigmoid::sigmoid;
pub use tanh::tanh;

pub(crate) use constants::Constants;

use crate::{Float, Real};

/// `Σ coefficients[k]·xᵏ`, by Horner's rule.
#[inline(always)]
fn polynomial<V: Real>(coefficients: &[V::Scalar], x: V) -> V {
    let mut k = coefficients.len() - 1;
    let mut sum = x.splat(coefficients[k]);
    // A loop, because the compiler may not inline the `fold` of an iterator. Then `fold` is compiled without the
    // features of the CPU.
    while k > 0 {
        k -= 1;
        sum = sum.mul_add(x, x.splat(coefficients[k]));
    }
    sum
}

/// The integer nearest to `a·b`, ties to even, for a product well below 2ᵖ⁻².
#[inline(always)]
fn round_product<V: Real>(a: V, b: V::Scalar) -> V {
    let rounder = a.splat(V::Scalar::ROUNDER);
    a.mul_add(a.splat(b), rounder) - rounder
}

/// `x − n·(high + low)`. If `n·high` is close to `x`, the first step is exact, because `mul_add` does not round the
/// product.
#[inline(always)]
fn reduce<V: Real>(x: V, n: V, [high, low]: [V::Scalar; 2]) -> V {
    n.mul_add(x.splat(-low), n.mul_add(x.splat(-high), x))
}

/// [`reduce`], and the error of its last rounding.
#[inline(always)]
fn reduce_in_two<V: Real>(x: V, n: V, [high, low]: [V::Scalar; 2]) -> [V; 2] {
    let first = n.mul_add(x.splat(-high), x);
    let r = n.mul_add(x.splat(-low), first);
    [r, n.mul_add(x.splat(-low), first - r)]
}

/// 2ⁿ as the product of two normal numbers. Multiplying by one and then by the other rounds only once, even if the
/// result is subnormal: only the second product can be subnormal.
#[inline(always)]
fn exp2_halves<V: Real>(n: V) -> [V; 2] {
    let half = round_product(n, V::Scalar::HALF);
    [half.exp2i(), (n - half).exp2i()]
}

/// `n`, `r` and `s` with `h = n·(ln 2)/2 + r`, `|r| ≤ (ln 2)/4` and `r·coth r = 1 + s`.
///
/// This reduction is for a quotient of exponentials: `e²ʰ = 2ⁿ·(1 + s + r)/(1 + s − r)`. `s` is an even function of
/// `r`. So its polynomial has half as many terms as a polynomial for `eʳ`.
#[inline(always)]
fn coth_reduction<V: Real>(h: V) -> [V; 3] {
    let n = round_product(h, V::Scalar::LOG2_E + V::Scalar::LOG2_E);
    let r = reduce(h, n, V::Scalar::HALF_LN_2);
    let z = r * r;
    [n, r, z * polynomial(V::Scalar::COTH, z)]
}

/// `ln(2ⁿ·(1 + f)) = n·ln 2 + ln(1 + f)` for `√½ ≤ 1 + f < √2`: with `s = f/(2 + f)`,
/// `ln(1 + f) = ln((1+s)/(1−s)) = f − (f²/2 − s·(f²/2 + s²·q(s²)))`, where `q` is a polynomial.
#[inline(always)]
fn ln_of_parts<V: Real>(n: V, f: V) -> V {
    let c = |value| f.splat(value);
    let one = c(V::Scalar::ONE);
    let s = f / (f + one + one);
    let z = s * s;
    let half = f * f * c(V::Scalar::HALF);
    let (high, low) = (c(V::Scalar::LN_2[0]), c(V::Scalar::LN_2[1]));
    let inner = s.mul_add(z.mul_add(polynomial(V::Scalar::LN, z), half), n * low);
    n.mul_add(high, f - (half - inner))
}
