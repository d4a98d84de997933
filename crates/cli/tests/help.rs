//! `--help` and `toddle help` as their users meet them, and the page and the schema that are made of the same keys.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{succeed, text, toddle};
use serde_json::Value;

const WIDTH: usize = 80;

/// What `toddle` prints with these words.
fn printed(words: &[&str]) -> String {
    text(&succeed(&mut toddle(words)).stdout).to_owned()
}

/// The names that are listed below a title: the first words of the lines that are indented by two.
fn listed<'t>(text: &'t str, title: &str) -> Vec<&'t str> {
    let lines = text.lines().skip_while(|line| *line != title).skip(1);
    let lines = lines.take_while(|line| line.starts_with("  "));
    lines
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty()))
        .collect()
}

/// All commands: the words behind `toddle`, none for itself.
fn commands() -> Vec<Vec<String>> {
    fn add(command: Vec<String>, commands: &mut Vec<Vec<String>>) {
        let words: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = printed(&words);
        for name in
            listed(&help, "Commands:").into_iter().filter(|name| command.is_empty() || *name != "help")
        {
            add([&command[..], &[name.to_owned()]].concat(), commands);
        }
        commands.push(command);
    }

    let mut commands = Vec::new();
    add(Vec::new(), &mut commands);
    commands
}

fn topics() -> Vec<String> {
    listed(&printed(&["help"]), "Topics:").into_iter().map(str::to_owned).collect()
}

#[test]
fn help_ends_with_examples() {
    for command in commands() {
        let words: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = printed(&words);
        let command = command.join(" ");
        let (_, examples) = help.rsplit_once("\nExamples:\n").unwrap_or_else(|| panic!("{command}"));
        assert!(examples.starts_with(&format!("  toddle {command}")), "{command}: {examples}");
        assert!(examples.lines().all(|line| line.starts_with("  toddle ")), "{command}: {examples}");
    }
}

#[test]
fn help_fits_a_terminal() {
    let fits = |words: &[&str]| {
        for line in printed(words).lines() {
            assert!(line.chars().count() <= WIDTH, "toddle {}: {line}", words.join(" "));
        }
    };
    let commands = commands();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        fits(&command.iter().map(String::as_str).chain(["--help"]).collect::<Vec<_>>());
    }
    let topics = topics();
    for topic in topics.iter().filter(|topic| *topic != "schema") {
        fits(&["help", topic]);
    }
    fits(&["help"]);
    fits(&["help", "layers", "conv2d"]);
    fits(&["help", "momentum"]);
}

#[test]
fn help_says_what_keys_mean() {
    let topics = topics();
    for topic in
        ["experiment", "data", "augment", "init", "layers", "losses", "optimizers", "schedules", "schema"]
    {
        assert!(topics.iter().any(|other| other == topic), "{topic}: {topics:?}");
    }
    let all = printed(&["help", "layers"]);
    let expected = "\
    outputs = 100
        The number of outputs. In the last layer: the number of classes, or of
        values to predict.
        A whole number, 1 or more. Required.
";
    assert!(all.contains(expected) && all.contains("layers: residual"), "{all}");
    let one = printed(&["help", "layers", "Conv2D"]);
    assert!(one.starts_with("layers: conv2d\n") && one.contains("Default: \"valid\"."), "{one}");
    assert!(!one.contains("max_pool2d"), "{one}");
    // A key without its topic, a key of a topic, and a topic that has the name of a command.
    assert!(printed(&["help", "label_smoothing"]).starts_with("losses: cross_entropy\n"));
    assert!(printed(&["help", "experiment", "batch"]).starts_with("experiment: [train]\n\n    batch = "));
    assert!(printed(&["help", "data"]).contains("toddle data --help"));
}

#[test]
fn help_of_a_command_is_its_own() {
    for command in commands().iter().filter(|command| !command.is_empty() && command[..] != ["data"]) {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        assert_eq!(printed(&[&["help"], &words[..]].concat()), printed(&[&words[..], &["--help"]].concat()));
    }
    let output = toddle(&["help", "lyers"]).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
    let message = text(&output.stderr);
    assert!(message.starts_with("error: toddle help lyers: there is nothing of this name\n"), "{message}");
    assert!(message.ends_with("  try       toddle help layers\n"), "{message}");
}

fn in_the_project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// With `TODDLE_WRITE` in the environment, both are written anew.
#[test]
fn the_page_and_the_schema_are_those_that_are_made() {
    for (topic, path) in [("markdown", "docs/experiment.md"), ("schema", "docs/experiment.schema.json")] {
        let (made, path) = (printed(&["help", topic]), in_the_project(path));
        if std::env::var_os("TODDLE_WRITE").is_some() {
            fs::write(&path, &made).expect("a file");
        }
        let there = fs::read_to_string(&path).unwrap_or_default();
        let remedy = "TODDLE_WRITE=1 cargo test -p toddle-cli --test help writes it anew";
        assert!(there == made, "{} is not what is made: {remedy}", path.display());
    }
}

/// Why `value` is not what `schema`, a part of `whole`, asks for. A keyword that this does not know is an error.
fn check(whole: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let number = value.as_f64();
    let all = |schemas: &Value| {
        schemas.as_array().into_iter().flatten().map(|schema| check(whole, schema, value)).collect()
    };
    for (keyword, asked) in schema.as_object().ok_or("no schema")? {
        let is_right = match &**keyword {
            "$schema" | "title" | "description" | "default" | "examples" | "format" | "definitions" => true,
            "$ref" => {
                let pointer = asked.as_str().and_then(|name| name.strip_prefix('#')).ok_or("a path")?;
                check(whole, whole.pointer(pointer).ok_or("a definition")?, value)?;
                true
            }
            "type" => match asked.as_str() {
                Some("object") => value.is_object(),
                Some("array") => value.is_array(),
                Some("string") => value.is_string(),
                Some("boolean") => value.is_boolean(),
                Some("number") => value.is_number(),
                Some("integer") => value.is_i64() || value.is_u64(),
                _ => return Err(format!("type {asked}")),
            },
            "const" => value == asked,
            "enum" => asked.as_array().is_some_and(|words| words.contains(value)),
            "minimum" => number >= asked.as_f64(),
            "maximum" => number <= asked.as_f64(),
            "exclusiveMinimum" => number > asked.as_f64(),
            "exclusiveMaximum" => number < asked.as_f64(),
            "minLength" => {
                value.as_str().is_none_or(|text| text.chars().count() as u64 >= asked.as_u64().unwrap_or(0))
            }
            "maxLength" => {
                value.as_str().is_none_or(|text| text.chars().count() as u64 <= asked.as_u64().unwrap_or(0))
            }
            "minItems" => {
                value.as_array().is_none_or(|list| list.len() as u64 >= asked.as_u64().unwrap_or(0))
            }
            "maxItems" => {
                value.as_array().is_none_or(|list| list.len() as u64 <= asked.as_u64().unwrap_or(0))
            }
            "items" => {
                for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(whole, asked.get(place).unwrap_or(asked), item)?;
                }
                true
            }
            "required" => asked
                .as_array()
                .into_iter()
                .flatten()
                .all(|key| value.get(key.as_str().unwrap_or("")).is_some()),
            "properties" => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    if let Some(schema) = asked.get(key) {
                        check(whole, schema, value).map_err(|error| format!("{key}: {error}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = |key: &String| schema["properties"].get(key).is_some();
                value.as_object().is_none_or(|table| table.keys().all(known))
            }
            "allOf" => {
                let results: Vec<Result<(), String>> = all(asked);
                results.into_iter().collect::<Result<(), String>>()?;
                true
            }
            "anyOf" => all(asked).iter().any(|result: &Result<(), String>| result.is_ok()),
            "oneOf" => all(asked).iter().filter(|result: &&Result<(), String>| result.is_ok()).count() == 1,
            _ => return Err(format!("this test does not know `{keyword}`")),
        };
        if !is_right {
            return Err(format!("{value} is not {keyword} {asked}"));
        }
    }
    Ok(())
}

#[test]
fn every_experiment_is_what_the_schema_says() {
    let schema: Value = serde_json::from_str(&printed(&["help", "schema"])).expect("JSON");
    let read = |text: &str| -> Value { toml::from_str(text).expect("TOML") };
    let mut count = 0;
    for file in fs::read_dir(in_the_project("experiments")).expect("a folder") {
        let file = file.expect("an entry").path();
        let experiment = read(&fs::read_to_string(&file).expect("a file"));
        assert_eq!(check(&schema, &schema, &experiment), Ok(()), "{}", file.display());
        count += 1;
    }
    assert!(count > 5);
    // It can say no, too.
    let right = fs::read_to_string(in_the_project("experiments/xor.toml")).expect("a file");
    for (from, to) in [
        ("epochs = 1000", "epoch = 1000"),
        ("batch = 1", "batch = 0"),
        ("\"tanh\"", "\"tan\""),
        ("outputs = 3", "outputs = \"3\""),
        ("name = \"xor\"\n", ""),
    ] {
        let wrong = read(&right.replacen(from, to, 1));
        assert!(check(&schema, &schema, &wrong).is_err(), "{to}");
    }
}
