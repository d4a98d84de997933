//! Digits that nobody wrote: a variational autoencoder (Kingma and Welling, 2014).
//! `cargo run --release -p toddle-examples --bin vae -- [STEPS] [PICTURE]`.
//!
//! An encoder says for a digit from which normal distribution of eight numbers it may come, and a decoder draws a digit from such
//! numbers. After the training, the decoder draws digits from random numbers: they are the picture.

use std::error::Error;

use toddle::{
    Adam, Dense, Flatten, GraphSpec, Init, NetworkSpec, NumpyRandom, OpenTraining, Relu, Shape, Softplus,
};
use toddle_examples::{argument, sheet, sigmoid};

const PIXELS: usize = 28 * 28;
/// The numbers from which a digit is drawn.
const CODE: usize = 8;
const BATCH: usize = 128;
/// The learning rate at the start. It falls to 0.
const RATE: f64 = 0.002;

fn main() -> Result<(), Box<dyn Error>> {
    let (steps, picture) = (argument(1, 5000_u32)?, argument(2, "vae.png".to_owned())?);
    let digits = toddle_data::mnist().train()?;
    let mut random = NumpyRandom::new(0);

    let mut graph = GraphSpec { init: Init::Auto, ..GraphSpec::new() };
    let image = graph.input("image", Shape::image(1, 28, 28));
    let hidden = graph.add(Flatten, image);
    let hidden = graph.add(Dense::new(400), hidden);
    let hidden = graph.add(Relu, hidden);
    let mean = graph.add(Dense::new(CODE), hidden);
    let deviation = graph.add(Dense::new(CODE), hidden);
    let deviation = graph.add(Softplus::default(), deviation);
    graph.output("mean", mean);
    graph.output("deviation", deviation);
    let mut encoder = OpenTraining::new(graph.build(0)?, Adam::new(RATE))?;

    let decoder =
        NetworkSpec::new(Shape::vector(CODE)).add(Dense::new(400)).add(Relu).add(Dense::new(PIXELS));
    let mut decoder = OpenTraining::new(decoder.init(Init::Auto).build(1)?, Adam::new(RATE))?;

    let mut x = vec![0.0; BATCH * PIXELS];
    let mut mean_loss = 0.0;
    for step in 1..=steps {
        x.chunks_mut(PIXELS).for_each(|x| digits.write_input(random.below(digits.len()), x));
        let codes = encoder.outputs(&x)?.to_vec();
        let noise: Vec<f32> = (0..BATCH * CODE).map(|_| random.normal() as f32).collect();
        // A code is its mean and so many deviations: the gradient passes both.
        let drawn = codes.chunks(2 * CODE).zip(noise.chunks(CODE));
        let z: Vec<f32> =
            drawn.flat_map(|(code, noise)| (0..CODE).map(|i| code[i] + code[CODE + i] * noise[i])).collect();

        // The first part of the loss: the cross-entropy of each pixel. Its gradient is the difference.
        let logits = decoder.outputs(&z)?;
        let dy: Vec<f32> = logits.iter().zip(&x).map(|(y, x)| (sigmoid(*y) - x) / BATCH as f32).collect();
        let loss: f32 =
            logits.iter().zip(&x).map(|(y, x)| y.max(0.0) - x * y + (-y.abs()).exp().ln_1p()).sum();
        let dz = decoder.backward(&dy)?;

        // The second part: how far the distributions are from the normal distribution,
        // Σ (μ² + σ² − 1)/2 − ln σ.
        let mut far = 0.0;
        let mut dcodes = vec![0.0; codes.len()];
        for (n, (code, dcode)) in codes.chunks(2 * CODE).zip(dcodes.chunks_mut(2 * CODE)).enumerate() {
            for i in 0..CODE {
                let (mean, deviation, dz, noise) =
                    (code[i], code[CODE + i] + 1e-6, dz[n * CODE + i], noise[n * CODE + i]);
                far += (mean * mean + deviation * deviation - 1.0) / 2.0 - deviation.ln();
                dcode[i] = dz + mean / BATCH as f32;
                dcode[CODE + i] = dz * noise + (deviation - 1.0 / deviation) / BATCH as f32;
            }
        }
        encoder.backward(&dcodes)?;
        for training in [&mut encoder, &mut decoder] {
            training.set_rate(RATE * f64::from(steps - step) / f64::from(steps));
            training.update()?;
        }
        mean_loss += f64::from((loss + far) / BATCH as f32);
        if step % 100 == 0 {
            println!("step {step}: loss {:.2}", mean_loss / 100.0);
            mean_loss = 0.0;
        }
    }

    let z: Vec<f32> = (0..96 * CODE).map(|_| random.normal() as f32).collect();
    let drawn: Vec<f32> = decoder.network().predict(&z)?.into_iter().map(sigmoid).collect();
    sheet(&picture, &drawn, 28, 12)
}
