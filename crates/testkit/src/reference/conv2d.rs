use toddle::layer::Family;
use toddle::{Conv2d, Float, Shape, Size};
use toddle_kernels::conv2d::{Geometry, reference};

#[derive(Debug)]
pub struct Reference {
    g: Geometry,
}

impl Reference {
    pub fn new(spec: &Conv2d, input: Shape) -> Self {
        let (Shape::Image { channels, height, width }, Size(rows, columns)) = (input, spec.kernel) else {
            panic!("a convolution's input is an image");
        };
        Reference { g: Geometry { channels, height, width, filters: spec.filters, kernel: (rows, columns) } }
    }
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        Shape::image(self.g.filters, self.g.out_height(), self.g.out_width())
    }

    fn params(&self) -> usize {
        self.g.weights() + self.g.filters
    }

    fn forward(&self, params: &[T], x: &[T]) -> Vec<T> {
        let (w, b) = params.split_at(self.g.weights());
        let mut y = vec![T::ZERO; self.g.outputs()];
        reference::forward(&self.g, x, w, b, &mut y);
        y
    }

    fn backward_input(&self, _family: Family, params: &[T], _x: &[T], _y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; self.g.inputs()];
        reference::backward_input(&self.g, &params[..self.g.weights()], dy, &mut dx);
        dx
    }

    fn row_gradient(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        let mut gradient = vec![T::ZERO; params.len()];
        let (dw, db) = gradient.split_at_mut(self.g.weights());
        reference::backward_weights_row(&self.g, x, dy, dw, db);
        gradient
    }

    fn leaf(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        super::leaf_over_lanes(params.len(), (self.g.inputs(), self.g.outputs()), x, dy, |x, dy, gradient| {
            let (dw, db) = gradient.split_at_mut(self.g.weights());
            reference::backward_weights(&self.g, x, dy, dw, db);
        })
    }
}
