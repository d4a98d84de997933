//! The ink of a picture, cut out and centred as MNIST has it.

use super::Prepared;
use super::tones::Tones;
use crate::error::DataError;
use crate::picture::Picture;

/// MNIST's digits fill 20 of its 28 pixels, and have their centre of mass 14 pixels from the corner.
const FILLED: [usize; 2] = [20, 28];

/// Cuts the ink out of a grey picture, scales it to 20/28 of the new size, and sets its centre of mass in the middle.
/// Paper becomes 0 and ink 255.
pub(super) fn centred(
    picture: &Picture,
    tones: Tones,
    [height, width]: [usize; 2],
    mut done: Vec<String>,
) -> Result<Prepared, DataError> {
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
    Ok(Prepared { picture: Picture::new([1, height, width], bytes)?, done, unlike: None })
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
