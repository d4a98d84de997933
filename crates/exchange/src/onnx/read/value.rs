//! A value of the graph that depends on the inputs, with its axes and the order of its elements.

use toddle::Shape;

use crate::window::channels;

/// A value that a layer makes.
///
/// Its shape in toddle and its axes in ONNX need not be alike: an operator that changes only the axes adds no layer. A
/// layer that needs the axes reshapes the value first: see [`Graph::settled`](super::Graph::settled).
#[derive(Clone, Debug)]
pub(crate) struct Value {
    /// The name of the layer, or of the network's input.
    pub name: String,
    /// The shape of a sample in toddle.
    pub shape: Shape,
    /// The sizes of a sample in ONNX.
    pub dims: Vec<usize>,
    pub order: Order,
    pub elements: Elements,
}

/// The order of the elements in ONNX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As in toddle.
    Same,
    /// Those of an image in the order rows, columns, channels. Toddle has the channels first.
    ChannelsLast,
}

/// What the elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elements {
    Floats,
    /// The whole numbers of an input.
    Whole,
    /// The floats of an input, cast to whole numbers.
    Cast,
}

impl Value {
    /// A value whose axes are those of its shape. `rank` is the number of axes of a sample: a sequence has one for its
    /// steps, and none for its row.
    pub fn new(name: String, shape: Shape, rank: usize, order: Order) -> Value {
        let dims = axes(shape, rank, order);
        Value { name, shape, dims, order, elements: Elements::Floats }.with_order()
    }

    /// The value with the order [`Same`](Order::Same), if both orders are the same.
    pub fn with_order(mut self) -> Value {
        if self.channels() == 1 || self.channels() == self.shape.size() {
            self.order = Order::Same;
        }
        self
    }

    /// Whether the axes are those of the shape.
    pub fn is_settled(&self) -> bool {
        self.dims == axes(self.shape, self.dims.len(), self.order)
    }

    /// Whether the elements of a sample follow one another in ONNX as in toddle.
    pub fn is_in_order(&self) -> bool {
        self.order == Order::Same
    }

    /// The number of channels, or of elements of a vector.
    pub fn channels(&self) -> usize {
        channels(self.shape)
    }

    /// The axis of the channels, or of the elements of a vector. None: the axes are not those of the shape.
    pub fn channel_axis(&self) -> Option<usize> {
        let size = self.shape.size();
        match self.order {
            Order::Same if self.channels() == size => self.dims.iter().position(|dim| *dim == size),
            Order::Same => self.is_settled().then_some(0),
            Order::ChannelsLast => self.is_settled().then(|| self.dims.len() - 1),
        }
    }

    /// The place of an axis of ONNX in `dims`. A negative axis is counted from the last. None: it is the axis of the batch,
    /// or there is no such axis.
    pub fn axis(&self, axis: i64) -> Option<usize> {
        let rank = 1 + self.dims.len() as i64;
        let axis = if axis < 0 { axis.checked_add(rank)? } else { axis };
        (1..rank).contains(&axis).then(|| axis as usize - 1)
    }
}

/// The sizes along `rank` axes of a sample in ONNX. A vector has axes of one element behind its own. Only a sequence
/// has two axes.
fn axes(shape: Shape, rank: usize, order: Order) -> Vec<usize> {
    let (channels, plane) = match shape {
        Shape::Vector(size) => (size, vec![1; rank.max(1) - 1]),
        Shape::Image { channels, height: 1, width } if rank == 2 => (channels, vec![width]),
        Shape::Image { channels, height, width } => (channels, vec![height, width]),
    };
    match order {
        Order::Same => [vec![channels], plane].concat(),
        Order::ChannelsLast => [plane, vec![channels]].concat(),
    }
}
