//! A text as rows of cells.

use std::collections::HashMap;

use csv::{Reader, ReaderBuilder, StringRecord};

use super::settings::ColumnRef;
use super::text::Text;
use crate::error::DataError;
use crate::halves::counted;

/// The most columns of a table.
const MAX_COLUMNS: usize = 1 << 20;

/// A table whose text is parted into rows, columns and their names.
pub struct Sheet {
    pub text: Text,
    pub delimiter: char,
    pub decimal: char,
    /// What the first row calls the columns, if it is names. A column may have an empty name.
    pub names: Option<Vec<String>>,
    /// The place of each name.
    places: HashMap<String, usize>,
    /// The number of columns, as in the first row.
    pub width: usize,
}

/// One row.
pub struct Row<'r> {
    /// The line where it begins, counted from 1.
    pub line: u64,
    cells: &'r StringRecord,
    /// Whether it is the last row, and the text ends within a quoted cell of it.
    is_open: bool,
}

impl Row<'_> {
    pub fn width(&self) -> usize {
        self.cells.len()
    }

    /// The text of a cell, without spaces and quotes around it.
    pub fn cell(&self, place: usize) -> &str {
        bare(self.cells.get(place).unwrap_or(""))
    }

    pub fn cells(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(bare)
    }

    /// Whether nothing is written in any cell.
    fn is_blank(&self) -> bool {
        self.cells().all(str::is_empty)
    }
}

/// Quotes are still there if a space stands before them.
fn bare(cell: &str) -> &str {
    let cell = cell.trim();
    cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).map_or(cell, str::trim)
}

/// Whether a row, which is the last of a text, ends within a quoted cell.
fn ends_in_quotes(row: &str, delimiter: char) -> bool {
    // A quote opens a cell where the cell begins; and right behind another one, as two of them stand for one within a cell.
    let (mut may_open, mut is_quoted) = (true, false);
    for character in row.chars() {
        if is_quoted {
            is_quoted = character != '"';
            may_open = !is_quoted;
        } else if character == '"' && may_open {
            is_quoted = true;
        } else {
            may_open = character == delimiter || matches!(character, '\r' | '\n');
        }
    }
    is_quoted
}

/// The rows of a text, one after the other. Blank rows are passed over.
pub struct Rows<'t> {
    text: &'t Text,
    delimiter: char,
    reader: Reader<&'t [u8]>,
    record: StringRecord,
    /// Rows of delimiters without anything between them, passed over so far.
    pub blank: usize,
}

impl<'t> Rows<'t> {
    /// The rows of `text`, as wide as they are.
    pub fn new(text: &'t Text, delimiter: char) -> Rows<'t> {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter as u8)
            .from_reader(text.rows().as_bytes());
        Rows { text, delimiter, reader, record: StringRecord::new(), blank: 0 }
    }

    /// The next row.
    pub fn next(&mut self) -> Result<Option<Row<'_>>, DataError> {
        loop {
            let (at, lines) = (self.reader.position().byte() as usize, self.reader.position().line() - 1);
            let there = self.reader.read_record(&mut self.record).map_err(|fault| self.fault(fault))?;
            if !there {
                return Ok(None);
            }
            let text = self.text.rows();
            let is_last = self.reader.position().byte() as usize >= text.len();
            let is_open = is_last && ends_in_quotes(&text[at..], self.delimiter);
            let row = Row { line: self.text.line(at, lines), cells: &self.record, is_open };
            if !row.is_blank() || is_open {
                // The borrow checker does not see that the row above ends here.
                return Ok(Some(Row { line: row.line, cells: &self.record, is_open }));
            }
            self.blank += usize::from(row.width() > 1);
        }
    }

    fn fault(&self, fault: csv::Error) -> DataError {
        let expected = "rows of cells";
        DataError::refused(&self.text.name, expected, fault.to_string(), "checking that it is a table")
    }
}

impl Sheet {
    /// The table in `text`, all of whose rows are data.
    pub fn new(text: Text, delimiter: char, decimal: char) -> Result<Sheet, DataError> {
        match Rows::new(&text, delimiter).next()?.map(|row| row.width()) {
            Some(width) if width > MAX_COLUMNS => {
                let (expected, got) = (format!("at most {MAX_COLUMNS} columns"), format!("{width} columns"));
                Err(DataError::refused(text.name, expected, got, "a row for each sample, or fewer columns"))
            }
            Some(width) => Ok(Sheet { text, delimiter, decimal, names: None, places: HashMap::new(), width }),
            None => {
                let expected = "a table of one row or more";
                Err(DataError::refused(text.name, expected, "no rows", "checking that it is the right file"))
            }
        }
    }

    /// Takes the first row for names.
    pub fn take_names(&mut self) -> Result<(), DataError> {
        let first = self.rows()?.next()?.map(|row| row.cells().map(str::to_owned).collect());
        self.names = first;
        // Of equal names, the first.
        let names = self.names.as_deref().unwrap_or_default().iter().enumerate().rev();
        self.places = names.map(|(place, name)| (name.clone(), place)).collect();
        Ok(())
    }

    /// The rows below the names.
    pub fn rows(&self) -> Result<DataRows<'_>, DataError> {
        let mut rows = Rows::new(&self.text, self.delimiter);
        if self.names.is_some() {
            rows.next()?;
        }
        Ok(DataRows { sheet: self, rows })
    }

    /// The place of the column with this name.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The place of the column that a setting means.
    ///
    /// **Errors:** if there is no such column, or if a number is the place of one column and the name of another.
    pub fn find(&self, column: &ColumnRef) -> Result<usize, DataError> {
        let width = self.width;
        let (expected, remedy) = match (column, &self.names) {
            (ColumnRef::Place(place), _) => {
                let counted = if *place < 0 { place.saturating_add(width as i64) } else { *place };
                let counted = usize::try_from(counted).ok().filter(|&place| place < width);
                match (counted, self.place(&place.to_string())) {
                    (Some(counted), Some(named)) if counted != named => {
                        return Err(self.unclear(*place, counted, named));
                    }
                    (Some(place), _) | (None, Some(place)) => return Ok(place),
                    (None, None) => {}
                }
                let expected = format!("a place from 0 to {}, or from -1 to -{width}", width - 1);
                (expected, "one of these places, or the column's name")
            }
            (ColumnRef::Name(name), Some(names)) => match self.place(name) {
                Some(place) => return Ok(place),
                None => (format!("one of the columns {}", names.join(", ")), "one of these names"),
            },
            (ColumnRef::Name(_), None) => (
                "the place of a column, because the first row is data and has no names".to_owned(),
                "a place counted from 0, or header = true if the first row is names",
            ),
        };
        Err(self.refused(expected, format!("column {column}"), remedy))
    }

    /// The error that `number` is the place of the column at `counted`, and the name of the column at `named`.
    fn unclear(&self, number: i64, counted: usize, named: usize) -> DataError {
        let (counted, by_name) = (self.reference(counted), self.reference(named));
        let got =
            format!("column {number}, which is the place of column {counted} and the name of another column");
        let remedy = format!("{by_name}, with its quotes, for the column of this name; or {counted}");
        self.refused("a name or a place that means one column", got, remedy)
    }

    /// What settings call a column: by its name, or by its place if it has none. The place counts from the end if another column has
    /// the place as its name.
    pub fn reference(&self, place: usize) -> ColumnRef {
        match self.name(place) {
            Some(name) => ColumnRef::Name(name.to_owned()),
            None if self.place(&place.to_string()).is_some() => {
                ColumnRef::Place(place as i64 - self.width as i64)
            }
            None => ColumnRef::Place(place as i64),
        }
    }

    /// The name of a column that has one.
    pub fn name(&self, place: usize) -> Option<&str> {
        self.names.as_ref()?.get(place).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// What messages call a column.
    pub fn column(&self, place: usize) -> String {
        match self.name(place) {
            Some(name) => format!("column `{name}`"),
            None => format!("column {} of {}", place + 1, self.width),
        }
    }

    pub fn refused(
        &self,
        expected: impl Into<String>,
        got: impl Into<String>,
        remedy: impl Into<String>,
    ) -> DataError {
        DataError::refused(&self.text.name, expected, got, remedy)
    }

    /// A cell is not what was expected; `what` says what it is, where its text does not.
    pub fn wrong_cell(
        &self,
        place: usize,
        line: u64,
        cell: &str,
        expected: &str,
        what: &str,
        remedy: &str,
    ) -> DataError {
        let column = self.column(place);
        let cell = if cell.is_empty() { "an empty cell".to_owned() } else { format!("`{}`", shown(cell)) };
        let what = if what.is_empty() { String::new() } else { format!(": {what}") };
        self.refused(expected, format!("{cell} in line {line}, {column}{what}"), remedy)
    }
}

fn columns(count: usize) -> String {
    counted(count, "column", "columns")
}

/// The beginning of a cell, in one line.
pub fn shown(cell: &str) -> String {
    let mut begin: String = cell.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if cell.chars().nth(40).is_some() {
        begin.push('…');
    }
    begin
}

/// The rows below the names, all of the same width.
pub struct DataRows<'s> {
    sheet: &'s Sheet,
    rows: Rows<'s>,
}

impl DataRows<'_> {
    /// The next row.
    pub fn next(&mut self) -> Result<Option<Row<'_>>, DataError> {
        let sheet = self.sheet;
        let Some(row) = self.rows.next()? else { return Ok(None) };
        if row.is_open {
            let got = format!("one in line {} or below that is open at the end of the file", row.line);
            let remedy = "closing it; a quote within a quoted cell is written twice";
            return Err(sheet.refused("a closing quote for each quoted cell", got, remedy));
        }
        if row.width() != sheet.width {
            let expected = format!("{} in every row, as in the first", columns(sheet.width));
            let got = format!("{} in line {}", columns(row.width()), row.line);
            let delimiter = sheet.delimiter.escape_default();
            let remedy = match sheet.width {
                1 => format!(
                    "removing titles and comments above the names of the columns, or another delimiter than `{delimiter}`"
                ),
                _ => format!("checking that line and its quotes, or another delimiter than `{delimiter}`"),
            };
            return Err(sheet.refused(expected, got, remedy));
        }
        Ok(Some(row))
    }

    /// Rows of delimiters without anything between them, passed over so far.
    pub fn blank(&self) -> usize {
        self.rows.blank
    }
}
