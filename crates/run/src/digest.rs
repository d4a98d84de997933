//! Digests of weights.

use sha2::{Digest, Sha256};
use toddle::Float;

/// SHA-256 of the weights as little-endian bytes.
pub fn sha256<T: Float>(weights: &[T]) -> String {
    let (mut digest, mut bytes) = (Sha256::new(), Vec::new());
    for weights in weights.chunks(1 << 14) {
        T::write_bytes(weights, &mut bytes);
        digest.update(&bytes);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
