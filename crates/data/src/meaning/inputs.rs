//! Samples of another set, in the numbers that a network was trained on.

use super::{Meaning, Range};
use crate::dataset::Dataset;
use crate::error::DataError;

impl Meaning {
    /// The values of `asked` in the range of the training data, sample after sample, before the scaling's mean and deviation are
    /// applied. Bytes are divided by 255. The second result says in words what was done.
    ///
    /// | the network was trained on | the set has | what happens |
    /// |---|---|---|
    /// | bytes, or pictures of a certain range | bytes | the bytes are mapped to the range |
    /// | the same range as the set's | numbers | nothing |
    /// | a range that does not hold the set's | numbers of a certain range | the numbers are mapped, which is said |
    /// | a range that holds the set's, as −1 to 1 holds 0 to 1 | numbers of another certain range | refused |
    /// | numbers of no certain range | bytes, or numbers far outside the range of the training data | refused |
    ///
    /// `range` has the values of black and white in the set, if the user gave them.
    pub fn values_of(
        &self,
        asked: &Dataset,
        range: Option<Range>,
    ) -> Result<(Vec<f32>, Option<String>), DataError> {
        let mut numbers = asked.values().to_vec();
        let note = self.convert(asked, &mut numbers, range)?;
        asked.check_read()?;
        Ok((numbers, note))
    }

    /// What [`values_of`](Meaning::values_of) does to the numbers of `asked`.
    fn convert(
        &self,
        asked: &Dataset,
        numbers: &mut [f32],
        range: Option<Range>,
    ) -> Result<Option<String>, DataError> {
        let Some(pictures) = &self.pictures else {
            return self.convert_plain(asked, numbers).map(|()| None);
        };
        if asked.values().are_bytes() {
            let Some(trained) = pictures.range else {
                return Err(self.uncertain(asked.name(), "bytes of pixels, from 0 to 255"));
            };
            numbers.iter_mut().for_each(|x| *x = trained.value(*x / 255.0));
            return Ok(None);
        }
        let [least, most] = asked.values().bounds().unwrap_or([0.0, 0.0]);
        let found = range.or_else(|| Range::of(least, most));
        let got = format!("numbers from {least} to {most}");
        match (pictures.range, found) {
            (Some(trained), Some(found)) if trained == found => Ok(None),
            (Some(trained), Some(found)) if range.is_some() || !trained.holds(found.black, found.white) => {
                let note = format!(
                    "`{}` has pixels from {found}; they are mapped to {trained}, as in training",
                    asked.name()
                );
                numbers.iter_mut().for_each(|x| *x = trained.value(found.brightness(*x)));
                Ok(Some(note))
            }
            (Some(trained), None) if trained.holds(least, most) => Ok(None),
            (None, None) if self.is_near(least, most) => Ok(None),
            (Some(trained), _) => Err(DataError::refused(
                asked.name(),
                format!("pixels from {trained}, as in the training data"),
                got,
                format!(
                    "--range {},{} if black and white are as in training, or --range with the values of black and white",
                    trained.black, trained.white
                ),
            )),
            (None, _) => Err(self.uncertain(asked.name(), &got)),
        }
    }

    /// Numbers that are no pixels: as they are, or divided by 255 if the training samples were bytes.
    fn convert_plain(&self, asked: &Dataset, numbers: &mut [f32]) -> Result<(), DataError> {
        let [least, most] = asked.values().bounds().unwrap_or([0.0, 0.0]);
        if !self.bytes {
            return Ok(());
        }
        if asked.values().are_bytes() || Range::of(least, most) == Some(Range::BYTE) {
            numbers.iter_mut().for_each(|x| *x /= 255.0);
        } else if !Range::UNIT.holds(least, most) {
            return Err(DataError::refused(
                asked.name(),
                "bytes from 0 to 255, as in the training data, or such bytes divided by 255",
                format!("numbers from {least} to {most}"),
                "saving them in the type of the training data",
            ));
        }
        Ok(())
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
