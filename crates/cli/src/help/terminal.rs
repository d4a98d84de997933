//! Sections as text, 80 columns wide.

use textwrap::{Options, WordSplitter};

use super::section::{Entry, Section, Status};
use super::topic::TOPICS;

const WIDTH: usize = 80;

/// The sections, one below the other.
pub fn text(sections: &[Section]) -> String {
    let mut text = String::new();
    for (place, section) in sections.iter().enumerate() {
        if place > 0 {
            text.push('\n');
        }
        text += &format!("{}\n", title(section));
        let about: Vec<String> = section.about.iter().map(|about| wrap(about, 2, 0)).collect();
        text += &about.join("\n");
        if let Some(example) = &section.example {
            text += &format!("\n{}\n", code(example, 4));
        }
        for entry in &section.entries {
            text.push('\n');
            text += &self::entry(entry);
        }
    }
    text
}

/// All topics, in a line each.
pub fn topics() -> String {
    let mut text = "\nTopics:\n".to_owned();
    let schema = ("schema", "the JSON schema of a file, for editors");
    for (name, about) in TOPICS.iter().map(|topic| (topic.name, topic.about)).chain([schema]) {
        text += &format!("  {name:12}  {about}\n");
    }
    text + "\n`toddle help TOPIC` shows one; `toddle help TOPIC NAME` a kind or a key in it.\n"
}

fn title(section: &Section) -> String {
    if section.title == section.topic {
        section.title.clone()
    } else {
        format!("{}: {}", section.topic, section.title)
    }
}

fn entry(entry: &Entry) -> String {
    let example = entry.example.as_deref().unwrap_or(&entry.name);
    let mut text = format!("{}\n", code(example, 4)) + &wrap(&entry.meaning, 8, 0);
    for (name, meaning) in &entry.choices {
        text += &wrap(&format!("{name}  {meaning}"), 10, 4);
    }
    let status = match &entry.status {
        Status::Required => "Required.".into(),
        Status::Default(value) => format!("Default: {value}."),
        Status::Optional => String::new(),
    };
    let value = if entry.value.is_empty() { String::new() } else { capital(&entry.value) + ". " };
    let last = value + &status;
    if last.is_empty() { text } else { text + &wrap(&last, 8, 0) }
}

/// The text with a capital first letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// Lines of `text`. All lines after the first are indented by `hanging` more.
fn wrap(text: &str, indent: usize, hanging: usize) -> String {
    let [first, others] = [indent, indent + hanging].map(|blanks| " ".repeat(blanks));
    let options = Options::new(WIDTH).initial_indent(&first).subsequent_indent(&others);
    let options = options.break_words(false).word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options) + "\n"
}

fn code(lines: &str, indent: usize) -> String {
    let blanks = " ".repeat(indent);
    lines.lines().map(|line| format!("{blanks}{line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
