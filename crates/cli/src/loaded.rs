//! Trained networks, ready to be asked.

use std::fs;
use std::path::{Path, PathBuf};

use toddle::checkpoint::{self, About, Scaling};
use toddle::{LayerSpec, Network, NetworkSpec, Shape, Softmax};
use toddle_data::{Dataset, Values};

use crate::checkpoints;
use crate::error::Error;

/// What a run's folder calls its network, and its checkpoints' folder.
const MODEL: &str = "model.safetensors";
const CHECKPOINTS: &str = "checkpoints";

/// What outputs can be.
const LOGITS: &str = "logits";
const LOGARITHMS: &str = "logarithms of probabilities";

/// Samples that are asked about at once.
const BATCH: usize = 2048;

/// A trained network, and what is to be known for asking it.
#[derive(Debug)]
pub struct Loaded {
    /// The file that it is from.
    pub file: PathBuf,
    /// How a sample's values become its inputs.
    pub scaling: Scaling,
    /// What each class is called.
    pub classes: Vec<String>,
    network: Numbers,
}

/// A network of the precision that its file has.
#[derive(Debug)]
enum Numbers {
    F32(Network<f32>),
    F64(Network<f64>),
}

/// What a network says of samples.
#[derive(Debug)]
pub struct Answers {
    /// As they come out of it, sample after sample.
    pub outputs: Vec<f64>,
    /// A probability for each class, sample after sample.
    pub probabilities: Vec<f64>,
}

/// How outputs become probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// They are some.
    Probabilities,
    /// By softmax: outputs are their logarithms, or anything else. In words, what they are.
    Softmax(&'static str),
    /// There is one output, the probability of the second class.
    One,
    /// There is one output, to which a sigmoid gives the probability of the second class.
    OneLogit,
}

impl Loaded {
    /// The network of a run: of its folder, or of a safetensors file.
    pub fn open(run: &Path) -> Result<Loaded, Error> {
        let file = if run.is_dir() { run.join(MODEL) } else { run.to_owned() };
        if !file.is_file() {
            return Err(missing(run, &file));
        }
        let bytes = checkpoints::read(&file)?;
        let model = |cause| Error::Model { file: file.clone(), cause };
        let (network, about) = if checkpoint::precision(&bytes).map_err(model)? == "f32" {
            let saved = checkpoint::decode(&bytes).map_err(model)?;
            (Numbers::F32(saved.network), saved.about)
        } else {
            let saved = checkpoint::decode(&bytes).map_err(model)?;
            (Numbers::F64(saved.network), saved.about)
        };
        Loaded::new(file, network, about)
    }

    fn new(file: PathBuf, network: Numbers, about: About) -> Result<Loaded, Error> {
        let outputs = network.output().size();
        let classes = if about.classes.len() == outputs.max(2) {
            about.classes
        } else {
            (0..outputs.max(2)).map(|class| class.to_string()).collect()
        };
        let loaded = Loaded { file, scaling: about.scaling, classes, network };
        let Scaling { divisor, mean, deviation } = &loaded.scaling;
        let of_channels = |numbers: &[f32]| numbers.is_empty() || numbers.len() == loaded.channels();
        if !(of_channels(mean) && of_channels(deviation) && divisor.is_finite() && *divisor > 0.0) {
            return Err(Error::Refused {
                what: format!("cannot use `{}`: its scaling is wrong", loaded.file.display()),
                expected: format!(
                    "a divisor above 0, and no mean or one for each of {} channels",
                    loaded.channels()
                ),
                got: format!("{:?}", loaded.scaling),
                remedy: "another copy of the file".into(),
            });
        }
        Ok(loaded)
    }

    /// What it is called: the run's folder, or the file.
    pub fn name(&self) -> String {
        let is_model = self.file.file_name().is_some_and(|name| name == MODEL);
        let folder = self.file.parent().filter(|folder| is_model && !folder.as_os_str().is_empty());
        folder.unwrap_or(&self.file).display().to_string()
    }

    /// The shape of a sample.
    pub fn input(&self) -> Shape {
        self.spec().input
    }

    /// Channels, height and width, where a sample is an image: numbers in a row count as a grey square, if they make one.
    pub fn image(&self) -> Option<[usize; 3]> {
        match self.input() {
            Shape::Image { channels: channels @ (1 | 3), height, width } => Some([channels, height, width]),
            Shape::Vector(size) if size.isqrt().pow(2) == size && size > 1 => {
                Some([1, size.isqrt(), size.isqrt()])
            }
            _ => None,
        }
    }

    /// Whether its classes have names, and not only numbers.
    pub fn is_named(&self) -> bool {
        self.classes.iter().enumerate().any(|(place, class)| *class != place.to_string())
    }

    /// Whether its outputs are to be made probabilities first, by what its training did too.
    pub fn are_logits(&self) -> bool {
        matches!(self.ends(), Ends::OneLogit | Ends::Softmax(LOGITS | LOGARITHMS))
    }

    /// How its outputs become probabilities.
    fn ends(&self) -> Ends {
        let last = self.spec().layers.last();
        match (last, self.network.output().size()) {
            (Some(LayerSpec::Sigmoid | LayerSpec::HardSigmoid), 1) => Ends::One,
            (_, 1) => Ends::OneLogit,
            (Some(LayerSpec::Softmax(_)), _) => Ends::Probabilities,
            (Some(LayerSpec::LogSoftmax), _) => Ends::Softmax(LOGARITHMS),
            (Some(LayerSpec::Dense(_)), _) => Ends::Softmax(LOGITS),
            _ => Ends::Softmax("no probabilities"),
        }
    }

    /// What is to be told of the probabilities, if they are not the network's own.
    pub fn note(&self) -> Option<String> {
        match self.ends() {
            Ends::Probabilities | Ends::One => None,
            Ends::Softmax(are) => {
                Some(format!("the network's outputs are {are}: softmax makes them probabilities"))
            }
            Ends::OneLogit => {
                Some("the network's output is a logit: a sigmoid makes it a probability".into())
            }
        }
    }

    /// What it says of samples, given as their inputs.
    pub fn ask(&self, inputs: &[f32]) -> Result<Answers, Error> {
        let mut outputs = Vec::new();
        for inputs in inputs.chunks(BATCH * self.input().size()) {
            match &self.network {
                Numbers::F32(network) => outputs.extend(network.predict(inputs)?.into_iter().map(f64::from)),
                Numbers::F64(network) => {
                    let inputs: Vec<f64> = inputs.iter().map(|&x| f64::from(x)).collect();
                    outputs.extend(network.predict(&inputs)?);
                }
            }
        }
        let both = |p: &f64| [1.0 - p, *p];
        let probabilities = match self.ends() {
            Ends::Probabilities => outputs.clone(),
            Ends::One => outputs.iter().flat_map(both).collect(),
            // A sigmoid is the softmax of 0 and its argument.
            Ends::OneLogit => softmax(&outputs.iter().flat_map(|&y| [0.0, y]).collect::<Vec<_>>(), 2)?,
            Ends::Softmax(_) => softmax(&outputs, self.classes.len())?,
        };
        Ok(Answers { outputs, probabilities })
    }

    /// What bytes of an image, channel by channel, are as inputs.
    pub fn inputs_of_bytes(&self, bytes: &[u8]) -> Vec<f32> {
        let divisor = self.scaling.divisor;
        self.scaled(bytes.iter().map(|&byte| f32::from(byte) / divisor), bytes.len())
    }

    /// What samples are as inputs. Numbers that are no bytes are taken as what a byte divided by 255 would be.
    pub fn inputs_of(&self, samples: &Dataset) -> Result<Vec<f32>, Error> {
        let size = self.input().size();
        if samples.size() != size {
            let [c, h, w] = samples.shape();
            return Err(Error::Refused {
                what: format!("`{}` cannot be asked about `{}`", self.name(), samples.name()),
                expected: format!("samples of shape {}", self.input()),
                got: format!("samples of shape {c}×{h}×{w}"),
                remedy: "the set that it was trained on, or --size for a folder of images".into(),
            });
        }
        Ok(match samples.values() {
            Values::Bytes(bytes) => self.inputs_of_bytes(bytes),
            Values::Numbers(numbers) => self.scaled(numbers.iter().copied(), numbers.len()),
        })
    }

    fn scaled(&self, values: impl Iterator<Item = f32>, count: usize) -> Vec<f32> {
        let Scaling { mean, deviation, .. } = &self.scaling;
        let channels = self.channels();
        let plane = (self.input().size() / channels).max(1);
        let mut inputs = Vec::with_capacity(count);
        for (i, value) in values.enumerate() {
            let channel = i / plane % channels;
            let mean = mean.get(channel).copied().unwrap_or(0.0);
            inputs.push((value - mean) / deviation.get(channel).copied().unwrap_or(1.0));
        }
        inputs
    }

    fn channels(&self) -> usize {
        match self.input() {
            Shape::Image { channels, .. } => channels,
            // One a number, or one for all, as its scaling has them.
            Shape::Vector(size) => {
                if self.scaling.mean.len() == size {
                    size
                } else {
                    1
                }
            }
        }
    }

    fn spec(&self) -> &NetworkSpec {
        match &self.network {
            Numbers::F32(network) => network.spec(),
            Numbers::F64(network) => network.spec(),
        }
    }
}

impl Numbers {
    fn output(&self) -> Shape {
        match self {
            Numbers::F32(network) => network.output(),
            Numbers::F64(network) => network.output(),
        }
    }
}

/// Softmax of each `classes` numbers: toddle's own, which is the same to the bit on every machine.
fn softmax(logits: &[f64], classes: usize) -> Result<Vec<f64>, Error> {
    let softmax = NetworkSpec::new(Shape::vector(classes)).add(Softmax::default()).build::<f64>(0)?;
    Ok(softmax.predict(logits)?)
}

fn missing(run: &Path, file: &Path) -> Error {
    let newest = fs::read_dir(run.join(CHECKPOINTS)).ok().and_then(|entries| {
        let files = entries.flatten().map(|entry| entry.path());
        files.filter(|path| path.extension().is_some_and(|is| is == "safetensors")).max()
    });
    let got = if run.is_dir() {
        format!("a folder without {MODEL}")
    } else if run.exists() {
        "something else".into()
    } else {
        "nothing there".into()
    };
    Error::Refused {
        what: format!("cannot find a model at `{}`", run.display()),
        expected: format!("a run's folder with {MODEL}, or a .safetensors file"),
        got,
        remedy: match newest {
            Some(newest) => format!("`{}`, as the training has not ended", newest.display()),
            None if run.is_dir() => format!("toddle train, which writes `{}`", file.display()),
            None => "checking the path".into(),
        },
    }
}
