//! Readers of CIFAR and of tables: right files, and every way of being wrong that could be thought of.

mod common;

use std::fs;

use common::{batter, message};
use tempfile::TempDir;
use toddle_data::{Cifar, Column, Csv, CsvTargets, DataError, Values};

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
fn a_table_has_targets_where_it_is_told() {
    let text = b"a,kind,b\n1,10,2\n3, 9 ,\"4\"\n";
    let by_name =
        Csv { targets: vec![Column::Named("kind".into())], ..Default::default() }.parse("t", text).unwrap();
    assert_eq!((by_name.shape(), by_name.values()), ([2, 1, 1], &Values::Numbers(vec![1.0, 2.0, 3.0, 4.0])));
    assert_eq!((by_name.labels(), by_name.caption(0)), (&[1, 0][..], "10".to_owned())); // in the order of numbers
    let bytes =
        Csv { bytes: true, targets: vec![Column::At(1)], ..Default::default() }.parse("t", text).unwrap();
    assert_eq!(bytes.values(), &Values::Bytes(vec![1, 2, 3, 4]));
    let numbers = Csv {
        kind: CsvTargets::Numbers,
        targets: vec![Column::Last(0), Column::At(0)],
        ..Default::default()
    };
    assert_eq!(numbers.parse("t", text).unwrap().targets::<f32>(), [2.0, 1.0, 4.0, 3.0]);
    let known = CsvTargets::Known(vec!["z".into(), "y".into()]);
    let known = Csv { header: false, kind: known, ..Default::default() };
    assert_eq!(known.parse("t", b"1,y\n2,z\n").unwrap().labels(), [1, 0]);
    assert!(message(known.parse("t", b"1,x\n")).contains("`x` in line 1, column 2"));
}

#[test]
fn wrong_tables_are_named_by_line_and_column() {
    let parse = |text: &str| message(Csv::default().parse("t.csv", text.as_bytes()));
    assert!(parse("").contains("no lines") && parse("a,b\n").contains("no lines"));
    assert!(parse("a,b\n1,x\nnan,y\n").contains("`nan` in line 3, column 1"));
    assert!(parse("a,b\n1,x\n,y\n").contains("`` in line 3, column 1"));
    assert!(parse("a,b\n1,x\n1,2,y\n").contains("3 in line 3"));
    assert!(parse("a\n1\n").contains("1 columns, of which 1 are targets"));
    let many: String = (0..258).map(|i| format!("1,class{i}\n")).collect();
    assert!(parse(&many).contains("at most 256 classes"));
    let named = Csv { targets: vec![Column::Named("kind".into())], ..Default::default() };
    assert!(message(named.parse("t", b"a,b\n1,2\n")).contains("out of a, b"));
    batter(b"a,b,c\n1,2,x\n3,4,\"y\"\n5,6,x\n", |file| Csv::default().parse("t", file));
}
