//! Which inputs speak for a score, and which speak against it.

use toddle::Float;

use super::Why;
use crate::error::LookError;

/// A score, divided among the inputs: made by [`Why::gradient_times_input`] and [`Why::integrated_gradients`].
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// The part of each input, in the shape of a sample. Above 0, the input speaks for the score.
    pub parts: Vec<f64>,
    /// The sum of the parts.
    pub sum: f64,
    /// The score of the sample.
    pub score: f64,
    /// The score of the baseline. For gradient × input, whose baseline is not computed, the score of zeros.
    pub baseline: f64,
}

/// The usual number of steps of integrated gradients.
pub const STEPS: usize = 64;

/// Points between the baseline and the sample that are computed together.
const TOGETHER: usize = 32;

impl Attribution {
    fn new(parts: Vec<f64>, score: f64, baseline: f64) -> Attribution {
        Attribution { sum: parts.iter().sum(), parts, score, baseline }
    }

    /// What the parts of integrated gradients sum to if they are complete: the score of the sample less that of the
    /// baseline.
    pub fn difference(&self) -> f64 {
        self.score - self.baseline
    }

    /// The parts that speak against the score: those of the score with the other sign.
    pub fn against(self) -> Attribution {
        let Attribution { parts, sum, score, baseline } = self;
        Attribution {
            parts: parts.iter().map(|part| -part).collect(),
            sum: -sum,
            score: -score,
            baseline: -baseline,
        }
    }

    /// The sum over the channels of each pixel, for a picture of so many channels.
    pub fn by_pixel(&self, channels: usize) -> Vec<f64> {
        by_pixel(&self.parts, channels)
    }
}

/// The sum over the channels of each pixel.
pub(crate) fn by_pixel(values: &[f64], channels: usize) -> Vec<f64> {
    let plane = values.len() / channels.max(1);
    (0..plane).map(|p| values.iter().skip(p).step_by(plane).sum()).collect()
}

impl<T: Float> Why<T> {
    /// `x · ∂s/∂x` for score `s = output`, input by input: what the score would lose if the input became 0 and the network
    /// were linear.
    ///
    /// Cost: one forward and one backward pass, and one more forward pass for the score of zeros.
    ///
    /// # Errors
    /// `x` is not one sample, or there is no such score.
    pub fn gradient_times_input(&self, x: &[T], output: usize) -> Result<Attribution, LookError> {
        self.check(x, output)?;
        let gradient = self.gradient(x, &self.only(output))?;
        let parts = x.iter().zip(&gradient).map(|(x, g)| x.to_f64() * g.to_f64()).collect();
        let pair = [x, &vec![T::ZERO; x.len()]].concat();
        let scores = self.score_of_each(&pair, output)?;
        Ok(Attribution::new(parts, scores[0], scores[1]))
    }

    /// Integrated gradients of score `s = output`: `(x − b) · ∫ ∂s/∂x` along the straight line from the baseline `b` to `x`,
    /// input by input.
    ///
    /// The integral is a sum over `steps` points, each in the middle of its part of the line. With enough points, the parts
    /// sum to the score of `x` less that of the baseline: [`Attribution::difference`]. [`STEPS`] are enough for most networks.
    /// Cost: `steps` forward and backward passes.
    ///
    /// ```
    /// use toddle::{Dense, NetworkSpec, Shape, Tanh};
    /// use toddle_look::why::{STEPS, Why};
    ///
    /// let spec = NetworkSpec::new(Shape::vector(3)).add(Dense::new(4)).add(Tanh).add(Dense::new(2));
    /// let network = spec.build::<f64>(1)?;
    /// let parts = Why::new(&network)?.integrated_gradients(&[1.0, -2.0, 3.0], &[0.0; 3], 1, STEPS)?;
    /// assert!((parts.sum - parts.difference()).abs() < 1e-3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `x` or the baseline is not one sample, there is no such score, or there are no steps.
    ///
    /// See Sundararajan, Taly and Yan, *Axiomatic Attribution for Deep Networks*, 2017.
    pub fn integrated_gradients(
        &self,
        x: &[T],
        baseline: &[T],
        output: usize,
        steps: usize,
    ) -> Result<Attribution, LookError> {
        self.check(x, output)?;
        self.check(baseline, output)?;
        if steps == 0 {
            let expected = "one step or more";
            return Err(LookError::refused("an integral needs steps", expected, "none", STEPS));
        }
        let line: Vec<[f64; 2]> = baseline.iter().zip(x).map(|(b, x)| [b.to_f64(), x.to_f64()]).collect();
        let (dy, mut sums) = (self.only(output), vec![0.0; x.len()]);
        for first in (0..steps).step_by(TOGETHER) {
            let points = (first..steps.min(first + TOGETHER)).flat_map(|step| {
                let along = (step as f64 + 0.5) / steps as f64;
                line.iter().map(move |[b, x]| b + along * (x - b))
            });
            let gradients = self.gradient(&super::numbers::<T>(points), &dy)?;
            for gradient in gradients.chunks_exact(x.len()) {
                sums.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g.to_f64());
            }
        }
        let parts = line.iter().zip(sums).map(|([b, x], sum)| (x - b) * sum / steps as f64).collect();
        let scores = self.score_of_each(&[x, baseline].concat(), output)?;
        Ok(Attribution::new(parts, scores[0], scores[1]))
    }
}
