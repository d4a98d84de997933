//! The readers of files, as the fuzz targets and the test of the corpus call them.

use std::fs;
use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use toddle::checkpoint::{self, CheckpointError};
use toddle_data::{Archive, Array, Cifar, Picture, Table, TableSettings};

/// Reads `bytes` with the reader of that name. Whether they are refused does not matter.
pub fn read(reader: &str, bytes: &[u8]) {
    match reader {
        "bmp" | "gif" | "jpeg" | "png" | "tiff" | "webp" => drop(Picture::decode("file", bytes)),
        "cifar" => cifar(bytes),
        "csv" => table(bytes),
        "idx" | "npy" => drop(Array::parse("file", bytes)),
        "model" => model(bytes),
        "npz" | "safetensors" => archive(bytes),
        other => panic!("no reader is called {other}"),
    }
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
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    fs::write(folder.path().join("cifar-10-binary.tar.gz"), gzip).expect("room on the disk");
    drop(Cifar::ten(folder.path()).test());
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
