//! Why the network answers as it does.

use toddle::{Float, argmax};
use toddle_data::{Ground, Pictures};
use toddle_look::LookError;
use toddle_look::why::{self, Excite, Hidden, Nudge, Nudged, Occlusion, STEPS, Why};

use super::Response;
use super::input::no_range;
use super::trace::bounds;
use super::work::{Work, shape};
use crate::protocol::{Answer, Array, Fault, Half, Input, Near, Shown, Way};

/// The training samples among which neighbours are looked for, and the most samples of a map.
const SEARCHED: usize = 10_000;
const MAPPED: usize = 2_000;

/// Samples that go through the network together.
const TOGETHER: usize = 256;

/// The largest change of an input that is tried, as a part of its range.
const MOST_CHANGE: f64 = 0.5;

impl From<LookError> for Fault {
    fn from(error: LookError) -> Fault {
        Fault::of(&error)
    }
}

impl<T: Float + From<f32>> Work<T> {
    /// What each part of an input gives to the score of a class.
    pub fn why(&self, input: &Input, by: Way, class: Option<usize>) -> Response {
        let given = self.given(input)?;
        let why = Why::new(&self.network)?;
        let scores = why.scores(&given.x)?;
        let class = class.unwrap_or_else(|| self.answer_of(&scores));
        let (output, sign) = self.score_of(class, scores.len())?;
        let zeros = vec![T::ZERO; given.x.len()];
        let (parts, shape, score, sums) = match by {
            Way::Occlusion => {
                let shape = self.sample_shape();
                let covered = why.occlusion(&given.x, output, &Occlusion::of(shape, self.background()?))?;
                (covered.falls, vec![1, shape[1], shape[2]], covered.score, None)
            }
            Way::Gradient | Way::Integrated => {
                let found = match by {
                    Way::Gradient => why.gradient_times_input(&given.x, output)?,
                    _ => why.integrated_gradients(&given.x, &zeros, output, STEPS)?,
                };
                (found.parts, self.shown_shape(), found.score, Some((found.sum, found.baseline)))
            }
        };
        let sums = sums.filter(|_| by == Way::Integrated);
        let (sum, baseline) = (sums.map(|sums| sign * sums.0), sums.map(|sums| sign * sums.1));
        let (score, parts) = (sign * score, parts.iter().map(|part| sign * part).collect::<Vec<_>>());
        Ok(Answer::Why { by, class, score, baseline, sum, parts: Array::of(shape, &parts) })
    }

    /// The class that scores stand for. A single score above 0 stands for the second class. Numbers are no classes: then it is 0.
    fn answer_of(&self, scores: &[f64]) -> usize {
        match scores {
            _ if !self.has_classes() => 0,
            [only] => usize::from(*only > 0.0),
            _ => argmax(scores),
        }
    }

    /// The output whose score is that of a class, and the sign of the score. A single score speaks for the second class, and so
    /// against the first one.
    fn score_of(&self, class: usize, scores: usize) -> Result<(usize, f64), Fault> {
        let is_single = scores == 1 && self.has_classes();
        let classes = if is_single { 2 } else { scores };
        match class {
            _ if class >= classes => {
                let expected = format!("a class below {classes}");
                Err(Fault::new("there is no such class", expected, class.to_string(), "another class"))
            }
            0 if is_single => Ok((0, -1.0)),
            _ if is_single => Ok((0, 1.0)),
            _ => Ok((class, 1.0)),
        }
    }

    /// The smallest change of an input along the gradient that turns the answer.
    pub fn nudge(&self, input: &Input) -> Response {
        let x = self.given(input)?.x;
        let limits = match self.network.input() {
            toddle::Shape::Image { .. } => self.limits(),
            toddle::Shape::Vector(_) => {
                let of_all = bounds(self.limits().into_iter().flatten());
                vec![of_all]
            }
        };
        let why = Why::new(&self.network)?;
        let found = why.nudge(&x, &Nudge { limits, most: MOST_CHANGE })?;
        let x: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
        let Some(Nudged { input, size, was, is }) = found else {
            let was = self.answer_of(&why.scores(&x.iter().map(|&x| T::from_f64(x)).collect::<Vec<_>>())?);
            return Ok(Answer::Nudge {
                found: false,
                size: None,
                was,
                is: None,
                picture: None,
                changed: None,
                change: None,
            });
        };
        let change: Vec<f64> = input.iter().zip(&x).map(|(new, old)| new - old).collect();
        Ok(Answer::Nudge {
            found: true,
            size: Some(size),
            was,
            is: Some(is),
            picture: self.seen(&x),
            changed: self.seen(&input),
            change: Some(Array::of(self.shown_shape(), &change)),
        })
    }

    /// The samples that are nearest to an input in the last hidden layer.
    pub fn nearest(&mut self, input: &Input, half: Half, most: usize) -> Response {
        let given = self.given(input)?;
        let hidden = Hidden::of(&self.network)?;
        let of = hidden.values(&given.x)?;
        let count = self.dataset(half)?.len().min(SEARCHED);
        let values = self.hidden(&hidden, half, 0..count)?;
        let near = why::nearest(&values, &of, most.min(100));
        let layer = hidden.name().to_owned();
        let dataset = self.dataset(half)?;
        let samples = near.into_iter().map(|near| {
            let x = self.inputs(dataset, near.sample);
            let y = self.network.predict(&x)?;
            let (loss, _) =
                self.network.judge(self.loss(), &y, &super::input::target(dataset, near.sample))?;
            let y: Vec<f64> = y.iter().map(|y| y.to_f64()).collect();
            let said = self.said(&y)?;
            let shown = Shown {
                index: near.sample,
                caption: dataset.caption(near.sample),
                truth: dataset.labels().get(near.sample).copied(),
                said: said.as_ref().map(|said| said.class),
                probability: said.map(|said| said.probability),
                loss: loss.to_f64(),
                picture: self.picture(dataset, near.sample),
            };
            Ok(Near { shown, distance: near.distance })
        });
        Ok(Answer::Nearest { layer, half, of: count, samples: samples.collect::<Result<_, Fault>>()? })
    }

    /// Samples in the two directions in which the last hidden layer spreads most.
    pub fn map(&self, half: Half, count: usize, input: Option<&Input>) -> Response {
        let dataset = self.dataset(half)?;
        let count = count.clamp(2, MAPPED).min(dataset.len());
        let indices: Vec<usize> = (0..count).map(|n| n * dataset.len() / count).collect();
        let hidden = Hidden::of(&self.network)?;
        let values = self.hidden(&hidden, half, indices.iter().copied())?;
        let plane = why::plane(&values, hidden.width())?;
        let here = match input {
            Some(input) => Some(plane.place(&hidden.values(&self.given(input)?.x)?)),
            None => None,
        };
        let mut said = Vec::new();
        for indices in indices.chunks(TOGETHER).filter(|_| self.has_classes()) {
            let x: Vec<T> = indices.iter().flat_map(|&n| self.inputs(dataset, n)).collect();
            let outputs: Vec<f64> = self.network.predict(&x)?.iter().map(|y| y.to_f64()).collect();
            said.extend(self.probabilities(&outputs)?.chunks_exact(self.classes.len()).map(argmax));
        }
        let points: Vec<f32> = plane.points.iter().flatten().map(|&x| x as f32).collect();
        let labels = indices.iter().filter_map(|&n| dataset.labels().get(n).copied()).collect();
        let points = Array::of(vec![count, 2], &points);
        let (layer, shares) = (hidden.name().to_owned(), plane.shares);
        Ok(Answer::Map { layer, half, points, indices, labels, said, shares, here })
    }

    /// The input that excites a unit most.
    pub fn excite(&self, node: &str, unit: usize) -> Response {
        if self.value(node).is_none() {
            return Err(self.no_value(node));
        }
        let [low, high] = bounds(self.limits().into_iter().flatten());
        let limits = if low < high { [low, high] } else { Excite::default().limits };
        let found = why::excite(&self.network, node, unit, &Excite { limits, ..Excite::default() })?;
        let units = match self.network.shape(self.value(node).unwrap_or_default()) {
            toddle::Shape::Image { channels, .. } => channels,
            toddle::Shape::Vector(size) => size,
        };
        let values = Array::of(self.shown_shape(), &found.input);
        let (node, before, after) = (node.to_owned(), found.before, found.after);
        Ok(Answer::Excite { node, unit, units, before, after, values })
    }

    /// The elements of the last hidden layer for some samples.
    fn hidden(
        &self,
        hidden: &Hidden<T>,
        half: Half,
        samples: impl Iterator<Item = usize>,
    ) -> Result<Vec<f64>, Fault> {
        let (dataset, samples) = (self.dataset(half)?, samples.collect::<Vec<_>>());
        let mut values = Vec::with_capacity(samples.len() * hidden.width());
        for samples in samples.chunks(TOGETHER) {
            let x: Vec<T> = samples.iter().flat_map(|&n| self.inputs(dataset, n)).collect();
            values.extend(hidden.values(&x)?);
        }
        Ok(values)
    }

    /// The shape in which an input is shown: that of a picture, even where the network takes a vector.
    fn shown_shape(&self) -> Vec<usize> {
        match &self.meaning.pictures {
            Some(pictures) => pictures.shape.to_vec(),
            None => shape(self.network.input()),
        }
    }

    /// A brightness as an input, for each channel. None if the inputs are no pictures, or nothing says which values are black and white.
    fn tone(&self, brightness: f32) -> Option<Vec<f64>> {
        let Pictures { shape, .. } = self.meaning.pictures.as_ref()?;
        let mut tone = vec![self.range()?.value(brightness); shape[0]];
        // Pixels that are columns of a table have a mean each.
        if self.scaling.is_standard() && self.scaling.channels() != shape[0] {
            return None;
        }
        self.scaling.standardise(&mut tone);
        Some(tone.into_iter().map(f64::from).collect())
    }

    /// The background of a picture, for each channel. It has no channels if the inputs are no pictures.
    fn background(&self) -> Result<Vec<f64>, Fault> {
        let Some(pictures) = &self.meaning.pictures else { return Ok(Vec::new()) };
        let tone = self.tone(if pictures.ground == Ground::Light { 1.0 } else { 0.0 });
        tone.ok_or_else(|| no_range("a part of the picture cannot be covered"))
    }

    /// The least and the largest input of each channel. A vector has one channel.
    fn limits(&self) -> Vec<[f64; 2]> {
        let channels = match self.network.input() {
            toddle::Shape::Image { channels, .. } => channels,
            toddle::Shape::Vector(_) => 1,
        };
        match (self.tone(0.0), self.tone(1.0), self.meaning.seen) {
            (Some(black), Some(white), _) => {
                black.iter().zip(white).map(|(&black, white)| [black.min(white), black.max(white)]).collect()
            }
            (_, _, Some([least, most])) => vec![[f64::from(least), f64::from(most)]; channels],
            _ => vec![[-1.0, 1.0]; channels],
        }
    }

    /// Inputs as a picture to look at.
    fn seen(&self, x: &[f64]) -> Option<Array> {
        let (Pictures { shape, .. }, black, white) =
            (self.meaning.pictures.as_ref()?, self.tone(0.0)?, self.tone(1.0)?);
        let plane = shape[1] * shape[2];
        let byte = |(i, x): (usize, &f64)| {
            let (black, white) = (black[i / plane], white[i / plane]);
            (255.0 * (x - black) / (white - black)).round() as u8
        };
        Some(Array::of_bytes(shape.to_vec(), x.iter().enumerate().map(byte).collect()))
    }
}
