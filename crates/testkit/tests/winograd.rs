//! Fast convolution beyond the table of cases: random geometries, and how far it is from the plain one.

use toddle::layer::Family;
use toddle::{Conv2d, Float, Isa, NumpyRandom, Shape};
use toddle_kernels::Run;
use toddle_kernels::activation::formula::{Formula, Relu};
use toddle_kernels::conv2d::{self, Axis, Geometry};
use toddle_kernels::winograd::{block, reference, row};
use toddle_lanes::LANES;
use toddle_testkit::numbers::{below, from_block, same_bits, to_block};
use toddle_testkit::reference::{Reference, layer};

fn geometry(image: (usize, usize, usize), filters: usize, paddings: [[usize; 2]; 2]) -> Geometry {
    let (channels, height, width) = image;
    let axis = |input: usize, [padding, behind]: [usize; 2]| {
        let output = padding + input + behind - 2;
        Axis { input, output, kernel: 3, stride: 1, dilation: 1, padding }
    };
    let (rows, columns) = (axis(height, paddings[0]), axis(width, paddings[1]));
    Geometry { channels, filters, groups: 1, rows, columns }
}

fn random_geometry(random: &mut NumpyRandom) -> Geometry {
    let mut of = |end| below(random, end);
    let (many, wide) = (of(9) == 0, of(4) == 0);
    let (channels, filters) = (1 + of(17), if many { 30 + of(20) } else { 1 + of(9) });
    let (height, width) = (1 + of(7), 1 + of(if wide { 40 } else { 9 }));
    let mut around = |input: usize| {
        let before = of(5);
        // As much as it takes for one window at least.
        [before, (3_usize.saturating_sub(before + input)).max(of(4))]
    };
    let paddings = [around(height), around(width)];
    geometry((channels, height, width), filters, paddings)
}

fn random_numbers<T: Float>(random: &mut NumpyRandom, len: usize) -> Vec<T> {
    let mut number = || match below(random, 20) {
        0 => 0.0,
        1 => -0.0,
        _ => 2.0 * random.uniform() - 1.0,
    };
    (0..len).map(|_| T::from_f64(number())).collect()
}

/// What the fast reference made of sixteen samples is what the plain one makes of them, but for the last bits.
fn is_the_plain_one<T: Float>(
    g: &Geometry,
    w: &[T],
    b: Option<&[T]>,
    (x, y): (&[T], &[T]),
    (dy, dx): (&[T], &[T]),
    (before, dw): (&[T], &[T]),
) {
    let (mut plain_y, mut plain_dx, mut plain_dw) = (y.to_vec(), dx.to_vec(), before.to_vec());
    for n in 0..LANES {
        let (input, output) = (n * g.inputs()..(n + 1) * g.inputs(), n * g.outputs()..(n + 1) * g.outputs());
        let (x, dy) = (&x[input.clone()], &dy[output.clone()]);
        conv2d::reference::forward(g, x, w, b, &mut plain_y[output]);
        conv2d::reference::backward_input(g, w, dy, None, &mut plain_dx[input]);
        conv2d::reference::backward_weights(g, x, dy, &mut plain_dw);
    }
    for (what, fast, plain) in [("y", y, &plain_y), ("dx", dx, &plain_dx), ("dw", dw, &plain_dw)] {
        let furthest =
            fast.iter().zip(plain).map(|(x, y)| (x.to_f64() - y.to_f64()).abs()).fold(0.0, f64::max);
        assert!(furthest < 1e-11, "{what} of {g:?} is {furthest:e} off");
    }
}

/// Sixteen samples forward and backward, by the references and in both families.
fn fast_equals_plain<T: Float>(g: &Geometry, random: &mut NumpyRandom) {
    let (inputs, outputs) = (g.inputs(), g.outputs());
    let x = random_numbers::<T>(random, LANES * inputs);
    let dy = random_numbers::<T>(random, LANES * outputs);
    let w = random_numbers::<T>(random, g.weights());
    let b = random_numbers::<T>(random, g.filters);
    let b = (below(random, 2) == 0).then_some(&b[..]);
    let relu = below(random, 2) == 0;

    let (mut y, mut dx) = (vec![T::ZERO; LANES * outputs], vec![T::ZERO; LANES * inputs]);
    for n in 0..LANES {
        let (input, output) = (n * inputs..(n + 1) * inputs, n * outputs..(n + 1) * outputs);
        reference::forward(g, &x[input.clone()], &w, b, &mut y[output.clone()]);
        reference::backward_input(g, &w, &dy[output], &mut dx[input]);
    }
    let mut du = vec![T::ZERO; 16 * g.channels * g.filters];
    let before = random_numbers::<T>(random, g.weights());
    let mut dw = before.clone();
    reference::backward_weights(g, &x, &dy, &mut du);
    reference::backward_windows(g, &du, &mut dw);
    if T::NAME == "f64" {
        is_the_plain_one(g, &w, b, (&x, &y), (&dy, &dx), (&before, &dw));
    }
    if relu {
        y.iter_mut().for_each(|y| *y = Relu.value(*y));
    }

    let (x_block, dy_block) = (to_block(&x), to_block(&dy));
    // What the buffers hold before is nobody's business.
    let dirt = |len: usize| vec![T::from_f64(f64::NAN); len];
    for &isa in Isa::available() {
        let same = |of: &str, got: &[T], expected: &[T]| {
            same_bits(&format!("{of} {g:?} {isa} {}", T::NAME), got, expected).unwrap();
        };
        let (mut forward, mut backward) = (dirt(block::packed_forward(g)), dirt(block::packed_backward(g)));
        block::Pack { g, w: &w, forward: &mut forward, backward: &mut [] }.on(isa);
        let answering = std::mem::replace(&mut forward, dirt(block::packed_forward(g)));
        block::Pack { g, w: &w, forward: &mut forward, backward: &mut backward }.on(isa);
        same("packed weights", &answering, &forward);
        let (mut to_y, mut to_dx) = (dirt(LANES * outputs), dirt(LANES * inputs));
        let mut scratch = dirt(LANES * block::scratch(g));
        let scratch = scratch.as_chunks_mut().0;
        let (lanes, to) = (x_block.as_chunks().0, to_y.as_chunks_mut().0);
        block::Forward { g, x: lanes, w: &forward, b, relu, y: to, scratch }.on(isa);
        same("block y", &from_block(&to_y), &y);
        let (lanes, to) = (dy_block.as_chunks().0, to_dx.as_chunks_mut().0);
        block::BackwardInput { g, w: &backward, dy: lanes, dx: to, scratch }.on(isa);
        same("block dx", &from_block(&to_dx), &dx);
        let (x_lanes, dy_lanes) = (x_block.as_chunks().0, dy_block.as_chunks().0);
        let mut to_dw = before.clone();
        block::BackwardWeights { g, x: x_lanes, dy: dy_lanes, dw: &mut to_dw, scratch }.on(isa);
        same("block dw", &to_dw, &dw);

        let (x, dy) = (&x[..inputs], &dy[..outputs]);
        let (mut to_y, mut to_dx, mut scratch) = (dirt(outputs), dirt(inputs), dirt(row::scratch(g)));
        row::Forward { g, x, w: &forward, b, relu, y: &mut to_y, scratch: &mut scratch }.on(isa);
        same("row y", &to_y, &y[..outputs]);
        row::BackwardInput { g, w: &backward, dy, dx: &mut to_dx, scratch: &mut scratch }.on(isa);
        same("row dx", &to_dx, &dx[..inputs]);
    }
}

fn random_geometries_have_their_references_bits<T: Float>() {
    let mut random = NumpyRandom::new(1);
    for _ in 0..2000 {
        let g = random_geometry(&mut random);
        fast_equals_plain::<T>(&g, &mut random);
    }
}

#[test]
fn random_geometries_have_the_bits_of_their_references_in_f32() {
    random_geometries_have_their_references_bits::<f32>();
}

#[test]
fn random_geometries_have_the_bits_of_their_references_in_f64() {
    random_geometries_have_their_references_bits::<f64>();
}

/// How far numbers are from true ones: the root of the mean square.
fn error(numbers: &[f32], true_ones: &[f64]) -> f64 {
    let squares = numbers.iter().zip(true_ones).map(|(x, y)| (f64::from(*x) - y).powi(2));
    (squares.sum::<f64>() / true_ones.len() as f64).sqrt()
}

/// What the documentation of `Conv2d` says of `fast`: how its errors compare with those of plain sums, for sixteen samples that
/// have been through a relu.
#[test]
fn fast_sums_are_about_as_exact_as_plain_ones() {
    let mut random = NumpyRandom::new(2);
    for (channels, side) in [(8, 12), (16, 12), (32, 12), (64, 8), (128, 6)] {
        let (input, spec) = (Shape::image(channels, side, side), Conv2d::new(16, 3).padding(1));
        let [plain, fast] = [false, true].map(|fast| layer::<f32>(&spec.fast(fast).into(), input));
        let exact = layer::<f64>(&spec.into(), input);
        let mut numbers = |len| random_numbers::<f32>(&mut random, len);
        let (params, x) = (numbers(plain.params()), numbers(LANES * input.size()));
        let x: Vec<f32> = x.into_iter().map(|x| x.max(0.0)).collect();
        let dy = numbers(LANES * plain.output().size());
        let wide = |numbers: &[f32]| numbers.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();

        let (one_x, one_dy) = (&x[..input.size()], &dy[..plain.output().size()]);
        let y = exact.forward(&wide(&params), &wide(one_x));
        let forward = |layer: &dyn Reference<f32>| error(&layer.forward(&params, one_x), &y);
        let dx = exact.backward_input(Family::Block, &wide(&params), &[], &[], &wide(one_dy));
        let backward = |layer: &dyn Reference<f32>| {
            error(&layer.backward_input(Family::Block, &params, &[], &[], one_dy), &dx)
        };
        let leaf = exact.leaf(&wide(&params), &wide(&x), &wide(&dy));
        let weights = |layer: &dyn Reference<f32>| error(&layer.leaf(&params, &x, &dy), &leaf);

        let ratios = [
            forward(&*fast) / forward(&*plain),
            backward(&*fast) / backward(&*plain),
            weights(&*fast) / weights(&*plain),
        ];
        let documented = [0.7..1.3, 0.7..1.3, 0.7..2.7];
        let as_documented = ratios.iter().zip(documented).all(|(ratio, range)| range.contains(ratio));
        assert!(as_documented, "{channels} channels: {ratios:.2?}");
    }
}
