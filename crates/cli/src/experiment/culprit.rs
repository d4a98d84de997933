//! Where in a file a value is that cannot be read.
//!
//! Of a list or a section of several kinds, what reads it says only that something in it is wrong. What that is shows when a
//! part is left out: then there is no error, or another.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::read::{Tree, read};

/// A value that cannot be read.
pub struct Culprit {
    /// Where it stands.
    pub span: Range<usize>,
    /// The keys in it, if it is a section, and where they stand.
    pub keys: Vec<(String, Range<usize>)>,
}

/// What `error` is about: the smallest value that has it.
pub fn culprit(tree: &Tree<'_>, error: &Error) -> Option<Culprit> {
    let is_missing = error.message().starts_with("missing field ");
    let is_section = |value: &DeValue<'_>| match value {
        DeValue::Table(_) => true,
        DeValue::Array(list) => list.iter().any(|value| value.get_ref().is_table()),
        _ => false,
    };
    let root = DeValue::Table(tree.get_ref().clone());
    let (mut value, mut path) = find(&root, &error.span()?)?;
    loop {
        let parts = if is_section(value.get_ref()) { parts(value.get_ref()) } else { Vec::new() };
        let deeper = parts.into_iter().enumerate().rev().find(|(place, (key, part))| {
            // What is missing is missing in a section. Without its kind, a section is none.
            let may_be = *key != "kind" && (!is_missing || is_section(part.get_ref()));
            may_be && is_in(tree, &[&path[..], &[*place]].concat(), error)
        });
        let Some((place, (_, part))) = deeper else { break };
        path.push(place);
        value = part;
    }
    let keys = match value.get_ref() {
        DeValue::Table(table) => table.keys().map(|key| (key.get_ref().to_string(), key.span())).collect(),
        _ => Vec::new(),
    };
    Some(Culprit { span: value.span(), keys })
}

/// The value that stands at `span`, and the places of the parts that lead to it.
fn find<'v, 't>(
    value: &'v DeValue<'t>,
    span: &Range<usize>,
) -> Option<(&'v Spanned<DeValue<'t>>, Vec<usize>)> {
    parts(value).into_iter().enumerate().find_map(|(place, (_, part))| {
        if part.span() == *span {
            return Some((part, vec![place]));
        }
        let (found, mut path) = find(part.get_ref(), span)?;
        path.insert(0, place);
        Some((found, path))
    })
}

/// The values in a section, with their keys, or in a list.
fn parts<'v, 't>(value: &'v DeValue<'t>) -> Vec<(&'v str, &'v Spanned<DeValue<'t>>)> {
    match value {
        DeValue::Table(table) => table.iter().map(|(key, part)| (&**key.get_ref(), part)).collect(),
        DeValue::Array(list) => list.iter().map(|part| ("", part)).collect(),
        _ => Vec::new(),
    }
}

/// Whether there is no such error without the part at `path`.
fn is_in(tree: &Tree<'_>, path: &[usize], error: &Error) -> bool {
    let DeValue::Table(rest) = without(DeValue::Table(tree.get_ref().clone()), path) else { return false };
    read(&Spanned::new(tree.span(), rest)).err().is_none_or(|other| other.message() != error.message())
}

/// `value` without the part at `path`; in a list, without those behind it too, which may have the same error.
fn without<'t>(value: DeValue<'t>, path: &[usize]) -> DeValue<'t> {
    let [at, rest @ ..] = path else { return value };
    let keep = |part: Spanned<DeValue<'t>>| {
        let span = part.span();
        (!rest.is_empty()).then(|| Spanned::new(span, without(part.into_inner(), rest)))
    };
    match value {
        DeValue::Table(table) => {
            let parts = table.into_iter().enumerate().filter_map(|(place, (key, part))| {
                Some((key, if place == *at { keep(part)? } else { part }))
            });
            DeValue::Table(DeTable::from_iter(parts))
        }
        DeValue::Array(list) => {
            let parts = list.into_iter().enumerate().take(at + 1);
            let parts = parts.filter_map(|(place, part)| if place == *at { keep(part) } else { Some(part) });
            DeValue::Array(parts.collect())
        }
        other => other,
    }
}
