use toddle::layer::{Draw, Family};
use toddle::{Float, Shape, SpatialDropout};
use toddle_kernels::dropout::reference;

use super::Batch;

#[derive(Debug)]
pub struct Reference {
    pub rate: f64,
    /// The number of neighbouring elements that are dropped together.
    pub together: usize,
    pub shape: Shape,
}

impl Reference {
    pub fn spatial(spec: &SpatialDropout, shape: Shape) -> Self {
        let Shape::Image { channels, .. } = shape else { panic!("spatial dropout's input is an image") };
        Reference { rate: spec.rate, together: shape.size() / channels, shape }
    }

    fn apply<T: Float>(&self, batch: &Batch, x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; x.len()];
        for (n, (x, y)) in batch.each(x).zip(y.chunks_exact_mut(self.shape.size())).enumerate() {
            let draw = Draw { sample: batch.draw.sample + n as u32, ..batch.draw };
            reference::apply(&draw, self.rate, self.together, x, y);
        }
        y
    }
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        self.shape
    }

    fn forward(&self, _params: &[T], x: &[T]) -> Vec<T> {
        x.to_vec()
    }

    fn backward_input(&self, _family: Family, _params: &[T], _x: &[T], _y: &[T], _dy: &[T]) -> Vec<T> {
        panic!("dropout's way back depends on the sample's place");
    }

    fn forward_batch(&self, batch: &Batch, _params: &[T], x: &[T]) -> Vec<T> {
        self.apply(batch, x)
    }

    fn backward_batch(&self, batch: &Batch, _params: &[T], _x: &[T], _y: &[T], dy: &[T]) -> Vec<T> {
        self.apply(batch, dy)
    }
}
