//! Layers and losses of your own: as data that files can hold, and as loops over one sample.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

pub use crate::layers::per_sample::{PerSample, SampleBackward, SampleForward, per_sample};
pub use crate::loss::own::{AnyLoss, CustomLoss, register_loss};
pub use crate::named::NameTaken;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::error::Misfit;
use crate::layer::Layer;
use crate::loss::own::LOSSES;
use crate::named::{Named, Registry};
use crate::number::Buildable;
use crate::{Float, LayerSpec, Shape};

/// A kind of layer that toddle does not have: its settings, and how they become a [`Layer`].
///
/// The type holds the settings. Files hold them as serde writes them. [`build`](Self::build) builds the layer for the
/// shape of an input. It returns anything that implements [`Layer`]; [`per_sample`] makes a [`Layer`] of loops over
/// one sample at a time. [`add`](crate::NetworkSpec::add) adds the layer to a network, like toddle's own layers.
/// Files that name the layer can be read after it is [registered](register).
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use toddle::custom::{CustomLayer, PerSample, SampleBackward, SampleForward, per_sample, register};
/// use toddle::{Float, Layer, Misfit, NetworkSpec, Shape};
///
/// /// `y = x²`
/// #[derive(Clone, Debug, Serialize, Deserialize)]
/// struct Square;
///
/// impl CustomLayer for Square {
///     const NAME: &'static str = "square";
///
///     fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
///         Ok(per_sample(self, input, input, Square))
///     }
/// }
///
/// impl<T: Float> PerSample<T> for Square {
///     fn forward(&self, SampleForward { x, y, .. }: SampleForward<'_, T>) {
///         for (x, y) in x.iter().zip(y) {
///             *y = *x * *x;
///         }
///     }
///
///     fn backward(&self, SampleBackward { x, dy, dx, .. }: SampleBackward<'_, T>) {
///         for ((x, dy), dx) in x.iter().zip(dy).zip(dx) {
///             *dx = (*x + *x) * *dy;
///         }
///     }
/// }
///
/// let spec = NetworkSpec::new(Shape::vector(2)).add(Square);
/// assert_eq!(spec.build::<f64>(0)?.predict(&[3.0, -4.0])?, [9.0, 16.0]);
/// assert!(toddle::check::gradients(&spec)?.are_right());
///
/// register::<Square>()?;
/// let file = serde_json::to_string(&spec)?;
/// assert_eq!(serde_json::from_str::<NetworkSpec>(&file)?, spec);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See `examples/own_layer.rs` for a layer with parameters that learn.
pub trait CustomLayer: Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The layer's name in files. The names of its parameters begin with it too, as in `square1.weight`.
    const NAME: &'static str;

    /// Builds the layer for the shape of its input.
    ///
    /// # Errors
    /// The layer cannot take an input of this shape, or a setting is out of its range.
    fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit>;
}

/// A layer of your own as a [`LayerSpec`]: made from any [`CustomLayer`], and read from files by its name.
///
/// In files it has a name and settings: `{ "kind": "custom", "name": "square" }`, or
/// `{ "kind": "custom", "name": "scale", "settings": { "initial": 1.0 } }`. Two custom layers are equal if their
/// names and settings are equal.
#[derive(Clone)]
pub struct Custom {
    layer: Arc<dyn Buildable>,
    named: Named,
}

impl<L: CustomLayer> Buildable for L {
    fn build_f32(&self, input: Shape) -> Result<Box<dyn Layer<f32>>, Misfit> {
        self.build(input)
    }

    fn build_f64(&self, input: Shape) -> Result<Box<dyn Layer<f64>>, Misfit> {
        self.build(input)
    }
}

impl Custom {
    /// The layer's name in files.
    pub fn name(&self) -> &'static str {
        self.named.name
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        self.named.check()?;
        T::custom_layer(&*self.layer, input)
    }
}

impl<L: CustomLayer> From<L> for Custom {
    fn from(layer: L) -> Self {
        let named = Named::new(L::NAME, &layer);
        Custom { layer: Arc::new(layer), named }
    }
}

impl<L: CustomLayer> From<L> for LayerSpec {
    fn from(layer: L) -> Self {
        LayerSpec::Custom(layer.into())
    }
}

impl PartialEq for Custom {
    fn eq(&self, other: &Self) -> bool {
        self.named == other.named
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.layer.fmt(f)
    }
}

impl fmt::Display for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.named.fmt(f)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Custom {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Custom".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        crate::named::schema("A layer")
    }
}

impl Serialize for Custom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.named.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Custom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        LAYERS.read(deserializer)
    }
}

/// The registered kinds of layers.
static LAYERS: Registry<Custom> = Registry::new("layer", "layers", "toddle::custom::register");

/// The first custom layer or loss in a specification as JSON that is not registered: what it is, and its name.
pub(crate) fn unregistered(spec: &Value) -> Option<(&'static str, String)> {
    unregistered_in(spec, "layer")
}

fn unregistered_in(spec: &Value, what: &'static str) -> Option<(&'static str, String)> {
    match spec {
        Value::Object(custom) if custom.get("kind").is_some_and(|kind| kind == "custom") => {
            let name = custom.get("name").and_then(Value::as_str)?;
            let is_known = if what == "loss" { LOSSES.knows(name) } else { LAYERS.knows(name) };
            (!is_known).then(|| (what, name.to_owned()))
        }
        Value::Object(fields) => fields
            .iter()
            .find_map(|(key, value)| unregistered_in(value, if key == "loss" { "loss" } else { "layer" })),
        Value::Array(list) => list.iter().find_map(|value| unregistered_in(value, what)),
        _ => None,
    }
}

/// Registers a kind of layer under its name. From then on, the whole process can read files that name it.
///
/// Networks that are made in code do not need registration. Registering a kind again changes nothing. A name cannot
/// get another kind later, so the order of events does not change what a file means.
///
/// # Errors
/// Another kind of layer has the same name.
pub fn register<L: CustomLayer>() -> Result<(), NameTaken> {
    LAYERS.register::<L>(L::NAME)
}
