use toddle::layer::Family;
use toddle::{AvgPool2d, Float, MaxPool2d, Padding, Shape, Size};
use toddle_kernels::pool::{Axis, Count, Geometry, Windows, reference};

#[derive(Debug)]
pub struct Reference {
    g: Geometry,
    /// The divisor of an average; none for the largest element.
    average: Option<Count>,
    output: Shape,
}

impl Reference {
    pub fn max(spec: &MaxPool2d, input: Shape) -> Self {
        let MaxPool2d { window, stride, padding, dilation, ceil_mode } = *spec;
        let stride = stride.unwrap_or(window);
        let (g, _) = sliding(window, stride, padding, dilation, ceil_mode, input);
        Self::of_image(g, None)
    }

    pub fn average(spec: &AvgPool2d, input: Shape) -> Self {
        let AvgPool2d { window, stride, padding, count_padding, ceil_mode } = *spec;
        let stride = stride.unwrap_or(window);
        let (g, (below, right)) = sliding(window, stride, padding, Size(1, 1), ceil_mode, input);
        let count = if count_padding { Count::Padded(below, right) } else { Count::Image };
        Self::of_image(g, Some(count))
    }

    /// Windows that divide the image evenly.
    pub fn adaptive(output: Size, average: Option<Count>, input: Shape) -> Self {
        let (channels, height, width) = sides(input);
        let even = |input, output| Axis { input, windows: Windows::Even(output) };
        Self::of_image(
            Geometry { channels, rows: even(height, output.0), columns: even(width, output.1) },
            average,
        )
    }

    /// One window over the whole of each channel of the image.
    pub fn global(average: Option<Count>, input: Shape) -> Self {
        let (channels, height, width) = sides(input);
        let g = Geometry { channels, rows: Axis::whole(height), columns: Axis::whole(width) };
        Reference { g, average, output: Shape::vector(channels) }
    }

    fn of_image(g: Geometry, average: Option<Count>) -> Self {
        Reference { g, average, output: Shape::image(g.channels, g.rows.output(), g.columns.output()) }
    }
}

fn sides(input: Shape) -> (usize, usize, usize) {
    let Shape::Image { channels, height, width } = input else { panic!("pooling's input is an image") };
    (channels, height, width)
}

/// The windows, and the padding below and on the right.
fn sliding(
    window: Size,
    stride: Size,
    padding: Padding,
    dilation: Size,
    ceil_mode: bool,
    input: Shape,
) -> (Geometry, (usize, usize)) {
    let (channels, height, width) = sides(input);
    let axis = |input: usize, of: fn(Size) -> usize, padding: Option<(usize, usize)>| {
        let (size, stride, dilation) = (of(window), of(stride), of(dilation));
        let reach = (size - 1) * dilation + 1;
        let same = ((input.div_ceil(stride) - 1) * stride + reach).saturating_sub(input);
        let (before, after) = padding.unwrap_or((same / 2, same.div_ceil(2)));
        // One window after the other, as long as they fit.
        let fits = |start: usize| match ceil_mode {
            true => start < input + before && start + reach < input + before + after + stride,
            false => start + reach <= input + before + after,
        };
        let last = (0..).map(|o| o * stride).take_while(|&start| fits(start)).last().unwrap();
        let end = (last + reach).saturating_sub(input + before).max(after);
        (Axis { input, windows: Windows::Sliding { size, stride, dilation, padding: (before, end) } }, after)
    };
    let (above, aside) = match padding {
        Padding::Valid => (Some((0, 0)), Some((0, 0))),
        Padding::Same => (None, None),
        Padding::Sides(sides) => (Some((sides.top, sides.bottom)), Some((sides.left, sides.right))),
    };
    let (rows, below) = axis(height, |size| size.0, above);
    let (columns, right) = axis(width, |size| size.1, aside);
    (Geometry { channels, rows, columns }, (below, right))
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        self.output
    }

    fn forward(&self, _params: &[T], x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; self.g.outputs()];
        match self.average {
            None => reference::max_forward(&self.g, x, &mut y),
            Some(count) => reference::average_forward(&self.g, count, x, &mut y),
        }
        y
    }

    fn backward_input(&self, _family: Family, _params: &[T], x: &[T], y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; self.g.inputs()];
        match self.average {
            None => reference::max_backward(&self.g, x, y, dy, &mut dx),
            Some(count) => reference::average_backward(&self.g, count, dy, &mut dx),
        }
        dx
    }
}
