//! A model comes back from its file with its bits, and a training goes on from any of its steps to the same bits.

use std::ops::ControlFlow;
use std::time::Duration;

use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use toddle::checkpoint::{self, About, CheckpointError, Saved, Scaling};
use toddle::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, BatchNorm, Clip, Conv2d, Dense, Dropout, Epoch, Fit, FitError,
    Flatten, Float, Isa, Lion, Loss, Machine, Nadam, Network, NetworkSpec, Observer, OneCycle, Optimizer,
    Plateau, RAdam, Residual, RmsProp, Sgd, Shape, Softmax, StepReport, Tanh, Trainer, Warmup,
};
use toddle_testkit::cases::cases;
use toddle_testkit::numbers::{numbers, same_bits};

fn residual() -> NetworkSpec {
    let block = Residual::new().add(Conv2d::new(3, 1)).add(BatchNorm::default()).add(Tanh);
    NetworkSpec::new(Shape::image(2, 5, 4))
        .add(block.project(Conv2d::new(3, 1)))
        .add(Flatten)
        .add(Dense::new(3))
}

/// A network whose numbers are none that it could have been built with.
fn with_numbers<T: Float>(spec: &NetworkSpec) -> Network<T> {
    let mut network = spec.build::<T>(0).unwrap();
    let weights = numbers::<T>(1, network.weights().len());
    network.weights_mut().copy_from_slice(&weights);
    // A batch norm's variances are none below 0.
    let state: Vec<T> =
        numbers::<T>(2, network.state().len()).into_iter().map(|number| number.abs()).collect();
    network.state_mut().copy_from_slice(&state);
    network
}

fn comes_back<T: Float>(spec: &NetworkSpec) {
    let network = with_numbers::<T>(spec);
    let file = checkpoint::encode(&network, &About::default(), None);
    let Saved { network: again, about, training } = checkpoint::decode::<T>(&file).unwrap();
    assert_eq!(again.spec(), spec);
    assert_eq!(again.layout(), network.layout());
    same_bits("weights", again.weights(), network.weights()).unwrap();
    same_bits("state", again.state(), network.state()).unwrap();
    assert!(training.is_none());
    assert_eq!(checkpoint::precision(&file).unwrap(), T::NAME);
    assert!(checkpoint::encode(&again, &about, None) == file, "the same model makes the same file");
}

#[test]
fn every_layer_comes_back() {
    let layers = cases().into_iter().map(|case| NetworkSpec::new(case.input).add(case.spec));
    for spec in layers.chain([residual()]) {
        comes_back::<f32>(&spec);
        comes_back::<f64>(&spec);
    }
}

#[test]
fn every_number_comes_back() {
    let odd = [-0.0, f64::MIN, 5e-324, f64::MAX, f64::MIN_POSITIVE, 0.1, 1.0, -1.0];
    let mut network = NetworkSpec::new(Shape::vector(7)).add(Dense::new(1)).build::<f64>(0).unwrap();
    network.weights_mut().copy_from_slice(&odd);
    let file = checkpoint::encode(&network, &About::default(), None);
    same_bits("weights", checkpoint::decode::<f64>(&file).unwrap().network.weights(), &odd).unwrap();
}

#[test]
fn what_is_known_about_it_comes_back() {
    let network = residual().build::<f32>(0).unwrap();
    let about = About {
        scaling: Scaling {
            divisor: 255.0,
            mean: vec![0.1, -0.0],
            deviation: vec![f32::MIN_POSITIVE, f32::INFINITY],
        },
        data: serde_json::Map::from_iter([("place".to_owned(), "iris.csv".into())]),
        classes: ["Katze", "猫", "a \"cat\"\n\u{0}"].map(String::from).into(),
        seed: Some(u64::MAX),
        summary: serde_json::json!({ "epochs": 3, "accuracy": 0.1 + 0.2 }).as_object().unwrap().clone(),
        toddle: String::new(),
    };
    let again = checkpoint::decode::<f32>(&checkpoint::encode(&network, &about, None)).unwrap().about;
    assert!(!again.toddle.is_empty());
    assert_eq!(About { toddle: String::new(), ..again }, about);
}

#[test]
fn another_reader_opens_it() {
    let network = with_numbers::<f64>(&residual());
    let file = checkpoint::encode(&network, &About::default(), None);
    let opened = SafeTensors::deserialize(&file).unwrap();
    let params = [network.layout().params(), network.state_layout().params()];
    assert_eq!(opened.len(), params.concat().len());
    for (params, numbers) in params.into_iter().zip([network.weights(), network.state()]) {
        for param in params {
            let tensor = opened.tensor(&param.name).unwrap();
            assert_eq!((tensor.dtype(), tensor.shape()), (Dtype::F64, &param.shape[..]));
            let read =
                Vec::from_iter(tensor.data().as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)));
            same_bits(&param.name, &read, &numbers[param.range.clone()]).unwrap();
        }
    }
    let (_, header) = SafeTensors::read_metadata(&file).unwrap();
    let metadata = header.metadata().as_ref().unwrap();
    assert_eq!(serde_json::from_str::<NetworkSpec>(&metadata["toddle.spec"]).unwrap(), residual());
}

/// What Python's safetensors read in the file that this test writes: `goldens/model_file.py`.
#[derive(serde::Deserialize)]
struct Golden {
    metadata: Vec<String>,
    spec: NetworkSpec,
    tensors: std::collections::BTreeMap<String, GoldenTensor>,
}

#[derive(serde::Deserialize)]
struct GoldenTensor {
    r#type: String,
    shape: Vec<usize>,
    numbers: Vec<f64>,
}

#[test]
fn python_opens_it() {
    let network = with_numbers::<f64>(&residual());
    let file = checkpoint::encode(&network, &About::default(), None);
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/model.safetensors"), file).unwrap();
    let golden: Golden = serde_json::from_str(include_str!("../../goldens/model_file.json")).unwrap();
    let keys =
        ["about", "crc32", "format", "precision", "spec", "version"].map(|key| format!("toddle.{key}"));
    assert_eq!(golden.metadata, keys);
    assert_eq!(golden.spec, residual());
    let parts = [(network.layout(), network.weights()), (network.state_layout(), network.state())];
    let mut seen = 0;
    for (layout, numbers) in parts {
        for param in layout.params() {
            let tensor = &golden.tensors[&param.name];
            assert_eq!((tensor.r#type.as_str(), &tensor.shape), ("float64", &param.shape));
            same_bits(&param.name, &tensor.numbers, &numbers[param.range.clone()]).unwrap();
            seen += 1;
        }
    }
    assert_eq!(seen, golden.tensors.len());
}

#[test]
fn a_model_is_read_in_the_other_precision_too() {
    let network = with_numbers::<f64>(&residual());
    let file = checkpoint::encode(&network, &About::default(), None);
    let rounded = checkpoint::decode::<f32>(&file).unwrap().network;
    let expected = Vec::from_iter(network.weights().iter().map(|w| *w as f32));
    same_bits("weights", rounded.weights(), &expected).unwrap();
    let widened = checkpoint::encode(&rounded, &About::default(), None);
    let widened = checkpoint::decode::<f64>(&widened).unwrap().network;
    let expected = Vec::from_iter(expected.iter().map(|w| f64::from(*w)));
    same_bits("weights", widened.weights(), &expected).unwrap();
}

/// Samples of a training: five to a batch leave a short one.
const SAMPLES: usize = 23;
const INPUT: Shape = Shape::image(1, 5, 5);

fn spec() -> NetworkSpec {
    NetworkSpec::new(INPUT)
        .add(Conv2d::new(2, 3))
        .add(BatchNorm::default())
        .add(Tanh)
        .add(Dropout::new(0.3))
        .add(Flatten)
        .add(Dense::new(3))
        .add(Softmax::default())
}

fn fit(optimizer: impl Into<Optimizer>) -> Fit {
    Fit::new(Loss::MeanSquaredError, optimizer).epochs(3).batch(5).shuffle().seed(9)
}

struct Data<T> {
    x: Vec<T>,
    y: Vec<T>,
}

impl<T: Float> Data<T> {
    fn new() -> Self {
        Data { x: numbers(3, SAMPLES * INPUT.size()), y: numbers(4, SAMPLES * 3) }
    }

    /// The next step, or the end of the epoch.
    fn go_on(&self, network: &mut Network<T>, trainer: &mut Trainer<T>) {
        let samples = network.samples(&self.x, &self.y).unwrap();
        if trainer.epoch_is_over() {
            let validation = trainer.evaluate(network, &samples);
            trainer.end_epoch(network, Some(validation));
        } else {
            trainer.step(network, &samples).unwrap();
        }
    }
}

fn on(threads: usize, fit: &Fit) -> Fit {
    fit.clone().machine(Machine { isa: Isa::detect(), threads })
}

/// Trains without a stop, keeping a checkpoint between any two steps; then goes on from each of them, with other numbers of
/// threads, and has to come to the next one.
fn resumes<T: Float>(spec: &NetworkSpec, fit: &Fit) {
    let data = Data::<T>::new();
    let about = About::default();
    let mut network = spec.build::<T>(5).unwrap();
    let mut trainer = Trainer::new(&network, &on(1, fit), SAMPLES).unwrap();
    let mut files = vec![checkpoint::encode(&network, &about, Some(&trainer))];
    while !trainer.is_done() {
        data.go_on(&mut network, &mut trainer);
        files.push(checkpoint::encode(&network, &about, Some(&trainer)));
    }
    trainer.finish(&mut network);
    let finished = checkpoint::encode(&network, &about, None);

    let resume = |step: usize, threads| {
        let Saved { network, training, .. } = checkpoint::decode::<T>(&files[step]).unwrap();
        let training = training.unwrap();
        assert_eq!(training.fit, *fit);
        let trainer = training.resume(&network, &on(threads, fit), SAMPLES).unwrap();
        (network, trainer)
    };
    for (step, threads) in (0..files.len() - 1).zip([1, 2, 3, 8].into_iter().cycle()) {
        let (mut network, mut trainer) = resume(step, threads);
        data.go_on(&mut network, &mut trainer);
        let file = checkpoint::encode(&network, &about, Some(&trainer));
        assert!(file == files[step + 1], "{}: from step {step} with {threads} threads", fit.optimizer);
    }
    // And in one go to the end, by the library's own loop.
    for step in [0, 1, files.len() / 2, files.len() - 2, files.len() - 1] {
        let (mut network, mut trainer) = resume(step, 2);
        let samples = network.samples(&data.x, &data.y).unwrap();
        let mut nobody = |_: &toddle::Epoch| std::ops::ControlFlow::Continue(());
        assert!(trainer.run(&mut network, &samples, Some(&samples), &mut nobody).unwrap());
        trainer.finish(&mut network);
        assert!(
            checkpoint::encode(&network, &about, None) == finished,
            "{}: from step {step}",
            fit.optimizer
        );
    }
}

#[test]
fn every_optimizer_goes_on_from_any_step() {
    let rms_prop = RmsProp { centered: true, momentum: 0.5, ..RmsProp::new(0.01) };
    let optimizers: [Optimizer; 15] = [
        Adadelta::new(0.5).into(),
        Adagrad::new(0.05).into(),
        Adam::new(0.01).into(),
        Adam::new(0.01).amsgrad().into(),
        AdamW::new(0.01).into(),
        Adamax::new(0.01).into(),
        Lion::new(0.01).into(),
        Nadam::new(0.01).into(),
        RAdam::new(0.01).into(),
        RmsProp::new(0.01).into(),
        RmsProp { centered: false, ..rms_prop }.into(),
        rms_prop.into(),
        Sgd::new(0.1).into(),
        Sgd { momentum: 0.9, nesterov: true, ..Sgd::new(0.05) }.into(),
        Sgd::new(0.05).momentum(0.9).dampening(0.3).into(),
    ];
    for optimizer in optimizers {
        resumes::<f32>(&spec(), &fit(optimizer));
        resumes::<f64>(&spec(), &fit(optimizer).accumulate(2).average(0.9).keep_best());
    }
}

#[test]
fn every_setting_goes_on_from_any_step() {
    let schedule = Warmup::new(4).then(Plateau::default().patience(0));
    resumes::<f32>(&spec(), &fit(Adam::new(0.01)).schedule(schedule).clip(Clip::norm(0.1)).keep_best());
    resumes::<f64>(&spec(), &fit(Sgd::new(0.5)).patience(0).keep_best());
    resumes::<f32>(&spec(), &fit(Adam::new(0.01)).schedule(OneCycle::default().momentum(0.8, 0.95)));
    // One sample a step, in rows.
    let rows =
        NetworkSpec::new(INPUT).add(Flatten).add(Dense::new(4)).add(Dropout::new(0.2)).add(Dense::new(3));
    resumes::<f64>(&rows, &fit(Sgd::new(0.01)).batch(1).epochs(2));
    resumes::<f32>(&rows, &fit(Adam::new(0.01)).batch(1).accumulate(3).epochs(2));
    // More a batch than there are.
    resumes::<f32>(&rows, &fit(Adam::new(0.01)).batch(100).average(0.5));
}

fn under_way() -> (Network<f32>, Fit, checkpoint::SavedTraining<f32>) {
    let fit = fit(Adam::new(0.01)).keep_best();
    let mut network = spec().build::<f32>(5).unwrap();
    let mut trainer = Trainer::new(&network, &fit, SAMPLES).unwrap();
    for _ in 0..8 {
        Data::new().go_on(&mut network, &mut trainer);
    }
    let file = checkpoint::encode(&network, &About::default(), Some(&trainer));
    let Saved { network, training, .. } = checkpoint::decode(&file).unwrap();
    (network, fit, training.unwrap())
}

#[test]
fn a_training_goes_on_with_its_own_settings_alone() {
    let (network, fit, training) = under_way();
    let refused = |fit: &Fit, samples, says: &str| {
        let error = training.clone().resume(&network, fit, samples).unwrap_err();
        assert!(matches!(error, FitError::Resume { .. }) && error.to_string().contains(says), "{error}");
    };
    refused(&fit.clone().batch(6), SAMPLES, "`batch` was 5, and now is 6");
    refused(&fit.clone().seed(1), SAMPLES, "`seed` was 9, and now is 1");
    refused(&Fit { optimizer: Sgd::new(0.1).into(), ..fit.clone() }, SAMPLES, "`optimizer` was {");
    refused(&fit.clone().average(0.5), SAMPLES, "`average` was null, and now is 0.5");
    refused(&fit, SAMPLES + 1, "23 samples, and now there are 24");
    refused(&fit.clone().epochs(0), SAMPLES, "after the end");
    let longer = fit.epochs(30).patience(4);
    assert_eq!(training.resume(&network, &longer, SAMPLES).unwrap().fit().epochs, 30);
}

/// A seed of 0 is not written.
#[test]
fn another_seed_than_zero_is_refused() {
    let (network, _, _) = under_way();
    for (was, is) in [(0, 7), (7, 0)] {
        let fit = |seed| fit(Adam::new(0.01)).seed(seed);
        let trainer = Trainer::new(&network, &fit(was), SAMPLES).unwrap();
        let file = checkpoint::encode(&network, &About::default(), Some(&trainer));
        let saved = checkpoint::decode::<f32>(&file).unwrap();
        let training = saved.training.unwrap();
        assert_eq!(training.fit, fit(was));
        let refused = training.resume(&saved.network, &fit(is), SAMPLES).unwrap_err().to_string();
        assert!(refused.contains(&format!("`seed` was {was}, and now is {is}")), "{refused}");
    }
}

/// Counts what it is told, and stops the training after a step.
struct Stop {
    after: u64,
    steps: u64,
    epochs: Vec<Epoch>,
}

impl Observer<f32> for Stop {
    fn step(&mut self, report: &StepReport, _: &Network<f32>, _: &Trainer<f32>) -> ControlFlow<()> {
        self.steps += 1;
        if report.number == self.after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn epoch(&mut self, epoch: &Epoch, _: &Network<f32>, _: &mut Trainer<f32>) -> ControlFlow<()> {
        self.epochs.push(Epoch { took: Duration::ZERO, ..*epoch });
        ControlFlow::Continue(())
    }
}

/// The loop goes on from any checkpoint, also from one between the last step of an epoch and the end of the epoch, and tells its
/// observer the same as without a stop.
#[test]
fn the_loop_goes_on_from_any_step() {
    let data = Data::<f32>::new();
    let schedule = Warmup::new(4).then(Plateau::default().patience(0));
    let fit = fit(Adam::new(0.01)).schedule(schedule).keep_best();
    let run = |network: &mut Network<f32>, trainer: &mut Trainer<f32>, after| {
        let samples = network.samples(&data.x, &data.y).unwrap();
        let mut stop = Stop { after, steps: 0, epochs: Vec::new() };
        let done = trainer.run(network, &samples, Some(&samples), &mut stop).unwrap();
        (done, stop)
    };
    let begin = || {
        let network = spec().build::<f32>(5).unwrap();
        let trainer = Trainer::new(&network, &fit, SAMPLES).unwrap();
        (network, trainer)
    };
    let (mut network, mut trainer) = begin();
    let (done, whole) = run(&mut network, &mut trainer, 0);
    assert!(done && whole.steps == 15 && whole.epochs.len() == 3);
    let steps = Vec::from_iter(whole.epochs.iter().map(|epoch| epoch.steps));
    assert_eq!(steps, [5, 10, 15]);
    let expected = checkpoint::encode(&network, &About::default(), Some(&trainer));
    let goes_on = |network: Network<f32>, trainer: Trainer<f32>, mut epochs: Vec<Epoch>, cut| {
        let file = checkpoint::encode(&network, &About::default(), Some(&trainer));
        let Saved { mut network, training, .. } = checkpoint::decode::<f32>(&file).unwrap();
        let mut trainer = training.unwrap().resume(&network, &fit, SAMPLES).unwrap();
        let (done, rest) = run(&mut network, &mut trainer, 0);
        epochs.extend(rest.epochs);
        assert!(done && epochs == whole.epochs, "cut after step {cut}: {epochs:?}");
        let ended = checkpoint::encode(&network, &About::default(), Some(&trainer));
        assert!(ended == expected, "cut after step {cut}");
    };
    for cut in 1..15 {
        let (mut network, mut trainer) = begin();
        let (done, first) = run(&mut network, &mut trainer, cut);
        assert!(!done && first.steps == cut && first.epochs.len() as u64 == cut / 5);
        goes_on(network, trainer, first.epochs, cut);
    }
    // After the last step of the first epoch, and before the end of the epoch.
    let (mut network, mut trainer) = begin();
    let samples = network.samples(&data.x, &data.y).unwrap();
    while !trainer.step(&mut network, &samples).unwrap().ends_epoch {}
    goes_on(network, trainer, Vec::new(), 5);
}

#[test]
fn a_place_that_no_training_comes_to_is_refused() {
    let (network, fit, training) = under_way();
    let state = training.state.clone();
    assert_eq!((state.epochs, state.seen, state.steps, state.batches), (1, 10, 7, 7));
    let changes: [fn(&mut toddle::TrainerState); 9] = [
        |state| state.seen = 11,
        |state| state.seen = usize::MAX,
        |state| state.epochs = 2,
        |state| state.steps = 8,
        |state| state.batches = 0,
        |state| state.history.errors.clear(),
        |state| state.history.validation.extend_from_within(..),
        |state| state.best = Some((0.0, 2)),
        |state| state.best = Some((0.0, 0)),
    ];
    for change in changes {
        let mut training = training.clone();
        change(&mut training.state);
        let error = training.resume(&network, &fit, SAMPLES).unwrap_err();
        assert!(matches!(error, FitError::Resume { .. }), "{error}");
    }
    for buffer in 0..training.buffers.len() {
        let mut short = training.clone();
        short.buffers[buffer].1.pop();
        assert!(short.resume(&network, &fit, SAMPLES).is_err(), "a number is missing");
        let mut missing = training.clone();
        missing.buffers.remove(buffer);
        assert!(missing.resume(&network, &fit, SAMPLES).is_err(), "a buffer is missing");
    }
}

#[test]
fn a_training_is_read_in_its_own_precision_alone() {
    let mut network = spec().build::<f64>(5).unwrap();
    let mut trainer = Trainer::new(&network, &fit(Adam::new(0.01)), SAMPLES).unwrap();
    Data::new().go_on(&mut network, &mut trainer);
    let file = checkpoint::encode(&network, &About::default(), Some(&trainer));
    assert!(checkpoint::decode::<f64>(&file).unwrap().training.is_some());
    assert!(checkpoint::decode::<f32>(&file).unwrap().training.is_none());
}

#[test]
fn files_of_others_are_called_that() {
    let tensor = safetensors::tensor::TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap();
    let file = safetensors::serialize([("weight", tensor)], None).unwrap();
    let error = checkpoint::decode::<f32>(&file).unwrap_err();
    assert!(matches!(error, CheckpointError::Foreign { .. }), "{error}");
}

/// A dense layer and a batch norm, whose tensors are set by `change`.
fn changed(change: impl Fn(&mut [f64], &mut [f64])) -> Vec<u8> {
    let spec = NetworkSpec::new(Shape::vector(3)).add(Dense::new(2)).add(BatchNorm::default());
    let mut network = spec.build::<f64>(0).unwrap();
    let (mut weights, mut state) = (network.weights().to_vec(), network.state().to_vec());
    change(&mut weights, &mut state);
    network.weights_mut().copy_from_slice(&weights);
    network.state_mut().copy_from_slice(&state);
    checkpoint::encode(&network, &About::default(), None)
}

#[test]
fn models_that_cannot_answer_are_refused_by_name() {
    checkpoint::decode::<f64>(&changed(|_, _| ())).unwrap();
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let files = [
            (changed(|weights, _| weights[1] = number), "dense1.weight"),
            (changed(|weights, _| *weights.last_mut().unwrap() = number), "norm1.bias"),
            (changed(|_, state| state[0] = number), "norm1.running_mean"),
            (changed(|_, state| state[2] = number), "norm1.running_var"),
        ];
        for (file, name) in files {
            let error = checkpoint::decode::<f64>(&file).unwrap_err().to_string();
            assert!(error.contains(&format!("the tensor `{name}`")), "{number}: {error}");
        }
    }
    let error = checkpoint::decode::<f64>(&changed(|_, state| state[3] = -1e-9)).unwrap_err().to_string();
    assert!(error.contains("the tensor `norm1.running_var`") && error.contains("-0.000000001"), "{error}");
    // What `f64` holds and `f32` does not.
    let large = changed(|weights, _| weights[0] = 1e300);
    checkpoint::decode::<f64>(&large).unwrap();
    let error = checkpoint::decode::<f32>(&large).unwrap_err().to_string();
    assert!(error.contains("the tensor `dense1.weight`"), "{error}");
}

#[test]
fn a_file_is_written_in_small_pieces() {
    /// The longest write, and all of them.
    struct Pieces(usize, Vec<u8>);
    impl std::io::Write for Pieces {
        fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.max(piece.len());
            self.1.extend_from_slice(piece);
            Ok(piece.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let network = NetworkSpec::new(Shape::vector(1000)).add(Dense::new(300)).build::<f32>(0).unwrap();
    let mut pieces = Pieces(0, Vec::new());
    checkpoint::write(&network, &About::default(), None, &mut pieces).unwrap();
    assert!(pieces.0 <= 1 << 16, "{} bytes at once", pieces.0);
    assert!(pieces.1 == checkpoint::encode(&network, &About::default(), None));
}

/// A training whose fourth sample is `wild`, two batches of one sample a step.
fn wild(
    optimizer: impl Into<toddle::Optimizer>,
    accumulate: usize,
    wild: f64,
) -> (Network<f64>, Fit, [f64; 4]) {
    let network = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f64>(0).unwrap();
    let fit = Fit::new(Loss::MeanSquaredError, optimizer).batch(1).epochs(9).accumulate(accumulate);
    (network, fit, [0.1, 0.2, 0.3, wild])
}

#[test]
fn a_failed_step_leaves_a_place_to_go_on_from() {
    for accumulate in [1, 2] {
        let (mut network, fit, x) = wild(Adam::new(0.1), accumulate, f64::NAN);
        let samples = network.samples(&x, &[0.0; 4]).unwrap();
        let mut trainer = Trainer::new(&network, &fit, 4).unwrap();
        while trainer.step(&mut network, &samples).is_ok() {}
        let state = trainer.state().clone();
        assert_eq!(state.steps as usize, 3 / accumulate);
        let file = checkpoint::encode(&network, &About::default(), Some(&trainer));
        let saved = checkpoint::decode::<f64>(&file).unwrap();
        let again = saved.training.unwrap().resume(&saved.network, &fit, 4).unwrap();
        assert_eq!(*again.state(), state, "accumulate = {accumulate}");
    }
}

#[test]
fn an_optimizer_whose_state_is_infinite_has_lost_its_way() {
    // The square of the gradient is infinite: Adam stands still from then on, with finite weights and losses.
    let (mut network, fit, x) = wild(Adam::new(0.1), 1, 1e100);
    let samples = network.samples(&x, &[0.0, 0.0, 0.0, 1e130]).unwrap();
    let mut trainer = Trainer::new(&network, &fit, 4).unwrap();
    let error = loop {
        match trainer.step(&mut network, &samples) {
            Ok(report) if report.ends_epoch => panic!("an epoch ended"),
            Ok(_) => {}
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("`dense1.weight`") && error.contains("the optimizer's"), "{error}");
}
