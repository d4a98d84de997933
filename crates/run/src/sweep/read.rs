//! Reads a sweep's file.

use std::path::Path;

use serde::Serialize;

use toddle_data::DataSettings;

use super::settings::{Goal, Method, Sweep, VERSION};
use super::sobol;
use super::trial::Trial;
use crate::error::{Error, ExperimentError};
use crate::experiment::{Experiment, inline};
use crate::files;
use crate::run::metrics;

/// The largest number of trials.
pub(super) const MOST: usize = 10_000;

/// A mistake: what is wrong, what is expected, what was found, and what could be written.
type Mistake = [String; 4];

impl Sweep {
    /// Reads the sweep in `file`, and its text. Relative paths in the space become absolute: they are relative to the folder of the file.
    ///
    /// # Errors
    /// The file cannot be read, or has a mistake.
    pub fn load(file: &Path) -> Result<(Sweep, String), Error> {
        let text = files::read_text(file).map_err(|cause| {
            ExperimentError::unread(file, "the file of a sweep, as docs/sweeps.md shows it", &cause)
        })?;
        let folder =
            std::path::absolute(file).map_err(|cause| ExperimentError::unread(file, "a path", &cause))?;
        let text = anchored(&text, folder.parent().unwrap_or(Path::new("/"))).unwrap_or(text);
        let sweep = parse(&text).map_err(|mistake| refused(file, mistake.each_ref().map(String::as_str)))?;
        Ok((sweep, text))
    }

    /// Checks that the experiment can be trained in this sweep. `file` is the file of the sweep.
    ///
    /// # Errors
    /// The results would depend on the machine, or the experiment has fewer epochs than the sweep needs.
    pub fn check(&self, file: &Path, experiment: &Experiment) -> Result<(), Error> {
        if experiment.train.fit.time_limit.is_some() {
            return Err(limited(file, "the experiment"));
        }
        match self.halving {
            Some(halving) if halving.epochs > experiment.train.fit.epochs => {
                let what = "the experiment has fewer epochs than the first round of halving";
                let expected = format!("{} or less", experiment.train.fit.epochs);
                let got = format!("halving.epochs = {}", halving.epochs);
                Err(refused(file, [what, &expected, &got, "halving = { epochs = 1 }"]))
            }
            _ => Ok(()),
        }
    }

    /// Checks before the first training that a training of `experiment` has the number of the goal. It reads the samples.
    ///
    /// # Errors
    /// The samples cannot be read, or none are there to validate with, or they have no classes.
    pub fn check_goal(&self, file: &Path, mut experiment: Experiment) -> Result<(), Error> {
        if self.goal == Goal::Loss {
            return Ok(());
        }
        let parts = experiment.parts()?;
        let (expected, got, remedy) = match parts.validation {
            None => {
                let remedy = "validation = { fraction = 0.1 } in [data] of the experiment, or goal = \"loss\" in the sweep";
                ("samples to validate with", "none", remedy)
            }
            Some(_) if self.goal == Goal::Accuracy && !metrics::has_accuracy(&parts.train) => {
                ("samples of classes", "samples with numbers to learn", "goal = \"validation_loss\"")
            }
            Some(_) => return Ok(()),
        };
        let what = format!("the trainings would have no {}, which is the goal", self.goal.words());
        Err(refused(file, [&what, expected, got, remedy]))
    }

    /// Checks the settings of a trial of `experiment`. `own` are the experiment with the values of the trial.
    ///
    /// # Errors
    /// The trial has a time limit, or another number of epochs than the experiment.
    pub fn check_trial(
        &self,
        file: &Path,
        experiment: &Experiment,
        trial: &Trial,
        own: &Experiment,
    ) -> Result<(), Error> {
        let name = format!("trial {}", trial.number);
        let (epochs, got) = (experiment.train.fit.epochs, own.train.fit.epochs);
        if own.train.fit.time_limit.is_some() {
            return Err(limited(file, &name));
        }
        if got != epochs {
            let what = format!(
                "{name} has another number of epochs than the experiment, but all trials are compared after the same epochs"
            );
            let (expected, got) = (format!("train.epochs = {epochs}"), format!("train.epochs = {got}"));
            let remedy = "no train.epochs in [space]; halving trains the best trials for more epochs";
            return Err(refused(file, [&what, &expected, &got, remedy]));
        }
        Ok(())
    }
}

/// The error that a setting of the sweep in `file` is wrong.
fn refused(file: &Path, [what, expected, got, remedy]: [&str; 4]) -> Error {
    ExperimentError::new(format!("`{}`", file.display()), what, expected, got, remedy)
}

/// The error that `what` has a time limit.
fn limited(file: &Path, what: &str) -> Error {
    let what = format!("{what} has a time limit, so a result would depend on the machine");
    refused(file, [&what, "no train.time_limit", "train.time_limit", "train.epochs, or halving"])
}

/// `value` in one line of TOML.
fn written(value: &impl Serialize) -> String {
    inline(&serde_json::to_value(value).expect("numbers and texts are JSON"))
}

/// The text of a sweep with absolute paths in its space. None if no path is relative to `folder`.
fn anchored(text: &str, folder: &Path) -> Option<String> {
    let mut table: toml::Table = text.parse().ok()?;
    let space = table.get_mut("space")?.as_table_mut()?;
    let has_paths = |key: &str| {
        let of_data = key.strip_prefix("data.").and_then(|key| key.split('.').next());
        key == "network.from" || of_data.is_some_and(|key| DataSettings::PATHS.contains(&key))
    };
    let mut is_changed = false;
    for (_, values) in space.iter_mut().filter(|(key, _)| has_paths(key)) {
        anchor(values, folder, &mut is_changed);
    }
    is_changed.then(|| table.to_string())
}

/// Makes the relative paths among the texts of `value` absolute.
fn anchor(value: &mut toml::Value, folder: &Path, is_changed: &mut bool) {
    match value {
        toml::Value::String(path) if Path::new(path).is_relative() => {
            *path = folder.join(&path).display().to_string();
            *is_changed = true;
        }
        toml::Value::Array(values) => values.iter_mut().for_each(|value| anchor(value, folder, is_changed)),
        toml::Value::Table(table) => {
            table.iter_mut().for_each(|(_, value)| anchor(value, folder, is_changed));
        }
        _ => {}
    }
}

/// The sweep that `text` describes.
pub fn parse(text: &str) -> Result<Sweep, Mistake> {
    let sweep: Sweep = toml::from_str(text).map_err(|fault| {
        let missing = fault.message().strip_prefix("missing field ");
        let place = fault.span().map_or(0, |span| text[..span.start].matches('\n').count()) + 1;
        let got = missing.map_or(format!("line {place}: {}", fault.message()), |key| format!("no {key}"));
        let expected = "version, name, experiment, method, goal and [space]; for some methods points; if you like seed, seeds and halving";
        ["it is not a sweep", expected, &got, "toddle help sweep, which shows a file"].map(String::from)
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
    if sweep.space.contains_key("seed") {
        return wrong(
            "`seed` is no setting of the space",
            "the seeds of the trainings in `seeds`",
            "seed in [space]",
            "seeds = [1, 2]",
        );
    }
    if let Some(twice) =
        sweep.seeds.iter().enumerate().find_map(|(n, seed)| sweep.seeds[..n].contains(seed).then_some(seed))
    {
        return wrong(
            "a seed is there twice",
            "different seeds",
            &format!("{twice} twice"),
            "leaving one of them out",
        );
    }
    let grid = sweep.method == Method::Grid;
    for (key, axis) in &sweep.space {
        if let Some([what, expected, remedy]) = axis.mistake(grid) {
            let (what, remedy) = (format!("space.{key}: {what}"), format!("{key:?} = {remedy}"));
            return wrong(&what, expected, &written(axis), &remedy);
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
            wrong("halving has no rounds", expected, &written(&halving), remedy)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file() {
        let text = "name = \"s\"\n[space]\n\"data.csv\" = [\"a.csv\", \"/b.csv\"]\n\"data.npy\" = [{ inputs = \"x.npy\" }]\n\"train.loss\" = [\"a\"]\n";
        let anchored = anchored(text, Path::new("/there")).expect("relative paths");
        for path in ["\"/there/a.csv\"", "\"/b.csv\"", "\"/there/x.npy\"", "[\"a\"]"] {
            assert!(anchored.contains(path), "{anchored}");
        }
        assert_eq!(super::anchored(&anchored, Path::new("/elsewhere")), None);
    }

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
            ("method = \"grid\"\nhalving = { epochs = 0 }\n[space]\na = [1]\n", "{ epochs = 0, factor = 3 }"),
            (
                "method = \"grid\"\n[space]\na = { from = 0.5, to = 1, steps = 1000000000000 }\n",
                "{ from = 0.5, steps = 1000000000000, to = 1.0 }",
            ),
            (
                "method = \"random\"\npoints = 1\n[space]\na = { from = 1, to = 1, scale = \"linear\" }\n",
                "range is empty",
            ),
            ("method = \"random\"\npoints = 1\n[space]\na = []\n", "[]"),
            ("method = \"grid\"\n[space]\nseed = [1, 2]\n", "seeds = [1, 2]"),
            ("method = \"grid\"\nseeds = [1, 2, 1]\n[space]\na = [1]\n", "1 twice"),
            ("[space]\na = [1]\n", "no `method`"),
        ] {
            let mistake = parse(&format!("{head}{rest}")).expect_err(rest);
            assert!(mistake.concat().contains(says), "{rest}: {mistake:?}");
        }
    }
}
