//! The answers of a session.

use serde::{Deserialize, Serialize};
use toddle::Placed;

use super::{
    Array, Captioned, Confusion, Explained, FilmMap, FilmMoment, Half, Hello, Histograms, Kind, NamedArray,
    NamedHistogram, Near, Net, News, Sample, Shown, Side, State, Traced, Way,
};

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
