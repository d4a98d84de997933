//! Keys that no setting has, and the nearest that one has.
//!
//! A key is known where it may not hold just anything: what reads it refuses either a truth value or a string.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::read::{Tree, read};
use crate::nearest::nearest;

/// A key that no setting has.
pub struct Unknown {
    /// All keys that lead to it, with dots between.
    pub path: String,
    /// The key.
    pub key: String,
    /// Where it stands.
    pub at: usize,
    /// The keys that settings have there.
    pub known: Vec<String>,
    /// The one of these that is most like it, if one is.
    pub nearest: Option<String>,
}

/// Every key that a file may have somewhere: what is asked about when the nearest known one is looked for.
#[rustfmt::skip]
const KEYS: &[&str] = &[
    "absolute", "accumulate", "alpha", "anneal", "approximate", "augment", "average", "batch", "betas",
    "better", "bias", "brightness", "centered", "checkpoint_every", "class_weights", "clip", "contrast",
    "cooldown", "count_padding", "crop", "csv", "data", "delta", "deviation", "dilation", "elastic",
    "end_divisor", "epochs", "epsilon", "erase", "every", "factor", "fast", "filters", "first", "flip", "folder",
    "fraction", "from", "gain", "groups", "growth", "high", "images", "init", "initial", "input", "inputs",
    "jacobian", "keep_best", "kernel", "kind", "l1", "label_smoothing", "last", "layers", "least_change",
    "limit", "loss", "low", "lowest", "mean", "min_delta", "momentum", "momentum_decay", "monitor", "name",
    "nesterov", "network", "noise", "npz", "numbers", "optimizer", "output_padding", "outputs", "over",
    "padding", "patience", "per", "per_channel", "period", "positive_weight", "power", "precision",
    "projection", "rate", "rate_decay", "rho", "rise", "rotate", "samples", "scale", "scaling", "schedule",
    "seed", "set", "shape", "shear", "shift", "shuffle", "size", "slope", "smoothness", "start",
    "start_divisor", "steps", "strength", "stride", "targets", "then", "three_phases", "threshold", "train",
    "validation", "value", "version", "weight_decay", "window",
];

/// Whether some setting has this key.
pub fn is_key(key: &str) -> bool {
    KEYS.contains(&key)
}

/// One step on the way to a value.
#[derive(Clone)]
enum Step {
    Key(String),
    Place(usize),
}

/// The first key of a readable tree that nothing reads.
pub fn ignored(tree: &Tree<'_>) -> Option<Unknown> {
    let keys = keys(tree.get_ref());
    let (path, span) = keys.into_iter().find(|(path, _)| !is_known(tree, path))?;
    Some(describe(tree, &path, span.start))
}

/// The key that `error` is about, if it is about one that nothing reads.
pub fn refused(tree: &Tree<'_>, error: &toml::de::Error) -> Option<Unknown> {
    let name = error.message().strip_prefix("unknown field `")?.split('`').next()?;
    let within = error.span().unwrap_or(0..usize::MAX);
    let called =
        |(path, _): &&(Vec<Step>, Range<usize>)| matches!(path.last(), Some(Step::Key(key)) if key == name);
    let keys = keys(tree.get_ref());
    let inside =
        |(_, span): &&(Vec<Step>, Range<usize>)| within.start <= span.start && span.end <= within.end;
    let (path, span) = (keys.iter().filter(called).find(inside)).or_else(|| keys.iter().find(called))?;
    let known = expected(error.message());
    Some(Unknown { path: dotted(path), key: name.into(), at: span.start, nearest: like(name, &known), known })
}

fn like(key: &str, known: &[String]) -> Option<String> {
    nearest(key, known.iter().map(String::as_str)).map(str::to_owned)
}

/// What `message` says is known: all that is in quotes in it, but the first, which is what is not.
pub fn expected(message: &str) -> Vec<String> {
    message.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

fn describe(tree: &Tree<'_>, path: &[Step], at: usize) -> Unknown {
    let key = match path.last() {
        Some(Step::Key(key)) => key.clone(),
        _ => String::new(),
    };
    let beside = |other: &str| {
        let mut beside = path.to_vec();
        beside.pop();
        beside.push(Step::Key(other.into()));
        beside
    };
    let known: Vec<String> =
        KEYS.iter().filter(|other| is_known(tree, &beside(other))).map(|key| key.to_string()).collect();
    Unknown { path: dotted(path), nearest: like(&key, &known), key, at, known }
}

/// Whether something reads the value at `path`.
fn is_known(tree: &Tree<'_>, path: &[Step]) -> bool {
    let probes = [DeValue::Boolean(true), DeValue::String("\u{0}".into())];
    probes.into_iter().any(|probe| {
        let mut tree = tree.clone();
        put(tree.get_mut(), path, probe);
        read(&tree).is_err()
    })
}

/// Sets the value at `path`.
fn put<'t>(table: &mut DeTable<'t>, path: &[Step], value: DeValue<'t>) {
    let [Step::Key(key), rest @ ..] = path else { return };
    if rest.is_empty() {
        table.insert(Spanned::new(0..0, Cow::Owned(key.clone())), Spanned::new(0..0, value));
    } else if let Some(inner) = table.get_mut(&**key) {
        put_inside(inner.get_mut(), rest, value);
    }
}

fn put_inside<'t>(inner: &mut DeValue<'t>, path: &[Step], value: DeValue<'t>) {
    match (inner, path) {
        (DeValue::Table(table), path) => put(table, path, value),
        (DeValue::Array(list), [Step::Place(n), rest @ ..]) => {
            if let Some(inner) = list.get_mut(*n) {
                put_inside(inner.get_mut(), rest, value);
            }
        }
        _ => {}
    }
}

/// All keys of a table and of those in it, with the places where they stand, in the order of these.
fn keys(table: &DeTable<'_>) -> Vec<(Vec<Step>, Range<usize>)> {
    fn walk(value: &DeValue<'_>, path: &mut Vec<Step>, keys: &mut Vec<(Vec<Step>, Range<usize>)>) {
        match value {
            DeValue::Table(table) => walk_table(table, path, keys),
            DeValue::Array(list) => {
                for (n, value) in list.iter().enumerate() {
                    path.push(Step::Place(n));
                    walk(value.get_ref(), path, keys);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    fn walk_table(table: &DeTable<'_>, path: &mut Vec<Step>, keys: &mut Vec<(Vec<Step>, Range<usize>)>) {
        for (key, value) in table {
            path.push(Step::Key(key.get_ref().to_string()));
            keys.push((path.clone(), key.span()));
            walk(value.get_ref(), path, keys);
            path.pop();
        }
    }

    let mut keys = Vec::new();
    walk_table(table, &mut Vec::new(), &mut keys);
    keys.sort_by_key(|(_, span)| span.start);
    keys
}

fn dotted(path: &[Step]) -> String {
    let steps = path.iter().map(|step| match step {
        Step::Key(key) => key.clone(),
        Step::Place(n) => n.to_string(),
    });
    steps.collect::<Vec<_>>().join(".")
}
