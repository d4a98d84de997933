//! Samples with target numbers: errors and the worst samples.

use serde::Serialize;
use toddle::metrics::{mean_absolute_error, mean_squared_error, r_squared};
use toddle_data::{Answers, Model};
use toddle_run::digits::significant;
use toddle_run::error::Error;
use toddle_run::picture::{Plot, Scatter};

use super::samples::Samples;
use crate::columns::align;
use crate::predict::targets;

/// All measurements.
#[derive(Debug, Serialize)]
pub struct Report {
    model: String,
    data: String,
    half: &'static str,
    /// Which part of the data of the run the samples are.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out: Option<String>,
    samples: usize,
    /// The errors over the numbers of all samples.
    #[serde(flatten)]
    all: Errors,
    /// The errors of each target number.
    targets: Vec<Target>,
    worst: Vec<Miss>,
}

/// Measures of the errors of numbers.
#[derive(Debug, Serialize)]
struct Errors {
    mean_absolute_error: f64,
    mean_squared_error: f64,
    root_mean_squared_error: f64,
    /// The share of the variance of the targets that the network explains; none for a single sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    r_squared: Option<f64>,
}

/// One of the target numbers of a sample.
#[derive(Debug, Serialize)]
struct Target {
    target: String,
    #[serde(flatten)]
    errors: Errors,
    /// The target and the answer for each sample.
    #[serde(skip)]
    points: Vec<[f64; 2]>,
}

/// A sample with large errors.
#[derive(Debug, Serialize)]
struct Miss {
    /// The index of the sample, counted from 0.
    sample: usize,
    truth: Vec<f64>,
    says: Vec<f64>,
    /// The mean of |answer − target| over the numbers of the sample.
    absolute_error: f64,
}

impl Report {
    /// Measures `answers` for `samples`, and lists `worst` of the worst samples.
    pub(super) fn new(
        model: &Model,
        samples: &Samples,
        answers: &Answers,
        worst: usize,
    ) -> Result<Report, Error> {
        let Samples { dataset, place, half, held_out } = samples;
        let truth: Vec<f64> = dataset.numbers().iter().map(|&number| number.into()).collect();
        let (said, size) = (&answers.outputs, dataset.target_size());
        let target = |(place, target): (usize, String)| {
            let of = |numbers: &[f64]| numbers.iter().skip(place).step_by(size).copied().collect::<Vec<_>>();
            let (said, truth) = (of(said), of(&truth));
            let errors = Errors::of(&said, &truth, 1)?;
            let points = truth.into_iter().zip(said).map(|(truth, said)| [truth, said]).collect();
            Ok(Target { target, errors, points })
        };
        Ok(Report {
            model: model.name(),
            data: place.clone(),
            half,
            held_out: held_out.clone(),
            samples: dataset.len(),
            all: Errors::of(said, &truth, size)?,
            targets: targets(model).into_iter().enumerate().map(target).collect::<Result<_, Error>>()?,
            worst: worst_of(said, &truth, size, worst),
        })
    }

    /// The report as text for people.
    pub(super) fn text(&self) -> String {
        let mut rows = vec![("samples", format!("{} of {}, {}", self.samples, self.data, self.half))];
        rows.extend(self.held_out.clone().map(|held_out| ("held out", held_out)));
        let mut text = pairs(rows);
        text.push('\n');
        text += &match &self.targets[..] {
            [_] => pairs(self.all.rows()),
            _ => self.by_target(),
        };
        if !self.worst.is_empty() {
            text += &format!("\nThe samples with the largest errors:\n{}", self.misses());
        }
        text
    }

    /// A plot of answers against targets.
    pub(super) fn scatter(&self) -> Scatter {
        let plot = |target: &Target| Plot { label: target.target.clone(), points: target.points.clone() };
        Scatter {
            title: format!("The answers of {} and the targets", self.model),
            subtitle: format!(
                "{} samples of {}, {}; mean absolute error {}",
                self.samples,
                self.data,
                self.half,
                significant(self.all.mean_absolute_error)
            ),
            plots: self.targets.iter().map(plot).collect(),
        }
    }

    /// A line for each target number.
    fn by_target(&self) -> String {
        let all = ("all", &self.all);
        let lines: Vec<(&str, &Errors)> =
            self.targets.iter().map(|target| (&*target.target, &target.errors)).chain([all]).collect();
        let mut columns = vec![vec!["target".to_owned()]];
        columns[0].extend(lines.iter().map(|(name, _)| (*name).to_owned()));
        for place in 0..self.all.rows().len() {
            let title = SHORT[place].to_owned();
            let cell = |(_, errors): &(&str, &Errors)| {
                errors.rows().get(place).map_or("—".into(), |row| row.1.clone())
            };
            columns.push(std::iter::once(title).chain(lines.iter().map(cell)).collect());
        }
        align(&columns)
    }

    fn misses(&self) -> String {
        let list = |numbers: &[f64]| {
            let shown =
                numbers.iter().take(MOST_NUMBERS).map(|&number| significant(number)).collect::<Vec<_>>();
            let more = if numbers.len() > MOST_NUMBERS { " …" } else { "" };
            shown.join(" ") + more
        };
        let mut columns = ["sample", "truth", "says", "absolute error"].map(|title| vec![title.to_owned()]);
        for miss in &self.worst {
            let cells = [
                format!("{:>6}", miss.sample),
                list(&miss.truth),
                list(&miss.says),
                significant(miss.absolute_error),
            ];
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        }
        align(&columns)
    }
}

/// The maximum number of target numbers of a sample in a table.
const MOST_NUMBERS: usize = 3;

/// The names of [`Errors::rows`] above columns.
const SHORT: [&str; 4] = ["MAE", "MSE", "RMSE", "R²"];

impl Errors {
    fn of(said: &[f64], truth: &[f64], size: usize) -> Result<Errors, Error> {
        let mean_squared_error = mean_squared_error(said, truth)?;
        Ok(Errors {
            mean_absolute_error: mean_absolute_error(said, truth)?,
            mean_squared_error,
            root_mean_squared_error: mean_squared_error.sqrt(),
            r_squared: r_squared(said, truth, size).ok(),
        })
    }

    fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![
            ("mean absolute error", significant(self.mean_absolute_error)),
            ("mean squared error", significant(self.mean_squared_error)),
            ("root of the mean squared error", significant(self.root_mean_squared_error)),
        ];
        rows.extend(self.r_squared.map(|share| ("R²", format!("{share:.6}"))));
        rows
    }
}

/// The samples with the largest errors, the worst first.
fn worst_of(said: &[f64], truth: &[f64], size: usize, count: usize) -> Vec<Miss> {
    let samples = said.chunks_exact(size).zip(truth.chunks_exact(size)).enumerate();
    let mut misses: Vec<Miss> = samples
        .map(|(sample, (said, truth))| Miss {
            sample,
            truth: truth.to_vec(),
            says: said.to_vec(),
            absolute_error: said.iter().zip(truth).map(|(said, truth)| (said - truth).abs()).sum::<f64>()
                / size as f64,
        })
        .collect();
    misses.sort_by(|a, b| b.absolute_error.total_cmp(&a.absolute_error).then(a.sample.cmp(&b.sample)));
    misses.truncate(count);
    misses
}

fn pairs(rows: Vec<(&str, String)>) -> String {
    let (names, values) = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).unzip();
    align(&[names, values])
}
