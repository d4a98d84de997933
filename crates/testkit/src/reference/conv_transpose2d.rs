use toddle::layer::Family;
use toddle::{ConvTranspose2d, Float, Shape, Size};
use toddle_kernels::conv2d::{Axis, Geometry, reference};

#[derive(Debug)]
pub struct Reference {
    /// The convolution of which this layer is the transpose.
    g: Geometry,
    biases: usize,
}

impl Reference {
    pub fn new(spec: &ConvTranspose2d, input: Shape) -> Self {
        let Shape::Image { channels, height, width } = input else {
            panic!("a transposed convolution's input is an image");
        };
        let ConvTranspose2d { filters, kernel, stride, padding, output_padding, dilation, groups, bias } =
            *spec;
        let axis = |output: usize, of: fn(Size) -> usize, before: usize, behind: usize| {
            let (kernel, stride, dilation) = (of(kernel), of(stride), of(dilation));
            let whole = (output - 1) * stride + (kernel - 1) * dilation + 1 + of(output_padding);
            Axis { input: whole - before - behind, output, kernel, stride, dilation, padding: before }
        };
        let rows = axis(height, |size| size.0, padding.top, padding.bottom);
        let columns = axis(width, |size| size.1, padding.left, padding.right);
        let g = Geometry { channels: filters, filters: channels, groups, rows, columns };
        Reference { g, biases: if bias { filters } else { 0 } }
    }
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        Shape::image(self.g.channels, self.g.rows.input, self.g.columns.input)
    }

    fn params(&self) -> usize {
        self.g.weights() + self.biases
    }

    fn forward(&self, params: &[T], x: &[T]) -> Vec<T> {
        let (w, b) = params.split_at(self.g.weights());
        let mut y = vec![T::ZERO; self.g.inputs()];
        reference::backward_input(&self.g, w, x, (!b.is_empty()).then_some(b), &mut y);
        y
    }

    fn backward_input(&self, _family: Family, params: &[T], _x: &[T], _y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; self.g.outputs()];
        reference::forward(&self.g, dy, &params[..self.g.weights()], None, &mut dx);
        dx
    }

    fn row_gradient(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        let mut gradient = vec![T::ZERO; params.len()];
        let (dw, db) = gradient.split_at_mut(self.g.weights());
        let plane = self.g.rows.input * self.g.columns.input;
        reference::backward_weights_row(&self.g, dy, x, dw);
        reference::backward_bias_row(plane, self.g.columns.input, dy, db);
        gradient
    }

    fn leaf(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        super::leaf_over_lanes(params.len(), (self.g.outputs(), self.g.inputs()), x, dy, |x, dy, gradient| {
            let (dw, db) = gradient.split_at_mut(self.g.weights());
            reference::backward_weights(&self.g, dy, x, dw);
            reference::backward_bias(self.g.rows.input * self.g.columns.input, dy, db);
        })
    }
}
