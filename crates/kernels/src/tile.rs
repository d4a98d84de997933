//! The common parts of kernels with a tile of sums in registers.

use toddle_lanes::{Part, Real, array};

use crate::Lane;

/// Whether special loops for single shapes are compiled, in addition to the loop for any shape.
///
/// Networks are trained in `f32`. `f64` is for checks and for the network of the post, which has one filter and takes
/// one sample at a time.
pub const fn has_special_loops<T>() -> bool {
    size_of::<T>() == size_of::<f32>()
}

/// `sums[f][p] += w[f] · x[p]`
#[inline(always)]
pub fn multiply_add<S: Part, const F: usize, const P: usize>(
    part: S,
    w: &[S::T; F],
    x: &[&Lane<S::T>; P],
    sums: &mut [[S::R; P]; F],
) {
    let x: [S::R; P] = array!(|p| part.load(x[p]));
    for f in 0..F {
        let w = part.splat(w[f]);
        for p in 0..P {
            sums[f][p] = part.pin(w.mul_add(x[p], sums[f][p]));
        }
    }
}
