//! The sum of a loss over its outputs: exact to the last place, however many outputs there are.

use toddle_lanes::{Float, Real};

/// A sum that also adds up what its additions round away.
///
/// `s = fl(a + b)` is off by `(a − (s − p)) + (b − p)` with `p = s − a`, and this correction is exact. A chain of additions loses
/// digits with each of them; this sum is as good as one in twice the digits.
///
/// Gradients do not depend on it.
///
/// See Knuth, *The Art of Computer Programming*, vol. 2, 4.2.2, for the correction, and Ogita, Rump and Oishi, *Accurate Sum and
/// Dot Product*, 2005, for the sum.
#[derive(Clone, Copy, Debug)]
pub struct Total<V> {
    sum: V,
    rounded: V,
}

impl<V: Real> Total<V> {
    /// Begins at `zero`.
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

    /// The sum of all that was added.
    #[inline(always)]
    pub fn value(self) -> V {
        // An infinite sum has corrections that are NaN.
        let most = self.sum.splat(V::Scalar::MAX);
        V::select(most.lt(self.sum.abs()), self.sum, self.sum + self.rounded)
    }
}

/// `x` as `q` is to multiply it: finite where `q` is 0, so that `0·∞ = 0`. NaN stays NaN.
#[inline(always)]
pub fn weighted<V: Real>(q: V, x: V) -> V {
    let (zero, most) = (x.splat(V::Scalar::ZERO), x.splat(V::Scalar::MAX));
    // `min` and `max` return their argument where it is NaN.
    let finite = most.min((-most).max(x));
    V::select(zero.lt(q.abs()), x, finite)
}
