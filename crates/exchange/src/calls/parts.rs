//! The functions that a file needs, out of a library of all functions.

use std::collections::BTreeSet;

/// The functions of a language.
#[derive(Clone, Copy)]
pub(crate) struct Library {
    /// All functions. A line before each says its name, and the names of the parts that it needs, which stand before it.
    pub text: &'static str,
    /// How such a line begins.
    pub begin: &'static str,
    /// How it ends.
    pub end: &'static str,
}

impl Library {
    /// Each part: the words of its line without `needs`, and its text.
    fn all(self) -> impl Iterator<Item = (Vec<&'static str>, &'static str)> {
        self.text.split(self.begin).skip(1).filter_map(move |part| {
            let (line, text) = part.split_once(self.end)?;
            Some((line.split(' ').filter(|word| *word != "needs").collect(), text))
        })
    }

    /// The text of the parts with these names and of those that they need, in the order in which they depend on one
    /// another.
    pub fn parts(self, names: &BTreeSet<&'static str>) -> String {
        let parts: Vec<(Vec<&str>, &str)> = self.all().collect();
        let mut needed = names.clone();
        // A part stands behind those that it needs.
        for (line, _) in parts.iter().rev() {
            if needed.contains(line[0]) {
                needed.extend(&line[1..]);
            }
        }
        parts.iter().filter(|(line, _)| needed.contains(line[0])).map(|(_, text)| *text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{c, rust};

    #[test]
    fn parts_stand_behind_what_they_need() {
        for library in [c::LIBRARY, c::int8::LIBRARY, rust::LIBRARY] {
            let mut before = BTreeSet::new();
            for (line, _) in library.all() {
                before.insert(line[0]);
                assert!(line.iter().all(|word| before.contains(word)), "{line:?}");
            }
        }
    }

    #[test]
    fn both_languages_have_the_functions_of_the_layers() {
        let names = |library: Library| library.all().map(|(line, _)| line[0]).collect::<BTreeSet<_>>();
        let (c, rust) = (names(c::LIBRARY), names(rust::LIBRARY));
        // Rust has these in its types, or inside of other parts.
        let other = ["from_bits", "rounded_up", "side", "to_bits"];
        for name in &c {
            assert!(rust.contains(name) || other.contains(name), "{name}");
        }
    }

    #[test]
    fn only_what_is_needed_is_written() {
        let text = c::LIBRARY.parts(&BTreeSet::from(["relu"]));
        assert!(text.contains("static void relu(") && text.contains("static inline float from_bits("));
        assert!(!text.contains("polynomial"));
        assert_eq!(c::LIBRARY.parts(&BTreeSet::new()), "");
    }
}
