//! What a network is worth.

use toddle_lanes::Float;

/// The place of the largest of `outputs`, the first one where several are: the class that they stand for.
///
/// ```
/// assert_eq!(toddle::argmax(&[0.1, 0.7, 0.2]), 1);
/// ```
pub fn argmax<T: Float>(outputs: &[T]) -> usize {
    let mut best = 0;
    for (i, output) in outputs.iter().enumerate() {
        if *output > outputs[best] {
            best = i;
        }
    }
    best
}

/// The share of samples whose largest output is at their label; 0 where there are none.
///
/// ```
/// let outputs = [0.9, 0.1, 0.2, 0.8];             // two samples of two classes
/// assert_eq!(toddle::accuracy(&outputs, &[0, 0]), 0.5);
/// ```
///
/// # Panics
/// There are not as many outputs for each label.
pub fn accuracy<T: Float>(outputs: &[T], labels: &[u8]) -> f64 {
    if labels.is_empty() {
        return 0.0;
    }
    let classes = outputs.len() / labels.len();
    assert_eq!(outputs.len(), classes * labels.len(), "every label has as many outputs");
    let right =
        outputs.chunks_exact(classes).zip(labels).filter(|(y, label)| argmax(y) == usize::from(**label));
    right.count() as f64 / labels.len() as f64
}
