//! When a training ends before its last epoch: a goal, and a time limit.

use alloc::string::String;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::FitError;
use crate::setting;

/// A goal: the training stops after the epoch that reaches it. If both values are given, both must be reached.
///
/// The values are those of the validation samples, or of the training samples if there is no validation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct StopAt {
    /// The loss that is small enough. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = 0.01))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// The accuracy that is enough, for networks that choose a class. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = 0.99, range(min = 0, max = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
}

impl StopAt {
    /// Whether these values are good enough.
    pub(super) fn is_reached(&self, loss: f64, accuracy: Option<f64>) -> bool {
        self.loss.is_none_or(|most| loss <= most)
            && self.accuracy.is_none_or(|least| accuracy.is_some_and(|accuracy| accuracy >= least))
    }

    /// Checks the values. `counts` says whether the training has an accuracy.
    pub(super) fn check(&self, counts: bool) -> Result<(), FitError> {
        let StopAt { loss, accuracy } = *self;
        if loss.is_none() && accuracy.is_none() {
            return setting::refuse("stop_at", "{}", "a loss or an accuracy", "{ accuracy = 0.99 }");
        }
        if let Some(accuracy) = accuracy.filter(|_| !counts) {
            let expected = "no accuracy, since what comes out is no class: it is never right or wrong";
            return setting::refuse("stop_at.accuracy", accuracy, expected, "none, but stop_at.loss = 0.01");
        }
        if loss.is_some_and(f64::is_nan) {
            return setting::refuse("stop_at.loss", f64::NAN, "a number", "0.01");
        }
        match accuracy {
            Some(accuracy) if !(0.0..=1.0).contains(&accuracy) => {
                setting::refuse("stop_at.accuracy", accuracy, "from 0 to 1", "0.99")
            }
            _ => Ok(()),
        }
    }
}

/// A length of time, more than none. In files, it is a number of seconds, or a text with a unit: `"90 s"`, `"10 min"`, `"1.5 h"`.
///
/// ```
/// use std::time::Duration;
/// use toddle::TimeLimit;
///
/// let limit: TimeLimit = serde_json::from_str("\"1.5 min\"")?;
/// assert_eq!(limit.duration(), Duration::from_secs(90));
/// assert_eq!(serde_json::from_str::<TimeLimit>("90")?, limit);
/// assert!(serde_json::from_str::<TimeLimit>("\"soon\"").is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "f64")]
pub struct TimeLimit(Duration);

/// A time in a file.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a number of seconds, or a text such as \"10 min\"")]
enum Written {
    Seconds(f64),
    Text(String),
}

/// The units that a text may have, and their seconds.
const UNITS: [(&str, f64); 10] = [
    ("seconds", 1.0),
    ("second", 1.0),
    ("sec", 1.0),
    ("s", 1.0),
    ("minutes", 60.0),
    ("minute", 60.0),
    ("min", 60.0),
    ("hours", 3600.0),
    ("hour", 3600.0),
    ("h", 3600.0),
];

impl TimeLimit {
    /// The time.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl From<Duration> for TimeLimit {
    fn from(time: Duration) -> Self {
        TimeLimit(time)
    }
}

impl From<TimeLimit> for f64 {
    fn from(limit: TimeLimit) -> f64 {
        limit.0.as_secs_f64()
    }
}

impl TryFrom<Written> for TimeLimit {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let seconds = match &written {
            Written::Seconds(seconds) => Some(*seconds),
            Written::Text(text) => UNITS.iter().find_map(|(unit, seconds)| {
                let number: f64 = text.trim().strip_suffix(unit)?.trim_end().parse().ok()?;
                Some(number * seconds)
            }),
        };
        let time = seconds.filter(|seconds| *seconds > 0.0).map(Duration::try_from_secs_f64);
        match time {
            Some(Ok(time)) => Ok(TimeLimit(time)),
            _ => Err(
                "a time: a number of seconds above 0, or a text such as \"10 min\", \"90 s\" or \"1.5 h\""
                    .into(),
            ),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TimeLimit {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "TimeLimit".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "anyOf": [{ "type": "number", "exclusiveMinimum": 0 }, { "type": "string" }] })
    }
}
