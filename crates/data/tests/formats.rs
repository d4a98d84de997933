//! Readers of CIFAR and of tables: right files, and every way of being wrong that could be thought of.

mod common;

use std::fs;

use common::{batter, message};
use tempfile::TempDir;
use toddle_data::{Cifar, DataError, Table, TableSettings};

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
