//! One network with three answers about a digit: which digit it is, whether it is even, and how much ink it has.
//! `cargo run --release -p toddle-examples --bin multi_task -- [EPOCHS] [PICTURE]`.
//!
//! The picture has test digits: those that the network says are even in the upper rows, the others below. Each row is in the order
//! of the ink that the network has read, from little to much.

use std::error::Error;

use toddle::{
    Adam, BatchNorm, Conv2d, Dense, Fit, Flatten, GraphSpec, Init, Loss, MaxPool2d, Network, OneCycle, Relu,
    Shape,
};
use toddle_data::Dataset;
use toddle_examples::{argument, sheet};

/// Elements of a target: ten classes, whether the digit is even, and its ink.
const OUTPUTS: usize = 12;

fn network() -> Result<Network<f32>, toddle::BuildError> {
    let mut graph = GraphSpec { init: Init::Auto, ..GraphSpec::new() };
    let mut trunk = graph.input("image", Shape::image(1, 28, 28));
    for filters in [16, 32] {
        trunk = graph.add(Conv2d::new(filters, 3), trunk);
        trunk = graph.add(BatchNorm::default(), trunk);
        trunk = graph.add(Relu, trunk);
        trunk = graph.add(MaxPool2d::new(2), trunk);
    }
    let trunk = graph.add(Flatten, trunk);
    for (name, outputs, loss, weight) in [
        ("digit", 10, Loss::cross_entropy(), 1.0),
        ("even", 1, Loss::binary_cross_entropy(), 0.5),
        ("ink", 1, Loss::MeanSquaredError, 1.0),
    ] {
        let head = graph.add(Dense::new(outputs), trunk);
        graph.output(name, head).loss(loss).weight(weight);
    }
    graph.build(0)
}

/// The inputs and the targets of digits.
fn samples(digits: &Dataset) -> (Vec<f32>, Vec<f32>) {
    let (x, one_hot): (Vec<f32>, Vec<f32>) = (digits.inputs(), digits.one_hot());
    let mut targets = Vec::new();
    for ((image, class), label) in x.chunks(784).zip(one_hot.chunks(10)).zip(digits.labels()) {
        targets.extend_from_slice(class);
        targets.push(if label % 2 == 0 { 1.0 } else { 0.0 });
        targets.push(ink(image));
    }
    (x, targets)
}

/// The mean of the pixels. 1 is about that of an average digit.
fn ink(image: &[f32]) -> f32 {
    image.iter().sum::<f32>() / image.len() as f32 / 0.13
}

fn main() -> Result<(), Box<dyn Error>> {
    let (epochs, picture) = (argument(1, 2)?, argument(2, "multi_task.png".to_owned())?);
    let digits = toddle_data::mnist();
    let test = digits.test()?;
    let ((x, targets), (images, expected)) = (samples(&digits.train()?), samples(&test));

    let mut network = network()?;
    let fit = Fit::new(Loss::cross_entropy(), Adam::new(0.005)).schedule(OneCycle::default());
    let fit = fit.epochs(epochs).batch(64).shuffle();
    network.fit(&x, &targets, &fit)?;

    let outputs = network.predict(&images)?;
    let answers = || outputs.chunks(OUTPUTS).zip(expected.chunks(OUTPUTS));
    let part = |count: usize| 100.0 * count as f64 / test.len() as f64;
    let right = answers().filter(|(y, t)| t[toddle::argmax(&y[..10])] == 1.0).count();
    let even = answers().filter(|(y, t)| (y[10] > 0.0) == (t[10] == 1.0)).count();
    let apart: f32 = answers().map(|(y, t)| (y[11] - t[11]).abs()).sum();
    println!("the digit:  {:.2} % right", part(right));
    println!("even:       {:.2} % right", part(even));
    println!("the ink:    {:.3} apart on average", apart / test.len() as f32);

    let mut order: Vec<usize> = (0..60).collect();
    let read = |n: &usize| (outputs[n * OUTPUTS + 10] < 0.0, outputs[n * OUTPUTS + 11]);
    order.sort_by(|a, b| read(a).partial_cmp(&read(b)).expect("numbers"));
    let mut cells = Vec::new();
    for odd in [false, true] {
        let row = order.iter().filter(|n| read(n).0 == odd).take(24);
        cells.extend(row.flat_map(|n| &images[n * 784..][..784]));
    }
    sheet(&picture, &cells, 28, 12)
}
