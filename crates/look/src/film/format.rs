//! The file of a film.

use serde::Serialize;

use super::{Film, Frame, Head, VERSION};
use crate::error::LookError;

/// Bytes as Base64.
pub(super) mod base64 {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Film {
    /// The film as text.
    pub fn to_lines(&self) -> String {
        line(&self.head) + &self.frames.iter().map(Frame::to_line).collect::<String>()
    }

    /// The film in a text. Frames that are not complete, or do not fit the head, end it.
    ///
    /// # Errors
    /// The first line is not the head of a film of this version.
    pub fn from_lines(text: &str) -> Result<Film, LookError> {
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        let refused = |got: String| {
            let expected = format!("a line of JSON with `\"toddle_film\": {VERSION}`");
            LookError::refused("this is no film of a training", expected, got, "another file")
        };
        let head: Head = serde_json::from_str(first).map_err(|fault| refused(fault.to_string()))?;
        if head.toddle_film != VERSION {
            return Err(refused(format!("version {}", head.toddle_film)));
        }
        if let Some(name) = head.without_size() {
            return Err(refused(format!("a layer `{name}` without a size")));
        }
        let frames = lines.map_while(|line| serde_json::from_str(line).ok());
        let frames = frames.take_while(|frame| head.fits(frame)).collect();
        Ok(Film { head, frames })
    }
}

impl Frame {
    /// The frame as a line of text.
    pub fn to_line(&self) -> String {
        line(self)
    }
}

/// The product of some sides. None if there is no such number.
fn size(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1, |all: usize, &side| all.checked_mul(side))
}

impl Head {
    /// The name of a layer with a side of 0, or with more elements than can be counted.
    fn without_size(&self) -> Option<&str> {
        let filters = self.filters.iter().map(|(name, shape)| (name, &shape[..]));
        let mut layers = filters.chain(self.maps.iter().map(|(name, shape)| (name, &shape[..])));
        layers.find(|(_, shape)| matches!(size(shape), None | Some(0))).map(|(name, _)| &**name)
    }

    /// Whether a frame has what the head says.
    fn fits(&self, frame: &Frame) -> bool {
        let filters = match (&self.filters, &frame.filters) {
            (Some((_, shape)), Some(filters)) => size(shape) == Some(filters.bytes.len()),
            (filters, kept) => filters.is_none() && kept.is_none(),
        };
        let maps = self.maps.iter().zip(&frame.maps).all(|((_, [channels, height, width]), maps)| {
            size(&[self.samples.len(), *channels, *height, *width]) == Some(maps.bytes.len())
        });
        let classes = self.classes.len();
        filters
            && maps
            && self.maps.len() == frame.maps.len()
            && self.captions.len() == self.samples.len()
            && (frame.confusion.is_empty() || Some(frame.confusion.len()) == classes.checked_mul(classes))
    }
}

/// A part of a film as a line of text.
pub(super) fn line(part: &impl Serialize) -> String {
    serde_json::to_string(part).expect("numbers and texts are JSON") + "\n"
}
