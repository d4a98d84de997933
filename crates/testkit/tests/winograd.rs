//! Fast convolution beyond the table of cases: random geometries, and how far it is from the plain one.

use toddle::{Float, Isa, NumpyRandom};
use toddle_kernels::Run;
use toddle_kernels::activation::formula::{Formula, Relu};
use toddle_kernels::conv2d::{self, Axis, Geometry};
use toddle_kernels::winograd::{block, reference, row};
use toddle_lanes::LANES;
use toddle_testkit::numbers::{below, from_block, same_bits, to_block};

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
    let (channels, filters) = (1 + of(9), if many { 30 + of(20) } else { 1 + of(9) });
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
    (0..len).map(|_| T::from_f64(2.0 * random.uniform() - 1.0)).collect()
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
    let mut dw = vec![T::ZERO; g.weights()];
    reference::backward_weights(g, &x, &dy, &mut du);
    reference::backward_windows(g, &du, &mut dw);
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
        let answering = forward.clone();
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
        let mut to_dw = vec![T::ZERO; g.weights()];
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

#[test]
fn random_geometries_have_the_bits_of_their_references() {
    let mut random = NumpyRandom::new(1);
    for _ in 0..2000 {
        let g = random_geometry(&mut random);
        fast_equals_plain::<f32>(&g, &mut random);
        fast_equals_plain::<f64>(&g, &mut random);
    }
}

/// The mean square of how far numbers are from true ones.
fn error<T: Float>(numbers: &[T], true_ones: &[f64]) -> f64 {
    let squares = numbers.iter().zip(true_ones).map(|(x, y)| (x.to_f64() - y).powi(2));
    squares.sum::<f64>() / true_ones.len() as f64
}

/// What the documentation of `Conv2d` says of `fast`.
#[test]
fn fast_sums_are_about_as_exact_as_plain_ones() {
    let mut random = NumpyRandom::new(2);
    for (channels, side) in [(8, 12), (16, 12), (32, 12), (64, 8), (128, 6)] {
        let g = geometry((channels, side, side), 16, [[1, 1], [1, 1]]);
        // As after a relu.
        let x = random_numbers::<f32>(&mut random, g.inputs())
            .into_iter()
            .map(|x| x.max(0.0))
            .collect::<Vec<_>>();
        let dy = random_numbers::<f32>(&mut random, g.outputs());
        let w = random_numbers::<f32>(&mut random, g.weights());
        let wide = |numbers: &[f32]| numbers.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
        let (mut true_y, mut y, mut fast_y) =
            (vec![0.0; g.outputs()], vec![0.0; g.outputs()], vec![0.0; g.outputs()]);
        conv2d::reference::forward(&g, &wide(&x), &wide(&w), None, &mut true_y);
        conv2d::reference::forward(&g, &x, &w, None, &mut y);
        reference::forward(&g, &x, &w, None, &mut fast_y);
        let (mut true_dx, mut dx, mut fast_dx) =
            (vec![0.0; g.inputs()], vec![0.0; g.inputs()], vec![0.0; g.inputs()]);
        conv2d::reference::backward_input(&g, &wide(&w), &wide(&dy), None, &mut true_dx);
        conv2d::reference::backward_input(&g, &w, &dy, None, &mut dx);
        reference::backward_input(&g, &w, &dy, &mut fast_dx);
        let (mut true_dw, mut dw, mut fast_dw) =
            (vec![0.0; g.weights()], vec![0.0; g.weights()], vec![0.0; g.weights()]);
        conv2d::reference::backward_weights(&g, &wide(&x), &wide(&dy), &mut true_dw);
        conv2d::reference::backward_weights(&g, &x, &dy, &mut dw);
        let mut du = vec![0.0; 16 * g.channels * g.filters];
        reference::backward_weights(&g, &x, &dy, &mut du);
        reference::backward_windows(&g, &du, &mut fast_dw);
        let forward = (error(&fast_y, &true_y) / error(&y, &true_y)).sqrt();
        let backward = (error(&fast_dx, &true_dx) / error(&dx, &true_dx)).sqrt();
        let weights = (error(&fast_dw, &true_dw) / error(&dw, &true_dw)).sqrt();
        println!(
            "{channels} channels: {forward:.2} forward, {backward:.2} to input, {weights:.2} to weights"
        );
        assert!((0.6..2.0).contains(&forward), "{forward}");
        assert!((0.6..2.0).contains(&backward), "{backward}");
        assert!((0.6..2.0).contains(&weights), "{weights}");
    }
}
