//! Layers that compute each element by itself.

use toddle::LayerSpec;

/// Whether a layer computes each element by itself, without weights.
pub(crate) fn is_of_each_element(spec: &LayerSpec) -> bool {
    matches!(
        spec,
        LayerSpec::ClippedRelu(_)
            | LayerSpec::Elu(_)
            | LayerSpec::Gelu(_)
            | LayerSpec::HardSigmoid
            | LayerSpec::HardSwish
            | LayerSpec::LeakyRelu(_)
            | LayerSpec::Mish
            | LayerSpec::Relu
            | LayerSpec::Selu
            | LayerSpec::Sigmoid
            | LayerSpec::Silu
            | LayerSpec::Softplus(_)
            | LayerSpec::Softsign
            | LayerSpec::Tanh
    )
}
