//! Networks that branch: the bits of their references, the gradients of their functions, and everything that is seen inside.

use std::panic::{AssertUnwindSafe, catch_unwind};

use toddle::layer::Draw;
use toddle::{
    AvgPool2d, BatchNorm, Conv2d, Dense, Dropout, Engine, Flatten, Float, GraphSpec, Init, Isa, Loss,
    Machine, MaxPool2d, Mode, Network, NetworkSpec, NumpyRandom, Optimizer, Padding, Relu, Residual, Sgd,
    Shape, Slices, StepContext, Tanh, Update,
};
use toddle_testkit::numbers::{below, numbers, same_bits};
use toddle_testkit::{gradient, random, reference};

const DRAW: Draw = Draw { seed: 7, step: 3, sample: 0, layer: 0 };
const STEP: StepContext<'static> = StepContext { seed: 7, number: 3, loss: &Loss::MeanSquaredError };
const OPEN: Mode = Mode::Open { input_gradient: true };

/// How many random graphs a test draws: `normally`, or as many as the variable `TODDLE_GRAPHS` says.
fn count(normally: usize) -> usize {
    std::env::var("TODDLE_GRAPHS").ok().and_then(|count| count.parse().ok()).unwrap_or(normally)
}

fn samples<T: Float>(network: &Network<T>, samples: usize) -> (Vec<T>, Vec<T>) {
    (numbers(5, samples * network.input().size()), numbers(6, samples * network.output().size()))
}

fn has_the_bits_of_its_reference<T: Float>(spec: &GraphSpec, batch: usize, threads: &[usize]) {
    let network = spec.build::<T>(3).unwrap_or_else(|error| panic!("{error}\n{spec:?}"));
    let (x, t) = samples(&network, batch);
    let expected = reference::step(spec, network.weights(), DRAW, &x, &t);
    for (isa, threads) in
        Isa::available().iter().flat_map(|isa| threads.iter().map(|threads| (*isa, *threads)))
    {
        let machine = Machine { isa, threads };
        let what = |of: &str| {
            let file = serde_json::to_string(spec).unwrap();
            format!("{of}, {}, batch of {batch}, {threads} threads, {isa}: {file}", T::NAME)
        };
        let mut network = spec.build::<T>(3).unwrap();
        let mut engine = Engine::new(&network, network.plan(batch, Mode::Gradient, &machine));
        let mut losses = vec![T::ZERO; batch];
        let slices = Slices { inputs: &x, targets: &t, samples: batch };
        // Twice, since the second time buffers hold what the first has left.
        engine.gradient(&mut network, &slices, STEP, &mut losses);
        let gradient = engine.gradient(&mut network, &slices, STEP, &mut losses);
        same_bits(&what("losses"), &losses, &expected.losses).unwrap();
        same_bits(&what("gradient"), gradient, &expected.gradient).unwrap();

        let mut engine = Engine::new(&network, network.plan(batch, OPEN, &machine));
        let outputs = engine.outputs(&mut network, &x, STEP.seed, STEP.number);
        same_bits(&what("outputs"), outputs, &expected.outputs).unwrap();
        let gradient = engine.backward(&network, &expected.output_gradient);
        same_bits(&what("open gradient"), gradient, &expected.gradient).unwrap();
        same_bits(&what("input gradient"), engine.input_gradient(), &expected.input_gradient).unwrap();
    }
}

#[test]
fn random_graphs_have_the_bits_of_their_references() {
    let mut random = NumpyRandom::new(4);
    let (mut nodes, mut joins, mut outputs) = (0, 0, 0);
    for n in 0..count(200) {
        let spec = random::graph(&mut random);
        let network = spec.build::<f32>(0).unwrap_or_else(|error| panic!("{error}\n{spec:?}"));
        nodes = nodes.max(network.nodes().len());
        joins += network.nodes().iter().filter(|node| node.layer().is_none()).count();
        outputs = outputs.max(network.outputs().len());
        let batch = [1, 2, 16, 17, 35][below(&mut random, 5)];
        let threads: &[usize] = if n % 4 == 0 { &[1, 2, 3, 8] } else { &[1, 3] };
        has_the_bits_of_its_reference::<f32>(&spec, batch, threads);
        has_the_bits_of_its_reference::<f64>(&spec, batch, threads);
    }
    assert!(nodes >= 25 && joins >= 100 && outputs == 3, "{nodes} {joins} {outputs}");
}

/// Graphs of smooth layers with every node that joins, each over several values, and with shared layers.
fn smooth() -> Vec<GraphSpec> {
    let mut joins = GraphSpec::new();
    let image = joins.input("image", Shape::image(2, 4, 3));
    let a = joins.add(Conv2d::new(2, 3).padding(Padding::Same), image);
    let b = joins.add(Tanh, image);
    let product = joins.product([a, b, a]);
    let sum = joins.sum([product, image, b]);
    let c = joins.add(Conv2d::new(3, 1), sum);
    let concat = joins.concat([sum, c, image]);
    let norm = joins.add(BatchNorm::default(), concat);
    let flat = joins.add(Flatten, norm);
    joins.add(Dense::new(3), flat);

    let mut shared = GraphSpec::new();
    let (left, right) = (shared.input("left", Shape::vector(5)), shared.input("right", Shape::vector(5)));
    let one = shared.add(Dense::new(5), left);
    let other = shared.share(one, right);
    let norm = shared.add(BatchNorm::default(), one);
    let again = shared.share(norm, other);
    let third = shared.share(other, again);
    let product = shared.product([norm, again]);
    let both = shared.concat([product, third]);
    let first = shared.add(Dense::new(2), both);
    let second = shared.add(Tanh, third);
    shared.output("first", first).weight(0.5);
    shared.output("second", second).weight(2.0);
    vec![joins, shared]
}

#[test]
fn smooth_graphs_have_the_bits_of_their_references() {
    for (spec, batch) in smooth().iter().flat_map(|spec| [1, 2, 16, 33, 80].map(|batch| (spec, batch))) {
        has_the_bits_of_its_reference::<f32>(spec, batch, &[1, 2, 3, 8]);
        has_the_bits_of_its_reference::<f64>(spec, batch, &[1, 2, 3, 8]);
    }
}

#[test]
fn gradients_of_graphs_agree_with_central_differences() {
    for (spec, batch) in smooth().iter().flat_map(|spec| [2, 18].map(|batch| (spec, batch))) {
        let mut network = spec.build::<f64>(3).unwrap();
        let (x, t) = samples(&network, batch);
        let machine = Machine { isa: Isa::detect(), threads: 1 };
        let mut engine = Engine::new(&network, network.plan(batch, Mode::Gradient, &machine));
        let mut losses = vec![0.0; batch];
        let slices = Slices { inputs: &x, targets: &t, samples: batch };
        let of_weights = engine.gradient(&mut network, &slices, STEP, &mut losses).to_vec();
        let mut open = Engine::new(&network, network.plan(batch, OPEN, &machine));
        open.outputs(&mut network, &x, STEP.seed, STEP.number);
        open.backward(&network, &reference::step(spec, network.weights(), DRAW, &x, &t).output_gradient);
        let of_inputs = open.input_gradient().to_vec();

        let start = network.weights().to_vec();
        let mut loss = |network: &mut Network<f64>, x: &[f64]| {
            let slices = Slices { inputs: x, targets: &t, samples: batch };
            engine.gradient(network, &slices, STEP, &mut losses);
            losses.iter().sum::<f64>() / batch as f64
        };
        gradient::check("inputs", &of_inputs, &x, |x| loss(&mut network, x)).unwrap();
        gradient::check("weights", &of_weights, &start, |weights| {
            network.weights_mut().copy_from_slice(weights);
            loss(&mut network, &x)
        })
        .unwrap();
    }
}

#[test]
fn an_input_may_be_added_after_layers() {
    let mut graph = GraphSpec::new();
    let first = graph.input("first", Shape::vector(1));
    let flat = graph.add(Flatten, first);
    let second = graph.input("second", Shape::vector(1));
    let sum = graph.sum([flat, second, second]);
    graph.output("sum", sum);
    assert_eq!(graph.build::<f64>(0).unwrap().predict(&[3.0, 5.0]).unwrap(), [13.0]);
}

#[test]
fn the_librarys_own_check_passes_graphs() {
    for spec in smooth() {
        let report = toddle::check::gradients(&spec).unwrap();
        assert!(report.are_right(), "{report}");
        assert!(
            report.rows.iter().any(|row| row.layer.is_none() && row.of == spec.inputs[0].name),
            "{report}"
        );
    }
}

/// Lines and graphs with everything that depends on the step or on the batch.
fn trained() -> Vec<GraphSpec> {
    let line = NetworkSpec::new(Shape::image(2, 6, 5))
        .add(Conv2d::new(3, 3))
        .add(BatchNorm::default())
        .add(Relu)
        .add(Dropout::new(0.3))
        .add(Residual::new().add(Conv2d::new(3, 1)).add(BatchNorm::default()))
        .add(Relu)
        .add(Flatten)
        .add(Dense::new(7))
        .add(Tanh)
        .add(Dense::new(4));
    let mut all = smooth();
    all.push(line.into());
    all
}

#[test]
fn open_steps_with_the_gradient_of_a_loss_are_steps_with_the_loss() {
    for spec in trained() {
        for (batch, threads) in [(2, 1), (16, 2), (50, 1), (50, 3), (130, 8)] {
            let machine = Machine { isa: Isa::detect(), threads };
            let mut network = spec.build::<f32>(3).unwrap();
            let (x, t) = samples(&network, batch);
            let mut engine = Engine::new(&network, network.plan(batch, Mode::Gradient, &machine));
            let mut losses = vec![0.0; batch];
            let mut opened = spec.build::<f32>(3).unwrap();
            let mut open = Engine::new(&opened, opened.plan(batch, OPEN, &machine));
            for number in 0..4 {
                let step = || Optimizer::from(Sgd::new(0.05)).step(u64::from(number) + 1, 0.05);
                let context = StepContext { seed: 9, number, loss: &Loss::MeanSquaredError };
                let slices = Slices { inputs: &x, targets: &t, samples: batch };
                let update = Update::Optimize { steps: &[step()], clip: None, slots: &mut [] };
                engine.step(&mut network, &slices, context, update, &mut losses).unwrap();

                let y = open.outputs(&mut opened, &x, 9, number);
                let dy = of_loss(&opened, batch, y, &t);
                open.backward(&opened, &dy);
                assert!(open.update(&mut opened, &[step()], None, &mut []));
            }
            let what = format!("batch of {batch}, {threads} threads");
            same_bits(&what, opened.weights(), network.weights()).unwrap();
            same_bits(&what, opened.state(), network.state()).unwrap();
        }
    }
}

/// The gradient of the mean squared errors of all outputs, each with its weight.
fn of_loss(network: &Network<f32>, batch: usize, y: &[f32], t: &[f32]) -> Vec<f32> {
    let size = network.output().size();
    let mut dy = vec![0.0; y.len()];
    for ((y, t), dy) in y.chunks(size).zip(t.chunks(size)).zip(dy.chunks_mut(size)) {
        for output in network.outputs() {
            let at = output.range.clone();
            let dy = &mut dy[at.clone()];
            let (y, t) = (&y[at.clone()], &t[at]);
            let io = toddle_kernels::loss::Io { y, t, samples: batch, pixels: 1, dy };
            toddle_kernels::loss::reference::mean_squared_error(io);
            dy.iter_mut().for_each(|dy| *dy *= output.weight as f32);
        }
    }
    dy
}

#[test]
fn a_trace_has_every_value_and_its_gradient() {
    let lenet = NetworkSpec::new(Shape::image(1, 12, 12))
        .add(Conv2d::new(4, 3).padding(Padding::Same))
        .add(BatchNorm::default())
        .add(Tanh)
        .add(Dropout::new(0.4))
        .add(AvgPool2d::new(2))
        .add(Residual::new().add(Conv2d::new(4, 1)).add(Tanh))
        .add(Flatten)
        .add(Dense::new(5));
    for spec in smooth().into_iter().chain([lenet.into()]) {
        for batch in [1, 3, 20] {
            let mut network = spec.build::<f64>(3).unwrap();
            // Running statistics that are not those of the start.
            network.state_mut().iter_mut().enumerate().for_each(|(n, x)| *x += 0.3 + 0.01 * n as f64);
            let (x, dy) = samples(&network, batch);
            let mut trace = network.trace(&x).unwrap();
            let y = network.predict(&x).unwrap();
            same_bits("outputs", trace.output(), &y).unwrap();
            let expected: Vec<&str> = network.inputs().iter().map(|input| &input.name[..]).collect();
            let expected: Vec<&str> =
                expected.into_iter().chain(network.nodes().iter().map(|node| node.name())).collect();
            assert_eq!(trace.values().map(|(name, _)| name).collect::<Vec<_>>(), expected);
            for (value, (name, values)) in trace.values().enumerate() {
                assert_eq!(values.len(), batch * network.shape(value).size(), "{name}");
            }
            assert!(trace.value("nothing").is_none());

            let gradients = trace.backward(&dy).unwrap();
            let (of_weights, of_inputs) = (gradients.weights().to_vec(), gradients.input().to_vec());
            let of_first = gradients.value(&network.inputs()[0].name).unwrap();
            let range = network.inputs()[0].range.clone();
            let first = of_inputs.chunks(network.input().size()).flat_map(|x| x[range.clone()].to_vec());
            same_bits("input", &of_first, &first.collect::<Vec<_>>()).unwrap();
            let last = network.nodes().last().unwrap().name();
            if network.outputs().len() == 1 {
                same_bits("last", &gradients.value(last).unwrap(), &dy).unwrap();
            }
            let value = |y: Vec<f64>| y.iter().zip(&dy).map(|(y, dy)| y * dy).sum::<f64>();
            gradient::check("inputs", &of_inputs, &x, |x| value(network.predict(x).unwrap())).unwrap();
            let start = network.weights().to_vec();
            let mut moved = spec.build::<f64>(3).unwrap();
            moved.state_mut().copy_from_slice(network.state());
            gradient::check("weights", &of_weights, &start, |weights| {
                moved.weights_mut().copy_from_slice(weights);
                value(moved.predict(&x).unwrap())
            })
            .unwrap();
            assert!(trace.backward(&dy[1..]).is_err());
        }
    }
}

#[test]
fn a_trace_of_no_whole_samples_is_refused() {
    let network = smooth()[0].build::<f32>(0).unwrap();
    for x in [&[][..], &[1.0, 2.0]] {
        assert_eq!(network.trace(x).unwrap_err().to_string().lines().count(), 3);
    }
}

#[test]
fn a_line_and_its_graph_are_the_same_network() {
    let line = NetworkSpec::new(Shape::vector(4)).add(Dense::new(3)).add(Tanh).add(Dense::new(2));
    let mut graph = GraphSpec::new();
    let x = graph.input("input", Shape::vector(4));
    let hidden = graph.add(Dense::new(3), x);
    let hidden = graph.add(Tanh, hidden);
    graph.add(Dense::new(2), hidden);
    assert_eq!(graph, line);
    assert_eq!(graph.line().as_ref(), Some(&line));
    assert_eq!(serde_json::to_string(&graph).unwrap(), serde_json::to_string(&line).unwrap());
    let (one, other) = (graph.build::<f32>(5).unwrap(), line.build::<f32>(5).unwrap());
    same_bits("weights", one.weights(), other.weights()).unwrap();
    assert_eq!(one.layout(), other.layout());
}

/// A random file of a network, with names that may be unknown, taken twice, or of a later layer.
fn file(random: &mut NumpyRandom) -> String {
    let names = ["a", "b", "c", "input", "dense1", "sum1", "relu1", "x.y", ""];
    let layers: Vec<String> = (0..1 + below(random, 5))
        .map(|_| {
            let kind = [
                r#""dense", "outputs": 3"#,
                r#""dense", "outputs": 4"#,
                r#""relu""#,
                r#""tanh""#,
                r#""dropout""#,
                r#""sum""#,
                r#""product""#,
                r#""concat""#,
                r#""flatten""#,
                r#""shared", "with": "a""#,
                r#""conv2d", "filters": 2, "kernel": 2"#,
                r#""residual", "layers": [{ "kind": "relu" }]"#,
            ][below(random, 12)];
            let name = match below(random, 6) {
                0 => format!(r#", "name": "{}""#, names[below(random, names.len())]),
                _ => String::new(),
            };
            let mut one = || format!("{:?}", names[below(random, names.len() - 1)]);
            let from = [one(), one(), one()];
            let from = match below(random, 12) {
                0 => format!(r#", "from": {}"#, from[0]),
                1 => format!(r#", "from": [{}, {}]"#, from[0], from[1]),
                2 => format!(r#", "from": [{}]"#, from.join(", ")),
                _ => String::new(),
            };
            format!(r#"{{ "kind": {kind}{name}{from} }}"#)
        })
        .collect();
    let input = ["3", "4", "[1, 2, 3]"][below(random, 3)];
    let input = match below(random, 6) {
        0 => format!(r#""inputs": [{{ "name": "a", "shape": {input} }}, {{ "name": "b", "shape": 3 }}]"#),
        _ => format!(r#""input": {input}"#),
    };
    let outputs = match below(random, 8) {
        0 => r#", "outputs": [{ "name": "one", "from": "a" }, { "name": "two", "weight": 0.5 }]"#,
        1 => r#", "outputs": [{ "name": "one", "weight": -1.0 }]"#,
        _ => "",
    };
    format!(r#"{{ {input}, "layers": [{}]{outputs} }}"#, layers.join(", "))
}

#[test]
fn random_files_are_built_or_refused() {
    let mut random = NumpyRandom::new(8);
    let (mut built, mut refused) = (0, 0);
    for _ in 0..10 * count(200) {
        let file = file(&mut random);
        let spec: GraphSpec = serde_json::from_str(&file).unwrap_or_else(|error| panic!("{error}: {file}"));
        let written = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<GraphSpec>(&written).unwrap(), spec, "{file}");
        let outcome = catch_unwind(AssertUnwindSafe(|| spec.build::<f32>(0)))
            .unwrap_or_else(|_| panic!("panics: {file}"));
        match outcome {
            Ok(network) => {
                built += 1;
                let x = vec![0.5; 2 * network.input().size()];
                assert_eq!(network.predict(&x).unwrap().len(), 2 * network.output().size());
            }
            Err(error) => {
                refused += 1;
                let text = error.to_string();
                assert_eq!(text.lines().count(), 5, "{text}");
                assert!(text.lines().all(|line| line.len() < 200), "{text}");
            }
        }
    }
    assert!(built > count(200) / 2 && refused > count(200), "{built} built, {refused} refused");
}

#[test]
fn errors_name_what_is_unknown_and_what_is_meant() {
    let refused = |layers: &str| {
        let file = format!(r#"{{ "input": 4, "layers": [{layers}] }}"#);
        serde_json::from_str::<GraphSpec>(&file).unwrap().build::<f32>(0).unwrap_err().to_string()
    };
    assert_eq!(
        refused(
            r#"{ "kind": "dense", "outputs": 4, "name": "left" }, { "kind": "sum", "from": ["lefd", "input"] }"#
        ),
        "layer 2 `sum1` cannot follow `lefd`
  it is     sum
  it gets   nothing
  because   nothing before it is called `lefd`, only `input` and `left`
  try       `left`"
    );
    let cycle = refused(r#"{ "kind": "sum", "from": ["input", "tanh1"] }, { "kind": "tanh" }"#);
    assert!(cycle.contains("`tanh1` does not stand before it, and a network has no cycles"), "{cycle}");
    let shapes =
        refused(r#"{ "kind": "dense", "outputs": 3 }, { "kind": "sum", "from": ["dense1", "input"] }"#);
    assert!(
        shapes.contains("it gets   3 and 4  (numbers)\n  because   its values have different shapes"),
        "{shapes}"
    );
    let lost = refused(r#"{ "kind": "dense", "outputs": 3 }, { "kind": "tanh", "from": "input" }"#);
    assert!(
        lost.starts_with("layer 1 `dense1` leads nowhere\n") && lost.contains("nothing takes its value"),
        "{lost}"
    );
    let twice = refused(r#"{ "kind": "tanh", "name": "a" }, { "kind": "relu", "name": "a" }"#);
    assert!(twice.starts_with("layer 2 cannot be called `a`\n"), "{twice}");
}

// Differences across a kink of these relus and poolings are wrong at the first random point.
#[test]
fn a_kink_is_no_wrong_gradient() {
    let spec = NetworkSpec::new(Shape::image(1, 27, 26))
        .init(Init::HeNormal)
        .add(Conv2d::new(16, 3).padding(1))
        .add(BatchNorm::default())
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Conv2d::new(32, 3).padding(1))
        .add(BatchNorm::default())
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Flatten)
        .add(Dropout::new(0.3))
        .add(Dense::new(64))
        .add(Relu)
        .add(Dense::new(3));
    let report = toddle::check::gradients(&spec).unwrap();
    assert!(report.are_right(), "{report}");
}
