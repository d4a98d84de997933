//! Layers that change the size of an image, as operators of ONNX.

use toddle::{Crop, Pad, PadMode, Shape, Sides, Size, Upsample, UpsampleMode};

use super::layers::Step;
use super::write::Writer;

/// The first operator set with padding by the opposite side.
const WRAP: i64 = 19;

impl Step<'_> {
    pub(super) fn crop(&self, graph: &mut Writer, crop: &Crop) {
        let Shape::Image { height, width, .. } = self.node.output() else { return };
        let Sides { top, left, .. } = crop.sides;
        let (starts, ends) =
            (graph.axes.plane(Size(top, left)), graph.axes.plane(Size(top + height, left + width)));
        // Those behind the batch and the channels.
        let axes = (2..2 + starts.len()).collect();
        let [starts, ends, axes] = [("starts", starts), ("ends", ends), ("axes", axes)]
            .map(|(part, numbers)| graph.whole(format!("{}.{part}", self.name()), &whole(&numbers)));
        graph.node("Slice", self.name(), &[self.from[0], &starts, &ends, &axes], self.to);
    }

    pub(super) fn pad(&self, graph: &mut Writer, pad: &Pad) {
        let Sides { top, bottom, left, right } = pad.padding;
        let mode = match pad.mode {
            PadMode::Zeros | PadMode::Constant => "constant",
            PadMode::Reflect => "reflect",
            PadMode::Replicate => "edge",
            PadMode::Circular => {
                graph.needs(WRAP);
                "wrap"
            }
        };
        // Before along each axis, with those of the batch and the channels, then after.
        let (before, after) = (Size(top, left), Size(bottom, right));
        let sizes = [before, after].map(|sizes| graph.axes.with([0, 0], sizes)).concat();
        let sizes = graph.whole(format!("{}.pads", self.name()), &whole(&sizes));
        let value = (pad.value != 0.0)
            .then(|| graph.floats(format!("{}.value", self.name()), &[], &[pad.value as f32]));
        let inputs: Vec<&str> = [self.from[0], &sizes].into_iter().chain(value.as_deref()).collect();
        graph.node("Pad", self.name(), &inputs, self.to).text("mode", mode);
    }

    pub(super) fn upsample(&self, graph: &mut Writer, upsample: &Upsample) {
        let scales = graph.axes.with([1, 1], upsample.scale);
        let scales: Vec<f32> = scales.into_iter().map(|scale| scale as f32).collect();
        let scales = graph.floats(format!("{}.scales", self.name()), &[scales.len()], &scales);
        let node = graph.node("Resize", self.name(), &[self.from[0], "", &scales], self.to);
        let (mode, coordinates) = match (upsample.mode, upsample.align_corners) {
            (UpsampleMode::Nearest, _) => ("nearest", "asymmetric"),
            (UpsampleMode::Bilinear, false) => ("linear", "half_pixel"),
            (UpsampleMode::Bilinear, true) => ("linear", "align_corners"),
        };
        let node = node.text("mode", mode).text("coordinate_transformation_mode", coordinates);
        if upsample.mode == UpsampleMode::Nearest {
            node.text("nearest_mode", "floor");
        }
    }
}

/// Sizes as the elements of a tensor.
fn whole(sizes: &[usize]) -> Vec<i64> {
    sizes.iter().map(|&size| size as i64).collect()
}
