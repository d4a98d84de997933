//! Numbers and calls as C.

use std::fmt::{Display, Write};

use crate::calls::{Argument, Axis, Call, Constant, Program, Region, Rule, Side, Space};

/// The numbers in a line.
const IN_LINE: usize = 8;

/// The integers in a line.
const INTEGERS_IN_LINE: usize = 20;

/// A call as a line of C, in a network called `name`.
pub(super) fn call(program: &Program, name: &str, call: &Call) -> String {
    let constants = call.constants.iter().map(|constant| match constant {
        Constant::Array(n) | Constant::Optional(Some(n)) => format!("{name}_{}", program.constants[*n].0),
        Constant::Optional(None) => "NULL".into(),
    });
    let numbers = call.numbers.iter().map(|number| match number {
        Argument::Length(number) | Argument::Number(number) => number.to_string(),
        Argument::Float(number) => literal(*number),
        Argument::Axis(along) => axis(*along),
        Argument::Side(along) => side(*along),
    });
    let arguments: Vec<String> =
        [region(call.from)].into_iter().chain(constants).chain([region(call.to)]).chain(numbers).collect();
    format!("{}({});", call.function, arguments.join(", "))
}

/// The pointer to a region.
fn region(Region { space, begin, .. }: Region) -> String {
    let array = match space {
        Space::Input => "x",
        Space::Buffer => "v",
        Space::Output => "y",
    };
    format!("{array} + {begin}")
}

/// The windows along an axis.
pub(super) fn axis(Axis(numbers): Axis) -> String {
    format!("(axis){{{}}}", numbers.map(|number| number.to_string()).join(", "))
}

/// The places along an axis that outputs take.
pub(super) fn side(Side { input, output, rule, before }: Side) -> String {
    format!("(side){{{input}, {output}, {}, {before}}}", rule_name(rule))
}

fn rule_name(rule: Rule) -> &'static str {
    match rule {
        Rule::OutsideNothing => "OUTSIDE_NOTHING",
        Rule::OutsideReflected => "OUTSIDE_REFLECTED",
        Rule::OutsideNearest => "OUTSIDE_NEAREST",
        Rule::OutsideRepeated => "OUTSIDE_REPEATED",
        Rule::Repeated => "REPEATED",
        Rule::Linear => "LINEAR",
        Rule::LinearAligned => "LINEAR_ALIGNED",
    }
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

/// A constant array, with `spare` zeros behind its values.
pub(super) fn array(name: &str, values: &[f32], spare: usize) -> String {
    let mut text = format!("\nstatic const float {name}[{}] = {{\n", values.len() + spare);
    for line in values.chunks(IN_LINE) {
        let line: Vec<String> = line.iter().map(|value| literal(*value)).collect();
        let _ = writeln!(text, "    {},", line.join(", "));
    }
    text + "};\n"
}

/// A constant array of integers of the type `kind`.
pub(super) fn integers(kind: &str, name: &str, values: &[impl Display]) -> String {
    let mut text = format!("\nstatic const {kind} {name}[{}] = {{\n", values.len());
    for line in values.chunks(INTEGERS_IN_LINE) {
        let line: Vec<String> = line.iter().map(|value| value.to_string()).collect();
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
}
