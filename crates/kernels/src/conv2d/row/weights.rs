//! The gradient to the weights.

use std::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Part, Real, Simd, Whole, array};

use crate::conv2d::{Axis, Geometry, reference};

/// Which lanes lie within `places`, if the first lies at `first` and the others behind it.
#[inline(always)]
fn lanes(first: isize, places: &Range<usize>) -> Range<usize> {
    let lane = |place: usize| (place as isize - first).clamp(0, LANES as isize) as usize;
    lane(places.start)..lane(places.end)
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

/// `dw[r,s,c,k] += Σ oy,ox  dy[k,oy,ox] · x[c, oy·t+r·d−p, ox·t+s·d−p]`:
/// [`reference::backward_weights_row`].
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
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        match self.g.usual() {
            Some(g) => BackwardWeights { g: &g, ..self }.filters(simd),
            None if self.g.columns.stride == 1 => self.filters(simd),
            None => reference::backward_weights_row(self.g, self.x, self.dy, self.dw),
        }
    }
}

impl<T: Float> BackwardWeights<'_, T> {
    #[inline(always)]
    fn filters<S: Simd<T = T>>(mut self, simd: S) {
        let g = self.g;
        for k in 0..g.filters {
            for c in 0..g.group_channels() {
                for r in 0..g.rows.kernel {
                    let mut s = 0;
                    while s < g.columns.kernel {
                        s += match g.columns.kernel - s {
                            1 => self.taps::<S, 1>(simd, k, c, r, s),
                            2 => self.taps::<S, 2>(simd, k, c, r, s),
                            _ => self.taps::<S, 3>(simd, k, c, r, s),
                        };
                    }
                }
            }
        }
    }

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
        let reached: [Range<usize>; P] = std::array::from_fn(|p| g.columns.readers(s + p));
        let all = 0..g.columns.output;
        let channel = g.channels_of(k).start + c;
        let sums = if reached[0] == all && reached[P - 1] == all {
            self.inside::<S, P>(simd, k, channel, r, s)
        } else {
            self.clipped::<S, P>(simd, k, channel, r, s, &reached)
        };
        for p in 0..P {
            self.dw[g.w(r, s + p, c, k)] += simd.sum(sums[p]);
        }
        P
    }

    /// The sums of `P` taps that read something for every column.
    #[inline(always)]
    fn inside<S: Simd<T = T>, const P: usize>(
        &self,
        simd: S,
        k: usize,
        channel: usize,
        r: usize,
        s: usize,
    ) -> [S::V; P] {
        let g = self.g;
        let Axis { dilation, padding, output: width, .. } = g.columns;
        // The last vector of a row adds −0 to the lanes that it does not fill, which leaves them as they are.
        let (filled, nothing) = (simd.mask(0..width % LANES), simd.splat(-T::ZERO));
        let mut sums = [simd.splat(T::ZERO); P];
        for oy in g.rows.readers(r) {
            let iy = g.rows.reads(oy, r);
            let x: [&[T]; P] = array!(|p| &self.x[g.x(channel, iy, (s + p) * dilation - padding)..][..width]);
            let dy = &self.dy[g.y(k, oy, 0)..][..width];
            let (full, rest) = dy.as_chunks::<LANES>();
            for (n, dy) in full.iter().enumerate() {
                let dy = simd.load(dy);
                for p in 0..P {
                    sums[p] = dy.mul_add(simd.load(&x[p].as_chunks().0[n]), sums[p]);
                }
            }
            let dy = S::V::select(filled, simd.load_part(rest), nothing);
            for p in 0..P {
                sums[p] = dy.mul_add(simd.load_part(x[p].as_chunks::<LANES>().1), sums[p]);
            }
        }
        sums
    }

    /// The sums of `P` taps, of which lanes keep theirs for columns at which the tap reads nothing.
    #[inline(always)]
    fn clipped<S: Simd<T = T>, const P: usize>(
        &self,
        simd: S,
        k: usize,
        channel: usize,
        r: usize,
        s: usize,
        reached: &[Range<usize>; P],
    ) -> [S::V; P] {
        let g = self.g;
        let Axis { dilation, padding, output: width, .. } = g.columns;
        let mut sums = [simd.splat(T::ZERO); P];
        for oy in g.rows.readers(r) {
            let x = g.x(channel, g.rows.reads(oy, r), 0) as isize - padding as isize;
            for (n, dy) in self.dy[g.y(k, oy, 0)..][..width].chunks(LANES).enumerate() {
                let dy = simd.load_part(dy);
                for p in 0..P {
                    let reached = simd.mask(lanes((n * LANES) as isize, &reached[p]));
                    let x = load_around(simd, self.x, x + (n * LANES + (s + p) * dilation) as isize);
                    sums[p] = S::V::select(reached, dy.mul_add(x, sums[p]), sums[p]);
                }
            }
        }
        sums
    }
}
