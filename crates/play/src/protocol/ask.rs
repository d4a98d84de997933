//! The asks of a page.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use toddle::Optimizer;

use super::{Array, Fault};

/// An ask. In JSON its kind is the key `ask`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// What there is, and what is open.
    Hello {},
    /// Opens a network.
    Open(Open),
    /// The nodes of the network.
    Network {},
    /// The weights of one parameter.
    Weights {
        /// The name of the parameter, such as `conv1.weight`.
        parameter: String,
    },
    /// A sample of the data.
    Sample {
        /// The half.
        half: Half,
        /// The index of the sample in its half.
        index: usize,
    },
    /// Every value of the network for an input.
    Trace {
        /// The input.
        input: Input,
        /// The names of the values that are wanted. None: all.
        nodes: Option<Vec<String>>,
    },
    /// One element, forward and backward.
    Element(Element),
    /// Starts, pauses or resets the training.
    Train {
        /// What to do.
        r#do: Do,
    },
    /// Changes the training.
    Change(Change),
    /// How far the training is.
    News {},
    /// Which class was taken for which.
    Confusion {
        /// The half. None: the one that measures the network.
        half: Option<Half>,
    },
    /// Samples of one cell of the confusion.
    Cell {
        /// The half. None: the one that measures the network.
        half: Option<Half>,
        /// The true class.
        truth: usize,
        /// The class of the answer.
        said: usize,
        /// The largest number of samples.
        #[serde(default = "some")]
        most: usize,
    },
    /// The samples with the largest loss.
    Worst {
        /// The half. None: the one that measures the network.
        half: Option<Half>,
        /// The largest number of samples.
        #[serde(default = "some")]
        most: usize,
    },
    /// How weights, values and gradients are distributed.
    Histograms {},
    /// The answers on a grid of points.
    Boundary {
        /// The columns of the grid.
        columns: usize,
        /// The rows of the grid.
        rows: usize,
        /// The node that is shown. None: the answer.
        node: Option<String>,
        /// The element of the node.
        #[serde(default)]
        unit: usize,
    },
    /// The samples that are points.
    Points {},
    /// What each part of an input gives to the score of a class.
    Why {
        /// The input.
        input: Input,
        /// How it is found.
        by: Way,
        /// The class. None: the answer.
        class: Option<usize>,
    },
    /// The smallest change that turns the answer.
    Nudge {
        /// The input.
        input: Input,
    },
    /// The samples that are nearest to an input in the last hidden layer.
    Nearest {
        /// The input.
        input: Input,
        /// The half that is searched.
        #[serde(default = "train")]
        half: Half,
        /// The largest number of samples.
        #[serde(default = "some")]
        most: usize,
    },
    /// Samples in the two directions in which the last hidden layer spreads most.
    Map {
        /// The half.
        half: Half,
        /// The number of samples.
        count: usize,
        /// An input that is shown among them.
        input: Option<Input>,
    },
    /// The input that excites a unit most.
    Excite {
        /// The node.
        node: String,
        /// The channel of its image, or the element of its vector.
        unit: usize,
    },
    /// The film of a training.
    Film {
        /// The name of a run. None: the training of this session.
        run: Option<String>,
    },
    /// One frame of a film.
    Frame {
        /// The name of a run. None: the training of this session.
        run: Option<String>,
        /// The number of the frame, counted from 0.
        frame: usize,
    },
    /// Networks side by side.
    Duel(Duel),
    /// Checks a network that is being edited.
    Build(Build),
    /// The layers that there are.
    Layers {},
}

impl Ask {
    /// The ask in a text of JSON.
    ///
    /// # Errors
    /// The text is no ask.
    pub fn of_json(text: &[u8]) -> Result<Ask, Fault> {
        serde_json::from_slice(text).map_err(|error| {
            let expected = "an ask as in PROTOCOL.md";
            Fault::new("this is no ask", expected, error.to_string(), "{ \"ask\": \"hello\" }")
        })
    }
}

/// What a page opens. One of the keys that name a network is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Open {
    /// The name of an experiment.
    pub experiment: Option<String>,
    /// The name of a run.
    pub run: Option<String>,
    /// The text of an experiment.
    pub toml: Option<String>,
    /// Points in a square.
    pub points: Option<PointSettings>,
    /// For points: the layers, each in the words of an experiment.
    pub layers: Option<Vec<Value>>,
    /// For points: the optimizer.
    pub optimizer: Option<Optimizer>,
    /// For points: the samples of a step.
    pub batch: Option<usize>,
    /// For points: the epochs.
    pub epochs: Option<usize>,
    /// For points: the seed of the first weights and of the order.
    pub seed: Option<u32>,
}

/// Points of two classes in the square from −1 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PointSettings {
    /// How the points lie.
    pub set: PointSet,
    /// How far points stray: from 0 to 1.
    pub noise: f64,
    /// The number of points, half of them for validation.
    pub count: usize,
    /// The inputs of the network.
    pub features: Vec<Feature>,
    /// The seed of the points.
    pub seed: u64,
}

impl Default for PointSettings {
    fn default() -> Self {
        PointSettings {
            set: PointSet::Spiral,
            noise: 0.1,
            count: 400,
            features: vec![Feature::X, Feature::Y],
            seed: 0,
        }
    }
}

/// How points of two classes lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PointSet {
    /// A disc, and a ring around it.
    Circle,
    /// The class depends on whether both coordinates have the same sign.
    Xor,
    /// Two clouds.
    Gauss,
    /// Two arms of a spiral.
    Spiral,
}

/// An input of a network of points: a function of the coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// `x`
    X,
    /// `y`
    Y,
    /// `x²`
    X2,
    /// `y²`
    Y2,
    /// `x·y`
    Xy,
    /// `sin πx`
    SinX,
    /// `sin πy`
    SinY,
}

/// A half of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    /// The samples to train on.
    Train,
    /// The samples to validate with.
    Validation,
    /// The samples to test with.
    Test,
}

/// An input of the network: a sample, numbers, a drawing or a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "`half` with `index`, `values`, `drawn` or `picture`")]
pub enum Input {
    /// A sample of the data.
    Sample {
        /// The half.
        half: Half,
        /// The index of the sample in its half.
        index: usize,
    },
    /// The inputs of the network themselves.
    Values {
        /// As many as the network takes.
        values: Array,
    },
    /// A canvas, as bytes: 0 is paper, and 255 is ink.
    Drawn {
        /// Rows and columns, or three channels, rows and columns.
        drawn: Array,
    },
    /// A picture file.
    Picture {
        /// The file in Base64.
        picture: String,
    },
}

/// Which element, and of which input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// The input.
    pub input: Input,
    /// The name of the value.
    pub node: String,
    /// The index of the element.
    pub index: usize,
    /// The class that is taken as the truth. None: that of the sample, or that of the answer.
    pub target: Option<usize>,
    /// The term whose weight is moved by a step. None: the first with a weight.
    pub weight: Option<usize>,
}

/// How the parts of a score are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A square covers one part of the picture after the other.
    Occlusion,
    /// The gradient times the input.
    Gradient,
    /// Integrated gradients, from an input of zeros.
    Integrated,
}

/// What a training is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Do {
    /// Train to the end.
    Start,
    /// Stop after the present step.
    Pause,
    /// Take one step.
    Step,
    /// Train to the end of the epoch.
    Epoch,
    /// Begin again with the first weights.
    Reset,
}

/// Changes of a training. None: as before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Change {
    /// The learning rate.
    pub rate: Option<f64>,
    /// The samples of a step.
    pub batch: Option<usize>,
    /// The optimizer.
    pub optimizer: Option<Optimizer>,
    /// The number of epochs.
    pub epochs: Option<usize>,
    /// The layers of the network, each in the words of an experiment.
    pub layers: Option<Vec<Value>>,
}

/// Networks side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duel {
    /// What to do.
    pub r#do: DuelDo,
    /// The names of the networks.
    #[serde(default)]
    pub between: Vec<String>,
    /// The number of training samples.
    pub samples: Option<usize>,
    /// The number of epochs.
    pub epochs: Option<usize>,
}

/// What a duel is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuelDo {
    /// Begin, or go on.
    Start,
    /// Stop after the present steps.
    Pause,
    /// Say how far it is.
    News,
}

/// A network that is being edited: a text or a list of layers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Build {
    /// The text of an experiment.
    pub toml: Option<String>,
    /// The layers, each in the words of an experiment.
    pub layers: Option<Vec<Value>>,
    /// The shape of a sample.
    pub input: Option<Vec<usize>>,
}

/// The half that is searched if an ask does not say it.
fn train() -> Half {
    Half::Train
}

/// How many samples are shown if an ask does not say it.
fn some() -> usize {
    24
}
