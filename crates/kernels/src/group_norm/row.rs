//! Group normalisation of one sample: the loops of `reference`, compiled for the CPU.

use toddle_lanes::{Float, Kernel, Simd};

use super::{Geometry, reference};
use crate::norm::Affine;

/// `y = γ[c]·x̂ + β[c]`: [`reference::forward`] itself.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The normalisation.
    pub g: &'a Geometry,
    /// `γ` and `β` of each channel.
    pub affine: Affine<'a, T>,
    /// Input, channel after channel.
    pub x: &'a [T],
    /// Output.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        reference::forward(self.g, self.affine, self.x, self.y);
    }
}

/// `dx = ρ·(γ·dy − x̂·p/N − q/N)`, `dw[c] += Σ dy·x̂` and `dw[channels + c] += Σ dy`: [`reference::backward`] and
/// [`reference::backward_weights`] themselves.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// The normalisation.
    pub g: &'a Geometry,
    /// `γ` and `β` of each channel.
    pub affine: Affine<'a, T>,
    /// Input of forward.
    pub x: &'a [T],
    /// Gradient to the output.
    pub dy: &'a [T],
    /// Gradient to the input, unless nothing needs it.
    pub dx: Option<&'a mut [T]>,
    /// Gradients to `γ`, then to `β`; the results are added to it. Empty if there are no learned factors.
    pub dw: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        let Backward { g, affine, x, dy, dx, dw } = self;
        if !dw.is_empty() {
            reference::backward_weights(g, x, dy, dw);
        }
        if let Some(dx) = dx {
            reference::backward(g, affine, x, dy, dx);
        }
    }
}
