//! Any image, made as the network knows images.

use clap::ValueEnum;
use toddle_data::Picture;

use super::ink::{Tones, even};
use crate::error::Error;

/// How an image is made to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Manner {
    /// Cut out the ink, and centre it
    Ink,
    /// Resize all of it
    Whole,
}

/// An image of the network's shape, and what was done for that.
#[derive(Debug)]
pub struct Prepared {
    pub picture: Picture,
    pub done: Vec<String>,
}

/// MNIST's digits fill 20 of its 28 pixels, and have their centre of mass 14 pixels from the corner.
const FILLED: [usize; 2] = [20, 28];

/// `picture`, which is called `name`, as an image of `shape`: channels, height and width.
pub fn prepare(name: &str, picture: Picture, shape: [usize; 3], manner: Manner) -> Result<Prepared, Error> {
    let mut done = Vec::new();
    let mut say = |what: &str| done.push(what.to_owned());
    let [channels, height, width] = shape;
    let (paper, colour) = if channels == 1 { paper(&picture) } else { WHITE };
    if picture.is_transparent() {
        say(&format!("put on {colour}"));
    }
    let mut picture = picture.on_paper(paper);
    match (picture.shape()[0], channels) {
        (3, 1) => say("colours to grey"),
        (1, 3) => say("grey to colours"),
        _ => {}
    }
    picture = picture.with_channels(channels);
    let [_, old_height, old_width] = picture.shape();
    if is_of_one_colour(&picture) {
        return Err(blank(name, "nothing but pixels of one colour", "another image"));
    }
    let fits = [old_height, old_width] == [height, width];
    if channels == 1 {
        if manner == Manner::Ink
            && !fits
            && let Some(evened) = even(picture.bytes(), old_height, old_width)
        {
            say("light evened");
            picture = Picture::new(picture.shape(), evened)?;
        }
        let Some(tones) = Tones::of(picture.bytes(), old_height, old_width) else {
            if manner == Manner::Ink {
                let got = "paper, with nothing on it that is clearly darker or lighter";
                let remedy = "an image of more contrast, or --fit whole, which takes it as it is";
                return Err(blank(name, got, remedy));
            }
            say("no ink found");
            return Ok(Prepared { picture: picture.resized([height, width]), done });
        };
        if tones.is_dark_on_light() {
            say("inverted");
        }
        if manner == Manner::Ink && !fits {
            return ink(&picture, tones, [height, width], done);
        }
        if tones.is_dark_on_light() {
            let inverted = picture.bytes().iter().map(|&byte| 255 - byte).collect();
            picture = Picture::new(picture.shape(), inverted)?;
        }
    }
    if !fits {
        say(&format!("resized from {old_height}×{old_width}"));
    }
    Ok(Prepared { picture: picture.resized([height, width]), done })
}

fn is_of_one_colour(picture: &Picture) -> bool {
    let [_, height, width] = picture.shape();
    picture.bytes().chunks_exact(height * width).all(|channel| channel.iter().all(|tone| *tone == channel[0]))
}

/// The network would name a class even where there is nothing to see.
fn blank(name: &str, got: &str, remedy: &str) -> Error {
    Error::Refused {
        what: format!("`{name}` is blank"),
        expected: "an image that shows something".into(),
        got: got.into(),
        remedy: remedy.into(),
    }
}

const WHITE: (u8, &str) = (255, "white");

/// The paper for a transparent picture: white, unless the ink is as white.
fn paper(picture: &Picture) -> (u8, &'static str) {
    let [_, height, width] = picture.shape();
    let shows = |tone| {
        let grey = picture.clone().on_paper(tone).with_channels(1);
        Tones::of(grey.bytes(), height, width).is_some()
    };
    if picture.is_transparent() && !shows(255) && shows(0) { (0, "black") } else { WHITE }
}

/// The ink of a grey picture, as MNIST has it.
fn ink(
    picture: &Picture,
    tones: Tones,
    [height, width]: [usize; 2],
    mut done: Vec<String>,
) -> Result<Prepared, Error> {
    let [_, old_height, old_width] = picture.shape();
    let pixels: Vec<u8> = picture.bytes().iter().map(|&pixel| tones.stretch(pixel)).collect();
    if tones.paper.min(tones.ink) > 16 || tones.paper.max(tones.ink) < 239 {
        done.push(format!(
            "contrast {}–{} stretched",
            tones.paper.min(tones.ink),
            tones.paper.max(tones.ink)
        ));
    }
    let [top, left, tall, wide] = bounds(&pixels, old_width);
    let rows = pixels.chunks_exact(old_width).skip(top).take(tall);
    let cut = Picture::new([1, tall, wide], rows.flat_map(|row| &row[left..left + wide]).copied().collect())?;

    let [filled, of] = FILLED;
    let scale = (height as f64 / tall as f64).min(width as f64 / wide as f64) * filled as f64 / of as f64;
    let size = [tall, wide].map(|side| ((side as f64 * scale).round() as usize).max(1));
    let size = [size[0].min(height), size[1].min(width)];
    let small = cut.resized(size);
    // Thin strokes have become faint.
    let strongest = f32::from(*small.bytes().iter().max().unwrap_or(&255)).max(1.0);
    let small: Vec<u8> =
        small.bytes().iter().map(|&ink| (f32::from(ink) * 255.0 / strongest).round() as u8).collect();
    done.push(format!("ink {tall}×{wide} of {old_height}×{old_width} to {}×{}", size[0], size[1]));

    let (down, across) = centre(&small, size[1]);
    let corner = |middle: f64, side: usize, room: usize| {
        (room as f64 / 2.0 - middle).round().clamp(0.0, (room - side) as f64) as usize
    };
    let (top, left) = (corner(down, size[0], height), corner(across, size[1], width));
    let mut bytes = vec![0; height * width];
    for (row, small) in bytes.chunks_exact_mut(width).skip(top).zip(small.chunks_exact(size[1])) {
        row[left..left + size[1]].copy_from_slice(small);
    }
    done.push("centred by mass".into());
    Ok(Prepared { picture: Picture::new([1, height, width], bytes)?, done })
}

/// The least box that holds all ink: its top, its left, its height and its width. There is some ink.
fn bounds(pixels: &[u8], width: usize) -> [usize; 4] {
    let (mut top, mut left, mut bottom, mut right) = (usize::MAX, usize::MAX, 0, 0);
    for p in (0..pixels.len()).filter(|&p| pixels[p] > 0) {
        let (y, x) = (p / width, p % width);
        (top, bottom) = (top.min(y), bottom.max(y));
        (left, right) = (left.min(x), right.max(x));
    }
    [top, left, bottom - top + 1, right - left + 1]
}

/// The row and the column of the centre of mass, 0 for the first.
fn centre(ink: &[u8], width: usize) -> (f64, f64) {
    let (mut mass, mut down, mut across) = (0.0, 0.0, 0.0);
    for (p, &ink) in ink.iter().enumerate() {
        mass += f64::from(ink);
        down += f64::from(ink) * (p / width) as f64;
        across += f64::from(ink) * (p % width) as f64;
    }
    if mass > 0.0 { (down / mass, across / mass) } else { (0.0, 0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every test digit, enlarged, inverted, in a corner of a large sheet: prepared, it is where it was, nearly.
    #[test]
    fn digits_come_back_to_where_they_were() {
        let digits = toddle_data::mnist().test().unwrap().first(200).unwrap();
        let mut all_off = 0.0;
        for i in 0..digits.len() {
            let original = digits.image(i);
            let large = Picture::new([1, 28, 28], original.to_vec()).unwrap().resized([140, 140]);
            let mut sheet = vec![250; 300 * 400];
            for (row, large) in sheet.chunks_exact_mut(400).skip(17).zip(large.bytes().chunks_exact(140)) {
                row[201..341].iter_mut().zip(large).for_each(|(pixel, ink)| *pixel = 250 - ink / 2);
            }
            let sheet = Picture::new([1, 300, 400], sheet).unwrap();
            let prepared = prepare("sheet", sheet, [1, 28, 28], Manner::Ink).unwrap();
            assert_eq!(prepared.done[0], "inverted");
            let off = prepared.picture.bytes().iter().zip(&*original).map(|(a, b)| f64::from(a.abs_diff(*b)));
            all_off += off.sum::<f64>() / original.iter().map(|&ink| f64::from(ink)).sum::<f64>();
        }
        // Resampling twice and moving by whole pixels leave no image as it was.
        assert!(all_off < 0.5 * digits.len() as f64, "digits are off by {all_off} of their ink");
    }

    #[test]
    fn what_fits_stays_where_it_is() {
        let digits = toddle_data::mnist().test().unwrap();
        let seven = digits.image(0).into_owned();
        let prepare = |bytes| {
            prepare("seven", Picture::new([1, 28, 28], bytes).unwrap(), [1, 28, 28], Manner::Ink).unwrap()
        };
        let as_is = prepare(seven.clone());
        assert_eq!((as_is.picture.bytes(), as_is.done.len()), (&seven[..], 0));
        let light: Vec<u8> = seven.iter().map(|ink| 255 - ink).collect();
        let inverted = prepare(light);
        assert_eq!((inverted.picture.bytes(), inverted.done), (&seven[..], vec!["inverted".to_owned()]));
    }

    #[test]
    fn strange_images_are_prepared_too() {
        for shape in [[1, 1, 1], [3, 1, 500], [1, 500, 1], [3, 2, 2], [1, 27, 29]] {
            for (step, manner) in
                [(37, Manner::Ink), (91, Manner::Whole), (0, Manner::Ink), (0, Manner::Whole)]
            {
                let bytes = (0..shape.iter().product::<usize>()).map(|i| (i * step) as u8).collect();
                let picture = Picture::new(shape, bytes).unwrap();
                for to in [[1, 28, 28], [3, 32, 32], [1, 1, 1], [1, 5, 9]] {
                    let prepared = prepare("strange", picture.clone(), to, manner);
                    if step == 0 || shape == [1, 1, 1] {
                        assert!(prepared.unwrap_err().to_string().starts_with("`strange` is blank"));
                    } else {
                        assert_eq!(prepared.unwrap().picture.shape(), to);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_faint_is_blank_unless_all_of_it_counts() {
        let faint = || Picture::new([1, 10, 10], (0..100).map(|i| 100 + i % 10).collect()).unwrap();
        let blank = prepare("faint", faint(), [1, 28, 28], Manner::Ink).unwrap_err().to_string();
        assert!(blank.starts_with("`faint` is blank") && blank.contains("--fit whole"), "{blank}");
        let whole = prepare("faint", faint(), [1, 28, 28], Manner::Whole).unwrap();
        assert_eq!(whole.done, ["no ink found"]);
    }
}
