//! Losses: how far a network's outputs are from their targets.

mod answer;
mod check;
mod pairing;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Lane;
use toddle_kernels::loss::{self, Formula, block, row};
use toddle_lanes::{Isa, LANES};

use crate::Float;

pub(crate) use answer::Answer;
pub use check::LossError;
pub use pairing::{Warning, pairing_warnings};

/// The enum of all losses, from the table below: a variant with its settings; its kind in files; its name in words; and the
/// formula in the kernels, for numbers of the type `T`.
macro_rules! losses {
    ($(
        $(#[$meta:meta])*
        $variant:ident
            $({ $($(#[$of_field:meta])* $field:ident: $of:ty,)* })?
            $(($settings:ident: $type:ident))?:
            $kind:tt, $words:literal, $formula:expr;
    )*) => {
        /// Loss: how far the outputs of a network are from the targets, one number for each sample. Training makes it small.
        ///
        /// The loss of a batch is the mean over its samples. The loss of a sample with `n` outputs `y` and `n`
        /// targets `t` is:
        ///
        /// | loss | formula | the network ends with | targets |
        /// |---|---|---|---|
        /// | [`MeanSquaredError`](Loss::MeanSquaredError) | `Σ o (y[o] − t[o])² / n` | any numbers | any numbers |
        /// | [`MeanAbsoluteError`](Loss::MeanAbsoluteError) | `Σ o \|y[o] − t[o]\| / n` | any numbers | any numbers |
        /// | [`Huber`](Loss::Huber) | `Σ o c·(\|y[o] − t[o]\| − c/2) / n`, `c = min(\|y[o] − t[o]\|, δ)` | any numbers | any numbers |
        /// | [`CrossEntropy`] | `−Σ o w[o]·((1−ε)·t[o] + ε/n)·ln softmax(y)[o]` | logits | probabilities of classes |
        /// | [`NegativeLogLikelihood`](Loss::NegativeLogLikelihood) | `−Σ o t[o]·y[o]` | log-probabilities | probabilities of classes |
        /// | [`BinaryCrossEntropy`](Loss::BinaryCrossEntropy) | `−Σ o ((1 − t[o])·ln σ(−y[o]) + p·t[o]·ln σ(y[o])) / n` | logits | numbers from 0 to 1 |
        /// | [`KlDivergence`](Loss::KlDivergence) | `Σ o t[o]·(ln t[o] − y[o])` | log-probabilities | probabilities of classes |
        /// | [`Hinge`](Loss::Hinge) | `Σ o≠c max(0, 1 − y[c] + y[o]) / n` | any numbers | one-hot: 1 at class `c` |
        ///
        /// Probabilities of classes are one-hot if the class is known. *Soft* probabilities are shared among several
        /// classes. *Logits* are numbers of any size, before a softmax or a sigmoid. The loss computes the softmax or
        /// the sigmoid itself, in a form without overflowing exponentials and without logarithms of zero.
        /// [`pairing_warnings`] reports networks that end with something else.
        ///
        /// Infinite outputs: `0·∞` counts as 0. A class whose output is −∞ (a *masked* logit, or the logarithm of
        /// probability 0) adds nothing if its target is 0, and its gradient is finite. If its target is above 0, the
        /// loss is ∞. NaN gives NaN.
        ///
        /// Sums over the outputs keep their digits: for 20,000 outputs, the relative difference between each loss in
        /// `f32` and in `f64` is at most 1.5·10⁻⁷. Gradients are computed with plain sums.
        ///
        /// Cost: about ten operations an output. Cross-entropy takes one exponential more, binary cross-entropy one
        /// exponential and one logarithm, KL divergence one logarithm.
        ///
        /// In files, `kind` names the loss: `{ kind = "huber", delta = 2.0 }`. Settings that are left out have their
        /// defaults.
        ///
        /// ```
        /// use toddle::{CrossEntropy, Dense, Fit, Loss, NetworkSpec, Sgd, Shape};
        ///
        /// // Which of two numbers is larger.
        /// let mut network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(2)).build::<f64>(0)?;
        /// let (x, y) = ([0.1, 0.9, 0.8, 0.2, 0.3, 0.5, 0.7, 0.4], [0., 1., 1., 0., 0., 1., 1., 0.]);
        /// let fit = Fit::new(Loss::cross_entropy(), Sgd::new(0.5)).epochs(200);
        /// let history = network.fit(&x, &y, &fit)?;
        /// assert!(history.errors[199] < 0.1);
        ///
        /// let smooth = Loss::CrossEntropy(CrossEntropy { label_smoothing: 0.1, ..CrossEntropy::default() });
        /// assert_eq!(smooth.to_string(), "cross-entropy { label_smoothing = 0.1 }");
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(tag = "kind", deny_unknown_fields)]
        #[allow(missing_docs, reason = "a variant with a type of its own is documented there")]
        pub enum Loss {$(
            $(#[$meta])*
            #[serde(rename = $kind)]
            $variant $({ $($(#[$of_field])* $field: $of,)* })? $(($type))?,
        )*}

        impl Loss {
            /// The kinds of all losses, as written in files.
            pub const KINDS: &[&str] = &[$($kind),*];

            /// The name in words: `mean squared error`.
            fn words(&self) -> &'static str {
                match self {
                    $(Loss::$variant { .. } => $words,)*
                }
            }

            /// Calls `judge` with the formula of the loss.
            fn judged<T: Float, J: Judge<T>>(&self, judge: J) -> J::Output {
                match self {
                    $(Loss::$variant $({ $($field,)* })? $(($settings))? => judge.with($formula),)*
                }
            }
        }
    };
}

losses! {
    /// Mean squared error, for numbers. Large errors count most. It is the post's `mse` and `mse_prime`.
    ///
    /// Backward: `dy[o] = 2·(y[o] − t[o]) / n`.
    #[serde(deserialize_with = "crate::setting::none")]
    MeanSquaredError: "mean_squared_error", "mean squared error", loss::MeanSquaredError;

    /// Mean absolute error, for numbers with outliers. The best constant answer is the median of the targets, and not
    /// their mean.
    ///
    /// Backward: `dy[o] = sign(y[o] − t[o]) / n`, and 0 if output and target are equal. See PyTorch's `L1Loss`.
    #[serde(deserialize_with = "crate::setting::none")]
    MeanAbsoluteError: "mean_absolute_error", "mean absolute error", loss::MeanAbsoluteError;

    /// Huber loss, for numbers with outliers: half the squared error up to `delta`, and a straight line above.
    ///
    /// Backward: `dy[o] = sign(y[o] − t[o])·c / n`. Errors: `delta` is not a positive number.
    ///
    /// See PyTorch's `HuberLoss`, and Peter J. Huber, *Robust Estimation of a Location Parameter*, 1964.
    Huber {
        /// `δ`: the error at which the line begins.
        #[cfg_attr(feature = "schema", schemars(example = 2.0, extend("exclusiveMinimum" = 0)))]
        #[serde(default = "one")]
        delta: f64,
    }: "huber", "Huber", loss::Huber { delta: T::from_f64(*delta) };

    CrossEntropy(settings: CrossEntropy): "cross_entropy", "cross-entropy", settings.formula();

    /// Negative log-likelihood, for one class of several: cross-entropy for networks whose last layer is `log_softmax`.
    ///
    /// Backward: `dy[o] = −t[o]`. Errors: the output is an image.
    ///
    /// See PyTorch's `NLLLoss`. Its targets are class numbers instead of probabilities.
    #[serde(deserialize_with = "crate::setting::none")]
    NegativeLogLikelihood: "negative_log_likelihood", "negative log-likelihood", loss::NegativeLogLikelihood;

    /// Binary cross-entropy, for outputs that each answer yes or no. The network ends without a sigmoid: the loss has it inside.
    ///
    /// Backward: `dy[o] = ((1 − t[o])·σ(y[o]) − p·t[o]·σ(−y[o])) / n`. Errors: `positive_weight` is not a positive number.
    ///
    /// See PyTorch's `BCEWithLogitsLoss`.
    BinaryCrossEntropy {
        /// `p`: the weight of a yes, where a no has the weight 1. A weight above 1 helps if yes is rare.
        #[cfg_attr(feature = "schema", schemars(example = 3.0, extend("exclusiveMinimum" = 0)))]
        #[serde(default = "one")]
        positive_weight: f64,
    }: "binary_cross_entropy", "binary cross-entropy", loss::BinaryCrossEntropy { positive_weight: T::from_f64(*positive_weight) };

    /// Kullback–Leibler divergence, for targets that are probabilities. It is 0 if the network answers with the same
    /// probabilities. The last layer is `log_softmax`.
    ///
    /// Backward: `dy[o] = −t[o]`. A target of 0 adds nothing, whatever the output.
    ///
    /// See PyTorch's `KLDivLoss(reduction="batchmean")`.
    #[serde(deserialize_with = "crate::setting::none")]
    KlDivergence: "kl_divergence", "KL divergence", loss::KlDivergence;

    /// Multi-class hinge, for one class of several. It is 0 if the output of the right class is larger than every
    /// other output by at least 1.
    ///
    /// Backward: `dy[o] = 1 / n` for each other class whose output is not smaller by at least 1, and minus their sum
    /// for the right class. Errors: the output is an image.
    ///
    /// See PyTorch's `MultiMarginLoss` with `p=1` and `margin=1`. Keras' `CategoricalHinge` uses only the largest of
    /// the other classes.
    #[serde(deserialize_with = "crate::setting::none")]
    Hinge: "hinge", "hinge", loss::Hinge;
}

/// Cross-entropy, for one class of several. The network ends without a softmax: the loss has it inside.
///
/// `loss = Σ o q[o]·(ln Σ j exp(y[j] − m) − (y[o] − m))` with `q[o] = w[o]·((1−ε)·t[o] + ε/n)` and `m = max y`. This
/// is equal to `−Σ o q[o]·ln softmax(y)[o]`. It is finite for finite logits of any size. A class with `q[o] = 0` adds
/// nothing, even if its logit is −∞.
///
/// Per sample: `y` n, `t` n: probabilities of `n` classes, one-hot or soft.
///
/// Settings: `label_smoothing`, `ε`, 0 by default; `class_weights`, `w`, by default none, which means that all
/// weights are 1.
///
/// Label smoothing takes the part `ε` of each target and spreads it evenly over all `n` classes, including the true
/// class. For a one-hot target, the true class keeps `1 − ε + ε/n`, and each other class gets `ε/n`. The least
/// possible loss is then not 0 but the entropy `−Σ o q[o]·ln q[o]`, in validation too. A logit of −∞ makes the loss
/// infinite, because every class has a part of the target.
///
/// Backward: `dy[o] = softmax(y)[o]·Σ j q[j] − q[o]`. Cost: an exponential an output.
///
/// The loss of a batch is divided by the number of its samples, also with class weights. PyTorch's
/// `CrossEntropyLoss(weight, label_smoothing)` does the same for targets that are probabilities. For targets that are
/// class numbers, PyTorch divides by the sum of the weights of the batch's classes instead, so that the loss of a
/// sample depends on the other samples of the batch.
///
/// Errors: `label_smoothing` is not in 0..1, there are not as many `class_weights` as outputs or one is negative, or the
/// output is an image.
///
/// ```
/// use toddle::{CrossEntropy, Loss, Shape};
///
/// // The second class is rare, and counts three times as much.
/// let loss = Loss::from(CrossEntropy { class_weights: vec![1.0, 3.0], ..CrossEntropy::default() });
/// loss.check(Shape::vector(2))?;
/// assert!(loss.check(Shape::vector(3)).is_err());
/// # Ok::<(), toddle::FitError>(())
/// ```
///
/// See Christian Szegedy et al., *Rethinking the Inception Architecture for Computer Vision*, 2016, for label smoothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CrossEntropy {
    /// `ε`: the part of each target that is spread evenly over all classes.
    #[cfg_attr(feature = "schema", schemars(example = 0.1, range(min = 0), extend("exclusiveMaximum" = 1)))]
    pub label_smoothing: f64,
    /// `w`: the weight of each class, one number for each class. Without it, every class has the weight 1.
    #[cfg_attr(feature = "schema", schemars(example = vec![1.0, 3.0]))]
    pub class_weights: Vec<f64>,
}

impl CrossEntropy {
    /// The formula of the kernels.
    fn formula<T: Float>(&self) -> loss::CrossEntropy<'_, T> {
        loss::CrossEntropy { smoothing: T::from_f64(self.label_smoothing), weights: &self.class_weights }
    }
}

/// An operation that needs the formula of a loss.
trait Judge<T: Float> {
    type Output;

    fn with<F: Formula<T>>(self, formula: F) -> Self::Output;
}

/// Computes the loss of one sample.
struct InRow<'a, T> {
    isa: Isa,
    y: &'a [T],
    t: &'a [T],
    dy: &'a mut [T],
}

impl<T: Float> Judge<T> for InRow<'_, T> {
    type Output = T;

    fn with<F: Formula<T>>(self, formula: F) -> T {
        let InRow { isa, y, t, dy } = self;
        isa.run(row::Loss { formula, y, t, dy })
    }
}

/// Computes the losses of a block of a batch of `samples`.
struct InBlock<'a, T> {
    isa: Isa,
    y: &'a [Lane<T>],
    t: &'a [Lane<T>],
    samples: usize,
    dy: &'a mut [Lane<T>],
    losses: &'a mut [T],
}

impl<T: Float> Judge<T> for InBlock<'_, T> {
    type Output = ();

    fn with<F: Formula<T>>(self, formula: F) {
        let InBlock { isa, y, t, samples, dy, losses } = self;
        isa.run(block::Loss { formula, y, t, samples, dy, losses });
    }
}

impl Loss {
    /// Huber loss with `delta` 1.
    pub fn huber() -> Self {
        Loss::Huber { delta: 1.0 }
    }

    /// Cross-entropy without label smoothing and class weights.
    pub fn cross_entropy() -> Self {
        CrossEntropy::default().into()
    }

    /// Binary cross-entropy in which yes and no have the same weight.
    pub fn binary_cross_entropy() -> Self {
        Loss::BinaryCrossEntropy { positive_weight: 1.0 }
    }

    /// Returns the loss of one sample, and sets its gradient `dy`.
    pub(crate) fn row<T: Float>(&self, isa: Isa, y: &[T], t: &[T], dy: &mut [T]) -> T {
        T::row_loss(self, isa, y, t, dy)
    }

    pub(crate) fn run_row<T: Float>(&self, isa: Isa, y: &[T], t: &[T], dy: &mut [T]) -> T {
        self.judged(InRow { isa, y, t, dy })
    }

    /// Computes the losses of one block of a batch of `samples`. `y` and the targets `t` are in lanes. Sets the gradient `dy`, which
    /// is zero in lanes without a sample.
    pub(crate) fn block<T: Float>(
        &self,
        isa: Isa,
        y: &[T],
        t: &[T],
        samples: usize,
        dy: &mut [T],
        losses: &mut [T],
    ) {
        T::block_loss(self, isa, y, t, samples, dy, losses);
    }

    pub(crate) fn run_block<T: Float>(
        &self,
        isa: Isa,
        y: &[T],
        t: &[T],
        samples: usize,
        dy: &mut [T],
        losses: &mut [T],
    ) {
        let [y, t] = [y, t].map(|lanes| lanes.as_chunks::<LANES>().0);
        let dy = dy.as_chunks_mut::<LANES>().0;
        self.judged(InBlock { isa, y, t, samples, dy, losses });
    }
}

fn one() -> f64 {
    1.0
}

impl From<CrossEntropy> for Loss {
    fn from(loss: CrossEntropy) -> Self {
        Loss::CrossEntropy(loss)
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words();
        match self {
            Loss::Huber { delta } => write!(f, "{words} {{ delta = {delta} }}"),
            Loss::BinaryCrossEntropy { positive_weight } if *positive_weight != 1.0 => {
                write!(f, "{words} {{ positive_weight = {positive_weight} }}")
            }
            Loss::CrossEntropy(loss) => loss.fmt(f),
            _ => f.write_str(words),
        }
    }
}

impl fmt::Display for CrossEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut settings = Vec::new();
        if self.label_smoothing != 0.0 {
            settings.push(format!("label_smoothing = {}", self.label_smoothing));
        }
        if !self.class_weights.is_empty() {
            let weights: Vec<String> = self.class_weights.iter().map(f64::to_string).collect();
            settings.push(format!("class_weights = [{}]", weights.join(", ")));
        }
        f.write_str("cross-entropy")?;
        if settings.is_empty() { Ok(()) } else { write!(f, " {{ {} }}", settings.join(", ")) }
    }
}
