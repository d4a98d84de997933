//! Layers and losses of a user's own: in both families, in files, and found out where they are wrong.

use serde::{Deserialize, Serialize};
use toddle::checkpoint::{self, About};
use toddle::custom::{
    CustomLayer, CustomLoss, PerSample, SampleBackward, SampleForward, per_sample, register, register_loss,
};
use toddle::verify::{ways, ways_of_ranks};
use toddle::{
    Adam, Dense, Fit, Float, GraphSpec, Layer, LayerSpec, Loss, Misfit, NetworkSpec, ParamDecl, Residual,
    Sgd, Shape, Tanh, check,
};
use toddle_testkit::numbers::numbers;

/// `y[i] = w[i]·x[i]`, and what its author may get wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
struct Scale {
    initial: f64,
    mistake: Option<Mistake>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Mistake {
    Input,
    Weights,
    LastWeight,
}

impl Default for Scale {
    fn default() -> Self {
        Scale { initial: 1.0, mistake: None }
    }
}

impl CustomLayer for Scale {
    const NAME: &'static str = "scale";

    fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        if !self.initial.is_finite() {
            return Err(Misfit::new("its initial is not a finite number", "initial = 1"));
        }
        Ok(per_sample(self, input, input, BuiltScale { spec: self.clone(), size: input.size() }))
    }
}

#[derive(Debug)]
struct BuiltScale {
    spec: Scale,
    size: usize,
}

impl<T: Float> PerSample<T> for BuiltScale {
    fn params(&self) -> Vec<ParamDecl> {
        vec![ParamDecl::new("weight", &[self.size]).constant(self.spec.initial)]
    }

    fn forward(&self, SampleForward { w, x, y }: SampleForward<'_, T>) {
        for i in 0..self.size {
            y[i] = w[i] * x[i];
        }
    }

    fn backward(&self, SampleBackward { w, x, dy, dx, dw, .. }: SampleBackward<'_, T>) {
        let off = T::from_f64(1.0 + 1e-5);
        for i in 0..self.size {
            dx[i] = w[i] * dy[i] * if self.spec.mistake == Some(Mistake::Input) { off } else { T::ONE };
            let wrong = match self.spec.mistake {
                Some(Mistake::Weights) => true,
                Some(Mistake::LastWeight) => i + 1 == self.size,
                _ => false,
            };
            dw[i] += x[i] * dy[i] * if wrong { off } else { T::ONE };
        }
    }
}

/// Of another kind, by the same name.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Impostor;

impl CustomLayer for Impostor {
    const NAME: &'static str = "scale";

    fn build<T: Float>(&self, _input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        Err(Misfit::new("it is an impostor", "the real one"))
    }
}

fn spec(scale: Scale) -> NetworkSpec {
    let block = Residual::new().add(scale.clone()).add(Tanh).add(scale.clone());
    NetworkSpec::new(Shape::vector(7)).add(scale).add(Dense::new(40)).add(block).add(Dense::new(3))
}

#[test]
fn right_gradients_are_found_right_and_wrong_ones_wrong() {
    let report = check::gradients(spec(Scale::default())).unwrap();
    assert!(report.are_right(), "{report}");
    for (mistake, of) in
        [(Mistake::Input, "input"), (Mistake::Weights, "weight"), (Mistake::LastWeight, "weight")]
    {
        let report = check::gradients(spec(Scale { mistake: Some(mistake), ..Scale::default() })).unwrap();
        let wrong = report.wrong().next().expect("it is wrong");
        assert_eq!((wrong.layer.as_deref(), wrong.of.as_str()), (Some("scale1"), of), "{report}");
    }
}

#[test]
fn a_gradient_of_zeros_is_found_wrong() {
    let agreement = check::agreement(&[0.0; 2], &[1.0, 2.0], |x| x[0] * x[1]);
    assert_eq!(agreement.error, 1.0);
    let nothing = check::agreement(&[f64::NAN; 2], &[1.0, 2.0], |x| x[0] * x[1]);
    assert!(nothing.error.is_nan());
}

#[test]
fn a_kink_next_to_the_point_does_not_make_a_right_gradient_wrong() {
    let rectified = |x: &[f64]| x.iter().map(|x| x.max(0.0)).sum::<f64>();
    let x = [0.5, 3e-4, -2e-4];
    assert!(check::agreement(&[1.0, 1.0, 0.0], &x, rectified).error <= check::TOLERANCE);
    assert!(check::agreement(&[1.0, 0.0, 0.0], &x, rectified).error > check::TOLERANCE);
}

#[test]
fn a_training_with_it_has_the_same_bits_in_every_way() {
    register::<Scale>().unwrap();
    let spec = spec(Scale::default());
    let (x, y) = (numbers::<f32>(1, 50 * 7), numbers::<f32>(2, 50 * 3));
    let network = spec.build::<f32>(0).unwrap();
    let samples = network.samples(&x, &y).unwrap();
    let fit = Fit::new(Loss::MeanSquaredError, Adam::new(0.01)).batch(21).epochs(4).shuffle();
    let ways = ways(9, 0);
    let expected = ways[0].train::<f32>(&spec, 0, &fit, &samples, 9, || ()).unwrap();
    for way in ways.iter().chain(&ways_of_ranks(9, 0)) {
        assert!(way.train::<f32>(&spec, 0, &fit, &samples, 9, || ()).unwrap() == expected, "{way}");
    }
}

#[test]
fn one_sample_is_answered_as_it_is_in_company() {
    let network = spec(Scale { initial: 0.7, ..Scale::default() }).build::<f32>(0).unwrap();
    let x = numbers::<f32>(1, 20 * 7);
    let together = network.predict(&x).unwrap();
    for n in [0, 15, 19] {
        assert_eq!(network.predict(&x[7 * n..][..7]).unwrap(), together[3 * n..][..3]);
    }
}

#[test]
fn files_name_it_once_it_is_registered() {
    let spec = spec(Scale { initial: 0.25, ..Scale::default() });
    let file = serde_json::to_string(&spec).unwrap();
    assert!(
        file.contains(r#"{"kind":"custom","name":"scale","settings":{"initial":0.25,"mistake":null}}"#),
        "{file}"
    );
    let unknown = file.replace(r#""name":"scale""#, r#""name":"nobody""#);
    let error = serde_json::from_str::<NetworkSpec>(&unknown).unwrap_err().to_string();
    assert!(error.contains("no layer called `nobody` is registered"), "{error}");

    register::<Scale>().unwrap();
    register::<Scale>().unwrap();
    assert_eq!(serde_json::from_str::<NetworkSpec>(&file).unwrap(), spec);
    assert!(
        register::<Impostor>().unwrap_err().to_string().contains("two kinds of layers are called `scale`")
    );

    let short = serde_json::from_str::<LayerSpec>(r#"{"kind":"custom","name":"scale"}"#).unwrap();
    assert_eq!(short, Scale::default().into());
    assert_ne!(short, Scale { initial: 2.0, ..Scale::default() }.into());
    assert_eq!(short.to_string(), "scale { initial = 1.0, mistake = null }");
    let error =
        serde_json::from_str::<LayerSpec>(r#"{"kind":"custom","name":"scale","settings":{"initial":"?"}}"#);
    assert!(error.unwrap_err().to_string().contains("the settings of `scale`"));
}

#[test]
fn what_it_refuses_is_said_as_for_any_layer() {
    let error = spec(Scale { initial: f64::INFINITY, ..Scale::default() }).build::<f32>(0).unwrap_err();
    assert_eq!((error.name.as_str(), error.misfit.remedy.as_str()), ("scale1", "initial = 1"));
}

/// `Σ o |y[o] − t[o]|ᵖ` for an even `p`, and what its author may get wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Power {
    exponent: u32,
    #[serde(default)]
    mistake: bool,
}

impl CustomLoss for Power {
    const NAME: &'static str = "power";

    fn check(&self, output: Shape) -> Result<(), Misfit> {
        if self.exponent % 2 == 1 {
            return Err(Misfit::new("its exponent is odd", "exponent = 4"));
        }
        if output.size() > 1000 {
            return Err(Misfit::new("there are too many outputs", "at most 1000"));
        }
        Ok(())
    }

    fn sample<T: Float>(&self, y: &[T], t: &[T], dy: &mut [T]) -> T {
        let mut sum = T::ZERO;
        for o in 0..y.len() {
            let off = y[o] - t[o];
            let mut power = T::ONE;
            for _ in 1..self.exponent {
                power *= off;
            }
            sum += power * off;
            let slope = f64::from(self.exponent) * if self.mistake && o == 1 { 1.00001 } else { 1.0 };
            dy[o] = T::from_f64(slope) * power;
        }
        sum
    }
}

const FOURTH: Power = Power { exponent: 4, mistake: false };

/// The mean squared error as a loss of one's own. The divisors are powers of two, so that it has the bits of toddle's.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Squares;

impl CustomLoss for Squares {
    const NAME: &'static str = "squares";

    fn sample<T: Float>(&self, y: &[T], t: &[T], dy: &mut [T]) -> T {
        let n = T::from_f64(y.len() as f64);
        let mut sum = T::ZERO;
        for o in 0..y.len() {
            let off = y[o] - t[o];
            sum += off * off;
            dy[o] = (off + off) / n;
        }
        sum / n
    }
}

/// One of another kind, by the same name.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct OtherPower;

impl CustomLoss for OtherPower {
    const NAME: &'static str = "power";

    fn sample<T: Float>(&self, _: &[T], _: &[T], _: &mut [T]) -> T {
        T::ZERO
    }
}

#[test]
fn a_right_gradient_of_a_loss_is_found_right_and_a_wrong_one_wrong() {
    let (y, t) = (numbers::<f64>(1, 40 * 3), numbers::<f64>(2, 40 * 3));
    let report = check::loss(FOURTH, Shape::vector(3), &y, &t).unwrap();
    assert!(report.are_right(), "{report}");
    assert_eq!(report.rows.iter().map(|row| row.samples).collect::<Vec<_>>(), [1, 40]);
    let report = check::loss(Power { mistake: true, ..FOURTH }, Shape::vector(3), &y, &t).unwrap();
    assert_eq!(report.wrong().count(), 2, "{report}");
    assert_eq!(report.wrong().next().unwrap().agreement.worst, 1);

    let image = Shape::image(3, 2, 2);
    let report =
        check::loss(Loss::cross_entropy(), image, &y, &t.iter().map(|t| t.abs()).collect::<Vec<_>>());
    assert!(report.unwrap().are_right());
    assert!(check::loss(FOURTH, Shape::vector(7), &y, &t).is_err(), "the samples are whole");
    assert!(check::loss(FOURTH, Shape::vector(3), &y, &t[3..]).is_err(), "each sample has a target");
    assert!(check::loss(FOURTH, Shape::vector(3), &[], &[]).is_err(), "there is a sample");
    assert!(check::loss(FOURTH, Shape::vector(0), &[], &[]).is_err(), "there is an output");
}

/// A network with two outputs, of which one has a loss of one's own.
fn two_outputs() -> GraphSpec {
    let mut graph = GraphSpec::new();
    let x = graph.input("x", Shape::vector(7));
    let hidden = graph.add(Dense::new(9), x);
    let (one, other) = (graph.add(Dense::new(3), hidden), graph.add(Dense::new(2), hidden));
    graph.output("one", one).loss(FOURTH).weight(0.5);
    graph.output("other", other);
    graph
}

#[test]
fn a_training_with_a_loss_of_ones_own_has_the_same_bits_in_every_way() {
    let line = NetworkSpec::new(Shape::vector(7)).add(Dense::new(9)).add(Tanh).add(Dense::new(5));
    let (x, y) = (numbers::<f32>(1, 50 * 7), numbers::<f32>(2, 50 * 5));
    register_loss::<Power>().unwrap();
    for (spec, loss) in [(line.into(), Loss::from(FOURTH)), (two_outputs(), Loss::MeanSquaredError)] {
        for batch in [1, 21] {
            let network = spec.build::<f32>(0).unwrap();
            let samples = network.samples(&x, &y).unwrap();
            let fit = Fit::new(loss.clone(), Adam::new(0.01)).batch(batch).epochs(2).shuffle();
            let ways = ways(9, 0);
            let expected = ways[0].train::<f32>(&spec, 0, &fit, &samples, 9, || ()).unwrap();
            for way in ways.iter().chain(&ways_of_ranks(9, 0)) {
                assert!(way.train::<f32>(&spec, 0, &fit, &samples, 9, || ()).unwrap() == expected, "{way}");
            }
        }
    }
}

#[test]
fn squares_of_ones_own_train_as_the_built_in_ones() {
    let spec = NetworkSpec::new(Shape::vector(3)).add(Dense::new(4));
    let (x, y) = (numbers::<f64>(1, 32 * 3), numbers::<f64>(2, 32 * 4));
    for batch in [1, 32] {
        let trained = |loss: Loss| {
            let mut network = spec.build::<f64>(0).unwrap();
            network.fit(&x, &y, &Fit::new(loss, Sgd::new(0.1)).batch(batch).epochs(5)).unwrap();
            network.weights().to_vec()
        };
        assert_eq!(trained(Squares.into()), trained(Loss::MeanSquaredError), "batches of {batch}");
    }
}

#[test]
fn files_name_a_loss_once_it_is_registered() {
    let fit = Fit::new(FOURTH, Sgd::new(0.1));
    let file = serde_json::to_string(&fit).unwrap();
    let written = r#"{"kind":"custom","name":"power","settings":{"exponent":4,"mistake":false}}"#;
    assert!(file.contains(written), "{file}");
    let unknown = file.replace(r#""name":"power""#, r#""name":"nobody""#);
    let error = serde_json::from_str::<Fit>(&unknown).unwrap_err().to_string();
    assert!(error.contains("no loss called `nobody` is registered"), "{error}");
    assert!(error.contains("toddle::custom::register_loss"), "{error}");

    register_loss::<Power>().unwrap();
    register_loss::<Power>().unwrap();
    assert_eq!(serde_json::from_str::<Fit>(&file).unwrap(), fit);
    let taken = register_loss::<OtherPower>().unwrap_err().to_string();
    assert!(taken.contains("two kinds of losses are called `power`"), "{taken}");
    assert_eq!(fit.loss.to_string(), "power { exponent = 4, mistake = false }");

    // A model, whose outputs may have losses of their own.
    let network = two_outputs().build::<f32>(0).unwrap();
    let model = checkpoint::encode(&network, &About::default(), None);
    assert_eq!(checkpoint::decode::<f32>(&model).unwrap().network.spec(), network.spec());
    let mut graph = two_outputs();
    graph.outputs[0].loss = Some(Squares.into());
    let model = checkpoint::encode(&graph.build::<f32>(0).unwrap(), &About::default(), None);
    let error = checkpoint::decode::<f32>(&model).unwrap_err().to_string();
    assert!(error.contains("toddle has no loss `squares`"), "{error}");
    assert!(error.contains("toddle::custom::register_loss"), "{error}");
}

#[test]
fn what_a_loss_refuses_is_said_as_for_any_loss() {
    let odd = Loss::from(Power { exponent: 3, mistake: false });
    let error = odd.check(Shape::vector(3)).unwrap_err().to_string();
    assert!(error.contains("because   its exponent is odd\n  try       exponent = 4"), "{error}");
    assert!(Loss::from(FOURTH).check(Shape::vector(1001)).is_err());
}
