//! How to read a table, where its user says so.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How to read a table. Every setting may be left out.
///
/// In an experiment the keys of `[data]` have these names.
///
/// | setting | default |
/// |---|---|
/// | `header` | the first row decides: names, or data if all of its cells are numbers, unless they count the columns above words |
/// | `delimiter` | the one of tab, `;`, `\|` and `,` that divides the first rows evenly |
/// | `decimal` | `.`; or `,` if the delimiter is not a comma and cells look like `3,14` |
/// | `target` | the only column named `label` or `target`, or else the last |
/// | `drop` | no column is left out |
/// | `weight` | all rows count the same |
/// | `empty` | [`Empty::Refuse`] |
/// | `numbers` | the target column decides: see [`Table`](crate::Table) |
/// | `bytes` | 64 columns or more of whole numbers from 0 to 255, one of them above 100, are pixels |
///
/// ```
/// use toddle_data::{Empty, Table, TableSettings};
/// let settings = TableSettings {
///     target: Some("kind".into()),
///     drop: vec!["id".into()],
///     empty: Empty::Mean,
///     ..TableSettings::default()
/// };
/// let text = "id,kind,length\n1,long,9.5\n2,short,0.5\n3,long,\n";
/// let table = Table::read("sizes.csv", text.as_bytes(), &settings)?;
/// assert_eq!(table.dataset.inputs::<f32>(), [9.5, 0.5, 5.0]);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TableSettings {
    /// Whether the first row contains the names of the columns. Default: toddle compares the first row with the rows
    /// below it. A first row in which all cells are numbers is data, unless it is `0,1,2` or `1,2,3` above a column of
    /// words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(example = true))]
    pub header: Option<bool>,
    /// The character between columns. Default: a tab, `;`, `|` or `,`: the one that divides all of the first rows
    /// into the same number of columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(example = ';'))]
    pub delimiter: Option<char>,
    /// The character before the fraction of a number: `.` or `,`. Default: toddle looks at the cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(example = ','))]
    pub decimal: Option<char>,
    /// The column that is to be learned. It is given by its name in quotes, or by its place: 0 is the first column, and
    /// −1 is the last. A place that is also the name of another column is refused. A list of columns is for several
    /// numbers to be learned. Default: the only column with the name `label` or `target`, or else the last column.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(example = &"species"))]
    pub target: Option<Target>,
    /// The columns to leave out, by name or by place. Default: none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(example = vec!["id", "name"]))]
    pub drop: Vec<ColumnRef>,
    /// The column with the weight of each row in the training, by name or by place: a number, 0 or more. A row with the weight 2
    /// counts as two rows. The column is no input. Default: all rows count the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(example = &"weight"))]
    pub weight: Option<ColumnRef>,
    /// What to do with empty cells.
    #[serde(skip_serializing_if = "Empty::is_refuse")]
    #[cfg_attr(feature = "schema", schemars(example = Empty::Mean, extend("default" = "refuse")))]
    pub empty: Empty,
    /// Whether the targets are numbers to be learned instead of classes. Default: toddle looks at the target column.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(example = true))]
    pub numbers: Option<bool>,
    /// Whether the inputs are pixels: whole numbers from 0 to 255, which are divided by 255. Default: true if the
    /// table has 64 columns or more of such numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(example = false))]
    pub bytes: Option<bool>,
}

/// The target of a table: one column, or several columns of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "a column's name in quotes, its place counted from 0, or a list of these")]
pub enum Target {
    /// One column.
    One(ColumnRef),
    /// Columns of numbers to be learned.
    Several(Vec<ColumnRef>),
}

impl Target {
    pub(super) fn columns(&self) -> &[ColumnRef] {
        match self {
            Target::One(column) => std::slice::from_ref(column),
            Target::Several(columns) => columns,
        }
    }
}

impl<C: Into<ColumnRef>> From<C> for Target {
    fn from(column: C) -> Target {
        Target::One(column.into())
    }
}

/// A column of a table, by its place or by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "a column's name in quotes, or its place counted from 0")]
pub enum ColumnRef {
    /// Counted from 0 from the left; a negative place counts from the right, and -1 is the last column.
    Place(i64),
    /// The name in the first row.
    Name(String),
}

impl From<&str> for ColumnRef {
    fn from(name: &str) -> ColumnRef {
        ColumnRef::Name(name.to_owned())
    }
}

impl From<i64> for ColumnRef {
    fn from(place: i64) -> ColumnRef {
        ColumnRef::Place(place)
    }
}

/// As an experiment has it: `"kind"` or `3`.
impl fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnRef::Place(place) => write!(f, "{place}"),
            ColumnRef::Name(name) => write!(f, "{name:?}"),
        }
    }
}

/// What to do with an empty cell. `NA`, `N/A`, `#N/A`, `NaN`, `null` and `?` count as empty, in any case of letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    /// The table is refused, and the message names the cell.
    #[default]
    Refuse,
    /// The row of the cell is left out. toddle says how many rows these are.
    Drop,
    /// The cell gets the mean of its column in the training table, or the most frequent word of its column.
    /// [`Columns`](crate::Columns) keeps both, so later tables get the same values.
    Mean,
}

impl Empty {
    fn is_refuse(&self) -> bool {
        *self == Empty::Refuse
    }
}
