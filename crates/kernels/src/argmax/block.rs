//! Argmax of sixteen samples side by side: equals `reference` where there is no NaN.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd};

use crate::Lane;

/// The place of the largest of each lane: [`reference::argmax`](super::reference::argmax) of numbers that are none of them NaN.
/// Of a lane with a NaN, no particular place.
#[derive(Debug)]
pub struct ArgMax<'a, T> {
    /// The numbers, at most 2²⁴ of each sample, whose places are exact in either number type.
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
