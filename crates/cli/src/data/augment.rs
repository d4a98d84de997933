//! Settings for random changes of samples, from the command line or a file.

use std::path::Path;

use toddle_data::Augment;
use toddle_run::error::Error;
use toddle_run::files;
use toml::{Table, Value};

/// The settings in `text`: `rotate=10,shift=2,flip`, or the path of a TOML file with such settings, at its top or
/// below `[augment]`.
pub fn augment(text: &str) -> Result<Augment, Error> {
    let (place, content) = if Path::new(text).is_file() {
        let content = files::read_text(text.as_ref())
            .map_err(|cause| wrong(text, "a file of text", cause.to_string()))?;
        (text, content)
    } else {
        // `flip` alone is `flip=true`.
        let setting = |part: &str| if part.contains('=') { part.to_owned() } else { format!("{part}=true") };
        ("--augment", text.split(',').map(setting).collect::<Vec<_>>().join("\n"))
    };
    let table: Table = content.parse().map_err(|fault: toml::de::Error| {
        wrong(
            place,
            "settings such as rotate=10,shift=2, or the path of a TOML file",
            fault.message().to_owned(),
        )
    })?;
    let table = match table.get("augment") {
        Some(Value::Table(inner)) => inner.clone(),
        _ => table,
    };
    let known = known();
    match table.keys().find(|key| !known.contains(key)) {
        Some(key) => Err(wrong(place, &format!("one of {}", known.join(", ")), format!("`{key}`"))),
        None => Value::Table(table).try_into().map_err(|fault: toml::de::Error| {
            wrong(place, "numbers, and true or false for flip", fault.message().into())
        }),
    }
}

/// The names of all settings.
fn known() -> Vec<String> {
    let settings = serde_json::to_value(Augment::default()).expect("settings can be written as JSON");
    settings.as_object().map(|settings| settings.keys().cloned().collect()).unwrap_or_default()
}

fn wrong(place: &str, expected: &str, got: String) -> Error {
    Error::Refused {
        what: format!("cannot read the changes in {place}"),
        expected: expected.into(),
        got,
        remedy: "--augment rotate=10,shift=2".into(),
    }
}
