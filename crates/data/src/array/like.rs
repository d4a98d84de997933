//! The halves of arrays: samples of one shape, whose values mean the same.

use crate::dataset::Dataset;
use crate::error::{DataError, shape};
use crate::meaning::{Pictures, Range};
use crate::values::Sort;

/// The same halves, all as bytes if one of them has bytes. The first is the one to train on.
///
/// **Errors:** if the samples of two halves differ in their shape, or if they are pixels of different ranges.
pub(crate) fn alike(sets: Vec<Dataset>) -> Result<Vec<Dataset>, DataError> {
    let Some((first, others)) = sets.split_first() else { return Ok(sets) };
    let refused = |other: &Dataset, in_words: fn(&Dataset) -> String, remedy: &str| {
        let expected = format!("{}, as in `{}`", in_words(first), first.name());
        Err(DataError::refused(other.name(), expected, in_words(other), remedy))
    };
    if let Some(other) = others.iter().find(|other| other.shape() != first.shape()) {
        let samples = |set: &Dataset| format!("samples of shape {}", shape(&set.shape()));
        return refused(other, samples, "saving all halves in the same way");
    }
    let have_bytes = sets.iter().any(|set| set.values().are_bytes());
    let is_like_first = |other: &Dataset| match have_bytes {
        true => may_be_bytes(other) == may_be_bytes(first),
        false => has_range_of(other, first),
    };
    if let Some(other) = others.iter().find(|other| !is_like_first(other)) {
        let remedy = "one range in all halves: for example, all of them divided by 255, or none of them";
        return refused(other, numbers, remedy);
    }
    Ok(match have_bytes {
        true => sets.into_iter().map(Dataset::divided).collect(),
        false => sets,
    })
}

/// Whether the values are bytes, in whatever type: whole numbers from 0 to 255, or pixels that go so far.
fn may_be_bytes(set: &Dataset) -> bool {
    set.values().are_bytes() || set.values().may_be_bytes() || range_of(set) == Some(Range::BYTE)
}

/// The range of pictures, if it is certain.
fn range_of(set: &Dataset) -> Option<Range> {
    Pictures::range_of(set, None, None).flatten()
}

/// Whether the pixels of `set` have the range of `first`, or if their own is not certain, lie in that range.
fn has_range_of(set: &Dataset, first: &Dataset) -> bool {
    let (Some(range), Some([least, most])) = (range_of(first), set.values().bounds()) else { return true };
    let are_bytes = range == Range::BYTE && set.values().may_be_bytes();
    are_bytes || Range::of(least, most).map_or(range.holds(least, most), |own| own == range)
}

/// `floating-point numbers from 0 to 1`.
fn numbers(set: &Dataset) -> String {
    let sort = match set.values().sort() {
        Sort::Bytes => "bytes",
        Sort::Whole => "whole numbers",
        Sort::Real => "floating-point numbers",
    };
    let [least, most] = set.values().bounds().unwrap_or([0.0, 0.0]);
    format!("{sort} from {least} to {most}")
}
