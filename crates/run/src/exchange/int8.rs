//! Integers of eight bits: the samples that calibrate them, and what they change in the answers.

use std::path::Path;

use serde_json::{Value, json};
use toddle::{Network, argmax};
use toddle_data::{Dataset, Half, Model, probabilities};
use toddle_exchange::Needs;
use toddle_exchange::int8::Quantized;
use toddle_look::digits::grouped;

use crate::error::Error;
use crate::report::Subject;
use crate::run;

/// The most samples that decide the ranges. They are spread evenly over the training samples.
const CALIBRATION: usize = 512;

/// The most samples that measure the answers.
const MEASURED: usize = 10_000;

/// The samples that the network of 32 bits answers at once.
const AT_ONCE: usize = 512;

/// A network with integers of eight bits, and its answers beside those of the network of 32 bits.
#[derive(Debug)]
pub struct Int8 {
    pub(super) quantized: Quantized,
    calibration: usize,
    samples: usize,
    half: &'static str,
    measured: Measured,
}

/// What was measured.
#[derive(Debug)]
enum Measured {
    /// The shares of the samples with the right class, and of those with the same class from both networks.
    Classes { right: f64, right_of_32_bits: f64, equal: f64 },
    /// The mean absolute errors, and the mean absolute difference of the answers, in the unit of the targets.
    Numbers { error: f64, error_of_32_bits: f64, difference: f64 },
}

impl Int8 {
    /// `network`, the model of `model`: a run's folder, or a file in it. The training samples of the run decide the ranges. `told` is
    /// called with each note about the data.
    ///
    /// # Errors
    /// There is no run or its data are not there, or a layer has no form with integers.
    pub fn new(model: &Path, network: &Network<f32>, told: impl FnMut(&String)) -> Result<Int8, Error> {
        let folder = if model.is_dir() { Some(model) } else { model.parent() };
        let Some(folder) = folder.filter(|folder| run::is_run(folder)) else {
            return Err(no_run(model));
        };
        let subject = Subject::open(folder)?;
        subject.notes.iter().for_each(told);
        let train = &subject.parts.train;
        let calibration = spread(train, CALIBRATION)?;
        let x: Vec<f32> = calibration.inputs();
        train.check_read()?;
        let quantized = Quantized::new(network, &x)?;
        let (dataset, half) = subject.measured_on()?;
        let dataset = spread(&dataset, MEASURED)?;
        let half = match half {
            Half::Train => "training",
            half => half.name(),
        };
        let measured = Measured::of(&quantized, network, &subject.model, &dataset)?;
        Ok(Int8 { quantized, calibration: calibration.len(), samples: dataset.len(), half, measured })
    }

    /// The measurements as lines.
    pub fn lines(&self) -> String {
        let samples = format!("{} {} samples", grouped(self.samples as u64), self.half);
        let measured = match self.measured {
            Measured::Classes { right, right_of_32_bits, equal } => {
                let [right, other, equal] = [right, right_of_32_bits, equal].map(|share| 100.0 * share);
                format!(
                    "int8: {right:.2} % of the {samples} are right; 32 bits: {other:.2} %; {:+.2} points\n\
                     int8: {equal:.2} % of the answers are those of 32 bits",
                    right - other
                )
            }
            Measured::Numbers { error, error_of_32_bits, difference } => format!(
                "int8: mean absolute error {error:.5} on the {samples}; 32 bits: {error_of_32_bits:.5}\n\
                 int8: mean absolute difference from the answers of 32 bits {difference:.5}"
            ),
        };
        let Needs { flash, ram, .. } = self.quantized.float_needs();
        let calibration = grouped(self.calibration as u64);
        format!(
            "with 32 bits: weights {flash} bytes, values {ram} bytes\n\
             int8: ranges from {calibration} training samples\n{measured}\n"
        )
    }

    /// The same as JSON.
    pub(super) fn json(&self) -> Value {
        let (needs, float) = (self.quantized.needs(), self.quantized.float_needs());
        let mut all = json!({
            "calibration_samples": self.calibration,
            "samples": self.samples,
            "half": self.half,
            "weights_bytes": needs.flash,
            "values_bytes": needs.ram,
            "weights_bytes_32_bits": float.flash,
            "values_bytes_32_bits": float.ram,
        });
        let measured = match self.measured {
            Measured::Classes { right, right_of_32_bits, equal } => {
                json!({ "accuracy": right, "accuracy_32_bits": right_of_32_bits, "equal": equal })
            }
            Measured::Numbers { error, error_of_32_bits, difference } => json!({
                "mean_absolute_error": error,
                "mean_absolute_error_32_bits": error_of_32_bits,
                "mean_absolute_difference": difference,
            }),
        };
        if let (Value::Object(all), Value::Object(measured)) = (&mut all, measured) {
            all.extend(measured);
        }
        all
    }
}

impl Measured {
    /// Asks both networks about the samples of `dataset`.
    fn of(
        quantized: &Quantized,
        network: &Network<f32>,
        model: &Model,
        dataset: &Dataset,
    ) -> Result<Measured, Error> {
        let x: Vec<f32> = dataset.inputs();
        dataset.check_read()?;
        let mut y_of_32_bits = Vec::new();
        for x in x.chunks(AT_ONCE * dataset.size()) {
            y_of_32_bits.extend(network.predict(x)?);
        }
        let both = [quantized.predict(&x)?, y_of_32_bits];
        if dataset.classes() == 0 {
            return Ok(Measured::numbers(&both, model, dataset.numbers()));
        }
        Measured::classes(both, network, dataset.labels())
    }

    fn classes(both: [Vec<f32>; 2], network: &Network<f32>, labels: &[u32]) -> Result<Measured, Error> {
        let last = network.nodes().last().and_then(|node| node.layer()).map(|layer| layer.spec());
        let width = network.output().size();
        let classes = |y: Vec<f32>| -> Result<Vec<usize>, Error> {
            let y: Vec<f64> = y.into_iter().map(f64::from).collect();
            // A single output tells two classes apart.
            Ok(probabilities(last.clone(), &y, width)?.chunks(width.max(2)).map(argmax).collect())
        };
        let [of_8_bits, of_32_bits] = both;
        let (of_8_bits, of_32_bits) = (classes(of_8_bits)?, classes(of_32_bits)?);
        let labels: Vec<usize> = labels.iter().map(|label| *label as usize).collect();
        Ok(Measured::Classes {
            right: share(&of_8_bits, &labels),
            right_of_32_bits: share(&of_32_bits, &labels),
            equal: share(&of_8_bits, &of_32_bits),
        })
    }

    fn numbers(both: &[Vec<f32>; 2], model: &Model, truth: &[f32]) -> Measured {
        let width = model.output().size();
        let [of_8_bits, of_32_bits] = both.each_ref().map(|y| -> Vec<f64> {
            let undone = |(n, y): (usize, &f32)| match model.target_scaling() {
                Some(scaling) => scaling.undo(f64::from(*y), n % width),
                None => f64::from(*y),
            };
            y.iter().enumerate().map(undone).collect()
        });
        let truth: Vec<f64> = truth.iter().copied().map(f64::from).collect();
        Measured::Numbers {
            error: distance(&of_8_bits, &truth),
            error_of_32_bits: distance(&of_32_bits, &truth),
            difference: distance(&of_8_bits, &of_32_bits),
        }
    }
}

/// At most `most` samples, spread evenly.
fn spread(dataset: &Dataset, most: usize) -> Result<Dataset, Error> {
    let (all, count) = (dataset.len(), dataset.len().min(most));
    let places: Vec<usize> = (0..count).map(|n| n * all / count).collect();
    Ok(dataset.subset(&places)?)
}

/// The share of equal elements.
fn share(a: &[usize], b: &[usize]) -> f64 {
    let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
    equal as f64 / a.len() as f64
}

/// The mean absolute difference.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / a.len() as f64
}

/// The error for a model without the samples of its training.
fn no_run(model: &Path) -> Error {
    Error::Refused {
        what: format!("--int8 finds no training samples for `{}`", model.display()),
        expected:
            "a run's folder, whose experiment names its data: the samples decide the ranges of the integers"
                .into(),
        got: "a model without a run".into(),
        remedy:
            "the folder that toddle train wrote, or toddle import with --as for a network of another program"
                .into(),
    }
}
