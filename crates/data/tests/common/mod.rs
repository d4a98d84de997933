//! What several tests of readers need, though not every one needs all of it.
#![allow(dead_code)]

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use toddle_data::DataError;

#[global_allocator]
static GLOBAL: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// Memory is counted for the whole process, so tests that measure it take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURNS: Mutex<()> = Mutex::new(());
    TURNS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The bytes that `run` asks for.
pub fn asked(run: impl FnOnce()) -> usize {
    let _turn = turn();
    let region = Region::new(GLOBAL);
    run();
    region.change().bytes_allocated
}

/// Runs `read` on `file` with each byte set to several others and with its end cut off, and fails if it panics or ever
/// asks for much more memory than the file has.
pub fn batter<T>(file: &[u8], read: impl Fn(&[u8]) -> Result<T, DataError>) {
    let frugal = |file: &[u8]| {
        let asked = asked(|| {
            if let Err(error) = read(file) {
                let message = error.to_string();
                assert!(message.starts_with("cannot ") && message.lines().count() >= 4, "{message}");
            }
        });
        assert!(asked < 64 * file.len() + (16 << 20), "{asked} bytes for a file of {}", file.len());
    };
    for length in 0..file.len().min(300) {
        frugal(&file[..length]);
    }
    for at in 0..file.len().min(300) {
        for byte in [0, 0xff, b'9', file[at] ^ 1, file[at] ^ 0x80] {
            let mut wrong = file.to_vec();
            wrong[at] = byte;
            frugal(&wrong);
        }
    }
    frugal(&[file, &[0]].concat());
}

/// What is wrong.
pub fn message<T>(result: Result<T, DataError>) -> String {
    match result {
        Ok(_) => panic!("nothing is wrong"),
        Err(error) => error.to_string(),
    }
}

/// Writes a file below `folder`, and the folders on the way to it.
pub fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// A file in `goldens`.
pub fn golden(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(file)
}

/// A PNG file.
pub fn png(width: u32, height: u32, colour: png::ColorType, bytes: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    encoder.write_header().unwrap().write_image_data(bytes).unwrap();
    file
}

/// A file as `numpy.save` writes it.
pub fn npy(descr: &str, fortran: bool, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({shape}), }}");
    header += &" ".repeat(63 - (10 + header.len()) % 64);
    header.push('\n');
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), bytes].concat()
}

/// An archive as `numpy.savez_compressed` writes it.
pub fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    npz_with(zip::CompressionMethod::Deflated, arrays)
}

/// An archive of arrays that are compressed in this way.
pub fn npz_with(method: zip::CompressionMethod, arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
