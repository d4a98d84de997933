//! Digests of weights.

use sha2::{Digest, Sha256};
use toddle::Float;

/// SHA-256 of the weights as little-endian bytes.
pub fn sha256<T: Float>(weights: &[T]) -> String {
    let mut bytes = Vec::with_capacity(size_of_val(weights));
    weights.iter().for_each(|weight| weight.write_le(&mut bytes));
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
