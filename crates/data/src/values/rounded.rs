//! What is lost when numbers become `f32`.

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
