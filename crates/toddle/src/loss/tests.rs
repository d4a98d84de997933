use serde::Deserialize;
use toddle_kernels::Run;
use toddle_kernels::layout::{FromLanes, ToLanes};
use toddle_lanes::{Isa, LANES};

use super::*;
use crate::{FitError, LayerSpec, Optimizer, Schedule, Shape};

const PYTORCH: &str = include_str!("../../../testkit/goldens/loss_torch.json");

/// A batch as PyTorch judged it.
#[derive(Deserialize)]
struct Recorded {
    loss: Loss,
    samples: usize,
    /// The shape of an image. None: the outputs are a vector.
    shape: Option<Shape>,
    value: f64,
    y: Vec<f64>,
    t: Vec<f64>,
    gradient: Vec<f64>,
}

/// The loss of a batch and its gradient, as the engine asks for them: one sample as a row, more in blocks.
fn judge<T: Float>(
    loss: &Loss,
    isa: Isa,
    pixels: usize,
    samples: usize,
    [y, t]: [&[f64]; 2],
) -> (f64, Vec<f64>) {
    let typed = |numbers: &[f64]| numbers.iter().map(|&x| T::from_f64(x)).collect::<Vec<T>>();
    let (y, t) = (typed(y), typed(t));
    let mut gradient = vec![T::ZERO; y.len()];
    let mut losses = vec![T::ZERO; samples];
    if samples == 1 {
        losses[0] = loss.row(InRow { isa, y: &y, t: &t, pixels, dy: &mut gradient });
    } else {
        let size = y.len() / samples;
        let parts = y.chunks(LANES * size).zip(t.chunks(LANES * size));
        for (((y, t), gradient), losses) in
            parts.zip(gradient.chunks_mut(LANES * size)).zip(losses.chunks_mut(LANES))
        {
            let [mut lanes, mut room, mut dy] = [(); 3].map(|()| vec![T::ZERO; LANES * size]);
            ToLanes { samples: y, block: lanes.as_chunks_mut().0 }.on(isa);
            ToLanes { samples: t, block: room.as_chunks_mut().0 }.on(isa);
            let (y, t) = (lanes.as_chunks().0, room.as_chunks().0);
            let (dy_lanes, scratch) = (dy.as_chunks_mut().0, &mut vec![T::ZERO; 3 * size][..]);
            loss.block(InBlock { isa, y, t, samples, pixels, dy: dy_lanes, losses, scratch });
            FromLanes { block: dy.as_chunks().0, samples: gradient }.on(isa);
        }
    }
    let value = losses.iter().map(|loss| loss.to_f64()).sum::<f64>() / samples as f64;
    (value, gradient.into_iter().map(T::to_f64).collect())
}

fn agrees<T: Float>(recorded: &Recorded, isa: Isa, tolerance: f64) {
    let Recorded { loss, samples, shape, value, y, t, gradient } = recorded;
    let shape = shape.unwrap_or(Shape::vector(y.len() / samples));
    let what = format!("{loss} of {samples} samples, outputs {shape}, {}, {isa}", T::NAME);
    loss.check(shape).unwrap();
    let (ours, slopes) = judge::<T>(loss, isa, shape.pixels(), *samples, [y, t]);
    assert!((ours - value).abs() <= tolerance * value.abs().max(1.0), "{what}: {ours}, expected {value}");
    assert_eq!(slopes.len(), gradient.len());
    for (o, (ours, expected)) in slopes.iter().zip(gradient).enumerate() {
        let off = (ours - expected).abs();
        assert!(off <= tolerance * expected.abs().max(1.0), "{what}: dy[{o}] = {ours}, expected {expected}");
    }
}

#[test]
fn losses_and_gradients_are_pytorchs() {
    let recorded: Vec<Recorded> = serde_json::from_str(PYTORCH).unwrap();
    assert_eq!(recorded.len(), 4 * 14 + 2 + 4 * 17 + 3 * 7);
    for batch in &recorded {
        for isa in Isa::available() {
            agrees::<f32>(batch, *isa, 1e-5);
            agrees::<f64>(batch, *isa, 1e-10);
        }
    }
}

#[test]
fn a_loss_is_written_with_its_kind_and_read_with_its_defaults() {
    for (loss, text) in [
        (Loss::MeanSquaredError, r#"{"kind":"mean_squared_error"}"#),
        (Loss::huber(), r#"{"kind":"huber","delta":1.0}"#),
        (Loss::cross_entropy(), r#"{"kind":"cross_entropy","label_smoothing":0.0,"class_weights":[]}"#),
        (Loss::binary_cross_entropy(), r#"{"kind":"binary_cross_entropy","positive_weight":1.0}"#),
        (Loss::KlDivergence, r#"{"kind":"kl_divergence"}"#),
        (Loss::hinge(), r#"{"kind":"hinge","margin":1.0}"#),
        (Loss::SmoothL1 { beta: 1.0 }, r#"{"kind":"smooth_l1","beta":1.0}"#),
        (Loss::LogCosh, r#"{"kind":"log_cosh"}"#),
        (Loss::Quantile { quantile: 0.5 }, r#"{"kind":"quantile","quantile":0.5}"#),
        (Loss::Poisson { log_input: true }, r#"{"kind":"poisson","log_input":true}"#),
        (Loss::Triplet { margin: 1.0 }, r#"{"kind":"triplet","margin":1.0}"#),
        (Loss::Focal { gamma: 2.0, alpha: None }, r#"{"kind":"focal","gamma":2.0,"alpha":null}"#),
        (Loss::Dice { smooth: 1.0 }, r#"{"kind":"dice","smooth":1.0}"#),
    ] {
        assert_eq!(serde_json::to_string(&loss).unwrap(), text);
        assert_eq!(serde_json::from_str::<Loss>(text).unwrap(), loss);
        let kind_alone = format!("{}}}", text.split([',', '}']).next().unwrap());
        assert_eq!(serde_json::from_str::<Loss>(&kind_alone).unwrap(), loss);
    }
}

#[test]
fn every_kind_has_recorded_batches() {
    let recorded: Vec<serde_json::Value> = serde_json::from_str(PYTORCH).unwrap();
    for kind in Loss::KINDS.iter().filter(|kind| **kind != "custom") {
        assert!(recorded.iter().any(|batch| batch["loss"]["kind"] == *kind), "{kind}");
    }
}

#[test]
fn misspelt_settings_are_refused() {
    let kinds = [Loss::KINDS, Optimizer::KINDS, Schedule::KINDS, LayerSpec::KINDS];
    let reads: [fn(serde_json::Value) -> bool; 4] = [
        |text| serde_json::from_value::<Loss>(text).is_ok(),
        |text| serde_json::from_value::<Optimizer>(text).is_ok(),
        |text| serde_json::from_value::<Schedule>(text).is_ok(),
        |text| serde_json::from_value::<LayerSpec>(text).is_ok(),
    ];
    for (kinds, read) in kinds.into_iter().zip(reads) {
        for kind in kinds {
            assert!(!read(serde_json::json!({ "kind": kind, "no_such_setting": 1 })), "{kind}");
        }
    }
    for text in [
        r#"{"kind":"hubert"}"#,
        r#"{"kind":"huber","detla":2.0}"#,
        r#"{"kind":"cross_entropy","smoothing":0.1}"#,
        r#"{"delta":2.0}"#,
    ] {
        assert!(serde_json::from_str::<Loss>(text).is_err(), "{text}");
    }
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let refused = |loss: Loss, name: &str| {
        let error = loss.check(Shape::vector(3)).unwrap_err();
        assert!(matches!(error, FitError::Setting { setting, .. } if setting == name), "{error}");
    };
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        refused(Loss::Huber { delta: value }, "delta");
        for positive_weight in [value.into(), vec![1.0, value, 1.0].into()] {
            refused(Loss::BinaryCrossEntropy { positive_weight }, "positive_weight");
        }
        refused(Loss::SmoothL1 { beta: value }, "beta");
        refused(Loss::Hinge { margin: value }, "margin");
        refused(Loss::Triplet { margin: value }, "margin");
        refused(Loss::Dice { smooth: value }, "smooth");
        refused(Loss::Quantile { quantile: value }, "quantile");
        refused(Loss::Focal { gamma: 2.0, alpha: Some(value) }, "alpha");
    }
    refused(Loss::Quantile { quantile: 1.0 }, "quantile");
    refused(Loss::Focal { gamma: -0.5, alpha: None }, "gamma");
    for value in [-0.1, 1.0, f64::NAN] {
        refused(smooth(value), "label_smoothing");
    }
    for value in [-1.0, f64::NAN, f64::INFINITY] {
        refused(weighted(&[1.0, value, 1.0]), "class_weights");
    }
    for loss in [smooth(0.5), weighted(&[0.0, 2.0, 1.0]), Loss::huber(), Loss::hinge()] {
        loss.check(Shape::vector(3)).unwrap();
    }
}

#[test]
fn as_many_class_weights_as_classes_are_wanted() {
    for count in [1, 2, 4] {
        let error = weighted(&vec![1.0; count]).check(Shape::vector(3)).unwrap_err();
        assert!(matches!(error, FitError::Loss(_)), "{error}");
        assert_eq!(error.to_string().lines().count(), 5, "{error}");
    }
}

fn smooth(label_smoothing: f64) -> Loss {
    CrossEntropy { label_smoothing, ..CrossEntropy::default() }.into()
}

fn weighted(weights: &[f64]) -> Loss {
    CrossEntropy { class_weights: weights.to_vec(), ..CrossEntropy::default() }.into()
}

#[test]
fn the_channels_of_an_image_are_its_classes() {
    let image = Shape::image(3, 2, 2);
    assert!(Loss::hinge().check(image).unwrap_err().to_string().contains("flatten"));
    for loss in [
        Loss::MeanSquaredError,
        Loss::huber(),
        Loss::binary_cross_entropy(),
        Loss::BinaryCrossEntropy { positive_weight: vec![1.0, 2.0, 3.0].into() },
        weighted(&[1.0, 2.0, 3.0]),
        Loss::NegativeLogLikelihood,
        Loss::Triplet { margin: 1.0 },
    ] {
        loss.check(image).unwrap();
    }
    let refused = |loss: Loss, output| {
        let error = loss.check(output).unwrap_err().to_string();
        assert_eq!(error.lines().count(), 5, "{error}");
        error
    };
    assert!(refused(weighted(&[1.0; 12]), image).contains("12 class_weights for 3 classes"));
    let weights = Loss::BinaryCrossEntropy { positive_weight: vec![1.0; 2].into() };
    assert!(refused(weights.clone(), image).contains("2 positive weights for 3 channels"));
    assert!(refused(weights, Shape::vector(4)).contains("2 positive weights for 4 outputs"));
    assert!(refused(Loss::Triplet { margin: 1.0 }, Shape::vector(4)).contains("a multiple of 3"));
}

#[test]
fn an_image_without_a_pixel_that_counts_has_no_loss() {
    let (y, t) = ([0.5, -1.0, 2.0, 0.25], [0.0; 4]);
    for loss in [Loss::cross_entropy(), smooth(0.1), Loss::NegativeLogLikelihood] {
        let (value, gradient) = judge::<f32>(&loss, Isa::detect(), 2, 1, [&y, &t]);
        assert_eq!((value, gradient), (0.0, vec![0.0; 4]), "{loss}");
    }
}
