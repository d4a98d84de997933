//! One layer with its buffers, called in the same way as the engine calls it.

use toddle::layer::{
    Call, Draw, Family, Gradient, GradientRows, Layer, Leaf, Moments, Pack, Phase, Through, Training,
};
use toddle::{Float, Isa};
use toddle_kernels::Lane;
use toddle_kernels::Run;
use toddle_kernels::dense::block::tree_scratch;
use toddle_kernels::layout::ToPanels;
use toddle_lanes::LANES;

use crate::cases::Case;
use crate::numbers::{from_block, numbers, same_bits, to_block};
use crate::reference::{self, Batch, Reference};

/// The scratch memory that another layer of the network would need, in elements.
const ANOTHERS: usize = 1 << 14;

/// The place in a training of everything in this file.
const DRAW: Draw = Draw { seed: 5, step: 2, sample: 32, layer: 1 };

/// A batch of `samples` samples, which fit in one row or block.
pub fn alone(family: Family, samples: usize) -> Batch {
    Batch { family, samples, draw: DRAW }
}

/// One layer, its buffers, and a row or a block of samples that is the whole batch.
#[derive(Debug)]
pub struct Lent<T> {
    /// A description of the layer and of the way in which it runs.
    pub name: String,
    /// The layer.
    pub layer: Box<dyn Layer<T>>,
    /// The same layer, computed by its reference loops.
    pub reference: Box<dyn Reference<T>>,
    /// The parameters of the layer.
    pub params: Vec<T>,
    /// The numbers that training changes without a gradient. Each forward updates them.
    pub state: Vec<T>,
    isa: Isa,
    batch: Batch,
    packed: Vec<T>,
    moments: Vec<T>,
}

/// The results of a layer, sample after sample.
#[derive(Debug)]
pub struct Outcome<T> {
    /// The output of the layer.
    pub y: Vec<T>,
    /// The gradient to the input of the layer.
    pub dx: Vec<T>,
    /// The gradient to the parameters of the layer.
    pub gradient: Vec<T>,
}

impl<T: Float> Lent<T> {
    /// The layer of `case`, with random parameters from `seed`.
    pub fn new(case: &Case, isa: Isa, batch: Batch, seed: u32) -> Self {
        let layer = case.spec.build::<T>(case.input).expect("cases fit");
        let reference = reference::layer(&case.spec, case.input);
        assert_eq!(layer.output(), reference.output(), "{}", case.name());
        let size = reference.params();
        assert_eq!(layer.params().iter().map(|param| param.size()).sum::<usize>(), size, "{}", case.name());
        let needs = layer.needs(batch.family);
        let state = (layer.state().iter())
            .flat_map(|state| vec![T::from_f64(state.initial); state.decl.size()])
            .collect();
        let mut lent = Lent {
            name: format!("{} {isa} {} {:?} of {}", case.name(), T::NAME, batch.family, batch.samples),
            layer,
            reference,
            params: numbers(seed, size),
            state,
            isa,
            batch,
            packed: dirt(needs.packed),
            moments: dirt(needs.moments),
        };
        lent.pack();
        lent
    }

    /// Has to be called after each change of the parameters.
    pub fn pack(&mut self) {
        if !self.packed.is_empty() {
            let (isa, params, packed) = (self.isa, &self.params[..], &mut self.packed[..]);
            self.layer.pack(Pack { isa, params, packed, trains: true });
        }
    }

    /// Elements of the output for all samples for which there is room.
    pub fn outputs(&self) -> usize {
        self.layer.output().size() * self.batch.padded()
    }

    /// Samples in the order of the family.
    fn laid(&self, samples: &[T]) -> Vec<T> {
        match self.batch.family {
            Family::Row => samples.to_vec(),
            Family::Block => to_block(samples),
        }
    }

    /// Samples one after the other, from the order of the family.
    fn samples(&self, laid: &[T]) -> Vec<T> {
        match self.batch.family {
            Family::Row => laid.to_vec(),
            Family::Block => from_block(laid),
        }
    }

    /// Forward for the samples `x` in training.
    pub fn forward(&mut self, x: &[T]) -> Vec<T> {
        let x = self.laid(x);
        let y = self.forward_laid(&x);
        self.samples(&y)
    }

    /// The layer with its parameters, in training.
    fn call(&self) -> Call<'_, T> {
        Call {
            layer: &*self.layer,
            isa: self.isa,
            family: self.batch.family,
            params: &self.params,
            packed: &self.packed,
            state: &self.state,
        }
    }

    /// Scratch memory for a call.
    fn scratch(&self) -> Vec<T> {
        dirt(self.layer.needs(self.batch.family).scratch)
    }

    fn training<'a>(&self, moments: &'a [T], gradient_sums: &'a [T]) -> Training<'a, T> {
        let samples = self.batch.samples;
        Training { draw: DRAW, samples, batch: samples, moments, gradient_sums }
    }

    fn forward_laid(&mut self, x: &[T]) -> Vec<T> {
        let Batch { family, samples, .. } = self.batch;
        let mut leaf = dirt(self.layer.needs(family).statistics);
        self.call().statistics(samples, x, &mut leaf);
        let (state, moments) = (&mut self.state[..], &mut self.moments[..]);
        self.layer.moments(Moments { leaves: &leaf, samples, family, state, moments });
        let mut y = dirt(self.outputs());
        let phase = Phase::Train(self.training(&self.moments, &[]));
        self.call().forward(phase, x, None, &mut y, &mut self.scratch());
        y
    }

    /// Forward for the samples `x` in inference, with the `state` that training has left.
    pub fn answer(&self, state: &[T], x: &[T]) -> Vec<T> {
        let (x, mut y) = (self.laid(x), dirt(self.outputs()));
        Call { state, ..self.call() }.forward(Phase::Infer, &x, None, &mut y, &mut self.scratch());
        self.samples(&y)
    }

    /// Forward and backward for the samples `x` in training. `dy` is 0 after the samples that count.
    pub fn run(&mut self, x: &[T], dy: &[T]) -> Outcome<T> {
        let (x, dy) = (self.laid(x), self.laid(dy));
        let y = self.forward_laid(&x);
        let needs = self.layer.needs(self.batch.family);
        let (mut dx, mut sums) = (dirt(x.len()), dirt(needs.statistics));
        let through = |dx| Through { x: &x, y: &y, dy: &dy, prologue: None, epilogue: None, dx };
        self.call().gradient_sums(&self.moments, through(None), &mut sums);
        let mut gradient =
            vec![T::ZERO; if needs.gradient == Gradient::PerBlock { self.params.len() } else { 0 }];
        let training = self.training(&self.moments, &sums);
        self.call().backward(training, through(Some(&mut dx)), &mut gradient, &mut self.scratch());
        let (y, dx) = (self.samples(&y), self.samples(&dx));
        let gradient = match needs.gradient {
            Gradient::PerBlock => gradient,
            Gradient::Sums => sums[..self.params.len()].to_vec(),
            Gradient::WholeBatch { .. } => self.rows(&[(x, dy)]),
        };
        Outcome { y, dx, gradient }
    }

    /// The gradient over blocks of inputs and output gradients in lanes, a few rows at a time.
    pub fn rows(&self, blocks: &[(Vec<T>, Vec<T>)]) -> Vec<T> {
        let Gradient::WholeBatch { row } = self.layer.needs(self.batch.family).gradient else {
            panic!("{} has no rows", self.name)
        };
        let panels: Vec<_> = (blocks.iter())
            .map(|(_, dy)| {
                let dy: &[Lane<T>] = dy.as_chunks().0;
                let mut panels = vec![[[T::ZERO; LANES]; LANES]; dy.len().div_ceil(LANES)];
                ToPanels { block: dy, panels: &mut panels }.on(self.isa);
                panels
            })
            .collect();
        let mut gradient = vec![T::ZERO; self.params.len()];
        for (n, grads) in gradient.chunks_mut(7 * row).enumerate() {
            // The scratch memory of a worker is as large as the largest that one of its layers needs.
            let mut scratch = dirt(tree_scratch(blocks.len()) + ANOTHERS);
            let leaf = |block: usize| Leaf { x: blocks[block].0.as_chunks().0, dy: &panels[block] };
            self.layer.gradient_rows(GradientRows {
                isa: self.isa,
                first: n * 7 * row,
                grads,
                blocks: blocks.len(),
                leaf: &leaf,
                scratch: &mut scratch,
            });
        }
        gradient
    }
}

/// A buffer of NaN. No result may depend on the old contents of a buffer.
fn dirt<T: Float>(len: usize) -> Vec<T> {
    vec![T::from_f64(f64::NAN); len]
}

/// Compares the layer of `case` with its reference, with every instruction set of this CPU, in training and in
/// inference. There are `samples` samples in the family, with random elements from `seed`.
///
/// # Errors
/// If a bit differs.
pub fn has_the_bits_of_its_reference<T: Float>(
    case: &Case,
    family: Family,
    samples: usize,
    seed: u32,
) -> Result<(), String> {
    let batch = alone(family, samples);
    let reference = reference::layer::<T>(&case.spec, case.input);
    let outputs = reference.output().size();
    let (params, x) = (numbers::<T>(seed, reference.params()), case.inputs(seed + 1, batch.padded()));
    let mut dy = numbers(seed + 2, outputs * batch.padded());
    dy[outputs * samples..].fill(T::ZERO);
    let y = reference.forward_batch(&batch, &params, &x);
    let dx = reference.backward_batch(&batch, &params, &x, &y, &dy);
    let gradient = reference.gradient_batch(&batch, &params, &x, &dy);
    // Some elements of the state are variances, which are not negative.
    let state: Vec<T> =
        numbers::<T>(seed + 3, reference.state()).into_iter().map(toddle_lanes::Real::abs).collect();
    let answers: Vec<T> = batch.each(&x).flat_map(|x| reference.answer(&params, &state, x)).collect();
    for isa in Isa::available() {
        let mut lent = Lent::<T>::new(case, *isa, batch, seed);
        let outcome = lent.run(&x, &dy);
        let name = &lent.name;
        same_bits(&format!("{name}: y"), &outcome.y, &y)?;
        same_bits(&format!("{name}: dx"), &outcome.dx, &dx)?;
        same_bits(&format!("{name}: gradient"), &outcome.gradient, &gradient)?;
        let (name, answered) = (lent.name.clone(), lent.answer(&state, &x));
        same_bits(&format!("{name}: answers"), &answered, &answers)?;
    }
    Ok(())
}
