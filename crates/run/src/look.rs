//! What there is to see in a trained network.

use std::path::Path;

use serde::Deserialize;
use toddle::{Float, Network};
use toddle_data::{AskedFor, Dataset, Model};
use toddle_look::film::strip;
use toddle_look::inside::histograms;
use toddle_look::measure::{Calibration, Classes, Numbers};
use toddle_look::plot;
use toddle_look::show::{Limits, Scene, Shown};

use crate::error::Error;
use crate::report;

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// The filters of the first convolution
    Filters,
    /// The feature maps of a sample
    Maps,
    /// Which inputs of a sample speak for its answer
    Saliency,
    /// A small change of all pixels of a sample that turns its answer
    Nudge,
    /// The pictures that excite units most
    Excite,
    /// The training samples that are nearest to a sample, in the last hidden layer
    Neighbours,
    /// A map of the samples, as the last hidden layer sees them
    Map,
    /// The confusion matrix
    Confusion,
    /// How often answers of some probability are right
    Calibration,
    /// The weights of each layer
    Histograms,
    /// The answers of a regression against the targets
    Scatter,
    /// What the network looked like during its training
    Film,
}

impl What {
    /// The names of the options that it takes, beside those that all take.
    pub fn takes(self) -> &'static [&'static str] {
        match self {
            What::Maps => &["sample", "image", "layer"],
            What::Saliency => &["sample", "image", "class"],
            What::Nudge | What::Neighbours => &["sample", "image"],
            What::Excite => &["layer", "unit"],
            What::Scatter => &["class"],
            What::Filters
            | What::Map
            | What::Confusion
            | What::Calibration
            | What::Histograms
            | What::Film => &[],
        }
    }

    /// Whether it is made of pixels, so that it can be PNG.
    pub fn is_pixels(self) -> bool {
        matches!(
            self,
            What::Filters | What::Maps | What::Saliency | What::Nudge | What::Excite | What::Neighbours
        )
    }
}

/// What is looked at.
#[derive(Debug)]
pub struct View<'a> {
    /// The network with what its data meant.
    pub model: &'a Model,
    /// The samples that the network is measured on. Their classes are those of the model.
    pub samples: &'a Dataset,
    /// The samples among which neighbours are looked for.
    pub train: &'a Dataset,
    /// The inputs of the sample that is looked at, and what the sample is called.
    pub sample: (Vec<f32>, String),
}

/// Which part is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part<'a> {
    /// The layer. None: all layers of the maps; the classes of the pictures that excite.
    pub layer: Option<&'a str>,
    /// The unit of the layer. None: all units.
    pub unit: Option<usize>,
    /// The class that is asked about, or the target of a regression. None: the answer of the network; all targets.
    pub class: Option<&'a str>,
}

impl View<'_> {
    /// Draws `part` of `what`. A film is drawn by [`film`].
    ///
    /// # Errors
    /// The network or its samples do not have what is asked for.
    pub fn draw<T: Float + From<f32>>(
        &self,
        what: What,
        part: Part<'_>,
        network: &Network<T>,
    ) -> Result<Shown, Error> {
        let View { model, samples, train, sample: (x, caption) } = self;
        let class = part.class.map(|class| class_of(model, class)).transpose()?;
        let scene = || Scene {
            network,
            model,
            x: x.iter().map(|&x| T::from(x)).collect(),
            caption: caption.clone(),
            limits: Limits::of(model, samples),
        };
        Ok(match what {
            What::Filters => scene().filters()?,
            What::Maps => scene().maps(part.layer)?,
            What::Saliency => scene().saliency(class)?,
            What::Nudge => scene().nudge()?,
            What::Excite => scene().excite(part.layer, part.unit)?,
            What::Neighbours => scene().neighbours(train)?,
            What::Map => scene().map(samples)?,
            What::Histograms => Shown::Chart(plot::histograms(&histograms(network))),
            What::Confusion | What::Calibration => Shown::Chart(of_classes(what, model, samples)?),
            What::Scatter => Shown::Chart(of_numbers(model, samples, class)?),
            What::Film => return Err(no_film("this network", "a network without its run")),
        })
    }
}

/// The film of the run in `folder`, whose experiment is called `name`.
///
/// # Errors
/// The folder has no film, or a film of a network without rows and columns.
pub fn film(folder: &Path, name: &str) -> Result<Shown, Error> {
    let film = report::film(folder);
    let strip = film.as_ref().and_then(|film| strip(film, &format!("The training of {name}")));
    let got = if film.is_some() { "a film of vectors only" } else { "no film" };
    strip.map(Shown::Chart).ok_or_else(|| no_film(&format!("`{}`", folder.display()), got))
}

fn no_film(what: &str, got: &str) -> Error {
    Error::Refused {
        what: format!("{what} has no film that can be drawn"),
        expected: "the film of a network with rows and columns".into(),
        got: got.into(),
        remedy: "histograms, which every network has".into(),
    }
}

/// The confusion matrix, or the calibration.
fn of_classes(what: What, model: &Model, samples: &Dataset) -> Result<String, Error> {
    let refused = |expected: &str, got: String, remedy: &str| {
        let (what, expected, remedy) = ("this cannot be drawn".into(), expected.into(), remedy.into());
        Err(Error::Refused { what, expected, got, remedy })
    };
    if samples.classes() == 0 || model.is_regression() {
        return refused("samples of classes", "samples with target numbers".into(), "scatter");
    }
    let (answers, _) = model.ask_all(samples, &AskedFor::default())?;
    if what == What::Calibration {
        return Ok(plot::reliability(&Calibration::of(&answers.probabilities, samples.labels())));
    }
    if model.classes().len() > plot::MOST_CLASSES {
        let (expected, got) = (format!("at most {} classes", plot::MOST_CLASSES), model.classes().len());
        return refused(&expected, got.to_string(), "toddle eval, which prints the most frequent confusions");
    }
    let classes = Classes::of(model, samples, &answers, 0)?;
    Ok(plot::confusion(model.classes(), &classes.confusion))
}

/// The answers of a regression against the targets: all of them, or one.
fn of_numbers(model: &Model, samples: &Dataset, target: Option<usize>) -> Result<String, Error> {
    if samples.classes() > 0 || !model.is_regression() {
        return Err(Error::Refused {
            what: "this cannot be drawn".into(),
            expected: "samples with target numbers".into(),
            got: "samples of classes".into(),
            remedy: "confusion".into(),
        });
    }
    let (answers, _) = model.ask_all(samples, &AskedFor::default())?;
    let numbers = Numbers::of(model, samples, &answers, 0)?;
    let targets = match target {
        Some(place) => &numbers.targets[place..=place],
        None => &numbers.targets[..],
    };
    if targets.len() > plot::MOST_SCATTERS {
        return Err(Error::Refused {
            what: "there are too many targets for one picture".into(),
            expected: format!("at most {} targets", plot::MOST_SCATTERS),
            got: targets.len().to_string(),
            remedy: format!("one target, such as `{}`", targets[0].target),
        });
    }
    Ok(plot::scatters(targets))
}

/// The place of the class or of the target that is called `class`.
fn class_of(model: &Model, class: &str) -> Result<usize, Error> {
    let names = if model.is_regression() { model.target_names() } else { model.classes().to_vec() };
    match names.iter().position(|name| name == class) {
        Some(place) => Ok(place),
        None => Err(Error::Refused {
            what: "there is no such class".into(),
            expected: names.join(", "),
            got: class.to_owned(),
            remedy: "one of them, or none".into(),
        }),
    }
}
