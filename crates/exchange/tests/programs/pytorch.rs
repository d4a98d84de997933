//! Modules of PyTorch, run by PyTorch, and their weights.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::common::{Peer, inputs, single, trained};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;
use toddle::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Anneal, Clip, Conv2d, CosineDecay, CosineRestarts, CrossEntropy,
    Cyclic, Dense, Embedding, ExponentialDecay, Fit, Flatten, Lion, LogSoftmax, Loss, MaxPool2d,
    MultiStepDecay, Nadam, Network, NetworkSpec, NumpyRandom, OneCycle, Optimizer, Per, Plateau,
    PolynomialDecay, PositiveWeight, RAdam, Relu, RmsProp, Schedule, Sgd, Shape, StepDecay, Tanh, Warmup,
};
use toddle_exchange::peer::{Difference, PYTORCH, Question};
use toddle_exchange::{Module, pytorch};
use toddle_testkit::cases::cases;
use toddle_testkit::numbers::same_bits;
use toddle_testkit::random;

/// Checks that PyTorch gives the outputs of `network`.
fn check(peer: &mut Option<Peer>, network: &Network<f32>) {
    let module = pytorch::encode(network, "test", None).unwrap();
    let Some(peer) = peer else { return };
    let x = inputs(network, 3);
    let question = Question { file: &module.together(), network, outputs: Vec::new(), batch: None, x: &x };
    let answer = peer.ask(&question);
    let difference = Difference::of(&answer.y, &network.predict(&x).unwrap());
    assert!(difference.relative <= 1e-5, "{difference:?}\n{}", module.source);
}

#[test]
fn every_case_of_every_layer_is_the_same_in_pytorch() {
    let mut peer = Peer::python(PYTORCH);
    for case in cases() {
        check(&mut peer, &trained(&single(case.spec, case.input), 1));
    }
}

#[test]
fn class_numbers_that_a_layer_makes_are_refused() {
    let spec = NetworkSpec::new(Shape::vector(2)).add(Relu).add(Embedding::new(3, 4));
    let error = pytorch::encode(&spec.build(0).unwrap(), "test", None).unwrap_err();
    assert_eq!(error.expected, "class numbers that are an input of the network");
}

#[test]
fn random_graphs_are_the_same_in_pytorch() {
    let mut peer = Peer::python(PYTORCH);
    let mut random = NumpyRandom::new(2);
    for seed in 0..100 {
        check(&mut peer, &trained(&random::graph(&mut random), seed));
    }
}

#[test]
fn the_source_is_for_people() {
    let spec = NetworkSpec::new(Shape::image(1, 8, 8))
        .add(Conv2d::new(4, 3).padding(1))
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Flatten)
        .add(Dense::new(3));
    let source = pytorch::encode(&spec.build(0).unwrap(), "small", None).unwrap().source;
    let class = source.split_once("class").unwrap().1.split_once("\n\n\n").unwrap().0;
    assert_eq!(
        class,
        " Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.dense1 = nn.Linear(64, 3)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        # input: (batch, 1, 8, 8)
        conv1 = self.conv1(input)  # 4, 8, 8
        relu1 = F.relu(conv1)  # 4, 8, 8
        pool1 = F.max_pool2d(relu1, 2, 2)  # 4, 4, 4
        flatten1 = pool1.flatten(1)  # 64
        dense1 = self.dense1(flatten1)  # 3
        return dense1"
    );
}

/// A file of safetensors with these tensors, whose elements count from 0.
fn file(tensors: &[(&str, &[usize])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (_, shape) in tensors {
        let size: usize = shape.iter().product();
        bytes.push((0..size).flat_map(|n| (n as f32).to_le_bytes()).collect::<Vec<u8>>());
    }
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape), bytes)| (*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn weights_come_back_to_the_bit() {
    let mut random = NumpyRandom::new(3);
    let graphs = (0..100).map(|_| random::graph(&mut random));
    let layers = cases().into_iter().map(|case| single(case.spec, case.input));
    for graph in graphs.chain(layers) {
        let network = trained(&graph, 1);
        let weights = pytorch::encode(&network, "test", None).unwrap().weights;
        let back = pytorch::decode(network.spec(), &weights).unwrap();
        same_bits("weights", back.weights(), network.weights()).unwrap();
        same_bits("state", back.state(), network.state()).unwrap();
    }
}

#[test]
fn the_weights_of_a_sequential_are_taken_in_order() {
    let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(2)).add(Relu).add(Dense::new(2)).into();
    let file = file(&[("10.weight", &[2, 2]), ("10.bias", &[2]), ("2.weight", &[2, 2]), ("2.bias", &[2])]);
    let network = pytorch::decode(&spec, &file).unwrap();
    // The weights of PyTorch are (out, in).
    assert_eq!(network.weights(), [0.0, 2.0, 1.0, 3.0, 0.0, 1.0, 0.0, 2.0, 1.0, 3.0, 0.0, 1.0]);
}

#[test]
fn a_module_around_all_others_is_passed_over() {
    let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(2)).into();
    let plain = pytorch::decode(&spec, &file(&[("0.weight", &[2, 2]), ("0.bias", &[2])])).unwrap();
    for wrapper in ["module.", "model.net."] {
        let [weight, bias] = ["0.weight", "0.bias"].map(|name| format!("{wrapper}{name}"));
        let network = pytorch::decode(&spec, &file(&[(&weight, &[2, 2]), (&bias, &[2])])).unwrap();
        assert_eq!(network.weights(), plain.weights());
    }
}

#[test]
fn weights_that_do_not_fit_are_named() {
    let spec = NetworkSpec::new(Shape::vector(3)).add(Dense::new(2)).add(Relu).add(Dense::new(2)).into();
    let error = |tensors: &[(&str, &[usize])]| pytorch::decode(&spec, &file(tensors)).unwrap_err();
    let by_shape: &[(&str, &[usize])] =
        &[("first.weight", &[2, 3]), ("first.bias", &[2]), ("last.weight", &[2, 2]), ("last.bias", &[2])];
    assert_eq!(error(by_shape).expected, "names or numbers that tell `dense1.bias` from others of its shape");
    let turned: &[(&str, &[usize])] =
        &[("0.weight", &[3, 2]), ("0.bias", &[2]), ("1.weight", &[2, 2]), ("1.bias", &[2])];
    assert_eq!(error(turned).got, "`0.weight` of shape [3, 2]");
    assert_eq!(error(&[("0.weight", &[9, 9])]).got, "1 (0.weight)");
    assert!(pytorch::decode(&spec, b"no file").is_err());
}

/// Trainings with every optimizer, loss and schedule that PyTorch has, and some that it does not have.
fn trainings() -> (Vec<Fit>, Vec<Fit>) {
    let sgd = || Optimizer::from(Sgd::new(0.1).momentum(0.9));
    let fit = |loss: Loss, optimizer: Optimizer, schedule: Schedule| {
        let clip = Some(Clip::Norm { limit: 0.5 });
        Fit { epochs: 6, batch: 4, shuffle: false, schedule, clip, ..Fit::new(loss, optimizer) }
    };
    let losses = [
        Loss::MeanSquaredError,
        Loss::MeanAbsoluteError,
        Loss::Huber { delta: 0.3 },
        Loss::SmoothL1 { beta: 0.3 },
        Loss::LogCosh,
        Loss::Quantile { quantile: 0.9 },
        Loss::Poisson { log_input: true },
        Loss::Cosine,
        Loss::CrossEntropy(CrossEntropy { label_smoothing: 0.1, class_weights: vec![1.0, 3.0] }),
        Loss::NegativeLogLikelihood,
        Loss::BinaryCrossEntropy { positive_weight: PositiveWeight::All(2.0) },
        Loss::KlDivergence,
        Loss::Hinge { margin: 0.5 },
    ];
    let optimizers = [
        Adadelta::new(1.0).into(),
        Adagrad::new(0.1).into(),
        Adam { amsgrad: true, ..Adam::new(0.01) }.l1(0.01).into(),
        AdamW::new(0.01).weight_decay(0.1).into(),
        Adamax::default().into(),
        Nadam::default().into(),
        RAdam::default().into(),
        RmsProp::new(0.01).centered().momentum(0.9).into(),
        Sgd::new(0.1).momentum(0.9).nesterov().weight_decay(0.01).into(),
    ];
    let schedules: [Schedule; 10] = [
        StepDecay::new(2).into(),
        MultiStepDecay { at: vec![2, 4], ..Default::default() }.into(),
        ExponentialDecay::new(0.9).into(),
        PolynomialDecay { power: 2.0, ..Default::default() }.into(),
        CosineDecay { lowest: 0.01, ..Default::default() }.into(),
        CosineRestarts { period: 2, growth: 2, ..Default::default() }.into(),
        Cyclic { rise: 3, lowest: 0.01, ..Default::default() }.into(),
        OneCycle::default().into(),
        OneCycle { three_phases: true, anneal: Anneal::Linear, ..Default::default() }.into(),
        Warmup {
            over: 2,
            per: Per::Epoch,
            then: Box::new(CosineDecay::default().into()),
            ..Default::default()
        }
        .into(),
    ];
    let mut there = Vec::new();
    there.extend(losses.into_iter().map(|loss| fit(loss, sgd(), Schedule::Constant)));
    there.extend(
        optimizers.into_iter().map(|optimizer| fit(Loss::MeanSquaredError, optimizer, Schedule::Constant)),
    );
    there.extend(schedules.into_iter().map(|schedule| fit(Loss::MeanSquaredError, sgd(), schedule)));
    let missing = vec![
        fit(Loss::Dice { smooth: 1.0 }, sgd(), Schedule::Constant),
        fit(Loss::MeanSquaredError, Lion::new(0.1).into(), Schedule::Constant),
        fit(Loss::MeanSquaredError, sgd(), Plateau::default().into()),
    ];
    (there, missing)
}

/// A small network that ends with logarithms of probabilities, so that every loss takes its outputs.
fn learner() -> Network<f32> {
    let spec = NetworkSpec::new(Shape::vector(3))
        .add(Dense::new(5))
        .add(Tanh)
        .add(Dense::new(2))
        .add(LogSoftmax::default());
    spec.build(1).unwrap()
}

#[test]
fn the_training_loop_is_python() {
    let Some(mut python) = crate::common::python("import ast, sys\nast.parse(sys.stdin.read())") else {
        return;
    };
    let network = learner();
    let (there, missing) = trainings();
    let sources = there.iter().map(|fit| pytorch::encode(&network, "test", Some(fit)).unwrap().source);
    let all = sources.collect::<Vec<_>>().join("\n");
    let mut child = python.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(all.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    for fit in missing {
        let module = pytorch::encode(&network, "test", Some(&fit)).unwrap();
        assert!(module.note.unwrap().starts_with("the file has no training loop: PyTorch does not have "));
        assert!(!module.source.contains("def train"));
    }
}

#[test]
fn the_training_loop_trains_as_toddle_does() {
    let Some(mut python) = crate::common::python(include_str!("../train.py")) else { return };
    let mut child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let mut answers = from.lines();
    let x: Vec<f32> = (0..30).map(|n| ((n * 7 % 11) as f32 - 5.0) / 5.0).collect();
    let t: Vec<f32> = (0..10).flat_map(|n| if n % 3 == 0 { [1.0, 0.0] } else { [0.0, 1.0] }).collect();
    for fit in trainings().0 {
        let mut network = learner();
        let Module { source, weights, .. } = pytorch::encode(&network, "test", Some(&fit)).unwrap();
        let asked = json!({ "source": source, "weights": weights, "inputs": 3, "x": x, "t": t });
        writeln!(to, "{asked}").unwrap();
        let answer: Vec<f32> = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        network.fit(&x, &t, &fit).unwrap();
        let difference = Difference::of(&answer, &network.predict(&x).unwrap());
        assert!(difference.relative <= 1e-4, "{fit:?}: {difference:?}\n{source}");
    }
    drop(to);
    assert!(child.wait().unwrap().success());
}
