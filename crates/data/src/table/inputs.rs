//! What the input columns of a training table mean.

use super::cell;
use super::columns::{ColumnKind, InputColumn};
use super::learn::{FEW, Learning, list};
use super::settings::Empty;
use super::survey::{Found, Texts};
use crate::error::DataError;

/// Up to so many different words a column may have.
const MAX_WORDS: usize = 1000;

/// So many columns of bytes are pixels, if one of them is above [`PIXEL`].
const PIXELS: usize = 64;

const PIXEL: f32 = 100.0;

/// Whole numbers up to here are exact in an `f32`.
const EXACT: f32 = 16_777_216.0;

impl Learning<'_> {
    /// Whether a column of inputs can only be left out: it has no value, something that is neither number nor word, or
    /// names and ids.
    pub fn is_unfit(&self, place: usize) -> bool {
        let survey = &self.surveys[place];
        survey.odd.is_some()
            || survey.values() == 0
            || self.texts.get(&place).is_some_and(|texts| survey.words >= survey.numbers && are_ids(texts))
    }

    /// What a column holds.
    pub fn input(&self, place: usize, notes: &mut Vec<String>) -> Result<ColumnKind, DataError> {
        match self.texts.get(&place) {
            None => Ok(self.numbers(place, notes)),
            Some(texts) => self.words(place, texts, notes),
        }
    }

    fn numbers(&self, place: usize, notes: &mut Vec<String>) -> ColumnKind {
        let (survey, column) = (&self.surveys[place], self.sheet.column(place));
        let fills = self.fills.as_ref().map_or(survey, |fills| &fills[place]);
        let fill = (self.settings.empty == Empty::Mean).then(|| fills.mean());
        if let Some(fill) = fill.filter(|_| survey.empty > 0) {
            let of = if self.fills.is_some() { " in the rows that are trained on" } else { "" };
            notes.push(format!("{} empty cells of {column} get its mean{of}, {fill}", survey.empty));
        }
        if survey.counts_rows() {
            notes.push(format!("{column} counts the rows; {} leaves it out", self.drop(place)));
        }
        if let Some(Found { line, text }) = &survey.code {
            notes.push(format!(
                "{column} is read as numbers, although some have zeros in front, as codes have: `{text}` in line {line}; {} leaves it \
                 out",
                self.drop(place)
            ));
        }
        if survey.whole && survey.low.abs().max(survey.high.abs()) > EXACT {
            notes.push(format!("{column} has whole numbers above {EXACT}, whose last digits are rounded"));
        }
        ColumnKind::Number { low: survey.low, high: survey.high, fill }
    }

    fn words(&self, place: usize, texts: &Texts, notes: &mut Vec<String>) -> Result<ColumnKind, DataError> {
        self.check_slip(place, texts)?;
        let (survey, column) = (&self.surveys[place], self.sheet.column(place));
        let different = texts.counts.len();
        if are_ids(texts) {
            let got = format!("{different} different words in {} rows of {column}", texts.cells);
            let expected =
                format!("numbers, or words that several rows share, at most {MAX_WORDS} different ones");
            let remedy = format!("{}: names and ids do not help to predict other rows", self.drop(place));
            return Err(self.sheet.refused(expected, got, remedy));
        }
        let mut values: Vec<String> = texts.counts.keys().cloned().collect();
        values.sort();
        // Of equally common words, the first by its bytes.
        let of_trained = self.words_for_fill(place)?;
        let counts = &of_trained.as_ref().unwrap_or(texts).counts;
        let count = |value: &String| counts.get(value).copied().unwrap_or(0);
        let commonest = values.iter().rev().max_by_key(|&value| count(value)).cloned();
        let fill = commonest.filter(|_| self.settings.empty == Empty::Mean);
        let mut note = format!("{column} has {different} words, with an input for each: {}", list(&values));
        if survey.numbers > 0 {
            note += "; its numbers count as words";
        }
        if let Some(fill) = fill.as_ref().filter(|_| survey.empty > 0) {
            note += &format!("; {} empty cells get `{fill}`", survey.empty);
        }
        notes.push(note);
        Ok(ColumnKind::Category { values, fill })
    }

    /// Refuses a column of numbers with a stray word. Few different numbers, with words that come again, are words.
    fn check_slip(&self, place: usize, texts: &Texts) -> Result<(), DataError> {
        let survey = &self.surveys[place];
        let Some(Found { line, text }) = survey.word.as_ref().filter(|_| survey.numbers > survey.words)
        else {
            return Ok(());
        };
        let is_number = |text: &str| cell::value(text, self.sheet.decimal).is_some();
        let come_again = texts.counts.iter().all(|(text, &count)| count > 1 || is_number(text));
        let different = texts.counts.len();
        if different <= FEW && 2 * different <= texts.cells && come_again {
            return Ok(());
        }
        let expected = format!("a number, as in {} other rows", survey.numbers);
        let remedy = match self.settings.header {
            Some(false) if survey.words == 1 && *line == 1 => {
                "header = true, if the first row is names".to_owned()
            }
            _ => format!("correcting the cell, or emptying it; or {}", self.drop(place)),
        };
        Err(self.sheet.wrong_cell(place, *line, text, &expected, "", &remedy))
    }

    /// Whether the inputs are pixels.
    pub fn bytes(&self, inputs: &mut [InputColumn], notes: &mut Vec<String>) -> Result<bool, DataError> {
        let words = inputs.iter().find(|input| matches!(input.kind, ColumnKind::Category { .. }));
        let surveys = || self.roles.inputs.iter().map(|&place| &self.surveys[place]);
        let bytes = match (self.settings.bytes, words) {
            (Some(true), Some(words)) => {
                let got = format!("words in {}", self.sheet.column(words.place));
                let remedy = format!("bytes = false, or {}", self.drop(words.place));
                let expected = "whole numbers from 0 to 255, as bytes = true says";
                return Err(self.sheet.refused(expected, got, remedy));
            }
            (Some(bytes), _) => bytes,
            (None, _) => {
                inputs.len() >= PIXELS
                    && surveys().all(|survey| survey.words == 0 && survey.empty == 0 && survey.are_bytes())
                    && surveys().any(|survey| survey.high > PIXEL)
            }
        };
        if bytes {
            for input in inputs.iter_mut() {
                if let ColumnKind::Number { fill: Some(fill), .. } = &mut input.kind {
                    *fill = fill.round();
                }
            }
        }
        if bytes && self.settings.bytes.is_none() {
            let what = format!("all {} inputs are whole numbers from 0 to 255", inputs.len());
            notes.push(format!("{what}: pixels, divided by 255; bytes = false takes them as they are"));
        }
        Ok(bytes)
    }
}

/// Whether words are nearly as many as rows, or too many for an input each.
pub fn are_ids(texts: &Texts) -> bool {
    let different = texts.counts.len();
    let all = different == texts.cells && different > 1;
    all || different > MAX_WORDS || (different > FEW && 2 * different > texts.cells)
}
