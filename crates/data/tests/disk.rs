//! Arrays that are too large for the memory stay in their files: they have the same numbers, and what happens to a file is noticed.
#![cfg(any(unix, windows))]

mod common;

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use common::{npy, npz, npz_with};
use tempfile::TempDir;
use toddle_data::{Array, Arrays, Budget, DataError, Dataset, Digest};

/// All arrays of these tests take more than a quarter of it.
fn with_little_memory() {
    Budget::new(1 << 20).set();
}

/// A file of `bytes`.
fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn samples(array: Result<Array, DataError>) -> Dataset {
    Arrays::samples(array.unwrap()).unwrap().0
}

/// Numbers that are finite in every type, and whole, and some of them 0.
fn bytes(each: usize, count: usize) -> Vec<u8> {
    let number = |i: usize| (i * i % 251) as u8;
    (0..count).flat_map(|i| (0..each).map(move |byte| if byte == 0 { number(i) } else { 0 })).collect()
}

/// Whether the values are really read from the file: a file that has lost its last byte is noticed.
fn is_on_disk(path: &Path, set: &Dataset) {
    let (mut x, length) = (vec![0.0; set.size()], fs::metadata(path).unwrap().len());
    OpenOptions::new().write(true).open(path).unwrap().set_len(length / 2).unwrap();
    set.write_input(set.len() - 1, &mut x);
    assert!(set.check_read().is_err() && x.iter().all(|x| x.is_nan()));
}

#[test]
fn the_numbers_are_the_same() {
    with_little_memory();
    let folder = TempDir::new().unwrap();
    let types = [
        ("|u1", 1, "700, 20, 50"),
        ("|i1", 1, "700, 1000"),
        ("|b1", 1, "700, 1000"),
        ("<i2", 2, "200, 20, 20, 4"),
        (">u2", 2, "200, 4, 20, 20"),
        ("<f2", 2, "200, 1600"),
        ("bfloat16", 2, "200, 1600"),
        ("<f4", 4, "100, 40, 40, 1"),
        (">i4", 4, "100, 1600"),
        ("<f8", 8, "100, 30, 20, 3"),
        ("<u8", 8, "100, 1600"),
    ];
    for (descr, each, shape) in types {
        let count = shape.split(", ").map(|size| size.parse::<usize>().unwrap()).product::<usize>();
        let numbers = match descr {
            "<f8" => bytes(1, count).into_iter().flat_map(|number| f64::from(number).to_le_bytes()).collect(),
            _ => bytes(each, count),
        };
        let array = npy(descr, false, shape, &numbers);
        let in_memory = samples(Array::parse("x", &array));
        let plain = file(&folder, "x.npy", &array);
        let arrays = [("y", npy("|u1", false, "3", &[1, 2, 3])), ("x", array)];
        let packed = file(&folder, "x.npz", &npz_with(zip::CompressionMethod::Stored, &arrays));
        let archived = || toddle_data::Archive::open(&packed)?.read("x");
        for (path, on_disk) in [(&plain, samples(Array::read(&plain))), (&packed, samples(archived()))] {
            let same = |one: Dataset, other: Dataset| {
                let bits = |set: &Dataset| -> Vec<u32> {
                    set.inputs::<f32>().into_iter().map(f32::to_bits).collect()
                };
                assert_eq!((one.shape(), one.len()), (other.shape(), other.len()), "{descr}");
                assert!(bits(&one) == bits(&other), "{descr}");
                assert_eq!(one.values().bounds(), other.values().bounds(), "{descr}");
                assert_eq!(Digest::of(&one), Digest::of(&other), "{descr}");
                assert_eq!(one.standard_scaling(), other.standard_scaling(), "{descr}");
                assert_eq!(one.image(1), other.image(1), "{descr}");
                other.check_read().unwrap();
            };
            same(in_memory.clone(), on_disk.clone());
            let ([rest, held], [its_rest, its_held]) = (
                <[Dataset; 2]>::from(in_memory.hold_out(13, 5).unwrap()),
                <[Dataset; 2]>::from(on_disk.hold_out(13, 5).unwrap()),
            );
            same(rest.subset(&[7, 7, 2]).unwrap(), its_rest.subset(&[7, 7, 2]).unwrap());
            same(held, its_held);
            same(in_memory.clone().inverted(), on_disk.clone().inverted());
            same(in_memory.clone().transposed(), on_disk.clone().transposed());
            is_on_disk(path, &on_disk);
        }
    }
}

#[test]
fn a_sample_that_has_changed_is_an_error() {
    with_little_memory();
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "x.npy", &npy("<f4", false, "100, 1600", &bytes(4, 160_000)));
    let set = samples(Array::read(&path));
    let (mut before, mut x) = (vec![0.0; 1600], vec![0.0; 1600]);
    set.write_input(6, &mut before);
    let mut changed = OpenOptions::new().write(true).open(&path).unwrap();
    changed.seek(SeekFrom::End(-(93 * 6400 - 80))).unwrap();
    changed.write_all(&[1, 2]).unwrap();
    set.write_input(6, &mut x);
    assert!(x == before && set.check_read().is_ok());
    set.write_input(7, &mut x);
    assert!(x.iter().all(|x| x.is_nan()));
    let message = set.check_read().unwrap_err().to_string();
    assert!(message.contains("x.npy`") && message.contains("got       other bytes at sample 7"), "{message}");
    assert_eq!(message.lines().count(), 4, "{message}");
    // Whatever is read afterwards is not taken for right.
    set.write_input(6, &mut x);
    assert!(x.iter().all(|x| x.is_nan()));
}

#[test]
fn files_are_checked_to_their_ends_while_they_are_opened() {
    with_little_memory();
    let folder = TempDir::new().unwrap();
    let mut numbers = bytes(4, 160_000);
    numbers[4 * 150_000..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let path = file(&folder, "x.npy", &npy("<f4", false, "100, 1600", &numbers));
    let message = common::message(Arrays::samples(Array::read(path).unwrap()));
    assert!(message.contains("NaN as value 1200 of sample 93"), "{message}");
    let whole = npy("<u4", false, "100, 1600", &[bytes(4, 159_999), vec![255; 4]].concat());
    let message = common::message(Array::read(file(&folder, "x.npy", &whole)));
    assert!(message.contains("4294967295 as value 159999"), "{message}");
    // Seconds since 1970 at place 5 of each sample: `f32` makes them equal.
    let number = |i: usize| if i % 1600 == 5 { 1.7e9 + (i / 1600) as f64 } else { (i % 7) as f64 };
    let doubles: Vec<u8> = (0..160_000).flat_map(|i| number(i).to_le_bytes()).collect();
    let message =
        common::message(Array::read(file(&folder, "t.npy", &npy("<f8", false, "100, 1600", &doubles))));
    assert!(message.contains("such numbers at place 5 of the samples"), "{message}");
    for length in [whole.len() - 1, whole.len() + 1] {
        let mut bytes = whole.clone();
        bytes.resize(length, 0);
        assert!(Array::read(file(&folder, "x.npy", &bytes)).is_err());
    }
}

#[test]
fn what_is_compressed_or_in_another_order_is_refused() {
    with_little_memory();
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "x.npy", &npy("<f4", true, "200, 1600", &bytes(4, 320_000)));
    let packed = npz(&[("x", npy("<f4", false, "200, 1600", &bytes(4, 320_000)))]);
    for path in [path, file(&folder, "x.npz", &packed)] {
        let error = Array::read(path).unwrap_err();
        assert!(matches!(error, DataError::Memory { .. }), "{error}");
    }
}
