//! 2-D pooling: a window slides over each channel of an image. Each output is the largest or the average element of its
//! window.
//!
//! `y[c,oy,ox] = max r,s  x[c, oy·t+r·d−p, ox·t+s·d−p]`, or the sum of these elements divided by their number. `t` is
//! the stride, `d` the dilation and `p` the padding before. Rows and columns have separate ones. Cells of the padding
//! are never the largest. An average may count them as zeros.
//!
//! Per sample: `x` c×h×w, `y` c×oh×ow. For windows of r×s cells and `p` rows of padding above and `p'` rows below,
//! `oh = ⌊(h + p + p' − (r−1)·d − 1)/t⌋ + 1`. `ow` is computed in the same way.
//!
//! Even windows divide an image into a given number of windows, whatever its size: see [`Windows::Even`].

pub mod block;
pub mod reference;
pub mod row;

use core::ops::Range;

use toddle_lanes::{Float, Real};

/// The sizes of one pooling, and where each element lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Channels of the input and of the output.
    pub channels: usize,
    /// The rows.
    pub rows: Axis,
    /// The columns.
    pub columns: Axis,
}

/// The windows along one side of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Cells of the image.
    pub input: usize,
    /// The windows. Every window has cells in the image.
    pub windows: Windows,
}

/// The places of windows along one side of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    /// Windows of one size, each at the same distance from the one before it.
    Sliding {
        /// Cells of a window.
        size: usize,
        /// The distance between neighbouring windows; at least 1.
        stride: usize,
        /// The distance between neighbouring cells of a window; at least 1.
        dilation: usize,
        /// Cells of padding before and after the image.
        padding: (usize, usize),
    },
    /// This many windows that divide the image as evenly as possible: window `o` of `n` has the cells from
    /// `⌊o·input/n⌋` to the cell before `⌈(o+1)·input/n⌉`. Neighbouring windows may share a cell.
    Even(usize),
}

impl Axis {
    /// One window over the whole side.
    pub fn whole(input: usize) -> Self {
        let windows = Windows::Sliding { size: input, stride: input, dilation: 1, padding: (0, 0) };
        Axis { input, windows }
    }

    /// [`Windows::Even`], or the same windows as [`Windows::Sliding`] if all have one size. The latter are faster.
    pub fn even(input: usize, output: usize) -> Self {
        if !input.is_multiple_of(output) {
            return Axis { input, windows: Windows::Even(output) };
        }
        let size = input / output;
        Axis { input, windows: Windows::Sliding { size, stride: size, dilation: 1, padding: (0, 0) } }
    }

    /// The number of windows.
    pub fn output(&self) -> usize {
        match self.windows {
            Windows::Sliding { size, stride, dilation, padding: (before, after) } => {
                (self.input + before + after - (size - 1) * dilation - 1) / stride + 1
            }
            Windows::Even(output) => output,
        }
    }

    /// The first cell of the image in window `o`, and the place after the last one.
    #[inline(always)]
    fn span(&self, o: usize) -> Range<usize> {
        match self.windows {
            Windows::Sliding { size, stride, dilation, padding: (before, after) } => {
                let start = o * stride;
                let outside = before.saturating_sub(start).next_multiple_of(dilation);
                let end = start + (size - 1) * dilation + 1 - before;
                // Without padding, no window is cut off. The constant 0 lets the compiler unroll windows of a known
                // size.
                start + outside - before..if after == 0 { end } else { end.min(self.input) }
            }
            Windows::Even(output) => o * self.input / output..((o + 1) * self.input).div_ceil(output),
        }
    }

    /// The distance between neighbouring cells of a window.
    #[inline(always)]
    fn step(&self) -> usize {
        match self.windows {
            Windows::Sliding { dilation, .. } => dilation,
            Windows::Even(_) => 1,
        }
    }

    /// The cells of the image in window `o`.
    #[inline(always)]
    pub fn cells(&self, o: usize) -> impl ExactSizeIterator<Item = usize> {
        let (span, step) = (self.span(o), self.step());
        // The compiler does not unroll a range with `step_by`.
        (0..span.len().div_ceil(step)).map(move |n| span.start + n * step)
    }

    /// The same windows with constants for the usual ones: windows of two cells side by side, without padding.
    #[inline(always)]
    fn usual(self) -> Axis {
        Axis { windows: Windows::Sliding { size: 2, stride: 2, dilation: 1, padding: (0, 0) }, ..self }
    }

    /// The same windows with a constant for the dilation, if they are sliding ones without dilation.
    #[inline(always)]
    fn plain(self) -> Option<Axis> {
        match self.windows {
            Windows::Sliding { size, stride, dilation: 1, padding } => {
                Some(Axis { windows: Windows::Sliding { size, stride, dilation: 1, padding }, ..self })
            }
            _ => None,
        }
    }

    /// Whether some cell may lie in two windows.
    fn overlaps(&self) -> bool {
        match self.windows {
            Windows::Sliding { size, stride, dilation, .. } => dilation > 1 || stride < size,
            Windows::Even(_) => true,
        }
    }

    /// Whether every cell lies in a window.
    fn covers(&self) -> bool {
        let last = || self.span(self.output() - 1).end;
        match self.windows {
            Windows::Sliding { size, stride, dilation, .. } => {
                dilation == 1 && stride <= size && last() == self.input
            }
            Windows::Even(_) => true,
        }
    }
}

impl Geometry {
    /// Elements of the input of one sample.
    pub fn inputs(&self) -> usize {
        self.channels * self.rows.input * self.columns.input
    }

    /// Elements of the output of one sample.
    pub fn outputs(&self) -> usize {
        self.channels * self.rows.output() * self.columns.output()
    }

    /// Where `x[c,iy,ix]` is.
    #[inline(always)]
    pub fn x(&self, c: usize, iy: usize, ix: usize) -> usize {
        (c * self.rows.input + iy) * self.columns.input + ix
    }

    /// Where `y[c,oy,ox]` is.
    #[inline(always)]
    pub fn y(&self, c: usize, oy: usize, ox: usize) -> usize {
        (c * self.rows.output() + oy) * self.columns.output() + ox
    }

    /// The positions from the first to the last cell of row `iy` in the windows of output column `ox`.
    #[inline(always)]
    fn span(&self, c: usize, iy: usize, ox: usize) -> Range<usize> {
        let columns = self.columns.span(ox);
        self.x(c, iy, columns.start)..self.x(c, iy, columns.end)
    }

    /// The same geometry with its sizes as constants, if it has the usual ones: windows of 2×2 cells side by side,
    /// without padding.
    ///
    /// A kernel that is inlined for this case has loops that the compiler can unroll.
    #[inline(always)]
    fn usual(&self) -> Option<Geometry> {
        let usual = Geometry { rows: self.rows.usual(), columns: self.columns.usual(), ..*self };
        (usual == *self).then_some(usual)
    }

    /// The same geometry with constants for the dilation, if all windows are sliding ones without dilation.
    #[inline(always)]
    fn plain(&self) -> Option<Geometry> {
        Some(Geometry { rows: self.rows.plain()?, columns: self.columns.plain()?, ..*self })
    }

    /// Whether some cell may lie in two windows.
    pub fn overlaps(&self) -> bool {
        self.rows.overlaps() || self.columns.overlaps()
    }

    /// Whether every cell lies in a window.
    pub fn covers(&self) -> bool {
        self.rows.covers() && self.columns.covers()
    }
}

/// The divisor of an average.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Count {
    /// All cells of a window: padding counts as zeros.
    #[default]
    Window,
    /// The cells of the window that lie in the image.
    Image,
    /// All cells of a window without dilation, except those that lie more than this many rows below the image, or more
    /// than this many columns to the right of it.
    Padded(usize, usize),
}

impl Count {
    /// The factor of one cell in the average `y[·,oy,ox]`: 1 divided by the number of cells.
    #[inline(always)]
    fn share<T: Float>(self, g: &Geometry, oy: usize, ox: usize) -> T {
        let (below, right) = match self {
            Count::Padded(below, right) => (below, right),
            _ => (0, 0),
        };
        let cells = (self.along(&g.rows, oy, below), self.along(&g.columns, ox, right));
        T::ONE / T::from_f64(cells.0 as f64 * cells.1 as f64)
    }

    /// The number of cells of window `o` that count. `after` is the number of places after the image that count.
    #[inline(always)]
    fn along(self, axis: &Axis, o: usize, after: usize) -> usize {
        match (self, axis.windows) {
            (Count::Window, Windows::Sliding { size, .. }) => size,
            (Count::Padded(..), Windows::Sliding { size, stride, padding: (before, _), .. }) => {
                size.min(before + axis.input + after - o * stride)
            }
            _ => axis.cells(o).len(),
        }
    }
}

/// The larger of the two values: `m` if they are equal, NaN if either is NaN.
#[inline(always)]
fn larger<V: Real>(m: V, x: V) -> V {
    let infinity = x.splat(-V::Scalar::NEG_INFINITY);
    // Only ∞ and NaN are not less than ∞. If a value that is not negative is added, ∞ and NaN stay. A NaN in `m` stays,
    // too.
    V::select(x.lt(infinity), x.max(m), x + m.abs())
}
