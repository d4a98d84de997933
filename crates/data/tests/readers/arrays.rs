//! Arrays of NumPy and safetensors, and data sets made of arrays: what is read, what is refused, what is said.
//!
//! `goldens/arrays.py` made the files in `goldens`.

use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use crate::common::{golden, message, npy, npz, write};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use toddle_data::{Archive, Array, ArrayValues, Arrays, DataError, Dataset, Half, Report, Values};

// One array

fn read(descr: &str, shape: &str, bytes: &[u8]) -> Result<Array, DataError> {
    Array::parse("t.npy", &npy(descr, false, shape, bytes))
}

fn whole(numbers: &[f32]) -> ArrayValues {
    ArrayValues::Numbers(Values::whole(numbers))
}

fn words(ids: &[u32], words: &[&str]) -> ArrayValues {
    ArrayValues::Words { ids: ids.to_vec(), words: words.iter().map(|word| word.to_string()).collect() }
}

#[test]
fn arrays_of_all_types_and_orders() {
    for (descr, bytes, values) in [
        ("<i2", &[1, 0, 255, 255][..], whole(&[1.0, -1.0])),
        (">i2", &[0, 1, 255, 255], whole(&[1.0, -1.0])),
        ("|i1", &[1, 255], whole(&[1.0, -1.0])),
        ("<i8", &[[1, 0, 0, 0, 0, 0, 0, 0], [255; 8]].concat(), whole(&[1.0, -1.0])),
        ("<u2", &[1, 0, 255, 255], whole(&[1.0, 65535.0])),
        (">u4", &[0, 0, 0, 1, 0, 255, 255, 255], whole(&[1.0, 16777215.0])),
        ("|b1", &[2, 0], whole(&[1.0, 0.0])),
        ("<f4", &[1_f32.to_le_bytes(), (-1_f32).to_le_bytes()].concat(), vec![1.0, -1.0].into()),
        (">f8", &[1_f64.to_be_bytes(), (-1_f64).to_be_bytes()].concat(), vec![1.0, -1.0].into()),
        ("|u1", &[1, 2], vec![1_u8, 2].into()),
        ("bfloat16", &[0x80, 0x3f, 0x80, 0xbf], vec![1.0, -1.0].into()),
        (">S2", b"ab\0\0", words(&[0, 1], &["ab", ""])),
    ] {
        assert_eq!(read(descr, "2,", bytes).unwrap().values, values, "{descr}");
    }
    assert!(message(read("<u8", "1,", &[255; 8])).contains("got       18446744073709551615 as value 0"));
    let fortran = Array::parse("t", &npy("|u1", true, "2, 3, 2", &(0..12).collect::<Vec<u8>>())).unwrap();
    // numpy.arange(12).reshape((2, 3, 2), order='F').ravel()
    assert_eq!(fortran.values, vec![0_u8, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11].into());
}

#[test]
fn sixteen_bits_are_read_as_numpy_reads_them() {
    // The numbers of arrays.py, rounded as NumPy rounds them.
    let numbers = |values: [f32; 6]| ArrayValues::from(values.to_vec());
    let half = numbers([0.0, 1.0, -2.5, 0.099_975_586, 65504.0, 5.9604645e-8]);
    for file in ["float16.npy", "float16-big.npy"] {
        assert_eq!(Array::read(golden(file)).unwrap().values, half, "{file}");
    }
    let brain = numbers([0.0, 1.0, -2.5, 0.100_097_656, 65536.0, 5.9604645e-8]);
    assert_eq!(Array::read(golden("bfloat16.npy")).unwrap().values, brain);

    // All numbers that there are: digests are printed by arrays.py.
    let bits: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    for (descr, count, digest) in [
        ("<f2", 63490, "680bbc22915f61aa1bbfc7265bc3882a6aa42d299bfd2c571807196e5544de2e"),
        ("<V2", 65282, "ba630f4dd7aba313174b044090cfc5353bc4f587c4f6c2848056051239b777b0"),
    ] {
        let ArrayValues::Numbers(all) = read(descr, "65536,", &bits).unwrap().values else { panic!() };
        let numbers = all.to_vec().into_iter().filter(|x| !x.is_nan());
        let bytes: Vec<u8> = numbers.flat_map(f32::to_le_bytes).collect();
        let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((bytes.len() / 4, found.as_str()), (count, digest), "{descr}");
    }
}

#[test]
fn words_are_read_once_each() {
    for file in ["words.npy", "words-big.npy"] {
        let array = Array::read(golden(file)).unwrap();
        assert_eq!((array.dims, array.values), (vec![4], words(&[0, 1, 2, 0], &["dog", "cat", "über"])));
    }
    assert_eq!(Array::read(golden("bytes.npy")).unwrap().values, words(&[0, 1, 0], &["dog", "cat"]));
    // Saved column by column: a, d, b, e, c, f.
    let array = Array::read(golden("words-fortran.npy")).unwrap();
    assert_eq!(array.values, words(&[0, 2, 4, 1, 3, 5], &["a", "d", "b", "e", "c", "f"]));
    assert!(message(read("<U1", "1,", &[0, 0xd8, 0, 0])).contains("words of Unicode"));
    assert!(message(read("|S1", "1,", &[0xff])).contains("saving a.astype(str)"));
    let many: Vec<u8> = (0..=65536_u32).flat_map(|i| format!("{i:05}").into_bytes()).collect();
    assert!(message(read("|S5", "65537,", &many)).contains("at most 65536 different words"));
    // Words without letters would be any number of them in no bytes.
    assert!(message(read("<U0", "1000000000,", &[])).contains("type <U0"));
}

#[test]
fn types_that_are_no_numbers_are_refused_with_a_way_out() {
    for (file, found, remedy) in [
        ("float8.npy", "type <V1", "a.astype(numpy.float32)"),
        ("void.npy", "type |V2", "a.view(ml_dtypes.bfloat16)"),
        ("complex.npy", "complex numbers (type <c16)", "a.real and a.imag"),
        ("dates.npy", "dates or times (type <M8[D])", "days since the first"),
        ("long-double.npy", "of another size (type <f16)", "a.astype(numpy.float32)"),
        ("records.npy", "several fields (type [('a', '<i4'), ('b', '<f8')])", "a['name']"),
        ("objects.npy", "objects of Python, which may be programs (type |O)", "a.astype(str)"),
    ] {
        let message = message(Array::read(golden(file)));
        for part in [file, found, remedy] {
            assert!(message.contains(part), "{message}");
        }
    }
}

#[test]
fn wrong_arrays_are_refused() {
    assert!(matches!(read("<f4", "1,", &[0; 3]), Err(DataError::Truncated { got: 131, expected: 132, .. })));
    assert!(matches!(read("<f4", "1,", &[0; 5]), Err(DataError::Trailing { .. })));
    for shape in ["4294967296, 4294967296", "1073741825,", "18446744073709551615, 2"] {
        assert!(matches!(read("|u1", shape, &[0; 8]), Err(DataError::TooLarge { .. })), "{shape}");
    }
    assert!(read("|u1", "-1,", &[0; 8]).is_err() && read("|u1", "1073741824,", &[0; 8]).is_err());
    assert!(message(Array::parse("t", b"<!DOCTYPE html>")).contains("content that begins with 3c 21"));
    assert!(message(Archive::new("t", Cursor::new(b"a,b\n1,2\n"))).contains("NPZ or safetensors"));
    assert!(message(Arrays::default().halves("no/such/file")).starts_with("cannot read `no/such/file`"));
}

#[test]
fn numbers_that_rounding_makes_equal_are_refused() {
    let doubles =
        |numbers: &[f64]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    // Times in seconds beside other numbers.
    let times: Vec<f64> = (0..6).flat_map(|n| [f64::from(n), 1.7e9 + f64::from(n * n)]).collect();
    let said = message(read("<f8", "6, 2", &doubles(&times)));
    assert!(said.contains("rounded to seven digits") && said.contains("at place 1 of the samples"), "{said}");
    // In an array that is read in several pieces.
    let times: Vec<f64> =
        (0..20_000).flat_map(|n| [f64::from(n), f64::from(n % 3), 1.7e9 + f64::from(n % 9)]).collect();
    let said = message(read("<f8", "20000, 3", &doubles(&times)));
    assert!(said.contains("at place 2 of the samples"), "{said}");
    let said = message(read("<f8", "3", &doubles(&[1e-300, 2e-300, 3e-300])));
    assert!(said.contains("too close together"), "{said}");
    // The same number, computed in several ways.
    read("<f8", "3, 1", &doubles(&[0.3, 0.1 + 0.2, 0.3])).unwrap();
    read("<f8", "3, 1", &doubles(&[1e5, 1e5 + 1.0, 1e5 + 2.0])).unwrap();
}

#[test]
fn a_gzip_and_an_archive_of_one_array_are_that_array() {
    let array = npy("<i2", false, "1,", &[5, 0]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&array).unwrap();
    assert_eq!(Array::parse("t", &gzip.finish().unwrap()).unwrap().values, whole(&[5.0]));

    let single = Array::read(golden("single.npz")).unwrap();
    assert_eq!(single.dims, [3, 2, 2]);
    assert!(single.name.starts_with("arr_0 in "), "{}", single.name);
    assert!(message(Array::read(golden("halves.npz"))).contains("got       7 arrays: X_test, X_train"));
}

// Archives

/// Archives in a folder of their own.
struct Archives(TempDir);

impl Archives {
    fn new() -> Archives {
        Archives(TempDir::new().unwrap())
    }

    /// The path of an archive of arrays that each hold the bytes from 1 on.
    fn path(&self, arrays: &[(&str, &str)]) -> PathBuf {
        let arrays: Vec<(&str, Vec<u8>)> = arrays
            .iter()
            .map(|(name, shape)| {
                let count =
                    shape.split(',').filter_map(|size| size.trim().parse::<u8>().ok()).product::<u8>();
                (*name, npy("|u1", false, shape, &(1..=count).collect::<Vec<u8>>()))
            })
            .collect();
        let path = self.0.path().join("t.npz");
        fs::write(&path, npz(&arrays)).unwrap();
        path
    }
}

#[test]
fn npz_and_safetensors_hold_the_same_halves() {
    for file in ["halves.npz", "halves.safetensors"] {
        let halves = Arrays::default().halves(golden(file)).unwrap();
        assert_eq!((halves.train.shape(), halves.train.labels()), ([1, 2, 2], &[0, 2, 1][..]), "{file}");
        assert_eq!(halves.train.values(), &Values::from((0..12).collect::<Vec<u8>>()));
        let (validation, test) = (halves.validation.unwrap(), halves.test.unwrap());
        assert_eq!((validation.labels(), test.labels(), test.classes()), (&[2][..], &[1, 1][..], 3));
        assert_eq!(halves.report.notes.len(), 1);
        assert!(
            halves.report.notes[0].starts_with("Not used in") && halves.report.notes[0].ends_with(": ids.")
        );

        let (test, _) = Arrays::default().half(golden(file), Half::Test).unwrap().unwrap();
        assert_eq!((test.len(), test.classes()), (2, 3)); // class 2 occurs in other halves
    }
}

#[test]
fn all_types_of_safetensors_are_read() {
    let mut archive = Archive::open(golden("types.safetensors")).unwrap();
    assert_eq!(archive.names().len(), 10);
    let quarters = ArrayValues::from((0..12_u8).map(|i| f32::from(i) / 4.0).collect::<Vec<_>>());
    for name in ["x_f16", "x_bf16", "x_f32", "x_f64"] {
        assert_eq!(archive.read(name).unwrap().values, quarters, "{name}");
    }
    let from_minus_6: Vec<f32> = (-6..6_i8).map(f32::from).collect();
    for name in ["x_i8", "x_i16", "x_i32"] {
        let array = archive.read(name).unwrap();
        assert_eq!((array.dims, array.values), (vec![3, 2, 2], whole(&from_minus_6)), "{name}");
    }
    assert_eq!(archive.read("x_u16").unwrap().values, whole(&(0..12_u8).map(f32::from).collect::<Vec<_>>()));
    assert_eq!(archive.read("x_bool").unwrap().values, whole(&[[0.0; 5].as_slice(), &[1.0; 7]].concat()));
    assert!(message(archive.read("x_f8")).contains("values of type F8_E4M3"));
    assert!(message(archive.read("x")).contains("an array `x`"));
}

#[test]
fn arrays_are_found_by_many_names() {
    let archives = Archives::new();
    for names in [
        ["x_train", "y_train", "x_test", "y_test"],
        ["X", "y", "X_test", "y_test"],
        ["inputs", "targets", "test_inputs", "test_targets"],
        ["train_images", "train_labels", "test_images", "test_labels"],
        ["XTrain", "yTrain", "XTest", "yTest"],
        ["data", "target", "data_testing", "target_testing"],
        ["train_set_x", "train_set_y", "test_set_x", "test_set_y"],
    ] {
        let shapes = ["2, 3", "2,", "1, 3", "1,"];
        let arrays: Vec<_> = names.into_iter().zip(shapes).collect();
        let halves = Arrays::default().halves(archives.path(&arrays)).unwrap();
        assert_eq!((halves.train.len(), halves.test.unwrap().len()), (2, 1), "{names:?}");
        let halves = Arrays::default().halves(archives.path(&arrays[..2])).unwrap();
        assert!(halves.test.is_none() && halves.validation.is_none());
    }
}

#[test]
fn names_that_leave_a_choice_are_refused_with_a_list() {
    let archives = Archives::new();
    let refused = |arrays: &[(&str, &str)]| message(Arrays::default().halves(archives.path(arrays)));
    let nothing = refused(&[("arr_0", "2, 3"), ("arr_1", "2,")]);
    assert!(
        nothing.contains("2 arrays: arr_0, arr_1\n") && nothing.contains("x_train with y_train"),
        "{nothing}"
    );
    assert!(refused(&[("x_train", "2, 3")]).contains("1 array: x_train"));
    let twice = refused(&[("data", "2, 3"), ("images", "2, 3"), ("target", "2,")]);
    assert!(twice.contains("all of these are samples of the same half: data, images"), "{twice}");
    let train = refused(&[("x", "2, 3"), ("y", "2,"), ("x_train", "2, 3"), ("y_train", "2,")]);
    assert!(train.contains("all of these are to train on: x, y, x_train, y_train"), "{train}");
    let sets = refused(&[("x_a", "2, 3"), ("y_a", "2,"), ("x_b", "2, 3"), ("y_b", "2,")]);
    assert!(sets.contains("several sets of samples: x_a, x_b"), "{sets}");
    let test = refused(&[("x_test", "2, 3"), ("y_test", "2,")]);
    assert!(test.contains("samples and targets of the half `train`"), "{test}");
    // The half that is there can be read.
    let path = archives.path(&[("x_test", "2, 3"), ("y_test", "2,")]);
    assert_eq!(Arrays::default().half(&path, Half::Test).unwrap().unwrap().0.len(), 2);
    assert!(Arrays::default().half(&path, Half::Train).unwrap().is_none());

    let path = archives.path(&[("x_train", "2, 3"), ("y_train", "2,"), ("x_test", "1, 3")]);
    let halves = Arrays::default().halves(path).unwrap();
    assert!(halves.test.is_none() && halves.report.notes[0].contains("`x_test`"), "{:?}", halves.report);
}

#[test]
fn halves_are_of_one_kind() {
    let archives = Archives::new();
    let shape = archives.path(&[("x", "2, 3"), ("y", "2,"), ("x_test", "2, 4"), ("y_test", "2,")]);
    let shape = message(Arrays::default().halves(shape));
    assert!(shape.contains("3×1×1") && shape.contains("4×1×1"), "{shape}");

    let path = archives.0.path().join("t.npz");
    let halves = |test_x: Vec<u8>, test_y: Vec<u8>| {
        let (x, y) = (npy("|u1", false, "2, 1", &[1, 2]), npy("|u1", false, "2,", &[0, 1]));
        fs::write(&path, npz(&[("x", x), ("y", y), ("x_test", test_x), ("y_test", test_y)])).unwrap();
        Arrays::default().halves(&path)
    };
    let floats = || npy("<f2", false, "1, 1", &[0, 0x3c]);
    let bytes = || npy("|u1", false, "1, 1", &[1]);
    // Bytes are divided by 255 and floats are not: a mixture would be a silent mistake.
    assert!(
        message(halves(floats(), npy("|u1", false, "1,", &[1]))).contains("bytes from 1 to 2, as in `x in")
    );
    assert!(
        message(halves(bytes(), npy("<f2", false, "1,", &[0, 0x3c])))
            .contains("labels of classes, as in `y in")
    );
    assert!(message(halves(bytes(), npy("|S1", false, "1,", b"a"))).contains("got       names of classes"));
    halves(bytes(), npy("|b1", false, "1,", &[1])).unwrap();
}

// Pairs

fn array(name: &str, dims: &[usize], values: impl Into<ArrayValues>) -> Array {
    Array { name: name.into(), dims: dims.to_vec(), values: values.into() }
}

/// As many samples of one number as there are targets.
fn pair(y: Array) -> Result<(Dataset, Report), DataError> {
    let count = y.dims.first().copied().unwrap_or(1);
    Arrays::default().pair(array("x", &[count, 1], vec![0.5; count]), y)
}

#[test]
fn samples_are_taken_by_their_dimensions() {
    let bytes = |count: u8| (1..=count).collect::<Vec<u8>>();
    let taken = |dims: &[usize]| {
        let x = array("x", dims, bytes(dims.iter().product::<usize>() as u8));
        Arrays::default().pair(x, array("y", &[dims[0]], vec![0_u8; dims[0]]))
    };
    let notes = |dims: &[usize]| taken(dims).unwrap().1.notes;
    let taken = |dims: &[usize]| taken(dims).map(|(set, _)| set);
    for (dims, shape) in [
        (&[2, 3][..], [3, 1, 1]),
        (&[2, 3, 4], [1, 3, 4]),
        (&[2, 3, 4, 1], [1, 3, 4]),
        (&[2, 5, 4, 3], [3, 5, 4]),
        (&[2, 5, 5, 4], [4, 5, 5]),
        (&[2, 3, 5, 6], [3, 5, 6]),
        (&[3], [1, 1, 1]),
    ] {
        assert_eq!(taken(dims).unwrap().shape(), shape, "{dims:?}");
    }
    assert!(notes(&[1, 3, 2, 3])[0].contains("taken as last: images of 3×2 with 3 channels"));
    assert!(notes(&[1, 4, 4, 1]).is_empty() && notes(&[1, 2, 2, 3]).is_empty());
    // Channels last are turned: pixel by pixel to plane by plane.
    assert_eq!(*taken(&[1, 1, 2, 3]).unwrap().image(0), [1, 4, 2, 5, 3, 6]);
    for dims in [&[2, 5, 5, 2][..], &[1, 2, 3, 4, 5], &[2, 0]] {
        assert!(message(taken(dims)).contains("`x`"), "{dims:?}");
    }
    let text = array("x", &[1, 1], words(&[0], &["a"]));
    assert!(
        message(Arrays::default().pair(text, array("y", &[1], vec![0_u8]))).contains("samples of numbers")
    );
    let nan = array("x", &[1, 1], vec![f32::NAN]);
    assert!(message(Arrays::default().pair(nan, array("y", &[1], vec![0_u8]))).contains("NaN as value 0"));
}

#[test]
fn targets_are_taken_by_their_type_and_values() {
    let labels = |y: Array| {
        let (set, report) = pair(y).unwrap();
        (set.labels().to_vec(), set.class_names().join(" "), report.notes.join(" "))
    };
    let quiet = |labels: &[u32], names: &str| (labels.to_vec(), names.to_owned(), String::new());
    assert_eq!(labels(array("y", &[2], vec![1_u8, 0])), quiet(&[1, 0], "0 1"));
    assert_eq!(labels(array("y", &[2, 1], whole(&[1.0, 0.0]))), quiet(&[1, 0], "0 1"));

    let (found, names, note) = labels(array("y", &[3], words(&[0, 1, 0], &["dog", "cat"])));
    assert_eq!((found, names.as_str(), note.as_str()), (vec![1, 0, 1], "cat dog", ""));
    assert_eq!(labels(array("y", &[2], words(&[0, 1], &["10", "9"]))), quiet(&[1, 0], "9 10"));

    for values in [vec![0.0, 1.0, 0.0, 1.0, 0.0, 0.0].into(), whole(&[0.0, 1.0, 0.0, 1.0, 0.0, 0.0])] {
        let (found, names, note) = labels(array("y", &[2, 3], values));
        assert_eq!((found, names.as_str()), (vec![1, 0], "0 1 2"));
        assert!(note.starts_with("`y` is one-hot, a single 1 in each row of 3"), "{note}");
    }
    let (found, names, note) = labels(array("y", &[3], whole(&[-1.0, 1.0, -1.0])));
    assert_eq!((found, names.as_str()), (vec![0, 1, 0], "-1 1"));
    assert_eq!(note, "`y` has labels below 0: its numbers were taken as the names of 2 classes, -1, 1.");
    let (found, names, _) = labels(array("y", &[6], whole(&[-1.0, 1.0, 0.0, 0.0, 1.0, -1.0])));
    assert_eq!((found, names.as_str()), (vec![0, 2, 1, 1, 2, 0], "-1 0 1"));

    let (found, names, note) = labels(array("y", &[3], whole(&[1.0, 2.0, 2.0])));
    assert_eq!((found, names.as_str()), (vec![1, 2, 2], "0 1 2"));
    assert_eq!(note, "The labels in `y` begin at 1: class 0 has no sample.");
    let (_, _, note) = labels(array("y", &[2], vec![0_u8, 3]));
    assert_eq!(note, "2 of 4 classes have no sample in `y`: 1, 2.");

    // More classes than a byte can label.
    let (set, _) =
        pair(array("y", &[600], whole(&(0..600).map(|i| (i / 2) as f32).collect::<Vec<_>>()))).unwrap();
    assert_eq!((set.classes(), set.labels()[599]), (300, 299));
    let (_, _, note) = labels(array("y", &[30], whole(&(0..30).map(|i| i as f32).collect::<Vec<_>>())));
    assert!(note.contains("labels of 30 classes") && note.contains("float32"), "{note}");

    let numbers = |y: Array| {
        let (set, report) = pair(y).unwrap();
        assert_eq!(set.classes(), 0);
        (set.targets::<f32>(), report.notes.join(" "))
    };
    assert_eq!(numbers(array("y", &[2], vec![0.5, -1.0])), (vec![0.5, -1.0], String::new()));
    assert_eq!(numbers(array("y", &[1, 2], whole(&[1.0, 1.0]))), (vec![1.0, 1.0], String::new()));
    assert_eq!(numbers(array("y", &[2, 2], vec![1.0, 0.0, 0.0, 2.0])).0, [1.0, 0.0, 0.0, 2.0]);
    let (_, note) = numbers(array("y", &[3], vec![0.0, 2.0, 2.0]));
    assert!(note.contains("only 2 are different. If they are classes, save them as integers"), "{note}");
}

#[test]
fn wrong_targets_are_refused() {
    let refused = |y: Array| message(pair(y));
    let negative = refused(array("y", &[3], whole(&[0.0, -2.0, 1.0])));
    assert!(negative.contains("-2 at sample 1") && negative.contains("float32"), "{negative}");
    let many: Vec<f32> = (0..42).map(|n| (n % 21 - 10) as f32).collect();
    assert!(refused(array("y", &[42], whole(&many))).contains("-10 at sample 0"));
    assert!(refused(array("y", &[2], whole(&[-65536.0, 1.0]))).contains("-65536 at sample 0"));
    assert!(refused(array("y", &[1], whole(&[65536.0]))).contains("labels from 0 to 65535"));
    let prices = refused(array("y", &[3], whole(&[0.0, 500.0, 750.0])));
    assert!(prices.contains("751 classes, of which 748 have no sample"), "{prices}");
    assert!(refused(array("y", &[2], words(&[0, 1], &["a", ""]))).contains("none at sample 1"));
    assert!(refused(array("y", &[1, 2], words(&[0, 1], &["a", "b"]))).contains("one word a sample"));
    assert!(refused(array("y", &[], vec![1.0])).contains("one target a sample"));
    assert!(refused(array("y", &[2], vec![1_u8])).contains("as many values as 2 has"));
    assert!(matches!(
        Arrays::default().pair(array("x", &[2, 1], vec![1_u8, 2]), array("y", &[3], vec![0_u8; 3])),
        Err(DataError::Counts { sample_count: 2, target_count: 3, .. })
    ));
    let row = Arrays::default().pair(array("x", &[2, 1], vec![1_u8, 2]), array("y", &[1, 2], vec![0_u8; 2]));
    assert!(message(row).contains("2 samples and 1 targets"));
}

#[test]
fn known_classes_are_looked_up() {
    let with = |classes: &[&str], y: Array| {
        let classes = Some(classes.iter().map(|class| class.to_string()).collect());
        let x = array("x", &[y.dims[0], 1], vec![0_u8; y.dims[0]]);
        Arrays { classes }.pair(x, y).map(|(set, _)| set.labels().to_vec())
    };
    let bytes = |labels: &[u8]| array("y", &[labels.len()], labels.to_vec());
    // Words by their names.
    assert_eq!(with(&["dog", "cat"], array("y", &[2], words(&[0, 1], &["cat", "dog"]))).unwrap(), [1, 0]);
    let stranger = message(with(&["dog", "cat"], array("y", &[2], words(&[0, 1], &["cat", "cow"]))));
    assert!(
        stranger.contains("the classes dog, cat") && stranger.contains("`cow` at sample 1"),
        "{stranger}"
    );
    // Numbers by their names where classes are called by numbers, else by place.
    assert_eq!(with(&["1", "2", "5"], bytes(&[5, 1])).unwrap(), [2, 0]);
    assert!(message(with(&["1", "2", "5"], bytes(&[0, 1]))).contains("`0` at sample 0"));
    assert_eq!(with(&["-1", "1"], bytes(&[1, 1])).unwrap(), [1, 1]);
    assert_eq!(with(&["-1", "0", "1"], bytes(&[1, 0])).unwrap(), [2, 1]);
    assert_eq!(with(&["-1", "0", "1"], array("y", &[2], whole(&[-1.0, -1.0]))).unwrap(), [0, 0]);
    assert_eq!(with(&["dog", "cat"], bytes(&[1, 0])).unwrap(), [1, 0]);
    assert!(matches!(
        with(&["dog", "cat"], bytes(&[0, 2])),
        Err(DataError::Label { label: 2, sample: 1, .. })
    ));
    assert!(matches!(with(&["0", "1"], bytes(&[0, 2])), Err(DataError::Label { label: 2, .. })));
    // Rows of as many numbers as there are classes.
    assert_eq!(with(&["dog", "cat"], array("y", &[1, 2], vec![0.0, 1.0])).unwrap(), [1]);
    assert!(message(with(&["dog", "cat"], array("y", &[1, 3], vec![0.0, 1.0, 0.0]))).contains("rows of 3"));
    assert!(
        message(with(&["dog", "cat"], array("y", &[1], vec![0.5]))).contains("saving labels as integers")
    );
}

// IDX

fn idx(code: u8, dims: &[u32], values: &[u8]) -> Vec<u8> {
    let sizes = dims.iter().flat_map(|size| size.to_be_bytes());
    [0, 0, code, dims.len() as u8].into_iter().chain(sizes).chain(values.iter().copied()).collect()
}

#[test]
fn own_files_are_paired() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    write(folder.path(), "pixels", &idx(8, &[2, 1, 2], &[1, 2, 3, 4]));
    write(folder.path(), "colour", &idx(8, &[2, 1, 1, 3], &[1, 2, 3, 4, 5, 6]));
    write(
        folder.path(),
        "numbers",
        &idx(0x0d, &[2, 1], &[1_f32.to_be_bytes(), 2_f32.to_be_bytes()].concat()),
    );
    write(folder.path(), "classes", &idx(0x0c, &[2], &[0, 0, 1, 44, 0, 0, 0, 0])); // 300 and 0
    write(folder.path(), "bytes", &idx(8, &[2], &[1, 0]));
    write(folder.path(), "x.npy", &npy("<f2", false, "2, 1", &[0, 0x3c, 0, 0]));
    let pair = |x: &str, y: &str| Arrays::default().files(path(x), path(y)).map(|(set, _)| set);
    assert_eq!(pair("pixels", "bytes").unwrap().shape(), [1, 1, 2]);
    assert_eq!(pair("colour", "bytes").unwrap().shape(), [3, 1, 1]);
    assert_eq!(pair("numbers", "bytes").unwrap().values(), &Values::from(vec![1.0_f32, 2.0]));
    assert_eq!(pair("x.npy", "bytes").unwrap().labels(), [1, 0]);
    // 301 classes of two samples will be numbers.
    assert!(message(pair("pixels", "classes")).contains("301 classes"));

    let swapped = message(pair("bytes", "pixels"));
    for part in ["bytes` for samples", "got       dimensions 2\n", "have not been swapped"] {
        assert!(swapped.contains(part), "{swapped}");
    }
    assert!(message(pair("pixels", "absent")).starts_with("cannot read `"));
}

#[test]
fn idx_files_of_a_folder_are_paired_by_their_names() {
    let pixels = idx(8, &[2, 1, 2], &[1, 2, 3, 4]);
    let labels = |labels: [u8; 2]| idx(8, &[2], &labels);
    for [x, y, test_x, test_y] in [
        [
            "train-images-idx3-ubyte",
            "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte",
        ],
        [
            "train-images.idx3-ubyte",
            "train-labels.idx1-ubyte",
            "t10k-images.idx3-ubyte",
            "t10k-labels.idx1-ubyte",
        ],
        ["my-train-images.idx", "my-train-labels.idx", "my-test-images.idx", "my-test-labels.idx"],
        [
            "Train_Images_idx3_ubyte",
            "Train_Labels_idx1_ubyte",
            "Val_Images_idx3_ubyte",
            "Val_Labels_idx1_ubyte",
        ],
        ["x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"],
    ] {
        let folder = TempDir::new().unwrap();
        write(folder.path(), x, &pixels);
        write(folder.path(), y, &labels([0, 1]));
        write(folder.path(), test_x, &pixels);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&labels([2, 1])).unwrap();
        write(folder.path(), &format!("{test_y}.gz"), &gzip.finish().unwrap());
        write(folder.path(), "readme.txt", b"");
        write(folder.path(), &format!("{y}.gz"), b"the plain file goes first, so this is not read");
        assert!(Arrays::are_in(folder.path()));
        let halves = Arrays::default().halves(folder.path()).unwrap();
        let test = halves.test.or(halves.validation).unwrap();
        assert_eq!(
            (halves.train.labels(), test.labels(), test.classes()),
            (&[0, 1][..], &[2, 1][..], 3),
            "{x}"
        );
    }
}

#[test]
fn a_folder_with_two_sets_of_idx_is_refused() {
    let folder = TempDir::new().unwrap();
    for set in ["emnist-letters", "emnist-digits"] {
        write(folder.path(), &format!("{set}-train-images-idx3-ubyte"), &idx(8, &[1, 1, 2], &[1, 2]));
        write(folder.path(), &format!("{set}-train-labels-idx1-ubyte"), &idx(8, &[1], &[1]));
    }
    let two = message(Arrays::default().halves(folder.path()));
    assert!(two.contains("several sets of samples: emnist-digits-train-images-idx3-ubyte, "), "{two}");
    fs::remove_file(folder.path().join("emnist-digits-train-images-idx3-ubyte")).unwrap();
    let letters = Arrays::default().halves(folder.path()).unwrap();
    assert!(letters.report.notes.iter().any(|note| note.contains("images lie on their side")));

    let empty = TempDir::new().unwrap();
    assert!(!Arrays::are_in(empty.path()));
    assert!(message(Arrays::default().halves(empty.path())).contains("0 arrays"));
}
