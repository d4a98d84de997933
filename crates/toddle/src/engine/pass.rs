//! How often the blocks of a batch wait for one another in a step.

use alloc::vec::Vec;
use core::ops::Range;

use super::plan::{Mode, NodePlan};

/// The nodes that all blocks walk through before any block goes on.
///
/// A layer that needs statistics of the whole batch ends a pass, both on the way forward and on the way back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pass {
    /// Whether the pass begins with the samples.
    pub loads: bool,
    /// The nodes on the way forward.
    pub forward: Range<usize>,
    /// The node behind them, whose statistics end the pass.
    pub statistics: Option<usize>,
    /// Whether the loss follows.
    pub loss: bool,
    /// Whether the caller has the outputs when the pass is over.
    pub gives_outputs: bool,
    /// Whether the pass begins with the caller's gradient to the outputs.
    pub takes_gradient: bool,
    /// The nodes on the way back.
    pub backward: Range<usize>,
    /// Whether the caller has the gradients to the inputs when the pass is over.
    pub gives_input_gradients: bool,
    /// The node before them, whose gradient sums end the pass.
    pub gradient_sums: Option<usize>,
    /// The gradients of the nodes on the way back, in a partial sum.
    pub gradient: Range<usize>,
    /// Elements of a block's leaf of statistics or gradient sums.
    pub leaf: usize,
    /// Where all blocks' leaves are cut among the workers.
    pub leaf_cuts: Vec<usize>,
}

impl Pass {
    /// The passes over `nodes` nodes, of which those in `waiting` need statistics of the batch. In inference, statistics are
    /// there before the first pass.
    pub fn all(nodes: usize, waiting: &[usize], mode: Mode) -> Vec<Pass> {
        let mut passes = Vec::new();
        let mut done = 0;
        for &node in waiting.iter().filter(|_| !mode.infers()) {
            passes.push(Pass { forward: done..node, statistics: Some(node), ..Pass::default() });
            done = node;
        }
        let last = Pass { forward: done..nodes, ..Pass::default() };
        if mode.is_open() {
            passes.push(Pass { gives_outputs: true, ..last });
            passes.push(Pass { takes_gradient: true, ..Pass::default() });
        } else {
            passes.push(Pass { loss: true, ..last });
        }
        passes[0].loads = true;
        let mut end = nodes;
        for &node in waiting.iter().rev() {
            let last = passes.last_mut().expect("one has been pushed");
            (last.backward, last.gradient_sums) = (node + 1..end, Some(node));
            passes.push(Pass::default());
            end = node + 1;
        }
        let last = passes.last_mut().expect("one has been pushed");
        (last.backward, last.gives_input_gradients) = (0..end, mode.wants_inputs());
        passes
    }

    /// Sets where the pass has its gradients in a partial sum, and where the blocks' leaves are cut among the workers, as the
    /// blocks are.
    pub fn cut(&mut self, nodes: &[NodePlan], blocks: &[usize]) {
        self.gradient = match &nodes[self.backward.clone()] {
            [] => 0..0,
            [first, .., last] | [first @ last] => first.gradient.start..last.gradient.end,
        };
        let waits = self.statistics.or(self.gradient_sums);
        self.leaf = waits.map_or(0, |node| nodes[node].needs.statistics);
        self.leaf_cuts = blocks.iter().map(|block| block * self.leaf).collect();
    }
}
