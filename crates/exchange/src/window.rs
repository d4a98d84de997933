//! The padding of windows, side by side with the numbers that other programs need.

use toddle::{AvgPool2d, Conv2d, MaxPool2d, Padding, Shape, Sides, Size};

/// The rows and columns of an image.
pub(crate) fn plane(shape: Shape) -> Size {
    match shape {
        Shape::Image { height, width, .. } => Size(height, width),
        Shape::Vector(_) => Size(1, 1),
    }
}

/// The number of channels, or of elements of a vector.
pub(crate) fn channels(shape: Shape) -> usize {
    match shape {
        Shape::Image { channels, .. } => channels,
        Shape::Vector(size) => size,
    }
}

/// The windows of a convolution or of pooling.
#[derive(Clone, Copy)]
pub(crate) struct Windows {
    pub kernel: Size,
    pub stride: Size,
    pub dilation: Size,
    pub padding: Padding,
}

impl From<&Conv2d> for Windows {
    fn from(&Conv2d { kernel, stride, dilation, padding, .. }: &Conv2d) -> Self {
        Windows { kernel, stride, dilation, padding }
    }
}

impl From<&MaxPool2d> for Windows {
    fn from(&MaxPool2d { window, stride, dilation, padding, .. }: &MaxPool2d) -> Self {
        Windows { kernel: window, stride: stride.unwrap_or(window), dilation, padding }
    }
}

impl From<&AvgPool2d> for Windows {
    fn from(&AvgPool2d { window, stride, padding, .. }: &AvgPool2d) -> Self {
        Windows { kernel: window, stride: stride.unwrap_or(window), dilation: Size(1, 1), padding }
    }
}

/// The rows and columns that are added around an image of shape `input` to make `output`.
pub(crate) fn sides(windows: impl Into<Windows>, input: Shape, output: Shape) -> Sides {
    let (Shape::Image { height, width, .. }, Shape::Image { height: rows, width: columns, .. }) =
        (input, output)
    else {
        return Sides::default();
    };
    let Windows { kernel: Size(tall, wide), stride: Size(down, right), dilation: Size(d, e), padding } =
        windows.into();
    match padding {
        Padding::Valid => Sides::default(),
        Padding::Sides(sides) => sides,
        Padding::Same => {
            let (top, bottom) = same(height, rows, tall, down, d);
            let (left, right) = same(width, columns, wide, right, e);
            Sides { top, bottom, left, right }
        }
    }
}

/// The same, with the rows below and the columns on the right that the last windows of `ceil_mode` take beyond them.
pub(crate) fn reached(windows: impl Into<Windows>, input: Shape, output: Shape) -> Sides {
    let (Shape::Image { height, width, .. }, Shape::Image { height: rows, width: columns, .. }) =
        (input, output)
    else {
        return Sides::default();
    };
    let windows = windows.into();
    let Windows { kernel, stride, dilation, .. } = windows;
    let Sides { top, bottom, left, right } = sides(windows, input, output);
    let below = covered(rows, kernel.0, stride.0, dilation.0).saturating_sub(height + top);
    let behind = covered(columns, kernel.1, stride.1, dilation.1).saturating_sub(width + left);
    Sides { top, bottom: bottom.max(below), left, right: right.max(behind) }
}

/// The places from the first of the first window to the last of the last one.
fn covered(outputs: usize, kernel: usize, stride: usize, dilation: usize) -> usize {
    (outputs - 1) * stride + (kernel - 1) * dilation + 1
}

/// The padding before and after `size` places that gives `outputs` windows. If it is odd, the extra place comes after.
fn same(size: usize, outputs: usize, kernel: usize, stride: usize, dilation: usize) -> (usize, usize) {
    let padding = covered(outputs, kernel, stride, dilation).saturating_sub(size);
    (padding / 2, padding - padding / 2)
}
