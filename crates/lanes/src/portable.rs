//! Sixteen lanes as an array: any CPU, and the compiler's own vectors where it finds them.
//!
//! Without a fused multiply-add in hardware `mul_add` runs in software: the same bits, slowly.

use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Neg, Range, Sub};

use crate::array;
use crate::simd::{LANES, Simd, tree_sum};
use crate::{Float, Real};

/// The token of the portable form.
#[derive(Clone, Copy, Debug)]
pub struct Portable<T>(PhantomData<T>);

/// Sixteen numbers.
#[derive(Clone, Copy, Debug)]
pub struct Array<T>([T; LANES]);

impl<T: Float> Array<T> {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(T, T) -> T) -> Self {
        Array(array!(|l| f(self.0[l], other.0[l])))
    }

    #[inline(always)]
    fn map(self, f: impl Fn(T) -> T) -> Self {
        Array(array!(|l| f(self.0[l])))
    }
}

macro_rules! operators {
    ($($trait:ident $op:ident),*) => {$(
        impl<T: Float> $trait for Array<T> {
            type Output = Self;
            #[inline(always)]
            fn $op(self, other: Self) -> Self {
                self.zip(other, T::$op)
            }
        }
    )*};
}
operators!(Add add, Sub sub, Mul mul, Div div);

impl<T: Float> Neg for Array<T> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(T::neg)
    }
}

impl<T: Float> Real for Array<T> {
    type Scalar = T;
    type Mask = [bool; LANES];

    #[inline(always)]
    fn splat(self, value: T) -> Self {
        Array([value; LANES])
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Array(array!(|l| self.0[l].mul_add(factor.0[l], term.0[l])))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        self.map(T::abs)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(T::sqrt)
    }
    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        self.zip(sign, T::copysign)
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, T::max)
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, T::min)
    }
    #[inline(always)]
    fn exp2i(self) -> Self {
        self.map(T::exp2i)
    }
    #[inline(always)]
    fn exponent(self) -> Self {
        self.map(T::exponent)
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Self::Mask {
        array!(|l| self.0[l] < other.0[l])
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        Array(array!(|l| if mask[l] { yes.0[l] } else { no.0[l] }))
    }
}

impl<T: Float> Simd for Portable<T> {
    type T = T;
    type V = Array<T>;

    const REGISTERS: usize = 8;

    #[inline(always)]
    unsafe fn assume() -> Self {
        Portable(PhantomData)
    }

    #[inline(always)]
    fn splat(self, value: T) -> Array<T> {
        Array([value; LANES])
    }
    #[inline(always)]
    fn load(self, from: &[T; LANES]) -> Array<T> {
        Array(*from)
    }
    #[inline(always)]
    fn store(self, vector: Array<T>, to: &mut [T; LANES]) {
        *to = vector.0;
    }
    #[inline(always)]
    fn load_part(self, from: &[T]) -> Array<T> {
        let mut lanes = [T::ZERO; LANES];
        for (lane, x) in lanes.iter_mut().zip(from) {
            *lane = *x;
        }
        Array(lanes)
    }
    #[inline(always)]
    fn store_part(self, vector: Array<T>, to: &mut [T]) {
        for (x, lane) in to.iter_mut().zip(vector.0) {
            *x = lane;
        }
    }
    #[inline(always)]
    fn mask(self, range: Range<usize>) -> [bool; LANES] {
        array!(|l| range.contains(&l))
    }
    #[inline(always)]
    fn sum(self, vector: Array<T>) -> T {
        tree_sum(vector.0)
    }
}
