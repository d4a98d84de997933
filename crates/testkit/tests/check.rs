//! What is wrong is found, and what is right is left alone.

use toddle::check::{self, Finding, Report, Verdict};
use toddle::{
    BatchNorm, Conv2d, Dense, Dropout, Fit, Flatten, Init, Jacobian, Loss, MaxPool2d, Network, NetworkSpec,
    Relu, Residual, Sgd, Shape, Sigmoid, Softmax, Tanh, find_rate,
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
    let report = check::training(&network, fit, &network.samples(&x, &y).unwrap()).unwrap();
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
    assert_eq!(subjects, ["data", "step", "slopes", "units", "gradients", "overfit"]);
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
    let softmax = Softmax { jacobian: Jacobian::Diagonal };
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.5)).batch(16);
    let report = report(&digits_like().add(softmax), 1.0, &fit);
    assert_eq!(faults(&report, "gradients")[0].verdict, Verdict::Doubtful, "{report}");
}

#[test]
fn a_rate_that_is_far_too_high_or_low_is_found() {
    for rate in [1e-7, 1e4] {
        let fit = Fit::new(Loss::cross_entropy(), Sgd::new(rate)).batch(16);
        let report = report(&digits_like(), 1.0, &fit);
        assert_eq!(faults(&report, "overfit")[0].verdict, Verdict::Wrong, "{report}");
    }
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
        let report = check::training(&network, &fit(), &network.samples(&x, &y).unwrap()).unwrap();
        let message = &faults(&report, "units")[0].message;
        assert!(message.starts_with("3 of 8 units") && message.contains(what), "{report}");
    }
}

#[test]
fn a_gradient_that_vanishes_is_found() {
    let spec =
        (0..12).fold(NetworkSpec::new(Shape::vector(6)), |spec, _| spec.add(Dense::new(6)).add(Sigmoid));
    let report = report(&spec.add(Dense::new(3)), 1.0, &fit());
    assert!(faults(&report, "slopes")[0].message.contains("vanishes"), "{report}");
}

#[test]
fn a_report_is_written_for_programs_too() {
    let report = report(&digits_like(), 255.0, &fit());
    let file = serde_json::to_value(&report).unwrap();
    assert_eq!(file["findings"][0]["verdict"], "doubtful");
    assert_eq!(file["findings"][0]["remedy"], "dividing them by 255");
}

#[test]
fn the_best_rate_lies_between_what_is_too_slow_and_what_explodes() {
    let mut network = digits_like().build::<f32>(0).unwrap();
    let (x, y) = classes(&network, 1.0);
    let before = (network.weights().to_vec(), network.state().to_vec());
    let (weights, samples) = (network.weights().len(), network.samples(&x, &y).unwrap());
    let curve = find_rate(&mut network, &fit(), &samples, 1e-5, 1e3, 150).unwrap();
    assert_eq!((network.weights(), network.state()), (&before.0[..], &before.1[..]), "{weights} weights");
    assert!(curve.points.len() < 150, "it ends where the loss explodes");
    assert!(curve.points.windows(2).all(|pair| pair[0].0 < pair[1].0));
    let rate = curve.suggestion.unwrap();
    assert!((1e-3..10.0).contains(&rate), "{rate}");

    let network = &mut network;
    assert!(find_rate(network, &fit(), &samples, 0.0, 1.0, 100).is_err());
    assert!(find_rate(network, &fit(), &samples, 1.0, 0.1, 100).is_err());
    assert!(find_rate(network, &fit(), &samples, 0.1, 1.0, 1).is_err());
}
