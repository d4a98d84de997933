//! The samples to measure on: the samples that the options name, or else the samples that the training has not used.

use std::path::Path;

use toddle_data::{DataSource, Dataset, Half, Model, Opened};
use toddle_run::error::Error;
use toddle_run::experiment::Experiment;
use toddle_run::report::changed;
use toddle_run::run;

use super::Options;
use crate::data::{half, told};
use crate::load::load;
use crate::output::note;

/// Samples and their names.
pub struct Samples {
    pub dataset: Dataset,
    /// The name or the path of the set.
    pub place: String,
    /// The name of the half, or `all` for a set without halves.
    pub half: &'static str,
    /// Which part of the data of a run the samples are, in words.
    pub held_out: Option<String>,
}

impl Samples {
    /// The samples that the options name, or else the samples of the run's experiment that no step has used.
    pub fn of(options: &Options, model: &Model) -> Result<Samples, Error> {
        let samples = match (&options.data, experiment(&options.run)?) {
            (Some(place), _) => elsewhere(options, model, place)?,
            (None, Some(experiment)) => of_run(options, model, experiment)?,
            (None, None) => elsewhere(options, model, &place_of(model)?)?,
        };
        if samples.dataset.is_empty() {
            return Err(Error::Refused {
                what: format!("`{}` has no samples to measure on", samples.place),
                expected: "one sample or more".into(),
                got: "none".into(),
                remedy: "another set, or another --half".into(),
            });
        }
        Ok(samples)
    }
}

/// The experiment of the run to which a folder or a model file belongs.
fn experiment(run: &Path) -> Result<Option<Experiment>, Error> {
    let folder = if run.is_dir() { Some(run) } else { run.parent() };
    match folder.filter(|folder| run::is_run(folder)) {
        Some(folder) => Ok(Some(load(&run::experiment(folder)?, &[])?)),
        None => Ok(None),
    }
}

/// Samples of the data of the run: the half that the options name, or the samples that no step has used.
fn of_run(options: &Options, model: &Model, mut experiment: Experiment) -> Result<Samples, Error> {
    let data = &mut experiment.data;
    data.folder = options.source.folder.clone().or(data.folder.take());
    let parts = experiment.parts()?;
    told(&[], &parts.skipped);
    if let Some(warning) = changed(model, &parts) {
        note(false, &warning);
    }
    let (dataset, half) = match options.half.map(Half::from) {
        None => parts.measured(),
        Some(half) => match parts.half(half) {
            Some(dataset) => (dataset, half),
            None => {
                return Err(Error::Refused {
                    what: format!("the data of `{}` have no {} samples", model.name(), half.name()),
                    expected: "--half with a half that the data have".into(),
                    got: format!("--half {}", half.name()),
                    remedy: "leaving --half out, which measures samples that no step has used".into(),
                });
            }
        },
    };
    let mut held_out = None;
    match half {
        Half::Validation => held_out = parts.meaning.held_out.clone(),
        Half::Train if options.half.is_none() => note(
            false,
            "nothing was held out: the network was trained on these samples,\nso the results say nothing about new samples",
        ),
        _ => {}
    }
    let (dataset, paired) = dataset.clone().with_known_classes(model.classes())?;
    told(&paired.into_iter().collect::<Vec<_>>(), &[]);
    Ok(Samples { dataset, place: parts.meaning.place, half: half.name(), held_out })
}

/// Samples of a set or a path that does not belong to the run.
fn elsewhere(options: &Options, model: &Model, place: &str) -> Result<Samples, Error> {
    let opened: Opened = options.source.open_for(place, model, &options.taken.asked())?;
    let is_whole = opened.halves.validation.is_none() && opened.halves.test.is_none();
    let (dataset, half) = half(opened, options.half.map_or(Half::Test, Half::from));
    let half = if is_whole { "all" } else { half.name() };
    Ok(Samples { dataset, place: place.to_owned(), half, held_out: None })
}

/// The named set on which the network of a model file without a run was trained.
fn place_of(model: &Model) -> Result<String, Error> {
    match model.meaning() {
        Some(meaning) if matches!(DataSource::named(&meaning.place, None), Ok(DataSource::Set { .. })) => {
            Ok(meaning.place.clone())
        }
        None if model.input().size() == 784 && model.classes().len() == 10 && !model.is_named() => {
            note(false, "the model does not name its data: MNIST is used, because its shapes fit");
            Ok("mnist".into())
        }
        meaning => Err(Error::Refused {
            what: format!("`{}` does not say where its data are", model.name()),
            expected: "a run's folder, or a model that was trained on a named set".into(),
            got: meaning
                .map_or("none".into(), |meaning| format!("a model of `{}`, without its run", meaning.place)),
            remedy: "--data NAME, or --data PATH".into(),
        }),
    }
}
