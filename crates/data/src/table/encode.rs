//! Cells as the numbers that a network is given.

use super::cell::{self, Cell, Odd};
use super::columns::{ColumnKind, Columns};
use super::learn::list;
use super::pair::Pairing;
use super::sheet::{Row, Sheet};
use super::survey::is_dropped;
use super::truth::{Targets, Truth};
use crate::bounded::MAX_BYTES;
use crate::budget::Budget;
use crate::error::DataError;
use crate::halves::counted;
use crate::values::{Scalar, Values};

/// What a table is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To learn from it: what the columns mean comes from the same table.
    Learn,
    /// To compare the answers of a network with the targets of another table.
    Compare,
    /// To get an answer for each row.
    Predict,
}

/// The rows of a table as numbers.
pub struct Encoded {
    /// The line of each row.
    pub lines: Vec<u64>,
    /// [`Columns::width`] values for each row.
    pub values: Values,
    /// The targets, if they are there for each row.
    pub truth: Option<Truth>,
}

/// Why a cell was refused.
pub struct Fault {
    pub expected: String,
    /// What stands in the place of a number.
    pub odd: Option<Odd>,
    pub remedy: String,
}

/// Reads every row of `sheet`.
pub fn encode(
    sheet: &Sheet,
    columns: &Columns,
    pairing: &Pairing,
    purpose: Purpose,
    notes: &mut Vec<String>,
) -> Result<Encoded, DataError> {
    let scalar = if columns.bytes { Scalar::BYTE } else { Scalar::F32 };
    let mut values = Vec::new();
    let (mut lines, mut numbers, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
    let mut targets = match &pairing.targets {
        Some(places) if purpose != Purpose::Predict || !is_unknown(sheet, places)? => {
            Some(Targets::new(sheet, columns, places))
        }
        _ => None,
    };
    if targets.is_none() && pairing.targets.is_some() {
        notes.push("the target column has empty cells: the answers are not compared with it".to_owned());
    }
    // A row can be answered without its targets.
    let compares = targets.is_some();
    let needed = pairing.targets.iter().flatten().filter(|_| compares);
    let used = pairing.inputs.iter().chain(needed).chain(&pairing.weight);
    let (mut outside, mut filled) = (Seen::default(), Seen::default());
    let mut rows = sheet.rows()?;
    while let Some(row) = rows.next()? {
        if is_dropped(&row, used.clone().copied(), columns.empty) {
            dropped.push(row.line);
            continue;
        }
        numbers.clear();
        for (input, &place) in columns.inputs.iter().zip(&pairing.inputs) {
            let cell = row.cell(place);
            input
                .kind
                .push(cell, sheet.decimal, columns.bytes, &mut numbers)
                .map_err(|fault| fault.at(sheet, place, &row))?;
            if purpose != Purpose::Learn && cell::is_empty(cell) {
                let named = if cell.is_empty() { String::new() } else { format!("`{cell}` in ") };
                filled.see(|| format!("{named}line {}, {}", row.line, sheet.column(place)));
            }
            // Pixels at the edge are often the same in all pictures of training.
            let number = numbers.last().filter(|_| purpose != Purpose::Learn && !columns.bytes);
            if let Some([number, low, high]) = number_outside(&input.kind, number) {
                let place = || format!("line {}, {}", row.line, sheet.column(place));
                outside.see(|| format!("{number} in {}, which had {low} to {high}", place()));
            }
        }
        if values.len().saturating_add(numbers.len().saturating_mul(scalar.size)) > MAX_BYTES {
            let got = format!("more, of {} inputs a row, by line {}", columns.width(), row.line);
            let remedy = "fewer rows, or leaving out columns of many different words";
            return Err(sheet.refused(format!("at most {MAX_BYTES} bytes of values"), got, remedy));
        }
        make_room(sheet, &mut values, numbers.len() * scalar.size)?;
        match columns.bytes {
            true => values.extend(numbers.iter().map(|&number| number as u8)),
            false => values.extend(numbers.iter().flat_map(|number| number.to_le_bytes())),
        }
        if let Some(targets) = &mut targets {
            targets.push(&row)?;
        }
        lines.push(row.line);
    }
    if let Some(first) = dropped.first() {
        let kept = counted(lines.len(), "is kept", "are kept");
        let dropped = counted(dropped.len(), "row with empty cells is", "rows with empty cells are");
        notes.push(match purpose {
            Purpose::Learn => format!("{dropped} left out; {kept}"),
            _ => format!(
                "{dropped} left out, as in training; {kept}; the first that is left out is line {first}"
            ),
        });
    }
    if rows.blank() > 0 {
        let blank = counted(rows.blank(), "row without any value is", "rows without any value are");
        notes.push(format!("{blank} left out"));
    }
    notes.extend(outside_note(outside));
    notes.extend(filled_note(filled));
    if lines.is_empty() {
        let got = if !dropped.is_empty() { "rows with empty cells only" } else { "none" };
        return Err(sheet.refused("one row of data or more", got, "checking that it is the right file"));
    }
    let values = Values::dense(scalar, scalar.sort(), values);
    Ok(Encoded { lines, values, truth: targets.map(Targets::into_truth) })
}

/// Makes room for `more` bytes of values: for as many again as there are, if there is memory for them.
fn make_room(sheet: &Sheet, values: &mut Vec<u8>, more: usize) -> Result<(), DataError> {
    if values.capacity() - values.len() < more {
        let room = values.len().max(more);
        let there = Budget::new(values.len() as u64);
        Budget::ask(&sheet.text.name, room as u64, || format!("more than {there} of values"))?;
        values.reserve_exact(room);
    }
    Ok(())
}

/// Whether some cell of the target columns is empty.
fn is_unknown(sheet: &Sheet, places: &[usize]) -> Result<bool, DataError> {
    let mut rows = sheet.rows()?;
    while let Some(row) = rows.next()? {
        if places.iter().any(|&place| cell::is_empty(row.cell(place))) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl ColumnKind {
    /// Appends the inputs that a cell gives.
    pub(super) fn push(
        &self,
        text: &str,
        decimal: char,
        bytes: bool,
        numbers: &mut Vec<f32>,
    ) -> Result<(), Fault> {
        match self {
            ColumnKind::Number { fill, .. } => {
                let number = match (Cell::of(text, decimal), fill) {
                    (Cell::Number(number), _) => number,
                    (Cell::Empty, Some(fill)) => *fill,
                    (Cell::Empty, None) => return Err(Fault::empty()),
                    (Cell::Word, _) => return Err(Fault::new("a number", "correcting the cell")),
                    (Cell::Odd(odd), _) => return Err(Fault::odd(odd, decimal)),
                };
                if bytes && !is_byte(number) {
                    return Err(Fault::new(
                        IS_BYTE,
                        "the same units as in training; bytes = false if the units differ",
                    ));
                }
                numbers.push(number);
            }
            ColumnKind::Category { values, fill } => {
                let word = match (cell::is_empty(text), fill) {
                    (false, _) => text,
                    (true, Some(fill)) => fill,
                    (true, None) => return Err(Fault::empty()),
                };
                let Ok(found) = values.binary_search_by(|value| value.as_str().cmp(word)) else {
                    let expected = format!("one of the words in the training data: {}", list(values));
                    return Err(Fault::new(
                        expected,
                        "one of these, or training with rows that have this word",
                    ));
                };
                numbers.extend((0..values.len()).map(|value| if value == found { 1.0 } else { 0.0 }));
            }
        }
        Ok(())
    }
}

pub const IS_BYTE: &str = "a whole number from 0 to 255";

pub fn is_byte(number: f32) -> bool {
    (0.0..=255.0).contains(&number) && number.fract() == 0.0
}

impl Fault {
    pub fn new(expected: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Fault { expected: expected.into(), odd: None, remedy: remedy.into() }
    }

    fn empty() -> Fault {
        Fault::new(
            "a value",
            "filling the cell; or, in training, empty = \"mean\", which fills such cells, or \"drop\", which leaves rows out",
        )
    }

    /// For a cell of a table whose decimal is known, as that of the training table is.
    pub fn odd(odd: Odd, decimal: char) -> Fault {
        let remedy = match odd {
            Odd::Fraction(_) | Odd::Thousands(_) => {
                format!("writing `{decimal}` before the fraction, and no marks between thousands")
            }
            _ => odd.described().1.to_owned(),
        };
        Fault { expected: "a number".to_owned(), odd: Some(odd), remedy }
    }

    pub fn at(self, sheet: &Sheet, place: usize, row: &Row<'_>) -> DataError {
        let what = self.odd.map_or("", |odd| odd.described().0);
        sheet.wrong_cell(place, row.line, row.cell(place), &self.expected, what, &self.remedy)
    }
}

/// Cells of one kind: how many there are, and the first one in words.
#[derive(Default)]
pub(super) struct Seen {
    cells: usize,
    first: Option<String>,
}

impl Seen {
    pub fn see(&mut self, cell: impl FnOnce() -> String) {
        self.cells += 1;
        self.first.get_or_insert_with(cell);
    }
}

/// A number that is further from those of the training table than these are from each other, and the range of these.
pub(super) fn number_outside(kind: &ColumnKind, number: Option<&f32>) -> Option<[f32; 3]> {
    let (&ColumnKind::Number { low, high, .. }, Some(&number)) = (kind, number) else { return None };
    let width = high - low;
    (width > 0.0 && (number < low - width || number > high + width)).then_some([number, low, high])
}

/// A sentence about empty cells that got the value of their column in training.
fn filled_note(Seen { cells, first }: Seen) -> Option<String> {
    let cells = counted(cells, "empty cell is", "empty cells are");
    first.map(|first| format!("{cells} filled as in training; the first is {first}"))
}

/// A sentence about numbers far from those of training.
pub(super) fn outside_note(Seen { cells, first }: Seen) -> Option<String> {
    first.map(|first| match cells {
        1 => format!("one number is far from those of training: {first}"),
        _ => format!("{cells} numbers are far from those of training; the first is {first}"),
    })
}
