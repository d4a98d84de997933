//! The registers of AVX2 and of AVX-512.
//!
//! Both instruction sets have the same operations. So most methods of [`Register`] and of [`Words`] come from the macros
//! of this file, with the names of the intrinsics as arguments.

mod avx2;
mod avx512;

use core::arch::x86_64::{__m256, __m256d, __m512, __m512d};

use crate::wide::Token;

/// Sixteen `f32` in two AVX2 registers.
pub(crate) type Avx2F32 = Token<__m256, 2>;
/// Sixteen `f64` in four AVX2 registers.
pub(crate) type Avx2F64 = Token<__m256d, 4>;
/// Sixteen `f32` in one AVX-512 register.
pub(crate) type Avx512F32 = Token<__m512, 1>;
/// Sixteen `f64` in two AVX-512 registers.
pub(crate) type Avx512F64 = Token<__m512d, 2>;

/// The operations that have the same names for both widths. A shift by `$fraction` bits moves the exponent to the
/// lowest bits, or back.
macro_rules! shared {
    ($t:ty, $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $fmadd:ident,
     $sqrt:ident, $max:ident, $min:ident, $and:ident, $andnot:ident, $or:ident, $xor:ident,
     $to_bits:ident, $from_bits:ident, $left:ident, $right:ident, $fraction:literal) => {
        crate::wide::arithmetic!($t, $splat, $load, $store, $add, $sub, $mul, $div, $sqrt);

        #[inline(always)]
        unsafe fn neg(self) -> Self {
            unsafe { $xor(self, $splat(-0.0)) }
        }
        #[inline(always)]
        unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
            unsafe { $fmadd(self, factor, term) }
        }
        #[inline(always)]
        unsafe fn abs(self) -> Self {
            unsafe { $andnot($splat(-0.0), self) }
        }
        #[inline(always)]
        unsafe fn copysign(self, sign: Self) -> Self {
            unsafe { $or($andnot($splat(-0.0), self), $and($splat(-0.0), sign)) }
        }
        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            unsafe { $max(self, other) }
        }
        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            unsafe { $min(self, other) }
        }
        #[inline(always)]
        unsafe fn exp2i(self) -> Self {
            unsafe { $from_bits($left::<$fraction>($to_bits($add(self, $splat(<$t>::BIASED_ROUNDER))))) }
        }
        #[inline(always)]
        unsafe fn exponent(self) -> Self {
            unsafe {
                let biased = $from_bits($right::<$fraction>($to_bits(self)));
                $sub($or(biased, $splat(<$t>::ROUNDER)), $splat(<$t>::BIASED_ROUNDER))
            }
        }
    };
}

/// [`Register::outline`]: the method of the kernel that is compiled for the instruction set.
macro_rules! outline {
    ($isa:ident) => {
        #[inline(always)]
        unsafe fn outline<K: Kernel<Self::T>>(kernel: K) -> K::Output {
            unsafe { kernel.$isa() }
        }
    };
}

/// [`Register::pin`]: an empty instruction whose operand is the register.
macro_rules! pin {
    ($register:ty, $class:ident, $feature:literal) => {
        #[inline(always)]
        unsafe fn pin(self) -> Self {
            #[inline]
            #[target_feature(enable = $feature)]
            fn pin(mut register: $register) -> $register {
                unsafe { asm!("/* {0} */", inout($class) register, options(nostack, preserves_flags)) };
                register
            }
            unsafe { pin(self) }
        }
    };
}

/// The methods of [`Words`](crate::wide::Words) for one type of register.
macro_rules! words {
    ($register:ty, $lanes:literal, $load:ident, $store:ident, $splat:ident, $xor:ident, $product:ident, $right:ident,
     |$even:ident, $odd:ident| $zip:expr) => {
        // SAFETY, for every block: the caller of each method guarantees the features of the CPU and the memory.
        #[allow(clippy::undocumented_unsafe_blocks, reason = "one reason serves the whole block")]
        impl Words for $register {
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn load(from: *const u32) -> Self {
                unsafe { $load(from.cast()) }
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut u32) {
                unsafe { $store(to.cast(), self) }
            }
            #[inline(always)]
            unsafe fn splat(word: u32) -> Self {
                unsafe { $splat(i64::from(word)) }
            }
            #[inline(always)]
            unsafe fn xor(self, other: Self) -> Self {
                unsafe { $xor(self, other) }
            }
            #[inline(always)]
            unsafe fn product(self, other: Self) -> Self {
                unsafe { $product(self, other) }
            }
            #[inline(always)]
            unsafe fn upper(self) -> Self {
                unsafe { $right::<32>(self) }
            }
            #[inline(always)]
            unsafe fn zip(self, $odd: Self) -> Self {
                let $even = self;
                unsafe { $zip }
            }
        }
    };
}

use {outline, pin, shared, words};
