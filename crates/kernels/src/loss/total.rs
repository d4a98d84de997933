//! The sum of a loss over its outputs, accurate to the last place for any number of outputs.

use toddle_lanes::{Float, Real};

/// A sum that also adds the rounding errors of its additions.
///
/// The rounding error of `s = fl(a + b)` is `(a − (s − p)) + (b − p)` with `p = s − a`, and this correction is exact. A
/// plain chain of additions loses digits with each addition. This sum is as accurate as a plain sum with twice the
/// digits.
///
/// The gradients of cross-entropy and hinge use plain sums.
///
/// Sources: Knuth, *The Art of Computer Programming*, vol. 2, 4.2.2, for the correction; Ogita, Rump and Oishi,
/// *Accurate Sum and Dot Product*, 2005, for the sum.
#[derive(Clone, Copy, Debug)]
pub struct Total<V> {
    sum: V,
    rounded: V,
}

impl<V: Real> Total<V> {
    /// A sum that begins at `zero`.
    #[inline(always)]
    pub fn new(zero: V) -> Self {
        Total { sum: zero, rounded: zero }
    }

    /// Adds `x`.
    #[inline(always)]
    pub fn add(&mut self, x: V) {
        let sum = self.sum + x;
        let part = sum - self.sum;
        self.rounded = self.rounded + ((self.sum - (sum - part)) + (x - part));
        self.sum = sum;
    }

    /// The sum of all values that were added.
    #[inline(always)]
    pub fn value(self) -> V {
        // The corrections of an infinite sum are NaN.
        let most = self.sum.splat(V::Scalar::MAX);
        V::select(most.lt(self.sum.abs()), self.sum, self.sum + self.rounded)
    }
}

/// `x` as a factor for `q`: finite if `q` is 0, so that `0·∞ = 0`. A NaN stays NaN.
#[inline(always)]
pub fn weighted<V: Real>(q: V, x: V) -> V {
    let (zero, most) = (x.splat(V::Scalar::ZERO), x.splat(V::Scalar::MAX));
    // `min` and `max` return their argument if it is NaN.
    let finite = most.min((-most).max(x));
    V::select(zero.lt(q.abs()), x, finite)
}
