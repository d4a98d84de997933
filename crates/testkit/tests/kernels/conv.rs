//! Convolution beyond the table of cases: random geometries, and what PyTorch says of convolution and its transpose.

use serde::Deserialize;
use serde_json::Value;
use toddle::layer::Family;
use toddle::{Float, Isa, LayerSpec, NumpyRandom, Shape};
use toddle_kernels::Run;
use toddle_kernels::activation::formula::{Formula, Relu};
use toddle_kernels::conv2d::{Axis, Geometry, block, reference, row};
use toddle_lanes::{LANES, tree_sum};
use toddle_testkit::numbers::{below, from_block, near, numbers, same_bits, to_block};
use toddle_testkit::reference::layer;

fn random_axis(random: &mut NumpyRandom, largest: usize) -> Axis {
    loop {
        let mut of = |end| 1 + below(random, end);
        let (input, kernel) = (of(largest), of(5));
        let (stride, dilation, padding, behind) = match of(3) {
            1 => (1, 1, of(5) - 1, of(5) - 1),
            2 => (of(4), of(3), of(4) - 1, of(4) - 1),
            _ => (of(7), of(4), of(9) - 1, of(9) - 1),
        };
        let (padded, reach) = (padding + input + behind, (kernel - 1) * dilation + 1);
        if reach <= padded {
            // The output padding of a transposed convolution may leave fewer outputs than would fit.
            let most = (padded - reach) / stride + 1;
            let output = if of(4) == 1 { of(most) } else { most };
            return Axis { input, output, kernel, stride, dilation, padding };
        }
    }
}

/// Without stride or dilation, every other time without padding.
fn contiguous_axis(random: &mut NumpyRandom, largest: usize, kernel: usize) -> Axis {
    let mut of = |end| 1 + below(random, end);
    let input = kernel - 1 + of(largest);
    let (padding, behind) = if of(2) == 1 { (0, 0) } else { (of(kernel) - 1, of(kernel) - 1) };
    Axis { output: padding + input + behind + 1 - kernel, padding, ..Axis::plain(input, kernel) }
}

fn random_geometry(random: &mut NumpyRandom) -> Geometry {
    let mut of = |end| 1 + below(random, end);
    // Windows of 3×3 over a single plane and the ends of rows of five taps have loops of their own, whatever the rows are.
    if of(6) == 1 {
        let (kernel, groups, odd_rows) = (1 + 2 * of(2), of(2), of(3) == 1);
        let (channels, filters) = if of(2) == 1 { (of(2), of(20)) } else { (of(20), of(4)) };
        let rows = if odd_rows { random_axis(random, 7) } else { contiguous_axis(random, 6, kernel) };
        let columns = contiguous_axis(random, 20, kernel);
        return Geometry { channels: groups * channels, filters: groups * filters, groups, rows, columns };
    }
    // Of many planes a strip is shorter, and where it is gathered its room is.
    if of(16) == 1 {
        let (channels, filters) = (of(64), of(24));
        let (rows, columns) = (random_axis(random, 5), random_axis(random, 40));
        return Geometry { channels, filters, groups: 1, rows, columns };
    }
    let (groups, wide) = (if of(2) == 1 { 1 } else { of(4) }, of(4) == 1);
    let (channels, filters) = (groups * of(3), groups * of(if wide { 13 } else { 3 }));
    let (rows, columns) = (random_axis(random, 7), random_axis(random, if wide { 40 } else { 9 }));
    Geometry { channels, filters, groups, rows, columns }
}

/// Numbers between −1 and 1, in every third call with zeros of both signs and infinities among them, which would show in
/// taps that are multiplied by zero rather than skipped.
fn random_numbers<T: Float>(random: &mut NumpyRandom, len: usize) -> Vec<T> {
    let odd = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY];
    let oddities = below(random, 3) == 0;
    let mut number = || match below(random, 40) {
        n if oddities && n < odd.len() => odd[n],
        _ => 2.0 * random.uniform() - 1.0,
    };
    (0..len).map(|_| T::from_f64(number())).collect()
}

/// The same bits, but for NaN, whose payload nobody promises.
fn same<T: Float>(what: &str, got: &[T], expected: &[T]) {
    let canonical = |numbers: &[T]| -> Vec<T> {
        numbers.iter().map(|x| if x.to_f64().is_nan() { T::from_f64(f64::NAN) } else { *x }).collect()
    };
    same_bits(what, &canonical(got), &canonical(expected)).unwrap();
}

/// Sixteen samples forward and backward, by the references and in both families.
fn fast_equals_plain<T: Float>(g: &Geometry, random: &mut NumpyRandom) {
    let (inputs, outputs, weights) = (g.inputs(), g.outputs(), g.weights());
    let (plane, width) = (g.rows.output * g.columns.output, g.columns.output);
    let x = random_numbers::<T>(random, LANES * inputs);
    let dy = random_numbers::<T>(random, LANES * outputs);
    let w = random_numbers::<T>(random, weights);
    let (b, c) = (random_numbers::<T>(random, g.filters), random_numbers::<T>(random, g.channels));
    let (b, c) = if below(random, 2) == 0 { (None, None) } else { (Some(&b[..]), Some(&c[..])) };

    let relu = below(random, 2) == 0;

    let zeros = |len: usize| vec![T::ZERO; len];
    let (mut y, mut dx) = (zeros(LANES * outputs), zeros(LANES * inputs));
    let mut leaves = vec![(zeros(weights), zeros(g.filters)); LANES];
    for (n, (dw, db)) in leaves.iter_mut().enumerate() {
        let (input, output) = (n * inputs..(n + 1) * inputs, n * outputs..(n + 1) * outputs);
        let (x, dy) = (&x[input.clone()], &dy[output.clone()]);
        reference::forward(g, x, &w, b, &mut y[output]);
        reference::backward_input(g, &w, dy, c, &mut dx[input]);
        reference::backward_weights(g, x, dy, dw);
        reference::backward_bias(plane, dy, db);
    }
    if relu {
        y.iter_mut().for_each(|y| *y = Relu.value(*y));
    }
    let dw: Vec<T> = (0..weights).map(|i| tree_sum(std::array::from_fn(|n| leaves[n].0[i]))).collect();
    let db: Vec<T> = (0..g.filters).map(|i| tree_sum(std::array::from_fn(|n| leaves[n].1[i]))).collect();
    let (mut row_dw, mut row_db) = (zeros(weights), zeros(g.filters));
    reference::backward_weights_row(g, &x[..inputs], &dy[..outputs], &mut row_dw);
    reference::backward_bias_row(plane, width, &dy[..outputs], &mut row_db);

    let (x_block, dy_block) = (to_block(&x), to_block(&dy));
    let (x_lanes, dy_lanes) = (x_block.as_chunks().0, dy_block.as_chunks().0);
    // What the buffers hold before is nobody's business.
    let dirt = |len: usize| vec![T::from_f64(f64::NAN); len];
    for &isa in Isa::available() {
        let what = |of| format!("{of} {g:?} {isa} {}", T::NAME);
        let (mut forward, mut backward) = (dirt(weights), dirt(weights));
        block::Pack { g, w: &w, forward: &mut forward, backward: &mut backward }.on(isa);
        let (mut to_y, mut to_dx) = (dirt(LANES * outputs), dirt(LANES * inputs));
        block::Forward { g, x: x_lanes, w: &forward, b, relu, y: to_y.as_chunks_mut().0 }.on(isa);
        same(&what("block y"), &from_block(&to_y), &y);
        block::BackwardInput { g, w: &backward, dy: dy_lanes, b: c, dx: to_dx.as_chunks_mut().0 }.on(isa);
        same(&what("block dx"), &from_block(&to_dx), &dx);
        let (mut to_dw, mut to_db) = (zeros(weights), zeros(g.filters));
        let mut scratch = dirt(LANES * block::scratch(g));
        let (to, scratch) = (&mut to_dw[..], scratch.as_chunks_mut().0);
        block::BackwardWeights { g, x: x_lanes, dy: dy_lanes, dw: to, db: &mut to_db, scratch }.on(isa);
        same(&what("block dw"), &to_dw, &dw);
        same(&what("block db"), &to_db, &db);
        let mut to_db = zeros(g.filters);
        block::BackwardBias { plane, dy: dy_lanes, db: &mut to_db }.on(isa);
        same(&what("block db by itself"), &to_db, &db);

        let (x, dy) = (&x[..inputs], &dy[..outputs]);
        let (mut to_y, mut to_dx) = (dirt(outputs), dirt(inputs));
        row::Forward { g, x, w: &w, b, relu, y: &mut to_y, scratch: &mut dirt(row::scratch(g)) }.on(isa);
        same(&what("row y"), &to_y, &y[..outputs]);
        row::BackwardInput { g, w: &w, dy, b: c, dx: &mut to_dx, scratch: &mut dirt(row::scratch(g)) }
            .on(isa);
        same(&what("row dx"), &to_dx, &dx[..inputs]);
        let (mut to_dw, mut to_db) = (zeros(weights), zeros(g.filters));
        row::BackwardWeights { g, x, dy, dw: &mut to_dw, scratch: &mut dirt(row::scratch(g)) }.on(isa);
        same(&what("row dw"), &to_dw, &row_dw);
        row::BackwardBias { plane, width, dy, db: &mut to_db }.on(isa);
        same(&what("row db"), &to_db, &row_db);
    }
}

/// Axes as wide as windows without padding would leave them, but with padding, and a single row.
#[test]
fn what_looks_like_windows_has_the_bits_of_its_reference() {
    let mut random = NumpyRandom::new(2);
    let padded = Axis { padding: 1, ..Axis::plain(10, 3) };
    let row = Axis { output: 1, padding: 1, ..Axis::plain(3, 3) };
    for (rows, columns) in [(padded, padded), (Axis { input: 1, ..row }, padded), (padded, Axis::plain(9, 3))]
    {
        let g = Geometry { channels: 1, filters: 9, groups: 1, rows, columns };
        fast_equals_plain::<f32>(&g, &mut random);
        fast_equals_plain::<f64>(&g, &mut random);
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

/// Numbers so small that products vanish, some to −0: the lanes behind a row's end do not change a sum's sign.
#[test]
fn sums_that_vanish_keep_their_sign() {
    let g = Geometry::plain((1, 3, 19), 1, (1, 2));
    let (x, dy) = (vec![1e-30f32; g.inputs()], vec![-1e-30f32; g.outputs()]);
    let mut expected = [-0.0, -0.0];
    reference::backward_weights_row(&g, &x, &dy, &mut expected);
    for &isa in Isa::available() {
        let mut dw = [-0.0, -0.0];
        let scratch = &mut vec![f32::NAN; row::scratch(&g)];
        row::BackwardWeights { g: &g, x: &x, dy: &dy, dw: &mut dw, scratch }.on(isa);
        same_bits("dw", &dw, &expected).unwrap();
    }
}

/// What PyTorch made of one layer and one sample.
#[derive(Deserialize)]
struct Golden {
    layer: LayerSpec,
    input: [usize; 3],
    f32: Recorded,
    f64: Recorded,
}

#[derive(Deserialize)]
struct Recorded {
    output: [usize; 3],
    y: Vec<f64>,
    dx: Vec<f64>,
    dw: Vec<f64>,
    db: Vec<f64>,
}

fn agrees<T: Float>(golden: &Golden, recorded: &Recorded, tolerance: f64) {
    let [channels, height, width] = golden.input;
    let [filters, rows, columns] = recorded.output;
    let layer = layer::<T>(&golden.layer, Shape::image(channels, height, width));
    let what = |of| format!("{of} of {} {}", golden.layer, T::NAME);
    assert_eq!(layer.output(), Shape::image(filters, rows, columns), "{}", what("the shape"));
    let params = numbers::<T>(1, layer.params());
    let (x, dy) = (numbers::<T>(2, channels * height * width), numbers::<T>(3, filters * rows * columns));
    let y = layer.forward(&params, &x);
    near(&what("y"), &y, &recorded.y, tolerance).unwrap();
    let dx = layer.backward_input(Family::Row, &params, &x, &y, &dy);
    near(&what("dx"), &dx, &recorded.dx, tolerance).unwrap();
    let gradient = layer.row_gradient(&params, &x, &dy);
    let (dw, db) = gradient.split_at(recorded.dw.len());
    near(&what("dw"), dw, &recorded.dw, tolerance).unwrap();
    near(&what("db"), db, &recorded.db, tolerance).unwrap();
}

#[test]
fn convolutions_and_their_transposes_are_pytorchs() {
    let goldens: Vec<Golden> = serde_json::from_str(include_str!("../../goldens/conv_torch.json")).unwrap();
    for golden in &goldens {
        agrees::<f32>(golden, &golden.f32, 1e-5);
        agrees::<f64>(golden, &golden.f64, 1e-10);
    }
}

#[test]
fn settings_are_read_as_they_are_written() {
    let read = |text: &str| serde_json::from_str::<LayerSpec>(text);
    for (text, display) in [
        (r#"{"kind":"conv2d","filters":8,"kernel":3}"#, "conv2d { filters = 8, kernel = 3×3 }"),
        (
            r#"{"kind":"conv2d","filters":16,"kernel":[5,3],"stride":2,"padding":"same"}"#,
            "conv2d { filters = 16, kernel = 5×3, stride = 2, padding = same }",
        ),
        (
            r#"{"kind":"conv2d","filters":4,"kernel":3,"padding":[1,2,0,0],"dilation":[2,1],"groups":2,"bias":false}"#,
            "conv2d { filters = 4, kernel = 3×3, padding = [1, 2, 0, 0], dilation = 2×1, groups = 2, bias = false }",
        ),
        (
            r#"{"kind":"conv2d","filters":2,"kernel":3,"fast":true}"#,
            "conv2d { filters = 2, kernel = 3×3, fast = true }",
        ),
        (
            r#"{"kind":"conv_transpose2d","filters":4,"kernel":2,"stride":2,"padding":1,"output_padding":[1,0]}"#,
            "conv_transpose2d { filters = 4, kernel = 2×2, stride = 2, padding = 1, output_padding = 1×0 }",
        ),
    ] {
        let spec = read(text).unwrap();
        assert_eq!(spec.to_string(), display);
        assert_eq!(read(&serde_json::to_string(&spec).unwrap()).unwrap(), spec);
    }
    let refused: [(Value, &str); 2] = [
        (
            serde_json::json!({"kind": "conv2d", "filters": 1, "kernel": 3, "padding": "some"}),
            "\"valid\", \"same\"",
        ),
        (serde_json::json!({"kind": "conv2d", "filters": 1, "kernel": [3, 3, 3]}), "[rows, columns]"),
    ];
    for (value, expected) in refused {
        let error = serde_json::from_value::<LayerSpec>(value).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
