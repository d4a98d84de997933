use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::cosine::down;
use super::{Progress, ScheduleState, Settings, check_momenta, written_momenta};
use crate::error::FitError;
use crate::setting;

/// The learning rate rises to the optimizer's learning rate in the first part of the training. In the rest it falls
/// far below its first value.
///
/// The learning rate goes from `rate / start_divisor` to `rate`, and then to `rate / start_divisor / end_divisor`.
/// With three phases, it first falls from `rate` to the first learning rate, in as many steps as it rose, and then to
/// the end. The momentum may go the other way: from its highest value to its lowest while the learning rate rises, and back in
/// as many steps as the learning rate takes for its next phase.
///
/// Settings: `rise`, the part of all steps in which the learning rate rises, 0.3 by default; `start_divisor`, 25;
/// `end_divisor`, 10 000; `anneal`, along half a cosine; `three_phases`, off; `momentum`, none, the lowest and
/// the highest momentum. The schedule counts steps.
///
/// Errors, from `check`: `rise` is not between 0 and 1 (½ with three phases), a divisor is not above 0, or a momentum is not 0 or
/// more and less than 1.
///
/// ```
/// use toddle::{OneCycle, Progress, Schedule, ScheduleState};
///
/// let schedule = Schedule::from(OneCycle::default());
/// let rate = |step| {
///     let at = Progress { step, steps: 100, steps_per_epoch: 10 };
///     schedule.rate(0.5, at, &ScheduleState::default())
/// };
/// assert_eq!([rate(0), rate(29)], [0.02, 0.5]);
/// assert!((rate(99) - 0.02 / 10_000.0).abs() < 1e-15);
/// ```
///
/// See Smith and Topin, *Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates*, 2018;
/// PyTorch's `OneCycleLR`, whose momentum is `[0.85, 0.95]` by default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct OneCycle {
    /// The part of all steps in which the learning rate rises. At most 0.5 with three phases.
    #[cfg_attr(feature = "schema", schemars(example = 0.25, range(min = 0, max = 1)))]
    pub rise: f64,
    /// The first learning rate is the optimizer's learning rate divided by this number.
    #[cfg_attr(feature = "schema", schemars(example = 10.0, extend("exclusiveMinimum" = 0)))]
    pub start_divisor: f64,
    /// The last learning rate is the first learning rate divided by this number.
    #[cfg_attr(feature = "schema", schemars(example = 1000.0, extend("exclusiveMinimum" = 0)))]
    pub end_divisor: f64,
    /// The curve along which the learning rate changes.
    #[cfg_attr(feature = "schema", schemars(example = Anneal::Linear))]
    pub anneal: Anneal,
    /// Whether there are three phases. The learning rate rises, falls back to its first value in as many steps as it
    /// rose, and then falls to the end.
    #[cfg_attr(feature = "schema", schemars(example = true))]
    pub three_phases: bool,
    /// The lowest and the highest momentum. The momentum falls while the learning rate rises. For the optimizers of Adam's
    /// family it is the first of `betas`. Default: the optimizer's momentum.
    #[cfg_attr(feature = "schema", schemars(example = vec![0.85, 0.95]))]
    pub momentum: Option<[f64; 2]>,
}

/// The curve along which a learning rate goes from one value to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Anneal {
    /// Along half a cosine.
    #[default]
    Cosine,
    /// Along a straight line.
    Linear,
}

impl Default for OneCycle {
    fn default() -> Self {
        OneCycle {
            rise: 0.3,
            start_divisor: 25.0,
            end_divisor: 1e4,
            anneal: Anneal::Cosine,
            three_phases: false,
            momentum: None,
        }
    }
}

impl OneCycle {
    /// Sets the part of all steps in which the learning rate rises.
    #[must_use]
    pub fn rise(self, rise: f64) -> Self {
        OneCycle { rise, ..self }
    }

    /// Sets the divisors. The optimizer's learning rate divided by `start` is the first learning rate. The first
    /// learning rate divided by `end` is the last.
    #[must_use]
    pub fn divisors(self, start: f64, end: f64) -> Self {
        OneCycle { start_divisor: start, end_divisor: end, ..self }
    }

    /// Sets the curve along which the learning rate changes.
    #[must_use]
    pub fn anneal(self, anneal: Anneal) -> Self {
        OneCycle { anneal, ..self }
    }

    /// Lets the learning rate first fall to its first value, in as many steps as it rose.
    #[must_use]
    pub fn three_phases(self) -> Self {
        OneCycle { three_phases: true, ..self }
    }

    /// Sets the lowest and the highest momentum.
    #[must_use]
    pub fn momentum(self, lowest: f64, highest: f64) -> Self {
        OneCycle { momentum: Some([lowest, highest]), ..self }
    }

    /// The value of a step, which is `first` at the begin, `top` after the rise, `back` after the second of three phases, and
    /// `last` at the end.
    fn between(&self, at: Progress, first: f64, top: f64, back: f64, last: f64) -> f64 {
        let steps = at.steps.max(1) as f64;
        let step = (at.step as f64).min(steps - 1.0);
        // The last step of each phase, and the value there. A phase begins at the end of the phase before.
        let top = (self.rise * steps - 1.0, top);
        let back = (2.0 * self.rise * steps - 2.0, back);
        let end = (steps - 1.0, last);
        let phases = if self.three_phases { [top, back, end] } else { [top, end, end] };
        let (mut from, mut low) = (0.0, first);
        for (to, high) in phases {
            if step <= to {
                let part = if to > from { (step - from) / (to - from) } else { 1.0 };
                return self.anneal.between(low, high, part);
            }
            (from, low) = (to, high);
        }
        last
    }
}

impl Anneal {
    fn between(self, from: f64, to: f64, part: f64) -> f64 {
        match self {
            Anneal::Cosine => down(from, to, part),
            Anneal::Linear => (1.0 - part) * from + part * to,
        }
    }
}

impl fmt::Display for Anneal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Anneal::Cosine => "cosine",
            Anneal::Linear => "linear",
        })
    }
}

impl Settings for OneCycle {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("rise", self.rise.to_string()),
            ("start_divisor", self.start_divisor.to_string()),
            ("end_divisor", self.end_divisor.to_string()),
            ("anneal", self.anneal.to_string()),
            ("three_phases", self.three_phases.to_string()),
            ("momentum", written_momenta(self.momentum)),
        ]
    }

    fn rate(&self, base: f64, at: Progress, _: &ScheduleState) -> f64 {
        let first = base / self.start_divisor;
        self.between(at, first, base, first, first / self.end_divisor)
    }

    fn momenta(&self) -> Option<[f64; 2]> {
        self.momentum
    }

    fn momentum(&self, at: Progress) -> Option<f64> {
        self.momentum.map(|[lowest, highest]| self.between(at, highest, lowest, highest, highest))
    }

    fn check(&self) -> Result<(), FitError> {
        let most = if self.three_phases { 0.5 } else { 1.0 };
        if !(0.0..=most).contains(&self.rise) {
            return setting::refuse("rise", self.rise, "from 0 to 1, or to 0.5 with three phases", "0.3");
        }
        setting::positive("start_divisor", self.start_divisor, "25")?;
        setting::positive("end_divisor", self.end_divisor, "10000")?;
        check_momenta(self.momentum)
    }
}
