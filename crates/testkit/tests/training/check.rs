//! What is wrong is found, and what is right is left alone.

use std::ops::ControlFlow;

use toddle::check::{self, Finding, Report, Verdict};
use toddle::{
    BatchNorm, Conv2d, Dense, Dropout, Fit, Flatten, Init, Jacobian, Loss, MaxPool2d, Network, NetworkSpec,
    Nobody, Observer, Relu, Residual, Sgd, Shape, Sigmoid, Softmax, StepReport, Tanh, Trainer, Warmup,
    find_rate,
};
use toddle_testkit::numbers::numbers;

const SAMPLES: usize = 64;

fn digits_like() -> NetworkSpec {
    let block = Residual::new().add(Conv2d::new(4, 1)).add(BatchNorm::default()).add(Relu);
    NetworkSpec::new(Shape::image(1, 9, 9))
        .add(Conv2d::new(4, 3))
        .add(Relu)
        .add(block)
        .add(MaxPool2d::new(2))
        .add(Flatten)
        .add(Dense::new(30))
        .add(BatchNorm::default())
        .add(Tanh)
        .add(Dropout::new(0.3))
        .add(Dense::new(5))
        .init(Init::HeNormal)
}

/// Random images, each of one of the network's classes.
fn classes(network: &Network<f32>, scale: f32) -> (Vec<f32>, Vec<f32>) {
    let x = numbers::<f32>(1, SAMPLES * network.input().size()).iter().map(|x| scale * x.abs()).collect();
    let classes = network.output().size();
    let y = (0..SAMPLES * classes).map(|i| f32::from(i % classes == (i / classes * 7) % classes)).collect();
    (x, y)
}

fn fit() -> Fit {
    Fit::new(Loss::cross_entropy(), Sgd::new(0.1)).batch(16)
}

fn report(spec: &NetworkSpec, scale: f32, fit: &Fit) -> Report {
    let network = spec.build::<f32>(0).unwrap();
    let (x, y) = classes(&network, scale);
    let before = network.weights().to_vec();
    let samples = network.samples(&x, &y).unwrap();
    let report = check::training(&network, fit, &samples, SAMPLES).unwrap();
    assert_eq!(network.weights(), before);
    report
}

/// The findings about `subject`, good ones left out.
fn faults<'a>(report: &'a Report, subject: &str) -> Vec<&'a Finding> {
    let about = |finding: &&Finding| finding.subject == subject && finding.verdict != Verdict::Good;
    report.findings.iter().filter(about).collect()
}

#[test]
fn what_is_right_is_left_alone() {
    let report = report(&digits_like(), 1.0, &fit());
    assert!(report.findings.iter().all(|finding| finding.verdict == Verdict::Good), "{report}");
    let subjects: Vec<&str> = report.findings.iter().map(|finding| finding.subject).collect();
    let all =
        ["data", "classes", "validated", "step", "lengths", "init", "units", "gradients", "rate", "overfit"];
    assert_eq!(subjects, all);
    let text = report.to_string();
    assert!(
        text.lines().count() > all.len() && text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn inputs_as_bytes_are_found() {
    let report = report(&digits_like(), 255.0, &fit());
    assert_eq!(faults(&report, "data")[0].remedy.as_deref(), Some("dividing them by 255"), "{report}");
}

#[test]
fn inputs_that_are_all_alike_or_no_numbers_are_found() {
    for scale in [0.0, f32::NAN] {
        let report = report(&digits_like(), scale, &fit());
        assert_eq!(faults(&report, "data")[0].verdict, Verdict::Wrong, "{report}");
        assert!(!report.is_good());
    }
}

#[test]
fn a_softmax_before_cross_entropy_is_found() {
    let report = report(&digits_like().add(Softmax::default()), 1.0, &fit());
    assert_eq!(faults(&report, "loss").len(), 1, "{report}");
}

#[test]
fn the_posts_softmax_is_doubtful() {
    let softmax = Softmax { jacobian: Jacobian::Diagonal, ..Softmax::default() };
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.5)).batch(16);
    let report = report(&digits_like().add(softmax), 1.0, &fit);
    assert_eq!(faults(&report, "gradients")[0].verdict, Verdict::Doubtful, "{report}");
}

#[test]
fn a_rate_that_is_far_too_high_or_low_is_found() {
    for (rate, subject) in [(1e-7, "overfit"), (1e30, "rate")] {
        let fit = Fit::new(Loss::cross_entropy(), Sgd::new(rate)).batch(16);
        let report = report(&digits_like(), 1.0, &fit);
        assert_eq!(faults(&report, subject)[0].verdict, Verdict::Wrong, "{report}");
    }
}

#[test]
fn a_loss_that_explodes_and_stays_finite_is_found() {
    let spec = NetworkSpec::new(Shape::vector(6)).add(Dense::new(20)).add(Relu).add(Dense::new(5));
    let fit = |rate| Fit::new(Loss::cross_entropy(), Sgd::new(rate)).batch(16);
    let report = |rate| report(&spec.clone().init(Init::Auto), 1.0, &fit(rate));
    assert!(faults(&report(0.1), "rate").is_empty());
    let report = report(50.0);
    let [fault] = faults(&report, "rate")[..] else { panic!("{report}") };
    assert!(fault.verdict == Verdict::Wrong && fault.message.ends_with("at a rate of 50"), "{fault}");
    // The remedy is a rate that the check itself is content with.
    let rate = fault.remedy.as_ref().unwrap().strip_prefix("train.optimizer.rate = ").unwrap();
    let rate: f64 = rate.parse().unwrap();
    assert!((1e-3..5.0).contains(&rate), "{fault}");
}

#[test]
fn dead_and_saturated_units_are_found() {
    let spec = |activation: toddle::LayerSpec| {
        NetworkSpec::new(Shape::vector(6)).add(Dense::new(8)).add(activation).add(Dense::new(3))
    };
    for (activation, what) in [(Relu, "zero"), (Tanh, "saturated"), (Sigmoid, "saturated")] {
        let mut network = spec(activation).build::<f32>(0).unwrap();
        let (x, y) = classes(&network, 1.0);
        // Three of the eight units are far below for any input.
        let bias = network.layout().get("dense1.bias").unwrap().range.clone();
        network.weights_mut().iter_mut().for_each(|w| *w = w.abs());
        network.weights_mut()[bias][..3].fill(-50.0);
        let samples = network.samples(&x, &y).unwrap();
        let report = check::training(&network, &fit(), &samples, SAMPLES).unwrap();
        let message = &faults(&report, "units")[0].message;
        assert!(message.starts_with("3 of 8 units") && message.contains(what), "{report}");
    }
}

/// Samples of six numbers, so many of each class, one class after the other.
fn sorted(of_each: &[usize]) -> (Vec<f32>, Vec<f32>) {
    let count: usize = of_each.iter().sum();
    let one_hot = |class: usize| (0..of_each.len()).map(move |c| f32::from(c == class));
    let classes = of_each.iter().enumerate().flat_map(|(class, count)| std::iter::repeat_n(class, *count));
    (numbers(3, 6 * count), classes.flat_map(one_hot).collect())
}

/// What is found quickly of [`sorted`] samples.
fn quickly(spec: NetworkSpec, fit: &Fit, (x, y): (&[f32], &[f32])) -> Report {
    let network = spec.build::<f32>(0).unwrap();
    check::quick(&network, fit, &network.samples(x, y).unwrap())
}

fn plain(classes: usize) -> NetworkSpec {
    NetworkSpec::new(Shape::vector(6)).add(Dense::new(8)).add(Tanh).add(Dense::new(classes)).init(Init::Auto)
}

#[test]
fn samples_that_lie_class_by_class_are_found_unless_they_are_shuffled() {
    let (x, y) = sorted(&[40, 40, 40]);
    let report = quickly(plain(3), &fit(), (&x, &y));
    let [fault] = &report.findings[..] else { panic!("{report}") };
    assert_eq!(fault.message, "the samples are sorted by class: 7 of 8 batches have a single class");
    assert_eq!(fault.remedy.as_deref(), Some("train.shuffle = true"));
    let one_by_one = quickly(plain(3), &fit().batch(1), (&x, &y));
    assert_eq!(one_by_one.findings.len(), 1, "{one_by_one}");
    assert!(quickly(plain(3), &fit().shuffle(), (&x, &y)).findings.is_empty());

    // In turn, and in an order of chance.
    let [mut x_of, mut y_of] = [Vec::new(), Vec::new()];
    for n in 0..120 {
        let from = n % 3 * 40 + n / 3;
        x_of.extend(&x[6 * from..][..6]);
        y_of.extend(&y[3 * from..][..3]);
    }
    assert!(quickly(plain(3), &fit(), (&x_of, &y_of)).findings.is_empty());
    let network = digits_like().build::<f32>(0).unwrap();
    let (x, y) = classes(&network, 1.0);
    assert!(quickly(digits_like(), &fit(), (&x, &y)).findings.is_empty());
}

#[test]
fn classes_without_samples_are_found() {
    let (x, y) = sorted(&[30, 0, 30, 0, 0]);
    let report = quickly(plain(5), &fit().shuffle(), (&x, &y));
    let [fault] = &report.findings[..] else { panic!("{report}") };
    assert_eq!(fault.message, "3 of 5 classes have no sample: 1, 3, 4 (the first class is 0)");
    // Targets that are no probabilities are no classes.
    let numbers: Vec<f32> = y.iter().map(|y| 2.0 * y).collect();
    let squares = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).batch(16);
    assert!(quickly(plain(5), &squares, (&x, &numbers)).findings.is_empty());
}

#[test]
fn every_class_is_looked_at_however_rare_it_is() {
    let (mut x, y) = sorted(&[3000, 3000, 2]);
    let last = x.len() - 1;
    x[last] = 1e6;
    let report = quickly(plain(3), &fit().shuffle(), (&x, &y));
    assert!(faults(&report, "data")[0].message.contains("1000000"), "{report}");
}

#[test]
fn batch_norm_of_one_sample_is_found() {
    let vectors = || NetworkSpec::new(Shape::vector(6)).add(BatchNorm::default()).add(Dense::new(2));
    let images =
        || NetworkSpec::new(Shape::image(1, 2, 3)).add(BatchNorm::default()).add(Flatten).add(Dense::new(2));
    let (x, y) = sorted(&[33, 32]);
    let said = |spec, batch| {
        let report = quickly(spec, &fit().batch(batch).shuffle(), (&x, &y));
        faults(&report, "norm")
            .into_iter()
            .map(|fault| (fault.verdict, fault.remedy.clone().unwrap()))
            .collect()
    };
    let nothing: Vec<(Verdict, String)> = said(vectors(), 13);
    assert_eq!(nothing, []);
    assert_eq!(said(vectors(), 1), [(Verdict::Wrong, "train.batch = 32".into())]);
    assert_eq!(said(images(), 1), [(Verdict::Doubtful, "train.batch = 32".into())]);
    // The last batch is one sample.
    assert_eq!(said(vectors(), 16), [(Verdict::Doubtful, "train.batch = 17".into())]);
    assert_eq!(said(images(), 32), [(Verdict::Doubtful, "train.batch = 33".into())]);
}

#[test]
fn fast_convolutions_of_few_channels_are_found() {
    let spec = |channels, filters| {
        NetworkSpec::new(Shape::image(channels, 6, 1))
            .add(Conv2d::new(filters, 3).padding(1).fast(true))
            .add(Flatten)
            .add(Dense::new(2))
    };
    let (x, y) = sorted(&[8, 8]);
    let report = quickly(spec(1, 32), &fit().shuffle(), (&x, &y));
    assert_eq!(faults(&report, "fast").len(), 1, "{report}");
    let wide = x.repeat(16);
    assert_eq!(faults(&quickly(spec(16, 16), &fit().shuffle(), (&wide, &y)), "fast").len(), 0);
    assert_eq!(faults(&quickly(spec(16, 4), &fit().shuffle(), (&wide, &y)), "fast").len(), 1);
}

#[test]
fn initialisers_that_are_too_large_or_too_small_are_found() {
    let wide = |init| {
        NetworkSpec::new(Shape::vector(2000)).add(Dense::new(40)).add(Relu).add(Dense::new(5)).init(init)
    };
    let fault = |spec: &NetworkSpec| {
        let report = report(spec, 1.0, &fit());
        faults(&report, "init").first().map(|fault| (fault.message.clone(), fault.remedy.clone().unwrap()))
    };
    let better = "network.init = \"auto\", which is he_uniform for this layer, or batch norm after it";
    for (init, how) in [(Init::Post, "large"), (Init::Normal { mean: 0.0, deviation: 1e-4 }, "small")] {
        let (message, remedy) = fault(&wide(init)).unwrap();
        assert!(message.starts_with("the outputs of `dense1` are") && message.contains(how), "{message}");
        assert_eq!(remedy, better);
    }
    for init in [Init::Auto, Init::HeNormal, Init::GlorotUniform, Init::Torch] {
        assert_eq!(fault(&wide(init)), None);
    }
    // Each layer is well enough by itself, but there are many.
    let deep =
        (0..14).fold(NetworkSpec::new(Shape::vector(50)), |spec, _| spec.add(Dense::new(50)).add(Relu));
    let deep = deep.add(Dense::new(5));
    let (message, _) = fault(&deep.clone().init(Init::Normal { mean: 0.0, deviation: 0.08 })).unwrap();
    assert!(message.starts_with("the outputs shrink from layer to layer"), "{message}");
    assert_eq!(fault(&deep.init(Init::Auto)), None);
}

#[test]
fn a_first_loss_far_above_that_of_a_guess_is_found() {
    let spec = |init| NetworkSpec::new(Shape::vector(600)).add(Dense::new(10)).init(init);
    let report = |init| report(&spec(init), 3.0, &fit());
    let far = report(Init::Normal { mean: 0.0, deviation: 1.0 });
    let fault = faults(&far, "step")[0];
    assert!(fault.message.ends_with("far above 2.3026, the loss of a guess"), "{fault}");
    assert!(faults(&report(Init::LecunNormal), "step").is_empty());
}

#[test]
fn nothing_to_validate_with_is_said() {
    let network = plain(3).build::<f32>(0).unwrap();
    let (x, y) = sorted(&[10, 10, 10]);
    let samples = network.samples(&x, &y).unwrap();
    let report = check::training(&network, &fit().shuffle(), &samples, 0).unwrap();
    assert_eq!(faults(&report, "validated").len(), 1, "{report}");
}

#[test]
fn a_gradient_that_vanishes_is_found() {
    let spec =
        (0..12).fold(NetworkSpec::new(Shape::vector(6)), |spec, _| spec.add(Dense::new(6)).add(Sigmoid));
    let report = report(&spec.add(Dense::new(3)), 1.0, &fit());
    assert!(faults(&report, "lengths")[0].message.contains("vanishes"), "{report}");
}

#[test]
fn a_report_is_written_for_programs_too() {
    let report = report(&digits_like(), 255.0, &fit());
    let file = serde_json::to_value(&report).unwrap();
    assert_eq!(file["findings"][0]["verdict"], "doubtful");
    assert_eq!(file["findings"][0]["remedy"], "dividing them by 255");
}

#[test]
fn the_highest_rate_of_a_schedule_is_tried() {
    // The first steps have a low rate, and the last steps have the full one.
    let rising = |rate| {
        let fit = Fit::new(Loss::cross_entropy(), Sgd::new(rate)).batch(16).epochs(100_000);
        fit.schedule(Warmup::new(300_000))
    };
    let bad = report(&digits_like(), 1.0, &rising(1000.0));
    let [fault] = faults(&bad, "rate")[..] else { panic!("{bad}") };
    assert!(fault.message.contains("the schedule's highest rate, 1000"), "{bad}");
    let good = report(&digits_like(), 1.0, &rising(0.1));
    assert!(faults(&good, "rate").is_empty(), "{good}");
}

/// Stops a training after a step that says so.
struct AfterStep<F>(F);

impl<T, F: FnMut() -> bool> Observer<T> for AfterStep<F> {
    fn step(&mut self, _: &StepReport, _: &Network<T>, _: &Trainer<T>) -> ControlFlow<()> {
        if self.0() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn the_best_rate_lies_between_what_is_too_slow_and_what_explodes() {
    let mut network = digits_like().build::<f32>(0).unwrap();
    let (x, y) = classes(&network, 1.0);
    let before = (network.weights().to_vec(), network.state().to_vec());
    let (weights, samples) = (network.weights().len(), network.samples(&x, &y).unwrap());
    let curve = find_rate(&mut network, &fit(), &samples, 1e-5, 1e3, 150, &mut Nobody).unwrap();
    assert_eq!((network.weights(), network.state()), (&before.0[..], &before.1[..]), "{weights} weights");
    assert!(curve.points.len() < 150, "it ends where the loss explodes");
    assert!(curve.points.windows(2).all(|pair| pair[0].0 < pair[1].0));
    let rate = curve.suggestion.unwrap();
    assert!((1e-3..10.0).contains(&rate), "{rate}");

    let mut steps = 0;
    let mut three = AfterStep(|| {
        steps += 1;
        steps == 3
    });
    let short = find_rate(&mut network, &fit(), &samples, 1e-5, 1e3, 150, &mut three).unwrap();
    assert_eq!(short.points, curve.points[..3]);

    let network = &mut network;
    assert!(find_rate(network, &fit(), &samples, 0.0, 1.0, 100, &mut Nobody).is_err());
    assert!(find_rate(network, &fit(), &samples, 1.0, 0.1, 100, &mut Nobody).is_err());
    assert!(find_rate(network, &fit(), &samples, 0.1, 1.0, 1, &mut Nobody).is_err());
}
