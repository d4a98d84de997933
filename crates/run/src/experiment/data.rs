//! The samples of an experiment, and a check that its network fits them.

use toddle::{Float, LayerSpec, Loss, Network, OutputSpec, Shape};
use toddle_data::{Halves, Link, Parts, ScalingKind};

use super::settings::{Experiment, from_data};
use crate::error::{Error, ExperimentError};

impl Experiment {
    /// Reads the samples, and completes the settings with what the samples decide.
    pub fn parts(&mut self) -> Result<Parts, Error> {
        let seed = u64::from(self.seed);
        let parts = self.data.parts(seed)?;
        Ok(self.completed(parts))
    }

    /// As [`parts`](Self::parts), of samples that the program has: nothing is read.
    pub fn parts_of(&mut self, halves: Halves) -> Result<Parts, Error> {
        let seed = u64::from(self.seed);
        let parts = self.data.parts_of(halves, seed)?;
        Ok(self.completed(parts))
    }

    /// The samples and the settings, each with what the others decide.
    fn completed(&mut self, mut parts: Parts) -> Parts {
        let shape = parts.train.shape();
        self.take_shape(shape);
        if self.network.input.is_some_and(|input| input != from_data(shape)) {
            parts.meaning.read_as.get_or_insert(shape);
        }
        if parts.meaning.numbers {
            let links: Vec<Link> = match &self.network.outputs[..] {
                [] => vec![Link::of(&self.train.fit.loss)],
                outputs => {
                    let loss =
                        |output: &OutputSpec| Link::of(output.loss.as_ref().unwrap_or(&self.train.fit.loss));
                    outputs.iter().map(loss).collect()
                }
            };
            if links.iter().any(|link| *link != Link::Identity) {
                parts.meaning.links = links;
            }
        } else {
            let link = Link::of(&self.train.fit.loss);
            parts.meaning.links = vec![link; usize::from(matches!(link, Link::Identity | Link::Sigmoid))];
        }
        parts
    }

    /// Checks that the numbers to learn are in the domain of the loss of their output: binary cross-entropy takes probabilities.
    fn check_targets<T: Float>(&self, network: &Network<T>, parts: &Parts) -> Result<(), Error> {
        for output in network.outputs() {
            let loss = output.loss(&self.train.fit.loss);
            let Some(domain) = domain(loss) else { continue };
            if self.data.target_scaling == ScalingKind::Standard {
                let what = format!("`target_scaling` does not fit the loss {loss}");
                let expected = format!("{}, as the loss needs them", domain.in_words());
                let got = "targets minus their mean, divided by their deviation";
                let remedy =
                    "leaving `target_scaling` out; or loss = \"mean_squared_error\" for other numbers";
                return Err(ExperimentError::new("[data]".into(), &what, &expected, got, remedy));
            }
            let width = network.output().size();
            for set in [Some(&parts.train), parts.validation.as_ref()].into_iter().flatten() {
                let numbers = set.numbers().iter().enumerate();
                let mut targets = numbers.filter(|(n, _)| output.range.contains(&(n % width)));
                let Some((n, number)) = targets.find(|(_, number)| !domain.holds(**number)) else { continue };
                let what = format!("the targets do not fit the loss {loss}");
                let expected = format!("{}, as the loss needs them", domain.in_words());
                let got = format!("{number} for sample {} of {}", n / width, set.name());
                let remedy = "loss = \"mean_squared_error\" for other numbers; or numbers = false in [data], if the \
                              targets are classes";
                return Err(ExperimentError::new("[train]".into(), &what, &expected, &got, remedy));
            }
        }
        Ok(())
    }

    /// Checks that `network` takes samples of the shape of those in `parts`, and has as many outputs as their targets
    /// have elements.
    pub fn check_fit<T: Float>(&self, network: &Network<T>, parts: &Parts) -> Result<(), Error> {
        let train = &parts.train;
        if train.size() != network.input().size() {
            let [c, h, w] = train.shape();
            let shape = if h * w == 1 { Shape::vector(c) } else { Shape::image(c, h, w) };
            let expected = format!("samples of shape {}, the value of `input`", network.input());
            let got = format!("samples of shape {shape} in {}", train.name());
            let remedy = "leaving `input` out: toddle takes the shape of the data";
            return Err(misfit("the network does not take these samples", &expected, &got, remedy));
        }
        let (targets, outputs) = (train.target_size(), network.output().size());
        if targets == outputs {
            return if train.classes() == 0 { self.check_targets(network, parts) } else { Ok(()) };
        }
        let last = self.network.layers.iter().rev().find_map(|placed| match &placed.layer {
            _ if self.network.outputs.len() > 1 => {
                Some(format!("`outputs` in [network] with {targets} elements in all; or other targets"))
            }
            LayerSpec::Dense(dense) => {
                Some(format!("outputs = {} in the last dense layer, not {}", targets, dense.outputs))
            }
            _ => None,
        });
        let got = format!("{outputs} outputs");
        if train.classes() == 0 {
            let expected = format!("{targets} outputs, one for each number to be learned");
            let mut remedy = last.unwrap_or_else(|| format!("a last layer of {targets} outputs"));
            if outputs > 1 && targets == 1 {
                remedy += "; or numbers = false in [data], if the target is a class";
            }
            return Err(misfit("the network does not fit the targets", &expected, &got, &remedy));
        }
        let names = train.class_names();
        let quoted = |name: &String| if name.contains(',') { format!("\"{name}\"") } else { name.clone() };
        let shown = names.iter().take(12).map(quoted).collect::<Vec<_>>().join(", ");
        let more = if names.len() > 12 { format!(" and {} more", names.len() - 12) } else { String::new() };
        let expected = format!("{targets} outputs, one for each class found: {shown}{more}");
        let remedy = if targets == 1 {
            "a folder for each class, or another target column: there is a single class".into()
        } else if parts.meaning.columns.is_some()
            && (targets > 20 || outputs == 1 && names.iter().all(|name| name.parse::<f64>().is_ok()))
        {
            "numbers = true in [data] with 1 output, if the target column holds numbers to be learned".into()
        } else if outputs == 1
            && targets == 2
            && matches!(self.train.fit.loss, Loss::BinaryCrossEntropy { .. })
        {
            "outputs = 2 in the last dense layer, with loss = \"cross_entropy\"".into()
        } else {
            last.unwrap_or_else(|| format!("a last layer of {targets} outputs"))
        };
        Err(misfit("the network does not fit the classes", &expected, &got, &remedy))
    }
}

/// The targets that a loss takes.
#[derive(Clone, Copy)]
enum Domain {
    Shares,
    Counts,
}

impl Domain {
    fn holds(self, number: f32) -> bool {
        number >= 0.0 && (matches!(self, Domain::Counts) || number <= 1.0)
    }

    fn in_words(self) -> &'static str {
        match self {
            Domain::Shares => "targets from 0 to 1",
            Domain::Counts => "targets of 0 or more",
        }
    }
}

/// The targets that `loss` takes, unless it takes any numbers.
fn domain(loss: &Loss) -> Option<Domain> {
    match loss {
        Loss::BinaryCrossEntropy { .. }
        | Loss::Focal { .. }
        | Loss::Dice { .. }
        | Loss::CrossEntropy(_)
        | Loss::NegativeLogLikelihood
        | Loss::KlDivergence
        | Loss::Hinge { .. } => Some(Domain::Shares),
        Loss::Poisson { .. } => Some(Domain::Counts),
        _ => None,
    }
}

fn misfit(what: &str, expected: &str, got: &str, remedy: &str) -> Error {
    ExperimentError::new("[network]".into(), what, expected, got, remedy)
}
