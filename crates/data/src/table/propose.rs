//! A proposal of how to read a table.

use std::collections::{HashMap, HashSet};

use super::cell::Odd;
use super::form;
use super::inputs::are_ids;
use super::learn::{FEW, no_rows};
use super::roles::{Roles, is_name_of_target};
use super::settings::{ColumnRef, Empty, TableSettings, Target};
use super::sheet::{Sheet, shown};
use super::survey::{Found, Survey, Texts, survey, texts};
use super::text::Text;
use crate::error::DataError;

/// A proposal of how to read a table: [`Table::propose`](crate::Table::propose).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Proposal {
    /// The settings, all of them given.
    pub settings: TableSettings,
    /// The columns that the settings leave out, and why.
    pub dropped: Vec<(ColumnRef, String)>,
    /// Whether the target is the only column that is called `label` or `target`.
    pub is_target_named: bool,
    /// Other columns that may be the target, since they have classes.
    pub candidates: Vec<ColumnRef>,
    /// How many cells of the columns that are read are empty.
    pub empty: usize,
    /// Why the first row is data, if it is.
    pub note: Option<String>,
}

/// Looks at all columns of a table, and follows the settings that are `given`.
pub fn propose(text: Text, given: &TableSettings) -> Result<Proposal, DataError> {
    let (sheet, note) = form::sheet(text, given)?;
    let roles = Roles::of(&sheet, given)?;
    let found = survey(&sheet, &roles, Empty::Refuse, None)?;
    if found.rows == 0 {
        return Err(no_rows(&sheet));
    }
    let with_words: Vec<usize> = roles.used().filter(|&place| found.columns[place].words > 0).collect();
    let texts = texts(&sheet, &roles, Empty::Refuse, None, &with_words)?;
    let texts = with_words.into_iter().zip(texts).collect();
    let look = Look { sheet: &sheet, rows: found.rows, columns: found.columns, texts };

    let targets = match given.target {
        Some(_) => roles.targets.clone(),
        None => vec![look.target(&roles)],
    };
    let mut dropped = look.dropped(&roles, &targets);
    let mut inputs = look.inputs(&roles, &targets);
    let are_dropped: HashSet<usize> = dropped.iter().map(|(place, _)| *place).collect();
    inputs.retain(|place| !are_dropped.contains(place));
    if inputs.is_empty() {
        return Err(no_inputs(&look, &dropped));
    }
    let asked: Vec<usize> = given.drop.iter().map(|column| sheet.find(column)).collect::<Result<_, _>>()?;
    dropped.extend(asked.into_iter().map(|place| (place, "as asked".to_owned())));
    dropped.sort_unstable_by_key(|(place, _)| *place);
    dropped.dedup_by_key(|(place, _)| *place);

    let empty = |places: &[usize]| -> usize { places.iter().map(|&place| look.columns[place].empty).sum() };
    let (in_targets, in_inputs) = (empty(&targets), empty(&inputs));
    let target = match &targets[..] {
        [target] => sheet.reference(*target).into(),
        several => Target::Several(several.iter().map(|&place| sheet.reference(place)).collect()),
    };
    let settings = TableSettings {
        header: Some(sheet.names.is_some()),
        delimiter: Some(sheet.delimiter),
        decimal: Some(sheet.decimal),
        target: Some(target),
        drop: dropped.iter().map(|(place, _)| sheet.reference(*place)).collect(),
        weight: given.weight.clone(),
        empty: match (given.empty, in_targets, in_inputs) {
            (Empty::Refuse, 0, 0) => Empty::Refuse,
            (Empty::Refuse, 0, _) => Empty::Mean,
            (Empty::Refuse, ..) => Empty::Drop,
            (given, ..) => given,
        },
        numbers: given.numbers,
        bytes: given.bytes,
    };
    Ok(Proposal {
        settings,
        dropped: dropped.iter().map(|(place, why)| (sheet.reference(*place), why.clone())).collect(),
        is_target_named: sheet.name(targets[0]).is_some_and(is_name_of_target),
        candidates: inputs
            .iter()
            .filter(|&&place| look.may_be_classes(place) && look.is_number_of_row(place).is_none())
            .map(|&place| sheet.reference(place))
            .collect(),
        empty: in_inputs + in_targets,
        note: Some(note).filter(|note| sheet.names.is_none() && !note.is_empty()),
    })
}

/// The refusal of a table from whose columns nothing can be learned.
fn no_inputs(look: &Look<'_>, dropped: &[(usize, String)]) -> DataError {
    let why = |(place, why): &(usize, String)| format!("{}: {why}", look.sheet.column(*place));
    let mut got: Vec<String> = dropped.iter().take(3).map(why).collect();
    if dropped.len() > got.len() {
        got.push(format!("and {} more", dropped.len() - got.len()));
    }
    let expected = "one column of inputs or more, beside the target";
    let is_comma = |odd: &Odd| matches!(odd, Odd::Fraction(',') | Odd::Thousands(Some(',')));
    let has_commas = |place: usize| look.columns[place].odd.as_ref().is_some_and(|(odd, _)| is_comma(odd));
    let are_fractions = dropped.iter().any(|(place, _)| has_commas(*place));
    let remedy = match are_fractions {
        true => "decimal = \",\" (for `toddle new`, --decimal ,)",
        false => "correcting the cells, or another target",
    };
    look.sheet.refused(expected, format!("none that can be used. {}", got.join("; ")), remedy)
}

/// What the columns hold.
struct Look<'s> {
    sheet: &'s Sheet,
    rows: usize,
    columns: Vec<Survey>,
    /// The texts of the columns with words, by place.
    texts: HashMap<usize, Texts>,
}

impl Look<'_> {
    /// The column to learn if the user names none: the usual one, or the last one that is neither empty nor a number for each row.
    ///
    /// A target that cannot be learned stays the target, so that it is refused when the table is read.
    fn target(&self, roles: &Roles) -> usize {
        let usual = roles.targets[0];
        let is_named = self.sheet.name(usual).is_some_and(is_name_of_target);
        let columns = roles.used().count();
        let is_passed = |&place: &usize| {
            self.is_empty(place) || !is_named && columns > 2 && self.is_number_of_row(place).is_some()
        };
        match is_passed(&usual) {
            true => roles.used().filter(|place| !is_passed(place)).max().unwrap_or(usual),
            false => usual,
        }
    }

    /// The columns beside the targets, from left to right.
    fn inputs(&self, roles: &Roles, targets: &[usize]) -> Vec<usize> {
        let mut inputs: Vec<usize> = roles.used().filter(|place| !targets.contains(place)).collect();
        inputs.sort_unstable();
        inputs
    }

    /// The columns from which nothing can be learned, and why. One input is left if there is one.
    fn dropped(&self, roles: &Roles, targets: &[usize]) -> Vec<(usize, String)> {
        let inputs = self.inputs(roles, targets);
        let mut dropped: Vec<(usize, String)> =
            inputs.iter().filter_map(|&place| Some((place, self.unusable(place)?))).collect();
        let unusable: HashSet<usize> = dropped.iter().map(|(place, _)| *place).collect();
        let mut left = inputs.len() - unusable.len();
        for place in inputs.into_iter().filter(|place| !unusable.contains(place)) {
            if let Some(why) = self.is_number_of_row(place).filter(|_| left > 1) {
                dropped.push((place, why.to_owned()));
                left -= 1;
            }
        }
        dropped
    }

    fn texts(&self, place: usize) -> Option<&Texts> {
        self.texts.get(&place)
    }

    fn is_empty(&self, place: usize) -> bool {
        self.columns[place].values() == 0 && self.columns[place].odd.is_none()
    }

    /// Why nothing can be learned from a column. A column with a few cells that are wrong is none of these: it is refused when the
    /// table is read, and so is a cell of several lines, because a quote that is not closed makes one cell of many rows.
    fn unusable(&self, place: usize) -> Option<String> {
        let column = &self.columns[place];
        if self.is_empty(place) {
            return Some("it is empty".to_owned());
        }
        match &column.odd {
            Some((Odd::Lines, _)) => return None,
            _ if 2 * column.empty > self.rows => return Some("most of its cells are empty".to_owned()),
            Some((odd, Found { line, text })) if column.odds > column.values() => {
                return Some(format!("{}: `{}` in line {line}", odd.described().0, shown(text)));
            }
            Some(_) => return None,
            None => {}
        }
        let are_ids = column.words >= column.numbers && self.texts(place).is_some_and(are_ids);
        are_ids.then(|| "names or ids: almost every row has its own".to_owned())
    }

    /// Why a column of numbers is no more than a number for each row.
    fn is_number_of_row(&self, place: usize) -> Option<&'static str> {
        let column = &self.columns[place];
        let name = self.sheet.name(place).unwrap_or_default().to_lowercase();
        let ends = |words: &[&str]| {
            words.iter().any(|word| {
                name.strip_suffix(word).is_some_and(|rest| rest.is_empty() || rest.ends_with(['_', ' ']))
            })
        };
        // `smoker_no` may be yes or no.
        let is_spread = column.high - column.low >= column.numbers as f32 - 1.0;
        let is_id = ends(&["id", "uuid"]) || is_spread && ends(&["no", "nr", "number"]);
        if column.words > 0 || column.odds > 0 || !column.whole {
            None
        } else if column.counts_rows() {
            Some("it counts the rows")
        } else {
            is_id.then_some("numbers that stand for names")
        }
    }

    /// Whether a column has few different words or whole numbers.
    fn may_be_classes(&self, place: usize) -> bool {
        let column = &self.columns[place];
        match self.texts(place) {
            Some(texts) => texts.counts.len() <= FEW,
            None => column.whole && column.high - column.low < FEW as f32,
        }
    }
}
