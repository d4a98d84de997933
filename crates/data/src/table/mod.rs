//! Tables: rows of numbers and words.
//!
//! From a file to samples: [`text`] takes off what surrounds the text, [`form`] finds the delimiter, the decimal and
//! the names, [`sheet`] goes through the rows, [`roles`] says which columns are inputs, targets or neither, [`learn`]
//! says what [`inputs`] and [`target`] mean ([`survey`] counts what they hold), [`pair`] finds the same columns in another
//! table, and [`encode`], [`truth`] and [`weights`] make numbers of [cells](cell).

mod cell;
mod columns;
mod encode;
mod form;
mod inputs;
mod learn;
mod pair;
mod propose;
mod roles;
mod rows;
mod settings;
mod sheet;
mod survey;
mod target;
mod text;
mod truth;
mod weights;

use std::io::Read;
use std::path::Path;

use self::encode::{Encoded, Purpose, encode};
use self::pair::Pairing;
use self::roles::Roles;
use self::sheet::Sheet;
use self::text::Text;
use crate::dataset::Dataset;
use crate::error::DataError;

pub use columns::{ColumnKind, Columns, InputColumn, TargetColumn};
pub use propose::Proposal;
pub use rows::Rows;
pub use settings::{ColumnRef, Empty, TableSettings, Target};
pub use truth::Truth;

/// A table that was read. Each row is a sample. One column or several are its target, and the others are its inputs.
///
/// | a column holds | it becomes |
/// |---|---|
/// | numbers | one input |
/// | words, or few different numbers and words | an input for each different word: 1 for the word in the cell, else 0 |
/// | dates, times, percentages, money, hexadecimal or infinite numbers, marks between thousands | refused by name |
/// | as many different words as rows, or nearly | refused: names and ids say nothing about other rows |
///
/// | the target column holds | a network learns |
/// |---|---|
/// | words | classes, in the order of their bytes |
/// | whole numbers, at most 20 different ones, and each twice or more on average (or only two) | classes, in their order |
/// | other numbers | these numbers |
///
/// If the inputs are pixels, up to 256 different whole numbers are classes. [`TableSettings`] can change all of this. `notes` says
/// what was decided without a setting.
///
/// Samples have the shape `n×1×1`; [`Dataset::with_shape`] makes pictures of them. Cells may be quoted, and spaces around them are
/// ignored. Blank lines and rows of empty cells are skipped.
///
/// **Trust:** memory grows with the text that was read, at most [`MAX_BYTES`](crate::MAX_BYTES).
///
/// **Errors:** a [`DataError`] that names the line and the column of a wrong cell, or the setting that cannot be
/// followed, and what to do.
///
/// ```
/// use toddle_data::{Table, TableSettings};
/// let text = "length,width,kind\n5.1,3.5,setosa\n7.0,3.2,versicolor\n4.9,3.0,setosa\n";
/// let flowers = Table::read("flowers.csv", text.as_bytes(), &TableSettings::default())?;
/// assert_eq!(flowers.dataset.inputs::<f32>()[..2], [5.1, 3.5]);
/// assert_eq!(flowers.dataset.labels(), [0, 1, 0]);
/// assert_eq!(flowers.dataset.class_names(), ["setosa", "versicolor"]);
/// assert!(flowers.notes[0].starts_with("the first row is names"));
///
/// // Columns of another table stand in another order, and there are no flowers of class 0.
/// let text = "kind,width,length\nversicolor,3.1,6.5\n";
/// let more = Table::read_like("more.csv", text.as_bytes(), &flowers.columns)?;
/// assert_eq!((more.dataset.inputs::<f32>(), more.dataset.labels()), (vec![6.5, 3.1], &[1][..]));
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The samples.
    pub dataset: Dataset,
    /// What the columns mean: to be kept with the network.
    pub columns: Columns,
    /// How the table was read, one line for each finding.
    pub notes: Vec<String>,
}

impl Table {
    /// Reads the table at `path`.
    ///
    /// ```no_run
    /// let flowers = toddle_data::Table::open("flowers.csv", &Default::default())?;
    /// flowers.notes.iter().for_each(|note| println!("{note}"));
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn open(path: impl AsRef<Path>, settings: &TableSettings) -> Result<Table, DataError> {
        Table::learn(Text::open(path.as_ref())?, settings, None)
    }

    /// As [`open`](Table::open); what fills empty cells comes from the rows of which `trained` says by place that they are
    /// trained on.
    pub(crate) fn open_trained(
        path: &Path,
        settings: &TableSettings,
        trained: Option<&[bool]>,
    ) -> Result<Table, DataError> {
        Table::learn(Text::open(path)?, settings, trained)
    }

    /// Reads the table that `reader` gives, which messages call `name`.
    pub fn read(name: &str, reader: impl Read, settings: &TableSettings) -> Result<Table, DataError> {
        Table::learn(Text::read(name.to_owned(), reader)?, settings, None)
    }

    /// Proposes how to read the table at `path` as training data. The settings that are `given` stay as they are.
    ///
    /// **Errors:** if the file cannot be read, has no rows and columns, or does not fit the settings.
    pub fn propose(path: impl AsRef<Path>, given: &TableSettings) -> Result<Proposal, DataError> {
        propose::propose(Text::open(path.as_ref())?, given)
    }

    /// Reads the table at `path` for comparing the answers of a network with its targets. `columns` are those of the training
    /// table.
    ///
    /// Columns and classes are paired by name, in any order. If the training table had no names, columns are paired by place.
    /// Columns that training left out may be missing.
    ///
    /// **Errors:** those of all tables; and if a column or a class is not known, or a column is missing. The message lists the columns
    /// of the training table and of this table.
    pub fn open_like(path: impl AsRef<Path>, columns: &Columns) -> Result<Table, DataError> {
        Table::like(Text::open(path.as_ref())?, columns)
    }

    /// As [`open_like`](Table::open_like), from `reader`; messages call the table `name`.
    pub fn read_like(name: &str, reader: impl Read, columns: &Columns) -> Result<Table, DataError> {
        Table::like(Text::read(name.to_owned(), reader)?, columns)
    }

    fn learn(text: Text, settings: &TableSettings, trained: Option<&[bool]>) -> Result<Table, DataError> {
        let (sheet, note) = form::sheet(text, settings)?;
        let (columns, learned) = learn::learn(&sheet, settings, Roles::of(&sheet, settings)?, trained)?;
        let mut notes: Vec<String> = Some(note).filter(|note| !note.is_empty()).into_iter().collect();
        notes.extend(learned);
        let weight = settings.weight.as_ref().map(|column| sheet.find(column)).transpose()?;
        let pairing = Pairing { weight, ..Pairing::of_training(&columns) };
        let (mut table, lines) = Table::of(&sheet, columns, pairing, Purpose::Learn, notes)?;
        if let Some(place) = weight {
            let weights = weights::of_rows(&sheet, place, &lines)?;
            table.dataset = table.dataset.with_weights(weights)?;
        }
        Ok(table)
    }

    fn like(text: Text, columns: &Columns) -> Result<Table, DataError> {
        let mut notes = Vec::new();
        let mut sheet = pair::sheet(text, columns, &mut notes)?;
        let pairing = pair::pair(&mut sheet, columns, true, &mut notes)?;
        Ok(Table::of(&sheet, columns.clone(), pairing, Purpose::Compare, notes)?.0)
    }

    /// The table, and the line of each row that is kept.
    fn of(
        sheet: &Sheet,
        columns: Columns,
        pairing: Pairing,
        purpose: Purpose,
        mut notes: Vec<String>,
    ) -> Result<(Table, Vec<u64>), DataError> {
        let Encoded { lines, values, truth } = encode(sheet, &columns, &pairing, purpose, &mut notes)?;
        let (name, shape) = (&sheet.text.name, [columns.width(), 1, 1]);
        let dataset = match truth {
            Some(Truth::Labels(labels)) => Dataset::new(name, shape, values, labels, columns.classes.len())?
                .with_class_names(columns.classes.clone())?,
            Some(Truth::Numbers(numbers)) => {
                Dataset::with_numbers(name, shape, values, numbers, columns.targets.len())?
            }
            None => unreachable!("a table is paired with its targets unless rows are predicted"),
        };
        Ok((Table { dataset, columns, notes }, lines))
    }
}
