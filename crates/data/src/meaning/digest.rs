//! Digests, by which two data sets can be compared.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::dataset::Dataset;

/// SHA-256 of the parts of a data set: two sets with the same digests have the same samples in the same order.
///
/// ```
/// use toddle_data::{Dataset, Digest};
/// let set = |labels| Dataset::new("set", [1, 1, 1], vec![7, 8], labels, 2);
/// let (one, other) = (Digest::of(&set(vec![0, 1])?), Digest::of(&set(vec![1, 0])?));
/// assert_eq!(one.differences(&other), ["the targets of the samples"]);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Of the shape of a sample and of all values.
    pub values: String,
    /// Of the labels or target numbers, and of the weights of the samples.
    pub targets: String,
    /// Of the names of the classes.
    pub classes: String,
}

impl Digest {
    /// The digests of a set.
    pub fn of(dataset: &Dataset) -> Digest {
        let mut values = Sha256::new();
        dataset.shape().iter().for_each(|&side| values.update((side as u64).to_le_bytes()));
        let (are_bytes, mut bytes) = (dataset.values().are_bytes(), Vec::new());
        dataset.values().pieces(|piece| {
            bytes.clear();
            match are_bytes {
                true => bytes.extend(piece.iter().map(|&x| x as u8)),
                false => bytes.extend(piece.iter().flat_map(|x| x.to_le_bytes())),
            }
            values.update(&bytes);
        });
        let mut targets = Sha256::new();
        update(&mut targets, dataset.labels().iter().map(|label| label.to_le_bytes()));
        update(&mut targets, dataset.numbers().iter().map(|number| number.to_le_bytes()));
        update(&mut targets, dataset.weights().into_iter().flatten().map(|weight| weight.to_le_bytes()));
        let mut classes = Sha256::new();
        for name in dataset.class_names() {
            classes.update((name.len() as u64).to_le_bytes());
            classes.update(name);
        }
        Digest { values: hex(values), targets: hex(targets), classes: hex(classes) }
    }

    /// The differences to another set, in words; empty if the sets are equal.
    pub fn differences(&self, other: &Digest) -> Vec<&'static str> {
        let parts = [
            (self.classes == other.classes, "the names of the classes"),
            (self.targets == other.targets, "the targets of the samples"),
            (self.values == other.values, "the values of the samples"),
        ];
        parts.into_iter().filter(|(same, _)| !same).map(|(_, what)| what).collect()
    }
}

/// Some kilobytes at a time, since a call for every number takes longer than the digest.
fn update(digest: &mut Sha256, numbers: impl Iterator<Item = [u8; 4]>) {
    const ROOM: usize = 1 << 14;
    let mut bytes = Vec::with_capacity(ROOM);
    for number in numbers {
        bytes.extend(number);
        if bytes.len() == ROOM {
            digest.update(&bytes);
            bytes.clear();
        }
    }
    digest.update(&bytes);
}

fn hex(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
