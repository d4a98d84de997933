//! Samples that are paired with targets.

use crate::dataset::{Dataset, Values};
use crate::error::{DataError, shape as shape_of};
use crate::halves::Report;

use super::targets::{Found, Kind, Meaning};
use super::{Array, ArrayValues};

/// The dimensions that samples may have.
const SAMPLES: &str = "count×n, count×height×width, or count×height×width×channels, of which 1, 3 or 4";

/// **Errors:** if the samples look like targets and the targets like samples.
pub(super) fn check_roles(x: &Array, y: &Array) -> Result<(), DataError> {
    let wrong = |array: &Array, role, expected| {
        Err(DataError::Rank { name: array.name.clone(), role, expected, dims: array.dims.clone() })
    };
    match (x.dims.len(), y.dims.len()) {
        (0 | 1, 3..) => wrong(x, "samples", SAMPLES),
        (_, 3..) => wrong(y, "targets", "count, or count×n"),
        _ => Ok(()),
    }
}

/// The samples `x` with the targets `y`, which mean `meaning`.
pub(super) fn pair(x: Array, y: Found, meaning: &Meaning, report: &mut Report) -> Result<Dataset, DataError> {
    let samples = samples(x, report)?;
    if samples.count != y.len() {
        return Err(DataError::Counts {
            samples: samples.name,
            sample_count: samples.count,
            target_count: y.len(),
            targets: y.name,
        });
    }
    let Samples { name, shape, values, .. } = samples;
    match (meaning, y) {
        (Meaning::Numbers(_), Found { kind: Kind::Numbers { numbers, width }, .. }) => {
            Dataset::with_numbers(&name, shape, values, numbers, width)
        }
        (Meaning::Numbers(width), y) => {
            let got = "labels of classes";
            Err(DataError::refused(
                y.name,
                format!("{width} numbers a sample"),
                got,
                "saving them as float32",
            ))
        }
        (Meaning::Classes(names), y) => {
            let labels = y.labels(names)?;
            Dataset::new(&name, shape, values, labels, names.len())?.with_class_names(names.clone())
        }
    }
}

/// An array of samples, as a data set takes it.
pub(super) struct Samples {
    pub name: String,
    pub count: usize,
    pub shape: [usize; 3],
    pub values: Values,
}

/// The samples `x`.
pub(super) fn samples(x: Array, report: &mut Report) -> Result<Samples, DataError> {
    x.check()?;
    let channels = |c: usize| matches!(c, 1 | 3 | 4);
    let (count, shape, turn) = match x.dims[..] {
        [n] => (n, [1, 1, 1], false),
        [n, size] => (n, [size, 1, 1], false),
        [n, h, w] => (n, [1, h, w], false),
        [n, h, w, c] if channels(c) => {
            if channels(h) && c > 1 {
                report.note(format!(
                    "`{}` could have its channels first or last. They were taken as last: images of {h}×{w} with {c} \
                     channels. If they are first, put them last.",
                    x.name
                ));
            }
            (n, [c, h, w], true)
        }
        [n, c, h, w] if channels(c) => (n, [c, h, w], false),
        _ => {
            let (name, dims) = (x.name, x.dims);
            return Err(DataError::Rank { name, role: "samples", expected: SAMPLES, dims });
        }
    };
    if x.dims.contains(&0) {
        return Err(DataError::Empty { name: x.name, dims: x.dims });
    }
    if turn {
        let is_byte = matches!(x.values, ArrayValues::Bytes(_));
        Array::ask(&x.name, x.values.len(), 0, is_byte, 1)?;
    }
    let values = match x.values {
        ArrayValues::Bytes(bytes) if turn => Values::Bytes(channels_first(&bytes, shape)),
        ArrayValues::Bytes(bytes) => Values::Bytes(bytes),
        ArrayValues::Whole(numbers) | ArrayValues::Numbers(numbers) if turn => {
            Values::Numbers(channels_first(&numbers, shape))
        }
        ArrayValues::Whole(numbers) | ArrayValues::Numbers(numbers) => Values::Numbers(numbers),
        ArrayValues::Words { .. } => {
            let remedy = "a number for each word, or a column of 0 and 1 for each";
            return Err(DataError::refused(
                x.name,
                "samples of numbers",
                shape_of(&x.dims) + " words",
                remedy,
            ));
        }
    };
    Ok(Samples { name: x.name, count, shape, values })
}

/// From height×width×channels to channels×height×width, sample by sample.
fn channels_first<T: Copy>(values: &[T], shape: [usize; 3]) -> Vec<T> {
    let [c, h, w] = shape;
    let sample = (c * h * w).max(1);
    let mut turned = Vec::with_capacity(values.len());
    for sample in values.chunks_exact(sample) {
        for channel in 0..c {
            turned.extend(sample[channel..].iter().step_by(c));
        }
    }
    turned
}
