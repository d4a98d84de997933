//! Resampling of images: an output is a weighted sum of at most four elements of its channel. Upsampling, padding and
//! cropping are resampling with different rules.
//!
//! `y[c,oy,ox] = Σ iy,ix  u[oy,iy]·v[ox,ix] · x[c,iy,ix]`. The rule of the rows gives `u`, and the rule of the columns
//! gives `v`. In each row of `u` and of `v`, at most two neighbours are not zero: the *taps* of a place. An output
//! without taps has a constant value. Backward, `dx[c,iy,ix] = Σ oy,ox  u[oy,iy]·v[ox,ix] · dy[c,oy,ox]`.
//!
//! Per sample: `x` c×h×w, `y` c×oh×ow.

mod axis;
pub mod block;
pub mod reference;
pub mod row;

pub use axis::{Axis, Edge, Rule, Taps};

/// One resampling: its sizes and its rules.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// Channels of the input and of the output.
    pub channels: usize,
    /// The rows.
    pub rows: Axis,
    /// The columns.
    pub columns: Axis,
    /// The value of an output that has no taps.
    pub outside: f64,
}

impl Geometry {
    /// Elements of the input of one sample.
    pub fn inputs(&self) -> usize {
        self.channels * self.rows.input * self.columns.input
    }

    /// Elements of the output of one sample.
    pub fn outputs(&self) -> usize {
        self.channels * self.rows.output * self.columns.output
    }

    /// Where `x[c,iy,ix]` is.
    #[inline(always)]
    pub fn x(&self, c: usize, iy: usize, ix: usize) -> usize {
        (c * self.rows.input + iy) * self.columns.input + ix
    }

    /// Where `y[c,oy,ox]` is.
    #[inline(always)]
    pub fn y(&self, c: usize, oy: usize, ox: usize) -> usize {
        (c * self.rows.output + oy) * self.columns.output + ox
    }

    /// The number with which the sum of an output begins.
    #[inline(always)]
    fn start(&self, rows: &Taps, columns: &Taps) -> f64 {
        if rows.is_empty() || columns.is_empty() { self.outside } else { 0.0 }
    }
}
