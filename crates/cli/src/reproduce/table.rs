//! The results for people: the post's summary table beside its own figures, and what to make of it.

use super::options::Options;
use super::post::{EPOCHS, Output, SEED};
use super::results::{Results, Run};
use crate::columns::align;
use crate::precision::Precision;

/// The table, and the sentences below it.
pub fn table(results: &Results, options: &Options) -> String {
    let runs = &results.runs;
    let column = |title: &str, cell: &dyn Fn(&Run) -> String| -> Vec<String> {
        std::iter::once(title.to_owned()).chain(runs.iter().map(cell)).collect()
    };
    let mut columns = vec![
        column("convolutions", &|run| run.convolutions.to_string()),
        column("filter", &|_| "3×3".into()),
        column("dense", &|_| "2".into()),
        column("output", &|run| match run.output {
            Output::Softmax => "softmax".into(),
            Output::Tanh => "tanh".into(),
        }),
        column("epochs", &|run| epochs(run, options)),
        column("loss", &|run| format!("{:.12}", run.loss())),
    ];
    if runs.iter().any(|run| !run.sensitivity.is_empty()) {
        columns.push(column("range", &range));
    }
    columns.push(column("the post", &|run| {
        run.printed_loss().map_or("—".into(), |loss| format!("{loss:.12}"))
    }));
    columns.push(column("test accuracy", &|run| format!("{:.2} %", run.test_accuracy * 100.0)));

    let mut text = align(&columns);
    let sentences = [nothing_to_compare(runs, options), chaos(runs, options), accuracy(runs)];
    for sentence in sentences.into_iter().flatten() {
        text += &format!("\n{sentence}\n");
    }
    text
}

fn epochs(run: &Run, options: &Options) -> String {
    if run.epochs == options.epochs as usize {
        run.epochs.to_string()
    } else {
        format!("{}/{}", run.epochs, options.epochs)
    }
}

/// The least and the greatest last loss of a network and its runs of `--sensitivity`.
fn range(run: &Run) -> String {
    if run.sensitivity.is_empty() {
        return String::new();
    }
    let (low, high) = (run.sensitivity.iter())
        .fold((run.loss(), run.loss()), |(low, high), &loss| (low.min(loss), high.max(loss)));
    format!("{low:.6}–{high:.6} ({} runs)", run.sensitivity.len() + 1)
}

/// Why the post's column has gaps.
fn nothing_to_compare(runs: &[Run], options: &Options) -> Option<String> {
    runs.iter().any(|run| run.printed_loss().is_none()).then(|| {
        let differs = [
            (runs.iter().any(|run| run.epochs != EPOCHS as usize), "epochs"),
            (options.seed != SEED, "seed"),
            (options.precision != Precision::F64, "precision"),
        ];
        let differs: Vec<&str> =
            differs.iter().filter(|(differs, _)| *differs).map(|(_, what)| *what).collect();
        let differs = differs.join(", ");
        format!(
            "— where the post prints nothing to compare with: it trains {EPOCHS} epochs from\n\
             seed {SEED} in f64, and this run differs in {differs}."
        )
    })
}

/// What the digits of tanh rows are worth.
fn chaos(runs: &[Run], options: &Options) -> Option<String> {
    let telling = |run: &Run| {
        run.output == Output::Tanh && (run.printed_loss().is_some() || !run.sensitivity.is_empty())
    };
    runs.iter().any(telling).then(|| {
        let advice = match options.sensitivity {
            0 => "With --sensitivity 10 the table shows how far they range.",
            _ => "The range is what such moves make of them.",
        };
        format!(
            "The tanh rows are chaotic: moving one weight by one part in 10¹⁵ can move their\n\
             last loss by a third and more, so no machine can promise their digits.\n{advice}"
        )
    })
}

/// What the post's table hides, where these results show it.
fn accuracy(runs: &[Run]) -> Option<String> {
    let lowest = runs.iter().min_by(|a, b| a.loss().total_cmp(&b.loss()))?;
    let best = runs.iter().max_by(|a, b| a.test_accuracy.total_cmp(&b.test_accuracy))?;
    (best.test_accuracy > lowest.test_accuracy).then(|| {
        format!(
            "Test accuracy does not follow the training loss:\n{} has the lowest loss, {} gets the most test images right.",
            lowest.recipe.name(),
            best.recipe.name()
        )
    })
}
