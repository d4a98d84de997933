use std::vec::Vec;

use serde::Deserialize;

use super::*;

const SKLEARN: &str = include_str!("../../../testkit/goldens/metrics_sklearn.json");

#[derive(Deserialize)]
struct Recorded {
    classification: Vec<Classification>,
    regression: Vec<Regression>,
}

#[derive(Deserialize)]
struct Classification {
    outputs: Vec<f64>,
    labels: Vec<u8>,
    accuracy: f64,
    /// The accuracies for `k` of 1, 2 …
    top_k: Vec<f64>,
    confusion: Vec<Vec<u64>>,
    precision: Vec<f64>,
    recall: Vec<f64>,
    f1: Vec<f64>,
    /// The means of the three metrics above.
    #[serde(rename = "macro")]
    means: [f64; 3],
}

#[derive(Deserialize)]
struct Regression {
    size: usize,
    outputs: Vec<f64>,
    targets: Vec<f64>,
    mean_squared_error: f64,
    mean_absolute_error: f64,
    r_squared: f64,
}

/// A metric of outputs against truths of type `L`.
type Metric<L> = fn(&[f32], &[L]) -> Result<f64, MetricError>;

fn recorded() -> Recorded {
    serde_json::from_str(SKLEARN).unwrap()
}

fn assert_close(ours: &[f64], expected: &[f64]) {
    assert_eq!(ours.len(), expected.len());
    for (ours, expected) in ours.iter().zip(expected) {
        assert!((ours - expected).abs() <= 1e-14, "{ours}, expected {expected}");
    }
}

#[test]
fn classifications_are_measured_as_scikit_learn_does() {
    let cases = recorded().classification;
    assert_eq!(cases.len(), 3);
    for Classification { outputs, labels, accuracy: share, top_k, confusion, precision, recall, f1, means } in
        cases
    {
        assert_close(&[accuracy(&outputs, &labels).unwrap()], &[share]);
        for (k, share) in (1..).zip(top_k) {
            assert_close(&[top_k_accuracy(&outputs, &labels, k).unwrap()], &[share]);
        }
        let ours = Confusion::of(&outputs, &labels).unwrap();
        assert!(ours.rows().eq(confusion.iter()));
        assert_eq!(ours.samples(), labels.len() as u64);
        assert_close(&[ours.accuracy()], &[share]);
        assert_close(&ours.precision(), &precision);
        assert_close(&ours.recall(), &recall);
        assert_close(&ours.f1(), &f1);
        assert_close(&[ours.macro_precision(), ours.macro_recall(), ours.macro_f1()], &means);
    }
}

#[test]
fn regressions_are_measured_as_scikit_learn_does() {
    let cases = recorded().regression;
    assert_eq!(cases.len(), 3);
    for case in cases {
        let Regression { size, outputs, targets, .. } = case;
        assert_close(&[mean_squared_error(&outputs, &targets).unwrap()], &[case.mean_squared_error]);
        assert_close(&[mean_absolute_error(&outputs, &targets).unwrap()], &[case.mean_absolute_error]);
        assert_close(&[r_squared(&outputs, &targets, size).unwrap()], &[case.r_squared]);
    }
}

#[test]
fn r_squared_of_constant_targets_is_one_or_zero() {
    assert_eq!(r_squared(&[2.0, 2.0], &[2.0, 2.0], 1), Ok(1.0));
    assert_eq!(r_squared(&[2.0, 3.0], &[2.0, 2.0], 1), Ok(0.0));
}

#[test]
fn the_largest_is_the_first_of_equals_and_never_nan() {
    let nan = f32::NAN;
    for (outputs, place) in [
        (&[1.0, 3.0, 3.0][..], 1),
        (&[nan, 1.0, 2.0], 2),
        (&[1.0, nan, 0.5], 0),
        (&[nan, f32::NEG_INFINITY], 1),
        (&[nan, nan], 0),
        (&[], 0),
    ] {
        assert_eq!(argmax(outputs), place, "{outputs:?}");
    }
}

#[test]
fn of_equal_outputs_the_first_counts_as_larger() {
    let equal = [0.5; 3];
    let shares = [1, 2, 3].map(|k| top_k_accuracy(&equal, &[1], k).unwrap());
    assert_eq!(shares, [0.0, 1.0, 1.0]);
    assert_eq!(accuracy(&equal, &[0]), Ok(1.0));
}

#[test]
fn labels_may_be_of_any_integer_type() {
    let outputs = [0.1, 0.9];
    assert_eq!(accuracy(&outputs, &[1u8]), Ok(1.0));
    assert_eq!(accuracy(&outputs, &[1usize]), Ok(1.0));
    assert_eq!(accuracy(&outputs, &[1i64]), Ok(1.0));
    let negative = MetricError::Label { label: "-1".into(), sample: 0, classes: 2 };
    assert_eq!(accuracy(&outputs, &[-1]), Err(negative));
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let nothing: [f32; 0] = [];
    let labelled: [Metric<u8>; 3] = [
        accuracy,
        |y, labels| top_k_accuracy(y, labels, 1),
        |y, labels| Ok(Confusion::of(y, labels)?.accuracy()),
    ];
    for metric in labelled {
        assert_eq!(metric(&nothing, &[]), Err(MetricError::Empty));
        assert_eq!(metric(&nothing, &[0, 1]), Err(MetricError::Ragged { outputs: 0, labels: 2 }));
        assert_eq!(metric(&[0.0; 3], &[]), Err(MetricError::Ragged { outputs: 3, labels: 0 }));
        assert_eq!(metric(&[0.0; 3], &[0, 1]), Err(MetricError::Ragged { outputs: 3, labels: 2 }));
        let unknown = MetricError::Label { label: "2".into(), sample: 1, classes: 2 };
        assert_eq!(metric(&[0.0; 4], &[0, 2]), Err(unknown));
        let nan = MetricError::NotANumber { what: "outputs", at: 2 };
        assert_eq!(metric(&[0.0, 1.0, f32::NAN, 0.0], &[0, 1]), Err(nan));
    }
    for k in [0, 3, usize::MAX] {
        assert!(matches!(
            top_k_accuracy(&[0.0; 4], &[0, 1], k),
            Err(MetricError::Setting { setting: "k", .. })
        ));
    }

    let paired: [Metric<f32>; 3] = [mean_squared_error, mean_absolute_error, |y, t| r_squared(y, t, 1)];
    for metric in paired {
        assert_eq!(metric(&nothing, &nothing), Err(MetricError::Empty));
        assert_eq!(metric(&[0.0; 3], &[0.0]), Err(MetricError::Unpaired { outputs: 3, targets: 1 }));
        let nan = MetricError::NotANumber { what: "targets", at: 1 };
        assert_eq!(metric(&[0.0; 2], &[0.0, f32::NAN]), Err(nan));
    }
    for (numbers, size) in [(4, 0), (4, 3), (4, 4), (1, 1)] {
        let (y, t) = (vec![1.0; numbers], vec![0.0; numbers]);
        assert!(matches!(r_squared(&y, &t, size), Err(MetricError::Setting { setting: "size", .. })));
    }

    assert_eq!(binary_accuracy(&nothing, &[0; 0], 0.0), Err(MetricError::Empty));
    assert_eq!(binary_accuracy(&[0.0], &[0, 1], 0.0), Err(MetricError::Unpaired { outputs: 1, targets: 2 }));
    assert!(matches!(binary_accuracy(&[0.0], &[2], 0.0), Err(MetricError::Label { .. })));
    assert!(matches!(binary_accuracy(&[f64::NAN], &[1], 0.0), Err(MetricError::NotANumber { .. })));
    assert!(matches!(binary_accuracy(&[0.0], &[1], f64::NAN), Err(MetricError::Setting { .. })));
}

#[test]
fn errors_say_what_was_expected_and_what_to_try() {
    for error in [
        accuracy(&[0.0; 0], &[0; 0]).unwrap_err(),
        accuracy(&[0.0; 3], &[0; 2]).unwrap_err(),
        accuracy(&[0.0; 4], &[0, 7]).unwrap_err(),
        accuracy(&[f64::NAN], &[0]).unwrap_err(),
        top_k_accuracy(&[0.0; 4], &[0, 1], 9).unwrap_err(),
        mean_squared_error(&[0.0; 4], &[0.0; 3]).unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(text.contains("\n  expected  ") && text.contains("\n  try       "), "{text}");
    }
}

#[test]
fn a_confusion_counts_and_lines_up_its_columns() {
    assert!(Confusion::new(0).is_err() && Confusion::new(usize::MAX).is_err());
    let mut confusion = Confusion::new(11).unwrap();
    assert_eq!((confusion.accuracy(), confusion.macro_f1()), (0.0, 0.0));
    for _ in 0..1234 {
        confusion.add(10, 10).unwrap();
    }
    confusion.add(3, 10).unwrap();
    assert!(confusion.add(11, 0).is_err() && confusion.add(0, 11).is_err() && confusion.add(-1, 0).is_err());
    assert_eq!((confusion.classes(), confusion.samples()), (11, 1235));
    let text = confusion.to_string();
    assert_eq!(text.lines().count(), 13);
    let width = text.lines().nth(1).unwrap().len();
    assert!(text.lines().skip(1).all(|line| line.len() == width), "{text}");
    assert!(text.lines().last().unwrap().ends_with("  1234"), "{text}");
}
