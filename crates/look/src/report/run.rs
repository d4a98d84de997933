//! What a report knows of a run.

use toddle::{Float, Network, Profile};
use toddle_data::{Answers, Dataset, Model};

use crate::error::LookError;
use crate::film::Film;
use crate::inside::{Filters, Histogram, Maps, Units, filters, histograms, maps, units};
use crate::measure::{Calibration, Classes, Numbers};
use crate::picture::{Pixels, sample_pixels};

/// What a report knows of a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// The name of the run.
    pub name: String,
    /// What was trained on what: names and values.
    pub facts: Vec<(&'static str, String)>,
    /// The command that trains the experiment from the beginning.
    pub repeat: String,
    /// Whether this gives the same bits: the run is complete, it began from its seed, and its settings have not changed on the way.
    pub repeats: bool,
    /// The settings of the experiment, with all defaults.
    pub settings: String,
    /// The curves of the training, as SVG.
    pub curves: String,
    /// The samples that the network was measured on, in words.
    pub measured_on: String,
    /// How the network did on these samples.
    pub measured: Measured,
    /// What there is inside the network.
    pub inside: Inside,
    /// The film of the training.
    pub film: Option<Film>,
}

impl Run {
    /// What the command [`repeat`](Self::repeat) does.
    pub(super) fn what_repeats(&self) -> &'static str {
        match self.repeats {
            true => "This command trains the network again, with the same bits:",
            false => "This command trains a network with the same settings from the beginning:",
        }
    }
}

/// How a network did on samples.
#[derive(Clone, Debug)]
pub enum Measured {
    /// The samples have classes.
    Classes {
        /// The measurements.
        classes: Classes,
        /// Whether the probabilities are right.
        calibration: Calibration,
        /// The most confident mistakes as pictures. Empty if the samples are no pictures.
        mistakes: Vec<Tile>,
    },
    /// The samples have target numbers.
    Numbers(Numbers),
    /// It was not measured: why.
    Nothing(String),
}

/// A picture with some lines of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// The picture.
    pub pixels: Pixels,
    /// The text below it.
    pub lines: Vec<String>,
}

/// What there is inside a network.
#[derive(Clone, Debug)]
pub struct Inside {
    /// The layers.
    pub layers: Vec<LayerRow>,
    /// The peak of the core on which the layers were timed, in floating-point operations a second. None if they were not timed.
    pub peak: Option<f64>,
    /// The filters of the first convolution.
    pub filters: Option<Filters>,
    /// The sample of which the feature maps are.
    pub sample: Option<Tile>,
    /// The feature maps of this sample.
    pub maps: Vec<Maps>,
    /// The weights of each layer.
    pub histograms: Vec<Histogram>,
    /// The units that are stuck for all samples, and the number of these samples.
    pub units: (Vec<Units>, usize),
}

/// A layer in a table.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerRow {
    /// The name.
    pub name: String,
    /// The kind and the settings.
    pub what: String,
    /// The shape of the output.
    pub output: String,
    /// The number of parameters.
    pub parameters: usize,
    /// Seconds for one sample, forward and backward. None where a neighbouring layer does the work, or where nothing was timed.
    pub seconds: [Option<f64>; 2],
}

/// The longest side of a picture in a report, in pixels.
const SIDE: usize = 64;
/// The most mistakes that are shown.
const MISTAKES: usize = 24;

impl Measured {
    /// Measures `answers` for the samples of `dataset`.
    ///
    /// # Errors
    /// There are no samples, the answers do not fit them, or an answer is NaN.
    pub fn of(model: &Model, dataset: &Dataset, answers: &Answers) -> Result<Measured, LookError> {
        if dataset.classes() == 0 {
            return Ok(Measured::Numbers(Numbers::of(model, dataset, answers, MISTAKES)?));
        }
        let classes = Classes::of(model, dataset, answers, MISTAKES)?;
        let tile = |mistake: &crate::measure::Mistake| {
            let said = format!("says {}, {:.1} %", mistake.says, 100.0 * mistake.probability);
            let lines = vec![format!("true {}", mistake.truth), said, format!("sample {}", mistake.sample)];
            Some(Tile { pixels: sample_pixels(model, dataset, mistake.sample)?.at_most(SIDE), lines })
        };
        let mistakes = classes.worst.iter().filter_map(tile).collect();
        let calibration = Calibration::of(&answers.probabilities, dataset.labels());
        Ok(Measured::Classes { classes, calibration, mistakes })
    }
}

/// The samples for which stuck units are looked for.
const LOOKED_AT: usize = 256;

impl Inside {
    /// What there is inside `network`, for samples of `dataset`.
    ///
    /// # Errors
    /// The samples do not fit the network, or there is not enough memory.
    pub fn of<T: Float + From<f32>>(
        network: &Network<T>,
        model: &Model,
        dataset: &Dataset,
        profile: Option<&Profile>,
    ) -> Result<Inside, LookError> {
        let count = dataset.len().min(LOOKED_AT);
        let mut one = vec![0.0; dataset.size()];
        let mut x: Vec<T> = Vec::with_capacity(count * one.len());
        for n in 0..count {
            dataset.write_input(n * dataset.len() / count, &mut one);
            x.extend(one.iter().map(|&x| T::from(x)));
        }
        let first = &x[..network.input().size().min(x.len())];
        let sample = (count > 0).then(|| sample_pixels(model, dataset, 0)).flatten();
        let caption = || vec![format!("sample 0: {}", dataset.caption(0))];
        Ok(Inside {
            layers: layers(network, profile),
            peak: profile.map(|profile| profile.peak),
            filters: filters(network),
            maps: if count > 0 { maps(network, first)? } else { Vec::new() },
            sample: sample.map(|pixels| Tile { pixels: pixels.at_most(SIDE), lines: caption() }),
            histograms: histograms(network),
            units: (if count > 0 { units(network, &x)? } else { Vec::new() }, count),
        })
    }
}

/// The layers of a network, with their times.
fn layers<T: Float>(network: &Network<T>, profile: Option<&Profile>) -> Vec<LayerRow> {
    let each = network.nodes().iter().enumerate();
    let row = |(n, node): (usize, &toddle::Node<T>)| {
        let time = profile.and_then(|profile| profile.layers.get(n).copied().flatten());
        LayerRow {
            name: node.name().to_owned(),
            what: node.layer().map_or(node.kind().to_owned(), |layer| layer.spec().to_string()),
            output: node.output().to_string(),
            parameters: if node.owner() == n { network.layout().layer(n).len() } else { 0 },
            seconds: [time.and_then(|time| time.forward), time.and_then(|time| time.backward)],
        }
    };
    each.map(row).collect()
}
