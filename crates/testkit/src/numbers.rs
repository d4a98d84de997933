//! Random elements, and the comparison of bits.

use toddle::{Float, NumpyRandom};
use toddle_lanes::LANES;

/// `len` elements between −1 and 1. The same seed gives the same elements.
pub fn numbers<T: Float>(seed: u32, len: usize) -> Vec<T> {
    let mut random = NumpyRandom::new(seed);
    (0..len).map(|_| T::from_f64(2.0 * random.uniform() - 1.0)).collect()
}

/// A random integer below `end`.
pub fn below(random: &mut NumpyRandom, end: usize) -> usize {
    (random.uniform() * end as f64) as usize
}

/// `len` elements in random order, no two of which are closer than 0.01. The same seed gives the same elements.
pub fn apart(seed: u32, len: usize) -> Vec<f64> {
    let keys = numbers::<f64>(seed, len);
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|a, b| keys[*a].total_cmp(&keys[*b]));
    order.into_iter().map(|place| 0.01 * place as f64).collect()
}

/// Checks that all elements are equal to the bit. The error names the first difference.
///
/// # Errors
/// If the elements differ.
pub fn same_bits<T: Float>(what: &str, got: &[T], expected: &[T]) -> Result<(), String> {
    if got.len() != expected.len() {
        return Err(format!("{what}: {} numbers, expected {}", got.len(), expected.len()));
    }
    match got.iter().zip(expected).position(|(a, b)| a.bits() != b.bits()) {
        None => Ok(()),
        Some(at) => Err(format!("{what}: number {at} is {:?}, expected {:?}", got[at], expected[at])),
    }
}

/// Checks that all elements equal the recorded elements. Differences of up to `tolerance` times the largest recorded
/// element are allowed. The error names the first larger difference.
///
/// # Errors
/// If an element differs by more.
pub fn near<T: Float>(what: &str, got: &[T], recorded: &[f64], tolerance: f64) -> Result<(), String> {
    if got.len() != recorded.len() {
        return Err(format!("{what}: {} numbers, recorded are {}", got.len(), recorded.len()));
    }
    let largest = recorded.iter().fold(0.0, |largest: f64, a| largest.max(a.abs()));
    let close = |(a, b): (&T, &f64)| (a.to_f64() - b).abs() <= tolerance * largest;
    match got.iter().zip(recorded).position(|pair| !close(pair)) {
        None => Ok(()),
        Some(at) => Err(format!("{what}: number {at} is {:?}, recorded is {:?}", got[at], recorded[at])),
    }
}

/// Sixteen samples: from one after the other to side by side.
pub fn to_block<T: Float>(samples: &[T]) -> Vec<T> {
    let size = samples.len() / LANES;
    (0..samples.len()).map(|at| samples[at % LANES * size + at / LANES]).collect()
}

/// Sixteen samples: from side by side to one after the other.
pub fn from_block<T: Float>(block: &[T]) -> Vec<T> {
    let size = block.len() / LANES;
    (0..block.len()).map(|at| block[at % size * LANES + at / size]).collect()
}
