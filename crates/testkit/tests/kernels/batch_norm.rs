//! Batch norm and batches in which a channel is a single number, which has no variance.

use toddle::{
    BatchNorm, Conv2d, Dense, Fit, FitError, Flatten, Float, Isa, Loss, Machine, Network, NetworkSpec, Sgd,
    Shape, Trainer,
};
use toddle_testkit::numbers::{numbers, same_bits};

/// Batch norm of five numbers a sample, each a channel of its own.
fn vectors() -> NetworkSpec {
    NetworkSpec::new(Shape::vector(5)).add(BatchNorm::default()).add(Dense::new(2))
}

/// The same of images of one pixel, and of larger ones.
fn images(side: usize) -> NetworkSpec {
    NetworkSpec::new(Shape::image(2, side, side))
        .add(Conv2d::new(5, 1))
        .add(BatchNorm::default())
        .add(Flatten)
        .add(Dense::new(2))
}

/// One epoch of so many samples in batches of so many: the network's weights and running statistics.
fn trained<T: Float>(spec: &NetworkSpec, samples: usize, batch: usize, machine: Machine) -> (Vec<T>, Vec<T>) {
    let mut network: Network<T> = spec.build(3).unwrap();
    let (x, y) =
        (numbers(1, samples * network.input().size()), numbers(2, samples * network.output().size()));
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).batch(batch).machine(machine);
    network.fit(&x, &y, &fit).unwrap();
    (network.weights().to_vec(), network.state().to_vec())
}

fn a_single_number_changes_no_statistics<T: Float>() {
    for isa in Isa::available() {
        for threads in [1, 3] {
            let machine = Machine { isa: *isa, threads };
            for spec in [vectors(), images(1)] {
                let (short, expected) = trained::<T>(&spec, 40, 20, machine);
                let (weights, state) = trained::<T>(&spec, 41, 20, machine);
                same_bits(&format!("{isa}, {threads} threads"), &state, &expected).unwrap();
                assert!(weights != short, "the last batch is a step all the same");
                assert!(weights.iter().all(|w| w.is_finite()));
            }
            let (_, before) = trained::<T>(&images(2), 40, 20, machine);
            let (_, state) = trained::<T>(&images(2), 41, 20, machine);
            assert!(state != before, "four numbers have a variance");
        }
    }
}

#[test]
fn a_last_batch_of_one_sample_leaves_the_running_statistics_as_they_are() {
    a_single_number_changes_no_statistics::<f32>();
    a_single_number_changes_no_statistics::<f64>();
}

#[test]
fn the_running_variance_is_that_of_the_data_whatever_the_last_batch() {
    let mut network = vectors().build::<f64>(0).unwrap();
    let (x, y) = (numbers::<f64>(1, 17 * 5), numbers::<f64>(2, 17 * 2));
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.01)).batch(16).epochs(300);
    network.fit(&x, &y, &fit).unwrap();
    for channel in 0..5 {
        let of_channel = || (0..16).map(|n| x[n * 5 + channel]);
        let mean = of_channel().sum::<f64>() / 16.0;
        let variance = of_channel().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 15.0;
        let running = network.state()[5 + channel];
        assert!((running - variance).abs() < 1e-10, "channel {channel}: {running}, expected {variance}");
    }
}

#[test]
fn a_training_on_one_sample_at_a_time_is_refused() {
    let refused = |spec: &NetworkSpec, batch, samples| {
        let network = spec.build::<f32>(0).unwrap();
        let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).batch(batch);
        Trainer::new(&network, &fit, samples).map(|_| ())
    };
    let error = refused(&vectors(), 1, 100).unwrap_err();
    assert_eq!(
        error.to_string(),
        "batch norm `norm1` cannot be trained on one sample at a time
  expected  2 samples or more in a batch: each channel of `norm1` is one element, and one element has no variance
  got       batch = 1
  try       batch = 32, or no batch norm"
    );
    let error = refused(&images(1), 20, 1).unwrap_err();
    assert!(matches!(&error, FitError::SingleNumber { got, .. } if got == "1 sample"), "{error}");
    refused(&vectors(), 2, 3).unwrap();
    refused(&images(2), 1, 100).unwrap();
}
