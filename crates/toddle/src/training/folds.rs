//! The folds of a cross-validation.

use alloc::vec::Vec;

use toddle_lanes::{Purpose, Random};

use crate::error::FitError;
use crate::setting;

/// One fold of a cross-validation: places of samples, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// The samples to train on.
    pub train: Vec<usize>,
    /// The samples to validate with.
    pub validation: Vec<usize>,
}

/// Parts so many samples into `k` folds. Each sample is validated with in one fold, and trained on in all others. `seed` decides
/// which. The numbers of samples to validate with differ by at most one.
///
/// ```
/// use toddle::{Dense, Fit, Loss, Nobody, NetworkSpec, Sgd, Shape, Subset, folds};
///
/// let spec = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1));
/// let (x, y): (Vec<f64>, Vec<f64>) = (0..10).map(|n| (f64::from(n) / 10.0, f64::from(n) / 5.0)).unzip();
/// let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.3)).epochs(50).batch(4);
/// for fold in folds(10, 5, 7)? {
///     let mut network = spec.build(0)?;
///     let all = network.samples(&x, &y)?;
///     let [train, validation] = [&fold.train, &fold.validation].map(|places| Subset::new(&all, places));
///     let history = fit.run_validated(&mut network, &train, Some(&validation), &mut Nobody)?;
///     assert!(history.validation[49].loss < 0.01);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// `k` is less than 2, or there are fewer samples than folds.
pub fn folds(samples: usize, k: usize, seed: u64) -> Result<Vec<Fold>, FitError> {
    fold_by(&vec![0; samples], k, seed)
}

/// As [`folds`], and the numbers of samples of a class to validate with differ by at most one, too. `classes` has the class of each
/// sample.
///
/// # Errors
/// As for [`folds`].
pub fn folds_of_classes(classes: &[u32], k: usize, seed: u64) -> Result<Vec<Fold>, FitError> {
    fold_by(classes, k, seed)
}

fn fold_by(classes: &[u32], k: usize, seed: u64) -> Result<Vec<Fold>, FitError> {
    if k < 2 {
        setting::refuse("folds", k, "2 or more", "5")?;
    }
    if k > classes.len() {
        setting::refuse("folds", k, "at most as many folds as samples", "5")?;
    }
    let mut shuffled: Vec<usize> = (0..classes.len()).collect();
    // Epochs shuffle at (epoch, 0), and samples are held out at (0, 1).
    Random::new(seed, Purpose::Shuffle, [0, 2]).shuffle(&mut shuffled);
    shuffled.sort_by_key(|place| classes[*place]);
    // The samples are dealt out in turn, class after class.
    let mut fold_of = vec![0; classes.len()];
    shuffled.iter().enumerate().for_each(|(turn, place)| fold_of[*place] = turn % k);
    let of = |fold: usize| {
        let (validation, train) = (0..classes.len()).partition(|place| fold_of[*place] == fold);
        Fold { train, validation }
    };
    Ok((0..k).map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sample_is_validated_with_once() {
        for (samples, k) in [(10, 5), (11, 3), (4, 4), (100, 7)] {
            let folds = folds(samples, k, 1).unwrap();
            let mut seen = vec![0; samples];
            for Fold { train, validation } in &folds {
                assert!((samples / k..=samples.div_ceil(k)).contains(&validation.len()));
                let mut all = [&train[..], validation].concat();
                all.sort_unstable();
                assert!(all.into_iter().eq(0..samples));
                assert!(train.is_sorted() && validation.is_sorted());
                validation.iter().for_each(|place| seen[*place] += 1);
            }
            assert!(seen.iter().all(|seen| *seen == 1));
        }
        assert_eq!(folds(20, 4, 1), folds(20, 4, 1));
        assert_ne!(folds(20, 4, 1), folds(20, 4, 2));
        assert!(folds(20, 1, 1).is_err() && folds(3, 4, 1).is_err());
    }

    #[test]
    fn folds_of_classes_have_all_classes_alike() {
        let classes: Vec<u32> = (0..90).map(|n| u32::from(n % 9 == 0)).collect();
        for fold in folds_of_classes(&classes, 5, 3).unwrap() {
            let rare = fold.validation.iter().filter(|place| classes[**place] == 1).count();
            assert_eq!((fold.validation.len(), rare), (18, 2));
        }
    }
}
