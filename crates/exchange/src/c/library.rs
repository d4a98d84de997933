//! The functions that a file needs.

use std::collections::BTreeSet;

/// All functions. Each begins with a line that says its name, and the names of the parts that it needs.
const LIBRARY: &str = concat!(include_str!("elements.c"), include_str!("library.c"));

/// The beginning of a part.
const PART: &str = "/* part ";

/// The text of the parts with these names and of those that they need, in the order in which they depend on one another.
pub(super) fn parts(names: &BTreeSet<&'static str>) -> String {
    let parts: Vec<(Vec<&str>, &str)> = LIBRARY
        .split(PART)
        .skip(1)
        .filter_map(|part| {
            let (line, text) = part.split_once(" */\n")?;
            Some((line.split(' ').collect(), text))
        })
        .collect();
    let mut needed: BTreeSet<&str> = names.clone();
    // A part stands behind those that it needs.
    for (line, _) in parts.iter().rev() {
        if needed.contains(line[0]) {
            needed.extend(line.iter().skip(2));
        }
    }
    parts.iter().filter(|(line, _)| needed.contains(line[0])).map(|(_, text)| *text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_behind_what_they_need() {
        let mut before = BTreeSet::new();
        for part in LIBRARY.split(PART).skip(1) {
            let (line, _) = part.split_once(" */\n").unwrap();
            let mut words = line.split(' ');
            before.insert(words.next().unwrap());
            assert!(words.skip(1).all(|word| before.contains(word)), "{line}");
        }
    }

    #[test]
    fn only_what_is_needed_is_written() {
        let text = parts(&BTreeSet::from(["relu"]));
        assert!(text.contains("static void relu(") && text.contains("static float from_bits("));
        assert!(!text.contains("polynomial"));
        assert_eq!(parts(&BTreeSet::new()), "");
    }
}
