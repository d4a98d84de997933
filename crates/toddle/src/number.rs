//! The two number types, and the parts of the library that are compiled here once for each of them.

use alloc::boxed::Box;
use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::fmt::Debug;

use toddle_kernels::Number;
use toddle_lanes::Isa;

use crate::engine::{Engine, Groups, Machine, Mode, Plan};
use crate::error::{BuildError, FitError, Misfit};
use crate::layer::Layer;
use crate::loss::judge::{InBlock, InRow};
use crate::network::{GraphSpec, Network};
use crate::optim::Step;
use crate::ranks::{Collective, Exchange, Ranks};
use crate::training::{Evaluation, Fit, Samples, StepReport, Trainer, evaluate};
use crate::{LayerSpec, Loss, Shape};

/// `f32` or `f64`: the only type parameter that networks have.
///
/// Nobody else can implement it.
pub trait Float: Compiled {}

impl Float for f32 {}
impl Float for f64 {}

/// Makes the trait [`Compiled`]. An entry is a method, and the generic function that the method calls.
macro_rules! compiled {
    ($($(#[$doc:meta])* $name:ident = $function:path, ($($arg:ident: $type:ty),*) $(-> $output:ty)?;)*) => {
        /// The parts of the library that take most of the time to compile, by number type.
        ///
        /// A generic function is compiled in the crate that knows its type. So without this trait, each program and each test
        /// would compile the whole engine again. The methods of this trait are compiled in this crate, once for each number type.
        pub trait Compiled: ByType {$(
            #[doc(hidden)]
            $(#[$doc])*
            fn $name($($arg: $type),*) $(-> $output)?;
        )*}

        compiled!(f32 $($name = $function, ($($arg: $type),*) $(-> $output)?;)*);
        compiled!(f64 $($name = $function, ($($arg: $type),*) $(-> $output)?;)*);
    };
    ($t:ident $($name:ident = $function:path, ($($arg:ident: $type:ty),*) $(-> $output:ty)?;)*) => {
        impl Compiled for $t {$(
            fn $name($($arg: $type),*) $(-> $output)? {
                $function($($arg),*)
            }
        )*}
    };
}

compiled! {
    /// [`GraphSpec::build`]
    build = GraphSpec::build_inner, (spec: &GraphSpec, seed: u32) -> Result<Network<Self>, BuildError>;

    /// [`LayerSpec::build`]
    layer = LayerSpec::build_inner, (spec: &LayerSpec, input: Shape) -> Result<Box<dyn Layer<Self>>, Misfit>;

    /// [`Network::plan`]
    plan = Plan::new, (
        network: &Network<Self>,
        batch: usize,
        mode: Mode,
        machine: &Machine,
        groups: &Groups,
        keeps: bool,
        ranks: Option<&Ranks>
    ) -> Plan;

    /// [`Engine::try_new`]
    engine = Engine::try_new_inner, (network: &Network<Self>, plan: Plan) -> Result<Engine<Self>, TryReserveError>;

    /// [`Engine::forward`]
    forward = Engine::forward_inner, (
        engine: &mut Engine<Self>,
        network: &Network<Self>,
        inputs: &[Self],
        outputs: &mut [Self]
    );

    /// [`Engine::outputs`]
    outputs = Engine::outputs_inner, (
        engine: &mut Engine<Self>,
        network: &mut Network<Self>,
        inputs: &[Self],
        seed: u64,
        number: u32
    );

    /// [`Engine::backward`]
    backward = Engine::backward_inner, (engine: &mut Engine<Self>, network: &Network<Self>, dy: &[Self]);

    /// [`Network::trace`]
    trace = Engine::infer_open, (engine: &mut Engine<Self>, network: &Network<Self>, inputs: &[Self]);

    /// [`Trainer::new`]
    trainer = Trainer::new_inner, (
        network: &Network<Self>,
        fit: &Fit,
        samples: usize
    ) -> Result<Trainer<Self>, FitError>;

    /// [`Trainer::step`]
    step = Trainer::step_at, (
        trainer: &mut Trainer<Self>,
        rate: f64,
        network: &mut Network<Self>,
        samples: &dyn Samples<Self>
    ) -> Result<StepReport, FitError>;

    /// [`Network::evaluate`]
    evaluate = evaluate, (
        engine: &mut Engine<Self>,
        network: &Network<Self>,
        loss: &Loss,
        samples: &dyn Samples<Self>,
        ranks: Option<&Ranks>,
        goes_on: &mut dyn FnMut() -> bool
    ) -> Option<Evaluation>;

    /// [`Step::update`]
    update = Step::update_inner, (
        step: &Step<Self>,
        isa: Isa,
        g: &[Self],
        w: &mut [Self],
        slots: &mut [&mut [Self]]
    ) -> bool;

    /// [`Loss::row`]
    row_loss = Loss::judged, (loss: &Loss, io: InRow<'_, Self>) -> Self;

    /// [`Loss::block`]
    block_loss = Loss::judged, (loss: &Loss, io: InBlock<'_, Self>);
}

/// What differs between the number types.
pub trait ByType: Number {
    /// Writes `numbers` over the content of `bytes`, little-endian.
    #[doc(hidden)]
    fn write_bytes(numbers: &[Self], bytes: &mut Vec<u8>);

    /// What sends numbers of this type to other ranks.
    #[doc(hidden)]
    fn exchange(ranks: &dyn Collective) -> &dyn Exchange<Self>;

    /// Whether none of `numbers` is infinite or NaN.
    #[doc(hidden)]
    fn are_finite(numbers: &[Self]) -> bool;

    /// [`Buildable`]'s build for this type.
    #[doc(hidden)]
    fn custom_layer(layer: &dyn Buildable, input: Shape) -> Result<Box<dyn Layer<Self>>, Misfit>;

    /// [`Judges`]' loss of one sample for this type.
    #[doc(hidden)]
    fn custom_loss(loss: &dyn Judges, y: &[Self], t: &[Self], dy: &mut [Self]) -> Self;
}

/// What a [`CustomLayer`](crate::custom::CustomLayer) can do for a network that does not know its type.
pub trait Buildable: Debug + Send + Sync {
    /// Its build for `f32`.
    fn build_f32(&self, input: Shape) -> Result<Box<dyn Layer<f32>>, Misfit>;

    /// Its build for `f64`.
    fn build_f64(&self, input: Shape) -> Result<Box<dyn Layer<f64>>, Misfit>;
}

/// What a [`CustomLoss`](crate::custom::CustomLoss) can do for an engine that does not know its type.
pub trait Judges: Debug + Send + Sync {
    /// Its check.
    fn check(&self, output: Shape) -> Result<(), Misfit>;

    /// Its loss of one sample for `f32`.
    fn sample_f32(&self, y: &[f32], t: &[f32], dy: &mut [f32]) -> f32;

    /// Its loss of one sample for `f64`.
    fn sample_f64(&self, y: &[f64], t: &[f64], dy: &mut [f64]) -> f64;
}

macro_rules! by_type {
    ($t:ident, $build:ident, $sample:ident) => {
        impl ByType for $t {
            fn write_bytes(numbers: &[$t], bytes: &mut Vec<u8>) {
                bytes.resize(size_of_val(numbers), 0);
                for (bytes, number) in bytes.as_chunks_mut().0.iter_mut().zip(numbers) {
                    *bytes = number.to_le_bytes();
                }
            }

            fn exchange(ranks: &dyn Collective) -> &dyn Exchange<$t> {
                ranks
            }

            fn are_finite(numbers: &[$t]) -> bool {
                // A loop without a branch is fast.
                let are_finite = |some: &[$t]| some.iter().fold(true, |all, x| all & x.is_finite());
                numbers.chunks(1 << 12).all(are_finite)
            }

            fn custom_layer(layer: &dyn Buildable, input: Shape) -> Result<Box<dyn Layer<$t>>, Misfit> {
                layer.$build(input)
            }

            fn custom_loss(loss: &dyn Judges, y: &[$t], t: &[$t], dy: &mut [$t]) -> $t {
                loss.$sample(y, t, dy)
            }
        }
    };
}

by_type!(f32, build_f32, sample_f32);
by_type!(f64, build_f64, sample_f64);
