//! Takes pictures of a network during its training.

use toddle::{Engine, FitError, Float, LayerSpec, Machine, Mode, Network, Shape, argmax};
use toddle_data::Dataset;

use super::format::line;
use super::{Film, Frame, Head, MOST_BYTES, MOST_FRAMES, Quantised, SAMPLES, VERSION};
use crate::error::LookError;
use crate::inside::{Histogram, filters, histograms, maps_of, views};
use crate::svg::shortened;

/// Takes pictures of a network at some epochs of its training. It changes nothing in the training.
#[derive(Debug)]
pub struct Recorder<T> {
    head: Head,
    /// From one frame to the next, in epochs.
    stride: usize,
    /// The inputs of the samples whose feature maps are kept.
    watched: Vec<T>,
    /// The places among the nodes, and by how much the rows and the columns of their maps are divided.
    nodes: Vec<(usize, [usize; 2])>,
    /// The number of layers whose weights are kept.
    histograms: usize,
    /// The samples in the confusion matrix, if there is one.
    judged: Option<Dataset>,
}

/// The longest side of a map. Longer ones are made smaller.
const SIDE: usize = 32;
/// The most channels of a layer, and the most layers, that are kept.
const CHANNELS: usize = 16;
const LAYERS: usize = 4;
/// The most layers whose weights are kept.
const HISTOGRAMS: usize = 64;
/// The most letters of a caption or of the name of a class.
const LETTERS: usize = 60;
/// The most samples in the confusion matrix; fewer if that would take more than a hundredth of an epoch, but not fewer than
/// [`TOGETHER`].
const JUDGED: usize = 1000;
/// The samples that are judged at a time.
const TOGETHER: usize = 16;
/// The most classes of a confusion matrix that is kept.
const CLASSES: usize = 100;
/// A larger layer of filters is not kept.
const FILTERS: usize = 20_000;
/// The most bytes of the names and the range of a [`Quantised`] in a file, and of the names of a frame.
const NAMES: usize = 200;
/// The most bytes of a count of the confusion matrix, and of a histogram.
const COUNT: usize = 5;
const LARGE_COUNT: usize = 11;

/// The bytes of a file in which so many numbers are [`Quantised`]: Base64 makes four letters of three bytes.
fn quantised(numbers: usize) -> usize {
    numbers.div_ceil(3) * 4 + NAMES
}

/// The largest number of bytes that the histogram of the same weights may have in a file.
fn most_bytes(histogram: &Histogram) -> usize {
    line(histogram).len() + 2 * NAMES + histogram.counts.len() * LARGE_COUNT
}

/// The inputs of some samples, one after the other.
fn inputs<T: Float + From<f32>>(dataset: &Dataset, places: impl Iterator<Item = usize>) -> Vec<T> {
    let mut x = vec![0.0; dataset.size()];
    let mut inputs = Vec::new();
    for place in places {
        dataset.write_input(place, &mut x);
        inputs.extend(x.iter().map(|&x| T::from(x)));
    }
    inputs
}

impl<T: Float + From<f32>> Recorder<T> {
    /// A recorder of the training of `network` for so many epochs on `trained` samples. It watches samples of `dataset`, which the
    /// training should not learn from.
    pub fn new(network: &Network<T>, dataset: &Dataset, trained: usize, epochs: usize) -> Recorder<T> {
        let samples = chosen(dataset, SAMPLES.min(dataset.len()));
        let short = |text: &String| shortened(text, LETTERS);
        let classes: Vec<String> = match dataset.classes() <= CLASSES {
            true => dataset.class_names().iter().map(short).collect(),
            false => Vec::new(),
        };
        let filters = filters(network).filter(|filters| filters.weights.len() <= FILTERS);
        let stride = epochs.div_ceil(MOST_FRAMES - 2).max(1);
        let mut head = Head {
            toddle_film: VERSION,
            filters: filters.as_ref().map(|filters| (filters.name.clone(), filters.shape)),
            maps: Vec::new(),
            captions: samples.iter().map(|&sample| short(&dataset.caption(sample))).collect(),
            samples,
            classes,
        };
        let (samples, classes) = (&head.samples, head.classes.len());
        // What a frame may take beside its maps is subtracted from its share of the file.
        let mut room = (MOST_BYTES.saturating_sub(line(&head).len() + LAYERS * NAMES)) / MOST_FRAMES;
        let answers = samples.len() * LARGE_COUNT + classes * classes * COUNT;
        room = room.saturating_sub(
            NAMES + answers + filters.as_ref().map_or(0, |filters| quantised(filters.weights.len())),
        );
        let mut kept_histograms = 0;
        for histogram in histograms(network).iter().take(HISTOGRAMS) {
            let Some(rest) = room.checked_sub(most_bytes(histogram)) else { break };
            (room, kept_histograms) = (rest, kept_histograms + 1);
        }
        let (mut nodes, mut kept) = (Vec::new(), Vec::new());
        for n in views(network) {
            let Shape::Image { channels, height, width } = network.nodes()[n].output() else { continue };
            // A side that is shorter than the part becomes one row or column.
            let by = height.max(width).div_ceil(SIDE);
            let by = [by.min(height), by.min(width)];
            let (height, width) = (height / by[0], width / by[1]);
            let plane = samples.len() * height * width;
            let fitting = room.saturating_sub(NAMES) / 4 * 3;
            let channels = channels.min(CHANNELS).min(fitting.checked_div(plane).unwrap_or(0));
            if channels > 0 && nodes.len() < LAYERS {
                room -= quantised(channels * plane);
                nodes.push((n, by));
                kept.push((network.nodes()[n].name().to_owned(), [channels, height, width]));
            }
        }
        // A forward pass is a third of a step.
        let judged = if classes == 0 { 0 } else { JUDGED.min(trained / 34).max(TOGETHER).min(dataset.len()) };
        let judged: Vec<usize> = (0..judged).map(|n| n * dataset.len() / judged).collect();
        head.maps = kept;
        Recorder {
            stride,
            watched: inputs(dataset, head.samples.iter().copied()),
            nodes,
            histograms: kept_histograms,
            judged: dataset.subset(&judged).ok().filter(|judged| !judged.is_empty()),
            head,
        }
    }

    /// What is the same in all frames.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Whether a frame is due after this epoch. The frames are evenly spread over the training; epoch 0 is before the first step.
    pub fn is_due(&self, epoch: usize) -> bool {
        epoch.is_multiple_of(self.stride)
    }

    /// What `network` looks like after `epoch` epochs.
    ///
    /// # Errors
    /// The network is not the one that the recorder was made for, or there is not enough memory.
    pub fn frame(&self, network: &Network<T>, epoch: usize) -> Result<Frame, LookError> {
        let is_probability = ends_with_sigmoid(network);
        let room =
            |(_, shape): &(String, [usize; 3])| self.head.samples.len() * shape.iter().product::<usize>();
        let mut maps: Vec<Vec<f64>> =
            self.head.maps.iter().map(|maps| Vec::with_capacity(room(maps))).collect();
        let mut answers = Vec::new();
        for x in self.watched.chunks_exact(network.input().size()) {
            let trace = network.trace(x)?;
            answers.push(says(trace.output(), is_probability));
            for (small, ((n, by), (_, [channels, ..]))) in
                maps.iter_mut().zip(self.nodes.iter().zip(&self.head.maps))
            {
                for map in maps_of(&trace, network, *n) {
                    small.extend(smaller(&map.values, map.shape, *by, *channels));
                }
            }
        }
        let kept = maps.iter().map(|small| Quantised::of(small)).collect();
        let filters = self.head.filters.as_ref().and_then(|_| filters(network));
        Ok(Frame {
            epoch,
            filters: filters.map(|filters| Quantised::of(&filters.weights)),
            maps: kept,
            says: answers,
            confusion: self.confusion(network)?,
            histograms: histograms(network).into_iter().take(self.histograms).collect(),
        })
    }

    fn confusion(&self, network: &Network<T>) -> Result<Vec<u32>, LookError> {
        let classes = self.head.classes.len();
        let mut counts = vec![0; classes * classes];
        let Some(judged) = &self.judged else { return Ok(counts) };
        let is_probability = ends_with_sigmoid(network);
        let size = network.output().size();
        let mut outputs = vec![T::ZERO; TOGETHER * size];
        let plan =
            network.plan(TOGETHER, Mode::Infer, &Machine::detect().map_err(FitError::from)?.threads(1));
        let mut engine = Engine::try_new(network, plan).map_err(|_| FitError::Memory)?;
        for first in (0..judged.len()).step_by(TOGETHER) {
            let some = first..judged.len().min(first + TOGETHER);
            let outputs = &mut outputs[..some.len() * size];
            engine.forward(network, &inputs(judged, some.clone()), outputs);
            for (y, n) in outputs.chunks_exact(size).zip(some) {
                let says = says(y, is_probability).min(classes - 1);
                if let Some(count) = counts.get_mut(judged.labels()[n] as usize * classes + says) {
                    *count += 1;
                }
            }
        }
        Ok(counts)
    }
}

impl Film {
    /// The film of a recorder, with `frames`.
    pub fn of<T>(recorder: &Recorder<T>, frames: Vec<Frame>) -> Film {
        Film { head: recorder.head.clone(), frames }
    }
}

/// The class that outputs stand for. A single output is a logit, or the probability of the second class.
fn says<T: Float>(outputs: &[T], is_probability: bool) -> usize {
    match outputs {
        [only] => usize::from(only.to_f64() > if is_probability { 0.5 } else { 0.0 }),
        _ => argmax(outputs),
    }
}

/// Whether the network ends with a sigmoid.
fn ends_with_sigmoid<T: Float>(network: &Network<T>) -> bool {
    let last = network.nodes().last().and_then(|node| node.layer()).map(|layer| layer.spec());
    matches!(last, Some(LayerSpec::Sigmoid | LayerSpec::HardSigmoid))
}

/// Samples of `dataset`: the first of each class, then the second of each class, and so on. Without classes they are evenly spread.
fn chosen(dataset: &Dataset, count: usize) -> Vec<usize> {
    if dataset.classes() < 2 {
        return (0..count).map(|n| n * dataset.len() / count.max(1)).collect();
    }
    let mut seen = vec![0_usize; dataset.classes()];
    let mut ranked: Vec<(usize, u32, usize)> = dataset
        .labels()
        .iter()
        .enumerate()
        .map(|(place, &label)| {
            seen[label as usize] += 1;
            (seen[label as usize], label, place)
        })
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(count).map(|(.., place)| place).collect()
}

/// The first channels of maps, with some rows and columns in one: their mean.
fn smaller(
    maps: &[f64],
    [_, height, width]: [usize; 3],
    [rows, columns]: [usize; 2],
    channels: usize,
) -> Vec<f64> {
    let mut small = Vec::with_capacity(channels * (height / rows) * (width / columns));
    for map in maps.chunks_exact(height * width).take(channels) {
        for y in 0..height / rows {
            for x in 0..width / columns {
                let part = map[y * rows * width..].chunks(width).take(rows);
                let sum: f64 = part.flat_map(|row| &row[x * columns..][..columns]).sum();
                small.push(sum / (rows * columns) as f64);
            }
        }
    }
    small
}
