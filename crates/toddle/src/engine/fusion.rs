//! Which nodes do the work of a neighbour, fused with their own, so that it costs no pass over the memory.
//!
//! A relu or a sum is fused only if no other node takes its input. The results have the same bits: the operations are the same.

use alloc::vec::Vec;

use super::Family;
use super::plan::Mode;
use crate::network::{Node, Op};
use crate::{Float, LayerSpec, Network};

/// The nodes of a network, and how many of them take each value.
pub(super) struct Fusion<'a, T> {
    network: &'a Network<T>,
    nodes: &'a [Node<T>],
    /// The number of nodes that take each value. An output of the network is taken once more.
    users: Vec<usize>,
    family: Family,
    /// Whether anything is fused.
    fuses: bool,
}

impl<'a, T: Float> Fusion<'a, T> {
    pub fn new(network: &'a Network<T>, family: Family, mode: Mode) -> Self {
        let nodes = network.nodes();
        let mut users = vec![0; network.value_of(nodes.len())];
        let given = network.outputs().iter().map(|output| output.value);
        for value in nodes.iter().flat_map(|node| node.inputs().iter().copied()).chain(given) {
            users[value] += 1;
        }
        Fusion { network, nodes, users, family, fuses: mode != Mode::Trace }
    }

    /// Whether the work of node `n`, a relu or a sum of two values, is an epilogue of the node before it.
    pub fn is_epilogue(&self, n: usize) -> bool {
        if !self.takes_alone(n) {
            return false;
        }
        let (node, before) = (&self.nodes[n], &self.nodes[n - 1]);
        let fuses = before.layer().map(|layer| layer.needs(self.family).fuses);
        let is_sum = |node: &Node<T>| matches!(node.op, Op::Sum) && node.inputs().len() == 2;
        match fuses {
            Some(fuses) => is_relu(node) && fuses.relu || is_sum(node) && fuses.add,
            // A sum takes a relu as its epilogue, as some layers do.
            None => is_relu(node) && is_sum(before),
        }
    }

    /// The neighbour that does the backward of node `n`, if `n` is a relu and a neighbour does.
    pub fn backward_of_relu(&self, n: usize) -> Option<usize> {
        if !is_relu(&self.nodes[n]) {
            return None;
        }
        let fuses =
            |n: usize| self.nodes[n].layer().map(|layer| layer.needs(self.family).fuses).unwrap_or_default();
        let behind = n + 1;
        if self.is_epilogue(n) && fuses(n - 1).relu_backward {
            Some(n - 1)
        } else if behind < self.nodes.len()
            && self.takes_alone(behind)
            && fuses(behind).backward_of_relu_before
        {
            Some(behind)
        } else {
            None
        }
    }

    /// Whether node `n`, and no other node, takes the output of the node before it.
    fn takes_alone(&self, n: usize) -> bool {
        let Some(before) = n.checked_sub(1).map(|before| self.network.value_of(before)) else { return false };
        self.fuses && self.users[before] == 1 && self.nodes[n].inputs().contains(&before)
    }
}

fn is_relu<T: Float>(node: &Node<T>) -> bool {
    node.layer().is_some_and(|layer| layer.spec() == LayerSpec::Relu)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Groups;
    use crate::engine::frame::{FramePlan, NodeBackward, NodeFrame};
    use crate::{BatchNorm, Conv2d, MaxPool2d, NetworkSpec, Relu, Residual, Shape};

    #[test]
    fn a_sum_or_a_relu_is_fused_if_no_other_node_takes_its_input() {
        let network = NetworkSpec::new(Shape::image(2, 6, 5))
            .add(Conv2d::new(3, 3))
            .add(Relu)
            // There is no layer before this relu that fuses it.
            .add(Relu)
            .add(Conv2d::new(4, 1))
            // The block's sum takes the input of this relu, too.
            .add(Residual::new().add(Relu).add(Conv2d::new(4, 1)))
            .add(Relu)
            .add(BatchNorm::default())
            .add(Relu)
            // Batch norm fuses the sum, and the relu behind it.
            .add(Residual::new().add(Conv2d::new(4, 1)).add(BatchNorm::default()))
            .add(Relu)
            .build::<f32>(0)
            .unwrap();
        for family in [Family::Row, Family::Block] {
            let nodes = FramePlan::new(&network, family, Mode::Gradient, &Groups::one(&network)).nodes;
            let epilogue = |node: &NodeFrame| node.epilogue.unwrap_or_default();
            let rectifying: Vec<bool> = nodes.iter().map(|node| epilogue(node).has_relu()).collect();
            assert_eq!(
                rectifying,
                [
                    true, false, false, false, false, false, true, false, true, false, false, true, false,
                    false
                ],
                "{family:?}"
            );
            let sums: Vec<bool> = nodes.iter().map(|node| epilogue(node).add.is_some()).collect();
            let summing = [6, 11];
            assert_eq!(sums, core::array::from_fn::<_, 14, _>(|n| summing.contains(&n)), "{family:?}");
            let has_prologue =
                |node: &NodeFrame| node.backward.as_ref().is_some_and(|back| back.prologue.is_some());
            let with_prologue: Vec<usize> = (0..nodes.len()).filter(|n| has_prologue(&nodes[*n])).collect();
            assert_eq!(with_prologue, [8], "{family:?}");
            let shared: Vec<bool> = nodes.iter().map(|node| node.x == node.y).collect();
            assert_eq!(
                shared,
                [false, true, false, false, false, false, false, true, false, true, false, false, true, true],
                "{family:?}"
            );
        }
    }

    #[test]
    fn a_pooling_does_the_backward_of_the_relu_before_it_if_no_other_node_does() {
        let network = NetworkSpec::new(Shape::image(2, 12, 12))
            .add(Conv2d::new(3, 1))
            .add(Relu)
            .add(MaxPool2d::new(2))
            .add(Relu)
            // The windows overlap.
            .add(MaxPool2d::new(2).stride(1))
            .add(Relu)
            // The block's sum takes the output of that relu, too.
            .add(Residual::new().add(MaxPool2d::new(1)))
            .add(BatchNorm::default())
            // Batch norm does the backward of this relu.
            .add(Relu)
            .add(MaxPool2d::new(2))
            .build::<f32>(0)
            .unwrap();
        for (family, pooling, own) in
            [(Family::Row, vec![], vec![1, 3, 5]), (Family::Block, vec![2], vec![3, 5])]
        {
            let nodes = FramePlan::new(&network, family, Mode::Gradient, &Groups::one(&network)).nodes;
            let with = |has: fn(&NodeBackward) -> bool| -> Vec<usize> {
                (0..nodes.len()).filter(|n| nodes[*n].backward.as_ref().is_some_and(has)).collect()
            };
            assert_eq!(with(|back| back.epilogue.is_some()), pooling, "{family:?}");
            let relus = [1, 3, 5, 9];
            let unfused: Vec<usize> =
                with(|back| back.dx.is_some()).into_iter().filter(|n| relus.contains(n)).collect();
            assert_eq!(unfused, own, "{family:?}");
        }
    }
}
