//! What the columns of a training table mean, from what they hold.

use std::collections::HashMap;

use super::cell::Odd;
use super::columns::{ColumnKind, Columns, InputColumn, TargetColumn};
use super::roles::Roles;
use super::settings::{Empty, TableSettings};
use super::sheet::{Sheet, shown};
use super::survey::{Counted, Found, Survey, Texts, survey, texts};
use crate::error::DataError;

/// Up to so many different values are few: whole numbers may be classes, and numbers among words are words.
pub const FEW: usize = 20;

/// What the columns mean, and what was decided where the settings say nothing. What fills empty cells comes from the rows that
/// are trained on, if it is known which.
pub fn learn(
    sheet: &Sheet,
    settings: &TableSettings,
    roles: Roles,
    trained: Counted<'_>,
) -> Result<(Columns, Vec<String>), DataError> {
    let surveys = survey(sheet, &roles, settings.empty, None)?;
    let fills = match trained.filter(|_| settings.empty == Empty::Mean) {
        Some(_) => Some(survey(sheet, &roles, settings.empty, trained)?.columns),
        None => None,
    };
    let mut learning = Learning {
        trained,
        fills,
        sheet,
        settings,
        roles,
        surveys: surveys.columns,
        texts: HashMap::new(),
        unfit: Vec::new(),
    };
    learning.check_rows(surveys.rows)?;
    learning.read_texts()?;
    learning.columns()
}

/// What is known of a table while its columns are looked at.
pub struct Learning<'a> {
    pub sheet: &'a Sheet,
    pub settings: &'a TableSettings,
    pub roles: Roles,
    /// What each column holds, by place.
    pub surveys: Vec<Survey>,
    /// Which rows are trained on, if that is known.
    trained: Counted<'a>,
    /// What each column holds in the rows that are trained on, by place, if empty cells are filled from these.
    pub fills: Option<Vec<Survey>>,
    /// The different texts of the columns that hold words, and of the column that may be one of classes, by place.
    pub texts: HashMap<usize, Texts>,
    /// The columns of inputs that cannot be used.
    unfit: Vec<usize>,
}

impl Learning<'_> {
    fn check_rows(&self, rows: usize) -> Result<(), DataError> {
        if rows > 0 {
            return Ok(());
        }
        let empty = |place: usize| self.surveys[place].empty;
        let emptiest = self.roles.used().max_by_key(|&place| empty(place)).filter(|&place| empty(place) > 0);
        let Some(place) = emptiest else {
            return Err(no_rows(self.sheet));
        };
        let column = self.sheet.column(place);
        let got = format!("an empty cell in every row; in {} of them in {column}", empty(place));
        let remedy = format!("empty = \"mean\", or {}", self.drop(place));
        Err(self.sheet.refused("one row or more without an empty cell", got, remedy))
    }

    fn read_texts(&mut self) -> Result<(), DataError> {
        let holds_words = |place: &usize| self.surveys[*place].words > 0;
        let mut places: Vec<usize> = self.roles.inputs.iter().copied().filter(holds_words).collect();
        places.extend(self.class_column());
        if !places.is_empty() {
            let texts = texts(self.sheet, &self.roles, self.settings.empty, None, &places)?;
            self.texts = places.into_iter().zip(texts).collect();
        }
        self.unfit = self.roles.inputs.iter().copied().filter(|&place| self.is_unfit(place)).collect();
        Ok(())
    }

    fn columns(&self) -> Result<(Columns, Vec<String>), DataError> {
        let (sheet, roles) = (self.sheet, &self.roles);
        for place in roles.used() {
            self.check_cells(place)?;
        }
        let mut notes = roles.notes.clone();
        let name = |place: usize| sheet.name(place).map(str::to_owned);
        let mut inputs = Vec::with_capacity(roles.inputs.len());
        for &place in &roles.inputs {
            let kind = self.input(place, &mut notes)?;
            if matches!(kind, ColumnKind::Number { .. }) {
                self.check_digits(place)?;
            }
            inputs.push(InputColumn { name: name(place), place, kind });
        }
        let bytes = self.bytes(&mut inputs, &mut notes)?;
        let classes = self.classes(bytes, &mut notes)?;
        let columns = Columns {
            header: sheet.names.is_some(),
            delimiter: sheet.delimiter,
            decimal: sheet.decimal,
            inputs,
            targets: roles.targets.iter().map(|&place| TargetColumn { name: name(place), place }).collect(),
            classes,
            drop: roles.drop.iter().map(|&place| sheet.reference(place)).collect(),
            empty: self.settings.empty,
            bytes,
        };
        Ok((columns, notes))
    }

    /// Refuses what is neither number nor word, and a column without any value.
    fn check_cells(&self, place: usize) -> Result<(), DataError> {
        let survey = &self.surveys[place];
        if let Some((odd, Found { line, text })) = &survey.odd {
            let (what, remedy) = odd.described();
            let remedy = match (self.unfit.contains(&place), odd) {
                (true, Odd::Lines) => {
                    format!("{remedy}; or {}, if the text is as it has to be", self.drop(place))
                }
                (true, _) => format!("{remedy}; or {}", self.drop(place)),
                (false, _) => remedy.to_owned(),
            };
            let expected = match survey.numbers > survey.odds + survey.words {
                true => format!("a number, as in {} other rows", survey.numbers),
                false => "a number or a word".to_owned(),
            };
            return Err(self.sheet.wrong_cell(place, *line, text, &expected, what, &remedy));
        }
        let refused = |got: &str| {
            let got = format!("{} without any{got}", self.sheet.column(place));
            Err(self.sheet.refused("values in every column", got, self.drop(place)))
        };
        if survey.values() == 0 {
            return refused(": each of its cells is empty");
        }
        if self.fills.as_ref().is_some_and(|fills| fills[place].values() == 0) {
            return refused(" in the training rows, so there is no value for its empty cells");
        }
        Ok(())
    }

    /// Refuses numbers that are so close together, for their size, that rounding to `f32` changes them.
    pub fn check_digits(&self, place: usize) -> Result<(), DataError> {
        let Some(Found { line, text }) = self.surveys[place].lost() else { return Ok(()) };
        let expected = "numbers that still differ if they are rounded to seven digits, as samples are with any `precision`";
        let drop = match self.roles.targets.contains(&place) {
            true => "another target".to_owned(),
            false => self.drop(place),
        };
        let remedy = format!("subtracting one of the numbers from all; another unit; or {drop}");
        Err(self.sheet.wrong_cell(place, *line, text, expected, "", &remedy))
    }

    /// How often each word of a column of words comes in the rows that empty cells are filled from.
    pub fn words_for_fill(&self, place: usize) -> Result<Option<Texts>, DataError> {
        if self.fills.is_none() {
            return Ok(None);
        }
        let found = texts(self.sheet, &self.roles, self.settings.empty, self.trained, &[place])?;
        Ok(found.into_iter().next())
    }

    /// The setting that leaves out a column, and with it all other columns that cannot be used.
    pub fn drop(&self, place: usize) -> String {
        let mut places = self.unfit.clone();
        if !places.contains(&place) {
            places.insert(0, place);
        }
        let columns: Vec<String> =
            places.iter().map(|&place| self.sheet.reference(place).to_string()).collect();
        let nameless = places.iter().any(|&place| self.sheet.name(place).is_none());
        format!("drop = [{}]{}", columns.join(", "), if nameless { " (places count from 0)" } else { "" })
    }
}

/// The refusal of a table without data.
pub fn no_rows(sheet: &Sheet) -> DataError {
    let got = if sheet.names.is_some() { "only the names of the columns" } else { "none" };
    sheet.refused("one row of data or more", got, "checking that it is the right file")
}

/// Words with commas between them; of many, the first.
pub fn list<S: AsRef<str>>(words: &[S]) -> String {
    const SHOWN: usize = 8;
    let mut list: Vec<String> = words.iter().take(SHOWN).map(|word| shown(word.as_ref())).collect();
    if words.len() > SHOWN {
        list.push(format!("… ({} in all)", words.len()));
    }
    list.join(", ")
}
