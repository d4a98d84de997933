//! The settings of a layer. Each must be asked for, so that none is passed over.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::Value as Json;
use toddle::Size;

use crate::ExchangeError;

/// The settings of a layer that nobody has asked for yet.
pub(super) struct Settings<'j> {
    /// The name of the layer.
    pub layer: &'j str,
    /// The name of the layer's class.
    pub class: &'j str,
    left: BTreeMap<&'j str, &'j Json>,
}

/// The largest setting that is a number of elements, so that sums and products of two do not overflow.
const LARGEST: u64 = 1 << 28;

/// The endings of settings that only change a training.
const OF_TRAINING: [&str; 3] = ["_initializer", "_regularizer", "_constraint"];

impl<'j> Settings<'j> {
    pub fn new(layer: &'j str, class: &'j str, config: &'j Json) -> Self {
        let all = config.as_object().into_iter().flatten();
        // A setting without a value is none.
        let left = all.filter(|(_, value)| !value.is_null()).map(|(name, value)| (&**name, value)).collect();
        Settings { layer, class, left }
    }

    /// The setting `name`, if it has a value.
    pub fn take(&mut self, name: &str) -> Option<&'j Json> {
        self.left.remove(name)
    }

    /// A number.
    pub fn number(&mut self, name: &str) -> Result<f64, ExchangeError> {
        let value = self.take(name);
        value.and_then(Json::as_f64).ok_or_else(|| self.wrong(format_args!("a number as {name}"), value))
    }

    /// A number of elements.
    pub fn count(&mut self, name: &str) -> Result<usize, ExchangeError> {
        let value = self.take(name);
        value.and_then(count).ok_or_else(|| self.wrong(format_args!("a size as {name}"), value))
    }

    /// Whether something is so. It is not if nothing is said about it.
    pub fn is_set(&mut self, name: &str) -> Result<bool, ExchangeError> {
        match self.take(name) {
            None => Ok(false),
            Some(Json::Bool(flag)) => Ok(*flag),
            value => Err(self.wrong(format_args!("{name} = true or false"), value)),
        }
    }

    /// A word. Without a value, it is `default`.
    pub fn word(&mut self, name: &str, default: &'static str) -> Result<&'j str, ExchangeError> {
        match self.take(name) {
            None => Ok(default),
            Some(Json::String(word)) => Ok(word),
            value => Err(self.wrong(format_args!("a word as {name}"), value)),
        }
    }

    /// Numbers of elements: one, or a list of them. Empty if there is no such setting.
    pub fn counts(&mut self, name: &str) -> Result<Vec<usize>, ExchangeError> {
        let Some(value) = self.take(name) else { return Ok(Vec::new()) };
        let counts = match value {
            Json::Array(values) => values.iter().map(count).collect(),
            value => count(value).map(|count| vec![count]),
        };
        counts.ok_or_else(|| self.wrong(format_args!("sizes as {name}"), Some(value)))
    }

    /// Rows and columns. A sequence, of rank 2, has one row, for which the size is `one`.
    pub fn size(&mut self, name: &str, rank: usize, one: usize) -> Result<Size, ExchangeError> {
        let counts = self.counts(name)?;
        match (rank, &counts[..]) {
            (2, &[columns]) => Ok(Size(one, columns)),
            (3, &[both]) => Ok(Size(both, both)),
            (3, &[rows, columns]) => Ok(Size(rows, columns)),
            _ => Err(self.refused(format_args!("{name} for each axis"), format_args!("{counts:?}"))),
        }
    }

    /// The numbers before and after each axis.
    pub fn pairs(&mut self, name: &str) -> Result<Vec<[usize; 2]>, ExchangeError> {
        let value = self.take(name);
        let pair = |value: &Json| {
            let [before, after] =
                value.as_array()?.iter().map(count).collect::<Option<Vec<_>>>()?.try_into().ok()?;
            Some([before, after])
        };
        let list = value.and_then(Json::as_array);
        let pairs = list.and_then(|list| match list.first() {
            Some(Json::Array(_)) => list.iter().map(pair).collect(),
            _ => Some(vec![pair(value?)?]),
        });
        pairs.ok_or_else(|| self.wrong(format_args!("numbers before and after as {name}"), value))
    }

    /// Checks that axes, of which a layer may have one or several, are `axes` of a sample of rank `rank`.
    pub fn are_axes(&mut self, name: &str, axes: &[usize], rank: usize) -> Result<(), ExchangeError> {
        let value = self.take(name);
        let place = |axis: &Json| {
            let axis = axis.as_i64()?;
            usize::try_from(if axis < 0 { axis.checked_add(1 + rank as i64)? } else { axis }).ok()
        };
        let found: Option<Vec<usize>> = match value {
            Some(Json::Array(found)) => found.iter().map(place).collect(),
            Some(one) => place(one).map(|one| vec![one]),
            None => Some(Vec::new()),
        };
        match found {
            Some(found) if found == axes => Ok(()),
            _ => Err(self.wrong(format_args!("{name} = {axes:?}"), value)),
        }
    }

    /// Checks that a setting has its only value that toddle knows, if it has a value.
    pub fn only(&mut self, name: &str, only: impl Into<Json>) -> Result<(), ExchangeError> {
        let only = only.into();
        // 1 and 1.0 are one number.
        let is_only =
            |value: &Json| *value == only || value.as_f64().is_some_and(|value| Some(value) == only.as_f64());
        match self.take(name) {
            Some(value) if !is_only(value) => Err(self.wrong(format_args!("{name} = {only}"), Some(value))),
            _ => Ok(()),
        }
    }

    /// Passes over settings that change no output of inference.
    pub fn ignore(&mut self, names: &[&str]) {
        self.left.retain(|name, _| !names.contains(name));
    }

    /// Checks that every setting was asked for.
    pub fn finish(self) -> Result<(), ExchangeError> {
        let is_of_training = |name: &str| OF_TRAINING.iter().any(|ending| name.ends_with(ending));
        let known = ["name", "trainable", "dtype"];
        match self.left.keys().find(|name| !known.contains(name) && !is_of_training(name)) {
            None => Ok(()),
            Some(name) => {
                Err(self.refused("settings that toddle knows", format_args!("the setting `{name}`")))
            }
        }
    }

    fn wrong(&self, expected: impl Display, got: Option<&Json>) -> ExchangeError {
        self.refused(expected, got.map_or_else(|| "none".into(), short))
    }

    /// The error that the layer cannot be read.
    pub fn refused(&self, expected: impl Display, got: impl Display) -> ExchangeError {
        refused(self.layer, self.class, expected, got)
    }
}

/// The error that a layer cannot be read.
pub(super) fn refused(layer: &str, class: &str, expected: impl Display, got: impl Display) -> ExchangeError {
    let what = format!("the layer `{layer}` ({class}) cannot be read");
    let remedy = "another layer in its place, or leaving it out, in the program that made the file";
    ExchangeError::new(what, expected, got, remedy)
}

/// A value as text that fits a line.
pub(super) fn short(value: &Json) -> String {
    const MOST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// A number of elements.
fn count(value: &Json) -> Option<usize> {
    value.as_u64().filter(|count| *count <= LARGEST).map(|count| count as usize)
}
