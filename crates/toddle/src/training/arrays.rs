//! Samples that lie in arrays of the `ndarray` crate.

use alloc::vec::Vec;

use super::{Fit, History, Nobody, Samples};
use crate::error::FitError;
use crate::{Float, Network, Shape};
use ndarray::{Array2, ArrayView, Axis, Dimension, RemoveAxis};

/// Samples in two arrays, along the first axis of each: made by [`Network::array_samples`].
///
/// The arrays may be views with any strides. A sample is copied only when the training needs it.
#[derive(Clone, Debug)]
pub struct ArraySamples<'a, T, X: Dimension, Y: Dimension> {
    inputs: ArrayView<'a, T, X>,
    targets: ArrayView<'a, T, Y>,
    /// The weight of each sample, if they have any.
    weights: Option<&'a [f64]>,
}

impl<'a, T, X: RemoveAxis, Y: RemoveAxis> ArraySamples<'a, T, X, Y> {
    /// The same samples with a weight each, as in [`InMemory::weighted`](crate::InMemory::weighted).
    ///
    /// # Errors
    /// There is not one weight for each sample.
    pub fn weighted(self, weights: &'a [f64]) -> Result<Self, FitError> {
        let samples = self.inputs.len_of(Axis(0));
        match weights.len() == samples {
            true => Ok(ArraySamples { weights: Some(weights), ..self }),
            false => Err(FitError::Unweighted { samples, weights: weights.len() }),
        }
    }
}

impl<T: Float, X: RemoveAxis + Sync, Y: RemoveAxis + Sync> Samples<T> for ArraySamples<'_, T, X, Y> {
    fn count(&self) -> usize {
        self.inputs.len_of(Axis(0))
    }

    fn input(&self, _epoch: u32, n: usize, x: &mut [T]) {
        gather(&self.inputs, n, x);
    }

    fn target(&self, n: usize, t: &mut [T]) {
        gather(&self.targets, n, t);
    }

    fn weight(&self, n: usize) -> Option<f64> {
        self.weights.map(|weights| weights[n])
    }
}

fn gather<T: Float, D: RemoveAxis>(samples: &ArrayView<'_, T, D>, n: usize, to: &mut [T]) {
    for (to, x) in to.iter_mut().zip(samples.index_axis(Axis(0), n)) {
        *to = *x;
    }
}

/// With the feature `ndarray`, which is on by default.
///
/// The first axis of an array counts the samples. The other axes have the shape that the network takes:
/// `(n, channels, height, width)` for images, or `(n, height, width)` for images with one channel, and
/// `(n, elements)` for vectors.
impl<T: Float> Network<T> {
    /// Trains the network on the samples `x` with their targets `y`, like [`fit`](Self::fit).
    ///
    /// ```
    /// use ndarray::array;
    /// use toddle::{Dense, Fit, Loss, NetworkSpec, Sgd, Shape};
    ///
    /// let mut network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f64>(0)?;
    /// // Samples in columns, as they come: a transposed view is as good as any.
    /// let x = array![[0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]];
    /// let y = array![[0.0], [2.0], [3.0], [5.0]];
    /// let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(500);
    /// network.fit_array(x.t(), y.view(), &fit)?;
    /// assert!((network.predict_array(array![[10.0, 100.0]].view())?[[0, 0]] - 320.0).abs() < 0.1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`array_samples`](Self::array_samples) and [`fit`](Self::fit).
    pub fn fit_array<X: RemoveAxis + Sync, Y: RemoveAxis + Sync>(
        &mut self,
        x: ArrayView<'_, T, X>,
        y: ArrayView<'_, T, Y>,
        fit: &Fit,
    ) -> Result<History, FitError> {
        let samples = self.array_samples(x, y)?;
        fit.run_validated(self, &samples, None, &mut Nobody)
    }

    /// The samples `x` with their targets `y`, for [`Fit::run_validated`] and a [`Trainer`](crate::Trainer).
    ///
    /// # Errors
    /// The samples or targets do not have the shape that the network takes, or their numbers differ.
    pub fn array_samples<'a, X: RemoveAxis + Sync, Y: RemoveAxis + Sync>(
        &self,
        x: ArrayView<'a, T, X>,
        y: ArrayView<'a, T, Y>,
    ) -> Result<ArraySamples<'a, T, X, Y>, FitError> {
        let inputs = self.input().samples_of("inputs", x.shape())?;
        let targets = self.output().samples_of("targets", y.shape())?;
        if inputs != targets {
            return Err(FitError::Unpaired { inputs, targets });
        }
        Ok(ArraySamples { inputs: x, targets: y, weights: None })
    }

    /// The outputs of the network for the samples `x`. Each sample has one row. In a row, images lie channel after
    /// channel.
    ///
    /// # Errors
    /// The samples do not have the shape that the network takes.
    pub fn predict_array<X: Dimension>(&self, x: ArrayView<'_, T, X>) -> Result<Array2<T>, FitError> {
        let samples = self.input().samples_of("inputs", x.shape())?;
        let gathered;
        let numbers = match x.as_slice() {
            Some(numbers) => numbers,
            None => {
                gathered = x.iter().copied().collect::<Vec<T>>();
                &gathered
            }
        };
        let y = self.predict(numbers)?;
        Ok(Array2::from_shape_vec((samples, self.output().size()), y).expect("a row for each sample"))
    }
}

/// With the feature `ndarray`, which is on by default.
impl Shape {
    /// The number of samples of this shape in an array of the shape `got`. Its first axis counts the samples. Messages call
    /// them `what`.
    ///
    /// ```
    /// use toddle::Shape;
    /// assert_eq!(Shape::image(1, 28, 28).samples_of("inputs", &[60, 28, 28])?, 60);
    /// assert!(Shape::vector(784).samples_of("inputs", &[60, 28, 28]).is_err());
    /// # Ok::<(), toddle::FitError>(())
    /// ```
    ///
    /// # Errors
    /// The array is not of samples of this shape: [`FitError::Array`].
    pub fn samples_of(self, what: &'static str, got: &[usize]) -> Result<usize, FitError> {
        let fits = |sample: &[usize]| match self {
            Shape::Image { channels, height, width } => {
                sample == [channels, height, width] || channels == 1 && sample == [height, width]
            }
            Shape::Vector(numbers) => sample == [numbers],
        };
        match got {
            [samples, sample @ ..] if fits(sample) => Ok(*samples),
            _ => Err(FitError::Array { what, got: got.to_vec(), shape: self }),
        }
    }
}
