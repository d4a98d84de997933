use toddle::{
    Conv2d, Dense, Flatten, Jacobian, MaxPool2d, Network, NetworkSpec, Relu, Residual, Shape, Sigmoid,
    Softmax, Tanh,
};

use super::*;

/// A network for pictures of 8×8 that ends with the softmax of the post, whose gradient is a shortcut.
fn convolution() -> Network<f64> {
    NetworkSpec::new(Shape::image(1, 8, 8))
        .add(Conv2d::new(3, 3))
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Flatten)
        .add(Dense::new(6))
        .add(Tanh)
        .add(Dense::new(4))
        .add(Softmax { jacobian: Jacobian::Diagonal, ..Softmax::default() })
        .build(3)
        .unwrap()
}

fn picture(size: usize) -> Vec<f64> {
    (0..size).map(|i| (i * 37 % 101) as f64 / 101.0).collect()
}

#[test]
fn scores_are_what_the_softmax_takes() {
    let (network, x) = (convolution(), picture(64));
    let why = Why::new(&network).unwrap();
    assert_eq!(why.scores(&x).unwrap(), network.trace(&x).unwrap().value("dense2").unwrap());
    let sigmoid = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).add(Sigmoid).build::<f64>(1).unwrap();
    let scores = Why::new(&sigmoid).unwrap().scores(&[1.0, 2.0]).unwrap();
    assert_eq!(scores, sigmoid.trace(&[1.0, 2.0]).unwrap().value("dense1").unwrap());
}

#[test]
fn integrated_gradients_sum_to_the_difference_of_the_scores() {
    let (network, x) = (convolution(), picture(64));
    let why = Why::new(&network).unwrap();
    for output in 0..4 {
        let few = why.integrated_gradients(&x, &[0.0; 64], output, 8).unwrap();
        let many = why.integrated_gradients(&x, &[0.0; 64], output, 2000).unwrap();
        let error = |parts: &Attribution| (parts.sum - parts.difference()).abs();
        assert!(error(&many) < 1e-3 * many.difference().abs().max(1.0), "{}", error(&many));
        assert!(few.parts != many.parts);
        assert_eq!(many.score, why.scores(&x).unwrap()[output]);
    }
}

#[test]
fn gradient_times_input_agrees_with_central_differences() {
    let (network, x) = (convolution(), picture(64));
    let why = Why::new(&network).unwrap();
    let parts = why.gradient_times_input(&x, 2).unwrap().parts;
    let step = 1e-6;
    for i in [0, 9, 27, 63] {
        let moved = |by: f64| {
            let mut x = x.clone();
            x[i] += by;
            why.scores(&x).unwrap()[2]
        };
        let slope = (moved(step) - moved(-step)) / (2.0 * step);
        assert!((parts[i] - x[i] * slope).abs() < 1e-6, "{i}: {} and {}", parts[i], x[i] * slope);
    }
}

#[test]
fn a_covered_pixel_costs_what_it_gave() {
    // The score is the sum of two channels, each weighed by the pixel's place.
    let spec = NetworkSpec::new(Shape::image(2, 5, 7)).add(Flatten).add(Dense::new(1));
    let mut network = spec.build::<f64>(0).unwrap();
    let weights: Vec<f64> = (0..70).map(f64::from).chain([0.5]).collect();
    network.weights_mut().copy_from_slice(&weights);
    let (why, x) = (Why::new(&network).unwrap(), picture(70));
    let one = Occlusion { size: 1, stride: 1, fill: vec![0.0, 1.0] };
    let covered = why.occlusion(&x, 0, &one).unwrap();
    for p in 0..35 {
        let falls = weights[p] * x[p] + weights[35 + p] * (x[35 + p] - 1.0);
        assert!((covered.falls[p] - falls).abs() < 1e-9);
    }
    // Each pixel is covered, even if strides do not end at the edge.
    let large = Occlusion { size: 3, stride: 9, fill: vec![0.0, 0.0] };
    assert!(why.occlusion(&x, 0, &large).unwrap().falls.iter().all(|fall| fall.is_finite() && *fall > 0.0));
}

#[test]
fn a_long_picture_cuts_the_square_off() {
    let spec = NetworkSpec::new(Shape::image(1, 2, 28)).add(Flatten).add(Dense::new(1));
    let mut network = spec.build::<f64>(0).unwrap();
    let weights: Vec<f64> = (0..56).map(f64::from).chain([0.0]).collect();
    network.weights_mut().copy_from_slice(&weights);
    let square = Occlusion::of([1, 2, 28], vec![0.0]);
    assert_eq!((square.size, square.stride), (4, 2));
    let covered = Why::new(&network).unwrap().occlusion(&[1.0; 56], 0, &square).unwrap();
    // The first columns are covered once, with both rows.
    let first: f64 = (0..4).map(|column| weights[column] + weights[28 + column]).sum();
    assert_eq!([covered.falls[0], covered.falls[1], covered.falls[28]], [first; 3]);
    assert!(covered.falls[27] > covered.falls[0]);
}

#[test]
fn a_nudge_turns_the_answer_and_half_of_it_does_not() {
    let (network, x) = (convolution(), picture(64));
    let why = Why::new(&network).unwrap();
    let nudge = Nudge { limits: vec![[0.0, 1.0]], most: 1.0 };
    let nudged = why.nudge(&x, &nudge).unwrap().expect("a step that turns the answer");
    let answer = |x: &[f64]| toddle::argmax(&network.predict(x).unwrap());
    assert_eq!((answer(&x), answer(&nudged.input)), (nudged.was, nudged.is));
    assert_ne!(nudged.was, nudged.is);
    let half: Vec<f64> = x.iter().zip(&nudged.input).map(|(x, y)| 0.5 * (x + y)).collect();
    assert_eq!(answer(&half), nudged.was);
    let largest = x.iter().zip(&nudged.input).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
    assert!((largest - nudged.size).abs() < 1e-9);
    assert!(nudged.input.iter().all(|x| (0.0..=1.0).contains(x)));
    let tiny = Nudge { most: 0.5 * nudged.size, ..nudge };
    assert_eq!(why.nudge(&x, &tiny).unwrap(), None);
}

#[test]
fn a_single_score_turns_at_zero() {
    let mut network = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f64>(0).unwrap();
    network.weights_mut().copy_from_slice(&[1.0, -0.5]);
    let why = Why::new(&network).unwrap();
    let nudge = Nudge { limits: vec![[0.0, 1.0]], most: 1.0 };
    let nudged = why.nudge(&[0.8], &nudge).unwrap().expect("a step that turns the answer");
    assert_eq!((nudged.was, nudged.is), (1, 0));
    assert!((nudged.size - 0.3).abs() < 1e-5);
}

#[test]
fn the_same_settings_excite_with_the_same_picture() {
    let network = convolution();
    let settings = Excite { limits: [0.0, 1.0], ..Excite::default() };
    let once = excite(&network, "conv1", 1, &settings).unwrap();
    assert_eq!(once, excite(&network, "conv1", 1, &settings).unwrap());
    assert!(once.after > once.before);
    assert!(once.input.iter().all(|x| (0.0..=1.0).contains(x)));
    assert!(excite(&network, "conv1", 3, &settings).unwrap_err().to_string().contains("3 units"));
    assert!(excite(&network, "conv9", 0, &settings).unwrap_err().to_string().contains("`conv1`"));
}

#[test]
fn a_part_of_a_network_has_its_values() {
    let spec = NetworkSpec::new(Shape::vector(3))
        .add(Residual::new().add(Dense::new(3)).add(Tanh))
        .add(Dense::new(5))
        .add(Softmax::default());
    let network = spec.build::<f32>(5).unwrap();
    let x = [0.3, -1.0, 2.0];
    let mut trace = network.trace(&x).unwrap();
    for name in ["residual1", "dense1", "softmax1"] {
        assert_eq!(crate::cut(&network, name).unwrap().predict(&x).unwrap(), trace.value(name).unwrap());
    }
    let gradient = trace.backward(&[1.0, 0.0, 0.0, 0.0, 0.0]).unwrap().input().to_vec();
    let whole = crate::cut(&network, "softmax1").unwrap();
    assert_eq!(whole.trace(&x).unwrap().backward(&[1.0, 0.0, 0.0, 0.0, 0.0]).unwrap().input(), gradient);
    assert!(crate::cut(&network, "residual1.dense1").is_err());
}

#[test]
fn a_map_has_the_variance_of_its_samples() {
    // Points on two axes of known length, in a space of five dimensions.
    let points: Vec<[f64; 2]> = (0..40).map(|i| [f64::from(i % 8) - 3.5, f64::from(i / 8) - 2.0]).collect();
    let values: Vec<f64> = points.iter().flat_map(|[a, b]| [3.0 * a, b + 1.0, 4.0 * a, -b, 2.0]).collect();
    let map = plane(&values, 5).unwrap();
    for (point, [a, b]) in map.points.iter().zip(&points) {
        assert!((point[0] - 5.0 * a).abs() < 1e-6 && (point[1].abs() - 2f64.sqrt() * b.abs()).abs() < 1e-6);
    }
    assert!((map.shares[0] + map.shares[1] - 1.0).abs() < 1e-9);
    assert_eq!(map.place(&values[..5]), map.points[0]);
    assert!(plane(&values[..5], 5).is_err());
}

#[test]
fn tables_have_no_parts_to_cover() {
    let network = NetworkSpec::new(Shape::vector(4)).add(Dense::new(2)).build::<f32>(0).unwrap();
    let why = Why::new(&network).unwrap();
    let square = Occlusion { size: 1, stride: 1, fill: vec![0.0] };
    let error = why.occlusion(&[0.0; 4], 0, &square).unwrap_err().to_string();
    assert!(error.contains("integrated gradients"), "{error}");
    assert!(why.gradient_times_input(&[0.0; 4], 2).is_err());
    assert!(why.scores(&[0.0; 3]).is_err());
}
