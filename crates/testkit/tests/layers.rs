//! Every layer, in both families, every form of vectors and both number types: the bits of its reference, and the slopes of
//! its function.

use toddle::layer::{
    Backward, Descend, Draw, Family, Forward, Gradient, GradientRows, Layer, Leaf, Moments, Pack, Phase,
    Slopes, Statistics, Training,
};
use toddle::{Float, Isa, Jacobian, LayerSpec, Softmax};
use toddle_kernels::dense::block::tree_scratch;
use toddle_kernels::{dense, update};
use toddle_testkit::cases::{Case, cases};
use toddle_testkit::gradient;
use toddle_testkit::numbers::{apart, from_block, numbers, same_bits, to_block};
use toddle_testkit::reference::{self, Batch, Reference};

/// One layer with numbers for it, lent as the engine lends them.
struct Lent<T> {
    name: String,
    layer: Box<dyn Layer<T>>,
    reference: Box<dyn Reference<T>>,
    isa: Isa,
    family: Family,
    params: Vec<T>,
    packed: Vec<T>,
    state: Vec<T>,
    moments: Vec<T>,
    slopes: Vec<T>,
    scratch: Vec<T>,
}

/// What a layer made of numbers, sample after sample.
struct Outcome<T> {
    y: Vec<T>,
    dx: Vec<T>,
    gradient: Vec<T>,
}

impl<T: Float> Lent<T> {
    fn new(case: &Case, isa: Isa, family: Family) -> Self {
        let layer = case.spec.build::<T>(case.input).unwrap();
        let reference = reference::layer(&case.spec, case.input);
        assert_eq!(layer.output(), reference.output(), "{}", case.name());
        let size = reference.params();
        assert_eq!(layer.params().iter().map(|param| param.size()).sum::<usize>(), size, "{}", case.name());
        let needs = layer.needs(family);
        let params = numbers(1, size);
        let packed = vec![T::ZERO; needs.packed];
        // What scratch holds before is nobody's business.
        let scratch = vec![T::from_f64(f64::NAN); needs.scratch];
        let state = (layer.state().iter())
            .flat_map(|state| vec![T::from_f64(state.initial); state.decl.size()])
            .collect();
        let (moments, slopes) = (vec![T::ZERO; needs.moments], vec![T::ZERO; needs.statistics]);
        let name = format!("{} {isa} {} {family:?}", case.name(), T::NAME);
        let mut lent =
            Lent { name, layer, reference, isa, family, params, packed, state, moments, slopes, scratch };
        lent.pack();
        lent
    }

    fn pack(&mut self) {
        if !self.packed.is_empty() {
            self.layer.pack(Pack { isa: self.isa, params: &self.params, packed: &mut self.packed });
        }
    }

    /// The row or block, which is all of its batch.
    fn batch(&self) -> Batch {
        Batch { family: self.family, samples: self.family.samples(), draw: DRAW }
    }

    /// Forward in training of one sample or sixteen, as they lie in the family: the input and the output.
    fn forward(&mut self, x: &[T]) -> (Vec<T>, Vec<T>) {
        let Lent { isa, family, .. } = *self;
        let samples = family.samples();
        let x = if family == Family::Row { x.to_vec() } else { to_block(x) };
        let mut y = vec![T::ZERO; self.sizes().0];
        let (params, packed, state) = (&self.params[..], &self.packed[..], &mut self.state[..]);
        let mut leaf = self.slopes.clone();
        self.layer.statistics(Statistics { isa, family, samples, x: &x, leaf: &mut leaf });
        let moments = &mut self.moments;
        self.layer.moments(Moments { leaves: &leaf, samples, family, state, moments });
        let phase = Phase::Train(training(samples, moments, &[]));
        let scratch = &mut self.scratch[..];
        self.layer.forward(Forward { isa, family, params, packed, state, phase, x: &x, y: &mut y, scratch });
        (x, y)
    }

    /// Forward and backward of one sample or sixteen.
    fn run(&mut self, x: &[T], dy: &[T]) -> Outcome<T> {
        let Lent { isa, family, .. } = *self;
        let (x, y) = self.forward(x);
        let dy = if family == Family::Row { dy.to_vec() } else { to_block(dy) };
        let mut dx = vec![T::ZERO; x.len()];
        let kind = self.layer.needs(family).gradient;
        let mut gradient = vec![T::ZERO; if kind == Gradient::PerBlock { self.params.len() } else { 0 }];
        let (params, packed, moments) = (&self.params[..], &self.packed[..], &self.moments[..]);
        self.layer.slopes(Slopes { isa, family, moments, x: &x, dy: &dy, leaf: &mut self.slopes });
        let training = training(family.samples(), moments, &self.slopes);
        let (grads, scratch) = (&mut gradient[..], &mut self.scratch[..]);
        let (x_lent, y, dy_lent, dx_lent) = (&x[..], &y[..], &dy[..], Some(&mut dx[..]));
        self.layer.backward(Backward {
            isa,
            family,
            params,
            packed,
            training,
            x: x_lent,
            y,
            dy: dy_lent,
            dx: dx_lent,
            grads,
            scratch,
        });
        let gradient = match kind {
            Gradient::PerBlock => gradient,
            Gradient::Slopes => self.slopes.clone(),
            Gradient::WholeBatch { .. } => self.rows(&[(x, from_block(&dy))]),
        };
        match family {
            Family::Row => Outcome { y: y.to_vec(), dx, gradient },
            Family::Block => Outcome { y: from_block(y), dx: from_block(&dx), gradient },
        }
    }

    /// The gradient of blocks of inputs in lanes and output gradients sample by sample, a few rows at a time.
    fn rows(&self, blocks: &[(Vec<T>, Vec<T>)]) -> Vec<T> {
        let Gradient::WholeBatch { row } = self.layer.needs(self.family).gradient else { panic!("rows") };
        let mut gradient = vec![T::ZERO; self.params.len()];
        for (n, grads) in gradient.chunks_mut(7 * row).enumerate() {
            let mut scratch = vec![T::from_f64(f64::NAN); tree_scratch(blocks.len())];
            let leaf = |block: usize| Leaf { x: blocks[block].0.as_chunks().0, dy: &blocks[block].1 };
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

    fn sizes(&self) -> (usize, usize) {
        (self.layer.output().size() * self.family.samples(), self.family.samples())
    }
}

/// Where in a training everything here is.
const DRAW: Draw = Draw { seed: 5, step: 2, sample: 32, layer: 1 };

fn training<'a, T>(samples: usize, moments: &'a [T], slopes: &'a [T]) -> Training<'a, T> {
    Training { draw: DRAW, samples, batch: samples, moments, slopes }
}

fn for_every_case(mut check: impl FnMut(&Case, Isa, Family)) {
    for case in cases() {
        for isa in Isa::available() {
            for family in [Family::Row, Family::Block] {
                check(&case, *isa, family);
            }
        }
    }
}

fn agrees_with_reference<T: Float>(case: &Case, isa: Isa, family: Family) {
    let mut lent = Lent::<T>::new(case, isa, family);
    let (outputs, samples) = lent.sizes();
    let (x, dy) = (numbers(2, case.input.size() * samples), numbers(3, outputs));
    let Outcome { y, dx, gradient } = lent.run(&x, &dy);
    let Lent { name, reference, params, .. } = &lent;

    let batch = lent.batch();
    let expected = reference.forward_batch(&batch, params, &x);
    same_bits(&format!("{name}: y"), &y, &expected).unwrap();
    let expected_dx = reference.backward_batch(&batch, params, &x, &expected, &dy);
    same_bits(&format!("{name}: dx"), &dx, &expected_dx).unwrap();
    let expected = reference.gradient_batch(&batch, params, &x, &dy);
    same_bits(&format!("{name}: gradient"), &gradient, &expected).unwrap();
}

#[test]
fn kernels_have_the_bits_of_their_references() {
    for_every_case(|case, isa, family| {
        agrees_with_reference::<f32>(case, isa, family);
        agrees_with_reference::<f64>(case, isa, family);
    });
}

#[test]
fn whole_batch_gradients_are_the_tree_of_their_leaves() {
    for case in cases().iter().filter(|case| matches!(case.spec, LayerSpec::Dense(_))) {
        for isa in Isa::available() {
            for blocks in [1, 2, 3, 5, 7, 8, 11] {
                let lent = Lent::<f32>::new(case, *isa, Family::Block);
                let (outputs, samples) = lent.sizes();
                let each: Vec<_> = (0..blocks)
                    .map(|b| (numbers(10 + b, case.input.size() * samples), numbers(90 + b, outputs)))
                    .collect();
                let leaves: Vec<Vec<f32>> =
                    each.iter().map(|(x, dy)| lent.reference.leaf(&lent.params, x, dy)).collect();
                let tree =
                    |i| update::reference::tree(&leaves.iter().map(|leaf| leaf[i]).collect::<Vec<_>>());
                let expected: Vec<f32> = (0..lent.params.len()).map(tree).collect();
                let each: Vec<_> = each.into_iter().map(|(x, dy)| (to_block(&x), dy)).collect();
                same_bits(&format!("{} {blocks} blocks", lent.name), &lent.rows(&each), &expected).unwrap();
            }
        }
    }
}

#[test]
fn descending_has_the_bits_of_its_reference() {
    let dense = |case: &Case| matches!(case.spec, LayerSpec::Dense(_));
    for (case, isa) in cases()
        .iter()
        .filter(|case| dense(case))
        .flat_map(|case| Isa::available().iter().map(move |isa| (case, *isa)))
    {
        let lent = Lent::<f64>::new(case, isa, Family::Row);
        assert!(lent.layer.needs(Family::Row).descends);
        let (outputs, _) = lent.sizes();
        let (x, dy) = (numbers::<f64>(2, case.input.size()), numbers::<f64>(3, outputs));
        let (mut expected, mut expected_dx) = (lent.params.clone(), vec![0.0; x.len()]);
        let (w, b) = expected.split_at_mut(lent.params.len() - outputs);
        dense::reference::descend_row(&x, w, b, &dy, &mut expected_dx, 0.3);

        for wanted in [true, false] {
            let mut params = lent.params.clone();
            let mut dx = vec![f64::NAN; x.len()];
            let dx_wanted = wanted.then_some(&mut dx[..]);
            let io = Descend { isa, params: &mut params, x: &x, dy: &dy, dx: dx_wanted, rate: 0.3 };
            lent.layer.descend(io);
            same_bits(&format!("{}: weights", lent.name), &params, &expected).unwrap();
            if wanted {
                same_bits(&format!("{}: dx", lent.name), &dx, &expected_dx).unwrap();
            }
        }
    }
}

/// Inputs between −4 and 4, none of them within a difference of 0, 3 or −3, where activations have kinks.
fn clear_of_kinks(len: usize) -> Vec<f64> {
    let clear = |x: f64| [0.0, 3.0, -3.0].iter().all(|kink| (x - kink).abs() > 0.01);
    numbers::<f64>(2, len).iter().map(|x| if clear(4.0 * x) { 4.0 * x } else { 4.0 * x + 0.05 }).collect()
}

/// Checks dx and the gradient to the parameters against central differences of `Σ dy·y`.
fn slopes_are_right(case: &Case, isa: Isa, family: Family) -> Result<(), String> {
    let mut lent = Lent::<f64>::new(case, isa, family);
    let (outputs, samples) = lent.sizes();
    let inputs = case.input.size() * samples;
    let x = match case.spec {
        // Numbers that are nearly equal would change places while differences are taken.
        LayerSpec::MaxPool2d(_) | LayerSpec::GlobalMaxPool => apart(2, inputs),
        _ => clear_of_kinks(inputs),
    };
    let dy = numbers::<f64>(3, outputs);
    let Outcome { dx, gradient, .. } = lent.run(&x, &dy);
    let name = lent.name.clone();
    let lies = if family == Family::Row { dy.clone() } else { to_block(&dy) };
    let value = |y: &[f64]| y.iter().zip(&lies).map(|(y, dy)| y * dy).sum::<f64>();
    gradient::check(&format!("{name}: dx"), &dx, &x, |x| value(&lent.forward(x).1))?;
    if gradient.is_empty() {
        return Ok(());
    }
    let params = lent.params.clone();
    gradient::check(&format!("{name}: gradient"), &gradient, &params, |params| {
        lent.params.copy_from_slice(params);
        lent.pack();
        value(&lent.forward(&x).1)
    })
}

/// Sizes at which a difference for each number is still quick to compute.
fn is_small(case: &Case) -> bool {
    case.input.size() + reference::layer::<f64>(&case.spec, case.input).params() <= 1000
}

#[test]
fn slopes_agree_with_central_differences() {
    let small = cases().into_iter().filter(is_small);
    for case in small.filter(|case| case.spec != Softmax { jacobian: Jacobian::Diagonal }.into()) {
        for family in [Family::Row, Family::Block] {
            slopes_are_right(&case, Isa::detect(), family).unwrap();
        }
    }
}

#[test]
fn the_posts_diagonal_softmax_is_no_gradient_and_is_found_out() {
    for case in cases() {
        let diagonal = case.spec == Softmax { jacobian: Jacobian::Diagonal }.into();
        if diagonal && case.input.size() > 1 {
            for family in [Family::Row, Family::Block] {
                assert!(slopes_are_right(&case, Isa::detect(), family).is_err(), "{}", case.name());
            }
        }
    }
}

#[test]
fn every_kind_of_layer_has_cases() {
    // A new kind does not compile here before it has a number, and fails before it has a case. (Residual blocks are
    // several layers: the engine's tests have them. Layers of a user's own have tests of their own.)
    let number = |spec: &LayerSpec| match spec {
        LayerSpec::Custom(_) | LayerSpec::Residual(_) => None,
        LayerSpec::BatchNorm(_) => Some(19),
        LayerSpec::Dropout(_) => Some(20),
        LayerSpec::Conv2d(_) => Some(0),
        LayerSpec::Dense(_) => Some(1),
        LayerSpec::Flatten => Some(2),
        LayerSpec::Softmax(_) => Some(3),
        LayerSpec::Tanh => Some(4),
        LayerSpec::Elu(_) => Some(5),
        LayerSpec::Gelu(_) => Some(6),
        LayerSpec::HardSigmoid => Some(7),
        LayerSpec::HardSwish => Some(8),
        LayerSpec::LeakyRelu(_) => Some(9),
        LayerSpec::LogSoftmax => Some(10),
        LayerSpec::Mish => Some(11),
        LayerSpec::Prelu(_) => Some(12),
        LayerSpec::Relu => Some(13),
        LayerSpec::Selu => Some(14),
        LayerSpec::Sigmoid => Some(15),
        LayerSpec::Silu => Some(16),
        LayerSpec::Softplus => Some(17),
        LayerSpec::Softsign => Some(18),
        LayerSpec::AvgPool2d(_) => Some(21),
        LayerSpec::MaxPool2d(_) => Some(22),
        LayerSpec::GlobalAvgPool => Some(23),
        LayerSpec::GlobalMaxPool => Some(24),
        LayerSpec::Reshape(_) => Some(25),
        LayerSpec::ConvTranspose2d(_) => Some(26),
    };
    let mut seen = [false; 27];
    cases().iter().filter_map(|case| number(&case.spec)).for_each(|n| seen[n] = true);
    assert_eq!(seen, [true; 27]);
}

#[test]
fn every_layer_reads_back_what_it_writes() {
    for case in cases() {
        let text = serde_json::to_string(&case.spec).unwrap();
        assert_eq!(serde_json::from_str::<LayerSpec>(&text).unwrap(), case.spec, "{text}");
    }
    let text = serde_json::to_string(&LayerSpec::from(toddle::Elu { alpha: 0.5 })).unwrap();
    assert_eq!(text, r#"{"kind":"elu","alpha":0.5}"#);
}
