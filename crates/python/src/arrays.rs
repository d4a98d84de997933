//! Arrays of NumPy as samples of a training and as the numbers of a network.
//!
//! The package's Python side has made every array contiguous, and of a type that is known here. So nothing is copied here but bytes that
//! become numbers.

use std::borrow::Cow;
use std::ops::Range;

use numpy::{PyArray1, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use toddle::{FitError, Float, Samples, Shape};

use crate::error::{Error, Result};

/// The number type of a network, which is a type of NumPy too.
pub(crate) trait Number: Float + numpy::Element + From<f32> {}

impl Number for f32 {}
impl Number for f64 {}

/// An array that Python lends: numbers of the network's type, bytes of pixels, or numbers of classes.
pub(crate) enum Lent<'py, T: numpy::Element> {
    Numbers(PyReadonlyArrayDyn<'py, T>),
    Bytes(PyReadonlyArrayDyn<'py, u8>),
    Labels(PyReadonlyArrayDyn<'py, u32>),
}

impl<'py, T: Number> Lent<'py, T> {
    pub(crate) fn new(array: &Bound<'py, PyAny>) -> Result<Self> {
        if let Ok(numbers) = array.cast::<PyArrayDyn<T>>() {
            return Ok(Lent::Numbers(borrowed(numbers)?));
        }
        if let Ok(bytes) = array.cast::<PyArrayDyn<u8>>() {
            return Ok(Lent::Bytes(borrowed(bytes)?));
        }
        if let Ok(labels) = array.cast::<PyArrayDyn<u32>>() {
            return Ok(Lent::Labels(borrowed(labels)?));
        }
        Err(PyTypeError::new_err(format!("an array of {}, uint8 or uint32 is expected", T::NAME)).into())
    }

    /// The elements, without Python.
    pub(crate) fn elements(&self) -> Result<Elements<'_, T>> {
        Ok(match self {
            Lent::Numbers(array) => Elements::Numbers(contiguous(array)?),
            Lent::Bytes(array) => Elements::Bytes(contiguous(array)?),
            Lent::Labels(array) => Elements::Labels(contiguous(array)?),
        })
    }

    pub(crate) fn shape(&self) -> &[usize] {
        match self {
            Lent::Numbers(array) => array.shape(),
            Lent::Bytes(array) => array.shape(),
            Lent::Labels(array) => array.shape(),
        }
    }
}

fn borrowed<'py, E: numpy::Element>(array: &Bound<'py, PyArrayDyn<E>>) -> Result<PyReadonlyArrayDyn<'py, E>> {
    array.try_readonly().map_err(|error| PyErr::from(error).into())
}

fn contiguous<'a, E: numpy::Element>(array: &'a PyReadonlyArrayDyn<'_, E>) -> Result<&'a [E]> {
    array.as_slice().map_err(|error| PyErr::from(error).into())
}

/// The elements of an array.
#[derive(Clone, Copy)]
pub(crate) enum Elements<'a, T> {
    Numbers(&'a [T]),
    Bytes(&'a [u8]),
    Labels(&'a [u32]),
}

impl<'a, T: Number> Elements<'a, T> {
    /// Writes the elements of `range` as numbers. Bytes are divided by 255, as those of data sets are.
    fn write(self, range: Range<usize>, to: &mut [T]) {
        match self {
            Elements::Numbers(numbers) => to.copy_from_slice(&numbers[range]),
            Elements::Bytes(bytes) => {
                for (to, &byte) in to.iter_mut().zip(&bytes[range]) {
                    *to = <T as From<f32>>::from(f32::from(byte) / 255.0);
                }
            }
            Elements::Labels(labels) => {
                for (to, &label) in to.iter_mut().zip(&labels[range]) {
                    *to = T::from_f64(f64::from(label));
                }
            }
        }
    }

    /// The elements of `range` as numbers.
    pub(crate) fn numbers(self, range: Range<usize>) -> Cow<'a, [T]> {
        match self {
            Elements::Numbers(numbers) => Cow::Borrowed(&numbers[range]),
            _ => {
                let mut numbers = vec![T::ZERO; range.len()];
                self.write(range, &mut numbers);
                Cow::Owned(numbers)
            }
        }
    }
}

/// Samples in two arrays.
pub(crate) struct Paired<'a, T> {
    count: usize,
    inputs: Elements<'a, T>,
    targets: Elements<'a, T>,
    /// The number of elements of an input, and of a target.
    sizes: (usize, usize),
    /// Whether a target is the number of a class.
    one_hot: bool,
    /// The factor of the loss of each sample.
    weights: Option<&'a [f64]>,
}

impl<'a, T: Number> Paired<'a, T> {
    /// The samples `x` with their targets `y`, for a network with such inputs and outputs. Targets of one axis, for a network with several outputs, are
    /// numbers of classes.
    pub(crate) fn new(
        (input, output): (Shape, Shape),
        x: &'a Lent<'_, T>,
        y: &'a Lent<'_, T>,
    ) -> Result<Self> {
        let count = input.samples_of("inputs", x.shape())?;
        let (inputs, targets) = (x.elements()?, y.elements()?);
        let one_hot = matches!((targets, output, y.shape()), (Elements::Labels(_), Shape::Vector(2..), [_]));
        let others = match (y.shape(), output) {
            ([others], _) if one_hot => *others,
            ([others], Shape::Vector(1)) => *others,
            (shape, output) => output.samples_of("targets", shape)?,
        };
        if count != others {
            return Err(FitError::Unpaired { inputs: count, targets: others }.into());
        }
        if let (Elements::Labels(labels), true) = (targets, one_hot)
            && let Some(at) = labels.iter().position(|&label| label as usize >= output.size())
        {
            let expected = format!(
                "classes from 0 to {}, since the network has {} outputs",
                output.size() - 1,
                output.size()
            );
            let got = format!("{} as the target of sample {at}", labels[at]);
            return Err(Error::refused(
                "the targets have a class that the network does not know",
                &expected,
                &got,
                "a last layer with an output for each class",
            ));
        }
        Ok(Paired { count, inputs, targets, sizes: (input.size(), output.size()), one_hot, weights: None })
    }

    /// The same samples with a weight each.
    pub(crate) fn weighted(self, weights: Option<&'a [f64]>) -> Result<Self> {
        match weights {
            Some(weights) if weights.len() != self.count => {
                Err(FitError::Unweighted { samples: self.count, weights: weights.len() }.into())
            }
            _ => Ok(Paired { weights, ..self }),
        }
    }
}

impl<T: Number> Samples<T> for Paired<'_, T> {
    fn count(&self) -> usize {
        self.count
    }

    fn input(&self, _epoch: u32, n: usize, x: &mut [T]) {
        let size = self.sizes.0;
        self.inputs.write(n * size..(n + 1) * size, x);
    }

    fn target(&self, n: usize, t: &mut [T]) {
        match self.targets {
            Elements::Labels(labels) if self.one_hot => {
                t.fill(T::ZERO);
                t[labels[n] as usize] = T::from_f64(1.0);
            }
            targets => targets.write(n * self.sizes.1..(n + 1) * self.sizes.1, t),
        }
    }

    fn weight(&self, n: usize) -> Option<f64> {
        self.weights.map(|weights| weights[n])
    }

    fn inputs_in_memory(&self, samples: Range<usize>) -> Option<&[T]> {
        match self.inputs {
            Elements::Numbers(numbers) => {
                Some(&numbers[samples.start * self.sizes.0..samples.end * self.sizes.0])
            }
            _ => None,
        }
    }
}

/// A new array of so many samples of `shape`.
pub(crate) fn array<'py, T: Number>(
    py: Python<'py>,
    numbers: &[T],
    samples: usize,
    shape: Shape,
) -> Result<Bound<'py, PyArrayDyn<T>>> {
    match shape {
        Shape::Vector(size) => shaped(py, numbers, &[samples, size]),
        Shape::Image { channels, height, width } => shaped(py, numbers, &[samples, channels, height, width]),
    }
}

/// A new array of this shape, in memory of NumPy.
pub(crate) fn shaped<'py, E: numpy::Element + Copy>(
    py: Python<'py>,
    elements: &[E],
    shape: &[usize],
) -> Result<Bound<'py, PyArrayDyn<E>>> {
    Ok(PyArray1::from_slice(py, elements).reshape(shape.to_vec())?)
}
