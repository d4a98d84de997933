use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::{Progress, ScheduleState, Settings};
use crate::error::FitError;
use crate::setting;

/// The learning rate falls by a factor if the validation loss has not become better for some epochs.
///
/// An epoch is better than the best epoch so far, whose metric is `b`, if its metric is below `b·(1 − threshold)`. If
/// higher metrics are better, it must be above `b·(1 + threshold)`. With an absolute threshold, it must be below
/// `b − threshold` or above `b + threshold`. After more than `patience` epochs that are not better, the learning rate
/// is multiplied by `factor`. In the next `cooldown` epochs, no epoch counts as worse.
///
/// Settings: `better`, lower by default; `factor`, 0.1; `patience`, 10; `threshold`, 0.0001; `absolute`, off;
/// `cooldown`, 0; `lowest`, 0, the lowest learning rate; `least_change`, 10⁻⁸, the smallest change of the learning
/// rate: a smaller change is left out.
///
/// Errors, from `check`: `factor` is not above 0 and below 1, or another setting is negative or not finite.
///
/// ```
/// use toddle::{Plateau, Progress, Schedule, ScheduleState};
///
/// let schedule = Schedule::from(Plateau::default().patience(1).factor(0.5));
/// let mut state = ScheduleState::default();
/// for validation_loss in [1.0, 0.5, 0.6, 0.6] {
///     schedule.observe(0.1, validation_loss, &mut state);
/// }
/// let at = Progress { step: 4, steps: 10, steps_per_epoch: 1 };
/// assert_eq!(schedule.rate(0.1, at, &state), 0.05);
/// ```
///
/// See PyTorch's `ReduceLROnPlateau`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Plateau {
    /// Whether lower or higher values are better.
    #[cfg_attr(feature = "schema", schemars(example = Better::Higher))]
    pub better: Better,
    /// The factor by which the learning rate is multiplied.
    #[cfg_attr(feature = "schema", schemars(example = 0.5, extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1)))]
    pub factor: f64,
    /// The learning rate falls after more than this number of epochs without a better value.
    #[cfg_attr(feature = "schema", schemars(example = 5))]
    pub patience: u64,
    /// The smallest improvement that counts as better, as a part of the best value so far.
    #[cfg_attr(feature = "schema", schemars(example = 1e-3, range(min = 0)))]
    pub threshold: f64,
    /// Whether `threshold` is a difference instead of a part of the best value.
    #[cfg_attr(feature = "schema", schemars(example = true))]
    pub absolute: bool,
    /// The number of epochs after a fall in which no epoch counts as worse.
    #[cfg_attr(feature = "schema", schemars(example = 2))]
    pub cooldown: u64,
    /// The lowest learning rate.
    #[cfg_attr(feature = "schema", schemars(example = 1e-6, range(min = 0)))]
    pub lowest: f64,
    /// The smallest change of the learning rate. A smaller change is left out.
    #[cfg_attr(feature = "schema", schemars(example = 1e-9, range(min = 0)))]
    pub least_change: f64,
}

/// Which metrics are better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Lower values are better, such as those of a loss.
    #[default]
    Lower,
    /// Higher values are better, such as those of an accuracy.
    Higher,
}

impl Default for Plateau {
    fn default() -> Self {
        Plateau {
            better: Better::Lower,
            factor: 0.1,
            patience: 10,
            threshold: 1e-4,
            absolute: false,
            cooldown: 0,
            lowest: 0.0,
            least_change: 1e-8,
        }
    }
}

impl Plateau {
    /// Higher metrics are better.
    #[must_use]
    pub fn higher_is_better(self) -> Self {
        Plateau { better: Better::Higher, ..self }
    }

    /// Sets the factor that the learning rate is multiplied by.
    #[must_use]
    pub fn factor(self, factor: f64) -> Self {
        Plateau { factor, ..self }
    }

    /// Sets the number of epochs without a better metric before the learning rate falls.
    #[must_use]
    pub fn patience(self, patience: u64) -> Self {
        Plateau { patience, ..self }
    }

    /// Sets by which part of the best metric a metric must be better.
    #[must_use]
    pub fn threshold(self, threshold: f64) -> Self {
        Plateau { threshold, absolute: false, ..self }
    }

    /// Sets by how much a metric must be better.
    #[must_use]
    pub fn absolute_threshold(self, threshold: f64) -> Self {
        Plateau { threshold, absolute: true, ..self }
    }

    /// Sets the number of epochs after a fall that are not counted.
    #[must_use]
    pub fn cooldown(self, cooldown: u64) -> Self {
        Plateau { cooldown, ..self }
    }

    /// Sets the lowest learning rate.
    #[must_use]
    pub fn lowest(self, lowest: f64) -> Self {
        Plateau { lowest, ..self }
    }

    pub(super) fn observe(&self, base: f64, metric: f64, state: &mut ScheduleState) {
        if self.is_better(metric, state.best) {
            state.best = Some(metric);
            state.bad = 0;
        } else {
            state.bad += 1;
        }
        if state.cooling > 0 {
            state.cooling -= 1;
            state.bad = 0;
        }
        if state.bad > self.patience {
            let old = state.rate.unwrap_or(base);
            let new = (old * self.factor).max(self.lowest);
            if old - new > self.least_change {
                state.rate = Some(new);
            }
            state.cooling = self.cooldown;
            state.bad = 0;
        }
    }

    fn is_better(&self, metric: f64, best: Option<f64>) -> bool {
        let Plateau { better, threshold, absolute, .. } = *self;
        match (better, best) {
            (Better::Lower, None) => metric < f64::INFINITY,
            (Better::Higher, None) => metric > f64::NEG_INFINITY,
            (Better::Lower, Some(best)) if absolute => metric < best - threshold,
            (Better::Lower, Some(best)) => metric < best * (1.0 - threshold),
            (Better::Higher, Some(best)) if absolute => metric > best + threshold,
            (Better::Higher, Some(best)) => metric > best * (1.0 + threshold),
        }
    }
}

impl fmt::Display for Better {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Better::Lower => "lower",
            Better::Higher => "higher",
        })
    }
}

impl Settings for Plateau {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("better", self.better.to_string()),
            ("factor", self.factor.to_string()),
            ("patience", self.patience.to_string()),
            ("threshold", self.threshold.to_string()),
            ("absolute", self.absolute.to_string()),
            ("cooldown", self.cooldown.to_string()),
            ("lowest", self.lowest.to_string()),
            ("least_change", self.least_change.to_string()),
        ]
    }

    fn rate(&self, base: f64, _: Progress, state: &ScheduleState) -> f64 {
        state.rate.unwrap_or(base)
    }

    fn check(&self) -> Result<(), FitError> {
        if !(self.factor > 0.0 && self.factor < 1.0) {
            return setting::refuse("factor", self.factor, "above 0 and less than 1", "0.1");
        }
        setting::not_negative("threshold", self.threshold, "0.0001")?;
        setting::not_negative("lowest", self.lowest, "0")?;
        setting::not_negative("least_change", self.least_change, "1e-8")
    }
}
