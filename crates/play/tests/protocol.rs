//! The examples of PROTOCOL.md are asks and answers.

use toddle_play::{Answer, Ask, Fault};

/// The examples in JSON, each with the heading above it.
fn examples() -> Vec<(String, String)> {
    let (mut examples, mut heading, mut inside) = (Vec::new(), String::new(), None);
    for line in include_str!("../PROTOCOL.md").lines() {
        match &mut inside {
            None if line == "```json" => inside = Some(String::new()),
            None => {
                if let Some(text) =
                    line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))
                {
                    heading = text.to_owned();
                }
            }
            Some(text) if line == "```" => {
                examples.push((heading.clone(), std::mem::take(text)));
                inside = None;
            }
            Some(text) => *text += &format!("{line}\n"),
        }
    }
    examples
}

#[test]
fn every_example_of_the_protocol_is_read() {
    let mut count = 0;
    for (heading, text) in examples() {
        for value in serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>() {
            let value = value.unwrap_or_else(|error| panic!("{heading}: {error}\n{text}"));
            let read = if value.get("ask").is_some() {
                serde_json::from_value::<Ask>(value.clone()).map(|_| ())
            } else if value.get("answer").is_some() {
                serde_json::from_value::<Answer>(value.clone()).map(|_| ())
            } else if let Some(error) = value.get("error") {
                serde_json::from_value::<Fault>(error.clone()).map(|_| ())
            } else {
                serde_json::from_value::<toddle_play::protocol::Array>(value.clone()).map(|_| ())
            };
            read.unwrap_or_else(|error| panic!("{heading}: {error}\n{value:#}"));
            count += 1;
        }
    }
    assert!(count > 50, "{count} examples");
}
