//! Suggestions for a key that is unknown in its place.

use toml::de::DeValue;

use super::keys::{Form, Key, Keys, Kind};
use super::schema::KIND;
use super::words;
use crate::nearest::{nearest, same};

/// A suggestion instead of a key.
pub struct Suggestion<'k> {
    /// In words.
    pub remedy: String,
    /// The name of the key that is probably meant, if that key is known in this place.
    pub meant: Option<&'k str>,
}

/// The probable meaning of `word` with the value `value`, among the keys `known` of a section or kind.
pub fn suggest<'k>(
    keys: &Keys,
    word: &str,
    value: &DeValue<'_>,
    known: &[&'k str],
    is_section: bool,
) -> Suggestion<'k> {
    let here = |name: &'k str| Suggestion { remedy: name.into(), meant: Some(name) };
    let instead = |remedy: String| Suggestion { remedy, meant: None };
    (words::key(word, known).map(here))
        .or_else(|| words::advice(word).map(|advice| instead(advice.into())))
        .or_else(|| if is_section { elsewhere(keys, word).map(instead) } else { None })
        .or_else(|| layer(keys, word, value).map(instead))
        .or_else(|| nearest(word, known.iter().copied()).map(here))
        .unwrap_or_else(|| instead("leaving it out".into()))
}

/// The other place in which the key is known, if there is one.
fn elsewhere(keys: &Keys, word: &str) -> Option<String> {
    let is_meant =
        |key: &&Key| same(word, [&*key.name]).is_some() || words::names(word).any(|name| name == key.name);
    let example = |key: &Key| key.line().unwrap_or_else(|| format!("[{}]", key.name));
    let root = &keys.root().keys;
    if let Some(key) = root.iter().find(is_meant) {
        return Some(format!("{} before the first section of the file", example(key)));
    }
    root.iter().find_map(|section| {
        let Form::Table(table) = keys.resolve(&section.form) else { return None };
        if let Some(key) = table.keys.iter().find(is_meant) {
            return Some(format!("{}, in [{}]", example(key), section.name));
        }
        table.keys.iter().find_map(|thing| {
            let Form::Kinds(kinds) = keys.resolve(&thing.form) else { return None };
            let has = |kind: &Kind| kind.keys.iter().find(is_meant).map(example);
            let usual = thing.example.as_ref().and_then(|example| example[KIND].as_str());
            let usual = kinds.iter().filter(|kind| Some(&*kind.name) == usual);
            let (kind, example) = usual.chain(kinds).find_map(|kind| Some((&kind.name, has(kind)?)))?;
            Some(format!("{} = {{ kind = {kind:?}, {example} }}, in [{}]", thing.name, section.name))
        })
    })
}

/// The layer that the key or its value names, if there is one.
fn layer(keys: &Keys, word: &str, value: &DeValue<'_>) -> Option<String> {
    let kinds: Vec<&str> = keys.layers().iter().map(|kind| &*kind.name).collect();
    let named = words::choice(word, &kinds).or_else(|| words::choice(value.as_str()?, &kinds))?;
    let kind = keys.layers().iter().find(|kind| kind.name == named)?;
    Some(format!("a separate layer: {}", kind.example()))
}
