//! A small change that turns the answer.

use toddle::{Float, argmax};

use super::Why;
use crate::error::LookError;

/// How far an answer is nudged.
#[derive(Clone, Debug, PartialEq)]
pub struct Nudge {
    /// The least and the greatest input of each channel. A vector has one channel.
    pub limits: Vec<[f64; 2]>,
    /// The largest change of an input, as a part of the distance between its limits.
    pub most: f64,
}

/// A sample whose answer was turned: made by [`Why::nudge`].
#[derive(Clone, Debug, PartialEq)]
pub struct Nudged {
    /// The changed sample.
    pub input: Vec<f64>,
    /// The largest change of an input, as a part of the distance between its limits.
    pub size: f64,
    /// The answer before the change.
    pub was: usize,
    /// The answer after it.
    pub is: usize,
}

/// The number of other answers that are tried: those with the highest scores.
const RIVALS: usize = 5;

/// How often the size of the change is halved. After that, it is known to a millionth of the largest change that is tried.
const HALVINGS: usize = 20;

impl<T: Float> Why<T> {
    /// The smallest change of `x` along the sign of the gradient that turns the answer. `None` if no change of at most
    /// [`Nudge::most`] does.
    ///
    /// For each other answer, every input is changed by the same amount, in the direction in which the other score gains on
    /// the present one. The amount is found by bisection. Inputs stay within their limits. The change that is found turns the
    /// answer; there may be smaller changes in other directions. Cost: about a hundred forward passes.
    ///
    /// An answer is the place of the highest score. A network of one score answers 1 if the score is above 0, and else 0.
    ///
    /// # Errors
    /// `x` is not one sample, or the limits do not fit it.
    pub fn nudge(&self, x: &[T], nudge: &Nudge) -> Result<Option<Nudged>, LookError> {
        self.check(x, 0)?;
        let Nudge { limits, most } = nudge;
        let (channels, plane) = match self.network.input() {
            toddle::Shape::Image { channels, height, width } => (channels, height * width),
            toddle::Shape::Vector(size) => (1, size),
        };
        let are_fit = limits.len() == channels && limits.iter().all(|[low, high]| low < high) && *most > 0.0;
        if !are_fit {
            let expected =
                format!("a lower and an upper limit for each of {channels} channels, and a change above 0");
            let got = format!("{limits:?} and {most}");
            return Err(LookError::refused(
                "the limits do not fit the sample",
                expected,
                got,
                "other limits",
            ));
        }
        let scores = self.scores(x)?;
        let was = answer(&scores);
        let mut best: Option<Nudged> = None;
        for rival in rivals(&scores, was) {
            let gradient = self.gradient(x, &self.towards(was, rival))?;
            let changed = |size: f64| -> Vec<f64> {
                let each = x.iter().zip(&gradient).enumerate();
                each.map(|(i, (x, g))| {
                    let [low, high] = limits[i / plane];
                    let step = match g.to_f64() {
                        g if g > 0.0 => size * (high - low),
                        g if g < 0.0 => -size * (high - low),
                        _ => return x.to_f64(),
                    };
                    (x.to_f64() + step).clamp(low.min(x.to_f64()), high.max(x.to_f64()))
                })
                .collect()
            };
            let says = |size: f64| -> Result<usize, LookError> {
                Ok(answer(&self.scores(&super::numbers::<T>(changed(size)))?))
            };
            let mut enough = best.as_ref().map_or(*most, |best| best.size);
            if says(enough)? == was {
                continue;
            }
            let mut little = 0.0;
            for _ in 0..HALVINGS {
                let middle = 0.5 * (little + enough);
                if says(middle)? == was {
                    little = middle;
                } else {
                    enough = middle;
                }
            }
            best = Some(Nudged { input: changed(enough), size: enough, was, is: says(enough)? });
        }
        Ok(best)
    }

    /// The gradient to the scores along which answer `rival` gains on answer `was`.
    fn towards(&self, was: usize, rival: usize) -> Vec<T> {
        let scores = self.network.output().size();
        if scores == 1 {
            return vec![if rival == 1 { T::ONE } else { T::from_f64(-1.0) }];
        }
        let sign = |o: usize| f64::from(u8::from(o == rival)) - f64::from(u8::from(o == was));
        super::numbers((0..scores).map(sign))
    }
}

/// The place of the highest score; of a single score, whether it is above 0.
fn answer(scores: &[f64]) -> usize {
    match scores {
        [only] => usize::from(*only > 0.0),
        _ => argmax(scores),
    }
}

/// The other answers with the highest scores.
fn rivals(scores: &[f64], was: usize) -> Vec<usize> {
    if scores.len() == 1 {
        return vec![1 - was];
    }
    let mut rivals: Vec<usize> = (0..scores.len()).filter(|&o| o != was).collect();
    rivals.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    rivals.truncate(RIVALS);
    rivals
}
