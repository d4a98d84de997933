//! Files of tables and arrays as samples to ask about.

use std::io::Cursor;

use super::{AskedFor, Model};
use crate::array::{Archive, Array, Arrays};
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::kind::{Kind, is_text};
use crate::table::{Columns, Rows};

/// Samples of a file to ask a network about.
#[derive(Debug)]
#[non_exhaustive]
pub struct Samples {
    /// The samples. Without known targets, each has a target of 0.
    pub dataset: Dataset,
    /// Whether the targets are known.
    pub known: bool,
    /// The line of each row of a table, counted from 1. Empty for arrays.
    pub lines: Vec<u64>,
    /// How the file was read, one line for each finding.
    pub notes: Vec<String>,
    name: String,
}

impl Samples {
    /// The rows of the table `name`.
    fn of_rows(name: &str, columns: &Columns, rows: &Rows) -> Result<Samples, DataError> {
        Ok(Samples {
            dataset: rows.samples(name, columns)?,
            known: rows.truth().is_some(),
            lines: (0..rows.len()).map(|i| rows.line(i)).collect(),
            notes: rows.notes().to_vec(),
            name: name.to_owned(),
        })
    }

    /// Where sample `i` is from: `x.csv line 7`, or `x.npy sample 3`, counted from 0 as NumPy does.
    pub fn place(&self, i: usize) -> String {
        match self.lines.get(i) {
            Some(line) => format!("{} line {line}", self.name),
            None => format!("{} sample {i}", self.name),
        }
    }
}

impl Model {
    /// The samples in `contents`, the whole of a file that messages call `name`.
    ///
    /// | the contents begin as | the samples |
    /// |---|---|
    /// | NPY or IDX, plain or gzip | all of the array; an array of the shape of one sample is one sample |
    /// | NPZ or safetensors | the only array; or `x_test`, or else `x` or a similar name; with targets if there are any |
    /// | anything else | the rows of a table, whose columns are paired by name with those of the training |
    ///
    /// A network that was not trained on a table takes rows of as many numbers as a sample has, with or without a target.
    ///
    /// **Errors:** those of the reader.
    pub fn samples(&self, name: &str, contents: Vec<u8>, asked: &AskedFor) -> Result<Samples, DataError> {
        let mut samples = match Kind::of(name, &contents) {
            Kind::Array => self.of_array(name, Array::parse(name, &contents)?)?,
            Kind::Archive => self.of_archive(name, contents)?,
            Kind::Table => self.of_table(name, &contents)?,
        };
        if self.image().is_some() {
            let (dataset, note) = self.preparation(asked)?.turned(samples.dataset);
            samples.dataset = dataset;
            samples.notes.extend(note);
        }
        if samples.lines.is_empty() {
            samples.notes.extend(self.far_from_table(&samples.dataset, asked));
        }
        Ok(samples)
    }

    fn of_array(&self, name: &str, mut array: Array) -> Result<Samples, DataError> {
        let is_picture = |[channels, height, width]: [usize; 3]| {
            array.dims == [channels, height, width]
                || array.dims == [height, width, channels]
                || channels == 1 && array.dims == [height, width]
        };
        if array.dims == [self.input().size()] || self.image().is_some_and(is_picture) {
            array.dims.insert(0, 1);
        }
        let (dataset, report) = Arrays::samples(array)?;
        Ok(Samples { dataset, known: false, lines: Vec::new(), notes: report.notes, name: name.to_owned() })
    }

    fn of_archive(&self, name: &str, contents: Vec<u8>) -> Result<Samples, DataError> {
        let archive = Archive::new(name, Cursor::new(contents))?;
        let arrays = Arrays { classes: Some(self.classes().to_vec()) };
        let (dataset, known, report) = arrays.asked(archive)?;
        let (dataset, note) = dataset.with_known_classes(self.classes())?;
        let mut notes = report.notes;
        notes.extend(note);
        Ok(Samples { dataset, known, lines: Vec::new(), notes, name: name.to_owned() })
    }

    fn of_table(&self, name: &str, contents: &[u8]) -> Result<Samples, DataError> {
        if let Some(columns) = self.meaning().and_then(|meaning| meaning.columns.as_ref()) {
            return Samples::of_rows(name, columns, &columns.read_rows(name, contents)?);
        }
        let size = self.input().size();
        if is_text(contents)
            && let Some((columns, rows)) = Columns::of_numbers(name, contents, size)?
        {
            let mut samples = Samples::of_rows(name, &columns, &rows)?;
            let (dataset, note) = samples.dataset.with_known_classes(self.classes())?;
            samples.dataset = dataset;
            samples.notes.extend(note);
            return Ok(samples);
        }
        let rows = format!("a table with a row of {size} numbers for each sample");
        let (trained, remedy) = match self.image() {
            Some([channels, height, width]) => (
                format!("pictures of {height}×{width} with {channels} channels"),
                format!("toddle predict with picture files, with arrays (.npy, .npz), or with {rows}"),
            ),
            None => (
                format!("samples of shape {}, which have no names", self.input()),
                format!("toddle predict with arrays (.npy, .npz), or with {rows}"),
            ),
        };
        let expected = format!("what `{}` was trained on: {trained}", self.name());
        Err(DataError::refused(
            name,
            expected,
            "a table of other columns, or a file of an unknown kind",
            remedy,
        ))
    }
}
