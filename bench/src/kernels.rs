//! The core's multiply-add peak, and the share of it that each kernel reaches.

use serde::Serialize;
use toddle_kernels::activation::{Activation, flat};
use toddle_kernels::{Lane, Number, Run, conv2d, dense, winograd};
use toddle_lanes::{Aligned, Float, Isa, LANES, peak};

use crate::timing::{Timing, time_beside};

/// One kernel's figures.
#[derive(Debug, Serialize)]
pub struct Measure {
    kernel: String,
    simd: &'static str,
    number: &'static str,
    gflops: f64,
    /// Of the peak measured in turn with it.
    share_of_peak: f64,
    timing: Timing,
}

impl Measure {
    /// The kernel, its form and its number type.
    pub fn name(&self) -> String {
        format!("{} {} {}", self.kernel, self.simd, self.number)
    }

    /// The share of the core's peak that it reaches.
    pub fn share_of_peak(&self) -> f64 {
        self.share_of_peak
    }
}

/// Repeats of each measure.
const REPEATS: usize = 9;

/// Measures the kernels whose name, form and number type contain the words of `only`, in every form that is not portable.
pub fn run(only: &str) -> Vec<Measure> {
    println!("{:<34} {:>8} {:>7} {:>9} {:>9} {:>8}", "kernel", "simd", "number", "µs", "GFLOP/s", "of peak");
    let mut measures = Vec::new();
    for isa in Isa::available().iter().copied().filter(|isa| isa.name() != "portable") {
        all::<f32>(isa, only, &mut measures);
        all::<f64>(isa, only, &mut measures);
    }
    measures
}

fn all<T: Number>(isa: Isa, only: &str, measures: &mut Vec<Measure>) {
    let mut add = |kernel: String, flops: usize, work: &mut dyn FnMut()| {
        let name = format!("{kernel} {isa} {}", T::NAME);
        if !only.split_whitespace().all(|word| name.contains(word)) {
            return;
        }
        let [peak, timing] = time_beside(REPEATS, || peak::run::<T>(isa), work);
        let gflops = flops as f64 / timing.median / 1e9;
        let share_of_peak = peak.ratio_to(&timing) * flops as f64 / peak::FLOPS as f64;
        let (name, microseconds) = (isa.name(), timing.median * 1e6);
        let share = 100.0 * share_of_peak;
        println!("{kernel:<34} {name:>8} {:>7} {microseconds:>9.2} {gflops:>9.1} {share:>6.1} %", T::NAME);
        measures.push(Measure { kernel, simd: isa.name(), number: T::NAME, gflops, share_of_peak, timing });
    };
    add("multiply-add peak".into(), peak::FLOPS, &mut || peak::run::<T>(isa));
    rows::<T>(&mut add, isa);
    convolutions::<T>(&mut add, isa);
    fast_convolutions::<T>(&mut add, isa);
    denses::<T>(&mut add, isa);
}

/// Measures what it is given: a name, the work's FLOP, the work.
type Add<'a> = dyn FnMut(String, usize, &mut dyn FnMut()) + 'a;

/// Convolutions of sixteen samples.
fn convolutions<T: Number>(add: &mut Add<'_>, isa: Isa) {
    for (channels, filters, side, kernel) in [(32, 64, 26, 3), (8, 16, 26, 3), (1, 32, 28, 3), (6, 16, 14, 5)]
    {
        let g = conv2d::Geometry::plain((channels, side, side), filters, (kernel, kernel));
        let flops = 2 * LANES * g.outputs() * channels * kernel * kernel;
        let what = format!("{kernel}×{kernel} {channels}→{filters} {side}×{side}");
        let (x, dy) = (block::<T>(g.inputs()), block::<T>(g.outputs()));
        let (mut y, mut dx) = (block::<T>(g.outputs()), block::<T>(g.inputs()));
        let (w, b) = (numbers::<T>(g.weights()), numbers::<T>(filters));
        let (mut forward, mut backward) = (w.clone(), w.clone());
        conv2d::block::Pack { g: &g, w: &w, forward: &mut forward, backward: &mut backward }.on(isa);
        let (mut dw, mut db) = (numbers::<T>(g.weights()), numbers::<T>(filters));
        let mut scratch = block::<T>(conv2d::block::scratch(&g));
        add(format!("conv {what} forward"), flops, &mut || {
            let (b, y) = (Some(&b[..]), lanes_mut(&mut y));
            conv2d::block::Forward { g: &g, x: lanes(&x), w: &forward, b, relu: false, y }.on(isa);
        });
        add(format!("conv {what} input"), flops, &mut || {
            let (dy, dx) = (lanes(&dy), lanes_mut(&mut dx));
            conv2d::block::BackwardInput { g: &g, w: &backward, dy, b: None, dx }.on(isa);
        });
        add(format!("conv {what} weights"), flops, &mut || {
            let (x, dy, scratch) = (lanes(&x), lanes(&dy), lanes_mut(&mut scratch));
            conv2d::block::BackwardWeights { g: &g, x, dy, dw: &mut dw, db: &mut db, scratch }.on(isa);
        });
    }
}

/// The same with fewer multiplications; the FLOP are those of the plain sums, so more than the peak is possible.
fn fast_convolutions<T: Number>(add: &mut Add<'_>, isa: Isa) {
    for (channels, filters, side, padding) in
        [(32, 64, 26, 0), (16, 16, 32, 1), (32, 32, 16, 1), (64, 64, 8, 1)]
    {
        let axis = conv2d::Axis { output: side + 2 * padding - 2, padding, ..conv2d::Axis::plain(side, 3) };
        let g = conv2d::Geometry { channels, filters, groups: 1, rows: axis, columns: axis };
        let flops = 2 * LANES * g.outputs() * channels * 9;
        let what = format!("{channels}→{filters} {side}×{side}");
        let (x, dy) = (block::<T>(g.inputs()), block::<T>(g.outputs()));
        let (mut y, mut dx) = (block::<T>(g.outputs()), block::<T>(g.inputs()));
        let (w, b, mut dw) = (numbers::<T>(g.weights()), numbers::<T>(filters), numbers::<T>(g.weights()));
        let mut forward = numbers::<T>(winograd::block::packed_forward(&g));
        let mut backward = numbers::<T>(winograd::block::packed_backward(&g));
        let mut scratch = block::<T>(winograd::block::scratch(&g));
        winograd::block::Pack { g: &g, w: &w, forward: &mut forward, backward: &mut backward }.on(isa);
        add(format!("fast conv {what} forward"), flops, &mut || {
            let (b, y, scratch) = (Some(&b[..]), lanes_mut(&mut y), lanes_mut(&mut scratch));
            let plain = conv2d::block::Forward { g: &g, x: lanes(&x), w: &forward, b, relu: false, y };
            winograd::block::Forward { plain, scratch }.on(isa);
        });
        add(format!("fast conv {what} input"), flops, &mut || {
            let (dy, dx, scratch) = (lanes(&dy), lanes_mut(&mut dx), lanes_mut(&mut scratch));
            let plain = conv2d::block::BackwardInput { g: &g, w: &backward, dy, b: None, dx };
            winograd::block::BackwardInput { plain, scratch }.on(isa);
        });
        add(format!("fast conv {what} weights"), flops, &mut || {
            let (x, dy, scratch) = (lanes(&x), lanes(&dy), lanes_mut(&mut scratch));
            winograd::block::BackwardWeights { g: &g, x, dy, dw: &mut dw, scratch }.on(isa);
        });
    }
}

/// Dense layers of sixteen samples, their gradients of eight times as many.
fn denses<T: Number>(add: &mut Add<'_>, isa: Isa) {
    for (inputs, outputs) in [(9216, 128), (784, 256), (256, 128)] {
        let flops = 2 * LANES * inputs * outputs;
        let (x, mut y) = (block::<T>(inputs), block::<T>(outputs));
        let (mut dx, dy) = (block::<T>(inputs), block::<T>(outputs));
        let (w, b) = (numbers::<T>(inputs * outputs), numbers::<T>(outputs));
        add(format!("dense {inputs}→{outputs} forward"), flops, &mut || {
            dense::block::Forward { x: lanes(&x), w: &w, b: Some(&b), y: lanes_mut(&mut y) }.on(isa);
        });
        add(format!("dense {inputs}→{outputs} input"), flops, &mut || {
            dense::block::BackwardInput { w: &w, dy: lanes(&dy), dx: lanes_mut(&mut dx) }.on(isa);
        });
        let blocks = 8;
        let (xs, panels) =
            (block::<T>(blocks * inputs), block::<T>(blocks * outputs.next_multiple_of(LANES)));
        let (mut dw, mut scratch) =
            (numbers::<T>((inputs + 1) * outputs), numbers::<T>(dense::block::tree_scratch(blocks)));
        add(format!("dense {inputs}→{outputs} weights"), blocks * flops, &mut || {
            let leaf = &|n: usize| {
                let (x, dy) = (lanes(&xs), lanes(&panels).as_chunks().0);
                let tall = dy.len() / blocks;
                dense::block::Leaf { x: &x[n * inputs..][..inputs], dy: &dy[n * tall..][..tall] }
            };
            let (rows, dw, scratch) = (0..inputs + 1, &mut dw[..], &mut scratch[..]);
            dense::block::BackwardWeights { inputs, outputs, blocks, leaf, rows, dw, scratch }.on(isa);
        });
    }
}

/// One sample: the post's second convolution and its dense layer, and a convolution of many channels.
fn rows<T: Number>(add: &mut Add<'_>, isa: Isa) {
    let g = conv2d::Geometry::plain((32, 26, 26), 64, (3, 3));
    let (x, mut y) = (numbers::<T>(g.inputs()), numbers::<T>(g.outputs()));
    let (w, b, mut scratch) =
        (numbers::<T>(g.weights()), numbers::<T>(64), numbers::<T>(conv2d::row::scratch(&g)));
    add("row: conv 3×3 32→64 26×26 forward".into(), 2 * 9 * 32 * g.outputs(), &mut || {
        conv2d::row::Forward {
            g: &g,
            x: &x,
            w: &w,
            b: Some(&b),
            relu: false,
            y: &mut y,
            scratch: &mut scratch,
        }
        .on(isa);
    });
    let g = conv2d::Geometry::plain((1, 26, 26), 1, (3, 3));
    let flops = 2 * 9 * g.outputs();
    let (x, dy, w, b) = (numbers::<T>(676), numbers::<T>(576), numbers::<T>(9), numbers::<T>(1));
    let (mut y, mut dx, mut dw, mut db) = (x.clone(), x.clone(), w.clone(), b.clone());
    add("row: conv 3×3 1→1 26×26 forward".into(), flops, &mut || {
        conv2d::row::Forward {
            g: &g,
            x: &x,
            w: &w,
            b: Some(&b),
            relu: false,
            y: &mut y[..576],
            scratch: &mut scratch,
        }
        .on(isa);
    });
    add("row: conv 3×3 1→1 26×26 input".into(), flops, &mut || {
        conv2d::row::BackwardInput { g: &g, w: &w, dy: &dy, b: None, dx: &mut dx, scratch: &mut scratch }
            .on(isa);
    });
    add("row: conv 3×3 1→1 26×26 weights".into(), flops, &mut || {
        conv2d::row::BackwardWeights { g: &g, x: &x, dy: &dy, dw: &mut dw, scratch: &mut scratch }.on(isa);
        conv2d::row::BackwardBias { plane: 576, width: 24, dy: &dy, db: &mut db }.on(isa);
    });
    let (x, mut w, mut b, dy) =
        (numbers::<T>(576), numbers::<T>(57_600), numbers::<T>(100), numbers::<T>(100));
    add("row: dense 576→100 forward".into(), 2 * 57_600, &mut || {
        dense::row::Forward { x: &x, w: &w, b: Some(&b), y: &mut y[..100] }.on(isa);
    });
    add("row: dense 576→100 descend".into(), 4 * 57_600, &mut || {
        let (dx, rate) = (Some(&mut dx[..576]), T::from_f64(1e-9));
        dense::row::Descend { x: &x, w: &mut w, b: &mut b, dy: &dy, dx, rate }.on(isa);
    });
    let x = numbers::<T>(676);
    let activation = Activation::Tanh;
    add("row: tanh 676".into(), 676, &mut || flat::Forward { activation, x: &x, y: &mut y }.on(isa));
}

/// Small numbers that are neither zero nor subnormal.
fn numbers<T: Float>(len: usize) -> Aligned<T> {
    let mut numbers = Aligned::zeros(len);
    for (i, x) in numbers.iter_mut().enumerate() {
        *x = T::from_f64((i * 37 % 101) as f64 / 101.0 - 0.45);
    }
    numbers
}

fn block<T: Float>(len: usize) -> Aligned<T> {
    numbers(len * LANES)
}

fn lanes<T>(block: &[T]) -> &[Lane<T>] {
    block.as_chunks().0
}

fn lanes_mut<T>(block: &mut [T]) -> &mut [Lane<T>] {
    block.as_chunks_mut().0
}
