//! The part that all pooling layers share: the check of their settings, and the built layer.

use alloc::boxed::Box;
use core::fmt;

use toddle_kernels::Run;
use toddle_kernels::pool::{Axis, Count, Geometry, Windows, block, row};

use super::window::{Along, Pair, check_sizes, write_unless};
use super::{Padding, Size, lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, FusedActivation, Fuses, Layer, Needs};
use crate::network::shape::MOST_NUMBERS;
use crate::{Float, LayerSpec, Shape};

/// The setters that both poolings of images have.
macro_rules! setters {
    ($kind:ident) => {
        impl $kind {
            /// Sets the distance between neighbouring windows: `2`, or `(2, 1)` for two rows and one column.
            #[must_use]
            pub fn stride(mut self, stride: impl Into<Size>) -> Self {
                self.stride = Some(stride.into());
                self
            }

            /// Sets the padding: a [`Padding`], `1` on every side, or `[top, bottom, left, right]`.
            #[must_use]
            pub fn padding(mut self, padding: impl Into<Padding>) -> Self {
                self.padding = padding.into();
                self
            }

            /// Sets whether a last window counts that lies only partly in the image and its padding.
            #[must_use]
            pub fn ceil_mode(mut self, ceil_mode: bool) -> Self {
                self.ceil_mode = ceil_mode;
                self
            }
        }
    };
}
pub(super) use setters;

/// How the elements of a window become one element.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    Max,
    Average(Count),
}

/// The settings of windows that slide over an image.
#[derive(Clone, Copy)]
pub(super) struct Sliding {
    pub window: Size,
    pub stride: Option<Size>,
    pub padding: Padding,
    pub dilation: Size,
    pub ceil_mode: bool,
}

impl Sliding {
    /// The largest element of each window.
    pub fn max<T: Float>(&self, spec: LayerSpec, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let (g, _) = self.geometry(input)?;
        Ok(Box::new(BuiltPool::image(spec, Of::Max, g)))
    }

    /// The average of each window.
    pub fn average<T: Float>(
        &self,
        count_padding: bool,
        spec: LayerSpec,
        input: Shape,
    ) -> Result<Box<dyn Layer<T>>, Misfit> {
        let (g, (below, right)) = self.geometry(input)?;
        let count = match (count_padding, self.ceil_mode) {
            (true, false) => Count::Window,
            (true, true) => Count::Padded(below, right),
            (false, _) => Count::Image,
        };
        Ok(Box::new(BuiltPool::image(spec, Of::Average(count), g)))
    }

    /// The geometry over `input`, and the padding below and on the right. With `ceil_mode`, the last windows may end
    /// after this padding. The padding of the geometry then ends where they do.
    fn geometry(&self, input: Shape) -> Result<(Geometry, (usize, usize)), Misfit> {
        let Shape::Image { channels, height, width } = input else {
            return Err(Misfit::new("it slides over images", "the pooling before `flatten`"));
        };
        self.check()?;
        let (window, stride) = (self.window, self.stride.unwrap_or(self.window));
        let rows = Along::new(height, window.0, stride.0, self.dilation.0);
        let columns = Along::new(width, window.1, stride.1, self.dilation.1);
        let (above, aside) = match self.padding {
            Padding::Valid => Default::default(),
            Padding::Same => (rows.same(), columns.same()),
            Padding::Sides(sides) => sides.check()?,
        };
        check_sizes(rows.size + above.0 + above.1, columns.size + aside.0 + aside.1)?;
        let axes = [(rows, above), (columns, aside)];
        let too_wide = |(along, (before, after)): &(Along, Pair)| *before.max(after) > along.reach() / 2;
        if let Some(most) =
            axes.iter().filter(|axis| too_wide(axis)).map(|(along, _)| along.reach() / 2).min()
        {
            let because = format!("padding = {} is more than half of a {window} window", self.padding);
            return Err(Misfit::new(because, format!("padding = {most} or less")));
        }
        let [Some(rows), Some(columns)] = axes.map(|(along, padding)| self.axis(along, padding)) else {
            let padded = if self.padding == Padding::Valid { "" } else { " with its padding" };
            let because = format!("a {window} window does not fit in {height}×{width}{padded}");
            let short = axes.iter().filter(|(along, padding)| self.axis(*along, *padding).is_none());
            let most = short.map(|(along, _)| (along.size - 1) / along.dilation + 1).min().unwrap_or(1);
            return Err(Misfit::new(because, format!("window = {most} or less, or larger images")));
        };
        if [rows, columns].iter().any(has_empty_window) {
            let because =
                format!("with dilation = {} a window has no element in the image", self.dilation.short());
            return Err(Misfit::new(because, "dilation = 1, or less padding"));
        }
        Ok((Geometry { channels, rows, columns }, (above.1 as usize, aside.1 as usize)))
    }

    /// Checks the settings without the image.
    fn check(&self) -> Result<(), Misfit> {
        let Sliding { window, stride, dilation, .. } = *self;
        if window.0 == 0 || window.1 == 0 {
            return Err(Misfit::new(format!("a {window} window contains no element"), "window = 1 or more"));
        }
        if let Some(stride) = stride.filter(|stride| stride.0 == 0 || stride.1 == 0) {
            let because = format!("with stride {stride} the window never moves");
            return Err(Misfit::new(because, "stride = 1 or more"));
        }
        if dilation.0 == 0 || dilation.1 == 0 {
            let because = format!("with dilation {dilation} all elements of a window are one");
            return Err(Misfit::new(because, "dilation = 1 or more"));
        }
        for (name, Size(rows, columns)) in
            [("window", window), ("stride", stride.unwrap_or(window)), ("dilation", dilation)]
        {
            if rows > MOST_NUMBERS || columns > MOST_NUMBERS {
                let because = format!("the {name} is larger than toddle supports");
                return Err(Misfit::new(because, format!("a smaller {name}")));
            }
        }
        Ok(())
    }

    /// The windows along one side. None if not even one window fits.
    fn axis(&self, along: Along, (before, after): Pair) -> Option<Axis> {
        let Along { size, kernel, stride, dilation } = along;
        let reach = along.reach();
        let room = before + size + after + if self.ceil_mode { stride - 1 } else { 0 };
        let mut last = room.checked_sub(reach)? / stride * stride;
        // A window that begins after the image has no elements.
        if self.ceil_mode && last >= before + size {
            last -= stride;
        }
        let after = after.max((last + reach).saturating_sub(before + size));
        let [input, size, stride, dilation, before, after] =
            [size, kernel, stride, dilation, before, after].map(|n| n as usize);
        Some(Axis { input, windows: Windows::Sliding { size, stride, dilation, padding: (before, after) } })
    }
}

/// Whether a window has no cell in the image: the image lies between two of its cells.
fn has_empty_window(axis: &Axis) -> bool {
    let Windows::Sliding { stride, dilation, padding: (before, _), .. } = axis.windows else { return false };
    let beginning_outside = before.div_ceil(stride).min(axis.output());
    dilation > axis.input && (0..beginning_outside).any(|o| axis.cells(o).next().is_none())
}

/// `window = 2×2, stride = 1×1, padding = 1`: the window, and each setting that does not have its default.
impl fmt::Display for Sliding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sliding { window, stride, padding, dilation, ceil_mode } = *self;
        write!(f, "window = {window}")?;
        write_unless(f, "stride", stride.unwrap_or(window), window)?;
        write_unless(f, "padding", padding, Padding::Valid)?;
        write_unless(f, "dilation", dilation.short(), Size::ONE.short())?;
        write_unless(f, "ceil_mode", ceil_mode, false)
    }
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
    /// A layer whose output is an image.
    pub(super) fn image(spec: LayerSpec, of: Of, g: Geometry) -> Self {
        BuiltPool { spec, of, g, output: Shape::image(g.channels, g.rows.output(), g.columns.output()) }
    }
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
    use std::string::ToString;

    use crate::{AvgPool2d, MaxPool2d, Padding, Shape, Size};

    #[test]
    fn only_what_is_not_by_default_is_written() {
        let texts = [
            MaxPool2d::new(2).to_string(),
            MaxPool2d::new(2).stride(2).to_string(),
            MaxPool2d::new((2, 3)).stride(1).padding([1, 0, 1, 0]).to_string(),
            MaxPool2d::new(2).padding(Padding::Same).dilation((2, 1)).ceil_mode(true).to_string(),
            AvgPool2d::new(3).padding(1).count_padding(false).to_string(),
        ];
        let expected = [
            "max_pool2d { window = 2×2 }",
            "max_pool2d { window = 2×2 }",
            "max_pool2d { window = 2×3, stride = 1×1, padding = [1, 0, 1, 0] }",
            "max_pool2d { window = 2×2, padding = same, dilation = 2×1, ceil_mode = true }",
            "avg_pool2d { window = 3×3, padding = 1, count_padding = false }",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn files_may_leave_out_what_has_a_default() {
        let read = |text| serde_json::from_str::<AvgPool2d>(text).unwrap();
        assert_eq!(read(r#"{ "window": 2 }"#), AvgPool2d::new(2));
        assert_eq!(read(r#"{ "window": 2, "padding": 0 }"#), AvgPool2d::new(2));
        assert_eq!(read(r#"{ "window": [2, 3], "stride": 1 }"#), AvgPool2d::new((2, 3)).stride(1));
        let all = r#"{ "window": 3, "padding": [1, 1, 0, 1], "count_padding": false }"#;
        assert_eq!(read(all), AvgPool2d::new(Size(3, 3)).padding([1, 1, 0, 1]).count_padding(false));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        let refused = |pool: MaxPool2d, width| {
            let misfit = pool.build::<f32>(Shape::image(1, 4, width)).unwrap_err();
            (misfit.because, misfit.remedy)
        };
        let pairs = [
            (
                refused(MaxPool2d::new((2, 3)).dilation((1, 4)), 8),
                ("a 2×3 window does not fit in 4×8", "window = 2 or less, or larger images"),
            ),
            (
                refused(MaxPool2d::new((2, 3)).padding([0, 0, 2, 0]), 8),
                ("padding = [0, 0, 2, 0] is more than half of a 2×3 window", "padding = 1 or less"),
            ),
            (
                refused(MaxPool2d::new((1, 2)).dilation((1, 2)).padding([0, 0, 1, 1]), 1),
                ("with dilation = 1×2 a window has no element in the image", "dilation = 1, or less padding"),
            ),
            (
                refused(MaxPool2d::new(2).dilation(0), 8),
                ("with dilation 0×0 all elements of a window are one", "dilation = 1 or more"),
            ),
        ];
        for ((because, remedy), expected) in pairs {
            assert_eq!((because.as_str(), remedy.as_str()), expected);
        }
    }
}
