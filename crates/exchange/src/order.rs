//! Arrays with their axes in another order.

/// The elements of an array of shape `shape` with its axes in the order `axes`: axis `n` of the result is axis `axes[n]`
/// of the array.
///
/// Panics if `values` has another length than `shape` says, or if `axes` is no order of its axes.
pub(crate) fn turned<T: Copy>(values: &[T], shape: &[usize], axes: &[usize]) -> Vec<T> {
    assert_eq!((values.len(), shape.len()), (shape.iter().product(), axes.len()));
    let step = |axis: usize| shape[axis + 1..].iter().product::<usize>();
    let (sizes, steps): (Vec<usize>, Vec<usize>) = axes.iter().map(|&axis| (shape[axis], step(axis))).unzip();
    let mut result = Vec::with_capacity(values.len());
    let mut at = vec![0; axes.len()];
    while result.len() < values.len() {
        result.push(values[at.iter().zip(&steps).map(|(at, step)| at * step).sum::<usize>()]);
        for axis in (0..at.len()).rev() {
            at[axis] += 1;
            if at[axis] < sizes[axis] {
                break;
            }
            at[axis] = 0;
        }
    }
    result
}

/// The sizes of `shape` in the order `axes`.
pub(crate) fn sizes(shape: &[usize], axes: &[usize]) -> Vec<usize> {
    axes.iter().map(|&axis| shape[axis]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_turned_and_turned_back() {
        let values: Vec<usize> = (0..24).collect();
        assert_eq!(turned(&values[..6], &[2, 3], &[1, 0]), [0, 3, 1, 4, 2, 5]);
        let turned_once = turned(&values, &[2, 3, 4], &[2, 0, 1]);
        assert_eq!(turned_once[..4], [0, 4, 8, 12]);
        assert_eq!(sizes(&[2, 3, 4], &[2, 0, 1]), [4, 2, 3]);
        assert_eq!(turned(&turned_once, &[4, 2, 3], &[1, 2, 0]), values);
    }
}
