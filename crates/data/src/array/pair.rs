//! Samples that are paired with targets.

use crate::dataset::Dataset;
use crate::error::{DataError, shape as shape_of};
use crate::halves::Report;
use crate::values::Values;

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
        (Meaning::Numbers(_), Found { name: targets, kind: Kind::Numbers { numbers, width } }) => {
            if let Some(at) = numbers.iter().position(|number| !number.is_finite()) {
                let got = format!("{} as target {} of sample {}", numbers[at], at % width, at / width);
                let remedy = "leaving such samples out";
                return Err(DataError::refused(targets, "finite numbers that fit into 32 bits", got, remedy));
            }
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
    let values = match x.values {
        ArrayValues::Numbers(values) if turn => values.reordered(channels_first(shape)),
        ArrayValues::Numbers(values) => values,
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

/// The place of each value of a sample that is height×width×channels, in the order channels×height×width.
fn channels_first([c, h, w]: [usize; 3]) -> Vec<usize> {
    (0..c).flat_map(|channel| (0..h * w).map(move |pixel| pixel * c + channel)).collect()
}
