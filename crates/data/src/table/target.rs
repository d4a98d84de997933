//! What the target columns of a training table mean: classes, or numbers to be learned.

use super::cell;
use super::learn::{FEW, Learning, list};
use super::sheet::shown;
use super::survey::{Found, Texts};
use crate::dataset::MAX_CLASSES;
use crate::error::DataError;
use crate::halves::look_alike;

/// Up to so many different whole numbers are classes where the inputs are pixels.
const FEW_OF_PICTURES: usize = 256;

impl Learning<'_> {
    /// The target column, if it may be one of classes.
    pub fn class_column(&self) -> Option<usize> {
        match (&self.roles.targets[..], self.settings.numbers) {
            (_, Some(true)) => None,
            ([target], _) => Some(*target),
            _ => None,
        }
    }

    /// The classes in order, or none if the targets are numbers to be learned. `bytes` says that the inputs are pixels.
    pub fn classes(&self, bytes: bool, notes: &mut Vec<String>) -> Result<Vec<String>, DataError> {
        let texts = self.class_column().and_then(|place| Some((place, self.texts.get(&place)?)));
        let classes = match texts {
            Some((place, texts)) => self.classes_of(place, texts, bytes)?,
            None => Vec::new(),
        };
        if classes.is_empty() {
            self.check_numbers()?;
        }
        if !self.roles.targets.is_empty() {
            notes.push(self.note(&classes));
        }
        notes.extend(look_alike(&classes));
        Ok(classes)
    }

    fn classes_of(&self, place: usize, texts: &Texts, bytes: bool) -> Result<Vec<String>, DataError> {
        let (survey, column) = (&self.surveys[place], self.sheet.column(place));
        let classes = self.in_order(texts);
        let different = classes.len();
        if self.settings.numbers.is_none() {
            let few = if bytes { FEW_OF_PICTURES } else { FEW };
            let are_few = different <= few && (different <= 2 || 2 * different <= texts.cells);
            let are_numbers = survey.numbers > survey.words && !(survey.whole && are_few);
            match &survey.word {
                None if are_numbers => return Ok(Vec::new()),
                Some(Found { line, text }) if are_numbers => {
                    let expected = format!("a number to be learned, as in {} other rows", survey.numbers);
                    let remedy =
                        "correcting the cell; or numbers = false, which makes a class of each different cell";
                    return Err(self.sheet.wrong_cell(place, *line, text, &expected, "", remedy));
                }
                _ => {}
            }
            if (different == texts.cells && different > 10)
                || (different > FEW && 2 * different > texts.cells)
            {
                let mut got = format!("{different} different words in {} rows of {column}", texts.cells);
                if let Some(Found { line, text }) = &survey.word {
                    got += &format!(", such as `{}` in line {line}", shown(text));
                }
                let expected = "a target whose classes have several rows each, or a number in each row";
                let remedy =
                    "correcting the cells; or target = another column, because by default it is the last one";
                return Err(self.sheet.refused(expected, got, remedy));
            }
        }
        if different > MAX_CLASSES {
            let expected = format!("at most {MAX_CLASSES} classes");
            let remedy = "numbers = true, or another target";
            return Err(self.sheet.refused(expected, format!("more in {column}"), remedy));
        }
        Ok(classes)
    }

    /// The different texts as classes: by value if all are numbers, and `1` and `1.0` are one; else by their bytes.
    fn in_order(&self, texts: &Texts) -> Vec<String> {
        let mut names: Vec<&String> = texts.counts.keys().collect();
        names.sort();
        let values: Option<Vec<f64>> =
            names.iter().map(|name| cell::class_value(name, self.sheet.decimal)).collect();
        if let Some(values) = values {
            // The shortest of equal numbers stays.
            let mut numbers: Vec<(f64, &String)> = values.into_iter().zip(names).collect();
            numbers.sort_by(|(a, x), (b, y)| a.total_cmp(b).then(x.len().cmp(&y.len())));
            numbers.dedup_by(|(a, _), (b, _)| a == b);
            names = numbers.into_iter().map(|(_, name)| name).collect();
        }
        names.into_iter().cloned().collect()
    }

    /// Refuses words where the targets are numbers.
    fn check_numbers(&self) -> Result<(), DataError> {
        for &place in &self.roles.targets {
            if let Some(Found { line, text }) = &self.surveys[place].word {
                let remedy = "correcting the cell, or one target column and numbers = false for classes";
                let expected = "a number to be learned";
                return Err(self.sheet.wrong_cell(place, *line, text, expected, "", remedy));
            }
            self.check_digits(place)?;
        }
        Ok(())
    }

    fn note(&self, classes: &[String]) -> String {
        let columns: Vec<String> = self.roles.targets.iter().map(|&place| self.sheet.column(place)).collect();
        let is_number = |class: &String| cell::value(class, self.sheet.decimal).is_some();
        let decided = self.settings.numbers.is_none() && columns.len() == 1;
        let (what, other) = match classes {
            [] => ("numbers to be learned".to_owned(), "; numbers = false makes classes of them"),
            _ if classes.iter().all(is_number) => (
                format!("{} classes: {}", classes.len(), list(classes)),
                "; numbers = true learns them as numbers",
            ),
            _ => (format!("{} classes: {}", classes.len(), list(classes)), ""),
        };
        format!("target: {}, {what}{}", columns.join(", "), if decided { other } else { "" })
    }
}
