//! The options of the command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use toddle_data::{ColumnRef, Empty, TableSettings, Target};

/// Look at your data, and write an experiment for them
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// A folder of pictures, a table (.csv), arrays (.npz, or a folder of IDX files), or the name of a set
    #[arg(value_name = "PLACE")]
    pub place: String,

    /// The file to write [default: NAME.toml, where NAME is the name of the data]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    #[command(flatten)]
    pub table: TableOptions,
}

/// How to read a table. Each option has the name of a setting of `[data]`, and the written experiment has the setting.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Tables")]
pub struct TableOptions {
    /// The column to learn, by its name or its place (0 is the first, -1 the last); again for several numbers to learn.
    /// A number in quotes, such as '"1"', is a name
    #[arg(long, value_name = "COLUMN", value_parser = column, allow_negative_numbers = true)]
    target: Vec<ColumnRef>,

    /// A column to leave out, by its name or its place; again for more columns
    #[arg(long, value_name = "COLUMN", value_parser = column, allow_negative_numbers = true)]
    drop: Vec<ColumnRef>,

    /// The column with the weight of each row in the training
    #[arg(long, value_name = "COLUMN", value_parser = column, allow_negative_numbers = true)]
    weight: Option<ColumnRef>,

    /// Whether the first row has the names of the columns
    #[arg(long, value_name = "true|false", hide_possible_values = true)]
    header: Option<bool>,

    /// The character between columns; `tab` is a tab
    #[arg(long, value_name = "CHARACTER", value_parser = character)]
    delimiter: Option<char>,

    /// The character before the fraction of a number: . or ,
    #[arg(long, value_name = "CHARACTER", value_parser = character)]
    decimal: Option<char>,

    /// What to do with empty cells: leave out their rows, or fill them with the mean of their column
    #[arg(long, value_name = "drop|mean", hide_possible_values = true)]
    empty: Option<EmptyCells>,

    /// Whether the targets are numbers to learn (true) or classes (false)
    #[arg(long, value_name = "true|false", hide_possible_values = true)]
    numbers: Option<bool>,
}

const AFTER_HELP: &str = "\
The data are read once. The file then says how they are read and split, which network learns from them, and for how long. \
A comment above each setting gives the reason. The experiment can be trained as it is, and each setting can be changed. \
An existing file is never overwritten.

Examples:
  toddle new photographs              a folder with a sub-folder for each class
  toddle new houses.csv --out a.toml  a table with the target in its last column
  toddle new houses.csv --target price --drop street
  toddle new digits.npz               arrays: x_train, y_train, x_test, y_test
  toddle new mnist                    a data set with a name";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EmptyCells {
    Drop,
    Mean,
}

impl TableOptions {
    /// The settings that the user has given.
    pub fn settings(&self) -> TableSettings {
        let target = match &self.target[..] {
            [] => None,
            [column] => Some(Target::One(column.clone())),
            columns => Some(Target::Several(columns.to_vec())),
        };
        TableSettings {
            header: self.header,
            delimiter: self.delimiter,
            decimal: self.decimal,
            target,
            drop: self.drop.clone(),
            weight: self.weight.clone(),
            empty: match self.empty {
                None => Empty::Refuse,
                Some(EmptyCells::Drop) => Empty::Drop,
                Some(EmptyCells::Mean) => Empty::Mean,
            },
            numbers: self.numbers,
            bytes: None,
        }
    }
}

fn column(text: &str) -> Result<ColumnRef, String> {
    if let Some(name) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return Ok(ColumnRef::Name(name.to_owned()));
    }
    Ok(text.parse().map_or_else(|_| ColumnRef::Name(text.to_owned()), ColumnRef::Place))
}

fn character(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ if text == "tab" || text == "\\t" => Ok('\t'),
        _ => Err("one character is expected".to_owned()),
    }
}
