//! Suggestions for misspelt words.

/// The minimum similarity of two words, from 0 to 1, at which one is regarded as a misspelling of the other.
const ALIKE: f64 = 0.75;

/// The word of `known` that is most similar to `word`, if one is similar enough. Case, hyphens, underscores and blanks
/// do not count.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = plain(word);
    let likeness = |other: &str| strsim::jaro_winkler(&word, &plain(other));
    let best = known.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > ALIKE).then_some(best)
}

/// The word of `known` that equals `word`. Case, hyphens, underscores and blanks do not count.
pub fn same<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = plain(word);
    known.into_iter().find(|other| plain(other) == word)
}

fn plain(word: &str) -> String {
    word.chars().filter(|letter| !matches!(letter, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_words_are_known_and_others_are_not() {
        let known = ["fashion-mnist", "mnist", "kmnist", "epochs"];
        assert_eq!(nearest("minst", known), Some("mnist"));
        assert_eq!(nearest("fashion", known), Some("fashion-mnist"));
        assert_eq!(nearest("Fashion_MNIST", known), Some("fashion-mnist"));
        assert_eq!(nearest("epoch", known), Some("epochs"));
        assert_eq!(nearest("digits", known), None);
        assert_eq!(nearest("mnist", []), None);
    }

    #[test]
    fn case_and_hyphens_do_not_count() {
        let known = ["relu", "max_pool2d", "conv2d"];
        assert_eq!(same("ReLU", known), Some("relu"));
        assert_eq!(same("MaxPool2D", known), Some("max_pool2d"));
        assert_eq!(same("max-pool-2d", known), Some("max_pool2d"));
        assert_eq!(same("relu6", known), None);
    }
}
