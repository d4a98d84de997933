//! What is wrong with a network, its data or its settings, found before a long training finds it.
//!
//! [`training`] looks at everything and says what it found, [`quick`] at what takes no time; [`gradients`] compares those of a
//! network and its layers with central differences, and [`agreement`] those of any function.

mod classes;
mod data;
mod difference;
mod fast;
mod gradients;
mod looked;
mod norm;
mod overfit;
mod rate;
mod scale;
mod step;
mod units;

use std::fmt;

pub use difference::{Agreement, TOLERANCE, agreement};
pub use gradients::{GradientRow, Gradients, gradients};
use serde::Serialize;
use thiserror::Error;

use self::classes::Classes;
use self::looked::Looked;
use crate::checkpoint::CheckpointError;
use crate::error::{BuildError, FitError};
use crate::training::Trainer;
use crate::{
    Fit, Float, Jacobian, LayerSpec, Network, NetworkSpec, Samples, Softmax, escaped, pairing_warnings,
};

/// What a check found, one finding after the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// What was found.
    pub findings: Vec<Finding>,
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How good or bad it is.
    pub verdict: Verdict,
    /// What was looked at, as the table of [`training`] has it.
    pub subject: &'static str,
    /// What was found, in one sentence.
    pub message: String,
    /// What to try, where something is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// How good or bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be: ✓.
    Good,
    /// It can be trained, and is hardly meant: !.
    Doubtful,
    /// Training will not work: ✗.
    Wrong,
}

/// A network or settings that cannot even be checked.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CheckError {
    /// The network cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A training could not go on from its checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The settings or the samples are not for it.
    #[error(transparent)]
    Fit(#[from] FitError),
}

impl Report {
    /// Whether nothing is [wrong](Verdict::Wrong).
    pub fn is_good(&self) -> bool {
        self.findings.iter().all(|finding| finding.verdict < Verdict::Wrong)
    }

    fn good(&mut self, subject: &'static str, message: impl Into<String>) {
        self.findings.push(Finding {
            verdict: Verdict::Good,
            subject,
            message: message.into(),
            remedy: None,
        });
    }

    fn doubtful(&mut self, subject: &'static str, message: impl Into<String>, remedy: impl Into<String>) {
        let (message, remedy) = (message.into(), Some(remedy.into()));
        self.findings.push(Finding { verdict: Verdict::Doubtful, subject, message, remedy });
    }

    fn wrong(&mut self, subject: &'static str, message: impl Into<String>, remedy: impl Into<String>) {
        let (message, remedy) = (message.into(), Some(remedy.into()));
        self.findings.push(Finding { verdict: Verdict::Wrong, subject, message, remedy });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:<9} {}", self.verdict.mark(), self.subject, escaped(&self.message))?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n  {:<9} try: {}", "", escaped(remedy)),
            None => Ok(()),
        }
    }
}

impl Verdict {
    /// ✓, ! or ✗.
    pub fn mark(self) -> char {
        match self {
            Verdict::Good => '✓',
            Verdict::Doubtful => '!',
            Verdict::Wrong => '✗',
        }
    }
}

/// Looks for what is wrong with training `network` on `samples` as `fit` says, while it is validated with so many others.
///
/// | subject | what is looked at |
/// |---|---|
/// | `data` | inputs and targets that are not finite, all alike, or far from a mean of 0 and a deviation of 1 |
/// | `classes` | classes without samples; samples that lie class by class and are not shuffled |
/// | `validated` | whether there are samples to validate with |
/// | `loss` | losses that hardly go with the network's end: [`pairing_warnings`] |
/// | `norm` | batch norm in batches of one sample |
/// | `fast` | fast convolutions of so few channels that they are slower: [`Conv2d`](crate::Conv2d) |
/// | `step` | the loss before the first step: finite, and not far above that of a guess, `ln n` for `n` classes |
/// | `lengths` | gradients that explode or vanish from layer to layer |
/// | `init` | weights that make numbers far larger or smaller, in one layer or from layer to layer |
/// | `units` | units that are zero, or saturated, for all samples |
/// | `gradients` | every layer's, and the network's, against central differences: [`gradients`] |
/// | `rate` | whether the loss grows in the first steps |
/// | `overfit` | whether the loss of one small batch falls by 90 % within 300 epochs, without dropout |
///
/// It looks at 256 samples at most, drawn at random, as many of each class; at the targets of all. The network stays as it is.
/// Cost: some seconds.
///
/// ```
/// use toddle::{Dense, Fit, Loss, NetworkSpec, Sgd, Shape, check, check::Verdict};
///
/// let network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f64>(0)?;
/// let (x, y) = ([0.0, 255.0, 200.0, 10.0, 90.0, 120.0], [1.0, 0.0, 0.0]);
/// let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).batch(3);
/// let report = check::training(&network, &fit, &network.samples(&x, &y)?, 0)?;
/// assert_eq!(report.findings[0].to_string(),
///     "! data      the inputs reach 255, where layers are made for numbers of about 1
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
    // All that a training refuses is refused here.
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

/// Looks for what is wrong with training `network` on `samples` as `fit` says, as far as that takes no step: `data`, `classes`, `loss`,
/// `norm` and `fast` of [`training`]. What is as it should be is left out.
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
///     "! classes   the samples lie class by class: 10 of 10 batches are of a single class
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

/// Looks at what takes no step: returns the samples looked at.
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

/// Says how many samples the network is validated with.
fn check_validation(samples: usize, report: &mut Report) {
    if samples == 0 {
        let message = "by no samples: what is learnt by heart looks as good as what is understood";
        report.doubtful("validated", message, "data.validation = { fraction = 0.1 }");
    } else {
        report.good("validated", format!("by {samples} samples"));
    }
}

/// Another network with the same weights, and without layers that are `left_out`, which have neither weights nor state.
fn copy_of<T: Float>(
    network: &Network<T>,
    left_out: impl Fn(&LayerSpec) -> bool,
) -> Result<Network<T>, BuildError> {
    let mut spec = network.spec().clone();
    spec.layers.retain(|layer| !left_out(layer));
    let mut copy = spec.build::<T>(0)?;
    copy.weights_mut().copy_from_slice(network.weights());
    copy.state_mut().copy_from_slice(network.state());
    Ok(copy)
}

/// Compares the network's gradients with central differences, with what the post takes for the softmax's set right.
fn check_gradients(spec: &NetworkSpec, report: &mut Report) -> Result<(), BuildError> {
    let mut spec = spec.clone();
    let diagonal = LayerSpec::from(Softmax { jacobian: Jacobian::Diagonal });
    if spec.layers.contains(&diagonal) {
        let message =
            "the softmax's backward is the post's, the diagonal of its Jacobian, which is no gradient";
        report.doubtful("gradients", message, "jacobian = \"full\"");
        for layer in spec.layers.iter_mut().filter(|layer| **layer == diagonal) {
            *layer = Softmax { jacobian: Jacobian::Full }.into();
        }
    }
    let compared = gradients(&spec)?;
    // What is wrong with a layer by itself is wrong with the network too.
    let first = compared.wrong().next().map(|row| row.layer.is_some());
    for row in compared.wrong().filter(|row| Some(row.layer.is_some()) == first) {
        let Agreement { error, slope, difference, .. } = row.agreement;
        let what = row.layer.as_ref().map_or("the network".into(), |layer| format!("`{layer}`"));
        let message = format!(
            "the gradient of {what} to {} is not the one of central differences: {slope:.10e}, not {difference:.10e}; the \
             relative error is {error:.1e}, and at most {:.0e} is right",
            row.of, row.tolerance
        );
        report.wrong(
            "gradients",
            message,
            "looking at the layer's backward, which is not the derivative of its forward",
        );
    }
    if first.is_none() {
        let worst = compared.rows.iter().map(|row| row.agreement.error).fold(0.0, f64::max);
        let rows = compared.rows.len();
        let how = match worst {
            0.0 => "as nearly as rounding lets them".into(),
            _ => format!("to {worst:.0e} at worst"),
        };
        report.good("gradients", format!("{rows} gradients agree with central differences, {how}"));
    }
    Ok(())
}
