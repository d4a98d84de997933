//! Readers of pictures and arrays against broken files: none panics, or asks for much more memory than the file has.
//!
//! Memory is counted for the whole process, so these tests have one of their own.

mod common;

use std::fs;
use std::io::Cursor;

use common::{asked, batter, golden, message, npy, npz, png, write};
use png::ColorType::Rgb;
use tempfile::TempDir;
use toddle_data::{Archive, Array, Arrays, ImageFolder, Values};

/// A grey JPEG of 8×8 pixels, all 128: one block without coefficients, written by hand from the format's description.
fn jpeg() -> Vec<u8> {
    let mut file = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    file.extend([1; 64]); // quantisation
    file.extend([0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]); // 8×8, one channel
    for table in [0x00, 0x10] {
        file.extend([0xff, 0xc4, 0, 20, table, 1]); // one code of one bit: 0, which means 0 or the block's end
        file.extend([0; 15]);
        file.push(0);
    }
    file.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0b0011_1111, 0xff, 0xd9]);
    file
}

#[test]
fn broken_pngs_and_jpegs_neither_panic_nor_cost_memory() {
    let folder = TempDir::new().unwrap();
    let pixels: Vec<u8> = (0..20 * 12 * 3).map(|i| (i * i % 251) as u8).collect();
    let pictures = [png(20, 12, Rgb, &pixels), jpeg()];
    for picture in &pictures {
        let read = |file: &[u8]| {
            write(folder.path(), "class/picture.png", file);
            ImageFolder::default().read(folder.path())
        };
        read(picture).unwrap();
        batter(picture, read);
    }
    write(folder.path(), "class/picture.png", &jpeg());
    let (grey, _) = ImageFolder::default().read(folder.path()).unwrap();
    assert_eq!((grey.shape(), grey.values()), ([1, 8, 8], &Values::from(vec![128_u8; 64])));

    // A header that declares 16384×16384.
    let mut huge = pictures[0].clone();
    huge[18..20].copy_from_slice(&[0x40, 0]);
    huge[22..24].copy_from_slice(&[0x40, 0]);
    let mut crc = flate2::Crc::new();
    crc.update(&huge[12..29]);
    huge[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    write(folder.path(), "class/picture.png", &huge);
    assert!(message(ImageFolder::default().read(folder.path())).contains("16384×"));
}

#[test]
fn broken_arrays_neither_panic_nor_cost_memory() {
    for file in [npy("<f4", true, "2, 2", &[0; 16]), npy("<U2", true, "2, 1", &[0; 16])] {
        batter(&file, |file| Array::parse("t", file));
    }
}

#[test]
fn broken_archives_neither_panic_nor_cost_memory() {
    let folder = TempDir::new().unwrap();
    for file in ["halves.npz", "halves.safetensors"] {
        let path = folder.path().join(file);
        batter(&fs::read(golden(file)).unwrap(), |bytes| {
            fs::write(&path, bytes).unwrap();
            Arrays::default().halves(&path)
        });
    }
}

#[test]
fn an_archive_that_would_inflate_to_gigabytes_is_refused() {
    let declares = npz(&[("x", npy("|u1", false, "1073741824,", &vec![0; 1 << 20]))]);
    let asked = asked(|| assert!(Archive::new("t", Cursor::new(declares)).unwrap().read("x").is_err()));
    assert!(asked < 16 << 20, "{asked}");
}
