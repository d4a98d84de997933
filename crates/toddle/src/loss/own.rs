//! Losses of your own: as data that files can hold, and as a loop over one sample.

use alloc::sync::Arc;
use core::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Misfit;
use crate::named::{NameTaken, Named, Registry};
use crate::number::Judges;
use crate::{Float, Loss, Shape};

/// A kind of loss that toddle does not have: its settings, its value for one sample, and the gradient.
///
/// The type holds the settings. Files hold them as serde writes them. A [`Fit`](crate::Fit) takes the loss like toddle's
/// own losses, and so does an [output](crate::OutputSpec::loss) of a network. The loss of a batch is the mean over its
/// samples: toddle divides the gradients by the number of samples. A training has the same bits with any number of
/// threads. [`check::loss`](crate::check::loss) compares the gradient with central differences. Files that name the loss
/// can be read after it is [registered](register_loss).
///
/// Cost: the loop runs once for each sample, and is compiled without vectors of samples. Large batches copy each sample
/// once.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use toddle::custom::CustomLoss;
/// use toddle::{Dense, Fit, Float, NetworkSpec, Sgd, Shape, check};
///
/// /// The sum of the fourth powers of the differences.
/// #[derive(Clone, Debug, Serialize, Deserialize)]
/// struct FourthPower;
///
/// impl CustomLoss for FourthPower {
///     const NAME: &'static str = "fourth_power";
///
///     fn sample<T: Float>(&self, y: &[T], t: &[T], dy: &mut [T]) -> T {
///         let mut sum = T::ZERO;
///         for o in 0..y.len() {
///             let off = y[o] - t[o];
///             let cube = off * off * off;
///             sum += cube * off;
///             dy[o] = T::from_f64(4.0) * cube;
///         }
///         sum
///     }
/// }
///
/// assert!(check::loss(FourthPower, Shape::vector(2), &[0.5, 0.25], &[1.0, -1.0])?.are_right());
///
/// let mut network = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f64>(0)?;
/// let fit = Fit::new(FourthPower, Sgd::new(0.02)).epochs(500);
/// let history = network.fit(&[0.0, 1.0, 2.0], &[1.0, 0.5, 0.0], &fit)?;
/// assert!(history.errors[499] < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait CustomLoss: Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The loss's name in files.
    const NAME: &'static str;

    /// Checks the settings, and that the loss can judge outputs of this shape. Default: it can judge any outputs.
    ///
    /// # Errors
    /// The reason why it cannot, and what to try.
    fn check(&self, output: Shape) -> Result<(), Misfit> {
        let _ = output;
        Ok(())
    }

    /// Returns the loss of one sample, and sets its gradient `dy`. `y` are the outputs and `t` are the targets. Before the
    /// call, `dy` is zero.
    ///
    /// A loss that uses only [`Float`]'s arithmetic and elementary functions gives the same bits on every machine.
    fn sample<T: Float>(&self, y: &[T], t: &[T], dy: &mut [T]) -> T;
}

impl<L: CustomLoss> Judges for L {
    fn check(&self, output: Shape) -> Result<(), Misfit> {
        CustomLoss::check(self, output)
    }

    fn sample_f32(&self, y: &[f32], t: &[f32], dy: &mut [f32]) -> f32 {
        self.sample(y, t, dy)
    }

    fn sample_f64(&self, y: &[f64], t: &[f64], dy: &mut [f64]) -> f64 {
        self.sample(y, t, dy)
    }
}

/// A loss of your own as a value of [`Loss`]: made from any [`CustomLoss`], and read from files by its name.
///
/// In files it has a name and settings: `{ "kind": "custom", "name": "fourth_power" }`, or
/// `{ "kind": "custom", "name": "power", "settings": { "exponent": 4 } }`. Two custom losses are equal if their names and
/// settings are equal.
#[derive(Clone)]
pub struct AnyLoss {
    pub(super) loss: Arc<dyn Judges>,
    named: Named,
}

impl AnyLoss {
    /// The loss's name in files.
    pub fn name(&self) -> &'static str {
        self.named.name
    }

    /// Checks the settings, and that the loss can judge outputs of this shape.
    pub(super) fn check(&self, output: Shape) -> Result<(), Misfit> {
        self.named.check()?;
        self.loss.check(output)
    }
}

impl<L: CustomLoss> From<L> for AnyLoss {
    fn from(loss: L) -> Self {
        let named = Named::new(L::NAME, &loss);
        AnyLoss { loss: Arc::new(loss), named }
    }
}

impl<L: CustomLoss> From<L> for Loss {
    fn from(loss: L) -> Self {
        Loss::Custom(loss.into())
    }
}

impl PartialEq for AnyLoss {
    fn eq(&self, other: &Self) -> bool {
        self.named == other.named
    }
}

impl fmt::Debug for AnyLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.loss.fmt(f)
    }
}

impl fmt::Display for AnyLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.named.fmt(f)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for AnyLoss {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "AnyLoss".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        crate::named::schema("A loss")
    }
}

impl Serialize for AnyLoss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.named.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AnyLoss {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        LOSSES.read(deserializer)
    }
}

/// The registered kinds of losses.
pub(crate) static LOSSES: Registry<AnyLoss> =
    Registry::new("loss", "losses", "toddle::custom::register_loss");

/// Registers a kind of loss under its name. From then on, the whole process can read files that name it.
///
/// Trainings that are made in code do not need registration. Registering a kind again changes nothing. A name cannot get
/// another kind later, so the order of events does not change what a file means.
///
/// # Errors
/// Another kind of loss has the same name.
pub fn register_loss<L: CustomLoss>() -> Result<(), NameTaken> {
    LOSSES.register::<L>(L::NAME)
}
