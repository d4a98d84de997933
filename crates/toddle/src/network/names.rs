//! The names of inputs, layers and outputs.

/// The least similarity of two names, from 0 to 1, at which one is regarded as a misspelling of the other.
const ALIKE: f64 = 0.75;

/// The name of `known` that is most similar to `name`, if one is similar enough.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.to_lowercase();
    let likeness = |other: &str| strsim::jaro_winkler(&name, &other.to_lowercase());
    let best = known.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > ALIKE).then_some(best)
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
