//! A value of the graph that depends on the inputs, and the order of its elements.

use toddle::Shape;

/// A value that a layer makes.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    /// The name of the layer, or of the network's input.
    pub name: String,
    /// The shape of a sample in toddle.
    pub shape: Shape,
    /// The order of the elements in ONNX.
    pub order: Order,
}

/// The axes that ONNX has for the elements of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As in toddle: `(channels, rows, columns)`, or `(elements)`.
    Same,
    /// An image as `(rows, columns, channels)`.
    ChannelsLast,
    /// A vector of the elements of an image, in the order rows, columns, channels.
    FlatChannelsLast { channels: usize, height: usize, width: usize },
    /// A vector as an image of one pixel: `(elements, 1, 1)`.
    Pixel,
    /// A vector as an image of one pixel: `(1, 1, elements)`.
    PixelChannelsLast,
    /// As in toddle, but in so many groups: `(groups, elements of a group)`.
    Groups(usize),
}

impl Value {
    /// The sizes of a sample in ONNX.
    pub fn dims(&self) -> Vec<usize> {
        match (self.shape, self.order) {
            (_, Order::Groups(groups)) => vec![groups, self.shape.size() / groups],
            (Shape::Image { channels, height, width }, Order::ChannelsLast) => vec![height, width, channels],
            (Shape::Image { channels, height, width }, _) => vec![channels, height, width],
            (Shape::Vector(size), Order::Pixel) => vec![size, 1, 1],
            (Shape::Vector(size), Order::PixelChannelsLast) => vec![1, 1, size],
            (Shape::Vector(size), _) => vec![size],
        }
    }

    /// The axis of the channels, or of the elements of a vector, counted from 1 after the axis of the batch.
    pub fn channel_axis(&self) -> usize {
        if matches!(self.order, Order::ChannelsLast | Order::PixelChannelsLast) { 3 } else { 1 }
    }

    /// The number of channels, or of elements of a vector.
    pub fn channels(&self) -> usize {
        match self.shape {
            Shape::Image { channels, .. } => channels,
            Shape::Vector(size) => size,
        }
    }

    /// Whether the elements of a sample follow one another in ONNX as in toddle.
    pub fn is_in_order(&self) -> bool {
        match (self.shape, self.order) {
            (Shape::Image { channels, height, width }, Order::ChannelsLast)
            | (_, Order::FlatChannelsLast { channels, height, width }) => {
                channels == 1 || height * width == 1
            }
            _ => true,
        }
    }
}
