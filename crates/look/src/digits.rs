//! Numbers with few digits, for people. Files and `--json` have all digits.

/// Significant digits.
const DIGITS: i32 = 4;
/// The range of powers of ten in which a number is written without an exponent.
const LEAST: i32 = -4;
const MOST: i32 = 5;

/// Four significant digits, and all digits before the decimal point for a number below a million: `0.0006546`, `12.35`,
/// `123457`, `1.234e-9`.
pub fn significant(number: f64) -> String {
    let (rounded, Some(power)) = rounded(number) else { return number.to_string() };
    match power {
        LEAST..=MOST => format!("{number:.*}", (DIGITS - 1 - power).max(0) as usize),
        _ => rounded,
    }
}

/// Like [`significant`], without zeros at the end, for a number that a person has chosen: `0.05`, `1e-7`.
pub fn short(number: f64) -> String {
    let (rounded, Some(power)) = rounded(number) else { return number.to_string() };
    let number: f64 = rounded.parse().unwrap_or(number);
    if (LEAST..=MOST).contains(&power) { number.to_string() } else { format!("{number:e}") }
}

/// The number in scientific notation, with its power of ten unless the number is zero or not finite.
fn rounded(number: f64) -> (String, Option<i32>) {
    let rounded = format!("{number:.*e}", DIGITS as usize - 1);
    let power = rounded.rsplit_once('e').and_then(|(_, power)| power.parse().ok());
    (rounded, power.filter(|_| number != 0.0))
}

/// `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_digits_as_are_read() {
        for (number, text) in [
            (0.0006546040013790374, "0.0006546"),
            (12.3456, "12.35"),
            (1.2344e-9, "1.234e-9"),
            (0.25, "0.2500"),
            (9.99996, "10.00"),
            (-0.123456, "-0.1235"),
            (99999.5, "100000"),
            (123456.7, "123457"),
            (1234567.0, "1.235e6"),
            (0.0000999, "9.990e-5"),
            (0.0, "0"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(significant(number), text);
        }
        for (number, text) in
            [(0.05, "0.05"), (1e-7, "1e-7"), (0.00123456, "0.001235"), (1.0, "1"), (0.0, "0"), (3e6, "3e6")]
        {
            assert_eq!(short(number), text);
        }
    }
}
