//! Convolution of one sample, columns side by side.
//!
//! Forward and backward to the input equal `reference` in every bit; the gradients to the weights and biases equal
//! `reference::backward_weights_row` and `reference::backward_bias_row`. Several rows go at once, so that their chains hide
//! each other's latency, and the last register of a row overlaps the one before it rather than be part full.
//!
//! With a stride or a dilation the reference's loops run as they stand, compiled for the CPU.

use std::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Part, Real, Simd, array};

use super::axis::{Axis, Way};
use super::{Geometry, reference};
use crate::activation::formula::{Formula, Relu};

/// `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy·t+r·d−p, ox·t+s·d−p]`:
/// [`reference::forward`].
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [T],
    /// Weights, r×s×c×k.
    pub w: &'a [T],
    /// Biases, k, if there are any.
    pub b: Option<&'a [T]>,
    /// Whether each output passes a [`Relu`] at last.
    pub relu: bool,
    /// Output, k×oh×ow.
    pub y: &'a mut [T],
    /// Room for [`scratch`] numbers.
    pub scratch: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        if self.g.rows.contiguous() && self.g.columns.contiguous() {
            self.filters(simd);
        } else {
            reference::forward(self.g, self.x, self.w, self.b, self.y);
            if self.relu {
                for y in self.y {
                    *y = Relu.value(*y);
                }
            }
        }
    }
}

impl<T: Float> Forward<'_, T> {
    #[inline(always)]
    fn filters<S: Simd<T = T>>(self, simd: S) {
        let Forward { g, x, w, b, relu, y, scratch } = self;
        let (rows, columns) = (g.rows.forward(), g.columns.forward());
        let outs = g.group_filters();
        let per_tap = g.group_channels() * g.filters;
        for (group, to) in y.chunks_exact_mut(outs * rows.to * columns.to).enumerate() {
            let first = group * outs;
            let weights = Weights { w: &w[first..], per_out: 1, per_plane: g.filters, per_tap };
            let (b, planes) = (b.map(|b| &b[first..]), g.channels_of(first));
            Sweep { rows, columns, from: x, planes, weights, b, relu, outs, to, packed: scratch }
                .run::<S, false>(simd);
        }
    }
}

/// `dx[c,iy,ix] = Σ k,r,s  w[r,s,c,k] · dy[k,oy,ox]`:
/// [`reference::backward_input`].
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Weights, r×s×c×k.
    pub w: &'a [T],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [T],
    /// Biases, c, of a transposed convolution that has some.
    pub b: Option<&'a [T]>,
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [T],
    /// Room for [`scratch`] numbers.
    pub scratch: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        if self.g.rows.contiguous() && self.g.columns.contiguous() {
            self.channels(simd);
        } else {
            reference::backward_input(self.g, self.w, self.dy, self.b, self.dx);
        }
    }
}

impl<T: Float> BackwardInput<'_, T> {
    #[inline(always)]
    fn channels<S: Simd<T = T>>(self, simd: S) {
        let BackwardInput { g, w, dy, b, dx, scratch } = self;
        let (rows, columns) = (g.rows.backward(), g.columns.backward());
        let outs = g.group_channels();
        let per_tap = outs * g.filters;
        for (group, to) in dx.chunks_exact_mut(outs * rows.to * columns.to).enumerate() {
            let (first, planes) = (group * outs, g.filters_of(group * outs));
            let weights = Weights { w: &w[planes.start..], per_out: g.filters, per_plane: 1, per_tap };
            let b = b.map(|b| &b[first..]);
            Sweep { rows, columns, from: dy, planes, weights, b, relu: false, outs, to, packed: scratch }
                .run::<S, true>(simd);
        }
    }
}

/// The most outputs that are summed together.
const OUTPUTS: usize = 4;

/// Numbers that [`Forward`] and [`BackwardInput`] scribble on: the weights of some outputs, in the order that they are read.
pub fn scratch(g: &Geometry) -> usize {
    OUTPUTS * g.group_channels().max(g.group_filters()) * g.rows.kernel * g.columns.kernel
}

/// What forward and backward to the input share: one group's planes of the result, `to[out,·,·] = b[out] + Σ plane,r,s  w ·
/// from[plane,·,·]`.
struct Sweep<'a, T> {
    rows: Way,
    columns: Way,
    from: &'a [T],
    /// The planes of `from` that are summed over.
    planes: Range<usize>,
    weights: Weights<'a, T>,
    b: Option<&'a [T]>,
    relu: bool,
    /// How many planes `to` has.
    outs: usize,
    to: &'a mut [T],
    /// The weights of the outputs that are summed now, planes×r×s×outputs.
    packed: &'a mut [T],
}

/// The weights of a group, and how far apart they lie.
struct Weights<'a, T> {
    w: &'a [T],
    per_out: usize,
    per_plane: usize,
    per_tap: usize,
}

impl<T: Float> Sweep<'_, T> {
    /// Some outputs at a time. `BACK`: the last tap reads the first place.
    #[inline(always)]
    fn run<S: Simd<T = T>, const BACK: bool>(mut self, simd: S) {
        let part = simd.part();
        let mut out = 0;
        while out < self.outs {
            out += match self.outs - out {
                OUTPUTS.. if S::REGISTERS >= 32 => self.outputs::<_, BACK, OUTPUTS, 4>(part, out),
                OUTPUTS.. if S::REGISTERS >= 16 => self.outputs::<_, BACK, OUTPUTS, 3>(part, out),
                2.. if S::REGISTERS >= 16 => self.outputs::<_, BACK, 2, 4>(part, out),
                _ => self.outputs::<_, BACK, 1, 6>(part, out),
            };
        }
    }

    /// `F` outputs, register by register along the columns. Rows that all their taps reach go `R` at once, the last of them
    /// perhaps a second time; those at the two edges one by one. Returns `F`.
    #[inline(always)]
    fn outputs<P: Part<T = T>, const BACK: bool, const F: usize, const R: usize>(
        &mut self,
        part: P,
        out: usize,
    ) -> usize {
        self.pack::<F>(out);
        let (inner, inner_rows) = (self.columns.class().inner(), self.rows.class().inner());
        for to in registers(self.columns.to, P::WIDTH) {
            // Whether all taps read something for every column of a full register.
            let inside = to.len() == P::WIDTH && inner.start <= to.start && to.end <= inner.end;
            let mut row = 0;
            while row < self.rows.to {
                let together = inner_rows.contains(&row) && inner_rows.len() >= R;
                if together {
                    row = row.min(inner_rows.end - R);
                }
                row += match (together, inside, self.columns.kernel()) {
                    (true, true, 3) => self.tile::<_, BACK, F, R, 3>(part, out, row, to.start),
                    (true, true, _) => self.tile::<_, BACK, F, R, 0>(part, out, row, to.start),
                    (true, false, _) => self.edge::<_, F, R>(part, out, row, &to),
                    (false, true, 3) => self.tile::<_, BACK, F, 1, 3>(part, out, row, to.start),
                    (false, true, _) => self.tile::<_, BACK, F, 1, 0>(part, out, row, to.start),
                    (false, false, _) => self.edge::<_, F, 1>(part, out, row, &to),
                };
            }
        }
        F
    }

    /// Puts the weights of `F` outputs side by side.
    #[inline(always)]
    fn pack<const F: usize>(&mut self, out: usize) {
        let Weights { w, per_out, per_plane, per_tap } = self.weights;
        let taps = self.rows.kernel() * self.columns.kernel();
        let packed = self.packed.as_chunks_mut::<F>().0.chunks_exact_mut(taps);
        for (plane, packed) in packed.take(self.planes.len()).enumerate() {
            for (tap, packed) in packed.iter_mut().enumerate() {
                let first = plane * per_plane + tap * per_tap + out * per_out;
                *packed = array!(|f| w[first + f * per_out]);
            }
        }
    }

    /// A register of columns of `R` rows, for `F` outputs, where all taps read something for all columns: `K` taps in a row,
    /// or any number for 0. Returns `R`.
    #[inline(always)]
    fn tile<P: Part<T = T>, const BACK: bool, const F: usize, const R: usize, const K: usize>(
        &mut self,
        part: P,
        out: usize,
        row: usize,
        column: usize,
    ) -> usize {
        let (height, width, kernel) = (self.rows.from, self.columns.from, self.columns.kernel());
        let (up, across) = (self.rows.class().taps(row), self.columns.class().taps(column));
        let (from, count) = (across.lowest(), if K > 0 { K } else { kernel });
        let packed = self.packed.as_chunks::<F>().0.chunks_exact(self.rows.kernel() * kernel);
        let mut sums: [[P::R; R]; F] = self.begin(part, out);
        for (plane, w) in self.planes.clone().zip(packed) {
            for (r, y) in up {
                let w = &w[r * kernel..][..count];
                let from = &self.from[(plane * height + y as usize) * width + from..];
                let lines: [&[T]; R] = array!(|row| &from[row * width..][..count - 1 + P::WIDTH]);
                for s in 0..count {
                    let x = if BACK { count - 1 - s } else { s };
                    let from: [P::R; R] = array!(|row| part.read(&lines[row][x..]));
                    for f in 0..F {
                        let w = part.splat(w[s][f]);
                        for row in 0..R {
                            sums[f][row] = part.pin(w.mul_add(from[row], sums[f][row]));
                        }
                    }
                }
            }
        }
        self.end(part, out, row, &(column..column + P::WIDTH), &sums);
        R
    }

    /// The same where some taps reach some columns only: lanes that a tap does not reach keep their sum.
    #[inline(always)]
    fn edge<P: Part<T = T>, const F: usize, const R: usize>(
        &mut self,
        part: P,
        out: usize,
        row: usize,
        to: &Range<usize>,
    ) -> usize {
        let (height, width, kernel) = (self.rows.from, self.columns.from, self.columns.kernel());
        let (up, across) = (self.rows.class().taps(row), self.columns.class().all);
        let packed = self.packed.as_chunks::<F>().0.chunks_exact(self.rows.kernel() * kernel);
        let mut sums: [[P::R; R]; F] = self.begin(part, out);
        for (plane, w) in self.planes.clone().zip(packed) {
            for (r, y) in up {
                let first = plane * height + y as usize;
                let lines: [&[T]; R] = array!(|row| &self.from[(first + row) * width..][..width]);
                for (s, x) in across {
                    let x = to.start as isize + x;
                    let lane = |place: usize| (place as isize - x).clamp(0, to.len() as isize) as usize;
                    let lanes = lane(0)..lane(width);
                    let reached = part.mask(lanes.clone());
                    let w: [P::R; F] = array!(|f| part.splat(w[r * kernel + s][f]));
                    for row in 0..R {
                        let from = part.read_lanes(lines[row], x, lanes.clone());
                        for f in 0..F {
                            let sum = sums[f][row];
                            sums[f][row] = P::R::select(reached, w[f].mul_add(from, sum), sum);
                        }
                    }
                }
            }
        }
        self.end(part, out, row, to, &sums);
        R
    }

    #[inline(always)]
    fn begin<P: Part<T = T>, const F: usize, const R: usize>(&self, part: P, out: usize) -> [[P::R; R]; F] {
        array!(|f| [part.splat(self.b.map_or(T::ZERO, |b| b[out + f])); R])
    }

    #[inline(always)]
    fn end<P: Part<T = T>, const F: usize, const R: usize>(
        &mut self,
        part: P,
        out: usize,
        row: usize,
        to: &Range<usize>,
        sums: &[[P::R; R]; F],
    ) {
        for f in 0..F {
            for r in 0..R {
                let line = ((out + f) * self.rows.to + row + r) * self.columns.to;
                let sum = if self.relu { Relu.value(sums[f][r]) } else { sums[f][r] };
                part.write(sum, &mut self.to[line + to.start..][..to.len()]);
            }
        }
    }
}

/// Cuts so many columns into registers, the last of which may overlap the one before; one shorter if there are fewer.
#[inline(always)]
fn registers(columns: usize, width: usize) -> impl Iterator<Item = Range<usize>> {
    (0..columns).step_by(width).map(move |start| {
        let start = start.min(columns.saturating_sub(width));
        start..(start + width).min(columns)
    })
}

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

/// `db[k] += Σ oy,ox dy[k,oy,ox]`: [`reference::backward_bias_row`].
#[derive(Debug)]
pub struct BackwardBias<'a, T> {
    /// How many numbers a plane of `dy` has.
    pub plane: usize,
    /// How many of them are in a row.
    pub width: usize,
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [T],
    /// Gradient to the biases, k; added to.
    pub db: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardBias<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        for (db, dy) in self.db.iter_mut().zip(self.dy.chunks_exact(self.plane)) {
            let mut sum = simd.splat(T::ZERO);
            for row in dy.chunks_exact(self.width) {
                for dy in row.chunks(LANES) {
                    sum = sum + simd.load_part(dy);
                }
            }
            *db += simd.sum(sum);
        }
    }
}
