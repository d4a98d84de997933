//! What settings may be, saying so, and writing them down.

use alloc::string::{String, ToString};
use core::fmt;

use serde::{Deserialize, Deserializer};

use crate::error::FitError;

/// Reads what has no settings, and refuses any, which serde would read over.
pub(crate) fn none<'de, D: Deserializer<'de>>(from: D) -> Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    Nothing::deserialize(from).map(|Nothing {}| ())
}

/// The setting `setting` has the value `got`, and cannot.
pub(crate) fn refuse(
    setting: &'static str,
    got: impl ToString,
    expected: &'static str,
    remedy: &'static str,
) -> Result<(), FitError> {
    Err(FitError::Setting { setting, got: got.to_string(), expected, remedy })
}

/// Finite, as `f32` too, and 0 or more.
pub(crate) fn not_negative(setting: &'static str, value: f64, remedy: &'static str) -> Result<(), FitError> {
    if value >= 0.0 && (value as f32).is_finite() {
        return Ok(());
    }
    refuse(setting, value, "a finite number, 0 or more", remedy)
}

/// Finite and above zero, as `f32` too.
pub(crate) fn positive(setting: &'static str, value: f64, remedy: &'static str) -> Result<(), FitError> {
    if value >= f64::from(f32::MIN_POSITIVE) && (value as f32).is_finite() {
        return Ok(());
    }
    refuse(setting, value, "a finite number, 1.2e-38 or more", remedy)
}

/// From 0 up to, but not, 1.
pub(crate) fn share(setting: &'static str, value: f64, remedy: &'static str) -> Result<(), FitError> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    refuse(setting, value, "0 or more and less than 1", remedy)
}

/// Above 0 and less than 1.
pub(crate) fn inner_share(setting: &'static str, value: f64, remedy: &'static str) -> Result<(), FitError> {
    if value > 0.0 && value < 1.0 {
        return Ok(());
    }
    refuse(setting, value, "above 0 and less than 1", remedy)
}

/// Above 0 and at most 1.
pub(crate) fn factor(setting: &'static str, value: f64, remedy: &'static str) -> Result<(), FitError> {
    if value > 0.0 && value <= 1.0 {
        return Ok(());
    }
    refuse(setting, value, "above 0 and at most 1", remedy)
}

/// Two shares.
pub(crate) fn betas(values: [f64; 2], remedy: &'static str) -> Result<(), FitError> {
    if values.iter().all(|value| (0.0..1.0).contains(value)) {
        return Ok(());
    }
    refuse("betas", format!("{values:?}"), "two numbers, each 0 or more and less than 1", remedy)
}

/// A count of 1 or more.
pub(crate) fn count(setting: &'static str, value: u64, remedy: &'static str) -> Result<(), FitError> {
    if value > 0 { Ok(()) } else { refuse(setting, value, "1 or more", remedy) }
}

/// A name and its settings, `adam { rate = 0.1 }`: the first `always` of them, and those that differ from `defaults`.
pub(crate) fn write(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    always: usize,
    settings: &[(&str, String)],
    defaults: &[(&str, String)],
) -> fmt::Result {
    f.write_str(name)?;
    let mut written = 0;
    for (n, (setting, default)) in settings.iter().zip(defaults).enumerate() {
        if n < always || setting != default {
            let before = if written == 0 { " { " } else { ", " };
            write!(f, "{before}{} = {}", setting.0, setting.1)?;
            written += 1;
        }
    }
    if written > 0 { f.write_str(" }") } else { Ok(()) }
}
