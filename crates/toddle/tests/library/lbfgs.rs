//! L-BFGS against PyTorch: `crates/testkit/goldens/lbfgs_torch.py`; its bits; and its errors.

use serde_json::Value;
use toddle::{
    Conv2d, CrossEntropy, Dense, Dropout, FitError, Flatten, Isa, Lbfgs, LineSearch, Loss, Machine, Network,
    NetworkSpec, Relu, Shape, Tanh,
};

const GOLDENS: &str = include_str!("../../../testkit/goldens/lbfgs_torch.json");

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|value| value.as_f64().expect("a number")).collect()
}

#[test]
fn each_step_is_that_of_pytorch() {
    let goldens: Value = serde_json::from_str(GOLDENS).expect("goldens are JSON");
    let [x, t, start] = ["inputs", "targets", "start"].map(|name| floats(&goldens[name]));
    let spec = NetworkSpec::new(Shape::vector(3)).add(Dense::new(8)).add(Tanh).add(Dense::new(2));
    let runs = goldens["runs"].as_array().expect("a list");
    assert_eq!(runs.len(), 4);
    for run in runs {
        let expected = floats(&run["losses"]);
        let settings = Lbfgs {
            steps: expected.len() - 1,
            rate: run["rate"].as_f64().unwrap(),
            history: run["history"].as_u64().unwrap() as usize,
            line_search: if run["line_search"] == true { LineSearch::Wolfe } else { LineSearch::None },
            ..Lbfgs::default()
        };
        let mut network = spec.build::<f64>(0).unwrap();
        network.weights_mut().copy_from_slice(&start);
        let losses = settings.run(&mut network, &x, &t, &Loss::MeanSquaredError).unwrap();
        assert_eq!(losses.len(), expected.len(), "{settings:?}");
        for (step, (got, expected)) in losses.iter().zip(&expected).enumerate() {
            assert!(
                (got - expected).abs() <= 1e-9 * expected,
                "step {step}: {got}, {expected}, {settings:?}"
            );
        }
        let distance = |(got, expected): (&f64, f64)| (got - expected).abs();
        let most = network.weights().iter().zip(floats(&run["weights"])).map(distance).fold(0.0, f64::max);
        assert!(most < 1e-7, "{most}, {settings:?}");
    }
}

/// Images of one bright spot, and its corner as the class.
fn spots() -> (Vec<f32>, Vec<f32>) {
    let (mut x, mut t) = (Vec::new(), Vec::new());
    for n in 0..100usize {
        let (row, column) = (n * 7 % 8, n * 11 % 8);
        x.extend((0..64).map(|i| if i == row * 8 + column { 1.0 } else { (i * n % 13) as f32 / 40.0 }));
        let class = 2 * usize::from(row > 3) + usize::from(column > 3);
        t.extend((0..4).map(|i| if i == class { 1.0 } else { 0.0 }));
    }
    (x, t)
}

fn network() -> Network<f32> {
    let spec = NetworkSpec::new(Shape::image(1, 8, 8)).add(Conv2d::new(4, 3)).add(Relu).add(Flatten);
    spec.add(Dropout::new(0.1)).add(Dense::new(4)).build(0).unwrap()
}

#[test]
fn threads_and_instruction_sets_change_no_bit() {
    let (x, t) = spots();
    let mut trained: Option<(Vec<f64>, Vec<f32>)> = None;
    for &isa in Isa::available() {
        for threads in [1, 2, 3] {
            let machine = Some(Machine { isa, ..Machine::detect().unwrap() }.threads(threads));
            let settings = Lbfgs { steps: 8, machine, ..Lbfgs::default() };
            let mut network = network();
            let losses =
                settings.run(&mut network, &x, &t, &Loss::CrossEntropy(CrossEntropy::default())).unwrap();
            assert!(losses[losses.len() - 1] < 0.5 * losses[0], "{losses:?}");
            let got = (losses, network.weights().to_vec());
            assert_eq!(trained.get_or_insert_with(|| got.clone()), &got, "{isa}, {threads} threads");
        }
    }
}

#[test]
fn a_training_ends_where_nothing_is_left_to_learn() {
    let mut line = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f64>(0).unwrap();
    let (x, t) = ([0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 7.0]);
    let losses = Lbfgs::default().run(&mut line, &x, &t, &Loss::MeanSquaredError).unwrap();
    assert!(losses.len() < 20, "{losses:?}");
    assert!((line.weights()[0] - 2.0).abs() < 1e-5 && (line.weights()[1] - 1.0).abs() < 1e-5);
    let again = Lbfgs::default().run(&mut line, &x, &t, &Loss::MeanSquaredError).unwrap();
    assert!(again.len() <= 2, "{again:?}");
}

#[test]
fn a_last_step_that_explodes_is_an_error_and_loses_no_weight() {
    let mut line = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f32>(0).unwrap();
    let before = line.weights().to_vec();
    let settings = Lbfgs { steps: 1, rate: 1e30, line_search: LineSearch::None, ..Lbfgs::default() };
    let error = settings.run(&mut line, &[1.0, 2.0], &[3.0, 5.0], &Loss::MeanSquaredError).unwrap_err();
    assert!(matches!(error, FitError::NotFinite { step: 1, .. }), "{error}");
    assert_eq!(line.weights(), before);
}

#[test]
fn what_cannot_be_trained_is_an_error() {
    let mut line = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f64>(0).unwrap();
    let before = line.weights().to_vec();
    let mut run = |settings: Lbfgs, x: &[f64], t: &[f64]| {
        settings.run(&mut line, x, t, &Loss::MeanSquaredError).unwrap_err()
    };
    let usual = Lbfgs::default();
    assert!(matches!(run(Lbfgs { rate: 0.0, ..usual }, &[1.0], &[1.0]), FitError::Setting { .. }));
    assert!(matches!(run(Lbfgs { history: 0, ..usual }, &[1.0], &[1.0]), FitError::Setting { .. }));
    assert!(matches!(
        run(Lbfgs { change_tolerance: f64::NAN, ..usual }, &[1.0], &[1.0]),
        FitError::Setting { .. }
    ));
    assert_eq!(run(usual, &[], &[]), FitError::Empty);
    assert_eq!(run(usual, &[1.0, 2.0], &[1.0]), FitError::Unpaired { inputs: 2, targets: 1 });
    assert!(matches!(run(usual, &[f64::NAN], &[1.0]), FitError::NotFinite { .. }));
    assert_eq!(line.weights(), before);
}
