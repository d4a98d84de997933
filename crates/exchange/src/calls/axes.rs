//! The windows of layers along rows and along columns.

use toddle::{AvgPool2d, ConvTranspose2d, LayerSpec, PadMode, Shape, Sides, Size, UpsampleMode};

use super::{Axis, Rule, Side};
use crate::window::{self, Windows, plane};

/// The windows of a convolution or of pooling.
pub(crate) fn sliding(windows: impl Into<Windows>, input: Shape, output: Shape) -> [Axis; 2] {
    let windows = windows.into();
    let Windows { kernel, stride, dilation, .. } = windows;
    let sides = window::sides(windows, input, output);
    let (Size(height, width), Size(rows, columns)) = (plane(input), plane(output));
    let down = [height, rows, kernel.0, stride.0, dilation.0, sides.top];
    let right = [width, columns, kernel.1, stride.1, dilation.1, sides.left];
    [Axis(down), Axis(right)]
}

/// The windows of the convolution whose transpose a layer is.
pub(crate) fn turned(conv: &ConvTranspose2d, input: Shape, output: Shape) -> [Axis; 2] {
    let ConvTranspose2d { kernel, stride, dilation, padding, .. } = *conv;
    let (Size(height, width), Size(rows, columns)) = (plane(output), plane(input));
    let down = [height, rows, kernel.0, stride.0, dilation.0, padding.top];
    let right = [width, columns, kernel.1, stride.1, dilation.1, padding.left];
    [Axis(down), Axis(right)]
}

/// Windows that divide the image as evenly as possible.
pub(crate) fn even(input: Shape, output: Shape) -> [Axis; 2] {
    let (Size(height, width), Size(rows, columns)) = (plane(input), plane(output));
    [Axis([height, rows, 0, 0, 1, 0]), Axis([width, columns, 0, 0, 1, 0])]
}

/// A window that is the whole image.
pub(crate) fn whole(input: Shape) -> [Axis; 2] {
    let Size(height, width) = plane(input);
    [Axis([height, 1, height, 1, 1, 0]), Axis([width, 1, width, 1, 1, 0])]
}

/// The rows and the columns of the image with its padding, if an average counts the padding. 0 if it does not.
pub(crate) fn padded(pool: &AvgPool2d, input: Shape, output: Shape) -> [usize; 2] {
    let Size(height, width) = plane(input);
    let Sides { top, bottom, left, right } = window::sides(pool, input, output);
    [top + height + bottom, left + width + right].map(|size| size * usize::from(pool.count_padding))
}

/// The rows and the columns that the outputs of a padding, a cropping or an upsampling take, and the number outside.
pub(crate) fn placed(layer: &LayerSpec, input: Shape, output: Shape) -> ([Side; 2], f64) {
    let (rule, before, value) = match layer {
        LayerSpec::Crop(crop) => {
            let Sides { top, left, .. } = crop.sides;
            (Rule::OutsideNothing, [-(top as isize), -(left as isize)], 0.0)
        }
        LayerSpec::Pad(pad) => {
            let Sides { top, left, .. } = pad.padding;
            let rule = match pad.mode {
                PadMode::Zeros | PadMode::Constant => Rule::OutsideNothing,
                PadMode::Reflect => Rule::OutsideReflected,
                PadMode::Replicate => Rule::OutsideNearest,
                PadMode::Circular => Rule::OutsideRepeated,
            };
            (rule, [top as isize, left as isize], pad.value)
        }
        LayerSpec::Upsample(upsample) => match (upsample.mode, upsample.align_corners) {
            (UpsampleMode::Nearest, _) => (Rule::Repeated, [0, 0], 0.0),
            (UpsampleMode::Bilinear, false) => (Rule::Linear, [0, 0], 0.0),
            (UpsampleMode::Bilinear, true) => (Rule::LinearAligned, [0, 0], 0.0),
        },
        other => unreachable!("{other} does not change the size of an image"),
    };
    let (Size(height, width), Size(rows, columns)) = (plane(input), plane(output));
    let side = |input, output, before| Side { input, output, rule, before };
    ([side(height, rows, before[0]), side(width, columns, before[1])], value)
}
