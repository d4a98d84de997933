//! The answers of a session.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use toddle::{Optimizer, Placed};

use super::{Array, Explained, Feature, Half, Way};

/// An answer. In JSON its kind is the key `answer`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// What there is, and what is open.
    Hello(Hello),
    /// The nodes of a network.
    Network(Net),
    /// The weights of a parameter.
    Weights {
        /// The name of the parameter.
        parameter: String,
        /// The weights.
        values: Array,
    },
    /// A sample.
    Sample(Sample),
    /// Every value for an input.
    Trace(Traced),
    /// One element.
    Element(Box<Explained>),
    /// What a change has kept.
    Changed {
        /// The number of the state that is open.
        revision: u64,
        /// What stays.
        kept: Vec<String>,
        /// What begins anew.
        lost: Vec<String>,
    },
    /// How far a training is.
    News(News),
    /// Which class was taken for which.
    Confusion(Confusion),
    /// Some samples.
    Samples {
        /// Their half.
        half: Half,
        /// How many there are, shown or not.
        of: usize,
        /// Those that are shown.
        samples: Vec<Shown>,
    },
    /// How numbers are distributed.
    Histograms(Histograms),
    /// The answers on a grid.
    Boundary {
        /// The columns of the grid.
        columns: usize,
        /// The rows of the grid.
        rows: usize,
        /// A number for each place.
        values: Array,
        /// What the numbers are.
        of: String,
    },
    /// The samples that are points.
    Points {
        /// Two coordinates of each training sample.
        train: Array,
        /// The class of each training sample.
        train_labels: Vec<u32>,
        /// Two coordinates of each validation sample.
        validation: Array,
        /// The class of each validation sample.
        validation_labels: Vec<u32>,
    },
    /// What each part of an input gives to a score.
    Why {
        /// How it was found.
        by: Way,
        /// The class.
        class: usize,
        /// The score of the class.
        score: f64,
        /// Of integrated gradients: the score of an input of zeros.
        baseline: Option<f64>,
        /// Of integrated gradients: the sum of the parts.
        sum: Option<f64>,
        /// The parts.
        parts: Array,
    },
    /// The smallest change that turns the answer.
    Nudge {
        /// Whether there is one.
        found: bool,
        /// The largest change of an element, as a part of its range.
        size: Option<f64>,
        /// The answer before the change.
        was: usize,
        /// The answer after it.
        is: Option<usize>,
        /// The input to look at.
        picture: Option<Array>,
        /// The changed input to look at.
        changed: Option<Array>,
        /// The change.
        change: Option<Array>,
    },
    /// The samples that are nearest to an input.
    Nearest {
        /// The name of the last hidden layer.
        layer: String,
        /// The half of the samples.
        half: Half,
        /// How many samples were searched.
        of: usize,
        /// The nearest samples.
        samples: Vec<Near>,
    },
    /// Samples in a plane.
    Map {
        /// The name of the last hidden layer.
        layer: String,
        /// The half of the samples.
        half: Half,
        /// Two coordinates of each sample.
        points: Array,
        /// The index of each sample.
        indices: Vec<usize>,
        /// The class of each sample. Empty if the targets are numbers.
        labels: Vec<u32>,
        /// The answer for each sample. Empty if the network chooses no class.
        said: Vec<usize>,
        /// The part of the variance that each direction has.
        shares: [f64; 2],
        /// Where the input is.
        here: Option<[f64; 2]>,
    },
    /// The input that excites a unit most.
    Excite {
        /// The node.
        node: String,
        /// The unit.
        unit: usize,
        /// The number of units.
        units: usize,
        /// The value of the unit for the noise at the beginning.
        before: f64,
        /// Its value for the input.
        after: f64,
        /// The input.
        values: Array,
    },
    /// The film of a training.
    Film {
        /// The name of the training.
        name: String,
        /// The names of the classes.
        classes: Vec<String>,
        /// The frames.
        frames: Vec<FilmMoment>,
        /// The samples of the film.
        samples: Vec<Captioned>,
    },
    /// One frame of a film.
    Frame {
        /// Its number.
        frame: usize,
        /// The filters of the first convolution.
        filters: Vec<NamedArray>,
        /// The feature maps of the samples.
        maps: Vec<FilmMap>,
        /// The answer for each sample.
        said: Vec<usize>,
        /// Which class was taken for which.
        confusion: Option<Vec<Vec<u64>>>,
        /// How the weights are distributed.
        histograms: Vec<NamedHistogram>,
    },
    /// Networks side by side.
    Duel {
        /// How far they are.
        state: State,
        /// The networks.
        sides: Vec<Side>,
    },
    /// A network that is being edited.
    Build {
        /// Its nodes.
        network: Net,
        /// Its layers.
        layers: Vec<Placed>,
        /// The experiment with these layers.
        toml: String,
    },
    /// The layers that there are.
    Layers {
        /// Each kind.
        kinds: Vec<Kind>,
    },
}

/// What there is, and what is open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of toddle.
    pub version: String,
    /// It grows when another network is open, or its settings change.
    pub revision: u64,
    /// The experiments that can be opened.
    pub experiments: Vec<Offer>,
    /// The runs that can be opened.
    pub runs: Vec<String>,
    /// The kinds of optimizers.
    pub optimizers: Vec<String>,
    /// What is open.
    pub open: Option<Opened>,
}

/// An experiment that can be opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: String,
}

/// What is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// The name of the experiment or the run.
    pub name: String,
    /// What it was opened from.
    pub from: Origin,
    /// The type of the numbers: `f32` or `f64`.
    pub precision: String,
    /// The seed of the first weights and of the order.
    pub seed: u64,
    /// The shape of a sample.
    pub input: Vec<usize>,
    /// The shape of an answer.
    pub output: Vec<usize>,
    /// The names of the classes. Empty if the targets are numbers.
    pub classes: Vec<String>,
    /// What a sample is.
    pub kind: Samples,
    /// The inputs of points.
    pub features: Vec<Feature>,
    /// The number of samples of each half.
    pub halves: Halves,
    /// The loss in words.
    pub loss: String,
    /// The optimizer.
    pub optimizer: Optimizer,
    /// The learning rate of the next step.
    pub rate: f64,
    /// The samples of a step.
    pub batch: usize,
    /// The epochs of the whole training.
    pub epochs: usize,
    /// Whether there are samples to train on.
    pub trains: bool,
    /// The experiment as a text.
    pub toml: String,
}

/// What was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A run's folder.
    Run,
    /// An experiment of the list.
    Experiment,
    /// The text of an experiment.
    Toml,
    /// Points in a square.
    Points,
    /// Layers that a page has changed.
    Layers,
}

/// What a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Samples {
    /// A picture.
    Pictures,
    /// A point of a plane.
    Points,
    /// Numbers of another kind.
    Numbers,
}

/// The number of samples of each half. None: there is no such half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halves {
    /// Samples to train on.
    pub train: Option<usize>,
    /// Samples to validate with.
    pub validation: Option<usize>,
    /// Samples to test with.
    pub test: Option<usize>,
}

/// The nodes of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Net {
    /// The number of parameters.
    pub parameters: usize,
    /// The inputs.
    pub inputs: Vec<Port>,
    /// The outputs.
    pub outputs: Vec<OutPort>,
    /// The nodes, in the order in which they are computed.
    pub nodes: Vec<Node>,
}

/// An input of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// An output of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutPort {
    /// Its name.
    pub name: String,
    /// The name of the value that is given out.
    pub from: String,
    /// Its loss in words.
    pub loss: String,
    /// The factor of its loss.
    pub weight: f64,
}

/// A node of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// The layer with its settings. None: it joins several values.
    pub layer: Option<Value>,
    /// The layer in words.
    pub text: String,
    /// The names of the values that it takes.
    pub from: Vec<String>,
    /// The shape of its output.
    pub shape: Vec<usize>,
    /// What it does, in one sentence.
    pub meaning: String,
    /// Its formula.
    pub formula: String,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Products of a weight and an input, forward, of one sample.
    pub multiply_adds: u64,
    /// The bytes of its output, of one sample.
    pub bytes: usize,
    /// The part of the input that an element depends on.
    pub field: Field,
}

/// A parameter of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The number of its elements.
    pub count: usize,
    /// Its place among all weights.
    pub place: usize,
}

/// A receptive field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Rows and columns.
    pub size: [usize; 2],
    /// How far apart the fields of neighbours are.
    pub stride: [f64; 2],
    /// Whether it is the whole input.
    pub all: bool,
}

/// A sample of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Its half.
    pub half: Half,
    /// Its index there.
    pub index: usize,
    /// The samples of the half.
    pub of: usize,
    /// Its class.
    pub label: Option<u32>,
    /// Its class or its targets in words.
    pub caption: String,
    /// The sample to look at.
    pub picture: Option<Array>,
    /// The inputs of the network.
    pub values: Array,
    /// The target.
    pub target: Array,
}

/// Every value of a network for one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Traced {
    /// The input.
    pub input: Array,
    /// The input to look at.
    pub picture: Option<Array>,
    /// What was done to a drawing or a picture.
    pub done: Vec<String>,
    /// The values.
    pub values: Vec<TracedValue>,
    /// The output.
    pub output: Array,
    /// The class that the network chooses.
    pub said: Option<Said>,
    /// The class of the sample.
    pub truth: Option<usize>,
}

/// A value of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TracedValue {
    /// Its name.
    pub name: String,
    /// Its elements.
    pub value: Array,
    /// The least element.
    pub least: f64,
    /// The largest element.
    pub most: f64,
}

/// A class that a network chooses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The class.
    pub class: usize,
    /// Its name.
    pub name: String,
    /// Its probability.
    pub probability: f64,
    /// The probability of each class.
    pub probabilities: Vec<f64>,
}

/// How far a training is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing is open.
    #[default]
    None,
    /// There was no step yet.
    New,
    /// It trains.
    Running,
    /// It waits.
    Paused,
    /// All epochs are over.
    Done,
    /// An error has ended it.
    Failed,
}

/// How far a training is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct News {
    /// It grows when another network is open, or its settings change.
    pub revision: u64,
    /// It grows with every step.
    pub moment: u64,
    /// How far it is.
    pub state: State,
    /// The epochs that have ended.
    pub epoch: usize,
    /// The epochs of the whole training.
    pub epochs: usize,
    /// The steps so far.
    pub step: u64,
    /// The steps of an epoch.
    pub steps_per_epoch: u64,
    /// The samples of this epoch so far.
    pub seen: usize,
    /// The samples of an epoch.
    pub samples: usize,
    /// The learning rate of the next step.
    pub rate: f64,
    /// The mean loss of this epoch so far.
    pub loss: Option<f64>,
    /// The part of this epoch's samples with a right answer.
    pub accuracy: Option<f64>,
    /// The loss of the last step.
    pub step_loss: Option<f64>,
    /// The curves.
    pub curves: Curves,
    /// The digest of the final weights.
    pub weights_sha256: Option<String>,
    /// Why the training has ended.
    pub error: Option<String>,
}

/// The curves of a training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// Numbers of steps.
    pub steps: Vec<u64>,
    /// The mean loss from one of these steps to the next.
    pub losses: Vec<f64>,
    /// The epochs.
    pub epochs: Vec<EpochNews>,
}

/// An epoch of a training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochNews {
    /// Its number, counted from 1.
    pub epoch: usize,
    /// The steps until its end.
    pub step: u64,
    /// The mean loss.
    pub loss: f64,
    /// The part of the samples with a right answer.
    pub accuracy: Option<f64>,
    /// The mean loss of the validation samples.
    pub validation_loss: Option<f64>,
    /// The part of the validation samples with a right answer.
    pub validation_accuracy: Option<f64>,
}

/// Which class was taken for which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// The half.
    pub half: Half,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// For each true class, how often each class was the answer.
    pub rows: Vec<Vec<u64>>,
    /// The number of samples.
    pub samples: u64,
    /// The part with a right answer.
    pub accuracy: f64,
    /// For each class, the part of its answers that are right.
    pub precision: Vec<f64>,
    /// For each class, the part of its samples with a right answer.
    pub recall: Vec<f64>,
}

/// A sample with what the network says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Its index in its half.
    pub index: usize,
    /// Its class or its targets in words.
    pub caption: String,
    /// Its class.
    pub truth: Option<u32>,
    /// The class of the answer.
    pub said: Option<usize>,
    /// The probability of that class.
    pub probability: Option<f64>,
    /// The loss.
    pub loss: f64,
    /// The sample to look at.
    pub picture: Option<Array>,
}

/// How the numbers of each node are distributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histograms {
    /// The samples that the values and the gradients are of.
    pub samples: usize,
    /// The nodes.
    pub nodes: Vec<NodeHistograms>,
    /// What is wrong.
    pub alarms: Vec<Alarm>,
}

/// How the numbers of a node are distributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeHistograms {
    /// The name of the node.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Its weights, if it has some.
    pub weights: Option<Histogram>,
    /// The elements of its output.
    pub values: Option<Histogram>,
    /// The gradients of these elements.
    pub gradients: Option<Histogram>,
}

/// How numbers are distributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// The least number.
    pub least: f64,
    /// The largest number.
    pub most: f64,
    /// How many numbers are in each of the equal parts between them.
    pub counts: Vec<u64>,
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

/// Something that is wrong with a training, in plain words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// The node, if it is one.
    pub node: Option<String>,
    /// What it is.
    pub kind: AlarmKind,
    /// How bad it is.
    pub level: Level,
    /// In words.
    pub text: String,
    /// What to try.
    #[serde(rename = "try")]
    pub remedy: String,
}

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// Units that are zero for all samples.
    Dead,
    /// Units at the end of their range for all samples.
    Saturated,
    /// Gradients that become ever smaller.
    Vanishing,
    /// Gradients that become ever larger.
    Exploding,
    /// Something else.
    Other,
}

/// How bad an alarm is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It is probably a mistake.
    Doubtful,
    /// It is a mistake.
    Wrong,
}

/// A sample that is near to an input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Near {
    /// The sample.
    #[serde(flatten)]
    pub shown: Shown,
    /// The distance.
    pub distance: f64,
}

/// The place of a frame in a training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilmMoment {
    /// The number of the frame.
    pub frame: usize,
    /// The epochs before it.
    pub epoch: usize,
    /// The steps before it.
    pub step: u64,
    /// The loss of its epoch.
    pub loss: Option<f64>,
    /// The accuracy of its epoch.
    pub accuracy: Option<f64>,
}

/// A sample with its caption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Captioned {
    /// Its class or its targets in words.
    pub caption: String,
    /// The sample to look at.
    pub picture: Option<Array>,
}

/// An array with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedArray {
    /// The name.
    pub name: String,
    /// The elements.
    pub values: Array,
}

/// The feature maps of a layer for a sample of a film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilmMap {
    /// The number of the sample in the film.
    pub sample: usize,
    /// The layer.
    pub node: String,
    /// Its maps.
    pub value: Array,
}

/// A histogram with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedHistogram {
    /// The name of the parameter.
    pub name: String,
    /// How its elements are distributed.
    pub weights: Histogram,
}

/// One of the networks of a duel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// Its name.
    pub name: String,
    /// The epochs that have ended.
    pub epoch: usize,
    /// The epochs of the whole training.
    pub epochs: usize,
    /// The mean loss of each epoch.
    pub losses: Vec<f64>,
    /// The part of the training samples with a right answer, after each epoch.
    pub accuracies: Vec<Option<f64>>,
    /// The part of the validation samples with a right answer, after each epoch.
    pub validation: Vec<Option<f64>>,
    /// The number of parameters.
    pub parameters: usize,
}

/// A kind of layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    /// The kind.
    pub kind: String,
    /// What it does, in one sentence.
    pub meaning: String,
    /// Its formula.
    pub formula: String,
    /// Its settings.
    pub settings: Vec<Setting>,
}

/// A setting of a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The key.
    pub key: String,
    /// What it means.
    pub meaning: String,
    /// The type: `integer`, `number`, `boolean`, `choice`, or `other`.
    pub r#type: String,
    /// The value of a layer that leaves it out.
    pub default: Value,
    /// Whether it must be given.
    pub required: bool,
    /// A value that it may have.
    pub example: Value,
    /// The values of a choice.
    pub choices: Vec<String>,
}
