//! What was learned of some digits helps to learn others: the layers of a trained network, with new last layers.
//! `cargo run --release -p toddle-examples --bin transfer -- [EPOCHS] [PICTURE]`.
//!
//! A network learns the digits 0 to 4. Then its convolutions stay as they are, and new dense layers behind them learn the digits 5 to
//! 9 from fifty pictures of each. Another network learns the same without what was learned before. The picture has the accuracy after
//! each epoch: blue with the trained convolutions, red without.

use std::error::Error;
use std::ops::{ControlFlow, Range};

use toddle::{
    Adam, BatchNorm, Conv2d, Dense, Epoch, Fit, FitError, Flatten, Init, Loss, MaxPool2d, Network,
    NetworkSpec, Relu, Shape,
};
use toddle_data::Dataset;
use toddle_examples::{Curves, argument};

/// Inputs and targets.
type Samples = (Vec<f32>, Vec<f32>);

/// The samples of five digits, at most so many of each.
fn digits(set: &Dataset, five: Range<u32>, most: usize) -> Samples {
    let (mut x, mut targets, mut counts) = (Vec::new(), Vec::new(), [0; 5]);
    let mut image = vec![0.0; 28 * 28];
    for (n, label) in set.labels().iter().enumerate().filter(|(_, label)| five.contains(label)) {
        let class = (label - five.start) as usize;
        counts[class] += 1;
        if counts[class] <= most {
            set.write_input(n, &mut image);
            x.extend_from_slice(&image);
            targets.extend((0..5).map(|other| if other == class { 1.0 } else { 0.0 }));
        }
    }
    (x, targets)
}

/// The convolutions of a network: the layers that stay.
fn convolutions() -> NetworkSpec {
    NetworkSpec::new(Shape::image(1, 28, 28))
        .add(Conv2d::new(16, 3))
        .add(BatchNorm::default())
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Conv2d::new(32, 3))
        .add(BatchNorm::default())
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Flatten)
        .init(Init::Torch)
}

/// The layers behind `spec` that tell five digits apart.
fn classes(spec: NetworkSpec) -> NetworkSpec {
    spec.add(Dense::new(64)).add(Relu).add(Dense::new(5)).init(Init::Torch)
}

/// Trains a network. Returns the accuracy on the samples of `test` after each epoch.
fn train(
    network: &mut Network<f32>,
    [train, test]: [&Samples; 2],
    epochs: usize,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let fit = Fit::new(Loss::cross_entropy(), Adam::new(0.001)).epochs(epochs).batch(32).shuffle();
    let (samples, test) = (network.samples(&train.0, &train.1)?, network.samples(&test.0, &test.1)?);
    let mut go_on = |_: &Epoch| ControlFlow::Continue(());
    let history = fit.run_validated(network, &samples, Some(&test), &mut go_on)?;
    Ok(history.validation.iter().filter_map(|after| after.accuracy).collect())
}

fn main() -> Result<(), Box<dyn Error>> {
    let (epochs, picture) = (argument(1, 15)?, argument(2, "transfer.svg".to_owned())?);
    let mnist = toddle_data::mnist();
    let (train_set, test_set) = (mnist.train()?, mnist.test()?);
    let [known, known_test] = [&train_set, &test_set].map(|set| digits(set, 0..5, usize::MAX));
    let (few, test) = (digits(&train_set, 5..10, 50), digits(&test_set, 5..10, usize::MAX));

    let mut whole: Network<f32> = classes(convolutions()).build(0)?;
    let accuracy = train(&mut whole, [&known, &known_test], 1)?;
    println!("digits 0 to 4: {:.2} % are right", 100.0 * accuracy[0]);

    // The parameters of the first layers are the first ones.
    let mut trained: Network<f32> = convolutions().build(0)?;
    let count = trained.weights().len();
    trained.weights_mut().copy_from_slice(&whole.weights()[..count]);
    trained.state_mut().copy_from_slice(whole.state());
    let features = |(x, targets): &Samples| Ok::<_, FitError>((trained.predict(x)?, targets.clone()));
    let (few_features, test_features) = (features(&few)?, features(&test)?);

    let mut last = classes(NetworkSpec::new(trained.output())).build(1)?;
    let with = train(&mut last, [&few_features, &test_features], epochs)?;
    let without = train(&mut classes(convolutions()).build(1)?, [&few, &test], epochs)?;
    for (what, accuracies) in [("with trained layers", &with), ("without trained layers", &without)] {
        let [first, last] = [accuracies[0], accuracies[epochs - 1]].map(|part| 100.0 * part);
        println!("digits 5 to 9, {what}: {first:.2} % are right after an epoch, {last:.2} % after {epochs}");
    }
    let title = "Accuracy on the test digits 5 to 9";
    Curves { title, axis: "epochs", most: 1.0, curves: &[with, without] }.write(&picture)
}
