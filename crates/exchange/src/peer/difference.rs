//! How far the answers of two programs are from one another.

use serde::Serialize;

/// The largest difference between the answers of two programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// The largest difference of two elements.
    pub absolute: f32,
    /// The same, divided by the largest element of all answers.
    pub relative: f32,
}

impl Difference {
    /// The difference between `got` and `expected`. Equal elements have no difference, and neither have two NaNs. A NaN
    /// and a number are infinitely different.
    ///
    /// ```
    /// use toddle_exchange::peer::Difference;
    ///
    /// let difference = Difference::of(&[1.0, 4.0, 0.0, 8.5], &[1.0, 4.0, 0.0, 8.0]);
    /// assert_eq!(difference, Difference { absolute: 0.5, relative: 0.0625 });
    /// ```
    pub fn of(got: &[f32], expected: &[f32]) -> Difference {
        let off = |(got, expected): (&f32, &f32)| match got == expected || got.is_nan() && expected.is_nan() {
            true => 0.0,
            false if (got - expected).is_finite() => (got - expected).abs(),
            false => f32::INFINITY,
        };
        let absolute = got.iter().zip(expected).map(off).fold(0.0, f32::max);
        let finite = expected.iter().filter(|number| number.is_finite());
        let largest = finite.fold(0.0, |largest: f32, number| largest.max(number.abs()));
        Difference { absolute, relative: if absolute == 0.0 { 0.0 } else { absolute / largest } }
    }
}
