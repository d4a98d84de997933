//! Small files that would take much memory, read by a process that may take 256 MiB.

mod common;

use std::io::{self, Cursor, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, iter};

use common::asked;
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use toddle::checkpoint::{self, About};
use toddle::{Flatten, GlobalAvgPool, NetworkSpec, Relu, Shape, Tanh, Upsample};
use toddle_data::{Archive, Array, Arrays, Budget, DataError, Dataset, Model, Picture, Table, TableSettings};

const MIB: usize = 1 << 20;

/// What the process has is measured, so these tests take turns.
fn with_256_mib() -> MutexGuard<'static, ()> {
    static TURNS: Mutex<()> = Mutex::new(());
    let turn = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    Budget::new(256 << 20).set();
    turn
}

fn zeros(bytes: usize) -> impl Read {
    io::repeat(0).take(bytes as u64)
}

fn gzip(mut content: impl Read) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    io::copy(&mut content, &mut gzip).unwrap();
    gzip.finish().unwrap()
}

/// Whether `read` is refused for the memory that it would take, and takes hardly any.
fn is_too_large<T>(name: &str, read: impl FnOnce() -> Result<T, DataError>) {
    let bytes = asked(|| {
        let error = read().map(|_| ()).unwrap_err();
        assert!(matches!(error, DataError::Memory { .. }), "{error}");
        let message = error.to_string();
        assert!(message.contains(name) && message.contains("--memory "), "{message}");
        assert_eq!(message.lines().count(), 4, "{message}");
        assert!(message.lines().skip(1).all(|line| line.starts_with("  ")), "{message}");
    });
    assert!(bytes < 64 * MIB, "{bytes} bytes are asked for");
}

/// An archive of zeros of a type that takes so many bytes.
fn npz_of_zeros(descr: &str, each: usize) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    archive.start_file("x_train.npy", options).unwrap();
    archive.write_all(&common::npy(descr, false, "60000, 1200", &[])).unwrap();
    io::copy(&mut zeros(60_000 * 1200 * each), &mut archive).unwrap();
    archive.finish().unwrap().into_inner()
}

#[test]
fn an_npz_of_integers_counts_as_what_they_become() {
    let _turn = with_256_mib();
    let file = npz_of_zeros("<i4", 4);
    assert!(file.len() < 2 * MIB);
    is_too_large("x_train in x.npz", || Archive::new("x.npz", Cursor::new(file))?.read("x_train"));
}

#[test]
fn small_integers_stay_small() {
    let _turn = with_256_mib();
    for (descr, each) in [("|i1", 1), ("<i2", 2), ("<f2", 2)] {
        let file = npz_of_zeros(descr, each);
        let bytes = asked(|| {
            let array = Archive::new("x.npz", Cursor::new(file)).unwrap().read("x_train").unwrap();
            let (samples, _) = Arrays::samples(array).unwrap();
            let mut x = vec![1.0; 1200];
            samples.write_input(59_999, &mut x);
            assert_eq!(x, [0.0; 1200], "{descr}");
        });
        assert!(bytes < each * 60_000 * 1200 + 16 * MIB, "{descr}: {bytes} bytes");
    }
}

#[test]
fn drawings_take_less_than_their_pixels() {
    let _turn = with_256_mib();
    let bytes = asked(|| {
        let digits = toddle_data::mnist().train().unwrap();
        assert_eq!(digits.len(), 60_000);
    });
    // 47 MB of pixels, of which one in five is above 0.
    assert!(bytes < 40 * MIB, "{bytes} bytes");
}

#[test]
fn an_idx_in_gzip_counts_as_what_it_inflates_to() {
    let _turn = with_256_mib();
    let header: Vec<u8> = [&[0, 0, 8, 2][..], &300_000_u32.to_be_bytes(), &1000_u32.to_be_bytes()].concat();
    let file = gzip(Cursor::new(header).chain(zeros(300_000_000)));
    assert!(file.len() < 4 * MIB);
    is_too_large("x.idx.gz", || Array::parse("x.idx.gz", &file));
}

#[test]
fn a_picture_counts_as_its_pixels() {
    let _turn = with_256_mib();
    let file = common::png(16_384, 4096, png::ColorType::Grayscale, &vec![0; 16_384 * 4096]);
    assert!(file.len() < MIB);
    is_too_large("x.png", || Picture::decode("x.png", &file));
}

#[test]
fn copies_of_samples_are_counted() {
    let _turn = with_256_mib();
    let all = Dataset::new("many", [1000, 1, 1], vec![1_u8; 150_000_000], vec![0; 150_000], 1).unwrap();
    is_too_large("many", || all.hold_out(10, 1));
}

#[test]
fn arrays_are_turned_where_they_are() {
    let _turn = with_256_mib();
    let array =
        Array { name: "x".into(), dims: vec![50, 1000, 1000, 3], values: vec![1_u8; 150_000_000].into() };
    let bytes = asked(|| assert_eq!(Arrays::samples(array).unwrap().0.shape(), [3, 1000, 1000]));
    assert!(bytes < 64 * MIB, "{bytes} bytes");
}

#[test]
fn what_never_ends_is_read_as_far_as_there_is_memory() {
    let _turn = with_256_mib();
    let start = Instant::now();
    let bytes = asked(|| {
        let error = Budget::read("standard input", io::repeat(b'1')).unwrap_err();
        assert!(matches!(error, DataError::Memory { .. }), "{error}");
    });
    // Each piece is asked for again when the next comes to it.
    assert!(bytes < 512 * MIB && start.elapsed() < Duration::from_secs(20), "{bytes} bytes");
    let error = Table::read("standard input", io::repeat(b'1'), &TableSettings::default()).unwrap_err();
    assert!(matches!(error, DataError::Memory { .. }), "{error}");
}

fn model(spec: NetworkSpec) -> (TempDir, usize) {
    let folder = TempDir::new().unwrap();
    let file = checkpoint::encode(&spec.build::<f32>(0).unwrap(), &About::default(), None);
    fs::write(folder.path().join("model.safetensors"), &file).unwrap();
    (folder, file.len())
}

#[test]
fn a_model_of_many_outputs_names_no_classes() {
    let _turn = with_256_mib();
    let (folder, length) = model(NetworkSpec::new(Shape::vector(1 << 22)).add(Flatten));
    assert!(length < 2000, "{length}");
    let bytes = asked(|| assert!(Model::open(folder.path()).unwrap().classes().is_empty()));
    assert!(bytes < 64 * MIB, "{bytes} bytes");
}

#[test]
fn a_model_of_many_layers_is_opened_in_no_time() {
    let _turn = with_256_mib();
    let layers = iter::repeat_with(|| [Tanh, Relu]).take(20_000).flatten();
    let spec = NetworkSpec { layers: layers.collect(), ..NetworkSpec::new(Shape::vector(200)) };
    let (folder, length) = model(spec);
    let start = Instant::now();
    Model::open(folder.path()).unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?} for {length} bytes", start.elapsed());
}

#[test]
fn samples_that_do_not_fit_together_are_refused() {
    let _turn = with_256_mib();
    // One sample takes 16 MiB on its way, and sixteen at once take 256.
    let enlarged = NetworkSpec::new(Shape::image(1, 64, 64)).add(Upsample::new(32)).add(GlobalAvgPool);
    let (folder, _) = model(enlarged);
    let model = Model::open(folder.path()).unwrap();
    is_too_large("layers", || model.ask(&[0.5; 16 * 64 * 64]));
}
