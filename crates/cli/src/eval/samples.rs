//! The samples to measure on: the samples that the options name, or else the samples that the training has not used.

use std::path::Path;

use toddle::escaped;
use toddle_data::{DataSource, Dataset, Half, Model, Opened, Parts, Polarity};
use toddle_run::error::Error;
use toddle_run::experiment::Experiment;
use toddle_run::report::{changed, check_held_out};
use toddle_run::run;

use super::Options;
use crate::data::told;
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
            (Some(place), Some(experiment)) if prepares(options).is_some() => {
                let samples = elsewhere(options, model, place)?;
                tell_if_trained(model, experiment, &samples, "these are the data of the training");
                samples
            }
            (Some(place), Some(experiment)) => match moved(options, model, &experiment, place) {
                Some(parts) => of_parts(options, model, parts)?,
                None => {
                    let samples = elsewhere(options, model, place)?;
                    tell_if_trained(model, experiment, &samples, "the data have changed since the training");
                    samples
                }
            },
            (Some(place), None) => elsewhere(options, model, place)?,
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

/// The option that says how pictures are prepared, if there is one. The samples of a run have been prepared in the training.
fn prepares(options: &Options) -> Option<&'static str> {
    let asked = options.taken.asked();
    [
        ("--fit", asked.fit.is_some()),
        ("--polarity as-is", asked.polarity == Polarity::AsIs),
        ("--size", options.source.size.is_some()),
    ]
    .into_iter()
    .find_map(|(option, is_given)| is_given.then_some(option))
}

/// Samples of the data of the run.
fn of_run(options: &Options, model: &Model, mut experiment: Experiment) -> Result<Samples, Error> {
    if let Some(option) = prepares(options) {
        return Err(Error::Refused {
            what: format!("`{option}` does not fit the samples of the run"),
            expected: "--data with it: other pictures, or the path of these".into(),
            got: "no --data, and so samples that are prepared as in the training".into(),
            remedy: format!("leaving {option} out"),
        });
    }
    let data = &mut experiment.data;
    data.folder = options.source.folder.clone().or(data.folder.take());
    let parts = experiment.parts()?;
    told(&[], &parts.skipped);
    let warning = changed(model, &parts);
    let samples = of_parts(options, model, parts)?;
    warning.iter().for_each(|warning| note(false, warning));
    Ok(samples)
}

/// The data of the run, if `place` has them: its training samples are those on which the network was trained.
fn moved(options: &Options, model: &Model, experiment: &Experiment, place: &str) -> Option<Parts> {
    let trained = model.meaning().filter(|meaning| meaning.digest.is_some())?;
    let are_those = |parts: &Parts| trained.differences(&parts.meaning).is_empty();
    let as_they_are = || {
        let source = DataSource::named(place, options.source.folder.clone()).ok()?;
        let data = experiment.data.at(&source)?;
        Experiment { data, ..experiment.clone() }.parts().ok().filter(are_those)
    };
    // A table may have its columns in another order, or other signs between them.
    let as_the_network_reads = || {
        let opened = options.source.open_for(place, model, &options.taken.asked()).ok()?;
        experiment.clone().parts_of(opened.halves).ok().filter(are_those)
    };
    let mut parts = as_they_are().or_else(as_the_network_reads)?;
    parts.meaning.place = place.to_owned();
    note(
        false,
        &format!(
            "`{}` has the samples on which the network was trained: its halves are those of the run",
            escaped(place)
        ),
    );
    told(&[], &parts.skipped);
    Some(parts)
}

/// Says that the network was trained on some of the samples: if the run has its data at the same place, of which `how` is said, or if they
/// are rows of the training table.
fn tell_if_trained(model: &Model, mut experiment: Experiment, samples: &Samples, how: &str) {
    let place = &samples.place;
    let canonical = |path: &str| Path::new(path).canonicalize().ok();
    let is_own = experiment
        .data
        .source()
        .is_ok_and(|source| canonical(place).is_some_and(|place| canonical(&source.place()) == Some(place)));
    if is_own && model.meaning().is_some_and(|meaning| meaning.digest.is_some()) {
        note(
            false,
            &format!(
                "warning: `{}`: {how};\nthe network was trained on many of these samples, so the results say little about new samples",
                escaped(place)
            ),
        );
    } else if experiment.data.csv.is_some()
        && let Ok(parts) = experiment.parts()
    {
        let (both, all) = (samples.dataset.count_in(&parts.train), samples.dataset.len());
        if both > 0 {
            let place = escaped(place);
            note(
                false,
                &format!(
                    "warning: the network was trained on {both} of these {all} samples of `{place}`:\nthey say nothing about new \
                     samples"
                ),
            );
        }
    }
}

/// The half of `parts` that the options name, or the samples that no step has used.
fn of_parts(options: &Options, model: &Model, parts: Parts) -> Result<Samples, Error> {
    let (dataset, half) = match options.half.map(Half::from) {
        None => parts.measured(),
        Some(half) => match parts.half(half) {
            Some(dataset) => (dataset, half),
            None => return Err(no_half(&format!("the data of `{}`", model.name()), half)),
        },
    };
    check_held_out(model, &parts, half)?;
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
    let dataset = match options.taken.asked().polarity {
        Polarity::Invert => dataset.inverted(),
        Polarity::AsIs | Polarity::Auto => dataset,
    };
    Ok(Samples { dataset, place: parts.place(half).to_owned(), half: half.name(), held_out })
}

/// Samples of a set or a path that does not belong to the run: the half that the options name, or else those to test
/// with, those to validate with, or all.
fn elsewhere(options: &Options, model: &Model, place: &str) -> Result<Samples, Error> {
    let asked = options.taken.asked();
    let Opened { halves, columns } = options.source.open_for(place, model, &asked)?;
    let is_whole = halves.validation.is_none() && halves.test.is_none();
    let wanted = options.half.map(Half::from);
    let has = |half: &Half| halves.half(*half).is_some();
    let half =
        wanted.or_else(|| [Half::Test, Half::Validation].into_iter().find(has)).unwrap_or(halves.leading);
    let Some(dataset) = halves.into_half(half) else { return Err(no_half(&format!("`{place}`"), half)) };
    if columns.is_none() {
        model.far_from_table(&dataset, &asked).iter().for_each(|far| note(false, &escaped(far)));
    }
    let half = if is_whole { "all" } else { half.name() };
    Ok(Samples { dataset, place: place.to_owned(), half, held_out: None })
}

/// The error that data, which messages call `data`, have no such half.
fn no_half(data: &str, half: Half) -> Error {
    Error::Refused {
        what: format!("there are no {} samples in {data}", half.name()),
        expected: "--half with a half that the data have".into(),
        got: format!("--half {}", half.name()),
        remedy:
            "leaving --half out, which measures samples that no step has used if the data have such samples"
                .into(),
    }
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
