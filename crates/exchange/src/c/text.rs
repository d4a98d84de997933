//! Numbers and names as C.

use std::fmt::Write;

/// The numbers in a line.
const IN_LINE: usize = 8;

/// `name` as an identifier of C.
///
/// ```
/// assert_eq!(toddle_exchange::c::identifier("mnist-99"), "mnist_99");
/// ```
pub fn identifier(name: &str) -> String {
    let mut text: String =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        text.insert_str(0, "network_");
    }
    text
}

/// A number as an exact literal.
pub(super) fn literal(number: f32) -> String {
    const FRACTION: u32 = 23;
    let bits = number.to_bits();
    let sign = if bits >> 31 == 1 { "-" } else { "" };
    let (exponent, fraction) = ((bits >> FRACTION & 0xff) as i32, bits & ((1 << FRACTION) - 1));
    match (exponent, fraction) {
        (0, 0) => format!("{sign}0.0f"),
        (255, 0) => format!("{sign}INFINITY"),
        (255, _) => "NAN".into(),
        (0, _) => format!("{sign}0x{fraction:x}p-149f"),
        // Six digits of sixteen have one bit more than the fraction.
        _ => {
            let digits = format!("{:06x}", fraction << 1);
            let digits = digits.trim_end_matches('0');
            let point = if digits.is_empty() { "" } else { "." };
            format!("{sign}0x1{point}{digits}p{}f", exponent - 127)
        }
    }
}

/// A constant array.
pub(super) fn array(name: &str, values: &[f32]) -> String {
    let mut text = format!("\nstatic const float {name}[{}] = {{\n", values.len());
    for line in values.chunks(IN_LINE) {
        let line: Vec<String> = line.iter().map(|value| literal(*value)).collect();
        let _ = writeln!(text, "    {},", line.join(", "));
    }
    text + "};\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_exact() {
        for (number, text) in [
            (0.0, "0.0f"),
            (-0.0, "-0.0f"),
            (1.0, "0x1p0f"),
            (-0.1, "-0x1.99999ap-4f"),
            (6.5, "0x1.ap2f"),
            (f32::MIN_POSITIVE, "0x1p-126f"),
            (f32::from_bits(3), "0x3p-149f"),
            (f32::MAX, "0x1.fffffep127f"),
            (f32::NEG_INFINITY, "-INFINITY"),
        ] {
            assert_eq!(literal(number), text);
        }
    }

    #[test]
    fn names_are_identifiers() {
        for (name, expected) in [
            ("lenet5", "lenet5"),
            ("mnist-99", "mnist_99"),
            ("5 Größen", "network_5_Gr__en"),
            ("", "network_"),
        ] {
            assert_eq!(identifier(name), expected);
        }
    }
}
