//! The results for people: a table with the figures of the post, and sentences about it.

use toddle_run::precision::Precision;

use super::options::Options;
use super::post::{EPOCHS, Output, SEED};
use super::results::{Results, Run};
use crate::columns::align;

/// The table, and the sentences below it.
pub fn table(results: &Results, options: &Options) -> String {
    let runs = &results.runs;
    let column = |title: &str, cell: &dyn Fn(&Run) -> String| -> Vec<String> {
        std::iter::once(title.to_owned()).chain(runs.iter().map(cell)).collect()
    };
    let columns = [
        column("convolutions", &|run| run.convolutions.to_string()),
        column("output", &|run| match run.output {
            Output::Softmax => "softmax".into(),
            Output::Tanh => "tanh".into(),
        }),
        column("epochs", &|run| epochs(run, options)),
        column("loss", &|run| format!("{:.12}", run.loss())),
        column("the post", &|run| run.printed_loss().map_or("—".into(), |loss| format!("{loss:.12}"))),
        column("test accuracy", &|run| format!("{:.2} %", run.test_accuracy * 100.0)),
    ];

    let mut text = align(&columns);
    let sentences = [nothing_to_compare(runs, options), chaos(runs, options), ranges(runs), accuracy(runs)];
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

/// The range of the last loss of each network that has runs of `--sensitivity`.
fn ranges(runs: &[Run]) -> Option<String> {
    let lines = runs.iter().filter(|run| !run.sensitivity.is_empty()).map(|run| {
        let losses = || run.sensitivity.iter().copied().chain([run.loss()]);
        let (low, high) = (losses().fold(f64::INFINITY, f64::min), losses().fold(0.0, f64::max));
        let count = losses().count();
        format!("The last loss of {} is from {low:.6} to {high:.6} in {count} runs.", run.recipe.name())
    });
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Why the post's column has no figure for some networks.
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
            "— means that the post prints no loss to compare with. It trains {EPOCHS} epochs from\n\
             seed {SEED} in f64, and this run differs in {differs}."
        )
    })
}

/// Why the losses of tanh networks differ from the post's.
fn chaos(runs: &[Run], options: &Options) -> Option<String> {
    let telling = |run: &Run| {
        run.output == Output::Tanh && (run.printed_loss().is_some() || !run.sensitivity.is_empty())
    };
    runs.iter().any(telling).then(|| {
        let advice = match options.sensitivity {
            0 => "\n--sensitivity 10 shows the range of their last loss.",
            _ => "",
        };
        format!(
            "The tanh networks are chaotic: if one weight changes by one part in 10¹⁵, the\n\
             last loss can change by a third and more. No program can promise their digits.{advice}"
        )
    })
}

/// The network with the lowest loss and the most accurate network, if they differ.
fn accuracy(runs: &[Run]) -> Option<String> {
    let lowest = runs.iter().min_by(|a, b| a.loss().total_cmp(&b.loss()))?;
    let best = runs.iter().max_by(|a, b| a.test_accuracy.total_cmp(&b.test_accuracy))?;
    (best.test_accuracy > lowest.test_accuracy).then(|| {
        format!(
            "The test accuracy does not follow the training loss:\n\
             {} has the lowest loss, and {} has the highest accuracy.",
            lowest.recipe.name(),
            best.recipe.name()
        )
    })
}
