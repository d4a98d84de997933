//! The highest rate of multiply-adds of a core.

use core::hint::black_box;

use crate::{Float, Isa, Kernel, LANES, Real, Simd, array};

const ROUNDS: usize = 10_000;
/// The floating-point operations of one [`run`]: twelve sums of sixteen lanes, with a multiplication and an addition
/// each.
pub const FLOPS: usize = ROUNDS * 12 * LANES * 2;

/// Multiply-adds in registers that do not depend on each other: [`FLOPS`] operations.
pub fn run<T: Float>(isa: Isa) {
    isa.run(Peak(T::ONE));
}

struct Peak<T>(T);

impl<T: Float> Kernel<T> for Peak<T> {
    type Output = ();

    /// There are enough independent sums to hide the latency, and few enough to fit in the registers.
    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let (factor, term) = (simd.splat(black_box(T::from_f64(0.999))), simd.splat(black_box(self.0)));
        match S::TILE_REGISTERS / S::PARTS {
            12.. => rounds::<S, 12>(simd, ROUNDS, factor, term),
            6.. => rounds::<S, 6>(simd, 2 * ROUNDS, factor, term),
            _ => rounds::<S, 3>(simd, 4 * ROUNDS, factor, term),
        }
    }
}

#[inline(always)]
fn rounds<S: Simd, const N: usize>(simd: S, rounds: usize, factor: S::V, term: S::V) {
    let mut sums: [S::V; N] = array!(|n| simd.splat(S::T::from_f64(n as f64)));
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = sum.mul_add(factor, term);
        }
    }
    for sum in sums {
        black_box(simd.sum(sum));
    }
}
