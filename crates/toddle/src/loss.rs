//! Losses: how far a network's outputs are from their targets.

use std::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::layout::to_lanes;
use toddle_kernels::loss::{block, row};
use toddle_lanes::{Float, Isa, LANES};

/// How far outputs are from targets, one number a sample.
///
/// The loss of a batch is the mean over its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// `Σ o (y[o] − t[o])² / n`, whose gradient is `2·(y[o] − t[o]) / n`: the post's `mse` and `mse_prime`.
    MeanSquaredError,
}

impl Loss {
    /// The loss of one sample; sets its gradient `dy`.
    pub(crate) fn row<T: Float>(&self, isa: Isa, y: &[T], t: &[T], dy: &mut [T]) -> T {
        match self {
            Loss::MeanSquaredError => isa.run(row::MeanSquaredError { y, t, dy }),
        }
    }

    /// The losses of one block of a batch of `samples`, given their targets one after the other and room for them in lanes;
    /// sets their gradient `dy`, zero for lanes that hold no sample.
    pub(crate) fn block<T: Float>(
        &self,
        isa: Isa,
        y: &[T],
        targets: &[T],
        lanes: &mut [T],
        samples: usize,
        dy: &mut [T],
        losses: &mut [T],
    ) {
        let (y, t, dy) =
            (y.as_chunks::<LANES>().0, lanes.as_chunks_mut::<LANES>().0, dy.as_chunks_mut::<LANES>().0);
        to_lanes(targets, t);
        match self {
            Loss::MeanSquaredError => isa.run(block::MeanSquaredError { y, t, samples, dy, losses }),
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loss::MeanSquaredError => f.write_str("mean squared error"),
        }
    }
}
