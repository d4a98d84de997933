//! How a figure is taken.

use std::time::Instant;

use serde::Serialize;

/// Repeats of one measure, in seconds a call.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// The median.
    pub median: f64,
    /// The best.
    pub best: f64,
    /// All of them, as they came.
    pub raw: Vec<f64>,
}

impl Timing {
    /// Of figures taken elsewhere.
    pub fn of(raw: Vec<f64>) -> Self {
        let mut sorted = raw.clone();
        sorted.sort_by(f64::total_cmp);
        Timing { median: sorted[sorted.len() / 2], best: sorted[0], raw }
    }
}

/// Calls `work` until a repeat takes some ten milliseconds, then times `repeats` of them.
pub fn time(repeats: usize, mut work: impl FnMut()) -> Timing {
    let mut calls = 1;
    loop {
        let took = seconds(calls, &mut work);
        if took > 0.01 {
            break;
        }
        calls = (calls as f64 * (0.012 / took.max(1e-9)).clamp(1.5, 100.0)) as usize + 1;
    }
    Timing::of((0..repeats).map(|_| seconds(calls, &mut work) / calls as f64).collect())
}

fn seconds(calls: usize, work: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..calls).for_each(|_| work());
    start.elapsed().as_secs_f64()
}
