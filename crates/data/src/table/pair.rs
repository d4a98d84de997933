//! Which column of another table is which one of the training table.

use std::collections::HashSet;

use super::cell::Cell;
use super::columns::{ColumnKind, Columns};
use super::form;
use super::learn::list;
use super::roles::nameless;
use super::settings::ColumnRef;
use super::sheet::{Rows, Sheet};
use super::text::Text;
use crate::error::DataError;

/// The places of the known columns in another table.
pub struct Pairing {
    /// In the order of [`Columns::inputs`].
    pub inputs: Vec<usize>,
    /// In the order of [`Columns::targets`], if these are there.
    pub targets: Option<Vec<usize>>,
    /// The weights, if they are read.
    pub weight: Option<usize>,
}

impl Pairing {
    /// The columns of the training table itself.
    pub fn of_training(columns: &Columns) -> Pairing {
        Pairing {
            inputs: columns.inputs.iter().map(|input| input.place).collect(),
            targets: Some(columns.targets.iter().map(|target| target.place).collect()),
            weight: None,
        }
    }
}

/// `text` parted as the training table was, or as the text itself shows it has to be; the notes say where they differ.
pub fn sheet(text: Text, columns: &Columns, notes: &mut Vec<String>) -> Result<Sheet, DataError> {
    let delimiter = match text.separator {
        Some(delimiter) => delimiter,
        None => delimiter(&text, columns)?,
    };
    let decimal = match (delimiter, columns.delimiter) {
        (',', other) if other != ',' => form::decimal(&text, delimiter, '.')?,
        _ => form::decimal(&text, delimiter, columns.decimal)?,
    };
    for (what, here, there) in
        [("delimiter", delimiter, columns.delimiter), ("decimal", decimal, columns.decimal)]
    {
        if here != there {
            let (here, there) = (here.to_string(), there.to_string());
            notes.push(format!("{what} = {here:?} in this table; it was {there:?} in training"));
        }
    }
    let mut sheet = Sheet::new(text, delimiter, decimal)?;
    if columns.header {
        sheet.take_names()?;
    }
    Ok(sheet)
}

/// The delimiter by which the first row has a name that training knew. Without names, the one that parts the first rows
/// evenly. That of the training table goes first.
fn delimiter(text: &Text, columns: &Columns) -> Result<char, DataError> {
    let usual = if form::is_delimiter(columns.delimiter) { columns.delimiter } else { ',' };
    let candidates: Vec<char> = std::iter::once(usual).chain(form::DELIMITERS).collect();
    if !columns.header {
        return match columns.inputs.len() {
            1 => Ok(usual), // one column is parted by nothing
            _ => form::delimiter(text, &candidates, None),
        };
    }
    let is_known = |name: &str| columns.inputs.iter().any(|input| input.name.as_deref() == Some(name));
    for candidate in candidates {
        let mut rows = Rows::new(text, candidate);
        if rows.next()?.is_some_and(|row| row.cells().any(is_known)) {
            return Ok(candidate);
        }
    }
    Ok(usual)
}

/// Pairs the columns of `sheet` with the known ones: by name if these have names, else by place.
///
/// **Errors:** if an input is missing, if a target is missing and `targets` asks for them, or if a column is none of
/// the known ones.
pub fn pair(
    sheet: &mut Sheet,
    columns: &Columns,
    targets: bool,
    notes: &mut Vec<String>,
) -> Result<Pairing, DataError> {
    match &sheet.names {
        Some(_) => by_name(sheet, columns, targets, notes),
        None => by_place(sheet, columns, targets, notes),
    }
}

fn by_name(
    sheet: &Sheet,
    columns: &Columns,
    with_targets: bool,
    notes: &mut Vec<String>,
) -> Result<Pairing, DataError> {
    let names = sheet.names.as_deref().unwrap_or(&[]);
    let inputs = columns.inputs.iter().map(|input| input.name.as_deref());
    let targets = columns.targets.iter().map(|target| target.name.as_deref());
    let dropped = columns.drop.iter().filter_map(|drop| match drop {
        ColumnRef::Name(name) => Some(name.as_str()),
        ColumnRef::Place(_) => None,
    });
    let place = |name: Option<&str>| sheet.place(name?);
    let known: Vec<&str> = inputs.clone().chain(targets.clone()).flatten().collect();
    let all_known: HashSet<&str> = known.iter().copied().chain(dropped).collect();

    let needed =
        || known[..if with_targets { known.len() } else { columns.inputs.len().min(known.len()) }].iter();
    let missing: Vec<&str> = needed().copied().filter(|&name| place(Some(name)).is_none()).collect();
    let strangers: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !name.is_empty() && !all_known.contains(name))
        .collect();
    if !missing.is_empty() || !strangers.is_empty() {
        let all: Vec<&str> = needed().copied().collect();
        let expected = format!("a first row with the columns {}, in any order", list(&all));
        let mut got = list(names);
        if !missing.is_empty() {
            got += &format!("; without {}", list(&missing));
        }
        if !strangers.is_empty() {
            got += &format!("; not in the training table: {}", list(&strangers));
        }
        let remedy = match (missing.len() == all.len(), strangers.is_empty()) {
            (true, _) => "a first row of these names, or the table that belongs to this network",
            (_, true) => "adding the missing columns, or giving them the names they had",
            _ => "renaming or removing columns; or training again with `drop` for those to be left out",
        };
        return Err(sheet.refused(expected, got, remedy));
    }
    let mut seen = HashSet::new();
    let known: HashSet<&str> = known.into_iter().collect();
    if let Some(twice) = names.iter().find(|name| known.contains(name.as_str()) && !seen.insert(*name)) {
        let got = format!("column `{twice}` more than once");
        return Err(sheet.refused("a different name for each column", got, "removing one of them"));
    }
    for place in nameless(sheet) {
        notes.push(format!("{} has no name: it is left out", sheet.column(place)));
    }
    // No name is missing, unless a damaged model file has columns without one.
    let unnamed =
        || sheet.refused("a name for each column of the network", "none for some", "another model file");
    let inputs: Option<Vec<usize>> = inputs.map(place).collect();
    let targets: Option<Vec<usize>> = targets.map(place).collect();
    match inputs {
        Some(inputs) if targets.is_some() || !with_targets => Ok(Pairing { inputs, targets, weight: None }),
        _ => Err(unnamed()),
    }
}

/// A table without names has all columns, or lacks the targets, those that were left out, or both. The columns that
/// are there keep their order.
fn by_place(
    sheet: &mut Sheet,
    columns: &Columns,
    with_targets: bool,
    notes: &mut Vec<String>,
) -> Result<Pairing, DataError> {
    let inputs: Vec<usize> = columns.inputs.iter().map(|input| input.place).collect();
    let targets: Vec<usize> = columns.targets.iter().map(|target| target.place).collect();
    let drop: Vec<usize> = columns
        .drop
        .iter()
        .filter_map(|drop| match drop {
            ColumnRef::Place(place) => usize::try_from(*place).ok(),
            ColumnRef::Name(_) => None,
        })
        .collect();
    let mut ways = Vec::new();
    for has_targets in [true, false] {
        for has_drop in [true, false] {
            let mut there = inputs.clone();
            there.extend(targets.iter().filter(|_| has_targets));
            there.extend(drop.iter().filter(|_| has_drop));
            there.sort_unstable();
            let place = |column: &usize| there.binary_search(column).unwrap_or(0);
            ways.push((
                there.len(),
                Pairing {
                    inputs: inputs.iter().map(place).collect(),
                    targets: has_targets.then(|| targets.iter().map(place).collect()),
                    weight: None,
                },
            ));
            if drop.is_empty() {
                break;
            }
        }
    }
    if with_targets {
        ways.retain(|(_, way)| way.targets.is_some());
    }
    let mut widths: Vec<usize> = ways.iter().map(|(width, _)| *width).collect();
    ways.retain(|(width, _)| *width == sheet.width);
    let pairing = match ways.len() {
        1 => ways.remove(0).1,
        found => {
            widths.sort_unstable();
            widths.dedup();
            let widths: Vec<String> = widths.iter().map(usize::to_string).collect();
            let expected = format!(
                "{} columns: {} inputs, {} targets and {} that training left out, by place since the training table \
                 had no names",
                widths.join(" or "),
                inputs.len(),
                targets.len(),
                drop.len()
            );
            let unclear =
                if found > 1 { ", which could be with the targets or with those left out" } else { "" };
            let got = format!("{} columns{unclear}", sheet.width);
            return Err(sheet.refused(expected, got, "all columns of the training table, in their order"));
        }
    };
    if has_names(sheet, columns, &pairing)? {
        notes.push(
            "the first row has names, but the training table has none: columns are paired by place".into(),
        );
        sheet.take_names()?;
    }
    Ok(pairing)
}

/// Whether the first row has words in each column of numbers.
fn has_names(sheet: &Sheet, columns: &Columns, pairing: &Pairing) -> Result<bool, DataError> {
    let mut rows = sheet.rows()?;
    let Some(row) = rows.next()? else { return Ok(false) };
    let mut numbers = columns
        .inputs
        .iter()
        .zip(&pairing.inputs)
        .filter(|(input, _)| matches!(input.kind, ColumnKind::Number { .. }))
        .peekable();
    Ok(numbers.peek().is_some()
        && numbers.all(|(_, &place)| Cell::of(row.cell(place), sheet.decimal) == Cell::Word))
}
