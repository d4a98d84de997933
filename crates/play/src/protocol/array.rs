//! Arrays with the bits of the engine.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toddle::Float;

use super::Fault;

/// An array: its shape, and its elements in one of three types. In JSON the elements are the Base64 of their bytes, in
/// little-endian order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Array {
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// Elements that are bytes: the points of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub u8: Option<Packed<u8>>,
    /// Elements in `f32`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f32: Option<Packed<f32>>,
    /// Elements in `f64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f64: Option<Packed<f64>>,
}

/// Elements that are written as the Base64 of their bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Packed<E>(pub Vec<E>);

/// An element of an array, and its bytes.
trait Element: Copy + Sized {
    const BYTES: usize;
    fn write(self, to: &mut Vec<u8>);
    fn read(from: &[u8]) -> Self;
}

macro_rules! elements {
    ($($type:ident)*) => {$(
        impl Element for $type {
            const BYTES: usize = size_of::<$type>();

            fn write(self, to: &mut Vec<u8>) {
                to.extend(self.to_le_bytes());
            }

            fn read(from: &[u8]) -> Self {
                $type::from_le_bytes(std::array::from_fn(|i| from[i]))
            }
        }
    )*};
}

elements! { u8 f32 f64 }

impl<E: Element> Serialize for Packed<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(self.0.len() * E::BYTES);
        self.0.iter().for_each(|element| element.write(&mut bytes));
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de, E: Element> Deserialize<'de> for Packed<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        if !bytes.len().is_multiple_of(E::BYTES) {
            return Err(serde::de::Error::custom(format!(
                "the elements have {} bytes, which is no multiple of {}",
                bytes.len(),
                E::BYTES
            )));
        }
        Ok(Packed(bytes.chunks_exact(E::BYTES).map(E::read).collect()))
    }
}

impl Array {
    /// An array of the engine's numbers.
    pub fn of<T: Float>(shape: Vec<usize>, elements: &[T]) -> Array {
        let mut array = Array { shape, u8: None, f32: None, f64: None };
        if size_of::<T>() == size_of::<f64>() {
            array.f64 = Some(Packed(elements.iter().map(|x| x.to_f64()).collect()));
        } else {
            array.f32 = Some(Packed(elements.iter().map(|x| x.to_f64() as f32).collect()));
        }
        array
    }

    /// A picture.
    pub fn of_bytes(shape: Vec<usize>, bytes: Vec<u8>) -> Array {
        Array { shape, u8: Some(Packed(bytes)), f32: None, f64: None }
    }

    /// The elements as numbers, if there are as many as the shape says, and all are finite.
    pub fn numbers(&self) -> Result<Vec<f64>, Fault> {
        let numbers: Vec<f64> = match self {
            Array { u8: Some(Packed(bytes)), f32: None, f64: None, .. } => {
                bytes.iter().map(|&x| f64::from(x)).collect()
            }
            Array { u8: None, f32: Some(Packed(numbers)), f64: None, .. } => {
                numbers.iter().map(|&x| f64::from(x)).collect()
            }
            Array { u8: None, f32: None, f64: Some(Packed(numbers)), .. } => numbers.clone(),
            _ => {
                return Err(Fault::new(
                    "the elements of an array are not clear",
                    "one of `u8`, `f32` and `f64`",
                    "none or several",
                    "{ \"shape\": [2], \"f32\": \"AACAPwAAAEA=\" }",
                ));
            }
        };
        let expected = self.shape.iter().try_fold(1usize, |product, &axis| product.checked_mul(axis));
        if expected != Some(numbers.len()) {
            return Err(Fault::new(
                "the elements of an array do not fill its shape",
                format!("as many as the shape {:?} has", self.shape),
                format!("{} elements", numbers.len()),
                "another shape",
            ));
        }
        match numbers.iter().find(|x| !x.is_finite()) {
            Some(x) => Err(Fault::new(
                "an element of an array is not finite",
                "finite numbers",
                x.to_string(),
                "another number",
            )),
            None => Ok(numbers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_keeps_every_bit() {
        let numbers = [1.0f32, -0.1, f32::MIN_POSITIVE, 3.4e38];
        let json = serde_json::to_string(&Array::of(vec![2, 2], &numbers)).unwrap();
        let array: Array = serde_json::from_str(&json).unwrap();
        assert_eq!(array.f32, Some(Packed(numbers.to_vec())));
        assert_eq!(array.numbers().unwrap(), numbers.map(f64::from));
    }

    #[test]
    fn an_array_that_is_not_one_is_refused() {
        let refused = |json: &str| {
            let array: Result<Array, _> = serde_json::from_str(json);
            array.map_or(true, |array| array.numbers().is_err())
        };
        assert!(refused(r#"{ "shape": [3], "u8": "AP8=" }"#));
        assert!(refused(r#"{ "shape": [1], "f32": "AP8=" }"#));
        assert!(refused(r#"{ "shape": [1], "f32": "AADAfw==" }"#), "NaN");
        assert!(refused(r#"{ "shape": [1] }"#));
        assert!(refused(r#"{ "shape": [4294967296, 4294967296, 4294967296], "u8": "" }"#));
        assert!(!refused(r#"{ "shape": [2], "u8": "AP8=" }"#));
    }
}
