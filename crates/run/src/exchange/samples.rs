//! The inputs of the check: recorded ones, and the edges of the data.

use toddle::checkpoint::About;
use toddle::{ClassNumbers, LayerSpec, Network, NumpyRandom, Scaling};
use toddle_data::Meaning;

/// The number of recorded samples. Their values are drawn from the range of the training data. If
/// the model does not say the range, it is that of bytes, or −1 to 1.
pub const RECORDED: usize = 16;

/// Samples for a network, as its inputs, one after the other.
pub fn samples(network: &Network<f32>, about: &About) -> Vec<f32> {
    let meaning = Meaning::from_json("", &about.data).ok().flatten();
    let unknown = match about.scaling.divisor {
        1.0 => [-1.0, 1.0],
        divisor => [0.0, divisor],
    };
    let [least, most] = meaning.and_then(|meaning| meaning.seen).unwrap_or(unknown);
    let size = network.input().size();
    let mut random = NumpyRandom::new(0);
    let mut x: Vec<f32> =
        (0..RECORDED * size).map(|_| least + (most - least) * random.uniform() as f32).collect();
    for [even, odd] in edges(network, least, most) {
        x.extend((0..size).map(|n| if n % 2 == 0 { even } else { odd }));
    }
    let channels = about.scaling.channels();
    let suits = about.scaling.suits(channels) && size.is_multiple_of(channels);
    let scaling = if suits { about.scaling.clone() } else { Scaling::default() };
    x.chunks_mut(size).for_each(|sample| scaling.apply(sample));
    for ClassNumbers { classes, range, .. } in network.class_numbers() {
        for sample in x.chunks_mut(size) {
            sample[range.clone()].iter_mut().for_each(|x| *x = random.below(classes) as f32);
        }
    }
    x
}

/// The values of the elements of samples at the edges of the data: those at even places, and those at odd places.
///
/// A layer that divides by the deviation of a sample multiplies the rounding errors of equal elements, so it gets different ones.
fn edges(network: &Network<f32>, least: f32, most: f32) -> Vec<[f32; 2]> {
    let divides = |spec: LayerSpec| matches!(spec, LayerSpec::GroupNorm(_) | LayerSpec::LayerNorm(_));
    match network.nodes().iter().filter_map(|node| node.layer()).any(|layer| divides(layer.spec())) {
        true => vec![[least, most], [most, least]],
        false => [least, most, 0.0].map(|edge| [edge; 2]).to_vec(),
    }
}
