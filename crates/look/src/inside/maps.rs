//! The feature maps of a sample.

use toddle::{Float, Network, Shape, Trace};

use crate::axis::range;
use crate::error::LookError;
use crate::picture::{Pixels, grey};

/// The feature maps of a layer for one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    /// The name of the layer.
    pub name: String,
    /// Channels, rows and columns.
    pub shape: [usize; 3],
    /// Channel by channel, row by row.
    pub values: Vec<f64>,
}

/// The layers whose feature maps are worth a look, as their places among the [nodes](Network::nodes).
///
/// They are the layers with rows and columns in their output. Of layers in a row whose outputs have the same shape, such as a
/// convolution, its normalisation and its activation, it is the last one.
pub fn views<T: Float>(network: &Network<T>) -> Vec<usize> {
    let nodes = network.nodes();
    let is_image = |shape: Shape| matches!(shape, Shape::Image { height, width, .. } if height * width > 1);
    let goes_on = |n: usize| {
        let value = network.inputs().len() + n;
        let takes = |node: &toddle::Node<T>| node.inputs() == [value] && node.output() == nodes[n].output();
        nodes.iter().any(takes)
    };
    (0..nodes.len()).filter(|&n| is_image(nodes[n].output()) && !goes_on(n)).collect()
}

/// The feature maps of the sample `x` in the layers that [`views`] names, from the first layer to the last.
///
/// # Errors
/// `x` is not one sample.
pub fn maps<T: Float>(network: &Network<T>, x: &[T]) -> Result<Vec<Maps>, LookError> {
    let trace = network.trace(x)?;
    Ok(views(network).into_iter().filter_map(|n| maps_of(&trace, network, n).into_iter().next()).collect())
}

/// The feature maps of node `n` for all samples of a trace, sample after sample.
pub(crate) fn maps_of<T: Float>(trace: &Trace<T>, network: &Network<T>, n: usize) -> Vec<Maps> {
    let node = &network.nodes()[n];
    let Shape::Image { channels, height, width } = node.output() else { return Vec::new() };
    let values = trace.value(node.name()).unwrap_or_default();
    let of = |values: &[T]| Maps {
        name: node.name().to_owned(),
        shape: [channels, height, width],
        values: values.iter().map(|y| y.to_f64()).collect(),
    };
    values.chunks_exact(channels * height * width).map(of).collect()
}

impl Maps {
    /// The least and the greatest value of all maps of the layer. Values that are not finite do not count.
    pub fn range(&self) -> [f64; 2] {
        range(self.values.iter().copied()).unwrap_or_default()
    }

    /// The map of channel `c`: the least value of the layer is black, and the greatest is white.
    ///
    /// Panics if there is no such channel.
    pub fn picture(&self, c: usize) -> Pixels {
        let [_, height, width] = self.shape;
        grey(&self.values[c * height * width..][..height * width], self.range(), [height, width])
    }
}
