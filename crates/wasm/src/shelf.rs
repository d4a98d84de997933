//! What the page without a server can open: the experiments of the program, with the digits that came with the page.

use std::sync::Arc;

use toddle_data::{Array, Arrays, DataError, DataSource, Dataset, Halves, Parts, Set};
use toddle_play::protocol::Offer;
use toddle_play::{BuiltIn, Fault, Shelf};
use toddle_run::experiment::Experiment;

/// The experiments of the program, on a part of MNIST.
pub struct Digits {
    train: Dataset,
    test: Dataset,
}

impl Digits {
    /// The digits in two files each: images, and their labels.
    pub fn read(train: [&[u8]; 2], test: [&[u8]; 2]) -> Result<Digits, DataError> {
        let half = |half: &str, [images, labels]: [&[u8]; 2]| {
            let images = Array::parse(&format!("the images to {half}"), images)?;
            let labels = Array::parse(&format!("the labels to {half}"), labels)?;
            let classes = Set::named(MNIST)?.classes().iter().map(|class| (*class).to_owned()).collect();
            Ok(Arrays { classes: Some(classes) }.pair(images, labels)?.0)
        };
        Ok(Digits { train: half("train on", train)?, test: half("test with", test)? })
    }
}

/// The name of the set.
const MNIST: &str = "mnist";

impl Shelf for Digits {
    fn experiments(&self) -> Vec<Offer> {
        BuiltIn.experiments()
    }

    fn experiment(&self, name: &str) -> Result<Experiment, Fault> {
        BuiltIn.experiment(name)
    }

    /// The first digits, or the samples in the text of the experiment. `first` says how many digits there are, so the command
    /// trains on the same samples with the same text.
    fn parts(&self, experiment: &mut Experiment) -> Result<Arc<Parts>, Fault> {
        let source = experiment.data.source().map_err(|error| Fault::of(&error))?;
        let halves = match &source {
            DataSource::Set { name, .. } if name == MNIST => {
                let first = experiment.data.first.unwrap_or(usize::MAX).min(self.train.len());
                experiment.data.first = Some(first);
                Halves::of(self.train.clone(), Some(self.test.clone()))
            }
            DataSource::Inline { inputs, targets } => {
                Halves::written_out(inputs, targets).map_err(|error| Fault::of(&error))?
            }
            other => {
                let expected = format!("`set = \"{MNIST}\"`, or `inputs` with `targets`");
                let remedy = "toddle play on your own computer, which has all data";
                return Err(Fault::new("this page does not have the data", expected, other.place(), remedy));
            }
        };
        experiment.parts_of(halves).map(Arc::new).map_err(|error| Fault::of(&error))
    }
}
