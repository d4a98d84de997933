//! Sixteen lanes in `N` registers, for every instruction set that has vector instructions.
//!
//! One generic type serves all pairs of instruction set and number type. The differences between them are the methods of
//! [`Register`]. A new instruction set is one file beside `x86` and `neon.rs`:
//!
//! - `impl Register` for its register of `f32` and for its register of `f64`, and `impl Words` for its register of
//!   words.
//! - a type alias of [`Token`] for each number type, which `float.rs` names: sixteen `f32` are four registers of NEON.
//! - `isa.rs` gets the name, the detection, and the entry point with the features.

mod register;
mod words;

use core::marker::PhantomData;
use core::ops::{Add, Div, Mul, Neg, Range, Sub};

use crate::array;
use crate::simd::{Kernel, LANES, Part, Simd, places};
use crate::{Float, Real};
pub use register::Register;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) use register::arithmetic;
pub(crate) use register::zipped;
pub use words::Words;

/// The proof that the CPU has the instructions of `R`. A token is made only if the detection has found them.
#[derive(Clone, Copy, Debug)]
pub struct Token<R, const N: usize>(PhantomData<R>);

/// Sixteen elements in `N` registers. Only a [`Token`] makes it, so it is the same proof.
#[derive(Clone, Copy, Debug)]
pub struct Wide<R, const N: usize>([R; N]);

/// Register `n` of a [`Wide`]. Only a [`Token`] makes it, so it is the same proof. `n < N`.
#[derive(Clone, Copy, Debug)]
pub struct WidePart<R, const N: usize> {
    n: usize,
    proof: PhantomData<R>,
}

macro_rules! operators {
    ($($trait:ident $op:ident),*) => {$(
        impl<R: Register, const N: usize> $trait for Wide<R, N> {
            type Output = Self;
            #[inline(always)]
            fn $op(self, other: Self) -> Self {
                // SAFETY: a `Wide` comes from a `Token`, which proves the features.
                Wide(array!(|n| unsafe { self.0[n].$op(other.0[n]) }))
            }
        }
    )*};
}
operators!(Add add, Sub sub, Mul mul, Div div);

impl<R: Register, const N: usize> Neg for Wide<R, N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        // SAFETY: a `Wide` comes from a `Token`, which proves the features.
        Wide(array!(|n| unsafe { self.0[n].neg() }))
    }
}

// SAFETY, for every block of this `impl`: a `Wide` comes from a `Token`, which proves the features.
#[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the whole block")]
impl<R: Register, const N: usize> Real for Wide<R, N> {
    type Scalar = R::T;
    type Mask = [R::Mask; N];

    #[inline(always)]
    fn splat(self, value: R::T) -> Self {
        Wide([unsafe { R::splat(value) }; N])
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Wide(array!(|n| unsafe { self.0[n].mul_add(factor.0[n], term.0[n]) }))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Wide(array!(|n| unsafe { self.0[n].abs() }))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Wide(array!(|n| unsafe { self.0[n].sqrt() }))
    }
    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        Wide(array!(|n| unsafe { self.0[n].copysign(sign.0[n]) }))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Wide(array!(|n| unsafe { self.0[n].max(other.0[n]) }))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Wide(array!(|n| unsafe { self.0[n].min(other.0[n]) }))
    }
    #[inline(always)]
    fn exp2i(self) -> Self {
        Wide(array!(|n| unsafe { self.0[n].exp2i() }))
    }
    #[inline(always)]
    fn exponent(self) -> Self {
        Wide(array!(|n| unsafe { self.0[n].exponent() }))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Self::Mask {
        array!(|n| unsafe { self.0[n].lt(other.0[n]) })
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        Wide(array!(|n| unsafe { R::select(mask[n], yes.0[n], no.0[n]) }))
    }
    #[inline(always)]
    fn canonical(self) -> Self {
        Wide(array!(|n| unsafe { self.0[n].canonical() }))
    }
}

impl<R: Register, const N: usize> Simd for Token<R, N> {
    type T = R::T;
    type V = Wide<R, N>;
    type Part = WidePart<R, N>;

    const NATIVE: bool = true;
    const PARTS: usize = N;
    const TILE_REGISTERS: usize = R::TILE_REGISTERS;
    const FIRST_LEVEL: usize = R::FIRST_LEVEL;
    const SECOND_LEVEL: usize = R::SECOND_LEVEL;

    #[inline(always)]
    unsafe fn assume() -> Self {
        Token(PhantomData)
    }

    #[inline(always)]
    fn outline<K: Kernel<R::T>>(self, kernel: K) -> K::Output {
        // SAFETY: `self` proves the features.
        unsafe { R::outline(kernel) }
    }

    #[inline(always)]
    fn parts(self) -> impl Iterator<Item = WidePart<R, N>> {
        (0..N).map(move |n| WidePart { n, proof: PhantomData })
    }
    #[inline(always)]
    fn part(self) -> WidePart<R, N> {
        WidePart { n: 0, proof: PhantomData }
    }
    #[inline(always)]
    fn splat(self, value: R::T) -> Self::V {
        // SAFETY: `self` proves the features.
        Wide([unsafe { R::splat(value) }; N])
    }
    #[inline(always)]
    fn load(self, from: &[R::T; LANES]) -> Self::V {
        // SAFETY: `self` proves the features; N registers of R::LANES are the sixteen elements of `from`.
        Wide(array!(|n| unsafe { R::load(from.as_ptr().add(n * R::LANES)) }))
    }
    #[inline(always)]
    fn store(self, vector: Self::V, to: &mut [R::T; LANES]) {
        for (n, register) in vector.0.into_iter().enumerate() {
            // SAFETY: `self` proves the features; N registers of R::LANES are the sixteen elements of `to`.
            unsafe { register.store(to.as_mut_ptr().add(n * R::LANES)) }
        }
    }
    #[inline(always)]
    fn load_partial(self, from: &[R::T]) -> Self::V {
        if let Some(from) = from.first_chunk() {
            return self.load(from);
        }
        Wide(array!(|n| {
            let count = from.len().saturating_sub(n * R::LANES).min(R::LANES);
            let from = from.as_ptr().wrapping_add(n * R::LANES);
            // SAFETY: `self` proves the features; only elements before the end of `from` are read.
            unsafe {
                match count {
                    0 => R::splat(R::T::ZERO),
                    count if count == R::LANES => R::load(from),
                    _ => R::load_partial(from, R::mask((1 << count) - 1)),
                }
            }
        }))
    }
    #[inline(always)]
    fn store_partial(self, vector: Self::V, to: &mut [R::T]) {
        if let Some(to) = to.first_chunk_mut() {
            return self.store(vector, to);
        }
        for (n, register) in vector.0.into_iter().enumerate() {
            let count = to.len().saturating_sub(n * R::LANES);
            // SAFETY: `self` proves the features; only lanes before the end of `to` are written.
            unsafe { register.store_partial(to.as_mut_ptr().wrapping_add(n * R::LANES), count) }
        }
    }
    #[inline(always)]
    fn mask(self, range: Range<usize>) -> [R::Mask; N] {
        let lanes = bits(range);
        // SAFETY: `self` proves the features.
        array!(|n| unsafe { R::mask(lanes >> (n * R::LANES)) })
    }
    #[inline(always)]
    fn philox(self, counter: [u32; 4], key: [u32; 2]) -> [[u32; LANES]; 4] {
        // SAFETY: `self` proves the features.
        unsafe { words::philox::<R::Words>(counter, key) }
    }
    #[inline(always)]
    fn below(self, words: &[u32; LANES], limit: u32) -> [R::Mask; N] {
        // SAFETY: `self` proves the features; N registers of R::LANES are the sixteen words.
        array!(|n| unsafe { R::below(words.as_ptr().add(n * R::LANES), limit) })
    }
    #[inline(always)]
    fn sum(self, vector: Self::V) -> R::T {
        let mut registers = vector.0;
        let mut half = N / 2;
        while half > 0 {
            for n in 0..half {
                // SAFETY: `self` proves the features.
                registers[n] = unsafe { registers[n].add(registers[n + half]) };
            }
            half /= 2;
        }
        // SAFETY: as above.
        unsafe { registers[0].sum() }
    }
    #[inline(always)]
    fn transpose(self, from: [&[R::T; LANES]; LANES], to: [&mut [R::T; LANES]; LANES]) {
        // Squares of R::LANES × R::LANES elements.
        for i in (0..LANES).step_by(R::LANES) {
            for j in (0..LANES).step_by(R::LANES) {
                // SAFETY: `self` proves the features. Each array has sixteen elements. R::LANES elements from `j` or
                // `i` on end at the last element or before it.
                unsafe {
                    let rows = array!(|n| R::load(from[(i + n) % LANES].as_ptr().add(j)));
                    let columns = R::transpose(rows);
                    for n in 0..R::LANES {
                        columns[n].store(to[j + n].as_mut_ptr().add(i));
                    }
                }
            }
        }
    }
    #[inline(always)]
    fn pin(self, vector: Wide<R, N>) -> Wide<R, N> {
        // SAFETY: `self` proves the features.
        Wide(array!(|n| unsafe { vector.0[n].pin() }))
    }
}

impl<R: Register, const N: usize> Part for WidePart<R, N> {
    type T = R::T;
    type R = Wide<R, 1>;

    const WIDTH: usize = R::LANES;

    #[inline(always)]
    fn splat(self, value: R::T) -> Wide<R, 1> {
        // SAFETY: a `WidePart` comes from a `Token`, which proves the features.
        Wide([unsafe { R::splat(value) }])
    }
    #[inline(always)]
    fn load(self, from: &[R::T; LANES]) -> Wide<R, 1> {
        // SAFETY: as above; N registers of R::LANES are the sixteen elements of `from`, and `n < N`.
        Wide([unsafe { R::load(from.as_ptr().add(self.n * R::LANES)) }])
    }
    #[inline(always)]
    fn store(self, register: Wide<R, 1>, to: &mut [R::T; LANES]) {
        // SAFETY: as above; N registers of R::LANES are the sixteen elements of `to`, and `n < N`.
        unsafe { register.0[0].store(to.as_mut_ptr().add(self.n * R::LANES)) }
    }
    #[inline(always)]
    fn read(self, from: &[R::T]) -> Wide<R, 1> {
        let from = &from[..R::LANES];
        // SAFETY: a `WidePart` comes from a `Token`, which proves the features; `from` has R::LANES elements.
        Wide([unsafe { R::load(from.as_ptr()) }])
    }
    #[inline(always)]
    fn read_lanes(self, from: &[R::T], at: isize, lanes: Range<usize>) -> Wide<R, 1> {
        let (lanes, _) = places(from, at, lanes, R::LANES);
        let [mask] = self.mask(lanes);
        // SAFETY: a `WidePart` comes from a `Token`, which proves the features. Only `lanes` are read. `places` has checked
        // that `from` has their places, and that the register has all these lanes.
        Wide([unsafe { R::load_partial(from.as_ptr().wrapping_offset(at), mask) }])
    }
    #[inline(always)]
    fn write(self, register: Wide<R, 1>, to: &mut [R::T]) {
        // SAFETY: a `WidePart` comes from a `Token`, which proves the features; not more lanes are written than `to` has.
        unsafe { register.0[0].store_partial(to.as_mut_ptr(), to.len()) }
    }
    #[inline(always)]
    fn mask(self, range: Range<usize>) -> [R::Mask; 1] {
        // SAFETY: a `WidePart` comes from a `Token`, which proves the features.
        [unsafe { R::mask(bits(range)) }]
    }
    #[inline(always)]
    fn pin(self, register: Wide<R, 1>) -> Wide<R, 1> {
        // SAFETY: a `WidePart` comes from a `Token`, which proves the features.
        Wide([unsafe { register.0[0].pin() }])
    }
}

/// One bit for each lane of `range`, of sixteen lanes.
#[inline(always)]
fn bits(range: Range<usize>) -> u32 {
    let below = |lane: usize| (1u32 << lane.min(LANES)) - 1;
    below(range.end) & !below(range.start)
}
