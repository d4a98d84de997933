//! Which values black and white have in the numbers of pictures.

use serde::{Deserialize, Serialize};

/// The values that black and white have.
///
/// A pixel's byte `b` is the value `black + (white − black) · b / 255`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "[f32; 2]"))]
#[serde(from = "[f32; 2]", into = "[f32; 2]")]
pub struct Range {
    /// The value of black.
    pub black: f32,
    /// The value of white.
    pub white: f32,
}

/// How near a number has to be to the end of a range to reach it.
const NEAR: f32 = 0.02;

/// Ranges that begin below 0 and that pictures often have: a set of pictures that reaches both ends has it.
const SIGNED: [Range; 2] = [Range { black: -1.0, white: 1.0 }, Range { black: -0.5, white: 0.5 }];

impl Range {
    /// From 0 to 1: a byte divided by 255.
    pub const UNIT: Range = Range { black: 0.0, white: 1.0 };
    /// From 0 to 255: a byte as it is.
    pub const BYTE: Range = Range { black: 0.0, white: 255.0 };

    /// The range of pictures whose numbers go from `least` to `most`; `None` if the range is not certain.
    ///
    /// | the numbers | the range |
    /// |---|---|
    /// | from 0 or above to more than 0.5 and at most 1 | 0 to 1 |
    /// | from 0 or above to more than 127 and at most 255 | 0 to 255 |
    /// | reach −1 and 1, or −0.5 and 0.5 | −1 to 1, or −0.5 to 0.5 |
    /// | anything else, such as standardised numbers | not certain |
    ///
    /// ```
    /// use toddle_data::Range;
    /// assert_eq!(Range::of(0.0, 0.98), Some(Range::UNIT));
    /// assert_eq!(Range::of(-1.0, 1.0), Some(Range { black: -1.0, white: 1.0 }));
    /// assert_eq!(Range::of(-0.42, 2.82), None);
    /// ```
    pub fn of(least: f32, most: f32) -> Option<Range> {
        let reaches =
            |range: &Range| (least - range.black).abs() <= NEAR && (most - range.white).abs() <= NEAR;
        if least >= 0.0 && most > 0.5 && most <= 1.0 {
            Some(Range::UNIT)
        } else if least >= 0.0 && most > 127.0 && most <= 255.0 {
            Some(Range::BYTE)
        } else {
            SIGNED.into_iter().find(|range| range.holds(least, most) && reaches(range))
        }
    }

    /// The range of the same numbers divided by 255.
    ///
    /// ```
    /// use toddle_data::Range;
    /// assert_eq!(Range::BYTE.divided(), Range::UNIT);
    /// ```
    pub fn divided(self) -> Range {
        Range { black: self.black / 255.0, white: self.white / 255.0 }
    }

    /// Whether both ends are finite numbers that differ.
    pub fn is_valid(&self) -> bool {
        self.black.is_finite() && self.white.is_finite() && self.black != self.white
    }

    /// The value of a brightness from 0, black, to 1, white.
    pub fn value(&self, brightness: f32) -> f32 {
        if *self == Range::UNIT { brightness } else { self.black + (self.white - self.black) * brightness }
    }

    /// The brightness of a value, from 0, black, to 1, white.
    pub fn brightness(&self, value: f32) -> f32 {
        if *self == Range::UNIT { value } else { (value - self.black) / (self.white - self.black) }
    }

    /// The range of pictures that are arrays of bytes, divided by 255, if the bytes go up to `most`; `None` if the range is not certain.
    ///
    /// | the bytes | white |
    /// |---|---|
    /// | all 0 or 1, as in masks | 1 |
    /// | up to more than 127 | 255 |
    /// | anything else, such as up to 15 | not certain |
    pub(crate) fn of_bytes(most: f32) -> Option<Range> {
        match most {
            ..=1.0 => Some(Range::UNIT.divided()),
            ..=127.0 => None,
            _ => Some(Range::UNIT),
        }
    }

    /// Whether numbers from `least` to `most` lie within it.
    pub fn holds(&self, least: f32, most: f32) -> bool {
        let (low, high) = (self.black.min(self.white), self.black.max(self.white));
        low <= least && most <= high
    }
}

impl From<[f32; 2]> for Range {
    fn from([black, white]: [f32; 2]) -> Range {
        Range { black, white }
    }
}

impl From<Range> for [f32; 2] {
    fn from(range: Range) -> [f32; 2] {
        [range.black, range.white]
    }
}

/// `0 to 1`.
impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", self.black, self.white)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_certain_ranges_are_known() {
        for (least, most, range) in [
            (0.0, 1.0, Some(Range::UNIT)),
            (0.1, 0.7, Some(Range::UNIT)),
            (0.0, 0.4, None),
            (0.0, 255.0, Some(Range::BYTE)),
            (3.0, 200.5, Some(Range::BYTE)),
            (0.0, 100.0, None),
            (0.0, 256.0, None),
            (-1.0, 1.0, Some(Range { black: -1.0, white: 1.0 })),
            (-0.99, 0.99, Some(Range { black: -1.0, white: 1.0 })),
            (-0.5, 0.5, Some(Range { black: -0.5, white: 0.5 })),
            (-0.4, 1.0, None),
            (-1.3, 3.1, None),
        ] {
            assert_eq!(Range::of(least, most), range, "{least} to {most}");
        }
    }

    #[test]
    fn bytes_have_the_bits_of_a_division_by_255() {
        for byte in 0..=255_u8 {
            let brightness = f32::from(byte) / 255.0;
            assert_eq!(Range::UNIT.value(brightness).to_bits(), brightness.to_bits());
        }
        assert_eq!((Range::BYTE.value(0.5), Range::BYTE.brightness(127.5)), (127.5, 0.5));
    }
}
