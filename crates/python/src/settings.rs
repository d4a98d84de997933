//! Settings as JSON. Python's classes write it, and the types of the library read it, as they read files.

use pyo3::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;
use toddle::{Clip, Init};
use toddle::{Fit, LayerSpec, Loss, Machine, Optimizer, Progress, Schedule, ScheduleState};
use toddle_data::Augment;
use toddle_run::experiment::{Form, Keys};

use crate::error::{Error, Result};

/// Reads settings. Messages call them `what`.
pub(crate) fn read<S: DeserializeOwned>(what: &str, json: &str) -> Result<S> {
    serde_json::from_str(json).map_err(|error| {
        let text = error.to_string();
        // Nobody sees the JSON, so its line and its column say nothing.
        let text = text.split_once(" at line ").map_or(&*text, |(text, _)| text);
        Error::refused(
            &format!("{what} cannot be read"),
            "the settings that its help shows",
            text,
            &format!("help(toddle.{what})"),
        )
    })
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
