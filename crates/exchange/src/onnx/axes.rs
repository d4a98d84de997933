//! The axes of images and of sequences in a file.

use toddle::{LayerSpec, Network, Shape, Sides, Size};

use crate::window::{self, Windows, plane};

/// The axes behind those of the batch and the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axes {
    /// Rows and columns.
    Image,
    /// Steps. The network has sequences alone, which are images of one row.
    Sequence,
}

impl Axes {
    /// Those of a network. Sequences have one axis if every image has one row, every window has one row, and a layer is one
    /// for sequences.
    pub fn of(network: &Network<f32>) -> Axes {
        let has_one_row = |shape: Shape| plane(shape).0 == 1;
        let of_inputs = network.inputs().iter().all(|input| has_one_row(input.shape));
        let of_nodes = network.nodes().iter().all(|node| {
            let spec = node.layer().map(|layer| layer.spec());
            let windows =
                spec.and_then(|spec| windows(&spec, network.shape(node.inputs()[0]), node.output()));
            let is_flat = |(kernel, sides): (Size, Sides)| (kernel.0, sides.top, sides.bottom) == (1, 0, 0);
            has_one_row(node.output()) && windows.is_none_or(is_flat)
        });
        let is_for_sequences = |spec: LayerSpec| {
            matches!(
                spec,
                LayerSpec::AvgPool1d(_)
                    | LayerSpec::Conv1d(_)
                    | LayerSpec::Embedding(_)
                    | LayerSpec::MaxPool1d(_)
            )
        };
        let mut layers = network.nodes().iter().filter_map(|node| node.layer());
        let has_sequences = layers.any(|layer| is_for_sequences(layer.spec()));
        if of_inputs && of_nodes && has_sequences { Axes::Sequence } else { Axes::Image }
    }

    /// The sizes of a sample.
    pub fn sample(self, shape: Shape) -> Vec<usize> {
        match (self, shape) {
            (_, Shape::Vector(size)) => vec![size],
            (Axes::Image, Shape::Image { channels, height, width }) => vec![channels, height, width],
            (Axes::Sequence, Shape::Image { channels, width, .. }) => vec![channels, width],
        }
    }

    /// The sizes of something else with channels or filters: `of` stands in front of rows and columns.
    pub fn with<const N: usize>(self, of: [usize; N], Size(rows, columns): Size) -> Vec<usize> {
        of.into_iter().chain(self.plane(Size(rows, columns))).collect()
    }

    /// Sizes along rows and columns, or along steps.
    pub fn plane(self, Size(rows, columns): Size) -> Vec<usize> {
        match self {
            Axes::Image => vec![rows, columns],
            Axes::Sequence => vec![columns],
        }
    }

    /// The padding in the order of ONNX: before along each axis, then after.
    pub fn pads(self, Sides { top, bottom, left, right }: Sides) -> Vec<usize> {
        [self.plane(Size(top, left)), self.plane(Size(bottom, right))].concat()
    }
}

/// The kernel of a layer with windows, and the rows and columns that it adds around its input.
fn windows(spec: &LayerSpec, input: Shape, output: Shape) -> Option<(Size, Sides)> {
    let of = |windows: Windows| Some((windows.kernel, window::sides(windows, input, output)));
    match spec {
        LayerSpec::AvgPool2d(pool) => of(pool.into()),
        LayerSpec::Conv2d(conv) => of(conv.into()),
        LayerSpec::ConvTranspose2d(conv) => Some((conv.kernel, conv.padding)),
        LayerSpec::MaxPool2d(pool) => of(pool.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toddle::{Conv1d, Conv2d, Dense, Embedding, NetworkSpec, Padding};

    /// The axes of a network of one layer.
    fn axes(input: Shape, layer: impl Into<LayerSpec>) -> Axes {
        Axes::of(&NetworkSpec::new(input).add(layer).build::<f32>(0).unwrap())
    }

    #[test]
    fn only_networks_of_sequences_have_an_axis_for_steps() {
        assert_eq!(axes(Shape::image(2, 1, 9), Conv1d::new(3, 3)), Axes::Sequence);
        assert_eq!(axes(Shape::vector(9), Embedding::new(5, 3)), Axes::Sequence);
        assert_eq!(axes(Shape::image(2, 1, 9), Conv2d::new(3, (1, 3))), Axes::Image);
        assert_eq!(axes(Shape::vector(9), Dense::new(3)), Axes::Image);
        // The rows above and below the only one count.
        let tall = NetworkSpec::new(Shape::image(2, 1, 9)).add(Conv1d::new(3, 3));
        let tall = tall.add(Conv2d::new(3, 3).padding(Padding::Same)).build::<f32>(0).unwrap();
        assert_eq!(Axes::of(&tall), Axes::Image);
    }

    #[test]
    fn a_sequence_has_sizes_along_its_steps_alone() {
        let shape = Shape::image(2, 1, 9);
        assert_eq!((Axes::Image.sample(shape), Axes::Sequence.sample(shape)), (vec![2, 1, 9], vec![2, 9]));
        let sides = Sides { top: 0, bottom: 0, left: 3, right: 4 };
        assert_eq!((Axes::Image.pads(sides), Axes::Sequence.pads(sides)), (vec![0, 3, 0, 4], vec![3, 4]));
        assert_eq!(Axes::Sequence.with([5, 2], Size(1, 3)), [5, 2, 3]);
    }
}
