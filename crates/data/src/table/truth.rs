//! The target cells of a table as classes or numbers.

use std::collections::{BTreeSet, HashMap};

use super::cell::{self, Cell};
use super::columns::Columns;
use super::encode::Fault;
use super::learn::list;
use super::sheet::{Row, Sheet, shown};
use crate::error::DataError;

/// The targets of rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    /// The class of each row: its place in [`Columns::classes`].
    Labels(Vec<u32>),
    /// For each row, a number for each target column.
    Numbers(Vec<f32>),
}

/// The targets of the rows so far.
pub struct Targets<'a> {
    sheet: &'a Sheet,
    columns: &'a Columns,
    places: &'a [usize],
    labels: HashMap<&'a str, u32>,
    /// The values of the classes, if all of their names are numbers: `1` and `1.0` are one class.
    values: Option<Vec<f64>>,
    truth: Truth,
}

impl<'a> Targets<'a> {
    pub fn new(sheet: &'a Sheet, columns: &'a Columns, places: &'a [usize]) -> Targets<'a> {
        let classes = &columns.classes;
        let truth = match columns.is_regression() {
            true => Truth::Numbers(Vec::new()),
            false => Truth::Labels(Vec::new()),
        };
        Targets {
            sheet,
            columns,
            places,
            labels: classes.iter().map(String::as_str).zip(0..).collect(),
            values: classes.iter().map(|class| cell::class_value(class, columns.decimal)).collect(),
            truth,
        }
    }

    pub fn push(&mut self, row: &Row<'_>) -> Result<(), DataError> {
        for &place in self.places {
            let text = row.cell(place);
            let refused = |fault: Fault| fault.at(self.sheet, place, row);
            if cell::is_empty(text) {
                let remedy = "filling the cell, or empty = \"drop\" in training, which leaves the row out";
                return Err(refused(Fault::new("a target", remedy)));
            }
            match &mut self.truth {
                Truth::Numbers(numbers) => match Cell::of(text, self.sheet.decimal) {
                    Cell::Number(number) => numbers.push(number),
                    Cell::Odd(odd) => return Err(refused(Fault::odd(odd, self.sheet.decimal))),
                    _ => return Err(refused(Fault::new("a number, as in training", "correcting the cell"))),
                },
                Truth::Labels(labels) => {
                    let label = self.labels.get(text).copied().or_else(|| {
                        let (values, value) =
                            (self.values.as_ref()?, cell::class_value(text, self.sheet.decimal)?);
                        values.iter().position(|&other| other == value).map(|label| label as u32)
                    });
                    match label {
                        Some(label) => labels.push(label),
                        None => return Err(self.stranger(place, row)),
                    }
                }
            }
        }
        Ok(())
    }

    pub fn into_truth(self) -> Truth {
        self.truth
    }

    /// Both lists of classes: those of training, and those of this table.
    fn stranger(&self, place: usize, row: &Row<'_>) -> DataError {
        let mut here = BTreeSet::new();
        if let Ok(mut rows) = self.sheet.rows() {
            while let Ok(Some(row)) = rows.next() {
                here.insert(row.cell(place).to_owned());
            }
        }
        let here: Vec<String> = here.into_iter().collect();
        let expected = format!("one of the classes in the training data: {}", list(&self.columns.classes));
        let got = format!(
            "`{}` in line {}, {}; the classes of this table: {}",
            shown(row.cell(place)),
            row.line,
            self.sheet.column(place),
            list(&here)
        );
        self.sheet.refused(
            expected,
            got,
            "a table with the classes of training, or training with all classes",
        )
    }
}
