//! Sixteen fused multiply-adds for code that was compiled without the instruction. The function is not inlined, so that
//! kernels of the portable instruction set stay small.

use crate::simd::LANES;
#[cfg(target_arch = "x86_64")]
use crate::system;
use crate::{Float, array};

/// Whether every CPU for which the code is compiled has the instruction.
pub const EVERYWHERE: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));

/// `a·b + c`, each lane rounded once. If this CPU has the instruction, the instruction computes it, else software.
#[inline(never)]
pub fn mul_add<T: Float>(a: &[T; LANES], b: &[T; LANES], c: &[T; LANES]) -> [T; LANES] {
    #[cfg(target_arch = "x86_64")]
    if system::has_feature!("avx") && system::has_feature!("fma") {
        // SAFETY: the CPU has the features.
        return unsafe { in_hardware(a, b, c) };
    }
    lanes(a, b, c)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx,fma")]
fn in_hardware<T: Float>(a: &[T; LANES], b: &[T; LANES], c: &[T; LANES]) -> [T; LANES] {
    lanes(a, b, c)
}

#[inline(always)]
pub fn lanes<T: Float>(a: &[T; LANES], b: &[T; LANES], c: &[T; LANES]) -> [T; LANES] {
    array!(|l| a[l].mul_add(b[l], c[l]))
}
