use toddle::layer::Family;
use toddle::{AvgPool2d, Float, MaxPool2d, Shape, Sides, Size};
use toddle_kernels::pool::{Count, Geometry, reference};

#[derive(Debug)]
pub struct Reference {
    g: Geometry,
    /// The divisor of an average; none for the largest element.
    average: Option<Count>,
    output: Shape,
}

impl Reference {
    pub fn max(spec: &MaxPool2d, input: Shape) -> Self {
        Self::sliding(spec.window, spec.stride, spec.padding, None, input)
    }

    pub fn average(spec: &AvgPool2d, input: Shape) -> Self {
        let count = if spec.count_padding { Count::Window } else { Count::Image };
        Self::sliding(spec.window, spec.stride, spec.padding, Some(count), input)
    }

    /// One window over the whole of each channel of the image.
    pub fn global(average: Option<Count>, input: Shape) -> Self {
        let Shape::Image { channels, height, width } = input else { panic!("pooling's input is an image") };
        let whole = Self::sliding(Size(height, width), None, Sides::default(), average, input);
        Reference { output: Shape::vector(channels), ..whole }
    }

    fn sliding(
        window: Size,
        stride: Option<Size>,
        padding: Sides,
        average: Option<Count>,
        input: Shape,
    ) -> Self {
        let Shape::Image { channels, height, width } = input else { panic!("pooling's input is an image") };
        let (window, stride, padding) = (pair(window), pair(stride.unwrap_or(window)), padding.all());
        let g = Geometry { channels, height, width, window, stride, padding };
        Reference { g, average, output: Shape::image(channels, g.out_height(), g.out_width()) }
    }
}

fn pair(Size(rows, columns): Size) -> (usize, usize) {
    (rows, columns)
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
