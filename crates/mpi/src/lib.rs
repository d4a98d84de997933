//! A `Collective` over MPI: trainings over several processes, on one machine or on many.
//!
//! ```sh
//! mpirun -n 4 toddle train experiments/lenet5.toml --mpi
//! ```
//!
//! If a call of MPI fails, MPI ends all processes.
//!
//! The feature `mpi` needs an installation of MPI, and libclang for the build. Without the feature, the crate is empty.

#[cfg(feature = "mpi")]
mod world;

#[cfg(feature = "mpi")]
pub use world::{Mpi, World};
