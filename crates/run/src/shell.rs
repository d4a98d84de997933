//! Words of a command that a person copies into a shell.

use toddle::escaped;

/// `text` as one word of a shell.
///
/// ```
/// use toddle_run::shell::quoted;
///
/// assert_eq!(quoted("runs/lenet5"), "runs/lenet5");
/// assert_eq!(quoted("my runs/it's"), r"'my runs/it'\''s'");
/// ```
pub fn quoted(text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "/._-+".contains(c));
    let shown = escaped(text);
    match plain {
        true => text.to_owned(),
        false if shown == text => format!("'{}'", text.replace('\'', r"'\''")),
        // A shell reads escapes only in this kind of quotes.
        false => format!("$'{}'", escaped(text.replace('\\', r"\\").replace('\'', r"\'"))),
    }
}
