//! Named sets: where they are looked for and how their files are read.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use toddle_data::{DataError, DataSource, Set};

/// Two images of 2×3 and their labels.
fn write_idx(folder: &Path, start: &str, labels: [u8; 2]) {
    fs::create_dir_all(folder).unwrap();
    let images =
        [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3][..], &(0..12).collect::<Vec<u8>>()].concat();
    fs::write(folder.join(format!("{start}-images-idx3-ubyte")), images).unwrap();
    let labels = [&[0, 0, 8, 1, 0, 0, 0, 2][..], &labels].concat();
    fs::write(folder.join(format!("{start}-labels-idx1-ubyte")), labels).unwrap();
}

#[test]
fn every_set_says_what_it_needs() {
    for set in Set::all() {
        assert_eq!(Set::named(set.name()).unwrap(), set);
        assert!(set.name() == "mnist" || !set.remotes().is_empty());
        for remote in set.remotes() {
            assert!(remote.sha256.len() == 64 && remote.sha256.bytes().all(|c| c.is_ascii_hexdigit()));
            assert!(remote.urls.iter().all(|url| url.starts_with("http") && url.ends_with(remote.file)));
        }
    }
    let classes = |name| Set::named(name).unwrap().classes().len();
    assert_eq!(
        ["emnist-letters", "emnist-balanced", "emnist-byclass", "cifar100"].map(classes),
        [26, 47, 62, 100]
    );
    let unknown = Set::named("minst").unwrap_err().to_string();
    assert!(unknown.contains("mnist, fashion-mnist") && unknown.contains("`minst`"));
}

#[test]
fn a_set_lies_in_its_folder_or_straight_in_the_one_given() {
    let data = TempDir::new().unwrap();
    let set = Set::named("kmnist").unwrap();
    let absent = set.find(Some(data.path())).unwrap_err().to_string();
    for part in ["train-labels-idx1-ubyte.gz", "kmnist`", "http://codh", "t10k-images"] {
        assert!(absent.contains(part), "{absent}");
    }
    write_idx(data.path(), "train", [0, 9]);
    let straight = set.find(Some(data.path())).unwrap();
    assert_eq!(straight.train().unwrap().caption(1), "wo");
    assert!(matches!(straight.test(), Err(DataError::Missing { .. })));
    write_idx(&data.path().join("kmnist"), "train", [1, 2]);
    assert_eq!(set.find(Some(data.path())).unwrap().train().unwrap().labels(), [1, 2]);
}

#[test]
fn mnist_lies_in_the_folder_that_is_given() {
    let data = TempDir::new().unwrap();
    let set = Set::named("mnist").unwrap();
    assert_eq!(set.find(None).unwrap().folder(), None);
    let absent = set.find(Some(data.path())).unwrap_err().to_string();
    for part in ["train-images-idx3-ubyte", "mnist`", "built in"] {
        assert!(absent.contains(part), "{absent}");
    }
    write_idx(data.path(), "train", [0, 9]);
    let found = set.find(Some(data.path())).unwrap();
    assert_eq!((found.folder(), found.train().unwrap().labels()), (Some(data.path()), &[0, 9][..]));
    assert!(matches!(found.test(), Err(DataError::Missing { .. })));
}

#[test]
fn a_folder_with_the_files_of_cifar_is_the_set() {
    let data = TempDir::new().unwrap();
    let named = |folder: &Path| DataSource::named(folder.to_str().unwrap(), None).unwrap();
    assert!(matches!(named(data.path()), DataSource::Images { .. }));
    for (folder, file, set) in [
        ("ten", "data_batch_1.bin", "cifar10"),
        ("hundred", "train.bin", "cifar100"),
        ("packed", "cifar-10-binary.tar.gz", "cifar10"),
    ] {
        let folder = data.path().join(folder);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(file), "").unwrap();
        assert_eq!(named(&folder), DataSource::Set { name: set.into(), folder: Some(folder.clone()) });
    }
}

#[test]
fn emnist_is_turned_and_its_letters_begin_at_a() {
    let data = TempDir::new().unwrap();
    write_idx(data.path(), "emnist-letters-train", [1, 26]);
    let found = Set::named("emnist-letters").unwrap().find(Some(data.path())).unwrap();
    let train = found.train().unwrap();
    assert_eq!((train.shape(), &*train.image(0)), ([1, 3, 2], &[0, 3, 1, 4, 2, 5][..]));
    assert_eq!((train.caption(0), train.caption(1)), ("a".to_owned(), "z".to_owned()));
    write_idx(data.path(), "emnist-letters-train", [0, 26]);
    assert!(matches!(found.train(), Err(DataError::Label { label: 255, .. })));
}

#[test]
fn emnist_is_read_from_its_archive() {
    let data = TempDir::new().unwrap();
    write_idx(data.path(), "emnist-digits-test", [3, 4]);
    let mut archive = zip::ZipWriter::new(fs::File::create(data.path().join("gzip.zip")).unwrap());
    for file in ["emnist-digits-test-images-idx3-ubyte", "emnist-digits-test-labels-idx1-ubyte"] {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        archive.start_file(format!("gzip/{file}.gz"), options).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(&mut archive, flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, &fs::read(data.path().join(file)).unwrap()).unwrap();
        gzip.finish().unwrap();
        fs::remove_file(data.path().join(file)).unwrap();
    }
    archive.finish().unwrap();
    let found = Set::named("emnist-digits").unwrap().find(Some(data.path())).unwrap();
    assert_eq!(found.test().unwrap().labels(), [3, 4]);
    assert!(found.train().unwrap_err().to_string().contains("emnist-digits-train-images"));
}

/// Only where Debian's package is installed; its files are the real ones.
#[test]
fn fashion_mnist_as_debian_has_it() {
    if !Path::new("/usr/share/datasets/fashion-mnist").is_dir() {
        return;
    }
    let found = Set::named("fashion-mnist").unwrap().find(Some(Path::new("/usr/share/datasets"))).unwrap();
    let test = found.test().unwrap();
    assert_eq!((test.len(), test.shape(), test.caption(0)), (10_000, [1, 28, 28], "ankle boot".to_owned()));
}
