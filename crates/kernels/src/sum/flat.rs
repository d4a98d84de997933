//! Sums, sixteen elements at a time, from any samples: equal `reference` in every bit.

use toddle_lanes::{Float, Kernel, LANES, Simd};

use crate::activation::formula::{Formula, Relu};

/// `y = one + other`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The first term.
    pub one: &'a [T],
    /// The second term, of the same length.
    pub other: &'a [T],
    /// Whether a [`Relu`] is applied to each sum at the end.
    pub relu: bool,
    /// Sums, of the same length.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Forward { one, other, relu, y } = self;
        let ((one, one_rest), (other, other_rest)) = (one.as_chunks::<LANES>(), other.as_chunks::<LANES>());
        let (y, y_rest) = y.as_chunks_mut::<LANES>();
        for ((one, other), y) in one.iter().zip(other).zip(y) {
            let sum = simd.load(one) + simd.load(other);
            simd.store(if relu { Relu.value(sum) } else { sum }, y);
        }
        let sum = simd.load_partial(one_rest) + simd.load_partial(other_rest);
        simd.store_partial(if relu { Relu.value(sum) } else { sum }, y_rest);
    }
}
