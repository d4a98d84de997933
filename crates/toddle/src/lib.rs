//! Small neural networks on a CPU: layers written by hand, forward and backward, trained and asked with results that are
//! the same to the bit on any number of threads and on any CPU.
//!
//! ```no_run
//! use toddle::{Conv2d, Dense, Fit, Flatten, Loss, NetworkSpec, Sgd, Shape, Softmax, Tanh};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (x_train, y_train, x_test) = (vec![0.0; 784], vec![0.0; 10], vec![0.0; 784]);
//! let mut network = NetworkSpec::new(Shape::image(1, 28, 28))
//!     .add(Conv2d::new(1, 3))
//!     .add(Tanh)
//!     .add(Flatten)
//!     .add(Dense::new(100))
//!     .add(Tanh)
//!     .add(Dense::new(10))
//!     .add(Softmax::default())
//!     .build::<f64>(0)?;
//! let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(100);
//! let history = network.fit(&x_train, &y_train, &fit)?;
//! let probabilities = network.predict(&x_test)?;
//! # Ok(())
//! # }
//! ```
//!
//! The library does no file and no network I/O. Numbers go in and come out as plain slices, one sample after the other.
//!
//! Without the feature `std`, which is on by default, it needs an allocator and no operating system. It then has one thread and no clock,
//! and lacks `verify`, `Local` and `checkpoint::write`.
#![forbid(unsafe_code)]
#![no_std]

#[macro_use]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod check;
pub mod checkpoint;
mod engine;
mod error;
mod escape;
mod init;
pub mod layer;
mod layers;
mod loss;
pub mod metrics;
mod named;
mod network;
mod number;
mod optim;
mod ranks;
mod schedule;
mod setting;
mod training;

pub use checkpoint::Scaling;
pub use engine::{
    Batch, Buffer, Engine, Group, Groups, LayerTime, Machine, Mode, NotFinite, Plan, Profile, Purpose,
    Slices, StepContext, Trace, TraceGradients, Update, profile,
};
pub use error::{BuildError, FitError, Misfit};
pub use escape::{escaped, escaped_lines};
pub use init::{Init, NumpyRandom};
pub use layer::Layer;
pub use layers::*;
pub use loss::*;
pub use metrics::{MetricError, accuracy, argmax};
pub use network::params::Start;
pub use network::{
    ClassNumbers, GraphSpec, InputSpec, Loaded, Network, NetworkInput, NetworkOutput, NetworkSpec, Node,
    OutputSpec, Param, ParamDecl, ParamLayout, Placed, Shape, Value, Values,
};
pub use number::Float;
pub use optim::*;
#[cfg(feature = "std")]
pub use ranks::Local;
pub use ranks::{Collective, Exchange, RankError, Ranks};
pub use schedule::*;
pub use toddle_kernels::softmax::Jacobian;
pub use toddle_lanes::{Isa, IsaError};
#[cfg(feature = "ndarray")]
pub use training::ArraySamples;
pub use training::numeric::cos_pi;
#[cfg(feature = "std")]
pub use training::verify;
pub use training::{
    AfterEpoch, ClassRule, ClassWeights, Decay, Epoch, Evaluation, Fit, Fold, History, InMemory, Lbfgs,
    LineSearch, Monitor, Nobody, Observer, OpenTraining, RateCurve, Samples, Sampling, StepReport, StopAt,
    Subset, TimeLimit, Trainer, TrainerState, find_rate, folds, folds_of_classes,
};

/// The README's example runs as it stands.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
