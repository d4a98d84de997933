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

/// The values in the buffer, while a network runs.
#[derive(Default)]
pub(crate) struct Places {
    /// In the order of their places.
    live: Vec<Placed>,
    /// The length of the buffer, in elements.
    pub size: usize,
}

/// A value in the buffer.
struct Placed {
    begin: usize,
    end: usize,
    /// The last step that reads it.
    last: usize,
}

impl Places {
    /// The first free place for a value of `length` elements that step `now` writes, and that step `last` is the last to
    /// read.
    pub fn take(&mut self, now: usize, length: usize, last: usize) -> usize {
        self.live.retain(|placed| placed.last >= now);
        let mut begin = 0;
        for placed in &self.live {
            if begin + length <= placed.begin {
                break;
            }
            begin = begin.max(placed.end);
        }
        let at = self.live.partition_point(|placed| placed.begin < begin);
        self.live.insert(at, Placed { begin, end: begin + length, last });
        self.size = self.size.max(begin + length);
        begin
    }
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
        let mut places = Places::default();
        for (n, node) in nodes.iter().enumerate() {
            let value = inputs + n;
            if origin[value] != value {
                values.push(values[origin[value]]);
                continue;
            }
            let length = node.output().size();
            let begin = places.take(n, length, last[value]);
            values.push(region(Space::Buffer, begin, length));
        }
        Memory { values, size: places.size }
    }
}

/// Whether a node has the elements of its input in inference.
pub(crate) fn is_view(node: &toddle::Node<f32>) -> bool {
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
