//! Optimizers: what a step does to the weights, given their gradient.
//!
//! One file a method, with its settings and PyTorch's defaults. The table of all methods is here. The arithmetic is
//! `toddle_kernels::update`.

mod adadelta;
mod adagrad;
mod adam;
mod clip;
mod lion;
mod nadam;
mod r_adam;
mod rms_prop;
mod sgd;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use clip::Clip;
pub use lion::Lion;
pub use nadam::Nadam;
pub use r_adam::RAdam;
pub use rms_prop::RmsProp;
pub use sgd::Sgd;

use std::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::update::flat::Update;
use toddle_kernels::update::{self, Method, Prepare};
use toddle_lanes::Isa;

use crate::Float;
use crate::error::FitError;
use crate::setting;

/// The enum of all optimizers, from the table below: a variant with the type of its settings, and its kind in files.
macro_rules! optimizers {
    ($($kind:ident: $name:tt;)*) => {
        /// Optimizer: how a step moves the weights, given their gradient.
        ///
        /// It holds no state: the state of every weight lies in [`slots`](Self::slots), which begin as zeros, and all else follows
        /// from the number of the step. So a training that goes on from saved weights, slots and step number has the same bits.
        ///
        /// A mean in a slot that would be subnormal, below about 10⁻³⁸ in `f32`, is zero: kept, it would make every later step slower
        /// once a weight's gradient has become zero.
        ///
        /// ```
        /// use toddle::{Adam, Isa, Optimizer};
        ///
        /// let adam = Optimizer::from(Adam::new(0.1));
        /// assert_eq!(adam.to_string(), "adam { rate = 0.1 }");
        /// assert_eq!(adam.slots(), ["mean", "square"]);
        ///
        /// let (g, mut w) = ([4.0, -0.5], [1.0, 1.0]);
        /// let (mut mean, mut square) = ([0.0; 2], [0.0; 2]);
        /// let finite = adam.step(1, adam.rate()).update(Isa::detect(), &g, &mut w, &mut [&mut mean, &mut square]);
        /// assert!(finite);
        /// assert!((w[0] - 0.9f64).abs() < 1e-6 && (w[1] - 1.1).abs() < 1e-6);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(tag = "kind")]
        #[allow(missing_docs, reason = "a variant has a type of its own, which is documented")]
        pub enum Optimizer {$(
            #[serde(rename = $name)]
            $kind($kind),
        )*}

        impl Optimizer {
            /// The kinds of all optimizers, as files have them.
            pub const KINDS: &[&str] = &[$($name),*];

            /// The learning rate that the optimizer was given, before any [`Schedule`](crate::Schedule).
            pub fn rate(&self) -> f64 {
                match self {
                    $(Optimizer::$kind(settings) => settings.rate,)*
                }
            }

            /// The names of the buffers of its state. Each is as long as the weights and begins as zeros.
            pub fn slots(&self) -> &'static [&'static str] {
                match self {
                    $(Optimizer::$kind(settings) => settings.slots(),)*
                }
            }

            /// Whether a training is possible with its settings.
            ///
            /// # Errors
            /// A setting is out of its range: [`FitError::Setting`].
            pub fn check(&self) -> Result<(), FitError> {
                setting::not_negative("rate", self.rate(), "0.001")?;
                match self {
                    $(Optimizer::$kind(settings) => settings.check(),)*
                }
            }

            /// Step number `t`, counted from 1, at the learning rate `rate`: what is the same for every weight, computed once.
            pub fn step<T: Float>(&self, t: u64, rate: f64) -> Step<T> {
                match self {
                    $(Optimizer::$kind(settings) => settings.step(t, rate),)*
                }
            }
        }

        impl fmt::Display for Optimizer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Optimizer::$kind(settings) => settings.fmt(f),)*
                }
            }
        }

        $(
            impl From<$kind> for Optimizer {
                fn from(settings: $kind) -> Self {
                    Optimizer::$kind(settings)
                }
            }

            /// The name, the learning rate, and each setting that is not its default.
            impl fmt::Display for $kind {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    setting::write(f, $name, 1, &self.settings(), &Self::default().settings())
                }
            }

            impl $kind {
                /// Adds `l1` times the sum of the absolute values of the weights to the loss.
                #[must_use]
                pub fn l1(self, l1: f64) -> Self {
                    $kind { l1, ..self }
                }

                /// Lets the weights decay.
                #[must_use]
                pub fn weight_decay(self, weight_decay: f64) -> Self {
                    $kind { weight_decay, ..self }
                }
            }
        )*
    };
}

optimizers! {
    Adadelta: "adadelta";
    Adagrad: "adagrad";
    Adam: "adam";
    AdamW: "adamw";
    Lion: "lion";
    Nadam: "nadam";
    RAdam: "radam";
    RmsProp: "rmsprop";
    Sgd: "sgd";
}

impl Optimizer {
    /// The most slots that a method has.
    pub const MOST_SLOTS: usize = 3;

    /// The learning rate, if a step is nothing but `w −= rate · g`.
    pub fn is_plain_sgd(&self) -> Option<f64> {
        match self {
            Optimizer::Sgd(sgd) if *sgd == Sgd::new(sgd.rate) => Some(sgd.rate),
            _ => None,
        }
    }
}

/// What all methods have.
trait Settings: Default {
    /// All settings by name, the rate first.
    fn settings(&self) -> Vec<(&'static str, String)>;
    /// The state's buffers.
    fn slots(&self) -> &'static [&'static str];
    /// Whether the settings other than the rate are in range.
    fn check(&self) -> Result<(), FitError>;
    /// Step number `t`, from 1.
    fn step<T: Float>(&self, t: u64, rate: f64) -> Step<T>;
}

/// One step of an optimizer: the numbers that are the same for every weight. Made by [`Optimizer::step`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step<T> {
    prepare: Prepare<T>,
    moves: Moves<T>,
}

/// The kernels of all methods, from the table below: the type of the kernel, and the numbers of slots that it may have.
macro_rules! moves {
    ($($kernel:ident: $($slots:literal)+;)*) => {
        /// The kernel of a method, without its slots.
        #[derive(Clone, Copy, Debug, PartialEq)]
        enum Moves<T> {$(
            $kernel(update::$kernel<T>),
        )*}

        impl<T: Float> Step<T> {
            /// [`update`](Self::update), compiled for each number type in `number.rs`.
            pub(crate) fn run_method(&self, isa: Isa, g: &[T], w: &mut [T], slots: &mut [&mut [T]]) -> bool {
                match (self.moves, slots.len()) {
                    $($((Moves::$kernel(method), $slots) => self.run::<_, $slots>(method, isa, g, w, slots),)+)*
                    _ => unreachable!("as many slots as the optimizer has"),
                }
            }
        }
    };
}

moves! {
    Adadelta: 2;
    Adagrad: 1;
    Adam: 2;
    Lion: 1;
    Nadam: 2;
    RmsProp: 1 2 3;
    Sgd: 0 1;
}

impl<T: Float> Step<T> {
    /// The same step, the gradient first multiplied by `factor`: what [`Clip::factor`] says.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        self.prepare.scale = T::from_f64(factor);
        self
    }

    /// Moves the weights `w` down their gradient `g`: any range of them, with the same range of every slot. Returns whether
    /// all of them are finite after it.
    ///
    /// Each weight moves by itself, so however the weights are cut into ranges, they move to the same bits.
    ///
    /// # Panics
    /// There are not as many slots as [`Optimizer::slots`] says, or the ranges are not of one length.
    pub fn update(&self, isa: Isa, g: &[T], w: &mut [T], slots: &mut [&mut [T]]) -> bool {
        assert_eq!(g.len(), w.len(), "a gradient for each weight");
        assert!(slots.iter().all(|slot| slot.len() == w.len()), "a number in each slot for each weight");
        T::update(self, isa, g, w, slots)
    }

    fn run<M: Method<T, N>, const N: usize>(
        &self,
        method: M,
        isa: Isa,
        g: &[T],
        w: &mut [T],
        slots: &mut [&mut [T]],
    ) -> bool {
        let slots: &mut [&mut [T]; N] = slots.try_into().expect("as many slots as the optimizer has");
        let slots = slots.each_mut().map(|slot| &mut **slot);
        isa.run(Update { method, prepare: self.prepare, g, w, slots })
    }
}

/// Whether what every method has beside its rate is in range.
fn check_penalties(l1: f64, weight_decay: f64) -> Result<(), FitError> {
    setting::not_negative("l1", l1, "0")?;
    setting::not_negative("weight_decay", weight_decay, "0.0001")
}

/// Penalties on the weights that are part of their gradient.
fn coupled<T: Float>(l1: f64, weight_decay: f64) -> Prepare<T> {
    Prepare { l1: T::from_f64(l1), l2: T::from_f64(weight_decay), ..Prepare::NOTHING }
}

/// A decay of the weights that is no part of their gradient.
fn decoupled<T: Float>(l1: f64, weight_decay: f64, rate: f64) -> Prepare<T> {
    Prepare { l1: T::from_f64(l1), shrink: T::from_f64(1.0 - rate * weight_decay), ..Prepare::NOTHING }
}
