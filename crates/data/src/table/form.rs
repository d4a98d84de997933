//! How the text of a table is parted: delimiter, decimal, and whether the first row is names.

use super::cell::{self, Cell, Odd};
use super::settings::TableSettings;
use super::sheet::{Rows, Sheet};
use super::text::Text;
use crate::error::DataError;

/// What may stand between columns, the likeliest first: a comma may also be a decimal, and the others hardly ever
/// stand as often in every row.
pub const DELIMITERS: [char; 4] = ['\t', ';', '|', ','];

/// How many rows say which the delimiter is.
const FIRST_ROWS: usize = 20;

/// How many rows say whether the first one is like them.
const COMPARED: usize = 1000;

/// The rows of `text` as the settings say, and where they say nothing, as the text itself does. The note says how.
pub fn sheet(text: Text, settings: &TableSettings) -> Result<(Sheet, String), DataError> {
    check(&text.name, settings)?;
    let delimiter = match settings.delimiter.or(text.separator) {
        Some(delimiter) => delimiter,
        None => delimiter(&text, &DELIMITERS, settings.decimal)?,
    };
    let decimal = match settings.decimal {
        Some(decimal) => decimal,
        None if delimiter == ',' => '.',
        None => decimal_of_new(&text, delimiter)?,
    };
    let mut sheet = Sheet::new(text, delimiter, decimal)?;
    let (header, reason) = match settings.header {
        Some(header) => (header, ""),
        None => header(&sheet)?,
    };
    let note = note(settings, &sheet, header, reason);
    if header {
        sheet.take_names()?;
    }
    Ok((sheet, note))
}

fn check(name: &str, settings: &TableSettings) -> Result<(), DataError> {
    if let Some(delimiter) = settings.delimiter.filter(|&delimiter| !is_delimiter(delimiter)) {
        let expected = "a character that is no part of numbers or words, such as , ; | or a tab";
        let got = format!("delimiter = {:?}", delimiter.to_string());
        return Err(DataError::refused(name, expected, got, "one of these"));
    }
    match settings.decimal {
        None | Some('.' | ',') => Ok(()),
        Some(decimal) => {
            let got = format!("decimal = {:?}", decimal.to_string());
            Err(DataError::refused(name, "decimal = \".\" or \",\"", got, "one of these"))
        }
    }
}

pub fn is_delimiter(delimiter: char) -> bool {
    delimiter.is_ascii()
        && !delimiter.is_ascii_alphanumeric()
        && !matches!(delimiter, '"' | '\r' | '\n' | '\0' | '.' | '+' | '-')
}

/// Which of some characters parts the first rows into as many columns each, two or more. If none does, the one that
/// parts most of them so, or else the comma.
pub fn delimiter(text: &Text, candidates: &[char], decimal: Option<char>) -> Result<char, DataError> {
    let mut best = (',', 0);
    for &candidate in candidates.iter().filter(|&&candidate| Some(candidate) != decimal) {
        let (mut rows, mut widths) = (Rows::new(text, candidate), Vec::new());
        while let Some(row) = rows.next()?.filter(|_| widths.len() < FIRST_ROWS) {
            widths.push(row.width());
        }
        let alike = |width: usize| widths.iter().filter(|&&other| other == width).count();
        let most = widths.iter().filter(|&&width| width > 1).map(|&width| alike(width)).max().unwrap_or(0);
        if most > 0 && most == widths.len() {
            return Ok(candidate);
        }
        if most > best.1 {
            best = (candidate, most);
        }
    }
    Ok(best.0)
}

/// The decimal of a table: the one before fractions if all are alike, or else `usual`.
pub fn decimal(text: &Text, delimiter: char, usual: char) -> Result<char, DataError> {
    Ok(Fractions::of(text, delimiter)?.decimal().unwrap_or(usual))
}

/// The decimal of a table of which nothing is known.
///
/// **Errors:** if semicolons are the delimiter, as where decimals are commas, and each number with a point could as well
/// have it between its thousands.
fn decimal_of_new(text: &Text, delimiter: char) -> Result<char, DataError> {
    let fractions = Fractions::of(text, delimiter)?;
    match (fractions.decimal(), fractions.unclear) {
        (Some(decimal), _) => Ok(decimal),
        (None, Some((line, number))) if delimiter == ';' && !fractions.commas && !fractions.points => {
            let got = format!("`{number}` in line {line}, which may be either");
            let remedy = "decimal = \".\"; or no marks between thousands";
            Err(DataError::refused(&text.name, "decimals, or marks between thousands", got, remedy))
        }
        _ => Ok('.'),
    }
}

/// What is before the fractions of numbers.
#[derive(Default)]
struct Fractions {
    commas: bool,
    points: bool,
    /// The first number whose point could stand between thousands.
    unclear: Option<(u64, String)>,
}

impl Fractions {
    fn of(text: &Text, delimiter: char) -> Result<Fractions, DataError> {
        let mut fractions = Fractions::default();
        let mut rows = Rows::new(text, delimiter);
        while let Some(row) = rows.next()? {
            for text in row.cells() {
                fractions.commas |= cell::has_fraction(text, ',');
                fractions.points |= cell::has_fraction(text, '.');
                if fractions.unclear.is_none() && cell::may_be_thousands(text) {
                    fractions.unclear = Some((row.line, text.to_owned()));
                }
            }
        }
        Ok(fractions)
    }

    fn decimal(&self) -> Option<char> {
        match (self.commas, self.points) {
            (true, false) => Some(','),
            (false, true) => Some('.'),
            _ => None,
        }
    }
}

/// How a cell of the first row stands to those below it.
#[derive(Debug, Clone, Copy, Default)]
struct Below {
    numbers: bool,
    words: bool,
    same: bool,
}

/// Whether the first row is names, and why.
fn header(sheet: &Sheet) -> Result<(bool, &'static str), DataError> {
    let mut rows = sheet.rows()?;
    let Some(row) = rows.next()? else { return Ok((false, "")) };
    let line = row.line;
    let first: Vec<String> = row.cells().map(str::to_owned).collect();
    let kinds: Vec<Cell> = first.iter().map(|text| Cell::of(text, sheet.decimal)).collect();
    let is_number = |kind: &Cell| matches!(kind, Cell::Number(_));
    let mut below = vec![Below::default(); sheet.width];
    for _ in 0..COMPARED {
        let Some(row) = rows.next()? else { break };
        // Names that come again, as where files were joined, are no data.
        let is_first = row.cells().eq(first.iter().map(String::as_str));
        for ((below, text), first) in below.iter_mut().zip(row.cells()).zip(&first) {
            match Cell::of(text, sheet.decimal) {
                _ if is_first => {}
                Cell::Empty => {}
                Cell::Number(_) => below.numbers = true,
                Cell::Word | Cell::Odd(_) => below.words = true,
            }
            below.same |= !text.is_empty() && text == first;
        }
    }
    if kinds.iter().all(is_number) {
        let is_above_words = below.iter().any(|below| below.words && !below.numbers);
        return Ok(match (counts_columns(&kinds), is_above_words) {
            (true, true) => (true, "it counts the columns, above a column of words"),
            (true, false) => (false, "all of its cells are numbers, although they count the columns"),
            (false, _) => (false, "all of its cells are numbers"),
        });
    }
    let columns = || kinds.iter().zip(&below);
    let of_numbers = || columns().filter(|(_, below)| below.numbers && !below.words).map(|(kind, _)| kind);
    let named = of_numbers().any(|kind| matches!(kind, Cell::Word | Cell::Odd(Odd::Date)));
    let fraction = of_numbers().any(|kind| matches!(kind, Cell::Number(number) if number.fract() != 0.0));
    if named && fraction {
        let expected = "a first row of names, or of cells like those below";
        let got = format!("names and numbers in line {line}: {}", first.join(", "));
        return Err(sheet.refused(expected, got, "header = true or header = false; or checking that line"));
    }
    if named {
        return Ok((true, "words above columns of numbers"));
    }
    if fraction {
        return Ok((false, "its numbers stand above numbers"));
    }
    if columns().any(|(kind, below)| !is_number(kind) && below.same) {
        return Ok((false, "its words come again below"));
    }
    let whole: Vec<f32> = kinds
        .iter()
        .filter_map(|kind| match kind {
            Cell::Number(number) => Some(*number),
            _ => None,
        })
        .collect();
    if whole.is_empty() {
        return Ok((true, "words that do not come again below"));
    }
    // Counted columns, or years: `kind, 0, 1, 2` and `land, 2019, 2021` are names.
    let count_on = |pair: &[f32]| {
        pair[1] == pair[0] + 1.0 || (is_year(pair[0]) && is_year(pair[1]) && pair[0] < pair[1])
    };
    if whole.len() > 1 && whole.windows(2).all(count_on) {
        return Ok((true, "words, and numbers that count on"));
    }
    Ok((false, "its numbers stand above numbers"))
}

/// Whether cells are 0, 1, 2 and so on, or begin with 1, as pandas and others number columns that have no names.
fn counts_columns(kinds: &[Cell]) -> bool {
    let counts_from =
        |first: usize| kinds.iter().zip(first..).all(|(kind, place)| *kind == Cell::Number(place as f32));
    kinds.len() > 1 && (counts_from(0) || counts_from(1))
}

fn is_year(number: f32) -> bool {
    (1800.0..2200.0).contains(&number)
}

/// One line on how the table was parted; settings that the user gave are not repeated.
fn note(settings: &TableSettings, sheet: &Sheet, header: bool, reason: &str) -> String {
    let mut parts = Vec::new();
    if settings.header.is_none() {
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        parts.push(match header {
            true => format!("the first row is names{reason}; header = false makes it data"),
            false => format!("the first row is data{reason}; header = true makes it names"),
        });
    }
    if settings.delimiter.is_none() && sheet.width > 1 {
        parts.push(format!("delimiter = {:?}", sheet.delimiter.to_string()));
    }
    if settings.decimal.is_none() && sheet.decimal == ',' {
        parts.push("decimal = \",\"".to_owned());
    }
    parts.join("; ")
}
