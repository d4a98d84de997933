//! The product of matrices that gives the transformed gradient.
//!
//! ```text
//!                      2 registers of neighbouring filters
//!                    ┌───────────────┬───────────────┐
//!       6 channels   │ Σ  Σ  Σ  Σ  Σ │ Σ  Σ  Σ  Σ  Σ │   each sample of each tile
//!                    ├───────────────┼───────────────┤     loads two registers of transformed `dy`,
//!                    │ Σ  Σ  Σ  Σ  Σ │ Σ  Σ  Σ  Σ  Σ │     broadcasts an element of six patches,
//!                    └───────────────┴───────────────┘     and does 12 multiply-adds of registers
//! ```

use toddle_lanes::{Float, Kernel, LANES, Part, Real, Simd, array};

use crate::Lane;

/// `du[c,k] += Σ place,sample  patches[place,c,sample] · gradients[place,sample,k]`, for one of the sixteen elements.
pub struct Product<'a, T> {
    pub patches: &'a [Lane<T>],
    pub channels: usize,
    pub gradients: &'a [T],
    /// A whole number of vectors.
    pub filters: usize,
    pub du: &'a mut [T],
}

impl<T: Float> Kernel<T> for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        // Filters are whole vectors. So there are single registers only if a vector is one register.
        let pairs = if const { S::NATIVE } { self.filters / (2 * S::Part::WIDTH) } else { 0 };
        for pair in 0..pairs {
            self.columns::<S, 2>(simd, pair * 2 * S::Part::WIDTH);
        }
        if const { S::PARTS == 1 } {
            for k in (pairs * 2 * S::Part::WIDTH..self.filters).step_by(S::Part::WIDTH) {
                self.columns::<S, 1>(simd, k);
            }
        }
    }
}

impl<T: Float> Product<'_, T> {
    /// `N` registers of filters, for all channels.
    #[inline(always)]
    fn columns<S: Simd<T = T>, const N: usize>(&mut self, simd: S, k: usize) {
        let channels = self.channels;
        let mut c = 0;
        while c < channels {
            c += match channels - c {
                // For eight channels, two tiles of four are faster than tiles of six and two.
                6.. if const { fits::<S>(6, N) } && channels - c != 8 => {
                    simd.outline(Tile::<_, 6, N>(self, c, k))
                }
                4.. if const { fits::<S>(4, N) } => simd.outline(Tile::<_, 4, N>(self, c, k)),
                2.. if const { fits::<S>(2, N) } => simd.outline(Tile::<_, 2, N>(self, c, k)),
                _ => simd.outline(Tile::<_, 1, N>(self, c, k)),
            };
        }
    }

    /// `C` channels × `N` registers of filters, in registers during the loop over all samples of all places, from zero.
    /// Returns `C`.
    #[inline(always)]
    fn tile<P: Part<T = T>, const C: usize, const N: usize>(&mut self, part: P, c: usize, k: usize) -> usize {
        let filters = self.filters;
        let to = &mut self.du[c * filters + k..];
        let mut sums = [[part.splat(T::ZERO); N]; C];
        let places = self.patches.chunks_exact(self.channels);
        for (patches, gradients) in places.zip(self.gradients.chunks_exact(LANES * filters)) {
            let patches: &[Lane<T>; C] = patches[c..].first_chunk().expect("a tile's channels");
            for (sample, gradients) in gradients.chunks_exact(filters).enumerate().take(LANES) {
                let gradients = &gradients[k..][..N * P::WIDTH];
                let gradients: [P::R; N] = array!(|n| part.read(&gradients[n * P::WIDTH..]));
                for c in 0..C {
                    let x = part.splat(patches[c][sample]);
                    for n in 0..N {
                        sums[c][n] = part.pin(x.mul_add(gradients[n], sums[c][n]));
                    }
                }
            }
        }
        for c in 0..C {
            for n in 0..N {
                let to = &mut to[c * filters + n * P::WIDTH..][..P::WIDTH];
                part.write(part.read(to) + sums[c][n], to);
            }
        }
        C
    }
}

/// Whether the sums of `channels` × `registers` fit in the registers.
const fn fits<S: Simd>(channels: usize, registers: usize) -> bool {
    channels * registers <= S::TILE_REGISTERS
}

/// The arguments of [`Product::tile`]: the first channel and the first filter.
struct Tile<'a, 'b, T, const C: usize, const N: usize>(&'a mut Product<'b, T>, usize, usize);

impl<T: Float, const C: usize, const N: usize> Kernel<T> for Tile<'_, '_, T, C, N> {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> usize {
        self.0.tile::<_, C, N>(simd.part(), self.1, self.2)
    }
}
