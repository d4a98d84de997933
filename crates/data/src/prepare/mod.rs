//! Picture files, prepared for a network: one way for training, measuring and asking.
//!
//! | file | idea |
//! |---|---|
//! | `tones.rs` | what of a grey picture is ink, and what is paper |
//! | `ink.rs` | the ink, cut out and centred as MNIST has it |

mod ink;
mod tones;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::meaning::{Ground, Look, Pictures, Polarity};
use crate::picture::Picture;
pub(crate) use tones::Tones;
use tones::even;

/// How a picture is made to fit the size of a network's input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// All of the picture is resized.
    #[default]
    Whole,
    /// In a picture of another size, the ink is cut out, scaled to 20×20 of 28×28 and centred by mass, as in MNIST.
    Ink,
}

/// How picture files become samples of a network.
///
/// A transparent picture is put on white paper, or on black paper if nothing shows on white. Colours become grey, or grey becomes
/// colours. [`Polarity`] says whether the picture is inverted, and [`Fit`] says how it is made to fit.
///
/// ```
/// use toddle_data::{Fit, Ground, Picture, Polarity, Preparation};
/// // A network that was trained on ink on paper is asked about chalk on a blackboard.
/// let mut board = vec![10; 8 * 8];
/// board[27..29].fill(240);
/// let picture = Picture::new([1, 8, 8], board)?;
/// let ground = Ground::Light;
/// let preparation = Preparation { shape: [1, 8, 8], fit: Fit::Whole, polarity: Polarity::Auto, ground };
/// let prepared = preparation.prepare("board.png", picture)?;
/// assert_eq!((prepared.picture.bytes()[0], prepared.done.join(", ")), (245, "inverted".to_owned()));
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preparation {
    /// Channels, height and width of a sample.
    pub shape: [usize; 3],
    /// How pictures of another size are made to fit.
    pub fit: Fit,
    /// What is done if the picture has another ground.
    pub polarity: Polarity,
    /// The ground that the training pictures had.
    pub ground: Ground,
}

/// A picture of the shape of a network's samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The picture.
    pub picture: Picture,
    /// What was done to it, step by step.
    pub done: Vec<String>,
    /// How the picture differs from the training pictures, if it does.
    pub unlike: Option<String>,
}

impl Preparation {
    /// `picture`, which messages call `name`, as a sample.
    ///
    /// **Errors:** with [`Fit::Ink`], if nothing on the picture is clearly darker or lighter than its paper.
    pub fn prepare(&self, name: &str, picture: Picture) -> Result<Prepared, DataError> {
        let mut done = Vec::new();
        let [channels, height, width] = self.shape;
        let (mut picture, paper) = flattened(picture);
        done.extend(paper.map(|paper| format!("put on {paper}")));
        match (picture.shape()[0], channels) {
            (3, 1) => done.push("colours to grey".to_owned()),
            (1, 3) => done.push("grey to colours".to_owned()),
            _ => {}
        }
        picture = picture.with_channels(channels);
        let [_, old_height, old_width] = picture.shape();
        let fits = [old_height, old_width] == [height, width];
        let ink = self.fit == Fit::Ink && channels == 1;
        if ink
            && !fits
            && let Some(evened) = even(picture.bytes(), old_height, old_width)
        {
            done.push("light evened".to_owned());
            picture = Picture::new(picture.shape(), evened)?;
        }
        let grey = picture.clone().with_channels(1);
        let tones = Tones::of(grey.bytes(), old_height, old_width);
        if let Some(tones) = tones.filter(|_| ink && !fits) {
            let (is_light, wants_light) = (tones.is_dark_on_light(), self.wants_light(tones));
            if is_light != wants_light {
                done.push("inverted".to_owned());
            }
            // Ink of 255 on paper of 0, whichever it was.
            let prepared = ink::centred(&picture, tones, [height, width], done)?;
            return Ok(if wants_light { prepared.inverted() } else { prepared });
        }
        if ink && tones.is_none() {
            return Err(DataError::refused(
                name,
                "a picture that shows something",
                "a picture in which nothing is clearly darker or lighter than the background",
                "a picture with more contrast, or --fit whole, which takes the picture as it is",
            ));
        }
        if !fits {
            done.push(format!("resized from {old_height}×{old_width}"));
        }
        let mut picture = picture.resized([height, width]);
        let ground = Ground::of(picture.clone().with_channels(1).bytes(), height, width);
        let other = ground != Ground::Mixed && ground == self.ground.inverted();
        let inverts = match self.polarity {
            Polarity::AsIs => false,
            Polarity::Invert => true,
            // An inverted photograph has colours that none of the training pictures had.
            Polarity::Auto => other && channels == 1,
        };
        let unlike = (other && !inverts).then(|| {
            format!("it is {}, but the training pictures were {}", ground.name(), self.ground.name())
        });
        if inverts {
            picture = picture.inverted();
            done.push("inverted".to_owned());
        }
        Ok(Prepared { picture, done, unlike })
    }

    /// Arrays of pictures. They are inverted if the user asks for it. Otherwise they stay as they are, and a sentence is returned if
    /// their ground is not that of the training pictures.
    pub(crate) fn turned(&self, set: Dataset) -> (Dataset, Option<String>) {
        if self.polarity == Polarity::Invert {
            return (set.inverted(), None);
        }
        let pictures = Pictures::of(&set, None, Fit::Whole, Look::Some, None);
        let ground = pictures.map_or(Ground::Mixed, |pictures| pictures.ground);
        let other = ground != Ground::Mixed && ground == self.ground.inverted();
        let note = other.then(|| {
            format!(
                "the pictures of `{}` are {}, but the training pictures were {}: --polarity invert inverts them",
                set.name(),
                ground.name(),
                self.ground.name()
            )
        });
        (set, note)
    }

    /// Whether a grey picture of these tones is to have a light ground.
    fn wants_light(&self, tones: Tones) -> bool {
        let is_light = tones.is_dark_on_light();
        match (self.polarity, self.ground) {
            (Polarity::AsIs, _) | (Polarity::Auto, Ground::Mixed) => is_light,
            (Polarity::Invert, _) => !is_light,
            (Polarity::Auto, ground) => ground == Ground::Light,
        }
    }
}

impl Prepared {
    fn inverted(self) -> Prepared {
        Prepared { picture: self.picture.inverted(), ..self }
    }
}

/// A picture without transparency, and the colour of the paper that it was put on, if it was transparent.
pub(crate) fn flattened(picture: Picture) -> (Picture, Option<&'static str>) {
    if !picture.is_transparent() {
        return (picture.on_paper(255), None);
    }
    let [_, height, width] = picture.shape();
    let shows = |tone| {
        let grey = picture.clone().on_paper(tone).with_channels(1);
        Tones::of(grey.bytes(), height, width).is_some()
    };
    let (paper, colour) = if !shows(255) && shows(0) { (0, "black") } else { (255, "white") };
    (picture.on_paper(paper), Some(colour))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MNIST: Preparation =
        Preparation { shape: [1, 28, 28], fit: Fit::Ink, polarity: Polarity::Auto, ground: Ground::Dark };

    /// Every test digit, enlarged, inverted, in a corner of a large sheet: prepared, it is where it was, nearly.
    #[test]
    fn digits_come_back_to_where_they_were() {
        let digits = crate::mnist().test().unwrap().first(200).unwrap();
        let mut all_off = 0.0;
        for i in 0..digits.len() {
            let original = digits.image(i);
            let large = Picture::new([1, 28, 28], original.to_vec()).unwrap().resized([140, 140]);
            let mut sheet = vec![250; 300 * 400];
            for (row, large) in sheet.chunks_exact_mut(400).skip(17).zip(large.bytes().chunks_exact(140)) {
                row[201..341].iter_mut().zip(large).for_each(|(pixel, ink)| *pixel = 250 - ink / 2);
            }
            let sheet = Picture::new([1, 300, 400], sheet).unwrap();
            let prepared = MNIST.prepare("sheet", sheet).unwrap();
            assert_eq!(prepared.done[0], "inverted");
            let off = prepared.picture.bytes().iter().zip(&*original).map(|(a, b)| f64::from(a.abs_diff(*b)));
            all_off += off.sum::<f64>() / original.iter().map(|&ink| f64::from(ink)).sum::<f64>();
        }
        // Resampling twice and moving by whole pixels leave no image as it was.
        assert!(all_off < 0.5 * digits.len() as f64, "digits are off by {all_off} of their ink");
    }

    fn seven() -> Picture {
        Picture::new([1, 28, 28], crate::mnist().test().unwrap().image(0).into_owned()).unwrap()
    }

    #[test]
    fn the_ground_follows_the_training_pictures() {
        let light = seven().inverted();
        for (ground, polarity, picture, is, done) in [
            (Ground::Dark, Polarity::Auto, seven(), seven(), ""),
            (Ground::Dark, Polarity::Auto, light.clone(), seven(), "inverted"),
            (Ground::Light, Polarity::Auto, light.clone(), light.clone(), ""),
            (Ground::Light, Polarity::Auto, seven(), light.clone(), "inverted"),
            (Ground::Mixed, Polarity::Auto, light.clone(), light.clone(), ""),
            (Ground::Dark, Polarity::AsIs, light.clone(), light.clone(), ""),
            (Ground::Dark, Polarity::Invert, seven(), light.clone(), "inverted"),
        ] {
            for fit in [Fit::Whole, Fit::Ink] {
                let preparation = Preparation { fit, ground, polarity, ..MNIST };
                let prepared = preparation.prepare("seven", picture.clone()).unwrap();
                assert_eq!((prepared.picture, prepared.done.join(", ")), (is.clone(), done.to_owned()));
                let unlike = polarity == Polarity::AsIs;
                assert_eq!(prepared.unlike.is_some(), unlike, "{:?}", prepared.unlike);
            }
        }
    }

    #[test]
    fn strange_pictures_are_prepared_too() {
        for shape in [[1, 1, 1], [3, 1, 500], [1, 500, 1], [3, 2, 2], [1, 27, 29]] {
            for (step, fit) in [(37, Fit::Ink), (91, Fit::Whole), (0, Fit::Ink), (0, Fit::Whole)] {
                let bytes = (0..shape.iter().product::<usize>()).map(|i| (i * step) as u8).collect();
                let picture = Picture::new(shape, bytes).unwrap();
                for to in [[1, 28, 28], [3, 32, 32], [1, 1, 1], [1, 5, 9]] {
                    let prepared =
                        Preparation { shape: to, fit, ..MNIST }.prepare("strange", picture.clone());
                    let blank = step == 0 || shape == [1, 1, 1];
                    match prepared {
                        Ok(prepared) => assert_eq!(prepared.picture.shape(), to),
                        Err(error) => assert!(blank && fit == Fit::Ink && to[0] == 1, "{error}"),
                    }
                }
            }
        }
    }

    #[test]
    fn faint_pictures_have_no_ink() {
        let faint = || Picture::new([1, 10, 10], (0..100).map(|i| 100 + i % 10).collect()).unwrap();
        let error = MNIST.prepare("faint", faint()).unwrap_err().to_string();
        assert!(error.contains("`faint`") && error.contains("--fit whole"), "{error}");
        let whole = Preparation { fit: Fit::Whole, ..MNIST }.prepare("faint", faint()).unwrap();
        assert_eq!(whole.done, ["resized from 10×10"]);
    }
}
