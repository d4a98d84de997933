use toddle::layer::Family;
use toddle::{Float, LogSoftmax, Shape};
use toddle_kernels::log_softmax::reference;

use super::softmax::places;

#[derive(Debug)]
pub struct Reference {
    places: usize,
    shape: Shape,
}

impl Reference {
    pub fn new(spec: &LogSoftmax, shape: Shape) -> Self {
        Reference { places: places(spec.axis, shape), shape }
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
        reference::backward(self.places, y, dy, &mut dx);
        dx
    }
}
