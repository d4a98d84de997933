//! The weights of rows.

use super::cell::Cell;
use super::encode::Fault;
use super::sheet::Sheet;
use crate::error::DataError;

/// The numbers of a column in the rows that begin in `lines`.
pub fn of_rows(sheet: &Sheet, place: usize, lines: &[u64]) -> Result<Vec<f32>, DataError> {
    let mut weights = Vec::with_capacity(lines.len());
    let mut rows = sheet.rows()?;
    while let Some(row) = rows.next()? {
        if lines.get(weights.len()) != Some(&row.line) {
            continue;
        }
        match Cell::of(row.cell(place), sheet.decimal) {
            Cell::Number(weight) if weight >= 0.0 && weight.is_finite() => weights.push(weight),
            _ => {
                let fault = Fault::new(
                    "a weight: a finite number, 0 or more",
                    "correcting the cell; 0 if the row is not to count",
                );
                return Err(fault.at(sheet, place, &row));
            }
        }
    }
    Ok(weights)
}
