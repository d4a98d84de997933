//! Norms as operators of ONNX.

use toddle::{BatchNorm, GroupNorm, LayerNorm};

use super::layers::Step;
use super::write::Writer;
use crate::window::channels;

impl Step<'_> {
    pub(super) fn batch_norm(&self, graph: &mut Writer, norm: &BatchNorm) {
        let [scale, shift] = self.affine(graph, norm.affine, &[channels(self.input)]);
        let state = ["running_mean", "running_var"].map(|part| self.state(graph, part));
        let inputs = [self.from[0], &scale, &shift, &state[0], &state[1]];
        let node = graph.node("BatchNormalization", self.name(), &inputs, self.to);
        // ONNX multiplies the old mean by its momentum, toddle the new one.
        node.float("epsilon", norm.epsilon).float("momentum", 1.0 - norm.momentum);
    }

    /// An instance norm of the groups. onnxruntime has GroupNormalization, too, but loses digits there: it computes
    /// the variance as the difference of two means.
    pub(super) fn group_norm(&self, graph: &mut Writer, norm: &GroupNorm) {
        let [flat, apart, normed, scaled, back] =
            ["flat", "apart", "normed", "scaled", "back"].map(|part| format!("{}.{part}", self.name()));
        let groups = graph.whole(flat, &[0, norm.groups as i64, -1]);
        graph.node("Reshape", &apart, &[self.from[0], &groups], &apart);
        let [ones, zeros] = [("ones", 1.0), ("zeros", 0.0)].map(|(part, number)| {
            graph.floats(format!("{}.{part}", self.name()), &[norm.groups], &vec![number; norm.groups])
        });
        let node = graph.node("InstanceNormalization", &normed, &[&apart, &ones, &zeros], &normed);
        node.float("epsilon", norm.epsilon);
        let shape = self.output_shape(graph);
        if !norm.affine {
            graph.node("Reshape", self.name(), &[&normed, &shape], self.to);
            return;
        }
        graph.node("Reshape", &back, &[&normed, &shape], &back);
        let [scale, shift] = ["weight", "bias"].map(|part| self.weight_of_channels(graph, part));
        graph.node("Mul", &scaled, &[&back, &scale], &scaled);
        graph.node("Add", self.name(), &[&scaled, &shift], self.to);
    }

    pub(super) fn layer_norm(&self, graph: &mut Writer, norm: &LayerNorm) {
        let dims = graph.axes.sample(self.input);
        let [scale, shift] = self.affine(graph, norm.affine, &dims);
        let node = graph.node("LayerNormalization", self.name(), &[self.from[0], &scale, &shift], self.to);
        node.float("epsilon", norm.epsilon).int("axis", 1);
    }

    /// The names of the factors and of the summands. A norm without them multiplies by 1 and adds 0.
    fn affine(&self, graph: &mut Writer, has: bool, dims: &[usize]) -> [String; 2] {
        [("weight", 1.0), ("bias", 0.0)].map(|(part, neutral)| match has {
            true => self.weight_with(graph, part, dims),
            false => {
                let numbers = vec![neutral; dims.iter().product()];
                graph.floats(format!("{}.{part}", self.name()), dims, &numbers)
            }
        })
    }
}
