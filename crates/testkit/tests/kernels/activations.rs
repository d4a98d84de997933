//! Activations, log-softmax and PReLU far from the numbers that networks compute: the same bits in every form, one NaN for any,
//! and PyTorch's values.

use std::collections::BTreeMap;

use serde::Deserialize;
use toddle::{Float, Isa};
use toddle_kernels::Run;
use toddle_kernels::activation::{Activation, flat, reference};
use toddle_kernels::{Lane, log_softmax, prelu};
use toddle_testkit::numbers::{from_block, numbers, to_block};

const ACTIVATIONS: [(&str, Activation); 19] = [
    ("clipped_relu", Activation::ClippedRelu { most: 6.0 }),
    ("clipped_relu_3", Activation::ClippedRelu { most: 3.0 }),
    ("elu", Activation::Elu { alpha: 1.0 }),
    ("elu_alpha_0.3", Activation::Elu { alpha: 0.3 }),
    ("gelu", Activation::Gelu),
    ("gelu_approximate", Activation::GeluTanh),
    ("hard_sigmoid", Activation::HardSigmoid),
    ("hard_swish", Activation::HardSwish),
    ("leaky_relu", Activation::LeakyRelu { slope: 0.01 }),
    ("leaky_relu_slope_-1.5", Activation::LeakyRelu { slope: -1.5 }),
    ("mish", Activation::Mish),
    ("relu", Activation::Relu),
    ("selu", Activation::Selu),
    ("sigmoid", Activation::Sigmoid),
    ("silu", Activation::Silu),
    ("softplus", Activation::Softplus { beta: 1.0 }),
    ("softplus_beta_2.5", Activation::Softplus { beta: 2.5 }),
    ("softsign", Activation::Softsign),
    ("tanh", Activation::Tanh),
];

/// Zeros, infinities, NaNs of either sign, with a payload and without, kinks, and the least and the greatest numbers.
fn special<T: Float>() -> Vec<T> {
    let (least, greatest) = if T::NAME == "f32" { (1e-45, f64::from(f32::MAX)) } else { (5e-324, f64::MAX) };
    let with_payload = f64::from_bits(0x7ff8_0a5a_e000_0000);
    let above = [0.0, 1.0, 3.0, least, 1e-30, 1e30, greatest, f64::INFINITY, f64::NAN, with_payload];
    above.iter().flat_map(|x| [*x, -x]).map(T::from_f64).collect()
}

/// `special` and numbers between −100 and 100, together so many.
fn wide<T: Float>(seed: u32, len: usize) -> Vec<T> {
    let mut wide: Vec<T> = numbers::<T>(seed, len).iter().map(|x| T::from_f64(100.0) * *x).collect();
    let special = special::<T>();
    wide[..special.len()].copy_from_slice(&special);
    wide
}

/// The bits of the only NaN that an activation returns.
fn canonical<T: Float>() -> u64 {
    if T::NAME == "f32" { 0x7fc0_0000 } else { 0x7ff8_0000_0000_0000 }
}

/// Fails where bits differ, or a NaN is not the canonical one.
fn assert_same_bits<T: Float>(what: &str, got: &[T], expected: &[T]) {
    for (i, (a, b)) in got.iter().zip(expected).enumerate() {
        let due = if b.to_f64().is_nan() { canonical::<T>() } else { b.bits() };
        assert_eq!(a.bits(), due, "{what}: {i} is {a:?}, expected {b:?}");
    }
}

/// Fails where bits differ, but for two NaNs.
fn assert_same<T: Float>(what: &str, got: &[T], expected: &[T]) {
    let is_nan = |x: T| x.to_f64().is_nan();
    for (i, (a, b)) in got.iter().zip(expected).enumerate() {
        assert!(a.bits() == b.bits() || (is_nan(*a) && is_nan(*b)), "{what}: {i} is {a:?}, expected {b:?}");
    }
}

fn activations_have_their_references_bits<T: Float>() {
    let (x, mut dy) = (wide::<T>(1, 1000), numbers::<T>(2, 1000));
    // Gradients that are special, too, both where inputs are and where they are not.
    let special = special::<T>();
    dy[..4].copy_from_slice(&special[special.len() - 4..]);
    dy[500..][..special.len()].copy_from_slice(&special);
    for (name, activation) in ACTIVATIONS {
        let (mut y, mut dx) = (vec![T::ZERO; x.len()], vec![T::ZERO; x.len()]);
        reference::forward(activation, &x, &mut y);
        reference::backward(activation, &x, &y, &dy, &mut dx);
        for isa in Isa::available() {
            let (mut fast, mut fast_dx) = (vec![T::ZERO; x.len()], vec![T::ZERO; x.len()]);
            flat::Forward { activation, x: &x, y: &mut fast }.on(*isa);
            assert_same_bits(&format!("{name} {} {isa}: y", T::NAME), &fast, &y);
            flat::Backward { activation, x: &x, y: &y, dy: &dy, dx: &mut fast_dx }.on(*isa);
            assert_same_bits(&format!("{name} {} {isa}: dx", T::NAME), &fast_dx, &dx);
        }
        for (((x, y), dy), dx) in x.iter().zip(&y).zip(&dy).zip(&dx) {
            let [x, y, dy, dx] = [x, y, dy, dx].map(|x| x.to_f64());
            assert!(!x.is_nan() || y.is_nan(), "{name} of NaN is {y}");
            assert!(!x.is_finite() || !y.is_nan(), "{name} of {x} is {y}");
            assert!(!(x.is_finite() && dy.is_finite() && dx.is_nan()), "{name} of {x}: slope {dx}");
        }
    }
}

#[test]
fn activations_of_any_number_have_the_same_bits_in_every_form() {
    activations_have_their_references_bits::<f32>();
    activations_have_their_references_bits::<f64>();
}

fn lanes<T>(block: &[T]) -> &[Lane<T>] {
    block.as_chunks().0
}

fn lanes_mut<T>(block: &mut [T]) -> &mut [Lane<T>] {
    block.as_chunks_mut().0
}

/// Sixteen samples by the block kernels and one by one by the row kernels.
fn log_softmax_and_prelu_have_their_references_bits<T: Float>(places: usize) {
    const SIZE: usize = 60;
    // The first sample holds what is special, and in log-softmax becomes NaN; the others are wide.
    let (x, mut dy) = (wide::<T>(1, 16 * SIZE), numbers::<T>(2, 16 * SIZE));
    dy[..4].copy_from_slice(&special::<T>()[16..]);
    let w = numbers::<T>(3, 3);
    let zeros = || vec![T::ZERO; 16 * SIZE];
    let samples = |numbers: &[T]| numbers.chunks(SIZE).map(<[T]>::to_vec).collect::<Vec<_>>();

    let (mut log, mut log_dx, mut rectified, mut rectified_dx) = (zeros(), zeros(), zeros(), zeros());
    for n in 0..16 {
        let of = n * SIZE..(n + 1) * SIZE;
        let (x, dy) = (&x[of.clone()], &dy[of.clone()]);
        log_softmax::reference::forward(places, x, &mut log[of.clone()]);
        log_softmax::reference::backward(places, &log[of.clone()], dy, &mut log_dx[of.clone()]);
        prelu::reference::forward(x, &w, &mut rectified[of.clone()]);
        prelu::reference::backward_input(x, &w, dy, &mut rectified_dx[of]);
    }
    assert!(log[SIZE..].iter().all(|y| y.is_finite()));

    for isa in Isa::available() {
        let check = |what: &str, block: &[T], expected: &[T]| {
            let same = if what.contains("prelu") { assert_same_bits } else { assert_same };
            same(&format!("{what} {} {isa}", T::NAME), &from_block(block), expected);
        };
        let (xs, dys, logs) = (to_block(&x), to_block(&dy), to_block(&log));
        let mut out = zeros();
        log_softmax::block::Forward { places, x: lanes(&xs), y: lanes_mut(&mut out) }.on(*isa);
        check("block log-softmax", &out, &log);
        log_softmax::block::Backward { places, y: lanes(&logs), dy: lanes(&dys), dx: lanes_mut(&mut out) }
            .on(*isa);
        check("block log-softmax: dx", &out, &log_dx);
        prelu::block::Forward { x: lanes(&xs), w: &w, y: lanes_mut(&mut out) }.on(*isa);
        check("block prelu", &out, &rectified);
        prelu::block::BackwardInput { x: lanes(&xs), w: &w, dy: lanes(&dys), dx: lanes_mut(&mut out) }
            .on(*isa);
        check("block prelu: dx", &out, &rectified_dx);

        let check = |what: &str, row: &[T], n: usize, expected: &[T]| {
            let same = if what.contains("prelu") { assert_same_bits } else { assert_same };
            same(&format!("{what} of sample {n} {} {isa}", T::NAME), row, &expected[n * SIZE..][..SIZE]);
        };
        for (n, (x, dy)) in samples(&x).iter().zip(&samples(&dy)).enumerate() {
            let mut out = vec![T::ZERO; SIZE];
            log_softmax::row::Forward { places, x, y: &mut out }.on(*isa);
            check("row log-softmax", &out, n, &log);
            log_softmax::row::Backward { places, y: &samples(&log)[n], dy, dx: &mut out }.on(*isa);
            check("row log-softmax: dx", &out, n, &log_dx);
            prelu::row::Forward { x, w: &w, y: &mut out }.on(*isa);
            check("row prelu", &out, n, &rectified);
            prelu::row::BackwardInput { x, w: &w, dy, dx: &mut out }.on(*isa);
            check("row prelu: dx", &out, n, &rectified_dx);
        }
    }
}

#[test]
fn log_softmax_and_prelu_of_any_number_have_the_same_bits_in_every_form() {
    for places in [1, 20] {
        log_softmax_and_prelu_have_their_references_bits::<f32>(places);
        log_softmax_and_prelu_have_their_references_bits::<f64>(places);
    }
}

#[derive(Deserialize)]
struct Goldens {
    x: Vec<f64>,
    activations: BTreeMap<String, Slopes>,
    log_softmax: LogSoftmax,
    prelu: Prelu,
    prelu_per_channel: Prelu,
}

#[derive(Deserialize)]
struct Slopes {
    y: Vec<f64>,
    dx: Vec<f64>,
}

#[derive(Deserialize)]
struct LogSoftmax {
    size: usize,
    x: Vec<f64>,
    dy: Vec<f64>,
    y: Vec<f64>,
    dx: Vec<f64>,
}

#[derive(Deserialize)]
struct Prelu {
    shape: [usize; 3],
    x: Vec<f64>,
    w: Vec<f64>,
    dy: Vec<f64>,
    y: Vec<f64>,
    dx: Vec<f64>,
    dw: Vec<f64>,
}

fn goldens() -> Goldens {
    serde_json::from_str(include_str!("../../goldens/activation_torch.json")).unwrap()
}

fn rounded<T: Float>(numbers: &[f64]) -> Vec<T> {
    numbers.iter().map(|x| T::from_f64(*x)).collect()
}

/// Fails where a number is off by more than 10⁻⁵ of it in `f32` and 10⁻¹⁰ in `f64`, or some roundings of 1 if that is more.
fn assert_close<T: Float>(what: &str, got: &[T], expected: &[f64]) {
    let (relative, absolute) = if T::NAME == "f32" { (1e-5, 1e-6) } else { (1e-10, 1e-15) };
    assert_eq!(got.len(), expected.len(), "{what}");
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        let off = (got.to_f64() - expected).abs();
        let close = off <= relative * expected.abs() + absolute;
        assert!(close, "{what} {}: {i} is {got:?}, expected {expected:e}", T::NAME);
    }
}

fn agree_with_pytorch<T: Float>() {
    let Goldens { x, activations, log_softmax: log, prelu: one, prelu_per_channel: three } = goldens();
    let (isa, x) = (Isa::detect(), rounded::<T>(&x));
    let (ones, mut y, mut dx) = (vec![T::ONE; x.len()], vec![T::ZERO; x.len()], vec![T::ZERO; x.len()]);
    assert_eq!(activations.len(), ACTIVATIONS.len());
    for (name, activation) in ACTIVATIONS {
        flat::Forward { activation, x: &x, y: &mut y }.on(isa);
        flat::Backward { activation, x: &x, y: &y, dy: &ones, dx: &mut dx }.on(isa);
        assert_close(&format!("{name}: y"), &y, &activations[name].y);
        assert_close(&format!("{name}: dx"), &dx, &activations[name].dx);
    }

    let (x, dy) = (rounded::<T>(&log.x), rounded::<T>(&log.dy));
    let (mut y, mut dx) = (vec![T::ZERO; x.len()], vec![T::ZERO; x.len()]);
    for n in (0..x.len()).step_by(log.size) {
        let of = n..n + log.size;
        log_softmax::row::Forward { places: 1, x: &x[of.clone()], y: &mut y[of.clone()] }.on(isa);
        let (y, dy, dx) = (&y[of.clone()], &dy[of.clone()], &mut dx[of]);
        log_softmax::row::Backward { places: 1, y, dy, dx }.on(isa);
    }
    assert_close("log_softmax: y", &y, &log.y);
    assert_close("log_softmax: dx", &dx, &log.dx);

    for golden in [one, three] {
        let [x, w, dy] = [&golden.x, &golden.w, &golden.dy].map(|numbers| rounded::<T>(numbers));
        let (mut y, mut dx, mut dw) =
            (vec![T::ZERO; x.len()], vec![T::ZERO; x.len()], vec![T::ZERO; w.len()]);
        let size = golden.shape.iter().product();
        for n in (0..x.len()).step_by(size) {
            let (of, w) = (n..n + size, &w);
            let (x, dy) = (&x[of.clone()], &dy[of.clone()]);
            prelu::row::Forward { x, w, y: &mut y[of.clone()] }.on(isa);
            prelu::row::BackwardInput { x, w, dy, dx: &mut dx[of] }.on(isa);
            prelu::row::BackwardWeights { x, dy, dw: &mut dw }.on(isa);
        }
        assert_close("prelu: y", &y, &golden.y);
        assert_close("prelu: dx", &dx, &golden.dx);
        assert_close("prelu: dw", &dw, &golden.dw);
    }
}

#[test]
fn values_and_slopes_are_pytorchs() {
    agree_with_pytorch::<f32>();
    agree_with_pytorch::<f64>();
}
