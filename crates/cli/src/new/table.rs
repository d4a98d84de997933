//! How a table is read: the settings, each with its reason.

use std::path::Path;

use toddle_data::{ColumnRef, DataSource, Empty, Opened, Proposal, Reading, Table, TableSettings, Target};
use toddle_run::error::Error;

use super::goal::listed;
use super::place::Destination;
use super::text::{Setting, quoted};

/// The largest number of reasons for columns that are left out.
const MOST_REASONS: usize = 12;

/// The settings that read the table at `path`, and its samples.
pub fn read(
    path: &Path,
    destination: &Destination,
    given: &TableSettings,
) -> Result<(Vec<Setting>, Opened), Error> {
    let way = destination.way_to(path)?;
    let proposal = Table::propose(path, given)?;
    let mut settings = vec![Setting::new("csv", quoted(&way), "Each row of the table is a sample.")];
    settings.extend(settings_of(&proposal, given));
    let Proposal { settings: read, dropped, note, .. } = proposal;
    let source = DataSource::Csv { path: path.into(), test: None, settings: read };
    let mut opened = source.open(&Reading::default())?;
    let left_out =
        dropped.iter().take(MOST_REASONS).map(|(column, why)| format!("column {column} is left out: {why}"));
    let notes = &mut opened.halves.report.notes;
    notes.splice(0..0, note);
    notes.extend(left_out);
    if let Some(more) = dropped.len().checked_sub(MOST_REASONS).filter(|&more| more > 0) {
        notes.push(format!("{more} more columns are left out; the file has the reasons"));
    }
    Ok((settings, opened))
}

/// How the table is read, each setting with its reason.
fn settings_of(proposal: &Proposal, given: &TableSettings) -> Vec<Setting> {
    let read = &proposal.settings;
    let mut settings = Vec::new();
    let mut add = |key, value: String, why: String| settings.push(Setting::new(key, value, why));
    let has_names = read.header == Some(true);
    let header =
        if has_names { "The first row has the names of the columns." } else { "The first row is data." };
    add("header", has_names.to_string(), header.into());
    if let Some(delimiter) = read.delimiter {
        add("delimiter", quoted(&delimiter.to_string()), "The character between columns.".into());
    }
    if let Some(decimal) = read.decimal {
        add("decimal", quoted(&decimal.to_string()), "The character before the fraction of a number.".into());
    }
    if let Some(target) = &read.target {
        let mut why = match (&given.target, proposal.is_target_named) {
            (Some(Target::Several(_)), _) => "The columns to learn, as asked.",
            (Some(Target::One(_)), _) => "The column to learn, as asked.",
            (None, true) => "The column to learn, as its name says.",
            (None, false) => {
                "The column to learn. No column is called `label` or `target`, so this is the last column that fits."
            }
        }
        .to_owned();
        if given.target.is_none() && !proposal.is_target_named && !proposal.candidates.is_empty() {
            let names: Vec<String> = proposal.candidates.iter().map(ToString::to_string).collect();
            why += &format!(" Other columns with few values: {}.", listed(&names, 10));
        }
        if !has_names {
            why += " Places count from 0.";
        }
        let value = match target {
            Target::One(column) => column_ref(column),
            Target::Several(columns) => list_of(columns.iter()),
        };
        add("target", value, why);
    }
    if let Some(numbers) = read.numbers {
        let what = if numbers { "numbers to learn" } else { "classes" };
        add("numbers", numbers.to_string(), format!("The targets are {what}, as asked."));
    }
    if let Some(weight) = &read.weight {
        add("weight", column_ref(weight), "The weight of each row in the training, as asked.".into());
    }
    let dropped = &proposal.dropped;
    if !dropped.is_empty() {
        let reasons: Vec<String> = dropped.iter().map(|(column, why)| format!("{column} ({why})")).collect();
        let why = format!("Columns that are left out: {}.", listed_whole(&reasons));
        add("drop", list_of(dropped.iter().map(|(column, _)| column)), why);
    }
    let cells = match proposal.empty {
        1 => "One cell is empty, or a word for it such as NA.".to_owned(),
        count => format!("{count} cells are empty, or a word for it such as NA."),
    };
    match read.empty {
        Empty::Refuse => {}
        Empty::Mean => add(
            "empty",
            quoted("mean"),
            format!("{cells} An empty cell gets the mean of its column, or the most frequent word of it."),
        ),
        Empty::Drop if given.empty == Empty::Drop => {
            add("empty", quoted("drop"), format!("{cells} Rows with an empty cell are left out, as asked."));
        }
        Empty::Drop => add(
            "empty",
            quoted("drop"),
            "The target is not known in every row. Rows with an empty cell are left out.".into(),
        ),
    }
    settings
}

/// A list of columns in TOML.
fn list_of<'a>(columns: impl Iterator<Item = &'a ColumnRef>) -> String {
    format!("[{}]", columns.map(column_ref).collect::<Vec<_>>().join(", "))
}

/// The column in TOML.
fn column_ref(column: &ColumnRef) -> String {
    match column {
        ColumnRef::Place(place) => place.to_string(),
        ColumnRef::Name(name) => quoted(name),
    }
}

fn listed_whole(reasons: &[String]) -> String {
    let plain = |text: &String| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut list: Vec<String> = reasons.iter().take(MOST_REASONS).map(plain).collect();
    if reasons.len() > MOST_REASONS {
        list.push("…".into());
    }
    list.join(", ")
}
