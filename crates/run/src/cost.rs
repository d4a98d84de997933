//! Multiply-adds of a layer, forward, for one sample.

use toddle::{LayerSpec, Shape};

/// The number of multiply-adds of a layer: products of its weights and its input. A layer that works element by
/// element has none.
pub fn multiply_adds(spec: &LayerSpec, input: Shape, output: Shape) -> u64 {
    let channels = |shape: Shape| match shape {
        Shape::Image { channels, .. } => channels,
        Shape::Vector(numbers) => numbers,
    };
    let window = |kernel: toddle::Size| kernel.0 * kernel.1;
    let count = match spec {
        LayerSpec::Conv1d(conv) => return multiply_adds(&conv.of_image().into(), input, output),
        LayerSpec::Conv2d(conv) => output.size() * window(conv.kernel) * (channels(input) / conv.groups),
        LayerSpec::ConvTranspose2d(conv) => input.size() * window(conv.kernel) * (conv.filters / conv.groups),
        LayerSpec::Dense(_) => input.size() * output.size(),
        _ => 0,
    };
    count as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use toddle::{Conv2d, Dense};

    #[test]
    fn windows_and_matrices() {
        let count = |spec: LayerSpec, input| {
            let output = spec.build::<f32>(input).expect("it fits").output();
            multiply_adds(&spec, input, output)
        };
        let image = Shape::image(6, 14, 14);
        assert_eq!(count(Conv2d::new(16, 5).into(), image), 16 * 10 * 10 * 25 * 6);
        assert_eq!(count(Conv2d::new(16, 5).groups(2).into(), image), 16 * 10 * 10 * 25 * 3);
        assert_eq!(count(Dense::new(84).into(), Shape::vector(120)), 84 * 120);
        assert_eq!(count(LayerSpec::Tanh, image), 0);
    }
}
