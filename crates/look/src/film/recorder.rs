//! Takes pictures of a network during its training.

use toddle::{Engine, FitError, Float, LayerSpec, Machine, Mode, Network, Shape, argmax};
use toddle_data::Dataset;

use super::{Film, Frame, Head, MOST_BYTES, MOST_FRAMES, Quantised, SAMPLES, VERSION};
use crate::error::LookError;
use crate::inside::{filters, histograms, maps_of, views};

/// Takes pictures of a network at some epochs of its training. It changes nothing in the training.
#[derive(Debug)]
pub struct Recorder<T> {
    head: Head,
    /// From one frame to the next, in epochs.
    stride: usize,
    /// The inputs of the samples whose feature maps are kept.
    watched: Vec<T>,
    /// The places among the nodes, and by how much the rows and columns of their maps are divided.
    nodes: Vec<(usize, usize)>,
    /// The samples in the confusion matrix, if there is one.
    judged: Option<Dataset>,
}

/// The longest side of a map. Longer ones are made smaller.
const SIDE: usize = 32;
/// The most channels of a layer, and the most layers, that are kept.
const CHANNELS: usize = 16;
const LAYERS: usize = 4;
/// The most samples in the confusion matrix; fewer if that would take more than a hundredth of an epoch.
const JUDGED: usize = 1000;
/// The samples that are judged at a time.
const TOGETHER: usize = 16;
/// The most classes of a confusion matrix that is kept.
const CLASSES: usize = 100;
/// A larger layer of filters is not kept.
const FILTERS: usize = 20_000;

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
        let classes = if dataset.classes() <= CLASSES { dataset.class_names().to_vec() } else { Vec::new() };
        let filters = filters(network).filter(|filters| filters.weights.len() <= FILTERS);
        let stride = epochs.div_ceil(MOST_FRAMES - 2).max(1);
        let (mut nodes, mut kept) = (Vec::new(), Vec::new());
        // Base64 makes four letters of three bytes.
        let mut room = MOST_BYTES / MOST_FRAMES * 3 / 5;
        room = room.saturating_sub(
            classes.len() * classes.len() * 2 + filters.as_ref().map_or(0, |f| f.weights.len()),
        );
        for n in views(network) {
            let Shape::Image { channels, height, width } = network.nodes()[n].output() else { continue };
            let by = height.max(width).div_ceil(SIDE);
            let (height, width) = (height / by, width / by);
            let plane = samples.len() * height * width;
            let channels = channels.min(CHANNELS).min(room.checked_div(plane).unwrap_or(0));
            if channels > 0 && nodes.len() < LAYERS {
                room -= channels * plane;
                nodes.push((n, by));
                kept.push((network.nodes()[n].name().to_owned(), [channels, height, width]));
            }
        }
        // A forward pass is a third of a step.
        let judged = if classes.is_empty() { 0 } else { JUDGED.min(trained / 34).max(16).min(dataset.len()) };
        let judged: Vec<usize> = (0..judged).map(|n| n * dataset.len() / judged).collect();
        Recorder {
            stride,
            watched: inputs(dataset, samples.iter().copied()),
            nodes,
            judged: dataset.subset(&judged).ok().filter(|judged| !judged.is_empty()),
            head: Head {
                toddle_film: VERSION,
                filters: filters.map(|filters| (filters.name, filters.shape)),
                maps: kept,
                captions: samples.iter().map(|&sample| dataset.caption(sample)).collect(),
                samples,
                classes,
            },
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
            histograms: histograms(network),
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

/// The first channels of maps, with `by` rows and columns in one: their mean.
fn smaller(maps: &[f64], [_, height, width]: [usize; 3], by: usize, channels: usize) -> Vec<f64> {
    let mut small = Vec::with_capacity(channels * (height / by) * (width / by));
    for map in maps.chunks_exact(height * width).take(channels) {
        for y in 0..height / by {
            for x in 0..width / by {
                let rows = map[y * by * width..].chunks(width).take(by);
                let sum: f64 = rows.flat_map(|row| &row[x * by..][..by]).sum();
                small.push(sum / (by * by) as f64);
            }
        }
    }
    small
}
