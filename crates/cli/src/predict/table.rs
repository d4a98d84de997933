//! The answers of the network as a table for people.

use std::io::{IsTerminal, stdout};

use toddle::escaped;
use toddle_look::digits::significant;

use super::report::{Prediction, Report, Said, percent};
use crate::columns::{ShortNames, align, shortened};

/// The maximum width of a table.
const WIDTH: usize = 80;
/// The minimum number of letters for a name, and for the changes of a picture.
const NAME: usize = 20;
const DONE: usize = 24;
/// The maximum number of letters of the name of a class or a number. The largest one with which the lines fit is used.
const LETTERS: [usize; 5] = [60, 24, 16, 10, 6];
/// The maximum number of samples that are shown on a terminal.
const MOST_ROWS: usize = 40;
/// The maximum number of target numbers that are shown.
const MOST_NUMBERS: usize = 4;

impl Report {
    /// A line for each sample; on a terminal, for the first ones.
    pub fn table(&self) -> String {
        let most = if stdout().is_terminal() { MOST_ROWS } else { usize::MAX };
        self.table_of(most)
    }

    fn table_of(&self, most: usize) -> String {
        let shown = &self.predictions[..self.predictions.len().min(most)];
        let (mut text, mut legend) = (String::new(), None);
        let names = |letters| ShortNames::new(&self.classes, letters);
        for letters in LETTERS {
            let columns = if self.classes.is_empty() {
                self.numbers(shown, letters)
            } else {
                classes(shown, &names(letters))
            };
            text = lines(shown, columns);
            legend = names(letters).legend();
            if text.lines().all(|line| line.chars().count() <= WIDTH) {
                break;
            }
        }
        if let Some(legend) = legend {
            text += &format!("\n{legend}");
        }
        if self.predictions.len() > shown.len() {
            let more = self.predictions.len() - shown.len();
            text += &format!("and {more} more: --csv or --json shows all\n");
        }
        if self.targets.len() > MOST_NUMBERS {
            let more = self.targets.len() - MOST_NUMBERS;
            text += &format!("and {more} more numbers of each: --csv or --json shows all\n");
        }
        if let Some([right, known]) = self.right.filter(|[_, known]| *known > 1) {
            text += &format!("\n{right} of {known} right\n");
        }
        if let Some(error) = self.mean_absolute_error {
            text += &format!("\nmean absolute error {}\n", significant(error));
        }
        if let Some(note) = &self.note {
            text += &format!("\n{}\n", escaped(note));
        }
        text
    }

    /// The numbers of a regression, each beside the true one if that is known.
    fn numbers(&self, shown: &[Prediction], letters: usize) -> Vec<Vec<String>> {
        let known = shown.iter().any(|p| matches!(&p.said, Said::Numbers { truth: Some(_), .. }));
        let mut columns = Vec::new();
        for (place, name) in self.targets.iter().enumerate().take(MOST_NUMBERS) {
            let said = |p: &Prediction| match &p.said {
                Said::Numbers { numbers, .. } => significant(numbers[place]),
                Said::Class { .. } => String::new(),
            };
            let truth = |p: &Prediction| match &p.said {
                Said::Numbers { truth: Some(truth), .. } => significant(truth[place]),
                _ => "—".into(),
            };
            columns.push(to_the_right(column(&shortened(name, letters), shown, &said)));
            if known {
                columns.push(to_the_right(column("truth", shown, &truth)));
            }
        }
        columns
    }
}

/// The class of each sample, and how sure the network is.
fn classes(shown: &[Prediction], names: &ShortNames<'_>) -> Vec<Vec<String>> {
    let of = |p: &Prediction, cell: &dyn Fn(&Said) -> Option<String>| cell(&p.said).unwrap_or_default();
    let class = |said: &Said| match said {
        Said::Class { first, .. } => Some(names.of(&first.class)),
        Said::Numbers { .. } => None,
    };
    let probability = |said: &Said| match said {
        Said::Class { first, .. } => Some(format!("{:>9}", percent(first.probability))),
        Said::Numbers { .. } => None,
    };
    let second = |said: &Said| match said {
        Said::Class { runner_up, .. } => {
            Some(format!("{} {}", names.of(&runner_up.class), percent(runner_up.probability)))
        }
        Said::Numbers { .. } => None,
    };
    let truth = |said: &Said| match said {
        Said::Class { truth: Some(truth), right, .. } => {
            let judged = if *right == Some(true) { "right" } else { "wrong" };
            Some(format!("{}, {judged}", names.of(truth)))
        }
        _ => None,
    };
    let mut columns = vec![
        column("class", shown, &|p| of(p, &class)),
        column("probability", shown, &|p| of(p, &probability)),
        column("runner-up", shown, &|p| of(p, &second)),
    ];
    if shown.iter().any(|p| truth(&p.said).is_some()) {
        columns.push(column("truth", shown, &|p| truth(&p.said).unwrap_or_else(|| "—".into())));
    }
    columns
}

/// The names of samples, `columns`, and the changes to pictures, in lines of at most [`WIDTH`] if possible.
fn lines(shown: &[Prediction], mut columns: Vec<Vec<String>>) -> String {
    let widest = |column: &Vec<String>| column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
    let taken: usize = columns.iter().map(|column| widest(column) + 2).sum();
    let pictures = shown.iter().any(|p| p.prepared.is_some());
    let beside = if pictures { taken + 2 + DONE } else { taken };
    let room = WIDTH.saturating_sub(beside).max(NAME);
    columns.insert(0, column("sample", shown, &|p| end_of(&p.sample, room)));
    if !pictures {
        return align(&columns);
    }
    let width = WIDTH.saturating_sub(taken + 2 + widest(&columns[0])).max(DONE);
    let done = column("what was done", shown, &|p| match p.prepared.as_deref() {
        None | Some([]) => "nothing".into(),
        Some(done) => done.join(", "),
    });
    let mut wrapped = vec![Vec::new(); columns.len() + 1];
    for (row, done) in done.iter().enumerate() {
        for (n, part) in textwrap::wrap(done, width).into_iter().enumerate() {
            for (column, cells) in wrapped.iter_mut().zip(&columns) {
                column.push(if n == 0 { cells[row].clone() } else { String::new() });
            }
            wrapped[columns.len()].push(part.into_owned());
        }
    }
    align(&wrapped)
}

fn column(title: &str, shown: &[Prediction], cell: &dyn Fn(&Prediction) -> String) -> Vec<String> {
    std::iter::once(title.to_owned()).chain(shown.iter().map(cell)).collect()
}

fn to_the_right(column: Vec<String>) -> Vec<String> {
    let widest = column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
    column.into_iter().map(|cell| format!("{cell:>widest$}")).collect()
}

/// The end of a name that is longer than `room`, because the ends of paths differ.
fn end_of(name: &str, room: usize) -> String {
    let name = escaped(name);
    let letters = name.chars().count();
    match letters > room {
        true => std::iter::once('…').chain(name.chars().skip(letters - room + 1)).collect(),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::report::Guess;

    fn report(count: usize) -> Report {
        let guess = |index: usize| Guess { class: ["no", "yes"][index].into(), index, probability: 0.5 };
        let prediction = |n: usize| Prediction {
            sample: format!("a/very/long/folder/of/a/person/who/likes/long/names/{n}.png"),
            said: Said::Class {
                first: guess(0),
                runner_up: guess(1),
                probabilities: vec![0.5, 0.5],
                truth: None,
                right: None,
            },
            prepared: Some(
                ["colours to grey", "inverted", "scaled to 20×20", "centred by mass"]
                    .map(String::from)
                    .to_vec(),
            ),
        };
        Report {
            model: "runs/one".into(),
            note: None,
            classes: vec!["no".into(), "yes".into()],
            targets: Vec::new(),
            right: None,
            mean_absolute_error: None,
            predictions: (0..count).map(prediction).collect(),
        }
    }

    #[test]
    fn lines_are_no_longer_than_a_terminal_is_wide() {
        let table = report(3).table_of(MOST_ROWS);
        assert!(table.lines().all(|line| line.chars().count() <= WIDTH), "{table}");
        assert!(table.contains("/1.png") && table.contains("by mass"), "{table}");
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let table = report(45).table_of(MOST_ROWS);
        assert_eq!(table.matches(".png").count(), MOST_ROWS);
        assert!(table.contains("and 5 more: --csv or --json shows all"), "{table}");
        assert_eq!(report(45).table_of(usize::MAX).matches(".png").count(), 45);
    }
}
