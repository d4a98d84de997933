//! Finds what is wrong with a network, its data or its settings before a long training.
//!
//! [`training`] runs all checks. [`quick`] runs the checks that take almost no time. [`gradients`] compares the
//! gradients of a network and its layers with central differences, [`loss`] does the same for a loss, and [`agreement`] for
//! any function.

mod classes;
mod data;
mod difference;
mod fast;
mod gradients;
mod looked;
mod loss;
mod norm;
mod overfit;
mod rate;
mod scale;
mod step;
mod units;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use difference::{Agreement, TOLERANCE, agreement};
pub use gradients::{GradientRow, Gradients, gradients};
pub use loss::loss;
use serde::Serialize;
use thiserror::Error;
pub use units::{IsStuck, stuck};

use self::classes::Classes;
use self::looked::Looked;
use crate::checkpoint::CheckpointError;
use crate::error::{BuildError, FitError};
use crate::training::Trainer;
use crate::{
    Fit, Float, GraphSpec, Jacobian, LayerSpec, Network, Samples, Softmax, escaped, pairing_warnings,
};

/// The result of a check: a list of findings.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// The findings, in order.
    pub findings: Vec<Finding>,
}

/// One finding of a check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How good or bad it is.
    pub verdict: Verdict,
    /// The subject of the check, as in the table of [`training`].
    pub subject: &'static str,
    /// The name of the node that the finding is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// What is wrong with the units or the gradient of the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<FindingKind>,
    /// The finding, in one sentence.
    pub message: String,
    /// What to try, if something is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// What is wrong with the units or the gradient of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Units are zero for all samples.
    Dead,
    /// Units are at an end of their range for all samples.
    Saturated,
    /// The gradient is far smaller than those of other layers, or zero.
    Vanishing,
    /// The gradient is large, infinite or NaN.
    Exploding,
}

/// How good or bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing is wrong: ✓.
    Good,
    /// Training is possible, but the setting is probably a mistake: !.
    Doubtful,
    /// Training will not work: ✗.
    Wrong,
}

/// Why a network or its settings cannot be checked at all.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CheckError {
    /// The network cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The training cannot be resumed from its checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The settings or the samples do not fit the network.
    #[error(transparent)]
    Fit(#[from] FitError),
}

impl Report {
    /// Whether nothing is [wrong](Verdict::Wrong).
    pub fn is_good(&self) -> bool {
        self.findings.iter().all(|finding| finding.verdict < Verdict::Wrong)
    }

    fn good(&mut self, subject: &'static str, message: impl Into<String>) {
        self.push(Verdict::Good, subject, message.into(), None);
    }

    fn doubtful(
        &mut self,
        subject: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> &mut Finding {
        self.push(Verdict::Doubtful, subject, message.into(), Some(remedy.into()))
    }

    fn wrong(
        &mut self,
        subject: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> &mut Finding {
        self.push(Verdict::Wrong, subject, message.into(), Some(remedy.into()))
    }

    fn push(
        &mut self,
        verdict: Verdict,
        subject: &'static str,
        message: String,
        remedy: Option<String>,
    ) -> &mut Finding {
        let (node, kind) = (None, None);
        self.findings.push(Finding { verdict, subject, node, kind, message, remedy });
        self.findings.last_mut().expect("a finding")
    }
}

impl Finding {
    /// Says which node the finding is about.
    fn about(&mut self, node: &str) -> &mut Finding {
        self.node = Some(node.to_owned());
        self
    }

    /// Says what is wrong with the units or the gradient of the node.
    fn of_kind(&mut self, kind: FindingKind) {
        self.kind = Some(kind);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))
    }
}

/// In lines of at most 80 letters.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:<9} {}", self.verdict.mark(), self.subject, wrapped(&escaped(&self.message)))?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n{:INDENT$}{}", "", wrapped(&format!("try: {}", escaped(remedy)))),
            None => Ok(()),
        }
    }
}

/// The number of letters in a line of a finding.
const WIDTH: usize = 80;

/// The number of letters before the message of a finding: the mark and the subject.
const INDENT: usize = 12;

/// `text` in lines that begin after the indent. A longer word stays whole.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut used = INDENT;
    for word in text.split(' ') {
        let letters = word.chars().count();
        if used > INDENT && used + 1 + letters > WIDTH {
            lines += &format!("\n{:INDENT$}", "");
            used = INDENT;
        } else if used > INDENT {
            lines.push(' ');
            used += 1;
        }
        lines += word;
        used += letters;
    }
    lines
}

impl Verdict {
    /// The mark of the verdict: ✓, ! or ✗.
    pub fn mark(self) -> char {
        match self {
            Verdict::Good => '✓',
            Verdict::Doubtful => '!',
            Verdict::Wrong => '✗',
        }
    }
}

/// Checks the training of `network` on `samples` with the settings `fit` and this number of validation samples.
///
/// | subject | what is checked |
/// |---|---|
/// | `data` | inputs and targets that are not finite, are all equal, or are far from a mean of 0 and a deviation of 1 |
/// | `classes` | classes without samples; samples that are sorted by class and not shuffled |
/// | `validated` | whether there are validation samples |
/// | `loss` | losses that probably do not belong to the network's last layer: [`pairing_warnings`] |
/// | `norm` | batch norm in batches of one sample |
/// | `fast` | fast convolutions of so few channels that they are slower: [`Conv2d`](crate::Conv2d) |
/// | `step` | the loss before the first step: finite, and not far above that of a guess, `ln n` for `n` classes |
/// | `lengths` | gradients that explode or vanish from layer to layer |
/// | `init` | weights that make outputs far larger or smaller than inputs, in one layer or over several layers |
/// | `units` | units that are zero, or saturated, for all samples |
/// | `gradients` | the gradients of every layer and of the network, against central differences: [`gradients`] |
/// | `rate` | whether the loss grows in the first steps |
/// | `overfit` | whether the loss of one small batch falls by 90 % within 300 epochs, without dropout |
///
/// The checks read at most 256 samples, drawn at random, with as many of each class, and the targets of all samples.
/// They do not change the network. Cost: some seconds.
///
/// ```
/// use toddle::{Dense, Fit, Loss, NetworkSpec, Sgd, Shape, check, check::Verdict};
///
/// let network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f64>(0)?;
/// let (x, y) = ([0.0, 255.0, 200.0, 10.0, 90.0, 120.0], [1.0, 0.0, 0.0]);
/// let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).batch(3);
/// let report = check::training(&network, &fit, &network.samples(&x, &y)?, 0)?;
/// assert_eq!(report.findings[0].to_string(),
///     "! data      the inputs reach 255, but layers need inputs of about 1
///             try: dividing them by 255");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// There are no samples, or a setting is out of its range.
pub fn training<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    samples: &dyn Samples<T>,
    validation: usize,
) -> Result<Report, CheckError> {
    // A setting that a training refuses is refused here too.
    Trainer::new(network, fit, samples.count())?;
    let mut report = Report::default();
    let looked_at = look(network, fit, samples, &mut report);
    check_validation(validation, &mut report);
    let loss = step::check(network, fit, &looked_at, &mut report)?;
    if loss.is_some() {
        scale::check(network, fit, &looked_at, &mut report)?;
    }
    units::check(network, fit, &looked_at, &mut report)?;
    check_gradients(network.spec(), &mut report)?;
    if let Some(loss) = loss {
        rate::check(network, fit, samples, &looked_at, loss, &mut report)?;
    }
    if report.is_good() {
        overfit::check(network, fit, &looked_at, &mut report)?;
    }
    Ok(report)
}

/// Runs the checks of [`training`] that take no step: `data`, `classes`, `loss`, `norm` and `fast`. The report has
/// only the findings that are not good.
///
/// Cost: reading all targets and at most 256 inputs, well below a second.
///
/// ```
/// use toddle::{Dense, Fit, Loss, NetworkSpec, Sgd, Shape, check};
///
/// // Twenty samples of the first class, and then twenty of the second.
/// let network = NetworkSpec::new(Shape::vector(1)).add(Dense::new(2)).build::<f64>(0)?;
/// let x: Vec<f64> = (0..40).map(|n| f64::from(n % 7)).collect();
/// let y: Vec<f64> = (0..40).flat_map(|n| if n < 20 { [1.0, 0.0] } else { [0.0, 1.0] }).collect();
/// let fit = Fit::new(Loss::cross_entropy(), Sgd::new(0.1)).batch(4);
/// let report = check::quick(&network, &fit, &network.samples(&x, &y)?);
/// assert_eq!(report.to_string(),
///     "! classes   the samples are sorted by class: 10 of 10 batches have a single\n            class
///             try: train.shuffle = true\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn quick<T: Float>(network: &Network<T>, fit: &Fit, samples: &dyn Samples<T>) -> Report {
    let mut report = Report::default();
    if samples.count() > 0 && fit.batch > 0 {
        look(network, fit, samples, &mut report);
    }
    report.findings.retain(|finding| finding.verdict > Verdict::Good);
    report
}

/// Looks at a network with the weights that it has now: at `lengths`, the gradients from layer to layer, and at
/// `units`, those with the same output for every sample, as [`training`] does. The report has only the findings that
/// are not good.
///
/// Cost: reading all targets and at most 256 inputs, and one pass of these samples forward and back.
///
/// # Errors
/// There is not enough memory, or `TODDLE_SIMD` names no instruction set of this CPU.
pub fn health<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    samples: &dyn Samples<T>,
) -> Result<Report, CheckError> {
    let mut report = Report::default();
    let looked_at = look(network, fit, samples, &mut report);
    report.findings.clear();
    step::check(network, fit, &looked_at, &mut report)?;
    units::check(network, fit, &looked_at, &mut report)?;
    let is_of_now = |finding: &Finding| finding.subject != "step" || finding.verdict == Verdict::Wrong;
    report.findings.retain(|finding| finding.verdict > Verdict::Good && is_of_now(finding));
    Ok(report)
}

/// Runs the checks that take no step. Returns the samples that they read.
fn look<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    samples: &dyn Samples<T>,
    report: &mut Report,
) -> Looked<T> {
    let classes = Classes::new(network, fit, samples);
    let looked_at = Looked::new(network, samples, classes.as_ref());
    data::check(&looked_at, report);
    if let Some(classes) = &classes {
        classes::check(classes, fit, report);
    }
    for warning in pairing_warnings(network.spec(), &fit.loss) {
        report.doubtful("loss", warning.because, warning.remedy);
    }
    norm::check(network, fit, samples.count(), report);
    fast::check(network, report);
    looked_at
}

/// Reports the number of validation samples.
fn check_validation(samples: usize, report: &mut Report) {
    if samples == 0 {
        let message = "by no samples: nothing shows how the network does on samples that are new to it";
        report.doubtful("validated", message, "data.validation = { fraction = 0.1 }");
    } else {
        report.good("validated", format!("by {samples} samples"));
    }
}

/// Whether a layer changes a value at random in training. Such a layer has neither weights nor state.
fn is_random(spec: &LayerSpec) -> bool {
    matches!(spec, LayerSpec::Dropout(_) | LayerSpec::GaussianNoise(_) | LayerSpec::SpatialDropout(_))
}

/// A copy of the network with the same weights, without the layers that are `left_out`. These layers have neither
/// weights nor state.
fn copy_of<T: Float>(
    network: &Network<T>,
    left_out: impl Fn(&LayerSpec) -> bool,
) -> Result<Network<T>, BuildError> {
    let mut copy = network.spec().without(left_out).build::<T>(0)?;
    copy.weights_mut().copy_from_slice(network.weights());
    copy.state_mut().copy_from_slice(network.state());
    Ok(copy)
}

/// Compares the network's gradients with central differences. A softmax with the post's shortcut is checked with its
/// exact gradient.
fn check_gradients(spec: &GraphSpec, report: &mut Report) -> Result<(), BuildError> {
    let mut spec = spec.clone();
    let mut shortcuts: Vec<&mut Softmax> = spec
        .layers
        .iter_mut()
        .filter_map(|placed| match &mut placed.layer {
            LayerSpec::Softmax(softmax) => Some(softmax),
            _ => None,
        })
        .filter(|softmax| softmax.jacobian == Jacobian::Diagonal)
        .collect();
    if !shortcuts.is_empty() {
        let message =
            "the softmax takes the post's shortcut, the diagonal of its Jacobian, which is not the gradient";
        report.doubtful("gradients", message, "jacobian = \"full\"");
        shortcuts.iter_mut().for_each(|softmax| softmax.jacobian = Jacobian::Full);
    }
    let compared = gradients(&spec)?;
    // A layer that is wrong alone makes the network wrong too.
    let first = compared.wrong().next().map(|row| row.layer.is_some());
    for row in compared.wrong().filter(|row| Some(row.layer.is_some()) == first) {
        let Agreement { error, slope, difference, .. } = row.agreement;
        let what = row.layer.as_ref().map_or("the network".into(), |layer| format!("`{layer}`"));
        let message = format!(
            "the gradient of {what} to {} does not agree with central differences: it is {slope:.10e}, but they are \
             {difference:.10e}; the relative error is {error:.1e}, and at most {:.0e} is right",
            row.of, row.tolerance
        );
        let remedy = "correcting the backward pass of the layer, or its forward pass";
        let finding = report.wrong("gradients", message, remedy);
        finding.node.clone_from(&row.layer);
    }
    if first.is_none() {
        let worst = compared.rows.iter().map(|row| row.agreement.error).fold(0.0, f64::max);
        let rows = compared.rows.len();
        let how = match worst {
            0.0 => "up to rounding".into(),
            _ => format!("with an error of at most {worst:.0e}"),
        };
        report.good("gradients", format!("{rows} gradients agree with central differences, {how}"));
    }
    Ok(())
}
