use toddle::layer::Family;
use toddle::{Float, GroupNorm, LayerNorm, Shape};
use toddle_kernels::group_norm::{Geometry, reference};
use toddle_kernels::norm::Affine;

#[derive(Debug)]
pub struct Reference {
    g: Geometry,
    affine: bool,
    shape: Shape,
}

impl Reference {
    pub fn group(spec: &GroupNorm, shape: Shape) -> Self {
        let channels = match shape {
            Shape::Vector(numbers) => numbers,
            Shape::Image { channels, .. } => channels,
        };
        Self::new(spec.groups, channels, spec.affine, spec.epsilon, shape)
    }

    pub fn layer(spec: &LayerNorm, shape: Shape) -> Self {
        Self::new(1, shape.size(), spec.affine, spec.epsilon, shape)
    }

    /// Without weights, all elements of a group are one channel.
    fn new(groups: usize, channels: usize, affine: bool, epsilon: f64, shape: Shape) -> Self {
        let channels = if affine { channels } else { groups };
        Reference { g: Geometry { groups, channels, plane: shape.size() / channels, epsilon }, affine, shape }
    }
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        self.shape
    }

    fn params(&self) -> usize {
        if self.affine { 2 * self.g.channels } else { 0 }
    }

    fn forward(&self, params: &[T], x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; x.len()];
        reference::forward(&self.g, Affine { params }, x, &mut y);
        y
    }

    fn backward_input(&self, _family: Family, params: &[T], x: &[T], _y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; x.len()];
        reference::backward(&self.g, Affine { params }, x, dy, &mut dx);
        dx
    }

    fn row_gradient(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        let mut gradient = vec![T::ZERO; params.len()];
        if self.affine {
            reference::backward_weights(&self.g, x, dy, &mut gradient);
        }
        gradient
    }

    fn leaf(&self, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        let size = self.shape.size();
        super::leaf_over_lanes(params.len(), (size, size), x, dy, |x, dy, gradient| {
            gradient.copy_from_slice(&self.row_gradient(params, x, dy));
        })
    }
}
