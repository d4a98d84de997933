//! Trainings with mixup and CutMix.

use toddle::verify::{Way, ways, ways_of_ranks};
use toddle::{Adam, Conv2d, Dense, Fit, Flatten, Float, Isa, Loss, NetworkSpec, Relu, Sgd, Shape, Trainer};

const COUNT: usize = 21;

fn spec() -> NetworkSpec {
    NetworkSpec::new(Shape::image(1, 6, 5)).add(Conv2d::new(3, 3)).add(Relu).add(Flatten).add(Dense::new(3))
}

fn samples<T: Float>() -> (Vec<T>, Vec<T>) {
    let x = (0..COUNT * 30).map(|i| T::from_f64((i * i % 19) as f64 / 10.0 - 0.9)).collect();
    (x, (0..COUNT * 3).map(|i| T::from_f64(f64::from(u8::from(i / 3 % 3 == i % 3)))).collect())
}

fn fits() -> [Fit; 3] {
    let fit = Fit::new(Loss::cross_entropy(), Adam::new(0.01)).epochs(3).shuffle().seed(8);
    [fit.clone().mixup(0.4), fit.clone().cutmix(1.0), fit.mixup(0.2).cutmix(0.5)]
}

#[test]
fn mixed_trainings_have_the_same_bits_on_all_threads_and_after_stops() {
    fn check<T: Float>(fit: &Fit) {
        let network = spec().build::<T>(3).unwrap();
        let (x, y) = samples();
        let samples = network.samples(&x, &y).unwrap();
        let steps = fit.steps_per_epoch(COUNT) * 3;
        let train = |way: &Way| way.train::<T>(&spec(), 3, fit, &samples, steps, || {}).unwrap();
        let one = train(&Way { ranks: 1, threads: 1, isa: Isa::detect(), cuts: Vec::new() });
        for way in ways(steps, 1).into_iter().chain(ways_of_ranks(steps, 1)) {
            assert!(train(&way) == one, "{way}");
        }
    }
    for fit in fits() {
        check::<f32>(&fit.clone().batch(1));
        check::<f32>(&fit.clone().batch(20));
        check::<f64>(&fit.batch(4));
    }
}

#[test]
fn a_sample_is_mixed_in_the_same_way_in_every_batch() {
    let (x, y) = samples::<f64>();
    for fit in fits() {
        // Nothing is learned, so the losses of an epoch are those of its samples.
        let fit = Fit { optimizer: Sgd::new(0.0).into(), epochs: 2, ..fit };
        let errors = |batch, shuffle| {
            let mut network = spec().build::<f64>(3).unwrap();
            network.fit(&x, &y, &Fit { shuffle, ..fit.clone().batch(batch) }).unwrap().errors
        };
        let (one, other) = (errors(1, false), errors(7, true));
        assert!(one.iter().zip(&other).all(|(one, other)| (one - other).abs() < 1e-12), "{one:?} {other:?}");
        assert!((one[0] - one[1]).abs() > 1e-6, "each epoch mixes anew: {one:?}");
    }
}

#[test]
fn only_images_are_cut_and_alpha_is_positive() {
    let fit = || Fit::new(Loss::MeanSquaredError, Sgd::new(0.1));
    let line = NetworkSpec::new(Shape::vector(30)).add(Dense::new(3)).build::<f32>(0).unwrap();
    let image = spec().build::<f32>(0).unwrap();
    assert!(Trainer::new(&line, &fit().mixup(1.0), 3).is_ok());
    let said = Trainer::new(&line, &fit().cutmix(1.0), 3).unwrap_err().to_string();
    assert!(said.contains("cutmix = 1 is out of range") && said.contains("no image"), "{said}");
    for alpha in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        for fit in [fit().mixup(alpha), fit().cutmix(alpha)] {
            assert!(
                Trainer::new(&image, &fit, 3).unwrap_err().to_string().contains("out of range"),
                "{alpha}"
            );
        }
    }
}
