//! 2-D pooling: a window slides over each channel of an image. Each output is the largest or the average element of its
//! window.
//!
//! `y[c,oy,ox] = max r,s  x[c, oy·t+r−p, ox·t+s−p]`, or the sum of these elements divided by their number. `t` is the
//! stride and `p` the padding. Rows and columns have separate ones. Cells of the padding are never the largest. An
//! average may count them as zeros.
//!
//! Per sample: `x` c×h×w, `y` c×oh×ow. For windows of r×s cells and `p` rows of padding above and `p'` rows below,
//! `oh = ⌊(h + p + p' − r)/t⌋ + 1`. `ow` is computed in the same way.

pub mod block;
pub mod reference;
pub mod row;

use std::ops::Range;

use toddle_lanes::{Float, Real};

/// The sizes of one pooling, and where each element lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Channels of the input and of the output.
    pub channels: usize,
    /// Rows of the input.
    pub height: usize,
    /// Columns of the input.
    pub width: usize,
    /// Rows and columns of a window; each at most the size of the padded input.
    pub window: (usize, usize),
    /// The distance between neighbouring windows, in rows and in columns; at least 1.
    pub stride: (usize, usize),
    /// Cells of padding above, below, on the left and on the right. Each is less than the size of the window, so that
    /// every window has cells in the image.
    pub padding: [usize; 4],
}

impl Geometry {
    /// Rows of the output.
    pub fn out_height(&self) -> usize {
        let [above, below, ..] = self.padding;
        (self.height + above + below - self.window.0) / self.stride.0 + 1
    }

    /// Columns of the output.
    pub fn out_width(&self) -> usize {
        let [.., left, right] = self.padding;
        (self.width + left + right - self.window.1) / self.stride.1 + 1
    }

    /// Elements of the input of one sample.
    pub fn inputs(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Elements of the output of one sample.
    pub fn outputs(&self) -> usize {
        self.channels * self.out_height() * self.out_width()
    }

    /// Where `x[c,iy,ix]` is.
    #[inline(always)]
    pub fn x(&self, c: usize, iy: usize, ix: usize) -> usize {
        (c * self.height + iy) * self.width + ix
    }

    /// Where `y[c,oy,ox]` is.
    #[inline(always)]
    pub fn y(&self, c: usize, oy: usize, ox: usize) -> usize {
        (c * self.out_height() + oy) * self.out_width() + ox
    }

    /// The rows of the image in the windows of output row `oy`.
    #[inline(always)]
    pub fn rows(&self, oy: usize) -> Range<usize> {
        let [above, below, ..] = self.padding;
        seen(oy * self.stride.0, self.window.0, (above, below), self.height)
    }

    /// The columns of the image in the windows of output column `ox`.
    #[inline(always)]
    pub fn columns(&self, ox: usize) -> Range<usize> {
        let [.., left, right] = self.padding;
        seen(ox * self.stride.1, self.window.1, (left, right), self.width)
    }

    /// The positions of the cells of row `iy` in the windows of output column `ox`.
    #[inline(always)]
    fn cells(&self, c: usize, iy: usize, ox: usize) -> Range<usize> {
        let columns = self.columns(ox);
        self.x(c, iy, columns.start)..self.x(c, iy, columns.end)
    }

    /// The same geometry with its sizes as constants, if it has the usual ones: windows of 2×2 cells side by side,
    /// without padding.
    ///
    /// A kernel that is inlined for this case has loops that the compiler can unroll.
    #[inline(always)]
    fn usual(&self) -> Option<Geometry> {
        let usual = Geometry { window: (2, 2), stride: (2, 2), padding: [0; 4], ..*self };
        (usual == *self).then_some(usual)
    }

    /// Whether some cell may lie in two windows.
    pub fn overlaps(&self) -> bool {
        self.stride.0 < self.window.0 || self.stride.1 < self.window.1
    }

    /// Whether every cell lies in a window.
    pub fn covers(&self) -> bool {
        self.stride.0 <= self.window.0
            && self.stride.1 <= self.window.1
            && self.rows(self.out_height() - 1).end == self.height
            && self.columns(self.out_width() - 1).end == self.width
    }
}

/// The cells of the image in a window of `window` cells that begins at `start`. The image has `size` cells and padding
/// on both sides.
#[inline(always)]
fn seen(start: usize, window: usize, (before, behind): (usize, usize), size: usize) -> Range<usize> {
    let end = start + window - before;
    // Without padding, no window is cut off. The constant 0 lets the compiler unroll windows of a known size.
    start.saturating_sub(before)..if behind == 0 { end } else { end.min(size) }
}

/// The divisor of an average.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Count {
    /// All cells of a window: padding counts as zeros.
    #[default]
    Window,
    /// The cells of the window that lie in the image.
    Image,
}

impl Count {
    /// The factor of one cell in the average `y[·,oy,ox]`: 1 divided by the number of cells.
    #[inline(always)]
    fn share<T: Float>(self, g: &Geometry, oy: usize, ox: usize) -> T {
        let cells = match self {
            Count::Window => g.window,
            Count::Image => (g.rows(oy).len(), g.columns(ox).len()),
        };
        T::ONE / T::from_f64(cells.0 as f64 * cells.1 as f64)
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
