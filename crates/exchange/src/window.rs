//! The padding of a convolution, side by side with the numbers that other programs need.

use toddle::{Conv2d, Padding, Shape, Sides, Size};

/// The rows and columns that a convolution adds around an image of shape `input` to make `output`.
pub(crate) fn sides(conv: &Conv2d, input: Shape, output: Shape) -> Sides {
    let (Shape::Image { height, width, .. }, Shape::Image { height: rows, width: columns, .. }) =
        (input, output)
    else {
        return Sides::default();
    };
    let Conv2d { kernel: Size(tall, wide), stride: Size(down, right), dilation: Size(d, e), .. } = *conv;
    match conv.padding {
        Padding::Valid => Sides::default(),
        Padding::Sides(sides) => sides,
        Padding::Same => {
            let (top, bottom) = same(height, rows, tall, down, d);
            let (left, right) = same(width, columns, wide, right, e);
            Sides { top, bottom, left, right }
        }
    }
}

/// The padding before and after `size` places that gives `outputs` windows. If it is odd, the extra place comes after.
fn same(size: usize, outputs: usize, kernel: usize, stride: usize, dilation: usize) -> (usize, usize) {
    let covered = (outputs - 1) * stride + (kernel - 1) * dilation + 1;
    let padding = covered.saturating_sub(size);
    (padding / 2, padding - padding / 2)
}
