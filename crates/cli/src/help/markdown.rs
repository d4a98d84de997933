//! All topics as a page: `docs/experiment.md`.

use super::section::{Entry, Section, Status, sections};
use super::terminal::capital;
use super::topic::TOPICS;

const INTRODUCTION: &str = "\
# Experiment files

An experiment is a TOML file that describes a training completely. `toddle train FILE` reads it. The folder `experiments` has
examples. This page has every key with its meaning, its default and an example. `toddle help TOPIC` prints the same text in a
terminal.

This page is generated from the types that read the file. After a change to the types, this command generates the page again:

    TODDLE_WRITE=1 cargo test -p toddle-cli --test help

## In an editor

Editors with [Taplo](https://taplo.tamasfe.dev) (in VS Code the extension \"Even Better TOML\") can complete and check an
experiment. The first line of the file must name the schema [experiment.schema.json](experiment.schema.json):

```toml
#:schema ./experiment.schema.json
```

The path is relative to the file. `toddle help schema > experiment.schema.json` writes the schema into the current folder.
";

/// The page.
pub fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for topic in TOPICS {
        let (about, sections) = (format!("{}.", capital(topic.about)), sections(topic));
        page += &format!("\n## {}\n", topic.name);
        if !sections.iter().any(|section| section.about.contains(&about)) {
            page += &format!("\n{about}\n");
        }
        sections.iter().for_each(|each| page += &section(each));
    }
    page
}

fn section(section: &Section) -> String {
    let mut text = String::new();
    if section.title != section.topic {
        text += &format!("\n### {}\n", section.title);
    }
    section.about.iter().for_each(|about| text += &format!("\n{about}\n"));
    if let Some(example) = &section.example {
        text += &format!("\n```toml\n{}\n```\n", example.trim());
    }
    if !section.entries.is_empty() {
        text += "\n| key | meaning | value | default | example |\n|---|---|---|---|---|\n";
        section.entries.iter().for_each(|entry| text += &row(entry));
    }
    text
}

fn row(entry: &Entry) -> String {
    let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
    let mut meaning = entry.meaning.clone();
    for (name, about) in &entry.choices {
        meaning += &format!("<br>{}: {about}", code(name));
    }
    let default = match &entry.status {
        Status::Required => "required".into(),
        Status::Default(value) => code(value),
        Status::Optional => String::new(),
    };
    let example = code(entry.example.as_deref().unwrap_or_default());
    let cells = [code(&entry.name), meaning, entry.value.clone(), default, example];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}
