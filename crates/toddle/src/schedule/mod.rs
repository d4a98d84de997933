//! Schedules: how the learning rate changes in the course of a training.
//!
//! The schedules are those of PyTorch. They do not use the system's mathematics library, so the bits are the same on
//! every machine.

mod cosine;
mod cyclic;
mod decay;
mod one_cycle;
mod plateau;
mod warmup;

pub use cosine::{CosineDecay, CosineRestarts};
pub use cyclic::{CycleMode, Cyclic};
pub use decay::{ExponentialDecay, MultiStepDecay, PolynomialDecay, StepDecay};
pub use one_cycle::{Anneal, OneCycle};
pub use plateau::{Better, Plateau};
pub use warmup::Warmup;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::error::FitError;
use crate::setting;

/// The enum of all schedules, from the table below: a variant with the type of its settings, and its kind in files.
macro_rules! schedules {
    ($($kind:ident: $name:tt;)*) => {
        /// Schedule: how the learning rate changes in the course of the training.
        ///
        /// The learning rate of a step depends only on the place of the step in the training, except with
        /// [`Plateau`]. The state of [`Plateau`] is a [`ScheduleState`], which a checkpoint keeps.
        ///
        /// ```
        /// use toddle::{CosineDecay, Progress, Schedule, ScheduleState, Warmup};
        ///
        /// // From a tenth of the rate up to all of it in four steps, and then down by half a cosine.
        /// let schedule = Schedule::from(Warmup::new(4).from(0.1).then(CosineDecay::default()));
        /// let state = ScheduleState::default();
        /// let rate = |step| schedule.rate(0.5, Progress { step, steps: 12, steps_per_epoch: 6 }, &state);
        /// assert_eq!([rate(0), rate(2), rate(4), rate(8)], [0.05, 0.275, 0.5, 0.25]);
        /// ```
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(tag = "kind")]
        #[allow(missing_docs, reason = "a variant with a type of its own is documented there")]
        pub enum Schedule {
            /// The learning rate of the optimizer, from the first step to the last.
            #[default]
            #[serde(rename = "constant", deserialize_with = "crate::setting::none")]
            Constant,
            $(
                #[serde(rename = $name)]
                $kind($kind),
            )*
        }

        impl Schedule {
            /// The kinds of all schedules, as written in files.
            pub const KINDS: &[&str] = &["constant", $($name),*];

            /// The learning rate of a step. `base` is the learning rate of the optimizer.
            pub fn rate(&self, base: f64, at: Progress, state: &ScheduleState) -> f64 {
                match self {
                    Schedule::Constant => base,
                    $(Schedule::$kind(settings) => settings.rate(base, at, state),)*
                }
            }

            /// The momentum of a step, if the schedule changes the momentum in this step. For the optimizers of Adam's family
            /// it is the first of their betas.
            pub fn momentum(&self, at: Progress) -> Option<f64> {
                match self {
                    Schedule::Constant => None,
                    $(Schedule::$kind(settings) => Settings::momentum(settings, at),)*
                }
            }

            /// The lowest and the highest momentum, if the schedule changes the momentum.
            pub fn momenta(&self) -> Option<[f64; 2]> {
                match self {
                    Schedule::Constant => None,
                    $(Schedule::$kind(settings) => settings.momenta(),)*
                }
            }

            /// Checks the settings.
            ///
            /// # Errors
            /// A setting is out of its range: [`FitError::Setting`].
            pub fn check(&self) -> Result<(), FitError> {
                match self {
                    Schedule::Constant => Ok(()),
                    $(Schedule::$kind(settings) => settings.check(),)*
                }
            }
        }

        impl fmt::Display for Schedule {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Schedule::Constant => f.write_str("constant"),
                    $(Schedule::$kind(settings) => settings.fmt(f),)*
                }
            }
        }

        $(
            impl From<$kind> for Schedule {
                fn from(settings: $kind) -> Self {
                    Schedule::$kind(settings)
                }
            }

            impl fmt::Display for $kind {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    let (name, settings) = ($name.replace('_', " "), self.settings());
                    setting::write(f, &name, Self::ALWAYS, &settings, &Self::default().settings())
                }
            }
        )*
    };
}

schedules! {
    CosineDecay: "cosine_decay";
    CosineRestarts: "cosine_restarts";
    Cyclic: "cyclic";
    ExponentialDecay: "exponential_decay";
    MultiStepDecay: "multi_step_decay";
    OneCycle: "one_cycle";
    Plateau: "plateau";
    PolynomialDecay: "polynomial_decay";
    StepDecay: "step_decay";
    Warmup: "warmup";
}

/// The place of a step in a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The number of steps before this step.
    pub step: u64,
    /// The number of steps in the whole training.
    pub steps: u64,
    /// The number of steps in an epoch.
    pub steps_per_epoch: u64,
}

/// What a schedule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Steps: the learning rate changes with every step.
    Step,
    /// Epochs: the learning rate stays the same within an epoch.
    Epoch,
}

/// The state of a schedule. It begins as `default()`, and the caller that trains keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScheduleState {
    /// The best metric so far.
    #[serde(with = "crate::checkpoint::exact")]
    pub best: Option<f64>,
    /// The number of epochs without a better metric.
    pub bad: u64,
    /// The number of epochs in which a worse metric does not count yet.
    pub cooling: u64,
    /// The learning rate after the last fall, if the learning rate has fallen.
    pub rate: Option<f64>,
}

impl Schedule {
    /// Updates the state with the metric of an epoch, such as its validation loss. `base` is the learning rate of the
    /// optimizer.
    pub fn observe(&self, base: f64, metric: f64, state: &mut ScheduleState) {
        match self {
            Schedule::Plateau(plateau) => plateau.observe(base, metric, state),
            Schedule::Warmup(warmup) => warmup.then.observe(base, metric, state),
            _ => {}
        }
    }

    /// Whether [`observe`](Self::observe) changes anything.
    pub fn observes(&self) -> bool {
        match self {
            Schedule::Plateau(_) => true,
            Schedule::Warmup(warmup) => warmup.then.observes(),
            _ => false,
        }
    }
}

impl Progress {
    /// The number of steps or epochs before this step.
    fn count(self, per: Per) -> u64 {
        match per {
            Per::Step => self.step,
            Per::Epoch => self.step / self.steps_per_epoch.max(1),
        }
    }

    /// The part of `over` steps or epochs that is done, or the part of the training without `over`. At most 1.
    fn part(self, per: Per, over: Option<u64>) -> f64 {
        let all = match per {
            Per::Step => self.steps,
            Per::Epoch => self.steps.div_ceil(self.steps_per_epoch.max(1)),
        };
        let over = over.unwrap_or(all).max(1);
        self.count(per).min(over) as f64 / over as f64
    }
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Per::Step => "step",
            Per::Epoch => "epoch",
        })
    }
}

/// The functions that the settings of every schedule have.
trait Settings: Default {
    /// The number of settings that are written even if they have their defaults.
    const ALWAYS: usize = 0;
    /// All settings by name.
    fn settings(&self) -> Vec<(&'static str, String)>;
    /// The learning rate of a step. `base` is the learning rate of the optimizer.
    fn rate(&self, base: f64, at: Progress, state: &ScheduleState) -> f64;
    /// The lowest and the highest momentum, if the schedule changes the momentum.
    fn momenta(&self) -> Option<[f64; 2]> {
        None
    }
    /// The momentum of a step, if the schedule changes it in this step.
    fn momentum(&self, _: Progress) -> Option<f64> {
        None
    }
    /// Checks that the settings are in range.
    fn check(&self) -> Result<(), FitError>;
}

/// Builder methods of schedules that count steps or epochs.
macro_rules! counts_either {
    ($($kind:ident),*) => {$(
        impl $kind {
            /// Counts steps.
            #[must_use]
            pub fn per_step(self) -> Self {
                $kind { per: Per::Step, ..self }
            }

            /// Counts epochs.
            #[must_use]
            pub fn per_epoch(self) -> Self {
                $kind { per: Per::Epoch, ..self }
            }
        }
    )*};
}
counts_either!(
    CosineDecay,
    CosineRestarts,
    Cyclic,
    ExponentialDecay,
    MultiStepDecay,
    PolynomialDecay,
    StepDecay,
    Warmup
);

/// Checks the lowest and the highest momentum.
fn check_momenta(momenta: Option<[f64; 2]>) -> Result<(), FitError> {
    match momenta {
        Some(momenta) if !momenta.iter().all(|momentum| (0.0..1.0).contains(momentum)) => {
            let expected = "two numbers, each 0 or more and less than 1";
            setting::refuse("momentum", format!("{momenta:?}"), expected, "[0.85, 0.95]")
        }
        _ => Ok(()),
    }
}

/// `[0.85, 0.95]`, or `the optimizer's`.
fn written_momenta(momenta: Option<[f64; 2]>) -> String {
    momenta.map_or("the optimizer's".into(), |momenta| format!("{momenta:?}"))
}

/// `whole training`, or the number.
fn length(over: Option<u64>) -> String {
    over.map_or("the whole training".into(), |over| over.to_string())
}
