//! What is said about a part of an experiment's file, from its keys.

use clap::CommandFactory;

use super::topic::{TOPICS, Topic};
use crate::Cli;
use crate::experiment::{Choice, Form, Key, Keys, Kind, Table, inline};
use crate::nearest::same;

/// A piece of a page.
#[derive(Debug)]
pub enum Block {
    /// A heading.
    Section(String),
    Text(String),
    Code(String),
    /// A name and what it is.
    Item(String, String),
    Entry(Entry),
}

/// A key.
#[derive(Debug)]
pub struct Entry {
    pub name: String,
    pub meaning: String,
    /// What its value is, in words.
    pub value: String,
    /// The value where it is left out; `required` where it must not be.
    pub default: String,
    /// A line of a file.
    pub example: String,
    /// The words to choose from, and what they mean.
    pub choices: Vec<(String, String)>,
}

/// A file, whole.
const EXAMPLE: &str = include_str!("../../../../experiments/lenet5.toml");

/// The page of a topic.
pub fn page(keys: &Keys, topic: &Topic) -> Vec<Block> {
    let Some(key) = keys.at(topic.path) else { return whole(keys) };
    let mut blocks = vec![Block::Text(key.meaning.clone())];
    match kinds(keys, &key.form) {
        Some(kinds) => {
            blocks.push(Block::Code(format!("{} = {}", topic.path.join("."), inline(&key.example.clone().unwrap_or_default()))));
            let how = "A kind stands alone in quotes, or in a table with its keys: { kind = …, KEY = VALUE }.";
            blocks.push(Block::Text(how.into()));
            kinds.iter().for_each(|kind| blocks.extend(of_kind(keys, &kind.name, kind)));
        }
        None => {
            if let Form::Table(table) = keys.resolve(&key.form) {
                blocks = vec![Block::Text(table.meaning.clone())];
                entries(keys, &mut blocks, "", table);
            }
        }
    }
    if Cli::command().find_subcommand(topic.name).is_some() {
        blocks.push(Block::Text(format!("`toddle {} --help` is about the command.", topic.name)));
    }
    blocks
}

/// The kind or the keys of a topic that have this name.
pub fn part(keys: &Keys, topic: &Topic, words: &[&str]) -> Option<Vec<Block>> {
    let [_, name] = words else { return None };
    let is_it = |other: &str| same(name, [other]).is_some();
    let mut blocks = Vec::new();
    let mut of_keys = |blocks: &mut Vec<Block>, title: String, known: &[Key]| {
        for key in known.iter().filter(|key| is_it(&key.name)) {
            blocks.extend([Block::Section(title.clone()), Block::Entry(entry(keys, key))]);
        }
    };
    match keys.at(topic.path) {
        None => {
            of_keys(&mut blocks, "Before the sections".into(), &keys.root().keys);
            for (path, table) in sections(keys) {
                of_keys(&mut blocks, path, table);
            }
        }
        Some(key) => match (kinds(keys, &key.form), keys.resolve(&key.form)) {
            (Some(kinds), _) => {
                for kind in kinds {
                    if is_it(&kind.name) {
                        blocks.extend(of_kind(keys, &kind.name, kind));
                    }
                    of_keys(&mut blocks, format!("{}: {}", topic.name, kind.name), &kind.keys);
                }
            }
            (None, Form::Table(table)) => of_keys(&mut blocks, format!("[{}]", topic.path.join(".")), &table.keys),
            _ => {}
        },
    }
    (!blocks.is_empty()).then_some(blocks)
}
