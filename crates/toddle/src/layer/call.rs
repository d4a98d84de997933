//! One layer with all the arguments that its methods only read. The arguments of the methods are put together only
//! here.

use toddle_lanes::Isa;

use super::{
    Backward, Epilogue, Family, Forward, FusedActivation, GradientSums, Layer, Phase, Statistics, Training,
};
use crate::Float;

/// One layer of a network, with its parameters and state. A call adds the buffers that it works on.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a, T> {
    /// The layer.
    pub layer: &'a dyn Layer<T>,
    /// The instruction set.
    pub isa: Isa,
    /// One sample, or sixteen.
    pub family: Family,
    /// The layer's parameters.
    pub params: &'a [T],
    /// What [`Layer::pack`] made of them.
    pub packed: &'a [T],
    /// The layer's state.
    pub state: &'a [T],
}

/// The buffers of one row or block on the way back through a layer.
#[derive(Debug)]
pub struct Through<'a, T> {
    /// Input of forward.
    pub x: &'a [T],
    /// Output of forward.
    pub y: &'a [T],
    /// Gradient to the output.
    pub dy: &'a [T],
    /// As in [`Backward`].
    pub prologue: Option<FusedActivation>,
    /// As in [`Backward`].
    pub epilogue: Option<FusedActivation>,
    /// Gradient to the input, unless nothing needs it.
    pub dx: Option<&'a mut [T]>,
}

impl<T: Float> Call<'_, T> {
    /// [`Layer::forward`]
    pub fn forward(
        &self,
        phase: Phase<'_, T>,
        x: &[T],
        epilogue: Option<Epilogue<&[T]>>,
        y: &mut [T],
        scratch: &mut [T],
    ) {
        let Call { layer, isa, family, params, packed, state } = *self;
        layer.forward(Forward { isa, family, params, packed, state, phase, x, epilogue, y, scratch });
    }

    /// [`Layer::statistics`]
    pub fn statistics(&self, samples: usize, x: &[T], leaf: &mut [T]) {
        self.layer.statistics(Statistics { isa: self.isa, family: self.family, samples, x, leaf });
    }

    /// [`Layer::gradient_sums`]
    pub fn gradient_sums(&self, moments: &[T], through: Through<'_, T>, leaf: &mut [T]) {
        let Call { layer, isa, family, params, .. } = *self;
        let Through { x, dy, prologue, .. } = through;
        layer.gradient_sums(GradientSums { isa, family, params, moments, x, dy, prologue, leaf });
    }

    /// [`Layer::backward`]
    pub fn backward(
        &self,
        training: Training<'_, T>,
        through: Through<'_, T>,
        grads: &mut [T],
        scratch: &mut [T],
    ) {
        let Call { layer, isa, family, params, packed, .. } = *self;
        let Through { x, y, dy, prologue, epilogue, dx } = through;
        layer.backward(Backward {
            isa,
            family,
            params,
            packed,
            training,
            x,
            y,
            dy,
            prologue,
            epilogue,
            dx,
            grads,
            scratch,
        });
    }
}
