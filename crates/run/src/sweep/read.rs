//! Reads a sweep's file.

use std::path::Path;

use super::settings::{Method, Sweep, VERSION};
use super::sobol;
use crate::error::{Error, ExperimentError};
use crate::experiment::Experiment;
use crate::files;

/// The largest number of trials.
const MOST: usize = 10_000;

/// A mistake: what is wrong, what is expected, what was found, and what could be written.
type Mistake = [String; 4];

impl Sweep {
    /// Reads the sweep in `file`, and its text.
    ///
    /// # Errors
    /// The file cannot be read, or has a mistake.
    pub fn load(file: &Path) -> Result<(Sweep, String), Error> {
        let text = files::read_text(file).map_err(|cause| {
            ExperimentError::unread(file, "the file of a sweep, as docs/sweeps.md shows it", &cause)
        })?;
        let sweep = parse(&text).map_err(|[what, expected, got, remedy]| {
            ExperimentError::new(format!("`{}`", file.display()), &what, &expected, &got, &remedy)
        })?;
        Ok((sweep, text))
    }

    /// Checks that the experiment can be trained in this sweep. `file` is the file of the sweep.
    ///
    /// # Errors
    /// The results would depend on the machine, or the experiment has fewer epochs than the sweep needs.
    pub fn check(&self, file: &Path, experiment: &Experiment) -> Result<(), Error> {
        let refuse = |what: &str, expected: &str, got: &str, remedy: &str| {
            Err(ExperimentError::new(format!("`{}`", file.display()), what, expected, got, remedy))
        };
        if experiment.train.fit.time_limit.is_some() {
            let what = "the experiment has a time limit, so a result would depend on the machine";
            return refuse(what, "no train.time_limit", "train.time_limit", "train.epochs, or halving");
        }
        match self.halving {
            Some(halving) if halving.epochs > experiment.train.fit.epochs => refuse(
                "the experiment has fewer epochs than the first round of halving",
                &format!("{} or less", experiment.train.fit.epochs),
                &format!("halving.epochs = {}", halving.epochs),
                "halving = { epochs = 1 }",
            ),
            _ => Ok(()),
        }
    }
}

/// The sweep that `text` describes.
pub fn parse(text: &str) -> Result<Sweep, Mistake> {
    let sweep: Sweep = toml::from_str(text).map_err(|fault| {
        let place = fault.span().map_or(0, |span| text[..span.start].matches('\n').count()) + 1;
        let got = format!("line {place}: {}", fault.message());
        ["it is not a sweep", "the keys that docs/sweeps.md lists", &got, "correcting this line"]
            .map(String::from)
    })?;
    match mistake(&sweep) {
        Some(mistake) => Err(mistake),
        None => Ok(sweep),
    }
}

/// The first mistake in the values of `sweep`.
fn mistake(sweep: &Sweep) -> Option<Mistake> {
    let wrong = |what: &str, expected: &str, got: &str, remedy: &str| {
        Some([what, expected, got, remedy].map(String::from))
    };
    if sweep.version != VERSION {
        let (expected, got) = (format!("version = {VERSION}"), format!("version = {}", sweep.version));
        return wrong("this version of toddle cannot read the file", &expected, &got, "a newer toddle");
    }
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
    if sweep.name.is_empty() || sweep.name.starts_with('.') || !sweep.name.chars().all(is_plain) {
        let expected = "letters, digits, -, _ and .";
        return wrong("the name of the sweep names a folder", expected, &sweep.name, "name = \"rates\"");
    }
    if sweep.space.is_empty() {
        let remedy = "[space]\n\"train.optimizer.rate\" = [0.01, 0.1]";
        return wrong("the space is empty", "one setting or more in [space]", "none", remedy);
    }
    let grid = sweep.method == Method::Grid;
    for (key, axis) in &sweep.space {
        if let Some([what, expected, remedy]) = axis.mistake(grid) {
            let (what, remedy) = (format!("space.{key}: {what}"), format!("{key:?} = {remedy}"));
            return wrong(&what, expected, &format!("{axis:?}"), &remedy);
        }
    }
    match (grid, sweep.points) {
        (true, Some(points)) => {
            let (expected, got) = ("no points: a grid has all combinations", format!("points = {points}"));
            return wrong("a grid needs no number of points", expected, &got, "method = \"random\"");
        }
        (false, None | Some(0)) => {
            return wrong("the number of points is missing", "points, 1 or more", "none", "points = 20");
        }
        _ => {}
    }
    if sweep.method == Method::Sobol && sweep.space.len() > sobol::MOST {
        let (expected, got) = (format!("{} settings or fewer", sobol::MOST), sweep.space.len().to_string());
        return wrong("the sequence has fewer axes", &expected, &got, "method = \"random\"");
    }
    let points = match sweep.points {
        Some(points) => points,
        None => sweep.space.values().fold(1, |points: usize, axis| points.saturating_mul(axis.grid().len())),
    };
    let trials = points.saturating_mul(sweep.seeds.len().max(1));
    if trials > MOST {
        let (expected, remedy) = (format!("{MOST} trials or fewer"), "method = \"sobol\" with fewer points");
        return wrong("there are too many trials", &expected, &trials.to_string(), remedy);
    }
    match sweep.halving {
        Some(halving) if halving.epochs == 0 || halving.factor < 2 => {
            let (expected, remedy) =
                ("epochs of 1 or more, and a factor of 2 or more", "{ epochs = 1, factor = 3 }");
            wrong("halving has no rounds", expected, &format!("{halving:?}"), remedy)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_explained() {
        let head = "version = 1\nname = \"s\"\nexperiment = \"e.toml\"\ngoal = \"accuracy\"\n";
        for (rest, says) in [
            ("method = \"grid\"\n[space]\n", "the space is empty"),
            ("method = \"grid\"\npoints = 3\n[space]\na = [1]\n", "a grid needs no number"),
            ("method = \"random\"\n[space]\na = [1]\n", "points is missing"),
            ("method = \"grid\"\n[space]\na = { from = 0, to = 1 }\n", "space.a: a grid needs"),
            ("method = \"grid\"\n[space]\na = { from = 0, to = 1, stpes = 3 }\n", "line 7"),
            ("method = \"best\"\n[space]\na = [1]\n", "line 5"),
            (
                "method = \"grid\"\nseeds = [1, 2]\n[space]\na = { from = 0, to = 1, steps = 9000 }\n",
                "too many",
            ),
            ("method = \"grid\"\nhalving = { epochs = 0 }\n[space]\na = [1]\n", "no rounds"),
        ] {
            let mistake = parse(&format!("{head}{rest}")).expect_err(rest);
            assert!(mistake.concat().contains(says), "{rest}: {mistake:?}");
        }
    }
}
