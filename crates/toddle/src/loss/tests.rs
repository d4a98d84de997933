use serde::Deserialize;
use toddle_kernels::layout::from_lanes;

use super::*;
use crate::Shape;

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
            to_lanes(y, lanes.as_chunks_mut().0);
            loss.block(isa, &lanes, t, &mut room, samples, &mut dy, losses);
            from_lanes(dy.as_chunks().0, gradient);
        }
    }
    let value = losses.iter().map(|loss| loss.to_f64()).sum::<f64>() / samples as f64;
    (value, gradient.into_iter().map(T::to_f64).collect())
}

fn agrees<T: Float>(recorded: &Recorded, isa: Isa, tolerance: f64) {
    let Recorded { loss, samples, value, y, t, gradient } = recorded;
    let what = format!("{loss} of {samples} samples, {} outputs, {}, {isa}", y.len() / samples, T::NAME);
    loss.check::<T>(Shape::vector(y.len() / samples)).unwrap();
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
fn misspelt_settings_are_refused() {
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
fn settings_out_of_range_are_refused_in_five_lines() {
    let smooth = |label_smoothing| Loss::from(CrossEntropy { label_smoothing, ..CrossEntropy::default() });
    let weighted = |weights: &[f64]| {
        Loss::from(CrossEntropy { class_weights: weights.to_vec(), ..CrossEntropy::default() })
    };
    let output = Shape::vector(3);
    for delta in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        for loss in [Loss::Huber { delta }, Loss::BinaryCrossEntropy { positive_weight: delta }] {
            let text = loss.check::<f64>(output).unwrap_err().to_string();
            assert_eq!(text.lines().count(), 5, "{text}");
        }
    }
    for smoothing in [-0.1, 1.0, f64::NAN] {
        assert!(smooth(smoothing).check::<f64>(output).is_err(), "{smoothing}");
    }
    for weights in [&[1.0; 2][..], &[1.0; 4], &[1.0, -1.0, 1.0], &[1.0, f64::NAN, 1.0], &[f64::INFINITY; 3]] {
        assert!(weighted(weights).check::<f64>(output).is_err(), "{weights:?}");
    }
    for loss in [smooth(0.5), weighted(&[0.0, 2.0, 1.0]), Loss::huber(), Loss::Hinge] {
        loss.check::<f32>(output).unwrap();
    }
    // What f64 holds and f32 does not.
    for loss in [Loss::Huber { delta: 1e-300 }, smooth(1.0 - 1e-12), weighted(&[1e300; 3])] {
        loss.check::<f64>(output).unwrap();
        assert!(loss.check::<f32>(output).is_err(), "{loss}");
    }
}

#[test]
fn losses_over_classes_refuse_images() {
    let image = Shape::image(3, 2, 2);
    for loss in [Loss::cross_entropy(), Loss::NegativeLogLikelihood, Loss::Hinge] {
        assert!(loss.check::<f32>(image).unwrap_err().to_string().contains("flatten"), "{loss}");
    }
    for loss in [Loss::MeanSquaredError, Loss::MeanAbsoluteError, Loss::huber(), Loss::binary_cross_entropy()]
    {
        loss.check::<f32>(image).unwrap();
    }
}
