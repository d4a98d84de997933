//! The mistakes of a file: the differences between its tree and the keys of experiments.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Choice, Form, Key, Keys, Kind, Number};
use super::schema::{CUSTOM, KIND, PLACE};
use super::source::{Source, Tree};
use super::suggest::{Suggestion, suggest};
use super::words;
use crate::error::{Error, ExperimentError};

/// An error, and its place in a [`Source`].
pub type Mistake = (usize, Error);

/// All mistakes of `tree`: keys that are unknown or missing, and values that are not allowed.
pub fn mistakes(source: &Source<'_>, tree: &Tree<'_>) -> Vec<Mistake> {
    let keys = Keys::get();
    let mut search = Search { keys, source, found: Vec::new() };
    search.table("", &keys.root().keys, &[], tree.get_ref(), &tree.span());
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

    /// Adds the mistake that `value` has another type than `key`.
    fn wrong_type(&mut self, key: &Key, expected: &str, value: &Value<'_>) {
        let (span, got) = (value.span(), self.source.excerpt(&value.span()));
        let what = format!("`{}` cannot have this value", key.name);
        self.mistake(&span, &what, expected, &got, &example(key));
    }

    /// Looks for mistakes in `value` at `path`. It is the value of `key`, or a part of this value.
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
                self.table(path, &known.keys, &[], table, &value.span());
            }
            (Form::Names(of), DeValue::Table(table)) => {
                for (name, value) in table {
                    self.value(&under(path, name.get_ref()), key, of, value);
                }
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

    /// Whether `value` has the type of `form`.
    fn fits(&self, form: &Form, value: &DeValue<'_>) -> bool {
        match (self.keys.resolve(form), value) {
            (Form::Anything, _)
            | (Form::Flag, DeValue::Boolean(_))
            | (Form::Text, DeValue::String(_))
            | (Form::Number(_), DeValue::Integer(_))
            | (Form::Number(Number { is_whole: false, .. }), DeValue::Float(_))
            | (Form::Table(_) | Form::Names(_), DeValue::Table(_))
            | (Form::Choice(_) | Form::Kinds(_), DeValue::String(_) | DeValue::Table(_)) => true,
            (Form::Character, DeValue::String(text)) => text.chars().count() == 1,
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
        // A number in another notation, such as 0x10, is not compared with the range.
        if given.replace('_', "").parse().is_ok_and(|given| !number.has(given)) {
            let what = format!("{} = {given} is out of range", key.name);
            self.mistake(&value.span(), &what, &number.words(), &given, &example(key));
        }
    }

    /// One word of several.
    fn word(&mut self, choices: &[Choice], word: &str, span: &Range<usize>) {
        match choices.iter().find(|choice| choice.name == word) {
            Some(Choice { value: None, .. }) => {}
            Some(Choice { value: Some(key), .. }) => {
                let (expected, remedy) =
                    (format!("a value with the word: {{ {word} = … }}"), format!("{{ {} }}", example(key)));
                self.mistake(span, "this value cannot be read", &expected, &format!("{word:?}"), &remedy);
            }
            None => {
                let names: Vec<&str> = choices.iter().map(|choice| &*choice.name).collect();
                self.no_choice(word, &names, span);
            }
        }
    }

    /// One of several words, in a table with the value of the word.
    fn choice(&mut self, path: &str, choices: &[Choice], table: &DeTable<'_>) {
        if table.len() > 1
            && let Some((key, _)) = table.iter().nth(1)
        {
            let expected = choices.iter().map(Choice::written).collect::<Vec<_>>().join(", ");
            let got = table.keys().map(|key| &**key.get_ref()).collect::<Vec<_>>().join(" and ");
            let what = format!("`{path}` has more than one value");
            self.mistake(&key.span(), &what, &format!("one of {expected}"), &got, "only one of them");
        }
        for (key, value) in table {
            let name = &**key.get_ref();
            match choices.iter().find(|choice| choice.name == *name) {
                Some(Choice { value: Some(key), .. }) => {
                    self.value(&under(path, name), key, &key.form, value)
                }
                Some(_) => {
                    let (expected, got) = ("only the word", self.source.excerpt(&value.span()));
                    self.mistake(
                        &key.span(),
                        "this value cannot be read",
                        expected,
                        &got,
                        &format!("{name:?}"),
                    );
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
        let what = format!("`{word}` is not a choice here");
        let remedy = words::like_choice(word, names).unwrap_or("one of these");
        self.mistake(span, &what, &listed(names), word, remedy);
    }

    /// One of several kinds: its name, or a table that contains the name.
    fn kinds(&mut self, path: &str, key: &Key, kinds: &[Kind], value: &Value<'_>) {
        let span = value.span();
        let names: Vec<&str> = kinds.iter().map(|kind| &*kind.name).collect();
        let none = DeTable::new();
        let (table, name) = match value.get_ref() {
            DeValue::Table(table) => (table, self.kind_of(table)),
            _ => (&none, Some(value)),
        };
        let also = self.keys_beside(path, kinds, table);
        let Some(name) = name else {
            let kind = likely(kinds, table);
            let remedy = kind.map_or("one of these".into(), |kind| format!("kind = {:?}", kind.name));
            self.mistake(&span, "the setting `kind` is missing", &listed(&names), "none", &remedy);
            return kind.into_iter().for_each(|kind| self.table(path, &kind.keys, also, table, &span));
        };
        let DeValue::String(word) = name.get_ref() else {
            return self.wrong_type(key, "the name of a kind in quotes", name);
        };
        if let Some(kind) = kinds.iter().find(|kind| kind.name == **word) {
            return self.table(path, &kind.keys, also, table, &span);
        }
        if &**word == CUSTOM && std::ptr::eq(kinds, self.keys.layers()) {
            return self.custom(table, &span);
        }
        self.no_choice(word, &names, &name.span());
        let meant = words::choice(word, &names);
        let meant = kinds.iter().find(|kind| Some(&*kind.name) == meant);
        meant.into_iter().for_each(|kind| self.table(path, &kind.keys, also, table, &span));
    }

    /// The keys that a table of a kind may have beside those of its kind. A layer of the network may have a name, and may say what it
    /// takes; a layer within another may not.
    fn keys_beside(&mut self, path: &str, kinds: &[Kind], table: &DeTable<'_>) -> &'static [&'static str] {
        let is_layer = std::ptr::eq(kinds, self.keys.layers()) && path.split('.').count() == 3;
        if !is_layer {
            return &[KIND];
        }
        for key in PLACE {
            let Some(value) = table.get(key) else { continue };
            let is_name = |value: &Value<'_>| value.get_ref().as_str().is_some();
            let are_names = match value.get_ref() {
                DeValue::Array(names) => key != "name" && !names.is_empty() && names.iter().all(is_name),
                _ => is_name(value),
            };
            if !are_names {
                let (expected, remedy) = match key {
                    "name" => ("a name in quotes", "name = \"left\""),
                    _ => {
                        ("the name of an input or a layer in quotes, or a list of names", "from = \"conv1\"")
                    }
                };
                let got = self.source.excerpt(&value.span());
                self.mistake(&value.span(), "this cannot be read", expected, &got, remedy);
            }
        }
        &[KIND, PLACE[0], PLACE[1]]
    }

    /// The value that names the kind in `table`. Its key is `kind`, or another framework's word for it.
    fn kind_of<'v, 't>(&self, table: &'v DeTable<'t>) -> Option<&'v Value<'t>> {
        let of_others = || table.iter().find(|(key, _)| words::key(key.get_ref(), &[KIND]).is_some());
        table.get(KIND).or_else(|| of_others().map(|(_, value)| value))
    }

    fn custom(&mut self, table: &DeTable<'_>, span: &Range<usize>) {
        let name = table.get("name").and_then(|name| name.get_ref().as_str()).unwrap_or(CUSTOM);
        let what = format!("the command has no layer `{name}`");
        let expected = "a layer of toddle: the command has no custom layers";
        let remedy = "your own program with the library, as in its example own_layer.rs";
        self.mistake(span, &what, expected, &self.source.excerpt(span), remedy);
    }

    /// A table of the keys `known`, and perhaps `also` others that need no look.
    fn table(&mut self, path: &str, known: &[Key], also: &[&str], table: &DeTable<'_>, span: &Range<usize>) {
        let mut names: Vec<&str> = known.iter().map(|key| &*key.name).collect();
        let all = if names.is_empty() { "none here".into() } else { names.join(", ") };
        names.extend(also);
        let mut meant = Vec::new();
        for (name, value) in table {
            let (word, place) = (&**name.get_ref(), under(path, name.get_ref()));
            if let Some(key) = known.iter().find(|key| key.name == *word) {
                self.value(&place, key, &key.form, value);
            } else if !also.contains(&word) {
                let Suggestion { remedy, meant: suggested } =
                    suggest(self.keys, word, value.get_ref(), &names, also.is_empty());
                self.mistake(&name.span(), &format!("there is no setting `{place}`"), &all, word, &remedy);
                meant.extend(suggested);
                // A section with another name is checked, too.
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

/// The kind that has the most keys of `table`. None if no kind has any.
fn likely<'k>(kinds: &'k [Kind], table: &DeTable<'_>) -> Option<&'k Kind> {
    let count = |kind: &Kind| kind.keys.iter().filter(|key| table.contains_key(&*key.name)).count();
    // If several have equally many, the first.
    kinds.iter().rev().max_by_key(|kind| count(kind)).filter(|kind| count(kind) > 0)
}

/// The names of the choices. There are too many layers for one line.
fn listed(names: &[&str]) -> String {
    const MOST: usize = 20;
    if names.len() > MOST { "one of the kinds in `toddle help layers`".into() } else { names.join(", ") }
}

/// A line of a file that sets `key`.
fn example(key: &Key) -> String {
    key.line().unwrap_or_else(|| format!("a section [{}], as in `toddle help experiment`", key.name))
}

fn under(path: &str, name: &str) -> String {
    if path.is_empty() { name.into() } else { format!("{path}.{name}") }
}
