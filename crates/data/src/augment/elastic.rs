//! Displacements that vary smoothly over an image.

use toddle_lanes::{Random, math};

use super::Elastic;

/// How far each pixel's source is displaced, in pixels.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// The half of the Gaussian from its middle on, the whole of which sums to the strength.
    weights: Vec<f64>,
    h: usize,
    w: usize,
    down: Vec<f64>,
    across: Vec<f64>,
    smoothed: Vec<f64>,
}

impl Field {
    pub fn new(elastic: Elastic, h: usize, w: usize) -> Field {
        let Elastic { strength, smoothness } = elastic;
        let (strength, smoothness) = (f64::from(strength), f64::from(smoothness));
        // Past three deviations there is nothing worth adding.
        let reach = (3.0 * smoothness).ceil() as usize;
        let mut weights: Vec<f64> = (0..=reach)
            .map(|distance| math::exp(-0.5 * (distance as f64 / smoothness) * (distance as f64 / smoothness)))
            .collect();
        let sum = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
        // Smoothing goes across and then down, and so multiplies twice.
        let scale = strength.sqrt() / sum;
        weights.iter_mut().for_each(|weight| *weight *= scale);
        let numbers = || vec![0.0; h * w];
        Field { weights, h, w, down: numbers(), across: numbers(), smoothed: numbers() }
    }

    pub fn draw(&mut self, random: &mut Random) {
        let Field { weights, h, w, down, across, smoothed } = self;
        for field in [down, across] {
            field.iter_mut().for_each(|number| *number = 2.0 * random.uniform() - 1.0);
            for (row, smoothed) in field.chunks_exact(*w).zip(smoothed.chunks_exact_mut(*w)) {
                smooth(weights, row, 1, smoothed);
            }
            for column in 0..*w {
                smooth(weights, &smoothed[column..], *w, &mut field[column..(*h - 1) * *w + column + 1]);
            }
        }
    }

    /// Down and across.
    pub fn at(&self, pixel: usize) -> [f64; 2] {
        [self.down[pixel], self.across[pixel]]
    }
}

/// Each number of a line that lies `stride` apart, with its neighbours by weight; outside is 0.
fn smooth(weights: &[f64], line: &[f64], stride: usize, smoothed: &mut [f64]) {
    let length = smoothed.len().div_ceil(stride);
    for i in 0..length {
        let mut sum = weights[0] * line[i * stride];
        for (distance, weight) in weights.iter().enumerate().skip(1) {
            if let Some(before) = i.checked_sub(distance) {
                sum += weight * line[before * stride];
            }
            if i + distance < length {
                sum += weight * line[(i + distance) * stride];
            }
        }
        smoothed[i * stride] = sum;
    }
}
