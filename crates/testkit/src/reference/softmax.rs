use toddle::layer::Family;
use toddle::{Float, Jacobian, Shape, Softmax, SoftmaxAxis};
use toddle_kernels::softmax::reference;

#[derive(Debug)]
pub struct Reference {
    jacobian: Jacobian,
    places: usize,
    shape: Shape,
}

impl Reference {
    pub fn new(spec: &Softmax, shape: Shape) -> Self {
        Reference { jacobian: spec.jacobian, places: places(spec.axis, shape), shape }
    }
}

/// The number of places of `shape` that have a softmax of their own.
pub fn places(axis: SoftmaxAxis, shape: Shape) -> usize {
    match (axis, shape) {
        (SoftmaxAxis::Channels, Shape::Image { height, width, .. }) => height * width,
        _ => 1,
    }
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        self.shape
    }

    fn forward(&self, _params: &[T], x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; x.len()];
        reference::forward(self.places, x, &mut y);
        y
    }

    fn backward_input(&self, _family: Family, _params: &[T], _x: &[T], y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; y.len()];
        reference::backward(self.places, self.jacobian, y, dy, &mut dx);
        dx
    }
}
