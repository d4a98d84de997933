//! What a cell of a table holds.

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// Nothing, or a word for it.
    Empty,
    /// A number that an `f32` has.
    Number(f32),
    /// Any other text.
    Word,
    /// What is neither a number nor a word that could be a category.
    Odd(Odd),
}

/// What is refused by name, since it would be misread as a number or as a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Odd {
    /// A date or a time.
    Date,
    /// A number with marks between its thousands. The mark, if it could be before a fraction in another table.
    Thousands(Option<char>),
    /// A number with this character before its fraction, which is not that of the table.
    Fraction(char),
    /// A number with a percent sign.
    Percent,
    /// A number with the sign of a currency.
    Currency,
    /// A hexadecimal number.
    Hexadecimal,
    /// Infinity.
    Infinite,
    /// A number too large for an `f32`.
    TooLarge,
    /// Text of several lines.
    Lines,
}

impl Odd {
    /// What it is, and what to do about it.
    pub fn described(self) -> (&'static str, &'static str) {
        match self {
            Odd::Date => ("a date or a time", "writing numbers instead (year, month, day), a column each"),
            Odd::Thousands(None) => {
                ("a number with marks between its thousands", "writing numbers without such marks")
            }
            Odd::Thousands(Some(',')) => (
                "a number with marks between its thousands, or with a decimal comma",
                "decimal = \",\", if the comma is before the fraction; or writing numbers without marks",
            ),
            Odd::Thousands(Some(_)) => (
                "a number with marks between its thousands, or with a decimal point",
                "decimal = \".\", if the point is before the fraction; or writing numbers without marks",
            ),
            Odd::Fraction(',') => ("a number with a decimal comma", "decimal = \",\""),
            Odd::Fraction(_) => ("a number with a decimal point", "decimal = \".\""),
            Odd::Percent => ("a percentage", "writing 12.5 for 12.5%"),
            Odd::Currency => ("an amount of money", "writing numbers without the currency"),
            Odd::Hexadecimal => ("a hexadecimal number", "writing decimal numbers"),
            Odd::Infinite => ("infinity", "a finite number, or an empty cell and the setting `empty`"),
            Odd::TooLarge => ("a number above 3.4e38", "a smaller unit"),
            Odd::Lines => ("text of several lines", "checking for a quote that is not closed"),
        }
    }
}

impl Cell {
    /// What `text`, without spaces around it, is in a table whose fractions begin with `decimal`.
    pub fn of(text: &str, decimal: char) -> Cell {
        if let Some(whole) = short_whole(text) {
            return Cell::Number(whole);
        }
        if is_empty(text) {
            return Cell::Empty;
        }
        match number(text, decimal) {
            Some(number) if number.is_finite() => Cell::Number(number),
            Some(_) => Cell::Odd(Odd::TooLarge),
            None => odd(text, decimal).map_or(Cell::Word, Cell::Odd),
        }
    }
}

/// Whether a cell counts as empty.
pub fn is_empty(text: &str) -> bool {
    text.len() <= 4
        && ["", "na", "n/a", "#n/a", "nan", "null", "?"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The value of a number of any size.
pub fn value(text: &str, decimal: char) -> Option<f64> {
    plain(text, decimal)?.parse().ok()
}

/// The value of a number that is the name of a class. A number of so many digits that two of them have the same value is a word, and
/// so is a number with zeros before it, as in `007`.
pub fn class_value(text: &str, decimal: char) -> Option<f64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    // Without the sign of a negative zero.
    value(text, decimal).filter(|value| value.abs() < EXACT && !has_zeros(text)).map(|value| value + 0.0)
}

/// Whether a number has zeros in front, as codes and postal codes have: `007`.
pub fn has_zeros(number: &str) -> bool {
    matches!(unsigned(number).as_bytes(), [b'0', b'0'..=b'9', ..])
}

/// Whether a cell is a number that has `decimal` before its fraction, and cannot be a whole number with marks
/// between its thousands.
pub fn has_fraction(text: &str, decimal: char) -> bool {
    text.contains(decimal) && number(text, decimal).is_some() && !is_grouped(unsigned(text), decimal)
}

/// Whether a cell is a number like `1.234`: either a fraction, or a thousand and some.
pub fn may_be_thousands(text: &str) -> bool {
    text.contains('.') && is_grouped(unsigned(text), '.')
}

/// Most cells of most tables: up to seven digits, which `f32` has exactly.
fn short_whole(text: &str) -> Option<f32> {
    if !(1..=7).contains(&text.len()) {
        return None;
    }
    let mut whole = 0_u32;
    for digit in text.bytes() {
        if !digit.is_ascii_digit() {
            return None;
        }
        whole = 10 * whole + u32::from(digit - b'0');
    }
    Some(whole as f32)
}

fn number(text: &str, decimal: char) -> Option<f32> {
    plain(text, decimal)?.parse().ok()
}

/// The number as Rust writes it. None is `inf`, `nan` or anything else with other letters than an exponent's.
fn plain(text: &str, decimal: char) -> Option<std::borrow::Cow<'_, str>> {
    // Word processors and some programs of statistics write the sign that is a minus and no hyphen.
    if let Some(size) = text.strip_prefix('−') {
        return plain(size, decimal)
            .filter(|_| !size.starts_with(['+', '-', '−']))
            .map(|size| format!("-{size}").into());
    }
    let allowed = |byte: u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'e' | b'E') || byte == decimal as u8;
    if !text.bytes().all(allowed) {
        return None;
    }
    Some(if decimal == '.' { text.into() } else { text.replace(decimal, ".").into() })
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-', '−']).unwrap_or(text)
}

fn odd(text: &str, decimal: char) -> Option<Odd> {
    let amount = unsigned(text);
    let begins_with_digit = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    if text.contains('\n') {
        return Some(Odd::Lines);
    }
    if ["inf", "infinity", "∞"].iter().any(|word| amount.eq_ignore_ascii_case(word)) {
        return Some(Odd::Infinite);
    }
    if let Some(digits) = amount.strip_prefix("0x").or_else(|| amount.strip_prefix("0X")) {
        return (!digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .then_some(Odd::Hexadecimal);
    }
    if is_date(text) {
        return Some(Odd::Date);
    }
    let is_amount = |text: &str| {
        let text = unsigned(text.trim());
        begins_with_digit(text) && text.chars().all(|c| c.is_ascii_digit() || MARKS.contains(&c))
    };
    if let Some(share) = text.strip_suffix('%') {
        return is_amount(share).then_some(Odd::Percent);
    }
    if let Some(money) = amount.strip_prefix(MONEY).or_else(|| text.strip_suffix(MONEY)) {
        return is_amount(money).then_some(Odd::Currency);
    }
    let other = if decimal == '.' { ',' } else { '.' };
    if has_thousands(amount) {
        return Some(Odd::Thousands(number(text, other).map(|_| other)));
    }
    number(text, other).is_some().then_some(Odd::Fraction(other))
}

const MONEY: [char; 4] = ['€', '$', '£', '¥'];

/// What people write between thousands.
const MARKS: [char; 8] = [',', '.', ' ', '\u{a0}', '\u{202f}', '\'', '’', '_'];

/// `1,234.5`, `1.234,5`, `1 234` and the like.
fn has_thousands(amount: &str) -> bool {
    MARKS.iter().any(|&mark| {
        let fraction = amount.rfind(|c| matches!(c, '.' | ',') && c != mark);
        let (whole, fraction) = fraction.map_or((amount, ""), |at| (&amount[..at], &amount[at + 1..]));
        is_grouped(whole, mark) && fraction.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// Whether digits stand in groups of three, all but the first, with `mark` between them.
fn is_grouped(whole: &str, mark: char) -> bool {
    let mut groups = whole.split(mark);
    let is = |group: &str, sizes: std::ops::RangeInclusive<usize>| {
        sizes.contains(&group.len()) && group.bytes().all(|digit| digit.is_ascii_digit())
    };
    let first = groups.next().is_some_and(|first| is(first, 1..=3) && !first.starts_with('0'));
    let mut others = groups.peekable();
    first && others.peek().is_some() && others.all(|group| is(group, 3..=3))
}

/// `2024-01-31`, `31.01.2024`, `01/31/2024`, `31 Jan 2024`, `2024-01`, `12:30`, and a date with a time behind it.
fn is_date(text: &str) -> bool {
    if !text.is_ascii() {
        return false;
    }
    let (day, time) = match text.split_once(['T', ' ']) {
        Some((day, time)) if time.contains(':') => (day, Some(time)),
        _ => (text, None),
    };
    match time {
        Some(time) => is_time(time) && is_day(day),
        None => is_day(day) || is_time(day),
    }
}

/// `12:30`, `12:30:15.5`, `2:30 PM`, `12:30:15Z`, `12:30:15+01:00`.
fn is_time(text: &str) -> bool {
    let clock = text.split([' ', 'Z', '+', '-']).next().unwrap_or("");
    let zone = &text[clock.len()..];
    let of_digits =
        |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
    let zone_is_right =
        zone.len() <= 12 && zone.chars().all(|c| c.is_ascii_digit() || " Z+-:APMapm".contains(c));
    let parts: Vec<&str> = clock.split('.').next().unwrap_or("").split(':').collect();
    zone_is_right && matches!(parts.len(), 2 | 3) && parts.iter().all(|part| of_digits(part))
}

fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split([' ', '-', '/', '.', ',']).filter(|part| !part.is_empty()).collect();
    if !matches!(parts.len(), 2 | 3) {
        return false;
    }
    let marks: Vec<char> = text.chars().filter(|c| "-/.".contains(*c)).collect();
    let numbers: Vec<(usize, u32)> =
        parts.iter().filter_map(|part| Some((part.len(), part.parse().ok()?))).collect();
    let is_day_and_month = |a: u32, b: u32| a.min(b) >= 1 && a.min(b) <= 12 && a.max(b) <= 31;
    let is_year = |digits: usize| digits == 4;
    match numbers[..] {
        // Numbers alone need the same mark between them: two marks for three numbers.
        [(4, _), (1 | 2, a), (1 | 2, b)] | [(1 | 2, a), (1 | 2, b), (4 | 2, _)] if parts.len() == 3 => {
            marks.len() == 2 && marks[0] == marks[1] && is_day_and_month(a, b)
        }
        [(digits, _), (2, month)] if parts.len() == 2 => {
            is_year(digits) && matches!(marks[..], ['-' | '/']) && (1..=12).contains(&month)
        }
        // With the name of a month among them.
        [(digits, _)] if parts.len() == 2 => digits <= 4 && parts.iter().any(|part| is_month(part)),
        [(a, _), (b, _)] if parts.len() == 3 => a.max(b) <= 4 && parts.iter().any(|part| is_month(part)),
        _ => false,
    }
}

fn is_month(part: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let part = part.to_ascii_lowercase();
    part.len() >= 3 && MONTHS.iter().any(|month| month.starts_with(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_either_decimal() {
        for (text, decimal, number) in [
            ("7", '.', 7.0),
            ("0012", '.', 12.0),
            ("12345678", '.', 12_345_678.0),
            ("-3.5", '.', -3.5),
            ("+.5", '.', 0.5),
            ("5.", '.', 5.0),
            ("1e-3", '.', 0.001),
            ("1.234", '.', 1.234),
            ("3,25", ',', 3.25),
            ("-1,234", ',', -1.234),
            ("2,5E3", ',', 2500.0),
            ("−12", '.', -12.0),
            ("−3,5", ',', -3.5),
        ] {
            assert_eq!(Cell::of(text, decimal), Cell::Number(number), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_named() {
        for (text, decimal, odd) in [
            ("2024-01-31", '.', Odd::Date),
            ("31.01.2024", ',', Odd::Date),
            ("31.1.24", '.', Odd::Date),
            ("01/31/2024", '.', Odd::Date),
            ("2024/01/31", '.', Odd::Date),
            ("2024-01-31T12:30:00Z", '.', Odd::Date),
            ("2024-01-31T12:30:00.123+01:00", '.', Odd::Date),
            ("2024-01-31 12:30:15", '.', Odd::Date),
            ("31 Jan 2024", '.', Odd::Date),
            ("March 5, 2024", '.', Odd::Date),
            ("5-Mar", '.', Odd::Date),
            ("2024-01", '.', Odd::Date),
            ("12:30", '.', Odd::Date),
            ("2:30 PM", '.', Odd::Date),
            ("1,234", '.', Odd::Thousands(Some(','))),
            ("-1,234,567.5", '.', Odd::Thousands(None)),
            ("1.234,5", '.', Odd::Thousands(None)),
            ("1.234", ',', Odd::Thousands(Some('.'))),
            ("1.234,5", ',', Odd::Thousands(None)),
            ("12 345", '.', Odd::Thousands(None)),
            ("12\u{a0}345", '.', Odd::Thousands(None)),
            ("1'234", '.', Odd::Thousands(None)),
            ("1_234", '.', Odd::Thousands(None)),
            ("3,14", '.', Odd::Fraction(',')),
            ("0,125", '.', Odd::Fraction(',')),
            ("3.14", ',', Odd::Fraction('.')),
            ("12.5 %", '.', Odd::Percent),
            ("$1,000", '.', Odd::Currency),
            ("-5 €", '.', Odd::Currency),
            ("0x1F", '.', Odd::Hexadecimal),
            ("-inf", '.', Odd::Infinite),
            ("Infinity", '.', Odd::Infinite),
            ("1e39", '.', Odd::TooLarge),
            ("a\nb", '.', Odd::Lines),
        ] {
            assert_eq!(Cell::of(text, decimal), Cell::Odd(odd), "{text}");
        }
    }

    #[test]
    fn words_stay_words_and_empty_cells_are_empty() {
        for text in [
            "red",
            "5more",
            "20-29",
            "1.2.3",
            "192.168.0.1",
            "e5",
            "-",
            "−",
            "−−5",
            "2001-95",
            "+",
            ".",
            "1-2-3-4",
            "may",
            "32.13.2024",
            "A 5",
            "0xyz",
            "München",
            "1 2",
            "information",
            "10:5more",
            "maybe 5",
            "%",
            "$",
        ] {
            assert_eq!(Cell::of(text, '.'), Cell::Word, "{text}");
        }
        for text in ["", "NA", "n/a", "NaN", "nan", "NULL", "?", "#N/A"] {
            assert_eq!(Cell::of(text, '.'), Cell::Empty, "{text}");
        }
    }
}
