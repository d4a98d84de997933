//! What the columns of a table mean.

use serde::{Deserialize, Serialize};

use super::settings::{ColumnRef, Empty};

/// What the columns of a table meant when a network was trained.
///
/// A model file keeps it, so that new data are read in the same way. [`Table::open_like`] reads another table for the same
/// network, [`read_rows`](Columns::read_rows) reads rows to be predicted, and [`row`](Columns::row) takes one row from a program.
/// Columns and classes are paired by name, in any order. Columns are paired by place only if the training table had no names.
///
/// [`Table::open_like`]: crate::Table::open_like
///
/// ```
/// use toddle_data::{Table, TableSettings};
/// let text = "colour,size,price\nred,1.5,10.5\nblue,2.5,20\nred,3.5,30\nblue,0.5,8\n";
/// let columns = Table::read("prices.csv", text.as_bytes(), &TableSettings::default())?.columns;
/// assert_eq!(columns.input_names(), ["colour=blue", "colour=red", "size"]);
/// assert_eq!(columns.target_names(), ["price"]);
///
/// assert_eq!(columns.row(&[("size", "2"), ("colour", "red")])?, [0.0, 1.0, 2.0]);
/// let unknown = columns.row(&[("size", "2"), ("colour", "green")]).unwrap_err().to_string();
/// assert!(unknown.contains("`green`") && unknown.contains("blue, red"));
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Columns {
    /// Whether the first row was names.
    pub header: bool,
    /// The character between columns.
    pub delimiter: char,
    /// The character before the fraction of a number.
    pub decimal: char,
    /// The input columns, in the order of the network's inputs.
    pub inputs: Vec<InputColumn>,
    /// The target columns: one column of classes, or one or more columns of numbers.
    pub targets: Vec<TargetColumn>,
    /// The names of the classes, in the order of the outputs. Empty if the targets are numbers.
    pub classes: Vec<String>,
    /// The columns that were left out: by name, or by place where they have none. Later tables may lack them.
    pub drop: Vec<ColumnRef>,
    /// What was done with empty cells.
    pub empty: Empty,
    /// Whether the inputs are whole numbers from 0 to 255, which were divided by 255.
    pub bytes: bool,
}

/// An input column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputColumn {
    /// Its name, if the table had names.
    pub name: Option<String>,
    /// Its place in the training table, counted from 0.
    pub place: usize,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What an input column holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Numbers, each of them one input.
    Number {
        /// The least number in the training table.
        low: f32,
        /// The greatest.
        high: f32,
        /// The mean, with which empty cells are filled, if they are filled.
        fill: Option<f32>,
    },
    /// Words, as many inputs as there are different ones: 1 for the word in the cell, 0 for the others.
    Category {
        /// The words, sorted byte by byte.
        values: Vec<String>,
        /// The most frequent word, with which empty cells are filled, if they are filled.
        fill: Option<String>,
    },
}

/// A target column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TargetColumn {
    /// Its name, if the table had names.
    pub name: Option<String>,
    /// Its place in the training table, counted from 0.
    pub place: usize,
}

impl Columns {
    /// How many inputs of a network a row has.
    pub fn width(&self) -> usize {
        self.inputs.iter().map(InputColumn::width).sum()
    }

    /// The names of the inputs: the name of a column, or `colour=red` for each word of a column of words. A column without a name is
    /// named by its place: `column 1` is the first.
    pub fn input_names(&self) -> Vec<String> {
        let names = |input: &InputColumn| {
            let name = input.called();
            match &input.kind {
                ColumnKind::Number { .. } => vec![name],
                ColumnKind::Category { values, .. } => {
                    values.iter().map(|value| format!("{name}={value}")).collect()
                }
            }
        };
        self.inputs.iter().flat_map(names).collect()
    }

    /// What the target columns are called.
    pub fn target_names(&self) -> Vec<String> {
        self.targets.iter().map(|target| called(&target.name, target.place)).collect()
    }

    /// Whether the targets are numbers to be learned, and not classes.
    pub fn is_regression(&self) -> bool {
        self.classes.is_empty()
    }
}

impl InputColumn {
    /// Its name, or `column 1` for the first column of a table without names.
    pub fn called(&self) -> String {
        called(&self.name, self.place)
    }

    /// How many inputs of a network it has.
    pub(super) fn width(&self) -> usize {
        match &self.kind {
            ColumnKind::Number { .. } => 1,
            ColumnKind::Category { values, .. } => values.len(),
        }
    }
}

fn called(name: &Option<String>, place: usize) -> String {
    name.clone().unwrap_or_else(|| format!("column {}", place.saturating_add(1)))
}
