//! Products, sixteen elements at a time, from any samples: equal `reference` in every bit.
//!
//! A product of several values is one [`Multiply`] and then a [`Times`] for each further factor.

use toddle_lanes::{Float, Kernel, LANES, Simd};

/// `y = one · other`
#[derive(Debug)]
pub struct Multiply<'a, T> {
    /// The first factor.
    pub one: &'a [T],
    /// The second factor, of the same length.
    pub other: &'a [T],
    /// Products, of the same length.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Multiply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Multiply { one, other, y } = self;
        let ((one, one_rest), (other, other_rest)) = (one.as_chunks::<LANES>(), other.as_chunks::<LANES>());
        let (y, y_rest) = y.as_chunks_mut::<LANES>();
        for ((one, other), y) in one.iter().zip(other).zip(y) {
            simd.store(simd.load(one) * simd.load(other), y);
        }
        simd.store_partial(simd.load_partial(one_rest) * simd.load_partial(other_rest), y_rest);
    }
}

/// `y = y · by`
#[derive(Debug)]
pub struct Times<'a, T> {
    /// The factor.
    pub by: &'a [T],
    /// Products, of the same length, which are multiplied once more.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Times<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Times { by, y } = self;
        let ((by, by_rest), (y, y_rest)) = (by.as_chunks::<LANES>(), y.as_chunks_mut::<LANES>());
        for (by, y) in by.iter().zip(y) {
            simd.store(simd.load(y) * simd.load(by), y);
        }
        simd.store_partial(simd.load_partial(y_rest) * simd.load_partial(by_rest), y_rest);
    }
}
