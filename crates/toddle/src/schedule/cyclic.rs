use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::{Per, Progress, ScheduleState, Settings, check_momenta, written_momenta};
use crate::error::FitError;
use crate::setting;
use crate::training::numeric::power;

/// The learning rate rises and falls along straight lines, again and again.
///
/// `lowest + (rate − lowest) · h · a`, where `h` rises from 0 to 1 in `rise` steps and falls back to 0 in `fall` steps. The
/// height `a` of the cycles depends on `mode`:
///
/// | `mode` | `a` in step `n` and cycle `c`, both counted from 0 |
/// |---|---|
/// | `triangular` | 1 |
/// | `triangular2` | `1 / 2ᶜ` |
/// | `exp_range` | `factorⁿ` |
///
/// Settings: `lowest`, 0 by default; `rise`, 2000; `fall`, as many as `rise`; `mode`, `triangular`; `factor`, 1, for
/// `exp_range`; `momentum`, none, the lowest and the highest momentum, which falls from the highest while the rate rises;
/// `per`, step.
///
/// Errors, from `check`: `lowest` is negative or not finite, `rise` or `fall` is 0, `factor` is not above 0 and at most 1, or
/// a momentum is not 0 or more and less than 1.
///
/// ```
/// use toddle::{Cyclic, Progress, Schedule, ScheduleState};
///
/// let schedule = Schedule::from(Cyclic::new(4).lowest(0.25));
/// let rate = |step| {
///     let at = Progress { step, steps: 100, steps_per_epoch: 10 };
///     schedule.rate(0.75, at, &ScheduleState::default())
/// };
/// assert_eq!([rate(0), rate(2), rate(4), rate(6), rate(8)], [0.25, 0.5, 0.75, 0.5, 0.25]);
/// ```
///
/// See Smith, *Cyclical Learning Rates for Training Neural Networks*, 2017; PyTorch's `CyclicLR`, where the optimizer's rate is
/// `max_lr` and `lowest` is `base_lr`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Cyclic {
    /// The learning rate at the beginning and the end of each cycle.
    #[cfg_attr(feature = "schema", schemars(example = 1e-4, range(min = 0)))]
    pub lowest: f64,
    /// The number of steps, or of epochs, in which the learning rate rises.
    #[cfg_attr(feature = "schema", schemars(example = 500, range(min = 1)))]
    pub rise: u64,
    /// The number of steps, or of epochs, in which it falls. Default: as many as in which it rises.
    #[cfg_attr(feature = "schema", schemars(example = 1000, range(min = 1)))]
    pub fall: Option<u64>,
    /// The height of the cycles.
    #[cfg_attr(feature = "schema", schemars(example = CycleMode::Triangular2))]
    pub mode: CycleMode,
    /// With the mode `exp_range`, the height is multiplied by this factor in each step, or epoch.
    #[cfg_attr(feature = "schema", schemars(example = 0.999, range(max = 1), extend("exclusiveMinimum" = 0)))]
    pub factor: f64,
    /// The lowest and the highest momentum. The momentum falls while the learning rate rises. For the optimizers of Adam's
    /// family it is the first of `betas`. Default: the optimizer's momentum.
    #[cfg_attr(feature = "schema", schemars(example = vec![0.8, 0.9]))]
    pub momentum: Option<[f64; 2]>,
    /// What is counted: steps or epochs.
    #[cfg_attr(feature = "schema", schemars(example = Per::Epoch))]
    pub per: Per,
}

/// The heights of the cycles of a [`Cyclic`] schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CycleMode {
    /// All cycles are as high as the first.
    #[default]
    Triangular,
    /// Each cycle is half as high as the one before.
    Triangular2,
    /// The height is multiplied by a factor in each step.
    ExpRange,
}

impl fmt::Display for CycleMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CycleMode::Triangular => "triangular",
            CycleMode::Triangular2 => "triangular2",
            CycleMode::ExpRange => "exp_range",
        })
    }
}

impl Default for Cyclic {
    fn default() -> Self {
        Cyclic {
            lowest: 0.0,
            rise: 2000,
            fall: None,
            mode: CycleMode::Triangular,
            factor: 1.0,
            momentum: None,
            per: Per::Step,
        }
    }
}

impl Cyclic {
    /// Cycles in which the learning rate rises for `rise` steps and falls for as many.
    pub fn new(rise: u64) -> Self {
        Cyclic { rise, ..Cyclic::default() }
    }

    /// Sets the learning rate at the beginning and the end of each cycle.
    #[must_use]
    pub fn lowest(self, lowest: f64) -> Self {
        Cyclic { lowest, ..self }
    }

    /// Sets the number of steps in which the learning rate falls.
    #[must_use]
    pub fn fall(self, fall: u64) -> Self {
        Cyclic { fall: Some(fall), ..self }
    }

    /// Sets the heights of the cycles.
    #[must_use]
    pub fn mode(self, mode: CycleMode) -> Self {
        Cyclic { mode, ..self }
    }

    /// Sets the factor of each step, for [`CycleMode::ExpRange`].
    #[must_use]
    pub fn factor(self, factor: f64) -> Self {
        Cyclic { factor, ..self }
    }

    /// Sets the lowest and the highest momentum.
    #[must_use]
    pub fn momentum(self, lowest: f64, highest: f64) -> Self {
        Cyclic { momentum: Some([lowest, highest]), ..self }
    }

    /// The height of a step: 0 at the lowest learning rate, 1 at the optimizer's.
    fn height(&self, at: Progress) -> f64 {
        let (n, rise) = (at.count(self.per), self.rise.max(1));
        let fall = self.fall.unwrap_or(rise).max(1);
        let length = rise.saturating_add(fall);
        let (cycle, place) = (n / length, n % length);
        let part =
            if place <= rise { place as f64 / rise as f64 } else { (length - place) as f64 / fall as f64 };
        part * match self.mode {
            CycleMode::Triangular => 1.0,
            CycleMode::Triangular2 => power(0.5, cycle),
            CycleMode::ExpRange => power(self.factor, n),
        }
    }
}

impl Settings for Cyclic {
    const ALWAYS: usize = 2;

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("lowest", self.lowest.to_string()),
            ("rise", self.rise.to_string()),
            ("fall", self.fall.map_or("rise".into(), |fall| fall.to_string())),
            ("mode", self.mode.to_string()),
            ("factor", self.factor.to_string()),
            ("momentum", written_momenta(self.momentum)),
            ("per", self.per.to_string()),
        ]
    }

    fn rate(&self, base: f64, at: Progress, _: &ScheduleState) -> f64 {
        self.lowest + (base - self.lowest) * self.height(at)
    }

    fn momenta(&self) -> Option<[f64; 2]> {
        self.momentum
    }

    fn momentum(&self, at: Progress) -> Option<f64> {
        self.momentum.map(|[lowest, highest]| highest - (highest - lowest) * self.height(at))
    }

    fn check(&self) -> Result<(), FitError> {
        setting::not_negative("lowest", self.lowest, "0")?;
        setting::count("rise", self.rise, "2000")?;
        setting::count("fall", self.fall.unwrap_or(1), "2000")?;
        setting::factor("factor", self.factor, "1")?;
        check_momenta(self.momentum)
    }
}
