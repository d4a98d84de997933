//! The two number types, and the arithmetic on them that is compiled here once.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::Debug;

use toddle_kernels::Number;
use toddle_lanes::Isa;

use crate::error::Misfit;
use crate::layer::Layer;
use crate::loss::judge::{InBlock, InRow};
use crate::optim::Step;
use crate::ranks::{Collective, Exchange};
use crate::{LayerSpec, Loss, Shape};

/// `f32` or `f64`: the only type parameter that networks have.
///
/// Nobody else can implement it.
pub trait Float: Compiled {}

impl Float for f32 {}
impl Float for f64 {}

/// Whatever of the library runs kernels, by number type.
///
/// A generic function is compiled where its type is known, and a kernel is many functions: one for each form of vectors.
/// The methods here are of known types, so that this takes place in this crate, and not again in every one that uses it.
pub trait Compiled: Number {
    /// Writes `numbers` over the content of `bytes`, little-endian.
    #[doc(hidden)]
    fn write_bytes(numbers: &[Self], bytes: &mut Vec<u8>);

    /// What sends numbers of this type to other ranks.
    #[doc(hidden)]
    fn exchange(ranks: &dyn Collective) -> &dyn Exchange<Self>;

    /// Whether none of `numbers` is infinite or NaN.
    #[doc(hidden)]
    fn are_finite(numbers: &[Self]) -> bool;

    /// [`LayerSpec::build`]
    #[doc(hidden)]
    fn freeze(spec: &LayerSpec, input: Shape) -> Result<Box<dyn Layer<Self>>, Misfit>;

    /// [`Buildable`]'s build for this type.
    #[doc(hidden)]
    fn freeze_custom(layer: &dyn Buildable, input: Shape) -> Result<Box<dyn Layer<Self>>, Misfit>;

    /// [`Step::update`]
    #[doc(hidden)]
    fn update(step: &Step<Self>, isa: Isa, g: &[Self], w: &mut [Self], slots: &mut [&mut [Self]]) -> bool;

    /// [`Loss::row`]
    #[doc(hidden)]
    fn row_loss(loss: &Loss, io: InRow<'_, Self>) -> Self;

    /// [`Loss::block`]
    #[doc(hidden)]
    fn block_loss(loss: &Loss, io: InBlock<'_, Self>);

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

macro_rules! compiled {
    ($t:ident, $build:ident, $sample:ident) => {
        impl Compiled for $t {
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

            fn freeze(spec: &LayerSpec, input: Shape) -> Result<Box<dyn Layer<$t>>, Misfit> {
                spec.freeze(input)
            }

            fn freeze_custom(layer: &dyn Buildable, input: Shape) -> Result<Box<dyn Layer<$t>>, Misfit> {
                layer.$build(input)
            }

            fn update(step: &Step<$t>, isa: Isa, g: &[$t], w: &mut [$t], slots: &mut [&mut [$t]]) -> bool {
                step.run_method(isa, g, w, slots)
            }

            fn row_loss(loss: &Loss, io: InRow<'_, $t>) -> $t {
                loss.judged(io)
            }

            fn block_loss(loss: &Loss, io: InBlock<'_, $t>) {
                loss.judged(io);
            }

            fn custom_loss(loss: &dyn Judges, y: &[$t], t: &[$t], dy: &mut [$t]) -> $t {
                loss.$sample(y, t, dy)
            }
        }
    };
}

compiled!(f32, build_f32, sample_f32);
compiled!(f64, build_f64, sample_f64);
