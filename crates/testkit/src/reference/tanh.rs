use toddle::layer::Family;
use toddle::{Float, Shape};
use toddle_kernels::activation::reference;

#[derive(Debug)]
pub struct Reference {
    pub shape: Shape,
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        self.shape
    }

    fn forward(&self, _params: &[T], x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; x.len()];
        reference::tanh_forward(x, &mut y);
        y
    }

    fn backward_input(&self, _family: Family, _params: &[T], _x: &[T], y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; dy.len()];
        reference::tanh_backward(y, dy, &mut dx);
        dx
    }
}
