//! Readers of CIFAR, folders of images, tables and NumPy's arrays: right files, and every way of being wrong that could
//! be thought of.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tempfile::TempDir;
use toddle_data::{Cifar, Damaged, DataError, Dataset, ImageFolder, Npy, Npz, Table, TableSettings, Values};

#[global_allocator]
static GLOBAL: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// Memory is counted for the whole process, so tests that measure it take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURNS: Mutex<()> = Mutex::new(());
    TURNS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Runs `read` on `file` with each byte set to several others and with its end cut off, and fails if it panics or ever
/// asks for much more memory than the file has.
fn batter<T>(file: &[u8], read: impl Fn(&[u8]) -> Result<T, DataError>) {
    let _turn = turn();
    let frugal = |file: &[u8]| {
        let region = Region::new(GLOBAL);
        if let Err(error) = read(file) {
            let message = error.to_string();
            assert!(message.starts_with("cannot ") && message.lines().count() >= 4, "{message}");
        }
        let asked = region.change().bytes_allocated;
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

fn message<T: std::fmt::Debug>(result: Result<T, DataError>) -> String {
    result.unwrap_err().to_string()
}

// CIFAR

/// Records whose image `i` has red `i`, green `i + 1` and blue `i + 2`.
fn records(labels: &[&[u8]]) -> Vec<u8> {
    let planes = |i: usize| (0..3).flat_map(move |channel| vec![(i + channel) as u8; 1024]);
    labels.iter().enumerate().flat_map(|(i, label)| label.iter().copied().chain(planes(i))).collect()
}

#[test]
fn cifar_10_is_read_from_a_folder_and_from_the_archive() {
    let folder = TempDir::new().unwrap();
    let mut archive =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for i in 1..=5_u8 {
        let (name, bytes) = (format!("data_batch_{i}.bin"), records(&[&[i], &[0]]));
        fs::write(folder.path().join(&name), &bytes).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        archive.append_data(&mut header, format!("cifar-10-batches-bin/{name}"), &bytes[..]).unwrap();
    }
    let plain = Cifar::ten(folder.path()).train().unwrap();
    assert_eq!((plain.len(), plain.shape(), plain.classes()), (10, [3, 32, 32], 10));
    assert_eq!(plain.labels(), [1, 0, 2, 0, 3, 0, 4, 0, 5, 0]);
    assert_eq!(plain.image(1)[1023..1025], [1, 2]);
    assert!(message(Cifar::ten(folder.path()).test()).contains("test_batch.bin"));

    let packed = TempDir::new().unwrap();
    let path = packed.path().join("cifar-10-binary.tar.gz");
    let bytes = archive.into_inner().unwrap().finish().unwrap();
    fs::write(&path, &bytes).unwrap();
    for place in [packed.path(), &path] {
        assert_eq!(Cifar::ten(place).train().unwrap().labels(), plain.labels());
    }
    assert!(message(Cifar::ten(&path).test()).contains("test_batch.bin"));
    batter(&bytes, |file| {
        fs::write(&path, file).unwrap();
        Cifar::ten(&path).train()
    });
}

#[test]
fn cifar_100_takes_the_label_of_the_class() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("train.bin");
    fs::write(&file, records(&[&[19, 99], &[0, 3]])).unwrap();
    assert_eq!(Cifar::hundred(folder.path()).train().unwrap().labels(), [99, 3]);
    fs::write(&file, records(&[&[19, 100]])).unwrap();
    assert!(matches!(Cifar::hundred(folder.path()).train(), Err(DataError::Label { label: 100, .. })));
    for length in [0, 1, 3073, 3075] {
        fs::write(&file, vec![0; length]).unwrap();
        assert!(message(Cifar::hundred(folder.path()).train()).contains("train.bin"));
    }
}

// Folders of images

fn png(width: u32, height: u32, colour: png::ColorType, bytes: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    encoder.write_header().unwrap().write_image_data(bytes).unwrap();
    file
}

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

fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn sub_folders_are_classes_in_order() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(root, "dog/b.png", &png(2, 1, png::ColorType::Grayscale, &[3, 4]));
    write(root, "dog/a/deep.PNG", &png(2, 1, png::ColorType::Grayscale, &[1, 2]));
    write(root, "cat/x.png", &png(2, 1, png::ColorType::GrayscaleAlpha, &[5, 0, 6, 255]));
    write(root, "cat/notes.txt", b"not an image");
    write(root, ".hidden/x.png", b"");
    let (pets, skipped) = ImageFolder::default().read(root).unwrap();
    assert_eq!(
        (pets.class_names(), pets.labels()),
        (&["cat".to_owned(), "dog".to_owned()][..], &[0, 1, 1][..])
    );
    assert_eq!((pets.shape(), pets.values()), ([1, 1, 2], &Values::Bytes(vec![255, 6, 1, 2, 3, 4])));
    assert!(skipped.is_empty());

    // One image in colour makes all of them colour.
    write(root, "dog/c.png", &png(2, 1, png::ColorType::Rgb, &[10, 20, 30, 40, 50, 60]));
    let (pets, _) = ImageFolder::default().read(root).unwrap();
    assert_eq!((pets.shape(), &*pets.image(0)), ([3, 1, 2], &[255, 6, 255, 6, 255, 6][..]));
    assert_eq!(*pets.image(3), [10, 40, 20, 50, 30, 60]);
    let (grey, _) = ImageFolder { channels: Some(1), ..Default::default() }.read(root).unwrap();
    assert_eq!((grey.shape(), &*grey.image(3)), ([1, 1, 2], &[18, 48][..]));

    // The classes of those to train on are those to test with.
    let known = |names: &[&str]| Some(names.iter().map(|name| name.to_string()).collect());
    let (test, _) =
        ImageFolder { classes: known(&["bird", "cat", "dog"]), ..Default::default() }.read(root).unwrap();
    assert_eq!(test.labels(), [1, 2, 2, 2]);
    assert!(
        message(ImageFolder { classes: known(&["cat"]), ..Default::default() }.read(root)).contains("`dog`")
    );
}

#[test]
fn damaged_images_are_refused_or_skipped_and_named() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    let image = png(2, 1, png::ColorType::Grayscale, &[3, 4]);
    write(root, "dog/a.png", &image);
    write(root, "dog/bad.png", &image[..image.len() - 20]);
    write(root, "dog/large.png", &png(3, 1, png::ColorType::Grayscale, &[3, 4, 5]));
    assert!(message(ImageFolder::default().read(root)).contains("bad.png"));
    let (dogs, skipped) = ImageFolder { damaged: Damaged::Skip, ..Default::default() }.read(root).unwrap();
    assert_eq!((dogs.len(), skipped.len()), (1, 2));
    assert!(skipped[1].to_string().contains("large.png") && skipped[1].to_string().contains("1×3"));

    let resized = ImageFolder { damaged: Damaged::Skip, size: Some([2, 2]), ..Default::default() };
    let (dogs, skipped) = resized.read(root).unwrap();
    assert_eq!((dogs.len(), dogs.shape(), skipped.len()), (2, [1, 2, 2], 1));
    let empty = TempDir::new().unwrap();
    assert!(message(ImageFolder::default().read(empty.path())).contains("0 sub-folders"));
    fs::create_dir(empty.path().join("class")).unwrap();
    assert!(message(ImageFolder::default().read(empty.path())).contains("none"));
}

#[test]
fn broken_pngs_and_jpegs_neither_panic_nor_cost_memory() {
    let folder = TempDir::new().unwrap();
    let pixels: Vec<u8> = (0..20 * 12 * 3).map(|i| (i * i % 251) as u8).collect();
    let images = [png(20, 12, png::ColorType::Rgb, &pixels), jpeg()];
    for image in &images {
        let read = |file: &[u8]| {
            write(folder.path(), "class/image.png", file);
            ImageFolder::default().read(folder.path())
        };
        read(image).unwrap();
        batter(image, read);
    }
    write(folder.path(), "class/image.png", &jpeg());
    let (grey, _) = ImageFolder::default().read(folder.path()).unwrap();
    assert_eq!((grey.shape(), grey.values()), ([1, 8, 8], &Values::Bytes(vec![128; 64])));

    // A header that declares 16384×16384.
    let mut huge = images[0].clone();
    huge[18..20].copy_from_slice(&[0x40, 0]);
    huge[22..24].copy_from_slice(&[0x40, 0]);
    let mut crc = flate2::Crc::new();
    crc.update(&huge[12..29]);
    huge[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    write(folder.path(), "class/image.png", &huge);
    assert!(message(ImageFolder::default().read(folder.path())).contains("16384×"));
}

// Tables

#[test]
fn broken_tables_neither_panic_nor_cost_memory() {
    let read = |file: &[u8]| Table::read("t.csv", file, &TableSettings::default());
    batter(b"a,b,c\n1,2,x\n3,4,\"y\"\n5,6,x\n", read);
    batter(b"sep=;\nday;b;c\nred;2,5;x\nblue;4,75;\"y\"\nred;;x\n", read);
    let columns = read(b"a,b,c\n1,red,x\n3,blue,\"y\"\n5,red,x\n").unwrap().columns;
    batter(b"b,a\nred,1\nblue,2.5\n", |file| columns.read_rows("t.csv", file));
    batter(b"b,a,c\nred,1,x\nblue,2.5,y\n", |file| Table::read_like("t.csv", file, &columns));
}

// NumPy

fn npy(descr: &str, fortran: bool, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({shape}), }}");
    header += &" ".repeat(63 - (10 + header.len()) % 64);
    header.push('\n');
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), bytes].concat()
}

fn read(descr: &str, shape: &str, bytes: &[u8]) -> Result<Npy, DataError> {
    Npy::parse("t.npy", &npy(descr, false, shape, bytes))
}

#[test]
fn arrays_of_all_types_and_orders() {
    for (descr, bytes, whole) in [
        ("<i2", &[1, 0, 255, 255][..], true),
        (">i2", &[0, 1, 255, 255], true),
        ("|i1", &[1, 255], true),
        ("<i8", &[[1, 0, 0, 0, 0, 0, 0, 0], [255; 8]].concat(), true),
        ("<f4", &[1_f32.to_le_bytes(), (-1_f32).to_le_bytes()].concat(), false),
        (">f8", &[1_f64.to_be_bytes(), (-1_f64).to_be_bytes()].concat(), false),
    ] {
        let array = read(descr, "2,", bytes).unwrap();
        assert_eq!((array.values, array.whole), (Values::Numbers(vec![1.0, -1.0]), whole), "{descr}");
    }
    assert_eq!(read("|u1", "3,", &[1, 2, 3]).unwrap().values, Values::Bytes(vec![1, 2, 3]));
    assert_eq!(read("|b1", "2,", &[1, 0]).unwrap().values, Values::Numbers(vec![1.0, 0.0]));
    assert_eq!(read("<u8", "1,", &[255; 8]).unwrap_err().to_string().lines().count(), 4); // f32 has no 2⁶⁴ − 1
    let fortran = Npy::parse("t", &npy("|u1", true, "2, 3, 2", &(0..12).collect::<Vec<u8>>())).unwrap();
    // numpy.arange(12).reshape((2, 3, 2), order='F').ravel()
    assert_eq!(fortran.values, Values::Bytes(vec![0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]));
}

#[test]
fn wrong_arrays_are_refused() {
    assert!(message(read("|O", "1,", &[0; 8])).contains("type |O"));
    assert!(message(read("<f4", "1,", &[0; 3])).contains("3 where it ends"));
    assert!(message(read("<f4", "1,", &[0; 5])).contains("more bytes"));
    for shape in ["4294967296, 4294967296", "1073741825,", "18446744073709551615, 2"] {
        assert!(matches!(read("|u1", shape, &[0; 8]), Err(DataError::TooLarge { .. })), "{shape}");
    }
    assert!(read("|u1", "-1,", &[0; 8]).is_err() && read("|u1", "1073741824,", &[0; 8]).is_err());
    batter(&npy("<f4", true, "2, 2", &[0; 16]), |file| Npy::parse("t", file));
}

fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn an_archive_has_two_halves() {
    let file = npz(&[
        ("x_train", npy("|u1", false, "2, 2, 2", &[1, 2, 3, 4, 5, 6, 7, 8])),
        ("y_train", npy("|u1", false, "2,", &[0, 1])),
        ("x_test", npy("|u1", false, "1, 2, 2", &[9, 9, 9, 9])),
        ("y_test", npy("<i8", false, "1, 1", &[2, 0, 0, 0, 0, 0, 0, 0])),
    ]);
    let halves = |file: &[u8]| Npz::new("t.npz", Cursor::new(file))?.halves();
    let (train, test) = halves(&file).unwrap();
    assert_eq!((train.shape(), train.labels(), train.classes()), ([1, 2, 2], &[0, 1][..], 3));
    assert_eq!((test.len(), test.labels(), test.classes()), (1, &[2][..], 3));
    batter(&file, halves);
    let missing = message(halves(&npz(&[("x_train", npy("|u1", false, "1, 1", &[0]))])));
    assert!(missing.contains("an array `y_train`"), "{missing}");
}

#[test]
fn an_archive_that_would_inflate_to_gigabytes_is_refused() {
    let declares = npz(&[("x", npy("|u1", false, "1073741824,", &vec![0; 1 << 20]))]);
    let _turn = turn();
    let region = Region::new(GLOBAL);
    assert!(Npz::new("t", Cursor::new(declares)).unwrap().read("x").is_err());
    assert!(region.change().bytes_allocated < 16 << 20);
}

#[test]
fn arrays_are_paired_as_keras_has_them() {
    let numbers = |dims: &[usize], values: Vec<f32>, whole| Npy {
        name: "t".into(),
        dims: dims.to_vec(),
        values: values.into(),
        whole,
    };
    let x = numbers(&[1, 1, 2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], false);
    let turned = Dataset::from_arrays(x.clone(), numbers(&[1], vec![4.0], true)).unwrap();
    assert_eq!((turned.shape(), turned.classes()), ([3, 1, 2], 5));
    assert_eq!(turned.inputs::<f32>(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    let learned = Dataset::from_arrays(x.clone(), numbers(&[1, 2], vec![0.5, -0.5], false)).unwrap();
    assert_eq!((learned.targets::<f32>(), learned.classes()), (vec![0.5, -0.5], 0));
    assert!(Dataset::from_arrays(x.clone(), numbers(&[2], vec![0.5, 1.0], false)).is_err());
    assert!(Dataset::from_arrays(x.clone(), numbers(&[1], vec![-1.0], true)).is_err());
    assert!(
        Dataset::from_arrays(numbers(&[1, 1], vec![f32::NAN], false), numbers(&[1], vec![0.0], true))
            .is_err()
    );
    assert!(Dataset::from_arrays(numbers(&[], vec![1.0], false), x).is_err());
}
