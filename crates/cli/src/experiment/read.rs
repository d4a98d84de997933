//! From a file and `--set` to settings, or to what is wrong, and where.

use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::culprit::{Culprit, culprit};
use super::settings::{Experiment, VERSION};
use super::unknown::{self, Unknown};
use crate::error::{Error, ExperimentError};
use crate::nearest::nearest;

/// The kind of layers that a program has to bring.
const CUSTOM: &str = "custom";

/// What a file says: every key and value knows where it stands.
pub type Tree<'t> = Spanned<DeTable<'t>>;

impl Experiment {
    /// Reads the experiment in `file`, in which each of `sets`, `key.key=value`, replaces a setting.
    pub fn load(file: &Path, sets: &[String]) -> Result<Experiment, Error> {
        let place = || format!("`{}`", file.display());
        let refuse = |got: &str, remedy: &str| {
            let expected = "an experiment, as those in the folder experiments";
            Err(ExperimentError::new(place(), "it cannot be read", expected, got, remedy))
        };
        match fs::read_to_string(file) {
            Ok(text) => {
                let mut experiment = Experiment::parse(file, &text, sets)?;
                experiment.resolve_paths(file, sets)?;
                Ok(experiment)
            }
            Err(_) if file.is_dir() => refuse("a folder", "a file in it; or --resume, to go on with a run"),
            Err(cause) if cause.kind() == ErrorKind::InvalidData => {
                refuse("a file that is no text", "the experiment.toml of its run, if it is a model")
            }
            Err(cause) => refuse(&cause.to_string(), "checking the path"),
        }
    }

    /// Takes the paths of the data as seen from the folder of the experiment's file, and those of `--set` as seen from the
    /// current folder.
    fn resolve_paths(&mut self, file: &Path, sets: &[String]) -> Result<(), Error> {
        let absolute = |path: &Path| {
            std::path::absolute(path).map_err(|cause| ExperimentError::unread(path, "a path", &cause))
        };
        let (file, current) = (absolute(file)?, absolute(Path::new("."))?);
        let beside = file.parent().unwrap_or(&current);
        let is_set = |key: &str| {
            let of_key = |set: &String| {
                let rest = set.trim_start().strip_prefix("data.").and_then(|rest| rest.strip_prefix(key));
                rest.is_some_and(|rest| rest.trim_start().starts_with(['=', '.']))
            };
            sets.iter().any(of_key)
        };
        self.data.resolve(|key| if is_set(key) { current.clone() } else { beside.to_owned() });
        Ok(())
    }

    /// Reads an experiment from `text`, the contents of `file`.
    pub fn parse(file: &Path, text: &str, sets: &[String]) -> Result<Experiment, Error> {
        let source = Source::new(file, text, sets);
        let mut tree = DeTable::parse(text).map_err(|error| source.no_toml(&error))?;
        expand(tree.get_mut());
        for set in &source.sets {
            source.apply(&mut tree, set)?;
        }
        expand(tree.get_mut());
        source.check_version(&tree)?;
        match read(&tree) {
            Ok(experiment) => match unknown::ignored(&tree) {
                Some(unknown) => Err(source.unknown(&unknown)),
                None => source.check(&tree, &experiment).map(|()| experiment),
            },
            Err(error) => Err(source.refuse(&tree, &error)),
        }
    }
}

/// The settings that a tree says.
pub fn read(tree: &Tree<'_>) -> Result<Experiment, toml::de::Error> {
    Experiment::deserialize(Deserializer::from(tree.clone()))
}

/// Where a thing may be given by its kind alone, `"tanh"` becomes `{ kind = "tanh" }`.
fn expand(tree: &mut DeTable<'_>) {
    let section = |tree: &mut DeTable<'_>, name: &str, keys: &[&str]| {
        let Some(DeValue::Table(section)) = tree.get_mut(name).map(Spanned::get_mut) else { return };
        for key in keys {
            if let Some(value) = section.get_mut(*key) {
                expand_kind(value);
            }
        }
        expand_layers(section);
    };
    section(tree, "network", &["init"]);
    section(tree, "train", &["loss", "optimizer", "schedule"]);
}

fn expand_kind(value: &mut Spanned<DeValue<'_>>) {
    let span = value.span();
    match value.get_mut() {
        DeValue::String(kind) => {
            let kind = Spanned::new(span.clone(), DeValue::String(std::mem::take(kind)));
            let key = Spanned::new(span, "kind".into());
            *value.get_mut() = DeValue::Table(DeTable::from_iter([(key, kind)]));
        }
        DeValue::Table(table) => expand_layers(table),
        _ => {}
    }
}

fn expand_layers(table: &mut DeTable<'_>) {
    for list in ["layers", "projection"] {
        if let Some(DeValue::Array(layers)) = table.get_mut(list).map(Spanned::get_mut) {
            layers.iter_mut().for_each(expand_kind);
        }
    }
}

/// A file and what `--set` adds to it.
struct Source<'a> {
    file: &'a Path,
    text: &'a str,
    sets: Vec<Set<'a>>,
}

/// One `--set`.
struct Set<'a> {
    /// As the user wrote it.
    given: &'a str,
    /// As it is read: behind so many blanks that it seems to stand behind the file, and behind the sets before it. So a
    /// number says of each place where it is.
    text: String,
    begin: usize,
    /// How many keys stand before the value.
    depth: usize,
}

impl<'a> Source<'a> {
    fn new(file: &'a Path, text: &'a str, sets: &'a [String]) -> Source<'a> {
        let mut begin = text.len() + 1;
        let set = |given: &'a String| {
            let (key, value) = given.split_once('=').unwrap_or((given, ""));
            let indented = |line: &str| format!("{:begin$}{line}", "");
            let mut text = indented(given);
            if DeTable::parse(&text).is_err() {
                // What is no TOML is a string: `train.optimizer.kind=adam`.
                text = indented(&format!("{key}='{}'", value.trim()));
            }
            let set = Set { given, depth: key.split('.').count(), begin, text };
            begin = set.text.len() + 1;
            set
        };
        let sets = sets.iter().map(set).collect();
        Source { file, text, sets }
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
            return wrong("a setting and its value", set.given, "--set train.epochs=3, say");
        };
        match merge(tree.get_mut(), key, value, set.depth) {
            Ok(()) => Ok(()),
            Err(place) => wrong("places that lists have, counted from 0", &place, "a lower place"),
        }
    }

    fn check_version(&self, tree: &Tree<'_>) -> Result<(), Error> {
        let expected = format!("version = {VERSION}");
        let Some(version) = tree.get_ref().get("version") else {
            let remedy = format!("version = {VERSION} in its first line");
            let what = "the file does not say which version of experiments it is";
            return Err(ExperimentError::new(self.place(0), what, &expected, "none", &remedy));
        };
        if version.get_ref().as_integer().is_some_and(|number| number.as_str() == VERSION.to_string()) {
            return Ok(());
        }
        let what = "this toddle does not read such a version of experiments";
        let (place, got) = (self.place(version.span().start), self.excerpt(&version.span()));
        Err(ExperimentError::new(place, what, &expected, &got, "the toddle that it was written for"))
    }

    fn no_toml(&self, error: &toml::de::Error) -> Error {
        let at = error.span().unwrap_or(0..0).start;
        let before = self.text.get(..at).unwrap_or_default();
        let line = &self.text[before.rfind('\n').map_or(0, |end| end + 1)..];
        let what = format!("this is no TOML: {}", error.message());
        let (expected, got) =
            ("lines as epochs = 3, below [train], say", line.lines().next().unwrap_or_default());
        let remedy = "the form that the files in the folder experiments have";
        ExperimentError::new(self.place(at), &what, expected, got.trim(), remedy)
    }

    /// What the types of the settings say of a tree that they cannot be read from.
    fn refuse(&self, tree: &Tree<'_>, error: &toml::de::Error) -> Error {
        if let Some(unknown) = unknown::refused(tree, error) {
            return self.unknown(&unknown);
        }
        let message = error.message();
        let Culprit { span, keys } = culprit(tree, error)
            .unwrap_or_else(|| Culprit { span: error.span().unwrap_or(0..0), keys: Vec::new() });
        let (place, there) = (self.place(span.start), self.excerpt(&span));
        let quoted = |before: &str| message.strip_prefix(before).and_then(|rest| rest.split('`').next());
        if let Some(missing) = quoted("missing field `") {
            let strange = keys.iter().map(|(key, _)| &**key).filter(|key| !unknown::is_key(key));
            let misspelt = nearest(missing, strange);
            return match keys.iter().find(|(key, _)| Some(&**key) == misspelt) {
                Some((key, span)) => {
                    let what = format!("there is no setting `{key}` here");
                    ExperimentError::new(self.place(span.start), &what, missing, key, missing)
                }
                None => {
                    let what = format!("the setting `{missing}` is missing");
                    let remedy = format!("adding `{missing}`");
                    ExperimentError::new(place, &what, "a value for it", "none", &remedy)
                }
            };
        }
        if let Some(name) = quoted("unknown variant `") {
            let mut known = unknown::expected(message);
            known.retain(|name| name != CUSTOM);
            let nearest = nearest(name, known.iter().map(String::as_str)).unwrap_or("one of these");
            let what = format!("there is no `{name}` to choose here");
            return ExperimentError::new(place, &what, &known.join(", "), name, nearest);
        }
        if let Some(name) = quoted("no layer called `") {
            let what = format!("the layer `{name}` is not one of toddle's own");
            let expected = "layers that this command has: it takes no custom ones";
            let remedy = "a program of your own with the library, as its example own_layer.rs";
            return ExperimentError::new(place, &what, expected, &there, remedy);
        }
        let after = |word: &str| message.split_once(word).map(|(_, expected)| expected);
        let expected = after("expected ").or(after("a shape is ")).unwrap_or(message);
        let remedy = "the form that the files in the folder experiments have";
        ExperimentError::new(place, "this cannot be read", in_words(expected), &there, remedy)
    }

    /// What can be read, and yet is no experiment.
    fn check(&self, tree: &Tree<'_>, experiment: &Experiment) -> Result<(), Error> {
        let wrong = |keys: &[&str], what: &str, expected: &str, got: &str, remedy: &str| {
            Err(ExperimentError::new(self.place_of(tree, keys), what, expected, got, remedy))
        };
        let Experiment { name, network, train, .. } = experiment;
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
            let (what, expected) =
                ("the experiment cannot be called so", "a folder's name, without a dot before it");
            let remedy = "another one; --out says where the run goes";
            return wrong(&["name"], what, expected, &format!("{name:?}"), remedy);
        }
        if network.layers.is_empty() {
            let remedy = "{ kind = \"dense\", outputs = 10 }, say";
            return wrong(&["network", "layers"], "the network has no layers", "one or more", "none", remedy);
        }
        let counts = [
            ("batch", train.batch as u64),
            ("accumulate", train.accumulate as u64),
            ("checkpoint_every", train.checkpoint_every.unwrap_or(1)),
        ];
        match counts.into_iter().find(|(_, count)| *count == 0) {
            None => Ok(()),
            Some((key, _)) => {
                let what = format!("{key} = 0 cannot be");
                wrong(&["train", key], &what, "1 or more", "0", &format!("{key} = 1"))
            }
        }
    }

    fn unknown(&self, unknown: &Unknown) -> Error {
        let what = format!("there is no setting `{}`", unknown.path);
        let expected = match unknown.known[..] {
            [] => "none here".into(),
            _ => unknown.known.join(", "),
        };
        let remedy = unknown.nearest.as_deref().unwrap_or("leaving it out");
        ExperimentError::new(self.place(unknown.at), &what, &expected, &unknown.key, remedy)
    }

    /// The line, or the `--set`, that holds byte `at`.
    fn place(&self, at: usize) -> String {
        match self.set_at(at) {
            Some(set) => format!("--set {}", set.given),
            None => {
                let before = &self.text.as_bytes()[..at.min(self.text.len())];
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                format!("`{}`, line {line}", self.file.display())
            }
        }
    }

    /// The place of the value that `keys` lead to.
    fn place_of(&self, tree: &Tree<'_>, keys: &[&str]) -> String {
        let (mut section, mut at) = (Some(tree.get_ref()), 0);
        for key in keys {
            let value = section.and_then(|section| section.get(*key));
            at = value.map_or(at, |value| value.span().start);
            section = value.and_then(|value| value.get_ref().as_table());
        }
        self.place(at)
    }

    /// The first line of what stands at `span`.
    fn excerpt(&self, span: &Range<usize>) -> String {
        let text = match self.set_at(span.start) {
            Some(set) => set.given,
            None => self.text.get(span.clone()).unwrap_or_default(),
        };
        text.trim().lines().next().unwrap_or("nothing").into()
    }

    fn set_at(&self, at: usize) -> Option<&Set<'a>> {
        self.sets.iter().rev().find(|set| at >= set.begin)
    }
}

/// A type's name, as those know it who write files and not programs.
fn in_words(expected: &str) -> &str {
    match expected {
        "usize" | "u64" => "a whole number, 0 or more",
        "u32" => "a whole number from 0 to 4294967295",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "a sequence" => "a list: [ … ]",
        "string or map" => "a text in quotes, or { … } with settings",
        "newtype variant" => "a value with it, as { fraction = 0.1 }",
        "unit variant" => "its name alone, in quotes",
        _ if expected.starts_with("internally tagged enum ") => "a kind with its settings: { kind = … }",
        _ if expected.starts_with("struct ") => "a section of settings",
        _ => expected,
    }
}

/// A key and where it stands.
type Key<'t> = Spanned<std::borrow::Cow<'t, str>>;

/// Puts `value`, of which `depth` keys more lead to what is meant, into a table. The error is a place that a list lacks.
fn merge<'t>(
    table: &mut DeTable<'t>,
    key: Key<'t>,
    value: Spanned<DeValue<'t>>,
    depth: usize,
) -> Result<(), String> {
    match table.get_mut(&**key.get_ref()) {
        Some(old) => replace(old, value, depth - 1),
        None => {
            table.insert(key, value);
            Ok(())
        }
    }
}

fn replace<'t>(
    old: &mut Spanned<DeValue<'t>>,
    new: Spanned<DeValue<'t>>,
    depth: usize,
) -> Result<(), String> {
    if depth > 0
        && matches!(old.get_ref(), DeValue::Table(_) | DeValue::Array(_))
        && let DeValue::Table(new) = new.get_ref()
        && let Some((key, value)) = new.iter().next()
    {
        let (key, value) = (key.clone(), value.clone());
        return match old.get_mut() {
            DeValue::Table(table) => merge(table, key, value, depth),
            DeValue::Array(list) => {
                let place = key.get_ref().parse().ok().and_then(|n: usize| list.get_mut(n));
                replace(place.ok_or(key.into_inner().into_owned())?, value, depth - 1)
            }
            _ => Ok(()),
        };
    }
    *old = new;
    Ok(())
}
