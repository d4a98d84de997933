//! Forward of a dense layer.
//!
//! ```text
//!     samples in a vector                        outputs in a vector, with enough registers
//!
//!               one vector of samples                        3 registers of neighbouring outputs
//!             ┌───────────────────────┐                    ┌─────────┬─────────┬─────────┐
//!     outputs │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│         8 samples  │ Σ  Σ  Σ │ Σ  Σ  Σ │ Σ  Σ  Σ │
//!             ├───────────────────────┤                    ├─────────┼─────────┼─────────┤
//!             │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│                    │ Σ  Σ  Σ │ Σ  Σ  Σ │ Σ  Σ  Σ │
//!             └───────────────────────┘                    └─────────┴─────────┴─────────┘
//!     a broadcast weight for each multiply-add    11 loads for 24 multiply-adds
//! ```
//!
//! The tile on the left needs a load for each multiply-add. A CPU can do more multiply-adds than loads. So the tile on
//! the right is used if its 24 sums fit in the registers. Its sums are stored in [`Panel`]s, and are transposed to lanes
//! at the end. The outputs after the last whole panel use the tile on the left.

use core::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Part, Real, Simd, array};

use super::{fits, tile_height};
use crate::Lane;
use crate::layout::Panel;

/// The samples of a tile with outputs in a vector.
const SAMPLES: usize = 8;

/// `y[o] = b[o] + Σ i  x[i] · w[i,o]`: [`reference::forward`](super::super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Input, i.
    pub x: &'a [Lane<T>],
    /// Weights, i×o.
    pub w: &'a [T],
    /// Biases, o. Without biases, each sum begins with zero.
    pub b: Option<&'a [T]>,
    /// Output, o.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    /// The loop takes as many inputs at a time as have weights that stay in the caches of the core during the loop over
    /// all outputs. Between two such groups of inputs, the sums are stored in `y`.
    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let (inputs, outputs) = (self.x.len(), self.y.len());
        let row = outputs * size_of::<T>() + size_of::<Lane<T>>();
        // A quarter of the second-level cache.
        let together = (S::SECOND_LEVEL / 4 / row).max(1);
        // The outputs whose sums are in panels.
        let turned = if const { SAMPLES * 3 <= S::TILE_REGISTERS } { outputs / LANES * LANES } else { 0 };
        let (panels, lanes) = self.y.split_at_mut(turned);
        if let Some(b) = self.b {
            for (panel, b) in panels.as_chunks_mut().0.iter_mut().zip(b.as_chunks().0) {
                *panel = [*b; LANES];
            }
            for (y, b) in lanes.iter_mut().zip(&b[turned..]) {
                simd.store(simd.splat(*b), y);
            }
        } else {
            self.y.fill([T::ZERO; LANES]);
        }
        for first in (0..inputs).step_by(together) {
            let inputs = first..(first + together).min(inputs);
            let mut o = 0;
            while o < turned {
                let registers = (turned - o) / S::Part::WIDTH;
                o += match registers {
                    4 => self.samples::<S, 2>(simd, &inputs, o),
                    3.. => self.samples::<S, 3>(simd, &inputs, o),
                    2 => self.samples::<S, 2>(simd, &inputs, o),
                    _ => self.samples::<S, 1>(simd, &inputs, o),
                };
            }
            while o < outputs {
                o += match tile_height::<S>(outputs - o) {
                    16 => self.outputs::<S, 16>(simd, &inputs, o),
                    12 => self.outputs::<S, 12>(simd, &inputs, o),
                    6 => self.outputs::<S, 6>(simd, &inputs, o),
                    3 => self.outputs::<S, 3>(simd, &inputs, o),
                    2 => self.outputs::<S, 2>(simd, &inputs, o),
                    _ => self.outputs::<S, 1>(simd, &inputs, o),
                };
            }
        }
        for panel in self.y[..turned].as_chunks_mut().0 {
            let samples: Panel<T> = *panel;
            simd.transpose(samples.each_ref(), panel.each_mut());
        }
    }
}

impl<T: Float> Forward<'_, T> {
    /// `N` registers of outputs × eight samples, in registers during the loop over some inputs, and then the other
    /// eight samples. The sums are stored in panels. Returns the number of outputs.
    #[inline(always)]
    fn samples<S: Simd<T = T>, const N: usize>(&mut self, simd: S, inputs: &Range<usize>, o: usize) -> usize {
        let (part, outputs) = (simd.part(), self.y.len());
        let (x, w) = (&self.x[inputs.clone()], &self.w[inputs.start * outputs..inputs.end * outputs]);
        for half in 0..LANES / SAMPLES {
            // Register `n` of one sample.
            let place = |sample: usize, n: usize| {
                let o = o + n * S::Part::WIDTH;
                (o / LANES * LANES + half * SAMPLES + sample, o % LANES)
            };
            let mut sums: [[_; N]; SAMPLES] = array!(|sample| array!(|n| {
                let (lane, first) = place(sample, n);
                part.read(&self.y[lane][first..])
            }));
            for (x, w) in x.iter().zip(w.chunks_exact(outputs)) {
                let x: &[T; SAMPLES] = &x.as_chunks().0[half];
                let w = &w[o..][..N * S::Part::WIDTH];
                let w: [_; N] = array!(|n| part.read(&w[n * S::Part::WIDTH..]));
                for sample in 0..SAMPLES {
                    let x = part.splat(x[sample]);
                    for n in 0..N {
                        sums[sample][n] = part.pin(x.mul_add(w[n], sums[sample][n]));
                    }
                }
            }
            for sample in 0..SAMPLES {
                for n in 0..N {
                    let (lane, first) = place(sample, n);
                    part.write(sums[sample][n], &mut self.y[lane][first..][..S::Part::WIDTH]);
                }
            }
        }
        N * S::Part::WIDTH
    }

    /// `N` outputs, in registers during the loop over some inputs. Returns `N`.
    #[inline(always)]
    fn outputs<S: Simd<T = T>, const N: usize>(&mut self, simd: S, inputs: &Range<usize>, o: usize) -> usize {
        if const { !fits::<S>(N) } {
            return N;
        }
        let outputs = self.y.len();
        let (x, w) = (&self.x[inputs.clone()], &self.w[inputs.start * outputs..inputs.end * outputs]);
        let y = &mut self.y[o..][..N];
        let mut sums: [S::V; N] = array!(|n| simd.load(&y[n]));
        for (x, w) in x.iter().zip(w.chunks_exact(outputs)) {
            let x = simd.load(x);
            let w = &w[o..][..N];
            for n in 0..N {
                sums[n] = simd.pin(x.mul_add(simd.splat(w[n]), sums[n]));
            }
        }
        for n in 0..N {
            simd.store(sums[n], &mut y[n]);
        }
        N
    }
}
