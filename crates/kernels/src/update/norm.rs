//! The norm of a whole gradient, in an order that does not depend on the worker that sums a part.
//!
//! The flat buffer is cut into leaves of [`LEAF`] elements at fixed places. Each worker sums the squares of whole
//! leaves. The binary tree over the index of the leaves adds the leaves.
//!
//! ```
//! use toddle_kernels::update::norm::{SquareSums, leaves, norm};
//! use toddle_lanes::Isa;
//!
//! let g = vec![0.5f32; 2500];
//! let mut sums = vec![0.0; leaves(g.len())];
//! Isa::detect().run(SquareSums { x: &g, sums: &mut sums });
//! assert_eq!(sums, [256.0, 256.0, 113.0]);
//! assert_eq!(norm(&sums), 25.0);
//! ```

use toddle_lanes::{Float, Kernel, LANES, Real, Simd};

use super::reference;

/// Elements of a leaf.
pub const LEAF: usize = 1024;

/// The number of leaves of `len` elements. The last leaf may be shorter.
pub fn leaves(len: usize) -> usize {
    len.div_ceil(LEAF)
}

/// The sum of the squares of each leaf: [`reference::square_sum`].
#[derive(Debug)]
pub struct SquareSums<'a, T> {
    /// The elements. They begin where a leaf begins.
    pub x: &'a [T],
    /// One sum for each leaf; overwritten.
    pub sums: &'a mut [f64],
}

impl<T: Float> Kernel<T> for SquareSums<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        for (leaf, sum) in self.x.chunks(LEAF).zip(self.sums) {
            let (x, rest) = leaf.as_chunks::<LANES>();
            let mut chains = simd.splat(T::ZERO);
            for x in x {
                let x = simd.load(x);
                chains = x.mul_add(x, chains);
            }
            let rest = simd.load_partial(rest);
            *sum = simd.sum(rest.mul_add(rest, chains)).to_f64();
        }
    }
}

/// The square root of the sum of all leaves. It is infinite or NaN if an element is, or if the square of an element
/// overflows.
pub fn norm(sums: &[f64]) -> f64 {
    reference::tree(sums).sqrt()
}
