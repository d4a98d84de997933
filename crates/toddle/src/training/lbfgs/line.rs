//! The loss and the gradient along a direction.

use alloc::vec::Vec;

use super::dot;
use crate::engine::{Engine, Machine, Mode, Slices, StepContext};
use crate::error::FitError;
use crate::network::whole_samples;
use crate::training::trainer::no_room;
use crate::{Float, Loss, Network};

/// A network whose weights move along a direction.
pub struct Line<'a, T> {
    network: &'a mut Network<T>,
    engine: Engine<T>,
    batch: Slices<'a, T>,
    loss: &'a Loss,
    losses: Vec<T>,
    /// The weights at length 0.
    start: Vec<T>,
    /// The change of the weights for a length of 1.
    pub direction: Vec<T>,
}

/// What was computed at a place of the line.
#[derive(Clone, Debug)]
pub struct Point<T> {
    /// The place, in directions from the start.
    pub length: f64,
    /// The mean loss of all samples.
    pub loss: f64,
    /// The gradient of the mean loss.
    pub gradient: Vec<T>,
    /// The derivative of the loss by the length.
    pub slope: f64,
}

impl<'a, T: Float> Line<'a, T> {
    /// A line that begins at the present weights of `network` and has no direction yet.
    pub fn new(
        network: &'a mut Network<T>,
        x: &'a [T],
        y: &'a [T],
        loss: &'a Loss,
        machine: Option<Machine>,
    ) -> Result<Self, FitError> {
        let machine = machine.map_or_else(Machine::detect, Ok)?;
        let samples = whole_samples("inputs", "input", x.len(), network.input())?;
        let plan = network.plan(samples, Mode::Gradient, &machine);
        if plan.batch() != samples {
            return Err(FitError::Memory);
        }
        let engine = Engine::try_new(network, plan).map_err(no_room)?;
        let start = network.weights().to_vec();
        let direction = vec![T::ZERO; start.len()];
        let batch = Slices { inputs: x, targets: y, samples };
        Ok(Line { network, engine, batch, loss, losses: vec![T::ZERO; samples], start, direction })
    }

    /// Begins a new line at `here`, a point of this line.
    pub fn turn(&mut self, direction: Vec<T>, here: &Point<T>) {
        self.go_to(here.length);
        self.start.copy_from_slice(self.network.weights());
        self.direction = direction;
    }

    /// Moves the weights to the place `length`.
    pub fn go_to(&mut self, length: f64) {
        let length = T::from_f64(length);
        let places = self.start.iter().zip(&self.direction);
        for (weight, (&start, &d)) in self.network.weights_mut().iter_mut().zip(places) {
            *weight = d.mul_add(length, start);
        }
    }

    /// Moves the weights to the place `length`, and computes the loss and the gradient.
    pub fn at(&mut self, length: f64) -> Point<T> {
        self.go_to(length);
        let step = StepContext { seed: 0, number: 0, loss: self.loss };
        let gradient = self.engine.gradient(self.network, &self.batch, step, &mut self.losses).to_vec();
        let sum: f64 = self.losses.iter().map(|loss| loss.to_f64()).sum();
        let slope = self.slope(&gradient);
        Point { length, loss: sum / self.losses.len() as f64, gradient, slope }
    }

    /// The derivative of the loss by the length, where the loss has this gradient.
    pub fn slope(&self, gradient: &[T]) -> f64 {
        dot(gradient, &self.direction)
    }
}
