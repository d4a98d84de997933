//! The methods: the numbers that a step of each method needs, which are the same for every weight, and the change of
//! one weight or of sixteen weights. `reference` has the same formulas as loops.

use toddle_lanes::{Float, Real};

/// A method that has `N` slots: it changes a weight, given the prepared gradient of the weight.
pub trait Method<T: Float, const N: usize>: Copy {
    /// Returns the changed weight, and changes its elements of the slots.
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, slots: &mut [V; N]) -> V;
}

/// The preparation of gradient and weight before the method.
///
/// `g ← scale·g + l2·w + l1·sign(w)`, and `w ← shrink·w`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prepare<T> {
    /// The factor for the gradient: 1, or less if the norm of the gradient is clipped.
    pub scale: T,
    /// The penalty on the sum of the absolute values of the weights.
    pub l1: T,
    /// The penalty on half the sum of the squares of the weights.
    pub l2: T,
    /// The factor for the weight: 1, or less if weight decay is separate from the gradient.
    pub shrink: T,
}

impl<T: Float> Prepare<T> {
    /// Does not change gradient and weight.
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

/// 1 or −1 with the sign of `x`. Zeros and NaN stay as they are.
#[inline(always)]
fn sign<V: Real>(x: V) -> V {
    let (zero, one) = (x.splat(V::Scalar::ZERO), x.splat(V::Scalar::ONE));
    V::select(zero.lt(x), one, V::select(x.lt(zero), -one, x))
}

/// A running mean: `a ← keep·a + take·x`.
///
/// A result that would be subnormal becomes zero. The smallest subnormal numbers do not decay further, because they are
/// rounded. CPUs take several times as long to divide subnormal numbers. So without this rule, the mean of a weight
/// whose gradient has become zero would slow down every later step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Average<T> {
    /// The factor for the old mean.
    pub keep: T,
    /// The factor for the new value: `1 − keep`, computed before `keep` is rounded.
    pub take: T,
}

impl<T: Float> Average<T> {
    /// A mean with the factor `keep` for the old mean and `1 − keep` for the new value.
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
    /// The factor for the momentum of the last step.
    pub momentum: T,
    /// The factor for the gradient in the momentum: 1, or less if the gradient is damped.
    pub take: T,
    /// Whether the step uses the momentum of the next step.
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
        *momentum = remains.mul_add(*momentum, g * w.splat(self.take));
        let step = if self.nesterov { remains.mul_add(*momentum, g) } else { *momentum };
        w.splat(-self.rate).mul_add(step, w)
    }
}

/// Adam, and AdamW with [`Prepare::shrink`]: [`reference::adam`](super::reference::adam). With one more slot it is AMSGrad:
/// the largest mean square so far takes the place of the mean square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam<T> {
    /// The learning rate with the bias correction of the mean: `rate / (1 − β₁ᵗ)`.
    pub rate: T,
    /// The mean of the gradients: β₁.
    pub mean: Average<T>,
    /// The mean of the squares of the gradients: β₂.
    pub square: Average<T>,
    /// The bias correction of the square root of the mean square: `1 / √(1 − β₂ᵗ)`.
    pub correction: T,
    /// A small number that prevents a division by zero.
    pub epsilon: T,
}

impl<T: Float, const N: usize> Method<T, N> for Adam<T> {
    #[inline(always)]
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, slots: &mut [V; N]) -> V {
        slots[0] = self.mean.next(slots[0], g);
        slots[1] = self.square.next(slots[1], g * g);
        if N > 2 {
            slots[2] = slots[2].max(slots[1]);
        }
        let root = slots[N - 1].sqrt().mul_add(w.splat(self.correction), w.splat(self.epsilon));
        w.splat(-self.rate).mul_add(slots[0] / root, w)
    }
}

/// Adamax: [`reference::adamax`](super::reference::adamax).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adamax<T> {
    /// The learning rate with the bias correction of the mean: `rate / (1 − β₁ᵗ)`.
    pub rate: T,
    /// The mean of the gradients: β₁.
    pub mean: Average<T>,
    /// The part of the largest gradient that remains in each step: β₂.
    pub keep: T,
    /// A small number that prevents a division by zero.
    pub epsilon: T,
}

impl<T: Float> Method<T, 2> for Adamax<T> {
    #[inline(always)]
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, [mean, largest]: &mut [V; 2]) -> V {
        *mean = self.mean.next(*mean, g);
        *largest = (*largest * w.splat(self.keep)).max(g.abs() + w.splat(self.epsilon));
        w.splat(-self.rate).mul_add(*mean / *largest, w)
    }
}

/// Adam with Nesterov momentum: [`reference::nadam`](super::reference::nadam).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nadam<T> {
    /// The factor for the gradient: `rate·(1 − μₜ) / (1 − μ₁⋯μₜ)`.
    pub of_gradient: T,
    /// The factor for the mean: `rate·μₜ₊₁ / (1 − μ₁⋯μₜ₊₁)`.
    pub of_mean: T,
    /// The mean of the gradients: β₁.
    pub mean: Average<T>,
    /// The mean of the squares of the gradients: β₂.
    pub square: Average<T>,
    /// The bias correction of the square root of the mean square: `1 / √(1 − β₂ᵗ)`.
    pub correction: T,
    /// A small number that prevents a division by zero.
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
    /// The factors for the mean of the squares of the gradients, and for the mean of the gradients if `centered`.
    pub average: Average<T>,
    /// Whether the square of the mean is subtracted from the mean of the squares. This takes one more slot.
    pub centered: bool,
    /// The factor for the momentum of the last step, if there is one more slot for the momentum.
    pub momentum: T,
    /// A small number that prevents a division by zero.
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
            // For gradients that hardly change, only a rounding error is left, and it may be below zero.
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
    /// The number with which the sum of the squares begins. The slot holds the sum without it.
    pub initial: T,
    /// A small number that prevents a division by zero.
    pub epsilon: T,
}

impl<T: Float> Method<T, 1> for Adagrad<T> {
    #[inline(always)]
    fn step<V: Real<Scalar = T>>(self, w: V, g: V, [squares]: &mut [V; 1]) -> V {
        *squares = g.mul_add(g, *squares);
        let root = (*squares + w.splat(self.initial)).sqrt();
        w.splat(-self.rate).mul_add(g / (root + w.splat(self.epsilon)), w)
    }
}

/// Adadelta: [`reference::adadelta`](super::reference::adadelta).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adadelta<T> {
    /// The factor for a step.
    pub rate: T,
    /// The factors for the means of the squares.
    pub average: Average<T>,
    /// A small number without which no step could begin.
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
    /// The factors for the mean whose sign is the step: β₁.
    pub step: Average<T>,
    /// The factors for the mean that is stored: β₂.
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
