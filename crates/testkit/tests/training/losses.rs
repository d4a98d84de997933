//! Every loss, for one sample and for sixteen, in every form of vectors and both number types: the bits of its reference, the
//! slopes of its function, and numbers where numbers are large.

use toddle::verify::ways;
use toddle::{Adam, Conv2d, Fit, Flatten, Float, Isa, Loss, NetworkSpec, Padding, Sgd, Shape};
use toddle_kernels::loss::{
    BinaryCrossEntropy, Cosine, CrossEntropy, Dice, Focal, Formula, Hinge, Huber, Io, KlDivergence, LogCosh,
    MeanAbsoluteError, MeanSquaredError, NegativeLogLikelihood, Poisson, Quantile, Triplet, block, row,
};
use toddle_lanes::LANES;
use toddle_testkit::gradient;
use toddle_testkit::numbers::{from_block, numbers, same_bits, to_block};

/// Numbers of outputs: one, few, and about as many as a vector holds, and many.
const SIZES: [usize; 6] = [1, 2, 10, 16, 17, 1000];

/// Samples in the batch that a block is of.
const SAMPLES: usize = 23;

/// What a loss's targets are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Targets {
    Numbers,
    OneHot,
    Probabilities,
    /// From 0 to 1, each by itself.
    Answers,
    /// Counts of events, for outputs that are the logarithms of their rates.
    Counts,
    /// Counts of events, for outputs that are their rates: above 0.
    CountsOfRates,
    /// Probabilities at each of so many pixels, none at some of them.
    Pixels(usize),
}

impl Targets {
    /// The pixels of a channel.
    fn pixels(self) -> usize {
        if let Targets::Pixels(pixels) = self { pixels } else { 1 }
    }
}

/// Something that is done with every loss.
trait Check<T: Float> {
    fn check<F: Formula<T>>(&self, formula: F, targets: Targets, n: usize);

    fn every_loss(&self, n: usize) {
        let real = |x| T::from_f64(x);
        let weights: Vec<f64> = (0..n).map(|o| 0.5 + (o % 7) as f64).collect();
        self.check(MeanSquaredError, Targets::Numbers, n);
        self.check(MeanAbsoluteError, Targets::Numbers, n);
        self.check(Huber { delta: real(0.6), divisor: T::ONE }, Targets::Numbers, n);
        self.check(Huber { delta: real(0.6), divisor: real(0.6) }, Targets::Numbers, n);
        self.check(LogCosh, Targets::Numbers, n);
        self.check(Quantile { quantile: real(0.8) }, Targets::Numbers, n);
        self.check(Cosine, Targets::Numbers, n);
        self.check(Triplet { margin: real(0.7) }, Targets::Numbers, 3 * n);
        self.check(Poisson { log_input: true }, Targets::Counts, n);
        self.check(Poisson { log_input: false }, Targets::CountsOfRates, n);
        for targets in [Targets::OneHot, Targets::Probabilities] {
            self.check(CrossEntropy { smoothing: T::ZERO, weights: &[] }, targets, n);
            self.check(CrossEntropy { smoothing: real(0.1), weights: &weights }, targets, n);
            self.check(NegativeLogLikelihood, targets, n);
            self.check(KlDivergence, targets, n);
        }
        for pixels in [3, 20] {
            let classes = n.min(17);
            let (targets, weights, n) = (Targets::Pixels(pixels), &weights[..classes], classes * pixels);
            self.check(CrossEntropy { smoothing: T::ZERO, weights: &[] }, targets, n);
            self.check(CrossEntropy { smoothing: real(0.1), weights }, targets, n);
            self.check(NegativeLogLikelihood, targets, n);
            self.check(BinaryCrossEntropy { positive_weights: weights }, targets, n);
        }
        for margin in [T::ONE, real(0.4)] {
            self.check(Hinge { margin }, Targets::OneHot, n);
        }
        for positive_weights in [&[][..], &[2.5], &weights] {
            self.check(BinaryCrossEntropy { positive_weights }, Targets::Answers, n);
        }
        for (gamma, positive, negative) in [(2.0, 1.0, 1.0), (0.5, 0.25, 0.75), (0.0, 0.6, 0.4)] {
            let [gamma, positive, negative] = [gamma, positive, negative].map(real);
            self.check(Focal { gamma, positive, negative }, Targets::Answers, n);
            self.check(Focal { gamma, positive, negative }, Targets::OneHot, n);
        }
        self.check(Dice { smooth: T::ONE }, Targets::Answers, n);
    }
}

/// Sixteen samples' outputs and targets, one after the other. On a grid, so that no difference of two outputs is close to
/// the 1 at which hinge has its edge, and no error close to 0 or to Huber's 0.6.
fn samples<T: Float>(targets: Targets, n: usize) -> (Vec<T>, Vec<T>) {
    let grid = |seed: u32| numbers::<f64>(seed, LANES * n).into_iter().map(|x| 0.3 * (8.0 * x).round());
    let y: Vec<f64> = match targets {
        Targets::CountsOfRates => grid(1).map(|y| y.abs() + 0.1).collect(),
        _ => grid(1).collect(),
    };
    let mut t: Vec<f64> = match targets {
        Targets::Counts | Targets::CountsOfRates => {
            numbers::<f64>(2, LANES * n).into_iter().map(|x| (4.0 * x.abs()).floor()).collect()
        }
        Targets::Numbers => grid(2).map(|t| t + 0.1).collect(),
        Targets::OneHot => vec![0.0; LANES * n],
        // Some of them exactly 0, and some 1.
        Targets::Probabilities | Targets::Answers | Targets::Pixels(_) => {
            numbers::<f64>(2, LANES * n).into_iter().map(|x| (1.2 * x).clamp(0.0, 1.0)).collect()
        }
    };
    for (s, t) in t.chunks_mut(n).enumerate() {
        let sum: f64 = t.iter().sum();
        match targets {
            Targets::OneHot => t[(7 * s + 3) % n] = 1.0,
            Targets::Probabilities if sum > 0.0 => t.iter_mut().for_each(|t| *t /= sum),
            // Each sample has pixels without a target, and the first sample has no others.
            Targets::Pixels(pixels) => {
                for pixel in (0..pixels).filter(|pixel| s == 0 || (pixel + s) % 3 == 0) {
                    t[pixel..].iter_mut().step_by(pixels).for_each(|t| *t = 0.0);
                }
            }
            _ => {}
        }
    }
    let typed = |numbers: Vec<f64>| numbers.into_iter().map(T::from_f64).collect();
    (typed(y), typed(t))
}

/// The losses of the first `live` of sixteen samples of a batch of [`SAMPLES`], and the gradient of all sixteen.
fn run_block<T: Float, F: Formula<T>>(
    formula: F,
    isa: Isa,
    live: usize,
    pixels: usize,
    [y, t]: [&[T]; 2],
) -> (Vec<T>, Vec<T>) {
    let (y, t) = (to_block(y), to_block(t));
    // What is there before is nobody's business.
    let (mut dy, mut losses) = (vec![T::from_f64(f64::NAN); y.len()], vec![T::ZERO; live]);
    isa.run(block::Loss {
        formula,
        y: y.as_chunks().0,
        t: t.as_chunks().0,
        samples: SAMPLES,
        pixels,
        dy: dy.as_chunks_mut().0,
        losses: &mut losses,
        scratch: &mut vec![T::from_f64(f64::NAN); 3 * y.len() / LANES],
    });
    (losses, from_block(&dy))
}

fn run_row<T: Float, F: Formula<T>>(formula: F, isa: Isa, pixels: usize, y: &[T], t: &[T]) -> (T, Vec<T>) {
    let mut dy = vec![T::from_f64(f64::NAN); y.len()];
    let loss = isa.run(row::Loss { formula, y, t, samples: 1, pixels, dy: &mut dy });
    (loss, dy)
}

fn run_reference<T: Float, F: Formula<T>>(
    formula: F,
    samples: usize,
    pixels: usize,
    y: &[T],
    t: &[T],
) -> (T, Vec<T>) {
    let mut dy = vec![T::from_f64(f64::NAN); y.len()];
    let loss = formula.sample(Io { y, t, samples, pixels, dy: &mut dy });
    (loss, dy)
}

struct Bits;

impl<T: Float> Check<T> for Bits {
    fn check<F: Formula<T>>(&self, formula: F, targets: Targets, n: usize) {
        let (pixels, (y, t)) = (targets.pixels(), samples::<T>(targets, n));
        let (mut losses, mut gradient) = (Vec::new(), Vec::new());
        for (y, t) in y.chunks(n).zip(t.chunks(n)) {
            let (loss, dy) = run_reference(formula, SAMPLES, pixels, y, t);
            assert!(loss.is_finite() && dy.iter().all(|dy| dy.is_finite()), "{formula:?}");
            losses.push(loss);
            gradient.extend(dy);
        }
        for isa in Isa::available() {
            let what = format!("{formula:?} {targets:?} {n} {} {isa}", T::NAME);
            for live in 1..=LANES {
                let (ours, dy) = run_block(formula, *isa, live, pixels, [&y, &t]);
                let mut expected = gradient.clone();
                expected[live * n..].fill(T::ZERO);
                same_bits(&format!("{what}: losses of {live}"), &ours, &losses[..live]).unwrap();
                same_bits(&format!("{what}: gradient of {live}"), &dy, &expected).unwrap();
            }
            for (y, t) in y.chunks(n).zip(t.chunks(n)) {
                let (loss, dy) = run_row(formula, *isa, pixels, y, t);
                let (expected, expected_dy) = run_reference(formula, 1, pixels, y, t);
                same_bits(&format!("{what}: row"), &[loss], &[expected]).unwrap();
                same_bits(&format!("{what}: row's gradient"), &dy, &expected_dy).unwrap();
            }
        }
    }
}

#[test]
fn kernels_have_the_bits_of_their_references() {
    for n in SIZES {
        Check::<f32>::every_loss(&Bits, n);
        Check::<f64>::every_loss(&Bits, n);
    }
}

struct Slopes;

impl Check<f64> for Slopes {
    fn check<F: Formula<f64>>(&self, formula: F, targets: Targets, n: usize) {
        let (isa, (y, t)) = (Isa::detect(), samples::<f64>(targets, n));
        let (pixels, what) = (targets.pixels(), format!("{formula:?} {targets:?} {n}"));
        for (y, t) in y.chunks(n).zip(t.chunks(n)) {
            let (_, dy) = run_row(formula, isa, pixels, y, t);
            let loss = |y: &[f64]| run_row(formula, isa, pixels, y, t).0;
            gradient::check(&format!("{what}: row"), &dy, y, loss).unwrap();
        }
        let block = |y: &[f64]| run_block(formula, isa, LANES, pixels, [y, &t]);
        let (_, dy) = block(&y);
        let mean = |y: &[f64]| block(y).0.iter().sum::<f64>() / SAMPLES as f64;
        gradient::check(&format!("{what}: block"), &dy, &y, mean).unwrap();
    }
}

#[test]
fn slopes_agree_with_central_differences() {
    for n in [2, 10, 17] {
        Slopes.every_loss(n);
    }
}

/// Outputs that exponentials of overflow, and a NaN.
struct Extremes;

impl<T: Float> Check<T> for Extremes {
    fn check<F: Formula<T>>(&self, formula: F, targets: Targets, n: usize) {
        // The loss of an extreme rate is infinite, and a rate below 0 has none.
        if matches!(targets, Targets::Counts | Targets::CountsOfRates) {
            return;
        }
        let (pixels, (y, t)) = (targets.pixels(), samples::<T>(targets, n));
        let large = |o: usize| [1e4, -1e4, 0.0, 1e4][o % 4];
        let extreme: Vec<T> = (0..y.len()).map(|o| T::from_f64(large(o + o / n))).collect();
        for isa in Isa::available() {
            let what = format!("{formula:?} {targets:?} {n} {} {isa}", T::NAME);
            let (losses, dy) = run_block(formula, *isa, LANES, pixels, [&extreme, &t]);
            assert!(losses.iter().chain(&dy).all(|x| x.is_finite()), "{what}: block");
            for (s, (y, t)) in extreme.chunks(n).zip(t.chunks(n)).enumerate() {
                let (loss, dy) = run_row(formula, *isa, pixels, y, t);
                same_bits(&format!("{what}: sample {s}"), &[loss], &losses[s..=s]).unwrap();
                assert!(dy.iter().all(|dy| dy.is_finite()), "{what}: row");
            }

            let mut diverged = y.clone();
            diverged[n - 1] = T::from_f64(f64::NAN);
            let (losses, _) = run_block(formula, *isa, LANES, pixels, [&diverged, &t]);
            assert!(!losses[0].is_finite(), "{what}: a NaN is not hidden");
            assert!(losses[1..].iter().all(|loss| loss.is_finite()), "{what}: nor spread");
            assert!(!run_row(formula, *isa, pixels, &diverged[..n], &t[..n]).0.is_finite(), "{what}: row");
        }
    }
}

#[test]
fn extreme_outputs_give_numbers_and_nan_gives_nan() {
    for n in [1, 2, 10, 17] {
        Check::<f32>::every_loss(&Extremes, n);
        Check::<f64>::every_loss(&Extremes, n);
    }
}

/// One sample by a loss in every way there is: the row, and a block whose other lanes hold the sample too.
fn every_way<T: Float, F: Formula<T>>(formula: F, y: &[f64], t: &[f64], check: impl Fn(&str, f64, Vec<f64>)) {
    let typed = |numbers: &[f64]| numbers.iter().map(|x| T::from_f64(*x)).collect::<Vec<T>>();
    let wide = |numbers: &[T]| numbers.iter().map(|x| x.to_f64()).collect::<Vec<f64>>();
    let (y, t, n) = (typed(y), typed(t), y.len());
    for isa in Isa::available() {
        let what = format!("{formula:?} {} {isa}", T::NAME);
        let (loss, dy) = run_row(formula, *isa, 1, &y, &t);
        check(&format!("{what}: row"), loss.to_f64(), wide(&dy));
        let (losses, dy) = run_block(formula, *isa, LANES, 1, [&y.repeat(LANES), &t.repeat(LANES)]);
        let samples = T::from_f64(SAMPLES as f64);
        let of_one: Vec<T> = dy[5 * n..6 * n].iter().map(|dy| *dy * samples).collect();
        check(&format!("{what}: block"), losses[5].to_f64(), wide(&of_one));
    }
}

#[test]
fn masked_outputs_count_nothing_where_their_target_is_0() {
    const MASKED: f64 = f64::NEG_INFINITY;
    fn check<T: Float, F: Formula<T>>(formula: F, y: &[f64], t: &[f64], loss: f64, gradient: &[f64]) {
        every_way(formula, y, t, |what, ours, dy| {
            assert!(ours == loss || (ours - loss).abs() < 1e-6, "{what}: {ours}, expected {loss}");
            let off = dy.iter().zip(gradient).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-6 && dy.len() == gradient.len(), "{what}: {dy:?}, expected {gradient:?}");
        });
    }
    fn both<T: Float>() {
        let plain = CrossEntropy { smoothing: T::ZERO, weights: &[] };
        // PyTorch: cross_entropy([[0, 1, −inf]], [0]) = 1.3133.
        let (ln, p) = (1f64.exp().ln_1p(), 1.0 / (1.0 + 1f64.exp()));
        check::<T, _>(plain, &[0.0, 1.0, MASKED], &[1.0, 0.0, 0.0], ln, &[p - 1.0, 1.0 - p, 0.0]);
        check::<T, _>(plain, &[0.0, MASKED], &[0.0, 1.0], f64::INFINITY, &[1.0, -1.0]);
        let of_no_weight = CrossEntropy { smoothing: T::ZERO, weights: &[1.0, 1.0, 0.0] };
        check::<T, _>(
            of_no_weight,
            &[0.0, 1.0, MASKED],
            &[0.5, 0.0, 0.5],
            ln / 2.0,
            &[p / 2.0 - 0.5, 0.5 - p / 2.0, 0.0],
        );
        let smooth = CrossEntropy { smoothing: T::from_f64(0.125), weights: &[] };
        check::<T, _>(smooth, &[0.0, MASKED], &[1.0, 0.0], f64::INFINITY, &[1.0 - 0.9375, -0.0625]);

        let (half, third) = (0.5f64.ln(), [0.5, 0.5, 0.0]);
        check::<T, _>(
            NegativeLogLikelihood,
            &[half, half, MASKED],
            &[1.0, 0.0, 0.0],
            -half,
            &[-1.0, 0.0, 0.0],
        );
        check::<T, _>(NegativeLogLikelihood, &[0.0, MASKED], &[0.0, 1.0], f64::INFINITY, &[0.0, -1.0]);
        check::<T, _>(KlDivergence, &[half, half, MASKED], &third, 0.0, &[-0.5, -0.5, 0.0]);
        check::<T, _>(KlDivergence, &[0.0, MASKED], &[0.0, 1.0], f64::INFINITY, &[0.0, -1.0]);

        let answers = BinaryCrossEntropy { positive_weights: &[2.0] };
        check::<T, _>(answers, &[MASKED, f64::INFINITY], &[0.0, 1.0], 0.0, &[0.0, 0.0]);
        check::<T, _>(answers, &[MASKED, f64::INFINITY], &[1.0, 0.0], f64::INFINITY, &[-1.0, 0.5]);
        let hinge = Hinge { margin: T::ONE };
        check::<T, _>(hinge, &[0.0, 0.5, MASKED], &[0.0, 1.0, 0.0], 0.5 / 3.0, &[1.0 / 3.0, -1.0 / 3.0, 0.0]);
    }
    both::<f32>();
    both::<f64>();
}

/// The loss of a sample of many outputs, in a batch of it so many times, for a network that hands on its inputs.
fn loss_of<T: Float>(loss: &Loss, times: usize, y: &[f32], t: &[f32]) -> f64 {
    let [y, t] = [y, t].map(|numbers| Vec::from_iter(numbers.iter().map(|x| T::from_f64(f64::from(*x)))));
    let mut network = NetworkSpec::new(Shape::vector(MANY)).add(Flatten).build::<T>(0).unwrap();
    let fit = Fit::new(loss.clone(), Sgd::new(0.1)).batch(times);
    network.fit(&y.repeat(times), &t.repeat(times), &fit).unwrap().errors[0]
}

/// So many outputs that a plain chain of `f32` loses several digits.
const MANY: usize = 20_000;

#[test]
fn losses_of_many_outputs_keep_their_digits() {
    let smooth = toddle::CrossEntropy { label_smoothing: 0.125, ..Default::default() };
    for (loss, targets) in [
        (Loss::MeanSquaredError, Targets::Numbers),
        (Loss::MeanAbsoluteError, Targets::Numbers),
        (Loss::Huber { delta: 0.5 }, Targets::Numbers),
        (Loss::cross_entropy(), Targets::OneHot),
        (smooth.into(), Targets::Probabilities),
        (Loss::NegativeLogLikelihood, Targets::Probabilities),
        (Loss::binary_cross_entropy(), Targets::Answers),
        (Loss::KlDivergence, Targets::Probabilities),
        (Loss::hinge(), Targets::OneHot),
        (Loss::SmoothL1 { beta: 0.5 }, Targets::Numbers),
        (Loss::LogCosh, Targets::Numbers),
        (Loss::Quantile { quantile: 0.9 }, Targets::Numbers),
        (Loss::Poisson { log_input: true }, Targets::Counts),
        (Loss::Poisson { log_input: false }, Targets::CountsOfRates),
        (Loss::Cosine, Targets::Numbers),
        (Loss::Focal { gamma: 2.0, alpha: Some(0.25) }, Targets::Answers),
        (Loss::Dice { smooth: 1.0 }, Targets::Answers),
    ] {
        let (y, t) = samples::<f32>(targets, MANY);
        for (y, t) in y.chunks(MANY).zip(t.chunks(MANY)).take(4) {
            let exact = loss_of::<f64>(&loss, 1, y, t);
            for times in [1, LANES] {
                let ours = loss_of::<f32>(&loss, times, y, t);
                let off = (ours - exact).abs() / exact.abs();
                assert!(off < 1.5e-7, "{loss}, {times} at a time: {ours}, in f64 {exact}: {off:.1e} apart");
            }
        }
    }
}

#[test]
fn cross_entropy_of_certain_logits_is_their_distance() {
    let formula = CrossEntropy { smoothing: 0.0f32, weights: &[] };
    let (loss, dy) = run_row(formula, Isa::detect(), 1, &[1e4, -1e4], &[0.0, 1.0]);
    assert_eq!((loss, dy), (2e4, vec![1.0, -1.0]));
    let (loss, dy) = run_row(formula, Isa::detect(), 1, &[1e4, -1e4], &[1.0, 0.0]);
    assert_eq!((loss, dy), (0.0, vec![0.0, 0.0]));
}

/// A small segmentation: each pixel is of one of three classes, by its value, and some pixels have no target.
#[test]
fn pixels_are_learned_with_the_same_bits_in_every_way() {
    const PIXELS: usize = 20;
    let spec = NetworkSpec::new(Shape::image(1, 5, 4)).add(Conv2d::new(3, 3).padding(Padding::Same));
    let x = numbers::<f32>(1, 40 * PIXELS);
    let mut t = vec![0.0; 3 * x.len()];
    for (n, x) in x.iter().enumerate().filter(|(n, _)| n % 7 > 0) {
        let class = usize::from(*x > -0.3) + usize::from(*x > 0.3);
        t[(n / PIXELS * 3 + class) * PIXELS + n % PIXELS] = 1.0;
    }
    let network = spec.build::<f32>(0).unwrap();
    let samples = network.samples(&x, &t).unwrap();
    for batch in [1, 21] {
        let fit = Fit::new(Loss::cross_entropy(), Adam::new(0.05)).batch(batch).epochs(60);
        let errors = spec.build::<f32>(0).unwrap().fit(&x, &t, &fit).unwrap().errors;
        assert!(errors[59] < 0.5 * errors[0], "{errors:?}");
        let ways = ways(9, 0);
        let expected = ways[0].train::<f32>(&spec, 0, &fit, &samples, 9, || ()).unwrap();
        for way in &ways {
            assert!(way.train::<f32>(&spec, 0, &fit, &samples, 9, || ()).unwrap() == expected, "{way}");
        }
    }
}
