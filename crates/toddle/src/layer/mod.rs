//! A layer as the engine calls it: the trait [`Layer`], and what each of its methods reads and writes.

mod call;

use alloc::vec::Vec;
use core::fmt::Debug;

pub use toddle_kernels::dense::block::Leaf;
pub use toddle_kernels::dropout::Draw;
pub use toddle_kernels::layout::Panel;
use toddle_lanes::Isa;

pub use self::call::{Call, Through};
use crate::layers::LayerSpec;
use crate::{Float, ParamDecl, Shape};

/// A layer built for the shape of its input.
///
/// A layer holds its geometry and settings, and no data. Its methods take `&self`, allocate nothing and cannot fail. The caller
/// lends every buffer. Buffers have the lengths that [`needs`](Layer::needs) asks for.
pub trait Layer<T: Float>: Debug + Send + Sync {
    /// The layer as data.
    fn spec(&self) -> LayerSpec;

    /// The shape of a sample's output.
    fn output(&self) -> Shape;

    /// The layer's parameters: their names and shapes, in the order in which they are stored and drawn.
    fn params(&self) -> Vec<ParamDecl> {
        Vec::new()
    }

    /// Elements that training changes without a gradient, such as running means.
    fn state(&self) -> Vec<StateDecl> {
        Vec::new()
    }

    /// Whether the output has the elements of the input, in order, in another shape. Then input and output share a buffer.
    fn is_view(&self) -> bool {
        false
    }

    /// Whether the layer [is a view](Layer::is_view) in inference. Backward through such a view is `dx = dy`.
    fn is_view_in_inference(&self) -> bool {
        self.is_view()
    }

    /// The buffers and calls that the layer needs from a plan.
    fn needs(&self, family: Family) -> Needs {
        let _ = family;
        Needs::default()
    }

    /// Puts the weights into the order in which kernels read them. Called once after the weights have changed, and only if
    /// [`Needs::packed`] is above 0.
    fn pack(&self, io: Pack<'_, T>) {
        let _ = io;
    }

    /// Sets `y` from `x`, for one row or one block.
    fn forward(&self, io: Forward<'_, T>);

    /// Sets `dx`, if there is one, and adds to the gradients of the layer's own parameters.
    fn backward(&self, io: Backward<'_, T>);

    /// For layers with [`Needs::statistics`], in training: sets a block's leaf from its input. Called for all blocks
    /// before the first call of [`forward`](Layer::forward).
    fn statistics(&self, io: Statistics<'_, T>) {
        let _ = io;
    }

    /// For layers with [`Needs::statistics`]: sets the batch's moments from the leaves of all blocks, and updates the state.
    fn moments(&self, io: Moments<'_, T>) {
        let _ = io;
    }

    /// For layers with [`Needs::statistics`]: sets the moments that inference uses, from the state. With these moments and
    /// gradient sums of 0, [`backward`](Layer::backward) is that of inference.
    fn moments_of_state(&self, state: &[T], moments: &mut [T]) {
        let _ = (state, moments);
    }

    /// For layers with [`Needs::statistics`]: sets a block's leaf of gradient sums. Called for all blocks before the
    /// first call of [`backward`](Layer::backward). The leaves, added by the tree over the blocks, are the gradient
    /// to the layer's parameters.
    fn gradient_sums(&self, io: GradientSums<'_, T>) {
        let _ = io;
    }

    /// For layers of [`Gradient::WholeBatch`]: sets some rows of the gradient from all blocks of a batch.
    fn gradient_rows(&self, io: GradientRows<'_, T>) {
        let _ = io;
    }

    /// For layers of [`Needs::descends`]: backward of one row, fused with the step of plain SGD.
    fn descend(&self, io: Descend<'_, T>) {
        let _ = io;
    }
}

/// How samples are stored in vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// One sample. A vector holds sixteen neighbouring elements of it.
    Row,
    /// Sixteen samples. A vector holds the same element of each of them.
    Block,
}

impl Family {
    /// The number of samples that are computed together.
    pub const fn samples(self) -> usize {
        match self {
            Family::Row => 1,
            Family::Block => toddle_lanes::LANES,
        }
    }
}

/// How the gradient to a layer's parameters is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gradient {
    /// Each block computes a leaf, and the tree over the blocks adds the leaves.
    #[default]
    PerBlock,
    /// The leaves of [`Layer::gradient_sums`], added by the tree over the blocks.
    Sums,
    /// [`Layer::gradient_rows`] reads the inputs and output gradients of all blocks, which are kept until then.
    WholeBatch {
        /// The number of parameters in a row. The number of all parameters is a multiple of it.
        row: usize,
    },
}

/// The buffers and calls that a layer needs from a plan. Lengths are in elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Length of the packed weights.
    pub packed: usize,
    /// Length of the scratch buffer of one call.
    pub scratch: usize,
    /// Length of a block's leaf of [`Layer::statistics`], and of its leaf of [`Layer::gradient_sums`]. If it is above
    /// 0, the layer needs the whole batch in training, both forward and backward.
    pub statistics: usize,
    /// Length of the moments that [`Layer::moments`] sets.
    pub moments: usize,
    /// How the gradient to the parameters is computed in training.
    pub gradient: Gradient,
    /// Whether the layer has [`Layer::descend`], in rows.
    pub descends: bool,
    /// The operations that the layer can fuse with its own.
    pub fuses: Fuses,
}

/// The operations that a layer can fuse with its own. An operation is fused only if the plan asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fuses {
    /// [`Layer::forward`] takes [`Epilogue::add`].
    pub add: bool,
    /// [`Layer::forward`] takes a relu as [`Epilogue::activation`].
    pub relu: bool,
    /// [`Layer::gradient_sums`] and [`Layer::backward`] take this relu as their `prologue`. Not for layers with
    /// [`descends`](Needs::descends) or [`Gradient::WholeBatch`], which have other backward methods.
    pub relu_backward: bool,
    /// [`Layer::backward`] takes a relu before the layer as its `epilogue`. Not for layers with
    /// [`descends`](Needs::descends).
    pub backward_of_relu_before: bool,
}

/// Operations that a layer applies to each element of its output before it stores the element:
/// `y = activation(layer(x) + add)`.
///
/// `A` is the type of the other value: a slice in a call, the index of a buffer in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epilogue<A> {
    /// Another value, as long as the output, that is added to the output. Only with [`Fuses::add`].
    pub add: Option<A>,
    /// An activation function that is applied to the sum. Only if the layer [`fuses`](Needs::fuses) it.
    pub activation: Option<FusedActivation>,
}

/// An activation function that can be fused with another layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FusedActivation {
    /// `max(x, 0)`
    Relu,
}

impl<A> Default for Epilogue<A> {
    fn default() -> Self {
        Epilogue { add: None, activation: None }
    }
}

impl<A> Epilogue<A> {
    /// Whether the epilogue ends with a relu.
    pub fn has_relu(&self) -> bool {
        self.activation == Some(FusedActivation::Relu)
    }

    /// The same operations, with another type for the value that is added.
    pub fn map<B>(self, add: impl FnOnce(A) -> B) -> Epilogue<B> {
        Epilogue { add: self.add.map(add), activation: self.activation }
    }
}

/// Elements that training changes without a gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct StateDecl {
    /// Its name and shape.
    pub decl: ParamDecl,
    /// The value of each element at the start.
    pub initial: f64,
}

/// Whether a network is used for inference or trained.
#[derive(Clone, Copy, Debug)]
pub enum Phase<'a, T> {
    /// Inference.
    Infer,
    /// Training.
    Train(Training<'a, T>),
}

/// What a layer can read about the training step.
#[derive(Clone, Copy, Debug)]
pub struct Training<'a, T> {
    /// The step, sample and layer of this call, from which random numbers follow.
    pub draw: Draw,
    /// Samples in this row or block. The other lanes hold no sample, and add nothing to any gradient.
    pub samples: usize,
    /// Samples in the batch.
    pub batch: usize,
    /// What [`Layer::moments`] made of the batch.
    pub moments: &'a [T],
    /// In backward: the leaves of [`Layer::gradient_sums`], added by the tree over the blocks.
    pub gradient_sums: &'a [T],
}

/// Arguments of [`Layer::pack`].
#[derive(Debug)]
pub struct Pack<'a, T> {
    /// The instruction set.
    pub isa: Isa,
    /// The layer's parameters.
    pub params: &'a [T],
    /// The packed weights to be set.
    pub packed: &'a mut [T],
    /// Whether [`Layer::backward`] will read them, too.
    pub trains: bool,
}

/// Arguments of [`Layer::forward`]. In a block, `x[i]` of sample `n` lies at `x[i·16 + n]`.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The instruction set.
    pub isa: Isa,
    /// One sample, or sixteen.
    pub family: Family,
    /// The layer's parameters.
    pub params: &'a [T],
    /// What [`Layer::pack`] made of them.
    pub packed: &'a [T],
    /// The layer's state.
    pub state: &'a [T],
    /// Inference or training.
    pub phase: Phase<'a, T>,
    /// Input.
    pub x: &'a [T],
    /// The operations that are fused after the layer.
    pub epilogue: Option<Epilogue<&'a [T]>>,
    /// Output.
    pub y: &'a mut [T],
    /// Scratch memory of [`Needs::scratch`] elements. It holds anything before the call.
    pub scratch: &'a mut [T],
}

/// Arguments of [`Layer::backward`].
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// The instruction set.
    pub isa: Isa,
    /// One sample, or sixteen.
    pub family: Family,
    /// The layer's parameters.
    pub params: &'a [T],
    /// What [`Layer::pack`] made of them.
    pub packed: &'a [T],
    /// The training step.
    pub training: Training<'a, T>,
    /// Input of forward.
    pub x: &'a [T],
    /// Output of forward.
    pub y: &'a [T],
    /// Gradient to the output.
    pub dy: &'a [T],
    /// An activation function after the layer whose backward is fused: `dy` is the gradient to its output. Only with
    /// [`Fuses::relu_backward`].
    pub prologue: Option<FusedActivation>,
    /// An activation function before the layer whose backward is fused: `x` is its output, and `dx` is the gradient
    /// to its input. Only with [`Fuses::backward_of_relu_before`].
    pub epilogue: Option<FusedActivation>,
    /// Gradient to the input, unless nothing needs it.
    pub dx: Option<&'a mut [T]>,
    /// Gradients to the parameters, which are added to. Empty unless the gradient is computed [`Gradient::PerBlock`].
    pub grads: &'a mut [T],
    /// Scratch memory of [`Needs::scratch`] elements. It holds anything before the call.
    pub scratch: &'a mut [T],
}

/// Arguments of [`Layer::statistics`].
#[derive(Debug)]
pub struct Statistics<'a, T> {
    /// The instruction set.
    pub isa: Isa,
    /// One sample, or sixteen.
    pub family: Family,
    /// Samples in this row or block.
    pub samples: usize,
    /// Input.
    pub x: &'a [T],
    /// The leaf to be set.
    pub leaf: &'a mut [T],
}

/// Arguments of [`Layer::moments`].
#[derive(Debug)]
pub struct Moments<'a, T> {
    /// The leaves of all rows or blocks, in order.
    pub leaves: &'a [T],
    /// Samples in the batch. Each row or block is full, but for the last block.
    pub samples: usize,
    /// One sample a leaf, or sixteen.
    pub family: Family,
    /// The layer's state.
    pub state: &'a mut [T],
    /// The moments to be set.
    pub moments: &'a mut [T],
}

/// Arguments of [`Layer::gradient_sums`].
#[derive(Debug)]
pub struct GradientSums<'a, T> {
    /// The instruction set.
    pub isa: Isa,
    /// One sample, or sixteen.
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
    pub prologue: Option<FusedActivation>,
    /// The leaf to be set.
    pub leaf: &'a mut [T],
}

/// Arguments of [`Layer::gradient_rows`].
pub struct GradientRows<'a, T> {
    /// The instruction set.
    pub isa: Isa,
    /// The first parameter whose gradient is computed. A row begins there.
    pub first: usize,
    /// The gradients to be set: whole rows.
    pub grads: &'a mut [T],
    /// Blocks in the batch.
    pub blocks: usize,
    /// Input and output gradient of each block.
    pub leaf: &'a dyn Fn(usize) -> Leaf<'a, T>,
    /// Scratch memory of [`Needs::scratch`] elements. It holds anything before the call.
    pub scratch: &'a mut [T],
}

/// Arguments of [`Layer::descend`].
#[derive(Debug)]
pub struct Descend<'a, T> {
    /// The instruction set.
    pub isa: Isa,
    /// The layer's parameters, which the step updates.
    pub params: &'a mut [T],
    /// Input of forward.
    pub x: &'a [T],
    /// Gradient to the output.
    pub dy: &'a [T],
    /// Gradient to the input, unless nothing needs it.
    pub dx: Option<&'a mut [T]>,
    /// The learning rate.
    pub rate: T,
}
