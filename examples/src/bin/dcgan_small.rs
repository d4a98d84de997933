//! A forger and a judge: one network draws digits, and another one tells them from real digits (Radford, Metz and Chintala, 2016).
//! `cargo run --release -p toddle-examples --bin dcgan_small -- [STEPS] [PICTURE]`.
//!
//! The judge learns what is real. The forger learns from the judge's gradient to its input. The picture has digits of the forger.

use std::error::Error;

use toddle::{
    Adam, BatchNorm, Conv2d, ConvTranspose2d, Dense, Dropout, Flatten, Init, LeakyRelu, Network, NetworkSpec,
    NumpyRandom, OpenTraining, Relu, Reshape, Shape, Sigmoid,
};
use toddle_examples::{argument, sheet, sigmoid};

const PIXELS: usize = 28 * 28;
/// The random numbers from which a digit is drawn.
const CODE: usize = 32;
const BATCH: usize = 64;
/// The learning rate at the start. It falls to 0.
const RATE: f64 = 0.001;

fn forger() -> Result<Network<f32>, toddle::BuildError> {
    NetworkSpec::new(Shape::vector(CODE))
        .add(Dense::new(7 * 7 * 64))
        .add(BatchNorm::default())
        .add(Relu)
        .add(Reshape::new(Shape::image(64, 7, 7)))
        .add(ConvTranspose2d::new(32, 4).stride(2).padding(1))
        .add(BatchNorm::default())
        .add(Relu)
        .add(ConvTranspose2d::new(1, 4).stride(2).padding(1))
        .add(Sigmoid)
        .init(Init::Auto)
        .build(0)
}

fn judge() -> Result<Network<f32>, toddle::BuildError> {
    NetworkSpec::new(Shape::image(1, 28, 28))
        .add(Conv2d::new(24, 4).stride(2).padding(1))
        .add(LeakyRelu { slope: 0.2 })
        .add(Dropout::new(0.3))
        .add(Conv2d::new(48, 4).stride(2).padding(1))
        .add(LeakyRelu { slope: 0.2 })
        .add(Dropout::new(0.3))
        .add(Flatten)
        .add(Dense::new(1))
        .init(Init::Auto)
        .build(1)
}

/// The gradient of the mean binary cross-entropy to the judge's outputs, if all should say `real`.
fn gradient(outputs: &[f32], real: f32) -> Vec<f32> {
    outputs.iter().map(|y| (sigmoid(*y) - real) / BATCH as f32).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let (steps, picture) = (argument(1, 4000_u32)?, argument(2, "dcgan_small.png".to_owned())?);
    let digits = toddle_data::mnist().train()?;
    let mut random = NumpyRandom::new(0);
    let adam = Adam::new(RATE).betas(0.5, 0.999);
    let (mut forger, mut judge) = (OpenTraining::new(forger()?, adam)?, OpenTraining::new(judge()?, adam)?);
    let mut real = vec![0.0; BATCH * PIXELS];
    for step in 1..=steps {
        let rate = RATE * f64::from(steps - step) / f64::from(steps);
        forger.set_rate(rate);
        judge.set_rate(rate);
        real.chunks_mut(PIXELS).for_each(|x| digits.write_input(random.below(digits.len()), x));
        let z: Vec<f32> = (0..BATCH * CODE).map(|_| random.normal() as f32).collect();
        let forged = forger.outputs(&z)?.to_vec();

        // The judge learns from real digits and from forged ones. It is never quite sure: 0.9.
        let mut says = [0.0; 2];
        for (n, (x, target)) in [(&real, 0.9), (&forged, 0.0)].into_iter().enumerate() {
            let y = judge.outputs(x)?;
            says[n] = y.iter().map(|y| sigmoid(*y)).sum::<f32>() / BATCH as f32;
            let dy = gradient(y, target);
            judge.backward(&dy)?;
            judge.update()?;
        }
        // The forger learns what the judge takes for real.
        let dy = gradient(judge.outputs(&forged)?, 1.0);
        forger.backward(judge.backward(&dy)?)?;
        forger.update()?;
        if step % 100 == 0 {
            println!(
                "step {step}: the judge says {:.2} of real digits and {:.2} of forged ones",
                says[0], says[1]
            );
        }
    }

    let z: Vec<f32> = (0..96 * CODE).map(|_| random.normal() as f32).collect();
    let forged = forger.network().predict(&z)?;
    let mean = |pixels: &[f32]| pixels.iter().sum::<f32>() / pixels.len() as f32;
    println!("a real pixel is {:.3} and a forged pixel is {:.3} on average", mean(&real), mean(&forged));
    sheet(&picture, &forged, 28, 12)
}
