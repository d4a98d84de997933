//! The examples of PROTOCOL.md are asks and answers.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use toddle_play::protocol::Array;
use toddle_play::{Answer, Ask, Fault};

/// The examples in JSON, each with the heading above it.
fn examples() -> Vec<(String, String)> {
    let (mut examples, mut heading, mut inside) = (Vec::new(), String::new(), None);
    for line in include_str!("../../PROTOCOL.md").lines() {
        match &mut inside {
            None if line == "```json" => inside = Some(String::new()),
            None => {
                if let Some(text) =
                    line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))
                {
                    heading = text.to_owned();
                }
            }
            Some(text) if line == "```" => {
                examples.push((heading.clone(), std::mem::take(text)));
                inside = None;
            }
            Some(text) => *text += &format!("{line}\n"),
        }
    }
    examples
}

/// The values of all examples, each with the heading above it.
fn values() -> Vec<(String, Value)> {
    let mut values = Vec::new();
    for (heading, text) in examples() {
        for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
            let value = value.unwrap_or_else(|error| panic!("{heading}: {error}\n{text}"));
            values.push((heading.clone(), value));
        }
    }
    values
}

/// An example, read as `T` and written again.
fn again<T: Serialize + DeserializeOwned>(heading: &str, example: &Value) -> Value {
    let read: T = serde_json::from_value(example.clone())
        .unwrap_or_else(|error| panic!("{heading}: {error}\n{example:#}"));
    serde_json::to_value(read).unwrap()
}

/// Checks that the type has all keys of an example, and, if `is_complete`, that the example has all keys of the type.
fn compare(place: &str, example: &Value, again: &Value, is_complete: bool) {
    match (example, again) {
        (Value::Object(example), Value::Object(again)) => {
            for (key, value) in example {
                let place = format!("{place}, {key}");
                let same = again.get(key).unwrap_or_else(|| panic!("{place}: there is no such key"));
                // Settings are written with all their defaults.
                let is_complete = is_complete && !["optimizer", "layer", "layers"].contains(&key.as_str());
                compare(&place, value, same, is_complete);
            }
            for key in again.keys().filter(|_| is_complete) {
                assert!(example.contains_key(key), "{place}: the example leaves out `{key}`");
            }
        }
        (Value::Array(example), Value::Array(again)) => {
            assert_eq!(example.len(), again.len(), "{place}");
            example.iter().zip(again).for_each(|(a, b)| compare(place, a, b, is_complete));
        }
        _ => {}
    }
}

#[test]
fn every_example_of_the_protocol_has_the_keys_of_its_type() {
    for (heading, value) in values() {
        let (again, is_complete) = match () {
            () if value.get("ask").is_some() => (again::<Ask>(&heading, &value), false),
            () if value.get("answer").is_some() => (again::<Answer>(&heading, &value), true),
            () if value.get("error").is_some() => {
                (serde_json::json!({ "error": again::<Fault>(&heading, &value["error"]) }), true)
            }
            () => (again::<Array>(&heading, &value), true),
        };
        compare(&heading, &value, &again, is_complete);
    }
}

/// The kinds of asks or answers, which the error for an unknown kind lists.
fn kinds<T: DeserializeOwned + std::fmt::Debug>(tag: &str) -> Vec<String> {
    let error = serde_json::from_value::<T>(serde_json::json!({ tag: "?" })).unwrap_err().to_string();
    error.split('`').skip(1).step_by(2).filter(|kind| *kind != "?").map(str::to_owned).collect()
}

#[test]
fn every_ask_and_every_answer_has_an_example() {
    for (tag, kinds) in [("ask", kinds::<Ask>("ask")), ("answer", kinds::<Answer>("answer"))] {
        assert!(kinds.len() > 20, "{kinds:?}");
        let examples = values();
        for kind in kinds {
            let is_of_kind = |(_, value): &(String, Value)| value.get(tag).is_some_and(|of| *of == *kind);
            assert!(examples.iter().any(is_of_kind), "no example of the {tag} `{kind}`");
        }
    }
}
