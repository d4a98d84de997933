//! The names of inputs, layers and outputs.

use alloc::string::String;
use alloc::vec::Vec;

/// The name of `known` that differs in the fewest letters from `name`, if at most a third of the letters differ.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let mistakes = |other: &str| edits(&name, other.to_lowercase().chars());
    let near = known.into_iter().map(|other| (mistakes(other), other));
    let (mistakes, best) = near.min_by_key(|(mistakes, _)| *mistakes)?;
    (3 * mistakes <= name.len().max(best.chars().count())).then_some(best)
}

/// How many letters have to be changed, added or left out to make `other` of `name`: Levenshtein's distance.
fn edits(name: &[char], other: impl Iterator<Item = char>) -> usize {
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for letter in other {
        let mut diagonal = row[0];
        row[0] += 1;
        for (i, own) in name.iter().enumerate() {
            let changed = diagonal + usize::from(*own != letter);
            diagonal = row[i + 1];
            row[i + 1] = changed.min(diagonal + 1).min(row[i] + 1);
        }
    }
    row[name.len()]
}

/// Whether a layer may have this name. The names of its parameters begin with it, and so do names of tensors in model
/// files, where some beginnings have a meaning of their own.
pub(super) fn is_allowed(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
        && !["optimizer", "average", "best", "best_state"].contains(&name)
}

/// `a`, `a and b`, or `a, b and c`, each in backquotes.
pub(super) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.pop() {
        None => "nothing".into(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_names_are_found() {
        let known = ["left", "right", "dense1"];
        for (name, meant) in
            [("lefd", "left"), ("RIGHT", "right"), ("dens1", "dense1"), ("deense2", "dense1")]
        {
            assert_eq!(nearest(name, known), Some(meant), "{name}");
        }
        assert_eq!(nearest("pooled", known), None);
        assert_eq!(nearest("left", []), None);
    }
}
