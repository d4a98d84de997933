//! Tests that the schema describes exactly the files that can be read.

use std::path::Path;

use serde_json::{Value, json};

use super::keys::{Form, Key, Keys, Kind};
use super::{Experiment, inline};

const XOR: &str = include_str!("../../../../experiments/xor.toml");

fn read(sets: &[String]) -> Result<Experiment, String> {
    Experiment::parse(Path::new("xor.toml"), XOR, sets).map_err(|error| error.to_string())
}

/// A function of a key, and of a function that makes a `--set` of the key and a value.
type See<'s> = dyn FnMut(&Key, &dyn Fn(&Value) -> String) + 's;

/// Calls `see` with every key.
fn every_key(see: &mut See<'_>) {
    of_table("", &Keys::get().root().keys, see);
    for kind in Keys::get().layers() {
        of_kind(kind, &|text| format!("network.layers=[{text}]"), see);
    }
}

fn of_table(path: &str, known: &[Key], see: &mut See<'_>) {
    for key in known {
        let path = if path.is_empty() { key.name.clone() } else { format!("{path}.{}", key.name) };
        see(key, &|value| format!("{path}={}", inline(value)));
        let whole = |text: &str| format!("{path}={text}");
        match Keys::get().resolve(&key.form) {
            Form::Table(table) if key.is_required => of_table(&path, &table.keys, see),
            // The file has no such table.
            Form::Table(table) => {
                of_lines(&[], &table.keys, &whole, see);
                let tables =
                    table.keys.iter().filter(|key| matches!(Keys::get().resolve(&key.form), Form::Table(_)));
                tables.for_each(|key| of_table(&path, std::slice::from_ref(key), see));
            }
            Form::Kinds(kinds) => kinds.iter().for_each(|kind| of_kind(kind, &whole, see)),
            _ => {}
        }
    }
}

/// `set` makes a `--set` of a table of this kind.
fn of_kind(kind: &Kind, set: &dyn Fn(&str) -> String, see: &mut See<'_>) {
    of_lines(&[format!("kind = {:?}", kind.name)], &kind.keys, set, see);
}

/// Calls `see` with each key of `known`, in a table with `first` and the other required keys.
fn of_lines(first: &[String], known: &[Key], set: &dyn Fn(&str) -> String, see: &mut See<'_>) {
    for key in known {
        see(key, &|value| {
            let others = known.iter().filter(|other| other.is_required && other.name != key.name);
            let lines = first.iter().cloned().chain(others.filter_map(Key::line));
            let lines: Vec<String> = lines.chain([format!("{} = {}", key.name, inline(value))]).collect();
            set(&format!("{{ {} }}", lines.join(", ")))
        });
    }
}

#[test]
fn every_key_has_a_meaning_a_default_and_an_example() {
    let mut count = 0;
    every_key(&mut |key, set| {
        let place = set(&Value::Null);
        assert!(key.meaning.ends_with('.'), "{place}: its meaning is {:?}", key.meaning);
        let says_default = key.meaning.contains("Default: ");
        assert!(
            key.is_required || key.default.is_some() || says_default,
            "{place}: no default, and none in its meaning"
        );
        assert!(
            key.example.is_some() || matches!(Keys::get().resolve(&key.form), Form::Table(_)),
            "{place}: no example"
        );
        count += 1;
    });
    assert!(count > 100, "{count}");
}

#[test]
fn every_example_and_every_default_can_be_read() {
    every_key(&mut |key, set| {
        for value in [&key.example, &key.default].into_iter().flatten() {
            let set = set(value);
            let read = read(std::slice::from_ref(&set));
            assert!(read.is_ok(), "{set}: {}", read.unwrap_err());
        }
    });
    for kind in Keys::get().layers() {
        read(&[format!("network.layers=[{}]", kind.example())]).expect("a layer");
    }
}

/// The library allows the ends of the ranges in the schema. Values beyond these ends are mistakes.
#[test]
fn ranges_are_those_of_the_library() {
    let mut count = 0;
    every_key(&mut |key, set| {
        let Form::Number(number) = &key.form else { return };
        // Dampening needs a momentum.
        let set = |value: &Value| set(value).replace("dampening =", "momentum = 0.9, dampening =");
        for (bound, beyond) in [(number.least, -1.0), (number.most, 1.0)] {
            let Some(bound) = bound else { continue };
            let value = |at: f64| if number.is_whole { json!(at as i64) } else { json!(at) };
            let (at, outside) = (set(&value(bound.at)), set(&value(bound.at + beyond)));
            assert!(read(std::slice::from_ref(&outside)).is_err(), "{outside}");
            if !bound.is_in {
                assert!(read(std::slice::from_ref(&at)).is_err(), "{at}");
                continue;
            }
            let train = read(std::slice::from_ref(&at)).unwrap_or_else(|error| panic!("{at}: {error}")).train;
            let checked = (train.fit.optimizer.check())
                .and_then(|()| train.fit.schedule.check())
                .and_then(|()| train.fit.clip.map_or(Ok(()), |clip| clip.check()));
            assert!(checked.is_ok(), "{at}: {}", checked.unwrap_err());
            count += 1;
        }
    });
    assert!(count > 50, "{count}");
}
