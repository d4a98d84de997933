use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;

use super::{Label, MetricError, argmax, class, classes};
use crate::Float;

/// The confusion matrix: how often samples of each class were taken for each class. It has a row for each true class,
/// and a column for each guess.
///
/// Let `TP` be the count of a class in its own column, `FP` the rest of its column and `FN` the rest of its row.
/// Precision is `TP / (TP + FP)`, the share of the guesses of the class that are right. Recall is `TP / (TP + FN)`,
/// the share of the class that is found. F1 is `2·TP / (2·TP + FP + FN)`, their harmonic mean. A value of 0/0 counts
/// as 0; it occurs for a class that is never guessed or has no samples. The macro averages are means over the classes
/// that [occur](Self::occurs), with equal weights. They are equal to scikit-learn's with `zero_division=0`.
///
/// ```
/// use toddle::metrics::Confusion;
///
/// let outputs = [0.9, 0.1, 0.2, 0.8, 0.7, 0.3];   // three samples of two classes
/// let confusion = Confusion::of(&outputs, &[0, 1, 1])?;
/// assert_eq!(confusion.precision(), [0.5, 1.0]);
/// assert_eq!(confusion.recall(), [1.0, 0.5]);
/// assert_eq!(
///     confusion.to_string(),
///     "       guess
/// truth  0  1
///     0  1  0
///     1  1  1
/// "
/// );
/// # Ok::<(), toddle::MetricError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Confusion {
    classes: usize,
    /// The counts, row after row.
    counts: Vec<u64>,
}

/// The largest number of classes of a table.
const MOST_CLASSES: usize = 4096;

impl Confusion {
    /// A table for this number of classes, without counts.
    ///
    /// # Errors
    /// There are no classes, or more than 4096.
    pub fn new(classes: usize) -> Result<Self, MetricError> {
        if !(1..=MOST_CLASSES).contains(&classes) {
            let (setting, got) = ("classes", classes.to_string());
            let remedy = classes.clamp(1, MOST_CLASSES).to_string();
            let expected = format!("1 to {MOST_CLASSES}");
            return Err(MetricError::Setting { setting, got, expected, remedy });
        }
        Ok(Confusion { classes, counts: vec![0; classes * classes] })
    }

    /// Counts the largest output of each sample against the sample's label.
    ///
    /// # Errors
    /// As for [`accuracy`](super::accuracy()), and [`new`](Self::new).
    pub fn of<T: Float, L: Label>(outputs: &[T], labels: &[L]) -> Result<Self, MetricError> {
        let mut confusion = Confusion::new(classes(outputs, labels)?)?;
        for (n, (y, label)) in outputs.chunks_exact(confusion.classes).zip(labels).enumerate() {
            let truth = class(*label, n, confusion.classes)?;
            confusion.counts[truth * confusion.classes + argmax(y)] += 1;
        }
        Ok(confusion)
    }

    /// Counts one sample of class `truth` that was taken for class `guess`.
    ///
    /// # Errors
    /// `truth` or `guess` is not a class.
    pub fn add<L: Label>(&mut self, truth: L, guess: L) -> Result<(), MetricError> {
        let sample = self.samples() as usize;
        let (truth, guess) = (class(truth, sample, self.classes)?, class(guess, sample, self.classes)?);
        self.counts[truth * self.classes + guess] += 1;
        Ok(())
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The number of samples that were counted.
    pub fn samples(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The counts: a row for each true class, with an element for each guess.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u64]> {
        self.counts.chunks_exact(self.classes)
    }

    /// The share of samples that were taken for their true class. 0 if there are no samples.
    pub fn accuracy(&self) -> f64 {
        ratio((0..self.classes).map(|c| self.right(c)).sum(), self.samples())
    }

    /// For each class, the share of its guesses that are right.
    pub fn precision(&self) -> Vec<f64> {
        (0..self.classes).map(|c| ratio(self.right(c), self.guessed(c))).collect()
    }

    /// For each class, the share of its samples that are found.
    pub fn recall(&self) -> Vec<f64> {
        (0..self.classes).map(|c| ratio(self.right(c), self.there(c))).collect()
    }

    /// For each class, the harmonic mean of precision and recall.
    pub fn f1(&self) -> Vec<f64> {
        (0..self.classes).map(|c| ratio(2 * self.right(c), self.guessed(c) + self.there(c))).collect()
    }

    /// Whether class `c` occurs: it has a sample, or it is guessed.
    ///
    /// Like indexing a slice, it panics if `c` is not a class.
    pub fn occurs(&self, c: usize) -> bool {
        self.there(c) + self.guessed(c) > 0
    }

    /// The mean precision of the classes that occur. 0 if there are no samples.
    pub fn macro_precision(&self) -> f64 {
        self.mean(&self.precision())
    }

    /// The mean recall of the classes that occur. 0 if there are no samples.
    pub fn macro_recall(&self) -> f64 {
        self.mean(&self.recall())
    }

    /// The mean F1 of the classes that occur. 0 if there are no samples.
    pub fn macro_f1(&self) -> f64 {
        self.mean(&self.f1())
    }

    /// The mean over the classes that occur.
    fn mean(&self, of_classes: &[f64]) -> f64 {
        let occurring: Vec<f64> =
            (0..self.classes).filter(|&c| self.occurs(c)).map(|c| of_classes[c]).collect();
        occurring.iter().sum::<f64>() / occurring.len().max(1) as f64
    }

    /// The number of samples of class `c` that were taken for class `c`.
    fn right(&self, c: usize) -> u64 {
        self.counts[c * self.classes + c]
    }

    /// The number of samples that were taken for class `c`.
    fn guessed(&self, c: usize) -> u64 {
        self.rows().map(|row| row[c]).sum()
    }

    /// The number of samples of class `c`.
    fn there(&self, c: usize) -> u64 {
        self.counts[c * self.classes..][..self.classes].iter().sum()
    }
}

/// `part / whole`, and 0 for 0/0.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl fmt::Display for Confusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = |n: u64| n.to_string().len();
        let last = digits(self.classes as u64 - 1);
        let width = self.counts.iter().map(|&n| digits(n)).max().unwrap_or(0).max(last);
        let left = "truth".len().max(last);
        writeln!(f, "{:left$}  guess", "")?;
        write!(f, "{:<left$}", "truth")?;
        for guess in 0..self.classes {
            write!(f, "  {guess:width$}")?;
        }
        writeln!(f)?;
        for (truth, row) in self.rows().enumerate() {
            write!(f, "{truth:left$}")?;
            for count in row {
                write!(f, "  {count:width$}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
