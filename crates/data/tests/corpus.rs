//! The corpus of the fuzz targets in `fuzz`: each file, and many changed copies of it, are read without a panic, in short
//! time and for little memory.
//!
//! `TODDLE_WRITE=1 cargo test -p toddle-data --test corpus` writes the files that are made by code. The others were found by
//! fuzzing, or were written by Pillow.

mod made;
#[path = "../../../fuzz/readers.rs"]
mod readers;

use std::alloc::System;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use image::ExtendedColorType as Pixels;
use image::codecs::{bmp::BmpEncoder, gif::GifEncoder};
use image_webp::ColorType as WebPColor;
use jpeg_encoder::ColorType as JpegColor;
use made::{exif, jpeg, png, tiff, tiff_with, webp};
use png::{BitDepth, ColorType};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tiff::encoder::{Compression, Predictor, colortype};
use tiff::tags::Tag;
use toddle::checkpoint::{self, About};
use toddle::{BatchNorm, Conv2d, Dense, Fit, Flatten, Loss, NetworkSpec, Sgd, Shape, Tanh, Trainer};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus");

/// Copies of each file that are changed and read.
const COPIES: u64 = 1000;

/// All that reading a small file may ask for, one piece of memory after the other.
const MEMORY: usize = 300 << 20;

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Numbers that look random and are the same every time.
fn draw(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize
}

/// A copy with up to four bytes changed, or a part left out or doubled.
fn changed(file: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut copy = file.to_vec();
    for _ in 0..=draw(&mut state) % 4 {
        let at = draw(&mut state) % copy.len().max(1);
        let length = draw(&mut state) % 8;
        let end = (at + length).min(copy.len());
        match draw(&mut state) % 8 {
            0 => drop(copy.drain(at..end)),
            1 => copy.extend_from_within(at..end),
            2 => copy.truncate(at),
            3.. if at < copy.len() => {
                copy[at] = [0, 1, 0x7f, 0x80, 0xff, copy[at] ^ 1, draw(&mut state) as u8][length % 7]
            }
            _ => (),
        }
    }
    copy
}

#[test]
fn the_corpus_is_read_without_a_panic() {
    let mut files = 0;
    for folder in entries(CORPUS.as_ref()) {
        let reader = folder.file_name().unwrap().to_str().unwrap();
        for path in entries(&folder) {
            let file = fs::read(&path).unwrap();
            let copies = (0..COPIES).map(|seed| changed(&file, seed));
            for (number, bytes) in std::iter::once(file.clone()).chain(copies).enumerate() {
                let place = format!("{}, copy {number}", path.display());
                let (region, start) = (Region::new(ALLOCATOR), Instant::now());
                readers::read(reader, &bytes);
                let memory = region.change().bytes_allocated;
                assert!(memory < MEMORY, "{place}: {memory} bytes for a file of {}", bytes.len());
                assert!(start.elapsed() < Duration::from_secs(20), "{place}: {:?}", start.elapsed());
            }
            files += 1;
        }
    }
    assert!(files > 50, "only {files} files");
}

/// With `TODDLE_WRITE=1` the files are written instead.
#[test]
fn the_corpus_has_the_files_that_are_made() {
    let writes = std::env::var_os("TODDLE_WRITE").is_some();
    for (name, bytes) in pictures().into_iter().chain(arrays_and_tables()).chain(models()) {
        let path = Path::new(CORPUS).join(name);
        if writes {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        assert!(
            fs::read(&path).unwrap() == bytes,
            "{name} is not the file that is made: TODDLE_WRITE=1 writes it"
        );
    }
}

const SIZE: [usize; 2] = [9, 11];

fn pixels(step: usize) -> Vec<u8> {
    (0..SIZE[0] * SIZE[1] * step).map(|i| (i * i * 31 + i * 7) as u8).collect()
}

fn pictures() -> Vec<(&'static str, Vec<u8>)> {
    let [h, w] = SIZE.map(|side| side as u32);
    let [one, two, three, four] = [1, 2, 3, 4].map(pixels);
    let words: Vec<u16> = one.iter().map(|&byte| u16::from(byte) * 257).collect();
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    let palette = |length: usize| {
        let mut file = made::png_of(SIZE, ColorType::Indexed, BitDepth::Eight, &vec![1; one.len()], |info| {
            info.palette = Some(vec![9; 6].into());
            info.trns = Some(vec![7; 2].into());
        });
        made::shorten_palette(&mut file, length);
        file
    };
    let bmp = |pixels: &[u8], kind: Pixels| {
        let mut file = Vec::new();
        BmpEncoder::new(&mut file).encode(pixels, w, h, kind).unwrap();
        file
    };
    let gif = |frames: &[&[u8]]| {
        let mut file = Vec::new();
        let mut encoder = GifEncoder::new(&mut file);
        frames.iter().for_each(|frame| encoder.encode(frame, w, h, Pixels::Rgba8).unwrap());
        drop(encoder);
        file
    };
    let packed = |how: Compression, predictor: Predictor| {
        tiff_with::<colortype::RGB8>(SIZE, how, predictor, &three, |image| {
            image.encoder().write_tag(Tag::Orientation, 6_u16).unwrap();
        })
    };
    vec![
        ("png/grey.png", png(SIZE, ColorType::Grayscale, &one)),
        ("png/grey-alpha.png", png(SIZE, ColorType::GrayscaleAlpha, &two)),
        ("png/colours.png", png(SIZE, ColorType::Rgb, &three)),
        ("png/colours-alpha.png", png(SIZE, ColorType::Rgba, &four)),
        ("png/16-bits.png", made::png_of(SIZE, ColorType::Grayscale, BitDepth::Sixteen, &bytes, |_| ())),
        (
            "png/1-bit.png",
            made::png_of(SIZE, ColorType::Grayscale, BitDepth::One, &one[..2 * SIZE[0]], |_| ()),
        ),
        ("png/palette.png", palette(6)),
        ("png/palette-of-four-bytes.png", palette(4)),
        (
            "png/turned.png",
            made::png_of(SIZE, ColorType::Grayscale, BitDepth::Eight, &one, |info| {
                info.exif_metadata = Some(exif(6, true).into());
            }),
        ),
        ("jpeg/grey.jpg", jpeg(SIZE, JpegColor::Luma, &one, None)),
        ("jpeg/colours.jpg", jpeg(SIZE, JpegColor::Rgb, &three, None)),
        ("jpeg/turned.jpg", jpeg(SIZE, JpegColor::Rgb, &three, Some(&exif(8, false)))),
        ("jpeg/cmyk.jpg", jpeg(SIZE, JpegColor::Cmyk, &four, None)),
        ("jpeg/progressive.jpg", progressive(&three)),
        ("bmp/palette.bmp", bmp(&one, Pixels::L8)),
        ("bmp/colours.bmp", bmp(&three, Pixels::Rgb8)),
        ("bmp/alpha.bmp", bmp(&four, Pixels::Rgba8)),
        ("bmp/run-length.bmp", run_length_bmp()),
        ("gif/one.gif", gif(&[&four])),
        ("gif/animated.gif", gif(&[&four, &four])),
        (
            "gif/vast.gif",
            b"GIF89a\xff\xff\xff\xff\x00\x00\x00,\0\0\0\0\xff\xff\xff\xff\x00\x02\x02D\x01\0;".to_vec(),
        ),
        ("webp/lossless.webp", webp(SIZE, WebPColor::Rgb8, &three, None)),
        ("webp/alpha-turned.webp", webp(SIZE, WebPColor::Rgba8, &four, Some(&exif(5, true)))),
        ("webp/frame-larger-than-picture.webp", vast_frame_webp()),
        ("tiff/grey.tif", tiff::<colortype::Gray8>(SIZE, &one)),
        ("tiff/16-bits.tif", tiff::<colortype::Gray16>(SIZE, &words)),
        ("tiff/alpha.tif", tiff::<colortype::RGBA8>(SIZE, &four)),
        ("tiff/cmyk.tif", tiff::<colortype::CMYK8>(SIZE, &four)),
        (
            "tiff/1-bit.tif",
            made::tiff_of(
                [4, 10],
                &[(Tag::BitsPerSample, 1), (Tag::PhotometricInterpretation, 0)],
                &one[..8],
            ),
        ),
        (
            "tiff/fax.tif",
            made::tiff_of([4, 10], &[(Tag::BitsPerSample, 1), (Tag::Compression, 4)], &one[..8]),
        ),
        ("tiff/palette.tif", made::tiff_of(SIZE, &[(Tag::PhotometricInterpretation, 3)], &one)),
        ("tiff/lzw.tif", packed(Compression::Lzw, Predictor::Horizontal)),
        ("tiff/packbits.tif", packed(Compression::Packbits, Predictor::None)),
        ("tiff/deflate.tif", packed(Compression::Deflate(Default::default()), Predictor::Horizontal)),
    ]
}

fn progressive(pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 80);
    encoder.set_progressive(true);
    encoder.set_restart_interval(1);
    encoder.encode(pixels, SIZE[1] as u16, SIZE[0] as u16, JpegColor::Rgb).unwrap();
    file
}

/// 4×2 pixels of two colours: a run, the row's end, a skip, three pixels each by itself, the end.
fn run_length_bmp() -> Vec<u8> {
    let runs = [4, 1, 0, 0, 0, 2, 1, 0, 0, 3, 0, 1, 0, 0, 0, 1];
    let (palette, offset) = ([[0; 4], [9, 99, 199, 0]].concat(), 14 + 40 + 8);
    let mut file = b"BM".to_vec();
    for number in [offset + runs.len() as u32, 0, offset, 40, 4, 2] {
        file.extend(number.to_le_bytes());
    }
    file.extend([1, 0, 8, 0]); // one plane, eight bits
    for number in [1, runs.len() as u32, 0, 0, 2, 0] {
        file.extend(number.to_le_bytes());
    }
    [&file[..], &palette, &runs].concat()
}

/// A picture of one pixel whose frame says that it is as large as a frame can be.
fn vast_frame_webp() -> Vec<u8> {
    let canvas = [&b"VP8X"[..], &[10, 0, 0, 0], &[0; 10]].concat();
    let frame =
        [&b"VP8 "[..], &[18, 0, 0, 0], &[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f], &[0; 8]]
            .concat();
    let length = 4 + canvas.len() + frame.len();
    [b"RIFF", &(length as u32).to_le_bytes()[..], b"WEBP", &canvas, &frame].concat()
}

fn arrays_and_tables() -> Vec<(&'static str, Vec<u8>)> {
    let idx = |dims: &[u8]| -> Vec<u8> {
        let count = dims.iter().map(|&side| usize::from(side)).product();
        let sizes = dims.iter().flat_map(|&side| [0, 0, 0, side]);
        [0, 0, 8, dims.len() as u8].into_iter().chain(sizes).chain((0..count).map(|i| i as u8)).collect()
    };
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let halves: Vec<(&str, Vec<u8>)> = vec![
        ("x_train.npy", npy("|u1", false, "2, 2, 2", &[1; 8])),
        ("y_train.npy", npy("|u1", false, "2,", &[0, 1])),
        ("x_test.npy", npy("|u1", false, "1, 2, 2", &[9; 4])),
        ("y_test.npy", npy("<i8", false, "1,", &1_i64.to_le_bytes())),
    ];
    vec![
        ("idx/images.idx", idx(&[2, 3, 4])),
        ("idx/labels.idx", idx(&[5])),
        ("idx/images.idx.gz", gzip(&idx(&[2, 3, 4]))),
        ("npy/bytes.npy", npy("|u1", false, "2, 3", &[7; 6])),
        ("npy/floats.npy", npy("<f4", true, "2, 2", &1.5_f32.to_le_bytes().repeat(4))),
        ("npy/big-doubles.npy", npy(">f8", false, "2,", &1.5_f64.to_be_bytes().repeat(2))),
        ("npy/halves.npy", npy("<f2", false, "2,", &[0, 0x3c, 0, 0x3e])),
        ("npy/truths.npy", npy("|b1", false, "3,", &[1, 0, 1])),
        ("npz/deflated.npz", archive(&halves, zip::CompressionMethod::Deflated)),
        ("npz/stored.npz", archive(&halves, zip::CompressionMethod::Stored)),
        ("csv/classes.csv", b"a,b,kind\n1,2.5,\"x\"\n3,-4e-3,y\n".to_vec()),
        ("csv/numbers.csv", b"1,2,0\n3,4,1\n".to_vec()),
        ("csv/semicolons.csv", b"a;b;c\r\n1,5;2;x\r\n;3;\"a;b\"\r\n".to_vec()),
        ("csv/quotes.csv", b"\xef\xbb\xbf\"a\"\"b\",c\n\"1\",\"two\nlines\"\n".to_vec()),
        ("cifar/test.tar", tar_of("cifar-10-batches-bin/test_batch.bin", 1)),
        ("cifar/other.tar", tar_of("cifar-10-batches-bin/readme.html", 0)),
    ]
}

fn npy(descr: &str, fortran: bool, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({shape}), }}");
    header += &" ".repeat(63 - (10 + header.len()) % 64);
    header.push('\n');
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), bytes].concat()
}

fn archive(arrays: &[(&str, Vec<u8>)], method: zip::CompressionMethod) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// An archive of one file of so many records of CIFAR-10.
fn tar_of(name: &str, records: usize) -> Vec<u8> {
    let bytes: Vec<u8> = (0..records * 3073).map(|i| (i % 3073 % 10) as u8).collect();
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, name, &bytes[..]).unwrap();
    archive.into_inner().unwrap()
}

fn models() -> Vec<(&'static str, Vec<u8>)> {
    let dense = NetworkSpec::new(Shape::vector(2)).add(Dense::new(2)).add(Tanh);
    let image =
        NetworkSpec::new(Shape::image(1, 2, 2)).add(Conv2d::new(2, 1)).add(BatchNorm::default()).add(Flatten);
    let about = About { classes: vec!["cat".into(), "dog".into()], ..About::default() };
    let mut network = dense.build::<f32>(1).unwrap();
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1).momentum(0.9)).batch(1).epochs(2);
    let mut trainer = Trainer::new(&network, &fit, 2).unwrap();
    let samples = network.samples(&[0.0, 1.0, 1.0, 0.0], &[1.0, 0.0, 0.0, 1.0]).unwrap();
    trainer.step(&mut network, &samples).unwrap();
    let file = checkpoint::encode(&network, &about, None);
    vec![
        ("safetensors/network.safetensors", file.clone()),
        ("safetensors/halves.safetensors", tensors()),
        ("model/network.safetensors", file),
        ("model/training.safetensors", checkpoint::encode(&network, &about, Some(&trainer))),
        ("model/doubles.safetensors", checkpoint::encode(&image.build::<f64>(1).unwrap(), &about, None)),
    ]
}

/// Numbers of two bytes, of both kinds.
fn tensors() -> Vec<u8> {
    let header = br#"{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"y":{"dtype":"BF16","shape":[1,1],"data_offsets":[4,6]}}"#;
    [&(header.len() as u64).to_le_bytes()[..], header, &[0, 0x3c, 0, 0x3e, 0x80, 0x3f]].concat()
}
