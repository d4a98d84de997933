//! What a session can open: experiments and runs, by their names.

use std::path::Path;
use std::sync::Arc;

use toddle_data::Parts;
use toddle_run::experiment::Experiment;

use super::{Filmed, Opening};
use crate::protocol::{Fault, Offer};

/// The experiments and the runs that pages may open. A page names them, and never a path.
pub trait Shelf: Send + Sync {
    /// The experiments.
    fn experiments(&self) -> Vec<Offer>;

    /// The experiment of this name.
    ///
    /// # Errors
    /// There is none, or it has a mistake.
    fn experiment(&self, name: &str) -> Result<Experiment, Fault>;

    /// The names of the runs.
    fn runs(&self) -> Vec<String> {
        Vec::new()
    }

    /// The run of this name.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    fn run(&self, name: &str) -> Result<Opening, Fault> {
        Err(unknown("run", name, &self.runs()))
    }

    /// The film of the run of this name.
    ///
    /// # Errors
    /// There is no such run, or it has no film.
    fn film(&self, name: &str) -> Result<Filmed, Fault> {
        Err(unknown("run", name, &self.runs()))
    }

    /// The samples of an experiment. The experiment gets what the samples decide.
    ///
    /// # Errors
    /// They cannot be read.
    fn parts(&self, experiment: &mut Experiment) -> Result<Arc<Parts>, Fault> {
        experiment.parts().map(Arc::new).map_err(|error| Fault::of(&error))
    }
}

/// The error that there is no `what` of this name.
pub fn unknown(what: &str, name: &str, names: &[String]) -> Fault {
    let expected = if names.is_empty() { format!("no {what}: there is none") } else { names.join(", ") };
    Fault::new(format!("there is no {what} of this name"), expected, name, "a name of the list")
}

/// The experiments whose data are in the program, from the folder `experiments`.
const EXPERIMENTS: [(&str, &str); 10] = [
    ("lenet5", include_str!("../../../../experiments/lenet5.toml")),
    ("post", include_str!("../../../../experiments/post.toml")),
    ("mnist-mlp", include_str!("../../../../experiments/mnist-mlp.toml")),
    ("keras-convnet", include_str!("../../../../experiments/keras-convnet.toml")),
    ("pytorch-mnist", include_str!("../../../../experiments/pytorch-mnist.toml")),
    ("resnet-small", include_str!("../../../../experiments/resnet-small.toml")),
    ("inception-small", include_str!("../../../../experiments/inception-small.toml")),
    ("densenet-small", include_str!("../../../../experiments/densenet-small.toml")),
    ("mnist-99", include_str!("../../../../experiments/mnist-99.toml")),
    ("xor", include_str!("../../../../experiments/xor.toml")),
];

/// A shelf with the experiments that need no file.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltIn;

impl Shelf for BuiltIn {
    fn experiments(&self) -> Vec<Offer> {
        EXPERIMENTS.iter().map(|(name, text)| Offer { name: (*name).into(), about: about(text) }).collect()
    }

    fn experiment(&self, name: &str) -> Result<Experiment, Fault> {
        match EXPERIMENTS.iter().find(|(other, _)| *other == name) {
            Some((name, text)) => parse(name, text),
            None => Err(unknown("experiment", name, &EXPERIMENTS.map(|(name, _)| name.to_owned()))),
        }
    }
}

/// The experiment in `text`, which messages call `name`.
pub fn parse(name: &str, text: &str) -> Result<Experiment, Fault> {
    Experiment::parse(Path::new(name), text, &[]).map_err(|error| {
        let fault = Fault::of(&error);
        let line = line_of(&fault.what);
        Fault { place: line.map(|line| crate::protocol::Place { line: Some(line), layer: None }), ..fault }
    })
}

/// The same experiment, read again from its text, so that every mistake that a file could have is found.
pub fn checked(name: &str, experiment: &Experiment) -> Result<Experiment, Fault> {
    parse(name, &experiment.to_toml()).map_err(|fault| Fault { place: None, ..fault })
}

/// The line that a message names.
fn line_of(message: &str) -> Option<usize> {
    let (_, rest) = message.split_once(", line ")?;
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

/// The comment at the beginning of a file.
pub fn about(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix('#'));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_experiment_of_the_program_can_be_read() {
        for Offer { name, about } in BuiltIn.experiments() {
            assert_eq!(BuiltIn.experiment(&name).unwrap().name, name);
            assert!(!about.is_empty(), "{name}");
        }
        assert!(BuiltIn.experiment("../lenet5").is_err());
    }

    #[test]
    fn a_mistake_has_its_line() {
        let xor = include_str!("../../../../experiments/xor.toml");
        let text = xor.replacen("name = ", "layerz = 3\nname = ", 1);
        let line = text.lines().position(|line| line == "layerz = 3").expect("the mistake") + 1;
        let fault = parse("a text", &text).unwrap_err();
        assert_eq!(fault.place.unwrap().line, Some(line), "{fault}");
    }
}
