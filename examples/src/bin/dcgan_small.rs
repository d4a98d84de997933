//! A forger and a judge: one network draws digits, and another one tells them from real digits (Radford, Metz and Chintala, 2016).
//! `cargo run --release -p toddle-examples --bin dcgan_small -- [STEPS] [PICTURE]`.
//!
//! The judge learns what is real, and which digit it is (Odena, Olah and Shlens, 2017). The forger is told which digit to draw, and
//! learns from the judge's gradient to its input. The picture has digits of the forger, a column for each digit.

use std::error::Error;

use toddle::{
    Adam, BatchNorm, Conv2d, ConvTranspose2d, Dense, Flatten, Init, LeakyRelu, Network, NetworkSpec,
    NumpyRandom, OpenTraining, Relu, Reshape, Shape, Sigmoid,
};
use toddle_examples::{argument, sheet, sigmoid};

const PIXELS: usize = 28 * 28;
const DIGITS: usize = 10;
/// The random numbers from which a digit is drawn.
const NOISE: usize = 32;
const BATCH: usize = 64;
/// The learning rate at the start. It falls to 0.
const RATE: f64 = 0.0008;

fn forger() -> Result<Network<f32>, toddle::BuildError> {
    NetworkSpec::new(Shape::vector(NOISE + DIGITS))
        .add(Dense::new(7 * 7 * 48))
        .add(BatchNorm::default())
        .add(Relu)
        .add(Reshape::new(Shape::image(48, 7, 7)))
        .add(ConvTranspose2d::new(24, 4).stride(2).padding(1))
        .add(BatchNorm::default())
        .add(Relu)
        .add(ConvTranspose2d::new(1, 4).stride(2).padding(1))
        .add(Sigmoid)
        .init(Init::Auto)
        .build(0)
}

/// The network whose outputs are a logit for `real`, and a logit for each digit.
fn judge() -> Result<Network<f32>, toddle::BuildError> {
    NetworkSpec::new(Shape::image(1, 28, 28))
        .add(Conv2d::new(24, 4).stride(2).padding(1))
        .add(LeakyRelu { slope: 0.2 })
        .add(Conv2d::new(48, 4).stride(2).padding(1))
        .add(BatchNorm::default())
        .add(LeakyRelu { slope: 0.2 })
        .add(Flatten)
        .add(Dense::new(1 + DIGITS))
        .init(Init::Auto)
        .build(1)
}

/// The gradient to the judge's outputs of the mean loss: the binary cross-entropy if all should say `real`, and with `labels` the
/// cross-entropy of the digits.
fn gradient(outputs: &[f32], real: f32, labels: Option<&[usize]>) -> Vec<f32> {
    let mut dy = vec![0.0; outputs.len()];
    for (n, (y, dy)) in outputs.chunks(1 + DIGITS).zip(dy.chunks_mut(1 + DIGITS)).enumerate() {
        dy[0] = (sigmoid(y[0]) - real) / BATCH as f32;
        if let Some(labels) = labels {
            let most = y[1..].iter().copied().fold(f32::MIN, f32::max);
            let sum: f32 = y[1..].iter().map(|y| (y - most).exp()).sum();
            for digit in 0..DIGITS {
                let target = if digit == labels[n] { 1.0 } else { 0.0 };
                dy[1 + digit] = ((y[1 + digit] - most).exp() / sum - target) / BATCH as f32;
            }
        }
    }
    dy
}

/// Inputs of the forger: random numbers, and which digit to draw.
fn orders(random: &mut NumpyRandom, labels: &[usize]) -> Vec<f32> {
    let mut orders = vec![0.0; labels.len() * (NOISE + DIGITS)];
    for (order, label) in orders.chunks_mut(NOISE + DIGITS).zip(labels) {
        order[..NOISE].fill_with(|| random.normal() as f32);
        order[NOISE + label] = 1.0;
    }
    orders
}

fn main() -> Result<(), Box<dyn Error>> {
    let (steps, picture) = (argument(1, 2000_u32)?, argument(2, "dcgan_small.png".to_owned())?);
    let digits = toddle_data::mnist().train()?;
    let mut random = NumpyRandom::new(0);
    let adam = Adam::new(RATE).betas(0.5, 0.999);
    let (mut forger, mut judge) = (OpenTraining::new(forger()?, adam)?, OpenTraining::new(judge()?, adam)?);
    let (mut real, mut labels) = (vec![0.0; BATCH * PIXELS], vec![0; BATCH]);
    for step in 1..=steps {
        let rate = RATE * f64::from(steps - step) / f64::from(steps);
        forger.set_rate(rate);
        judge.set_rate(rate);
        for (x, label) in real.chunks_mut(PIXELS).zip(&mut labels) {
            let n = random.below(digits.len());
            digits.write_input(n, x);
            *label = digits.labels()[n] as usize;
        }
        let forged = forger.outputs(&orders(&mut random, &labels))?.to_vec();

        // The judge learns from real digits and from forged ones. It is never quite sure: 0.9.
        let mut says = [0.0; 2];
        for (n, (x, target)) in [(&real, 0.9), (&forged, 0.0)].into_iter().enumerate() {
            let y = judge.outputs(x)?;
            says[n] = y.iter().step_by(1 + DIGITS).map(|y| sigmoid(*y)).sum::<f32>() / BATCH as f32;
            let dy = gradient(y, target, (n == 0).then_some(&labels));
            judge.backward(&dy)?;
            judge.update()?;
        }
        // The forger learns what the judge takes for real, and for the right digit.
        let dy = gradient(judge.outputs(&forged)?, 1.0, Some(&labels));
        forger.backward(judge.backward(&dy)?)?;
        forger.update()?;
        if step % 100 == 0 {
            println!(
                "step {step}: the judge says {:.2} of real digits and {:.2} of forged ones",
                says[0], says[1]
            );
        }
    }

    let labels: Vec<usize> = (0..80).map(|n| n % DIGITS).collect();
    let forged = forger.network().predict(&orders(&mut random, &labels))?;
    let mean = |pixels: &[f32]| pixels.iter().sum::<f32>() / pixels.len() as f32;
    println!("a real pixel is {:.3} and a forged pixel is {:.3} on average", mean(&real), mean(&forged));
    sheet(&picture, &forged, 28, DIGITS)
}
