use toddle::layer::Family;
use toddle::{Float, Shape};
use toddle_kernels::dense::reference;

#[derive(Debug)]
pub struct Reference {
    pub inputs: usize,
    pub outputs: usize,
    pub bias: bool,
}

impl Reference {
    fn weights(&self) -> usize {
        self.inputs * self.outputs
    }
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        Shape::vector(self.outputs)
    }

    fn params(&self) -> usize {
        self.weights() + if self.bias { self.outputs } else { 0 }
    }

    fn forward(&self, params: &[T], x: &[T]) -> Vec<T> {
        let (w, b) = params.split_at(self.weights());
        let mut y = vec![T::ZERO; self.outputs];
        reference::forward(x, w, self.bias.then_some(b), &mut y);
        y
    }

    fn backward_input(&self, family: Family, params: &[T], _x: &[T], _y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; self.inputs];
        let w = &params[..self.weights()];
        match family {
            Family::Row => reference::backward_input_row(w, dy, &mut dx),
            Family::Block => reference::backward_input(w, dy, &mut dx),
        }
        dx
    }

    fn row_gradient(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        self.leaf(params, x, dy)
    }

    fn leaf(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        let mut gradient = vec![T::ZERO; params.len()];
        let (dw, db) = gradient.split_at_mut(self.weights());
        for (x, dy) in x.chunks_exact(self.inputs).zip(dy.chunks_exact(self.outputs)) {
            reference::backward_weights(x, dy, dw, db);
        }
        gradient
    }
}
