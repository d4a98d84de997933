//! The best points, for a terminal.

use toddle_run::sweep::{Results, Standing, plain};

use super::Opened;
use crate::columns::align_parted;

/// The most points of the table. The report has all.
const MOST: usize = 20;

/// The best points, the best first.
pub fn best(opened: &Opened, results: &Results) -> String {
    let Opened { sweep, trials, rungs, .. } = opened;
    let standings = rungs.standings(results);
    let (done, all) = (results.len(), rungs.count());
    if standings.is_empty() {
        return format!("{done} of {all} trainings are done; no point is complete yet\n");
    }
    let shown = &standings[..standings.len().min(MOST)];
    let column = |title: &str, cell: &dyn Fn(&Standing) -> String| -> Vec<String> {
        std::iter::once(title.to_owned()).chain(shown.iter().map(cell)).collect()
    };
    let mut columns = vec![
        column("point", &|standing| standing.point.to_string()),
        column(sweep.goal.words(), &|standing| sweep.goal.shown(standing.mean)),
        column("epochs", &|standing| standing.epochs.to_string()),
    ];
    for (n, key) in sweep.space.keys().enumerate() {
        columns.push(column(key, &|standing| {
            let first = rungs.trials(standing.point).next().expect("a point has trials");
            plain(&trials[first - 1].values[n])
        }));
    }
    let rest = match standings.len() - shown.len() {
        0 => String::new(),
        more => format!(", and {more} more points"),
    };
    format!("{}{done} of {all} trainings are done{rest}\n", align_parted(&columns))
}
