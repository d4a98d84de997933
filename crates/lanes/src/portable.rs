//! Sixteen lanes as an array: for any CPU. The compiler may use vector instructions for the loops over the array.
//!
//! If the CPU has no fused multiply-add, `mul_add` is computed in software. The bits are the same, but it is slow.

use core::marker::PhantomData;
use core::ops::{Add, Div, Mul, Neg, Range, Sub};

use crate::isa::Compiled;
use crate::simd::{Kernel, LANES, Part, Simd, places, tree_sum};
use crate::{Float, Real, array, fused, philox};

/// The token of the portable instruction set.
#[derive(Clone, Copy, Debug)]
pub struct Portable<T>(PhantomData<T>);

/// Sixteen elements.
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
        let fused = if fused::EVERYWHERE { fused::lanes } else { fused::mul_add };
        Array(fused(&self.0, &factor.0, &term.0))
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
    #[inline(always)]
    fn canonical(self) -> Self {
        self.map(T::canonical)
    }
}

impl<T: Float> Simd for Portable<T> {
    type T = T;
    type V = Array<T>;
    type Part = Portable<T>;

    const NATIVE: bool = false;
    const PARTS: usize = 1;
    /// A vector is an array in memory. Small tiles are compiled sooner.
    const TILE_REGISTERS: usize = 2;
    const FIRST_LEVEL: usize = 32 << 10;
    const SECOND_LEVEL: usize = 256 << 10;

    #[inline(always)]
    unsafe fn assume() -> Self {
        Portable(PhantomData)
    }

    #[inline(always)]
    fn outline<K: Kernel<T>>(self, kernel: K) -> K::Output {
        kernel.portable()
    }

    #[inline(always)]
    fn parts(self) -> impl Iterator<Item = Self> {
        core::iter::once(self)
    }
    #[inline(always)]
    fn part(self) -> Self {
        self
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
    fn load_partial(self, from: &[T]) -> Array<T> {
        let mut lanes = [T::ZERO; LANES];
        for (lane, x) in lanes.iter_mut().zip(from) {
            *lane = *x;
        }
        Array(lanes)
    }
    #[inline(always)]
    fn store_partial(self, vector: Array<T>, to: &mut [T]) {
        for (x, lane) in to.iter_mut().zip(vector.0) {
            *x = lane;
        }
    }
    #[inline(always)]
    fn mask(self, range: Range<usize>) -> [bool; LANES] {
        array!(|l| range.contains(&l))
    }
    #[inline(always)]
    fn philox(self, [a, b, c, d]: [u32; 4], key: [u32; 2]) -> [[u32; LANES]; 4] {
        let mut words = [[0; LANES]; 4];
        for l in 0..LANES {
            [words[0][l], words[1][l], words[2][l], words[3][l]] =
                philox([a, b.wrapping_add(l as u32), c, d], key);
        }
        words
    }
    #[inline(always)]
    fn below(self, words: &[u32; LANES], limit: u32) -> [bool; LANES] {
        array!(|l| words[l] < limit)
    }
    #[inline(always)]
    fn sum(self, vector: Array<T>) -> T {
        tree_sum(vector.0)
    }
    #[inline(always)]
    fn transpose(self, from: [&[T; LANES]; LANES], to: [&mut [T; LANES]; LANES]) {
        for (j, to) in to.into_iter().enumerate() {
            *to = array!(|i| from[i][j]);
        }
    }
}

impl<T: Float> Part for Portable<T> {
    type T = T;
    type R = Array<T>;

    const WIDTH: usize = LANES;

    #[inline(always)]
    fn splat(self, value: T) -> Array<T> {
        Simd::splat(self, value)
    }
    #[inline(always)]
    fn load(self, from: &[T; LANES]) -> Array<T> {
        Simd::load(self, from)
    }
    #[inline(always)]
    fn store(self, register: Array<T>, to: &mut [T; LANES]) {
        Simd::store(self, register, to);
    }
    #[inline(always)]
    fn read(self, from: &[T]) -> Array<T> {
        Array(*from.first_chunk().expect("as many numbers as a register has"))
    }
    #[inline(always)]
    fn read_lanes(self, from: &[T], at: isize, lanes: Range<usize>) -> Array<T> {
        let mut numbers = [T::ZERO; LANES];
        let (lanes, places) = places(from, at, lanes, LANES);
        numbers[lanes].copy_from_slice(&from[places]);
        Array(numbers)
    }
    #[inline(always)]
    fn write(self, register: Array<T>, to: &mut [T]) {
        self.store_partial(register, to);
    }
    #[inline(always)]
    fn mask(self, range: Range<usize>) -> [bool; LANES] {
        Simd::mask(self, range)
    }
}
