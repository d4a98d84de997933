//! The readers of files, as the fuzz targets and the test of the corpus call them.

use std::fs;
use std::io::{Cursor, ErrorKind, Read, Write};
use std::sync::LazyLock;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use toddle::checkpoint::{self, CheckpointError};
use toddle_data::{Archive, Array, Cifar, Picture, Table, TableSettings};
use toddle_exchange::{keras, onnx};

/// Reads `bytes` with the reader of that name. Whether they are refused does not matter.
pub fn read(reader: &str, bytes: &[u8]) {
    match reader {
        "png" => drop(Picture::decode("file", &png(bytes))),
        "bmp" | "gif" | "jpeg" | "tiff" | "webp" => drop(Picture::decode("file", bytes)),
        "cifar" => cifar(bytes),
        "csv" => table(bytes),
        "idx" | "npy" => drop(Array::parse("file", bytes)),
        "keras" => drop(keras::import(zip(bytes))),
        "model" => model(bytes),
        "npz" => archive(&zip(bytes)),
        "onnx" => drop(onnx::decode(bytes.to_vec(), &mut |_| Err(ErrorKind::NotFound.into()))),
        "safetensors" => archive(bytes),
        other => panic!("no reader is called {other}"),
    }
}

/// The PNG with right checksums: of its pixels, and of each of its chunks.
fn png(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = 8;
    let mut chunks = Vec::new();
    while let Some(length) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
        if bytes.len() - at < length.saturating_add(12) {
            break;
        }
        chunks.push(at + 4..at + 8 + length);
        at += length + 12;
    }
    let pixels: Vec<_> = chunks.iter().filter(|chunk| bytes[chunk.start..].starts_with(b"IDAT")).collect();
    let packed: Vec<u8> =
        pixels.iter().flat_map(|chunk| &bytes[chunk.start + 4..chunk.end]).copied().collect();
    if let (Some(last), Some(packed)) = (pixels.last().filter(|last| last.len() >= 8), packed.get(2..)) {
        let adler = adler(&inflated(packed));
        let end = last.end;
        bytes[end - 4..end].copy_from_slice(&adler.to_be_bytes());
    }
    for chunk in chunks {
        let sum = crc(&bytes[chunk.clone()]);
        bytes[chunk.end..chunk.end + 4].copy_from_slice(&sum.to_be_bytes());
    }
    bytes
}

/// The archive with the right checksum of each member, in the list of members and before the member.
fn zip(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let listed: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(b"PK\x01\x02")).collect();
    for at in listed {
        let number = |at: usize, size: usize| {
            let digits = bytes.get(at..at.checked_add(size)?)?;
            Some(digits.iter().rev().fold(0, |number, &digit| number << 8 | usize::from(digit)))
        };
        let member = || {
            let (method, length, start) = (number(at + 10, 2)?, number(at + 20, 4)?, number(at + 42, 4)?);
            let data = start + 30 + number(start + 26, 2)? + number(start + 28, 2)?;
            let packed = bytes.get(data..data.checked_add(length)?)?;
            Some((start, if method == 8 { crc(&inflated(packed)) } else { crc(packed) }))
        };
        if let Some((start, sum)) = member() {
            bytes[at + 16..at + 20].copy_from_slice(&sum.to_le_bytes());
            bytes[start + 14..start + 18].copy_from_slice(&sum.to_le_bytes());
        }
    }
    bytes
}

/// What comes out of a deflated stream, whole or not, up to a mebibyte.
fn inflated(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What came before a fault stays.
    let _ = DeflateDecoder::new(packed).take(1 << 20).read_to_end(&mut bytes);
    bytes
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Adler-32, as RFC 1950 has it.
fn adler(bytes: &[u8]) -> u32 {
    let (one, two) = bytes.iter().fold((1, 0), |(one, two), &byte| {
        let one = (one + u32::from(byte)) % 65_521;
        (one, (two + one) % 65_521)
    });
    two << 16 | one
}

/// All arrays of an archive.
fn archive(bytes: &[u8]) {
    if let Ok(mut archive) = Archive::new("file", Cursor::new(bytes)) {
        for name in archive.names() {
            drop(archive.read(&name));
        }
    }
}

/// A table to learn from, then the same as one to test with, and as rows to be asked about.
fn table(bytes: &[u8]) {
    if let Ok(table) = Table::read("file", bytes, &TableSettings::default()) {
        drop(Table::read_like("file", bytes, &table.columns));
        drop(table.columns.read_rows("file", bytes));
    }
}

/// An archive in tar, which is put into gzip here, so that not only the reader of gzip is reached.
fn cifar(tar: &[u8]) {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
    gzip.write_all(tar).expect("room in memory");
    let gzip = gzip.finish().expect("room in memory");
    static FOLDER: LazyLock<TempDir> =
        LazyLock::new(|| tempfile::tempdir().expect("a folder for temporary files"));
    fs::write(FOLDER.path().join("cifar-10-binary.tar.gz"), gzip).expect("room on the disk");
    drop(Cifar::ten(FOLDER.path()).test());
}

/// A model in both precisions. A wrong checksum is put right first, or nothing behind it would ever be reached.
fn model(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    if let Err(CheckpointError::Section { section, expected, got }) = checkpoint::decode::<f32>(&bytes)
        && section == "the checksum"
        && expected.len() == got.len()
        && let Some(at) = bytes.windows(got.len()).position(|window| window == expected.as_bytes())
    {
        bytes[at..at + got.len()].copy_from_slice(got.as_bytes());
    }
    drop(checkpoint::decode::<f32>(&bytes));
    drop(checkpoint::decode::<f64>(&bytes));
}
