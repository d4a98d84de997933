use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Per, Progress, Schedule, ScheduleState, Settings};
use crate::error::FitError;
use crate::setting;

/// The learning rate rises along a straight line; then another schedule begins.
///
/// `rate · (start + (1 − start) · n / over)`, where `n` is the number of steps, or epochs, before this one. From
/// `over` on, the other schedule gives the learning rate, as if the training began at `over`.
///
/// Settings: `over`, 100 by default; `start`, 0, a part of the learning rate; `per`, step; `then`, a constant
/// learning rate.
///
/// Errors, from `check`: `over` is 0, `start` is not from 0 to 1, or a setting of the other schedule is out of range.
///
/// ```
/// use toddle::{Schedule, StepDecay, Warmup};
///
/// let schedule = Schedule::from(Warmup::new(500).from(0.1).then(StepDecay::new(30)));
/// assert_eq!(
///     schedule.to_string(),
///     "warmup { over = 500, start = 0.1, then = step decay { every = 30, factor = 0.1 } }"
/// );
/// ```
///
/// See Goyal et al., *Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour*, 2017; PyTorch's `LinearLR` in a
/// `SequentialLR`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Warmup {
    /// The number of steps, or of epochs, in which the learning rate rises.
    #[cfg_attr(feature = "schema", schemars(example = 500, range(min = 1)))]
    pub over: u64,
    /// The learning rate of the first step, as a part of the full learning rate.
    #[cfg_attr(feature = "schema", schemars(example = 0.1, range(min = 0, max = 1)))]
    pub start: f64,
    /// What is counted: steps or epochs.
    #[cfg_attr(feature = "schema", schemars(example = Per::Epoch))]
    pub per: Per,
    /// The schedule that follows.
    #[cfg_attr(feature = "schema", schemars(example = &"cosine_decay"))]
    pub then: Box<Schedule>,
}

impl Default for Warmup {
    fn default() -> Self {
        Warmup { over: 100, start: 0.0, per: Per::Step, then: Box::default() }
    }
}

impl Warmup {
    /// The learning rate rises from 0 to its full value in `over` steps.
    pub fn new(over: u64) -> Self {
        Warmup { over, ..Warmup::default() }
    }

    /// Sets the part of the learning rate at the first step.
    #[must_use]
    pub fn from(self, start: f64) -> Self {
        Warmup { start, ..self }
    }

    /// Sets the schedule that follows.
    #[must_use]
    pub fn then(self, then: impl Into<Schedule>) -> Self {
        Warmup { then: Box::new(then.into()), ..self }
    }

    /// The place of a step in the schedule that follows.
    fn after(&self, at: Progress) -> Progress {
        let warm = match self.per {
            Per::Step => self.over,
            Per::Epoch => self.over * at.steps_per_epoch,
        };
        Progress { step: at.step - warm, steps: at.steps.saturating_sub(warm), ..at }
    }
}

impl Settings for Warmup {
    const ALWAYS: usize = 1;

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("over", self.over.to_string()),
            ("start", self.start.to_string()),
            ("per", self.per.to_string()),
            ("then", self.then.to_string()),
        ]
    }

    fn rate(&self, base: f64, at: Progress, state: &ScheduleState) -> f64 {
        if at.count(self.per) < self.over {
            let part = at.part(self.per, Some(self.over));
            return base * (self.start + (1.0 - self.start) * part);
        }
        self.then.rate(base, self.after(at), state)
    }

    fn momenta(&self) -> Option<[f64; 2]> {
        self.then.momenta()
    }

    fn momentum(&self, at: Progress) -> Option<f64> {
        if at.count(self.per) < self.over { None } else { self.then.momentum(self.after(at)) }
    }

    fn check(&self) -> Result<(), FitError> {
        setting::count("over", self.over, "100")?;
        if !(0.0..=1.0).contains(&self.start) {
            return setting::refuse("start", self.start, "from 0 to 1", "0");
        }
        self.then.check()
    }
}
