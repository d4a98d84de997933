//! Numbers as the bytes of a file.

/// A type of numbers as files of arrays have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub kind: Kind,
    /// The bytes that a number takes.
    pub size: usize,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
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

/// What numbers are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Unsigned bytes: pixels or labels.
    Bytes,
    /// Integers of another type, or booleans as 0 and 1.
    Whole,
    /// Floating-point numbers.
    Real,
}

impl Scalar {
    pub const BYTE: Scalar = Scalar::little(Kind::Unsigned, 1);
    pub const F32: Scalar = Scalar::little(Kind::Float, 4);

    pub const fn little(kind: Kind, size: usize) -> Scalar {
        Scalar { kind, size, big_endian: false }
    }

    pub const fn big(kind: Kind, size: usize) -> Scalar {
        Scalar { kind, size, big_endian: true }
    }

    /// What numbers of this type are taken for.
    pub fn sort(self) -> Sort {
        match (self.kind, self.size) {
            (Kind::Unsigned, 1) => Sort::Bytes,
            (Kind::Float | Kind::Brain, _) => Sort::Real,
            _ => Sort::Whole,
        }
    }

    /// The type of the numbers in memory: the same one if each of its numbers is one of `f32`, otherwise `f32`.
    pub fn kept(self) -> Scalar {
        let is_f32 = self.kind == Kind::Float && self.size == 4;
        if self.size < 4 || is_f32 { self } else { Scalar::F32 }
    }

    /// Whether a number can be infinite or NaN.
    pub fn may_be_infinite(self) -> bool {
        self.sort() == Sort::Real
    }

    /// Writes the numbers in `bytes` into `to`, which is as long.
    pub fn widen(self, bytes: &[u8], to: &mut [f32]) {
        match (self.kind, self.size) {
            (Kind::Bool, _) => self.each(bytes, to, |[byte]| f32::from(u8::from(byte != 0))),
            (Kind::Unsigned, 1) => self.each(bytes, to, |[byte]| f32::from(byte)),
            (Kind::Unsigned, 2) => self.each(bytes, to, |b| f32::from(u16::from_le_bytes(b))),
            (Kind::Unsigned, 4) => self.each(bytes, to, |b| u32::from_le_bytes(b) as f32),
            (Kind::Unsigned, _) => self.each(bytes, to, |b| u64::from_le_bytes(b) as f32),
            (Kind::Signed, 1) => self.each(bytes, to, |b| f32::from(i8::from_le_bytes(b))),
            (Kind::Signed, 2) => self.each(bytes, to, |b| f32::from(i16::from_le_bytes(b))),
            (Kind::Signed, 4) => self.each(bytes, to, |b| i32::from_le_bytes(b) as f32),
            (Kind::Signed, _) => self.each(bytes, to, |b| i64::from_le_bytes(b) as f32),
            (Kind::Brain, _) => {
                self.each(bytes, to, |b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16));
            }
            (Kind::Float, 2) => self.each(bytes, to, |b| half(u16::from_le_bytes(b))),
            (Kind::Float, 4) => self.each(bytes, to, f32::from_le_bytes),
            (Kind::Float, _) => self.each(bytes, to, |b| f64::from_le_bytes(b) as f32),
        }
    }

    fn each<const N: usize>(self, bytes: &[u8], to: &mut [f32], read: impl Fn([u8; N]) -> f32) {
        for (to, &(mut chunk)) in to.iter_mut().zip(bytes.as_chunks().0) {
            if self.big_endian {
                chunk.reverse();
            }
            *to = read(chunk);
        }
    }

    /// Whether it is a floating-point number of 64 bits.
    pub fn is_double(self) -> bool {
        self.kind == Kind::Float && self.size == 8
    }

    /// Gives each floating-point number of 64 bits in `bytes`, with its place.
    pub fn doubles(self, bytes: &[u8], mut see: impl FnMut(usize, f64)) {
        for (n, &(mut chunk)) in bytes.as_chunks().0.iter().enumerate() {
            if self.big_endian {
                chunk.reverse();
            }
            see(n, f64::from_le_bytes(chunk));
        }
    }

    /// The first integer in `bytes` that `f32` does not have, and its place.
    pub fn inexact(self, bytes: &[u8]) -> Option<(usize, i128)> {
        match (self.kind, self.size) {
            (Kind::Unsigned, 4) => self.find(bytes, |b| u32::from_le_bytes(b).into()),
            (Kind::Unsigned, 8) => self.find(bytes, |b| u64::from_le_bytes(b).into()),
            (Kind::Signed, 4) => self.find(bytes, |b| i32::from_le_bytes(b).into()),
            (Kind::Signed, 8) => self.find(bytes, |b| i64::from_le_bytes(b).into()),
            _ => None,
        }
    }

    fn find<const N: usize>(self, bytes: &[u8], read: impl Fn([u8; N]) -> i128) -> Option<(usize, i128)> {
        let whole = bytes.as_chunks().0.iter().map(|&(mut chunk)| {
            if self.big_endian {
                chunk.reverse();
            }
            read(chunk)
        });
        whole.enumerate().find(|&(_, whole)| whole as f32 as i128 != whole)
    }
}

/// The number that has these bits as a `float16`: a sign, five bits of exponent and ten of fraction.
fn half(bits: u16) -> f32 {
    let (sign, rest) = (u32::from(bits & 0x8000) << 16, u32::from(bits & 0x7fff) << 13);
    let size = match bits & 0x7c00 {
        0x7c00 => rest | 0x7f80_0000,
        // The exponent counts from −15, and that of `f32` from −127.
        _ => (f32::from_bits(rest) * 2_f32.powi(112)).to_bits(),
    };
    f32::from_bits(size | sign)
}
