//! What a layer is to the engine.

use std::fmt::Debug;

pub use toddle_kernels::dense::block::Leaf;
pub use toddle_kernels::dropout::Draw;
pub use toddle_kernels::layout::Panel;
use toddle_lanes::Isa;

use crate::spec::LayerSpec;
use crate::{Float, ParamDecl, Shape};

/// A layer frozen to its input's shape: geometry, never data.
///
/// A layer owns no tensors, takes `&self`, allocates nothing and cannot fail: what it works on is lent to it, of the sizes
/// that it asked for in [`needs`](Layer::needs) while the network was planned.
pub trait Layer<T: Float>: Debug + Send + Sync {
    /// The layer as data.
    fn spec(&self) -> LayerSpec;

    /// The shape of a sample that comes out.
    fn output(&self) -> Shape;

    /// The layer's parameters: their names and shapes, in the order in which they lie in memory and are drawn.
    fn params(&self) -> Vec<ParamDecl> {
        Vec::new()
    }

    /// Numbers that training changes, but not by a gradient, such as running means.
    fn state(&self) -> Vec<StateDecl> {
        Vec::new()
    }

    /// Whether the output is the input, number for number, in another shape: then a plan lets both share their memory.
    fn is_view(&self) -> bool {
        false
    }

    /// What a plan has to lend.
    fn needs(&self, family: Family) -> Needs {
        let _ = family;
        Needs::default()
    }

    /// Puts the weights into the order that kernels read, once before the rows or blocks of a step; only where
    /// [`Needs::packed`] is more than nothing.
    fn pack(&self, io: Pack<'_, T>) {
        let _ = io;
    }

    /// Sets `y` from `x`: one block or one row.
    fn forward(&self, io: Forward<'_, T>);

    /// Sets `dx` if it is wanted, and ADDS to the gradients of the layer's own parameters.
    fn backward(&self, io: Backward<'_, T>);

    /// For layers with [`Needs::statistics`], in training: sets a block's leaf from its input, before any block goes forward.
    fn statistics(&self, io: Statistics<'_, T>) {
        let _ = io;
    }

    /// For layers with [`Needs::statistics`]: sets the batch's moments from its leaves, and moves the state along.
    fn moments(&self, io: Moments<'_, T>) {
        let _ = io;
    }

    /// For layers with [`Needs::statistics`]: sets a block's leaf of slopes, before any block goes backward through the layer.
    /// The tree over the blocks' leaves is the gradient to the layer's parameters.
    fn slopes(&self, io: Slopes<'_, T>) {
        let _ = io;
    }

    /// For layers of [`Gradient::WholeBatch`]: sets some rows of the gradient from all the blocks of a batch.
    fn gradient_rows(&self, io: GradientRows<'_, T>) {
        let _ = io;
    }

    /// For layers of [`Needs::descends`]: backward for one row and the step of plain SGD, in one pass over the weights.
    fn descend(&self, io: Descend<'_, T>) {
        let _ = io;
    }
}

/// How samples lie in vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// One sample; a vector holds sixteen of its pixels or outputs.
    Row,
    /// Sixteen samples; a vector holds one number of each.
    Block,
}

impl Family {
    /// Samples that are computed together.
    pub const fn samples(self) -> usize {
        match self {
            Family::Row => 1,
            Family::Block => toddle_lanes::LANES,
        }
    }
}

/// How a layer's weight gradients come about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gradient {
    /// A leaf a block, summed by the tree over the blocks.
    #[default]
    PerBlock,
    /// The sum of the slopes that the layer's backward needs of the whole batch anyway.
    Slopes,
    /// From the inputs and output gradients of all blocks at once, which are kept for it, in rows of this many parameters.
    WholeBatch {
        /// Parameters in a row; their number is a multiple of it.
        row: usize,
    },
}

/// What a plan has to lend to a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Numbers for packed weights.
    pub packed: usize,
    /// Numbers to scribble on during one call.
    pub scratch: usize,
    /// Numbers in a block's leaf of [`Layer::statistics`] and in one of [`Layer::slopes`]: with more than none, training
    /// sees the whole batch before the layer goes forward, and again before it goes backward.
    pub statistics: usize,
    /// Numbers that [`Layer::moments`] makes of a batch's statistics.
    pub moments: usize,
    /// How weight gradients come about, in blocks.
    pub gradient: Gradient,
    /// Whether [`Layer::descend`] is there, for rows.
    pub descends: bool,
    /// Whether [`Layer::forward`] adds another value to its own in passing, if it is asked to.
    pub fuses_sum: bool,
    /// Whether [`Layer::forward`] does a relu in passing, if it is asked to.
    pub fuses_relu: bool,
    /// Whether [`Layer::slopes`] and [`Layer::backward`] go back through that relu in passing, if they are asked to. Not for
    /// layers of [`descends`](Needs::descends) or of [`Gradient::WholeBatch`], whose methods cannot be asked.
    pub turns_relu: bool,
    /// Whether [`Layer::backward`] goes back through a relu before the layer in passing, if it is asked to. Not for layers of
    /// [`descends`](Needs::descends).
    pub turns_relu_before: bool,
}

/// Numbers that training changes, but not by a gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct StateDecl {
    /// Its name and shape.
    pub decl: ParamDecl,
    /// What its numbers are at first.
    pub initial: f64,
}

/// What a pass through a layer is for.
#[derive(Clone, Copy, Debug)]
pub enum Phase<'a, T> {
    /// Answers.
    Infer,
    /// Learning.
    Train(Training<'a, T>),
}

/// What a layer may want to know while it is trained.
#[derive(Clone, Copy, Debug)]
pub struct Training<'a, T> {
    /// Where in the training this row or block is: the place of its random numbers.
    pub draw: Draw,
    /// Samples in this row or block; the lanes behind them hold none, and no gradient may come from them.
    pub samples: usize,
    /// Samples in the batch.
    pub batch: usize,
    /// What [`Layer::moments`] made of the batch.
    pub moments: &'a [T],
    /// In backward, the tree over the blocks' leaves of [`Layer::slopes`].
    pub slopes: &'a [T],
}

/// What [`Layer::pack`] works on.
#[derive(Debug)]
pub struct Pack<'a, T> {
    /// The CPU's vectors.
    pub isa: Isa,
    /// The layer's parameters.
    pub params: &'a [T],
    /// The packed weights to be set.
    pub packed: &'a mut [T],
    /// Whether [`Layer::backward`] is to read them too.
    pub trains: bool,
}

/// What [`Layer::forward`] works on. In a block, `x[i]` of sample `n` lies at `x[i·16 + n]`.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The CPU's vectors.
    pub isa: Isa,
    /// One sample or sixteen.
    pub family: Family,
    /// The layer's parameters.
    pub params: &'a [T],
    /// What [`Layer::pack`] made of them.
    pub packed: &'a [T],
    /// The layer's state.
    pub state: &'a [T],
    /// What the pass is for.
    pub phase: Phase<'a, T>,
    /// Input.
    pub x: &'a [T],
    /// What is added to each output, before any relu: only where the layer said that it can ([`Needs::fuses_sum`]).
    pub other: Option<&'a [T]>,
    /// Whether each output is to pass a relu at last: only where the layer said that it can ([`Needs::fuses_relu`]).
    pub relu: bool,
    /// Output.
    pub y: &'a mut [T],
    /// Room to scribble on.
    pub scratch: &'a mut [T],
}

/// What [`Layer::backward`] works on.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// The CPU's vectors.
    pub isa: Isa,
    /// One sample or sixteen.
    pub family: Family,
    /// The layer's parameters.
    pub params: &'a [T],
    /// What [`Layer::pack`] made of them.
    pub packed: &'a [T],
    /// Where in the training this is.
    pub training: Training<'a, T>,
    /// Input of forward.
    pub x: &'a [T],
    /// Output of forward.
    pub y: &'a [T],
    /// Gradient to the output.
    pub dy: &'a [T],
    /// Whether that is the gradient to what a relu makes of the output, whose backward is to be done here, too: only where the
    /// layer said that it can ([`Needs::turns_relu`]).
    pub relu: bool,
    /// Whether a relu made the input, and its backward is to be done here, too: then `dx` is the gradient to the relu's input.
    /// Only where the layer said that it can ([`Needs::turns_relu_before`]).
    pub relu_before: bool,
    /// Gradient to the input, where anyone wants it.
    pub dx: Option<&'a mut [T]>,
    /// Gradients to the parameters, added to; empty for a layer of [`Gradient::WholeBatch`] in a block.
    pub grads: &'a mut [T],
    /// Room to scribble on.
    pub scratch: &'a mut [T],
}

/// What [`Layer::statistics`] works on.
#[derive(Debug)]
pub struct Statistics<'a, T> {
    /// The CPU's vectors.
    pub isa: Isa,
    /// One sample or sixteen.
    pub family: Family,
    /// Samples in this row or block.
    pub samples: usize,
    /// Input.
    pub x: &'a [T],
    /// The leaf to be set.
    pub leaf: &'a mut [T],
}

/// What [`Layer::moments`] works on.
#[derive(Debug)]
pub struct Moments<'a, T> {
    /// The leaves of all rows or blocks, one after the other.
    pub leaves: &'a [T],
    /// Samples in the batch: as many as fit in each row or block, and what is left in the last.
    pub samples: usize,
    /// One sample a leaf or sixteen.
    pub family: Family,
    /// The layer's state.
    pub state: &'a mut [T],
    /// The moments to be set.
    pub moments: &'a mut [T],
}

/// What [`Layer::slopes`] works on.
#[derive(Debug)]
pub struct Slopes<'a, T> {
    /// The CPU's vectors.
    pub isa: Isa,
    /// One sample or sixteen.
    pub family: Family,
    /// The layer's parameters.
    pub params: &'a [T],
    /// What [`Layer::moments`] made of the batch.
    pub moments: &'a [T],
    /// Input of forward.
    pub x: &'a [T],
    /// Gradient to the output.
    pub dy: &'a [T],
    /// As in [`Backward`].
    pub relu: bool,
    /// The leaf to be set.
    pub leaf: &'a mut [T],
}

/// What [`Layer::gradient_rows`] works on.
pub struct GradientRows<'a, T> {
    /// The CPU's vectors.
    pub isa: Isa,
    /// The first parameter whose gradient is wanted, at the beginning of a row.
    pub first: usize,
    /// The gradients wanted, whole rows; overwritten.
    pub grads: &'a mut [T],
    /// Blocks in the batch.
    pub blocks: usize,
    /// Input and output gradient of each block.
    pub leaf: &'a dyn Fn(usize) -> Leaf<'a, T>,
    /// Room to scribble on.
    pub scratch: &'a mut [T],
}

/// What [`Layer::descend`] works on.
#[derive(Debug)]
pub struct Descend<'a, T> {
    /// The CPU's vectors.
    pub isa: Isa,
    /// The layer's parameters, which the step moves.
    pub params: &'a mut [T],
    /// Input of forward.
    pub x: &'a [T],
    /// Gradient to the output.
    pub dy: &'a [T],
    /// Gradient to the input, where anyone wants it.
    pub dx: Option<&'a mut [T]>,
    /// The learning rate.
    pub rate: T,
}
