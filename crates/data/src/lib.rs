//! Data sets for toddle: MNIST compiled in, and a reader for the IDX files it comes as.
//!
//! ```
//! let digits = toddle_data::mnist().test()?.first(2000)?;
//! let inputs: Vec<f64> = digits.inputs(); // 2000 × 28 × 28, from 0 to 1
//! let targets: Vec<f64> = digits.one_hot(); // 2000 × 10, one 1 a row
//!
//! assert_eq!((inputs.len(), targets.len()), (2000 * 28 * 28, 2000 * 10));
//! assert_eq!(digits.labels()[..4], [7, 2, 1, 0]);
//! # Ok::<(), toddle_data::DataError>(())
//! ```
//!
//! | you have | you call | you get |
//! |---|---|---|
//! | nothing | [`mnist()`] | MNIST, from the program itself |
//! | a folder with MNIST's four files, or a look-alike's | [`Mnist::from_dir`] | the same, from there |
//! | other IDX files | [`Idx::read`], then [`Dataset::from_idx`] | images with their labels, checked |
//! | bytes of your own | [`Dataset::new`] | the same |
//!
//! Files are not trusted. A wrong one gives a [`DataError`] that says what was expected, what was found and what
//! to try; none makes the reader panic, or take a gigabyte of memory for a file that only declares one.
#![forbid(unsafe_code)]

mod bounded;
mod cifar;
mod csv;
mod dataset;
mod error;
mod folder;
mod idx;
mod mnist;
mod npy;
mod npz;
mod picture;
mod sets;

pub use bounded::MAX_BYTES;
pub use cifar::Cifar;
pub use csv::{Column, Csv, CsvTargets};
pub use dataset::{Dataset, Scaling, Values};
pub use error::DataError;
pub use folder::{Damaged, ImageFolder};
pub use idx::Idx;
pub use mnist::{Mnist, mnist};
pub use npy::Npy;
pub use npz::Npz;
#[cfg(feature = "fetch")]
pub use sets::fetch;
pub use sets::{DATA_FOLDER, Found, Remote, Set};
