//! The two number types: `f32` and `f64`.

use alloc::vec::Vec;
use core::fmt::{Debug, Display};
use core::ops::{AddAssign, MulAssign};

use crate::math::Constants;
use crate::portable::Portable;
use crate::simd::Simd;
use crate::{Real, math, system};

/// `f32` or `f64`: the only type parameter that toddle's networks have.
pub trait Float:
    Real<Scalar = Self, Mask = bool>
    + Constants
    + Default
    + Display
    + Debug
    + PartialOrd
    + AddAssign
    + MulAssign
    + Send
    + Sync
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The lowest value: −∞.
    const NEG_INFINITY: Self;
    /// The smallest positive normal number.
    const MIN_POSITIVE: Self;
    /// The largest finite number.
    const MAX: Self;
    /// `"f32"` or `"f64"`.
    const NAME: &'static str;

    /// Sixteen lanes as arrays, on any CPU.
    type Portable: Simd<T = Self>;
    /// Sixteen lanes in AVX2 registers.
    #[cfg(target_arch = "x86_64")]
    type Avx2: Simd<T = Self>;
    /// Sixteen lanes in AVX-512 registers.
    #[cfg(target_arch = "x86_64")]
    type Avx512: Simd<T = Self>;
    /// Sixteen lanes in NEON registers.
    #[cfg(target_arch = "aarch64")]
    type Neon: Simd<T = Self>;
    /// Sixteen lanes in registers of WebAssembly.
    #[cfg(target_feature = "simd128")]
    type Simd128: Simd<T = Self>;

    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;

    /// The same number as an `f64`: exact.
    fn to_f64(self) -> f64;

    /// Sets each element of `to` to the number at its place in `from`, which has the same length: exact.
    fn copy_from_f32(from: &[f32], to: &mut [Self]);

    /// The bits, widened to 64 bits, for tests of equality and for digests.
    fn bits(self) -> u64;

    /// Appends the number's bytes, little-endian.
    fn write_le(self, bytes: &mut Vec<u8>);

    /// Whether the number is neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// `eˣ`, at most 1 ulp from the true value: [`math::exp`].
    fn exp(self) -> Self {
        math::exp(self)
    }

    /// The natural logarithm, at most 1 ulp from the true value: [`math::ln`].
    fn ln(self) -> Self {
        math::ln(self)
    }

    /// `eˣ − 1`, at most 2 ulp from the true value: [`math::expm1`].
    fn expm1(self) -> Self {
        math::expm1(self)
    }

    /// `ln(1 + x)`, at most 2 ulp from the true value: [`math::ln_1p`].
    fn ln_1p(self) -> Self {
        math::ln_1p(self)
    }

    /// The hyperbolic tangent, at most 2 ulp from the true value: [`math::tanh`].
    fn tanh(self) -> Self {
        math::tanh(self)
    }

    /// `1 / (1 + e⁻ˣ)`, at most 2 ulp from the true value: [`math::sigmoid`].
    fn sigmoid(self) -> Self {
        math::sigmoid(self)
    }

    /// The error function, at most 2 ulp from the true value: [`math::erf`].
    fn erf(self) -> Self {
        math::erf(self)
    }
}

macro_rules! float {
    ($t:ident, $fused:ident, $root:ident, $avx2:ident, $avx512:ident, $neon:ident, $simd128:ident) => {
        impl Float for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NEG_INFINITY: Self = $t::NEG_INFINITY;
            const MIN_POSITIVE: Self = $t::MIN_POSITIVE;
            const MAX: Self = $t::MAX;
            const NAME: &'static str = stringify!($t);

            type Portable = Portable<$t>;
            #[cfg(target_arch = "x86_64")]
            type Avx2 = crate::x86::$avx2;
            #[cfg(target_arch = "x86_64")]
            type Avx512 = crate::x86::$avx512;
            #[cfg(target_arch = "aarch64")]
            type Neon = crate::neon::$neon;
            #[cfg(target_feature = "simd128")]
            type Simd128 = crate::wasm::$simd128;

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $t
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            fn copy_from_f32(from: &[f32], to: &mut [$t]) {
                for (from, to) in from.iter().zip(to) {
                    *to = <$t>::from(*from);
                }
            }

            #[inline(always)]
            fn bits(self) -> u64 {
                u64::from(self.to_bits())
            }

            fn write_le(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            #[inline(always)]
            fn is_finite(self) -> bool {
                $t::is_finite(self)
            }
        }

        impl Real for $t {
            type Scalar = $t;
            type Mask = bool;

            #[inline(always)]
            fn splat(self, value: $t) -> $t {
                value
            }
            #[inline(always)]
            fn mul_add(self, factor: $t, term: $t) -> $t {
                system::$fused(self, factor, term)
            }
            #[inline(always)]
            fn abs(self) -> $t {
                $t::abs(self)
            }
            #[inline(always)]
            fn sqrt(self) -> $t {
                system::$root(self)
            }
            #[inline(always)]
            fn copysign(self, sign: $t) -> $t {
                $t::copysign(self, sign)
            }
            #[inline(always)]
            fn max(self, other: $t) -> $t {
                if self > other { self } else { other }
            }
            #[inline(always)]
            fn min(self, other: $t) -> $t {
                if self < other { self } else { other }
            }
            #[inline(always)]
            fn exp2i(self) -> $t {
                $t::from_bits((self + $t::BIASED_ROUNDER).to_bits() << ($t::MANTISSA_DIGITS - 1))
            }
            #[inline(always)]
            fn exponent(self) -> $t {
                let biased = self.to_bits() >> ($t::MANTISSA_DIGITS - 1);
                $t::from_bits(biased | $t::ROUNDER.to_bits()) - $t::BIASED_ROUNDER
            }
            #[inline(always)]
            fn lt(self, other: $t) -> bool {
                self < other
            }
            #[inline(always)]
            fn select(mask: bool, yes: $t, no: $t) -> $t {
                if mask { yes } else { no }
            }
            #[inline(always)]
            fn canonical(self) -> $t {
                if self.is_nan() { <$t as Constants>::NAN } else { self }
            }
        }
    };
}

float!(f32, fmaf, sqrtf, Avx2F32, Avx512F32, NeonF32, Simd128F32);
float!(f64, fma, sqrt, Avx2F64, Avx512F64, NeonF64, Simd128F64);
