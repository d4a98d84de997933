//! What a program adds to toddle, by name: the name and the settings that files hold, and the kinds that can be read.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::any::TypeId;
use core::fmt;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use thiserror::Error;
use toddle_lanes::Lock;

use crate::error::Misfit;

/// The name and the settings of one thing of a program's own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Named {
    pub name: &'static str,
    /// The settings as JSON, or the reason why they cannot be written as JSON.
    settings: Result<Value, String>,
}

impl Named {
    pub fn new(name: &'static str, settings: &impl Serialize) -> Self {
        Named { name, settings: serde_json::to_value(settings).map_err(|error| error.to_string()) }
    }

    /// Checks that a file can hold the settings.
    pub fn check(&self) -> Result<(), Misfit> {
        let because = |why| format!("its settings cannot be written to a file: {why}");
        self.settings
            .as_ref()
            .map_or_else(|why| Err(Misfit::new(because(why), "simpler settings")), |_| Ok(()))
    }
}

impl fmt::Display for Named {
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

/// A [`Named`] as written in files.
#[derive(Serialize, Deserialize)]
struct Written<N, S> {
    name: N,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<S>,
}

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let settings = self.settings.as_ref().map_err(serde::ser::Error::custom)?;
        let settings = Some(settings).filter(|settings| !settings.is_null());
        Written { name: self.name, settings }.serialize(serializer)
    }
}

/// The registered kinds of one sort of things, by name. `W` is the type of what is read.
pub(crate) struct Registry<W> {
    /// What the kinds are: `layer`.
    what: &'static str,
    /// What several of them are called.
    several: &'static str,
    /// The function that registers a kind.
    function: &'static str,
    kinds: Lock<BTreeMap<&'static str, Kind<W>>>,
}

/// A registered kind.
struct Kind<W> {
    type_id: TypeId,
    read: Read<W>,
}

/// Reads a thing of one kind from its settings.
type Read<W> = fn(Value) -> Result<W, serde_json::Error>;

impl<W> Registry<W> {
    pub const fn new(what: &'static str, several: &'static str, function: &'static str) -> Self {
        Registry { what, several, function, kinds: Lock::new(BTreeMap::new()) }
    }

    /// Makes the kind `L` known as `name`.
    pub fn register<L: DeserializeOwned + Into<W> + 'static>(
        &self,
        name: &'static str,
    ) -> Result<(), NameTaken> {
        let type_id = TypeId::of::<L>();
        let read = |settings| serde_json::from_value::<L>(settings).map(L::into);
        let known = self.kinds.with(|kinds| kinds.entry(name).or_insert(Kind { type_id, read }).type_id);
        if known == type_id { Ok(()) } else { Err(NameTaken { name, several: self.several }) }
    }

    /// Whether a kind is registered as `name`.
    pub fn knows(&self, name: &str) -> bool {
        self.kinds.with(|kinds| kinds.contains_key(name))
    }

    /// The function that reads the kind `name`. The error has the names of the registered kinds.
    fn find(&self, name: &str) -> Result<Read<W>, String> {
        self.kinds.with(|kinds| match kinds.get(name) {
            Some(kind) => Ok(kind.read),
            None if kinds.is_empty() => Err("none".into()),
            None => Err(kinds.keys().copied().collect::<Vec<_>>().join(", ")),
        })
    }

    /// Reads a thing of a registered kind.
    pub fn read<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<W, D::Error> {
        let Written::<String, Value> { name, settings } = Written::deserialize(deserializer)?;
        let read = self.find(&name).map_err(|known| {
            let (what, function) = (self.what, self.function);
            D::Error::custom(format!(
                "no {what} called `{name}` is registered, but {known}: `{function}` makes it known"
            ))
        })?;
        let thing = match settings {
            Some(settings) => read(settings),
            // It has no settings, or all of them have their defaults.
            None => read(Value::Null).or_else(|_| read(Value::Object(Map::new()))),
        };
        thing.map_err(|error| D::Error::custom(format!("the settings of `{name}`: {error}")))
    }
}

/// Another kind of layer, or of loss, has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "two kinds of {several} are called `{name}`
  expected  a name of its own for each
  try       another `NAME` for one of them"
)]
pub struct NameTaken {
    /// The name.
    pub name: &'static str,
    /// `layers` or `losses`.
    pub several: &'static str,
}

/// The schema of a [`Named`] in files. `article` is what it is, with its article: `A layer`.
#[cfg(feature = "schema")]
pub(crate) fn schema(article: &str) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "description": format!("{article} of the program's own."),
        "properties": {
            "name": { "type": "string", "description": "The name under which the program registers it." },
            "settings": { "description": "Its settings. Default: none." },
        },
        "required": ["name"],
        "additionalProperties": false,
    })
}
