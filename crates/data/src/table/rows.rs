//! Rows to be predicted.

use std::io::Read;
use std::path::Path;

use super::columns::{ColumnKind, Columns};
use super::encode::{Encoded, Fault, IS_BYTE, Purpose, Seen, encode, is_byte, number_outside, outside_note};
use super::form;
use super::learn::{self, list};
use super::pair::{self, Pairing};
use super::roles::Roles;
use super::settings::{ColumnRef, TableSettings};
use super::sheet::{Sheet, shown};
use super::text::Text;
use super::truth::Truth;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::values::Values;

/// Rows of a table to ask a network about.
///
/// ```
/// use toddle_data::{Table, TableSettings, Truth};
/// let text = "length,width,kind\n5.1,3.5,setosa\n7.0,3.2,virginica\n4.9,3.0,setosa\n";
/// let columns = Table::read("flowers.csv", text.as_bytes(), &TableSettings::default())?.columns;
///
/// let rows = columns.read_rows("standard input", "width,length\n3.1,4.8\n".as_bytes())?;
/// assert_eq!((rows.len(), rows.line(0), rows.input(0)), (1, 2, &[4.8, 3.1][..]));
/// assert_eq!(rows.truth(), None);
/// let rows = columns.read_rows("more.csv", "kind,width,length\nvirginica,3.1,4.8\n".as_bytes())?;
/// assert_eq!(rows.truth(), Some(&Truth::Labels(vec![1])));
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    inputs: Vec<f32>,
    width: usize,
    lines: Vec<u64>,
    truth: Option<Truth>,
    notes: Vec<String>,
}

impl Rows {
    /// How many rows there are: one or more.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The inputs of row `i`, in the form of [`Dataset::write_unscaled`](crate::Dataset::write_unscaled): pixels are divided by
    /// 255.
    ///
    /// Like indexing a slice, it panics if `i` is not below [`len`](Rows::len).
    #[track_caller]
    pub fn input(&self, i: usize) -> &[f32] {
        &self.inputs[i * self.width..(i + 1) * self.width]
    }

    /// The inputs of all rows, one row after the other.
    pub fn inputs(&self) -> &[f32] {
        &self.inputs
    }

    /// The line of the file in which row `i` begins, counted from 1.
    ///
    /// Like indexing a slice, it panics if `i` is not below [`len`](Rows::len).
    #[track_caller]
    pub fn line(&self, i: usize) -> u64 {
        self.lines[i]
    }

    /// The targets, if the target columns are there and filled in every row.
    pub fn truth(&self) -> Option<&Truth> {
        self.truth.as_ref()
    }

    /// The rows as samples of a data set, as [`Table::open_like`](crate::Table::open_like) reads them. Without a
    /// [`truth`](Rows::truth) each has a target of 0.
    pub(crate) fn samples(&self, name: &str, columns: &Columns) -> Result<Dataset, DataError> {
        let shape = [self.width, 1, 1];
        let values = match columns.bytes {
            true => {
                let bytes = self.inputs.iter().map(|pixel| (pixel * 255.0).round() as u8);
                Values::from(bytes.collect::<Vec<_>>())
            }
            false => Values::from(self.inputs.clone()),
        };
        match &self.truth {
            Some(Truth::Labels(labels)) => {
                Dataset::new(name, shape, values, labels.clone(), columns.classes.len())?
                    .with_class_names(columns.classes.clone())
            }
            Some(Truth::Numbers(numbers)) => {
                Dataset::with_numbers(name, shape, values, numbers.clone(), columns.targets.len())
            }
            None => Dataset::with_numbers(name, shape, values, vec![0.0; self.len()], 1),
        }
    }

    /// How the table was read, one line for each finding.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// Rows to be predicted.
impl Columns {
    /// The rows of the table at `path`.
    ///
    /// **Errors:** as [`read_rows`](Columns::read_rows), or if the file cannot be read.
    pub fn open_rows(&self, path: impl AsRef<Path>) -> Result<Rows, DataError> {
        self.rows(Text::open(path.as_ref())?)
    }

    /// The rows of the table that `reader` gives, which messages call `name`.
    ///
    /// Columns are paired by name, or by place if the training table had no names. The target columns and the columns that training
    /// left out may be missing.
    ///
    /// **Errors:** a [`DataError`] if a cell is empty (unless training filled such cells), is not a number, or is a word that the
    /// training table did not have: it names the line and the column. Also if a column is missing or not known: it lists the
    /// expected columns and the columns found.
    pub fn read_rows(&self, name: &str, reader: impl Read) -> Result<Rows, DataError> {
        self.rows(Text::read(name.to_owned(), reader)?)
    }

    /// The columns and the rows of a table for a network that takes `width` numbers and knows no columns, as one that was trained on
    /// pictures. A row has these numbers, and may have a target. `None` if the rows have another number of columns.
    ///
    /// **Errors:** those of a table to learn from.
    pub(crate) fn of_numbers(
        name: &str,
        reader: impl Read,
        width: usize,
    ) -> Result<Option<(Columns, Rows)>, DataError> {
        let settings = TableSettings::default();
        let (sheet, _) = form::sheet(Text::read(name.to_owned(), reader)?, &settings)?;
        let mut roles = Roles::of(&sheet, &settings)?;
        if roles.used().count() == width {
            roles.inputs = (0..sheet.width).filter(|place| !roles.drop.contains(place)).collect();
            roles.targets.clear();
        }
        if roles.inputs.len() != width {
            return Ok(None);
        }
        let notes = roles.notes.clone();
        let (columns, _) = learn::learn(&sheet, &settings, roles, None)?;
        if columns.width() != width {
            return Ok(None);
        }
        let mut pairing = Pairing::of_training(&columns);
        pairing.targets = pairing.targets.filter(|targets| !targets.is_empty());
        let rows = columns.rows_of(&sheet, &pairing, notes)?;
        Ok(Some((columns, rows)))
    }

    fn rows(&self, text: Text) -> Result<Rows, DataError> {
        let mut notes = Vec::new();
        let mut sheet = pair::sheet(text, self, &mut notes)?;
        let pairing = pair::pair(&mut sheet, self, false, &mut notes)?;
        self.rows_of(&sheet, &pairing, notes)
    }

    fn rows_of(&self, sheet: &Sheet, pairing: &Pairing, mut notes: Vec<String>) -> Result<Rows, DataError> {
        let Encoded { lines, values, truth } = encode(sheet, self, pairing, Purpose::Predict, &mut notes)?;
        let mut inputs = values.to_vec();
        inputs.iter_mut().for_each(|x| *x /= values.divisor());
        Ok(Rows { inputs, width: self.width(), lines, truth, notes })
    }

    /// The inputs of one row, given as pairs of a column's name and the text of a cell, in any order. Numbers have a decimal point. An
    /// empty cell is filled if training filled such cells.
    ///
    /// **Errors:** if a column is missing, not known, or given twice; and if [`read_rows`](Columns::read_rows) would refuse a cell.
    ///
    /// ```
    /// use toddle_data::{Table, TableSettings};
    /// let text = "length,width,kind\n5.1,3.5,setosa\n7.0,3.2,virginica\n4.9,3.0,setosa\n";
    /// let columns = Table::read("flowers.csv", text.as_bytes(), &TableSettings::default())?.columns;
    /// assert_eq!(columns.row(&[("width", "3.1"), ("length", "4.8")])?, [4.8, 3.1]);
    /// assert!(columns.row(&[("width", "3.1")]).is_err());
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn row(&self, cells: &[(&str, &str)]) -> Result<Vec<f32>, DataError> {
        let names: Vec<&str> = cells.iter().map(|(name, _)| *name).collect();
        let known: Vec<&str> = self.inputs.iter().filter_map(|input| input.name.as_deref()).collect();
        let may_be_there = |name: &str| {
            self.targets.iter().any(|target| target.name.as_deref() == Some(name))
                || self.drop.iter().any(|drop| matches!(drop, ColumnRef::Name(drop) if drop == name))
        };
        let twice = (0..names.len()).any(|i| names[..i].contains(&names[i]));
        let stranger = names.iter().any(|name| !known.contains(name) && !may_be_there(name));
        let missing = known.iter().any(|name| !names.contains(name)) || known.len() != self.inputs.len();
        if twice || stranger || missing {
            let expected = match known.is_empty() {
                true => "a row of numbers, as the training table had no names".to_owned(),
                false => format!("a value for each of the columns {}", list(&known)),
            };
            let remedy =
                if known.is_empty() { "Columns::row_of_numbers" } else { "each of these columns once" };
            return Err(DataError::refused(ROW, expected, list(&names), remedy));
        }
        let mut numbers = Vec::with_capacity(self.width());
        for input in &self.inputs {
            let (name, cell) =
                cells.iter().find(|(name, _)| input.name.as_deref() == Some(name)).unwrap_or(&("", ""));
            input
                .kind
                .push(cell.trim(), '.', self.bytes, &mut numbers)
                .map_err(|fault| wrong(fault, name, cell))?;
        }
        Ok(self.divided(numbers))
    }

    /// A sentence about numbers of `samples`, an array with a place for each input, that are far from those of the training table.
    pub(crate) fn far_numbers(&self, samples: &Dataset) -> Option<String> {
        if self.bytes || samples.size() != self.width() {
            return None;
        }
        let (mut x, mut outside) = (vec![0.0; samples.size()], Seen::default());
        for i in 0..samples.len() {
            samples.values().read(i * x.len(), &mut x);
            let mut rest = &x[..];
            for input in &self.inputs {
                let (own, others) = rest.split_at(input.width());
                if let Some([number, low, high]) = number_outside(&input.kind, own.first()) {
                    outside.see(|| {
                        format!("{number} in sample {i}, {}, which had {low} to {high}", input.called())
                    });
                }
                rest = others;
            }
        }
        outside_note(outside)
    }

    /// The inputs of one row of numbers, in the order of the columns. NaN means an empty cell.
    ///
    /// **Errors:** if a column holds words, if there is not one number for each column, or if a number is infinite. NaN is an error if
    /// training did not fill empty cells.
    ///
    /// ```
    /// use toddle_data::{Table, TableSettings};
    /// let text = "5.1,3.5,setosa\n7.0,3.2,virginica\n4.9,3.0,setosa\n";
    /// let columns = Table::read("flowers.csv", text.as_bytes(), &TableSettings::default())?.columns;
    /// assert_eq!(columns.row_of_numbers(&[4.8, 3.1])?, [4.8, 3.1]);
    /// assert!(columns.row_of_numbers(&[4.8]).is_err());
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn row_of_numbers(&self, row: &[f32]) -> Result<Vec<f32>, DataError> {
        let names = self.input_names();
        let words = self.inputs.iter().any(|input| matches!(input.kind, ColumnKind::Category { .. }));
        if words || row.len() != self.inputs.len() {
            let expected = format!("{} numbers: {}", self.inputs.len(), list(&names));
            let (expected, remedy) = match words {
                true => {
                    (format!("words and numbers: {}", list(&names)), "Columns::row, with names and cells")
                }
                false => (expected, "a number for each column"),
            };
            return Err(DataError::refused(ROW, expected, format!("{} numbers", row.len()), remedy));
        }
        let mut numbers = Vec::with_capacity(row.len());
        for ((input, name), &number) in self.inputs.iter().zip(&names).zip(row) {
            let fill = if let ColumnKind::Number { fill, .. } = &input.kind { *fill } else { None };
            let number = if number.is_nan() { fill.unwrap_or(number) } else { number };
            let expected = if self.bytes { IS_BYTE } else { "a finite number" };
            if !number.is_finite() || self.bytes && !is_byte(number) {
                return Err(wrong(Fault::new(expected, "another value"), name, &number.to_string()));
            }
            numbers.push(number);
        }
        Ok(self.divided(numbers))
    }

    /// Pixels are divided by 255, as in training.
    fn divided(&self, mut numbers: Vec<f32>) -> Vec<f32> {
        if self.bytes {
            numbers.iter_mut().for_each(|number| *number /= 255.0);
        }
        numbers
    }
}

/// What messages call a row that comes from no file.
const ROW: &str = "the row";

fn wrong(fault: Fault, name: &str, cell: &str) -> DataError {
    let what = fault.odd.map_or(String::new(), |odd| format!(": {}", odd.described().0));
    let got = format!("`{}` for `{name}`{what}", shown(cell));
    DataError::refused(ROW, fault.expected, got, fault.remedy)
}
