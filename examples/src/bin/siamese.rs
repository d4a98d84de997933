//! Digits as points: a network learns to put pictures of the same digit close together, and other pictures far away.
//! `cargo run --release -p toddle-examples --bin siamese -- [STEPS] [PICTURE]`.
//!
//! The network has three inputs, and the same layers with the same weights for each: a picture, another picture of its digit, and a
//! picture of another digit. The picture has a test digit in each row, before its nearest training digits.

use std::error::Error;

use toddle::{
    Adam, Conv2d, Dense, Flatten, GraphSpec, Init, LayerSpec, MaxPool2d, Network, NumpyRandom, OpenTraining,
    Relu, Shape,
};
use toddle_data::Dataset;
use toddle_examples::{argument, sheet};

const PIXELS: usize = 28 * 28;
/// Numbers of a point.
const POINT: usize = 16;
const BATCH: usize = 64;
/// The other digit's square distance must be so much larger.
const MARGIN: f32 = 1.0;

/// The layers for each of these inputs, with shared weights.
fn network(inputs: &[&str]) -> Result<Network<f32>, toddle::BuildError> {
    let layers: [LayerSpec; 8] = [
        Conv2d::new(16, 5).into(),
        Relu,
        MaxPool2d::new(2).into(),
        Conv2d::new(32, 5).into(),
        Relu,
        MaxPool2d::new(2).into(),
        Flatten,
        Dense::new(POINT).into(),
    ];
    let mut graph = GraphSpec { init: Init::Auto, ..GraphSpec::new() };
    let mut tower = Vec::new();
    for name in inputs {
        let mut value = graph.input(name, Shape::image(1, 28, 28));
        if tower.is_empty() {
            for layer in &layers {
                value = graph.add(layer.clone(), value);
                tower.push(value);
            }
        } else {
            value = tower.iter().fold(value, |value, &layer| graph.share(layer, value));
        }
        graph.output(name, value);
    }
    graph.build(0)
}

/// The triplet loss `max(0, |a − p|² − |a − n|² + margin)` of each sample's points `a` and `p` with the point `n` of every sample of the
/// batch, unless `n` is of the digit of `a`. Returns its mean over all that are above 0, and sets `dy` to the gradient of this mean.
fn triplet_loss(y: &[f32], labels: &[[u32; 2]], dy: &mut [f32]) -> f32 {
    let (mut sum, mut count) = (0.0, 0.0);
    let at = |sample: usize, place: usize| (3 * sample + place) * POINT;
    for (i, j) in (0..BATCH * BATCH).map(|pair| (pair / BATCH, pair % BATCH)) {
        let places = [at(i, 0), at(i, 1), at(j, 2)];
        let [a, p, n] = places.map(|place| &y[place..][..POINT]);
        let loss = square_distance(a, p) - square_distance(a, n) + MARGIN;
        if loss > 0.0 && labels[i][0] != labels[j][1] {
            (sum, count) = (sum + loss, count + 1.0);
            for o in 0..POINT {
                dy[places[0] + o] += 2.0 * (n[o] - p[o]);
                dy[places[1] + o] += 2.0 * (p[o] - a[o]);
                dy[places[2] + o] += 2.0 * (a[o] - n[o]);
            }
        }
    }
    let count = f32::max(count, 1.0);
    dy.iter_mut().for_each(|dy| *dy /= count);
    sum / count
}

fn square_distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Draws a training digit that is the digit `label`, or another one.
fn draw(digits: &Dataset, random: &mut NumpyRandom, label: u32, same: bool) -> usize {
    loop {
        let n = random.below(digits.len());
        if (digits.labels()[n] == label) == same {
            return n;
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (steps, picture) = (argument(1, 1000)?, argument(2, "siamese.png".to_owned())?);
    let (train, test) = (toddle_data::mnist().train()?, toddle_data::mnist().test()?);
    let mut random = NumpyRandom::new(0);
    let mut training = OpenTraining::new(network(&["picture", "same", "other"])?, Adam::new(0.001))?;
    let mut x = vec![0.0; BATCH * 3 * PIXELS];
    for step in 1..=steps {
        let mut labels = Vec::new();
        for sample in x.chunks_mut(3 * PIXELS) {
            let first = random.below(train.len());
            let label = train.labels()[first];
            let [same, other] = [true, false].map(|same| draw(&train, &mut random, label, same));
            [first, same, other]
                .iter()
                .zip(sample.chunks_mut(PIXELS))
                .for_each(|(n, x)| train.write_input(*n, x));
            labels.push([label, train.labels()[other]]);
        }
        let y = training.outputs(&x)?;
        let mut dy = vec![0.0; y.len()];
        let loss = triplet_loss(y, &labels, &mut dy);
        training.backward(&dy)?;
        training.update()?;
        if step % 100 == 0 {
            println!("step {step}: loss {loss:.4}");
        }
    }

    // The same weights with one input give the point of a picture.
    let mut tower = network(&["picture"])?;
    tower.weights_mut().copy_from_slice(training.network().weights());
    let known = train.first(1000)?;
    let (images, asked): (Vec<f32>, Vec<f32>) = (known.inputs(), test.inputs());
    let (points, questions) = (tower.predict(&images)?, tower.predict(&asked)?);
    let nearest = |question: &[f32]| {
        let distances = points.chunks(POINT).map(|point| square_distance(question, point));
        let mut order: Vec<_> = distances.enumerate().collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        order.into_iter().map(|(n, _)| n).take(11).collect::<Vec<_>>()
    };
    let answers: Vec<Vec<usize>> = questions.chunks(POINT).map(nearest).collect();
    let right =
        answers.iter().zip(test.labels()).filter(|(near, label)| known.labels()[near[0]] == **label).count();
    let percent = 100.0 * right as f64 / test.len() as f64;
    println!("nearest neighbours: {percent:.2} % of the test digits have one of their own digit, among 1000");

    let rows = (0..8).flat_map(|n| {
        std::iter::once(&asked[n * PIXELS..][..PIXELS])
            .chain(answers[n].iter().map(|m| &images[m * PIXELS..][..PIXELS]))
    });
    sheet(&picture, &rows.collect::<Vec<_>>().concat(), 28, 12)
}
