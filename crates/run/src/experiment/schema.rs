//! The JSON schema of an experiment's file, made from the types that read it.
//!
//! Meanings are the first paragraphs of the documentation. Ranges and examples are attributes of the fields. Defaults
//! are those of the types. So a new setting is known here as soon as its type has it.

use schemars::Schema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::{RecursiveTransform, Transform, transform_subschemas};
use serde_json::{Value, json};

use super::settings::Experiment;

/// The key that names the kind of a table.
pub const KIND: &str = "kind";
/// The kind of custom layers. Files for this command cannot have them.
pub const CUSTOM: &str = "custom";
/// The keys that a layer of the network may have beside those of its kind: its name, and what it takes.
pub const PLACE: [&str; 2] = ["name", "from"];
/// In the result of [`schema`]: the keys of a table, in the order of the fields of its type.
pub const ORDER: &str = "x-order";

/// The schema, with whole descriptions and the order of keys.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft07;
    let mut schema = generate(settings().for_deserialize());
    add_order(&mut schema, &generate(settings().for_serialize()));
    schema
}

/// The schema as editors take it: a table of a kind may be the kind alone, each description is one paragraph, and a layer may have
/// the [`PLACE`] keys.
pub fn for_editors() -> Value {
    let mut schema = schema();
    if let Some(Value::Array(layers)) =
        schema["definitions"].get_mut("LayerSpec").map(|layer| &mut layer["oneOf"])
    {
        for layer in layers {
            layer["properties"]["name"] = json!({ "type": "string", "description": "The layer's name." });
            layer["properties"]["from"] = json!({
                "description": "The name of the input or the layer that it takes, or a list of names.",
                "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }],
            });
        }
    }
    let mut schema = Schema::try_from(schema).expect("a schema is an object");
    ForEditors.transform(&mut schema);
    schema.to_value()
}

struct ForEditors;

impl Transform for ForEditors {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if let Some(Value::String(text)) = schema.get_mut("description") {
            *text = paragraph(text);
        }
        schema.remove(ORDER);
        allow_kinds_alone(schema);
    }
}

fn generate(settings: SchemaSettings) -> Value {
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<Experiment>();
    RecursiveTransform(for_toml).transform(&mut schema);
    schema.to_value()
}

/// Adapts the schema to TOML and to the command: there is no null, a table has no unknown keys, and there are no
/// custom layers.
fn for_toml(schema: &mut Schema) {
    let is_null = |schema: &Value| *schema == json!("null") || *schema == json!({ "type": "null" });
    let is_custom = |schema: &Value| schema["properties"][KIND]["const"] == CUSTOM;
    for list in ["type", "anyOf", "oneOf"] {
        let Some(Value::Array(alternatives)) = schema.get_mut(list) else { continue };
        alternatives.retain(|schema| !is_null(schema) && !is_custom(schema));
        if list == "type" && alternatives.len() == 1 {
            let only = alternatives.remove(0);
            schema.insert(list.into(), only);
        }
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    if schema.get("properties").is_some() {
        schema.insert("additionalProperties".into(), false.into());
    }
}

/// Takes the order of the keys from the schema of *written* files, in which all keys are required.
fn add_order(read: &mut Value, written: &Value) {
    match (read, written) {
        (Value::Object(read), Value::Object(written)) => {
            if let (true, Some(order)) = (read.contains_key("properties"), written.get("required")) {
                read.insert(ORDER.into(), order.clone());
            }
            for (key, read) in read.iter_mut() {
                if let Some(written) = written.get(key) {
                    add_order(read, written);
                }
            }
        }
        (Value::Array(read), Value::Array(written)) => {
            read.iter_mut().zip(written).for_each(|(read, written)| add_order(read, written));
        }
        _ => {}
    }
}

/// Allows the string of a kind instead of its table: `"tanh"`.
fn allow_kinds_alone(schema: &mut Schema) {
    let Some(Value::Array(kinds)) = schema.get("oneOf") else { return };
    let alone: Vec<Value> = kinds.iter().filter(|kind| kind["required"] == json!([KIND])).cloned().collect();
    if alone.is_empty() {
        return;
    }
    let words: Vec<Value> = alone.into_iter().map(|kind| kind["properties"][KIND]["const"].clone()).collect();
    let tables = schema.remove("oneOf");
    let alone = json!({ "type": "string", "enum": words, "description": "Only the kind, with the defaults of its settings." });
    schema.insert("anyOf".into(), json!([alone, { "oneOf": tables }]));
}

/// The first paragraph of a description.
pub fn paragraph(description: &str) -> String {
    paragraphs(description).next().unwrap_or_default()
}

/// The paragraphs of a description, without the links of Rust's documentation: `[`Elu`](Self::Elu)` is `elu`.
pub fn paragraphs(description: &str) -> impl Iterator<Item = String> {
    description.split("\n\n").map(|paragraph| {
        let mut plain = String::new();
        let mut rest = paragraph;
        while let Some((before, link)) = rest.split_once("[`") {
            let Some((name, after)) = link.split_once("`]") else { break };
            plain += before;
            plain += &format!("`{}`", in_file(name));
            rest = match after.strip_prefix('(').and_then(|target| target.split_once(')')) {
                Some((_, after)) => after,
                None => after,
            };
        }
        (plain + rest).split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

/// How files write the name of a type: `MaxPool2d` is `max_pool2d`.
fn in_file(name: &str) -> String {
    let mut words = String::new();
    for (place, letter) in name.char_indices() {
        if letter.is_uppercase() && place > 0 {
            words.push('_');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_lose_the_links_of_rust() {
        let of = |text: &str| paragraphs(text).collect::<Vec<_>>();
        assert_eq!(
            of("A scaled [`Elu`](Self::Elu) that\nkeeps `[1, 2]`.\n\nMore."),
            ["A scaled `elu` that keeps `[1, 2]`.", "More."]
        );
        assert_eq!(of("See [`MaxPool2d`], [`broken"), ["See `max_pool2d`, [`broken"]);
    }
}
