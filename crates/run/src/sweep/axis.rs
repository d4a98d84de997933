//! The values of one setting.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use toddle::Float;

use super::read::MOST;

/// The values of one setting of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a list of values, or a table with `from` and `to`")]
pub enum Axis {
    /// These values.
    List(Vec<Value>),
    /// The numbers of a range.
    Range(Range),
}

/// The numbers from `from` to `to`, with both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The lowest number.
    pub from: f64,
    /// The highest number.
    pub to: f64,
    /// How numbers are spread over the range.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scale: Scale,
    /// Whether the numbers are whole.
    #[serde(default, skip_serializing_if = "is_default")]
    pub whole: bool,
    /// The number of values in a grid.
    pub steps: Option<usize>,
}

/// How numbers are spread over a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Equal differences are equally likely.
    #[default]
    Linear,
    /// Equal ratios are equally likely.
    Logarithmic,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Axis {
    /// The reason why this is no axis: what is wrong, what is expected, and what could be written.
    pub fn mistake(&self, grid: bool) -> Option<[&'static str; 3]> {
        let Axis::Range(Range { from, to, scale, steps, whole }) = self else {
            let Axis::List(values) = self else { return None };
            return values.is_empty().then_some([
                "the list has no values",
                "one value or more",
                "[0.01, 0.1]",
            ]);
        };
        let is_range = from < to && (to - from).is_finite();
        let is_whole = from.fract() == 0.0 && to.fract() == 0.0 && from.abs() < 1e15 && to.abs() < 1e15;
        match () {
            () if !is_range => {
                Some(["the range is empty", "two numbers, the lower first", "{ from = 0.01, to = 0.1 }"])
            }
            () if *whole && !is_whole => {
                Some(["the ends are not whole", "whole numbers", "{ from = 16, to = 128, whole = true }"])
            }
            () if *scale == Scale::Logarithmic && *from <= 0.0 => Some([
                "a logarithmic scale has no 0",
                "numbers above 0",
                "{ from = 0.001, to = 0.1, scale = \"logarithmic\" }",
            ]),
            () if grid && steps.is_none_or(|steps| !(2..=MOST).contains(&steps)) => Some([
                "a grid needs the number of values",
                "steps, from 2 to 10000",
                "{ from = 0.01, to = 0.1, steps = 4 }",
            ]),
            () => None,
        }
    }

    /// All values of a grid.
    pub fn grid(&self) -> Vec<Value> {
        match self {
            Axis::List(values) => values.clone(),
            Axis::Range(range) => {
                let steps = range.steps.unwrap_or(2);
                let part = |n: usize| n as f64 / (steps - 1) as f64;
                let mut values: Vec<Value> = (0..steps).map(|n| range.number(range.at(part(n)))).collect();
                values.dedup();
                values
            }
        }
    }

    /// The value at `part` of the way through the values: 0 is the beginning, and 1 is behind the end.
    pub fn value(&self, part: f64) -> Value {
        match self {
            Axis::List(values) => {
                values[((part * values.len() as f64) as usize).min(values.len() - 1)].clone()
            }
            // Each whole number gets the same share of a linear range.
            Axis::Range(range) if range.whole => {
                let wider = Range { to: range.to + 1.0, ..*range };
                range.number(wider.at(part).floor())
            }
            Axis::Range(range) => range.number(range.at(part)),
        }
    }
}

impl Range {
    /// The number at `part` of the way from the lowest number to the highest.
    fn at(&self, part: f64) -> f64 {
        let between = |from: f64, to: f64| from + part * (to - from);
        match self.scale {
            // The logarithm of an end and its exponential may differ from the end in the last bit.
            _ if part == 0.0 => self.from,
            _ if part == 1.0 => self.to,
            Scale::Linear => between(self.from, self.to),
            Scale::Logarithmic => exp(between(ln(self.from), ln(self.to))),
        }
    }

    /// A number of the range as a value of a file. People read it, so it has four digits, and more if the numbers of the range share
    /// their first digits. The ends keep all their digits.
    fn number(&self, value: f64) -> Value {
        if self.whole {
            return Value::from(value.round().clamp(self.from, self.to) as i64);
        }
        if [self.from, self.to].contains(&value) {
            return Value::from(value);
        }
        let shared = (power(value) - power(self.to - self.from)).clamp(0, 12) as usize;
        let rounded: f64 = format!("{value:.*e}", 3 + shared).parse().unwrap_or(value);
        Value::from(rounded.clamp(self.from, self.to))
    }
}

/// `eˣ`, with the same bits on every machine.
fn exp<T: Float>(x: T) -> T {
    x.exp()
}

/// The natural logarithm, with the same bits on every machine.
fn ln<T: Float>(x: T) -> T {
    x.ln()
}

/// The power of ten of the first digit.
fn power(number: f64) -> i32 {
    let written = format!("{number:e}");
    written.rsplit_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: f64, to: f64, scale: Scale, whole: bool, steps: Option<usize>) -> Axis {
        Axis::Range(Range { from, to, scale, whole, steps })
    }

    #[test]
    fn a_logarithmic_grid_has_equal_ratios() {
        let axis = range(0.001, 1.0, Scale::Logarithmic, false, Some(4));
        assert_eq!(axis.grid(), [0.001, 0.01, 0.1, 1.0].map(Value::from));
    }

    #[test]
    fn every_whole_number_gets_its_share() {
        let axis = range(2.0, 5.0, Scale::Linear, true, None);
        let counts = (0..400).map(|n| axis.value(f64::from(n) / 400.0).as_i64().expect("a whole number"));
        let mut of = [0; 6];
        counts.for_each(|value| of[value as usize] += 1);
        assert_eq!(of, [0, 0, 100, 100, 100, 100]);
    }

    #[test]
    fn values_stay_within_the_range() {
        for scale in [Scale::Linear, Scale::Logarithmic] {
            let axis = range(0.3, 0.7, scale, false, None);
            for part in [0.0, 0.5, 1.0 - f64::EPSILON] {
                let value = axis.value(part).as_f64().expect("a number");
                assert!((0.3..=0.7).contains(&value), "{value}");
            }
        }
        // The fourth digit of these ends would be rounded to a number outside.
        let near_one = range(0.99, 0.99999, Scale::Linear, false, Some(5));
        assert_eq!(near_one.grid(), [0.99, 0.992498, 0.994995, 0.997493, 0.99999].map(Value::from));
        assert_eq!(near_one.value(0.0001), Value::from(0.990001));
        assert_eq!(near_one.value(1.0 - f64::EPSILON), Value::from(0.99999));
        let ends = range(0.12345, 2.34567, Scale::Logarithmic, false, Some(2));
        assert_eq!(ends.grid(), [0.12345, 2.34567].map(Value::from));
        let words = Axis::List(vec!["tanh".into(), "relu".into()]);
        assert_eq!([0.0, 0.49, 0.5, 0.99].map(|part| words.value(part)), ["tanh", "tanh", "relu", "relu"]);
    }

    #[test]
    fn mistakes_are_found() {
        assert!(range(1.0, 1.0, Scale::Linear, false, None).mistake(false).is_some());
        assert!(range(f64::NAN, 1.0, Scale::Linear, false, None).mistake(false).is_some());
        assert!(range(0.0, 1.0, Scale::Logarithmic, false, None).mistake(false).is_some());
        assert!(range(0.5, 2.0, Scale::Linear, true, None).mistake(false).is_some());
        assert!(range(0.0, 1.0, Scale::Linear, false, None).mistake(true).is_some());
        assert!(range(0.0, 1.0, Scale::Linear, false, Some(1_000_000_000_000)).mistake(true).is_some());
        assert!(range(-f64::MAX, f64::MAX, Scale::Linear, false, None).mistake(false).is_some());
        assert!(Axis::List(Vec::new()).mistake(false).is_some());
        assert_eq!(range(0.0, 1.0, Scale::Linear, false, None).mistake(false), None);
    }
}
