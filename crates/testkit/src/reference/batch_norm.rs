use toddle::layer::Family;
use toddle::{BatchNorm, Float, Shape};
use toddle_kernels::norm::reference;
use toddle_kernels::update::reference::tree_of;

use super::Batch;

#[derive(Debug)]
pub struct Reference {
    pub spec: BatchNorm,
    pub shape: Shape,
}

impl Reference {
    fn channels(&self) -> usize {
        match self.shape {
            Shape::Vector(numbers) => numbers,
            Shape::Image { channels, .. } => channels,
        }
    }

    fn plane(&self) -> usize {
        self.shape.size() / self.channels()
    }

    /// `γ` and `β` of each channel; 1 and 0 without learned factors.
    fn weights<T: Float>(&self, params: &[T]) -> (Vec<T>, Vec<T>) {
        let channels = self.channels();
        if self.spec.affine {
            (params[..channels].to_vec(), params[channels..].to_vec())
        } else {
            (vec![T::ONE; channels], vec![T::ZERO; channels])
        }
    }

    fn rho<T: Float>(&self, variance: f64) -> T {
        T::from_f64(1.0 / (variance + self.spec.epsilon).sqrt())
    }

    /// For each block, the samples that count.
    fn blocks<'a, T>(&self, batch: &Batch, x: &'a [T]) -> Vec<Vec<&'a [T]>> {
        let samples: Vec<&[T]> = batch.each(x).take(batch.samples).collect();
        samples.chunks(batch.family.samples()).map(<[_]>::to_vec).collect()
    }

    /// The mean and `1/√(σ² + ε)` of each channel.
    fn moments<T: Float>(&self, batch: &Batch, x: &[T]) -> (Vec<T>, Vec<T>) {
        let channels = self.channels();
        let leaf = |x: &Vec<&[T]>| {
            let mut leaf = vec![T::ZERO; 2 * channels];
            match batch.family {
                Family::Row => reference::statistics_row(channels, x[0], &mut leaf),
                Family::Block => reference::statistics(channels, x, &mut leaf),
            }
            (x.len() * self.plane(), leaf)
        };
        let leaves: Vec<_> = self.blocks(batch, x).iter().map(leaf).collect();
        (0..channels)
            .map(|c| {
                let (mean, variance) = reference::moments(
                    leaves
                        .iter()
                        .map(|(count, leaf)| (*count, leaf[c].to_f64(), leaf[channels + c].to_f64())),
                );
                (T::from_f64(mean), self.rho::<T>(variance))
            })
            .unzip()
    }

    /// The gradient sums: `Σ dy·x̂` of each channel, then `Σ dy` of each channel.
    fn gradient_sums<T: Float>(&self, batch: &Batch, x: &[T], dy: &[T]) -> Vec<T> {
        let (mean, rho) = self.moments(batch, x);
        let leaf = |(x, dy): (&Vec<&[T]>, &Vec<&[T]>)| {
            let mut leaf = vec![T::ZERO; 2 * mean.len()];
            match batch.family {
                Family::Row => reference::gradient_sums_row(&mean, &rho, x[0], dy[0], &mut leaf),
                Family::Block => reference::gradient_sums(&mean, &rho, x, dy, &mut leaf),
            }
            leaf
        };
        let leaves: Vec<_> = self.blocks(batch, x).iter().zip(&self.blocks(batch, dy)).map(leaf).collect();
        (0..2 * mean.len()).map(|i| tree_of(0..leaves.len(), &|block| leaves[block][i])).collect()
    }
}

impl<T: Float> super::Reference<T> for Reference {
    fn output(&self) -> Shape {
        self.shape
    }

    fn params(&self) -> usize {
        if self.spec.affine { 2 * self.channels() } else { 0 }
    }

    fn state(&self) -> usize {
        2 * self.channels()
    }

    fn forward(&self, _params: &[T], _x: &[T]) -> Vec<T> {
        panic!("a sample's way in training depends on the batch");
    }

    fn answer(&self, params: &[T], state: &[T], x: &[T]) -> Vec<T> {
        let ((gamma, beta), (means, variances)) = (self.weights(params), state.split_at(self.channels()));
        let rhos: Vec<T> = variances.iter().map(|variance| self.rho(variance.to_f64())).collect();
        let mut y = vec![T::ZERO; x.len()];
        reference::forward(means, &rhos, &gamma, &beta, x, &mut y);
        y
    }

    fn backward_input(&self, _family: Family, _params: &[T], _x: &[T], _y: &[T], _dy: &[T]) -> Vec<T> {
        panic!("a sample's way back depends on the batch");
    }

    fn forward_batch(&self, batch: &Batch, params: &[T], x: &[T]) -> Vec<T> {
        let (gamma, beta) = self.weights(params);
        let (mean, rho) = self.moments(batch, x);
        let mut y = vec![T::ZERO; x.len()];
        for (x, y) in batch.each(x).zip(y.chunks_exact_mut(self.shape.size())) {
            reference::forward(&mean, &rho, &gamma, &beta, x, y);
        }
        y
    }

    fn backward_batch(&self, batch: &Batch, params: &[T], x: &[T], _y: &[T], dy: &[T]) -> Vec<T> {
        let (gamma, _) = self.weights(params);
        let (mean, rho) = self.moments(batch, x);
        let gradient_sums = self.gradient_sums(batch, x, dy);
        let mut dx = vec![T::ZERO; x.len()];
        let samples = batch.each(x).zip(batch.each(dy)).zip(dx.chunks_exact_mut(self.shape.size()));
        for ((x, dy), dx) in samples.take(batch.samples) {
            reference::backward(batch.samples * self.plane(), &mean, &rho, &gamma, &gradient_sums, x, dy, dx);
        }
        dx
    }

    fn gradient_batch(&self, batch: &Batch, params: &[T], x: &[T], dy: &[T]) -> Vec<T> {
        self.gradient_sums(batch, x, dy)[..params.len()].to_vec()
    }
}
