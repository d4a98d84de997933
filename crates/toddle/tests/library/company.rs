//! A digit is answered with the same bits alone, in any company, and at any place in it.

use toddle::{
    BatchNorm, Conv2d, Dense, Dropout, Engine, Flatten, Isa, LogSoftmax, Machine, MaxPool2d, Mode, Network,
    NetworkSpec, Relu, Residual, Shape, Tanh,
};

/// Of every kind that answers by sums, maxima or exponentials.
fn network() -> Network<f32> {
    let block = Residual::new().add(Conv2d::new(3, 3).padding(1)).add(BatchNorm::default()).add(Relu);
    NetworkSpec::new(Shape::image(1, 28, 28))
        .add(Conv2d::new(3, 5).stride(2))
        .add(BatchNorm::default())
        .add(Tanh)
        .add(block)
        .add(MaxPool2d::new(2))
        .add(Flatten)
        .add(Dropout::new(0.5))
        .add(Dense::new(20))
        .add(Tanh)
        .add(Dense::new(10))
        .add(LogSoftmax::default())
        .build(1)
        .unwrap()
}

/// The answers to `digits`, so many at once.
fn answers(network: &Network<f32>, batch: usize, isa: Isa, digits: &[f32]) -> Vec<f32> {
    let plan = network.plan(batch, Mode::Infer, &Machine { isa, threads: 1 });
    let mut answers = vec![0.0; digits.len() / network.input().size() * network.output().size()];
    Engine::new(network, plan).forward(network, digits, &mut answers);
    answers
}

#[test]
fn ten_thousand_digits_are_answered_alike_in_any_company() {
    let network = network();
    let digits = toddle_data::mnist().test().unwrap().inputs::<f32>();
    let alone = answers(&network, 1, Isa::detect(), &digits);
    assert_eq!(alone.len(), 10_000 * 10);
    assert!(alone.iter().all(|y| y.is_finite()) && alone[..10] != alone[10..20]);

    for (batch, stride) in [(3, 9), (7, 3), (16, 7), (257, 77), (1024, 4999)] {
        // Odd strides that 5 does not divide meet each of the 10,000 once.
        let order = || (0..10_000).map(|n| n * stride % 10_000);
        let shuffled: Vec<f32> = order().flat_map(|n| digits[n * 784..][..784].iter().copied()).collect();
        let expected: Vec<u32> =
            order().flat_map(|n| alone[n * 10..][..10].iter().map(|y| y.to_bits())).collect();
        for isa in Isa::available() {
            let together: Vec<u32> =
                answers(&network, batch, *isa, &shuffled).into_iter().map(f32::to_bits).collect();
            assert!(together == expected, "in batches of {batch}, {isa}");
        }
    }
    for isa in Isa::available() {
        assert!(answers(&network, 1, *isa, &digits) == alone, "alone, {isa}");
    }
}
