//! A training on three threads, small enough for Miri: CONTRIBUTING has the command.

use toddle::{
    Adam, BatchNorm, Conv2d, Dense, Fit, Flatten, Isa, Loss, Machine, NetworkSpec, Relu, Shape, Trainer,
};

#[test]
fn three_threads_train_as_one_does() {
    let spec = NetworkSpec::new(Shape::image(1, 4, 4))
        .add(Conv2d::new(2, 3))
        .add(BatchNorm::default())
        .add(Relu)
        .add(Flatten)
        .add(Dense::new(1));
    let x: Vec<f32> = (0..40 * 16).map(|n| (n % 13) as f32 / 13.0).collect();
    let y: Vec<f32> = (0..40).map(|n| (n % 3) as f32).collect();
    let isa = Isa::named("portable").expect("every CPU has it");
    let weights = |threads| {
        let mut network = spec.build::<f32>(0).expect("its shapes fit");
        let fit = Fit {
            machine: Some(Machine { isa, threads }),
            ..Fit::new(Loss::MeanSquaredError, Adam::new(0.1))
        };
        let fit = fit.batch(40).epochs(2);
        let samples = network.samples(&x, &y).expect("whole samples");
        let mut trainer = Trainer::new(&network, &fit, 40).expect("it can be trained");
        assert_eq!(trainer.threads(), threads);
        while !trainer.is_done() {
            trainer.step(&mut network, &samples).expect("finite numbers");
            trainer.end_epoch(&mut network, None);
        }
        network.weights().iter().map(|weight| weight.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(weights(3), weights(1));
}
