//! The mistakes of a file: all that its tree has, or lacks, against the keys of experiments.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Choice, Form, Key, Keys, Kind, Number};
use super::schema::{CUSTOM, KIND};
use super::source::{Source, Tree};
use super::suggest::{Suggestion, suggest};
use super::words;
use crate::error::{Error, ExperimentError};

/// An error, and where in a [`Source`] it is.
pub type Mistake = (usize, Error);

/// All that `tree` has, or lacks, against the keys.
pub fn mistakes(source: &Source<'_>, tree: &Tree<'_>) -> Vec<Mistake> {
    let keys = Keys::get();
    let mut search = Search { keys, source, found: Vec::new() };
    search.table("", &keys.root().keys, None, tree.get_ref(), &tree.span());
    search.found
}

type Value<'t> = Spanned<DeValue<'t>>;

struct Search<'s> {
    keys: &'static Keys,
    source: &'s Source<'s>,
    found: Vec<Mistake>,
}

impl Search<'_> {
    fn mistake(&mut self, span: &Range<usize>, what: &str, expected: &str, got: &str, remedy: &str) {
        let place = self.source.place(span.start);
        self.found.push((span.start, ExperimentError::new(place, what, expected, got, remedy)));
    }

    /// `value` is of another type than `key`, or what is in it.
    fn wrong_type(&mut self, key: &Key, expected: &str, value: &Value<'_>) {
        let (span, got) = (value.span(), self.source.excerpt(&value.span()));
        self.mistake(&span, "this cannot be read", expected, &got, &example(key));
    }

    /// Looks for mistakes in `value`, which stands at `path` and is, or is in, the value of `key`.
    fn value(&mut self, path: &str, key: &Key, form: &Form, value: &Value<'_>) {
        let form = self.keys.resolve(form);
        match (form, value.get_ref()) {
            (Form::Number(number), _) => self.number(key, number, value),
            (Form::Choice(choices), DeValue::String(word)) => self.word(choices, word, &value.span()),
            (Form::Choice(choices), DeValue::Table(table)) => self.choice(path, choices, table),
            (Form::Kinds(kinds), DeValue::String(_) | DeValue::Table(_)) => {
                self.kinds(path, key, kinds, value)
            }
            (Form::Table(known), DeValue::Table(table)) => {
                self.table(path, &known.keys, None, table, &value.span());
            }
            (Form::List(list), DeValue::Array(values)) if self.fits(form, value.get_ref()) => {
                for (value, place) in values.iter().zip(1_usize..) {
                    self.value(&under(path, &place.to_string()), key, &list.of, value);
                }
            }
            (Form::Either(forms), _) => {
                let trials = forms.iter().filter(|form| self.fits(form, value.get_ref())).map(|form| {
                    let mut trial = Search { found: Vec::new(), ..*self };
                    trial.value(path, key, form, value);
                    trial.found
                });
                match trials.min_by_key(Vec::len) {
                    Some(found) => self.found.extend(found),
                    None => self.wrong_type(key, &self.keys.type_words(form), value),
                }
            }
            _ if self.fits(form, value.get_ref()) => {}
            _ => self.wrong_type(key, &self.keys.type_words(form), value),
        }
    }

    /// Whether `value` is of the type that `form` asks for.
    fn fits(&self, form: &Form, value: &DeValue<'_>) -> bool {
        match (self.keys.resolve(form), value) {
            (Form::Anything, _)
            | (Form::Flag, DeValue::Boolean(_))
            | (Form::Text, DeValue::String(_))
            | (Form::Number(_), DeValue::Integer(_))
            | (Form::Number(Number { is_whole: false, .. }), DeValue::Float(_))
            | (Form::Table(_), DeValue::Table(_))
            | (Form::Choice(_) | Form::Kinds(_), DeValue::String(_) | DeValue::Table(_)) => true,
            (Form::List(list), DeValue::Array(values)) => {
                let count = values.len() as u64;
                list.least.is_none_or(|least| least <= count) && list.most.is_none_or(|most| count <= most)
            }
            (Form::Either(forms), value) => forms.iter().any(|form| self.fits(form, value)),
            _ => false,
        }
    }

    fn number(&mut self, key: &Key, number: &Number, value: &Value<'_>) {
        let given = match value.get_ref() {
            DeValue::Integer(whole) => Some(whole.to_string()),
            DeValue::Float(float) if !number.is_whole => Some(float.to_string()),
            _ => None,
        };
        let Some(given) = given else {
            return self.wrong_type(key, number.type_words(), value);
        };
        // A number that is not written in digits alone, as 0x10, is in nobody's way.
        if given.replace('_', "").parse().is_ok_and(|given| !number.has(given)) {
            let what = format!("{} = {given} cannot be", key.name);
            self.mistake(&value.span(), &what, &number.words(), &given, &example(key));
        }
    }

    /// One word of several.
    fn word(&mut self, choices: &[Choice], word: &str, span: &Range<usize>) {
        match choices.iter().find(|choice| choice.name == word) {
            Some(Choice { value: None, .. }) => {}
            Some(Choice { value: Some(key), .. }) => {
                let (expected, remedy) =
                    (format!("a value with it, as {{ {word} = … }}"), format!("{{ {} }}", example(key)));
                self.mistake(span, "this cannot be read", &expected, &format!("{word:?}"), &remedy);
            }
            None => {
                let names: Vec<&str> = choices.iter().map(|choice| &*choice.name).collect();
                self.no_choice(word, &names, span);
            }
        }
    }

    /// One of several words, in a table with its value.
    fn choice(&mut self, path: &str, choices: &[Choice], table: &DeTable<'_>) {
        if table.len() > 1
            && let Some((key, _)) = table.iter().nth(1)
        {
            let expected = choices.iter().map(Choice::written).collect::<Vec<_>>().join(", ");
            let got = table.keys().map(|key| &**key.get_ref()).collect::<Vec<_>>().join(" and ");
            let what = format!("`{path}` has more than one value");
            self.mistake(&key.span(), &what, &format!("one of {expected}"), &got, "one of them alone");
        }
        for (key, value) in table {
            let name = &**key.get_ref();
            match choices.iter().find(|choice| choice.name == *name) {
                Some(Choice { value: Some(key), .. }) => {
                    self.value(&under(path, name), key, &key.form, value)
                }
                Some(_) => {
                    let (expected, got) = ("the word alone", self.source.excerpt(&value.span()));
                    self.mistake(&key.span(), "this cannot be read", expected, &got, &format!("{name:?}"));
                }
                None => {
                    let names: Vec<&str> = choices.iter().map(|choice| &*choice.name).collect();
                    let meant = words::key(name, &names)
                        .or_else(|| crate::nearest::nearest(name, names.iter().copied()));
                    let what = format!("there is no setting `{}`", under(path, name));
                    let expected = choices.iter().map(Choice::written).collect::<Vec<_>>().join(", ");
                    self.mistake(&key.span(), &what, &expected, name, meant.unwrap_or("one of these"));
                }
            }
        }
    }

    fn no_choice(&mut self, word: &str, names: &[&str], span: &Range<usize>) {
        let what = format!("there is no `{word}` to choose here");
        let remedy = words::like_choice(word, names).unwrap_or("one of these");
        self.mistake(span, &what, &listed(names), word, remedy);
    }

    /// One of several kinds: its name, or a table with the name in it.
    fn kinds(&mut self, path: &str, key: &Key, kinds: &[Kind], value: &Value<'_>) {
        let span = value.span();
        let names: Vec<&str> = kinds.iter().map(|kind| &*kind.name).collect();
        let none = DeTable::new();
        let (table, name) = match value.get_ref() {
            DeValue::Table(table) => (table, self.kind_of(table)),
            _ => (&none, Some(value)),
        };
        let Some(name) = name else {
            let kind = likely(kinds, table);
            let remedy = kind.map_or("one of these".into(), |kind| format!("kind = {:?}", kind.name));
            self.mistake(&span, "the setting `kind` is missing", &listed(&names), "none", &remedy);
            return kind.into_iter().for_each(|kind| self.table(path, &kind.keys, Some(KIND), table, &span));
        };
        let DeValue::String(word) = name.get_ref() else {
            return self.wrong_type(key, "a kind in quotes", name);
        };
        if let Some(kind) = kinds.iter().find(|kind| kind.name == **word) {
            return self.table(path, &kind.keys, Some(KIND), table, &span);
        }
        if &**word == CUSTOM && std::ptr::eq(kinds, self.keys.layers()) {
            return self.custom(table, &span);
        }
        self.no_choice(word, &names, &name.span());
        let meant = words::choice(word, &names);
        let meant = kinds.iter().find(|kind| Some(&*kind.name) == meant);
        meant.into_iter().for_each(|kind| self.table(path, &kind.keys, Some(KIND), table, &span));
    }

    /// What says the kind in `table`: the key `kind`, or another framework's word for it.
    fn kind_of<'v, 't>(&self, table: &'v DeTable<'t>) -> Option<&'v Value<'t>> {
        let of_others = || table.iter().find(|(key, _)| words::key(key.get_ref(), &[KIND]).is_some());
        table.get(KIND).or_else(|| of_others().map(|(_, value)| value))
    }

    fn custom(&mut self, table: &DeTable<'_>, span: &Range<usize>) {
        let name = table.get("name").and_then(|name| name.get_ref().as_str()).unwrap_or(CUSTOM);
        let what = format!("the layer `{name}` is not one of toddle's own");
        let expected = "layers that this command has: it takes no custom ones";
        let remedy = "a program of your own with the library, as its example own_layer.rs";
        self.mistake(span, &what, expected, &self.source.excerpt(span), remedy);
    }

    /// A table of the keys `known`, and perhaps `also` another that needs no look.
    fn table(
        &mut self,
        path: &str,
        known: &[Key],
        also: Option<&str>,
        table: &DeTable<'_>,
        span: &Range<usize>,
    ) {
        let mut names: Vec<&str> = known.iter().map(|key| &*key.name).collect();
        let all = if names.is_empty() { "none here".into() } else { names.join(", ") };
        names.extend(also);
        let mut meant = Vec::new();
        for (name, value) in table {
            let (word, place) = (&**name.get_ref(), under(path, name.get_ref()));
            if let Some(key) = known.iter().find(|key| key.name == *word) {
                self.value(&place, key, &key.form, value);
            } else if also != Some(word) {
                let Suggestion { remedy, meant: suggested } =
                    suggest(self.keys, word, value.get_ref(), &names, also.is_none());
                self.mistake(&name.span(), &format!("there is no setting `{place}`"), &all, word, &remedy);
                meant.extend(suggested);
                // A section under another name has mistakes of its own.
                let section =
                    known.iter().find(|key| Some(&*key.name) == suggested && value.get_ref().is_table());
                section.into_iter().for_each(|key| self.value(&place, key, &key.form, value));
            }
        }
        for key in known.iter().filter(|key| key.is_required) {
            if !table.contains_key(&*key.name) && !meant.contains(&&*key.name) {
                let (what, expected) =
                    (format!("the setting `{}` is missing", key.name), self.keys.words(&key.form));
                self.mistake(span, &what, &expected, "none", &example(key));
            }
        }
    }
}

/// The kind that has most of the keys of `table`, if one has any.
fn likely<'k>(kinds: &'k [Kind], table: &DeTable<'_>) -> Option<&'k Kind> {
    let count = |kind: &Kind| kind.keys.iter().filter(|key| table.contains_key(&*key.name)).count();
    // The first of the best.
    kinds.iter().rev().max_by_key(|kind| count(kind)).filter(|kind| count(kind) > 0)
}

/// The names of what there is to choose from. Of layers there are too many for a line.
fn listed(names: &[&str]) -> String {
    const MOST: usize = 20;
    if names.len() > MOST { "one of those that `toddle help layers` shows".into() } else { names.join(", ") }
}

/// A line of a file that sets `key`.
fn example(key: &Key) -> String {
    key.line().unwrap_or_else(|| format!("[{}], as `toddle help experiment` shows it", key.name))
}

fn under(path: &str, name: &str) -> String {
    if path.is_empty() { name.into() } else { format!("{path}.{name}") }
}
