//! A layer of a network with its name and the names of the values that it takes.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::value::MapDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::LayerSpec;

/// A layer of a [`GraphSpec`](crate::GraphSpec): the layer, its name, and the values that it takes.
///
/// In files, `name` and `from` stand beside the layer's settings. `from` is the name of a value, or a list of names.
/// A [`Custom`](crate::custom::Custom) layer has its name in `called`, since its `name` is that of its kind.
///
/// ```
/// use toddle::{Concat, Placed};
///
/// let placed: Placed = serde_json::from_str(r#"{ "kind": "concat", "name": "both", "from": ["a", "b"] }"#)?;
/// assert_eq!(placed.layer, Concat);
/// assert_eq!((placed.name.as_deref(), &placed.from[..]), (Some("both"), &["a".to_string(), "b".into()][..]));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The name. None: the layer is called after its kind, and its number among the layers of its kind.
    pub name: Option<String>,
    /// The names of the values that it takes: inputs of the network, and layers before it. Empty: it takes what stands
    /// before it, which is the last input for the first layer.
    pub from: Vec<String>,
    /// The layer.
    pub layer: LayerSpec,
}

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.layer)?;
        if !self.from.is_empty() {
            write!(f, " of {}", self.from.join(", "))?;
        }
        Ok(())
    }
}

impl From<LayerSpec> for Placed {
    fn from(layer: LayerSpec) -> Self {
        Placed { name: None, from: Vec::new(), layer }
    }
}

/// The kind of layers that are not toddle's own.
const CUSTOM: &str = "custom";
/// The key of a layer's name.
const NAME: &str = "name";
/// The key of the name of a layer whose `name` is that of its kind.
const CALLED: &str = "called";
/// The key of the values that a layer takes.
const FROM: &str = "from";

/// `from` in a file.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "the name of a value, or a list of names")]
enum Taken {
    One(String),
    Several(Vec<String>),
}

impl Serialize for Placed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.name.is_none() && self.from.is_empty() {
            return self.layer.serialize(serializer);
        }
        let json = |error: serde_json::Error| S::Error::custom(error);
        let Value::Object(mut map) = serde_json::to_value(&self.layer).map_err(json)? else {
            return Err(S::Error::custom("a layer is a table"));
        };
        if let Some(name) = &self.name {
            let is_custom = map.get("kind").is_some_and(|kind| kind == CUSTOM);
            map.insert(key_of_name(is_custom).into(), name.as_str().into());
        }
        let from = match &self.from[..] {
            [] => None,
            [only] => Some(Taken::One(only.clone())),
            _ => Some(Taken::Several(self.from.clone())),
        };
        if let Some(from) = from {
            map.insert(FROM.into(), serde_json::to_value(from).map_err(json)?);
        }
        map.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Placed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut keys = Distinct::deserialize(deserializer)?;
        let text = |value: Value| serde_json::from_value::<String>(value);
        let is_custom = keys.0.iter().any(|(key, value)| key == "kind" && value == CUSTOM);
        let name = keys.remove(key_of_name(is_custom)).map(text).transpose().map_err(D::Error::custom)?;
        let from =
            keys.remove(FROM).map(serde_json::from_value::<Taken>).transpose().map_err(D::Error::custom)?;
        let from = match from {
            None => Vec::new(),
            Some(Taken::One(only)) => vec![only],
            Some(Taken::Several(several)) if several.is_empty() => {
                return Err(D::Error::custom("`from` is an empty list"));
            }
            Some(Taken::Several(several)) => several,
        };
        let keys = MapDeserializer::<_, serde_json::Error>::new(keys.0.into_iter());
        let layer = LayerSpec::deserialize(keys).map_err(D::Error::custom)?;
        Ok(Placed { name, from, layer })
    }
}

/// A table of keys that are all different. A list takes less memory than a map, and most layers have few keys.
struct Distinct(Vec<(String, Value)>);

impl Distinct {
    fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.0.iter().position(|(other, _)| other == key)?;
        Some(self.0.remove(at).1)
    }
}

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Distinct(Vec::new()))
    }
}

impl<'de> Visitor<'de> for Distinct {
    type Value = Distinct;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a layer: a table with its kind and its settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut read: A) -> Result<Distinct, A::Error> {
        let Distinct(mut keys) = self;
        while let Some(key) = read.next_entry()? {
            keys.push(key);
        }
        let mut sorted: Vec<&str> = keys.iter().map(|(key, _)| &key[..]).collect();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(twice) => Err(A::Error::custom(format!("duplicate field `{}`", twice[0]))),
            None => Ok(Distinct(keys)),
        }
    }
}

fn key_of_name(is_custom: bool) -> &'static str {
    if is_custom { CALLED } else { NAME }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Placed {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "LayerSpec".into()
    }

    fn schema_id() -> alloc::borrow::Cow<'static, str> {
        LayerSpec::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        LayerSpec::json_schema(generator)
    }
}
