//! Which columns of a table are inputs, which are targets, and which are left out.

use std::collections::HashSet;

use super::settings::{TableSettings, Target};
use super::sheet::Sheet;
use crate::error::DataError;

/// The places of the columns, by what they are for.
pub struct Roles {
    pub inputs: Vec<usize>,
    pub targets: Vec<usize>,
    pub drop: Vec<usize>,
    /// The column of the weights.
    pub weight: Option<usize>,
    /// What was decided where the settings say nothing.
    pub notes: Vec<String>,
}

impl Roles {
    /// As the settings say. A column without a name is left out if it is empty or only numbers the rows.
    pub fn of(sheet: &Sheet, settings: &TableSettings) -> Result<Roles, DataError> {
        let mut drop: Vec<usize> =
            settings.drop.iter().map(|column| sheet.find(column)).collect::<Result<_, _>>()?;
        let mut seen = HashSet::new();
        drop.retain(|place| seen.insert(*place));
        let weight = weight(sheet, settings, &drop)?;
        drop.extend(weight);
        check_names(sheet)?;
        let mut notes = Vec::new();
        drop_nameless(sheet, settings, &mut drop, &mut notes)?;
        let targets = targets(sheet, settings, &drop)?;
        let others: HashSet<usize> = targets.iter().chain(&drop).copied().collect();
        let inputs: Vec<usize> = (0..sheet.width).filter(|place| !others.contains(place)).collect();
        if inputs.is_empty() {
            let expected = "one column of inputs or more, beside the target";
            let got = match sheet.width {
                1 => format!("one column, with `{}` as the delimiter", sheet.delimiter.escape_default()),
                width => format!("{width} columns: {} targets, {} left out", targets.len(), drop.len()),
            };
            let remedy = match sheet.width {
                1 => "another delimiter (delimiter = \" \" for single spaces), or a file with more columns",
                _ => "fewer columns in `drop` or in `target`",
            };
            return Err(sheet.refused(expected, got, remedy));
        }
        Ok(Roles { inputs, targets, drop, weight, notes })
    }

    /// The columns that have no empty cell in a row that is kept, if rows with empty cells are left out.
    pub fn filled(&self) -> impl Iterator<Item = usize> + Clone {
        self.used().chain(self.weight)
    }

    /// All columns of inputs and targets.
    pub fn used(&self) -> impl Iterator<Item = usize> + Clone {
        self.inputs.iter().chain(&self.targets).copied()
    }
}

/// The column of the weights. It is left out of the inputs.
fn weight(sheet: &Sheet, settings: &TableSettings, drop: &[usize]) -> Result<Option<usize>, DataError> {
    let Some(column) = &settings.weight else { return Ok(None) };
    let place = sheet.find(column)?;
    let targets = settings.target.iter().flat_map(Target::columns).map(|target| sheet.find(target));
    let is_target = targets.collect::<Result<Vec<_>, _>>()?.contains(&place);
    if is_target || drop.contains(&place) {
        let why = if is_target { "is a target" } else { "is left out by `drop`" };
        let got = format!("weight {column}, which {why}");
        return Err(sheet.refused("a column that is only the weight of the rows", got, "another column"));
    }
    Ok(Some(place))
}

fn check_names(sheet: &Sheet) -> Result<(), DataError> {
    let mut seen = HashSet::new();
    match (0..sheet.width).find(|&place| sheet.name(place).is_some_and(|name| !seen.insert(name))) {
        None => Ok(()),
        Some(place) => {
            let got = format!("{} more than once", sheet.column(place));
            Err(sheet.refused("a different name for each column", got, "another name for one of them"))
        }
    }
}

/// Leaves out the columns without a name that say nothing: the rows' numbers that pandas writes, and the empty column that a
/// delimiter at the end of each line makes.
fn drop_nameless(
    sheet: &Sheet,
    settings: &TableSettings,
    drop: &mut Vec<usize>,
    notes: &mut Vec<String>,
) -> Result<(), DataError> {
    let targets: Vec<usize> = match &settings.target {
        Some(target) => target.columns().iter().map(|column| sheet.find(column)).collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    for place in nameless(sheet) {
        if drop.contains(&place) {
            continue;
        }
        let is_target = targets.contains(&place);
        let why = match (is_empty(sheet, place)?, numbers_rows(sheet, place)?) {
            (true, _) if !is_target => "is empty",
            (_, true) if !is_target => "has a whole number of its own for each row",
            _ => {
                let got = format!("none for {}", sheet.column(place));
                let remedy = format!(
                    "a name in the first row, or drop = [{}] (places count from 0)",
                    sheet.reference(place)
                );
                return Err(sheet.refused("a name for each column", got, remedy));
            }
        };
        notes.push(format!("{} has no name and {why}: it is left out", sheet.column(place)));
        drop.push(place);
    }
    Ok(())
}

/// The columns that have no name though the table has names.
pub fn nameless(sheet: &Sheet) -> impl Iterator<Item = usize> + '_ {
    (0..sheet.width).filter(|&place| sheet.names.is_some() && sheet.name(place).is_none())
}

fn is_empty(sheet: &Sheet, place: usize) -> Result<bool, DataError> {
    let mut rows = sheet.rows()?;
    while let Some(row) = rows.next()? {
        if !row.cell(place).is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a column has a whole number of its own for each row, as the index of pandas has, also after the rows were shuffled.
fn numbers_rows(sheet: &Sheet, place: usize) -> Result<bool, DataError> {
    let (mut rows, mut seen) = (sheet.rows()?, HashSet::new());
    while let Some(row) = rows.next()? {
        match row.cell(place).parse::<u64>() {
            Ok(number) if seen.insert(number) => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn targets(sheet: &Sheet, settings: &TableSettings, drop: &[usize]) -> Result<Vec<usize>, DataError> {
    let Some(target) = &settings.target else {
        let kept = || (0..sheet.width).filter(|place| !drop.contains(place));
        let is_target = |place: &usize| sheet.name(*place).is_some_and(is_name_of_target);
        let named: Vec<usize> = kept().filter(is_target).collect();
        let last = if let [named] = named[..] { Some(named) } else { kept().next_back() };
        let nothing = || {
            let got = format!("all {} columns left out", sheet.width);
            sheet.refused("one column of inputs and one of targets, or more", got, "fewer in `drop`")
        };
        return Ok(vec![last.ok_or_else(nothing)?]);
    };
    let mut places = Vec::new();
    for column in target.columns() {
        let place = sheet.find(column)?;
        if drop.contains(&place) || places.contains(&place) {
            let why = if drop.contains(&place) { "is left out by `drop`" } else { "comes twice" };
            let got = format!("target {column}, which {why}");
            return Err(sheet.refused("target columns that are read, each once", got, "other targets"));
        }
        places.push(place);
    }
    if places.is_empty() || (settings.numbers == Some(false) && matches!(target, Target::Several(_))) {
        let got = format!("{} target columns", places.len());
        let expected = "one target column; or several, of numbers to be learned";
        return Err(sheet.refused(expected, got, "one column; or numbers = true for several"));
    }
    Ok(places)
}

/// What people call a target column and hardly ever an input.
pub fn is_name_of_target(name: &str) -> bool {
    ["label", "target"].iter().any(|target| name.eq_ignore_ascii_case(target))
}
