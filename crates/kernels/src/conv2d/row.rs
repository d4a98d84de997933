//! Convolution of one sample, sixteen columns side by side.
//!
//! Forward and backward to the input equal `reference` in every bit; the gradient to the weights equals
//! `reference::backward_weights_row`. Several rows go at once, so that their chains hide each other's latency.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, array};

use super::Geometry;

/// Rows of the output that are computed together.
const ROWS: usize = 4;

/// `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy+r, ox+s]`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [T],
    /// Weights, r×s×c×k.
    pub w: &'a [T],
    /// Biases, k.
    pub b: &'a [T],
    /// Output, k×oh×ow.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        for k in 0..self.g.filters {
            for ox in (0..self.g.out_width()).step_by(LANES) {
                let mut oy = 0;
                while oy < self.g.out_height() {
                    oy += match self.g.out_height() - oy {
                        1 => self.rows::<S, 1>(simd, k, oy, ox),
                        2 | 3 => self.rows::<S, 2>(simd, k, oy, ox),
                        _ => self.rows::<S, ROWS>(simd, k, oy, ox),
                    };
                }
            }
        }
    }
}

impl<T: Float> Forward<'_, T> {
    /// Sixteen columns, or what is left of them, of `R` rows; returns `R`.
    #[inline(always)]
    fn rows<S: Simd<T = T>, const R: usize>(&mut self, simd: S, k: usize, oy: usize, ox: usize) -> usize {
        let Forward { g, x, w, b, .. } = *self;
        let mut sums = [simd.splat(b[k]); R];
        for c in 0..g.channels {
            for r in 0..g.kernel.0 {
                for s in 0..g.kernel.1 {
                    let w = simd.splat(w[g.w(r, s, c, k)]);
                    for (row, sum) in sums.iter_mut().enumerate() {
                        let x = simd.load_part(&x[g.x(c, oy + row + r, ox + s)..]);
                        *sum = w.mul_add(x, *sum);
                    }
                }
            }
        }
        let lanes = LANES.min(g.out_width() - ox);
        for (row, sum) in sums.into_iter().enumerate() {
            simd.store_part(sum, &mut self.y[g.y(k, oy + row, ox)..][..lanes]);
        }
        R
    }
}

/// `dx[c,iy,ix] = Σ k,r,s  w[r,s,c,k] · dy[k, iy−r, ix−s]`:
/// [`reference::backward_input`](super::reference::backward_input).
///
/// `dy` is first copied between borders, so that every tap can be loaded; lanes that a tap does not reach keep their sum.
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Weights, r×s×c×k.
    pub w: &'a [T],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [T],
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [T],
    /// Room for [`BackwardInput::scratch`] numbers.
    pub scratch: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let BackwardInput { g, w, dy, dx, scratch } = self;
        let bordered = Self::bordered(g);
        for (dy, to) in dy.chunks_exact(g.out_width()).zip(scratch.chunks_exact_mut(bordered)) {
            to[g.kernel.1 - 1..][..g.out_width()].copy_from_slice(dy);
        }
        let mut rows = Bordered { g, w, dy: scratch, width: bordered, dx };
        // Rows that all taps reach go several at once; those at the two edges one by one.
        let inner = (g.kernel.0 - 1).min(g.height)..g.out_height().max(g.kernel.0 - 1);
        for c in 0..g.channels {
            for ix in (0..g.width).step_by(LANES) {
                let mut iy = 0;
                while iy < g.height {
                    iy += if inner.start <= iy && iy + ROWS <= inner.end {
                        rows.rows::<S, ROWS>(simd, c, iy, ix)
                    } else {
                        rows.rows::<S, 1>(simd, c, iy, ix)
                    };
                }
            }
        }
    }
}

impl<T> BackwardInput<'_, T> {
    /// Columns of a row of `dy` between its borders.
    fn bordered(g: &Geometry) -> usize {
        g.kernel.1 - 1 + g.width.next_multiple_of(LANES)
    }

    /// How much room the copy of `dy` takes.
    pub fn scratch(g: &Geometry) -> usize {
        g.filters * g.out_height() * Self::bordered(g)
    }
}

struct Bordered<'a, T> {
    g: &'a Geometry,
    w: &'a [T],
    dy: &'a [T],
    width: usize,
    dx: &'a mut [T],
}

impl<T: Float> Bordered<'_, T> {
    /// Sixteen columns, or what is left of them, of `R` rows that the same taps reach; returns `R`.
    #[inline(always)]
    fn rows<S: Simd<T = T>, const R: usize>(&mut self, simd: S, c: usize, iy: usize, ix: usize) -> usize {
        let g = self.g;
        let mut sums = [simd.splat(T::ZERO); R];
        for k in 0..g.filters {
            for r in g.rows_reaching(iy) {
                for s in 0..g.kernel.1 {
                    let w = simd.splat(self.w[g.w(r, s, c, k)]);
                    let reached = s.saturating_sub(ix)..(g.out_width() + s).saturating_sub(ix).min(LANES);
                    let reached = simd.mask(reached.start.min(reached.end)..reached.end);
                    for (row, sum) in sums.iter_mut().enumerate() {
                        let from = (k * g.out_height() + iy + row - r) * self.width + g.kernel.1 - 1 + ix - s;
                        let dy = simd.load(self.dy[from..].first_chunk().expect("rows have borders"));
                        *sum = S::V::select(reached, w.mul_add(dy, *sum), *sum);
                    }
                }
            }
        }
        let lanes = LANES.min(g.width - ix);
        for (row, sum) in sums.into_iter().enumerate() {
            simd.store_part(sum, &mut self.dx[g.x(c, iy + row, ix)..][..lanes]);
        }
        R
    }
}

/// `dw[r,s,c,k] += Σ oy,ox  dy[k,oy,ox] · x[c, oy+r, ox+s]` and `db[k] += Σ oy,ox dy[k,oy,ox]`:
/// [`reference::backward_weights_row`](super::reference::backward_weights_row).
#[derive(Debug)]
pub struct BackwardWeights<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [T],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [T],
    /// Gradient to the weights, r×s×c×k; added to.
    pub dw: &'a mut [T],
    /// Gradient to the biases, k; added to.
    pub db: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let g = self.g;
        for k in 0..g.filters {
            for c in 0..g.channels {
                for r in 0..g.kernel.0 {
                    let mut s = 0;
                    while s < g.kernel.1 {
                        s += match g.kernel.1 - s {
                            1 => self.taps::<S, 1>(simd, k, c, r, s),
                            2 => self.taps::<S, 2>(simd, k, c, r, s),
                            _ => self.taps::<S, 3>(simd, k, c, r, s),
                        };
                    }
                }
            }
            let mut sum = simd.splat(T::ZERO);
            for dy in self.dy[g.y(k, 0, 0)..g.y(k + 1, 0, 0)].chunks_exact(g.out_width()) {
                for dy in dy.chunks(LANES) {
                    sum = sum + simd.load_part(dy);
                }
            }
            self.db[k] += simd.sum(sum);
        }
    }
}

impl<T: Float> BackwardWeights<'_, T> {
    /// `P` neighbouring taps in registers while all pixels pass by; returns `P`.
    #[inline(always)]
    fn taps<S: Simd<T = T>, const P: usize>(
        &mut self,
        simd: S,
        k: usize,
        c: usize,
        r: usize,
        s: usize,
    ) -> usize {
        let g = self.g;
        let mut sums = [simd.splat(T::ZERO); P];
        for oy in 0..g.out_height() {
            let x: [&[T]; P] = array!(|p| &self.x[g.x(c, oy + r, s + p)..][..g.out_width()]);
            let dy = &self.dy[g.y(k, oy, 0)..][..g.out_width()];
            for (n, dy) in dy.chunks(LANES).enumerate() {
                let lanes = dy.len();
                let dy = simd.load_part(dy);
                for p in 0..P {
                    sums[p] = dy.mul_add(simd.load_part(&x[p][n * LANES..][..lanes]), sums[p]);
                }
            }
        }
        for p in 0..P {
            self.dw[g.w(r, s + p, c, k)] += simd.sum(sums[p]);
        }
        P
    }
}
