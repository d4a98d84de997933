//! The sections of a run.

use std::fmt::{Result, Write};

use super::film;
use super::page::percent;
use super::run::{Inside, Measured, Run, Tile};
use crate::digits::significant;
use crate::inside::{Filters, Maps};
use crate::markup::Text;
use crate::measure::{Classes, Errors, Numbers};
use crate::plot;

/// The most filters, and the most maps of a layer, that are shown.
const FILTERS: usize = 64;
const MAPS: usize = 32;
/// The most pixels of a layer's maps. At least one map is shown.
const PIXELS: usize = 40_000;
/// The most layers of feature maps, and the most histograms.
const LAYERS: usize = 12;
const HISTOGRAMS: usize = 30;
/// The column of a table that has text.
const SETTINGS: &str = "settings";
/// The most targets whose answers are drawn over their true values.
const SCATTERS: usize = 4;

/// All sections of a run, under headings of this level. There are so many `runs` on the page.
pub(super) fn write(page: &mut String, run: &Run, heading: &str, runs: usize) -> Result {
    section(page, heading, "What was trained", |page| facts(page, run))?;
    section(page, heading, "Training", |page| {
        chart(page, &format!("The curves of {}", run.name), &run.curves)
    })?;
    match &run.measured {
        Measured::Classes { classes, calibration, mistakes } => {
            section(page, heading, "Results", |page| results(page, run, classes))?;
            if classes.classes.len() <= plot::MOST_CLASSES {
                section(page, heading, "Confusion", |page| {
                    let names: Vec<String> =
                        classes.classes.iter().map(|class| class.class.clone()).collect();
                    paragraph(
                        page,
                        "Each row has the samples of one class, and each column those that got one answer.",
                    )?;
                    page.push_str(&plot::confusion(&names, &classes.confusion));
                    Ok(())
                })?;
            }
            if !mistakes.is_empty() {
                section(page, heading, "The most confident mistakes", |page| tiles(page, mistakes))?;
            }
            section(page, heading, "Calibration", |page| {
                paragraph(
                    page,
                    "A bar shows how many of the answers with about this probability are right. On the dashed line, probabilities are as they should be. The calibration error is the mean distance from the line.",
                )?;
                page.push_str(&plot::reliability(calibration));
                Ok(())
            })?;
        }
        Measured::Numbers(numbers) => {
            section(page, heading, "Results", |page| regression(page, run, numbers))?
        }
        Measured::Nothing(why) => section(page, heading, "Results", |page| paragraph(page, why))?,
    }
    section(page, heading, "Layers", |page| layers(page, run))?;
    if let Some(filters) = &run.inside.filters {
        let title = format!("Filters of {}", filters.name);
        section(page, heading, &title, |page| filter_tiles(page, filters))?;
    }
    if !run.inside.maps.is_empty() {
        section(page, heading, "Feature maps", |page| feature_maps(page, &run.inside))?;
    }
    if !run.inside.histograms.is_empty() {
        section(page, heading, "Weights", |page| {
            page.push_str("<div class=\"flow\">\n");
            run.inside
                .histograms
                .iter()
                .take(HISTOGRAMS)
                .for_each(|one| page.push_str(&plot::histogram(one)));
            page.push_str("</div>\n");
            more(page, "weights of layers", HISTOGRAMS, run.inside.histograms.len())
        })?;
    }
    if let Some(kept) = run.film.as_ref().filter(|film| film.frames.len() > 1) {
        section(page, heading, "The film of the training", |page| film::write(page, kept, runs))?;
    }
    section(page, heading, "Settings", |page| {
        writeln!(
            page,
            "<details><summary>The experiment with all defaults</summary><pre tabindex=\"0\">{}</pre></details>",
            lines(&run.settings)
        )
    })
}

fn section(
    page: &mut String,
    heading: &str,
    title: &str,
    content: impl FnOnce(&mut String) -> Result,
) -> Result {
    write!(page, "<section>\n<{heading}>{}</{heading}>\n", Text(title))?;
    content(page)?;
    page.push_str("</section>\n");
    Ok(())
}

fn paragraph(page: &mut String, text: &str) -> Result {
    writeln!(page, "<p>{}</p>", Text(text))
}

/// How many of all are shown, if not all are.
pub(super) fn more(page: &mut String, what: &str, shown: usize, all: usize) -> Result {
    if all > shown { paragraph(page, &format!("The first {shown} of {all} {what}.")) } else { Ok(()) }
}

/// Text of several lines.
fn lines(text: &str) -> String {
    text.lines().map(|line| Text(line).to_string() + "\n").collect()
}

/// A wide picture, which can be scrolled on a narrow screen.
pub(super) fn chart(page: &mut String, label: &str, svg: &str) -> Result {
    writeln!(
        page,
        "<div class=\"wide chart\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">{svg}</div>",
        Text(label)
    )
}

fn facts(page: &mut String, run: &Run) -> Result {
    page.push_str("<dl>\n");
    for (name, value) in &run.facts {
        writeln!(page, "<div><dt>{}</dt><dd>{}</dd></div>", Text(name), Text(value))?;
    }
    write!(page, "</dl>\n<p>{}</p>\n<pre tabindex=\"0\">{}</pre>\n", run.what_repeats(), Text(&run.repeat))
}

/// A table. The first column has names. The column of settings has text, and the others have numbers.
fn table(
    page: &mut String,
    label: &str,
    head: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result {
    write!(
        page,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>\n<thead><tr>",
        Text(label)
    )?;
    for (n, title) in head.iter().enumerate() {
        let class = if n == 0 || *title == SETTINGS { "" } else { " class=\"n\"" };
        write!(page, "<th scope=\"col\"{class}>{}</th>", Text(title))?;
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        page.push_str("<tr>");
        for (n, cell) in row.iter().enumerate() {
            match n {
                0 => write!(page, "<th scope=\"row\">{}</th>", Text(cell))?,
                _ if head[n] == SETTINGS => write!(page, "<td>{}</td>", Text(cell))?,
                _ => write!(page, "<td class=\"n\">{}</td>", Text(cell))?,
            }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n");
    Ok(())
}

/// Large numbers with a name below each.
fn figures(page: &mut String, figures: &[(&str, String)]) -> Result {
    page.push_str("<ul class=\"figures\">\n");
    for (name, value) in figures {
        writeln!(page, "<li><b>{}</b> <span>{}</span></li>", Text(value), Text(name))?;
    }
    page.push_str("</ul>\n");
    Ok(())
}

fn results(page: &mut String, run: &Run, classes: &Classes) -> Result {
    paragraph(page, &format!("Measured on {}.", run.measured_on))?;
    let mut all = vec![("accuracy", percent(classes.accuracy))];
    all.extend(classes.top_5_accuracy.map(|share| ("among the first five", percent(share))));
    all.push(("cross-entropy", significant(classes.cross_entropy)));
    all.extend(classes.mean_squared_error.map(|error| ("mean squared error", significant(error))));
    figures(page, &all)?;
    let of_class = classes.classes.iter().map(|class| {
        [class.class.clone(), class.samples.to_string()].into_iter().chain(class.in_percent()).collect()
    });
    let means = [classes.macro_precision, classes.macro_recall, classes.macro_f1].map(percent);
    let mean = ["mean".to_owned(), classes.samples.to_string()].into_iter().chain(means).collect();
    table(
        page,
        &format!("Results of {} by class", run.name),
        &["class", "samples", "precision", "recall", "F1"],
        of_class.chain([mean]),
    )
}

fn regression(page: &mut String, run: &Run, numbers: &Numbers) -> Result {
    paragraph(page, &format!("Measured on {}.", run.measured_on))?;
    let of = |errors: &Errors| {
        let mut all = vec![
            ("mean absolute error", significant(errors.mean_absolute_error)),
            ("root of the mean squared error", significant(errors.root_mean_squared_error)),
        ];
        all.extend(errors.r_squared.map(|share| ("R²", format!("{share:.6}"))));
        all
    };
    figures(page, &of(&numbers.all))?;
    if numbers.targets.len() > 1 {
        let rows = numbers.targets.iter().map(|target| {
            let mut row = vec![target.target.clone()];
            row.extend(of(&target.errors).into_iter().map(|(_, value)| value));
            // A target may have no R².
            row.resize(4, "—".into());
            row
        });
        table(page, &format!("Errors of {} by target", run.name), &["target", "MAE", "RMSE", "R²"], rows)?;
    }
    page.push_str("<div class=\"flow\">\n");
    numbers.targets.iter().take(SCATTERS).for_each(|target| page.push_str(&plot::scatter(target)));
    page.push_str("</div>\n");
    more(page, "targets", SCATTERS, numbers.targets.len())?;
    let list =
        |numbers: &[f64]| numbers.iter().take(4).map(|x| significant(*x)).collect::<Vec<_>>().join(" ");
    let rows = numbers.worst.iter().take(10).map(|miss| {
        vec![miss.sample.to_string(), list(&miss.truth), list(&miss.says), significant(miss.absolute_error)]
    });
    paragraph(page, "The samples with the largest errors:")?;
    table(
        page,
        &format!("The largest errors of {}", run.name),
        &["sample", "true", "the network says", "absolute error"],
        rows,
    )
}

fn tiles(page: &mut String, tiles: &[Tile]) -> Result {
    page.push_str("<div class=\"tiles\">\n");
    for Tile { pixels, lines } in tiles {
        let alt = Text(lines.join(", "));
        write!(page, "<figure><img src=\"{}\" alt=\"{alt}\"><figcaption>", pixels.uri())?;
        for line in lines {
            write!(page, "{}<br>", Text(line))?;
        }
        page.push_str("</figcaption></figure>\n");
    }
    page.push_str("</div>\n");
    Ok(())
}

fn layers(page: &mut String, run: &Run) -> Result {
    let inside = &run.inside;
    let is_timed = inside.peak.is_some();
    let mut head = vec!["layer", SETTINGS, "output", "parameters"];
    if is_timed {
        head.extend(["forward", "backward"]);
    }
    let micros = |seconds: Option<f64>| {
        seconds.map_or("—".into(), |seconds| format!("{} µs", significant(seconds * 1e6)))
    };
    let rows = inside.layers.iter().map(|layer| {
        let mut row =
            vec![layer.name.clone(), layer.what.clone(), layer.output.clone(), layer.parameters.to_string()];
        if is_timed {
            row.extend(layer.seconds.map(micros));
        }
        row
    });
    let sums =
        [0, 1].map(|way| Some(inside.layers.iter().filter_map(|layer| layer.seconds[way]).sum::<f64>()));
    let all: usize = inside.layers.iter().map(|layer| layer.parameters).sum();
    let mut last = vec!["all".to_owned(), String::new(), String::new(), all.to_string()];
    if is_timed {
        last.extend(sums.map(micros));
    }
    table(page, &format!("Layers of {}", run.name), &head, rows.chain([last]))?;
    if let Some(peak) = inside.peak {
        let text = format!(
            "Times are for one sample, on one thread with a peak of {:.0} GFLOP/s: each layer alone, its best time. A layer without a time is done by a neighbouring layer.",
            peak / 1e9
        );
        paragraph(page, &text)?;
    }
    let (units, samples) = &inside.units;
    for units in units.iter().filter(|units| units.stuck > 0) {
        let text = format!(
            "{} of {} units of {} are {} for all of {samples} samples: their gradient is 0, or almost 0.",
            units.stuck, units.units, units.name, units.what
        );
        writeln!(page, "<p class=\"alarm\">{}</p>", Text(text))?;
    }
    if !units.is_empty() && units.iter().all(|units| units.stuck == 0) {
        paragraph(page, &format!("No unit is stuck at zero, or saturated, for all of {samples} samples."))?;
    }
    Ok(())
}

fn filter_tiles(page: &mut String, filters: &Filters) -> Result {
    let most = significant(filters.most());
    let scale = match filters.shape[1] {
        3 => format!("The three channels are the colours. Grey is 0, and the largest weight is ±{most}."),
        _ => format!("Orange is above 0 and blue is below; the strongest colour is ±{most}."),
    };
    paragraph(page, &scale)?;
    page.push_str("<div class=\"maps\">\n");
    for f in 0..filters.shape[0].min(FILTERS) {
        let uri = filters.picture(f).uri();
        writeln!(page, "<img src=\"{uri}\" alt=\"filter {f}\" title=\"filter {f}\">")?;
    }
    page.push_str("</div>\n");
    more(page, "filters", FILTERS, filters.shape[0])
}

fn feature_maps(page: &mut String, inside: &Inside) -> Result {
    paragraph(
        page,
        "What the layers make of one sample. In each layer, the least value is black and the greatest is white.",
    )?;
    if let Some(sample) = &inside.sample {
        tiles(page, std::slice::from_ref(sample))?;
    }
    for maps in inside.maps.iter().take(LAYERS) {
        let Maps { name, shape: [channels, height, width], .. } = maps;
        let [low, high] = maps.range().map(significant);
        let title = format!("{name}: {channels} maps of {height}×{width}, from {low} to {high}");
        write!(page, "<p>{}</p>\n<div class=\"maps\">\n", Text(title))?;
        let shown = (PIXELS / (height * width)).clamp(1, MAPS);
        for c in 0..(*channels).min(shown) {
            let alt = Text(format!("{name}, map {c}"));
            writeln!(page, "<img src=\"{}\" alt=\"{alt}\" title=\"{alt}\">", maps.picture(c).uri())?;
        }
        page.push_str("</div>\n");
        more(page, "maps", shown, *channels)?;
    }
    more(page, "layers with maps", LAYERS, inside.maps.len())
}
