//! Vectors of sixteen elements, and the tools for code that uses them: CPU detection, the elementary functions, aligned
//! memory and a pool of worker threads.
//!
//! toddle puts sixteen samples side by side. So a kernel is its textbook loop with each element replaced by a vector of
//! sixteen. A kernel is written once over [`Simd`]. It runs with five instruction sets: AVX-512, AVX2 with FMA, NEON,
//! SIMD128 of WebAssembly, and portable. All of them give the same bits, because every operation is rounded once, as
//! IEEE 754 requires, and no operation is reordered.
//!
//! ```
//! use toddle_lanes::{Isa, Kernel, Real, Simd};
//!
//! /// y += a·x, sixteen at a time.
//! struct Axpy<'a> { a: f32, x: &'a [[f32; 16]], y: &'a mut [[f32; 16]] }
//!
//! impl Kernel<f32> for Axpy<'_> {
//!     type Output = ();
//!     #[inline(always)]
//!     fn run<S: Simd<T = f32>>(self, simd: S) {
//!         let a = simd.splat(self.a);
//!         for (y, x) in self.y.iter_mut().zip(self.x) {
//!             simd.store(a.mul_add(simd.load(x), simd.load(y)), y);
//!         }
//!     }
//! }
//!
//! let (x, mut y) = ([[2.0; 16]], [[1.0; 16]]);
//! Isa::detect().run(Axpy { a: 3.0, x: &x, y: &mut y });
//! assert_eq!(y, [[7.0; 16]]);
//! ```
//!
//! | module | idea |
//! |---|---|
//! | [`Real`], [`Float`] | arithmetic on one element or on sixteen; `f32` and `f64` |
//! | [`Simd`], [`Kernel`] | the proof that an instruction set may be used, and the code that uses it |
//! | [`Isa`] | the instruction sets of this CPU, and `TODDLE_SIMD` |
//! | [`math`] | `exp`, `ln`, `tanh` and similar functions, with the same bits everywhere |
//! | [`Random`], [`philox`] | random numbers that depend only on where they are used |
//! | [`Aligned`], [`Arena`] | buffers that begin on a cache line |
//! | [`prefetch`], [`prefetch_to_write`] | requests for memory before it is needed |
//! | [`page_out`] | a request to free the memory of bytes that are not needed soon |
//! | [`Pool`], [`Shares`] | worker threads, and slices cut among them |
//! | [`Lock`], [`Stopwatch`], [`cores`] | what else a system provides |
//! | [`peak`] | the highest rate of multiply-adds of a core |
//!
//! The feature `std` is on by default. With `libm` in its place, the crate needs no operating system: `bare.rs` has one thread and no clock.

#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod aligned;
#[cfg(not(feature = "std"))]
mod bare;
mod float;
mod fused;
#[cfg(feature = "std")]
mod hosted;
mod isa;
pub mod math;
#[cfg(target_arch = "aarch64")]
mod neon;
pub mod peak;
mod portable;
mod prefetch;
mod random;
mod real;
mod shares;
mod simd;
#[cfg(target_feature = "simd128")]
mod wasm;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64", target_feature = "simd128"))]
mod wide;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(not(any(feature = "std", feature = "libm")))]
compile_error!(
    "toddle needs the feature `std`, or the feature `libm` on a machine without an operating system"
);

#[cfg(not(feature = "std"))]
use bare as system;
#[cfg(feature = "std")]
use hosted as system;

pub use aligned::{Aligned, Arena};
pub use float::Float;
pub use isa::{Isa, IsaError};
pub use prefetch::{prefetch, prefetch_to_write};
pub use random::{Purpose, Random, key, philox};
pub use real::Real;
pub use shares::Shares;
pub use simd::{Kernel, LANES, Part, Simd, Whole, tree_sum};
pub use system::{Lock, Pool, Stopwatch, cores, page_out};
