//! Samples of another set, in the numbers that a network was trained on.

use super::{Meaning, Range};
use crate::dataset::Dataset;
use crate::error::DataError;

/// How the values of a set become those on which a network was trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mapping {
    /// They stay as they are.
    Same,
    /// They are divided by 255.
    Divided,
    /// Numbers between black and white become numbers between the black and the white of the training.
    Ranges(Range, Range),
}

impl Mapping {
    /// Maps the values of some samples.
    pub(crate) fn apply(self, values: &mut [f32]) {
        let to: &dyn Fn(f32) -> f32 = match &self {
            Mapping::Same => return,
            Mapping::Divided => &|x| x / 255.0,
            Mapping::Ranges(found, trained) => &|x| trained.value(found.brightness(x)),
        };
        values.iter_mut().for_each(|x| *x = to(*x));
    }
}

impl Meaning {
    /// How the values of `asked` become values in the range of the training data, before the scaling's mean and deviation are
    /// applied. The second result says in words what is done, or how the values differ from those of the training.
    ///
    /// | the network was trained on | the set has | what happens |
    /// |---|---|---|
    /// | bytes | whole numbers from 0 to 255 in a type of integers | they are bytes, whatever numbers they are |
    /// | bytes | bytes between the black and the white of the training | they have the unit of the training bytes |
    /// | bytes whose white is below 255, such as masks of 0 and 1 | brighter bytes | they are mapped to the range, which is said |
    /// | pictures of a certain range, no bytes | bytes | the bytes are mapped to the range |
    /// | the same range as the set's | numbers | nothing |
    /// | bytes of pictures | floating-point numbers that are all 0 or 1 | 1 is white, which is said |
    /// | bytes that are all 0 or 1 | numbers from 0 to 1 of another type | they are such bytes |
    /// | a range that does not hold the set's | numbers of a certain range | the numbers are mapped, which is said |
    /// | a range that holds the set's, as −1 to 1 holds 0 to 1 | numbers of another certain range | refused |
    /// | pictures of no certain range | bytes, or numbers outside or far above the range of the training data | refused |
    /// | other numbers | numbers far from those of the training data | nothing, which is said |
    /// | rows of numbers | rows of numbers | nothing; if they are far from those of the training data, this is said |
    /// | rows of bytes that are no pictures | rows of numbers | they are in the unit of the bytes, which is said if they go from 0 to 1 |
    /// | rows of numbers, no bytes | bytes that are all 0 or 1 | nothing, which is said |
    /// | numbers of 0 or more, no bytes | bytes none of which is above these numbers, such as 0 and 1 of a mask | nothing, which is said |
    ///
    /// `range` has the values of black and white in the set, if the user gave them. Bytes are then mapped from this range, too.
    pub(crate) fn mapping(
        &self,
        asked: &Dataset,
        range: Option<Range>,
    ) -> Result<(Mapping, Option<String>), DataError> {
        let are_bytes =
            asked.values().are_bytes() || self.bytes && range.is_none() && asked.values().may_be_bytes();
        let [least, most] = asked.values().bounds().unwrap_or([0.0, 0.0]);
        let are_rows = self.rows && !self.bytes && range.is_none() && asked.height() * asked.width() == 1;
        let are_flags = are_bytes && most <= 1.0;
        let pictures = match &self.pictures {
            Some(pictures) if !are_rows || are_bytes && !are_flags => pictures,
            Some(_) if are_flags => return Ok((Mapping::Same, Some(note_of_small_bytes(asked)))),
            _ => return self.mapping_of_numbers(asked, are_bytes, range),
        };
        if are_bytes && !self.bytes && range.is_none() && self.holds(asked) {
            return Ok((Mapping::Same, Some(note_of_small_bytes(asked))));
        }
        // Masks of 0 and 1, which were divided by 255 as all bytes are.
        let are_like_masks = self.is_of_masks() && range.is_none() && Range::UNIT.holds(least, most);
        if self.bytes && range.is_none() && are_bytes || are_like_masks {
            return Ok(self.mapping_of_bytes(asked, pictures.range, [least, most]));
        }
        let found = match are_bytes {
            true => Some(range.unwrap_or(Range::BYTE)),
            false => range.or_else(|| Range::of(least, most)),
        };
        let got = match are_bytes {
            true => "bytes of pixels, from 0 to 255".to_owned(),
            false => format!("numbers from {least} to {most}"),
        };
        match (pictures.range, found) {
            (Some(trained), Some(found)) if trained == found => {
                Ok((Mapping::Same, self.note_of_0_and_1(asked, range)))
            }
            (Some(trained), Some(found)) if are_bytes && range.is_none() => {
                Ok((Mapping::Ranges(found, trained), None))
            }
            (Some(trained), Some(found)) if range.is_some() || !trained.holds(found.black, found.white) => {
                Ok((Mapping::Ranges(found, trained), self.note_of_ranges(asked, found, trained)))
            }
            (Some(trained), None) if trained.holds(least, most) => {
                Ok((Mapping::Same, self.note_of_0_and_1(asked, range)))
            }
            (None, None) if self.may_be_pixels(least, most) => {
                Ok((if self.bytes { Mapping::Divided } else { Mapping::Same }, None))
            }
            (Some(trained), _) => {
                let trained = self.in_the_data(trained);
                Err(DataError::refused(
                    asked.name(),
                    format!("pixels from {trained}, as in the training data"),
                    got,
                    format!(
                        "--range {},{} if black and white are as in training, or --range with the values of black and white",
                        trained.black, trained.white
                    ),
                ))
            }
            (None, _) => Err(self.uncertain(asked.name(), &got)),
        }
    }

    /// Bytes for a network that was trained on bytes: they have the unit of these, unless white was darker in training.
    fn mapping_of_bytes(
        &self,
        asked: &Dataset,
        trained: Option<Range>,
        [least, most]: [f32; 2],
    ) -> (Mapping, Option<String>) {
        match trained {
            Some(trained) if !trained.holds(least / 255.0, most / 255.0) => {
                (Mapping::Ranges(Range::BYTE, trained), self.note_of_ranges(asked, Range::BYTE, trained))
            }
            Some(Range::UNIT) if most <= 1.0 => {
                let note = format!(
                    "`{}` has bytes that are all 0 or 1: 1 is nearly black, as in the training data; --range 0,1 makes 1 white",
                    asked.name()
                );
                (Mapping::Divided, Some(note))
            }
            _ => (Mapping::Divided, self.far_note(asked, least, most)),
        }
    }

    /// Numbers that are no pixels: as they are, or divided by 255 if the training samples were bytes.
    fn mapping_of_numbers(
        &self,
        asked: &Dataset,
        are_bytes: bool,
        range: Option<Range>,
    ) -> Result<(Mapping, Option<String>), DataError> {
        let [least, most] = asked.values().bounds().unwrap_or([0.0, 0.0]);
        if !self.bytes {
            return Ok((Mapping::Same, self.far_note(asked, least, most)));
        }
        match range {
            Some(Range::UNIT) => return Ok((Mapping::Same, None)),
            Some(range) if range != Range::BYTE => {
                let expected = "--range 0,255 for numbers in the unit of the training data, or --range 0,1 for such numbers divided by 255";
                let remedy =
                    "leaving --range out: the network was trained on rows of numbers and not on pictures";
                return Err(DataError::refused(asked.name(), expected, format!("--range {range}"), remedy));
            }
            _ => {}
        }
        let may_be_divided =
            !are_bytes && range.is_none() && !self.is_of_masks() && Range::UNIT.holds(least, most);
        let note = match may_be_divided && !asked.values().are_whole() {
            true => {
                let [low, high] = self.seen.unwrap_or([0.0, 255.0]);
                Some(format!(
                    "`{}` has numbers from {least} to {most}, taken in the unit of the training data, which went from {low} to \
                     {high}; --range 0,1 says that they are divided by 255 already",
                    asked.name()
                ))
            }
            false => self.far_note(asked, least, most),
        };
        Ok((Mapping::Divided, note))
    }

    /// Whether the training samples were bytes, and all of them 0 or 1.
    fn is_of_masks(&self) -> bool {
        self.bytes && self.seen.is_some_and(|[_, high]| high <= 1.0)
    }

    /// A range of the inputs of the network, in the numbers of the training data.
    fn in_the_data(&self, range: Range) -> Range {
        if self.bytes { Range { black: range.black * 255.0, white: range.white * 255.0 } } else { range }
    }

    /// A sentence about pixels in another range than those of the training.
    fn note_of_ranges(&self, asked: &Dataset, found: Range, trained: Range) -> Option<String> {
        let trained = self.in_the_data(trained);
        (found != trained).then(|| {
            format!(
                "`{}` has pixels from {found}; they are mapped to {trained}, as in training",
                asked.name()
            )
        })
    }

    /// A sentence about numbers that are all 0 or 1, if the training samples were bytes and the user did not say what is white: 1
    /// may be white, or a dark byte.
    fn note_of_0_and_1(&self, asked: &Dataset, range: Option<Range>) -> Option<String> {
        (self.bytes && range.is_none() && asked.values().are_whole()).then(|| {
            format!(
                "`{}` has no numbers but 0 and 1, which are no integers: 1 is taken as white; --range 0,255 makes 255 white, as in \
                 the training data",
                asked.name()
            )
        })
    }

    /// A sentence about numbers that are further from those of the training than these are from each other.
    fn far_note(&self, asked: &Dataset, least: f32, most: f32) -> Option<String> {
        let [low, high] = self.seen.filter(|_| self.columns.is_none() && !self.is_near(least, most))?;
        Some(format!(
            "`{}` has numbers from {least} to {most}, which are far from those of training: these went from {low} to {high}",
            asked.name()
        ))
    }

    /// Whether all numbers of `asked` are among those of the training, which were 0 or more.
    fn holds(&self, asked: &Dataset) -> bool {
        let (Some([low, high]), Some([least, most])) = (self.seen, asked.values().bounds()) else {
            return false;
        };
        low >= 0.0 && low <= least && most <= high
    }

    /// Whether numbers may be pixels like those of the training, whose range is not certain.
    fn may_be_pixels(&self, least: f32, most: f32) -> bool {
        let goes_below = self.seen.is_some_and(|[low, _]| low >= 0.0 && least < 0.0);
        !goes_below && self.is_near(least, most)
    }

    /// Whether numbers lie about where those of the training lay.
    fn is_near(&self, least: f32, most: f32) -> bool {
        self.seen.is_none_or(|[low, high]| {
            let room = (high - low).max(f32::MIN_POSITIVE);
            low - room <= least && most <= high + room
        })
    }

    fn uncertain(&self, name: &str, got: &str) -> DataError {
        let seen = self.seen.map_or(String::new(), |[least, most]| format!(", from {least} to {most}"));
        DataError::refused(
            name,
            format!("numbers as in the training data{seen}; the values of black and white are not known"),
            got,
            "training again with `range = [black, white]` in [data], or on the pixels with scaling = \"standard\"",
        )
    }
}

/// A sentence about bytes that are taken as the numbers that they are.
fn note_of_small_bytes(asked: &Dataset) -> String {
    format!(
        "`{}` has bytes that are no larger than the numbers of training: they are taken as they are; --range 0,255 makes 255 \
         white",
        asked.name()
    )
}
