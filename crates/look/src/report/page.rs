//! The page: its head, its runs, and a comparison of several.

use std::fmt::{Result, Write};

use super::run::{Measured, Run};
use super::sections;
use crate::digits::significant;
use crate::markup::Text;

/// The comment that marks a page as written by toddle.
pub const MARK: &str = "<!-- written by toddle -->";

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("film.js");

/// The page of one run or several. `curves` is the picture with the curves of all runs, for several runs.
pub fn page(runs: &[Run], curves: Option<&str>) -> String {
    let mut page = String::new();
    write(&mut page, runs, curves).expect("a text takes any text");
    page
}

fn write(page: &mut String, runs: &[Run], curves: Option<&str>) -> Result {
    let names = runs.iter().map(|run| run.name.as_str()).collect::<Vec<_>>().join(", ");
    let title = match runs.len() {
        1 => format!("Report of {names}"),
        count => format!("Report of {count} runs: {names}"),
    };
    let title = Text(title);
    write!(
        page,
        r#"<!doctype html>
<html lang="en">
{MARK}
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{STYLE}</style>
<body>
<header><h1>{title}</h1></header>
<main>
"#
    )?;
    if runs.len() > 1 {
        compare(page, runs, curves)?;
    }
    for run in runs {
        match runs.len() {
            1 => sections::write(page, run, "h2", 1)?,
            _ => {
                writeln!(page, "<details class=\"run\"><summary><h2>{}</h2></summary>", Text(&run.name))?;
                sections::write(page, run, "h3", runs.len())?;
                page.push_str("</details>\n");
            }
        }
    }
    write!(page, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n")
}

/// A column for each run, with its results and the facts in which the runs differ.
fn compare(page: &mut String, runs: &[Run], curves: Option<&str>) -> Result {
    page.push_str("<section>\n<h2>Comparison</h2>\n");
    page.push_str(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Comparison\"><table class=\"facts\">\n<tr><td></td>",
    );
    for run in runs {
        write!(page, "<th scope=\"col\">{}</th>", Text(&run.name))?;
    }
    page.push_str("</tr>\n");
    let mut row = |name: &str, cells: &[Option<String>]| -> Result {
        if cells.iter().all(Option::is_none) {
            return Ok(());
        }
        write!(page, "<tr><th scope=\"row\">{}</th>", Text(name))?;
        for cell in cells {
            write!(page, "<td>{}</td>", Text(cell.as_deref().unwrap_or("—")))?;
        }
        page.push_str("</tr>\n");
        Ok(())
    };
    for (name, of) in FIGURES {
        row(name, &runs.iter().map(|run| of(&run.measured)).collect::<Vec<_>>())?;
    }
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in runs.iter().flat_map(|run| &run.facts) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    for name in names {
        let of = |run: &Run| run.facts.iter().find(|fact| fact.0 == name).map(|fact| fact.1.clone());
        let cells: Vec<Option<String>> = runs.iter().map(of).collect();
        if cells.iter().any(|cell| *cell != cells[0]) {
            row(name, &cells)?;
        }
    }
    page.push_str("</table></div>\n");
    if let Some(curves) = curves {
        sections::chart(page, "The curves of all runs", curves)?;
    }
    page.push_str("</section>\n");
    Ok(())
}

type Figure = fn(&Measured) -> Option<String>;

/// The figures of a comparison.
const FIGURES: [(&str, Figure); 6] = [
    ("accuracy", |measured| match measured {
        Measured::Classes { classes, .. } => Some(percent(classes.accuracy)),
        _ => None,
    }),
    ("cross-entropy", |measured| match measured {
        Measured::Classes { classes, .. } => Some(significant(classes.cross_entropy)),
        _ => None,
    }),
    ("mean F1", |measured| match measured {
        Measured::Classes { classes, .. } => Some(percent(classes.macro_f1)),
        _ => None,
    }),
    ("calibration error", |measured| match measured {
        Measured::Classes { calibration, .. } => Some(significant(calibration.error)),
        _ => None,
    }),
    ("mean absolute error", |measured| match measured {
        Measured::Numbers(numbers) => Some(significant(numbers.all.mean_absolute_error)),
        _ => None,
    }),
    ("R²", |measured| match measured {
        Measured::Numbers(numbers) => numbers.all.r_squared.map(|share| format!("{share:.6}")),
        _ => None,
    }),
];

/// A share as `eval` prints it.
pub(super) fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}
