//! What there is to see in a network and its samples, as pictures.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::Deserialize;
use toddle::checkpoint::About;
use toddle::{Loss, Shape};
use toddle_data::{Dataset, Meaning, Model, Values};
use toddle_look::show::Shown;
use toddle_run::experiment::Experiment;
use toddle_run::look::{Part, View, What};
use toddle_run::{picture, run};

use crate::arrays::{Elements, Lent, Number, Paired};
use crate::error::{Error, Result};
use crate::network::{Core, Network, each};
use crate::settings::read;

/// What messages call the network, and its samples.
const NETWORK: &str = "the network";
const SAMPLES: &str = "the samples";

/// The key of a model's summary with the loss of its training.
const LOSS: &str = "loss_settings";

/// A picture as SVG, and as PNG if it is made of pixels.
type Drawn<'py> = (String, Option<Bound<'py, PyBytes>>);

/// What Python asks to see.
#[derive(Deserialize)]
struct Asked {
    what: What,
    sample: Option<usize>,
    layer: Option<String>,
    unit: Option<usize>,
    target: Option<String>,
}

impl Asked {
    /// Checks that every option has a use, and that the arrays that the picture needs are there.
    fn check(&self, has_x: bool, has_y: bool) -> Result<()> {
        // The names of the command, and those of Python.
        let options = [
            ("sample", "sample", self.sample.is_some()),
            ("layer", "layer", self.layer.is_some()),
            ("unit", "unit", self.unit.is_some()),
            ("class", "target", self.target.is_some()),
        ];
        let has_use = |name: &str| self.what.takes().contains(&name);
        if let Some((_, option, _)) = options.iter().find(|(name, _, given)| *given && !has_use(name)) {
            let uses: Vec<&str> =
                options.iter().filter(|(name, ..)| has_use(name)).map(|(_, option, _)| *option).collect();
            let expected = if uses.is_empty() { "no option".to_owned() } else { uses.join(", ") };
            let what = format!("{option} has no use for this picture");
            return Err(Error::refused(&what, &expected, option, &format!("leaving out {option}")));
        }
        let needs_x = !matches!(self.what, What::Filters | What::Histograms | What::Excite | What::Film);
        let needs_y = matches!(self.what, What::Confusion | What::Calibration | What::Scatter);
        for (name, what, needs, has) in [("x", "samples", needs_x, has_x), ("y", "targets", needs_y, has_y)] {
            if needs && !has {
                let expected = format!("{what}, as for Network.evaluate");
                let text = format!("this picture is drawn of {what}");
                return Err(Error::refused(
                    &text,
                    &expected,
                    &format!("no {name}"),
                    &format!("{name}={what}"),
                ));
            }
        }
        Ok(())
    }
}

/// Draws what there is to see in the network for the samples `x` with the targets `y`. Neighbours are looked for among the samples of
/// `train`, if there are any.
#[pyfunction]
#[pyo3(signature = (network, about, asked, x=None, y=None, train=None))]
pub(crate) fn look<'py>(
    py: Python<'py>,
    network: &Network,
    about: &str,
    asked: &str,
    x: Option<&Bound<'py, PyAny>>,
    y: Option<&Bound<'py, PyAny>>,
    train: Option<(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>)>,
) -> PyResult<Drawn<'py>> {
    let about: About = read("Network.look", about)?;
    let asked: Asked = read("Network.look", asked)?;
    asked.check(x.is_some(), y.is_some())?;
    let model = |about: &About| -> Result<Model> {
        let bytes = network.bytes(py, about);
        Ok(py.detach(|| Model::decode(NETWORK, &bytes))?)
    };
    let shown = each!(network, core => {
        let samples = Given::new(x, y)?;
        let train = train.as_ref().map(|(x, y)| Given::new(Some(x), y.as_ref())).transpose()?;
        core.look(py, about, &asked, &samples, train.as_ref(), model)?
    });
    drawn(py, shown)
}

/// The film of the run in `folder`.
#[pyfunction]
pub(crate) fn film(py: Python<'_>, folder: PathBuf) -> PyResult<Drawn<'_>> {
    let shown = py.detach(|| {
        let (experiment, _) = Experiment::load(&run::experiment(&folder)?, &[])?;
        Ok::<_, Error>(toddle_run::look::film(&folder, &experiment.name)?)
    });
    drawn(py, shown?)
}

/// Writes a picture. A file that toddle has not made is never overwritten.
#[pyfunction]
pub(crate) fn save_picture(py: Python<'_>, path: PathBuf, bytes: &[u8]) -> PyResult<()> {
    Ok(py.detach(|| picture::save(&path, bytes)).map_err(Error::from)?)
}

fn drawn(py: Python<'_>, shown: Shown) -> PyResult<Drawn<'_>> {
    let (svg, png) = py.detach(|| match shown {
        Shown::Sheet(sheet) => (sheet.svg(), Some(sheet.png())),
        Shown::Chart(svg) => (svg, None),
    });
    Ok((svg, png.map(|png| PyBytes::new(py, &png))))
}

/// Arrays of samples that Python lends.
struct Given<'py, T: Number> {
    x: Option<Lent<'py, T>>,
    y: Option<Lent<'py, T>>,
}

impl<'py, T: Number> Given<'py, T> {
    fn new(x: Option<&Bound<'py, PyAny>>, y: Option<&Bound<'py, PyAny>>) -> Result<Self> {
        Ok(Given { x: x.map(Lent::new).transpose()?, y: y.map(Lent::new).transpose()? })
    }
}

/// What the arrays of samples are for the network.
struct Ends<'a> {
    input: Shape,
    output: Shape,
    /// Whether the network answers with numbers, and not with classes.
    numbers: bool,
    /// The names of the classes. Empty if they have none.
    classes: &'a [String],
}

impl<T: Number> Core<T> {
    fn look(
        &self,
        py: Python<'_>,
        mut about: About,
        asked: &Asked,
        given: &Given<'_, T>,
        train: Option<&Given<'_, T>>,
        model: impl Fn(&About) -> Result<Model>,
    ) -> Result<Shown> {
        let known = Meaning::from_json(NETWORK, &about.data)?;
        let loss = about.summary.get(LOSS).and_then(|loss| Loss::deserialize(loss).ok());
        let classes = std::mem::take(&mut about.classes);
        let (input, output, outputs) =
            self.read(py, |network| (network.input(), network.output(), network.outputs().to_vec()));
        let numbers = match (&known, &loss, &given.y) {
            (Some(known), ..) => known.numbers,
            (None, _, Some(y)) if labels(y.elements()?, output).is_none() => true,
            (None, Some(loss), _) => !loss.tells_classes(&outputs),
            (None, None, _) => false,
        };
        let ends = Ends { input, output, numbers, classes: &classes };
        let samples = match &given.x {
            Some(_) => ends.dataset(py, given)?,
            None => ends.limits(about.scaling.divisor)?,
        };
        let train = train.map(|train| ends.dataset(py, train)).transpose()?;
        let columns = known.and_then(|known| known.columns);
        let meaning = py.detach(|| Meaning::of_samples(&samples, columns));
        about.data = Meaning { numbers, target_scaling: None, ..meaning }.to_json();
        about.scaling = samples.scaling().clone();
        about.classes = classes.clone();
        let model = model(&about)?;
        let place = asked.sample.unwrap_or(0);
        if place >= samples.len() {
            let expected = match samples.len() {
                0 => "one sample or more in x".to_owned(),
                count => format!("0 to {}", count - 1),
            };
            let got = format!("{place}, and {} samples", samples.len());
            return Err(Error::refused(&format!("there is no sample {place}"), &expected, &got, "sample=0"));
        }
        let mut inputs = vec![0.0; samples.size()];
        samples.write_input(place, &mut inputs);
        let caption = match &given.y {
            Some(_) => format!("sample {place}, true {}", samples.caption(place)),
            None => format!("sample {place}"),
        };
        let view = View {
            model: &model,
            samples: &samples,
            train: train.as_ref().unwrap_or(&samples),
            sample: (inputs, caption),
        };
        let part = Part { layer: asked.layer.as_deref(), unit: asked.unit, class: asked.target.as_deref() };
        Ok(self.read(py, |network| view.draw(asked.what, part, network))?)
    }
}

impl Ends<'_> {
    /// Channels, rows and columns of a sample.
    fn shape(&self) -> [usize; 3] {
        match self.input {
            Shape::Vector(size) => [size, 1, 1],
            Shape::Image { channels, height, width } => [channels, height, width],
        }
    }

    /// The samples as a data set.
    fn dataset<T: Number>(&self, py: Python<'_>, given: &Given<'_, T>) -> Result<Dataset> {
        let Some(x) = &given.x else { return self.limits(1.0) };
        let count = self.input.samples_of("inputs", x.shape())?;
        let values = match x.elements()? {
            Elements::Bytes(bytes) => py.detach(|| Values::from(bytes.to_vec())),
            numbers => py.detach(|| Values::from(narrow(numbers, count * self.input.size()))),
        };
        let Some(y) = &given.y else { return self.without_targets(count, values) };
        // The checks of pairs are those of a training.
        Paired::new((self.input, self.output), x, y)?;
        let targets = y.elements()?;
        if self.numbers {
            let size = self.output.size();
            if y.shape().iter().product::<usize>() != count * size {
                return Err(Error::refused(
                    "the targets are classes, but the network answers with numbers",
                    &format!("{size} numbers for each sample"),
                    "a class for each sample",
                    "y with the numbers, or no y",
                ));
            }
            let numbers = py.detach(|| narrow(targets, count * size));
            return Ok(Dataset::with_numbers(SAMPLES, self.shape(), values, numbers, size)?);
        }
        let Some(labels) = py.detach(|| labels(targets, self.output)) else {
            return Err(Error::refused(
                "the targets are no classes",
                "numbers of classes, names of classes, or rows with a single 1",
                "other numbers",
                "y with the class of each sample",
            ));
        };
        let classes = self.output.size().max(2);
        let samples = Dataset::new(SAMPLES, self.shape(), values, labels, classes)?;
        let is_named = self.classes.len() == classes;
        Ok(if is_named { samples.with_class_names(self.classes.to_vec())? } else { samples })
    }

    /// Two samples that say how small and how large inputs are, if nothing else says it: bytes from 0 to 255, which are divided by
    /// `divisor`, or numbers from −1 to 1.
    fn limits(&self, divisor: f32) -> Result<Dataset> {
        let size = self.input.size();
        let values = if divisor == 255.0 {
            Values::from([vec![0; size], vec![255; size]].concat())
        } else {
            Values::from([vec![-1.0_f32; size], vec![1.0; size]].concat())
        };
        self.without_targets(2, values)
    }

    /// Samples of which only the inputs are known.
    fn without_targets(&self, count: usize, values: Values) -> Result<Dataset> {
        Ok(Dataset::with_numbers(SAMPLES, self.shape(), values, vec![0.0; count], 1)?)
    }
}

/// The first `count` elements as a data set has them.
fn narrow<T: Number>(elements: Elements<'_, T>, count: usize) -> Vec<f32> {
    elements.numbers(0..count).iter().map(|x| x.to_f64() as f32).collect()
}

/// Targets as classes: numbers of classes, yes or no for a single output, or rows with a single 1. None if they are other numbers.
fn labels<T: Number>(targets: Elements<'_, T>, output: Shape) -> Option<Vec<u32>> {
    let numbers = match targets {
        Elements::Labels(labels) => return Some(labels.to_vec()),
        Elements::Numbers(numbers) => numbers,
        Elements::Bytes(_) => return None,
    };
    let place = |row: &[T]| match row {
        [only] if *only == T::ZERO => Some(0),
        [only] if *only == T::ONE => Some(1),
        [_] => None,
        _ => {
            let one = row.iter().position(|&x| x == T::ONE)?;
            let is_rest_zero = row.iter().enumerate().all(|(n, &x)| n == one || x == T::ZERO);
            is_rest_zero.then_some(one as u32)
        }
    };
    numbers.chunks_exact(output.size()).map(place).collect()
}
