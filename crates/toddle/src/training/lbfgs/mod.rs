//! L-BFGS: a training whose steps are computed from the gradients of all samples.
//!
//! | file | idea |
//! |---|---|
//! | `mod.rs` | the settings, and the loop over the steps |
//! | `memory.rs` | the direction of a step, from the last steps and gradients |
//! | `search.rs` | the length of a step |
//! | `line.rs` | the loss and the gradient along a direction |

mod line;
mod memory;
mod search;

use alloc::vec::Vec;

use self::line::{Line, Point};
use self::memory::Memory;
use crate::engine::Machine;
use crate::error::FitError;
use crate::optim::Sgd;
use crate::training::{Fit, Samples};
use crate::{Float, Loss, Network, setting};

/// L-BFGS: a training on all samples at once, with few and long steps. It suits small networks and small data sets.
///
/// A step moves the weights along `d = −H·g`. `g` is the gradient of the mean loss of all samples. `H` approximates the inverse of the
/// matrix of second derivatives. It follows from the last `history` steps and from the differences of their gradients:
///
/// `ρ = 1 / (y·s)`, `H ← (I − ρ·s·yᵀ) · H · (I − ρ·y·sᵀ) + ρ·s·sᵀ`, with the step `s` and the difference `y` of the gradients.
///
/// The first `H` of each step is `(y·s) / (y·y)` times the identity, and the very first direction is `−g`.
///
/// Settings, with PyTorch's meaning:
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `steps` | 100 | the largest number of steps |
/// | `rate` | 1 | the length of a step that is tried first |
/// | `history` | 10 | the number of steps that are remembered |
/// | `line_search` | [`Wolfe`](LineSearch::Wolfe) | how the length of a step is found |
/// | `gradient_tolerance` | 10⁻⁷ | the training ends if no element of the gradient is larger |
/// | `change_tolerance` | 10⁻⁹ | the training ends if a step changes neither a weight nor the loss by more |
///
/// Cost: the forward and the backward pass over all samples once a step, or a few times with a line search; memory for
/// `2·history` gradients. All samples are one batch, so they must fit into memory with their values.
///
/// Every evaluation draws the same masks for dropout. Batch norm updates its state in every evaluation.
///
/// Errors, from [`run`](Lbfgs::run): a setting is out of range; the errors of a training.
///
/// ```
/// use toddle::{Dense, Lbfgs, Loss, NetworkSpec, Shape, Tanh};
///
/// // Exclusive or.
/// let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(4)).add(Tanh).add(Dense::new(1));
/// let mut network = spec.build::<f64>(0)?;
/// let x = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let losses = Lbfgs::default().run(&mut network, &x, &[0.0, 1.0, 1.0, 0.0], &Loss::MeanSquaredError)?;
/// assert!(losses.last().is_some_and(|loss| *loss < 1e-6), "{losses:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See Liu and Nocedal, *On the limited memory BFGS method for large scale optimization*, 1989; Nocedal and Wright, *Numerical
/// Optimization*, 2006, algorithms 3.5 and 7.4; PyTorch's `LBFGS`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lbfgs {
    /// The largest number of steps.
    pub steps: usize,
    /// The length of a step that is tried first, in directions. In the first step it is divided by the sum of the absolute
    /// values of the gradient, if this sum is above 1.
    pub rate: f64,
    /// The number of steps that are remembered.
    pub history: usize,
    /// How the length of a step is found.
    pub line_search: LineSearch,
    /// The training ends if no element of the gradient is larger.
    pub gradient_tolerance: f64,
    /// The training ends if a step changes no weight, or the loss, by more.
    pub change_tolerance: f64,
    /// The instruction set and the number of threads. Default: those of [`Machine::detect`]. They change no bit.
    pub machine: Option<Machine>,
}

/// How [`Lbfgs`] finds the length of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineSearch {
    /// A length with which the loss falls enough and its slope becomes flatter: the strong Wolfe conditions with 10⁻⁴ and 0.9.
    #[default]
    Wolfe,
    /// The learning rate itself.
    None,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Lbfgs {
            steps: 100,
            rate: 1.0,
            history: 10,
            line_search: LineSearch::Wolfe,
            gradient_tolerance: 1e-7,
            change_tolerance: 1e-9,
            machine: None,
        }
    }
}

impl Lbfgs {
    /// Trains `network` on all samples `x` and their targets `y`. Returns the mean loss before the first step and after each step.
    ///
    /// # Errors
    /// The elements do not make up whole samples, there are no samples, an embedding gets a number that is not that of a class, a
    /// setting is out of range, there is not enough memory, or the loss is infinite or NaN. Then the network has the weights before the
    /// step.
    pub fn run<T: Float>(
        &self,
        network: &mut Network<T>,
        x: &[T],
        y: &[T],
        loss: &Loss,
    ) -> Result<Vec<f64>, FitError> {
        self.check()?;
        Fit::new(loss.clone(), Sgd::new(self.rate)).check(network)?;
        let samples = network.samples(x, y)?;
        if samples.count() == 0 {
            return Err(FitError::Empty);
        }
        network.check_class_numbers(&samples)?;
        let mut line = Line::new(network, x, y, loss, self.machine)?;
        let mut memory = Memory::new(self.history);
        let mut here = line.at(0.0);
        let mut losses = vec![here.loss];
        check_finite(&here, 1)?;
        for step in 1..=self.steps {
            if largest(&here.gradient) <= self.gradient_tolerance {
                break;
            }
            line.turn(memory.direction(&here.gradient), &here);
            let slope = line.slope(&here.gradient);
            if slope > -self.change_tolerance {
                break;
            }
            let first = match step {
                1 => self.rate * (1.0 / sum(&here.gradient)).min(1.0),
                _ => self.rate,
            };
            let there = match self.line_search {
                LineSearch::Wolfe => search::wolfe(&mut line, &here, first, self.change_tolerance),
                LineSearch::None => line.at(first),
            };
            if let Err(error) = check_finite(&there, step) {
                line.go_to(0.0);
                return Err(error);
            }
            memory.add(&line.direction, &here, &there);
            let is_still = there.length * largest(&line.direction) <= self.change_tolerance
                || (there.loss - here.loss).abs() < self.change_tolerance;
            losses.push(there.loss);
            here = there;
            if is_still {
                break;
            }
        }
        line.go_to(here.length);
        Ok(losses)
    }

    fn check(&self) -> Result<(), FitError> {
        setting::positive("rate", self.rate, "1")?;
        setting::count("history", self.history as u64, "10")?;
        setting::not_negative("gradient_tolerance", self.gradient_tolerance, "1e-7")?;
        setting::not_negative("change_tolerance", self.change_tolerance, "1e-9")
    }
}

/// **Errors:** if the loss is infinite or NaN.
fn check_finite<T>(point: &Point<T>, step: usize) -> Result<(), FitError> {
    match point.loss.is_finite() {
        true => Ok(()),
        false => Err(FitError::NotFinite { what: "the loss".into(), epoch: 1, step: step as u64 }),
    }
}

/// The largest absolute value.
fn largest<T: Float>(x: &[T]) -> f64 {
    x.iter().fold(0.0, |largest: f64, x| largest.max(x.to_f64().abs()))
}

/// The sum of the absolute values.
fn sum<T: Float>(x: &[T]) -> f64 {
    x.iter().map(|x| x.to_f64().abs()).sum()
}

/// The scalar product, as a sum in the order of the elements.
fn dot<T: Float>(x: &[T], y: &[T]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x.to_f64() * y.to_f64()).sum()
}
