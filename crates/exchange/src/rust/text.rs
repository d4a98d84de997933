//! Numbers and calls as Rust.

use std::fmt::Write;

use crate::calls::{Argument, Axis, Call, Constant, Program, Region, Side, Space};

/// The numbers in a line.
const IN_LINE: usize = 8;

/// A call as a line of Rust.
pub(super) fn call(program: &Program, call: &Call) -> String {
    let name = |n: &usize| program.constants[*n].0.to_uppercase();
    let constants = call.constants.iter().map(|constant| match constant {
        Constant::Array(n) => format!("&{}", name(n)),
        Constant::Optional(Some(n)) => format!("Some(&{})", name(n)),
        Constant::Optional(None) => "None".into(),
    });
    let numbers = call.numbers.iter().filter_map(|number| match number {
        // A slice knows its length.
        Argument::Length(_) => None,
        Argument::Number(number) => Some(number.to_string()),
        Argument::Float(number) => Some(literal(*number)),
        Argument::Axis(Axis([input, output, kernel, stride, dilation, padding])) => Some(format!(
            "Axis {{ input: {input}, output: {output}, kernel: {kernel}, stride: {stride}, \
             dilation: {dilation}, padding: {padding} }}"
        )),
        Argument::Side(Side { input, output, rule, before }) => Some(format!(
            "Side {{ input: {input}, output: {output}, rule: Rule::{rule:?}, before: {before} }}"
        )),
    });
    let (from, to) = (call.from, call.to);
    let within = from.space == Space::Buffer && to.space == Space::Buffer;
    let [x, y] = if within {
        ["x".to_owned(), "y".to_owned()]
    } else {
        [format!("&{}", region(from)), format!("&mut {}", region(to))]
    };
    let arguments: Vec<String> = [x].into_iter().chain(constants).chain([y]).chain(numbers).collect();
    let text = format!("{}({})", call.function, arguments.join(", "));
    match within {
        true => format!("between(v, {}, {}, |x, y| {text});", range(from), range(to)),
        false => format!("{text};"),
    }
}

/// The slice of a region.
fn region(region: Region) -> String {
    let array = match region.space {
        Space::Input => "x",
        Space::Buffer => "v",
        Space::Output => "y",
    };
    format!("{array}[{}]", range(region))
}

fn range(Region { begin, size, .. }: Region) -> String {
    format!("{begin}..{}", begin + size)
}

/// A number as an exact literal.
fn literal(number: f32) -> String {
    match number {
        _ if number.is_nan() => "f32::NAN".into(),
        f32::INFINITY => "f32::INFINITY".into(),
        f32::NEG_INFINITY => "f32::NEG_INFINITY".into(),
        _ => format!("{number:?}"),
    }
}

/// A constant array.
pub(super) fn array(indent: &str, name: &str, values: &[f32]) -> String {
    let mut text =
        format!("\n{indent}#[rustfmt::skip]\n{indent}static {name}: [f32; {}] = [\n", values.len());
    for line in values.chunks(IN_LINE) {
        let line: Vec<String> = line.iter().map(|value| literal(*value)).collect();
        let _ = writeln!(text, "{indent}    {},", line.join(", "));
    }
    text + indent + "];\n"
}
