//! Numbers from the bytes of a file.

/// The elements in `raw`, each of `N` bytes. Bytes that are no whole element count as one, so that their number is wrong.
pub(crate) fn numbers<const N: usize, V>(raw: &[u8], convert: impl Fn([u8; N]) -> V) -> Vec<V> {
    let (whole, rest) = raw.as_chunks::<N>();
    let rest = (!rest.is_empty()).then_some([0; N]);
    whole.iter().copied().chain(rest).map(convert).collect()
}

/// The number whose bits as a half-precision number (binary16) are `bits`.
pub(crate) fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    };
    sign * size
}

/// The number whose bits as a bfloat16 are `bits`.
pub(crate) fn brain(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// The number that the shortest decimal of `value` is.
pub(crate) fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_the_numbers_of_ieee_754() {
        for (bits, number) in [
            (0x0000, 0.0),
            (0x0001, 5.9604645e-8),
            (0x03ff, 6.097_555e-5),
            (0x0400, 6.1035156e-5),
            (0x3555, 0.333_251_95),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x7c00, f32::INFINITY),
        ] {
            assert_eq!(half(bits), number, "{bits:x}");
        }
        assert!(half(0x7e00).is_nan());
        assert_eq!((brain(0x3f80), brain(0xc040)), (1.0, -3.0));
    }
}
