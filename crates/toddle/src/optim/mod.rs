//! Optimizers: the update of the weights in a step, given their gradient.
//!
//! Each optimizer has one file, with its settings and PyTorch's defaults. The table of all optimizers is here. The
//! arithmetic is in `toddle_kernels::update`.

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod clip;
mod lion;
mod nadam;
mod r_adam;
mod rms_prop;
mod sgd;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use adamax::Adamax;
pub use clip::Clip;
pub use lion::Lion;
pub use nadam::Nadam;
pub use r_adam::RAdam;
pub use rms_prop::RmsProp;
pub use sgd::Sgd;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

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
        /// An optimizer holds no state. The state of every weight is in the [`slots`](Self::slots), which begin as
        /// zeros. Everything else follows from the number of the step. A training that is resumed with saved weights,
        /// slots and step number therefore has the same bits.
        ///
        /// A mean in a slot is set to zero if it would be subnormal, which is below about 10⁻³⁸ in `f32`. Subnormal
        /// means would make every later step slower after a weight's gradient has become zero.
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
            /// The kinds of all optimizers, as written in files.
            pub const KINDS: &[&str] = &[$($name),*];

            /// The learning rate of the optimizer, before any [`Schedule`](crate::Schedule).
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

            /// Checks the settings.
            ///
            /// # Errors
            /// A setting is out of its range: [`FitError::Setting`].
            pub fn check(&self) -> Result<(), FitError> {
                setting::not_negative("rate", self.rate(), "0.001")?;
                match self {
                    $(Optimizer::$kind(settings) => settings.check(),)*
                }
            }

            /// Step number `t`, counted from 1, at the learning rate `rate`: the values that are the same for every
            /// weight.
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

                /// Sets the weight decay.
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
    Adamax: "adamax";
    Lion: "lion";
    Nadam: "nadam";
    RAdam: "radam";
    RmsProp: "rmsprop";
    Sgd: "sgd";
}

impl Optimizer {
    /// The same optimizer with another momentum, or with another first beta. None if it has no momentum that a schedule may
    /// change: SGD and RMSprop without momentum, and the optimizers for which PyTorch defines no such change.
    pub fn with_momentum(self, momentum: f64) -> Option<Self> {
        Some(match self {
            Optimizer::Adam(adam) => Adam { betas: [momentum, adam.betas[1]], ..adam }.into(),
            Optimizer::AdamW(adam) => AdamW { betas: [momentum, adam.betas[1]], ..adam }.into(),
            Optimizer::Adamax(adam) => Adamax { betas: [momentum, adam.betas[1]], ..adam }.into(),
            Optimizer::RAdam(adam) => RAdam { betas: [momentum, adam.betas[1]], ..adam }.into(),
            Optimizer::RmsProp(rms) if rms.momentum > 0.0 => RmsProp { momentum, ..rms }.into(),
            Optimizer::Sgd(sgd) if sgd.momentum > 0.0 => Sgd { momentum, ..sgd }.into(),
            _ => return None,
        })
    }

    /// The largest number of slots of an optimizer.
    pub const MOST_SLOTS: usize = 3;

    /// The learning rate, if a step is only `w −= rate · g`.
    pub fn is_plain_sgd(&self) -> Option<f64> {
        match self {
            Optimizer::Sgd(sgd) if *sgd == Sgd::new(sgd.rate) => Some(sgd.rate),
            _ => None,
        }
    }
}

/// The functions that the settings of every optimizer have.
trait Settings: Default {
    /// All settings by name. The learning rate is the first.
    fn settings(&self) -> Vec<(&'static str, String)>;
    /// The names of the slots.
    fn slots(&self) -> &'static [&'static str];
    /// Checks the settings other than the learning rate.
    fn check(&self) -> Result<(), FitError>;
    /// Step number `t`, from 1.
    fn step<T: Float>(&self, t: u64, rate: f64) -> Step<T>;
}

/// One step of an optimizer: the values that are the same for every weight. Made by [`Optimizer::step`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step<T> {
    prepare: Prepare<T>,
    moves: Moves<T>,
}

/// The kernels of all optimizers, from the table below: the type of the kernel, and the numbers of slots that it may
/// have.
macro_rules! moves {
    ($($kernel:ident: $($slots:literal)+;)*) => {
        /// The kernel of an optimizer, without its slots.
        #[derive(Clone, Copy, Debug, PartialEq)]
        enum Moves<T> {$(
            $kernel(update::$kernel<T>),
        )*}

        impl<T: Float> Step<T> {
            /// [`update`](Self::update), compiled for each number type in `number.rs`.
            pub(crate) fn update_inner(&self, isa: Isa, g: &[T], w: &mut [T], slots: &mut [&mut [T]]) -> bool {
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
    Adam: 2 3;
    Adamax: 2;
    Lion: 1;
    Nadam: 2;
    RmsProp: 1 2 3;
    Sgd: 0 1;
}

impl<T: Float> Step<T> {
    /// The same step for gradients that are first multiplied by `factor`, the result of [`Clip::factor`].
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        self.prepare.scale = T::from_f64(factor);
        self
    }

    /// The same step without the penalties on the weights, `weight_decay` and `l1`.
    #[must_use]
    pub fn without_penalties(mut self) -> Self {
        self.prepare = Prepare { scale: self.prepare.scale, ..Prepare::NOTHING };
        self
    }

    /// Updates the weights `w` with their gradient `g`. `w` may be any range of the weights; `g` and every slot must
    /// be the same range. Returns whether all updated weights are finite.
    ///
    /// The update of a weight depends on no other weight. So the bits are the same for every division of the weights
    /// into ranges.
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

/// Checks the settings that every optimizer has besides its learning rate.
fn check_penalties(l1: f64, weight_decay: f64) -> Result<(), FitError> {
    setting::not_negative("l1", l1, "0")?;
    setting::not_negative("weight_decay", weight_decay, "0.0001")
}

/// Penalties on the weights that are a part of the gradient.
fn coupled<T: Float>(l1: f64, weight_decay: f64) -> Prepare<T> {
    Prepare { l1: T::from_f64(l1), l2: T::from_f64(weight_decay), ..Prepare::NOTHING }
}

/// An L1 penalty as a part of the gradient, and a weight decay that is not.
fn decoupled<T: Float>(l1: f64, weight_decay: f64, rate: f64) -> Prepare<T> {
    Prepare { l1: T::from_f64(l1), shrink: T::from_f64(1.0 - rate * weight_decay), ..Prepare::NOTHING }
}

/// [`decoupled`] or [`coupled`] penalties.
fn decayed<T: Float>(is_decoupled: bool, l1: f64, weight_decay: f64, rate: f64) -> Prepare<T> {
    if is_decoupled { decoupled(l1, weight_decay, rate) } else { coupled(l1, weight_decay) }
}
