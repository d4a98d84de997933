//! The film of a training: what the network looked like after some epochs.

use toddle::Float;
use toddle_look::film::{Film, MOST_FRAMES, Recorder};
use toddle_look::inside;
use toddle_run::run::metrics::Row;

use super::Response;
use super::work::Work;
use crate::protocol::{
    Answer, Array, Captioned, Fault, FilmMap, FilmMoment, Histogram, NamedArray, NamedHistogram,
};

/// The film of a run, with its metrics.
#[derive(Clone, Debug)]
pub struct Filmed {
    /// How the page calls the run.
    pub name: String,
    /// The film, if there is one.
    pub film: Option<Film>,
    /// The epochs of the training.
    pub rows: Vec<Row>,
}

/// A film that is being made.
pub struct Camera<T> {
    recorder: Recorder<T>,
    pub film: Film,
    /// Frames are kept of epochs that are a multiple of this number, and of the last one.
    every: usize,
}

impl<T: Float + From<f32>> Camera<T> {
    /// Begins a film of the training of `work`, whose frames so far are those of `old`.
    pub fn new(work: &Work<T>, old: Option<Film>) -> Option<Camera<T>> {
        let (parts, training) = (work.parts.as_ref()?, work.training.as_ref()?);
        let epochs = training.trainer.fit().epochs;
        let recorder = Recorder::new(&work.network, parts.measured().0, parts.train.len(), epochs);
        let state = training.trainer.state();
        let mut frames = old.filter(|old| old.head == *recorder.head()).map_or(Vec::new(), |old| old.frames);
        // A checkpoint may be older than the film.
        frames.retain(|frame| frame.epoch <= state.epochs);
        let mut camera = Camera { film: Film::of(&recorder, frames), recorder, every: 1 };
        // The weights of the middle of an epoch are of no frame.
        if state.seen == 0 {
            camera.take(&work.network, state.epochs, training.trainer.is_done());
        }
        Some(camera)
    }

    /// Takes a frame after `epoch` epochs, if one is due. A network that cannot be filmed has no frames.
    pub fn take(&mut self, network: &toddle::Network<T>, epoch: usize, is_last: bool) {
        let is_new = self.film.frames.last().is_none_or(|last| last.epoch < epoch);
        if is_new
            && (is_last || self.recorder.is_due(epoch) && epoch.is_multiple_of(self.every))
            && let Ok(frame) = self.recorder.frame(network, epoch)
        {
            self.film.frames.push(frame);
        }
        // A training whose epochs have changed may be longer than the recorder knows.
        while self.film.frames.len() > MOST_FRAMES {
            self.every *= 2;
            self.film.frames.retain(|frame| frame.epoch.is_multiple_of(self.every) || frame.epoch == epoch);
        }
    }
}

impl<T: Float + From<f32>> Work<T> {
    /// The film of this training.
    pub fn filmed(&self) -> Filmed {
        let film = self.camera.as_ref().map(|camera| camera.film.clone());
        let rows = self.training.as_ref().map_or(Vec::new(), |training| training.rows().to_vec());
        Filmed { name: self.name.clone(), film, rows }
    }

    /// Sample `index` of the film, to look at.
    pub fn film_picture(&self, index: usize) -> Option<Array> {
        let (dataset, _) = self.parts.as_ref()?.measured();
        (index < dataset.len()).then(|| self.picture(dataset, index)).flatten()
    }
}

/// The answer to `film`. `picture` shows a sample, if the data are there.
pub fn film(filmed: &Filmed, picture: impl Fn(usize) -> Option<Array>) -> Answer {
    let Filmed { name, film, rows } = filmed;
    let moment = |(frame, of): (usize, &toddle_look::film::Frame)| {
        let row = rows.iter().find(|row| row.epoch == of.epoch);
        FilmMoment {
            frame,
            epoch: of.epoch,
            step: row.map_or(0, |row| row.step),
            loss: row.map(|row| row.loss),
            accuracy: row.and_then(|row| row.accuracy.or(row.training_accuracy)),
        }
    };
    let Some(film) = film else {
        let (classes, frames, samples) = Default::default();
        return Answer::Film { name: name.clone(), classes, frames, samples };
    };
    let samples = film.head.samples.iter().zip(&film.head.captions);
    let samples =
        samples.map(|(&index, caption)| Captioned { caption: caption.clone(), picture: picture(index) });
    Answer::Film {
        name: name.clone(),
        classes: film.head.classes.clone(),
        frames: film.frames.iter().enumerate().map(moment).collect(),
        samples: samples.collect(),
    }
}

/// The answer to `frame`.
pub fn frame(filmed: &Filmed, number: usize) -> Response {
    let frames = filmed.film.as_ref().map_or(0, |film| film.frames.len());
    let Some((film, frame)) = filmed.film.as_ref().and_then(|film| Some((film, film.frames.get(number)?)))
    else {
        let expected = format!("a number below {frames}");
        return Err(Fault::new("there is no such frame", expected, number.to_string(), "a lower number"));
    };
    let filters = film.filters(frame).map(|inside::Filters { name, shape, weights }| {
        let weights: Vec<f32> = weights.into_iter().map(|w| w as f32).collect();
        NamedArray { name, values: Array::of(shape.to_vec(), &weights) }
    });
    let mut maps = Vec::new();
    for ((name, shape), of) in film.head.maps.iter().zip(&frame.maps) {
        let numbers: Vec<f32> = of.numbers().into_iter().map(|x| x as f32).collect();
        let size: usize = shape.iter().product();
        maps.extend(numbers.chunks_exact(size.max(1)).enumerate().map(|(sample, map)| FilmMap {
            sample,
            node: name.clone(),
            value: Array::of(shape.to_vec(), map),
        }));
    }
    Ok(Answer::Frame {
        frame: number,
        filters: filters.into_iter().collect(),
        maps,
        said: frame.says.clone(),
        confusion: (!frame.confusion.is_empty()).then(|| film.confusion(frame)),
        histograms: frame.histograms.iter().map(histogram).collect(),
    })
}

/// The mean and the deviation are those of the middles of the bins.
fn histogram(of: &inside::Histogram) -> NamedHistogram {
    let width = (of.high - of.low) / of.counts.len().max(1) as f64;
    let count: f64 = of.counts.iter().map(|&n| f64::from(n)).sum();
    let mean_of = |f: &dyn Fn(f64) -> f64| {
        let each = of.counts.iter().enumerate();
        each.map(|(bin, &n)| f64::from(n) * f(of.low + (bin as f64 + 0.5) * width)).sum::<f64>()
            / count.max(1.0)
    };
    let mean = mean_of(&|x| x);
    let deviation = mean_of(&|x| (x - mean) * (x - mean)).sqrt();
    let counts = of.counts.iter().map(|&n| u64::from(n)).collect();
    let weights = Histogram { least: of.low, most: of.high, counts, mean, deviation };
    NamedHistogram { name: of.name.clone(), weights }
}
