//! MNIST: the facts it is known by, and folders that are not quite right.

use std::fs;
use std::path::{Path, PathBuf};

use flate2::Crc;
use toddle_data::{DataError, Dataset, Mnist, mnist};

const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn pixels(images: &Dataset) -> Vec<u8> {
    (0..images.len()).flat_map(|i| images.image(i).to_vec()).collect()
}

fn histogram(images: &Dataset) -> [usize; 10] {
    let mut counts = [0; 10];
    images.labels().iter().for_each(|&label| counts[label as usize] += 1);
    counts
}

/// Facts recomputed with Python from the raw files, whose MD5 sums are the published ones: `sum` and
/// `zlib.crc32` of what follows the header, and `collections.Counter` of the labels.
struct Facts {
    len: usize,
    first: [u32; 5],
    histogram: [usize; 10],
    pixel_sum: u64,
    first_sum: u64,
    last_sum: u64,
    pixel_crc: u32,
    label_crc: u32,
}

fn check(images: &Dataset, facts: &Facts) {
    let labels: Vec<u8> = images.labels().iter().map(|&label| label as u8).collect();
    let sum = |pixels: &[u8]| pixels.iter().map(|&pixel| u64::from(pixel)).sum::<u64>();
    assert_eq!((images.len(), images.height(), images.width(), images.classes()), (facts.len, 28, 28, 10));
    assert_eq!(images.labels()[..5], facts.first);
    assert_eq!(histogram(images), facts.histogram);
    assert_eq!(sum(&pixels(images)), facts.pixel_sum);
    assert_eq!((sum(&images.image(0)), sum(&images.image(facts.len - 1))), (facts.first_sum, facts.last_sum));
    assert_eq!((crc(&pixels(images)), crc(&labels)), (facts.pixel_crc, facts.label_crc));
}

#[test]
fn the_half_to_train_on_is_mnist() {
    let facts = Facts {
        len: 60_000,
        first: [5, 0, 4, 1, 9],
        histogram: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
        pixel_sum: 1_567_298_545,
        first_sum: 27_525,
        last_sum: 20_920,
        pixel_crc: 0xf363_9b56,
        label_crc: 0xba07_e8ef,
    };
    check(&mnist().train().unwrap(), &facts);
}

#[test]
fn the_half_to_test_with_is_mnist() {
    let facts = Facts {
        len: 10_000,
        first: [7, 2, 1, 0, 4],
        histogram: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
        pixel_sum: 264_923_200,
        first_sum: 18_454,
        last_sum: 41_833,
        pixel_crc: 0xe4ca_5f57,
        label_crc: 0xee86_04d9,
    };
    check(&mnist().test().unwrap(), &facts);
}

#[test]
fn the_first_samples_become_what_a_network_trains_on() {
    let digits = mnist().train().unwrap().first(100).unwrap();
    let (inputs, targets) = (digits.inputs::<f64>(), digits.one_hot::<f64>());
    assert_eq!((inputs.len(), targets.len()), (100 * 784, 100 * 10));
    assert!(inputs.iter().all(|x| (0.0..=1.0).contains(x)) && inputs.contains(&1.0));
    assert_eq!(targets[..10], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
}

/// A new folder of that name for one test's files.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The files this repository holds.
fn gzip(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/mnist").join(format!("{name}.gz"))
}

/// Two images of 1×1 and their labels, under the standard names.
fn write_tiny(folder: &Path) {
    for half in NAMES.chunks(2) {
        fs::write(folder.join(half[0]), [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 30, 40]).unwrap();
        fs::write(folder.join(half[1]), [0, 0, 8, 1, 0, 0, 0, 2, 3, 4]).unwrap();
    }
}

#[test]
fn a_folder_of_the_same_files_holds_the_same() {
    let folder = gzip(NAMES[0]).parent().unwrap().to_owned();
    let (there, built_in) = (Mnist::from_dir(folder).test().unwrap(), mnist().test().unwrap());
    assert_eq!(there.labels(), built_in.labels());
    assert_eq!(there.inputs::<f32>(), built_in.inputs::<f32>());
}

#[test]
fn a_folder_may_mix_plain_and_gzip_and_plain_goes_first() {
    let folder = folder("mnist-mixed");
    write_tiny(&folder);
    fs::remove_file(folder.join(NAMES[3])).unwrap();
    let mut file = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut file, &[0, 0, 8, 1, 0, 0, 0, 2, 8, 9]).unwrap();
    fs::write(folder.join(format!("{}.gz", NAMES[3])), file.finish().unwrap()).unwrap();
    fs::write(folder.join(format!("{}.gz", NAMES[1])), "plain goes first, so this is not read").unwrap();

    let tiny = Mnist::from_dir(&folder);
    assert_eq!(tiny.train().unwrap().labels(), [3, 4]);
    assert_eq!(tiny.test().unwrap().labels(), [8, 9]);
}

#[test]
fn a_half_needs_only_its_own_files_and_a_missing_one_is_named() {
    for (i, name) in NAMES.into_iter().enumerate() {
        let folder = folder(&format!("mnist-without-{i}"));
        write_tiny(&folder);
        fs::remove_file(folder.join(name)).unwrap();
        let tiny = Mnist::from_dir(&folder);
        let (broken, whole) = if i < 2 { (tiny.train(), tiny.test()) } else { (tiny.test(), tiny.train()) };
        assert_eq!(whole.unwrap().len(), 2);
        let error = broken.unwrap_err();
        assert!(matches!(&error, DataError::Missing { file, .. } if file == name));
        assert!(error.to_string().contains(&folder.display().to_string()), "{error}");
    }
}

#[test]
fn a_folder_that_is_not_there_lacks_its_first_file() {
    let error = Mnist::from_dir("no/such/folder").train().unwrap_err();
    let message = "\
cannot find `train-images-idx3-ubyte` in `no/such/folder`
  expected  `train-images-idx3-ubyte` or `train-images-idx3-ubyte.gz`
  got       neither
  try       checking the folder, and that the file has its standard name";
    assert_eq!(error.to_string(), message);
}

#[test]
fn wrong_files_in_a_folder_are_named() {
    let folder = folder("mnist-wrong");
    write_tiny(&folder);
    let fault = |name: &str, content: &[u8]| {
        fs::write(folder.join(name), content).unwrap();
        Mnist::from_dir(&folder).train().unwrap_err()
    };
    let labels = NAMES[1];
    assert!(matches!(
        fault(labels, &[0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3]),
        DataError::Counts { target_count: 3, .. }
    ));
    assert!(matches!(fault(labels, &[0, 0, 8, 1, 0, 0, 0, 2, 3, 10]), DataError::Label { label: 10, .. }));
    assert!(matches!(fault(labels, &fs::read(folder.join(NAMES[0])).unwrap()), DataError::Rank { .. }));
    assert!(matches!(fault(labels, b""), DataError::Truncated { .. }));
}

#[test]
fn files_may_have_a_dot_or_lie_in_folders_of_their_names() {
    let folder = folder("mnist-dotted");
    write_tiny(&folder);
    for name in &NAMES[..2] {
        fs::rename(folder.join(name), folder.join(name.replace("-idx", ".idx"))).unwrap();
    }
    assert_eq!(Mnist::from_dir(&folder).train().unwrap().labels(), [3, 4]);
    for name in &NAMES[2..] {
        let file = fs::read(folder.join(name)).unwrap();
        fs::remove_file(folder.join(name)).unwrap();
        fs::create_dir(folder.join(name)).unwrap();
        fs::write(folder.join(name).join(name), file).unwrap();
    }
    assert_eq!(Mnist::from_dir(&folder).test().unwrap().labels(), [3, 4]);
    fs::remove_file(folder.join(NAMES[3]).join(NAMES[3])).unwrap();
    assert!(matches!(Mnist::from_dir(&folder).test(), Err(DataError::Missing { .. })));
}
