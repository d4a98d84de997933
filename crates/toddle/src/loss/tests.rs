use serde::Deserialize;
use toddle_kernels::Run;
use toddle_kernels::layout::{FromLanes, ToLanes};

use super::*;
use crate::{FitError, LayerSpec, Optimizer, Schedule, Shape};

const PYTORCH: &str = include_str!("../../../testkit/goldens/loss_torch.json");

/// A batch as PyTorch judged it.
#[derive(Deserialize)]
struct Recorded {
    loss: Loss,
    samples: usize,
    value: f64,
    y: Vec<f64>,
    t: Vec<f64>,
    gradient: Vec<f64>,
}

/// The loss of a batch and its gradient, as the engine asks for them: one sample as a row, more in blocks.
fn judge<T: Float>(loss: &Loss, isa: Isa, samples: usize, y: &[f64], t: &[f64]) -> (f64, Vec<f64>) {
    let typed = |numbers: &[f64]| numbers.iter().map(|&x| T::from_f64(x)).collect::<Vec<T>>();
    let (y, t) = (typed(y), typed(t));
    let mut gradient = vec![T::ZERO; y.len()];
    let mut losses = vec![T::ZERO; samples];
    if samples == 1 {
        losses[0] = loss.row(isa, &y, &t, &mut gradient);
    } else {
        let size = y.len() / samples;
        let parts = y.chunks(LANES * size).zip(t.chunks(LANES * size));
        for (((y, t), gradient), losses) in
            parts.zip(gradient.chunks_mut(LANES * size)).zip(losses.chunks_mut(LANES))
        {
            let [mut lanes, mut room, mut dy] = [(); 3].map(|()| vec![T::ZERO; LANES * size]);
            ToLanes { samples: y, block: lanes.as_chunks_mut().0 }.on(isa);
            ToLanes { samples: t, block: room.as_chunks_mut().0 }.on(isa);
            loss.block(isa, &lanes, &room, samples, &mut dy, losses);
            FromLanes { block: dy.as_chunks().0, samples: gradient }.on(isa);
        }
    }
    let value = losses.iter().map(|loss| loss.to_f64()).sum::<f64>() / samples as f64;
    (value, gradient.into_iter().map(T::to_f64).collect())
}

fn agrees<T: Float>(recorded: &Recorded, isa: Isa, tolerance: f64) {
    let Recorded { loss, samples, value, y, t, gradient } = recorded;
    let what = format!("{loss} of {samples} samples, {} outputs, {}, {isa}", y.len() / samples, T::NAME);
    loss.check(Shape::vector(y.len() / samples)).unwrap();
    let (ours, slopes) = judge::<T>(loss, isa, *samples, y, t);
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
    assert_eq!(recorded.len(), 4 * 14 + 2);
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
    for kind in Loss::KINDS {
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
        refused(Loss::BinaryCrossEntropy { positive_weight: value }, "positive_weight");
    }
    for value in [-0.1, 1.0, f64::NAN] {
        refused(smooth(value), "label_smoothing");
    }
    for value in [-1.0, f64::NAN, f64::INFINITY] {
        refused(weighted(&[1.0, value, 1.0]), "class_weights");
    }
    for loss in [smooth(0.5), weighted(&[0.0, 2.0, 1.0]), Loss::huber(), Loss::Hinge] {
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
fn losses_over_classes_refuse_images() {
    let image = Shape::image(3, 2, 2);
    for loss in [Loss::cross_entropy(), Loss::NegativeLogLikelihood, Loss::Hinge] {
        assert!(loss.check(image).unwrap_err().to_string().contains("flatten"), "{loss}");
    }
    for loss in [Loss::MeanSquaredError, Loss::MeanAbsoluteError, Loss::huber(), Loss::binary_cross_entropy()]
    {
        loss.check(image).unwrap();
    }
}
