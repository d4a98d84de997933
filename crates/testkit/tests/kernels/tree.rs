//! The tree over the blocks: the reference's bits, whoever computed which leaves.

use toddle_kernels::Run;
use toddle_kernels::update::reference;
use toddle_kernels::update::tree::{Forest, Node, Sum};
use toddle_lanes::Isa;

/// Numbers whose sum depends on the order in which they are added.
fn leaves(blocks: usize) -> Vec<f32> {
    (0..blocks).map(|b| 1.0 / (b as f32 + 0.7) + 1000.0 * (b % 3) as f32).collect()
}

#[test]
fn however_the_blocks_are_dealt_out_the_sum_is_the_trees() {
    for blocks in 1..40 {
        let leaves = leaves(blocks);
        let whole = reference::tree(&leaves);
        for workers in 1..=8 {
            let mut partials = Vec::new();
            let mut meeting = Forest::new(blocks);
            let mut nodes = Vec::new();
            for worker in 0..workers {
                let (begin, end) = (blocks * worker / workers, blocks * (worker + 1) / workers);
                let mut forest = Forest::new(blocks);
                let mut stack = Vec::new();
                for block in begin..end {
                    stack.push(leaves[block]);
                    for _ in 0..forest.push(Node::leaf(block)) {
                        let right = stack.pop().unwrap();
                        *stack.last_mut().unwrap() += right;
                    }
                }
                assert_eq!(stack.len(), forest.nodes().len());
                for (node, value) in forest.nodes().iter().zip(stack) {
                    nodes.push((partials.len(), meeting.push(*node)));
                    partials.push(value);
                }
            }
            let mut sum = [0.0];
            Sum { partials: &partials, size: 1, nodes: &nodes, first: 0, sum: &mut sum }.on(Isa::detect());
            assert_eq!(sum[0].to_bits(), whole.to_bits(), "{blocks} blocks, {workers} workers");
        }
    }
}

#[test]
fn the_order_matters_to_these_leaves() {
    let leaves = leaves(39);
    assert_ne!(leaves.iter().sum::<f32>(), reference::tree(&leaves));
}
