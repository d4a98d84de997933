//! Numbers as integers: the scale of a value, and factors as a multiplication and a shift.

/// The least and the greatest integer of eight bits.
const LEAST: f64 = i8::MIN as f64;
const GREATEST: f64 = i8::MAX as f64;

/// A narrower range is that of a value which is always 0.
const NARROWEST: f64 = 1e-30;

/// What the integers of a value mean: the number of `q` is `step · (q − zero)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    pub step: f64,
    pub zero: i32,
}

impl Scale {
    /// The scale whose integers reach from the least to the greatest number of a range. The range is widened, so that it
    /// has 0. A range of 0 alone becomes that from 0 to 1.
    pub fn of([least, greatest]: [f64; 2]) -> Scale {
        let (least, mut greatest) = (least.min(0.0), greatest.max(0.0));
        if greatest - least < NARROWEST {
            greatest = 1.0;
        }
        let step = (greatest - least) / (GREATEST - LEAST);
        Scale { step, zero: (LEAST - least / step).round().clamp(LEAST, GREATEST) as i32 }
    }

    /// The integer nearest to a number. Numbers outside the range become the least or the greatest integer.
    pub fn integer(self, number: f64) -> i8 {
        (number / self.step + f64::from(self.zero)).round().clamp(LEAST, GREATEST) as i8
    }

    /// The number that an integer means.
    pub fn number(self, integer: i8) -> f64 {
        self.step * f64::from(i32::from(integer) - self.zero)
    }
}

/// A factor: `factor / 2^shift`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Factor {
    pub factor: i32,
    /// 1 to 62.
    pub shift: u8,
}

impl Factor {
    /// The factor nearest to `ratio`, which is 0 or more, with 31 bits.
    pub fn of(ratio: f64) -> Factor {
        // A sum is below 2³¹, so that a smaller ratio always gives 0. A greater one always saturates.
        const SMALLEST: f64 = 1.0 / (1u64 << 32) as f64;
        const LARGEST: f64 = (1 << 29) as f64;
        if ratio < SMALLEST {
            return Factor { factor: 0, shift: 1 };
        }
        let mut shift = 1;
        let mut scaled = 2.0 * ratio.min(LARGEST);
        while scaled.round() < (1 << 30) as f64 {
            scaled *= 2.0;
            shift += 1;
        }
        Factor { factor: scaled.round() as i32, shift }
    }

    /// The factor nearest to a ratio that may be negative.
    pub fn of_any(ratio: f64) -> Factor {
        let Factor { factor, shift } = Factor::of(ratio.abs());
        Factor { factor: if ratio < 0.0 { -factor } else { factor }, shift }
    }

    /// Another ratio with the shift of this factor, which is not smaller.
    pub fn beside(self, ratio: f64) -> i32 {
        (ratio * 2f64.powi(i32::from(self.shift))).round() as i32
    }
}

/// `product / 2^shift + zero`, rounded to the nearest integer and saturated. Halves are rounded away from 0.
pub(crate) fn rounded(product: i64, shift: u8, zero: i32) -> i8 {
    let half = 1 << (shift - 1);
    let integer = if product < 0 { -((half - product) >> shift) } else { (product + half) >> shift };
    (integer + i64::from(zero)).clamp(i64::from(i8::MIN), i64::from(i8::MAX)) as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_reach_from_the_least_to_the_greatest_number() {
        let scale = Scale::of([-1.0, 4.1]);
        assert_eq!((scale.integer(-1.0), scale.integer(0.0), scale.integer(4.1)), (-128, -78, 127));
        assert_eq!((scale.integer(-9.0), scale.integer(9.0)), (-128, 127));
        assert_eq!(scale.number(-78), 0.0);
        // The range is widened to 0.
        assert_eq!(Scale::of([2.0, 5.1]), Scale::of([0.0, 5.1]));
        assert_eq!(Scale::of([-5.1, -2.0]).zero, 127);
        assert_eq!(Scale::of([0.0, 0.0]), Scale { step: 1.0 / 255.0, zero: -128 });
    }

    #[test]
    fn factors_have_31_bits() {
        for ratio in [1.0, 0.75, 1e-9, 0.3333, 123.4, 0.9999999999, (1 << 29) as f64] {
            let Factor { factor, shift } = Factor::of(ratio);
            assert!(factor >= 1 << 30, "{ratio}");
            let got = f64::from(factor) / 2f64.powi(i32::from(shift));
            assert!((got / ratio - 1.0).abs() < 1e-9, "{ratio} became {got}");
        }
        assert_eq!(Factor::of(0.0), Factor { factor: 0, shift: 1 });
        assert_eq!(Factor::of(1e-10).factor, 0);
        assert_eq!(Factor::of(1e300), Factor::of((1 << 29) as f64));
        assert_eq!(Factor::of(1.0).beside(0.5), Factor::of(1.0).factor / 2);
    }

    #[test]
    fn halves_are_rounded_away_from_0() {
        for (product, expected) in
            [(5, 3), (4, 2), (3, 2), (1, 1), (0, 0), (-1, -1), (-2, -1), (-3, -2), (-5, -3)]
        {
            assert_eq!(rounded(product, 1, 0), expected, "{product} / 2");
        }
        assert_eq!((rounded(7, 3, 10), rounded(-11, 3, 10)), (11, 9));
    }

    #[test]
    fn large_numbers_saturate() {
        assert_eq!((rounded(1 << 62, 1, 0), rounded(-(1 << 62), 1, 0)), (127, -128));
        // The largest shift and the largest product do not overflow.
        assert_eq!((rounded(1 << 62, 62, 0), rounded(-(1 << 62), 62, 0)), (1, -1));
        assert_eq!((rounded(1 << 40, 1, -128), rounded(-(1 << 40), 1, 127)), (127, -128));
    }
}
