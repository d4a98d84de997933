//! The choice of the samples on a sheet: some of every class.

use toddle_data::Dataset;

/// Samples to show.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// The indices of the samples in the set, class by class.
    pub samples: Vec<usize>,
    /// The number of classes of these samples.
    pub classes: usize,
    /// The number of classes that have samples.
    pub of: usize,
    /// The highest number of samples of one class.
    pub most: usize,
}

/// The number of samples to show.
#[derive(Clone, Copy, Debug)]
pub enum Count {
    /// Exactly this number.
    Exactly(usize),
    /// About this number: the same number of samples of each class, and not more in total. If there are more classes
    /// than this, one sample of each class, up to the second number.
    About(usize, usize),
}

impl Choice {
    /// Samples of `dataset`: the same number of each class, or one more, as long as the class has samples.
    ///
    /// The samples of a class are at even distances in the set. If there are more classes than samples to show, the
    /// classes are at even distances, too.
    pub fn even(dataset: &Dataset, count: Count) -> Choice {
        let mut classes = vec![Vec::new(); dataset.classes().max(1)];
        match dataset.labels() {
            // The samples have target numbers instead of classes.
            [] => classes[0] = (0..dataset.len()).collect(),
            labels => labels.iter().enumerate().for_each(|(i, &label)| classes[label as usize].push(i)),
        }
        classes.retain(|samples| !samples.is_empty());
        let of = classes.len();
        let count = match count {
            Count::Exactly(count) => count,
            Count::About(count, most) if count < of => of.min(most),
            Count::About(count, _) => count - count % of.max(1),
        };
        if count < of {
            classes = evenly(&classes, count);
        }
        let shares = shares(&classes.iter().map(Vec::len).collect::<Vec<_>>(), count);
        Choice {
            samples: classes
                .iter()
                .zip(&shares)
                .flat_map(|(samples, &share)| evenly(samples, share))
                .collect(),
            classes: classes.len(),
            of,
            most: shares.into_iter().max().unwrap_or(0),
        }
    }
}

/// The number of samples of each class among `count` samples. `sizes` are the sizes of the classes.
fn shares(sizes: &[usize], count: usize) -> Vec<usize> {
    let mut shares = vec![0; sizes.len()];
    let mut left = count.min(sizes.iter().sum());
    while left > 0 {
        for (share, size) in shares.iter_mut().zip(sizes) {
            if *share < *size && left > 0 {
                *share += 1;
                left -= 1;
            }
        }
    }
    shares
}

/// `count` elements of `all` at even distances, from the first element on.
fn evenly<T: Clone>(all: &[T], count: usize) -> Vec<T> {
    (0..count).map(|n| all[n * all.len() / count].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A set with `sizes` samples of each class, one class after the other.
    fn set(sizes: &[usize]) -> Dataset {
        let labels: Vec<_> = sizes.iter().zip(0..).flat_map(|(&size, class)| vec![class; size]).collect();
        Dataset::new("t", [1, 1, 1], vec![0; labels.len()], labels, sizes.len()).unwrap()
    }

    fn choose(sizes: &[usize], count: Count) -> (Vec<usize>, usize, usize) {
        let Choice { samples, classes, of, .. } = Choice::even(&set(sizes), count);
        (samples, classes, of)
    }

    #[test]
    fn all_classes_are_among_them() {
        assert_eq!(choose(&[10, 10], Count::Exactly(4)), (vec![0, 5, 10, 15], 2, 2));
        assert_eq!(choose(&[10, 1, 0], Count::Exactly(4)), (vec![0, 3, 6, 10], 2, 2));
        assert_eq!(choose(&[1, 1], Count::Exactly(9)), (vec![0, 1], 2, 2));
        assert_eq!(choose(&[5; 6], Count::Exactly(3)), (vec![0, 10, 20], 3, 6));
    }

    #[test]
    fn as_many_of_each_if_nobody_says_how_many() {
        let count = |classes| choose(&vec![50; classes], Count::About(40, 100));
        let counted = [1, 3, 10, 26, 62, 250].map(|classes| count(classes).0.len());
        assert_eq!(counted, [40, 39, 40, 26, 62, 100]);
        assert_eq!((count(250).1, count(250).2), (100, 250));
    }

    #[test]
    fn samples_with_numbers_are_shown_too() {
        let numbers = Dataset::with_numbers("t", [1, 1, 1], vec![0; 8], vec![0.5; 8], 1).unwrap();
        assert_eq!(Choice::even(&numbers, Count::About(4, 9)).samples, [0, 2, 4, 6]);
        assert!(Choice::even(&numbers.first(0).unwrap(), Count::About(4, 9)).samples.is_empty());
    }
}
