//! The place of each value in one buffer. A value whose last reader has run gives its place to others.

use toddle::{LayerSpec, Network};

use super::{Region, Space};

/// The places of the values of a network.
pub(super) struct Memory {
    /// The place of each value.
    pub values: Vec<Region>,
    /// The length of the buffer, in elements.
    pub size: usize,
}

/// A value in the buffer.
struct Placed {
    begin: usize,
    end: usize,
    /// The last node that reads it.
    last: usize,
}

impl Memory {
    pub fn of(network: &Network<f32>) -> Memory {
        let inputs = network.inputs().len();
        let nodes = network.nodes();
        // A view has the elements of the value that it is made from.
        let mut origin: Vec<usize> = (0..inputs).collect();
        for (n, node) in nodes.iter().enumerate() {
            origin.push(if is_view(node) { origin[node.inputs()[0]] } else { inputs + n });
        }
        let mut last: Vec<usize> = (0..origin.len()).map(|value| value.saturating_sub(inputs)).collect();
        for (n, node) in nodes.iter().enumerate() {
            node.inputs().iter().for_each(|&value| last[origin[value]] = n);
        }
        // Outputs are copied when all nodes have run.
        network.outputs().iter().for_each(|output| last[origin[output.value]] = nodes.len());

        let region = |space, begin, size| Region { space, begin, size };
        let given = network.inputs().iter();
        let mut values: Vec<Region> =
            given.map(|input| region(Space::Input, input.range.start, input.range.len())).collect();
        let (mut live, mut size): (Vec<Placed>, usize) = (Vec::new(), 0);
        for (n, node) in nodes.iter().enumerate() {
            let value = inputs + n;
            if origin[value] != value {
                values.push(values[origin[value]]);
                continue;
            }
            live.retain(|placed| placed.last >= n);
            let length = node.output().size();
            let mut begin = 0;
            for placed in &live {
                if begin + length <= placed.begin {
                    break;
                }
                begin = begin.max(placed.end);
            }
            let at = live.partition_point(|placed| placed.begin < begin);
            live.insert(at, Placed { begin, end: begin + length, last: last[value] });
            size = size.max(begin + length);
            values.push(region(Space::Buffer, begin, length));
        }
        Memory { values, size }
    }
}

/// Whether a node has the elements of its input in inference.
pub(super) fn is_view(node: &toddle::Node<f32>) -> bool {
    let view = |spec| {
        matches!(
            spec,
            LayerSpec::Flatten
                | LayerSpec::Reshape(_)
                | LayerSpec::Dropout(_)
                | LayerSpec::GaussianNoise(_)
                | LayerSpec::SpatialDropout(_)
        )
    };
    node.layer().is_some_and(|layer| view(layer.spec()))
}
