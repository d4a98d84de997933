//! Whether pictures show light things on a dark background (the ground), or dark things on a light one.

use serde::{Deserialize, Serialize};

use crate::prepare::Tones;

/// The ground of pictures: the brightness of their background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Light things on a dark ground, as in MNIST.
    Dark,
    /// Dark things on a light ground, as ink on paper.
    Light,
    /// Some pictures have a dark ground and some have a light one, as photographs do; or the ground is not clear.
    Mixed,
}

impl Ground {
    /// The ground of one grey picture. It is [`Mixed`](Ground::Mixed) if nothing in the picture stands out.
    ///
    /// The pixels are divided into light and dark ones by Otsu's method. The ground is the kind that most of the border has.
    ///
    /// ```
    /// use toddle_data::Ground;
    /// let mut sheet = vec![250; 9 * 9];
    /// sheet[4 * 9 + 3..][..3].fill(20); // a stroke of ink
    /// assert_eq!(Ground::of(&sheet, 9, 9), Ground::Light);
    /// ```
    pub fn of(pixels: &[u8], height: usize, width: usize) -> Ground {
        match Tones::of(pixels, height, width) {
            Some(tones) if tones.is_dark_on_light() => Ground::Light,
            Some(_) => Ground::Dark,
            None => Ground::Mixed,
        }
    }

    /// The ground of a whole set, of which so many pictures have a dark and a light one. `odd` is the largest part of
    /// pictures that may be the other way round.
    pub fn of_all(dark: usize, light: usize, odd: f64) -> Ground {
        let few = |count: usize| count as f64 <= odd * (dark + light) as f64;
        match (dark, light) {
            (0, 0) => Ground::Mixed,
            _ if few(light) => Ground::Dark,
            _ if few(dark) => Ground::Light,
            _ => Ground::Mixed,
        }
    }

    /// The ground that a picture of this one has when it is inverted.
    pub fn inverted(self) -> Ground {
        match self {
            Ground::Dark => Ground::Light,
            Ground::Light => Ground::Dark,
            Ground::Mixed => Ground::Mixed,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Ground::Dark => "light on dark",
            Ground::Light => "dark on light",
            Ground::Mixed => "of both kinds",
        }
    }
}

/// What is done if a picture file has another ground than the training pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Polarity {
    /// The picture stays as it is.
    AsIs,
    /// The picture is inverted: black becomes white.
    Invert,
    /// The picture is inverted if all training pictures had the other ground.
    #[default]
    Auto,
}
