//! Digits through a bottleneck: a network learns to draw its own input again from 16 numbers.
//! `cargo run --release -p toddle-examples --bin autoencoder -- [EPOCHS] [PICTURE]`.
//!
//! The picture has test digits above what the network draws of them.

use std::error::Error;

use toddle::{Adam, Dense, Fit, Loss, NetworkSpec, Relu, Shape};
use toddle_examples::{argument, sheet, sigmoid};

fn main() -> Result<(), Box<dyn Error>> {
    let (epochs, picture) = (argument(1, 5)?, argument(2, "autoencoder.png".to_owned())?);
    let digits = toddle_data::mnist();
    let (train, test): (Vec<f32>, Vec<f32>) = (digits.train()?.inputs(), digits.test()?.inputs());

    let mut network = NetworkSpec::new(Shape::image(1, 28, 28))
        .add(toddle::Flatten)
        .add(Dense::new(256))
        .add(Relu)
        .add(Dense::new(16)) // the bottleneck
        .add(Dense::new(256))
        .add(Relu)
        .add(Dense::new(784))
        .init(toddle::Init::Auto)
        .build(0)?;
    let fit = Fit::new(Loss::binary_cross_entropy(), Adam::new(0.002)).epochs(epochs).batch(128).shuffle();
    // The targets are the inputs.
    fit.run_observed(&mut network, &train, &train, |epoch: &toddle::Epoch| {
        println!("epoch {}: loss {:.4}", epoch.number, epoch.error);
        std::ops::ControlFlow::Continue(())
    })?;

    let drawn: Vec<f32> = network.predict(&test)?.into_iter().map(sigmoid).collect();
    let squares: f64 = drawn.iter().zip(&test).map(|(y, x)| f64::from(y - x).powi(2)).sum();
    println!("mean squared error of a test pixel: {:.4}", squares / test.len() as f64);
    let row = 784 * 12;
    sheet(
        &picture,
        &[&test[..row], &drawn[..row], &test[row..2 * row], &drawn[row..2 * row]].concat(),
        28,
        12,
    )
}
