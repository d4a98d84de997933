//! Warnings about a network's last layer and a loss that can be trained together, but are probably a mistake.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Loss;
use crate::{Dense, GraphSpec, LayerSpec, Residual};

/// A warning about something that works but is probably a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What is wrong.
    pub because: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  try       {}", self.because, self.remedy)
    }
}

/// Warnings about training the network `spec` with `loss`. There are warnings for:
///
/// - a softmax after a softmax, or of a single output;
/// - cross-entropy after a softmax or another layer that limits its outputs, or of a single output;
/// - negative log-likelihood or KL divergence of outputs that are not logarithms of probabilities;
/// - binary cross-entropy, focal or Dice loss after a sigmoid or a softmax;
/// - Poisson loss of rates after a dense layer or a convolution, which also give numbers that are no rates;
/// - hinge of probabilities.
///
/// The layers and the projection of a residual block are also checked. The losses of differences take any outputs.
///
/// ```
/// use toddle::{Dense, Loss, NetworkSpec, Shape, Softmax, pairing_warnings};
///
/// let spec = NetworkSpec::new(Shape::vector(4)).add(Dense::new(3)).add(Softmax::default());
/// assert!(pairing_warnings(&spec, &Loss::MeanSquaredError).is_empty());
/// assert_eq!(
///     pairing_warnings(&spec, &Loss::cross_entropy())[0].to_string(),
///     "cross-entropy contains a softmax, and `softmax1` is a second one\n  try       leaving out `softmax1`"
/// );
/// ```
pub fn pairing_warnings(spec: impl Into<GraphSpec>, loss: &Loss) -> Vec<Warning> {
    let spec = spec.into().explicit();
    let mut warnings = Vec::new();
    // The last layer before each value. A name that is unknown has none.
    let mut ends: BTreeMap<String, Option<End>> = BTreeMap::new();
    for placed in &spec.layers {
        let name = placed.name.clone().unwrap_or_default();
        let before = placed.from.first().and_then(|from| ends.get(from)).cloned().flatten();
        let end = layer(&name, &placed.layer, before, &mut warnings);
        ends.insert(name, end);
    }
    for output in &spec.outputs {
        let end = output.from.as_ref().and_then(|from| ends.get(from)).cloned().flatten();
        warnings.extend(end.and_then(|end| end.judged_by(output.loss.as_ref().unwrap_or(loss))));
    }
    warnings
}

/// Checks `layers`, which follow `end`, and adds the warnings about them. Returns the last layer.
fn walk(
    prefix: &str,
    layers: &[LayerSpec],
    mut end: Option<End>,
    warnings: &mut Vec<Warning>,
) -> Option<End> {
    for (l, spec) in layers.iter().enumerate() {
        let stem = spec.stem();
        let number = layers[..=l].iter().filter(|at| at.stem() == stem).count();
        end = layer(&format!("{prefix}{stem}{number}"), spec, end, warnings);
    }
    end
}

/// Checks the layer `name`, which follows `end`, and adds the warnings about it. Returns the last layer.
fn layer(name: &str, spec: &LayerSpec, end: Option<End>, warnings: &mut Vec<Warning>) -> Option<End> {
    let stem = spec.stem();
    if PASSING.contains(&stem) {
        return end;
    }
    let single = match spec {
        LayerSpec::Dense(Dense { outputs, .. }) => *outputs == 1,
        LayerSpec::Residual(Residual { layers, projection }) => {
            let body = walk(&format!("{name}."), layers, end.clone(), warnings);
            walk(&format!("{name}.projection."), projection, end.clone(), warnings);
            body.is_some_and(|body| body.single)
        }
        _ => false,
    };
    let next = End { stem, name: format!("`{name}`"), single };
    warnings.extend(next.softmax_of(end.as_ref()));
    Some(next)
}

/// The losses that take logits and contain a sigmoid, as a pattern.
macro_rules! yes_or_no {
    () => {
        Loss::BinaryCrossEntropy { .. } | Loss::Focal { .. } | Loss::Dice { .. }
    };
}

/// Layers that do not change the values of their elements in inference. The layer before them counts as the last layer.
const PASSING: [&str; 4] = ["dropout", "flatten", "noise", "reshape"];

/// The last layer of a network, or of a part of it.
#[derive(Clone)]
struct End {
    stem: &'static str,
    /// The layer's name in backquotes.
    name: String,
    /// Whether the layer is a dense layer of one output, or a residual block that ends with one.
    single: bool,
}

impl End {
    fn is_softmax(&self) -> bool {
        matches!(self.stem, "softmax" | "log_softmax")
    }

    /// The warning about this layer, if it is a softmax after another softmax or of a single output.
    fn softmax_of(&self, before: Option<&End>) -> Option<Warning> {
        let before = before.filter(|_| self.is_softmax())?;
        let name = &self.name;
        if before.is_softmax() {
            let because = format!("{name} is a second softmax, after {}", before.name);
            Some(Warning { because, remedy: format!("leaving out {}", before.name) })
        } else if before.single {
            let because = format!(
                "{name} is a softmax of the single output of {}: its result is always 1",
                before.name
            );
            Some(Warning { because, remedy: "one output for each class".into() })
        } else {
            None
        }
    }

    /// The warning about `loss` after this layer.
    fn judged_by(&self, loss: &Loss) -> Option<Warning> {
        let End { stem, name, single } = self;
        let leave = format!("leaving out {name}");
        let (because, remedy) = match (loss, *stem) {
            (Loss::CrossEntropy(_), "softmax") => {
                (format!("cross-entropy contains a softmax, and {name} is a second one"), leave)
            }
            (Loss::CrossEntropy(_), "log_softmax") => (
                format!("cross-entropy contains a log-softmax, and {name} is a second one"),
                format!("{leave}, or negative log-likelihood instead of cross-entropy"),
            ),
            (Loss::CrossEntropy(_), "sigmoid" | "hard_sigmoid" | "softsign" | "tanh") => {
                (format!("cross-entropy takes logits of any size, but {name} limits them"), leave)
            }
            (Loss::CrossEntropy(_), _) if *single => (
                format!("cross-entropy of the single output of {name} is always 0"),
                "one output for each class, or binary cross-entropy".into(),
            ),
            (Loss::NegativeLogLikelihood | Loss::KlDivergence, "softmax") => (
                format!("{loss} takes logarithms of probabilities, but {name} gives probabilities"),
                format!("a log-softmax instead of {name}"),
            ),
            (Loss::NegativeLogLikelihood, stem) if stem != "log_softmax" => (
                format!("{loss} takes logarithms of probabilities, but {name} gives other numbers"),
                format!("cross-entropy, or a log-softmax after {name}"),
            ),
            (Loss::KlDivergence, stem) if stem != "log_softmax" => (
                format!("{loss} takes logarithms of probabilities, but {name} gives other numbers"),
                format!("a log-softmax after {name}"),
            ),
            (yes_or_no!(), "sigmoid" | "hard_sigmoid") => {
                (format!("{} contains a sigmoid, and {name} is a second one", loss.words()), leave)
            }
            (yes_or_no!(), "softmax" | "log_softmax") => (
                format!("{} takes logits, and {name} makes probabilities of classes", loss.words()),
                format!("{leave}, and cross-entropy if each sample is of one class"),
            ),
            (Loss::Poisson { log_input: false }, "dense" | "conv") => (
                format!("Poisson loss of rates takes numbers above 0, but {name} gives any numbers"),
                format!("log_input = true, or a softplus after {name}"),
            ),
            (Loss::Hinge { .. }, "softmax" | "sigmoid" | "hard_sigmoid") => {
                (format!("hinge needs outputs that differ by 1, but {name} gives probabilities"), leave)
            }
            _ => return None,
        };
        Some(Warning { because, remedy })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Conv2d, Dropout, Flatten, GaussianNoise, HardSigmoid, LogSoftmax, NetworkSpec, Reshape, Shape,
        Sigmoid, Softmax, Softsign, SpatialDropout, Tanh,
    };

    fn network() -> NetworkSpec {
        NetworkSpec::new(Shape::image(1, 5, 5))
            .add(Conv2d::new(2, 3))
            .add(Tanh)
            .add(Flatten)
            .add(Dense::new(4))
    }

    fn losses() -> [Loss; 11] {
        [
            Loss::MeanSquaredError,
            Loss::MeanAbsoluteError,
            Loss::huber(),
            Loss::cross_entropy(),
            Loss::NegativeLogLikelihood,
            Loss::binary_cross_entropy(),
            Loss::KlDivergence,
            Loss::hinge(),
            Loss::Focal { gamma: 2.0, alpha: None },
            Loss::Dice { smooth: 1.0 },
            Loss::Poisson { log_input: false },
        ]
    }

    /// For each loss, whether there is a warning after a layer of this kind.
    fn warned_of(stem: &'static str) -> Vec<bool> {
        let end = End { stem, name: format!("`{stem}1`"), single: false };
        losses().iter().map(|loss| end.judged_by(loss).is_some()).collect()
    }

    #[test]
    fn each_loss_is_warned_of_behind_the_layers_that_it_does_not_go_with() {
        // In order: squared, absolute, Huber, cross-entropy, log-likelihood, binary, KL, hinge, focal, Dice, Poisson.
        let signs = |stem| -> String {
            warned_of(stem).into_iter().map(|warned| if warned { '!' } else { '.' }).collect()
        };
        assert_eq!(signs("dense"), "....!.!...!");
        assert_eq!(signs("softmax"), "...!!!!!!!.");
        assert_eq!(signs("log_softmax"), "...!.!..!!.");
        assert_eq!(signs("sigmoid"), "...!!!!!!!.");
        assert_eq!(signs("tanh"), "...!!.!....");
    }

    #[test]
    fn layers_are_known_by_their_stems() {
        let warned = |layer: LayerSpec, loss| !pairing_warnings(network().add(layer), &loss).is_empty();
        for squeezing in [Sigmoid, HardSigmoid, Softsign, Tanh] {
            assert!(warned(squeezing, Loss::cross_entropy()));
        }
        for sigmoid in [Sigmoid, HardSigmoid] {
            assert!(warned(sigmoid.clone(), Loss::binary_cross_entropy()) && warned(sigmoid, Loss::hinge()));
        }
        for loss in [Loss::NegativeLogLikelihood, Loss::KlDivergence] {
            assert!(
                !warned(LogSoftmax::default().into(), loss.clone())
                    && warned(Softmax::default().into(), loss)
            );
        }
        let noises = [SpatialDropout::new(0.5).into(), GaussianNoise::new(0.5).into()];
        let others = [Dropout::new(0.5).into(), Flatten, Reshape::new(Shape::vector(4)).into()];
        for passing in noises.into_iter().chain(others) {
            assert!(PASSING.contains(&passing.stem()), "{passing}");
        }
    }

    #[test]
    fn a_flatten_does_not_hide_the_end() {
        let spec = network().add(Softmax::default()).add(Flatten);
        let warnings = pairing_warnings(&spec, &Loss::cross_entropy());
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].remedy, "leaving out `softmax1`");
    }

    #[test]
    fn a_softmax_of_a_softmax_is_found_wherever_it_is() {
        let twice = network().add(Softmax::default()).add(Flatten).add(Softmax::default());
        let warnings = pairing_warnings(twice.add(Dense::new(2)), &Loss::cross_entropy());
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].because.contains("`softmax2`"), "{}", warnings[0]);
        let apart = network().add(Softmax::default()).add(Dense::new(2)).add(Softmax::default());
        assert!(pairing_warnings(&apart, &Loss::MeanSquaredError).is_empty());
    }

    #[test]
    fn residual_blocks_are_looked_into() {
        let behind = |layer: LayerSpec, block| network().add(layer).add(block);
        let said = |spec: &NetworkSpec| -> Vec<String> {
            let warnings = pairing_warnings(spec, &Loss::cross_entropy());
            warnings.into_iter().map(|warning| warning.because).collect()
        };
        let softmax = || LayerSpec::from(Softmax::default());
        let twice = Residual::new().add(Dense::new(4)).add(softmax()).add(softmax());
        let inside = "`residual1.softmax2` is a second softmax, after `residual1.softmax1`";
        assert_eq!(said(&behind(Tanh, twice)), [inside]);
        let across = Residual::new().add(Dense::new(4)).project(Flatten).project(LogSoftmax::default());
        let across = said(&behind(softmax(), across));
        assert!(
            across[0].starts_with("`residual1.projection.log_softmax1` is a second softmax"),
            "{across:?}"
        );
        let deep = Residual::new().add(Residual::new().add(Dense::new(1)).project(Dense::new(1)));
        let deep = said(&behind(Tanh, deep.project(Dense::new(1))));
        assert_eq!(deep, ["cross-entropy of the single output of `residual1` is always 0"]);
        // The sum of a softmax and a projection is not a mistake.
        let beside = Residual::new().add(Dense::new(4)).add(softmax());
        assert!(said(&behind(Tanh, beside.clone())).is_empty());
        assert!(said(&behind(Tanh, beside).add(softmax())).iter().all(|said| !said.contains("residual1")));
    }

    #[test]
    fn a_single_class_is_found() {
        let one = network().add(Dense::new(1));
        assert!(pairing_warnings(&one, &Loss::binary_cross_entropy()).is_empty());
        let warnings = pairing_warnings(&one, &Loss::cross_entropy());
        assert!(warnings[0].because.contains("`dense2` is always 0"), "{}", warnings[0]);
        let warnings = pairing_warnings(one.add(Softmax::default()), &Loss::MeanSquaredError);
        assert!(warnings[0].because.contains("`dense2`: its result is always 1"), "{}", warnings[0]);
    }

    #[test]
    fn no_layers_are_nothing_to_warn_of() {
        let spec = NetworkSpec::new(Shape::vector(3));
        assert!(pairing_warnings(&spec, &Loss::NegativeLogLikelihood).is_empty());
    }
}
