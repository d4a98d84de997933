use toddle::layer::Family;
use toddle::{Embedding, Float, Shape};
use toddle_kernels::embedding::reference;

#[derive(Debug)]
pub struct Reference {
    pub spec: Embedding,
    pub input: Shape,
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        match self.input {
            Shape::Vector(1) => Shape::vector(self.spec.features),
            input => Shape::image(self.spec.features, 1, input.size()),
        }
    }

    fn params(&self) -> usize {
        self.spec.classes * self.spec.features
    }

    fn forward(&self, params: &[T], x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; x.len() * self.spec.features];
        reference::forward(self.spec.features, x, params, &mut y);
        y
    }

    fn backward_input(&self, _family: Family, _params: &[T], x: &[T], _y: &[T], _dy: &[T]) -> Vec<T> {
        vec![T::ZERO; x.len()]
    }

    fn row_gradient(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        self.leaf(params, x, dy)
    }

    fn leaf(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        let mut gradient = vec![T::ZERO; params.len()];
        let steps = self.input.size();
        for (x, dy) in x.chunks_exact(steps).zip(dy.chunks_exact(steps * self.spec.features)) {
            reference::backward_weights(self.spec.features, x, dy, &mut gradient);
        }
        gradient
    }
}
