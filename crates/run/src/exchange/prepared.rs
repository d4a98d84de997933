//! The check of a graph that prepares samples itself.

use toddle::NumpyRandom;
use toddle_data::{Meaning, probabilities};

use super::samples::RECORDED;
use super::{Form, Leaving};
use crate::error::Error;

/// Checks that the preparation can be a part of the file.
pub fn check(form: Form, leaving: &Leaving) -> Result<(), Error> {
    let refuse = |expected: &str, got: &str| {
        Err(Error::Refused {
            what: "the preparation cannot leave with this network".into(),
            expected: expected.into(),
            got: got.into(),
            remedy: "leaving it out, and preparing the samples in the other program".into(),
        })
    };
    if form != Form::Onnx {
        return refuse("the form onnx", "another form");
    }
    match Meaning::from_json("", &leaving.about.data).ok().flatten() {
        Some(meaning) if meaning.numbers => refuse("a network that tells classes apart", "learned numbers"),
        Some(meaning) if meaning.bytes => Ok(()),
        None if leaving.about.scaling.divisor == 255.0 => Ok(()),
        _ => refuse("a network that was trained with bytes, such as pictures", "other numbers"),
    }
}

/// Bytes for the graph, and the probabilities that toddle gives for them: recorded samples, and those of 0 and 255 alone.
pub fn bytes_and_probabilities(leaving: &Leaving) -> Result<(Vec<f32>, Vec<f32>), Error> {
    let Leaving { network, about, .. } = leaving;
    let (size, width) = (network.input().size(), network.output().size());
    let mut random = NumpyRandom::new(0);
    let mut x: Vec<f32> = (0..RECORDED * size).map(|_| (random.uniform() * 256.0).floor() as f32).collect();
    x.extend([0.0, 255.0].iter().flat_map(|edge| std::iter::repeat_n(*edge, size)));
    let mut prepared = x.clone();
    prepared.chunks_mut(size).for_each(|sample| about.scaling.apply(sample));
    let outputs: Vec<f64> = network.predict(&prepared)?.into_iter().map(f64::from).collect();
    let last = network.nodes().last().and_then(|node| node.layer()).map(|layer| layer.spec());
    let all = probabilities(last, &outputs, width)?;
    // The graph gives a single output as the probability of the second class.
    let each = if width == 1 { 2 } else { 1 };
    Ok((x, all.into_iter().skip(each - 1).step_by(each).map(|p| p as f32).collect()))
}
