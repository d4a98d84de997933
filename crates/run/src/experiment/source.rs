//! A file and its `--set` options as one tree. Every key and value has its place in the text.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::expand::expand;
use super::keys::Keys;
use crate::error::{Error, ExperimentError};

/// The contents of a file. Every key and value has its place in the text.
pub type Tree<'t> = Spanned<DeTable<'t>>;

/// A file and its `--set` options.
pub struct Source<'a> {
    file: &'a Path,
    text: &'a str,
    sets: Vec<Set<'a>>,
}

/// One `--set`.
struct Set<'a> {
    /// As the user wrote it.
    given: &'a str,
    /// The text that is parsed. Blanks before it move its places behind those of the file and of the sets before it.
    /// So one number tells every place in the tree.
    text: String,
    begin: usize,
    /// The number of keys before the value.
    depth: usize,
}

impl<'a> Source<'a> {
    /// `text` is the contents of `file`; `sets` are `key.key=value`.
    pub fn new(file: &'a Path, text: &'a str, sets: &'a [String]) -> Source<'a> {
        let mut begin = text.len() + 1;
        let set = |given: &'a String| {
            let (key, value) = given.split_once('=').unwrap_or((given, ""));
            let indented = |line: &str| " ".repeat(begin) + line;
            let mut text = indented(given);
            if DeTable::parse(&text).is_err() {
                // A value that is not TOML is a string: `train.optimizer.kind=adam`.
                text = indented(&format!("{key}='{}'", value.trim()));
            }
            let set = Set { given, depth: key.split('.').count(), begin, text };
            begin = set.text.len() + 1;
            set
        };
        let sets = sets.iter().map(set).collect();
        Source { file, text, sets }
    }

    /// The tree of the file. Each `--set` has replaced a setting, and a kind without settings is a table.
    pub fn tree(&self) -> Result<Tree<'_>, Error> {
        let mut tree = DeTable::parse(self.text).map_err(|error| self.no_toml(&error))?;
        expand(Keys::get(), tree.get_mut());
        for set in &self.sets {
            self.apply(&mut tree, set)?;
        }
        expand(Keys::get(), tree.get_mut());
        Ok(tree)
    }

    /// The file.
    pub fn file(&self) -> &'a Path {
        self.file
    }

    /// The line, or the `--set`, that contains the byte `at`.
    pub fn place(&self, at: usize) -> String {
        match self.set_at(at) {
            Some(set) => format!("--set {}", set.given),
            None => {
                let before = &self.text.as_bytes()[..at.min(self.text.len())];
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                format!("`{}`, line {line}", self.file.display())
            }
        }
    }

    /// The first line of the text at `span`.
    pub fn excerpt(&self, span: &Range<usize>) -> String {
        let text = match self.set_at(span.start) {
            Some(set) => set.given,
            None => self.text.get(span.clone()).unwrap_or_default(),
        };
        text.trim().lines().next().unwrap_or("nothing").into()
    }

    fn set_at(&self, at: usize) -> Option<&Set<'a>> {
        self.sets.iter().rev().find(|set| at >= set.begin)
    }

    fn no_toml(&self, error: &toml::de::Error) -> Error {
        let at = error.span().unwrap_or(0..0).start;
        let before = self.text.get(..at).unwrap_or_default();
        let line = &self.text[before.rfind('\n').map_or(0, |end| end + 1)..];
        let what = format!("this is not TOML: {}", error.message());
        let (expected, got) = (
            "lines such as epochs = 3 in a section such as [train]",
            line.lines().next().unwrap_or_default(),
        );
        let remedy = "a file as in `toddle help experiment`";
        ExperimentError::new(self.place(at), &what, expected, got.trim(), remedy)
    }

    /// Replaces the setting that `set` names.
    fn apply<'t>(&self, tree: &mut Tree<'t>, set: &'t Set<'_>) -> Result<(), Error> {
        let wrong = |expected: &str, got: &str, remedy: &str| {
            let place = format!("--set {}", set.given);
            Err(ExperimentError::new(place, "this cannot be set", expected, got, remedy))
        };
        let table =
            DeTable::parse(&set.text).ok().filter(|_| set.given.contains('=')).map(Spanned::into_inner);
        let Some((key, value)) = table.and_then(|table| table.into_iter().next()) else {
            return wrong("a setting and its value", set.given, "for example --set train.epochs=3");
        };
        match merge(tree.get_mut(), key, value, set.depth) {
            Ok(()) => Ok(()),
            Err((place, entries)) => {
                let expected = format!("a place in the list, 1 to {entries}");
                wrong(&expected, &place, "the place of an entry that is there")
            }
        }
    }
}

/// A key and its place.
type Key<'t> = Spanned<Cow<'t, str>>;

/// Puts `value` into a table. It is nested in `depth` keys. The error is a place that a list does not have.
fn merge<'t>(
    table: &mut DeTable<'t>,
    key: Key<'t>,
    value: Spanned<DeValue<'t>>,
    depth: usize,
) -> Result<(), (String, usize)> {
    match table.get_mut(&**key.get_ref()) {
        Some(old) => replace(old, value, depth - 1),
        None => {
            table.insert(key, value);
            Ok(())
        }
    }
}

/// Replaces a value, or what is below it. The error is a place that is not in a list, and the number of its entries.
fn replace<'t>(
    old: &mut Spanned<DeValue<'t>>,
    new: Spanned<DeValue<'t>>,
    depth: usize,
) -> Result<(), (String, usize)> {
    if depth > 0
        && matches!(old.get_ref(), DeValue::Table(_) | DeValue::Array(_))
        && let DeValue::Table(new) = new.get_ref()
        && let Some((key, value)) = new.iter().next()
    {
        let (key, value) = (key.clone(), value.clone());
        return match old.get_mut() {
            DeValue::Table(table) => merge(table, key, value, depth),
            DeValue::Array(list) => {
                // Layers are counted from 1 everywhere.
                let entries = list.len();
                let place = key.get_ref().parse().ok().and_then(|n: usize| list.get_mut(n.checked_sub(1)?));
                replace(place.ok_or((key.into_inner().into_owned(), entries))?, value, depth - 1)
            }
            _ => Ok(()),
        };
    }
    *old = new;
    Ok(())
}
