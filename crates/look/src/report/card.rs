//! The card of a model, in Markdown.

use std::fmt::{Result, Write};

use toddle::escaped;

use super::page::percent;
use super::run::{Measured, Run};
use crate::digits::significant;

/// The card of the model of a run: what it is, what it was trained on, how good it is, and how to use it.
pub fn card(run: &Run) -> String {
    let mut card = String::new();
    write(&mut card, run).expect("a text takes any text");
    card
}

fn write(card: &mut String, run: &Run) -> Result {
    writeln!(card, "# {}\n\nA small neural network, trained by toddle.\n\n## Training\n", plain(&run.name))?;
    writeln!(card, "| | |\n|---|---|")?;
    for (name, value) in &run.facts {
        writeln!(card, "| {name} | {} |", plain(value))?;
    }
    write!(card, "\n{}\n\n```sh\n{}\n```\n\n## Results\n\n", run.what_repeats(), escaped(&run.repeat))?;
    match &run.measured {
        Measured::Classes { classes, calibration, .. } => {
            writeln!(card, "Measured on {}.\n", plain(&run.measured_on))?;
            writeln!(card, "| measure | value |\n|---|---|\n| accuracy | {} |", percent(classes.accuracy))?;
            writeln!(card, "| cross-entropy | {} |", significant(classes.cross_entropy))?;
            writeln!(card, "| mean F1 | {} |", percent(classes.macro_f1))?;
            writeln!(card, "| calibration error | {} |\n", significant(calibration.error))?;
            writeln!(card, "| class | samples | precision | recall | F1 |\n|---|--:|--:|--:|--:|")?;
            for class in &classes.classes {
                let [precision, recall, f1] = class.in_percent();
                let (name, samples) = (plain(&class.class), class.samples);
                writeln!(card, "| {name} | {samples} | {precision} | {recall} | {f1} |")?;
            }
        }
        Measured::Numbers(numbers) => {
            writeln!(card, "Measured on {}.\n", plain(&run.measured_on))?;
            writeln!(
                card,
                "| target | mean absolute error | root of the mean squared error | R² |\n|---|--:|--:|--:|"
            )?;
            for target in &numbers.targets {
                let errors = &target.errors;
                let share = errors.r_squared.map_or("—".into(), |share| format!("{share:.6}"));
                let [mean, root] =
                    [errors.mean_absolute_error, errors.root_mean_squared_error].map(significant);
                writeln!(card, "| {} | {mean} | {root} | {share} |", plain(&target.target))?;
            }
        }
        Measured::Nothing(why) => writeln!(card, "{}", plain(why))?,
    }
    writeln!(card, "\n## Layers\n\n| layer | settings | output | parameters |\n|---|---|---|--:|")?;
    for layer in &run.inside.layers {
        let [name, what, output] = [&layer.name, &layer.what, &layer.output].map(|text| plain(text));
        writeln!(card, "| {name} | {what} | {output} | {} |", layer.parameters)?;
    }
    writeln!(
        card,
        "\n## Use\n\n`toddle predict` with the folder of this file answers about new samples. It prepares them as the samples of the training \
         were prepared. The results hold for samples like those it was measured on, and for no others."
    )
}

/// Text without the marks of Markdown.
fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in escaped(text).chars() {
        if matches!(c, '\\' | '|' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '#' | '&') {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}
