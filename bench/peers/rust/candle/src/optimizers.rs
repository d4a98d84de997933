//! Optimizers that Candle does not have, written as a user would.

use candle_core::backprop::GradStore;
use candle_core::{Result, Var};
use candle_nn::Optimizer;

use crate::zeros;

/// SGD with a momentum of 0.9.
pub struct Momentum {
    vars: Vec<Var>,
    moments: Vec<Var>,
    rate: f64,
}

impl Optimizer for Momentum {
    type Config = f64;

    fn new(vars: Vec<Var>, rate: f64) -> Result<Self> {
        Ok(Momentum { moments: zeros(&vars)?, vars, rate })
    }

    fn step(&mut self, gradients: &GradStore) -> Result<()> {
        for (w, m) in self.vars.iter().zip(&self.moments) {
            let Some(g) = gradients.get(w) else { continue };
            let moment = ((m.as_tensor() * 0.9)? + g)?;
            m.set(&moment)?;
            w.set(&(w.as_tensor() - (moment * self.rate)?)?)?;
        }
        Ok(())
    }

    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.rate = rate;
    }
}

/// Adadelta: decay 0.9, epsilon 1e-6.
pub struct Adadelta {
    vars: Vec<Var>,
    gradient_squares: Vec<Var>,
    step_squares: Vec<Var>,
    rate: f64,
}

impl Optimizer for Adadelta {
    type Config = f64;

    fn new(vars: Vec<Var>, rate: f64) -> Result<Self> {
        Ok(Adadelta { gradient_squares: zeros(&vars)?, step_squares: zeros(&vars)?, vars, rate })
    }

    fn step(&mut self, gradients: &GradStore) -> Result<()> {
        for ((w, v), u) in self.vars.iter().zip(&self.gradient_squares).zip(&self.step_squares) {
            let Some(g) = gradients.get(w) else { continue };
            let square = ((v.as_tensor() * 0.9)? + (g.sqr()? * 0.1)?)?;
            let scale = ((u.as_tensor() + 1e-6)?.sqrt()? / (&square + 1e-6)?.sqrt()?)?;
            let step = (scale * g)?;
            u.set(&((u.as_tensor() * 0.9)? + (step.sqr()? * 0.1)?)?)?;
            v.set(&square)?;
            w.set(&(w.as_tensor() - (step * self.rate)?)?)?;
        }
        Ok(())
    }

    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.rate = rate;
    }
}
