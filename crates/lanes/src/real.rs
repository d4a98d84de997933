//! Arithmetic that is written in the same way for one element and for sixteen.

use core::fmt::Debug;
use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::Float;

/// A real number, or sixteen real numbers side by side: the type of the formulas.
///
/// `f32`, `f64` and the vectors of every instruction set implement it. Each operation is rounded once, so that a
/// formula gives the same bits with all of these types.
pub trait Real:
    Copy
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The type of one element.
    type Scalar: Float;
    /// The result of a comparison: one truth value for each element.
    type Mask: Copy;

    /// `value` in every lane. (`self` is only the proof that such a vector may be made.)
    fn splat(self, value: Self::Scalar) -> Self;

    /// `self · factor + term`, rounded once.
    fn mul_add(self, factor: Self, term: Self) -> Self;

    /// The absolute value: the sign bit cleared.
    fn abs(self) -> Self;

    /// The square root, rounded once. `√−0 = −0`, and the root of a negative number is NaN.
    fn sqrt(self) -> Self;

    /// `self` with the sign bit of `sign`.
    fn copysign(self, sign: Self) -> Self;

    /// The larger of the two; `other` if they are equal or if either is NaN.
    fn max(self, other: Self) -> Self;

    /// The smaller of the two; `other` if they are equal or if either is NaN.
    fn min(self, other: Self) -> Self;

    /// 2ⁿ, exactly, for an integer `self = n` if 2ⁿ is a normal number. For other numbers the result is unspecified.
    fn exp2i(self) -> Self;

    /// `⌊log₂ self⌋`, exactly, for a positive normal number. For other numbers the result is unspecified.
    fn exponent(self) -> Self;

    /// Whether `self < other`; false if either is NaN.
    fn lt(self, other: Self) -> Self::Mask;

    /// `yes` where the mask is true, `no` elsewhere.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// `self`, with every NaN replaced by the canonical one: positive, quiet, without a payload.
    ///
    /// The CPU, and the order in which the compiler writes the operands, decide which NaN an operation returns.
    fn canonical(self) -> Self;
}
