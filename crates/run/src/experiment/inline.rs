//! JSON values as TOML writes them in one line.

use std::borrow::Cow;

use serde_json::Value;

use super::schema::KIND;

/// `value` in TOML. A table with a kind and no other key is written as its kind.
pub fn inline(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(table) if table.is_empty() => "{}".into(),
        Value::Object(table) => match table.get(KIND) {
            Some(kind) if table.len() == 1 => inline(kind),
            kind => {
                let kind = kind.map(|kind| (KIND, kind));
                let others = table.iter().map(|(key, value)| (&**key, value));
                let others = others.filter(|(key, value)| *key != KIND && !value.is_null());
                let keys = kind.into_iter().chain(others);
                let keys: Vec<String> =
                    keys.map(|(key, value)| format!("{} = {}", quoted(key), inline(value))).collect();
                format!("{{ {} }}", keys.join(", "))
            }
        },
        Value::Number(number) => match number.as_f64() {
            // A number that was an `f32` gets the few digits of the `f32`.
            Some(wide) if number.is_f64() && f64::from(wide as f32) == wide => format!("{:?}", wide as f32),
            Some(wide) if number.is_f64() => format!("{wide:?}"),
            _ => number.to_string(),
        },
        // Strings and truth values are written alike in both.
        _ => value.to_string(),
    }
}

/// A key, in quotes where TOML needs them.
fn quoted(key: &str) -> Cow<'_, str> {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    if !key.is_empty() && key.chars().all(is_bare) { key.into() } else { format!("{key:?}").into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_quoted_where_toml_needs_it() {
        let text = inline(&json!({ "conv*": 0.1, "dense1": 2.0 }));
        assert_eq!(text, r#"{ "conv*" = 0.1, dense1 = 2.0 }"#);
    }

    #[test]
    fn values_are_toml() {
        let value =
            json!({ "rate": 0.1, "kind": "sgd", "betas": [0.9, 1e-5], "on": true, "narrow": 0.3f32, "n": 3 });
        let text = inline(&value);
        assert_eq!(
            text,
            r#"{ kind = "sgd", betas = [0.9, 1e-5], n = 3, narrow = 0.3, on = true, rate = 0.1 }"#
        );
        assert!(toml::from_str::<toml::Table>(&format!("x = {text}")).is_ok());
        assert_eq!(inline(&json!({ "kind": "relu" })), "\"relu\"");
    }
}
