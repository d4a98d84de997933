//! What the pictures of a data set were like.

use serde::{Deserialize, Serialize};

use super::{Ground, Range};
use crate::dataset::Dataset;
use crate::prepare::Fit;
use crate::table::Columns;

/// What the pictures of a data set were like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pictures {
    /// Channels, height and width.
    pub shape: [usize; 3],
    /// The values of black and white before a mean is subtracted; `None` if they are not certain. Those of bytes are divided by 255.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// The ground of the training pictures.
    pub ground: Ground,
    /// How picture files of another size are made to fit.
    pub fit: Fit,
}

/// Rows of numbers are taken for pictures from so many on, if they make a square.
const LEAST_PIXELS: usize = 64;

/// Which pictures are looked at to tell the ground of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// All of them, and all must agree: a person's own files.
    All,
    /// Some, evenly spread, of which a few may differ: a large set of arrays.
    Some,
}

impl Look {
    /// So many of a large set are looked at: some hundredths of a second.
    const MOST: usize = 1000;

    /// The largest part of the pictures that may have another ground than the rest.
    fn odd(self) -> f64 {
        match self {
            Look::All => 0.0,
            Look::Some => 0.02,
        }
    }

    /// From one picture that is looked at to the next.
    fn step(self, count: usize) -> usize {
        match self {
            Look::All => 1,
            Look::Some => count.div_ceil(Look::MOST).max(1),
        }
    }
}

impl Pictures {
    /// What the samples of `dataset` are like; `None` if they are no pictures.
    ///
    /// Samples with rows and columns are pictures. Rows of numbers are pictures if they make a square of 8×8 or more and
    /// are bytes, or are in a range that pictures have. Rows of a table also need columns with names of pixels, or without names.
    ///
    /// `range` has the values of black and white, if the user gave them: those of bytes divided by 255.
    pub(crate) fn of(
        dataset: &Dataset,
        columns: Option<&Columns>,
        fit: Fit,
        look: Look,
        range: Option<Range>,
    ) -> Option<Pictures> {
        let [least, most] = dataset.values().bounds()?;
        // White is 255 in a picture file, also if all pictures are dark.
        let of_files = (look == Look::All && dataset.values().are_bytes()).then_some(Range::UNIT);
        let range = range_of(dataset, range.or(of_files));
        let shape = shape(dataset, columns, range)?;
        let divisor = dataset.values().divisor();
        let seen = Range { black: least / divisor, white: most / divisor };
        let ground = ground(dataset, shape, look, range.unwrap_or(seen));
        Some(Pictures { shape, range, ground, fit })
    }

    /// The range of the samples of `dataset`, if they are pictures: `None` if they are none, `Some(None)` if the range is not
    /// certain.
    pub(crate) fn range_of(
        dataset: &Dataset,
        columns: Option<&Columns>,
        range: Option<Range>,
    ) -> Option<Option<Range>> {
        let range = range_of(dataset, range);
        shape(dataset, columns, range).map(|_| range)
    }
}

fn range_of(dataset: &Dataset, range: Option<Range>) -> Option<Range> {
    range.or_else(|| {
        let [least, most] = dataset.values().bounds()?;
        if dataset.values().are_bytes() { Range::of_bytes(most) } else { Range::of(least, most) }
    })
}

fn shape(dataset: &Dataset, columns: Option<&Columns>, range: Option<Range>) -> Option<[usize; 3]> {
    match dataset.shape() {
        [channels @ (1 | 3), height, width] if height * width > 1 => Some([channels, height, width]),
        [pixels, 1, 1] => {
            let side = pixels.isqrt();
            let is_square = side * side == pixels && pixels >= LEAST_PIXELS;
            let may_be = columns.is_none_or(may_be_pixels);
            let are_pixels = range.is_some() || dataset.values().are_bytes();
            (is_square && may_be && are_pixels).then_some([1, side, side])
        }
        _ => None,
    }
}

/// What pixels are called, with a number behind it: `pixel7`, `px_7`, or `7x3` alone.
const NAMES: [&str; 6] = ["", "p", "pix", "pixel", "pixels", "px"];

/// Whether columns may be pixels: they are bytes, or have no names, or names of pixels.
fn may_be_pixels(columns: &Columns) -> bool {
    let is_of_pixel = |name: &String| {
        let name = name.to_lowercase();
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let row = stem.strip_suffix('x').filter(|row| !row.is_empty());
        let is_place = row.is_some_and(|row| row.bytes().all(|byte| byte.is_ascii_digit()));
        stem != name && (is_place || NAMES.contains(&stem.trim_end_matches(['_', '-', ' '])))
    };
    columns.bytes || !columns.header || columns.input_names().iter().all(is_of_pixel)
}

/// The ground of all pictures, each seen from the value of black to that of white.
fn ground(dataset: &Dataset, [channels, height, width]: [usize; 3], look: Look, range: Range) -> Ground {
    let plane = height * width;
    let (mut sample, mut grey) = (vec![0.0; dataset.size()], vec![0; plane]);
    let divisor = dataset.values().divisor();
    let (mut dark, mut light) = (0, 0);
    for i in (0..dataset.len()).step_by(look.step(dataset.len())) {
        dataset.values().read(i * sample.len(), &mut sample);
        sample.iter_mut().for_each(|x| *x = range.brightness(*x / divisor) * 255.0);
        write_grey(&sample, channels, &mut grey);
        match Ground::of(&grey, height, width) {
            Ground::Dark => dark += 1,
            Ground::Light => light += 1,
            Ground::Mixed => {}
        }
    }
    Ground::of_all(dark, light, look.odd())
}

/// The mean of the channels of one sample, from 0 to 255.
fn write_grey(sample: &[f32], channels: usize, grey: &mut [u8]) {
    let plane = grey.len();
    for (p, grey) in grey.iter_mut().enumerate() {
        let sum: f32 = (0..channels).map(|channel| sample[channel * plane + p]).sum();
        *grey = (sum / channels as f32).round().clamp(0.0, 255.0) as u8;
    }
}
