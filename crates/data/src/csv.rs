//! Tables: lines of numbers and names.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use ::csv::{ByteRecord, ErrorKind, ReaderBuilder, Trim};

use crate::bounded::MAX_BYTES;
use crate::dataset::{Dataset, Values};
use crate::error::DataError;

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// The one with this name in the header.
    Named(String),
    /// Counted from the left, from 0.
    At(usize),
    /// Counted from the right, from 0: `Last(0)` is the last.
    Last(usize),
}

/// What the target columns hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CsvTargets {
    /// One column of classes: names or numbers, each different one a class. They are in the order of the numbers, or
    /// of the names, byte by byte.
    Classes,
    /// One column of classes that are known: those of the samples to train on. Others are refused.
    Known(Vec<String>),
    /// Numbers to be learned.
    Numbers,
}

/// How to read a table of comma-separated values: a line a sample, some columns its target, the others its values.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `header` | `true` | the first line has the names of the columns |
/// | `delimiter` | `b','` | what stands between columns |
/// | `targets` | the last | the columns that are the target |
/// | `kind` | [`CsvTargets::Classes`] | what they hold |
/// | `bytes` | `false` | the values are whole numbers from 0 to 255: pixels, to be divided by 255 |
///
/// Samples are `n×1×1`; [`Dataset::with_shape`] makes pictures of them. Fields may be quoted; spaces around them do
/// not count.
///
/// **Trust:** memory follows what was read.
///
/// **Errors:** a [`DataError`] that names the line and column, if a value is missing or no number, lines differ in
/// length, a column is not there, or there are more than 256 classes.
///
/// ```
/// use toddle_data::Csv;
/// let table = "length,width,kind\n5.1,3.5,setosa\n7.0,3.2,versicolor\n4.9,3.0,setosa\n";
/// let flowers = Csv::default().parse("flowers.csv", table.as_bytes())?;
/// assert_eq!(flowers.inputs::<f32>()[..2], [5.1, 3.5]);
/// assert_eq!((flowers.labels(), flowers.class_names()[1].as_str()), (&[0, 1, 0][..], "versicolor"));
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    /// The first line has the names of the columns.
    pub header: bool,
    /// What stands between columns.
    pub delimiter: u8,
    /// The columns that are the target.
    pub targets: Vec<Column>,
    /// What they hold.
    pub kind: CsvTargets,
    /// The values are pixels.
    pub bytes: bool,
}

impl Default for Csv {
    fn default() -> Csv {
        let targets = vec![Column::Last(0)];
        Csv { header: true, delimiter: b',', targets, kind: CsvTargets::Classes, bytes: false }
    }
}

impl Csv {
    /// Reads the file at `path`.
    pub fn read(&self, path: &Path) -> Result<Dataset, DataError> {
        let file = File::open(path).map_err(|cause| DataError::read(path, cause))?;
        Table { settings: self, name: &path.display().to_string() }.read(file)
    }

    /// Reads `text`, the whole of a file that messages call `name`.
    pub fn parse(&self, name: &str, text: &[u8]) -> Result<Dataset, DataError> {
        Table { settings: self, name }.read(text)
    }
}

/// A table being read.
struct Table<'a> {
    settings: &'a Csv,
    name: &'a str,
}

impl Table<'_> {
    fn read(&self, source: impl Read) -> Result<Dataset, DataError> {
        let mut lines = ReaderBuilder::new()
            .has_headers(false)
            .delimiter(self.settings.delimiter)
            .trim(Trim::All)
            .from_reader(source.take(MAX_BYTES as u64));
        let mut record = ByteRecord::new();
        let mut next =
            |record: &mut ByteRecord| lines.read_byte_record(record).map_err(|fault| self.fault(fault));

        let mut names = None;
        if self.settings.header && next(&mut record)? {
            names = Some(record.iter().map(text).collect::<Vec<_>>());
        }
        let empty = || self.refused("one sample or more", "no lines", "checking that it is the right file");
        if !next(&mut record)? {
            return Err(empty());
        }
        let columns = self.target_columns(names.as_deref(), record.len())?;
        let mut values = match self.settings.bytes {
            true => Values::Bytes(Vec::new()),
            false => Values::Numbers(Vec::new()),
        };
        let mut targets = Targets::new(&self.settings.kind);
        let mut count = 0;
        loop {
            for (column, field) in record.iter().enumerate().filter(|(column, _)| !columns.contains(column)) {
                push(&mut values, field).map_err(|expected| self.cell(&record, column, expected))?;
            }
            for &column in &columns {
                targets.push(&record[column]).map_err(|expected| self.cell(&record, column, expected))?;
            }
            count += 1;
            if !next(&mut record)? {
                break;
            }
        }
        let shape = [values.len() / count, 1, 1];
        match targets {
            Targets::Numbers(numbers) => {
                Dataset::with_numbers(self.name, shape, values, numbers, columns.len())
            }
            Targets::Classes { ids, names, known } => {
                let (labels, names) = if known { (ids, by_id(names)) } else { in_order(&ids, names) };
                let labels = labels.into_iter().map(u32::from).collect();
                Dataset::new(self.name, shape, values, labels, names.len())?.with_class_names(names)
            }
        }
    }

    /// Which of `width` columns are targets.
    fn target_columns(&self, names: Option<&[String]>, width: usize) -> Result<Vec<usize>, DataError> {
        let mut columns = Vec::new();
        for column in &self.settings.targets {
            let found = match column {
                Column::Named(name) => names.and_then(|names| names.iter().position(|there| there == name)),
                Column::At(column) => Some(*column),
                Column::Last(column) => width.checked_sub(1).and_then(|last| last.checked_sub(*column)),
            };
            let Some(found) = found.filter(|&found| found < width && !columns.contains(&found)) else {
                let there = names.map_or(format!("{width} columns without names"), |names| names.join(", "));
                let expected = format!("target columns, all different, out of {there}");
                return Err(self.refused(&expected, &format!("{column:?}"), "one of these"));
            };
            columns.push(found);
        }
        let right = match self.settings.kind {
            CsvTargets::Numbers => !columns.is_empty(),
            CsvTargets::Classes | CsvTargets::Known(_) => columns.len() == 1,
        };
        if !right || columns.len() == width {
            let expected =
                "one column of classes, or one or more of target numbers, and one or more of values";
            let got = format!("{width} columns, of which {} are targets", columns.len());
            return Err(self.refused(expected, &got, "another delimiter, or other target columns"));
        }
        Ok(columns)
    }

    fn cell(&self, record: &ByteRecord, column: usize, expected: &str) -> DataError {
        let line = record.position().map_or(0, |position| position.line());
        let field: String = text(&record[column]).chars().take(40).collect();
        let got = format!("`{field}` in line {line}, column {}", column + 1);
        self.refused(expected, &got, "checking the line, the header and which columns are targets")
    }

    fn fault(&self, fault: ::csv::Error) -> DataError {
        let shown = fault.to_string();
        match fault.into_kind() {
            ErrorKind::Io(cause) => DataError::Read { name: self.name.to_owned(), cause },
            ErrorKind::UnequalLengths { pos, expected_len, len } => {
                let line = pos.map_or(0, |position| position.line());
                let expected = format!("{expected_len} columns, as in the first line");
                self.refused(&expected, &format!("{len} in line {line}"), "checking that line")
            }
            _ => self.refused("comma-separated values", &shown, "checking that it is the right file"),
        }
    }

    fn refused(&self, expected: &str, got: &str, remedy: &str) -> DataError {
        DataError::refused(self.name, expected, got, remedy)
    }
}

/// What was found in the target columns so far.
enum Targets {
    Numbers(Vec<f32>),
    /// An id for each sample, and each name's.
    Classes {
        ids: Vec<u8>,
        names: BTreeMap<Vec<u8>, u8>,
        known: bool,
    },
}

impl Targets {
    fn new(kind: &CsvTargets) -> Targets {
        let known: &[String] = match kind {
            CsvTargets::Numbers => return Targets::Numbers(Vec::new()),
            CsvTargets::Classes => &[],
            CsvTargets::Known(names) => names,
        };
        // Names past the 256th have no id and so are refused where they are met.
        let names = known.iter().map(|name| name.clone().into_bytes()).zip(0..=u8::MAX).collect();
        Targets::Classes { ids: Vec::new(), names, known: matches!(kind, CsvTargets::Known(_)) }
    }

    /// **Errors:** what was expected.
    fn push(&mut self, field: &[u8]) -> Result<(), &'static str> {
        match self {
            Targets::Numbers(numbers) => numbers.push(number(field)?),
            Targets::Classes { ids, names, known } => match names.get(field) {
                Some(&id) => ids.push(id),
                None if *known => return Err("a class that is known"),
                None if field.is_empty() => return Err("a class"),
                None => {
                    let id =
                        u8::try_from(names.len()).map_err(|_| "at most 256 classes, as a label is a byte")?;
                    names.insert(field.to_owned(), id);
                    ids.push(id);
                }
            },
        }
        Ok(())
    }
}

/// The names by their ids.
fn by_id(names: BTreeMap<Vec<u8>, u8>) -> Vec<String> {
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_by_key(|(_, id)| *id);
    names.iter().map(|(name, _)| text(name)).collect()
}

/// Labels and names after the classes were put in order: by their numbers if all of them are numbers, else by their
/// names.
fn in_order(ids: &[u8], names: BTreeMap<Vec<u8>, u8>) -> (Vec<u8>, Vec<String>) {
    let mut names: Vec<(Vec<u8>, u8)> = names.into_iter().collect();
    if names.iter().all(|(name, _)| number(name).is_ok()) {
        names.sort_by(|(a, _), (b, _)| number(a).unwrap_or(0.0).total_cmp(&number(b).unwrap_or(0.0)));
    }
    let mut label = [0; 256];
    for (place, (_, id)) in names.iter().enumerate() {
        label[usize::from(*id)] = place as u8;
    }
    (
        ids.iter().map(|&id| label[usize::from(id)]).collect(),
        names.iter().map(|(name, _)| text(name)).collect(),
    )
}

/// **Errors:** what was expected.
fn push(values: &mut Values, field: &[u8]) -> Result<(), &'static str> {
    match values {
        Values::Bytes(bytes) => {
            let byte = str::from_utf8(field).ok().and_then(|text| text.parse().ok());
            bytes.push(byte.ok_or("a whole number from 0 to 255")?);
        }
        Values::Numbers(numbers) => numbers.push(number(field)?),
    }
    Ok(())
}

fn number(field: &[u8]) -> Result<f32, &'static str> {
    let number = str::from_utf8(field).ok().and_then(|text| text.parse::<f32>().ok());
    number.filter(|number| number.is_finite()).ok_or("a number")
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field).into_owned()
}
