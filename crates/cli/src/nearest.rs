//! What a user may have meant.

/// How alike two words have to be, from 0 to 1, for one to be taken for the other misspelt.
const ALIKE: f64 = 0.75;

/// The one of `known` that is most like `word`, if one is alike at all.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let likeness = |other: &str| strsim::jaro_winkler(word, other);
    let best = known.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > ALIKE).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_words_are_known_and_others_are_not() {
        let known = ["fashion-mnist", "mnist", "kmnist", "epochs"];
        assert_eq!(nearest("minst", known), Some("mnist"));
        assert_eq!(nearest("fashion", known), Some("fashion-mnist"));
        assert_eq!(nearest("epoch", known), Some("epochs"));
        assert_eq!(nearest("digits", known), None);
        assert_eq!(nearest("mnist", []), None);
    }
}
