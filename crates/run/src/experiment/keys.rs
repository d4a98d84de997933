//! The keys of an experiment's file and their values: the [schema] in a form that is easy to search and to print.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::inline::inline;
use super::schema::{KIND, ORDER, paragraph, paragraphs, schema};

/// All keys that a file may have.
#[derive(Debug)]
pub struct Keys {
    root: Table,
    /// The forms of types that have a name in the schema.
    types: BTreeMap<String, Form>,
}

/// The type of a value.
#[derive(Debug)]
pub enum Form {
    /// The form of the type of this name.
    Named(String),
    /// `true` or `false`.
    Flag,
    /// A text in quotes.
    Text,
    /// One character in quotes.
    Character,
    /// A number in a range.
    Number(Number),
    /// A list of values of one form.
    List(List),
    /// One of several words. Some words have a value: `{ fraction = 0.1 }`.
    Choice(Vec<Choice>),
    /// A table with known keys.
    Table(Table),
    /// A table whose keys are names of the user, with values of one form.
    Names(Box<Form>),
    /// One of several tables, by their kind.
    Kinds(Vec<Kind>),
    /// Any of several forms.
    Either(Vec<Form>),
    /// Any value.
    Anything,
}

/// A number in a range.
#[derive(Debug)]
pub struct Number {
    /// Whether it is a whole number.
    pub is_whole: bool,
    /// The lowest number.
    pub least: Option<Bound>,
    /// The highest number.
    pub most: Option<Bound>,
}

/// An end of a range.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// The number at the end.
    pub at: f64,
    /// Whether the end belongs to the range.
    pub is_in: bool,
}

/// A list of values.
#[derive(Debug)]
pub struct List {
    /// The form of each value.
    pub of: Box<Form>,
    /// The smallest number of values.
    pub least: Option<u64>,
    /// The largest number of values.
    pub most: Option<u64>,
}

/// One of several words.
#[derive(Debug)]
pub struct Choice {
    /// The word.
    pub name: String,
    /// The meaning, as sentences.
    pub meaning: String,
    /// The value of the word, if it has one.
    pub value: Option<Key>,
}

/// A table with known keys.
#[derive(Debug)]
pub struct Table {
    /// The meaning, as sentences.
    pub meaning: String,
    /// The keys, in the order of the types.
    pub keys: Vec<Key>,
}

/// One kind of a table, such as a layer.
#[derive(Debug)]
pub struct Kind {
    /// The value of the key `kind`.
    pub name: String,
    /// The meaning, as sentences.
    pub meaning: String,
    /// More paragraphs: the formula, and the shapes.
    pub details: Vec<String>,
    /// The keys beside `kind`.
    pub keys: Vec<Key>,
}

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// The key as files write it.
    pub name: String,
    /// The meaning, as sentences.
    pub meaning: String,
    /// The form of its value.
    pub form: Form,
    /// Whether the key cannot be left out.
    pub is_required: bool,
    /// The value if the key is left out. None if the meaning describes the default in words.
    pub default: Option<Value>,
    /// A value that stands in help and documentation.
    pub example: Option<Value>,
}

impl Keys {
    /// The keys of experiments.
    pub fn get() -> &'static Keys {
        static KEYS: OnceLock<Keys> = OnceLock::new();
        KEYS.get_or_init(|| {
            let schema = schema();
            let types = objects(&schema["definitions"]);
            Keys {
                root: table(&schema),
                types: types.map(|(name, schema)| (name.clone(), form(schema))).collect(),
            }
        })
    }

    /// The sections of a file, and the keys before them.
    pub fn root(&self) -> &Table {
        &self.root
    }

    /// The form that `form` names, or `form` itself if it is not a name.
    pub fn resolve<'k>(&'k self, mut form: &'k Form) -> &'k Form {
        while let Form::Named(name) = form {
            form = &self.types[name];
        }
        form
    }

    /// The key that `path` leads to, through tables.
    pub fn at(&self, path: &[&str]) -> Option<&Key> {
        let (first, rest) = path.split_first()?;
        let mut key = self.root.key(first)?;
        for name in rest {
            let Form::Table(table) = self.resolve(&key.form) else { return None };
            key = table.key(name)?;
        }
        Some(key)
    }

    /// The kinds of layers.
    pub fn layers(&self) -> &[Kind] {
        let layers = self.at(&["network", "layers"]).map(|key| &key.form);
        match layers {
            Some(Form::List(list)) => match self.resolve(&list.of) {
                Form::Kinds(kinds) => kinds,
                _ => &[],
            },
            _ => &[],
        }
    }

    /// A description of the values of `form`.
    pub fn words(&self, form: &Form) -> String {
        match self.resolve(form) {
            Form::Number(number) => number.words(),
            form => self.type_words(form),
        }
    }

    /// The same, without the range of numbers.
    pub fn type_words(&self, form: &Form) -> String {
        match self.resolve(form) {
            Form::Named(_) | Form::Anything => "any value".into(),
            Form::Flag => "true or false".into(),
            Form::Text => "a text in quotes".into(),
            Form::Character => "one character in quotes".into(),
            Form::Number(number) => number.type_words().into(),
            Form::List(list) => format!("a list of {}", self.plural(list)),
            Form::Choice(choices) => {
                let choices: Vec<String> = choices.iter().map(Choice::written).collect();
                format!("one of {}", choices.join(", "))
            }
            Form::Table(_) => "a section of settings".into(),
            Form::Names(of) => format!("{{ \"name\" = … }}, each {}", self.type_words(of)),
            Form::Kinds(_) => "a kind in quotes, or { kind = … } with its settings".into(),
            Form::Either(forms) => {
                forms.iter().map(|form| self.type_words(form)).collect::<Vec<_>>().join(", or ")
            }
        }
    }

    /// The elements of a list: `3 whole numbers`.
    fn plural(&self, list: &List) -> String {
        let of = match self.resolve(&list.of) {
            Form::Flag => "values true or false".into(),
            Form::Text => "texts in quotes".into(),
            Form::Number(Number { is_whole: true, .. }) => "whole numbers".into(),
            Form::Number(_) => "numbers".into(),
            Form::List(inner) => format!("lists of {}", self.plural(inner)),
            Form::Kinds(_) => "kinds, each in quotes or as { kind = … }".into(),
            _ => "values".into(),
        };
        match (list.least, list.most) {
            (Some(least), Some(most)) if least == most => format!("{least} {of}"),
            _ => of,
        }
    }
}

impl Table {
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Choice {
    /// As written in files: `"none"`, or `{ fraction = … }`.
    pub fn written(&self) -> String {
        match self.value {
            None => format!("{:?}", self.name),
            Some(_) => format!("{{ {} = … }}", self.name),
        }
    }
}

impl Kind {
    /// The shortest way to write this kind: its name, or a table with examples of the required keys.
    pub fn example(&self) -> String {
        let required: Vec<String> =
            self.keys.iter().filter(|key| key.is_required).filter_map(Key::line).collect();
        match required[..] {
            [] => format!("{:?}", self.name),
            _ => format!("{{ {KIND} = {:?}, {} }}", self.name, required.join(", ")),
        }
    }
}

impl Key {
    /// A line of a file with this key. None if there is no example of a value.
    pub fn line(&self) -> Option<String> {
        self.example.as_ref().map(|example| format!("{} = {}", self.name, inline(example)))
    }
}

impl Number {
    pub fn type_words(&self) -> &'static str {
        if self.is_whole { "a whole number" } else { "a number" }
    }

    pub fn words(&self) -> String {
        let range = match (self.least, self.most) {
            (None, None) => String::new(),
            (Some(least), None) => least.words("above", "or more"),
            (None, Some(most)) => most.words("less than", "or less"),
            (Some(least), Some(most)) if least.at == most.at => return least.at.to_string(),
            (Some(least), Some(most)) if least.is_in && most.is_in => {
                format!(" from {} to {}", least.at, most.at)
            }
            (Some(least), Some(most)) => {
                format!(
                    "{} and{}",
                    least.words("above", "or more"),
                    most.words("less than", "or less").replace(',', "")
                )
            }
        };
        format!("{}{range}", self.type_words())
    }

    /// Whether `number` is in the range.
    pub fn has(&self, number: f64) -> bool {
        let above = |least: Bound| number > least.at || least.is_in && number == least.at;
        let below = |most: Bound| number < most.at || most.is_in && number == most.at;
        self.least.is_none_or(above) && self.most.is_none_or(below)
    }
}

impl Bound {
    fn words(self, beyond: &str, or: &str) -> String {
        if self.is_in { format!(", {} {or}", self.at) } else { format!(" {beyond} {}", self.at) }
    }
}

fn form(schema: &Value) -> Form {
    if let Some(name) = schema["$ref"].as_str() {
        return Form::Named(name.rsplit('/').next().unwrap_or(name).into());
    }
    let alternatives = ["oneOf", "anyOf", "allOf"].into_iter().find_map(|list| schema[list].as_array());
    match (alternatives.map(Vec::as_slice), schema["type"].as_str()) {
        (Some([only]), _) => form(only),
        (Some(tables), _) if tables.iter().all(|table| table["properties"][KIND]["const"].is_string()) => {
            Form::Kinds(tables.iter().map(kind).collect())
        }
        (Some(several), _) => {
            let choices: Option<Vec<Vec<Choice>>> = several.iter().map(choices).collect();
            match choices {
                Some(choices) => Form::Choice(choices.into_iter().flatten().collect()),
                None => Form::Either(several.iter().map(form).collect()),
            }
        }
        (None, Some("boolean")) => Form::Flag,
        (None, Some("string")) if schema["maxLength"] == 1 => Form::Character,
        (None, Some("string")) => choices(schema).map_or(Form::Text, Form::Choice),
        (None, Some(number @ ("integer" | "number"))) => {
            let bound = |key: &str, is_in| schema[key].as_f64().map(|at| Bound { at, is_in });
            let of_type =
                (schema["format"] == "uint32").then_some(Bound { at: f64::from(u32::MAX), is_in: true });
            Form::Number(Number {
                is_whole: number == "integer",
                least: bound("exclusiveMinimum", false).or(bound("minimum", true)),
                most: bound("exclusiveMaximum", false).or(bound("maximum", true)).or(of_type),
            })
        }
        (None, Some("array")) => {
            let items = &schema["items"];
            Form::List(List {
                of: Box::new(form(items.get(0).unwrap_or(items))),
                least: schema["minItems"].as_u64(),
                most: schema["maxItems"].as_u64(),
            })
        }
        (None, Some("object")) if schema["properties"].is_object() => Form::Table(table(schema)),
        (None, Some("object")) if schema["additionalProperties"].is_object() => {
            Form::Names(Box::new(form(&schema["additionalProperties"])))
        }
        _ => Form::Anything,
    }
}

/// The words of `schema`. None if it also allows other values.
fn choices(schema: &Value) -> Option<Vec<Choice>> {
    let meaning = description(schema);
    let word = |name: &Value| {
        let name = name.as_str()?.to_owned();
        Some(Choice { name, meaning: meaning.clone(), value: None })
    };
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(word).collect();
    }
    if let Some(name) = schema.get("const") {
        return word(name).map(|word| vec![word]);
    }
    let [value] = <[Key; 1]>::try_from(table(schema).keys).ok()?;
    let is_choice = value.is_required && schema["type"] == "object";
    is_choice.then(|| vec![Choice { name: value.name.clone(), meaning, value: Some(value) }])
}

fn kind(schema: &Value) -> Kind {
    let name = schema["properties"][KIND]["const"].as_str().unwrap_or_default().into();
    let mut paragraphs = paragraphs(schema["description"].as_str().unwrap_or_default());
    let meaning = paragraphs.next().unwrap_or_default();
    let is_detail = |text: &String| {
        !["Settings:", "Backward", "Errors", "```"].iter().any(|other| text.starts_with(other))
    };
    let details = paragraphs.take_while(is_detail).collect();
    Kind {
        name,
        meaning,
        details,
        keys: table(schema).keys.into_iter().filter(|key| key.name != KIND).collect(),
    }
}

fn table(schema: &Value) -> Table {
    let required: Vec<&str> = strings(&schema["required"]).collect();
    let order: Vec<&str> = strings(&schema[ORDER]).collect();
    let place = |key: &Key| order.iter().position(|name| *name == key.name).unwrap_or(order.len());
    let mut keys: Vec<Key> = objects(&schema["properties"])
        .map(|(name, schema)| Key {
            name: name.clone(),
            meaning: description(schema),
            form: form(schema),
            is_required: required.contains(&&**name),
            default: schema.get("default").cloned(),
            example: schema["examples"].get(0).cloned(),
        })
        .collect();
    keys.sort_by_key(place);
    Table { meaning: description(schema), keys }
}

fn description(schema: &Value) -> String {
    paragraph(schema["description"].as_str().unwrap_or_default())
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn objects(map: &Value) -> impl Iterator<Item = (&String, &Value)> {
    map.as_object().into_iter().flatten()
}
