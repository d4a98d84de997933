use toddle::layer::{Draw, Family};
use toddle::{Float, Shape};
use toddle_kernels::noise::reference;

use super::Batch;

#[derive(Debug)]
pub struct Reference {
    pub deviation: f64,
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

    fn forward_batch(&self, batch: &Batch, _params: &[T], x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; x.len()];
        for (n, (x, y)) in batch.each(x).zip(y.chunks_exact_mut(self.shape.size())).enumerate() {
            let draw = Draw { sample: batch.draw.sample + n as u32, ..batch.draw };
            reference::forward(&draw, self.deviation, x, y);
        }
        y
    }
}
