//! Layers of a user's own: in both families, in files, and found out where they are wrong.

use serde::{Deserialize, Serialize};
use toddle::custom::{CustomLayer, PerSample, SampleBackward, SampleForward, per_sample, register};
use toddle::verify::ways;
use toddle::{
    Adam, Dense, Fit, Float, Layer, LayerSpec, Loss, Misfit, NetworkSpec, ParamDecl, Residual, Shape, Tanh,
    check,
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
    for way in &ways {
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
