//! Some of the samples.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher};

use toddle_lanes::{Purpose, Random};

use crate::budget::Budget;
use crate::error::DataError;
use crate::values::gather;

use super::{Dataset, Targets};

impl Dataset {
    /// The first `n` samples, copied.
    ///
    /// **Errors:** if there are fewer samples. So no experiment runs on fewer samples than it says.
    ///
    /// ```
    /// let digits = toddle_data::mnist().test()?;
    /// assert_eq!(digits.first(2000)?.len(), 2000);
    /// assert!(digits.first(10_001).is_err());
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn first(&self, n: usize) -> Result<Dataset, DataError> {
        self.check_count(n)?;
        self.gather(&(0..n).collect::<Vec<_>>())
    }

    /// As [`first`](Dataset::first), if the first `n` samples have all classes of the set. Otherwise it takes the first samples of
    /// every class, the same number of each, in the order of the set, and returns a sentence that says so.
    ///
    /// **Errors:** if there are fewer than `n`.
    ///
    /// ```
    /// let sorted = toddle_data::Dataset::new("sorted", [1, 1, 1], vec![1, 2, 3, 4, 5, 6], vec![0, 0, 0, 1, 1, 1], 2)?;
    /// let (some, note) = sorted.first_of_classes(2)?;
    /// assert_eq!((some.labels(), note.is_some()), (&[0, 1][..], true));
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn first_of_classes(&self, n: usize) -> Result<(Dataset, Option<String>), DataError> {
        let (places, note) = self.first_places(n)?;
        Ok((self.gather(&places)?, note))
    }

    /// The places of the samples that [`first_of_classes`](Dataset::first_of_classes) takes, in the order of the set.
    pub(crate) fn first_places(&self, n: usize) -> Result<(Vec<usize>, Option<String>), DataError> {
        self.check_count(n)?;
        let count = |labels: &[u32]| {
            let mut counts = vec![0_usize; self.classes()];
            labels.iter().for_each(|&label| counts[label as usize] += 1);
            counts
        };
        let (all, some) = (count(self.labels()), count(&self.labels()[..n.min(self.labels().len())]));
        let missing = all.iter().zip(&some).filter(|(all, some)| **all > 0 && **some == 0).count();
        if missing == 0 || n == 0 {
            return Ok(((0..n).collect(), None));
        }
        // One of each class in turn, until there are enough.
        let mut wanted = vec![0; all.len()];
        let mut left = n;
        while left > 0 {
            for (wanted, _) in wanted.iter_mut().zip(&all).filter(|(wanted, all)| **wanted < **all) {
                if left > 0 {
                    (*wanted, left) = (*wanted + 1, left - 1);
                }
            }
        }
        let mut take = |&i: &usize| {
            let wanted = &mut wanted[self.labels()[i] as usize];
            *wanted > 0 && {
                *wanted -= 1;
                true
            }
        };
        let indices: Vec<usize> = (0..self.len()).filter(&mut take).collect();
        let note = format!(
            "the first {n} samples do not have {missing} of the classes, so the first samples of every class are taken"
        );
        Ok((indices, Some(note)))
    }

    /// The samples at `indices`, copied, in this order. An index may come more than once.
    ///
    /// **Errors:** if an index is not below [`len`](Dataset::len).
    ///
    /// ```
    /// let digits = toddle_data::mnist().test()?;
    /// assert_eq!(digits.subset(&[3, 0, 3])?.labels(), [0, 7, 0]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn subset(&self, indices: &[usize]) -> Result<Dataset, DataError> {
        match indices.iter().find(|&&i| i >= self.len()) {
            Some(i) => Err(DataError::refused(
                &self.name,
                format!("samples below {}, as many as it holds", self.len()),
                format!("sample {i}"),
                "indices that count from 0",
            )),
            None => self.gather(indices),
        }
    }

    /// Two sets that share no sample: those to train on, and `n` held out for validation.
    ///
    /// The `n` are drawn by `seed`, so that the same seed holds out the same samples, on any machine. In both sets
    /// samples keep their order.
    ///
    /// **Errors:** if there are fewer than `n`.
    ///
    /// ```
    /// let (train, validation) = toddle_data::mnist().train()?.hold_out(10_000, 7)?;
    /// assert_eq!((train.len(), validation.len()), (50_000, 10_000));
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn hold_out(&self, n: usize, seed: u64) -> Result<(Dataset, Dataset), DataError> {
        self.check_count(n)?;
        let (rest, held) = drawn(self.len(), n, seed);
        Ok((self.gather(&rest)?, self.gather(&held)?))
    }

    /// The number of samples that `others` have, too: with the same values and the same target.
    ///
    /// ```
    /// let set = |values, labels| toddle_data::Dataset::new("set", [1, 1, 1], values, labels, 2);
    /// let (train, test) = (set(vec![1, 2, 3], vec![0, 1, 0])?, set(vec![3, 2, 1, 1], vec![0, 0, 0, 0])?);
    /// assert_eq!(test.count_in(&train), 3); // the label of 2 differs
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn count_in(&self, others: &Dataset) -> usize {
        let there: HashSet<u64> = others.hashes().collect();
        self.hashes().filter(|hash| there.contains(hash)).count()
    }

    /// A hash of the values and the target of each sample.
    fn hashes(&self) -> impl Iterator<Item = u64> {
        let mut x = vec![0.0; self.size()];
        (0..self.len()).map(move |i| {
            self.write_unscaled(i, &mut x);
            let mut hash = DefaultHasher::new();
            x.iter().for_each(|x| hash.write_u32(x.to_bits()));
            match &self.targets {
                Targets::Labels { labels, .. } => hash.write_u32(labels[i]),
                Targets::Numbers { numbers, width, .. } => {
                    numbers[i * width..][..*width].iter().for_each(|number| hash.write_u32(number.to_bits()));
                }
            }
            hash.finish()
        })
    }

    /// The same samples with black and white exchanged. A byte `b` becomes `255 − b`. A number `x` becomes `least + greatest − x`,
    /// with the least and the greatest number of the set.
    ///
    /// ```
    /// let ink = toddle_data::Dataset::new("ink", [1, 1, 2], vec![0, 250], vec![0], 1)?;
    /// assert_eq!(*ink.inverted().image(0), [255, 5]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn inverted(mut self) -> Dataset {
        self.values = self.values.inverted();
        self
    }

    /// The same samples with rows and columns exchanged, as they are in the files of EMNIST.
    ///
    /// ```
    /// let wide = toddle_data::Dataset::new("wide", [1, 2, 3], vec![1, 2, 3, 4, 5, 6], vec![0], 1)?;
    /// let tall = wide.transposed();
    /// assert_eq!((tall.shape(), &*tall.image(0)), ([1, 3, 2], &[1, 4, 2, 5, 3, 6][..]));
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn transposed(mut self) -> Dataset {
        let [channels, height, width] = self.shape;
        let of_row = |y: usize| (0..width).map(move |x| (y, x));
        if !self.values.is_empty() {
            let mut from = vec![0; self.size()];
            for channel in 0..channels {
                let plane = channel * height * width;
                for (y, x) in (0..height).flat_map(of_row) {
                    from[plane + x * height + y] = plane + y * width + x;
                }
            }
            self.values = self.values.reordered(from);
        }
        self.shape.swap(1, 2);
        self
    }

    fn check_count(&self, n: usize) -> Result<(), DataError> {
        match n > self.len() {
            true => Err(DataError::TooFew { name: self.name.clone(), count: self.len(), asked: n }),
            false => Ok(()),
        }
    }

    /// All of the indices are there.
    ///
    /// **Errors:** if there is no memory for the copies.
    fn gather(&self, indices: &[usize]) -> Result<Dataset, DataError> {
        let count = indices.len();
        let targets = (count as u64).saturating_mul((self.target_size() * size_of::<f32>()) as u64);
        let bytes = self.values.memory(self.size(), count).saturating_add(targets);
        Budget::ask(&self.name, bytes, || format!("copies of {count} samples"))?;
        let targets = match &self.targets {
            Targets::Labels { labels, names } => {
                Targets::Labels { labels: gather(labels, 1, indices), names: names.clone() }
            }
            Targets::Numbers { numbers, width, scaling } => Targets::Numbers {
                numbers: gather(numbers, *width, indices),
                width: *width,
                scaling: scaling.clone(),
            },
        };
        Ok(Dataset {
            name: self.name.clone(),
            shape: self.shape,
            values: self.values.gather(self.size(), indices),
            targets,
            scaling: self.scaling.clone(),
            weights: self.weights.as_ref().map(|weights| gather(weights, 1, indices)),
        })
    }
}

/// The places of `count` samples, in order: those that are left to train on, and `n` that `seed` draws to be held out.
pub(crate) fn drawn(count: usize, n: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = (0..count).collect();
    // Epochs shuffle at (epoch, 0).
    Random::new(seed, Purpose::Shuffle, [0, 1]).shuffle(&mut order);
    let mut rest = order.split_off(n.min(count));
    order.sort_unstable();
    rest.sort_unstable();
    (rest, order)
}
