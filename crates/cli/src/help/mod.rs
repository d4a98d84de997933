//! `toddle help`: the keys of an experiment's file, and the use of the commands.
//!
//! | file | idea |
//! |---|---|
//! | `topic.rs` | the topics |
//! | `section.rs` | the contents of a topic, made from the keys of experiments |
//! | `terminal.rs` | the same as text, 80 columns wide |
//! | `markdown.rs` | the same as a page: `docs/experiment.md` |

mod markdown;
mod section;
mod terminal;
mod topic;

use std::io::ErrorKind;

use clap::{Args, CommandFactory};
use section::{Section, named, sections};
use terminal::{text, topics};
use toddle_run::error::{Error, ExperimentError};
use toddle_run::experiment::schema_for_editors;
use toddle_run::nearest::nearest;
use topic::{TOPICS, Topic};

use crate::Cli;
use crate::ending::Ending;
use crate::output::print;

/// Explain how to write an experiment's file, or how to use a command
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// A topic, or a topic with a kind or a key in it; or a command
    #[arg(value_name = "TOPIC|COMMAND")]
    pub words: Vec<String>,
}

const AFTER_HELP: &str = "\
`toddle help` alone lists the topics. `toddle help schema` prints the JSON schema of an experiment's file, with which \
editors complete and check the file.

Examples:
  toddle help experiment      how to write a file
  toddle help layers conv2d   one kind of layer
  toddle help momentum        a key, in all places that have it
  toddle help train           the same as toddle train --help";

/// Prints the JSON schema.
const SCHEMA: &str = "schema";
/// Prints `docs/experiment.md`: for those who work on toddle.
const MARKDOWN: &str = "markdown";

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    let words: Vec<&str> = options.words.iter().map(String::as_str).collect();
    match words[..] {
        [] => {
            show_command(&[])?;
            print(&topics())?;
        }
        [SCHEMA] => {
            let schema = serde_json::to_string_pretty(&schema_for_editors()).expect("a schema is JSON");
            print(&format!("{schema}\n"))?;
        }
        [MARKDOWN] => print(&markdown::page())?,
        _ => match asked(&words) {
            Some(sections) => print(&text(&sections))?,
            None if is_command(&words) => show_command(&words)?,
            None => return Err(unknown(&words)),
        },
    }
    Ok(Ending::Complete)
}

/// The sections of a topic, of a part of a topic, or of all kinds and keys with this name. A name of a command gives
/// none.
fn asked(words: &[&str]) -> Option<Vec<Section>> {
    let found = match (words, Topic::named(words[0])) {
        ([_], Some(topic)) => sections(topic),
        ([_, name], Some(topic)) => named(topic, name),
        ([name], None) if !is_command(words) => TOPICS.iter().flat_map(|topic| named(topic, name)).collect(),
        _ => Vec::new(),
    };
    (!found.is_empty()).then_some(found)
}

fn is_command(words: &[&str]) -> bool {
    let found = words.iter().try_fold(Cli::command(), |command, word| command.find_subcommand(word).cloned());
    found.is_some()
}

/// Prints the help of the command, as `--help` does.
fn show_command(words: &[&str]) -> Result<(), Error> {
    let words = ["toddle"].iter().chain(words).chain(&["--help"]);
    let Err(help) = Cli::command().try_get_matches_from(words) else { return Ok(()) };
    match help.print() {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => Err(Error::Stdout(cause)),
        _ => Ok(()),
    }
}

fn unknown(words: &[&str]) -> Error {
    let word = words.last().copied().unwrap_or_default();
    let topics: Vec<&str> = TOPICS.iter().map(|topic| topic.name).collect();
    let root = Cli::command();
    let commands = root.get_subcommands().map(|command| command.get_name().to_owned());
    let all = TOPICS.iter().flat_map(sections).flat_map(|section| section.names());
    let known: Vec<String> = topics.iter().map(|name| name.to_string()).chain(commands).chain(all).collect();
    let remedy = nearest(word, known.iter().map(String::as_str));
    let remedy = remedy.map_or("toddle help".into(), |name| format!("toddle help {name}"));
    let place = format!("toddle help {}", words.join(" "));
    let expected = format!("one of {}; or a command, a kind or a key", topics.join(", "));
    ExperimentError::new(place, "there is nothing of this name", &expected, word, &remedy)
}
