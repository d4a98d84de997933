//! Numbers as the bytes of a file.

use crate::error::DataError;

use super::ArrayValues;

/// A type of numbers as files of arrays have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scalar {
    pub kind: Kind,
    /// The bytes that a number takes.
    pub size: usize,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A byte that is 0 or not.
    Bool,
    /// 1, 2, 4 or 8 bytes.
    Unsigned,
    /// 1, 2, 4 or 8 bytes, in two's complement.
    Signed,
    /// 2, 4 or 8 bytes, as IEEE 754 has them.
    Float,
    /// 2 bytes: the upper half of a `float32`.
    Brain,
}

impl Scalar {
    pub fn little(kind: Kind, size: usize) -> Scalar {
        Scalar { kind, size, big_endian: false }
    }

    pub fn big(kind: Kind, size: usize) -> Scalar {
        Scalar { kind, size, big_endian: true }
    }

    /// The numbers in `bytes`, which messages call `name`.
    ///
    /// **Errors:** if an integer is none that `f32` has.
    pub fn values(self, name: &str, bytes: Vec<u8>) -> Result<ArrayValues, DataError> {
        Ok(match (self.kind, self.size) {
            (Kind::Unsigned, 1) => ArrayValues::Bytes(bytes),
            (Kind::Bool, _) => {
                ArrayValues::Whole(bytes.into_iter().map(|byte| f32::from(u8::from(byte != 0))).collect())
            }
            (Kind::Unsigned, 2) => self.whole(name, &bytes, |b| u16::from_le_bytes(b).into())?,
            (Kind::Unsigned, 4) => self.whole(name, &bytes, |b| u32::from_le_bytes(b).into())?,
            (Kind::Unsigned, _) => self.whole(name, &bytes, |b| u64::from_le_bytes(b).into())?,
            (Kind::Signed, 1) => self.whole(name, &bytes, |b| i8::from_le_bytes(b).into())?,
            (Kind::Signed, 2) => self.whole(name, &bytes, |b| i16::from_le_bytes(b).into())?,
            (Kind::Signed, 4) => self.whole(name, &bytes, |b| i32::from_le_bytes(b).into())?,
            (Kind::Signed, _) => self.whole(name, &bytes, |b| i64::from_le_bytes(b).into())?,
            (Kind::Brain, _) => {
                self.float(&bytes, |b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16))
            }
            (Kind::Float, 2) => self.float(&bytes, |b| half(u16::from_le_bytes(b))),
            (Kind::Float, 4) => self.float(&bytes, f32::from_le_bytes),
            (Kind::Float, _) => self.float(&bytes, |b| f64::from_le_bytes(b) as f32),
        })
    }

    fn float<const N: usize>(self, bytes: &[u8], read: impl Fn([u8; N]) -> f32) -> ArrayValues {
        ArrayValues::Numbers(self.chunks(bytes).map(read).collect())
    }

    fn whole<const N: usize>(
        self,
        name: &str,
        bytes: &[u8],
        read: impl Fn([u8; N]) -> i128,
    ) -> Result<ArrayValues, DataError> {
        let mut numbers = Vec::with_capacity(bytes.len() / N);
        for whole in self.chunks(bytes).map(read) {
            let number = whole as f32;
            if number as i128 != whole {
                let got = format!("{whole} as value {}", numbers.len());
                let remedy = "smaller numbers, or saving the array as float32, which rounds them";
                let expected = "integers that float32 has, as all up to 16777216";
                return Err(DataError::refused(name, expected, got, remedy));
            }
            numbers.push(number);
        }
        Ok(ArrayValues::Whole(numbers))
    }

    /// The bytes of each number, the least significant first.
    fn chunks<const N: usize>(self, bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
        bytes.as_chunks().0.iter().map(move |&(mut chunk)| {
            if self.big_endian {
                chunk.reverse();
            }
            chunk
        })
    }
}

/// The number that has these bits as a `float16`: a sign, five bits of exponent and ten of fraction.
fn half(bits: u16) -> f32 {
    let (sign, exponent, fraction) = (bits >> 15, bits >> 10 & 0x1f, u32::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction as f32 * 2_f32.powi(-24),
        31 => f32::from_bits(0x7f80_0000 | fraction << 13),
        exponent => f32::from_bits((u32::from(exponent) + 112) << 23 | fraction << 13),
    };
    if sign == 1 { -size } else { size }
}
