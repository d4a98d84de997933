//! The file: settings, each with a comment.

use super::look::Found;
use super::place::Destination;
use super::plan::Plan;

/// A setting, and the reason for its value.
pub struct Setting {
    key: &'static str,
    /// The value in TOML.
    value: String,
    /// Whole sentences.
    pub reason: String,
}

impl Setting {
    /// The setting `key = value`.
    pub fn new(key: &'static str, value: String, reason: impl Into<String>) -> Setting {
        Setting { key, value, reason: reason.into() }
    }
}

/// The width of comments.
const WIDTH: usize = 100;

/// `text` as TOML writes a string.
pub fn quoted(text: &str) -> String {
    // A string on one line. The crate `toml` would write some strings on several lines.
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// The whole file.
pub fn text(destination: &Destination, found: &Found, plan: &Plan) -> String {
    let mut text = comment(
        "`toddle new` has written this file for the data. You may change each setting: see `toddle help experiment`.",
    );
    text += &format!("version = 1\nname = {}\n", quoted(&destination.name));
    section(&mut text, "data", &found.settings);
    if !plan.augment.is_empty() {
        section(&mut text, "augment", &plan.augment);
    }
    text += "\n[network]\n";
    text += &comment("First weights by the activation behind each layer.");
    text += "init = \"auto\"\n";
    text += &comment(&plan.reason);
    text += "layers = [\n";
    plan.layers.iter().for_each(|layer| text += &format!("    {layer},\n"));
    text += "]\n";
    section(&mut text, "train", &plan.train);
    text
}

fn section(text: &mut String, name: &str, settings: &[Setting]) {
    *text += &format!("\n[{name}]\n");
    for Setting { key, value, reason } in settings {
        *text += &comment(reason);
        *text += &format!("{key} = {value}\n");
    }
}

fn comment(sentences: &str) -> String {
    let plain: String = sentences.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let options = textwrap::Options::new(WIDTH).initial_indent("# ").subsequent_indent("# ");
    textwrap::fill(&plain, options) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_back_from_toml() {
        for text in ["plain", r#"C:\data "two" spaces"#, "tab\tand\u{1}\u{7f}", "Größe ✓"] {
            let table: toml::Table = toml::from_str(&format!("x = {}", quoted(text))).expect("TOML");
            assert_eq!(table["x"].as_str(), Some(text));
        }
    }
}
