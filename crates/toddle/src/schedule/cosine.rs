use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Per, Progress, ScheduleState, Settings, length};
use crate::error::FitError;
use crate::setting;
use crate::training::numeric::cos_pi;

/// The learning rate falls along half a cosine: slowly at first, then fast, and slowly at the end.
///
/// `lowest + (rate − lowest) · (1 + cos(π·n / over)) / 2`, where `n` is the number of steps, or epochs, before this
/// one. From `over` on, the learning rate is `lowest`.
///
/// Settings: `lowest`, 0 by default; `over`, the whole training; `per`, step.
///
/// Errors, from `check`: `lowest` is negative or not finite, or `over` is 0.
///
/// ```
/// use toddle::{CosineDecay, Progress, Schedule, ScheduleState};
///
/// let schedule = Schedule::from(CosineDecay::default().lowest(0.1));
/// let at = Progress { step: 50, steps: 100, steps_per_epoch: 10 };
/// assert_eq!(schedule.rate(0.5, at, &ScheduleState::default()), 0.3);
/// assert_eq!(schedule.to_string(), "cosine decay { lowest = 0.1 }");
/// ```
///
/// See Loshchilov and Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts*, 2017; PyTorch's `CosineAnnealingLR`,
/// which rises again after `over`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CosineDecay {
    /// The learning rate at the end.
    #[cfg_attr(feature = "schema", schemars(example = 1e-5, range(min = 0)))]
    pub lowest: f64,
    /// The number of steps, or of epochs, until the end of the curve. Default: the whole training.
    #[cfg_attr(feature = "schema", schemars(example = 1000, range(min = 1)))]
    pub over: Option<u64>,
    /// What is counted: steps or epochs.
    #[cfg_attr(feature = "schema", schemars(example = Per::Epoch))]
    pub per: Per,
}

impl Default for CosineDecay {
    fn default() -> Self {
        CosineDecay { lowest: 0.0, over: None, per: Per::Step }
    }
}

impl CosineDecay {
    /// Sets the learning rate at the end.
    #[must_use]
    pub fn lowest(self, lowest: f64) -> Self {
        CosineDecay { lowest, ..self }
    }

    /// Sets the number of steps, or of epochs, until the end of the curve.
    #[must_use]
    pub fn over(self, over: u64) -> Self {
        CosineDecay { over: Some(over), ..self }
    }
}

impl Settings for CosineDecay {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![("lowest", self.lowest.to_string()), ("over", length(self.over)), ("per", self.per.to_string())]
    }

    fn rate(&self, base: f64, at: Progress, _: &ScheduleState) -> f64 {
        down(base, self.lowest, at.part(self.per, self.over))
    }

    fn check(&self) -> Result<(), FitError> {
        setting::not_negative("lowest", self.lowest, "0")?;
        setting::count("over", self.over.unwrap_or(1), "100")
    }
}

/// The learning rate falls along half a cosine, jumps back, and falls again (warm restarts).
///
/// `lowest + (rate − lowest) · (1 + cos(π·n / p)) / 2`, where `p` is the length of the period and `n` is the number
/// of its epochs, or steps, before this one. Each period is `growth` times as long as the one before.
///
/// Settings: `period`, 10 by default; `growth`, 1; `lowest`, 0; `per`, epoch.
///
/// Errors, from `check`: `lowest` is negative or not finite, or `period` or `growth` is 0.
///
/// ```
/// use toddle::{CosineRestarts, Progress, Schedule, ScheduleState};
///
/// let schedule = Schedule::from(CosineRestarts::new(2).growth(3));
/// let rate = |epoch| {
///     let at = Progress { step: epoch, steps: 26, steps_per_epoch: 1 };
///     schedule.rate(0.5, at, &ScheduleState::default())
/// };
/// assert_eq!([rate(0), rate(1), rate(2), rate(5), rate(8)], [0.5, 0.25, 0.5, 0.25, 0.5]);
/// ```
///
/// See Loshchilov and Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts*, 2017; PyTorch's
/// `CosineAnnealingWarmRestarts`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CosineRestarts {
    /// The number of epochs, or of steps, in the first period.
    #[cfg_attr(feature = "schema", schemars(example = 5, range(min = 1)))]
    pub period: u64,
    /// Each period is this many times as long as the period before it.
    #[cfg_attr(feature = "schema", schemars(example = 2, range(min = 1)))]
    pub growth: u64,
    /// The learning rate at the end of each period.
    #[cfg_attr(feature = "schema", schemars(example = 1e-5, range(min = 0)))]
    pub lowest: f64,
    /// What is counted: steps or epochs.
    #[cfg_attr(feature = "schema", schemars(example = Per::Step))]
    pub per: Per,
}

impl Default for CosineRestarts {
    fn default() -> Self {
        CosineRestarts { period: 10, growth: 1, lowest: 0.0, per: Per::Epoch }
    }
}

impl CosineRestarts {
    /// Restarts with this number of epochs in the first period.
    pub fn new(period: u64) -> Self {
        CosineRestarts { period, ..CosineRestarts::default() }
    }

    /// Sets how many times as long each period is as the one before.
    #[must_use]
    pub fn growth(self, growth: u64) -> Self {
        CosineRestarts { growth, ..self }
    }

    /// Sets the learning rate at the end of each period.
    #[must_use]
    pub fn lowest(self, lowest: f64) -> Self {
        CosineRestarts { lowest, ..self }
    }
}

impl Settings for CosineRestarts {
    const ALWAYS: usize = 1;

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("period", self.period.to_string()),
            ("growth", self.growth.to_string()),
            ("lowest", self.lowest.to_string()),
            ("per", self.per.to_string()),
        ]
    }

    fn rate(&self, base: f64, at: Progress, _: &ScheduleState) -> f64 {
        let (mut n, mut period) = (at.count(self.per), self.period.max(1));
        if self.growth <= 1 {
            n %= period;
        }
        while n >= period {
            n -= period;
            period = period.saturating_mul(self.growth);
        }
        down(base, self.lowest, n as f64 / period as f64)
    }

    fn check(&self) -> Result<(), FitError> {
        setting::count("period", self.period, "10")?;
        setting::count("growth", self.growth, "1")?;
        setting::not_negative("lowest", self.lowest, "0")
    }
}

/// A value between `high` and `low` on half a cosine, of which the part `part` is done. Exact at both ends.
pub(super) fn down(high: f64, low: f64, part: f64) -> f64 {
    let rest = (1.0 + cos_pi(part)) / 2.0;
    rest * high + (1.0 - rest) * low
}
