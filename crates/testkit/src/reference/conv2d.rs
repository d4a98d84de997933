use toddle::layer::Family;
use toddle::{Conv2d, Float, Padding, Shape, Sides, Size};
use toddle_kernels::conv2d::{Axis, Geometry, reference};
use toddle_kernels::winograd;

#[derive(Debug)]
pub struct Reference {
    g: Geometry,
    biases: usize,
    fast: bool,
}

impl Reference {
    pub fn new(spec: &Conv2d, input: Shape) -> Self {
        let Shape::Image { channels, height, width } = input else {
            panic!("a convolution's input is an image");
        };
        let Conv2d { filters, kernel, stride, padding, dilation, groups, bias, fast } = *spec;
        let axis = |input: usize, of: fn(Size) -> usize, sides: fn(Sides) -> (usize, usize)| {
            let (kernel, stride, dilation) = (of(kernel), of(stride), of(dilation));
            let reach = (kernel - 1) * dilation + 1;
            let (before, behind) = match padding {
                Padding::Valid => (0, 0),
                Padding::Same => {
                    let all = ((input.div_ceil(stride) - 1) * stride + reach).saturating_sub(input);
                    (all / 2, all.div_ceil(2))
                }
                Padding::Sides(of) => sides(of),
            };
            let output = (input + before + behind - reach) / stride + 1;
            Axis { input, output, kernel, stride, dilation, padding: before }
        };
        let rows = axis(height, |size| size.0, |sides| (sides.top, sides.bottom));
        let columns = axis(width, |size| size.1, |sides| (sides.left, sides.right));
        let g = Geometry { channels, filters, groups, rows, columns };
        Reference { g, biases: if bias { filters } else { 0 }, fast }
    }
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        Shape::image(self.g.filters, self.g.rows.output, self.g.columns.output)
    }

    fn params(&self) -> usize {
        self.g.weights() + self.biases
    }

    fn forward(&self, params: &[T], x: &[T]) -> Vec<T> {
        let (w, b) = params.split_at(self.g.weights());
        let mut y = vec![T::ZERO; self.g.outputs()];
        let b = (!b.is_empty()).then_some(b);
        if self.fast {
            winograd::reference::forward(&self.g, x, w, b, &mut y);
        } else {
            reference::forward(&self.g, x, w, b, &mut y);
        }
        y
    }

    fn backward_input(&self, _family: Family, params: &[T], _x: &[T], _y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; self.g.inputs()];
        let w = &params[..self.g.weights()];
        if self.fast {
            winograd::reference::backward_input(&self.g, w, dy, &mut dx);
        } else {
            reference::backward_input(&self.g, w, dy, None, &mut dx);
        }
        dx
    }

    fn row_gradient(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        let mut gradient = vec![T::ZERO; params.len()];
        let (dw, db) = gradient.split_at_mut(self.g.weights());
        let plane = self.g.rows.output * self.g.columns.output;
        reference::backward_weights_row(&self.g, x, dy, dw);
        reference::backward_bias_row(plane, self.g.columns.output, dy, db);
        gradient
    }

    fn leaf(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        let (g, weights) = (&self.g, self.g.weights());
        let sizes = (g.inputs(), g.outputs());
        let mut leaf = super::leaf_over_lanes(params.len(), sizes, x, dy, |x, dy, gradient| {
            let (dw, db) = gradient.split_at_mut(weights);
            if !self.fast {
                reference::backward_weights(g, x, dy, dw);
            }
            reference::backward_bias(g.rows.output * g.columns.output, dy, db);
        });
        if self.fast {
            let mut du = vec![T::ZERO; 16 * g.channels * g.filters];
            winograd::reference::backward_weights(g, x, dy, &mut du);
            winograd::reference::backward_windows(g, &du, &mut leaf[..weights]);
        }
        leaf
    }
}
