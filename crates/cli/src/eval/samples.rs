//! The samples to measure on: those that the options name, or else those that the training has not seen.

use std::path::Path;

use toddle::escaped;
use toddle_data::{DataSource, Dataset, Digest, Half, Model, Opened, Parts};

use super::Options;
use crate::data::{half, told};
use crate::error::Error;
use crate::experiment::Experiment;
use crate::output::note;
use crate::run;

/// Samples, and what they are called.
pub struct Samples {
    pub dataset: Dataset,
    /// The set's name or path.
    pub place: String,
    /// Which half they are, or `all` of a set without halves.
    pub half: &'static str,
    /// What of a run's data they are, in words.
    pub held_out: Option<String>,
}

impl Samples {
    /// The samples that the options name, or else those of the run's experiment that no step has seen.
    pub fn of(options: &Options, model: &Model) -> Result<Samples, Error> {
        let samples = match (&options.data, experiment(&options.run)?) {
            (Some(place), _) => elsewhere(options, model, place)?,
            (None, Some(experiment)) => of_run(options, model, experiment)?,
            (None, None) => elsewhere(options, model, &place_of(model)?)?,
        };
        if samples.dataset.is_empty() {
            return Err(Error::Refused {
                what: format!("there is nothing in `{}` to measure on", samples.place),
                expected: "one sample or more".into(),
                got: "none".into(),
                remedy: "another set, or another --half".into(),
            });
        }
        Ok(samples)
    }
}

/// The experiment of the run that a folder or a model file belongs to.
fn experiment(run: &Path) -> Result<Option<Experiment>, Error> {
    let folder = if run.is_dir() { Some(run) } else { run.parent() };
    match folder.filter(|folder| run::is_run(folder)) {
        Some(folder) => Ok(Some(Experiment::load(&run::experiment(folder)?, &[])?)),
        None => Ok(None),
    }
}

/// Samples of the run's own data: the half that the options name, or those that no step has seen.
fn of_run(options: &Options, model: &Model, mut experiment: Experiment) -> Result<Samples, Error> {
    let data = &mut experiment.data;
    data.folder = options.source.folder.clone().or(data.folder.take());
    let parts = experiment.parts()?;
    told(&[], &parts.skipped);
    check_digest(model, &parts);
    let (dataset, half) = match options.half.map(Half::from) {
        None => parts.measured(),
        Some(half) => match parts.half(half) {
            Some(dataset) => (dataset, half),
            None => {
                return Err(Error::Refused {
                    what: format!("the data of `{}` have no {} samples", model.name(), half.name()),
                    expected: "--half with one of the halves that there are".into(),
                    got: format!("--half {}", half.name()),
                    remedy: "leaving --half out: it measures what the training has not seen".into(),
                });
            }
        },
    };
    let mut held_out = None;
    match half {
        Half::Validation => held_out = parts.meaning.held_out.clone(),
        Half::Train if options.half.is_none() => note(
            false,
            "nothing was held out: the network was trained on these samples, so this is no measure of new ones",
        ),
        _ => {}
    }
    let (dataset, paired) = dataset.clone().with_known_classes(model.classes())?;
    told(&paired.into_iter().collect::<Vec<_>>(), &[]);
    Ok(Samples { dataset, place: parts.meaning.place, half: half.name(), held_out })
}

/// Says so if the training samples are no longer those that the network was trained on.
fn check_digest(model: &Model, parts: &Parts) {
    let trained = model.meaning().and_then(|meaning| meaning.digest.as_ref());
    let differences = trained.map_or(Vec::new(), |trained| trained.differences(&Digest::of(&parts.train)));
    if !differences.is_empty() {
        note(
            false,
            &format!(
                "warning: the data at `{}` are no longer those of the training: they differ in {}",
                escaped(&parts.meaning.place),
                differences.join(" and ")
            ),
        );
    }
}

/// Samples of a set or a path that is not the run's own.
fn elsewhere(options: &Options, model: &Model, place: &str) -> Result<Samples, Error> {
    let opened: Opened = options.source.open_for(place, model, &options.taken.asked())?;
    let is_whole = opened.halves.validation.is_none() && opened.halves.test.is_none();
    let (dataset, half) = half(opened, options.half.map_or(Half::Test, Half::from));
    let half = if is_whole { "all" } else { half.name() };
    Ok(Samples { dataset, place: place.to_owned(), half, held_out: None })
}

/// The named set that a model file without its run was trained on.
fn place_of(model: &Model) -> Result<String, Error> {
    match model.meaning() {
        Some(meaning) if matches!(DataSource::named(&meaning.place, None), Ok(DataSource::Set { .. })) => {
            Ok(meaning.place.clone())
        }
        None if model.input().size() == 784 && model.classes().len() == 10 && !model.is_named() => {
            note(false, "nothing says what the network was trained on: this is MNIST, as its shapes fit");
            Ok("mnist".into())
        }
        meaning => Err(Error::Refused {
            what: format!("nothing says where the data of `{}` are", model.name()),
            expected: "a run's folder, or a model that was trained on a named set".into(),
            got: meaning
                .map_or("none".into(), |meaning| format!("a model of `{}`, without its run", meaning.place)),
            remedy: "--data NAME, or --data PATH".into(),
        }),
    }
}
