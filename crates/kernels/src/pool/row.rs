//! Pooling of one sample: the loops of `reference`, compiled for the CPU. Windows of the usual size have a separate
//! loop, which finds the largest elements along whole rows.

use toddle_lanes::{Float, Kernel, Simd};

use super::{Count, Geometry, larger, reference};

/// `y[c,oy,ox] = max iy,ix  x[c,iy,ix]`: [`reference::max_forward`] in every bit.
#[derive(Debug)]
pub struct MaxForward<'a, T> {
    /// The pooling.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [T],
    /// Output, c×oh×ow.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for MaxForward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        match (self.g.usual(), self.g.plain()) {
            (Some(g), _) => largest_of_pairs(&g, self.x, self.y),
            (None, Some(g)) => reference::max_forward(&g, self.x, self.y),
            (None, None) => reference::max_forward(self.g, self.x, self.y),
        }
    }
}

/// The largest of two neighbours in each of two rows. The compiler can compute neighbouring windows at once.
#[inline(always)]
fn largest_of_pairs<T: Float>(g: &Geometry, x: &[T], y: &mut [T]) {
    let (width, out_width) = (g.columns.input, g.columns.output());
    let (image, pooled) = (g.rows.input * width, g.rows.output() * out_width);
    for (x, y) in x.chunks_exact(image).zip(y.chunks_exact_mut(pooled)) {
        for (rows, y) in x.chunks_exact(2 * width).zip(y.chunks_exact_mut(out_width)) {
            let (above, below) = rows.split_at(width);
            for ((above, below), y) in above.as_chunks::<2>().0.iter().zip(below.as_chunks::<2>().0).zip(y) {
                let window = [above[0], above[1], below[0], below[1]];
                *y = window.into_iter().fold(T::NEG_INFINITY, larger);
            }
        }
    }
}

/// `dx[c,iy,ix] = Σ oy,ox  dy[c,oy,ox]` over the windows whose largest cell this cell is: [`reference::max_backward`]
/// itself.
#[derive(Debug)]
pub struct MaxBackward<'a, T> {
    /// The pooling.
    pub g: &'a Geometry,
    /// Input of forward, c×h×w.
    pub x: &'a [T],
    /// Output of forward, c×oh×ow.
    pub y: &'a [T],
    /// Gradient to the output, c×oh×ow.
    pub dy: &'a [T],
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for MaxBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        match (self.g.usual(), self.g.plain()) {
            (Some(g), _) => reference::max_backward(&g, self.x, self.y, self.dy, self.dx),
            (None, Some(g)) => reference::max_backward(&g, self.x, self.y, self.dy, self.dx),
            (None, None) => reference::max_backward(self.g, self.x, self.y, self.dy, self.dx),
        }
    }
}

/// `y[c,oy,ox] = (1/n) · Σ iy,ix  x[c,iy,ix]`: [`reference::average_forward`] itself.
#[derive(Debug)]
pub struct AverageForward<'a, T> {
    /// The pooling.
    pub g: &'a Geometry,
    /// The divisor of the average.
    pub count: Count,
    /// Input, c×h×w.
    pub x: &'a [T],
    /// Output, c×oh×ow.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for AverageForward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        match (self.g.usual(), self.g.plain()) {
            (Some(g), _) => reference::average_forward(&g, self.count, self.x, self.y),
            (None, Some(g)) => reference::average_forward(&g, self.count, self.x, self.y),
            (None, None) => reference::average_forward(self.g, self.count, self.x, self.y),
        }
    }
}

/// `dx[c,iy,ix] = Σ oy,ox  (1/n) · dy[c,oy,ox]`: [`reference::average_backward`] itself.
#[derive(Debug)]
pub struct AverageBackward<'a, T> {
    /// The pooling.
    pub g: &'a Geometry,
    /// The divisor of the average.
    pub count: Count,
    /// Gradient to the output, c×oh×ow.
    pub dy: &'a [T],
    /// Gradient to the input, c×h×w.
    pub dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for AverageBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        match (self.g.usual(), self.g.plain()) {
            (Some(g), _) => reference::average_backward(&g, self.count, self.dy, self.dx),
            (None, Some(g)) => reference::average_backward(&g, self.count, self.dy, self.dx),
            (None, None) => reference::average_backward(self.g, self.count, self.dy, self.dx),
        }
    }
}
