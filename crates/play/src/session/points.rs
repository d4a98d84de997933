//! Points of two classes in the square from −1 to 1.
//!
//! Each point is a function of the seed and its number, and has the same bits on every machine.

use toddle::cos_pi;
use toddle_data::{DataSettings, Dataset, Meaning, Parts, Validation};
use toddle_lanes::{Purpose, Random};

use crate::protocol::{Fault, Feature, PointSet, PointSettings};

/// The largest number of points.
const MOST: usize = 20_000;

/// The samples. The coordinates are `f32`, and so is what is computed of them.
pub fn parts(settings: &PointSettings) -> Result<Parts, Fault> {
    check(settings)?;
    let points: Vec<([f32; 2], u32)> = (0..settings.count).map(|n| point(settings, n)).collect();
    let (train, validation) = points.split_at(settings.count / 2);
    let set = |name: &str, points: &[([f32; 2], u32)]| {
        let values: Vec<f32> = points.iter().flat_map(|(at, _)| inputs(&settings.features, *at)).collect();
        let labels = points.iter().map(|(_, label)| *label).collect();
        Dataset::new(name, [settings.features.len(), 1, 1], values, labels, 2)
    };
    let train = set("points", train)?;
    let validation = Some(set("points to validate with", validation)?);
    let meaning = Meaning::of(&train, None, None);
    let (validated_with, test) = (Validation::Valid, None);
    Ok(Parts {
        train,
        validation,
        test,
        validated_with,
        test_place: None,
        meaning,
        notes: Vec::new(),
        warnings: Vec::new(),
        skipped: Vec::new(),
    })
}

/// The samples to train on as settings of an experiment.
pub fn settings(parts: &Parts) -> DataSettings {
    let rows = |numbers: Vec<f32>, width: usize| Some(numbers.chunks(width).map(<[f32]>::to_vec).collect());
    let train = &parts.train;
    DataSettings {
        inputs: rows(train.inputs(), train.size()),
        targets: rows(train.targets(), train.target_size()),
        validation: Some(Validation::None),
        ..DataSettings::default()
    }
}

fn check(settings: &PointSettings) -> Result<(), Fault> {
    let refuse =
        |what: &str, expected: String, got: String| Err(Fault::new(what, expected, got, "another value"));
    let PointSettings { noise, count, features, .. } = settings;
    if !(4..=MOST).contains(count) {
        return refuse("there cannot be so many points", format!("from 4 to {MOST}"), count.to_string());
    }
    if !(0.0..=1.0).contains(noise) {
        return refuse("there cannot be so much noise", "from 0 to 1".into(), noise.to_string());
    }
    let twice = features.iter().enumerate().any(|(n, feature)| features[..n].contains(feature));
    if features.is_empty() || twice {
        return refuse(
            "these cannot be the inputs",
            "different features, one or more".into(),
            format!("{features:?}"),
        );
    }
    Ok(())
}

/// The inputs of a network at a point.
pub fn inputs(features: &[Feature], [x, y]: [f32; 2]) -> Vec<f32> {
    let sine = |x: f32| sine(f64::from(x)) as f32;
    let of = |feature: &Feature| match feature {
        Feature::X => x,
        Feature::Y => y,
        Feature::X2 => x * x,
        Feature::Y2 => y * y,
        Feature::Xy => x * y,
        Feature::SinX => sine(x),
        Feature::SinY => sine(y),
    };
    features.iter().map(of).collect()
}

/// Point number `n`, and its class.
fn point(settings: &PointSettings, n: usize) -> ([f32; 2], u32) {
    let PointSettings { set, noise, seed, .. } = *settings;
    let mut draws = Random::new(seed, Purpose::Sampling, [NO_EPOCH, n as u32]);
    // The classes take turns.
    let label = (n % 2) as u32;
    let at = match set {
        PointSet::Circle => {
            let radius = if label == 0 { 0.5 * draws.uniform() } else { 0.65 + 0.3 * draws.uniform() };
            polar(radius, draws.uniform())
        }
        PointSet::Xor => {
            let (x, y) = (0.05 + 0.9 * draws.uniform(), 0.05 + 0.9 * draws.uniform());
            let side = if draws.uniform() < 0.5 { 1.0 } else { -1.0 };
            [side * x, if label == 0 { side * y } else { -side * y }]
        }
        PointSet::Gauss => {
            let centre = if label == 0 { 0.4 } else { -0.4 };
            [centre + 0.16 * draws.normal(), centre + 0.16 * draws.normal()]
        }
        PointSet::Spiral => {
            let part = (n / 2) as f64 / (settings.count / 2).max(1) as f64;
            // Training and validation take every second place of an arm each.
            let part = (part * 2.0).fract();
            polar(0.05 + 0.85 * part, 0.9 * part + f64::from(label) * 0.5)
        }
    };
    let stray = 0.3 * noise;
    let moved = at.map(|x| (x + stray * draws.normal()).clamp(-1.0, 1.0) as f32);
    (moved, label)
}

/// In the place of an epoch: the samples of a training are drawn with lower numbers.
const NO_EPOCH: u32 = u32::MAX;

/// The point at this radius, and at this part of a turn.
fn polar(radius: f64, turn: f64) -> [f64; 2] {
    [radius * cosine(2.0 * turn), radius * sine(2.0 * turn)]
}

/// `sin(π·x)`
fn sine(x: f64) -> f64 {
    cosine(x - 0.5)
}

/// `cos(π·x)`
fn cosine(x: f64) -> f64 {
    let x = x.abs() % 2.0;
    cos_pi(x.min(2.0 - x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_lie_as_their_name_says() {
        for set in [PointSet::Circle, PointSet::Xor, PointSet::Gauss, PointSet::Spiral] {
            let settings = PointSettings { set, noise: 0.0, count: 400, ..PointSettings::default() };
            let points: Vec<_> = (0..400).map(|n| point(&settings, n)).collect();
            assert_eq!(points, (0..400).map(|n| point(&settings, n)).collect::<Vec<_>>());
            assert_eq!(points.iter().filter(|(_, label)| *label == 1).count(), 200);
            let right = points.iter().filter(|([x, y], label)| match set {
                PointSet::Circle => (x.hypot(*y) > 0.6) == (*label == 1),
                PointSet::Xor => (x * y < 0.0) == (*label == 1),
                PointSet::Gauss => (x + y < 0.0) == (*label == 1),
                PointSet::Spiral => x.hypot(*y) < 0.95,
            });
            assert!(right.count() >= 395, "{set:?}");
        }
    }

    #[test]
    fn another_seed_and_more_noise_give_other_points() {
        let settings = PointSettings::default();
        let other = PointSettings { seed: 1, ..settings.clone() };
        let calm = PointSettings { noise: 0.0, ..settings.clone() };
        assert_ne!(point(&settings, 3), point(&other, 3));
        assert_ne!(point(&settings, 3), point(&calm, 3));
        assert!(parts(&PointSettings { features: Vec::new(), ..settings.clone() }).is_err());
        assert!(parts(&PointSettings { noise: f64::NAN, ..settings }).is_err());
    }

    #[test]
    fn sine_and_cosine_are_those_of_the_system_but_for_the_last_digits() {
        for k in -4000..=4000 {
            let x = f64::from(k) / 1000.0;
            let angle = std::f64::consts::PI * x;
            assert!((sine(x) - angle.sin()).abs() < 4e-15 && (cosine(x) - angle.cos()).abs() < 4e-15, "{x}");
        }
        assert_eq!([sine(0.0), sine(1.0), sine(0.5), cosine(1.0)], [0.0, 0.0, 1.0, -1.0]);
    }
}
