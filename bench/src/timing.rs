//! How a figure is taken.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde::Serialize;
use toddle_lanes::{Isa, peak};

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

    /// The median of what these are of others that were taken in turn with them.
    pub fn ratio_to(&self, others: &Timing) -> f64 {
        Timing::of(self.raw.iter().zip(&others.raw).map(|(this, other)| this / other).collect()).median
    }
}

/// Calls `work` until a repeat takes some ten milliseconds, then times `repeats` of them, each once the machine is
/// [`calm`].
pub fn time(repeats: usize, mut work: impl FnMut()) -> Timing {
    let calls = calls(&mut work);
    let repeat = |_| {
        calm();
        seconds(calls, &mut work) / calls as f64
    };
    Timing::of((0..repeats).map(repeat).collect())
}

/// Times two works in turn, so that what slows one slows the other.
pub fn time_beside(repeats: usize, mut one: impl FnMut(), mut other: impl FnMut()) -> [Timing; 2] {
    let (calls_one, calls_other) = (calls(&mut one), calls(&mut other));
    let pairs: Vec<[f64; 2]> = (0..repeats)
        .map(|_| {
            calm();
            let one = seconds(calls_one, &mut one) / calls_one as f64;
            [one, seconds(calls_other, &mut other) / calls_other as f64]
        })
        .collect();
    [0, 1].map(|n| Timing::of(pairs.iter().map(|pair| pair[n]).collect()))
}

/// How often `work` has to be called to take some ten milliseconds.
fn calls(work: &mut impl FnMut()) -> usize {
    let mut calls = 1;
    loop {
        let took = seconds(calls, work);
        if took > 0.01 {
            return calls;
        }
        calls = (calls as f64 * (0.012 / took.max(1e-9)).clamp(1.5, 100.0)) as usize + 1;
    }
}

fn seconds(calls: usize, work: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..calls).for_each(|_| work());
    start.elapsed().as_secs_f64()
}

/// Waits until a short canary is nearly as fast as it has ever been, for at most two seconds: on a shared machine, others
/// take the core's time, or its caches, at some moments and not at others.
pub fn calm() {
    static FASTEST: [AtomicU64; 2] = [const { AtomicU64::new(u64::MAX) }; 2];
    let isa = Isa::detect();
    let mut numbers = vec![1.0f32; CANARY];
    for _ in 0..100 {
        let mut computing = || peak::run::<f32>(isa);
        let mut moving =
            || (0..20).for_each(|_| black_box(&mut numbers[..]).iter_mut().for_each(|x| *x += 1.0));
        let took = [seconds(1, &mut computing), seconds(1, &mut moving)];
        let as_ever = |(took, fastest): (f64, &AtomicU64)| {
            let nanos = (took * 1e9) as u64;
            nanos as f64 <= 1.08 * fastest.fetch_min(nanos, Relaxed).min(nanos) as f64
        };
        if took.into_iter().zip(&FASTEST).map(as_ever).fold(true, |all, calm| all & calm) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Numbers that the canary moves: half of a usual second-level cache.
const CANARY: usize = 128 << 10;
