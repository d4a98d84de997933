use toddle::layer::Family;
use toddle::{Float, Shape};

#[derive(Debug)]
pub struct Reference {
    pub shape: Shape,
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        self.shape
    }

    fn forward(&self, _params: &[T], x: &[T]) -> Vec<T> {
        x.to_vec()
    }

    fn backward_input(&self, _family: Family, _params: &[T], _x: &[T], _y: &[T], dy: &[T]) -> Vec<T> {
        dy.to_vec()
    }
}
