//! MNIST: in the program, or in a folder.

use std::path::{Path, PathBuf};

use crate::array::{Array, Arrays, find_idx};
use crate::dataset::Dataset;
use crate::error::DataError;

/// Ten digits, or as many kinds of what a look-alike shows.
const CLASSES: usize = 10;

/// A file of the set: its standard name, and the gzip compiled in.
struct File {
    name: &'static str,
    gzip: &'static [u8],
}

macro_rules! file {
    ($name:literal) => {
        File { name: $name, gzip: include_bytes!(concat!("../../../data/mnist/", $name, ".gz")) }
    };
}

/// Images, then labels.
static TRAIN: [File; 2] = [file!("train-images-idx3-ubyte"), file!("train-labels-idx1-ubyte")];
static TEST: [File; 2] = [file!("t10k-images-idx3-ubyte"), file!("t10k-labels-idx1-ubyte")];

/// The MNIST that is compiled into the program. A half is inflated only when it is read.
///
/// Cost: 11 MB in a program that uses [`Mnist`]. In memory, 15 MB for [`train`](Mnist::train) and 3 MB for
/// [`test`](Mnist::test). `data/mnist/README.md` names its authors and its licence.
///
/// ```
/// let digits = toddle_data::mnist().train()?.first(5)?;
/// assert_eq!(digits.labels(), [5, 0, 4, 1, 9]);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
pub fn mnist() -> Mnist {
    Mnist { folder: None }
}

/// Handwritten digits, 28×28 pixels, ten classes: 60,000 to train on and 10,000 to test with.
///
/// This value only says where the files are. Each half is read when a program asks for it.
///
/// See: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-based learning applied to document
/// recognition*, 1998.
///
/// ```
/// let mnist = toddle_data::mnist();
/// assert_eq!((mnist.train()?.len(), mnist.test()?.len()), (60_000, 10_000));
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mnist {
    /// `None`: the files compiled in.
    folder: Option<PathBuf>,
}

impl Mnist {
    /// The set in a folder, under its four standard names, `train-images-idx3-ubyte` and so on. A file may be plain or end in
    /// `.gz`, and may have a dot before `idx`. Sets in the format of MNIST, such as Fashion-MNIST, are read in the same way.
    ///
    /// Nothing is read yet. Errors of the folder come from [`train`](Mnist::train) and [`test`](Mnist::test).
    ///
    /// ```no_run
    /// let fashion = toddle_data::Mnist::from_dir("data/fashion");
    /// println!("{} garments", fashion.train()?.len());
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn from_dir(folder: impl AsRef<Path>) -> Mnist {
        Mnist { folder: Some(folder.as_ref().to_owned()) }
    }

    /// The half to train on.
    ///
    /// **Errors:** as [`Array`] and [`Arrays`], or if the folder lacks a file. The built-in set has none.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().train()?.labels()[..5], [5, 0, 4, 1, 9]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn train(&self) -> Result<Dataset, DataError> {
        self.half(&TRAIN)
    }

    /// The half to test with.
    ///
    /// **Errors:** as [`train`](Mnist::train).
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.labels()[..4], [7, 2, 1, 0]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn test(&self) -> Result<Dataset, DataError> {
        self.half(&TEST)
    }

    fn half(&self, [images, labels]: &[File; 2]) -> Result<Dataset, DataError> {
        let classes = (0..CLASSES).map(|class| class.to_string()).collect();
        let arrays = Arrays { classes: Some(classes) };
        Ok(arrays.pair(self.read(images)?, self.read(labels)?)?.0)
    }

    fn read(&self, file: &File) -> Result<Array, DataError> {
        let Some(folder) = &self.folder else {
            let array = Array::parse(&format!("built-in {}.gz", file.name), file.gzip);
            toddle_lanes::page_out(file.gzip);
            return array;
        };
        match find_idx(folder, file.name) {
            Some(path) => Array::read(path),
            None => {
                Err(DataError::Missing { folder: folder.display().to_string(), file: file.name.to_owned() })
            }
        }
    }
}
