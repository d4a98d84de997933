//! The receptive field of a value: the rows and columns of the input that one of its elements depends on.

use std::fmt;

use toddle::{
    AdaptiveAvgPool2d, AdaptiveMaxPool2d, LayerSpec, LogSoftmax, Shape, Size, Softmax, SoftmaxAxis,
    UpsampleMode,
};

/// The receptive field of one element of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// All of it.
    All,
    /// A window.
    Window {
        /// Rows and columns of the input.
        input: (usize, usize),
        /// Rows and columns of the window.
        size: (usize, usize),
        /// How far apart the windows of neighbours are.
        apart: (f64, f64),
    },
}

impl Field {
    /// An element of the input depends on itself.
    pub fn of_input(shape: Shape) -> Field {
        let input = match shape {
            Shape::Image { height, width, .. } => (height, width),
            Shape::Vector(numbers) => (numbers, 1),
        };
        Field::Window { input, size: (1, 1), apart: (1.0, 1.0) }
    }

    /// The receptive field after a layer whose input has this field.
    pub fn after(&self, spec: &LayerSpec, input: Shape) -> Field {
        let one = Size(1, 1);
        match spec {
            LayerSpec::Conv1d(conv) => self.after(&conv.of_image().into(), input),
            LayerSpec::Conv2d(conv) => self.slide(conv.kernel, conv.dilation, conv.stride),
            LayerSpec::ConvTranspose2d(conv) => self.spread(conv.kernel, conv.dilation, conv.stride),
            LayerSpec::AvgPool2d(pool) => self.slide(pool.window, one, pool.stride.unwrap_or(pool.window)),
            LayerSpec::AvgPool1d(pool) => self.after(&pool.of_image().into(), input),
            LayerSpec::MaxPool1d(pool) => self.after(&pool.of_image().into(), input),
            LayerSpec::MaxPool2d(pool) => {
                self.slide(pool.window, pool.dilation, pool.stride.unwrap_or(pool.window))
            }
            LayerSpec::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output })
            | LayerSpec::AdaptiveMaxPool2d(AdaptiveMaxPool2d { output }) => self.divide(*output, input),
            LayerSpec::Upsample(upsample) => {
                let Size(rows, columns) = upsample.scale;
                let kernel = match upsample.mode {
                    UpsampleMode::Nearest => upsample.scale,
                    UpsampleMode::Bilinear => Size(2 * rows - 1, 2 * columns - 1),
                };
                self.spread(kernel, one, upsample.scale)
            }
            LayerSpec::Dense(_) | LayerSpec::GlobalAvgPool | LayerSpec::GlobalMaxPool => Field::All,
            LayerSpec::GroupNorm(_) | LayerSpec::LayerNorm(_) => Field::All,
            LayerSpec::Softmax(Softmax { axis, .. }) | LayerSpec::LogSoftmax(LogSoftmax { axis }) => {
                if *axis == SoftmaxAxis::Elements && input.size() > 1 { Field::All } else { self.clone() }
            }
            _ => self.clone(),
        }
    }

    /// The receptive field of the sum of two values.
    pub fn or(&self, other: &Field) -> Field {
        match (self, other) {
            (Field::Window { size, .. }, Field::Window { size: others, .. }) => {
                if size.0 * size.1 >= others.0 * others.1 { self.clone() } else { other.clone() }
            }
            _ => Field::All,
        }
    }

    fn slide(&self, kernel: Size, dilation: Size, stride: Size) -> Field {
        self.map(|size, apart, side| {
            let (kernel, dilation, stride) = (at(kernel, side), at(dilation, side), at(stride, side));
            let more = ((kernel - 1) * dilation) as f64 * apart;
            (size + more.ceil() as usize, apart * stride as f64)
        })
    }

    /// Of adaptive pooling: the largest windows that `output` windows over `input` have.
    fn divide(&self, output: Size, input: Shape) -> Field {
        let Shape::Image { height, width, .. } = input else { return Field::All };
        self.map(|size, apart, side| {
            let (cells, windows) = (at(Size(height, width), side), at(output, side));
            let window =
                (0..windows).map(|o| ((o + 1) * cells).div_ceil(windows) - o * cells / windows).max();
            let more = (window.unwrap_or(1) - 1) as f64 * apart;
            (size + more.ceil() as usize, apart * cells as f64 / windows as f64)
        })
    }

    /// Of a transposed convolution: an output depends on as many inputs as windows reach it.
    fn spread(&self, kernel: Size, dilation: Size, stride: Size) -> Field {
        self.map(|size, apart, side| {
            let (kernel, dilation, stride) = (at(kernel, side), at(dilation, side), at(stride, side));
            let windows = ((kernel - 1) * dilation + 1).div_ceil(stride);
            (size + ((windows - 1) as f64 * apart).ceil() as usize, apart / stride as f64)
        })
    }

    /// The two sides, from their old values.
    fn map(&self, side: impl Fn(usize, f64, usize) -> (usize, f64)) -> Field {
        let Field::Window { input, size, apart } = self else { return Field::All };
        let (rows, down) = side(size.0, apart.0, 0);
        let (columns, across) = side(size.1, apart.1, 1);
        let size = (rows.min(input.0), columns.min(input.1));
        Field::Window { input: *input, size, apart: (down, across) }
    }
}

fn at(size: Size, side: usize) -> usize {
    if side == 0 { size.0 } else { size.1 }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::All => f.write_str("all"),
            Field::Window { input, size, .. } if size == input => f.write_str("all"),
            Field::Window { size: (rows, columns), .. } => write!(f, "{rows}×{columns}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toddle::{AvgPool2d, Conv1d, Conv2d, MaxPool2d, Upsample};

    #[test]
    fn windows_grow_with_what_is_between_them() {
        let image = Shape::image(1, 28, 28);
        let mut field = Field::of_input(image);
        let mut seen = Vec::new();
        for spec in
            [Conv2d::new(6, 5).into(), AvgPool2d::new(2).into(), Conv2d::new(16, 5).into(), LayerSpec::Tanh]
        {
            field = field.after(&spec, image);
            seen.push(field.to_string());
        }
        assert_eq!(seen, ["5×5", "6×6", "14×14", "14×14"]);
        assert_eq!(field.after(&LayerSpec::GlobalAvgPool, image), Field::All);
        // The windows of neighbours are two pixels apart. After an enlargement they are one pixel apart.
        let large = field.after(&Upsample::new(2).into(), image);
        assert_eq!(large.to_string(), "14×14");
        assert_eq!(large.after(&Conv2d::new(1, 2).into(), image).to_string(), "15×15");
        let bilinear = Upsample::new(2).mode(UpsampleMode::Bilinear);
        assert_eq!(field.after(&bilinear.into(), image).to_string(), "16×16");
        let after = |spec: LayerSpec, image| Field::of_input(image).after(&spec, image).to_string();
        assert_eq!(after(AdaptiveAvgPool2d::new((3, 4)).into(), image), "10×7");
        assert_eq!(after(MaxPool2d::new(2).dilation((1, 3)).into(), image), "2×4");
        assert_eq!(after(Conv1d::new(1, 5).into(), Shape::image(1, 1, 28)), "1×5");
        assert_eq!(after(Softmax::channels().into(), image), "1×1");
    }
}
