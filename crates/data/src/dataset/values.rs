//! The numbers of all samples, in the type that they came in.

use std::fmt;

use crate::error::DataError;

/// The values of all samples, one after the other.
#[derive(Clone, PartialEq)]
pub enum Values {
    /// Pixels from 0 to 255.
    Bytes(Vec<u8>),
    /// Numbers of any size, all of them finite.
    Numbers(Vec<f32>),
}

impl Values {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Values::Bytes(bytes) => bytes.len(),
            Values::Numbers(numbers) => numbers.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that a value takes.
    pub(super) fn width(&self) -> usize {
        match self {
            Values::Bytes(_) => 1,
            Values::Numbers(_) => size_of::<f32>(),
        }
    }

    /// The divisor that turns a value into an input of a network: 255 for bytes, 1 for numbers.
    pub fn divisor(&self) -> f32 {
        match self {
            Values::Bytes(_) => 255.0,
            Values::Numbers(_) => 1.0,
        }
    }

    /// The least and the greatest of them; `None` if there are none.
    pub fn bounds(&self) -> Option<[f32; 2]> {
        match self {
            Values::Bytes(bytes) => Some([f32::from(*bytes.iter().min()?), f32::from(*bytes.iter().max()?)]),
            Values::Numbers(numbers) => {
                let least = numbers.iter().copied().reduce(f32::min)?;
                Some([least, numbers.iter().copied().reduce(f32::max)?])
            }
        }
    }

    /// The numbers as bytes, if they can only be pixels: all are whole, from 0 to 255, and one is above 1.
    ///
    /// `None` for other numbers, and for bytes, which need no change.
    ///
    /// ```
    /// use toddle_data::Values;
    /// assert_eq!(Values::from(vec![0.0, 255.0]).as_bytes_if_whole(), Some(Values::from(vec![0_u8, 255])));
    /// assert_eq!(Values::from(vec![0.0, 1.0]).as_bytes_if_whole(), None); // a share of ink, or a yes
    /// ```
    pub fn as_bytes_if_whole(&self) -> Option<Values> {
        let Values::Numbers(numbers) = self else { return None };
        let are_bytes = numbers.iter().all(|&number| number == f32::from(number as u8));
        let are_pixels = are_bytes && numbers.iter().any(|&number| number > 1.0);
        are_pixels.then(|| Values::Bytes(numbers.iter().map(|&number| number as u8).collect()))
    }

    /// The samples of `size` values at `indices`, in that order. All of them are there.
    pub(super) fn gather(&self, size: usize, indices: &[usize]) -> Values {
        match self {
            Values::Bytes(bytes) => Values::Bytes(gather(bytes, size, indices)),
            Values::Numbers(numbers) => Values::Numbers(gather(numbers, size, indices)),
        }
    }

    /// Rows and columns of `shape` changed for one another, in every channel of every sample.
    pub(super) fn transpose(&mut self, shape: [usize; 3]) {
        match self {
            Values::Bytes(bytes) => transpose(bytes, shape),
            Values::Numbers(numbers) => transpose(numbers, shape),
        }
    }
}

impl From<Vec<u8>> for Values {
    fn from(bytes: Vec<u8>) -> Values {
        Values::Bytes(bytes)
    }
}

impl From<Vec<f32>> for Values {
    fn from(numbers: Vec<f32>) -> Values {
        Values::Numbers(numbers)
    }
}

/// Without the values, which may be millions.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if matches!(self, Values::Bytes(_)) { "bytes" } else { "numbers" };
        write!(f, "{} {kind}", self.len())
    }
}

pub(super) fn gather<T: Copy>(values: &[T], size: usize, indices: &[usize]) -> Vec<T> {
    let mut gathered = Vec::with_capacity(size * indices.len());
    for &i in indices {
        gathered.extend_from_slice(&values[i * size..][..size]);
    }
    gathered
}

fn transpose<T: Copy>(values: &mut [T], [_, h, w]: [usize; 3]) {
    if values.is_empty() {
        return;
    }
    let mut old = Vec::with_capacity(h * w);
    for plane in values.chunks_exact_mut(h * w) {
        old.clear();
        old.extend_from_slice(plane);
        for iy in 0..h {
            for ix in 0..w {
                plane[ix * h + iy] = old[iy * w + ix];
            }
        }
    }
}

/// From the least, 0, to the greatest, 255; all 0 if they are the same.
pub(super) fn stretched(numbers: &[f32]) -> Vec<u8> {
    let least = numbers.iter().copied().fold(f32::INFINITY, f32::min);
    let greatest = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    // In f64, where the range of finite numbers is finite.
    let (least, range) = (f64::from(least), f64::from(greatest) - f64::from(least));
    let scale = if range > 0.0 { 255.0 / range } else { 0.0 };
    numbers.iter().map(|&x| ((f64::from(x) - least) * scale).round() as u8).collect()
}

/// `what` is `value` or `target`, of which a sample has `size`.
pub(super) fn check_finite(name: &str, what: &str, numbers: &[f32], size: usize) -> Result<(), DataError> {
    match numbers.iter().position(|number| !number.is_finite()) {
        None => Ok(()),
        Some(at) => Err(DataError::refused(
            name,
            "finite numbers, within what f32 can hold",
            format!("{} as {what} {} of sample {}", numbers[at], at % size, at / size),
            "leaving such samples out, or filling in what is missing",
        )),
    }
}
