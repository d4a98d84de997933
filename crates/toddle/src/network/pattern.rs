//! Patterns for the names of layers and parameters.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;

use super::names::{listed, nearest};
use crate::error::FitError;

/// Checks that `pattern` matches one of `names`.
pub(crate) fn matches_some<'n>(
    setting: &'static str,
    pattern: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Result<(), FitError> {
    if names.clone().any(|name| matches(pattern, name)) {
        return Ok(());
    }
    let mut layers: Vec<&str> = names.clone().map(layer_of).collect();
    layers.dedup();
    let near = nearest(pattern, names.chain(layers.iter().copied()));
    let remedy = match near {
        Some(near) => near.to_owned(),
        None if layers.is_empty() => "a network with weights".into(),
        None => listed(layers.into_iter().take(12)),
    };
    Err(FitError::Pattern { setting, pattern: pattern.into(), remedy })
}

/// The name of the layer of the parameter called `name`.
pub(crate) fn layer_of(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(layer, _)| layer)
}

/// Whether `pattern` matches `name`, or a beginning of it that ends before a dot: `conv1` matches `conv1.bias`. A `*` stands for any
/// letters.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let beginnings = name.match_indices('.').map(|(dot, _)| &name[..dot]);
    beginnings.chain([name]).any(|beginning| matches_whole(pattern, beginning))
}

fn matches_whole(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_layers_and_what_is_in_them() {
        for (pattern, name) in [
            ("conv1", "conv1.weight"),
            ("conv1.bias", "conv1.bias"),
            ("conv*", "conv12.weight"),
            ("*.bias", "residual1.conv1.bias"),
            ("residual1", "residual1.conv1.bias"),
            ("residual1.c*1", "residual1.conv1.bias"),
            ("*v*b*s", "conv1.bias"),
            ("*", "dense1.weight"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("conv1", "conv12.weight"),
            ("conv", "conv1.weight"),
            ("conv*", "residual1.conv1.bias"),
            ("bias", "conv1.bias"),
            ("a*a", "a.weight"),
            ("", "conv1.weight"),
            ("*x*", "conv1.bias"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
