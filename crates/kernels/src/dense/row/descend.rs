//! A step of plain SGD on the weights of a dense layer, in the pass that computes the gradient to the input.
//!
//! ```text
//!                vectors of outputs
//!              ┌───────────┬───────────┬───
//!     4 inputs │  w[i, ·]  │  w[i, ·]  │ …     each vector of `dy` meets a vector of weights of each input:
//!              ├───────────┼───────────┼───      a multiply-add to the input's sum, dx[i] = Σ dy · w,
//!              │  w[i, ·]  │  w[i, ·]  │ …       and a multiply-add that moves the weights, w − rate · x[i] · dy
//!              └───────────┴───────────┴───
//! ```
//!
//! Each weight is read once and written once.

use core::array::from_fn;

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, array};

/// Backward to the input and one step of plain SGD, fused in one pass over the weights, without a buffer for their
/// gradient: [`reference::descend_row`](crate::dense::reference::descend_row).
#[derive(Debug)]
pub struct Descend<'a, T> {
    /// Input, i.
    pub x: &'a [T],
    /// Weights, i×o.
    pub w: &'a mut [T],
    /// Biases, o. Empty if there are none.
    pub b: &'a mut [T],
    /// Gradient to the output, o.
    pub dy: &'a [T],
    /// Gradient to the input, i, if it is needed.
    pub dx: Option<&'a mut [T]>,
    /// The learning rate.
    pub rate: T,
}

impl<T: Float> Kernel<T> for Descend<'_, T> {
    type Output = ();

    /// Some inputs at a time, from the last to the first. Forward has left the weights of the last inputs in the cache,
    /// and the next forward begins with those of the first inputs.
    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let inputs = self.x.len();
        for first in (0..inputs).step_by(TOGETHER).rev() {
            let end = (first + TOGETHER).min(inputs);
            let mut i = first;
            while i < end {
                i += match end - i {
                    ABREAST.. if const { ABREAST * S::PARTS <= S::TILE_REGISTERS } => {
                        self.inputs::<S, ABREAST>(simd, i)
                    }
                    _ => self.inputs::<S, 1>(simd, i),
                };
            }
        }
        for (b, dy) in self.b.iter_mut().zip(self.dy) {
            *b = (-self.rate).mul_add(*dy, *b);
        }
    }
}

/// The number of inputs that [`Descend`] takes at a time, in the order in memory.
const TOGETHER: usize = 16;
/// The number of inputs whose sums are computed side by side.
const ABREAST: usize = 4;

impl<T: Float> Descend<'_, T> {
    /// `N` inputs from input `i` on, whose sums are computed side by side. Returns `N`.
    #[inline(always)]
    fn inputs<S: Simd<T = T>, const N: usize>(&mut self, simd: S, i: usize) -> usize {
        let outputs = self.dy.len();
        let step: [S::V; N] = array!(|n| simd.splat(-self.rate * self.x[i + n]));
        let mut w = &mut self.w[i * outputs..][..N * outputs];
        let w: [_; N] =
            from_fn(|_| w.split_off_mut(..outputs).expect("there are N inputs").as_chunks_mut::<LANES>());
        let (full, rest) = self.dy.as_chunks();
        let mut sums = [simd.splat(T::ZERO); N];
        for (o, dy) in full.iter().enumerate() {
            let dy = simd.load(dy);
            for n in 0..N {
                let w = &mut w[n].0[o];
                let old = simd.load(w);
                sums[n] = simd.pin(dy.mul_add(old, sums[n]));
                simd.store(step[n].mul_add(dy, old), w);
            }
        }
        if !rest.is_empty() {
            let dy = simd.load_partial(rest);
            for n in 0..N {
                let w = &mut w[n].1[..rest.len()];
                let old = simd.load_partial(w);
                sums[n] = dy.mul_add(old, sums[n]);
                simd.store_partial(step[n].mul_add(dy, old), w);
            }
        }
        if let Some(dx) = &mut self.dx {
            for (sum, dx) in sums.into_iter().zip(&mut dx[i..]) {
                *dx = simd.sum(sum);
            }
        }
        N
    }
}
