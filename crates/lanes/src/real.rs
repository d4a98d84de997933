//! Arithmetic that reads the same for one number and for sixteen.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::Float;

/// A real number, or sixteen of them side by side: what formulas are written in.
///
/// `f32`, `f64` and the vectors of every form implement it, each operation rounded once, so that a formula gives the
/// same bits whichever of them it runs on.
pub trait Real:
    Copy
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The type of one number.
    type Scalar: Float;
    /// The outcome of a comparison, one truth value for each number.
    type Mask: Copy;

    /// `value` in every place. (`self` is only the proof that such a vector may be made.)
    fn splat(self, value: Self::Scalar) -> Self;

    /// `self · factor + term`, rounded once.
    fn mul_add(self, factor: Self, term: Self) -> Self;

    /// The absolute value: the sign bit cleared.
    fn abs(self) -> Self;

    /// The square root, rounded once; `√−0 = −0`, and NaN of numbers below.
    fn sqrt(self) -> Self;

    /// `self` with the sign bit of `sign`.
    fn copysign(self, sign: Self) -> Self;

    /// The larger of the two; `other` where they are equal or either is NaN.
    fn max(self, other: Self) -> Self;

    /// The smaller of the two; `other` where they are equal or either is NaN.
    fn min(self, other: Self) -> Self;

    /// 2ⁿ, exactly, for an integer `self = n` whose power is a normal number. Of other numbers, no particular one.
    fn exp2i(self) -> Self;

    /// `⌊log₂ self⌋`, exactly, for a positive normal number. Of other numbers, no particular one.
    fn exponent(self) -> Self;

    /// Where `self < other`; false where either is NaN.
    fn lt(self, other: Self) -> Self::Mask;

    /// `yes` where the mask is true, `no` elsewhere.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// `self`, with every NaN replaced by the canonical one: positive, quiet, without a payload.
    ///
    /// Which NaN an operation returns depends on the CPU and on the order in which a compiler writes its operands.
    fn canonical(self) -> Self;
}
