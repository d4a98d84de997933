//! Numbers to compute with, and comparing bits.

use toddle::{Float, NumpyRandom};

/// `len` numbers between −1 and 1, the same for the same seed.
pub fn numbers<T: Float>(seed: u32, len: usize) -> Vec<T> {
    let mut random = NumpyRandom::new(seed);
    (0..len).map(|_| T::from_f64(2.0 * random.uniform() - 1.0)).collect()
}

/// `len` numbers in disorder, no two closer than 0.01, the same for the same seed.
pub fn apart(seed: u32, len: usize) -> Vec<f64> {
    let keys = numbers::<f64>(seed, len);
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|a, b| keys[*a].total_cmp(&keys[*b]));
    order.into_iter().map(|place| 0.01 * place as f64).collect()
}

/// Whether the numbers are the same to the bit; if not, where they first differ.
///
/// # Errors
/// They differ.
pub fn same_bits<T: Float>(what: &str, got: &[T], expected: &[T]) -> Result<(), String> {
    if got.len() != expected.len() {
        return Err(format!("{what}: {} numbers, expected {}", got.len(), expected.len()));
    }
    match got.iter().zip(expected).position(|(a, b)| a.bits() != b.bits()) {
        None => Ok(()),
        Some(at) => Err(format!("{what}: number {at} is {:?}, expected {:?}", got[at], expected[at])),
    }
}

/// Sixteen samples, one after the other, side by side.
pub fn to_block<T: Float>(samples: &[T]) -> Vec<T> {
    let mut block = vec![T::ZERO; samples.len()];
    toddle_kernels::layout::to_lanes(samples, block.as_chunks_mut().0);
    block
}

/// Sixteen samples side by side, one after the other.
pub fn from_block<T: Float>(block: &[T]) -> Vec<T> {
    let mut samples = vec![T::ZERO; block.len()];
    toddle_kernels::layout::from_lanes(block.as_chunks().0, &mut samples);
    samples
}
