//! Same seed, same bits: on any number of threads, in any form, stopped and resumed or not.

use toddle::verify::{RANKS, Trained, ways, ways_of_ranks};
use toddle::{
    Adam, BatchNorm, Conv2d, CosineDecay, Dense, Dropout, Fit, Flatten, Float, GlobalAvgPool, Isa, Loss,
    MaxPool2d, NetworkSpec, Relu, Residual, Samples, Sgd, Shape, Tanh,
};
use toddle_testkit::numbers::numbers;

/// Random images that look different in every epoch.
struct Augmented<T> {
    inputs: Vec<T>,
    targets: Vec<T>,
    sizes: (usize, usize),
}

impl<T: Float> Augmented<T> {
    fn new(spec: &NetworkSpec, count: usize) -> Self {
        let network = spec.build::<T>(0).unwrap();
        let sizes = (network.input().size(), network.output().size());
        Augmented { inputs: numbers(1, count * sizes.0), targets: numbers(2, count * sizes.1), sizes }
    }
}

impl<T: Float> Samples<T> for Augmented<T> {
    fn count(&self) -> usize {
        self.inputs.len() / self.sizes.0
    }

    /// Turned by some places, which the epoch and the sample decide.
    fn input(&self, epoch: u32, n: usize, x: &mut [T]) {
        x.copy_from_slice(&self.inputs[n * self.sizes.0..][..self.sizes.0]);
        x.rotate_left((7 * epoch as usize + 3 * n) % self.sizes.0);
    }

    fn target(&self, n: usize, t: &mut [T]) {
        t.copy_from_slice(&self.targets[n * self.sizes.1..][..self.sizes.1]);
    }
}

/// In the manner of LeNet-5.
fn lenet() -> NetworkSpec {
    NetworkSpec::new(Shape::image(1, 12, 12))
        .add(Conv2d::new(4, 3))
        .add(Tanh)
        .add(MaxPool2d::new(2))
        .add(Conv2d::new(6, 2))
        .add(Tanh)
        .add(MaxPool2d::new(2))
        .add(Flatten)
        .add(Dense::new(20))
        .add(Tanh)
        .add(Dropout::new(0.4))
        .add(Dense::new(10))
}

/// In the manner of a small residual network.
fn resnet() -> NetworkSpec {
    let block = Residual::new()
        .add(Conv2d::new(5, 1))
        .add(BatchNorm::default())
        .add(Relu)
        .add(Dropout::new(0.2))
        .add(Conv2d::new(5, 1))
        .add(BatchNorm::default());
    NetworkSpec::new(Shape::image(3, 8, 8))
        .add(Conv2d::new(5, 3))
        .add(BatchNorm::default())
        .add(Relu)
        .add(block.clone())
        .add(Relu)
        .add(block)
        .add(Relu)
        .add(GlobalAvgPool)
        .add(Dense::new(10))
}

/// The training of `spec` in every way leads where it leads on one thread.
fn is_the_same_in_every_way<T: Float>(spec: &NetworkSpec, fit: &Fit) {
    const STEPS: u64 = 13;
    let samples = Augmented::<T>::new(spec, 70);
    let trained = |way: &toddle::verify::Way| way.train(spec, 3, fit, &samples, STEPS, || ()).unwrap();
    let ways = ways(STEPS, 1);
    let expected: Trained = trained(&ways[0]);
    assert!(!expected.weights.is_empty());
    for way in ways[1..].iter().chain(&ways_of_ranks(STEPS, 1)) {
        assert!(trained(way) == expected, "{} {way}", T::NAME);
    }
    // That it is not the same whatever is done.
    let mut other = fit.clone();
    other.seed += 1;
    assert!(ways[0].train(spec, 3, &other, &samples, STEPS, || ()).unwrap() != expected);
}

#[test]
fn a_convolutional_networks_training_has_the_same_bits_in_every_way() {
    let fit = Fit::new(Loss::MeanSquaredError, Adam::new(0.003)).batch(20).epochs(9).shuffle();
    is_the_same_in_every_way::<f32>(&lenet(), &fit.clone().average(0.9).keep_best());
    is_the_same_in_every_way::<f64>(&lenet(), &fit.schedule(CosineDecay::default()));
}

#[test]
fn a_residual_networks_training_has_the_same_bits_in_every_way() {
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.01).momentum(0.9)).batch(33).epochs(9).shuffle();
    is_the_same_in_every_way::<f32>(&resnet(), &fit);
}

#[test]
fn a_training_of_one_sample_a_step_has_the_same_bits_in_every_way() {
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.01)).epochs(1).shuffle();
    is_the_same_in_every_way::<f32>(&lenet(), &fit);
}

#[test]
fn ways_are_every_number_of_threads_and_twenty_cuts_in_every_form() {
    let ways = ways(100, 0);
    let (whole, stopped) = ways.split_at(4);
    for (way, threads) in whole.iter().zip(["1 thread", "2 threads", "3 threads", "8 threads"]) {
        assert_eq!(way.to_string(), format!("{}, {threads}", Isa::detect()));
    }
    assert_eq!(Vec::from_iter(stopped.iter().map(|way| way.isa)), Isa::available());
    for way in stopped {
        assert!(way.cuts.len() == 20 && way.cuts.windows(2).all(|pair| pair[0] < pair[1]), "{way}");
        assert!(way.cuts.iter().all(|cut| (1..100).contains(cut)), "{way}");
        assert!(way.to_string().contains(" threads in turn, stopped at 20 steps from "), "{way}");
    }
    let of_ranks = ways_of_ranks(100, 0);
    let (whole, stopped) = of_ranks.split_at(2 * RANKS.len());
    assert!(
        whole.iter().zip(RANKS.iter().flat_map(|ranks| [ranks; 2])).all(|(way, ranks)| way.ranks == *ranks)
    );
    assert!(
        stopped[0].cuts.len() == 20 && stopped[0].to_string().contains(", 3, 4, 8, 1, 2 ranks in turn, ")
    );
    assert!(toddle::verify::ways(1, 0).iter().all(|way| way.cuts.is_empty()), "one step cannot be cut");
}
