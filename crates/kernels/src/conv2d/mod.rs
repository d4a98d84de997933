//! 2-D convolution (cross-correlation, as the post, PyTorch and ONNX have it), with stride, padding, dilation and groups.
//!
//! `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy·t+r·d−p, ox·t+s·d−p]`, with `t` the stride, `d` the dilation and `p`
//! the padding, of rows and of columns each. Taps that lie outside `x` are skipped. Of `g` groups, filter `k` sees the
//! channels of the `⌊k·g/filters⌋`th, and `c` counts within it.
//!
//! Per sample: `x` c×h×w, `w` r×s×c/g×k, `b` k, `y` k×oh×ow.
//!
//! A transposed convolution is the same one turned round: its forward is [`BackwardInput`](block::BackwardInput) begun from
//! a bias, its backward to the input is [`Forward`](block::Forward) without one, and its gradient to the weights is
//! [`BackwardWeights`](block::BackwardWeights) with the two images swapped.

mod axis;
pub mod block;
pub mod reference;
pub mod row;

use std::ops::Range;

pub use axis::Axis;

/// The sizes of one convolution, and where each number lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Channels of the input.
    pub channels: usize,
    /// Channels of the output.
    pub filters: usize,
    /// How many groups channels and filters fall into, each by itself; divides both.
    pub groups: usize,
    /// How rows are read.
    pub rows: Axis,
    /// How columns are read.
    pub columns: Axis,
}

impl Geometry {
    /// Stride 1, no padding, no dilation, one group, for an image of channels, rows and columns and a kernel that fits in
    /// it.
    pub fn plain(image: (usize, usize, usize), filters: usize, kernel: (usize, usize)) -> Self {
        let (channels, height, width) = image;
        let (rows, columns) = (Axis::plain(height, kernel.0), Axis::plain(width, kernel.1));
        Geometry { channels, filters, groups: 1, rows, columns }
    }

    /// The same, as constants where they are the usual ones: stride 1, no dilation, one group.
    ///
    /// A kernel that is inlined for this case has loops in which most of the arithmetic of places is gone.
    #[inline(always)]
    fn usual(&self) -> Option<Geometry> {
        let axis = |axis| Axis { stride: 1, dilation: 1, ..axis };
        let usual = Geometry { groups: 1, rows: axis(self.rows), columns: axis(self.columns), ..*self };
        (usual == *self).then_some(usual)
    }

    /// Numbers in the input of one sample.
    pub fn inputs(&self) -> usize {
        self.channels * self.rows.input * self.columns.input
    }

    /// Numbers in the output of one sample.
    pub fn outputs(&self) -> usize {
        self.filters * self.rows.output * self.columns.output
    }

    /// Weights, without the biases.
    pub fn weights(&self) -> usize {
        self.rows.kernel * self.columns.kernel * self.group_channels() * self.filters
    }

    /// Channels of the input that a filter sees.
    #[inline(always)]
    pub fn group_channels(&self) -> usize {
        self.channels / self.groups
    }

    /// Filters that see a channel.
    #[inline(always)]
    pub fn group_filters(&self) -> usize {
        self.filters / self.groups
    }

    /// The channels that filter `k` sees.
    #[inline(always)]
    pub fn channels_of(&self, k: usize) -> Range<usize> {
        let first = k / self.group_filters() * self.group_channels();
        first..first + self.group_channels()
    }

    /// The filters that see channel `c`.
    #[inline(always)]
    pub fn filters_of(&self, c: usize) -> Range<usize> {
        let first = c / self.group_channels() * self.group_filters();
        first..first + self.group_filters()
    }

    /// Where `x[c,iy,ix]` is.
    #[inline(always)]
    pub fn x(&self, c: usize, iy: usize, ix: usize) -> usize {
        (c * self.rows.input + iy) * self.columns.input + ix
    }

    /// Where `y[k,oy,ox]` is.
    #[inline(always)]
    pub fn y(&self, k: usize, oy: usize, ox: usize) -> usize {
        (k * self.rows.output + oy) * self.columns.output + ox
    }

    /// Where `w[r,s,c,k]` is, with `c` counted within the group of filter `k`.
    #[inline(always)]
    pub fn w(&self, r: usize, s: usize, c: usize, k: usize) -> usize {
        ((r * self.columns.kernel + s) * self.group_channels() + c) * self.filters + k
    }
}
