//! Convolution of one sample, columns side by side.
//!
//! Forward and backward to the input equal `reference` in every bit; the gradients to the weights and biases equal
//! `reference::backward_weights_row` and `reference::backward_bias_row`. Several rows go at once, so that their chains hide
//! each other's latency, and the last register of a row overlaps the one before it rather than be part full.
//!
//! Neighbouring columns read neighbouring numbers only where the stride along them is 1. Otherwise the reference's loops
//! run as they stand, compiled for the CPU.

use std::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Part, Real, Simd, array};

use super::axis::{Axis, Class, Way};
use super::{Geometry, reference};

/// Rows that are computed together.
const ROWS: usize = 8;

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
    /// Output, k×oh×ow.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        match self.g.usual() {
            Some(g) => Forward { g: &g, ..self }.filters(simd),
            None if self.g.columns.stride == 1 => self.filters(simd),
            None => reference::forward(self.g, self.x, self.w, self.b, self.y),
        }
    }
}

impl<T: Float> Forward<'_, T> {
    #[inline(always)]
    fn filters<S: Simd<T = T>>(self, simd: S) {
        let Forward { g, x, w, b, y } = self;
        let (rows, columns) = (g.rows.forward(), g.columns.forward());
        for k in 0..g.filters {
            let start = b.map_or(T::ZERO, |b| b[k]);
            let to = &mut y[k * rows.to * columns.to..][..rows.to * columns.to];
            let weight = |c: usize, r: usize, s: usize| w[g.w(r, s, c, k)];
            Sweep { rows, columns, from: x, planes: g.channels_of(k), start, to }.run(simd, weight);
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
}

impl<T: Float> Kernel<T> for BackwardInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        match self.g.usual() {
            Some(g) => BackwardInput { g: &g, ..self }.channels(simd),
            None if self.g.columns.stride == 1 => self.channels(simd),
            None => reference::backward_input(self.g, self.w, self.dy, self.b, self.dx),
        }
    }
}

impl<T: Float> BackwardInput<'_, T> {
    #[inline(always)]
    fn channels<S: Simd<T = T>>(self, simd: S) {
        let BackwardInput { g, w, dy, b, dx } = self;
        let (rows, columns) = (g.rows.backward(), g.columns.backward());
        for c in 0..g.channels {
            let start = b.map_or(T::ZERO, |b| b[c]);
            let to = &mut dx[c * rows.to * columns.to..][..rows.to * columns.to];
            let (planes, c) = (g.filters_of(c), c % g.group_channels());
            let first = planes.start;
            let weight = |k: usize, r: usize, s: usize| w[g.w(r, s, c, first + k)];
            Sweep { rows, columns, from: dy, planes, start, to }.run(simd, weight);
        }
    }
}

/// What forward and backward to the input share: one plane of the result, `to[·,·] = start + Σ plane,r,s  w ·
/// from[plane,·,·]`.
struct Sweep<'a, T> {
    rows: Way,
    columns: Way,
    from: &'a [T],
    /// The planes of `from` that are summed over; their weights are counted from the first of them.
    planes: Range<usize>,
    start: T,
    to: &'a mut [T],
}

impl<T: Float> Sweep<'_, T> {
    /// Register by register along the columns. Rows that all their taps reach go several at once, those at the two edges one
    /// by one.
    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S, weight: impl Fn(usize, usize, usize) -> T + Copy) {
        let (row_way, column_way, part) = (self.rows, self.columns, simd.part());
        for columns in column_way.classes() {
            let inner = columns.inner();
            for to in registers(self.columns.to, S::Part::WIDTH) {
                // Whether all taps read something for every column of a full register.
                let inside = to.len() == S::Part::WIDTH && inner.start <= to.start && to.end <= inner.end;
                for rows in row_way.classes() {
                    let inner = rows.inner();
                    let mut row = 0;
                    while row < rows.places {
                        let together = if inner.contains(&row) { inner.end - row } else { 1 };
                        let at = Place { rows, row, columns, to: to.clone() };
                        row += match (together, inside) {
                            (ROWS.., true) if S::REGISTERS > ROWS => self.rows::<_, ROWS, true>(part, at, weight),
                            (ROWS.., false) if S::REGISTERS > ROWS => self.rows::<_, ROWS, false>(part, at, weight),
                            (2.., true) => self.rows::<_, 2, true>(part, at, weight),
                            (2.., false) => self.rows::<_, 2, false>(part, at, weight),
                            (_, true) => self.rows::<_, 1, true>(part, at, weight),
                            (_, false) => self.rows::<_, 1, false>(part, at, weight),
                        };
                    }
                }
            }
        }
    }

    /// A register of columns of `R` rows that the same rows of taps reach; returns `R`. Lanes that a tap does not reach keep
    /// their sum; there are none `INSIDE`.
    #[inline(always)]
    fn rows<P: Part<T = T>, const R: usize, const INSIDE: bool>(
        &mut self,
        part: P,
        at: Place<'_>,
        weight: impl Fn(usize, usize, usize) -> T,
    ) -> usize {
        let Place { rows, row, columns, to } = at;
        let (height, width, apart) = (self.rows.from, self.columns.from, self.rows.apart);
        let (up, across) = (rows.taps(row), columns.all);
        let mut sums = [part.splat(self.start); R];
        for (n, plane) in self.planes.clone().enumerate() {
            for (r, y) in up {
                let line = plane * height + y as usize;
                let lines: [&[T]; R] = array!(|row| &self.from[(line + row * apart) * width..][..width]);
                for (s, x) in across {
                    let w = part.splat(weight(n, r, s));
                    let x = to.start as isize + x;
                    if INSIDE {
                        for row in 0..R {
                            sums[row] = w.mul_add(part.read(&lines[row][x as usize..]), sums[row]);
                        }
                    } else {
                        let lane = |place: usize| (place as isize - x).clamp(0, to.len() as isize) as usize;
                        let lanes = lane(0)..lane(width);
                        let reached = part.mask(lanes.clone());
                        for row in 0..R {
                            let from = part.read_lanes(lines[row], x, lanes.clone());
                            sums[row] = P::R::select(reached, w.mul_add(from, sums[row]), sums[row]);
                        }
                    }
                }
            }
        }
        for r in 0..R {
            let to = &mut self.to[rows.place(row + r) * self.columns.to + to.start..][..to.len()];
            part.write(sums[r], to);
        }
        R
    }
}

/// Where [`Sweep::rows`] sums: columns `to` of some rows from the `row`th of a class on.
struct Place<'a> {
    rows: Class<'a>,
    row: usize,
    columns: Class<'a>,
    to: Range<usize>,
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
