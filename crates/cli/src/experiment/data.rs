//! The samples to train on and to validate with.

use std::path::Path;

use toddle::{Float, Network};
use toddle_data::{Arrays, Csv, CsvTargets, DataError, Dataset, Halves, ImageFolder, Scaling};

use super::settings::{DataSettings, Experiment, ScalingKind, Validation};
use crate::data;
use crate::error::{Error, ExperimentError};
use crate::output::note;

/// The samples of an experiment.
pub struct Parts {
    /// Those to train on.
    pub train: Dataset,
    /// Those to validate with.
    pub validation: Option<Dataset>,
}

impl Parts {
    /// Whether `network` takes such samples and answers with as many numbers as their targets have.
    pub fn fit<T: Float>(&self, network: &Network<T>) -> Result<(), Error> {
        let fits = |what: &str, data: usize, networks: usize, remedy: &str| {
            if data == networks {
                return Ok(());
            }
            let (expected, got) = (format!("{data} {what}, as the data have"), format!("{networks}"));
            Err(ExperimentError::new("[network]".into(), "it does not fit the data", &expected, &got, remedy))
        };
        fits("inputs", self.train.size(), network.input().size(), "leaving `input` out")?;
        fits("outputs", self.train.target_size(), network.output().size(), "as many in the last layer")
    }
}

impl Experiment {
    /// Reads the samples, and writes into the settings what they left to these.
    pub fn parts(&mut self) -> Result<Parts, Error> {
        let seed = u64::from(self.seed);
        let parts = self.data.parts(seed)?;
        if self.network.input.is_none() {
            self.network.input = Some(self.network(parts.train.shape()).input);
        }
        Ok(parts)
    }
}

impl DataSettings {
    fn parts(&mut self, seed: u64) -> Result<Parts, Error> {
        let (train, test) = self.read()?;
        let shaped = |dataset: Dataset| match self.shape {
            Some(shape) => dataset.with_shape(shape),
            None => Ok(dataset),
        };
        let (mut train, test) = (shaped(train)?, test.map(shaped).transpose()?);
        if let Some(first) = self.first {
            train = train.first(first)?;
        }
        let wanted =
            self.validation.unwrap_or(if test.is_some() { Validation::Test } else { Validation::None });
        self.validation = Some(wanted);
        let count = train.len();
        let (train, validation) = match (wanted, test) {
            (Validation::None, _) => (train, None),
            (Validation::Test, Some(test)) => (train, Some(test)),
            (Validation::Test, None) => {
                let expected = "samples to test with beside those to train on";
                return Err(wrong(
                    "these data cannot be validated with",
                    expected,
                    "none",
                    "{ fraction = 0.1 }",
                ));
            }
            (Validation::Fraction(part), _) if !(part > 0.0 && part < 1.0) => {
                let got = part.to_string();
                return Err(wrong("no such part can be held out", "above 0 and less than 1", &got, "0.1"));
            }
            (Validation::Fraction(part), _) => {
                held(train.hold_out((count as f64 * part).ceil() as usize, seed)?)
            }
            (Validation::Samples(samples), _) => held(train.hold_out(samples, seed)?),
            (Validation::Last(samples), _) => {
                let rest = train.first(count.saturating_sub(samples))?;
                let last: Vec<usize> = (rest.len()..count).collect();
                held((rest, train.subset(&last)?))
            }
        };
        if train.is_empty() {
            let (expected, remedy) = ("one sample or more", "a larger `first`, or fewer to validate with");
            let got = format!("{count} samples, of which {count} are held out");
            return Err(wrong("nothing is left to train on", expected, &got, remedy));
        }
        let scaling = self.scaling(&train);
        let scaled = |dataset: Dataset| dataset.with_scaling(scaling.clone());
        Ok(Parts { train: scaled(train)?, validation: validation.map(scaled).transpose()? })
    }

    /// Samples to train on, and those to test with where the data have such.
    fn read(&self) -> Result<(Dataset, Option<Dataset>), Error> {
        let DataSettings { set, csv, npz, images, inputs, targets, .. } = self;
        Ok(match (set, csv, npz, images, inputs, targets) {
            (Some(name), None, None, None, None, None) => {
                let found = data::find(data::named(name)?, self.folder.as_deref())?;
                (found.train()?, Some(found.test()?))
            }
            (None, Some(csv), None, None, None, None) => (self.table(csv)?, None),
            (None, None, Some(npz), None, None, None) => halves(Arrays::default().halves(npz)?),
            (None, None, None, Some(images), None, None) => {
                let reader = ImageFolder { size: self.size, ..ImageFolder::default() };
                halves(reader.halves(images)?)
            }
            (None, None, None, None, Some(inputs), Some(targets)) => (written_out(inputs, targets)?, None),
            _ => {
                let given = [
                    ("set", set.is_some()),
                    ("csv", csv.is_some()),
                    ("npz", npz.is_some()),
                    ("images", images.is_some()),
                    ("inputs", inputs.is_some()),
                    ("targets", targets.is_some()),
                ];
                let given: Vec<&str> =
                    given.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
                let got = if given.is_empty() { "none of them".into() } else { given.join(", ") };
                let expected = "one of set, csv, npz, images, or inputs with targets";
                return Err(wrong("the data are not clear", expected, &got, "set = \"mnist\""));
            }
        })
    }

    fn table(&self, path: &Path) -> Result<Dataset, DataError> {
        let kind = if self.numbers { CsvTargets::Numbers } else { CsvTargets::Classes };
        Csv { kind, ..Csv::default() }.read(path)
    }

    /// The scaling, which the samples to train on decide where the settings do not.
    fn scaling(&mut self, train: &Dataset) -> Scaling {
        if self.scaling == ScalingKind::Unit {
            return Scaling::Unit;
        }
        if let Scaling::Standard { mean, deviation } = train.standard_scaling() {
            self.mean.get_or_insert(mean);
            self.deviation.get_or_insert(deviation);
        }
        let [mean, deviation] =
            [&self.mean, &self.deviation].map(|numbers| numbers.clone().unwrap_or_default());
        Scaling::Standard { mean, deviation }
    }
}

/// The samples to train on, and those to test with; without such, those to validate with.
fn halves(halves: Halves) -> (Dataset, Option<Dataset>) {
    for said in &halves.report.notes {
        note(false, said);
    }
    (halves.train, halves.test.or(halves.validation))
}

fn held((train, validation): (Dataset, Dataset)) -> (Dataset, Option<Dataset>) {
    (train, Some(validation))
}

fn written_out(inputs: &[Vec<f32>], targets: &[Vec<f32>]) -> Result<Dataset, Error> {
    let sizes = |rows: &[Vec<f32>]| rows.first().map_or(0, Vec::len);
    let (input, target) = (sizes(inputs), sizes(targets));
    let even = |rows: &[Vec<f32>], size| rows.iter().all(|row| row.len() == size);
    if inputs.len() != targets.len() || !even(inputs, input) || !even(targets, target) {
        let got = format!("{} inputs and {} targets", inputs.len(), targets.len());
        let expected = "a target for each input, and as many numbers in each";
        return Err(wrong(
            "inputs and targets do not fit together",
            expected,
            &got,
            "[[0, 1]] and [[1]], say",
        ));
    }
    Ok(Dataset::with_numbers("inputs", [input, 1, 1], inputs.concat(), targets.concat(), target)?)
}

fn wrong(what: &str, expected: &str, got: &str, remedy: &str) -> Error {
    ExperimentError::new("[data]".into(), what, expected, got, remedy)
}
