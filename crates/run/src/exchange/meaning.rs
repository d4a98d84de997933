//! What the inputs and the outputs of a network that leaves mean: the network alone does not say it.

use toddle::checkpoint::{About, Scaling};
use toddle::escaped;
use toddle_data::{ColumnKind, InputColumn, Meaning};

use super::Form;

/// The most letters of a line.
const WIDTH: usize = 100;

/// What a program has to do with samples before it asks the network, and with the answers. A line each; long lists take several.
pub fn in_words(about: &About) -> Vec<String> {
    let meaning = Meaning::from_json("the model", &about.data).ok().flatten();
    let mut lines = Vec::new();
    let columns = meaning.as_ref().and_then(|meaning| meaning.columns.as_ref());
    if let Some(columns) = columns {
        list(&mut lines, "The inputs are columns of a table:", columns.input_names());
        let filled: Vec<String> = columns.inputs.iter().filter_map(filled).collect();
        if !filled.is_empty() {
            list(&mut lines, "An empty cell counts as:", filled);
        }
    }
    let Scaling { divisor, mean, deviation } = &about.scaling;
    let what = if columns.is_some() { "cell" } else { "value of a channel" };
    match (*divisor != 1.0, mean.is_empty()) {
        (false, true) => {}
        (true, true) => lines.push(format!("An input is the {what} divided by {divisor}.")),
        (is_divided, false) => {
            let divided = if is_divided { format!(" / {divisor}") } else { String::new() };
            lines.push(format!("An input is ({what}{divided} - mean) / deviation."));
            list(&mut lines, "mean:", mean.iter().map(f32::to_string).collect());
            list(&mut lines, "deviation:", deviation.iter().map(f32::to_string).collect());
        }
    }
    if !about.classes.is_empty() && meaning.as_ref().is_none_or(|meaning| !meaning.numbers) {
        list(&mut lines, "The outputs are for these classes:", about.classes.clone());
    }
    let Some(meaning) = meaning else { return lines };
    match &meaning.links[..] {
        [link] => lines.extend(link.in_words().map(|words| format!("Each number of the output: {words}."))),
        links => {
            let said = links.iter().enumerate().filter_map(|(n, link)| Some((n, link.in_words()?)));
            lines.extend(said.map(|(n, words)| format!("Each number of output {n}: {words}.")));
        }
    }
    if let Some(Scaling { mean, deviation, .. }) = &meaning.target_scaling {
        lines.push("An answer is output * deviation + mean.".into());
        list(&mut lines, "mean:", mean.iter().map(f32::to_string).collect());
        list(&mut lines, "deviation:", deviation.iter().map(f32::to_string).collect());
    }
    lines
}

/// The value of an empty cell of a column, if training filled such cells.
fn filled(column: &InputColumn) -> Option<String> {
    let value = match &column.kind {
        ColumnKind::Number { fill, .. } => fill.as_ref()?.to_string(),
        ColumnKind::Category { fill, .. } => fill.clone()?,
    };
    Some(format!("{} = {value}", column.called()))
}

/// Adds `title` and the items, with commas between them.
fn list(lines: &mut Vec<String>, title: &str, items: Vec<String>) {
    let mut line = title.to_owned();
    let last = items.len().saturating_sub(1);
    for (n, item) in items.into_iter().enumerate() {
        let item = if item.contains(',') { format!("\"{}\"", escaped(&item)) } else { escaped(&item) };
        let item = item + if n == last { "" } else { "," };
        if line.len() + 1 + item.len() > WIDTH && !line.trim_start().is_empty() {
            lines.push(std::mem::replace(&mut line, " ".to_owned()));
        }
        line += " ";
        line += &item;
    }
    lines.push(line);
}

/// The lines for the user, who sees the first ones.
pub fn notes(lines: &[String]) -> String {
    const MOST: usize = 12;
    let mut notes: String = lines.iter().take(MOST).map(|line| format!("{line}\n")).collect();
    if lines.len() > MOST {
        notes += &format!("… and {} more lines, which are in the model file\n", lines.len() - MOST);
    }
    notes
}

/// The lines as a comment at the beginning of a file of source. Empty if there are none.
pub fn comment(form: Form, lines: &[String]) -> String {
    let (begin, each, end) = match form {
        Form::C => ("/*\n", " * ", " */\n"),
        Form::Rust => ("", "//! ", "//!\n"),
        _ => ("", "# ", ""),
    };
    if lines.is_empty() {
        return String::new();
    }
    // A name of a class cannot end the comment.
    let lines: String = lines.iter().map(|line| format!("{each}{}\n", line.replace("*/", "* /"))).collect();
    format!("{begin}{lines}{end}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalings_and_classes_are_said() {
        let about = About {
            scaling: Scaling { divisor: 255.0, mean: vec![0.5], deviation: vec![0.25] },
            classes: ["cat".to_owned(), "a dog */ int".to_owned()].to_vec(),
            ..About::default()
        };
        let lines = in_words(&about);
        assert_eq!(
            lines,
            [
                "An input is (value of a channel / 255 - mean) / deviation.",
                "mean: 0.5",
                "deviation: 0.25",
                "The outputs are for these classes: cat, a dog */ int",
            ]
        );
        assert!(comment(Form::C, &lines).ends_with("cat, a dog * / int\n */\n"));
        assert!(comment(Form::Rust, &lines).starts_with("//! An input is"));
        assert_eq!(comment(Form::Keras, &[]), "");
    }

    #[test]
    fn numbers_are_converted_back() {
        let data = json!({ "numbers": true, "links": ["exponential"], "target_scaling": { "mean": [3.0], "deviation": [2.0] } });
        let about = About { data: data.as_object().cloned().unwrap_or_default(), ..About::default() };
        let lines = in_words(&about);
        assert!(lines[0].contains("the exponential function"), "{lines:?}");
        assert_eq!(lines[1..], ["An answer is output * deviation + mean.", "mean: 3", "deviation: 2"]);
    }

    #[test]
    fn long_lists_take_several_lines() {
        let mut lines = Vec::new();
        list(&mut lines, "mean:", (0..100).map(|n| n.to_string()).collect());
        assert!(lines.len() > 3 && lines.iter().all(|line| line.len() <= WIDTH), "{lines:?}");
    }
}
