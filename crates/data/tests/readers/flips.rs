//! Single bits that change in a file: a format with a checksum refuses them, or has the same numbers as before.
//!
//! `docs/data.md` has the same table of formats.

use std::fmt::Debug;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use crate::made::exif;
use flate2::Compression;
use flate2::write::GzEncoder;
use png::{BitDepth, ColorType};
use tempfile::TempDir;
use toddle::checkpoint;
use toddle_data::{Archive, Array, ArrayValues, Cifar, DataError, Picture, Table, TableSettings};

/// Bits that change in each file, one at a time; all of them in a file that has fewer.
const FLIPS: usize = 10_000;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus");

/// Whether a format has checksums over all that its numbers depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checks {
    All,
    /// Of nothing, or not of all: some damage cannot be seen by any reader.
    NotAll,
}

/// All that a reader makes of the bytes, as a text.
type Read = fn(&Path, &[u8]) -> Result<String, DataError>;

fn text(what: impl Debug) -> String {
    format!("{what:?}")
}

fn numbers(array: &Array) -> String {
    let dims = &array.dims;
    match &array.values {
        ArrayValues::Numbers(values) => text((dims, values, values.to_vec())),
        ArrayValues::Words { ids, words } => text((dims, ids, words)),
        _ => panic!("values of a new kind"),
    }
}

fn array(_: &Path, bytes: &[u8]) -> Result<String, DataError> {
    Ok(numbers(&Array::parse("file", bytes)?))
}

fn archive(_: &Path, bytes: &[u8]) -> Result<String, DataError> {
    let mut archive = Archive::new("file", Cursor::new(bytes))?;
    // A name is not part of the numbers: whoever asks for the old one is told that there is none.
    archive.names().iter().map(|name| Ok(numbers(&archive.read(name)?))).collect()
}

fn picture(_: &Path, bytes: &[u8]) -> Result<String, DataError> {
    Picture::decode("file", bytes).map(text)
}

fn cifar(folder: &Path, bytes: &[u8]) -> Result<String, DataError> {
    fs::write(folder.join("cifar-10-binary.tar.gz"), bytes).unwrap();
    let set = Cifar::ten(folder).test()?;
    Ok(text((set.labels(), set.inputs::<f32>())))
}

fn model(_: &Path, bytes: &[u8]) -> Result<String, DataError> {
    let wrong = |cause| DataError::Model { name: "file".into(), cause };
    let saved = checkpoint::decode::<f64>(bytes).map_err(wrong)?;
    Ok(text((saved.network.spec(), saved.network.weights(), saved.network.state(), saved.about)))
}

fn table(_: &Path, bytes: &[u8]) -> Result<String, DataError> {
    let table = Table::read("file", bytes, &TableSettings::default())?;
    Ok(text((table.dataset.inputs::<f32>(), table.dataset.targets::<f32>(), table.columns)))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn corpus(file: &str) -> Vec<u8> {
    fs::read(Path::new(CORPUS).join(file)).unwrap()
}

/// A grey PNG whose `tRNS` hides one tone, and whose `eXIf` turns it.
fn png_with_chunks() -> Vec<u8> {
    let pixels: Vec<u8> = (0..9 * 11).map(|i| (i * 31 % 7 * 36) as u8).collect();
    crate::made::png_of([9, 11], ColorType::Grayscale, BitDepth::Eight, &pixels, |info| {
        info.trns = Some(vec![0, 36].into());
        info.exif_metadata = Some(exif(6, true).into());
    })
}

fn formats() -> Vec<(&'static str, Checks, Read, Vec<u8>)> {
    use Checks::{All, NotAll};
    vec![
        ("PNG with transparency and EXIF", All, picture, png_with_chunks()),
        ("PNG in colours", All, picture, corpus("png/colours-alpha.png")),
        ("PNG with a palette", All, picture, corpus("png/palette.png")),
        ("IDX in gzip", All, array, corpus("idx/images.idx.gz")),
        ("tables in gzip", All, table, gzip(&corpus("csv/classes.csv"))),
        ("NPY in gzip", All, array, gzip(&corpus("npy/big-doubles.npy"))),
        ("NPZ, deflated", All, archive, corpus("npz/deflated.npz")),
        ("NPZ, stored", All, archive, corpus("npz/stored.npz")),
        ("CIFAR's archive", All, cifar, gzip(&corpus("cifar/test.tar"))),
        ("model", All, model, corpus("model/doubles.safetensors")),
        ("IDX", NotAll, array, corpus("idx/images.idx")),
        ("NPY", NotAll, array, corpus("npy/big-doubles.npy")),
        ("safetensors", NotAll, archive, corpus("safetensors/halves.safetensors")),
        ("CSV", NotAll, table, corpus("csv/classes.csv")),
        ("JPEG", NotAll, picture, corpus("jpeg/colours.jpg")),
        ("BMP", NotAll, picture, corpus("bmp/colours.bmp")),
        ("GIF", NotAll, picture, corpus("gif/one.gif")),
        ("WebP", NotAll, picture, corpus("webp/lossless.webp")),
        ("TIFF", NotAll, picture, corpus("tiff/deflate.tif")),
    ]
}

#[test]
fn a_bit_that_changes_is_seen_where_the_format_can_tell() {
    let folder = TempDir::new().unwrap();
    for (format, checks, read, file) in formats() {
        let right = read(folder.path(), &file).unwrap_or_else(|fault| panic!("{format}: {fault}"));
        let bits = 8 * file.len();
        let flips = FLIPS.min(bits);
        let (mut refused, mut misread) = (0, Vec::new());
        for n in 0..flips {
            let bit = n * bits / flips;
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            match read(folder.path(), &flipped) {
                Ok(numbers) if numbers != right => misread.push(bit),
                Ok(_) => {}
                Err(_) => refused += 1,
            }
        }
        println!("{format}: of {flips} bits, {refused} are refused and {} misread", misread.len());
        match checks {
            Checks::All => assert!(misread.is_empty(), "{format}: misread with one of the bits {misread:?}"),
            // A format that can tell belongs among the others.
            Checks::NotAll => assert!(!misread.is_empty(), "{format} sees all damage"),
        }
    }
}
