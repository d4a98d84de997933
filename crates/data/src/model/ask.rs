//! What a network says, and how its outputs become probabilities.

use toddle::{LayerSpec, Shape};
use toddle_lanes::math;

use crate::budget::Budget;
use crate::error::DataError;
use crate::meaning::{Link, softmax};

use super::Model;
use super::numbers::Numbers;

/// What outputs can be.
const LOGITS: &str = "logits";
const LOGARITHMS: &str = "logarithms of probabilities";
const OTHERS: &str = "no probabilities";

/// The answers of a network about samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// The outputs of the network, or the numbers that they mean, sample after sample.
    pub outputs: Vec<f64>,
    /// A probability for each class, sample after sample. Empty if the network has no classes.
    pub probabilities: Vec<f64>,
}

/// How outputs become probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// They are probabilities.
    Probabilities,
    /// By softmax: outputs are their logarithms, or anything else. In words, what they are.
    Softmax(&'static str),
    /// There is one output, the probability of the second class.
    One,
    /// There is one output, to which a sigmoid gives the probability of the second class.
    OneLogit,
    /// A sigmoid gives each of them the probability of its class.
    Sigmoids,
    /// They are numbers that were learned, or become such numbers by the links of the outputs.
    Numbers,
}

impl Ends {
    /// How the outputs of a network that ends with this layer become probabilities.
    pub fn of(last: Option<LayerSpec>, outputs: usize) -> Ends {
        match (last, outputs) {
            (Some(LayerSpec::Sigmoid | LayerSpec::HardSigmoid), 1) => Ends::One,
            (_, 1) => Ends::OneLogit,
            (Some(LayerSpec::Softmax(_)), _) => Ends::Probabilities,
            (Some(LayerSpec::LogSoftmax(_)), _) => Ends::Softmax(LOGARITHMS),
            (Some(LayerSpec::Dense(_)), _) => Ends::Softmax(LOGITS),
            _ => Ends::Softmax(OTHERS),
        }
    }

    /// The same after a training whose loss has this link, if it is known.
    pub fn after(self, link: Option<&Link>) -> Ends {
        match (self, link) {
            (Ends::Softmax(LOGITS), Some(Link::Sigmoid)) => Ends::Sigmoids,
            (Ends::Softmax(LOGITS), Some(Link::Identity)) => Ends::Softmax(OTHERS),
            _ => self,
        }
    }

    /// The probabilities of so many classes, sample after sample. Empty if outputs are numbers.
    fn probabilities(self, outputs: &[f64], classes: usize) -> Result<Vec<f64>, DataError> {
        let both = |p: &f64| [1.0 - p, *p];
        match self {
            Ends::Numbers => Ok(Vec::new()),
            Ends::Probabilities => Ok(outputs.to_vec()),
            Ends::Sigmoids => Ok(outputs.iter().map(|&y| math::sigmoid(y)).collect()),
            Ends::One => Ok(outputs.iter().flat_map(both).collect()),
            // A sigmoid is the softmax of 0 and its argument.
            Ends::OneLogit => {
                softmax(&outputs.iter().flat_map(|&y| [0.0, y]).collect::<Vec<_>>(), Shape::vector(2))
            }
            Ends::Softmax(_) => softmax(outputs, Shape::vector(classes)),
        }
    }
}

/// The probabilities of classes, sample after sample, from the `outputs` of a network whose last layer is `last` and
/// which has `width` outputs: two for a single output, which means yes or no. A softmax or a sigmoid is applied where the loss of the training does it.
///
/// **Errors:** if there are more outputs than softmax takes.
pub fn probabilities(last: Option<LayerSpec>, outputs: &[f64], width: usize) -> Result<Vec<f64>, DataError> {
    Ends::of(last, width).probabilities(outputs, width.max(2))
}

impl Model {
    /// Whether the outputs are logits or logarithms, of which the loss of the training made probabilities.
    pub fn are_logits(&self) -> bool {
        matches!(self.ends, Ends::OneLogit | Ends::Sigmoids | Ends::Softmax(LOGITS | LOGARITHMS))
    }

    /// Whether the network answers with learned numbers, and not with classes.
    pub fn is_regression(&self) -> bool {
        self.ends == Ends::Numbers
    }

    /// Whether each of the numbers that the network answers with is the probability of a yes: the targets are 0 and 1.
    pub fn gives_chances(&self) -> bool {
        let links = self.links();
        !links.is_empty() && links.iter().all(|link| *link == Link::Sigmoid)
    }

    /// How each output of the network becomes the numbers that were learned. Empty if the outputs are these numbers, or if there are
    /// classes.
    fn links(&self) -> &[Link] {
        match &self.meaning {
            Some(meaning) if self.is_regression() => &meaning.links,
            _ => &[],
        }
    }

    /// **Errors:** if there is not one link for each output of the network.
    pub(super) fn check_links(&self, name: &str) -> Result<(), DataError> {
        let (links, outputs) = (self.links().len(), self.network.output_shapes().len());
        if links == 0 || links == outputs {
            return Ok(());
        }
        let expected =
            format!("{outputs} links under `data` in `toddle.about`, one for each output of the network");
        Err(DataError::refused(name, expected, format!("{links} links"), "another copy of the file"))
    }

    /// How the outputs become probabilities, if the network does not compute probabilities itself.
    pub fn note(&self) -> Option<String> {
        match self.ends {
            Ends::Probabilities | Ends::One => None,
            Ends::Numbers => {
                let links = self.links();
                let mut words: Vec<&str> = links.iter().filter_map(|link| link.in_words()).collect();
                words.sort_unstable();
                words.dedup();
                let of_some = if links.contains(&Link::Identity) { " (not of all outputs)" } else { "" };
                (!words.is_empty()).then(|| words.join("; ") + of_some)
            }
            Ends::Softmax(OTHERS) => Some(
                "the network was not trained to give probabilities: softmax makes numbers of its outputs that order the classes".into(),
            ),
            Ends::Sigmoids => Some(
                "the network's outputs are logits: a sigmoid makes each of them the probability of its class, and these need not \
                 add up to 100 %"
                    .into(),
            ),
            Ends::Softmax(are) => {
                Some(format!("the network's outputs are {are}: softmax makes them probabilities"))
            }
            Ends::OneLogit => {
                Some("the network's output is a logit: a sigmoid makes it a probability".into())
            }
        }
    }

    /// The answers about samples, which are given as inputs of the network. Numbers that were scaled for the training are
    /// converted back.
    ///
    /// The answer about a sample has the same bits alone and together with any other samples.
    ///
    /// **Errors:** if the inputs are not a whole number of samples, or are not those that the network takes; or if an answer is NaN or
    /// infinite.
    pub fn ask(&self, inputs: &[f32]) -> Result<Answers, DataError> {
        let mut outputs = self.network.outputs(&self.name(), inputs)?;
        self.apply_links(&mut outputs)?;
        let probabilities = self.ends.probabilities(&outputs, self.classes.len())?;
        let answers = if probabilities.is_empty() { &outputs } else { &probabilities };
        if let Some(at) = answers.iter().position(|answer| !answer.is_finite()) {
            let sample = at * outputs.len() / answers.len() / self.output().size();
            let got =
                format!("{} for sample {sample} of {}", answers[at], outputs.len() / self.output().size());
            return Err(DataError::refused(
                self.name(),
                "finite answers",
                got,
                "inputs like those of the training; such large numbers are none",
            ));
        }
        if let Some(scaling) = self.target_scaling() {
            let width = self.output().size();
            outputs.iter_mut().enumerate().for_each(|(n, y)| *y = scaling.undo(*y, n % width));
        }
        Ok(Answers { outputs, probabilities })
    }

    /// Replaces the outputs, sample after sample, by the numbers that they mean.
    fn apply_links(&self, outputs: &mut [f64]) -> Result<(), DataError> {
        let links = self.links();
        if links.iter().all(|link| *link == Link::Identity) {
            return Ok(());
        }
        let shapes = self.network.output_shapes();
        for sample in outputs.chunks_exact_mut(self.output().size()) {
            let mut rest = sample;
            for (link, shape) in links.iter().zip(&shapes) {
                let (output, others) = rest.split_at_mut(shape.size());
                link.apply(output, *shape)?;
                rest = others;
            }
        }
        Ok(())
    }
}

impl Numbers {
    /// Samples that are asked about at once.
    pub(super) const BATCH: usize = 512;

    /// Samples for which no engine is made anew.
    const FEW: usize = 256;

    fn outputs(&self, name: &str, inputs: &[f32]) -> Result<Vec<f64>, DataError> {
        match self {
            Numbers::F32(one) => one.network.check_inputs(inputs),
            Numbers::F64(one) => one.network.check_inputs(inputs),
        }
        .map_err(DataError::Ask)?;
        if inputs.len() == self.input().size() {
            return Ok(self.output_of_one(inputs));
        }
        if inputs.len() <= Numbers::FEW * self.input().size() {
            return self.outputs_of_few(name, inputs);
        }
        let memory = self.bytes_of_batch(Numbers::BATCH.min(inputs.len() / self.input().size()))?;
        Budget::ask(name, memory as u64, || "samples on their way through the layers".to_owned())?;
        let mut outputs = Vec::new();
        for inputs in inputs.chunks(Numbers::BATCH * self.input().size()) {
            match self {
                Numbers::F32(one) => {
                    let answers = one.network.predict(inputs).map_err(DataError::Ask)?;
                    outputs.extend(answers.into_iter().map(f64::from));
                }
                Numbers::F64(one) => {
                    let inputs: Vec<f64> = inputs.iter().map(|&x| f64::from(x)).collect();
                    outputs.extend(one.network.predict(&inputs).map_err(DataError::Ask)?);
                }
            }
        }
        Ok(outputs)
    }
}
