//! What is lost when numbers become `f32`.

use super::scalar::Scalar;
use crate::error::DataError;

/// The part of the differences between numbers that rounding may change.
const LOST: f64 = 1e-3;

/// Numbers that differ by a smaller part of their size are the same number, computed in other ways.
const NOISE: f64 = 1e-12;

/// The numbers of one column, and how rounding changes them.
#[derive(Clone, Copy, Debug)]
pub struct Rounded {
    least: f64,
    most: f64,
    /// The largest change.
    change: f64,
}

impl Rounded {
    /// No numbers yet.
    pub const NONE: Rounded = Rounded { least: f64::INFINITY, most: f64::NEG_INFINITY, change: 0.0 };

    /// Takes the next number. Returns whether rounding changes it more than all numbers before.
    pub fn see(&mut self, number: f64) -> bool {
        let change = (number - f64::from(number as f32)).abs();
        if !change.is_finite() {
            return false;
        }
        self.least = self.least.min(number);
        self.most = self.most.max(number);
        let is_larger = change > self.change;
        self.change = self.change.max(change);
        is_larger
    }

    /// Whether rounding changes a number by more than a thousandth of the differences between the numbers.
    pub fn is_lossy(&self) -> bool {
        let width = self.most - self.least;
        width > NOISE * self.least.abs().max(self.most.abs()) && self.change > LOST * width
    }
}

/// The numbers of an array on their way to `f32`. What would be lost is an error.
pub struct Narrowing<'a> {
    name: &'a str,
    /// The type in the file.
    scalar: Scalar,
    /// The count of numbers so far.
    seen: usize,
    /// For each place of a sample, or for all places of large samples. Empty for types that `f32` has room for.
    columns: Vec<Rounded>,
}

impl Narrowing<'_> {
    /// The largest samples whose places are looked at one by one.
    const MOST_COLUMNS: usize = 4096;

    /// For an array of samples of `size` numbers each, which messages call `name`.
    pub fn new(name: &str, scalar: Scalar, size: usize) -> Narrowing<'_> {
        let columns = match scalar.is_double() {
            true if size <= Narrowing::MOST_COLUMNS => size.max(1),
            true => 1,
            false => 0,
        };
        Narrowing { name, scalar, seen: 0, columns: vec![Rounded::NONE; columns] }
    }

    /// Takes the next numbers.
    ///
    /// **Errors:** if an integer is none that `f32` has, or a number is too large for it.
    pub fn see(&mut self, bytes: &[u8]) -> Result<(), DataError> {
        let Narrowing { name, scalar, seen, columns } = self;
        if let Some((place, whole)) = scalar.inexact(bytes) {
            let got = format!("{whole} as value {}", *seen + place);
            let remedy = "smaller numbers, or saving the array as float32, which rounds them";
            let expected = "integers that float32 has, as all up to 16777216";
            return Err(DataError::refused(*name, expected, got, remedy));
        }
        if !columns.is_empty() {
            let (first, count) = (*seen, columns.len());
            let mut too_large = None;
            scalar.doubles(bytes, |n, number| {
                columns[(first + n) % count].see(number);
                if number.is_finite() && (number as f32).is_infinite() {
                    too_large.get_or_insert((first + n, number));
                }
            });
            if let Some((place, number)) = too_large {
                let got = format!("{number:e} as value {place}");
                return Err(DataError::refused(
                    *name,
                    "numbers up to 3.4e38, as float32 has",
                    got,
                    "a smaller unit",
                ));
            }
        }
        *seen += bytes.len() / scalar.size;
        Ok(())
    }

    /// Ends the array.
    ///
    /// **Errors:** if numbers of 64 bits are so close together, for their size, that rounding changes their differences.
    pub fn done(self) -> Result<(), DataError> {
        let Some(column) = self.columns.iter().position(Rounded::is_lossy) else { return Ok(()) };
        let expected = "numbers that still differ if they are rounded to seven digits";
        let got = match self.columns.len() {
            1 => "numbers that are too close together for their size".to_owned(),
            _ => format!("such numbers at place {column} of the samples, counted from 0"),
        };
        let remedy = "subtracting one of the numbers from all, or another unit";
        Err(DataError::refused(self.name, expected, got, remedy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_lossy(numbers: &[f64]) -> bool {
        let mut rounded = Rounded::NONE;
        numbers.iter().for_each(|number| {
            rounded.see(*number);
        });
        rounded.is_lossy()
    }

    #[test]
    fn differences_that_rounding_changes_are_lost() {
        for numbers in
            [[1.7e9, 1.7e9 + 35.0, 1.7e9 + 2500.0], [1e9, 1e9 + 0.5, 1e9 + 1.0], [1e-300, 2e-300, 3e-300]]
        {
            assert!(is_lossy(&numbers), "{numbers:?}");
        }
        for numbers in [
            [0.1, 0.2, 0.3],
            [1e5, 1e5 + 1.0, 1e5 + 2.0],
            [0.1, 0.1, 0.1],
            [0.3, 0.1 + 0.2, 0.3],
            [0.0, 1e-20, 1.0],
        ] {
            assert!(!is_lossy(&numbers), "{numbers:?}");
        }
    }
}
