use toddle::layer::Family;
use toddle::{Float, LayerSpec, Shape};
use toddle_kernels::activation::{Activation, reference};

#[derive(Debug)]
pub struct Reference {
    activation: Activation,
    shape: Shape,
}

impl Reference {
    pub fn new(spec: &LayerSpec, shape: Shape) -> Self {
        let activation = match spec {
            LayerSpec::ClippedRelu(spec) => Activation::ClippedRelu { most: spec.max },
            LayerSpec::Elu(spec) => Activation::Elu { alpha: spec.alpha },
            LayerSpec::Gelu(spec) if spec.approximate => Activation::GeluTanh,
            LayerSpec::Gelu(_) => Activation::Gelu,
            LayerSpec::HardSigmoid => Activation::HardSigmoid,
            LayerSpec::HardSwish => Activation::HardSwish,
            LayerSpec::LeakyRelu(spec) => Activation::LeakyRelu { slope: spec.slope },
            LayerSpec::Mish => Activation::Mish,
            LayerSpec::Relu => Activation::Relu,
            LayerSpec::Selu => Activation::Selu,
            LayerSpec::Sigmoid => Activation::Sigmoid,
            LayerSpec::Silu => Activation::Silu,
            LayerSpec::Softplus(spec) => Activation::Softplus { beta: spec.beta },
            LayerSpec::Softsign => Activation::Softsign,
            LayerSpec::Tanh => Activation::Tanh,
            _ => panic!("{spec} is no activation"),
        };
        Reference { activation, shape }
    }
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        self.shape
    }

    fn forward(&self, _params: &[T], x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; x.len()];
        reference::forward(self.activation, x, &mut y);
        y
    }

    fn backward_input(&self, _family: Family, _params: &[T], x: &[T], y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; dy.len()];
        reference::backward(self.activation, x, y, dy, &mut dx);
        dx
    }
}
