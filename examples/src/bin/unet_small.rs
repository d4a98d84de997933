//! Which pixels are a disc, and which are a square: a small U-Net (Ronneberger, Fischer and Brox, 2015).
//! `cargo run --release -p toddle-examples --bin unet_small -- [STEPS] [PICTURE]`.
//!
//! The program draws its pictures itself: a disc and a square of any size and tone, on noise. The network makes the picture smaller
//! and larger again, and each larger picture is joined with what was there at this size before. In the picture of this program, each
//! row has an input, its two masks and the network's two masks, twice.

use std::error::Error;

use toddle::{
    Adam, BatchNorm, Conv2d, ConvTranspose2d, GraphSpec, Init, MaxPool2d, Network, NumpyRandom, OpenTraining,
    Padding, Relu, Shape, Value,
};
use toddle_examples::{argument, sheet, sigmoid};

/// Rows and columns of a picture.
const SIDE: usize = 32;
const PIXELS: usize = SIDE * SIDE;
const BATCH: usize = 16;

fn network() -> Result<Network<f32>, toddle::BuildError> {
    let mut graph = GraphSpec { init: Init::Auto, ..GraphSpec::new() };
    let block = |graph: &mut GraphSpec, filters: usize, from: Value| {
        let from = graph.add(Conv2d::new(filters, 3).padding(Padding::Same), from);
        let from = graph.add(BatchNorm::default(), from);
        graph.add(Relu, from)
    };
    let mut value = graph.input("picture", Shape::image(1, SIDE, SIDE));
    let mut before = Vec::new();
    for filters in [8, 16] {
        value = block(&mut graph, filters, value);
        before.push((filters, value));
        value = graph.add(MaxPool2d::new(2), value);
    }
    value = block(&mut graph, 32, value);
    for (filters, same_size) in before.into_iter().rev() {
        value = graph.add(ConvTranspose2d::new(filters, 2).stride(2), value);
        value = graph.concat([same_size, value]);
        value = block(&mut graph, filters, value);
    }
    graph.add(Conv2d::new(2, 1), value);
    graph.build(0)
}

/// Draws a picture, and its two masks: 1 where the disc is, and 1 where the square is.
fn draw(random: &mut NumpyRandom, picture: &mut [f32], masks: &mut [f32]) {
    masks.fill(0.0);
    let noise = picture.iter_mut();
    noise.for_each(|pixel| *pixel = 0.3 * random.uniform() as f32);
    let tones = if random.uniform() < 0.5 { [0.4, 0.7] } else { [0.7, 0.4] };
    for (shape, mask) in masks.chunks_mut(PIXELS).enumerate() {
        let tone = tones[shape] + 0.15 * random.uniform() as f32;
        let size = 4.0 + 4.0 * random.uniform();
        let [top, left] = [0; 2].map(|_| size + random.uniform() * (SIDE as f64 - 2.0 * size));
        for (at, (pixel, mask)) in picture.iter_mut().zip(mask).enumerate() {
            let [y, x] = [at / SIDE, at % SIDE].map(|place| place as f64 + 0.5);
            let (down, right) = ((y - top).abs(), (x - left).abs());
            let inside = if shape == 0 { down.hypot(right) < size } else { down.max(right) < 0.8 * size };
            if inside {
                *pixel = tone + 0.1 * random.uniform() as f32;
                *mask = 1.0;
            }
        }
    }
    // The square lies on the disc.
    let (disc, square) = masks.split_at_mut(PIXELS);
    disc.iter_mut().zip(square).filter(|(_, square)| **square == 1.0).for_each(|(disc, _)| *disc = 0.0);
}

/// The part that both masks have of what one of them has, the mean over the two shapes.
fn mean_intersection_over_union(outputs: &[f32], masks: &[f32]) -> f64 {
    let (mut both, mut either) = ([0.0; 2], [0.0; 2]);
    for (n, (y, t)) in outputs.chunks(PIXELS).zip(masks.chunks(PIXELS)).enumerate() {
        for (y, t) in y.iter().map(|y| *y > 0.0).zip(t.iter().map(|t| *t > 0.0)) {
            both[n % 2] += f64::from(u8::from(y && t));
            either[n % 2] += f64::from(u8::from(y || t));
        }
    }
    (both[0] / either[0] + both[1] / either[1]) / 2.0
}

fn main() -> Result<(), Box<dyn Error>> {
    let (steps, picture) = (argument(1, 1500_u32)?, argument(2, "unet_small.png".to_owned())?);
    let mut random = NumpyRandom::new(0);
    let mut batch = |count: usize| {
        let (mut x, mut t) = (vec![0.0; count * PIXELS], vec![0.0; count * 2 * PIXELS]);
        x.chunks_mut(PIXELS).zip(t.chunks_mut(2 * PIXELS)).for_each(|(x, t)| draw(&mut random, x, t));
        (x, t)
    };
    let mut training = OpenTraining::new(network()?, Adam::new(0.005))?;
    for step in 1..=steps {
        training.set_rate(0.005 * f64::from(steps - step + 1) / f64::from(steps));
        let (x, t) = batch(BATCH);
        let y = training.outputs(&x)?;
        let score = mean_intersection_over_union(y, &t);
        // The gradient of the mean binary cross-entropy of the pixels.
        let part = 1.0 / y.len() as f32;
        let dy: Vec<f32> = y.iter().zip(&t).map(|(y, t)| part * (sigmoid(*y) - t)).collect();
        training.backward(&dy)?;
        training.update()?;
        if step % 50 == 0 {
            println!("step {step}: mean intersection over union {score:.3}");
        }
    }

    let (x, t) = batch(500);
    let y = training.network().predict(&x)?;
    println!("of 500 new pictures: mean intersection over union {:.4}", mean_intersection_over_union(&y, &t));
    let masks: Vec<f32> = y.into_iter().map(sigmoid).collect();
    let row = |n: usize| {
        [
            &x[n * PIXELS..][..PIXELS],
            &t[2 * n * PIXELS..][..2 * PIXELS],
            &masks[2 * n * PIXELS..][..2 * PIXELS],
        ]
        .concat()
    };
    sheet(&picture, &(0..8).flat_map(row).collect::<Vec<_>>(), SIDE, 10)
}
