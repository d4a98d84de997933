//! Convolution of one sample, sixteen columns side by side.
//!
//! Forward and backward to the input equal `reference` in every bit; the gradient to the weights equals
//! `reference::backward_weights_row`. Several rows go at once, so that their chains hide each other's latency, and the last
//! vector of a row overlaps the one before it rather than be part full.

use std::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, array};

use super::Geometry;

/// Rows that are computed together.
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
            for ox in vectors(self.g.out_width()) {
                let mut oy = 0;
                while oy < self.g.out_height() {
                    oy += match self.g.out_height() - oy {
                        1 => self.rows::<S, 1>(simd, k, oy, ox.clone()),
                        2 | 3 => self.rows::<S, 2>(simd, k, oy, ox.clone()),
                        _ => self.rows::<S, ROWS>(simd, k, oy, ox.clone()),
                    };
                }
            }
        }
    }
}

impl<T: Float> Forward<'_, T> {
    /// A vector of columns of `R` rows; returns `R`.
    #[inline(always)]
    fn rows<S: Simd<T = T>, const R: usize>(
        &mut self,
        simd: S,
        k: usize,
        oy: usize,
        ox: Range<usize>,
    ) -> usize {
        let Forward { g, x, w, b, .. } = *self;
        let mut sums = [simd.splat(b[k]); R];
        for c in 0..g.channels {
            for r in 0..g.kernel.0 {
                for s in 0..g.kernel.1 {
                    let w = simd.splat(w[g.w(r, s, c, k)]);
                    let x = &x[g.x(c, oy + r, ox.start + s)..];
                    for row in 0..R {
                        let x = simd.load_part(&x[row * g.width..][..ox.len()]);
                        sums[row] = w.mul_add(x, sums[row]);
                    }
                }
            }
        }
        for row in 0..R {
            simd.store_part(sums[row], &mut self.y[g.y(k, oy + row, ox.start)..][..ox.len()]);
        }
        R
    }
}

/// `dx[c,iy,ix] = Σ k,r,s  w[r,s,c,k] · dy[k, iy−r, ix−s]`:
/// [`reference::backward_input`](super::reference::backward_input).
///
/// Lanes that a tap does not reach, at the two edges, keep their sum.
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
}

impl<T: Float> Kernel<T> for BackwardInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        // Rows that all taps reach go several at once; those at the two edges one by one.
        let inner = self.g.kernel.0 - 1..self.g.out_height();
        for c in 0..self.g.channels {
            for ix in vectors(self.g.width) {
                let mut iy = 0;
                while iy < self.g.height {
                    iy += if inner.start <= iy && iy + ROWS <= inner.end {
                        self.rows::<S, ROWS>(simd, c, iy, ix.clone())
                    } else {
                        self.rows::<S, 1>(simd, c, iy, ix.clone())
                    };
                }
            }
        }
    }
}

impl<T: Float> BackwardInput<'_, T> {
    /// A vector of columns of `R` rows that the same rows of taps reach; returns `R`.
    #[inline(always)]
    fn rows<S: Simd<T = T>, const R: usize>(
        &mut self,
        simd: S,
        c: usize,
        iy: usize,
        ix: Range<usize>,
    ) -> usize {
        let BackwardInput { g, w, dy, .. } = *self;
        let mut sums = [simd.splat(T::ZERO); R];
        for k in 0..g.filters {
            for r in g.rows_reaching(iy) {
                for s in 0..g.kernel.1 {
                    let w = simd.splat(w[g.w(r, s, c, k)]);
                    let first = s.saturating_sub(ix.start).min(LANES);
                    let reached =
                        simd.mask(first..(g.out_width() + s).saturating_sub(ix.start).clamp(first, LANES));
                    for row in 0..R {
                        let dy = load_around(
                            simd,
                            dy,
                            g.y(k, iy + row - r, 0) as isize + ix.start as isize - s as isize,
                        );
                        sums[row] = S::V::select(reached, w.mul_add(dy, sums[row]), sums[row]);
                    }
                }
            }
        }
        for row in 0..R {
            simd.store_part(sums[row], &mut self.dx[g.x(c, iy + row, ix.start)..][..ix.len()]);
        }
        R
    }
}

/// Sixteen numbers from place `at` on, and anything for those before the first or behind the last.
#[inline(always)]
fn load_around<S: Simd>(simd: S, from: &[S::T], at: isize) -> S::V {
    let inside = usize::try_from(at).ok().and_then(|at| from.get(at..)).and_then(|from| from.first_chunk());
    match inside {
        Some(from) => simd.load(from),
        None => {
            let mut lanes = [S::T::ZERO; LANES];
            for (l, lane) in lanes.iter_mut().enumerate() {
                if let Some(x) = usize::try_from(at + l as isize).ok().and_then(|at| from.get(at)) {
                    *lane = *x;
                }
            }
            simd.load(&lanes)
        }
    }
}

/// Cuts so many columns into vectors of sixteen, the last of which may overlap the one before; one shorter if there are
/// fewer.
#[inline(always)]
fn vectors(columns: usize) -> impl Iterator<Item = Range<usize>> {
    (0..columns).step_by(LANES).map(move |start| {
        let start = start.min(columns.saturating_sub(LANES));
        start..(start + LANES).min(columns)
    })
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
            let (full, rest) = dy.as_chunks::<LANES>();
            for (n, dy) in full.iter().enumerate() {
                let dy = simd.load(dy);
                for p in 0..P {
                    sums[p] = dy.mul_add(simd.load(&x[p].as_chunks().0[n]), sums[p]);
                }
            }
            let dy = simd.load_part(rest);
            for p in 0..P {
                sums[p] = dy.mul_add(simd.load_part(x[p].as_chunks::<LANES>().1), sums[p]);
            }
        }
        for p in 0..P {
            self.dw[g.w(r, s + p, c, k)] += simd.sum(sums[p]);
        }
        P
    }
}
