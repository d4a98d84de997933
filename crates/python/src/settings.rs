//! Settings as JSON. Python's classes write it, and the types of the library read it, as they read files.

use pyo3::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use toddle::{Clip, Init};
use toddle::{Fit, LayerSpec, Loss, Machine, Optimizer, Progress, Schedule, ScheduleState};
use toddle_data::Augment;
use toddle_run::experiment::{Form, Keys};

use crate::error::{Error, Result};

/// Reads settings. Messages call them `what`.
pub(crate) fn read<S: DeserializeOwned>(what: &str, json: &str) -> Result<S> {
    serde_json::from_str(json).map_err(|error| {
        let text = words(&error);
        let (name, value) = culprit::<S>(json, &text).unzip();
        let place = name.map_or_else(|| what.to_owned(), |name| format!("{what}: `{name}`"));
        let remedy = format!("help(toddle.{what})");
        let (problem, expected) =
            text.split_once(", expected ").unwrap_or((&text, "the settings that its help shows"));
        if let Some(missing) = problem.strip_prefix("missing field ") {
            return Error::refused(
                &format!("{what}: {missing} is missing"),
                &format!("a value for {missing}"),
                "none",
                &remedy,
            );
        }
        let got = value.map_or_else(|| problem.to_owned(), |value| value.to_string());
        Error::refused(&format!("{place} cannot have this value"), &plain(expected), &got, &remedy)
    })
}

/// The error without its place. Nobody sees the JSON, so its line and its column say nothing.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(&*text, |(text, _)| text).to_owned()
}

/// The setting with the error `text`, and its value: without this setting there is another error, or none.
fn culprit<S: DeserializeOwned>(json: &str, text: &str) -> Option<(String, Value)> {
    let settings: Map<String, Value> = serde_json::from_str(json).ok()?;
    let is_wrong = |name: &&String| {
        let mut others = settings.clone();
        others.remove(*name);
        serde_json::from_value::<S>(Value::Object(others)).err().is_none_or(|error| words(&error) != text)
    };
    let name = settings.keys().filter(|name| *name != "kind").find(is_wrong)?;
    Some((name.clone(), settings[name].clone()))
}

/// What is expected, in the words of Python.
fn plain(expected: &str) -> String {
    match expected {
        "f32" | "f64" => "a number".into(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more".into(),
        "i32" | "i64" | "isize" => "a whole number".into(),
        "a boolean" => "True or False".into(),
        "a string" => "a text".into(),
        "a map" => "a dictionary".into(),
        "a sequence" => "a list".into(),
        _ if expected.starts_with("internally tagged enum ") || expected.starts_with("struct ") => {
            "settings of toddle, or the name of a kind".into()
        }
        _ => expected.to_owned(),
    }
}

/// Checks that there is a setting for each key of `json`, which is the section `section` of an experiment.
pub(crate) fn check_keys(section: &str, json: &str) -> Result<()> {
    let value: Value = read(section, json)?;
    match strange(&mut vec![section], &value) {
        None => Ok(()),
        Some(key) => Err(Error::refused(
            &format!("there is no setting `{key}`"),
            &format!("the settings of the section [{section}] of an experiment"),
            &key,
            &format!("python -m toddle help {section}"),
        )),
    }
}

/// The first key below `path` that no setting has.
fn strange<'v>(path: &mut Vec<&'v str>, value: &'v Value) -> Option<String> {
    let keys = Keys::get();
    for (name, below) in value.as_object()? {
        path.push(name);
        match keys.at(path) {
            None => return Some(path[1..].join(".")),
            Some(key) if matches!(keys.resolve(&key.form), Form::Table(_)) => {
                if let Some(found) = strange(path, below) {
                    return Some(found);
                }
            }
            Some(_) => {}
        }
        path.pop();
    }
    None
}

/// Random changes of the samples.
pub(crate) fn augment(json: &str) -> Result<Augment> {
    check_keys("augment", json)?;
    read("Augment", json)
}

/// The settings of a training, for so many threads: as many as the machine has, if `threads` does not say.
pub(crate) fn fit(json: &str, threads: Option<usize>) -> Result<Fit> {
    let fit: Fit = read("Network.fit", json)?;
    let machine = Machine::detect()?;
    match threads {
        Some(0) => Err(Error::refused("threads = 0 is out of range", "1 or more", "0", "threads = 1")),
        threads => Ok(fit.machine(machine.threads(threads.unwrap_or(machine.threads)))),
    }
}

/// Checks that the library can read the settings of the class `name`, which is of a family such as `layer`.
#[pyfunction]
pub(crate) fn check(family: &str, name: &str, json: &str) -> PyResult<()> {
    match family {
        "layer" => read::<LayerSpec>(name, json).map(drop),
        "loss" => read::<Loss>(name, json).map(drop),
        "optimizer" => {
            let optimizer: Optimizer = read(name, json)?;
            optimizer.check().map_err(Error::from)
        }
        "schedule" => {
            let schedule: Schedule = read(name, json)?;
            schedule.check().map_err(Error::from)
        }
        "init" => read::<Init>(name, json).map(drop),
        "clip" => read::<Clip>(name, json).map(drop),
        _ => augment(json).map(drop),
    }
    .map_err(PyErr::from)
}

/// The order in which a training with these settings takes so many samples in epoch `epoch`, counted from 0.
#[pyfunction]
pub(crate) fn order(fit: &str, samples: usize, epoch: u32) -> PyResult<Vec<u32>> {
    Ok(self::fit(fit, None)?.order(samples, epoch))
}

/// The learning rate of the step after `step` steps of a training with these settings on so many samples.
#[pyfunction]
pub(crate) fn rate(fit: &str, samples: usize, step: u64) -> PyResult<f64> {
    let fit = self::fit(fit, None)?;
    let steps_per_epoch = fit.steps_per_epoch(samples);
    let at = Progress { step, steps: steps_per_epoch.saturating_mul(fit.epochs as u64), steps_per_epoch };
    Ok(fit.schedule.rate(fit.optimizer.rate(), at, &ScheduleState::default()))
}
