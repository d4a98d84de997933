//! Pooling beyond the table of cases: random geometries, images full of ties, NaN and infinities, and what PyTorch says.

use serde::Deserialize;
use toddle::layer::Family;
use toddle::{
    AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool2d, Float, Isa, LayerSpec, MaxPool2d, NetworkSpec,
    NumpyRandom, Shape,
};
use toddle_kernels::Run;
use toddle_kernels::activation::{self, Activation};
use toddle_kernels::pool::{Axis, Count, Geometry, Windows, block, reference, row};
use toddle_testkit::numbers::{below, from_block, same_bits, to_block};
use toddle_testkit::reference::layer;

/// Windows along one side of an image: those that most poolings have, or any.
fn random_axis(random: &mut NumpyRandom, is_usual: bool) -> Axis {
    loop {
        let mut of = |end| 1 + below(random, end);
        let input = of(9);
        let windows = if is_usual {
            Windows::Sliding { size: 2, stride: 2, dilation: 1, padding: (0, 0) }
        } else if of(5) == 1 {
            Windows::Even(of(9))
        } else {
            let (size, stride, dilation) = (of(4), of(4), if of(3) == 1 { of(3) } else { 1 });
            let most = ((size - 1) * dilation).div_ceil(2) + 1;
            Windows::Sliding { size, stride, dilation, padding: (of(most) - 1, of(most) - 1) }
        };
        let axis = Axis { input, windows };
        let fits = match windows {
            Windows::Sliding { size, dilation, padding: (before, after), .. } => {
                (size - 1) * dilation < input + before + after
            }
            Windows::Even(_) => true,
        };
        if fits && (0..axis.output()).all(|o| axis.cells(o).next().is_some()) {
            return axis;
        }
    }
}

fn random_geometry(random: &mut NumpyRandom) -> Geometry {
    let (channels, is_usual) = (1 + below(random, 3), below(random, 5) == 0);
    Geometry { channels, rows: random_axis(random, is_usual), columns: random_axis(random, is_usual) }
}

/// Few different numbers, so that many are equal: zeros of both signs, infinities and NaN among them.
fn random_numbers<T: Float>(random: &mut NumpyRandom, len: usize) -> Vec<T> {
    let few = [-1.0, -0.5, -0.0, 0.0, 0.25, 1.0, 1.0 / 3.0];
    let odd = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    let oddities = below(random, 3);
    let mut number = || match below(random, 12) {
        0 if oddities > 0 => odd[below(random, oddities + 1)],
        _ => few[below(random, few.len())],
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

/// Both kinds of pooling of sixteen samples, forward and backward, by the references and in both families.
fn fast_equals_plain<T: Float>(g: &Geometry, count: Count, random: &mut NumpyRandom) {
    let (inputs, outputs) = (g.inputs(), g.outputs());
    let (x, dy) = (random_numbers::<T>(random, 16 * inputs), random_numbers::<T>(random, 16 * outputs));
    let zeros = |len: usize| vec![T::ZERO; 16 * len];
    let (mut max, mut max_dx, mut average, mut average_dx) =
        (zeros(outputs), zeros(inputs), zeros(outputs), zeros(inputs));
    let mut relu_dx = zeros(inputs);
    for n in 0..16 {
        let (input, output) = (n * inputs..(n + 1) * inputs, n * outputs..(n + 1) * outputs);
        let (x, dy) = (&x[input.clone()], &dy[output.clone()]);
        reference::max_forward(g, x, &mut max[output.clone()]);
        reference::max_backward(g, x, &max[output.clone()], dy, &mut max_dx[input.clone()]);
        let through = (&max_dx[input.clone()], &mut relu_dx[input.clone()]);
        activation::reference::backward(Activation::Relu, x, x, through.0, through.1);
        reference::average_forward(g, count, x, &mut average[output]);
        reference::average_backward(g, count, dy, &mut average_dx[input]);
    }
    let (x_block, dy_block, max_block) = (to_block(&x), to_block(&dy), to_block(&max));
    // What the buffers hold before is nobody's business.
    let dirt = |len: usize| vec![T::from_f64(f64::NAN); len];
    for &isa in Isa::available() {
        let what = |of| format!("{of} {g:?} {count:?} {isa} {}", T::NAME);
        let (mut y, mut dx) = (dirt(16 * outputs), dirt(16 * inputs));
        let (x_lanes, y_lanes, dy_lanes) =
            (x_block.as_chunks().0, max_block.as_chunks().0, dy_block.as_chunks().0);
        block::MaxForward { g, x: x_lanes, y: y.as_chunks_mut().0 }.on(isa);
        same(&what("block max"), &from_block(&y), &max);
        let to = dx.as_chunks_mut().0;
        block::MaxBackward { g, x: x_lanes, y: y_lanes, dy: dy_lanes, relu: false, dx: to }.on(isa);
        same(&what("block max back"), &from_block(&dx), &max_dx);
        if !g.overlaps() {
            dx.fill(T::from_f64(f64::NAN));
            let to = dx.as_chunks_mut().0;
            block::MaxBackward { g, x: x_lanes, y: y_lanes, dy: dy_lanes, relu: true, dx: to }.on(isa);
            same(&what("block max back through a relu"), &from_block(&dx), &relu_dx);
        }
        block::AverageForward { g, count, x: x_lanes, y: y.as_chunks_mut().0 }.on(isa);
        same(&what("block average"), &from_block(&y), &average);
        dx.fill(T::from_f64(f64::NAN));
        block::AverageBackward { g, count, dy: dy_lanes, dx: dx.as_chunks_mut().0 }.on(isa);
        same(&what("block average back"), &from_block(&dx), &average_dx);

        let (x, dy) = (&x[..inputs], &dy[..outputs]);
        let (mut y, mut dx) = (dirt(outputs), dirt(inputs));
        row::MaxForward { g, x, y: &mut y }.on(isa);
        same(&what("row max"), &y, &max[..outputs]);
        row::MaxBackward { g, x, y: &max[..outputs], dy, dx: &mut dx }.on(isa);
        same(&what("row max back"), &dx, &max_dx[..inputs]);
        row::AverageForward { g, count, x, y: &mut y }.on(isa);
        same(&what("row average"), &y, &average[..outputs]);
        dx.fill(T::from_f64(f64::NAN));
        row::AverageBackward { g, count, dy, dx: &mut dx }.on(isa);
        same(&what("row average back"), &dx, &average_dx[..inputs]);
    }
}

#[test]
fn random_geometries_have_the_bits_of_their_references() {
    let mut random = NumpyRandom::new(1);
    for n in 0..2000 {
        let g = random_geometry(&mut random);
        let is_dilated = [g.rows, g.columns]
            .iter()
            .any(|axis| matches!(axis.windows, Windows::Sliding { dilation: 2.., .. }));
        let count = match n % 3 {
            0 if !is_dilated => Count::Padded(1, 0),
            1 => Count::Window,
            _ => Count::Image,
        };
        fast_equals_plain::<f32>(&g, count, &mut random);
        fast_equals_plain::<f64>(&g, count, &mut random);
    }
}

#[test]
fn of_equal_numbers_the_first_takes_the_gradient() {
    let windows = Windows::Sliding { size: 2, stride: 1, dilation: 1, padding: (0, 0) };
    let g = Geometry { channels: 1, rows: Axis { input: 2, windows }, columns: Axis { input: 3, windows } };
    let mut dx = [0.0; 6];
    reference::max_backward(&g, &[7.0; 6], &[7.0; 2], &[2.0, 3.0], &mut dx);
    assert_eq!(dx, [2.0, 3.0, 0.0, 0.0, 0.0, 0.0]);
    let nan = f64::NAN;
    reference::max_backward(&g, &[1.0, nan, 9.0, 2.0, nan, 9.0], &[nan; 2], &[2.0, 3.0], &mut dx);
    assert_eq!(dx, [0.0, 5.0, 0.0, 0.0, 0.0, 0.0]);
}

/// What PyTorch made of one pooling of one sample.
#[derive(Deserialize)]
struct Golden {
    kind: String,
    settings: serde_json::Value,
    input: [usize; 3],
    x: Vec<Option<f64>>,
    dy: Vec<f64>,
    y: Vec<Option<f64>>,
    dx: Vec<f64>,
}

impl Golden {
    fn spec(&self) -> LayerSpec {
        let settings = self.settings.clone();
        match self.kind.as_str() {
            "max" => serde_json::from_value::<MaxPool2d>(settings).unwrap().into(),
            "average" => serde_json::from_value::<AvgPool2d>(settings).unwrap().into(),
            "adaptive_average" => serde_json::from_value::<AdaptiveAvgPool2d>(settings).unwrap().into(),
            "adaptive_max" => serde_json::from_value::<AdaptiveMaxPool2d>(settings).unwrap().into(),
            "global_average" => LayerSpec::GlobalAvgPool,
            "global_max" => LayerSpec::GlobalMaxPool,
            kind => panic!("what is {kind}?"),
        }
    }
}

/// JSON has no NaN: it is written as null.
fn numbers(recorded: &[Option<f64>]) -> Vec<f64> {
    recorded.iter().map(|x| x.unwrap_or(f64::NAN)).collect()
}

/// Equal but for the last digits of numbers around 1.
#[track_caller]
fn assert_close(what: &str, got: &[f64], recorded: &[f64]) {
    assert_eq!(got.len(), recorded.len(), "{what}");
    for (i, (a, b)) in got.iter().zip(recorded).enumerate() {
        let close = (a - b).abs() <= 1e-15 || a.is_nan() && b.is_nan();
        assert!(close, "{what}: number {i} is {a:?}, recorded is {b:?}");
    }
}

#[test]
fn pytorch_agrees() {
    let goldens: Vec<Golden> = serde_json::from_str(include_str!("../../goldens/pool_torch.json")).unwrap();
    assert!(goldens.len() >= 20);
    for golden in goldens {
        let [channels, height, width] = golden.input;
        let (spec, input) = (golden.spec(), Shape::image(channels, height, width));
        let name = format!("{spec} of {input}");
        let (x, y) = (numbers(&golden.x), numbers(&golden.y));
        let network = NetworkSpec::new(input).add(spec.clone()).build::<f64>(0).unwrap();
        assert_close(&format!("{name}: y"), &network.predict(&x).unwrap(), &y);
        let dx = layer::<f64>(&spec, input).backward_input(Family::Row, &[], &x, &y, &golden.dy);
        assert_close(&format!("{name}: dx"), &dx, &golden.dx);
    }
}
