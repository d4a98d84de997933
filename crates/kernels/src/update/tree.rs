//! The sum of leaves of gradients by the binary tree over the block index, for any distribution of leaves to workers:
//! `((0+1)+(2+3))+((4+5)+…)`, as in [`reference::tree`](super::reference::tree).

use alloc::vec::Vec;

use toddle_lanes::{Float, Kernel, LANES, Simd};

/// The partial sums of some neighbouring blocks: the nodes of the tree so far, from left to right.
///
/// ```
/// use toddle_kernels::update::tree::{Forest, Node};
///
/// // A worker adds the last four of six blocks. Blocks 2 and 3 make one node, and blocks 4 and 5 another.
/// let mut forest = Forest::new(6);
/// let joins: Vec<usize> = (2..6).map(|block| forest.push(Node::leaf(block))).collect();
/// assert_eq!(joins, [0, 1, 0, 1]);
/// assert_eq!(forest.nodes().len(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct Forest {
    blocks: usize,
    nodes: Vec<Node>,
}

/// The sum of the blocks `index·2^level` to `(index + 1)·2^level − 1`, without blocks that do not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    level: u32,
    index: usize,
}

impl Node {
    /// One block.
    pub fn leaf(block: usize) -> Self {
        Node { level: 0, index: block }
    }

    fn parent(self) -> Self {
        Node { level: self.level + 1, index: self.index / 2 }
    }
}

impl Forest {
    /// An empty forest for a tree over `blocks` blocks.
    pub fn new(blocks: usize) -> Self {
        Forest { blocks, nodes: Vec::new() }
    }

    /// Appends `node` on the right, and joins nodes as far as possible. Returns how many times the last two nodes have
    /// to be added.
    pub fn push(&mut self, mut node: Node) -> usize {
        let mut joins = 0;
        loop {
            let alone = node.index.is_multiple_of(2) && (node.index + 1) << node.level >= self.blocks;
            if alone && node.index > 0 {
                node = node.parent();
            } else if node.index % 2 == 1
                && self.nodes.last() == Some(&Node { index: node.index - 1, ..node })
            {
                self.nodes.pop();
                node = node.parent();
                joins += 1;
            } else {
                self.nodes.push(node);
                return joins;
            }
        }
    }

    /// The nodes, from left to right.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

/// `to += from`, element by element: one join.
#[derive(Debug)]
pub struct Add<'a, T> {
    /// The right node.
    pub from: &'a [T],
    /// The left node, of the same length.
    pub to: &'a mut [T],
}

impl<T: Float> Kernel<T> for Add<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        for (to, from) in self.to.iter_mut().zip(self.from) {
            *to += *from;
        }
    }
}

/// The sum of the whole tree, from the partial sums of its nodes.
#[derive(Debug)]
pub struct Sum<'a, T> {
    /// The partial sums, one after the other.
    pub partials: &'a [T],
    /// Elements of a partial sum.
    pub size: usize,
    /// The partial sums that are nodes, from left to right, and the number of joins after each node.
    pub nodes: &'a [(usize, usize)],
    /// The first element of a partial sum to take.
    pub first: usize,
    /// The sum of the elements from `first` on; overwritten.
    pub sum: &'a mut [T],
}

impl<T: Float> Kernel<T> for Sum<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Sum { partials, size, nodes, first, sum } = self;
        // A stack of partial sums. No two of them have the same level, so a tree of n blocks needs at most log₂ n.
        let mut stack = [simd.splat(T::ZERO); usize::BITS as usize];
        for (chunk, sum) in sum.chunks_mut(LANES).enumerate() {
            let mut top = 0;
            for &(node, joins) in nodes {
                stack[top] = simd.load_partial(&partials[node * size + first + chunk * LANES..][..sum.len()]);
                for _ in 0..joins {
                    top -= 1;
                    stack[top] = stack[top] + stack[top + 1];
                }
                top += 1;
            }
            simd.store_partial(stack[0], sum);
        }
    }
}
