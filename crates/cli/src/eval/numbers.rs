//! Samples with target numbers: errors and the worst samples.

use toddle_look::digits::significant;
use toddle_look::measure::{Errors, Numbers, Target};
use toddle_look::picture::{Plot, Scatter};

use super::report::Report;
use super::tables::percent;
use crate::columns::align;

impl Report<Numbers> {
    /// The report as text for people.
    pub(super) fn text(&self) -> String {
        let mut rows =
            vec![("samples", format!("{} of {}, {}", self.measured.samples, self.data, self.half))];
        rows.extend(self.held_out.clone().map(|held_out| ("held out", held_out)));
        let mut text = pairs(rows);
        text.push('\n');
        text += &match &self.measured.targets[..] {
            [_] => {
                pairs(named(&self.measured.all).into_iter().map(|(_, name, value)| (name, value)).collect())
            }
            _ => self.by_target(),
        };
        if let Some(note) = &self.note {
            text += &format!("\n{note}\n");
        }
        if !self.measured.worst.is_empty() {
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
                self.measured.samples,
                self.data,
                self.half,
                significant(self.measured.all.mean_absolute_error)
            ),
            plots: self.measured.targets.iter().map(plot).collect(),
        }
    }

    /// A line for each target number.
    fn by_target(&self) -> String {
        let all = ("all", &self.measured.all);
        let lines: Vec<(&str, &Errors)> = self
            .measured
            .targets
            .iter()
            .map(|target| (&*target.target, &target.errors))
            .chain([all])
            .collect();
        let mut columns = vec![vec!["target".to_owned()]];
        columns[0].extend(lines.iter().map(|(name, _)| (*name).to_owned()));
        for (place, (title, ..)) in named(&self.measured.all).into_iter().enumerate() {
            let cell = |(_, errors): &(&str, &Errors)| {
                named(errors).get(place).map_or("—".into(), |(_, _, value)| value.clone())
            };
            columns.push(std::iter::once(title.to_owned()).chain(lines.iter().map(cell)).collect());
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
        for miss in &self.measured.worst {
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

/// The errors, each with a short name for the top of a column, and with its name.
fn named(errors: &Errors) -> Vec<(&'static str, &'static str, String)> {
    let mut rows = Vec::new();
    rows.extend(errors.accuracy.map(|share| ("accuracy", "accuracy", percent(share))));
    rows.extend([
        ("MAE", "mean absolute error", significant(errors.mean_absolute_error)),
        ("MSE", "mean squared error", significant(errors.mean_squared_error)),
        ("RMSE", "root of the mean squared error", significant(errors.root_mean_squared_error)),
    ]);
    rows.extend(errors.r_squared.map(|share| ("R²", "R²", format!("{share:.6}"))));
    rows
}

fn pairs(rows: Vec<(&str, String)>) -> String {
    let (names, values) = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).unzip();
    align(&[names, values])
}
