//! The filters of the first convolution.

use toddle::{Float, LayerSpec, Network};

use crate::picture::{Pixels, signed};

/// The filters of a convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct Filters {
    /// The name of the layer.
    pub name: String,
    /// The number of filters, and the channels, rows and columns of each.
    pub shape: [usize; 4],
    /// Filter by filter, channel by channel, row by row.
    pub weights: Vec<f64>,
}

/// The filters of the first convolution of `network`. None if it has no convolution.
///
/// ```
/// use toddle::{Conv2d, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::image(1, 8, 8)).add(Conv2d::new(6, 5)).build::<f32>(0)?;
/// let filters = toddle_look::inside::filters(&network).unwrap();
/// assert_eq!((&filters.name[..], filters.shape), ("conv1", [6, 1, 5, 5]));
/// # Ok::<(), toddle::BuildError>(())
/// ```
pub fn filters<T: Float>(network: &Network<T>) -> Option<Filters> {
    let node = network.nodes().iter().find(|node| {
        let spec = node.layer().map(|layer| layer.spec());
        matches!(spec, Some(LayerSpec::Conv2d(_) | LayerSpec::Conv1d(_)))
    })?;
    let param = network.layout().get(&format!("{}.weight", node.name()))?;
    let (window, channels, count) = match param.shape[..] {
        [height, width, channels, count] => ([height, width], channels, count),
        [width, channels, count] => ([1, width], channels, count),
        _ => return None,
    };
    let (weights, taps) = (&network.weights()[param.range.clone()], window[0] * window[1]);
    let weight = |f: usize, c: usize, tap: usize| weights[(tap * channels + c) * count + f].to_f64();
    let weights = (0..count)
        .flat_map(|f| (0..channels).flat_map(move |c| (0..taps).map(move |tap| weight(f, c, tap))))
        .collect();
    Some(Filters { name: node.name().to_owned(), shape: [count, channels, window[0], window[1]], weights })
}

impl Filters {
    /// The largest weight, without its sign.
    pub fn most(&self) -> f64 {
        self.weights.iter().fold(0.0, |most, weight| most.max(weight.abs()))
    }

    /// Filter `f` as a picture. Three channels are the colours of its pixels; the means of the channels of other filters are blue
    /// below 0 and orange above 0. All filters of the layer have the same scale.
    ///
    /// Panics if there is no such filter.
    pub fn picture(&self, f: usize) -> Pixels {
        let [_, channels, height, width] = self.shape;
        let size = channels * height * width;
        picture(&self.weights[f * size..][..size], [channels, height, width], self.most())
    }
}

/// The weights of one filter as a picture. `most` is the largest weight of the layer.
pub(crate) fn picture(weights: &[f64], [channels, height, width]: [usize; 3], most: f64) -> Pixels {
    let plane = height * width;
    if channels == 3 {
        let byte = |w: &f64| (127.5 + 127.5 * w / most.max(f64::MIN_POSITIVE)).round() as u8;
        return Pixels { shape: [3, height, width], bytes: weights.iter().map(byte).collect() };
    }
    let mean = |p: usize| weights.iter().skip(p).step_by(plane).sum::<f64>() / channels.max(1) as f64;
    signed(&(0..plane).map(mean).collect::<Vec<f64>>(), most, [height, width])
}
