//! The answers about all samples of a half: which class was taken for which, and which samples are hard.

use toddle::metrics;
use toddle::{Float, argmax};

use super::Response;
use super::input::target;
use super::work::Work;
use crate::protocol::{Answer, Confusion, Fault, Half, Shown};

/// The answers about a half, with the weights of a moment.
pub struct Judged {
    half: Half,
    moment: u64,
    /// The loss of each sample.
    losses: Vec<f64>,
    /// The class that is chosen for each sample, and its probability. Empty if the network chooses no class.
    said: Vec<(usize, f64)>,
}

/// Samples that go through the network together.
const TOGETHER: usize = 256;

/// The largest number of samples in an answer.
const MOST: usize = 100;

impl<T: Float + From<f32>> Work<T> {
    /// Asks the network about all samples of a half, unless it was asked at this moment.
    fn judge(&mut self, half: Half) -> Result<(), Fault> {
        let moment = self.moment();
        if self.judged.as_ref().is_some_and(|judged| (judged.half, judged.moment) == (half, moment)) {
            return Ok(());
        }
        let dataset = self.dataset(half)?;
        let width = self.network.output().size();
        let mut judged = Judged { half, moment, losses: Vec::new(), said: Vec::new() };
        for begin in (0..dataset.len()).step_by(TOGETHER) {
            let samples = begin..dataset.len().min(begin + TOGETHER);
            let x: Vec<T> = samples.clone().flat_map(|n| self.inputs(dataset, n)).collect();
            let outputs = self.network.predict(&x)?;
            for (n, y) in samples.zip(outputs.chunks_exact(width)) {
                let (loss, _) = self.network.judge(self.loss(), y, &target(dataset, n))?;
                judged.losses.push(loss.to_f64());
            }
            if self.has_classes() {
                let outputs: Vec<f64> = outputs.iter().map(|y| y.to_f64()).collect();
                let probabilities = self.probabilities(&outputs)?;
                let said = probabilities.chunks_exact(self.classes.len()).map(|probabilities| {
                    let class = argmax(probabilities);
                    (class, probabilities[class])
                });
                judged.said.extend(said);
            }
        }
        dataset.check_read()?;
        self.judged = Some(judged);
        Ok(())
    }

    /// The answers about a half, which must have classes.
    fn judged_classes(&mut self, half: Half) -> Result<&Judged, Fault> {
        if !self.has_classes() {
            let got = "a network that does not choose a class";
            return Err(Fault::new(
                "there are no classes",
                "a network with classes",
                got,
                "the worst samples",
            ));
        }
        self.judge(half)?;
        Ok(self.judged.as_ref().expect("it was judged"))
    }

    pub fn confusion(&mut self, half: Option<Half>) -> Response {
        let half = self.measured(half);
        let labels = self.dataset(half)?.labels().to_vec();
        let said = self.judged_classes(half)?.said.clone();
        let mut confusion = metrics::Confusion::new(self.classes.len()).map_err(|error| Fault::of(&error))?;
        for (truth, (said, _)) in labels.into_iter().zip(said) {
            confusion.add(truth as usize, said).map_err(|error| Fault::of(&error))?;
        }
        Ok(Answer::Confusion(Confusion {
            half,
            classes: self.classes.clone(),
            rows: confusion.rows().map(<[u64]>::to_vec).collect(),
            samples: confusion.samples(),
            accuracy: confusion.accuracy(),
            precision: confusion.precision(),
            recall: confusion.recall(),
        }))
    }

    pub fn cell(&mut self, half: Option<Half>, truth: usize, said: usize, most: usize) -> Response {
        let half = self.measured(half);
        let labels = self.dataset(half)?.labels().to_vec();
        let judged = self.judged_classes(half)?;
        let is_of_cell = |&n: &usize| labels[n] as usize == truth && judged.said[n].0 == said;
        let mut of_cell: Vec<usize> = (0..labels.len()).filter(is_of_cell).collect();
        of_cell.sort_by(|&a, &b| judged.said[b].1.total_cmp(&judged.said[a].1));
        self.shown(half, &of_cell, most)
    }

    pub fn worst(&mut self, half: Option<Half>, most: usize) -> Response {
        let half = self.measured(half);
        self.judge(half)?;
        let losses = self.judged.as_ref().map_or(&[][..], |judged| &judged.losses);
        let mut worst: Vec<usize> = (0..losses.len()).collect();
        worst.sort_by(|&a, &b| losses[b].total_cmp(&losses[a]));
        self.shown(half, &worst, most)
    }

    fn shown(&self, half: Half, samples: &[usize], most: usize) -> Response {
        let (dataset, judged) = (self.dataset(half)?, self.judged.as_ref().expect("it was judged"));
        let shown = |&index: &usize| Shown {
            index,
            caption: dataset.caption(index),
            truth: dataset.labels().get(index).copied(),
            said: judged.said.get(index).map(|said| said.0),
            probability: judged.said.get(index).map(|said| said.1),
            loss: judged.losses[index],
            picture: self.picture(dataset, index),
        };
        let of = samples.len();
        let samples = samples.iter().take(most.min(MOST)).map(shown).collect();
        Ok(Answer::Samples { half, of, samples })
    }
}
