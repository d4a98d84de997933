//! One layer with its buffers, called as the engine calls it.

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

/// Numbers of room that some other layer needs.
const ANOTHERS: usize = 1 << 14;

/// Where in a training everything here is.
const DRAW: Draw = Draw { seed: 5, step: 2, sample: 32, layer: 1 };

/// So many samples, which fit in one row or block, as all of their batch.
pub fn alone(family: Family, samples: usize) -> Batch {
    Batch { family, samples, draw: DRAW }
}

/// One layer, the numbers that belong to it, and a row or block of samples that is all of its batch.
#[derive(Debug)]
pub struct Lent<T> {
    /// What the layer is, and how it runs.
    pub name: String,
    /// The layer.
    pub layer: Box<dyn Layer<T>>,
    /// The same layer by its reference loops.
    pub reference: Box<dyn Reference<T>>,
    /// Its parameters.
    pub params: Vec<T>,
    /// What training changes without a gradient, moved along by each forward.
    pub state: Vec<T>,
    isa: Isa,
    batch: Batch,
    packed: Vec<T>,
    moments: Vec<T>,
}

/// What a layer made of numbers, sample after sample.
#[derive(Debug)]
pub struct Outcome<T> {
    /// Its output.
    pub y: Vec<T>,
    /// The gradient to its input.
    pub dx: Vec<T>,
    /// The gradient to its parameters.
    pub gradient: Vec<T>,
}

impl<T: Float> Lent<T> {
    /// The layer of `case`, with the parameters that `seed` draws.
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

    /// Takes note that the parameters have changed.
    pub fn pack(&mut self) {
        if !self.packed.is_empty() {
            let (isa, params, packed) = (self.isa, &self.params[..], &mut self.packed[..]);
            self.layer.pack(Pack { isa, params, packed, trains: true });
        }
    }

    /// Numbers that come out of all the samples that there is room for.
    pub fn outputs(&self) -> usize {
        self.layer.output().size() * self.batch.padded()
    }

    /// Samples as they lie in the family.
    fn laid(&self, samples: &[T]) -> Vec<T> {
        match self.batch.family {
            Family::Row => samples.to_vec(),
            Family::Block => to_block(samples),
        }
    }

    /// What lies in the family, sample after sample.
    fn samples(&self, laid: &[T]) -> Vec<T> {
        match self.batch.family {
            Family::Row => laid.to_vec(),
            Family::Block => from_block(laid),
        }
    }

    /// Forward of the samples `x` in training.
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

    /// Forward of the samples `x` in inference, where training has left `state` behind.
    pub fn answer(&self, state: &[T], x: &[T]) -> Vec<T> {
        let (x, mut y) = (self.laid(x), dirt(self.outputs()));
        Call { state, ..self.call() }.forward(Phase::Infer, &x, None, &mut y, &mut self.scratch());
        self.samples(&y)
    }

    /// Forward and backward of the samples `x` in training, where `dy` is 0 behind those that count.
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
            Gradient::Sums => sums,
            Gradient::WholeBatch { .. } => self.rows(&[(x, dy)]),
        };
        Outcome { y, dx, gradient }
    }

    /// The gradient of blocks of inputs and output gradients in lanes, a few rows at a time.
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
            // A worker's room is as large as the neediest of its layers wants it.
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

/// What a buffer holds before is nobody's business.
fn dirt<T: Float>(len: usize) -> Vec<T> {
    vec![T::from_f64(f64::NAN); len]
}

/// Compares the layer of `case` with its reference in every form that this CPU has, in training and in inference: `samples`
/// samples in the family, of numbers that `seed` draws.
///
/// # Errors
/// A bit differs.
pub fn has_the_bits_of_its_reference<T: Float>(
    case: &Case,
    family: Family,
    samples: usize,
    seed: u32,
) -> Result<(), String> {
    let batch = alone(family, samples);
    let reference = reference::layer::<T>(&case.spec, case.input);
    let outputs = reference.output().size();
    let (params, x) =
        (numbers::<T>(seed, reference.params()), numbers(seed + 1, case.input.size() * batch.padded()));
    let mut dy = numbers(seed + 2, outputs * batch.padded());
    dy[outputs * samples..].fill(T::ZERO);
    let y = reference.forward_batch(&batch, &params, &x);
    let dx = reference.backward_batch(&batch, &params, &x, &y, &dy);
    let gradient = reference.gradient_batch(&batch, &params, &x, &dy);
    // Variances are among the numbers of a state.
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
