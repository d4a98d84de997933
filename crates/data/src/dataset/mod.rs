//! Samples and what they show.

mod parts;
mod scaling;

use std::borrow::Cow;
use std::fmt;

use toddle::Scaling;

use crate::error::DataError;
use crate::values::Values;

pub(crate) use parts::drawn;

/// Samples of one shape, each with a target. A target is a label, which is the index of a class, or some numbers to be learned.
///
/// A sample has `c×h×w` values, channels first, row by row. A sample of plain numbers, such as a line of a table, has the shape
/// `n×1×1`. [`Values`] stay in the type in which they come. [`inputs`](Dataset::inputs) and [`targets`](Dataset::targets) convert
/// them to the numbers that a network trains on, in `f32` or `f64`.
///
/// **Invariants:** each sample has one target; every label is below [`classes`](Dataset::classes), and classes have different
/// names; each sample has `c·h·w` values, all of them finite.
///
/// ```
/// let images = toddle_data::Dataset::new("two", [1, 1, 2], vec![0, 51, 255, 102], vec![1, 0], 2)?;
/// assert_eq!(*images.image(1), [255, 102]);
/// assert_eq!(images.inputs::<f32>(), [0.0, 0.2, 1.0, 0.4]);
/// assert_eq!(images.one_hot::<f32>(), [0.0, 1.0, 1.0, 0.0]);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Dataset {
    name: String,
    shape: [usize; 3],
    values: Values,
    targets: Targets,
    scaling: Scaling,
    /// The weight of each sample in a training, if they have any.
    weights: Option<Vec<f32>>,
}

/// What samples ought to give.
#[derive(Clone, PartialEq)]
enum Targets {
    Labels {
        labels: Vec<u32>,
        names: Vec<String>,
    },
    Numbers {
        numbers: Vec<f32>,
        width: usize,
        /// How a number becomes a target of the network.
        scaling: Scaling,
    },
}

/// The most classes that a data set may have.
pub const MAX_CLASSES: usize = 1 << 16;

impl Dataset {
    /// Samples of `shape` (channels, height and width), one after the other, with their `labels`. The classes are
    /// called "0", "1" and so on; [`with_class_names`](Dataset::with_class_names) gives them better names.
    ///
    /// **Errors:** if there is not exactly one sample for each label, if a value is not finite, if `classes` is not from 1 to
    /// [`MAX_CLASSES`], or if a label is not below `classes`. Messages call the set `name`.
    ///
    /// ```
    /// use toddle_data::Dataset;
    /// let images = Dataset::new("mine", [1, 2, 2], vec![0; 12], vec![0, 1, 2], 3)?;
    /// assert_eq!(images.len(), 3);
    /// let table = Dataset::new("table", [2, 1, 1], vec![0.5, -1.0, 0.25, 3.0], vec![0, 1], 2)?;
    /// assert_eq!(table.inputs::<f64>()[..2], [0.5, -1.0]);
    /// assert!(Dataset::new("mine", [1, 2, 2], vec![0; 12], vec![0, 1, 3], 3).is_err()); // 3 is not below 3
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn new(
        name: &str,
        shape: [usize; 3],
        values: impl Into<Values>,
        labels: Vec<u32>,
        classes: usize,
    ) -> Result<Dataset, DataError> {
        check_labels(name, &labels, classes)?;
        let names = (0..classes).map(|class| class.to_string()).collect();
        Dataset::build(name, shape, values.into(), Targets::Labels { labels, names })
    }

    /// Samples of `shape` with `width` numbers each to be learned, as of a function or a forecast.
    ///
    /// **Errors:** if a value or a target is not finite, if values and targets are not of the same number of samples, or if
    /// `width` is 0.
    ///
    /// ```
    /// let squares = toddle_data::Dataset::with_numbers("x²", [1, 1, 1], vec![1.0, 2.0, 3.0], vec![1.0, 4.0, 9.0], 1)?;
    /// assert_eq!(squares.targets::<f64>(), [1.0, 4.0, 9.0]);
    /// assert!(squares.labels().is_empty());
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn with_numbers(
        name: &str,
        shape: [usize; 3],
        values: impl Into<Values>,
        targets: Vec<f32>,
        width: usize,
    ) -> Result<Dataset, DataError> {
        if width == 0 || !targets.len().is_multiple_of(width) {
            let expected = "one or more target numbers for each sample, as many for all";
            let got = format!("{} numbers, {width} a sample", targets.len());
            return Err(DataError::refused(name, expected, got, "checking the number of targets"));
        }
        let infinite = targets.iter().position(|x| !x.is_finite()).map(|at| (at, targets[at]));
        check_finite(name, "target", infinite, width)?;
        Dataset::build(
            name,
            shape,
            values.into(),
            Targets::Numbers { numbers: targets, width, scaling: Scaling::default() },
        )
    }

    fn build(name: &str, shape: [usize; 3], values: Values, targets: Targets) -> Result<Dataset, DataError> {
        let scaling = Scaling { divisor: values.divisor(), ..Scaling::default() };
        let dataset = Dataset { name: name.to_owned(), shape, values, targets, scaling, weights: None };
        let [c, h, w] = shape;
        if dataset.len().checked_mul(dataset.size()) != Some(dataset.values.len()) {
            let (dims, got) = ([dataset.len(), c, h, w], dataset.values.len());
            return Err(DataError::Values { name: dataset.name, dims, got });
        }
        check_finite(name, "value", dataset.values.infinite(), dataset.size())?;
        Ok(dataset)
    }

    /// The same set, its classes called by `names`.
    ///
    /// **Errors:** if the targets are not labels, or if there is not one name for each class, all of them different.
    ///
    /// ```
    /// let pets = toddle_data::Dataset::new("pets", [1, 1, 1], vec![7, 8], vec![1, 0], 2)?;
    /// let pets = pets.with_class_names(vec!["cat".to_owned(), "dog".to_owned()])?;
    /// assert_eq!(pets.class_names()[1], "dog");
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn with_class_names(mut self, names: Vec<String>) -> Result<Dataset, DataError> {
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort();
        let different = sorted.windows(2).all(|pair| pair[0] != pair[1]);
        if names.len() != self.classes() || names.is_empty() || !different {
            let expected = format!("{} names of classes, all different", self.classes());
            let got = format!("{} names: {}", names.len(), names.join(", "));
            return Err(DataError::refused(self.name, expected, got, "one name for each class"));
        }
        if let Targets::Labels { names: old, .. } = &mut self.targets {
            *old = names;
        }
        Ok(self)
    }

    /// The same set with a weight for each sample: how much the sample counts in a training.
    ///
    /// **Errors:** if there is not one weight for each sample, or if a weight is negative, infinite or NaN.
    ///
    /// ```
    /// let pets = toddle_data::Dataset::new("pets", [1, 1, 1], vec![7, 8], vec![1, 0], 2)?;
    /// let pets = pets.with_weights(vec![1.0, 0.25])?;
    /// assert_eq!(pets.weights(), Some(&[1.0, 0.25][..]));
    /// assert!(pets.with_weights(vec![1.0]).is_err());
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn with_weights(mut self, weights: Vec<f32>) -> Result<Dataset, DataError> {
        let wrong = weights.iter().position(|weight| !(*weight >= 0.0 && weight.is_finite()));
        let got = match wrong {
            Some(sample) => format!("{} for sample {sample}", weights[sample]),
            None if weights.len() == self.len() => {
                self.weights = Some(weights);
                return Ok(self);
            }
            None => format!("{} weights", weights.len()),
        };
        let expected = format!("{} weights, each a finite number, 0 or more", self.len());
        Err(DataError::refused(self.name, expected, got, "one weight for each sample"))
    }

    /// The weight of each sample, if they have any.
    pub fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    /// The same samples, each label `l` replaced by `label(l)`, which is below the number of `names`.
    pub(crate) fn relabelled(mut self, label: impl Fn(usize) -> u32, names: &[String]) -> Dataset {
        if let Targets::Labels { labels, names: old } = &mut self.targets {
            labels.iter_mut().for_each(|l| *l = label(*l as usize));
            *old = names.to_vec();
        }
        self
    }

    /// The same values with samples of another `shape` (channels, height and width), such as a line of 784 numbers as a
    /// picture.
    ///
    /// **Errors:** if the shape does not have as many values as a sample.
    ///
    /// ```
    /// let lines = toddle_data::Dataset::new("lines", [4, 1, 1], vec![1, 2, 3, 4], vec![0], 1)?;
    /// assert_eq!(lines.with_shape([1, 2, 2])?.shape(), [1, 2, 2]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn with_shape(mut self, shape: [usize; 3]) -> Result<Dataset, DataError> {
        if area(shape) != self.size() {
            let expected = format!("a shape of {} values, as a sample has", self.size());
            let got = crate::error::shape(&shape);
            let remedy = "checking the channels, the height and the width";
            return Err(DataError::refused(self.name, expected, got, remedy));
        }
        if shape[0] != self.shape[0] {
            self.scaling = Scaling { divisor: self.values.divisor(), ..Scaling::default() }; // it was one of other channels
        }
        self.shape = shape;
        Ok(self)
    }

    /// What messages call the set: a path, or the name given to [`Dataset::new`].
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
        match &self.targets {
            Targets::Labels { labels, .. } => labels.len(),
            Targets::Numbers { numbers, width, .. } => numbers.len() / width,
        }
    }

    /// Whether there are no samples.
    ///
    /// ```
    /// assert!(toddle_data::mnist().test()?.first(0)?.is_empty());
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Channels, height and width of a sample; `[n, 1, 1]` for `n` plain numbers.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.shape(), [1, 28, 28]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The number of values of one sample.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.size(), 784);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn size(&self) -> usize {
        area(self.shape)
    }

    /// Rows of an image.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.height(), 28);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn height(&self) -> usize {
        self.shape[1]
    }

    /// Columns of an image.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.width(), 28);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn width(&self) -> usize {
        self.shape[2]
    }

    /// The values as they are kept, before any scaling.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The values for changing them, if they are bytes in memory.
    pub(crate) fn bytes_mut(&mut self) -> Option<&mut [u8]> {
        self.values.bytes_mut()
    }

    /// Checks that all samples that were read so far could be read.
    ///
    /// A large array may stay in its file, as [`Array`](crate::Array) says. If the file is changed, cut short or lost afterwards, the
    /// inputs of a sample are NaN, and this function says so. Call it after samples were read, and before you use what came of
    /// them. Other data sets have no such errors.
    ///
    /// **Errors:** if a sample could not be read from its file, or was not the same as when the file was opened.
    pub fn check_read(&self) -> Result<(), DataError> {
        self.values.check_read(&self.name)
    }

    /// The number of classes; every label is below it. 0 if the targets are numbers.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.classes(), 10);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn classes(&self) -> usize {
        self.class_names().len()
    }

    /// What the classes are called. Empty if the targets are numbers.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.class_names()[7], "7");
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn class_names(&self) -> &[String] {
        match &self.targets {
            Targets::Labels { names, .. } => names,
            Targets::Numbers { .. } => &[],
        }
    }

    /// The label of every sample. Empty if the targets are numbers.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.labels()[..4], [7, 2, 1, 0]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn labels(&self) -> &[u32] {
        match &self.targets {
            Targets::Labels { labels, .. } => labels,
            Targets::Numbers { .. } => &[],
        }
    }

    /// The target numbers of all samples, one after the other. Empty if the targets are labels.
    ///
    /// ```
    /// let line = toddle_data::Dataset::with_numbers("line", [1, 1, 1], vec![1.0, 2.0], vec![3.0, 5.0], 1)?;
    /// assert_eq!(line.numbers(), [3.0, 5.0]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn numbers(&self) -> &[f32] {
        match &self.targets {
            Targets::Labels { .. } => &[],
            Targets::Numbers { numbers, .. } => numbers,
        }
    }

    /// Sample `i` as a picture to look at. Bytes stay as they are: in MNIST, 0 is paper and 255 is ink. Numbers are stretched,
    /// so that the least of the sample becomes 0 and the greatest becomes 255.
    ///
    /// Like indexing a slice, it panics if `i` is not below [`len`](Dataset::len).
    ///
    /// ```
    /// let digits = toddle_data::mnist().test()?;
    /// let seven = digits.image(0);
    /// assert_eq!(seven[7 * 28..][6..12], [84, 185, 159, 151, 60, 36]); // where its bar begins
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    #[track_caller]
    pub fn image(&self, i: usize) -> Cow<'_, [u8]> {
        self.check_index(i);
        let (size, values) = (self.size(), &self.values);
        if let Some(bytes) = values.bytes(i * size, size) {
            return Cow::Borrowed(bytes);
        }
        let mut x = vec![0.0; size];
        values.read(i * size, &mut x);
        Cow::Owned(match values.are_bytes() {
            true => x.into_iter().map(|x| x as u8).collect(),
            false => stretched(&x),
        })
    }

    /// The caption of sample `i`: the name of its class, or its target numbers.
    ///
    /// Like indexing a slice, it panics if `i` is not below [`len`](Dataset::len).
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.caption(0), "7");
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    #[track_caller]
    pub fn caption(&self, i: usize) -> String {
        self.check_index(i);
        match &self.targets {
            Targets::Labels { labels, names } => names[labels[i] as usize].clone(),
            Targets::Numbers { numbers, width, .. } => {
                let numbers = &numbers[i * width..][..*width];
                numbers.iter().map(f32::to_string).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[track_caller]
    fn check_index(&self, i: usize) {
        assert!(i < self.len(), "sample {i} of `{}`, which holds {}", self.name, self.len());
    }

    /// Every value as a number, in order: samples, then channels, rows and columns.
    ///
    /// [`Scaling`] says how a value becomes a number. By default a byte is divided by 255, and a number stays as it is. The
    /// result is computed in `f32` and then widened, as `images.astype(np.float32) / 255` is: in `f64` the values are those of
    /// `f32`.
    ///
    /// Memory: 188 MB in `f32` and 376 MB in `f64` for the 60,000 samples of MNIST. [`first`](Dataset::first) takes fewer samples,
    /// and [`write_input`](Dataset::write_input) converts one sample at a time.
    ///
    /// ```
    /// let grey = toddle_data::Dataset::new("grey", [1, 1, 2], vec![1, 255], vec![0], 1)?;
    /// assert_eq!(grey.inputs::<f32>(), [1.0 / 255.0, 1.0]);
    /// assert_eq!(grey.inputs::<f64>(), [f64::from(1.0_f32 / 255.0), 1.0]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn inputs<T: From<f32>>(&self) -> Vec<T> {
        // A set without samples may say any size.
        let mut sample = vec![0.0; if self.is_empty() { 0 } else { self.size() }];
        let mut inputs = Vec::with_capacity(self.values.len());
        for i in 0..self.len() {
            self.write_input(i, &mut sample);
            inputs.extend(sample.iter().map(|&x| T::from(x)));
        }
        inputs
    }

    /// Writes into `x` what [`inputs`](Dataset::inputs) has for sample `i`. It allocates nothing, unless the sample is read from its
    /// file: see [`check_read`](Dataset::check_read).
    ///
    /// Like indexing a slice, it panics if `i` is not below [`len`](Dataset::len), or `x` is not as long as a sample.
    ///
    /// ```
    /// let (digits, mut x) = (toddle_data::mnist().test()?.first(5)?, [0.0; 784]);
    /// digits.write_input(4, &mut x);
    /// assert_eq!(x, digits.inputs::<f32>()[4 * 784..]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    #[track_caller]
    pub fn write_input(&self, i: usize, x: &mut [f32]) {
        self.write_unscaled(i, x);
        self.scaling.standardise(x);
    }

    /// As [`write_input`](Dataset::write_input), but without the mean and the deviation of the scaling: bytes are divided by 255,
    /// and numbers stay as they are. Augmentation works on this form of a sample.
    #[track_caller]
    pub fn write_unscaled(&self, i: usize, x: &mut [f32]) {
        self.check_index(i);
        assert_eq!(x.len(), self.size(), "values of a sample of `{}`", self.name);
        self.values.read_divided(i * x.len(), x);
    }

    /// A row of `classes` numbers for each sample: 1 at the label, 0 elsewhere. Empty if the targets are numbers.
    ///
    /// ```
    /// let images = toddle_data::Dataset::new("three", [1, 1, 1], vec![0; 3], vec![2, 0, 1], 3)?;
    /// assert_eq!(images.one_hot::<f64>(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn one_hot<T: From<f32>>(&self) -> Vec<T> {
        let classes = self.classes();
        let row = |&label: &u32| {
            (0..classes).map(move |class| T::from(if class == label as usize { 1.0 } else { 0.0 }))
        };
        self.labels().iter().flat_map(row).collect()
    }

    /// The targets that a network is trained on: [`one_hot`](Dataset::one_hot), or the target numbers with their
    /// [scaling](Dataset::target_scaling).
    ///
    /// ```
    /// let line = toddle_data::Dataset::with_numbers("line", [1, 1, 1], vec![1.0, 2.0], vec![3.0, 5.0], 1)?;
    /// assert_eq!(line.targets::<f32>(), [3.0, 5.0]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn targets<T: From<f32>>(&self) -> Vec<T> {
        match &self.targets {
            Targets::Labels { .. } => self.one_hot(),
            Targets::Numbers { numbers, width, scaling } => {
                let mut numbers = numbers.clone();
                numbers.chunks_exact_mut(*width).for_each(|target| scaling.apply(target));
                numbers.into_iter().map(T::from).collect()
            }
        }
    }

    /// Writes into `t` what [`targets`](Dataset::targets) has for sample `i`, and allocates nothing.
    ///
    /// Like indexing a slice, it panics if `i` is not below [`len`](Dataset::len), or `t` is not as long as a target.
    ///
    /// ```
    /// let (digits, mut t) = (toddle_data::mnist().test()?.first(5)?, [0.5; 10]);
    /// digits.write_target(4, &mut t);
    /// assert_eq!(t, digits.targets::<f32>()[4 * 10..]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    #[track_caller]
    pub fn write_target<T: From<f32>>(&self, i: usize, t: &mut [T]) {
        self.check_index(i);
        assert_eq!(t.len(), self.target_size(), "numbers of a target of `{}`", self.name);
        match &self.targets {
            Targets::Labels { labels, .. } => {
                t.fill_with(|| T::from(0.0));
                t[labels[i] as usize] = T::from(1.0);
            }
            Targets::Numbers { numbers, width, scaling } => {
                for (place, (t, &number)) in t.iter_mut().zip(&numbers[i * width..]).enumerate() {
                    *t = T::from(scaling.of(number, place));
                }
            }
        }
    }

    /// How many numbers a target has: one for each class, or its target numbers.
    ///
    /// ```
    /// assert_eq!(toddle_data::mnist().test()?.target_size(), 10);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn target_size(&self) -> usize {
        match &self.targets {
            Targets::Labels { names, .. } => names.len(),
            Targets::Numbers { width, .. } => *width,
        }
    }
}

/// Without values and targets, which may be millions.
impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dataset")
            .field("name", &self.name)
            .field("len", &self.len())
            .field("shape", &self.shape)
            .field("classes", &self.classes())
            .field("scaling", &self.scaling)
            .finish_non_exhaustive()
    }
}

/// From the least, 0, to the greatest, 255; all 0 if they are the same.
fn stretched(numbers: &[f32]) -> Vec<u8> {
    let least = numbers.iter().copied().fold(f32::INFINITY, f32::min);
    let greatest = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    // In f64, where the range of finite numbers is finite.
    let (least, range) = (f64::from(least), f64::from(greatest) - f64::from(least));
    let scale = if range > 0.0 { 255.0 / range } else { 0.0 };
    numbers.iter().map(|&x| ((f64::from(x) - least) * scale).round() as u8).collect()
}

/// **Errors:** if there is an infinite number, or NaN, at a place. `what` is `value` or `target`, of which a sample has `size`.
fn check_finite(
    name: &str,
    what: &str,
    infinite: Option<(usize, f32)>,
    size: usize,
) -> Result<(), DataError> {
    infinite.map_or(Ok(()), |(at, number)| {
        Err(DataError::refused(
            name,
            "finite numbers, within what f32 can hold",
            format!("{number} as {what} {} of sample {}", at % size, at / size),
            "leaving such samples out, or filling in what is missing",
        ))
    })
}

fn area(shape: [usize; 3]) -> usize {
    shape.into_iter().fold(1, usize::saturating_mul)
}

fn check_labels(name: &str, labels: &[u32], classes: usize) -> Result<(), DataError> {
    let name = name.to_owned();
    if !(1..=MAX_CLASSES).contains(&classes) {
        return Err(DataError::Classes { name, classes });
    }
    match labels.iter().position(|&label| label as usize >= classes) {
        Some(sample) => Err(DataError::Label { name, sample, label: labels[sample], classes }),
        None => Ok(()),
    }
}
