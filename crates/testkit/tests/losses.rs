//! Every loss, for one sample and for sixteen, in every form of vectors and both number types: the bits of its reference, the
//! slopes of its function, and numbers where numbers are large.

use toddle::{Float, Isa};
use toddle_kernels::loss::{
    BinaryCrossEntropy, CrossEntropy, Formula, Hinge, Huber, Io, KlDivergence, MeanAbsoluteError,
    MeanSquaredError, NegativeLogLikelihood, block, row,
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
}

/// Something that is done with every loss.
trait Check<T: Float> {
    fn check<F: Formula<T>>(&self, formula: F, targets: Targets, n: usize);

    fn every_loss(&self, n: usize) {
        let real = |x| T::from_f64(x);
        let weights: Vec<f64> = (0..n).map(|o| 0.5 + (o % 7) as f64).collect();
        self.check(MeanSquaredError, Targets::Numbers, n);
        self.check(MeanAbsoluteError, Targets::Numbers, n);
        self.check(Huber { delta: real(0.6) }, Targets::Numbers, n);
        for targets in [Targets::OneHot, Targets::Probabilities] {
            self.check(CrossEntropy { smoothing: T::ZERO, weights: &[] }, targets, n);
            self.check(CrossEntropy { smoothing: real(0.1), weights: &weights }, targets, n);
            self.check(NegativeLogLikelihood, targets, n);
            self.check(KlDivergence, targets, n);
        }
        self.check(Hinge, Targets::OneHot, n);
        for positive_weight in [real(1.0), real(2.5)] {
            self.check(BinaryCrossEntropy { positive_weight }, Targets::Answers, n);
        }
    }
}

/// Sixteen samples' outputs and targets, one after the other. On a grid, so that no difference of two outputs is close to
/// the 1 at which hinge has its edge, and no error close to 0 or to Huber's 0.6.
fn samples<T: Float>(targets: Targets, n: usize) -> (Vec<T>, Vec<T>) {
    let grid = |seed: u32| numbers::<f64>(seed, LANES * n).into_iter().map(|x| 0.3 * (8.0 * x).round());
    let y: Vec<f64> = grid(1).collect();
    let mut t: Vec<f64> = match targets {
        Targets::Numbers => grid(2).map(|t| t + 0.1).collect(),
        Targets::OneHot => vec![0.0; LANES * n],
        // Some of them exactly 0, and some 1.
        Targets::Probabilities | Targets::Answers => {
            numbers::<f64>(2, LANES * n).into_iter().map(|x| (1.2 * x).clamp(0.0, 1.0)).collect()
        }
    };
    for (s, t) in t.chunks_mut(n).enumerate() {
        let sum: f64 = t.iter().sum();
        match targets {
            Targets::OneHot => t[(7 * s + 3) % n] = 1.0,
            Targets::Probabilities if sum > 0.0 => t.iter_mut().for_each(|t| *t /= sum),
            Targets::Numbers | Targets::Probabilities | Targets::Answers => {}
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
    y: &[T],
    t: &[T],
) -> (Vec<T>, Vec<T>) {
    let (y, t) = (to_block(y), to_block(t));
    // What is there before is nobody's business.
    let (mut dy, mut losses) = (vec![T::from_f64(f64::NAN); y.len()], vec![T::ZERO; live]);
    isa.run(block::Loss {
        formula,
        y: y.as_chunks().0,
        t: t.as_chunks().0,
        samples: SAMPLES,
        dy: dy.as_chunks_mut().0,
        losses: &mut losses,
    });
    (losses, from_block(&dy))
}

fn run_row<T: Float, F: Formula<T>>(formula: F, isa: Isa, y: &[T], t: &[T]) -> (T, Vec<T>) {
    let mut dy = vec![T::from_f64(f64::NAN); y.len()];
    let loss = isa.run(row::Loss { formula, y, t, dy: &mut dy });
    (loss, dy)
}

fn run_reference<T: Float, F: Formula<T>>(formula: F, samples: usize, y: &[T], t: &[T]) -> (T, Vec<T>) {
    let mut dy = vec![T::from_f64(f64::NAN); y.len()];
    let loss = formula.sample(Io { y, t, samples, dy: &mut dy });
    (loss, dy)
}

struct Bits;

impl<T: Float> Check<T> for Bits {
    fn check<F: Formula<T>>(&self, formula: F, targets: Targets, n: usize) {
        let (y, t) = samples::<T>(targets, n);
        let (mut losses, mut gradient) = (Vec::new(), Vec::new());
        for (y, t) in y.chunks(n).zip(t.chunks(n)) {
            let (loss, dy) = run_reference(formula, SAMPLES, y, t);
            assert!(loss.is_finite() && dy.iter().all(|dy| dy.is_finite()), "{formula:?}");
            losses.push(loss);
            gradient.extend(dy);
        }
        for isa in Isa::available() {
            let what = format!("{formula:?} {targets:?} {n} {} {isa}", T::NAME);
            for live in 1..=LANES {
                let (ours, dy) = run_block(formula, *isa, live, &y, &t);
                let mut expected = gradient.clone();
                expected[live * n..].fill(T::ZERO);
                same_bits(&format!("{what}: losses of {live}"), &ours, &losses[..live]).unwrap();
                same_bits(&format!("{what}: gradient of {live}"), &dy, &expected).unwrap();
            }
            for (y, t) in y.chunks(n).zip(t.chunks(n)) {
                let (loss, dy) = run_row(formula, *isa, y, t);
                let (expected, expected_dy) = run_reference(formula, 1, y, t);
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
        let what = format!("{formula:?} {targets:?} {n}");
        for (y, t) in y.chunks(n).zip(t.chunks(n)) {
            let (_, dy) = run_row(formula, isa, y, t);
            gradient::check(&format!("{what}: row"), &dy, y, |y| run_row(formula, isa, y, t).0).unwrap();
        }
        let (_, dy) = run_block(formula, isa, LANES, &y, &t);
        let mean = |y: &[f64]| run_block(formula, isa, LANES, y, &t).0.iter().sum::<f64>() / SAMPLES as f64;
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
        let (y, t) = samples::<T>(targets, n);
        let large = |o: usize| [1e4, -1e4, 0.0, 1e4][o % 4];
        let extreme: Vec<T> = (0..y.len()).map(|o| T::from_f64(large(o + o / n))).collect();
        for isa in Isa::available() {
            let what = format!("{formula:?} {targets:?} {n} {} {isa}", T::NAME);
            let (losses, dy) = run_block(formula, *isa, LANES, &extreme, &t);
            assert!(losses.iter().chain(&dy).all(|x| x.is_finite()), "{what}: block");
            for (s, (y, t)) in extreme.chunks(n).zip(t.chunks(n)).enumerate() {
                let (loss, dy) = run_row(formula, *isa, y, t);
                same_bits(&format!("{what}: sample {s}"), &[loss], &losses[s..=s]).unwrap();
                assert!(dy.iter().all(|dy| dy.is_finite()), "{what}: row");
            }

            let mut diverged = y.clone();
            diverged[n - 1] = T::from_f64(f64::NAN);
            let (losses, _) = run_block(formula, *isa, LANES, &diverged, &t);
            assert!(!losses[0].is_finite(), "{what}: a NaN is not hidden");
            assert!(losses[1..].iter().all(|loss| loss.is_finite()), "{what}: nor spread");
            assert!(!run_row(formula, *isa, &diverged[..n], &t[..n]).0.is_finite(), "{what}: row");
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

#[test]
fn cross_entropy_of_certain_logits_is_their_distance() {
    let formula = CrossEntropy { smoothing: 0.0f32, weights: &[] };
    let (loss, dy) = run_row(formula, Isa::detect(), &[1e4, -1e4], &[0.0, 1.0]);
    assert_eq!((loss, dy), (2e4, vec![1.0, -1.0]));
    let (loss, dy) = run_row(formula, Isa::detect(), &[1e4, -1e4], &[1.0, 0.0]);
    assert_eq!((loss, dy), (0.0, vec![0.0, 0.0]));
}
