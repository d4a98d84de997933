//! Fast convolution beyond the table of cases: random geometries, and how far it is from the plain one.

use toddle::layer::Family;
use toddle::{Conv2d, Float, Isa, NumpyRandom, Shape};
use toddle_kernels::Run;
use toddle_kernels::activation::formula::{Formula, Relu};
use toddle_kernels::conv2d::{self, Axis, Geometry};
use toddle_kernels::winograd::{block, reference, row};
use toddle_lanes::LANES;
use toddle_testkit::cases::Case;
use toddle_testkit::lent::{Lent, Outcome, alone};
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
        let plain = conv2d::block::Forward { g, x: lanes, w: &forward, b, relu, y: to };
        block::Forward { plain, scratch }.on(isa);
        same("block y", &from_block(&to_y), &y);
        let (lanes, to) = (dy_block.as_chunks().0, to_dx.as_chunks_mut().0);
        let plain = conv2d::block::BackwardInput { g, w: &backward, dy: lanes, b: None, dx: to };
        block::BackwardInput { plain, scratch }.on(isa);
        same("block dx", &from_block(&to_dx), &dx);
        let (x_lanes, dy_lanes) = (x_block.as_chunks().0, dy_block.as_chunks().0);
        let mut to_dw = before.clone();
        block::BackwardWeights { g, x: x_lanes, dy: dy_lanes, dw: &mut to_dw, scratch }.on(isa);
        same("block dw", &to_dw, &dw);

        let (x, dy) = (&x[..inputs], &dy[..outputs]);
        let (mut to_y, mut to_dx, mut scratch) = (dirt(outputs), dirt(inputs), dirt(row::scratch(g)));
        let plain = conv2d::row::Forward { g, x, w: &forward, b, relu, y: &mut to_y, scratch: &mut scratch };
        row::Forward(plain).on(isa);
        same("row y", &to_y, &y[..outputs]);
        let (w, to, scratch) = (&backward[..], &mut to_dx[..], &mut scratch[..]);
        row::BackwardInput(conv2d::row::BackwardInput { g, w, dy, b: None, dx: to, scratch }).on(isa);
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

/// The least and the largest of some ratios.
type Span = (f64, f64);

/// How many times as large as a plain convolution's errors a fast one's are: of outputs, of gradients to the input and of gradients to
/// the weights.
///
/// An error is the root of the mean square, over sixteen samples, of the distance from what `f64` gives. Images are small and large,
/// with a border and without, of pixels, of numbers behind a relu and of numbers of either sign.
fn error_ratios(channels: usize, filters: usize) -> [Span; 3] {
    let inputs: [fn(f32) -> f32; 3] = [|x| (x + 1.0) / 2.0, |x| x.max(0.0), |x| x];
    let mut spans = [(f64::INFINITY, 0.0f64); 3];
    let mut random = NumpyRandom::new((channels + 1000 * filters) as u32);
    let mut numbers = |len: usize| Vec::from_iter((0..len).map(|_| 2.0 * random.uniform() as f32 - 1.0));
    let sides = [4, 6, 14, 28].into_iter().filter(|side| channels * filters * side * side <= 1 << 18);
    for (side, padding) in sides.flat_map(|side| [(side, 0), (side, 1)]) {
        let input = Shape::image(channels, side, side);
        let spec = Conv2d::new(filters, 3).padding(padding).bias(false);
        for of_random in inputs {
            let x = Vec::from_iter(numbers(LANES * input.size()).into_iter().map(of_random));
            let w = numbers(9 * channels * filters);
            let dy = numbers(LANES * filters * (side + 2 * padding - 2).pow(2));
            let exact = made::<f64>(spec, input, &w, &x, &dy);
            let [plain, fast] = [false, true].map(|fast| made::<f32>(spec.fast(fast), input, &w, &x, &dy));
            for (n, (least, most)) in spans.iter_mut().enumerate() {
                let ratio = error(&fast[n], &exact[n]) / error(&plain[n], &exact[n]);
                (*least, *most) = (least.min(ratio), most.max(ratio));
            }
        }
    }
    spans
}

/// What a convolution without a bias makes of a block: outputs, gradients to the input and gradients to the weights.
fn made<T: Float>(spec: Conv2d, input: Shape, w: &[f32], x: &[f32], dy: &[f32]) -> [Vec<f64>; 3] {
    let typed = |numbers: &[f32]| numbers.iter().map(|x| T::from_f64(f64::from(*x))).collect::<Vec<T>>();
    let case = Case { spec: spec.into(), input };
    let mut lent = Lent::<T>::new(&case, Isa::detect(), alone(Family::Block, LANES), 1);
    lent.params = typed(w);
    lent.pack();
    let Outcome { y, dx, gradient } = lent.run(&typed(x), &typed(dy));
    [y, dx, gradient].map(|numbers| numbers.into_iter().map(T::to_f64).collect())
}

/// How far numbers are from the exact ones.
fn error(numbers: &[f64], exact: &[f64]) -> f64 {
    let squares = numbers.iter().zip(exact).map(|(x, y)| (x - y).powi(2));
    (squares.sum::<f64>() / exact.len() as f64).sqrt()
}

/// The table in the documentation of `Conv2d`: what `fast` does to errors, by the numbers of channels, or, on the way back, of filters.
/// `cargo test -p toddle-testkit --test winograd -- --nocapture how_exact` prints what it measures.
#[test]
fn how_exact_fast_convolutions_are() {
    let documented: [(usize, Span); 8] = [
        (1, (1.3, 3.0)),
        (2, (0.9, 2.6)),
        (4, (0.7, 1.8)),
        (8, (0.5, 1.6)),
        (16, (0.5, 1.4)),
        (32, (0.4, 1.3)),
        (64, (0.4, 1.2)),
        (128, (0.4, 1.2)),
    ];
    let both = |one: Span, other: Span| (one.0.min(other.0), one.1.max(other.1));
    let mut measured = Vec::new();
    println!("count   y by channels   dx by filters   dw");
    for (count, span) in documented {
        let [by_channels, by_filters] = [[(count, 8), (count, 32)], [(8, count), (32, count)]]
            .map(|of| of.map(|(channels, filters)| error_ratios(channels, filters)));
        let y = both(by_channels[0][0], by_channels[1][0]);
        let dx = both(by_filters[0][1], by_filters[1][1]);
        let dw = both(both(by_channels[0][2], by_channels[1][2]), both(by_filters[0][2], by_filters[1][2]));
        let [y_text, dx_text, dw_text] = [y, dx, dw].map(|(least, most)| format!("{least:.2} to {most:.2}"));
        println!("{count:5}   {y_text:13}   {dx_text:13}   {dw_text}");
        measured.push((count, span, both(y, dx), dw));
    }
    // Bounds that are far from what is found would say nothing.
    let described = |found: Span, span: Span| {
        let off = [found.0 - span.0, span.1 - found.1];
        off.iter().all(|off| (0.0..0.25).contains(off))
    };
    for (count, span, sums, dw) in measured {
        assert!(described(sums, span), "{count}: {sums:.2?}, documented {span:?}");
        assert!((0.3..4.5).contains(&dw.0) && dw.1 < 4.5, "{count}: {dw:.2?}, documented 0.3 to 4.5");
    }
}
