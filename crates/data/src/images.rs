//! Images and what they show.

use std::fmt;

use crate::error::DataError;
use crate::idx::Idx;

/// Grey images of one size, each with a label: a byte that says which class it belongs to.
///
/// Pixels and labels stay bytes, 785 a sample of MNIST, and become numbers when asked:
/// [`inputs`](Images::inputs) and [`one_hot`](Images::one_hot) are what a network trains on, in `f32` or
/// `f64`.
///
/// **Invariants:** one label an image, every label below `classes`, `height · width` pixels an image.
///
/// ```
/// let images = toddle_data::Images::new("two", [1, 2], vec![0, 51, 255, 102], vec![1, 0], 2)?;
/// assert_eq!(images.image(1), [255, 102]);
/// assert_eq!(images.inputs::<f32>(), [0.0, 0.2, 1.0, 0.4]);
/// assert_eq!(images.one_hot::<f32>(), [0.0, 1.0, 1.0, 0.0]);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Images {
    name: String,
    height: usize,
    width: usize,
    classes: usize,
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

impl Images {
    /// Images of `size` (height and width), one after the other and row by row, with their `labels`.
    ///
    /// **Errors:** unless the pixels are exactly those of one image a label, `classes` is 1 to 256, and every
    /// label is below it. `name` is what the message calls the set.
    ///
    /// ```
    /// use toddle_data::Images;
    /// let images = Images::new("mine", [2, 2], vec![0; 12], vec![0, 1, 2], 3)?;
    /// assert_eq!(images.len(), 3);
    /// assert!(Images::new("mine", [2, 2], vec![0; 12], vec![0, 1, 3], 3).is_err()); // 3 is not below 3
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn new(
        name: &str,
        size: [usize; 2],
        pixels: Vec<u8>,
        labels: Vec<u8>,
        classes: usize,
    ) -> Result<Images, DataError> {
        let name = name.to_owned();
        let [height, width] = size;
        let images = Images { name, height, width, classes, pixels, labels };
        if images.labels.len().saturating_mul(images.area()) != images.pixels.len() {
            let dims = [images.labels.len(), height, width];
            return Err(DataError::Pixels { name: images.name, dims, got: images.pixels.len() });
        }
        check_labels(&images.name, &images.labels, classes)?;
        Ok(images)
    }

    /// Pairs a file of images (count × height × width) with a file of labels (count). The set takes the
    /// images' name.
    ///
    /// **Errors:** if a file has another number of dimensions, if the counts differ, or as [`Images::new`].
    ///
    /// ```
    /// use toddle_data::{Idx, Images};
    /// let pixels = Idx::parse("pixels", &[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 9, 8])?;
    /// let labels = Idx::parse("labels", &[0, 0, 8, 1, 0, 0, 0, 1, 4])?;
    /// let images = Images::from_idx(pixels, labels, 10)?;
    /// assert_eq!((images.height(), images.width(), images.labels()), (1, 2, &[4][..]));
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn from_idx(images: Idx, labels: Idx, classes: usize) -> Result<Images, DataError> {
        let [count, height, width] = images.dims[..] else {
            let (name, dims) = (images.name, images.dims);
            return Err(DataError::Rank { name, role: "images", expected: "count×height×width", dims });
        };
        let [label_count] = labels.dims[..] else {
            let (name, dims) = (labels.name, labels.dims);
            return Err(DataError::Rank { name, role: "labels", expected: "count", dims });
        };
        if count != label_count {
            let (images, labels) = (images.name, labels.name);
            return Err(DataError::Counts { images, image_count: count, labels, label_count });
        }
        // `new` checks them too, but here the message names the file of labels.
        check_labels(&labels.name, &labels.bytes, classes)?;
        Images::new(&images.name, [height, width], images.bytes, labels.bytes, classes)
    }

    /// What messages call the set: a path, or the name given to [`Images::new`].
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.name(), "built-in t10k-images-idx3-ubyte.gz");
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of samples.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.len(), 10_000);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no samples.
    ///
    /// ```
    /// assert!(toddle_data::mnist().test()?.first(0)?.is_empty());
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Rows of an image.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.height(), 28);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn height(&self) -> usize {
        self.height
    }

    /// Columns of an image.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.width(), 28);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn width(&self) -> usize {
        self.width
    }

    /// The number of classes; every label is below it.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.classes(), 10);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The label of every sample.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.labels()[..4], [7, 2, 1, 0]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The pixels of sample `i`, row by row, from 0 for paper to 255 for ink in MNIST.
    ///
    /// Like indexing a slice, it panics if `i` is not below [`len`](Images::len).
    ///
    /// ```
    /// let digits = toddle_data::mnist().test()?;
    /// let seven = digits.image(0);
    /// assert_eq!(seven[7 * 28..][6..12], [84, 185, 159, 151, 60, 36]); // where its bar begins
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    #[track_caller]
    pub fn image(&self, i: usize) -> &[u8] {
        assert!(i < self.len(), "image {i} of `{}`, which holds {}", self.name, self.len());
        &self.pixels[i * self.area()..][..self.area()]
    }

    /// The first `n` samples, copied.
    ///
    /// **Errors:** if there are fewer, so that no experiment runs on less than it says.
    ///
    /// ```
    /// let digits = toddle_data::mnist().test()?;
    /// assert_eq!(digits.first(2000)?.len(), 2000);
    /// assert!(digits.first(10_001).is_err());
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn first(&self, n: usize) -> Result<Images, DataError> {
        if n > self.len() {
            return Err(DataError::TooFew { name: self.name.clone(), count: self.len(), asked: n });
        }
        let pixels = self.pixels[..n * self.area()].to_vec();
        let labels = self.labels[..n].to_vec();
        Ok(Images { name: self.name.clone(), pixels, labels, ..*self })
    }

    /// Every pixel as a number from 0 to 1, in order: samples, then rows, then columns.
    ///
    /// `x = pixel / 255`, divided in `f32` for either type and then widened, as
    /// `images.astype(np.float32) / 255` does: in `f64` the values are those of `f32`.
    ///
    /// Memory: 188 MB in `f32` and 376 MB in `f64` for MNIST's 60,000; take [`first`](Images::first) what is
    /// needed.
    ///
    /// ```
    /// let grey = toddle_data::Images::new("grey", [1, 2], vec![1, 255], vec![0], 1)?;
    /// assert_eq!(grey.inputs::<f32>(), [1.0 / 255.0, 1.0]);
    /// assert_eq!(grey.inputs::<f64>(), [f64::from(1.0_f32 / 255.0), 1.0]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn inputs<T: From<f32>>(&self) -> Vec<T> {
        self.pixels.iter().map(|&pixel| T::from(f32::from(pixel) / 255.0)).collect()
    }

    /// A row of `classes` numbers for each sample: 1 at its label, 0 elsewhere.
    ///
    /// ```
    /// let images = toddle_data::Images::new("three", [1, 1], vec![0; 3], vec![2, 0, 1], 3)?;
    /// assert_eq!(images.one_hot::<f64>(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn one_hot<T: From<f32>>(&self) -> Vec<T> {
        let row = |&label: &u8| {
            (0..self.classes).map(move |class| T::from(if class == usize::from(label) { 1.0 } else { 0.0 }))
        };
        self.labels.iter().flat_map(row).collect()
    }

    /// Pixels of one image. Saturated, it matches no pixels but those of no images.
    fn area(&self) -> usize {
        self.height.saturating_mul(self.width)
    }
}

/// Without pixels and labels, which may be millions.
impl fmt::Debug for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Images")
            .field("name", &self.name)
            .field("len", &self.len())
            .field("height", &self.height)
            .field("width", &self.width)
            .field("classes", &self.classes)
            .finish_non_exhaustive()
    }
}

fn check_labels(name: &str, labels: &[u8], classes: usize) -> Result<(), DataError> {
    let name = name.to_owned();
    if !(1..=256).contains(&classes) {
        return Err(DataError::Classes { name, classes });
    }
    match labels.iter().position(|&label| usize::from(label) >= classes) {
        Some(sample) => Err(DataError::Label { name, sample, label: labels[sample], classes }),
        None => Ok(()),
    }
}
