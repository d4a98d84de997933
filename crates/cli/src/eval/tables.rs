//! The measurements for samples of classes, as text for people.

use std::iter::once;

use toddle::escaped;
use toddle_look::digits::significant;
use toddle_look::measure::Classes;

use super::report::Report;
use crate::columns::{ShortNames, align, align_parted, shortened};

/// The highest number of classes whose whole confusion matrix is printed.
const MOST_CLASSES: usize = 20;
/// With more classes, the number of the most frequent confusions that are printed.
const MOST_PAIRS: usize = 10;

/// The most letters of a class in a table.
const NAME: usize = 20;

impl Report<Classes> {
    /// The whole report.
    pub(super) fn text(&self) -> String {
        let mut rows =
            vec![("samples", format!("{} of {}, {}", self.measured.samples, self.data, self.half))];
        rows.extend(self.held_out.clone().map(|held_out| ("held out", held_out)));
        rows.extend([("accuracy", percent(self.measured.accuracy))]);
        rows.extend(self.measured.top_5_accuracy.map(|share| ("among the first five", percent(share))));
        rows.push(("cross-entropy", significant(self.measured.cross_entropy)));
        rows.extend(self.measured.mean_squared_error.map(|error| ("mean squared error", significant(error))));
        let (names, values) = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).unzip();
        let mut text = align(&[names, values]);
        if let Some(note) = &self.note {
            text += &format!("\n{}\n", escaped(note));
        }
        let names: Vec<String> = self.measured.classes.iter().map(|class| class.class.clone()).collect();
        let short = ShortNames::new(&names, NAME);
        let confused =
            if self.measured.classes.len() <= MOST_CLASSES { self.confusion() } else { self.pairs(&short) };
        text += &format!("\n{}\n{confused}", self.by_class(&short));
        if !self.measured.worst.is_empty() {
            text += &format!("\nThe most confident mistakes:\n{}", self.mistakes(&short));
        }
        if let Some(legend) = short.legend() {
            text += &format!("\n{legend}");
        }
        text
    }

    fn by_class(&self, short: &ShortNames<'_>) -> String {
        let share = |share: f64| format!("{:>8}", percent(share));
        let column = |title: &str, cells: Vec<String>, mean: String| -> Vec<String> {
            once(title.to_owned()).chain(cells).chain([mean]).collect()
        };
        let classes = &self.measured.classes;
        let shares = |title: &str, place: usize, mean: f64| {
            let cells = classes.iter().map(|class| format!("{:>8}", class.in_percent()[place])).collect();
            column(title, cells, share(mean))
        };
        let names = (0..classes.len()).map(|class| short.at(class)).collect();
        let counts = classes.iter().map(|class| format!("{:>7}", class.samples)).collect();
        align(&[
            column("class", names, "mean".into()),
            column("samples", counts, String::new()),
            shares("precision", 0, self.measured.macro_precision),
            shares("recall", 1, self.measured.macro_recall),
            shares("F1", 2, self.measured.macro_f1),
        ])
    }

    /// The confusion matrix. Long names are in the rows only.
    fn confusion(&self) -> String {
        let short = self.measured.classes.iter().all(|class| class.class.chars().count() <= 4);
        let name = |c: usize| shortened(&self.measured.classes[c].class, NAME);
        let title = |c: usize| if short { name(c) } else { format!("({c})") };
        let row_title = |c: usize| if short { name(c) } else { format!("({c}) {}", name(c)) };
        let classes = 0..self.measured.classes.len();
        let mut columns =
            vec![once("truth \\ says".to_owned()).chain(classes.clone().map(row_title)).collect()];
        for guess in classes {
            let count = |row: &Vec<u64>| if row[guess] == 0 { "·".into() } else { row[guess].to_string() };
            let column: Vec<String> =
                once(title(guess)).chain(self.measured.confusion.iter().map(count)).collect();
            let widest = column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
            columns.push(column.into_iter().map(|cell| format!("{cell:>widest$}")).collect());
        }
        align_parted(&columns)
    }

    /// The most frequent confusions.
    fn pairs(&self, short: &ShortNames<'_>) -> String {
        let mut pairs = Vec::new();
        for (truth, row) in self.measured.confusion.iter().enumerate() {
            let others = row.iter().enumerate().filter(|&(guess, &count)| guess != truth && count > 0);
            pairs.extend(others.map(|(guess, &count)| (count, truth, guess)));
        }
        pairs.sort_by_key(|&(count, truth, guess)| (std::cmp::Reverse(count), truth, guess));
        pairs.truncate(MOST_PAIRS);
        let column = |title: &str, cell: &dyn Fn(&(u64, usize, usize)) -> String| -> Vec<String> {
            once(title.to_owned()).chain(pairs.iter().map(cell)).collect()
        };
        align(&[
            column("truth", &|&(_, truth, _)| short.at(truth)),
            column("taken for", &|&(_, _, guess)| short.at(guess)),
            column("times", &|&(count, ..)| format!("{count:>5}")),
        ])
    }

    fn mistakes(&self, short: &ShortNames<'_>) -> String {
        let sure = |share: f64| format!("{:>9}", percent(share));
        let mut columns =
            ["sample", "truth", "says", "probability", "of the truth"].map(|title| vec![title.to_owned()]);
        for mistake in &self.measured.worst {
            let cells = [
                format!("{:>6}", mistake.sample),
                short.of(&mistake.truth),
                short.of(&mistake.says),
                sure(mistake.probability),
                sure(mistake.probability_of_truth),
            ];
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        }
        align(&columns)
    }
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}
