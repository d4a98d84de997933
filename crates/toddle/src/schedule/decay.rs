use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Per, Progress, ScheduleState, Settings, length};
use crate::error::FitError;
use crate::setting;
use crate::training::numeric::{power, real_power};

/// The learning rate is multiplied by a factor every few epochs.
///
/// `rate · factor^⌊n / every⌋`, where `n` is the number of epochs, or steps, before this one.
///
/// Settings: `every`, 10 by default; `factor`, 0.1; `per`, epoch.
///
/// Errors, from `check`: `every` is 0, or `factor` is not above 0 and at most 1.
///
/// ```
/// use toddle::{Progress, Schedule, ScheduleState, StepDecay};
///
/// let schedule = Schedule::from(StepDecay::new(30).factor(0.5));
/// let at = Progress { step: 65, steps: 90, steps_per_epoch: 1 };
/// assert_eq!(schedule.rate(0.8, at, &ScheduleState::default()), 0.2);
/// assert_eq!(schedule.to_string(), "step decay { every = 30, factor = 0.5 }");
/// ```
///
/// See PyTorch's `StepLR`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct StepDecay {
    /// The number of epochs, or of steps, from one change to the next.
    #[cfg_attr(feature = "schema", schemars(example = 5, range(min = 1)))]
    pub every: u64,
    /// The factor by which the learning rate is multiplied.
    #[cfg_attr(feature = "schema", schemars(example = 0.5, range(max = 1), extend("exclusiveMinimum" = 0)))]
    pub factor: f64,
    /// What is counted: steps or epochs.
    #[cfg_attr(feature = "schema", schemars(example = Per::Step))]
    pub per: Per,
}

impl Default for StepDecay {
    fn default() -> Self {
        StepDecay { every: 10, factor: 0.1, per: Per::Epoch }
    }
}

impl StepDecay {
    /// The learning rate falls to a tenth every `every` epochs.
    pub fn new(every: u64) -> Self {
        StepDecay { every, ..StepDecay::default() }
    }

    /// Sets the factor that the learning rate is multiplied by.
    #[must_use]
    pub fn factor(self, factor: f64) -> Self {
        StepDecay { factor, ..self }
    }
}

impl Settings for StepDecay {
    const ALWAYS: usize = 2;

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("every", self.every.to_string()),
            ("factor", self.factor.to_string()),
            ("per", self.per.to_string()),
        ]
    }

    fn rate(&self, base: f64, at: Progress, _: &ScheduleState) -> f64 {
        base * power(self.factor, at.count(self.per) / self.every.max(1))
    }

    fn check(&self) -> Result<(), FitError> {
        setting::count("every", self.every, "10")?;
        setting::factor("factor", self.factor, "0.1")
    }
}

/// The learning rate is multiplied by a factor at each of some places in the training.
///
/// `rate · factorᵏ`, where `k` of the places in `at` are at most the number of epochs, or steps, before this one.
///
/// Settings: `at`, a list of epochs in any order, none by default; `factor`, 0.1; `per`, epoch.
///
/// Errors, from `check`: `factor` is not above 0 and at most 1.
///
/// ```
/// use toddle::{MultiStepDecay, Progress, Schedule, ScheduleState};
///
/// let schedule = Schedule::from(MultiStepDecay::new([30, 60]).factor(0.5));
/// let at = |step| Progress { step, steps: 90, steps_per_epoch: 1 };
/// let rate = |step| schedule.rate(0.8, at(step), &ScheduleState::default());
/// assert_eq!([rate(29), rate(30), rate(60)], [0.8, 0.4, 0.2]);
/// assert_eq!(schedule.to_string(), "multi step decay { at = [30, 60], factor = 0.5 }");
/// ```
///
/// See PyTorch's `MultiStepLR`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MultiStepDecay {
    /// The numbers of epochs, or of steps, after which the learning rate is multiplied by the factor. A number that is there
    /// twice counts twice.
    #[cfg_attr(feature = "schema", schemars(example = vec![30, 60]))]
    pub at: Vec<u64>,
    /// The factor by which the learning rate is multiplied.
    #[cfg_attr(feature = "schema", schemars(example = 0.5, range(max = 1), extend("exclusiveMinimum" = 0)))]
    pub factor: f64,
    /// What is counted: steps or epochs.
    #[cfg_attr(feature = "schema", schemars(example = Per::Step))]
    pub per: Per,
}

impl Default for MultiStepDecay {
    fn default() -> Self {
        MultiStepDecay { at: Vec::new(), factor: 0.1, per: Per::Epoch }
    }
}

impl MultiStepDecay {
    /// The learning rate falls to a tenth after each of these numbers of epochs.
    pub fn new(at: impl Into<Vec<u64>>) -> Self {
        MultiStepDecay { at: at.into(), ..MultiStepDecay::default() }
    }

    /// Sets the factor that the learning rate is multiplied by.
    #[must_use]
    pub fn factor(self, factor: f64) -> Self {
        MultiStepDecay { factor, ..self }
    }
}

impl Settings for MultiStepDecay {
    const ALWAYS: usize = 2;

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("at", format!("{:?}", self.at)),
            ("factor", self.factor.to_string()),
            ("per", self.per.to_string()),
        ]
    }

    fn rate(&self, base: f64, at: Progress, _: &ScheduleState) -> f64 {
        let done = at.count(self.per);
        base * power(self.factor, self.at.iter().filter(|at| **at <= done).count() as u64)
    }

    fn check(&self) -> Result<(), FitError> {
        setting::factor("factor", self.factor, "0.1")
    }
}

/// The learning rate is multiplied by a factor in every epoch.
///
/// `rate · factorⁿ`, where `n` is the number of epochs, or steps, before this one.
///
/// Settings: `factor`, 0.95 by default; `per`, epoch.
///
/// Errors, from `check`: `factor` is not above 0 and at most 1.
///
/// ```
/// use toddle::{ExponentialDecay, Progress, Schedule, ScheduleState};
///
/// let schedule = Schedule::from(ExponentialDecay::new(0.5));
/// let at = Progress { step: 3, steps: 10, steps_per_epoch: 1 };
/// assert_eq!(schedule.rate(0.8, at, &ScheduleState::default()), 0.1);
/// ```
///
/// See PyTorch's `ExponentialLR`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ExponentialDecay {
    /// The learning rate is multiplied by this factor in every epoch or step.
    #[cfg_attr(feature = "schema", schemars(example = 0.9, range(max = 1), extend("exclusiveMinimum" = 0)))]
    pub factor: f64,
    /// What is counted: steps or epochs.
    #[cfg_attr(feature = "schema", schemars(example = Per::Step))]
    pub per: Per,
}

impl Default for ExponentialDecay {
    fn default() -> Self {
        ExponentialDecay { factor: 0.95, per: Per::Epoch }
    }
}

impl ExponentialDecay {
    /// The learning rate is multiplied by `factor` every epoch.
    pub fn new(factor: f64) -> Self {
        ExponentialDecay { factor, ..ExponentialDecay::default() }
    }
}

impl Settings for ExponentialDecay {
    const ALWAYS: usize = 1;

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![("factor", self.factor.to_string()), ("per", self.per.to_string())]
    }

    fn rate(&self, base: f64, at: Progress, _: &ScheduleState) -> f64 {
        base * power(self.factor, at.count(self.per))
    }

    fn check(&self) -> Result<(), FitError> {
        setting::factor("factor", self.factor, "0.95")
    }
}

/// The learning rate falls to zero, by default along a straight line.
///
/// `rate · (1 − n / over)^power`, where `n` is the number of steps, or epochs, before this one. From `over` on, the
/// learning rate is 0.
///
/// Settings: `power`, 1 by default; `over`, the whole training; `per`, step.
///
/// Errors, from `check`: `power` is not above 0, or `over` is 0.
///
/// ```
/// use toddle::{PolynomialDecay, Progress, Schedule, ScheduleState};
///
/// let schedule = Schedule::from(PolynomialDecay::new(2.0));
/// let at = Progress { step: 5, steps: 10, steps_per_epoch: 5 };
/// assert_eq!(schedule.rate(0.8, at, &ScheduleState::default()), 0.2);
/// ```
///
/// See PyTorch's `PolynomialLR`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PolynomialDecay {
    /// The exponent of the curve: 1 is a straight line.
    #[cfg_attr(feature = "schema", schemars(example = 2.0, extend("exclusiveMinimum" = 0)))]
    pub power: f64,
    /// The number of steps, or of epochs, until the learning rate is zero. Default: the whole training.
    #[cfg_attr(feature = "schema", schemars(example = 1000, range(min = 1)))]
    pub over: Option<u64>,
    /// What is counted: steps or epochs.
    #[cfg_attr(feature = "schema", schemars(example = Per::Epoch))]
    pub per: Per,
}

impl Default for PolynomialDecay {
    fn default() -> Self {
        PolynomialDecay { power: 1.0, over: None, per: Per::Step }
    }
}

impl PolynomialDecay {
    /// Sets the power of the part of the training that remains.
    pub fn new(power: f64) -> Self {
        PolynomialDecay { power, ..PolynomialDecay::default() }
    }

    /// Sets the number of steps, or of epochs, until the learning rate is zero.
    #[must_use]
    pub fn over(self, over: u64) -> Self {
        PolynomialDecay { over: Some(over), ..self }
    }
}

impl Settings for PolynomialDecay {
    const ALWAYS: usize = 1;

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![("power", self.power.to_string()), ("over", length(self.over)), ("per", self.per.to_string())]
    }

    fn rate(&self, base: f64, at: Progress, _: &ScheduleState) -> f64 {
        base * real_power(1.0 - at.part(self.per, self.over), self.power)
    }

    fn check(&self) -> Result<(), FitError> {
        setting::positive("power", self.power, "1")?;
        setting::count("over", self.over.unwrap_or(1), "100")
    }
}
