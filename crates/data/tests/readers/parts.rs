//! The samples of an experiment: what is held out, and what that says of the rest.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use toddle_data::{
    ColumnKind, DataSettings, DataSource, Empty, Known, Parts, Range, Reading, TableSettings, Validation,
};

fn table(home: &Path, text: &str) -> DataSettings {
    fs::write(home.join("a.csv"), text).unwrap();
    DataSettings {
        csv: Some(home.join("a.csv")),
        table: TableSettings { empty: Empty::Mean, ..TableSettings::default() },
        ..DataSettings::default()
    }
}

fn fills(parts: &Parts) -> (f32, String) {
    let columns = parts.meaning.columns.as_ref().unwrap();
    let [number, word] = &columns.inputs[..] else { panic!("{columns:?}") };
    match (&number.kind, &word.kind) {
        (ColumnKind::Number { fill: Some(number), .. }, ColumnKind::Category { fill: Some(word), .. }) => {
            (*number, word.clone())
        }
        kinds => panic!("{kinds:?}"),
    }
}

/// Rows of a number, a word and a class; the second half is unlike the first. Both halves have empty cells.
fn rows() -> String {
    let mut text = "size,colour,kind\n".to_owned();
    for n in 0..40 {
        let class = if n % 2 == 0 { "a" } else { "b" };
        let (size, colour) = match n {
            _ if n % 10 == 3 => ("", ""),
            _ if n < 18 => ("1", "red"),
            _ => ("9", "blue"),
        };
        text += &format!("{size},{colour},{class}\n");
    }
    text
}

#[test]
fn empty_cells_are_filled_from_the_rows_that_are_trained_on() {
    let home = TempDir::new().unwrap();
    let mut settings = table(home.path(), &rows());
    settings.validation = Some(Validation::Last(22));
    let parts = settings.parts(0).unwrap();
    assert_eq!(fills(&parts), (1.0, "red".into()));
    // The cells that are held out are filled with the same.
    let held = parts.validation.unwrap();
    let inputs = held.inputs::<f32>();
    let empty = |row: usize| &inputs[3 * row..3 * row + 3];
    assert_eq!((empty(5), empty(6)), (&[1.0, 0.0, 1.0][..], &[9.0, 1.0, 0.0][..]));
    assert!(
        parts.notes.iter().any(|note| note.contains("in the rows that are trained on, 1")),
        "{:?}",
        parts.notes
    );

    // So are later tables, and those to test with.
    fs::write(home.path().join("test.csv"), "size,colour,kind\n,,a\n").unwrap();
    settings.test = Some(home.path().join("test.csv"));
    assert_eq!(settings.parts(0).unwrap().test.unwrap().inputs::<f32>(), [1.0, 0.0, 1.0]);

    // With `first`, others are not trained on either.
    settings.validation = Some(Validation::None);
    settings.first = Some(18);
    assert_eq!(fills(&settings.parts(0).unwrap()), (1.0, "red".into()));
    // All rows are trained on.
    settings.first = None;
    let (number, word) = fills(&settings.parts(0).unwrap());
    assert!((5.0..6.0).contains(&number) && word == "blue", "{number} {word}");
}

#[test]
fn a_column_without_a_value_to_train_on_is_refused() {
    let home = TempDir::new().unwrap();
    let text = rows().lines().enumerate().fold(String::new(), |text, (n, line)| {
        let line = if (1..20).contains(&n) { line.replace('1', "") } else { line.to_owned() };
        text + &line + "\n"
    });
    let mut settings = table(home.path(), &text);
    settings.validation = Some(Validation::Last(22));
    let message = settings.parts(0).unwrap_err().to_string();
    assert!(message.contains("column `size` without any in the training rows"), "{message}");
}

#[test]
fn classes_that_are_all_held_out_are_named() {
    let home = TempDir::new().unwrap();
    let mut settings = table(home.path(), &(rows() + "9,blue,rare\n9,blue,rare\n"));
    settings.validation = Some(Validation::Last(22));
    let warnings = settings.parts(0).unwrap().warnings;
    assert!(warnings.iter().any(|warning| warning.ends_with("held out: rare")), "{warnings:?}");
    settings.validation = Some(Validation::None);
    assert_eq!(settings.parts(0).unwrap().warnings, [""; 0]);
}

#[test]
fn holding_out_nothing_is_called_none() {
    let home = TempDir::new().unwrap();
    let mut settings = table(home.path(), &rows());
    for nothing in [Validation::Samples(0), Validation::Last(0)] {
        settings.validation = Some(nothing);
        let message = settings.parts(0).unwrap_err().to_string();
        assert!(message.contains("validation = \"none\""), "{message}");
    }
}

fn npy(dtype: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}}}\n");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), bytes].concat()
}

/// A folder of arrays: four pictures of 2×2 in two classes.
fn arrays(folder: &Path, half: &str, dtype: &str, pixels: &[u8]) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(format!("x{half}.npy")), npy(dtype, "(4, 2, 2)", pixels)).unwrap();
    fs::write(folder.join(format!("y{half}.npy")), npy("|u1", "(4,)", &[0, 1, 0, 1])).unwrap();
}

#[test]
fn pixels_of_16_bits_keep_within_the_range_that_is_said() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("a");
    let pixels: Vec<u8> = (0..16_u16).flat_map(|n| (4000 * n).to_le_bytes()).collect();
    arrays(&path, "", "<u2", &pixels);
    let mut settings = DataSettings { npz: Some(path), ..DataSettings::default() };
    let notes = settings.parts(0).unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("range = [0, 65535]")), "{notes:?}");
    settings.range = Some(Range { black: 0.0, white: 65535.0 });
    assert_eq!(settings.parts(0).unwrap().meaning.pictures.unwrap().range, settings.range);
    settings.range = Some(Range::BYTE);
    let message = settings.parts(0).unwrap_err().to_string();
    assert!(
        message.contains("numbers from 0 to 60000") && message.contains("range = [0, 60000]"),
        "{message}"
    );
}

#[test]
fn a_test_half_alone_is_enough_to_measure_with() {
    let home = TempDir::new().unwrap();
    let [train, test] = ["train", "test"].map(|name| home.path().join(name));
    arrays(&train, "_train", "|u1", &[7; 16]);
    arrays(&test, "_test", "|u1", &[9; 16]);
    let mut settings = DataSettings { npz: Some(train), test: Some(test.clone()), ..DataSettings::default() };
    assert_eq!(settings.parts(0).unwrap().measured().0.len(), 4);

    let source = DataSource::Npz { path: test, test: None };
    let known = Known { classes: &["0".into(), "1".into()], preparation: None, columns: None };
    let asked = Reading { known: Some(known), ..Reading::default() };
    assert_eq!(source.open(&asked).unwrap().halves.train.len(), 4);
    // Nothing can be learned from it.
    let message = source.open(&Reading::default()).unwrap_err().to_string();
    assert!(message.contains("the half `train`"), "{message}");
}

#[test]
fn settings_that_say_nothing_of_such_data_are_refused() {
    let home = TempDir::new().unwrap();
    arrays(&home.path().join("a"), "", "|u1", &[1; 16]);
    fs::write(home.path().join("a.csv"), rows().replace(",,", "5,red,")).unwrap();
    for (source, setting, key) in [
        ("npz = \"a\"", "numbers = true", "numbers"),
        ("npz = \"a\"", "target = \"y\"", "target"),
        ("npz = \"a\"", "size = [2, 2]", "size"),
        ("npz = \"a\"", "empty = \"mean\"", "empty"),
        ("csv = \"a.csv\"", "damaged = \"skip\"", "damaged"),
        ("csv = \"a.csv\"", "channels = 1", "channels"),
        ("set = \"mnist\"", "test = \"a\"", "test"),
        ("csv = \"a.csv\"", "mean = [1.0]", "mean"),
        ("npz = \"a\"", "range = [1, 1]", "range"),
    ] {
        let read = |toml: &str| {
            let mut settings: DataSettings = toml::from_str(toml).unwrap();
            settings.resolve(|_, _| home.path().to_owned());
            settings.parts(0)
        };
        let message = read(&format!("{source}\n{setting}")).unwrap_err().to_string();
        assert!(message.contains(&format!("`{key}`")), "{setting}: {message}");
        assert!(!message.contains("cannot use"), "{setting}: {message}");
    }
}
