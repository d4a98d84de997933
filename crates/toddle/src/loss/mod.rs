//! Losses: how far a network's outputs are from their targets.

mod answer;
mod check;
pub(crate) mod judge;
pub(crate) mod own;
mod pairing;
#[cfg(test)]
mod tests;

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::loss;

use crate::{Float, setting};
use judge::{InBlock, InRow, Judge};
use own::AnyLoss;

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
        /// | [`SmoothL1`](Loss::SmoothL1) | `Σ o c·(\|y[o] − t[o]\| − c/2) / (β·n)`, `c = min(\|y[o] − t[o]\|, β)` | any numbers | any numbers |
        /// | [`LogCosh`](Loss::LogCosh) | `Σ o ln cosh(y[o] − t[o]) / n` | any numbers | any numbers |
        /// | [`Quantile`](Loss::Quantile) | `Σ o (q·max(0, t[o] − y[o]) + (1 − q)·max(0, y[o] − t[o])) / n` | any numbers | any numbers |
        /// | [`Poisson`](Loss::Poisson) | `Σ o (exp(y[o]) − t[o]·y[o]) / n` | logarithms of rates | counts |
        /// | [`Cosine`](Loss::Cosine) | `1 − Σ o y[o]·t[o] / (‖y‖·‖t‖)` | any numbers | any numbers |
        /// | [`Triplet`](Loss::Triplet) | `max(0, ‖a − p + ε‖ − ‖a − n + ε‖ + margin)` | `a`, `p` and `n`, each a third of the outputs | are not used |
        /// | [`CrossEntropy`] | `−Σ o w[o]·((1−ε)·t[o] + ε/n)·ln softmax(y)[o]` | logits | probabilities of classes |
        /// | [`NegativeLogLikelihood`](Loss::NegativeLogLikelihood) | `−Σ o t[o]·y[o]` | log-probabilities | probabilities of classes |
        /// | [`BinaryCrossEntropy`](Loss::BinaryCrossEntropy) | `−Σ o ((1 − t[o])·ln σ(−y[o]) + p·t[o]·ln σ(y[o])) / n` | logits | numbers from 0 to 1 |
        /// | [`Focal`](Loss::Focal) | `−Σ o (α₀·(1 − t[o])·σ(y[o])ᵞ·ln σ(−y[o]) + α₁·t[o]·σ(−y[o])ᵞ·ln σ(y[o])) / n` | logits | 0 or 1 |
        /// | [`Dice`](Loss::Dice) | `1 − (2·Σ o σ(y[o])·t[o] + s) / (Σ o (σ(y[o]) + t[o]) + s)` | logits | numbers from 0 to 1 |
        /// | [`KlDivergence`](Loss::KlDivergence) | `Σ o t[o]·(ln t[o] − y[o])` | log-probabilities | probabilities of classes |
        /// | [`Hinge`](Loss::Hinge) | `Σ o≠c max(0, margin − y[c] + y[o]) / n` | any numbers | one-hot: 1 at class `c` |
        ///
        /// A [`CustomLoss`](crate::custom::CustomLoss) of the program's own is used in the same way.
        ///
        /// If the output is an image, cross-entropy and negative log-likelihood take each pixel for itself: its classes are the
        /// channels, and its targets are the channels of the target at this pixel. The loss of the sample is the mean over the
        /// pixels that count. A pixel does not count if all its targets are 0; its loss and its gradient are 0. So does
        /// PyTorch's `ignore_index`, but there the mean is over the pixels of the whole batch. The other losses take all
        /// elements of an image as outputs, and `n` is their number.
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
        /// `f32` and in `f64` is at most 1.5·10⁻⁷. The gradients of cross-entropy and hinge are computed with plain sums.
        ///
        /// Cost: about ten operations an output. Cross-entropy, Poisson and Dice take one exponential more, binary
        /// cross-entropy one exponential and one logarithm, log-cosh a hyperbolic tangent besides, focal two exponentials and two
        /// logarithms, KL divergence one logarithm.
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
        )*
            #[serde(rename = "custom")]
            Custom(AnyLoss),
        }

        impl Loss {
            /// The kinds of all losses, as written in files.
            pub const KINDS: &[&str] = &[$($kind,)* "custom"];

            /// The name in words: `mean squared error`.
            fn words(&self) -> &'static str {
                match self {
                    $(Loss::$variant { .. } => $words,)*
                    Loss::Custom(own) => own.name(),
                }
            }

            /// Calls `judge` with the formula of the loss.
            pub(crate) fn judged<T: Float, J: Judge<T>>(&self, judge: J) -> J::Output {
                match self {
                    $(Loss::$variant $({ $($field,)* })? $(($settings))? => judge.with($formula),)*
                    Loss::Custom(own) => judge.with_own(&*own.loss),
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
    }: "huber", "Huber", loss::Huber { delta: T::from_f64(*delta), divisor: T::ONE };

    /// Smooth L1 loss, for numbers with outliers: Huber loss divided by its `delta`, so that the slope of the line is 1.
    ///
    /// Backward: `dy[o] = sign(y[o] − t[o])·c / (β·n)`. Errors: `beta` is not a positive number.
    ///
    /// See PyTorch's `SmoothL1Loss`; with `beta = 0` it is the mean absolute error there.
    SmoothL1 {
        /// `β`: the error at which the line begins.
        #[cfg_attr(feature = "schema", schemars(example = 0.5, extend("exclusiveMinimum" = 0)))]
        #[serde(default = "one")]
        beta: f64,
    }: "smooth_l1", "smooth L1", loss::Huber { delta: T::from_f64(*beta), divisor: T::from_f64(*beta) };

    /// Log-cosh, for numbers with outliers: about half the square of a small error, and the absolute value of a large error
    /// minus ln 2. It is smooth everywhere.
    ///
    /// Backward: `dy[o] = tanh(y[o] − t[o]) / n`. See Keras' `LogCosh`.
    #[serde(deserialize_with = "crate::setting::none")]
    LogCosh: "log_cosh", "log-cosh", loss::LogCosh;

    /// Quantile loss, for a quantile of the targets: with `quantile` 0.9, answers that are too small cost nine times as much as
    /// answers that are too large. The best constant answer is this quantile of the targets.
    ///
    /// Backward: `dy[o] = −q / n` below the target, `(1 − q) / n` above it, and 0 if they are equal. Errors: `quantile` is
    /// not above 0 and less than 1.
    ///
    /// See Koenker and Bassett, *Regression Quantiles*, 1978.
    Quantile {
        /// `q`: the part of the targets that lies below the best answer.
        #[cfg_attr(feature = "schema", schemars(example = 0.9, extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1)))]
        #[serde(default = "half")]
        quantile: f64,
    }: "quantile", "quantile", loss::Quantile { quantile: T::from_f64(*quantile) };

    /// Poisson loss, for counts: the negative log-likelihood of a Poisson distribution, without the terms that depend on the
    /// targets alone. Without `log_input`, the outputs are the rates: `Σ o (y[o] − t[o]·ln(y[o] + 10⁻⁸)) / n`.
    ///
    /// Backward: `dy[o] = (exp(y[o]) − t[o]) / n`, or `(1 − t[o] / (y[o] + 10⁻⁸)) / n`. An output of −10⁻⁸ or less is no rate,
    /// and its loss is not a number.
    ///
    /// See PyTorch's `PoissonNLLLoss`.
    Poisson {
        /// Whether the outputs are the logarithms of the rates. If not, they are the rates, which are above 0.
        #[cfg_attr(feature = "schema", schemars(example = false))]
        #[serde(default = "yes")]
        log_input: bool,
    }: "poisson", "Poisson", loss::Poisson { log_input: *log_input };

    /// Cosine loss, for outputs whose direction counts and not their length: 0 if outputs and targets have the same direction,
    /// and 2 if they have opposite directions.
    ///
    /// Backward: `dy[o] = (c·y[o]/‖y‖ − t[o]/‖t‖) / ‖y‖`, where `c` is the cosine. A length below 10⁻⁸ counts as 10⁻⁸.
    ///
    /// See PyTorch's `CosineSimilarity`. Keras' `CosineSimilarity` is the negative cosine.
    #[serde(deserialize_with = "crate::setting::none")]
    Cosine: "cosine", "cosine", loss::Cosine;

    /// Triplet loss, for embeddings. The outputs have three equal parts: those of an anchor, of a similar sample, and of a
    /// different sample. The loss is 0 if the anchor is nearer to the similar sample than to the different one by at least
    /// `margin`. The targets are not used, but there is one for each output.
    ///
    /// With `u = a − p + ε`, `v = a − n + ε` and `ε = 10⁻⁶`. Backward, unless the loss is 0: `u/‖u‖ − v/‖v‖` to the first third,
    /// `−u/‖u‖` to the second, and `v/‖v‖` to the third. Errors: `margin` is not a positive number, or the number of outputs
    /// is not a multiple of 3.
    ///
    /// The three come from one network of shared layers, whose outputs are joined by `concat`.
    ///
    /// See Balntas et al., *Learning local feature descriptors with triplets and shallow convolutional neural networks*, 2016;
    /// PyTorch's `TripletMarginLoss`.
    Triplet {
        /// The smallest difference between the two distances at which the loss is 0.
        #[cfg_attr(feature = "schema", schemars(example = 0.5, extend("exclusiveMinimum" = 0)))]
        #[serde(default = "one")]
        margin: f64,
    }: "triplet", "triplet", loss::Triplet { margin: T::from_f64(*margin) };

    CrossEntropy(settings: CrossEntropy): "cross_entropy", "cross-entropy", settings.formula();

    /// Negative log-likelihood, for one class of several: cross-entropy for networks whose last layer is `log_softmax`.
    ///
    /// Backward: `dy[o] = −t[o]`. Of an image, the mean over the pixels that count, as for cross-entropy.
    ///
    /// See PyTorch's `NLLLoss`. Its targets are class numbers instead of probabilities.
    #[serde(deserialize_with = "crate::setting::none")]
    NegativeLogLikelihood: "negative_log_likelihood", "negative log-likelihood", loss::NegativeLogLikelihood;

    /// Binary cross-entropy, for outputs that each answer yes or no. The network ends without a sigmoid: the loss has it inside.
    ///
    /// Backward: `dy[o] = ((1 − t[o])·σ(y[o]) − p·t[o]·σ(−y[o])) / n`. Errors: a `positive_weight` is not a positive number, or
    /// there are not as many as outputs, or as channels of an image.
    ///
    /// See PyTorch's `BCEWithLogitsLoss`.
    BinaryCrossEntropy {
        /// `p`: the weight of a yes, where a no has the weight 1. A weight above 1 helps if yes is rare. It is one number for
        /// all outputs, or a list with one for each output, or for each channel of an image. Each is above 0.
        #[cfg_attr(feature = "schema", schemars(example = 3.0))]
        #[serde(default)]
        positive_weight: PositiveWeight,
    }: "binary_cross_entropy", "binary cross-entropy", loss::BinaryCrossEntropy { positive_weights: positive_weight.as_slice() };

    /// Focal loss, for outputs that each answer yes or no, if most answers are easy: binary cross-entropy in which certain
    /// right answers count less. The network ends without a sigmoid: the loss has it inside.
    ///
    /// With the entropy `e[o] = −(1 − t[o])·ln σ(−y[o]) − t[o]·ln σ(y[o])`, the part that is wrong
    /// `m[o] = (1 − t[o])·σ(y[o]) + t[o]·σ(−y[o])`, and `a[o] = (1 − α)·(1 − t[o]) + α·t[o]`, it is `Σ o a[o]·m[o]ᵞ·e[o] / n`.
    /// Without `alpha`, `a[o]` is 1.
    ///
    /// Backward: `dy[o] = a·mᵞ·((σ(y) − t) + γ·(σ(y)·σ(−y)/m)·(1 − 2·t)·e) / n`. Errors: `gamma` is negative, or `alpha` is
    /// not above 0 and less than 1.
    ///
    /// See Lin et al., *Focal Loss for Dense Object Detection*, 2017; torchvision's `sigmoid_focal_loss`, whose `alpha` is 0.25
    /// by default.
    Focal {
        /// `γ`: how fast answers that are right lose their weight. With 0, all answers count the same.
        #[cfg_attr(feature = "schema", schemars(example = 1.0, range(min = 0)))]
        #[serde(default = "two")]
        gamma: f64,
        /// `α`: the weight of a yes, where a no has the weight `1 − α`. Default: both have the weight 1.
        #[cfg_attr(feature = "schema", schemars(example = 0.25, extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1)))]
        #[serde(default)]
        alpha: Option<f64>,
    }: "focal", "focal", loss::Focal {
        gamma: T::from_f64(*gamma),
        positive: T::from_f64(alpha.unwrap_or(1.0)),
        negative: T::from_f64(alpha.map_or(1.0, |alpha| 1.0 - alpha)),
    };

    /// Dice loss, for a mask that is mostly 0: 1 minus twice the overlap of the answer and the mask, divided by the sum of
    /// both. All outputs of a sample are one mask. The network ends without a sigmoid: the loss has it inside.
    ///
    /// Backward: with `p = σ(y)`, the loss `D` and `S = Σ o (p[o] + t[o]) + s`, `dy[o] = p[o]·(1 − p[o])·(1 − 2·t[o] − D) / S`.
    /// Errors: `smooth` is not a positive number.
    ///
    /// See Milletari, Navab and Ahmadi, *V-Net*, 2016; Keras' `Dice`, which takes probabilities instead of logits.
    Dice {
        /// `s`: a number that is added to both sums, so that nothing is divided by 0.
        #[cfg_attr(feature = "schema", schemars(example = 0.01, extend("exclusiveMinimum" = 0)))]
        #[serde(default = "one")]
        smooth: f64,
    }: "dice", "Dice", loss::Dice { smooth: T::from_f64(*smooth) };

    /// Kullback–Leibler divergence, for targets that are probabilities. It is 0 if the network answers with the same
    /// probabilities. The last layer is `log_softmax`.
    ///
    /// Backward: `dy[o] = −t[o]`. A target of 0 adds nothing, whatever the output.
    ///
    /// See PyTorch's `KLDivLoss(reduction="batchmean")`.
    #[serde(deserialize_with = "crate::setting::none")]
    KlDivergence: "kl_divergence", "KL divergence", loss::KlDivergence;

    /// Multi-class hinge, for one class of several. It is 0 if the output of the right class is larger than every
    /// other output by at least `margin`.
    ///
    /// Backward: `dy[o] = 1 / n` for each other class whose output is not smaller by at least `margin`, and minus their sum
    /// for the right class. Errors: `margin` is not a positive number, or the output is an image.
    ///
    /// See PyTorch's `MultiMarginLoss` with `p=1`. Keras' `CategoricalHinge` uses only the largest of
    /// the other classes.
    Hinge {
        /// The smallest lead over another output at which this output adds nothing to the loss.
        #[cfg_attr(feature = "schema", schemars(example = 0.5, extend("exclusiveMinimum" = 0)))]
        #[serde(default = "one")]
        margin: f64,
    }: "hinge", "hinge", loss::Hinge { margin: T::from_f64(*margin) };
}

/// Cross-entropy, for one class of several, or for one class at each pixel of an image. The network ends without a softmax:
/// the loss has it inside.
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
/// Images, for segmentation: the channels are the classes of each pixel, and `t` has a channel for each class, too. The loss
/// of a sample is the mean over its pixels that count, and 0 if none counts. A pixel whose targets are all 0 does not count,
/// also with label smoothing. PyTorch has `ignore_index` for this, and takes the mean over the pixels of the whole batch, so
/// that a sample with few pixels that count has less weight there.
///
/// Errors: `label_smoothing` is not in 0..1, there are not as many `class_weights` as classes, or one is negative.
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

/// The weight of a yes in binary cross-entropy: one for all outputs, or one for each output.
///
/// For an image there is one for each channel.
///
/// ```
/// use toddle::{Loss, PositiveWeight};
///
/// let loss = Loss::BinaryCrossEntropy { positive_weight: vec![1.0, 3.0].into() };
/// assert_eq!(loss.to_string(), "binary cross-entropy { positive_weight = [1, 3] }");
/// assert_eq!(PositiveWeight::default(), 1.0.into());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a number or a list of numbers")]
pub enum PositiveWeight {
    /// The weight of a yes of every output.
    All(f64),
    /// The weight of a yes of each output, or of each channel.
    Each(Vec<f64>),
}

impl PositiveWeight {
    /// The weights: one, or one for each output.
    pub fn as_slice(&self) -> &[f64] {
        match self {
            PositiveWeight::All(weight) => core::slice::from_ref(weight),
            PositiveWeight::Each(weights) => weights,
        }
    }
}

impl Default for PositiveWeight {
    fn default() -> Self {
        PositiveWeight::All(1.0)
    }
}

impl From<f64> for PositiveWeight {
    fn from(weight: f64) -> Self {
        PositiveWeight::All(weight)
    }
}

impl From<Vec<f64>> for PositiveWeight {
    fn from(weights: Vec<f64>) -> Self {
        PositiveWeight::Each(weights)
    }
}

impl fmt::Display for PositiveWeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PositiveWeight::All(weight) => weight.fmt(f),
            PositiveWeight::Each(weights) => f.write_str(&listed(weights)),
        }
    }
}

/// `[1, 3]`
fn listed(numbers: &[f64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
    format!("[{}]", numbers.join(", "))
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
        Loss::BinaryCrossEntropy { positive_weight: PositiveWeight::default() }
    }

    /// Hinge with `margin` 1.
    pub fn hinge() -> Self {
        Loss::Hinge { margin: 1.0 }
    }

    /// Returns the loss of one sample, and sets its gradient.
    pub(crate) fn row<T: Float>(&self, io: InRow<'_, T>) -> T {
        T::row_loss(self, io)
    }

    /// Computes the losses of one block, and sets their gradient.
    pub(crate) fn block<T: Float>(&self, io: InBlock<'_, T>) {
        T::block_loss(self, io);
    }

    /// The settings: the name, the value, and the value that is not written.
    fn settings(&self) -> Vec<(&'static str, String, &'static str)> {
        match self {
            Loss::Huber { delta } => vec![("delta", delta.to_string(), "")],
            Loss::SmoothL1 { beta } => vec![("beta", beta.to_string(), "")],
            Loss::Quantile { quantile } => vec![("quantile", quantile.to_string(), "")],
            Loss::Poisson { log_input } => vec![("log_input", log_input.to_string(), "true")],
            Loss::Triplet { margin } | Loss::Hinge { margin } => vec![("margin", margin.to_string(), "1")],
            Loss::CrossEntropy(CrossEntropy { label_smoothing, class_weights }) => vec![
                ("label_smoothing", label_smoothing.to_string(), "0"),
                ("class_weights", listed(class_weights), "[]"),
            ],
            Loss::BinaryCrossEntropy { positive_weight } => {
                vec![("positive_weight", positive_weight.to_string(), "1")]
            }
            Loss::Focal { gamma, alpha } => {
                let alpha = alpha.map_or("none".into(), |alpha| alpha.to_string());
                vec![("gamma", gamma.to_string(), ""), ("alpha", alpha, "none")]
            }
            Loss::Dice { smooth } => vec![("smooth", smooth.to_string(), "1")],
            _ => Vec::new(),
        }
    }
}

fn half() -> f64 {
    0.5
}

fn one() -> f64 {
    1.0
}

fn two() -> f64 {
    2.0
}

fn yes() -> bool {
    true
}

impl From<CrossEntropy> for Loss {
    fn from(loss: CrossEntropy) -> Self {
        Loss::CrossEntropy(loss)
    }
}

/// The name in words, and each setting that is not its default.
impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Loss::Custom(own) = self {
            return own.fmt(f);
        }
        let (settings, defaults): (Vec<_>, Vec<_>) = (self.settings().into_iter())
            .map(|(name, value, default)| ((name, value), (name, default.to_owned())))
            .unzip();
        setting::write(f, self.words(), 0, &settings, &defaults)
    }
}
