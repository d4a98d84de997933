//! The part that all pooling layers share: the check of their settings, and the built layer.

use toddle_kernels::Run;
use toddle_kernels::pool::{Count, Geometry, block, row};

use super::{Sides, Size, lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, FusedActivation, Fuses, Layer, Needs};
use crate::network::shape::MOST_NUMBERS;
use crate::{Float, LayerSpec, Shape};

/// How the elements of a window become one element.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    Max,
    Average(Count),
}

/// A pooling layer of any kind.
#[derive(Debug)]
pub(super) struct BuiltPool {
    pub(super) spec: LayerSpec,
    pub(super) of: Of,
    pub(super) g: Geometry,
    pub(super) output: Shape,
}

impl BuiltPool {
    /// Windows that slide over an image.
    pub(super) fn sliding(spec: LayerSpec, of: Of, g: Geometry) -> Self {
        BuiltPool { spec, of, g, output: Shape::image(g.channels, g.out_height(), g.out_width()) }
    }
}

/// The geometry of windows that slide over `input`.
///
/// # Errors
/// The input is not an image, or the settings do not fit the image or one another.
pub(super) fn geometry(
    window: Size,
    stride: Option<Size>,
    padding: Sides,
    input: Shape,
) -> Result<Geometry, Misfit> {
    let Shape::Image { channels, height, width } = input else {
        return Err(Misfit::new("it slides over images", "the pooling before `flatten`"));
    };
    let (Size(rows, columns), stride) = (window, stride.unwrap_or(window));
    if rows == 0 || columns == 0 {
        return Err(Misfit::new(format!("a {window} window contains no element"), "window = 1 or more"));
    }
    if stride.0 == 0 || stride.1 == 0 {
        return Err(Misfit::new(
            format!("with stride {stride} the window never moves"),
            "stride = 1 or more",
        ));
    }
    if rows > MOST_NUMBERS || columns > MOST_NUMBERS {
        return Err(Misfit::new("the window is larger than toddle supports", "a smaller window"));
    }
    let Sides { top, bottom, left, right } = padding;
    if top.max(bottom) > rows / 2 || left.max(right) > columns / 2 {
        let because = format!("padding = {padding} is more than half of a {window} window");
        return Err(Misfit::new(because, format!("padding = {} or less", rows.min(columns) / 2)));
    }
    if rows > height + top + bottom || columns > width + left + right {
        let padded = if padding == Sides::default() { "" } else { " with its padding" };
        let because = format!("a {window} window does not fit in {height}×{width}{padded}");
        let remedy = format!("window = {} or less, or larger images", height.min(width));
        return Err(Misfit::new(because, remedy));
    }
    let (window, stride) = ((rows, columns), (stride.0, stride.1));
    Ok(Geometry { channels, height, width, window, stride, padding: padding.all() })
}

/// `window = 2×2, stride = 1×1, padding = 1`: the window, and each setting that does not have its default.
pub(super) fn settings(window: Size, stride: Option<Size>, padding: Sides) -> String {
    let mut text = format!("window = {window}");
    if let Some(stride) = stride.filter(|stride| *stride != window) {
        text += &format!(", stride = {stride}");
    }
    if padding != Sides::default() {
        text += &format!(", padding = {padding}");
    }
    text
}

impl<T: Float> Layer<T> for BuiltPool {
    fn spec(&self) -> LayerSpec {
        self.spec.clone()
    }

    fn output(&self) -> Shape {
        self.output
    }

    fn needs(&self, family: Family) -> Needs {
        let backward_of_relu_before =
            matches!((self.of, family), (Of::Max, Family::Block)) && !self.g.overlaps();
        Needs { fuses: Fuses { backward_of_relu_before, ..Fuses::default() }, ..Needs::default() }
    }

    fn forward(&self, Forward { isa, family, x, y, .. }: Forward<'_, T>) {
        let g = &self.g;
        match (self.of, family) {
            (Of::Max, Family::Row) => row::MaxForward { g, x, y }.on(isa),
            (Of::Max, Family::Block) => block::MaxForward { g, x: lanes(x), y: lanes_mut(y) }.on(isa),
            (Of::Average(count), Family::Row) => row::AverageForward { g, count, x, y }.on(isa),
            (Of::Average(count), Family::Block) => {
                block::AverageForward { g, count, x: lanes(x), y: lanes_mut(y) }.on(isa);
            }
        }
    }

    fn backward(&self, Backward { isa, family, x, y, dy, epilogue, dx, .. }: Backward<'_, T>) {
        let (g, Some(dx)) = (&self.g, dx) else { return };
        let relu = epilogue == Some(FusedActivation::Relu);
        match (self.of, family) {
            (Of::Max, Family::Row) => row::MaxBackward { g, x, y, dy, dx }.on(isa),
            (Of::Max, Family::Block) => {
                let (x, y, dy, dx) = (lanes(x), lanes(y), lanes(dy), lanes_mut(dx));
                block::MaxBackward { g, x, y, dy, relu, dx }.on(isa);
            }
            (Of::Average(count), Family::Row) => row::AverageBackward { g, count, dy, dx }.on(isa),
            (Of::Average(count), Family::Block) => {
                block::AverageBackward { g, count, dy: lanes(dy), dx: lanes_mut(dx) }.on(isa);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{AvgPool2d, MaxPool2d, Size};

    #[test]
    fn only_what_is_not_by_default_is_written() {
        let texts = [
            MaxPool2d::new(2).to_string(),
            MaxPool2d::new(2).stride(2).to_string(),
            MaxPool2d::new((2, 3)).stride(1).padding([1, 0, 1, 0]).to_string(),
            AvgPool2d::new(3).padding(1).count_padding(false).to_string(),
        ];
        let expected = [
            "max_pool2d { window = 2×2 }",
            "max_pool2d { window = 2×2 }",
            "max_pool2d { window = 2×3, stride = 1×1, padding = [1, 0, 1, 0] }",
            "avg_pool2d { window = 3×3, padding = 1, count_padding = false }",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn files_may_leave_out_what_has_a_default() {
        let read = |text| serde_json::from_str::<AvgPool2d>(text).unwrap();
        assert_eq!(read(r#"{ "window": 2 }"#), AvgPool2d::new(2));
        assert_eq!(read(r#"{ "window": [2, 3], "stride": 1 }"#), AvgPool2d::new((2, 3)).stride(1));
        let all = r#"{ "window": 3, "padding": [1, 1, 0, 1], "count_padding": false }"#;
        assert_eq!(read(all), AvgPool2d::new(Size(3, 3)).padding([1, 1, 0, 1]).count_padding(false));
    }
}
