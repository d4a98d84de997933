use toddle::layer::Family;
use toddle::{Float, Prelu, Shape};
use toddle_kernels::prelu::reference;

#[derive(Debug)]
pub struct Reference {
    slopes: usize,
    shape: Shape,
}

impl Reference {
    pub fn new(spec: &Prelu, shape: Shape) -> Self {
        let slopes = match shape {
            _ if !spec.per_channel => 1,
            Shape::Image { channels, .. } => channels,
            Shape::Vector(size) => size,
        };
        Reference { slopes, shape }
    }
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        self.shape
    }

    fn params(&self) -> usize {
        self.slopes
    }

    fn forward(&self, params: &[T], x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; x.len()];
        reference::forward(x, params, &mut y);
        y
    }

    fn backward_input(&self, _family: Family, params: &[T], x: &[T], _y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; x.len()];
        reference::backward_input(x, params, dy, &mut dx);
        dx
    }

    fn row_gradient(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        let mut gradient = vec![T::ZERO; params.len()];
        reference::backward_weights_row(x, dy, &mut gradient);
        gradient
    }

    fn leaf(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        let size = self.shape.size();
        super::leaf_over_lanes(params.len(), (size, size), x, dy, |x, dy, gradient| {
            reference::backward_weights(x, dy, gradient);
        })
    }
}
