//! Batch normalisation, sixteen elements of a channel at a time: one element of sixteen samples in a block, or sixteen
//! pixels of one sample in a row.
//!
//! In both cases a channel is a run of elements. `reference` has two orders of sums. They fix in which lane an element
//! is added.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, array};

use super::Affine;
use crate::Lane;
use crate::activation::formula::{Formula, Relu};

/// The leaf of a block or of a row: [`reference::statistics`](super::reference::statistics) and
/// [`statistics_row`](super::reference::statistics_row).
#[derive(Debug)]
pub struct Statistics<'a, T> {
    /// Lanes that hold a sample; sixteen in a row.
    pub live: usize,
    /// Elements of each channel that are counted.
    pub count: usize,
    /// Input, channel after channel.
    pub x: &'a [T],
    /// Means, then sums of squared deviations.
    pub leaf: &'a mut [T],
}

impl<T: Float> Kernel<T> for Statistics<'_, T> {
    type Output = ();

    /// Four channels at a time, so that their chains hide each other's latency.
    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let channels = self.leaf.len() / 2;
        let mut c = 0;
        while c < channels {
            c += match channels - c {
                4.. => self.channels::<S, 4>(simd, c),
                _ => self.channels::<S, 1>(simd, c),
            };
        }
    }
}

impl<T: Float> Statistics<'_, T> {
    /// `N` channels from `c` on. Returns `N`.
    #[inline(always)]
    fn channels<S: Simd<T = T>, const N: usize>(&mut self, simd: S, c: usize) -> usize {
        let channels = self.leaf.len() / 2;
        let (zero, plane) = (simd.splat(T::ZERO), self.x.len() / channels);
        let planes: [(&[Lane<T>], &[T]); N] = array!(|n| self.x[(c + n) * plane..][..plane].as_chunks());
        let (live, behind) = (simd.mask(0..self.live), simd.mask(0..planes[0].1.len()));
        let mut sums = [zero; N];
        for p in 0..planes[0].0.len() {
            for n in 0..N {
                sums[n] = sums[n] + S::V::select(live, simd.load(&planes[n].0[p]), zero);
            }
        }
        let mut middles = [zero; N];
        for n in 0..N {
            let sum = simd.sum(sums[n] + simd.load_partial(planes[n].1));
            self.leaf[c + n] = sum / T::from_f64(self.count as f64);
            middles[n] = simd.splat(self.leaf[c + n]);
        }
        let mut squares = [zero; N];
        for p in 0..planes[0].0.len() {
            for n in 0..N {
                let off = S::V::select(live, simd.load(&planes[n].0[p]) - middles[n], zero);
                squares[n] = off.mul_add(off, squares[n]);
            }
        }
        for n in 0..N {
            let off = S::V::select(behind, simd.load_partial(planes[n].1) - middles[n], zero);
            self.leaf[channels + c + n] = simd.sum(off.mul_add(off, squares[n]));
        }
        N
    }
}

/// `y = γ·x̂ + β`: [`reference::forward`](super::reference::forward); or the sum of this and another value.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// `μ` of each channel.
    pub mean: &'a [T],
    /// `ρ` of each channel.
    pub rho: &'a [T],
    /// `γ` and `β` of each channel.
    pub affine: Affine<'a, T>,
    /// Input, channel after channel.
    pub x: &'a [T],
    /// The value that is added to the result, if there is one.
    pub other: Option<&'a [T]>,
    /// Whether a [`Relu`] is applied to each output at the end.
    pub relu: bool,
    /// Output.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Forward { mean, rho, affine, x, other, relu, y } = self;
        let plane = x.len() / mean.len();
        for (c, (x, y)) in x.chunks_exact(plane).zip(y.chunks_exact_mut(plane)).enumerate() {
            let (mean, rho) = (simd.splat(mean[c]), simd.splat(rho[c]));
            let [gamma, beta] = affine.lanes(simd, c);
            let other = other.map(|other| other[c * plane..][..plane].as_chunks::<LANES>());
            let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks_mut::<LANES>());
            for (n, (x, y)) in x.iter().zip(y).enumerate() {
                let mut value = gamma.mul_add((simd.load(x) - mean) * rho, beta);
                if let Some((other, _)) = other {
                    value = value + simd.load(&other[n]);
                }
                simd.store(if relu { Relu.value(value) } else { value }, y);
            }
            let mut value = gamma.mul_add((simd.load_partial(x_rest) - mean) * rho, beta);
            if let Some((_, other)) = other {
                value = value + simd.load_partial(other);
            }
            simd.store_partial(if relu { Relu.value(value) } else { value }, y_rest);
        }
    }
}

/// The leaf of a block or of a row, of gradient sums: [`reference::gradient_sums`](super::reference::gradient_sums) and
/// [`gradient_sums_row`](super::reference::gradient_sums_row).
#[derive(Debug)]
pub struct GradientSums<'a, T> {
    /// `μ` of each channel.
    pub mean: &'a [T],
    /// `ρ` of each channel.
    pub rho: &'a [T],
    /// `γ` and `β` of each channel.
    pub affine: Affine<'a, T>,
    /// Input, channel after channel.
    pub x: &'a [T],
    /// Gradient to the output; zero in lanes that hold no sample.
    pub dy: &'a [T],
    /// Whether `dy` is the gradient to the output of a [`Relu`] that follows.
    pub relu: bool,
    /// `Σ dy·x̂`, then `Σ dy`.
    pub leaf: &'a mut [T],
}

impl<T: Float> Kernel<T> for GradientSums<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let GradientSums { mean, rho, affine, x, dy, relu, leaf } = self;
        let channels = mean.len();
        let plane = x.len() / channels;
        let (gammas, betas) = leaf.split_at_mut(channels);
        for (c, (x, dy)) in x.chunks_exact(plane).zip(dy.chunks_exact(plane)).enumerate() {
            let (mean, rho) = (simd.splat(mean[c]), simd.splat(rho[c]));
            let line = affine.lanes(simd, c);
            let (mut products, mut sums) = (simd.splat(T::ZERO), simd.splat(T::ZERO));
            let ((x, x_rest), (dy, dy_rest)) = (x.as_chunks::<LANES>(), dy.as_chunks::<LANES>());
            for (x, dy) in x.iter().zip(dy) {
                let normal = (simd.load(x) - mean) * rho;
                let dy = turned(relu, line, normal, simd.load(dy));
                products = dy.mul_add(normal, products);
                sums = sums + dy;
            }
            let normal = (simd.load_partial(x_rest) - mean) * rho;
            let dy = turned(relu, line, normal, simd.load_partial(dy_rest));
            products = dy.mul_add(normal, products);
            sums = sums + dy;
            gammas[c] = simd.sum(products);
            betas[c] = simd.sum(sums);
        }
    }
}

/// The gradient to `γ·x̂ + β`. If `relu`, `dy` is the gradient to the output of a relu that follows.
#[inline(always)]
fn turned<V: Real>(relu: bool, [gamma, beta]: [V; 2], normal: V, dy: V) -> V {
    if !relu {
        return dy;
    }
    let y = Relu.value(gamma.mul_add(normal, beta));
    dy * Relu.derivative(y, y)
}

/// `dx = γ·ρ·(dy − x̂·Σdy·x̂/N − Σdy/N)`: [`reference::backward`](super::reference::backward). It is zero in lanes that
/// hold no sample.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// Lanes that hold a sample; sixteen in a row.
    pub live: usize,
    /// `N`: the number of elements of each channel in the batch.
    pub count: usize,
    /// `μ` of each channel.
    pub mean: &'a [T],
    /// `ρ` of each channel.
    pub rho: &'a [T],
    /// `γ` and `β` of each channel.
    pub affine: Affine<'a, T>,
    /// `Σ dy·x̂` of each channel over the batch, then `Σ dy` of each channel.
    pub gradient_sums: &'a [T],
    /// Input, channel after channel.
    pub x: &'a [T],
    /// Gradient to the output.
    pub dy: &'a [T],
    /// Whether `dy` is the gradient to the output of a [`Relu`] that follows.
    pub relu: bool,
    /// Gradient to the input.
    pub dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Backward { live, count, mean, rho, affine, gradient_sums, x, dy, relu, dx } = self;
        let channels = mean.len();
        let plane = x.len() / channels;
        let count = T::from_f64(count as f64);
        let (mask, zero) = (simd.mask(0..live), simd.splat(T::ZERO));
        let planes = x.chunks_exact(plane).zip(dy.chunks_exact(plane)).zip(dx.chunks_exact_mut(plane));
        for (c, ((x, dy), dx)) in planes.enumerate() {
            let (by_product, by_sum) =
                (simd.splat(gradient_sums[c] / count), simd.splat(gradient_sums[channels + c] / count));
            let line = affine.lanes(simd, c);
            let (mean, rho) = (simd.splat(mean[c]), simd.splat(rho[c]));
            let scale = line[0] * rho;
            let (x, x_rest) = x.as_chunks::<LANES>();
            let (dy, dy_rest) = dy.as_chunks::<LANES>();
            let (dx, dx_rest) = dx.as_chunks_mut::<LANES>();
            for ((x, dy), dx) in x.iter().zip(dy).zip(dx) {
                let normal = (simd.load(x) - mean) * rho;
                let dy = turned(relu, line, normal, simd.load(dy));
                let off = (-normal).mul_add(by_product, dy - by_sum);
                simd.store(S::V::select(mask, scale * off, zero), dx);
            }
            let normal = (simd.load_partial(x_rest) - mean) * rho;
            let dy = turned(relu, line, normal, simd.load_partial(dy_rest));
            let off = (-normal).mul_add(by_product, dy - by_sum);
            simd.store_partial(scale * off, dx_rest);
        }
    }
}
