//! What the weights of networks begin with: bounds, moments, right angles, and the same numbers again.

use serde_json::json;
use toddle::{
    AdaptiveMaxPool2d, AvgPool2d, BatchNorm, ClippedRelu, Conv2d, ConvTranspose2d, Crop, Dense, Dropout, Elu,
    Embedding, Flatten, Float, GaussianNoise, Gelu, GlobalAvgPool, GroupNorm, HardSigmoid, HardSwish, Init,
    LayerNorm, LayerSpec, LeakyRelu, LogSoftmax, MaxPool2d, Mish, Network, NetworkSpec, NumpyRandom, Pad,
    Prelu, Relu, Reshape, Residual, Selu, Shape, Sigmoid, Silu, Softmax, Softplus, Softsign, SpatialDropout,
    Tanh, Upsample,
};

const EVERY: [Init; 15] = [
    Init::Post,
    Init::Zeros,
    Init::Constant { value: 0.3 },
    Init::Uniform { low: -0.1, high: 0.3 },
    Init::Normal { mean: 0.5, deviation: 0.2 },
    Init::TruncatedNormal { mean: -0.5, deviation: 0.2 },
    Init::GlorotUniform,
    Init::GlorotNormal,
    Init::HeUniform,
    Init::HeNormal,
    Init::LecunUniform,
    Init::LecunNormal,
    Init::Orthogonal { gain: 1.5 },
    Init::Torch,
    Init::Auto,
];

fn build<T: Float>(init: Init, seed: u32) -> Network<T> {
    let spec = NetworkSpec::new(Shape::image(4, 12, 12)).add(Conv2d::new(20, 3)).add(Tanh);
    spec.add(Flatten).add(Dense::new(30)).add(Softmax::default()).init(init).build(seed).unwrap()
}

/// The numbers of one parameter.
fn param<T: Float>(network: &Network<T>, name: &str) -> Vec<f64> {
    let range = network.layout().get(name).unwrap().range.clone();
    network.weights()[range].iter().map(|w| w.to_f64()).collect()
}

fn mean_and_deviation(numbers: &[f64]) -> (f64, f64) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    (mean, (numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[test]
fn the_posts_weights_are_numpys_stream() {
    let mut stream = NumpyRandom::new(5);
    let expected: Vec<f64> = std::iter::repeat_with(|| stream.uniform() - 0.5).take(60_770).collect();
    assert_eq!(build::<f64>(Init::Post, 5).weights(), expected);
    assert_eq!(NetworkSpec::new(Shape::vector(1)).init, Init::Post);
}

#[test]
fn weights_have_the_moments_and_bounds_of_their_laws() {
    // Of the convolution 4·3·3 and 20·3·3, of the dense layer 2000 and 30.
    for (name, inputs, outputs) in [("conv1.weight", 36.0, 180.0), ("dense1.weight", 2000.0, 30.0)] {
        let both: f64 = inputs + outputs;
        let uniform = |bound: f64| (0.0, bound / 3f64.sqrt(), bound);
        let normal = |deviation: f64| (0.0, deviation, 6.0 * deviation);
        for (init, (mean, deviation, bound)) in [
            (Init::Uniform { low: -0.1, high: 0.3 }, (0.1, 0.2 / 3f64.sqrt(), 0.2)),
            (Init::Normal { mean: 0.5, deviation: 0.2 }, (0.5, 0.2, 1.2)),
            // Of a normal distribution cut off at two deviations, 0.8796 of them remain.
            (Init::TruncatedNormal { mean: -0.5, deviation: 0.2 }, (-0.5, 0.2 * 0.879_6, 0.4)),
            (Init::GlorotUniform, uniform((6.0 / both).sqrt())),
            (Init::GlorotNormal, normal((2.0 / both).sqrt())),
            (Init::HeUniform, uniform((6.0 / inputs).sqrt())),
            (Init::HeNormal, normal((2.0 / inputs).sqrt())),
            (Init::LecunUniform, uniform((3.0 / inputs).sqrt())),
            (Init::LecunNormal, normal((1.0 / inputs).sqrt())),
            (Init::Torch, uniform((1.0 / inputs).sqrt())),
        ] {
            let weights = param(&build::<f64>(init, 1), name);
            let (m, d) = mean_and_deviation(&weights);
            let slack = 5.0 / (weights.len() as f64).sqrt();
            assert!((m - mean).abs() < slack * deviation, "{init} {name}: mean {m}, expected {mean}");
            assert!(
                (d / deviation - 1.0).abs() < slack,
                "{init} {name}: deviation {d}, expected {deviation}"
            );
            let most = weights.iter().map(|w| (w - mean).abs()).fold(0.0, f64::max);
            assert!(most <= bound && most > 0.4 * bound, "{init} {name}: as far as {most} from the mean");
        }
    }
}

#[test]
fn biases_begin_at_zero_but_with_two() {
    for init in EVERY {
        let network = build::<f64>(init, 1);
        let biases = [param(&network, "conv1.bias"), param(&network, "dense1.bias")];
        match init {
            Init::Post => {}
            Init::Torch => {
                for (biases, inputs) in biases.iter().zip([36.0, 2000.0]) {
                    let bound = 1.0 / f64::sqrt(inputs);
                    let most = biases.iter().map(|b| b.abs()).fold(0.0, f64::max);
                    assert!(most <= bound && most > bound / 2.0, "as far as {most} from zero");
                }
            }
            _ => assert!(biases.iter().flatten().all(|b| *b == 0.0), "{init}"),
        }
    }
    assert!(build::<f32>(Init::Zeros, 1).weights().iter().all(|w| *w == 0.0));
    assert!(param(&build::<f64>(Init::Constant { value: 0.3 }, 1), "conv1.weight").iter().all(|w| *w == 0.3));
}

#[test]
fn orthogonal_weights_are_at_right_angles() {
    // Tall, wide and square matrices.
    for (inputs, outputs) in [(40, 7), (7, 40), (25, 25), (1, 9), (9, 1)] {
        let spec = NetworkSpec::new(Shape::vector(inputs)).add(Dense::new(outputs));
        let network = spec.init(Init::Orthogonal { gain: 1.5 }).build::<f64>(3).unwrap();
        let w = param(&network, "dense1.weight");
        let (tall, short) = (inputs >= outputs, inputs.min(outputs));
        let at = |n: usize, k: usize| if tall { w[k * outputs + n] } else { w[n * outputs + k] };
        for (n, m) in (0..short).flat_map(|n| (0..short).map(move |m| (n, m))) {
            let product: f64 = (0..inputs.max(outputs)).map(|k| at(n, k) * at(m, k)).sum();
            let expected = if n == m { 1.5 * 1.5 } else { 0.0 };
            assert!((product - expected).abs() < 1e-13, "{inputs}×{outputs}: {n}·{m} is {product}");
        }
    }
}

#[test]
fn orthogonal_matrices_lean_nowhere() {
    // A first number of either sign, as often: the sign of a vector is not always the same.
    let positive = |seed: &u32| {
        let spec = NetworkSpec::new(Shape::vector(3)).add(Dense::new(3)).init(Init::Orthogonal { gain: 1.0 });
        spec.build::<f64>(*seed).unwrap().weights()[0] > 0.0
    };
    let times = (0..400).filter(positive).count();
    assert!((150..250).contains(&times), "{times} of 400");
}

#[test]
fn the_same_seed_draws_the_same_numbers_and_another_draws_others() {
    for init in EVERY {
        let network = build::<f64>(init, 1);
        assert_eq!(network.weights(), build::<f64>(init, 1).weights(), "{init}");
        let drawn = !matches!(init, Init::Zeros | Init::Constant { .. });
        assert_eq!(network.weights() != build::<f64>(init, 2).weights(), drawn, "{init}");
        let rounded: Vec<f32> = network.weights().iter().map(|w| *w as f32).collect();
        assert_eq!(build::<f32>(init, 1).weights(), rounded, "{init}");
        assert_eq!(network.spec().init, init);
    }
}

#[test]
fn a_parameters_numbers_do_not_depend_on_those_before_it() {
    let spec = |outputs| NetworkSpec::new(Shape::vector(5)).add(Dense::new(outputs)).add(Dense::new(4));
    let second = |outputs| {
        let network = spec(outputs).init(Init::Normal { mean: 0.0, deviation: 1.0 }).build::<f64>(1).unwrap();
        param(&network, "dense2.weight")
    };
    assert_eq!(second(7)[..12], second(3)[..]);
}

#[test]
fn initialisers_are_written_and_read() {
    for init in EVERY {
        let text = serde_json::to_string(&init).unwrap();
        assert_eq!(serde_json::from_str::<Init>(&text).unwrap(), init, "{text}");
    }
    let spec = NetworkSpec::new(Shape::vector(5)).add(Dense::new(3)).init(Init::HeNormal);
    let mut written = serde_json::to_value(&spec).unwrap();
    assert_eq!(written["init"], json!({ "kind": "he_normal" }));
    assert_eq!(serde_json::from_value::<NetworkSpec>(written.clone()).unwrap(), spec);
    written.as_object_mut().unwrap().remove("init");
    assert_eq!(serde_json::from_value::<NetworkSpec>(written).unwrap().init, Init::Post);
}

#[test]
fn settings_out_of_range_are_refused_in_five_lines() {
    for init in [
        Init::Constant { value: f64::NAN },
        Init::Uniform { low: 0.1, high: -0.1 },
        Init::Normal { mean: 0.0, deviation: -1.0 },
        Init::TruncatedNormal { mean: 0.0, deviation: f64::INFINITY },
        Init::Orthogonal { gain: 1e300 },
    ] {
        let spec = NetworkSpec::new(Shape::vector(5)).add(Dense::new(3)).init(init);
        let text = spec.build::<f32>(0).unwrap_err().to_string();
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(text.contains(&format!("its weights cannot begin as {init}")), "{text}");
    }
}

/// The initialiser that each weight of a network with [`Init::Auto`] has begun with: that which draws the same numbers.
fn chosen(spec: &NetworkSpec) -> Vec<(String, Init)> {
    let of = |init| spec.clone().init(init).build::<f64>(5).unwrap();
    let auto = of(Init::Auto);
    let known = [Init::HeUniform, Init::GlorotUniform, Init::LecunUniform].map(|init| (init, of(init)));
    let weights = auto.layout().params().iter().filter(|param| param.name.ends_with("weight"));
    weights
        .filter(|param| param.shape.len() > 1)
        .map(|param| {
            let numbers = &auto.weights()[param.range.clone()];
            let same = known.iter().find(|(_, other)| &other.weights()[param.range.clone()] == numbers);
            (param.name.clone(), same.unwrap_or_else(|| panic!("{}", param.name)).0)
        })
        .collect()
}

#[test]
fn the_table_of_an_embedding_is_normal_with_every_initialiser() {
    let spec = NetworkSpec::new(Shape::vector(1)).add(Embedding::new(300, 40));
    let first = spec.clone().init(Init::HeUniform).build::<f64>(3).unwrap().weights().to_vec();
    let mean = first.iter().sum::<f64>() / first.len() as f64;
    let square = first.iter().map(|w| w * w).sum::<f64>() / first.len() as f64;
    assert!(mean.abs() < 0.03 && (square - 1.0).abs() < 0.05, "{mean} {square}");
    for init in EVERY {
        assert_eq!(spec.clone().init(init).build::<f64>(3).unwrap().weights(), first, "{init}");
    }
}

#[test]
fn auto_chooses_by_the_activation_that_follows() {
    let (he, glorot, lecun) = (Init::HeUniform, Init::GlorotUniform, Init::LecunUniform);
    for (init, activations) in [
        (
            he,
            vec![
                Relu,
                LeakyRelu::default().into(),
                Prelu::default().into(),
                Elu::default().into(),
                Gelu::default().into(),
                Silu,
                Mish,
                HardSwish,
                Softplus::default().into(),
                ClippedRelu::default().into(),
            ],
        ),
        (lecun, vec![Selu]),
        (
            glorot,
            vec![
                Tanh,
                Sigmoid,
                HardSigmoid,
                Softsign,
                Softmax::default().into(),
                LogSoftmax::default().into(),
            ],
        ),
    ] {
        for activation in activations {
            let spec = NetworkSpec::new(Shape::vector(6)).add(Dense::new(5)).add(activation.clone());
            let of = chosen(&spec.add(Dense::new(4)));
            assert_eq!(
                of,
                [("dense1.weight".into(), init), ("dense2.weight".into(), glorot)],
                "{activation}"
            );
        }
    }
}

#[test]
fn auto_looks_past_what_is_no_activation() {
    let (he, glorot, lecun) = (Init::HeUniform, Init::GlorotUniform, Init::LecunUniform);
    let passing: Vec<LayerSpec> = vec![
        BatchNorm::default().into(),
        MaxPool2d::new(2).into(),
        AvgPool2d::new(2).into(),
        AdaptiveMaxPool2d::new(2).into(),
        Dropout::new(0.5).into(),
        Upsample::new(2).into(),
        Pad::new(1).into(),
        Crop::new(1).into(),
        GroupNorm::new(2).into(),
        GaussianNoise::new(0.1).into(),
        SpatialDropout::new(0.5).into(),
        GlobalAvgPool,
        LayerNorm::default().into(),
        Reshape::new(Shape::vector(4)).into(),
        Flatten,
    ];
    let all = passing
        .into_iter()
        .fold(NetworkSpec::new(Shape::image(1, 10, 10)).add(Conv2d::new(4, 3)), |spec, layer| {
            spec.add(layer)
        });
    let [(_, init), _] = &chosen(&all.clone().add(Relu).add(Dense::new(2)))[..] else { panic!("two layers") };
    assert_eq!(*init, he);
    assert_eq!(chosen(&all.clone())[0].1, glorot);
    // The first activation counts, and the next weights hide those behind them.
    let spec = NetworkSpec::new(Shape::vector(3)).add(Dense::new(4)).add(Selu).add(Relu).add(Dense::new(4));
    let inits: Vec<Init> =
        chosen(&spec.add(Dense::new(4)).add(Relu)).into_iter().map(|(_, init)| init).collect();
    assert_eq!(inits, [lecun, glorot, he]);
    let spec = NetworkSpec::new(Shape::image(2, 3, 3)).add(ConvTranspose2d::new(2, 2)).add(Relu);
    assert_eq!(chosen(&spec)[0].1, he);
}

#[test]
fn auto_looks_along_both_ways_of_a_residual_block() {
    let (he, glorot) = (Init::HeUniform, Init::GlorotUniform);
    let block = Residual::new()
        .add(Conv2d::new(4, 3).padding(1))
        .add(BatchNorm::default())
        .add(Tanh)
        .add(Conv2d::new(4, 3).padding(1))
        .add(BatchNorm::default())
        .project(Conv2d::new(4, 1));
    let spec = NetworkSpec::new(Shape::image(2, 5, 5)).add(block).add(Relu).add(Flatten).add(Dense::new(3));
    let inits: Vec<Init> = chosen(&spec).into_iter().map(|(_, init)| init).collect();
    // The sum's relu is behind the block's last convolution and behind its projection.
    assert_eq!(inits, [glorot, he, he, glorot]);
    // What goes into the block goes around it to the relu, and into a convolution without one.
    let block = Residual::new().add(Dense::new(4)).add(Dense::new(4));
    let spec = NetworkSpec::new(Shape::vector(3)).add(Dense::new(4)).add(block).add(Relu);
    let inits: Vec<Init> = chosen(&spec).into_iter().map(|(_, init)| init).collect();
    assert_eq!(inits, [he, glorot, he]);
}

#[test]
fn auto_is_a_word_in_files() {
    let spec = NetworkSpec::new(Shape::vector(5)).add(Dense::new(3)).init(Init::Auto);
    let written = serde_json::to_value(&spec).unwrap();
    assert_eq!(written["init"], json!({ "kind": "auto" }));
    assert_eq!(serde_json::from_value::<NetworkSpec>(written).unwrap(), spec);
    assert_eq!(Init::Auto.to_string(), "auto");
    assert!(serde_json::from_value::<Init>(json!({ "kind": "auto", "gain": 2 })).is_err());
}
