//! Weights of samples and classes, weighted sampling, and accumulated batches that count by their samples.

use toddle::verify::{Way, ways, ways_of_ranks};
use toddle::{
    Adam, ClassWeights, CrossEntropy, Dense, Fit, FitError, Float, Isa, Loss, Network, NetworkSpec, Nobody,
    Samples, Sampling, Sgd, Shape, Tanh, Trainer,
};

const COUNT: usize = 21;

fn spec(outputs: usize) -> NetworkSpec {
    NetworkSpec::new(Shape::vector(3)).add(Dense::new(6)).add(Tanh).add(Dense::new(outputs))
}

fn inputs<T: Float>(count: usize) -> Vec<T> {
    (0..count * 3).map(|i| T::from_f64((i * i % 19) as f64 / 10.0 - 0.9)).collect()
}

/// Of three samples, two are of class 0; every ninth is of class 2.
fn class(n: usize) -> usize {
    if n % 9 == 8 { 2 } else { usize::from(n % 3 == 2) }
}

fn one_hot<T: Float>(count: usize, classes: usize) -> Vec<T> {
    (0..count)
        .flat_map(|n| (0..classes).map(move |c| T::from_f64(f64::from(u8::from(class(n) == c)))))
        .collect()
}

fn weights(count: usize) -> Vec<f64> {
    (0..count).map(|n| [1.0, 0.5, 3.0, 0.0][n % 4]).collect()
}

fn near(a: &[f64], b: &[f64]) {
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{a} {b}");
    }
}

/// The network after a training on weighted samples, and its losses.
fn train(
    fit: &Fit,
    x: &[f64],
    y: &[f64],
    weights: Option<&[f64]>,
    outputs: usize,
) -> (Network<f64>, Vec<f64>) {
    let mut network = spec(outputs).build::<f64>(4).unwrap();
    let samples = network.samples(x, y).unwrap();
    let samples = weights.map_or(samples, |weights| samples.weighted(weights).unwrap());
    let history = fit.run_validated(&mut network, &samples, None, &mut Nobody).unwrap();
    (network, history.errors)
}

/// Every loss with targets that it can have.
fn losses() -> Vec<Loss> {
    vec![
        Loss::MeanSquaredError,
        Loss::MeanAbsoluteError,
        Loss::huber(),
        Loss::cross_entropy(),
        Loss::binary_cross_entropy(),
        Loss::NegativeLogLikelihood,
        Loss::KlDivergence,
        Loss::hinge(),
    ]
}

#[test]
fn a_weight_counts_as_so_many_samples() {
    // The sample with the weight 2 comes twice in the other training, whose mean is of 3 samples instead of 2.
    for loss in losses() {
        for (batch, twice) in [(2, 3), (17, 18)] {
            let (mut x, mut y) = (inputs(batch), one_hot(batch, 3));
            let mut weights = vec![1.0; batch];
            weights[1] = 2.0;
            let fit = |batch: usize, rate| Fit::new(loss.clone(), Sgd::new(rate)).batch(batch);
            let (weighted, errors) = train(&fit(batch, 0.1), &x, &y, Some(&weights), 3);
            x.extend_from_within(3..6);
            y.extend_from_within(3..6);
            let rate = 0.1 * twice as f64 / batch as f64;
            let (repeated, other) = train(&fit(twice, rate), &x, &y, None, 3);
            near(weighted.weights(), repeated.weights());
            near(&[errors[0] * batch as f64], &[other[0] * twice as f64]);
        }
    }
}

#[test]
fn weights_of_one_and_of_all_change_nothing_but_the_scale() {
    let (x, y) = (inputs(COUNT), one_hot(COUNT, 3));
    for batch in [1, 4, COUNT] {
        let fit = |rate| Fit::new(Loss::cross_entropy(), Sgd::new(rate).momentum(0.5)).batch(batch).epochs(3);
        let (plain, errors) = train(&fit(0.1), &x, &y, None, 3);
        let (ones, same) = train(&fit(0.1), &x, &y, Some(&[1.0; COUNT]), 3);
        assert_eq!((plain.weights(), &errors), (ones.weights(), &same));
        let (quarters, less) = train(&fit(0.4), &x, &y, Some(&[0.25; COUNT]), 3);
        assert_eq!(plain.weights(), quarters.weights());
        assert_eq!(errors[0], 4.0 * less[0]);
    }
}

#[test]
fn class_weights_are_those_of_cross_entropy_and_work_for_every_loss() {
    let (x, y) = (inputs(COUNT), one_hot(COUNT, 3));
    let of_classes = vec![0.5, 2.0, 3.0];
    let each: Vec<f64> = (0..COUNT).map(|n| of_classes[class(n)]).collect();
    for loss in losses() {
        let fit = Fit::new(loss.clone(), Adam::new(0.01)).batch(4).epochs(3).shuffle();
        let by_class = fit.clone().class_weights(ClassWeights::Each(of_classes.clone()));
        let (one, errors) = train(&by_class, &x, &y, None, 3);
        let (other, same) = train(&fit, &x, &y, Some(&each), 3);
        assert_eq!((one.weights(), errors), (other.weights(), same), "{loss}");
    }
    let in_loss = CrossEntropy { class_weights: of_classes.clone(), ..CrossEntropy::default() };
    let fit = |loss| Fit::new(loss, Sgd::new(0.1)).batch(4).epochs(3);
    let (inside, inside_errors) = train(&fit(in_loss.into()), &x, &y, None, 3);
    let outside = fit(Loss::cross_entropy()).class_weights(ClassWeights::Each(of_classes));
    let (outside, errors) = train(&outside, &x, &y, None, 3);
    near(inside.weights(), outside.weights());
    near(&inside_errors, &errors);
}

#[test]
fn balanced_weights_give_each_class_the_same_sum() {
    let (x, y) = (inputs(COUNT), one_hot(COUNT, 4));
    // No sample is of the last class.
    let counts = [0, 1, 2].map(|c| (0..COUNT).filter(|n| class(*n) == c).count());
    let each: Vec<f64> = (0..COUNT).map(|n| COUNT as f64 / (3 * counts[class(n)]) as f64).collect();
    assert!((each.iter().sum::<f64>() - COUNT as f64).abs() < 1e-9);
    let fit = Fit::new(Loss::hinge(), Adam::new(0.01)).batch(5).epochs(2);
    let (balanced, errors) = train(&fit.clone().class_weights(ClassWeights::balanced()), &x, &y, None, 4);
    let (by_hand, same) = train(&fit, &x, &y, Some(&each), 4);
    assert_eq!((balanced.weights(), errors), (by_hand.weights(), same));

    // A single output means yes or no, and both kinds of weights are multiplied.
    let y: Vec<f64> = (0..COUNT).map(|n| f64::from(u8::from(n % 7 == 0))).collect();
    let yes_or_no: Vec<f64> =
        y.iter().zip(weights(COUNT)).map(|(y, w)| w * if *y == 1.0 { 3.5 } else { 7.0 / 12.0 }).collect();
    let fit = Fit::new(Loss::binary_cross_entropy(), Adam::new(0.01)).batch(5);
    let both = fit.clone().class_weights(ClassWeights::balanced());
    let (balanced, _) = train(&both, &x, &y, Some(&weights(COUNT)), 1);
    let (by_hand, _) = train(&fit, &x, &y, Some(&yes_or_no), 1);
    near(balanced.weights(), by_hand.weights());
}

/// Samples whose input is their number, to see which are drawn.
struct Numbered {
    count: usize,
    weights: Option<Vec<f64>>,
    seen: std::sync::Mutex<Vec<usize>>,
}

impl Samples<f32> for Numbered {
    fn count(&self) -> usize {
        self.count
    }

    fn input(&self, _: u32, n: usize, x: &mut [f32]) {
        self.seen.lock().unwrap().push(n);
        x.fill(n as f32 / self.count as f32);
    }

    fn target(&self, n: usize, t: &mut [f32]) {
        t.fill(0.0);
        t[class(n)] = 1.0;
    }

    fn weight(&self, n: usize) -> Option<f64> {
        self.weights.as_ref().map(|weights| weights[n])
    }
}

/// The samples that 40 epochs draw.
fn drawn(sampling: Sampling, weights: Option<Vec<f64>>) -> Vec<usize> {
    let mut network = spec(3).build::<f32>(1).unwrap();
    let samples = Numbered { count: 90, weights, seen: Vec::new().into() };
    let fit = Fit::new(Loss::cross_entropy(), Sgd::new(0.0)).epochs(40).batch(16).sampling(sampling);
    fit.run_validated(&mut network, &samples, None, &mut Nobody).unwrap();
    samples.seen.into_inner().unwrap()
}

#[test]
fn samples_are_drawn_with_their_probabilities() {
    let seen = drawn(Sampling::Balanced, None);
    assert_eq!(seen.len(), 40 * 90);
    for c in 0..3 {
        let part = seen.iter().filter(|n| class(**n) == c).count() as f64 / seen.len() as f64;
        // A third; the deviation of the mean of 3600 draws is 0.008.
        assert!((part - 1.0 / 3.0).abs() < 0.03, "class {c}: {part}");
    }
    let seen = drawn(Sampling::Weights, Some(weights(90)));
    let part = |rest: usize| seen.iter().filter(|n| **n % 4 == rest).count() as f64 / seen.len() as f64;
    assert_eq!(part(3), 0.0);
    // Of 90 samples, 23 have the rest 0 and the rest 1, and 22 have the rest 2.
    let all = 23.0 + 11.5 + 66.0;
    for (rest, sum) in [(0, 23.0), (1, 11.5), (2, 66.0)] {
        assert!((part(rest) - sum / all).abs() < 0.03, "{rest}: {}", part(rest));
    }
}

#[test]
fn drawn_samples_are_not_weighted_again() {
    let (x, y) = (inputs(8), one_hot(8, 3));
    let weights = vec![0.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0];
    let fit = Fit::new(Loss::cross_entropy(), Sgd::new(0.1)).batch(8);
    let (only, _) = train(&fit.clone().sampling(Sampling::Weights), &x, &y, Some(&weights), 3);
    let (x, y) = (x[9..12].repeat(8), y[9..12].repeat(8));
    let (repeated, _) = train(&fit, &x, &y, None, 3);
    assert_eq!(only.weights(), repeated.weights());
}

#[test]
fn weighted_trainings_have_the_same_bits_on_all_threads_and_after_stops() {
    fn check<T: Float>(fit: Fit) {
        let network = spec(3).build::<T>(3).unwrap();
        let (x, y, weights) = (inputs(COUNT), one_hot(COUNT, 3), weights(COUNT));
        let samples = network.samples(&x, &y).unwrap().weighted(&weights).unwrap();
        let steps = fit.steps_per_epoch(COUNT) * 3;
        let train = |way: &Way| way.train::<T>(&spec(3), 3, &fit, &samples, steps, || {}).unwrap();
        let one = train(&Way { ranks: 1, threads: 1, isa: Isa::detect(), cuts: Vec::new() });
        for way in ways(steps, 1).into_iter().chain(ways_of_ranks(steps, 1)) {
            assert!(train(&way) == one, "{way}");
        }
    }
    for sampling in [Sampling::Each, Sampling::Balanced, Sampling::Weights] {
        let fit =
            Fit::new(Loss::cross_entropy(), Adam::new(0.01)).epochs(3).shuffle().seed(8).sampling(sampling);
        let fit = fit.class_weights(ClassWeights::balanced());
        check::<f32>(fit.clone().batch(1));
        check::<f32>(fit.clone().batch(18));
        check::<f64>(fit.batch(4).accumulate(2));
    }
}

#[test]
fn accumulated_batches_count_by_their_samples() {
    let (x, y) = (inputs(COUNT), one_hot(COUNT, 3));
    // 21 samples are batches of 8, 8 and 5.
    for weights in [None, Some(weights(COUNT))] {
        let fit = |batch| Fit::new(Loss::cross_entropy(), Adam::new(0.01)).batch(batch).epochs(2);
        let (at_once, errors) = train(&fit(COUNT), &x, &y, weights.as_deref(), 3);
        let (in_parts, same) = train(&fit(8).accumulate(3), &x, &y, weights.as_deref(), 3);
        near(at_once.weights(), in_parts.weights());
        near(&errors, &same);
    }
}

#[test]
fn weights_that_cannot_be_are_errors() {
    let (x, y) = (inputs::<f64>(4), one_hot::<f64>(4, 3));
    let network = || spec(3).build::<f64>(0).unwrap();
    assert!(matches!(network().samples(&x, &y).unwrap().weighted(&[1.0]), Err(FitError::Unweighted { .. })));
    let run = |fit: Fit, weights: &[f64]| {
        let mut network = network();
        let samples = network.samples(&x, &y).unwrap().weighted(weights).unwrap();
        fit.run_validated(&mut network, &samples, None, &mut Nobody).unwrap_err().to_string()
    };
    let fit = || Fit::new(Loss::cross_entropy(), Sgd::new(0.1));
    for weight in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
        let said = run(fit(), &[1.0, 1.0, weight, 1.0]);
        assert!(said.starts_with("the weight of sample 2 is"), "{said}");
    }
    assert!(run(fit(), &[0.0; 4]).contains("all samples have the weight 0"));
    let new = |fit: Fit| Trainer::new(&network(), &fit, 4).unwrap_err().to_string();
    let said = new(fit().class_weights(ClassWeights::Each(vec![1.0, 2.0])));
    assert!(said.contains("class_weights has 2 weights") && said.contains("3, one for each class"), "{said}");
    let said = new(fit().class_weights(ClassWeights::Each(vec![1.0, -2.0, 1.0])));
    assert!(said.contains("class_weights = -2 is out of range"), "{said}");
    let mut network = network();
    let said = network.fit(&x, &y, &fit().sampling(Sampling::Weights)).unwrap_err().to_string();
    assert!(said.contains("sampling = weights"), "{said}");
    let one = spec(1).build::<f64>(0).unwrap();
    for fit in [
        Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).class_weights(ClassWeights::balanced()),
        Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).sampling(Sampling::Balanced),
    ] {
        assert!(Trainer::new(&one, &fit, 4).unwrap_err().to_string().contains("the targets are no classes"));
    }
}
