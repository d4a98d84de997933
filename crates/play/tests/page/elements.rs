//! What `element` says equals what the network computes, bit for bit, and the numbers add up.

use std::sync::Arc;

use toddle::checkpoint::{self, Saved};
use toddle::{CrossEntropy, Float, Loss, Machine, Network};
use toddle_play::protocol::{By, Do, Explained, Forward, Half, Input, Open, Order, Share};
use toddle_play::{Answer, Ask, BuiltIn, Session, protocol};

/// The experiments, with the words that replace others: fewer samples.
const EXPERIMENTS: [(&str, &str); 5] = [
    ("post", include_str!("../../../../experiments/post.toml")),
    ("lenet5", include_str!("../../../../experiments/lenet5.toml")),
    ("keras-convnet", include_str!("../../../../experiments/keras-convnet.toml")),
    ("resnet-small", include_str!("../../../../experiments/resnet-small.toml")),
    ("inception-small", include_str!("../../../../experiments/inception-small.toml")),
];

/// The elements of each network.
const ELEMENTS: usize = 40;

#[test]
fn two_hundred_elements_of_five_networks() {
    let mut seen = Seen::default();
    for (name, text) in EXPERIMENTS {
        let text = match text.contains("first =") {
            true => text.replace("first = 2000", "first = 200"),
            false => text.replace("set = \"mnist\"", "set = \"mnist\"\nfirst = 200"),
        };
        let mut session = Session::new(Arc::new(BuiltIn), Machine::detect().unwrap().threads(1));
        let open = Open { toml: Some(text), ..Open::default() };
        let Answer::Hello(hello) = session.handle(Ask::Open(open)).unwrap() else { panic!("{name}") };
        // Running statistics, slots of the optimizer and biases are then no zeros.
        for _ in 0..3 {
            session.handle(Ask::Train { r#do: Do::Step }).unwrap();
        }
        let kept = session.kept().expect("it has trained");
        let loss = if name == "post" { Loss::MeanSquaredError } else { CrossEntropy::default().into() };
        match &*hello.open.unwrap().precision {
            "f64" => check::<f64>(name, &mut session, &kept.model, &loss, &mut seen),
            _ => check::<f32>(name, &mut session, &kept.model, &loss, &mut seen),
        }
    }
    let Seen { by, order, whole } = seen;
    for wanted in [By::Chain, By::Average, By::Largest, By::Norm, By::Sum, By::Softmax, By::Each, By::Copy] {
        assert!(by.contains(&wanted), "no element is computed by {wanted:?}");
    }
    // Only fast convolutions have no terms.
    assert!(whole.iter().all(|node| node == "keras-convnet: conv2d"), "{whole:?}");
    for wanted in [Order::Chain, Order::Rounded, Order::Lanes] {
        assert!(order.contains(&wanted), "no share is added by {wanted:?}");
    }
}

/// Normalisations of one sample, transposed convolutions with and without groups, and resampling.
const OTHER_LAYERS: &str = r#"
version = 1
name = "other layers"
[data]
set = "mnist"
first = 40
[network]
layers = [
    { kind = "conv2d", filters = 4, kernel = 4, stride = 4 },
    { kind = "group_norm", groups = 2 },
    { kind = "conv_transpose2d", filters = 6, kernel = 3, stride = 2, padding = 1, output_padding = 1, groups = 2 },
    "layer_norm",
    { kind = "conv_transpose2d", filters = 2, kernel = [2, 3], dilation = 2, padding = [0, 1, 2, 0], bias = false },
    { kind = "upsample", scale = 2 },
    { kind = "crop", sides = [3, 2, 1, 5] },
    "batch_norm",
    { kind = "upsample", scale = [1, 2], mode = "bilinear" },
    { kind = "pad", padding = 1 },
    { kind = "group_norm", groups = 2, affine = false },
    "global_avg_pool",
    { kind = "dense", outputs = 10 },
]
[train]
loss = "cross_entropy"
optimizer = { kind = "sgd", rate = 0.1, momentum = 0.9 }
batch = 8
"#;

#[test]
fn elements_of_norms_transposed_convolutions_and_resampling() {
    for precision in ["f32", "f64"] {
        let mut seen = Seen::default();
        let mut session = Session::new(Arc::new(BuiltIn), Machine::detect().unwrap().threads(1));
        let text = OTHER_LAYERS.replace("[data]", &format!("precision = \"{precision}\"\n[data]"));
        session.handle(Ask::Open(Open { toml: Some(text), ..Open::default() })).unwrap();
        session.handle(Ask::Train { r#do: Do::Step }).unwrap();
        let (model, loss) = (session.kept().unwrap().model, CrossEntropy::default().into());
        match precision {
            "f64" => check::<f64>(precision, &mut session, &model, &loss, &mut seen),
            _ => check::<f32>(precision, &mut session, &model, &loss, &mut seen),
        }
        assert!(seen.by.contains(&By::Norm) && seen.whole.is_empty(), "{:?}", seen.whole);
    }
}

/// How the elements of a test are computed.
#[derive(Default)]
struct Seen {
    by: Vec<By>,
    order: Vec<Order>,
    /// The nodes whose elements have no terms.
    whole: Vec<String>,
}

/// A number that is different for every `n`.
fn mixed(n: u64) -> usize {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (z ^ (z >> 31)) as usize >> 1
}

fn check<T: Float + From<f32>>(
    name: &str,
    session: &mut Session,
    model: &[u8],
    loss: &Loss,
    seen: &mut Seen,
) {
    let Saved { network, .. } = checkpoint::decode::<T>(model).unwrap();
    for n in 0..ELEMENTS {
        let node = &network.nodes()[mixed(3 * n as u64) % network.nodes().len()];
        let index = mixed(3 * n as u64 + 1) % node.output().size();
        let sample = mixed(3 * n as u64 + 2) % 100;
        let input = Input::Sample { half: Half::Test, index: sample };
        let Ok(Answer::Sample(of)) = session.handle(Ask::Sample { half: Half::Test, index: sample }) else {
            panic!("{name}: a sample")
        };
        let numbers = |array: &protocol::Array| -> Vec<T> {
            array.numbers().unwrap().into_iter().map(T::from_f64).collect()
        };
        let (x, target) = (numbers(&of.values), numbers(&of.target));
        let ask = protocol::Element { input, node: node.name().into(), index, target: None, weight: None };
        let Ok(Answer::Element(explained)) = session.handle(Ask::Element(ask)) else {
            panic!("{name}: an element")
        };
        seen.by.push(explained.forward.by);
        if explained.forward.by == By::Layer {
            seen.whole.push(format!("{name}: {}", explained.kind));
        }
        seen.order.extend(explained.backward.iter().flat_map(|of| &of.from).map(|share| share.order));
        compare(&format!("{name}, {}[{index}]", node.name()), &network, &x, &target, loss, &explained);
    }
}

/// Compares an answer with a trace of the network.
fn compare<T: Float>(place: &str, network: &Network<T>, x: &[T], t: &[T], loss: &Loss, of: &Explained) {
    let same = |what: &str, a: f64, b: T| assert_eq!(a.to_bits(), b.to_f64().to_bits(), "{place}: {what}");
    let mut trace = network.trace(x).unwrap();
    let value = trace.value(&of.node).unwrap()[of.index];
    same("the value", of.value, value);
    for term in &of.forward.terms {
        same("an input", term.x, trace.value(&term.value).unwrap()[term.index]);
    }
    if let Some(sum) = added_up::<T>(&of.forward) {
        same("the sum of the terms", of.value, sum);
    }

    let backward = of.backward.as_ref().expect("there is a target");
    let y = trace.output().to_vec();
    let (judged, dy) = network.judge(loss, &y, t).unwrap();
    same("the loss", backward.loss_value, judged);
    let gradients = trace.backward(&dy).unwrap();
    let gradient = gradients.value(&of.node).unwrap()[of.index];
    same("the gradient", backward.gradient, gradient);
    for term in &of.forward.terms {
        let of_x = gradients.value(&term.value).unwrap()[term.index];
        same("the gradient of an input", term.gradient_x.unwrap(), of_x);
        if let (Some(parameter), Some(weight)) = (&term.parameter, term.weight) {
            let at = network.layout().get(parameter).unwrap().range.start + weight;
            same("a weight", term.w.unwrap(), network.weights()[at]);
            same("the gradient of a weight", term.gradient_w.unwrap(), gradients.weights()[at]);
        }
    }
    let shares = backward.from.iter().map(|share| {
        let total = T::from_f64(share.share);
        if let Some(sum) = shared::<T>(share) {
            assert_eq!(sum, total, "{place}: the terms of {}", share.node);
        }
        total
    });
    let sum = shares.reduce(|sum, share| sum + share).expect("something takes each value");
    // A sum of zeros may have either sign.
    assert_eq!(sum, gradient, "{place}: the shares {:?}", backward.from);

    if let Some(step) = &backward.step {
        let at = network.layout().get(&step.parameter).unwrap().range.start + step.index;
        same("the weight before the step", step.before, network.weights()[at]);
    }
}

/// An experiment with one sample, so that a step of the training is a step with this sample alone.
fn of_one_sample(precision: &str, train: &str) -> String {
    format!(
        "version = 1\nname = \"one\"\nseed = 3\nprecision = \"{precision}\"\n\
         [data]\ninputs = [[0.5, -1.0, 2.0]]\ntargets = [[1.0, 0.25]]\n\
         [network]\nlayers = [{{ kind = \"dense\", outputs = 4 }}, \"tanh\", {{ kind = \"dense\", outputs = 2 }}]\n\
         [train]\nloss = \"mean_squared_error\"\nepochs = 8\nbatch = 1\n{train}\n"
    )
}

#[test]
fn a_step_that_is_explained_is_the_step_that_the_training_takes() {
    let settings = [
        "optimizer = { kind = \"sgd\", rate = 0.1, momentum = 0.9, nesterov = true }",
        "optimizer = { kind = \"sgd\", rate = 0.1, momentum = 0.9, weight_decay = 0.01 }\n\
         schedule = { kind = \"one_cycle\", momentum = [0.85, 0.95] }\ndecay = \"weights\"\nrates = { dense2 = 0.5 }",
        "optimizer = { kind = \"adam\", rate = 0.01 }\nschedule = { kind = \"one_cycle\", momentum = [0.85, 0.95] }",
    ];
    for train in settings {
        for precision in ["f32", "f64"] {
            let mut session = Session::new(Arc::new(BuiltIn), Machine::detect().unwrap().threads(1));
            let open = Open { toml: Some(of_one_sample(precision, train)), ..Open::default() };
            session.handle(Ask::Open(open)).unwrap();
            for number in 0..4 {
                let mut steps = Vec::new();
                for (node, outputs, inputs) in [("dense1", 4, 3), ("dense2", 2, 4)] {
                    for (index, weight) in (0..outputs).flat_map(|o| (0..inputs).map(move |i| (o, i))) {
                        let input = Input::Sample { half: Half::Train, index: 0 };
                        let (node, weight) = (node.into(), Some(weight));
                        let ask = protocol::Element { input, node, index, target: None, weight };
                        let Ok(Answer::Element(of)) = session.handle(Ask::Element(ask)) else {
                            panic!("{train}")
                        };
                        steps.push(of.backward.unwrap().step.expect("a step"));
                    }
                }
                session.handle(Ask::Train { r#do: Do::Step }).unwrap();
                for step in steps {
                    let Ok(Answer::Weights { values, .. }) =
                        session.handle(Ask::Weights { parameter: step.parameter.clone() })
                    else {
                        panic!("{train}")
                    };
                    let after = values.numbers().unwrap()[step.index];
                    assert_eq!(
                        step.after.to_bits(),
                        after.to_bits(),
                        "step {number}, {precision}, {train}: {step:?}"
                    );
                    assert_eq!(step.note, "");
                }
            }
        }
    }
}

#[test]
fn what_a_step_leaves_out_is_said() {
    let note = |text: String| {
        let mut session = Session::new(Arc::new(BuiltIn), Machine::detect().unwrap().threads(1));
        session.handle(Ask::Open(Open { toml: Some(text), ..Open::default() })).unwrap();
        let input = Input::Sample { half: Half::Train, index: 0 };
        let ask = protocol::Element { input, node: "dense1".into(), index: 0, target: None, weight: None };
        let Ok(Answer::Element(of)) = session.handle(Ask::Element(ask)) else { panic!("an element") };
        of.backward.unwrap().step.map(|step| step.note)
    };
    let sgd = "optimizer = \"sgd\"\n";
    let of = |train: &str| of_one_sample("f64", &format!("{sgd}{train}"));
    assert_eq!(note(of("accumulate = 2")).unwrap(), "without the other batches of the step");
    let dropout = of("clip = { kind = \"norm\", limit = 1.0 }")
        .replace("\"tanh\",", "\"tanh\", { kind = \"dropout\", rate = 0.5 },");
    assert_eq!(
        note(dropout).unwrap(),
        "without dropout and noise and clipping, which depends on all gradients"
    );
    assert_eq!(note(of("freeze = [\"dense1\"]")), None, "a frozen weight takes no step");
}

/// The value that the terms make, if they are shown.
fn added_up<T: Float>(forward: &Forward) -> Option<T> {
    let of = T::from_f64;
    let terms = &forward.terms;
    let step = |what: &str| of(forward.steps.iter().find(|step| step.what == what).unwrap().value);
    match forward.by {
        By::Chain => {
            let start = forward.start.as_ref().map_or(T::ZERO, |start| of(start.value));
            Some(terms.iter().fold(start, |sum, term| {
                let sum = of(term.x).mul_add(of(term.w.unwrap()), sum);
                assert_eq!(sum.to_f64(), term.sum.unwrap(), "a sum");
                sum
            }))
        }
        By::Average => {
            let sum = terms.iter().fold(T::ZERO, |sum, term| sum + of(term.x));
            Some(of(forward.factor.unwrap()) * sum)
        }
        By::Largest => Some(of(terms[forward.chosen.unwrap()].x)),
        By::Copy => Some(of(terms[0].x)),
        By::Sum => terms.iter().map(|term| of(term.x)).reduce(|sum, x| sum + x),
        By::Product => terms.iter().map(|term| of(term.x)).reduce(|product, x| product * x),
        By::Softmax if forward.steps.iter().any(|step| step.what == "exponential") => {
            Some(of(terms[forward.chosen.unwrap()].product.unwrap()) / of(terms.last().unwrap().sum.unwrap()))
        }
        By::Norm => {
            let normal = (of(terms[0].x) - step("mean")) * step("1/√(variance + ε)");
            Some(step("scale").mul_add(normal, step("shift")))
        }
        By::Softmax | By::Each | By::Layer => None,
    }
}

/// The sum of the terms of a share, if they are shown.
fn shared<T: Float>(share: &Share) -> Option<T> {
    let of = T::from_f64;
    let terms = share.terms.iter();
    match share.order {
        Order::Whole => None,
        Order::Chain => Some(terms.fold(T::ZERO, |sum, term| of(term.dy).mul_add(of(term.factor), sum))),
        Order::Rounded => Some(terms.fold(T::ZERO, |sum, term| sum + of(term.dy) * of(term.factor))),
        Order::Lanes => {
            let mut lanes = [T::ZERO; 16];
            for (o, term) in terms.enumerate() {
                lanes[o % 16] = of(term.dy).mul_add(of(term.factor), lanes[o % 16]);
            }
            for half in [8, 4, 2, 1] {
                (0..half).for_each(|lane| lanes[lane] += lanes[lane + half]);
            }
            Some(lanes[0])
        }
    }
}
