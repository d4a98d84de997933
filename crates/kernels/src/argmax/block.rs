//! Argmax of sixteen samples side by side: equals `reference` for elements without NaN.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd};

use crate::Lane;

/// The index of the largest element of each lane: [`reference::argmax`](super::reference::argmax) for elements without
/// NaN. If a lane has a NaN, its index is unspecified.
#[derive(Debug)]
pub struct ArgMax<'a, T> {
    /// The elements: at most 2²⁴ for each sample, so that an index is exact in both number types.
    pub x: &'a [Lane<T>],
}

impl<T: Float> Kernel<T> for ArgMax<'_, T> {
    type Output = [T; LANES];

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> [T; LANES] {
        let (mut largest, mut at) = (simd.splat(T::NEG_INFINITY), simd.splat(T::ZERO));
        let (mut place, one) = (at, simd.splat(T::ONE));
        for x in self.x {
            let x = simd.load(x);
            let larger = largest.lt(x);
            largest = S::V::select(larger, x, largest);
            at = S::V::select(larger, place, at);
            place = place + one;
        }
        let mut places = [T::ZERO; LANES];
        simd.store(at, &mut places);
        places
    }
}
