//! What the library says to input that it cannot work on: an error, never a panic.

use toddle::{
    AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool1d, AvgPool2d, ClippedRelu, Conv1d, Conv2d, Crop,
    CrossEntropy, Dense, Elu, Embedding, Fit, FitError, Flatten, GaussianNoise, GroupNorm, LayerNorm,
    LeakyRelu, LogSoftmax, Loss, MaxPool1d, MaxPool2d, NetworkSpec, Pad, PadMode, Padding, Prelu, Reshape,
    Residual, Sgd, Shape, Softmax, Softplus, SpatialDropout, Tanh, Trainer, Upsample,
};

/// The five lines, for specifications that cannot be built.
fn refusal(spec: NetworkSpec) -> String {
    let text = spec.build::<f32>(0).expect_err("it cannot be built").to_string();
    assert_eq!(text.lines().count(), 5, "{text}");
    text
}

#[test]
fn what_does_not_fit_is_refused_in_five_lines() {
    let (image, vector, most) = (Shape::image(1, 4, 4), Shape::vector(4), usize::MAX);
    for spec in [
        NetworkSpec::new(vector),
        NetworkSpec::new(Shape::vector(0)).add(Tanh),
        NetworkSpec::new(Shape::image(3, 0, 3)).add(Flatten),
        NetworkSpec::new(Shape::image(most, 2, 2)).add(Flatten),
        NetworkSpec::new(Shape::vector(most)).add(Tanh),
        NetworkSpec::new(vector).add(Conv2d::new(1, 3)),
        NetworkSpec::new(image).add(Conv2d::new(0, 3)),
        NetworkSpec::new(image).add(Conv2d::new(1, 0)),
        NetworkSpec::new(image).add(Conv2d::new(1, (5, 1))),
        NetworkSpec::new(image).add(Conv2d::new(1, (1, 5))),
        NetworkSpec::new(image).add(Conv2d::new(1, (3, 2)).fast(true)),
        NetworkSpec::new(image).add(Conv2d::new(1, 3).stride((1, 2)).fast(true)),
        NetworkSpec::new(image).add(Conv2d::new(1, 3).padding(1).dilation(2).fast(true)),
        NetworkSpec::new(Shape::image(2, 4, 4)).add(Conv2d::depthwise(2, 3).fast(true)),
        NetworkSpec::new(image).add(Conv2d::new(most, 3)),
        NetworkSpec::new(image).add(Conv2d::new(1, most)),
        NetworkSpec::new(image).add(Dense::new(3)),
        NetworkSpec::new(image).add(Softmax::default()),
        NetworkSpec::new(image).add(LogSoftmax::default()),
        NetworkSpec::new(vector).add(ClippedRelu { max: 0.0 }),
        NetworkSpec::new(vector).add(Softplus { beta: -1.0 }),
        NetworkSpec::new(vector).add(Softplus { beta: f64::NAN }),
        NetworkSpec::new(vector).add(SpatialDropout::new(0.5)),
        NetworkSpec::new(image).add(SpatialDropout::new(1.0)),
        NetworkSpec::new(image).add(GaussianNoise::new(-1.0)),
        NetworkSpec::new(image).add(GaussianNoise::new(1e300)),
        NetworkSpec::new(image).add(MaxPool2d::new(3).dilation(most)),
        NetworkSpec::new(image).add(MaxPool2d::new(3).dilation(0)),
        NetworkSpec::new(image).add(MaxPool2d::new(2).dilation(4)),
        NetworkSpec::new(image).add(MaxPool2d::new(1 << 28).dilation(1 << 28).padding(Padding::Same)),
        NetworkSpec::new(image).add(AvgPool2d::new(6).stride(1).ceil_mode(true)),
        NetworkSpec::new(image).add(AdaptiveAvgPool2d::new(0)),
        NetworkSpec::new(image).add(AdaptiveMaxPool2d::new(most)),
        NetworkSpec::new(image).add(AdaptiveMaxPool2d::new(1 << 15)),
        NetworkSpec::new(vector).add(AdaptiveMaxPool2d::new(1)),
        NetworkSpec::new(image).add(Conv1d::new(1, 1)),
        NetworkSpec::new(vector).add(MaxPool1d::new(1)),
        NetworkSpec::new(Shape::image(1, 1, 4)).add(AvgPool1d::new(5)),
        NetworkSpec::new(Shape::image(1, 1, 4)).add(Conv1d::new(1, 2).dilation(most)),
        NetworkSpec::new(image).add(Embedding::new(3, 2)),
        NetworkSpec::new(Shape::image(2, 1, 4)).add(Embedding::new(3, 2)),
        NetworkSpec::new(vector).add(Embedding::new(0, 2)),
        NetworkSpec::new(vector).add(Embedding::new(3, 0)),
        NetworkSpec::new(vector).add(Embedding::new((1 << 24) + 1, 1)),
        NetworkSpec::new(vector).add(Embedding::new(1 << 24, 1 << 5)),
        NetworkSpec::new(vector).add(LeakyRelu { slope: f64::NAN }),
        NetworkSpec::new(vector).add(Elu { alpha: 1e300 }),
        NetworkSpec::new(vector).add(Prelu { initial: f64::INFINITY, ..Prelu::default() }),
        NetworkSpec::new(vector).add(Dense::new(0)),
        NetworkSpec::new(vector).add(Dense::new(most)),
        NetworkSpec::new(vector).add(Dense::new(1 << 27)),
        NetworkSpec::new(vector).add(Dense::new(40_000)).add(Dense::new(40_000)),
        NetworkSpec::new(Shape::image(1 << 8, 1 << 10, 1 << 10)).add(Tanh),
        NetworkSpec::new(image).add(Conv2d::new(1 << 10, 1).padding([200; 4])),
        NetworkSpec::new(vector).add(Upsample::new(2)),
        NetworkSpec::new(image).add(Upsample::new(0)),
        NetworkSpec::new(image).add(Upsample::new((1, most))),
        NetworkSpec::new(image).add(Upsample::new(1 << 16)),
        NetworkSpec::new(image).add(Upsample::new(2).align_corners(true)),
        NetworkSpec::new(vector).add(Pad::new(1)),
        NetworkSpec::new(image).add(Pad::new(most)),
        NetworkSpec::new(image).add(Pad::new([0, 0, most, most])),
        NetworkSpec::new(image).add(Pad::new(1 << 20)),
        NetworkSpec::new(image).add(Pad::new(4).mode(PadMode::Reflect)),
        NetworkSpec::new(image).add(Pad::new([0, 5, 0, 0]).mode(PadMode::Circular)),
        NetworkSpec::new(image).add(Pad::new(1).constant(f64::NAN)),
        NetworkSpec::new(image).add(Pad::new(1).constant(1.0).mode(PadMode::Zeros)),
        NetworkSpec::new(vector).add(Crop::new(1)),
        NetworkSpec::new(image).add(Crop::new(2)),
        NetworkSpec::new(image).add(Crop::new([0, 0, most, most])),
        NetworkSpec::new(vector).add(GroupNorm::new(0)),
        NetworkSpec::new(vector).add(GroupNorm::new(3)),
        NetworkSpec::new(vector).add(GroupNorm::new(4)),
        NetworkSpec::new(vector).add(GroupNorm::new(most)),
        NetworkSpec::new(vector).add(GroupNorm { epsilon: 1e-300, ..GroupNorm::new(1) }),
        NetworkSpec::new(Shape::vector(1)).add(LayerNorm::default()),
        NetworkSpec::new(vector).add(LayerNorm { epsilon: f64::NAN, ..LayerNorm::default() }),
    ] {
        refusal(spec);
    }
    assert!(refusal(NetworkSpec::new(image).add(Tanh).add(Dense::new(3))).contains("cannot follow `tanh1`"));
}

#[test]
fn what_is_no_class_number_is_refused_before_an_embedding_sees_it() {
    let spec = NetworkSpec::new(Shape::vector(3))
        .add(Reshape::new(Shape::image(1, 1, 3)))
        .add(Embedding::new(5, 2))
        .add(Flatten)
        .add(Dense::new(1));
    let mut network = spec.build::<f32>(0).unwrap();
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1));
    let good = [0.0, 4.0, 2.0];
    assert!(network.predict(&good).is_ok() && network.fit(&good, &[0.0], &fit).is_ok());
    for (wrong, shown) in
        [(5.0, "5"), (-1.0, "-1"), (0.5, "0.5"), (f32::NAN, "NaN"), (f32::INFINITY, "inf"), (1e30, "1e30")]
    {
        let x = [0.0, 4.0, 2.0, 1.0, wrong, 3.0];
        let errors = [
            network.predict(&x).map(|_| ()).unwrap_err(),
            network.trace(&x).map(|_| ()).unwrap_err(),
            network.fit(&x, &[0.0; 2], &fit).map(|_| ()).unwrap_err(),
        ];
        for error in errors {
            assert!(
                matches!(error, FitError::NotAClass { classes: 5, sample: 1, element: 1, .. }),
                "{error}"
            );
            let text = error.to_string();
            assert!(text.contains("embedding `embedding1`") && text.contains("from 0 to 4"), "{text}");
            if wrong < 1e3 {
                assert!(text.starts_with(shown), "{text}");
            }
        }
    }
    // A validation sample that is wrong is refused before the training.
    let (right, wrong) = (network.samples(&good, &[0.0]).unwrap(), [0.0, 0.0, 7.0]);
    let wrong = network.samples(&wrong, &[0.0]).unwrap();
    let before = network.weights().to_vec();
    let refused = fit.run_validated(&mut network, &right, Some(&wrong), &mut |_: &toddle::Epoch| {
        std::ops::ControlFlow::Continue(())
    });
    assert!(matches!(refused.unwrap_err(), FitError::NotAClass { sample: 0, element: 2, .. }));
    assert_eq!(network.weights(), before);
}

#[test]
fn samples_that_cannot_be_trained_on_are_refused() {
    let mut network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(3)).build::<f32>(0).unwrap();
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1));
    let mut refused = |x: &[f32], y: &[f32], fit: &Fit| network.fit(x, y, fit).unwrap_err();
    assert!(matches!(refused(&[0.0; 3], &[0.0; 3], &fit), FitError::Ragged { what: "inputs", .. }));
    assert!(matches!(refused(&[0.0; 2], &[0.0; 4], &fit), FitError::Ragged { what: "targets", .. }));
    assert!(matches!(refused(&[0.0; 4], &[0.0; 3], &fit), FitError::Unpaired { inputs: 2, targets: 1 }));
    assert!(matches!(refused(&[], &[], &fit), FitError::Empty));
    #[cfg(target_pointer_width = "64")]
    {
        let network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f32>(0).unwrap();
        let error = Trainer::new(&network, &fit, 1 << 32).unwrap_err();
        assert!(matches!(error, FitError::TooManySamples { samples: 0x1_0000_0000 }), "{error}");
    }
    let (x, y) = ([0.0; 2], [0.0; 3]);
    assert!(matches!(refused(&x, &y, &fit.clone().batch(0)), FitError::Setting { setting: "batch", .. }));
    for rate in [f64::NAN, f64::INFINITY, -0.1, 1e300] {
        let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(rate));
        assert!(matches!(refused(&x, &y, &fit), FitError::Setting { setting: "rate", .. }), "{rate}");
    }
    let fit = Fit::new(Loss::Huber { delta: 0.0 }, Sgd::new(0.1));
    assert!(matches!(refused(&x, &y, &fit), FitError::Setting { setting: "delta", .. }));
    let two = CrossEntropy { class_weights: vec![1.0; 2], ..CrossEntropy::default() };
    let fit = Fit::new(two, Sgd::new(0.1));
    assert!(matches!(refused(&x, &y, &fit), FitError::Loss(_)));
}

#[test]
fn nothing_asked_is_nothing_answered() {
    let network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(3)).build::<f32>(0).unwrap();
    assert!(network.predict(&[]).unwrap().is_empty());
    assert!(network.predict(&[0.0; 3]).is_err());
}

#[cfg(feature = "ndarray")]
#[test]
fn arrays_of_another_shape_are_refused_and_views_of_any_strides_are_not() {
    use ndarray::{Array2, Array3, Array4};

    let spec = NetworkSpec::new(Shape::image(1, 2, 3)).add(Flatten).add(Dense::new(2));
    let mut network = spec.build::<f32>(0).unwrap();
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1));
    let (x, y) =
        (Array4::from_shape_fn((5, 1, 2, 3), |(n, _, r, c)| (n + 2 * r + c) as f32), Array2::zeros((5, 2)));
    assert!(network.fit_array(x.view(), Array2::zeros((4, 2)).view(), &fit).is_err());
    assert!(network.fit_array(x.view(), Array2::zeros((5, 3)).view(), &fit).is_err());
    let error = network.predict_array(Array3::zeros((5, 3, 2)).view()).unwrap_err();
    assert!(error.to_string().contains("an array of shape [5, 3, 2]"), "{error}");
    assert!(network.predict_array(Array2::zeros((0, 6)).view()).is_err());

    // The same samples, last to first and with rows and columns exchanged, and in the order of memory.
    let turned = Array3::from_shape_fn((3, 2, 5), |(c, r, n)| x[[4 - n, 0, r, c]]);
    let view = turned.view().reversed_axes();
    assert_eq!(
        network.predict_array(view.slice(ndarray::s![..;-1, .., ..])).unwrap(),
        network.predict_array(x.view()).unwrap()
    );
    let mut other = spec.build::<f32>(0).unwrap();
    network.fit_array(x.view(), y.view(), &fit).unwrap();
    other.fit_array(view.slice(ndarray::s![..;-1, .., ..]), y.view(), &fit).unwrap();
    assert_eq!(network.weights(), other.weights());
}

#[test]
fn layers_that_are_small_by_themselves_and_large_together_are_refused() {
    // Sixteen values of 2²⁰ numbers are as many as a sample may be.
    let deep = |layers| (0..layers).fold(NetworkSpec::new(Shape::vector(1 << 20)), |spec, _| spec.add(Tanh));
    assert!(deep(15).build::<f32>(0).is_ok());
    let text = refusal(deep(16));
    assert!(text.starts_with("layer 16 `tanh16` cannot follow `tanh15`"), "{text}");
    assert!(text.contains("more than 16777216 numbers on its way"), "{text}");
    let block = Residual { layers: deep(14).layers, projection: Vec::new() };
    let text = refusal(NetworkSpec::new(Shape::vector(1 << 20)).add(block.clone()).add(Tanh));
    assert!(text.starts_with("layer 2 `tanh1` cannot follow `residual1`"), "{text}");
    let text = refusal(NetworkSpec::new(Shape::vector(1 << 20)).add(Tanh).add(block));
    assert!(text.starts_with("layer 2 `residual1` cannot follow `tanh1`"), "{text}");
}
