use toddle::layer::Family;
use toddle::{Float, Shape};
use toddle_kernels::log_softmax::reference;

#[derive(Debug)]
pub struct Reference {
    pub size: usize,
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        Shape::vector(self.size)
    }

    fn forward(&self, _params: &[T], x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; self.size];
        reference::forward(x, &mut y);
        y
    }

    fn backward_input(&self, _family: Family, _params: &[T], _x: &[T], y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; self.size];
        reference::backward(y, dy, &mut dx);
        dx
    }
}
