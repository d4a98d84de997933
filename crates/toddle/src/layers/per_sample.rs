use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::Debug;

use toddle_kernels::layout::{put_lane, take_lane};
use toddle_lanes::LANES;

use crate::custom::CustomLayer;
use crate::layer::{Backward, Family, Forward, Layer, Needs};
use crate::{Float, LayerSpec, ParamDecl, Shape};

/// A layer written as plain loops over one sample. [`per_sample`] makes a [`Layer`] of it.
///
/// The output of a sample depends only on the sample and the parameters. A layer that uses only [`Float`]'s
/// arithmetic and elementary functions gives the same bits on every machine.
pub trait PerSample<T: Float>: Debug + Send + Sync {
    /// The layer's parameters. Default: none.
    fn params(&self) -> Vec<ParamDecl> {
        Vec::new()
    }

    /// Sets `y` from `x`.
    fn forward(&self, io: SampleForward<'_, T>);

    /// Sets `dx`, and adds to `dw`.
    fn backward(&self, io: SampleBackward<'_, T>);
}

/// The arguments of [`PerSample::forward`].
#[derive(Debug)]
pub struct SampleForward<'a, T> {
    /// The layer's parameters, one after the other.
    pub w: &'a [T],
    /// Input.
    pub x: &'a [T],
    /// Output.
    pub y: &'a mut [T],
}

/// The arguments of [`PerSample::backward`].
#[derive(Debug)]
pub struct SampleBackward<'a, T> {
    /// The layer's parameters, one after the other.
    pub w: &'a [T],
    /// Input of forward.
    pub x: &'a [T],
    /// Output of forward.
    pub y: &'a [T],
    /// Gradient to the output.
    pub dy: &'a [T],
    /// Gradient to the input. The method sets it.
    pub dx: &'a mut [T],
    /// Gradient to the parameters. The method adds to it.
    pub dw: &'a mut [T],
}

/// The layer `spec`, built for `input`. `layer` computes an output of shape `output`.
///
/// In blocks, the samples are computed one after the other, in the order of their lanes. A parameter's leaf is the
/// sum of the samples' gradients in this order. Lanes without a sample are left out in the backward pass.
pub fn per_sample<T: Float>(
    spec: &impl CustomLayer,
    input: Shape,
    output: Shape,
    layer: impl PerSample<T> + 'static,
) -> Box<dyn Layer<T>> {
    Box::new(BuiltPerSample { spec: spec.clone().into(), input, output, layer })
}

#[derive(Debug)]
struct BuiltPerSample<L> {
    spec: LayerSpec,
    input: Shape,
    output: Shape,
    layer: L,
}

impl<T: Float, L: PerSample<T>> Layer<T> for BuiltPerSample<L> {
    fn spec(&self) -> LayerSpec {
        self.spec.clone()
    }

    fn output(&self) -> Shape {
        self.output
    }

    fn params(&self) -> Vec<ParamDecl> {
        self.layer.params()
    }

    fn needs(&self, family: Family) -> Needs {
        let scratch = match family {
            Family::Row => self.input.size(),
            Family::Block => 2 * (self.input.size() + self.output.size()),
        };
        Needs { scratch, ..Needs::default() }
    }

    fn forward(&self, Forward { family, params: w, x, y, scratch, .. }: Forward<'_, T>) {
        if family == Family::Row {
            return self.layer.forward(SampleForward { w, x, y });
        }
        let (x_of_one, rest) = scratch.split_at_mut(self.input.size());
        let y_of_one = &mut rest[..self.output.size()];
        for n in 0..LANES {
            take_lane(x, n, x_of_one);
            self.layer.forward(SampleForward { w, x: x_of_one, y: y_of_one });
            put_lane(y_of_one, n, y);
        }
    }

    fn backward(&self, io: Backward<'_, T>) {
        let Backward { family, params: w, training, x, y, dy, dx, grads: dw, scratch, .. } = io;
        if family == Family::Row {
            let dx = dx.unwrap_or(&mut scratch[..self.input.size()]);
            return self.layer.backward(SampleBackward { w, x, y, dy, dx, dw });
        }
        let mut dx = dx;
        if let Some(dx) = &mut dx {
            dx.fill(T::ZERO);
        }
        let (inputs, outputs) = scratch.split_at_mut(2 * self.input.size());
        let (x_of_one, dx_of_one) = inputs.split_at_mut(self.input.size());
        let (y_of_one, rest) = outputs.split_at_mut(self.output.size());
        let dy_of_one = &mut rest[..self.output.size()];
        for n in 0..training.samples {
            take_lane(x, n, x_of_one);
            take_lane(y, n, y_of_one);
            take_lane(dy, n, dy_of_one);
            let (x, y, dy) = (&*x_of_one, &*y_of_one, &*dy_of_one);
            self.layer.backward(SampleBackward { w, x, y, dy, dx: dx_of_one, dw });
            if let Some(dx) = &mut dx {
                put_lane(dx_of_one, n, dx);
            }
        }
    }
}
