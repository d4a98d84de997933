//! Reads a file and `--set` to settings, or to a list of mistakes with their places.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toddle_data::Set;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::mistakes::{Mistake, mistakes};
use super::settings::{Experiment, VERSION};
use super::source::{Source, Tree};
use crate::error::{Error, ExperimentError};
use crate::files;
use crate::nearest::nearest;
use crate::run;

impl Experiment {
    /// Reads the experiment in `file`. Each of `sets` replaces a setting: `key.key=value`. The texts are notes for the user.
    ///
    /// # Errors
    /// The file cannot be read, or has mistakes: the error has all of them.
    pub fn load(file: &Path, sets: &[String]) -> Result<(Experiment, Vec<String>), Error> {
        let place = || format!("`{}`", file.display());
        let expected = "the file of an experiment, as in the folder experiments";
        let refuse = |got: &str, remedy: &str| {
            Err(ExperimentError::new(place(), "it cannot be read", expected, got, remedy))
        };
        match files::read_text(file) {
            Ok(text) => {
                let mut experiment = Experiment::parse(file, &text, sets)?;
                let notes = experiment.resolve_paths(file, sets)?;
                Ok((experiment, notes))
            }
            Err(_) if file.is_dir() => {
                refuse("a folder", "a file in this folder; or --resume, to continue a run")
            }
            Err(cause) if cause.kind() == ErrorKind::InvalidData => {
                refuse("a file that is not text", "the file experiment.toml of the run, if this is a model")
            }
            Err(cause) => Err(ExperimentError::unread(file, expected, &cause)),
        }
    }

    /// Makes the paths of the data and of a model absolute. Paths in the file are relative to the folder of the file. Paths in
    /// `--set` are relative to the current folder.
    fn resolve_paths(&mut self, file: &Path, sets: &[String]) -> Result<Vec<String>, Error> {
        let absolute = |path: &Path| {
            std::path::absolute(path).map_err(|cause| ExperimentError::unread(path, "a path", &cause))
        };
        let (file, current) = (absolute(file)?, absolute(Path::new("."))?);
        let beside = file.parent().unwrap_or(&current);
        let is_set = |key: &str| {
            let of_key = |set: &String| {
                let rest = set.trim_start().strip_prefix(key);
                rest.is_some_and(|rest| rest.trim_start().starts_with(['=', '.']))
            };
            sets.iter().any(of_key)
        };
        let is_of_run = run::is_run(beside);
        let mut notes = Vec::new();
        self.data.resolve(|key, path| {
            if is_set(&format!("data.{key}")) {
                return current.clone();
            }
            let is_left_behind = is_of_run && !beside.join(path).exists();
            if is_left_behind {
                notes.push(old_run(beside, path, &current));
            }
            if is_left_behind && current.join(path).exists() { current.clone() } else { beside.to_owned() }
        });
        let base = if is_set("network.from") { &current } else { beside };
        self.network.from = self.network.from.take().map(|from| absolute(&base.join(from))).transpose()?;
        Ok(notes)
    }

    /// Reads an experiment from `text`, the contents of `file`.
    pub fn parse(file: &Path, text: &str, sets: &[String]) -> Result<Experiment, Error> {
        let source = Source::new(file, text, sets);
        let tree = source.tree()?;
        check_version(&source, &tree)?;
        let mut mistakes = mistakes(&source, &tree);
        mistakes.extend(check(&source, &tree));
        mistakes.sort_by_key(|(at, _)| *at);
        let mut errors: Vec<Error> = mistakes.into_iter().map(|(_, error)| error).collect();
        match errors.len() {
            0 => Experiment::deserialize(Deserializer::from(tree.clone()))
                .map_err(|error| refuse(&source, &tree, &error)),
            1 => Err(errors.remove(0)),
            _ => Err(Error::Several(errors)),
        }
    }
}

/// The folder in which the data are expected. Runs of older versions have relative paths of data.
fn old_run(run: &Path, path: &Path, current: &Path) -> String {
    let is_here = current.join(path).exists();
    let (run, path) = (run.display(), path.display());
    match is_here {
        true => format!(
            "an older version made the run `{run}`: its data `{path}` are taken from the current folder"
        ),
        false => format!(
            "an older version made the run `{run}` and did not store the folder of its data: `{path}` is neither in the \
             folder of the run nor in the current folder\n  try       the command in the folder in which the run was trained"
        ),
    }
}

fn check_version(source: &Source<'_>, tree: &Tree<'_>) -> Result<(), Error> {
    let expected = format!("version = {VERSION}");
    let Some(version) = tree.get_ref().get("version") else {
        let remedy = format!("version = {VERSION} as the first line");
        let what = "the file does not say its version";
        return Err(ExperimentError::new(source.place(0), what, &expected, "none", &remedy));
    };
    if version.get_ref().as_integer().is_some_and(|number| number.as_str() == VERSION.to_string()) {
        return Ok(());
    }
    let what = "this version of toddle cannot read the file";
    let (place, got) = (source.place(version.span().start), source.excerpt(&version.span()));
    Err(ExperimentError::new(
        place,
        what,
        &expected,
        &got,
        "the version of toddle for which the file was written",
    ))
}

/// The error of the types of the settings, for a tree in which no mistake was found.
fn refuse(source: &Source<'_>, tree: &Tree<'_>, error: &toml::de::Error) -> Error {
    let span = blamed(tree, error).or(error.span()).unwrap_or(0..0);
    let (place, there) = (source.place(span.start), source.excerpt(&span));
    let remedy = "a value as in `toddle help experiment`";
    ExperimentError::new(place, "this value cannot be read", error.message(), &there, remedy)
}

/// The value without which the tree gives another error, or none. The error itself may only know the table of the value.
fn blamed(tree: &Tree<'_>, error: &toml::de::Error) -> Option<Range<usize>> {
    let is_guilty = |section: &str, key: &str| {
        let mut tree = tree.clone();
        if let Some(DeValue::Table(table)) = tree.get_mut().get_mut(section).map(Spanned::get_mut) {
            table.remove(key);
        }
        let other = Experiment::deserialize(Deserializer::from(tree)).err();
        other.is_none_or(|other| other.message() != error.message())
    };
    tree.get_ref().iter().find_map(|(section, of)| {
        let mut values = of.get_ref().as_table()?.iter();
        values.find(|(key, _)| is_guilty(section.get_ref(), key.get_ref())).map(|(_, value)| value.span())
    })
}

/// Checks values that can be read but that no experiment can have.
fn check(source: &Source<'_>, tree: &Tree<'_>) -> Vec<Mistake> {
    let tree = tree.get_ref();
    let mut mistakes = Vec::new();
    let mut wrong = |value: &Spanned<DeValue<'_>>, what: &str, expected: &str, got: &str, remedy: &str| {
        let at = value.span().start;
        mistakes.push((at, ExperimentError::new(source.place(at), what, expected, got, remedy)));
    };
    if let Some(value) = tree.get("name")
        && let Some(name) = value.get_ref().as_str()
        && (name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']))
    {
        let (what, expected) = (
            "an experiment cannot have this name",
            "a name for a folder, without a dot at its beginning and without slashes",
        );
        wrong(
            value,
            what,
            expected,
            &format!("{name:?}"),
            "another name; --out is for the folder of the run",
        );
    }
    if let Some(value) = within(tree, "data", "set")
        && let Some(set) = value.get_ref().as_str()
        && Set::named(set).is_err()
    {
        let names: Vec<&str> = Set::all().iter().map(Set::name).collect();
        let remedy = beside(source.file(), set).unwrap_or_else(|| {
            nearest(set, names.iter().copied()).unwrap_or("toddle data list, which describes them").into()
        });
        let what = format!("cannot find a set named `{set}`");
        wrong(value, &what, &format!("one of {}", names.join(", ")), set, &remedy);
    }
    if let Some(value) = within(tree, "network", "layers")
        && value.get_ref().as_array().is_some_and(|layers| layers.is_empty())
    {
        let remedy = "for example { kind = \"dense\", outputs = 10 }";
        wrong(value, "the network has no layers", "one or more", "none", remedy);
    }
    mistakes
}

/// The value of a key in a section.
fn within<'v, 't>(tree: &'v DeTable<'t>, section: &str, key: &str) -> Option<&'v Spanned<DeValue<'t>>> {
    tree.get(section)?.get_ref().as_table()?.get(key)
}

/// The setting that reads the folder or file `name` in the folder of `file`, if it exists.
fn beside(file: &Path, name: &str) -> Option<String> {
    let path = file.parent()?.join(name);
    let key = match path.extension().and_then(OsStr::to_str) {
        _ if path.is_dir() => "images",
        _ if !path.is_file() => return None,
        Some("npz" | "safetensors") => "npz",
        _ => "csv",
    };
    Some(format!("{key} = {name:?}"))
}
