//! Exact numbers in JSON, for `#[serde(with = "crate::checkpoint::exact")]`.
//!
//! JSON has neither infinities nor NaN. They are written as the texts `inf`, `-inf` and `NaN`.

use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number as written in JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Number {
    Finite(f64),
    Other(Name),
}

/// A number that JSON does not have.
#[derive(Serialize, Deserialize)]
pub(crate) enum Name {
    #[serde(rename = "inf")]
    Infinity,
    #[serde(rename = "-inf")]
    NegativeInfinity,
    NaN,
}

/// A type made of numbers that can be written exactly.
pub(crate) trait Exact: Sized {
    /// The same type made of [`Number`]s.
    type Written: Serialize + for<'de> Deserialize<'de>;
    fn to_written(&self) -> Self::Written;
    fn of_written(written: Self::Written) -> Self;
}

pub(crate) fn serialize<V: Exact, S: Serializer>(value: &V, serializer: S) -> Result<S::Ok, S::Error> {
    value.to_written().serialize(serializer)
}

pub(crate) fn deserialize<'de, V: Exact, D: Deserializer<'de>>(deserializer: D) -> Result<V, D::Error> {
    V::Written::deserialize(deserializer).map(V::of_written)
}

impl Exact for f64 {
    type Written = Number;

    fn to_written(&self) -> Number {
        match *self {
            x if x.is_finite() => Number::Finite(x),
            x if x.is_nan() => Number::Other(Name::NaN),
            x if x > 0.0 => Number::Other(Name::Infinity),
            _ => Number::Other(Name::NegativeInfinity),
        }
    }

    fn of_written(written: Number) -> f64 {
        match written {
            Number::Finite(x) => x,
            Number::Other(Name::NaN) => f64::NAN,
            Number::Other(Name::Infinity) => f64::INFINITY,
            Number::Other(Name::NegativeInfinity) => f64::NEG_INFINITY,
        }
    }
}

impl Exact for f32 {
    type Written = Number;

    fn to_written(&self) -> Number {
        f64::from(*self).to_written()
    }

    fn of_written(written: Number) -> f32 {
        f64::of_written(written) as f32
    }
}

impl<V: Exact> Exact for Option<V> {
    type Written = Option<V::Written>;

    fn to_written(&self) -> Self::Written {
        self.as_ref().map(V::to_written)
    }

    fn of_written(written: Self::Written) -> Self {
        written.map(V::of_written)
    }
}

impl<V: Exact> Exact for Vec<V> {
    type Written = Vec<V::Written>;

    fn to_written(&self) -> Self::Written {
        self.iter().map(V::to_written).collect()
    }

    fn of_written(written: Self::Written) -> Self {
        written.into_iter().map(V::of_written).collect()
    }
}

/// A number and a count.
impl<V: Exact> Exact for (V, usize) {
    type Written = (V::Written, usize);

    fn to_written(&self) -> Self::Written {
        (self.0.to_written(), self.1)
    }

    fn of_written(written: Self::Written) -> Self {
        (V::of_written(written.0), written.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Kept {
        #[serde(with = "crate::checkpoint::exact")]
        numbers: Vec<f64>,
        #[serde(with = "crate::checkpoint::exact")]
        best: Option<(f64, usize)>,
    }

    #[test]
    fn every_number_comes_back_with_its_bits() {
        let numbers = [0.1, -0.0, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1.0 / 3.0];
        for best in [None, Some((f64::NAN, 3)), Some((0.7, 1))] {
            let text = serde_json::to_string(&Kept { numbers: numbers.into(), best }).unwrap();
            let kept: Kept = serde_json::from_str(&text).unwrap();
            let bits = |numbers: &[f64]| Vec::from_iter(numbers.iter().map(|x| x.to_bits()));
            assert_eq!(bits(&kept.numbers), bits(&numbers), "{text}");
            let bits = |best: Option<(f64, usize)>| best.map(|(value, epoch)| (value.to_bits(), epoch));
            assert_eq!(bits(kept.best), bits(best), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for text in [r#"{ "numbers": ["1.5"], "best": null }"#, r#"{ "numbers": [null], "best": null }"#] {
            assert!(serde_json::from_str::<Kept>(text).is_err(), "{text}");
        }
    }
}
