use toddle::layer::Family;
use toddle::{Crop, Float, Pad, PadMode, Shape, Sides, Size, Upsample, UpsampleMode};
use toddle_kernels::resample::{Axis, Edge, Geometry, Rule, reference};

#[derive(Debug)]
pub struct Reference {
    g: Geometry,
}

impl Reference {
    pub fn upsample(spec: &Upsample, input: Shape) -> Self {
        let rule = match spec.mode {
            UpsampleMode::Nearest => Rule::Nearest,
            UpsampleMode::Bilinear => Rule::Linear { align_corners: spec.align_corners },
        };
        let Size(rows, columns) = spec.scale;
        let axis = |input, scale| Axis { input, output: scale * input, rule };
        Self::new(input, 0.0, |height, width| (axis(height, rows), axis(width, columns)))
    }

    pub fn pad(spec: &Pad, input: Shape) -> Self {
        let edge = match spec.mode {
            PadMode::Zeros | PadMode::Constant => Edge::Nothing,
            PadMode::Reflect => Edge::Reflect,
            PadMode::Replicate => Edge::Replicate,
            PadMode::Circular => Edge::Circular,
        };
        Self::shifted(input, spec.padding, 1, edge, spec.value)
    }

    pub fn crop(spec: &Crop, input: Shape) -> Self {
        Self::shifted(input, spec.sides, -1, Edge::Nothing, 0.0)
    }

    /// The image with `sign` times as many rows and columns at each side.
    fn shifted(input: Shape, sides: Sides, sign: isize, edge: Edge, outside: f64) -> Self {
        let [top, bottom, left, right] = sides.all().map(|side| sign * side as isize);
        let axis = |input: usize, before: isize, after: isize| {
            let output = (input as isize + before + after) as usize;
            Axis { input, output, rule: Rule::Shift { before, edge } }
        };
        Self::new(input, outside, |height, width| (axis(height, top, bottom), axis(width, left, right)))
    }

    fn new(input: Shape, outside: f64, axes: impl Fn(usize, usize) -> (Axis, Axis)) -> Self {
        let Shape::Image { channels, height, width } = input else { panic!("its input is an image") };
        let (rows, columns) = axes(height, width);
        Reference { g: Geometry { channels, rows, columns, outside } }
    }
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        Shape::image(self.g.channels, self.g.rows.output, self.g.columns.output)
    }

    fn forward(&self, _params: &[T], x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; self.g.outputs()];
        reference::forward(&self.g, x, &mut y);
        y
    }

    fn backward_input(&self, _family: Family, _params: &[T], _x: &[T], _y: &[T], dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; self.g.inputs()];
        reference::backward(&self.g, dy, &mut dx);
        dx
    }
}
