//! 2-D convolution (cross-correlation, as the post, PyTorch and ONNX have it), stride 1, no padding.
//!
//! `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy+r, ox+s]`
//!
//! Per sample: `x` c×h×w, `w` r×s×c×k, `b` k, `y` k×oh×ow with `oh = h − r + 1`, `ow = w − s + 1`.

pub mod block;
pub mod reference;
pub mod row;

use std::ops::Range;

/// The sizes of one convolution, and where each number lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Channels of the input.
    pub channels: usize,
    /// Rows of the input.
    pub height: usize,
    /// Columns of the input.
    pub width: usize,
    /// Channels of the output.
    pub filters: usize,
    /// Rows and columns of a filter, each at most the input's.
    pub kernel: (usize, usize),
}

impl Geometry {
    /// Rows of the output.
    pub fn out_height(&self) -> usize {
        self.height + 1 - self.kernel.0
    }

    /// Columns of the output.
    pub fn out_width(&self) -> usize {
        self.width + 1 - self.kernel.1
    }

    /// Numbers in the input of one sample.
    pub fn inputs(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Numbers in the output of one sample.
    pub fn outputs(&self) -> usize {
        self.filters * self.out_height() * self.out_width()
    }

    /// Weights, without the biases.
    pub fn weights(&self) -> usize {
        self.kernel.0 * self.kernel.1 * self.channels * self.filters
    }

    /// Where `x[c,iy,ix]` is.
    #[inline(always)]
    pub fn x(&self, c: usize, iy: usize, ix: usize) -> usize {
        (c * self.height + iy) * self.width + ix
    }

    /// Where `y[k,oy,ox]` is.
    #[inline(always)]
    pub fn y(&self, k: usize, oy: usize, ox: usize) -> usize {
        (k * self.out_height() + oy) * self.out_width() + ox
    }

    /// Where `w[r,s,c,k]` is.
    #[inline(always)]
    pub fn w(&self, r: usize, s: usize, c: usize, k: usize) -> usize {
        ((r * self.kernel.1 + s) * self.channels + c) * self.filters + k
    }

    /// The filter rows `r` that reach input row `iy` from an output row: those with `iy − r` among the output's.
    #[inline(always)]
    pub fn rows_reaching(&self, iy: usize) -> Range<usize> {
        (iy + 1).saturating_sub(self.out_height())..self.kernel.0.min(iy + 1)
    }

    /// The filter columns `s` that reach input column `ix` from an output column.
    #[inline(always)]
    pub fn columns_reaching(&self, ix: usize) -> Range<usize> {
        (ix + 1).saturating_sub(self.out_width())..self.kernel.1.min(ix + 1)
    }
}
