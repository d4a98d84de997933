//! `toddle look`: what there is to see in a trained network, as a picture.
//!
//! | file | idea |
//! |---|---|
//! | `options.rs` | the options of the command |
//! | `scene.rs` | the sample that is looked at |

mod options;
mod scene;

pub use options::Options;

use toddle::{Float, Network, escaped};
use toddle_data::{AskedFor, Dataset};
use toddle_look::film::strip;
use toddle_look::inside::histograms;
use toddle_look::measure::{Calibration, Classes};
use toddle_look::plot;
use toddle_look::show::Shown;
use toddle_run::error::Error;
use toddle_run::picture::{Format, Target as File};
use toddle_run::report::{self, Look, Subject};
use toddle_run::shell::quoted;

use crate::ending::Ending;
use crate::output::note;
use options::What;

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    options.check()?;
    let format = format(options)?;
    let file = File::new(&options.out, format)?;
    let subject = Subject::open(&options.run)?;
    subject.notes.iter().for_each(|text| note(options.quiet, text));
    let (dataset, _) = subject.measured_on()?;
    let shown = match options.what {
        What::Confusion | What::Calibration => Shown::Chart(of_classes(options.what, &subject, &dataset)?),
        What::Scatter => Shown::Chart(of_numbers(options, &subject, &dataset)?),
        What::Film => Shown::Chart(film(options, &subject)?),
        _ => subject.network(Asked { options, subject: &subject, dataset: &dataset })?,
    };
    let picture = match (shown, format) {
        (Shown::Sheet(sheet), Format::Png) => sheet.png(),
        (Shown::Sheet(sheet), _) => sheet.svg().into_bytes(),
        (Shown::Chart(svg), _) => svg.into_bytes(),
    };
    file.write(&picture)?;
    note(options.quiet, &format!("wrote {}", escaped(options.out.display())));
    Ok(Ending::Complete)
}

/// The format that the name of the file asks for.
fn format(options: &Options) -> Result<Format, Error> {
    let ending = options.out.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let is_pixels = matches!(
        options.what,
        What::Filters | What::Maps | What::Saliency | What::Nudge | What::Excite | What::Neighbours
    );
    match ending.as_deref() {
        Some("png") if is_pixels => Ok(Format::Png),
        Some("svg") => Ok(Format::Svg),
        other => Err(Error::Refused {
            what: format!("this cannot be drawn into `{}`", options.out.display()),
            expected: if is_pixels {
                "a name that ends in .svg or .png"
            } else {
                "a chart, which ends in .svg"
            }
            .into(),
            got: other.map_or("a name without an ending".into(), |ending| format!(".{ending}")),
            remedy: format!("--out {}", options.out.with_extension("svg").display()),
        }),
    }
}

/// The confusion matrix, or the calibration.
fn of_classes(what: What, subject: &Subject, dataset: &Dataset) -> Result<String, Error> {
    let refused = |expected: &str, got: String, remedy: &str| {
        let (what, expected, remedy) = ("this cannot be drawn".into(), expected.into(), remedy.into());
        Err(Error::Refused { what, expected, got, remedy })
    };
    if dataset.classes() == 0 {
        return refused("samples of classes", "samples with target numbers".into(), "--what scatter");
    }
    let (answers, _) = subject.model.ask_all(dataset, &AskedFor::default())?;
    if what == What::Calibration {
        return Ok(plot::reliability(&Calibration::of(&answers.probabilities, dataset.labels())));
    }
    if subject.model.classes().len() > plot::MOST_CLASSES {
        let (expected, got) =
            (format!("at most {} classes", plot::MOST_CLASSES), subject.model.classes().len());
        return refused(&expected, got.to_string(), "toddle eval, which prints the most frequent confusions");
    }
    let classes = Classes::of(&subject.model, dataset, &answers, 0)?;
    Ok(plot::confusion(subject.model.classes(), &classes.confusion))
}

/// The answers of a regression against the targets.
fn of_numbers(options: &Options, subject: &Subject, dataset: &Dataset) -> Result<String, Error> {
    if dataset.classes() > 0 {
        return Err(Error::Refused {
            what: "this cannot be drawn".into(),
            expected: "samples with target numbers".into(),
            got: "samples of classes".into(),
            remedy: "--what confusion".into(),
        });
    }
    let (answers, _) = subject.model.ask_all(dataset, &AskedFor::default())?;
    let numbers = toddle_look::measure::Numbers::of(&subject.model, dataset, &answers, 0)?;
    let targets = match scene::class(options, &subject.model)? {
        Some(place) => &numbers.targets[place..=place],
        None => &numbers.targets[..],
    };
    if targets.len() > plot::MOST_SCATTERS {
        return Err(Error::Refused {
            what: "there are too many targets for one picture".into(),
            expected: format!("at most {} targets", plot::MOST_SCATTERS),
            got: targets.len().to_string(),
            remedy: format!("--class {}, or another target", quoted(&targets[0].target)),
        });
    }
    Ok(plot::scatters(targets))
}

/// The film of the training.
fn film(options: &Options, subject: &Subject) -> Result<String, Error> {
    let film = report::film(&options.run);
    let strip =
        film.as_ref().and_then(|film| strip(film, &format!("The training of {}", subject.experiment.name)));
    strip.ok_or_else(|| Error::Refused {
        what: format!("`{}` has no film that can be drawn", options.run.display()),
        expected: "the film of a network with rows and columns".into(),
        got: if film.is_some() { "a film of vectors only" } else { "no film" }.into(),
        remedy: "--what histograms, or a run that this version of toddle has trained".into(),
    })
}

/// What is asked of the network.
struct Asked<'a> {
    options: &'a Options,
    subject: &'a Subject,
    dataset: &'a Dataset,
}

impl Look for Asked<'_> {
    type Output = Shown;

    fn look<T: Float + From<f32>>(self, network: &Network<T>) -> Result<Shown, Error> {
        let Asked { options, subject, dataset } = self;
        if options.what == What::Histograms {
            return Ok(Shown::Chart(plot::histograms(&histograms(network))));
        }
        let scene = scene::of(options, subject, dataset, network)?;
        let layer = options.layer.as_deref();
        Ok(match options.what {
            What::Filters => scene.filters()?,
            What::Maps => scene.maps(layer)?,
            What::Nudge => scene.nudge()?,
            What::Excite => scene.excite(layer, options.unit)?,
            What::Neighbours => scene.neighbours(&subject.parts.train)?,
            What::Map => scene.map(dataset)?,
            _ => scene.saliency(scene::class(options, &subject.model)?)?,
        })
    }
}
