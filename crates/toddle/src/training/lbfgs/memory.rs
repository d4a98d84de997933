//! The direction of a step, from the last steps and from the differences of their gradients.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::{Point, dot};
use crate::Float;

/// A step is remembered if the product of the step and the difference of the gradients is larger. A smaller product would make the
/// approximation of the second derivatives negative, or infinite.
const LEAST_PRODUCT: f64 = 1e-10;

/// The last steps.
pub struct Memory<T> {
    history: usize,
    pairs: VecDeque<Pair<T>>,
    /// The factor of the identity with which the approximation begins.
    scale: f64,
}

/// A step, and how it changed the gradient.
struct Pair<T> {
    step: Vec<T>,
    difference: Vec<T>,
    product: f64,
}

impl<T: Float> Memory<T> {
    /// A memory of the last `history` steps.
    pub fn new(history: usize) -> Self {
        Memory { history, pairs: VecDeque::new(), scale: 1.0 }
    }

    /// Adds the step from `here` to `there` along `direction`.
    pub fn add(&mut self, direction: &[T], here: &Point<T>, there: &Point<T>) {
        let length = T::from_f64(there.length);
        let step: Vec<T> = direction.iter().map(|&d| d * length).collect();
        let difference: Vec<T> =
            there.gradient.iter().zip(&here.gradient).map(|(&there, &here)| there - here).collect();
        let product = dot(&step, &difference);
        if product > LEAST_PRODUCT {
            if self.pairs.len() == self.history {
                self.pairs.pop_front();
            }
            self.scale = product / dot(&difference, &difference);
            self.pairs.push_back(Pair { step, difference, product });
        }
    }

    /// `−H·gradient`, by two loops over the steps: algorithm 7.4 of Nocedal and Wright.
    pub fn direction(&self, gradient: &[T]) -> Vec<T> {
        let mut direction: Vec<T> = gradient.iter().map(|&g| -g).collect();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = dot(&pair.step, &direction) / pair.product;
            add(&mut direction, &pair.difference, -share);
            shares.push(share);
        }
        let scale = T::from_f64(self.scale);
        direction.iter_mut().for_each(|d| *d *= scale);
        for (pair, share) in self.pairs.iter().zip(shares.into_iter().rev()) {
            let other = dot(&pair.difference, &direction) / pair.product;
            add(&mut direction, &pair.step, share - other);
        }
        direction
    }
}

/// `to += factor · x`
fn add<T: Float>(to: &mut [T], x: &[T], factor: f64) {
    let factor = T::from_f64(factor);
    to.iter_mut().zip(x).for_each(|(to, &x)| *to = x.mul_add(factor, *to));
}
