//! Samples, and files made of them.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use crate::common::png;

/// Rows and columns of a picture.
pub const SIDE: usize = 10;
/// Samples of each of three classes: to train on, and to test with.
pub const EACH: [usize; 2] = [15, 5];
pub const NAMES: [&str; 3] = ["bar", "box", "dash"];

/// A picture of 10×10, light on dark, of a class: an upright bar, a box, or a lying bar, somewhere near the middle.
pub fn picture(class: usize, n: usize) -> Vec<u8> {
    let (down, across, tone) = (n % 3, n / 3 % 3, 180 + (n * 7 % 75) as u8);
    let [tall, wide] = [[6, 2], [4, 4], [2, 6]][class];
    let (top, left) = ((SIDE - tall) / 2 + down - 1, (SIDE - wide) / 2 + across - 1);
    let is_ink =
        |p: usize| (top..top + tall).contains(&(p / SIDE)) && (left..left + wide).contains(&(p % SIDE));
    (0..SIDE * SIDE).map(|p| if is_ink(p) { tone } else { (p * 3 + n) as u8 % 20 }).collect()
}

/// Class and number of each sample of a half (0 to train on, 1 to test with), class by class.
pub fn samples(half: usize) -> impl Iterator<Item = (usize, usize)> {
    let first = if half == 0 { 0 } else { EACH[0] };
    (0..3).flat_map(move |class| (first..first + EACH[half]).map(move |n| (class, n)))
}

/// Four numbers of a class, as of a flower.
pub fn row(class: usize, n: usize) -> [f32; 4] {
    let noise = |k: usize| (n * 37 + k * 11) as f32 % 13.0 / 13.0 - 0.5;
    let middle = [[1.0, 4.0, 0.5, 2.0], [3.0, 1.0, 2.5, 2.0], [2.0, 2.5, 4.0, 0.5]][class];
    [0, 1, 2, 3].map(|k| ((middle[k] + noise(k)) * 64.0_f32).round() / 64.0)
}

/// Writes the pictures of a half into a folder for each class.
pub fn folders(root: &Path, half: usize, write: impl Fn(&Path, &[u8])) {
    for (class, n) in samples(half) {
        let folder = root.join(NAMES[class]);
        fs::create_dir_all(&folder).unwrap();
        write(&folder.join(format!("{n:02}")), &picture(class, n));
    }
}

/// A grey PNG file.
pub fn grey(path: &Path, pixels: &[u8]) {
    png(&path.with_extension("png"), SIDE, SIDE, png::ColorType::Grayscale, pixels);
}

/// A BMP file of 24 bits.
pub fn bmp(path: &Path, pixels: &[u8]) {
    let stride = (SIDE * 3).next_multiple_of(4);
    let mut file = b"BM".to_vec();
    file.extend((54 + stride as u32 * SIDE as u32).to_le_bytes());
    file.extend([0; 4]);
    [54, 40, SIDE as u32, SIDE as u32].iter().for_each(|n| file.extend(n.to_le_bytes()));
    file.extend([1, 0, 24, 0]);
    file.extend([0; 24]);
    for row in pixels.chunks(SIDE).rev() {
        let mut line: Vec<u8> = row.iter().flat_map(|&pixel| [pixel; 3]).collect();
        line.resize(stride, 0);
        file.extend(line);
    }
    fs::write(path.with_extension("bmp"), file).unwrap();
}

/// An uncompressed grey TIFF file.
pub fn tiff(path: &Path, pixels: &[u8]) {
    let side = SIDE as u32;
    let tags: [(u16, u16, u32); 9] = [
        (256, 4, side),
        (257, 4, side),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, side),
        (279, 4, side * side),
    ];
    let mut file = b"II*\0".to_vec();
    file.extend((8 + pixels.len() as u32).to_le_bytes());
    file.extend(pixels);
    file.extend((tags.len() as u16).to_le_bytes());
    for (tag, kind, value) in tags {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(1_u32.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    fs::write(path.with_extension("tif"), file).unwrap();
}

/// A table of both halves' rows, or of one: a line each, made of the class and the four numbers.
pub fn table(path: &Path, first: &str, half: usize, line: impl Fn(usize, [f32; 4]) -> String) {
    let lines: String = samples(half).map(|(class, n)| line(class, row(class, n)) + "\n").collect();
    fs::write(path, first.to_owned() + &lines).unwrap();
}

/// An archive as `numpy.savez` writes it.
pub fn npz(path: &Path, arrays: &[(&str, Vec<u8>)]) {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    fs::write(path, archive.finish().unwrap().into_inner()).unwrap();
}
