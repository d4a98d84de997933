//! Text that others wrote, made safe to show.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{Display, Write};

/// `text` as one line that a terminal, a picture or a page shows as it is.
///
/// Names of files and classes, cells of tables and metadata may hold control characters, which would move a terminal's cursor or
/// colour its text, and characters that reverse the direction of writing. Each is written as its escape in JSON, as `\n` or
/// `\u001b`: inside a string of JSON it still means the same.
///
/// ```
/// assert_eq!(toddle::escaped("a\u{1b}[31mb\n"), r"a\u001b[31mb\n");
/// assert_eq!(toddle::escaped("Größe ✓"), "Größe ✓");
/// ```
pub fn escaped(text: impl Display) -> String {
    let text = text.to_string();
    if !text.contains(is_hidden) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_hidden(c) => write!(shown, "\\u{:04x}", u32::from(c)).expect("a text takes any text"),
            c => shown.push(c),
        }
    }
    shown
}

/// [`escaped`], line by line: a text of several lines keeps them.
pub fn escaped_lines(text: &str) -> String {
    text.split('\n').map(escaped).collect::<Vec<_>>().join("\n")
}

/// Whether a terminal obeys `c` instead of showing it: control characters, ends of lines and paragraphs, and what changes the
/// direction of writing.
fn is_hidden(c: char) -> bool {
    let directs = |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2066}'..='\u{2069}');
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}') || directs(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_obeyed_is_escaped_and_means_the_same_in_json() {
        for c in (0..=0xffff).filter_map(char::from_u32) {
            let shown = escaped(c);
            let control =
                c.is_control() || "\u{202a}\u{202d}\u{202e}\u{2066}\u{2069}\u{200f}\u{2028}".contains(c);
            assert!(!control || shown.is_ascii() && shown.starts_with('\\'), "{shown:?}");
            if !matches!(c, '"' | '\\') {
                let back: String = serde_json::from_str(&format!("\"{shown}\"")).expect("a string of JSON");
                assert_eq!(back, c.to_string());
            }
        }
    }
}
