//! Layers of your own: as data that files can hold, and as loops over one sample.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

pub use crate::layers::per_sample::{PerSample, SampleBackward, SampleForward, per_sample};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::error::Misfit;
use crate::layer::Layer;
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
    name: &'static str,
    /// The settings as JSON, or the reason why they cannot be written as JSON.
    settings: Result<Value, String>,
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
        self.name
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        if let Err(why) = &self.settings {
            return Err(Misfit::new(
                format!("its settings cannot be written to a file: {why}"),
                "simpler settings",
            ));
        }
        T::freeze_custom(&*self.layer, input)
    }
}

impl<L: CustomLayer> From<L> for Custom {
    fn from(layer: L) -> Self {
        let settings = serde_json::to_value(&layer).map_err(|error| error.to_string());
        Custom { layer: Arc::new(layer), name: L::NAME, settings }
    }
}

impl<L: CustomLayer> From<L> for LayerSpec {
    fn from(layer: L) -> Self {
        LayerSpec::Custom(layer.into())
    }
}

impl PartialEq for Custom {
    fn eq(&self, other: &Self) -> bool {
        (self.name, &self.settings) == (other.name, &other.settings)
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.layer.fmt(f)
    }
}

impl fmt::Display for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        match &self.settings {
            Ok(Value::Object(settings)) if !settings.is_empty() => {
                let each: Vec<_> = settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                write!(f, " {{ {} }}", each.join(", "))
            }
            _ => Ok(()),
        }
    }
}

/// A [`Custom`] as written in files.
#[derive(Serialize, Deserialize)]
struct Written<N, S> {
    name: N,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<S>,
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Custom {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Custom".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "A layer of the program's own.",
            "properties": {
                "name": { "type": "string", "description": "The name under which the program registers it." },
                "settings": { "description": "Its settings. Default: none." },
            },
            "required": ["name"],
            "additionalProperties": false,
        })
    }
}

impl Serialize for Custom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let settings = self.settings.as_ref().map_err(serde::ser::Error::custom)?;
        let settings = Some(settings).filter(|settings| !settings.is_null());
        Written { name: self.name, settings }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Custom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written::<String, Value> { name, settings } = Written::deserialize(deserializer)?;
        let kinds = KINDS.read().unwrap_or_else(PoisonError::into_inner);
        let Some(kind) = kinds.get(name.as_str()) else {
            let known: Vec<&str> = kinds.keys().copied().collect();
            let known = if known.is_empty() { "none".into() } else { known.join(", ") };
            return Err(D::Error::custom(format!(
                "no layer called `{name}` is registered, but {known}: `toddle::custom::register` makes it known"
            )));
        };
        let read = match settings {
            Some(settings) => (kind.read)(settings),
            // The layer has no settings, or all of them have their defaults.
            None => (kind.read)(Value::Null).or_else(|_| (kind.read)(Value::Object(Map::new()))),
        };
        read.map_err(|error| D::Error::custom(format!("the settings of `{name}`: {error}")))
    }
}

/// A registered kind of layer.
struct Kind {
    type_id: TypeId,
    read: fn(Value) -> Result<Custom, serde_json::Error>,
}

/// The registered kinds of layers, by name.
static KINDS: RwLock<BTreeMap<&str, Kind>> = RwLock::new(BTreeMap::new());

/// The name of the first [`Custom`] layer in a specification as JSON that is not [registered](register).
pub(crate) fn unregistered(spec: &Value) -> Option<String> {
    match spec {
        Value::Object(layer) if layer.get("kind").is_some_and(|kind| kind == "custom") => {
            let kinds = KINDS.read().unwrap_or_else(PoisonError::into_inner);
            let name = layer.get("name").and_then(Value::as_str)?;
            (!kinds.contains_key(name)).then(|| name.to_owned())
        }
        Value::Object(fields) => fields.values().find_map(unregistered),
        Value::Array(list) => list.iter().find_map(unregistered),
        _ => None,
    }
}

/// Another kind of layer has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "two kinds of layers are called `{name}`
  expected  a name of its own for each
  try       another `NAME` for one of them"
)]
pub struct NameTaken {
    /// The name.
    pub name: &'static str,
}

/// Registers a kind of layer under its name. From then on, the whole process can read files that name it.
///
/// Networks that are made in code do not need registration. Registering a kind again changes nothing. A name cannot
/// get another kind later, so the order of events does not change what a file means.
///
/// # Errors
/// Another kind has the same name.
pub fn register<L: CustomLayer>() -> Result<(), NameTaken> {
    let mut kinds = KINDS.write().unwrap_or_else(PoisonError::into_inner);
    let type_id = TypeId::of::<L>();
    let read = |settings| serde_json::from_value::<L>(settings).map(Custom::from);
    let kind = kinds.entry(L::NAME).or_insert(Kind { type_id, read });
    if kind.type_id == type_id { Ok(()) } else { Err(NameTaken { name: L::NAME }) }
}
