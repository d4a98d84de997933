//! What the columns of a table hold, all rows together.

use std::collections::HashMap;

use super::cell::{self, Cell, Odd};
use super::learn::FEW;
use super::roles::Roles;
use super::settings::Empty;
use super::sheet::{Row, Sheet};
use crate::dataset::MAX_CLASSES;
use crate::error::DataError;
use crate::values::Rounded;

/// A cell, and the line in which it stands.
pub struct Found {
    pub line: u64,
    pub text: String,
}

/// What one column holds.
pub struct Survey {
    pub empty: usize,
    pub numbers: usize,
    pub words: usize,
    /// The first number.
    pub number: Option<Found>,
    /// The first number with zeros in front, which may be a code.
    pub code: Option<Found>,
    /// The first word.
    pub word: Option<Found>,
    /// The number of cells that are neither.
    pub odds: usize,
    /// The first cell that is neither; or the first one of several lines, because rows are lost in it.
    pub odd: Option<(Odd, Found)>,
    pub low: f32,
    pub high: f32,
    /// What rounding changes.
    rounded: Rounded,
    /// The cell that rounding changes most.
    most_rounded: Option<Found>,
    sum: f64,
    /// Whether all numbers are whole.
    pub whole: bool,
    /// Whether the numbers count the rows: whole numbers that rise from row to row by one step, as 0, 1, 2 do.
    counts: bool,
    /// The last two numbers, as long as they count the rows: a number of more digits than `f32` has may be one of them.
    last: [Option<f64>; 2],
}

impl Survey {
    fn new() -> Survey {
        Survey {
            empty: 0,
            numbers: 0,
            words: 0,
            number: None,
            code: None,
            word: None,
            odds: 0,
            odd: None,
            low: f32::INFINITY,
            high: f32::NEG_INFINITY,
            rounded: Rounded::NONE,
            most_rounded: None,
            sum: 0.0,
            whole: true,
            counts: true,
            last: [None; 2],
        }
    }

    /// Whether the column is no more than a number for each row. Other numbers than 0, 1, 2 or 1, 2, 3 may rise by one step by
    /// chance if there are few of them.
    pub fn counts_rows(&self) -> bool {
        let [Some(before), Some(last)] = self.last else { return false };
        let is_usual = last - before == 1.0 && (self.low == 0.0 || self.low == 1.0);
        self.counts && self.empty == 0 && self.numbers > if is_usual { 2 } else { FEW }
    }

    /// How many cells have a number or a word.
    pub fn values(&self) -> usize {
        self.numbers + self.words
    }

    pub fn mean(&self) -> f32 {
        (self.sum / self.numbers as f64) as f32
    }

    /// The cell that rounding changes most, if it changes the differences between the numbers.
    pub fn lost(&self) -> Option<&Found> {
        self.most_rounded.as_ref().filter(|_| self.rounded.is_lossy())
    }

    /// Whether all numbers could be bytes.
    pub fn are_bytes(&self) -> bool {
        self.whole && self.low >= 0.0 && self.high <= 255.0
    }

    /// Compares the next number with the last two.
    fn count(&mut self, next: Option<f64>) {
        self.counts = match (self.last, next) {
            (_, None) => false,
            ([_, None], Some(next)) => next.fract() == 0.0,
            ([None, Some(last)], Some(next)) => next.fract() == 0.0 && next > last,
            ([Some(first), Some(last)], Some(next)) => next - last == last - first,
        };
        self.last = [self.last[1], next];
    }

    fn see(&mut self, text: &str, line: u64, decimal: char) {
        let found = || Found { line, text: text.to_owned() };
        match Cell::of(text, decimal) {
            Cell::Empty => self.empty += 1,
            Cell::Number(number) => {
                self.number.get_or_insert_with(found);
                if cell::has_zeros(text) {
                    self.code.get_or_insert_with(found);
                }
                let exact = cell::value(text, decimal);
                if self.counts {
                    self.count(exact);
                }
                if self.rounded.see(exact.unwrap_or(f64::from(number))) {
                    self.most_rounded = Some(found());
                }
                self.low = self.low.min(number);
                self.high = self.high.max(number);
                self.sum += f64::from(number);
                self.whole &= number.fract() == 0.0;
                self.numbers += 1;
            }
            Cell::Word => {
                self.word.get_or_insert_with(found);
                self.words += 1;
            }
            Cell::Odd(odd) => {
                let is_lost = |before: &(Odd, Found)| odd == Odd::Lines && before.0 != Odd::Lines;
                if self.odd.as_ref().is_none_or(is_lost) {
                    self.odd = Some((odd, found()));
                }
                self.odds += 1;
            }
        }
    }
}

/// What the columns that are used hold, by place; those that are not used hold nothing.
pub struct Surveys {
    pub columns: Vec<Survey>,
    /// How many rows are kept.
    pub rows: usize,
}

/// Which of the rows that are kept count: all, or those of which this says so by place.
pub type Counted<'a> = Option<&'a [bool]>;

/// Whether the row at a place counts.
fn counts(counted: Counted<'_>, place: usize) -> bool {
    counted.is_none_or(|counted| counted.get(place).copied().unwrap_or(false))
}

/// Goes through the rows that are kept and count.
pub fn survey(
    sheet: &Sheet,
    roles: &Roles,
    empty: Empty,
    counted: Counted<'_>,
) -> Result<Surveys, DataError> {
    let mut columns: Vec<Survey> = (0..sheet.width).map(|_| Survey::new()).collect();
    let (mut rows, mut kept) = (sheet.rows()?, 0);
    while let Some(row) = rows.next()? {
        if is_dropped(&row, roles.filled(), empty) {
            for place in roles.used() {
                columns[place].empty += usize::from(cell::is_empty(row.cell(place)));
            }
            continue;
        }
        kept += 1;
        if !counts(counted, kept - 1) {
            continue;
        }
        for place in roles.used() {
            columns[place].see(row.cell(place), row.line, sheet.decimal);
        }
    }
    Ok(Surveys { columns, rows: kept })
}

/// Whether a row is left out for one of its cells.
pub fn is_dropped(row: &Row<'_>, mut used: impl Iterator<Item = usize>, empty: Empty) -> bool {
    empty == Empty::Drop && used.any(|place| cell::is_empty(row.cell(place)))
}

/// The different texts of one column, and how often each comes. Beyond [`MAX_CLASSES`] different ones no more are kept.
pub struct Texts {
    pub counts: HashMap<String, usize>,
    pub cells: usize,
}

/// Goes through the rows that are kept and count, for the columns at `places`.
pub fn texts(
    sheet: &Sheet,
    roles: &Roles,
    empty: Empty,
    counted: Counted<'_>,
    places: &[usize],
) -> Result<Vec<Texts>, DataError> {
    let mut texts: Vec<Texts> = places.iter().map(|_| Texts { counts: HashMap::new(), cells: 0 }).collect();
    let (mut rows, mut kept) = (sheet.rows()?, 0);
    while let Some(row) = rows.next()? {
        if is_dropped(&row, roles.filled(), empty) {
            continue;
        }
        kept += 1;
        if !counts(counted, kept - 1) {
            continue;
        }
        for (texts, &place) in texts.iter_mut().zip(places) {
            let text = row.cell(place);
            if cell::is_empty(text) {
                continue;
            }
            texts.cells += 1;
            if let Some(count) = texts.counts.get_mut(text) {
                *count += 1;
            } else if texts.counts.len() <= MAX_CLASSES {
                texts.counts.insert(text.to_owned(), 1);
            }
        }
    }
    Ok(texts)
}
