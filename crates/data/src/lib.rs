//! Data for toddle: MNIST compiled in, other sets by name, readers of common formats, and samples changed at random.
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
//! | the name of a set | [`Set::named`], then [`Set::find`] | Fashion-MNIST, KMNIST, EMNIST, CIFAR-10 or CIFAR-100 |
//! | a folder with the four files of MNIST, or of a set in its format | [`Mnist::from_dir`] | its images |
//! | one file of samples and one of targets, IDX or NumPy's | [`Arrays::files`] | images or rows of numbers |
//! | an archive of arrays, NPZ or safetensors, or a folder of IDX or NPY files | [`Arrays::halves`] | samples to train on, to validate with and to test with |
//! | CIFAR in its binary form | [`Cifar::ten`], [`Cifar::hundred`] | colour photographs |
//! | a folder of pictures for each class, also below `train`, `valid` and `test` | [`ImageFolder`] | images of one size |
//! | a table | [`Table`] | rows of numbers and words with classes or numbers to learn |
//! | one picture file | [`Picture::read`] | its pixels |
//! | values of your own | [`Dataset::new`], [`Dataset::with_numbers`] | a data set of them |
//! | the section `[data]` of an experiment | [`DataSettings::parts`] | samples to train on, to validate with and to test with |
//! | a trained model | [`Model::open`] | what it says of pictures, rows and data sets |
//!
//! [`Dataset::hold_out`] separates samples for validation from the others. [`Scaling`] says how a value becomes an input of
//! a network. [`Augmenter`] changes samples at random. A model keeps the [`Meaning`] of its training data, and prepares new
//! data accordingly. With the feature `fetch`, `fetch::set` fetches the files of a named set.
//!
//! Files are not trusted. A wrong file gives a [`DataError`], which says what was expected, what was found and what to try.
//! No file makes a reader panic. No reader takes more memory than the
//! [`Budget`] of the process.
#![forbid(unsafe_code)]

mod array;
mod augment;
mod bounded;
mod budget;
mod cifar;
mod dataset;
mod error;
mod file;
mod folder;
mod foreign;
mod halves;
mod kind;
mod meaning;
mod missing;
mod mnist;
mod model;
mod picture;
mod prepare;
mod sets;
mod source;
mod table;
mod values;

pub use array::{Archive, Array, ArrayValues, Arrays};
pub use augment::{Augment, Augmented, Augmenter, Elastic};
pub use bounded::MAX_BYTES;
pub use budget::Budget;
pub use cifar::Cifar;
pub use dataset::{Dataset, MAX_CLASSES};
pub use error::DataError;
pub use file::open as open_file;
pub use folder::{Damaged, ImageFolder};
pub use foreign::shielded;
pub use halves::{Half, Halves, Report};
pub use meaning::{Digest, Ground, Link, Meaning, Pictures, Polarity, Range};
pub use missing::Missing;
pub use mnist::{Mnist, mnist};
pub use model::{Answers, AskedFor, Model, Prediction, Samples, last_layer, probabilities};
pub use picture::Picture;
pub use prepare::{Fit, Preparation, Prepared};
#[cfg(feature = "fetch")]
pub use sets::fetch;
pub use sets::{DATA_FOLDER, Found, Remote, Set};
pub use source::{
    ArrayFiles, DataSettings, DataSource, IdxFiles, Known, Opened, Parts, Reading, ScalingKind, Validation,
};
pub use table::{
    ColumnKind, ColumnRef, Columns, Empty, InputColumn, Proposal, Rows, Table, TableSettings, Target,
    TargetColumn, Truth,
};
pub use toddle::Scaling;
pub use values::Values;
