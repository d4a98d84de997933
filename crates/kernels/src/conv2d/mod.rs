//! 2-D convolution (cross-correlation, as the post, PyTorch and ONNX have it), with stride, padding, dilation and groups.
//!
//! `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy·t+r·d−p, ox·t+s·d−p]`
//!
//! `t` is the stride, `d` the dilation and `p` the padding. Rows and columns have separate ones. Taps that lie outside
//! `x` are skipped. Of `g` groups, filter `k` reads the channels of group `⌊k·g/filters⌋`. `c` counts the channels of
//! this group.
//!
//! Per sample: `x` c×h×w, `w` r×s×c/g×k, `b` k, `y` k×oh×ow.
//!
//! A transposed convolution is the same operation with the two directions exchanged. Its forward is
//! [`BackwardInput`](block::BackwardInput), begun from a bias. Its backward to the input is [`Forward`](block::Forward)
//! without a bias. Its gradient to the weights is [`BackwardWeights`](block::BackwardWeights) with the two images
//! swapped.

mod axis;
pub mod block;
pub mod reference;
pub mod row;

use core::ops::Range;

pub use axis::Axis;

/// The sizes of one convolution, and where each element lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Channels of the input.
    pub channels: usize,
    /// Channels of the output.
    pub filters: usize,
    /// The number of groups, which divides both the channels and the filters. Each group is a convolution by itself.
    pub groups: usize,
    /// The rows.
    pub rows: Axis,
    /// The columns.
    pub columns: Axis,
}

impl Geometry {
    /// A convolution with stride 1 and one group, without padding and dilation. The image is given by channels, rows
    /// and columns. The kernel has to fit in the image.
    pub fn plain(image: (usize, usize, usize), filters: usize, kernel: (usize, usize)) -> Self {
        let (channels, height, width) = image;
        let (rows, columns) = (Axis::plain(height, kernel.0), Axis::plain(width, kernel.1));
        Geometry { channels, filters, groups: 1, rows, columns }
    }

    /// The same geometry with stride 1, dilation 1 and one group as constants, if it has these usual values.
    ///
    /// A kernel that is inlined for this case has loops in which most of the computation of places is gone.
    #[inline(always)]
    fn usual(&self) -> Option<Geometry> {
        let axis = |axis| Axis { stride: 1, dilation: 1, ..axis };
        let usual = Geometry { groups: 1, rows: axis(self.rows), columns: axis(self.columns), ..*self };
        (usual == *self).then_some(usual)
    }

    /// Elements of the input of one sample.
    pub fn inputs(&self) -> usize {
        self.channels * self.rows.input * self.columns.input
    }

    /// Elements of the output of one sample.
    pub fn outputs(&self) -> usize {
        self.filters * self.rows.output * self.columns.output
    }

    /// The number of weights, without the biases.
    pub fn weights(&self) -> usize {
        self.rows.kernel * self.columns.kernel * self.group_channels() * self.filters
    }

    /// The number of channels of the input that a filter reads.
    #[inline(always)]
    pub fn group_channels(&self) -> usize {
        self.channels / self.groups
    }

    /// The number of filters that read a channel.
    #[inline(always)]
    pub fn group_filters(&self) -> usize {
        self.filters / self.groups
    }

    /// The channels that filter `k` reads.
    #[inline(always)]
    pub fn channels_of(&self, k: usize) -> Range<usize> {
        let first = k / self.group_filters() * self.group_channels();
        first..first + self.group_channels()
    }

    /// The filters that read channel `c`.
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
