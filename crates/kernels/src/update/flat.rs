//! Updates, sixteen weights at a time: equal `reference` in every bit.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd};

use super::{Method, Prepare};

/// One step of a [`Method`] on a range of the weights, in one pass. Returns whether all these weights are finite after
/// the step.
#[derive(Debug)]
pub struct Update<'a, T, M, const N: usize> {
    /// The method that moves the weights.
    pub method: M,
    /// The preparation of gradient and weight before the method.
    pub prepare: Prepare<T>,
    /// Gradient.
    pub g: &'a [T],
    /// Weights, of the same number.
    pub w: &'a mut [T],
    /// The slots of the method; each has one element for each weight.
    pub slots: [&'a mut [T]; N],
}

impl<T: Float, M: Method<T, N>, const N: usize> Kernel<T> for Update<'_, T, M, N> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> bool {
        let Update { method, prepare, g, w, mut slots } = self;
        let zero = simd.splat(T::ZERO);
        let whole = if const { S::NATIVE } { w.len() / LANES * LANES } else { 0 };
        let (w, w_rest) = w.split_at_mut(whole);
        let mut vectors = slots.each_mut().map(|slot| slot[..whole].as_chunks_mut::<LANES>().0);
        let mut state = [zero; N];
        // A finite number times zero is zero. An infinite number or a NaN times zero is NaN.
        let mut traces = zero;
        for (i, (g, w)) in g.as_chunks().0.iter().zip(w.as_chunks_mut().0).enumerate() {
            for (state, slot) in state.iter_mut().zip(&vectors) {
                *state = simd.load(&slot[i]);
            }
            let [g, old] = prepare.apply(simd.load(g), simd.load(w));
            let new = method.step(old, g, &mut state);
            traces = new.mul_add(zero, traces);
            simd.store(new, w);
            for (state, slot) in state.iter().zip(&mut vectors) {
                simd.store(*state, &mut slot[i]);
            }
        }
        let mut finite = simd.sum(traces) == T::ZERO;

        let mut state = [T::ZERO; N];
        for (i, (g, w)) in g[whole..].iter().zip(w_rest).enumerate() {
            for (state, slot) in state.iter_mut().zip(&slots) {
                *state = slot[whole + i];
            }
            let [g, old] = prepare.apply(*g, *w);
            *w = method.step(old, g, &mut state);
            finite &= w.is_finite();
            for (state, slot) in state.iter().zip(&mut slots) {
                slot[whole + i] = *state;
            }
        }
        finite
    }
}

/// A running average of the weights, `a += take·(w − a)`: [`reference::follow`](super::reference::follow).
#[derive(Debug)]
pub struct Follow<'a, T> {
    /// 1 minus the decay of the average.
    pub take: T,
    /// Weights.
    pub w: &'a [T],
    /// The average of the weights, of the same number.
    pub a: &'a mut [T],
}

impl<T: Float> Kernel<T> for Follow<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let take = simd.splat(self.take);
        let ((w, w_rest), (a, a_rest)) = (self.w.as_chunks::<LANES>(), self.a.as_chunks_mut::<LANES>());
        for (w, a) in w.iter().zip(a) {
            let old = simd.load(a);
            simd.store(take.mul_add(simd.load(w) - old, old), a);
        }
        let old = simd.load_partial(a_rest);
        simd.store_partial(take.mul_add(simd.load_partial(w_rest) - old, old), a_rest);
    }
}

/// `x ← factor · x`: [`reference::scale`](super::reference::scale).
#[derive(Debug)]
pub struct Scale<'a, T> {
    /// The factor.
    pub factor: T,
    /// The elements.
    pub x: &'a mut [T],
}

impl<T: Float> Kernel<T> for Scale<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let factor = simd.splat(self.factor);
        let (x, rest) = self.x.as_chunks_mut::<LANES>();
        for x in x {
            simd.store(factor * simd.load(x), x);
        }
        simd.store_partial(factor * simd.load_partial(rest), rest);
    }
}

/// Limits elements to the range from `−limit` to `limit`: [`reference::clamp`](super::reference::clamp).
#[derive(Debug)]
pub struct Clamp<'a, T> {
    /// The greatest distance from zero.
    pub limit: T,
    /// The elements.
    pub x: &'a mut [T],
}

impl<T: Float> Kernel<T> for Clamp<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let (low, high) = (simd.splat(-self.limit), simd.splat(self.limit));
        let (x, rest) = self.x.as_chunks_mut::<LANES>();
        // The element is the argument both times, so that a NaN stays NaN.
        for x in x {
            simd.store(low.max(high.min(simd.load(x))), x);
        }
        simd.store_partial(low.max(high.min(simd.load_partial(rest))), rest);
    }
}

/// Whether no element is infinite or NaN.
#[derive(Debug)]
pub struct AllFinite<'a, T> {
    /// The elements.
    pub x: &'a [T],
}

impl<T: Float> Kernel<T> for AllFinite<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> bool {
        let zero = simd.splat(T::ZERO);
        let (x, rest) = self.x.as_chunks::<LANES>();
        // A finite number times zero is zero. An infinite number or a NaN times zero is NaN.
        let mut traces = simd.load_partial(rest) * zero;
        for x in x {
            traces = simd.load(x).mul_add(zero, traces);
        }
        simd.sum(traces) == T::ZERO
    }
}
