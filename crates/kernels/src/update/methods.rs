//! The methods: the numbers that a step of each needs, the same for every weight, and what it does to one weight or to
//! sixteen. `reference` has the same formulas as loops.

use toddle_lanes::{Float, Real};

/// A method that keeps `N` slots: what it does to a weight, given its prepared gradient.
pub trait Method<T: Float, const N: usize>: Copy {
    /// Returns the moved weight and moves its state.
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, slots: &mut [V; N]) -> V;
}

/// What gradient and weight go through before the method.
///
/// `g ← scale·g + l2·w + l1·sign(w)`, and `w ← shrink·w`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prepare<T> {
    /// What the gradient is multiplied by: 1, or less to clip its norm.
    pub scale: T,
    /// The penalty on the sum of the weights' absolute values.
    pub l1: T,
    /// The penalty on half the sum of their squares.
    pub l2: T,
    /// What the weight is multiplied by: 1, or less where it decays apart from its gradient.
    pub shrink: T,
}

impl<T: Float> Prepare<T> {
    /// Leaves gradient and weight as they are.
    pub const NOTHING: Self = Prepare { scale: T::ONE, l1: T::ZERO, l2: T::ZERO, shrink: T::ONE };

    /// The prepared gradient and weight.
    #[inline(always)]
    pub(super) fn apply<V: Real<Scalar = T>>(self, g: V, w: V) -> [V; 2] {
        let mut g = g * g.splat(self.scale);
        if self.l2 != T::ZERO {
            g = w.mul_add(w.splat(self.l2), g);
        }
        if self.l1 != T::ZERO {
            g = sign(w).mul_add(w.splat(self.l1), g);
        }
        [g, w * w.splat(self.shrink)]
    }
}

/// 1 or −1 with the sign of `x`; zeros and NaN are what they were.
#[inline(always)]
fn sign<V: Real>(x: V) -> V {
    let (zero, one) = (x.splat(V::Scalar::ZERO), x.splat(V::Scalar::ONE));
    V::select(zero.lt(x), one, V::select(x.lt(zero), -one, x))
}

/// A mean that forgets: `a ← keep·a + take·x`.
///
/// It is zero where it would be subnormal. Rounding keeps the smallest numbers from decaying any further, and CPUs take several
/// times as long to divide them: the mean of a weight whose gradient has become zero would slow down every later step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Average<T> {
    /// What remains of the old.
    pub keep: T,
    /// What is taken of the new: `1 − keep`, computed before it was rounded.
    pub take: T,
}

impl<T: Float> Average<T> {
    /// Keeps `keep` of the old and takes the rest of the new.
    pub fn new(keep: f64) -> Self {
        Average { keep: T::from_f64(keep), take: T::from_f64(1.0 - keep) }
    }

    #[inline(always)]
    fn next<V: Real<Scalar = T>>(self, a: V, x: V) -> V {
        let next = a.mul_add(a.splat(self.keep), x * a.splat(self.take));
        V::select(next.abs().lt(a.splat(T::MIN_POSITIVE)), a.splat(T::ZERO), next)
    }
}

/// Stochastic gradient descent: [`reference::sgd`](super::reference::sgd) without a slot,
/// [`reference::momentum`](super::reference::momentum) with one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd<T> {
    /// The learning rate.
    pub rate: T,
    /// How much of the last step's momentum remains.
    pub momentum: T,
    /// Whether the momentum goes one step ahead.
    pub nesterov: bool,
}

impl<T: Float> Method<T, 0> for Sgd<T> {
    #[inline(always)]
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, _: &mut [V; 0]) -> V {
        w.splat(-self.rate).mul_add(g, w)
    }
}

impl<T: Float> Method<T, 1> for Sgd<T> {
    #[inline(always)]
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, [momentum]: &mut [V; 1]) -> V {
        let remains = w.splat(self.momentum);
        *momentum = remains.mul_add(*momentum, g);
        let step = if self.nesterov { remains.mul_add(*momentum, g) } else { *momentum };
        w.splat(-self.rate).mul_add(step, w)
    }
}

/// Adam, and AdamW by way of [`Prepare::shrink`]: [`reference::adam`](super::reference::adam).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam<T> {
    /// The learning rate by the mean's bias correction: `rate / (1 − β₁ᵗ)`.
    pub rate: T,
    /// The mean of the gradients: β₁.
    pub mean: Average<T>,
    /// The mean of their squares: β₂.
    pub square: Average<T>,
    /// The bias correction of the root of the squares: `1 / √(1 − β₂ᵗ)`.
    pub correction: T,
    /// What keeps the quotient finite.
    pub epsilon: T,
}

impl<T: Float> Method<T, 2> for Adam<T> {
    #[inline(always)]
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, [mean, square]: &mut [V; 2]) -> V {
        *mean = self.mean.next(*mean, g);
        *square = self.square.next(*square, g * g);
        let root = square.sqrt().mul_add(w.splat(self.correction), w.splat(self.epsilon));
        w.splat(-self.rate).mul_add(*mean / root, w)
    }
}

/// Adam with Nesterov's momentum: [`reference::nadam`](super::reference::nadam).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nadam<T> {
    /// What the gradient is multiplied by: `rate·(1 − μₜ) / (1 − μ₁⋯μₜ)`.
    pub of_gradient: T,
    /// What the mean is multiplied by: `rate·μₜ₊₁ / (1 − μ₁⋯μₜ₊₁)`.
    pub of_mean: T,
    /// The mean of the gradients: β₁.
    pub mean: Average<T>,
    /// The mean of their squares: β₂.
    pub square: Average<T>,
    /// The bias correction of the root of the squares: `1 / √(1 − β₂ᵗ)`.
    pub correction: T,
    /// What keeps the quotient finite.
    pub epsilon: T,
}

impl<T: Float> Method<T, 2> for Nadam<T> {
    #[inline(always)]
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, [mean, square]: &mut [V; 2]) -> V {
        *mean = self.mean.next(*mean, g);
        *square = self.square.next(*square, g * g);
        let root = square.sqrt().mul_add(w.splat(self.correction), w.splat(self.epsilon));
        let ahead = mean.mul_add(w.splat(self.of_mean), g * w.splat(self.of_gradient));
        w - ahead / root
    }
}

/// RMSprop: [`reference::rms_prop`](super::reference::rms_prop).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp<T> {
    /// The learning rate.
    pub rate: T,
    /// The mean of the gradients' squares, and of the gradients where they are taken.
    pub average: Average<T>,
    /// Whether the square of the mean is taken off the mean of the squares: a slot more.
    pub centered: bool,
    /// How much of the last step's momentum remains, where there is one more slot for it.
    pub momentum: T,
    /// What keeps the quotient finite.
    pub epsilon: T,
}

impl<T: Float, const N: usize> Method<T, N> for RmsProp<T> {
    #[inline(always)]
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, slots: &mut [V; N]) -> V {
        let squares = 1 + usize::from(self.centered);
        slots[0] = self.average.next(slots[0], g * g);
        let mut variance = slots[0];
        if self.centered {
            slots[1] = self.average.next(slots[1], g);
            // Of gradients that hardly change no more than rounding is left, and that may be below zero.
            variance = w.splat(T::ZERO).max((-slots[1]).mul_add(slots[1], variance));
        }
        let mut step = g / (variance.sqrt() + w.splat(self.epsilon));
        if N > squares {
            step = w.splat(self.momentum).mul_add(slots[N - 1], step);
            slots[N - 1] = step;
        }
        w.splat(-self.rate).mul_add(step, w)
    }
}

/// Adagrad: [`reference::adagrad`](super::reference::adagrad).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adagrad<T> {
    /// The learning rate, decayed.
    pub rate: T,
    /// What keeps the quotient finite.
    pub epsilon: T,
}

impl<T: Float> Method<T, 1> for Adagrad<T> {
    #[inline(always)]
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, [squares]: &mut [V; 1]) -> V {
        *squares = g.mul_add(g, *squares);
        w.splat(-self.rate).mul_add(g / (squares.sqrt() + w.splat(self.epsilon)), w)
    }
}

/// Adadelta: [`reference::adadelta`](super::reference::adadelta).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adadelta<T> {
    /// What a step is multiplied by.
    pub rate: T,
    /// The means of the squares.
    pub average: Average<T>,
    /// What lets the steps begin.
    pub epsilon: T,
}

impl<T: Float> Method<T, 2> for Adadelta<T> {
    #[inline(always)]
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, [square, step_square]: &mut [V; 2]) -> V {
        let epsilon = w.splat(self.epsilon);
        *square = self.average.next(*square, g * g);
        let step = (*step_square + epsilon).sqrt() / (*square + epsilon).sqrt() * g;
        *step_square = self.average.next(*step_square, step * step);
        w.splat(-self.rate).mul_add(step, w)
    }
}

/// Lion: [`reference::lion`](super::reference::lion).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lion<T> {
    /// The learning rate.
    pub rate: T,
    /// The mean whose sign is the step: β₁.
    pub step: Average<T>,
    /// The mean that is kept: β₂.
    pub mean: Average<T>,
}

impl<T: Float> Method<T, 1> for Lion<T> {
    #[inline(always)]
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, [mean]: &mut [V; 1]) -> V {
        let step = sign(self.step.next(*mean, g));
        *mean = self.mean.next(*mean, g);
        w.splat(-self.rate).mul_add(step, w)
    }
}
