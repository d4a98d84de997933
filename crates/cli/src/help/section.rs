//! The contents of a topic: sections of keys.

use clap::CommandFactory;
use toddle_run::experiment::{Choice, Form, Key, Keys, Kind, inline};
use toddle_run::nearest::same;

use super::topic::{TOPICS, Topic};
use crate::Cli;

/// A part of a topic: its introduction, a section of a file, or a kind.
#[derive(Debug)]
pub struct Section {
    /// The topic of the section.
    pub topic: &'static str,
    /// The name in the file.
    pub name: String,
    pub title: String,
    pub about: Vec<String>,
    /// More text, with formulas and shapes. It is shown if the user asks only for this section.
    pub details: Vec<String>,
    /// Lines of a file.
    pub example: Option<String>,
    pub entries: Vec<Entry>,
}

/// A key.
#[derive(Debug)]
pub struct Entry {
    pub name: String,
    pub meaning: String,
    /// A description of its value. Empty if `choices` describe the value.
    pub value: String,
    pub status: Status,
    /// A line of a file with the key.
    pub example: Option<String>,
    /// The choices, each with its meaning.
    pub choices: Vec<(String, String)>,
}

/// What happens if a key is left out.
#[derive(Debug)]
pub enum Status {
    Required,
    /// The key has this value.
    Default(String),
    /// The meaning of the key says it.
    Optional,
}

/// A complete experiment.
const EXPERIMENT: &str = include_str!("../../../../experiments/lenet5.toml");

/// All sections of a topic.
pub fn sections(topic: &'static Topic) -> Vec<Section> {
    let keys = Keys::get();
    let mut sections = Sections { keys, topic, all: Vec::new() };
    match keys.at(topic.path) {
        None => {
            sections.table("experiment", "experiment", &keys.root().meaning, &keys.root().keys);
            let lines: Vec<&str> = EXPERIMENT.lines().filter(|line| !line.starts_with('#')).collect();
            sections.all[0].example = Some(lines.join("\n"));
        }
        Some(key) => match keys.resolve(innermost(keys, &key.form)) {
            Form::Kinds(kinds) => sections.topic_of_kinds(key, kinds),
            Form::Table(table) => sections.table(&key.name, topic.name, &table.meaning, &table.keys),
            _ => {}
        },
    }
    if Cli::command().find_subcommand(topic.name).is_some() {
        sections.all[0].about.push(format!("The command of this name: `toddle {} --help`.", topic.name));
    }
    sections.all
}

/// The sections and the keys of a topic with the name `name`.
pub fn named(topic: &'static Topic, name: &str) -> Vec<Section> {
    let is_it = |other: &str| same(name, [other]).is_some();
    let part = |mut section: Section| {
        if is_it(&section.name) && section.title != topic.name {
            section.about.append(&mut section.details);
            return Some(section);
        }
        section.entries.retain(|entry| is_it(&entry.name));
        (section.about, section.example) = (Vec::new(), None);
        (!section.entries.is_empty()).then_some(section)
    };
    sections(topic).into_iter().filter_map(part).collect()
}

/// The form of the elements of a list, or `form` itself.
fn innermost<'k>(keys: &'k Keys, form: &'k Form) -> &'k Form {
    match keys.resolve(form) {
        Form::List(list) => &list.of,
        _ => form,
    }
}

struct Sections {
    keys: &'static Keys,
    topic: &'static Topic,
    all: Vec<Section>,
}

impl Sections {
    fn push(&mut self, name: &str, title: String, about: Vec<String>, known: &[Key]) -> &mut Section {
        let entries = known.iter().map(|key| self.entry(key)).collect();
        let (topic, name) = (self.topic.name, name.to_owned());
        self.all.push(Section { topic, name, title, about, details: Vec::new(), example: None, entries });
        self.all.last_mut().expect("it was pushed")
    }

    /// Adds a table, and the tables and kinds in it that are not topics.
    fn table(&mut self, name: &str, title: &str, meaning: &str, known: &'static [Key]) {
        self.push(name, title.into(), vec![meaning.into()], known);
        for key in known {
            match self.keys.resolve(&key.form) {
                _ if self.topic_of(key).is_some() => {}
                Form::Table(table) => {
                    self.table(&key.name, &format!("[{}]", self.path_of(key)), &table.meaning, &table.keys);
                }
                Form::Kinds(kinds) => {
                    kinds.iter().for_each(|kind| self.kind(&format!("{}: ", key.name), kind))
                }
                Form::List(list) => {
                    if let Form::Table(table) = self.keys.resolve(&list.of) {
                        let title = format!("[[{}]]", self.path_of(key));
                        self.table(&key.name, &title, &table.meaning, &table.keys);
                    }
                }
                _ => {}
            }
        }
    }

    fn topic_of_kinds(&mut self, key: &'static Key, kinds: &'static [Kind]) {
        let how = "A kind is written in quotes, or as a table if it has keys: `{ kind = …, … }`.";
        let section =
            self.push(&key.name, self.topic.name.into(), vec![key.meaning.clone(), how.into()], &[]);
        section.example = key.line();
        kinds.iter().for_each(|kind| self.kind("", kind));
    }

    fn kind(&mut self, before: &str, kind: &'static Kind) {
        let title = format!("{before}{}", kind.name);
        let section = self.push(&kind.name, title, vec![kind.meaning.clone()], &kind.keys);
        section.details = kind.details.clone();
        section.example = Some(kind.example());
    }

    fn entry(&self, key: &Key) -> Entry {
        let form = self.keys.resolve(&key.form);
        let (value, choices) = match (self.topic_of(key), form) {
            (Some(topic), _) => (format!("See `toddle help {}`", topic.name), Vec::new()),
            (None, Form::Table(_)) => (format!("See [{}] below", self.path_of(key)), Vec::new()),
            (None, Form::List(list)) if matches!(self.keys.resolve(&list.of), Form::Table(_)) => {
                (format!("See [[{}]] below", self.path_of(key)), Vec::new())
            }
            (None, Form::Choice(choices)) => (String::new(), choices.iter().map(choice).collect()),
            (None, Form::Kinds(kinds)) => {
                let kinds = kinds.iter().map(|kind| (kind.example(), kind.meaning.clone()));
                (String::new(), kinds.collect())
            }
            (None, form) => (self.keys.words(form), Vec::new()),
        };
        let status = match (&key.default, key.is_required) {
            (_, true) => Status::Required,
            (Some(default), false) => Status::Default(inline(default)),
            (None, false) => Status::Optional,
        };
        let heading = || matches!(form, Form::Table(_)).then(|| format!("[{}]", self.path_of(key)));
        let example = key.line().or_else(heading);
        Entry { name: key.name.clone(), meaning: key.meaning.clone(), value, status, example, choices }
    }

    /// The topic of the values of `key`.
    fn topic_of(&self, key: &Key) -> Option<&'static Topic> {
        let Form::Named(name) = innermost(self.keys, &key.form) else { return None };
        let is_it = |topic: &&Topic| {
            let form = self.keys.at(topic.path).map(|key| innermost(self.keys, &key.form));
            matches!(form, Some(Form::Named(other)) if other == name)
        };
        TOPICS.iter().find(is_it)
    }

    /// The keys that lead to `key` in this topic.
    fn path_of(&self, key: &Key) -> String {
        [self.topic.path, &[&key.name]].concat().join(".")
    }
}

impl Section {
    /// Its name, and the names of its keys.
    pub fn names(&self) -> Vec<String> {
        [&self.name].into_iter().chain(self.entries.iter().map(|entry| &entry.name)).cloned().collect()
    }
}

/// A choice as written in files, and its meaning.
fn choice(choice: &Choice) -> (String, String) {
    let line = choice.value.as_ref().and_then(Key::line);
    let written = line.map_or_else(|| choice.written(), |line| format!("{{ {line} }}"));
    (written, choice.meaning.clone())
}
