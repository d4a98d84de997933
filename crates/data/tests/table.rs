//! Tables: how they are parted, what their columns mean, and how another table is held to that.

use std::fs;

use tempfile::TempDir;
use toddle_data::{
    ColumnKind, ColumnRef, Columns, DataError, Empty, Table, TableSettings, Target, Truth, Values,
};

fn read_with(text: &str, settings: &TableSettings) -> Result<Table, DataError> {
    Table::read("t.csv", text.as_bytes(), settings)
}

fn read(text: &str) -> Table {
    read_with(text, &TableSettings::default()).unwrap()
}

/// Settings as an experiment has them.
fn settings(toml: &str) -> TableSettings {
    toml::from_str(toml).unwrap()
}

/// The message of a refusal, in one line a part, as every error has it.
fn message<T: std::fmt::Debug>(result: Result<T, DataError>) -> String {
    let message = result.unwrap_err().to_string();
    let lines: Vec<&str> = message.lines().collect();
    assert!(lines.len() == 4 && lines[0].starts_with("cannot "), "{message}");
    for (line, begin) in lines[1..].iter().zip(["  expected  ", "  got       ", "  try       "]) {
        assert!(line.strip_prefix(begin).is_some_and(|part| !part.is_empty()), "{message}");
    }
    message
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, DataError>, parts: &[&str]) {
    let message = message(result);
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in\n{message}");
    }
}

#[track_caller]
fn noted(notes: &[String], parts: &[&str]) {
    let all = notes.join("\n");
    for part in parts {
        assert!(all.contains(part), "`{part}` is not in\n{all}");
    }
}

/// Flowers of three kinds, four of each: two numbers and a word.
fn flowers(delimiter: &str, decimal: &str) -> String {
    let mut text = ["length", "width", "kind"].join(delimiter) + "\n";
    for i in 0..12 {
        let row = [format!("{i}.5"), format!("{i}.25"), ["rose", "aster", "tulip"][i % 3].to_owned()];
        text += &(row.join(delimiter).replace('.', decimal) + "\n");
    }
    text
}

#[track_caller]
fn are_flowers(table: &Table) {
    let inputs: Vec<f32> = (0..12).flat_map(|i| [i as f32 + 0.5, i as f32 + 0.25]).collect();
    assert_eq!((table.dataset.shape(), table.dataset.inputs::<f32>()), ([2, 1, 1], inputs));
    assert_eq!(table.dataset.class_names(), ["aster", "rose", "tulip"]);
    assert_eq!(table.dataset.labels()[..4], [1, 0, 2, 1]);
}

// Delimiter, decimal, and what surrounds a text

#[test]
fn delimiters_and_decimals_are_found_and_said() {
    for (delimiter, decimal) in
        [(",", "."), (";", "."), ("\t", "."), ("|", "."), (";", ","), ("\t", ","), ("|", ",")]
    {
        let table = read(&flowers(delimiter, decimal));
        are_flowers(&table);
        noted(&table.notes, &[&format!("delimiter = {delimiter:?}")]);
        assert_eq!(table.notes[0].contains("decimal = \",\""), decimal == ",", "{}", table.notes[0]);
        assert_eq!(table.columns.delimiter.to_string(), delimiter);
        assert_eq!(table.columns.decimal.to_string(), decimal);
    }
    // A decimal comma in numbers that are parted by commas is only readable between quotes.
    let quoted = settings("decimal = ','");
    let table = read_with("a,b,kind\n\"1,5\",2,x\n\"2,5\",3,x\n\"0,5\",3,y\n", &quoted).unwrap();
    assert_eq!(table.dataset.inputs::<f32>(), [1.5, 2.0, 2.5, 3.0, 0.5, 3.0]);
    // Rows of numbers with decimal commas have as many commas each; the semicolon goes first.
    let table = read("1,5;2,5;0\n2,5;3,5;1\n0,5;3,5;0\n");
    assert_eq!(table.dataset.inputs::<f32>(), [1.5, 2.5, 2.5, 3.5, 0.5, 3.5]);
}

#[test]
fn delimiters_and_decimals_are_as_the_user_says() {
    let table = read_with("a:b:kind\n1:2:x\n2:2:y\n0:1:x\n", &settings("delimiter = ':'")).unwrap();
    assert_eq!((table.dataset.size(), table.columns.delimiter), (2, ':'));
    assert!(!table.notes[0].contains("delimiter"), "{}", table.notes[0]);
    let table = read_with("1 2 x\n2 2 y\n0 1 x\n", &settings("delimiter = ' '")).unwrap();
    assert_eq!(table.dataset.size(), 2);
    // By itself, 1,234 could be a thousand.
    let thousands = "a;b\n1,234;0\n2,500;1\n";
    refused(
        read_with(thousands, &settings("")),
        &["`1,234` in line 2, column `a`", "marks between its thousands", "`decimal`"],
    );
    let table = read_with(thousands, &settings("decimal = ','")).unwrap();
    assert_eq!(table.dataset.inputs::<f32>(), [1.234, 2.5]);

    for wrong in [
        "delimiter = \".\"",
        "delimiter = \"\\\"\"",
        "delimiter = \"x\"",
        "delimiter = \"é\"",
        "decimal = \";\"",
    ] {
        refused(read_with("a,b\n1,2\n", &settings(wrong)), &[wrong]);
    }
}

#[test]
fn what_surrounds_the_text_is_taken_off() {
    let plain = flowers(";", ",");
    for text in [
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        format!("sep=;\r\n{plain}"),
        format!("\u{feff}\"sep=;\"\n{plain}"),
        format!("\n\r\n{plain}\n  \n\n"),
        plain.trim_end().to_owned(),
        plain.replace(';', " ; "),
        plain.replace("rose", "\"rose\""),
        plain.replace("rose", " \"rose\" "),
        format!("{plain};;\n"),
    ] {
        are_flowers(&read(&text));
    }
    let table = read(&format!("{plain};;\n;;\n"));
    noted(&table.notes, &["2 rows without any value are left out"]);
    // Lines are counted from the top of the file, blank ones and `sep=` too.
    refused(
        read_with("sep=;\na;b\n\n1;2\n\n\nx7;2\n3;1\n4;1\n5;2\n", &settings("")),
        &["`x7` in line 7, column `a`"],
    );
    refused(
        read_with("\u{feff}a,b\r\n1,2\r\n\r\nx7,2\r\n3,1\r\n4,1\r\n", &settings("")),
        &["`x7` in line 4, column `a`"],
    );
    // A cell may have the delimiter and quotes in it.
    let quoted = read("a,kind\n1,\"x, \"\"y\"\"\"\n2,z\n3,z\n");
    assert_eq!(quoted.dataset.class_names(), ["x, \"y\"", "z"]);
}

#[test]
fn what_is_no_table_is_named() {
    let refuses = |bytes: &[u8], parts: &[&str]| refused(Table::read("t.csv", bytes, &settings("")), parts);
    let utf_16: Vec<u8> = "\u{feff}a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    refuses(&utf_16, &["UTF-16", "saving the table as UTF-8"]);
    refuses(&utf_16[2..], &["bytes of 0"]);
    refuses(b"gr\xf6\xdfe,b\n1,2\n", &["byte 0xf6 in line 1", "UTF-8"]);
    refuses(b"a,b\n1,2\n3,\xe9\n", &["byte 0xe9 in line 3"]);
    refuses(b"PK\x03\x04 and so on", &["workbook of Excel", "CSV UTF-8"]);
    refuses(b"\x1f\x8b\x08\x00", &["gzip", "gunzip"]);
    refuses(b"<!DOCTYPE html>\n<p>a, b</p>", &["a web page"]);
    refuses(b"", &["no rows"]);
    refuses(b"\n \n\r\n", &["no rows"]);
    refuses(b"a,b\n", &["only the names of the columns"]);
    refuses(b"a\n1\n2\n", &["one column, with `,` as the delimiter"]);
    refuses(b"a,b\n1,2\n1,2,3\n", &["2 columns in every row", "3 columns in line 3"]);
    refuses(b"a,b,c\n1,2,x\n1,2\n", &["2 columns in line 3"]);
    // A quote that is not closed takes the rest of the file into its cell.
    refuses(
        b"a,b,kind\n1,2,\"x\n3,4,y\n5,6,x\n",
        &["a closing quote for each quoted cell", "in line 2", "closing it"],
    );
    let folder = TempDir::new().unwrap();
    refused(Table::open(folder.path().join("none.csv"), &settings("")), &["none.csv"]);
    refused(Table::open(folder.path(), &settings("")), &["a regular file", "a folder"]);
    fs::write(folder.path().join("t.csv"), flowers(",", ".")).unwrap();
    are_flowers(&Table::open(folder.path().join("t.csv"), &settings("")).unwrap());
}

// The first row

#[test]
fn the_first_row_is_names_or_data_and_that_is_said() {
    for (text, header, reason) in [
        ("1,2,0\n3,4,1\n5,6,0\n", false, "all of its cells are numbers; header = true makes it names"),
        ("a,b,c\n3,4,1\n5,6,0\n", true, "words above columns of numbers; header = false makes it data"),
        ("5.1,3.5,rose\n4.1,3.0,aster\n5.5,3.1,rose\n", false, "its numbers stand above numbers"),
        ("red,big,yes\nblue,big,no\nred,small,yes\n", false, "its words come again below"),
        (
            "colour,size,kind\nred,big,yes\nred,small,no\nblue,big,no\nred,big,yes\n",
            true,
            "do not come again",
        ),
        ("land,1999,2019\nDE,1.5,2\nFR,2,4\nDE,1,1\n", true, "numbers that count on"),
        ("land,2019,2020\nDE,1.5,2\nFR,2,4\nDE,1,1\n", true, "numbers that count on"),
        ("red,5,3\nblue,4,2\nred,1,3\n", false, "its words come again below"),
        (",x,y\n0,1,0\n1,3,1\n2,4,1\n", true, "words above columns of numbers"),
    ] {
        let table = read(text);
        assert_eq!(table.columns.header, header, "{text}");
        assert_eq!(table.dataset.len(), text.lines().count() - usize::from(header), "{text}");
        noted(&table.notes[..1], &[reason]);
    }
    // No row is lost, and the user's word holds.
    let numbers = "1,2,0\n3,4,1\n5,6,0\n";
    assert_eq!(read(numbers).dataset.inputs::<f32>()[..2], [1.0, 2.0]);
    let named = read_with(numbers, &settings("header = true")).unwrap();
    assert_eq!((named.dataset.len(), named.columns.input_names()), (2, vec!["1".to_owned(), "2".to_owned()]));
    assert!(!named.notes[0].contains("header"));
    let data = read_with("red,0\nblue,1\nred,1\n", &settings("header = false")).unwrap();
    assert_eq!((data.dataset.len(), data.columns.input_names()[1].as_str()), (3, "column 1=red"));
    // A slip in the first row neither makes it names nor loses it.
    refused(
        read_with("5.l,3.5,x\n4.1,3.0,y\n5.5,3.1,x\n", &settings("")),
        &["names and numbers in line 1", "header = true"],
    );
    refused(
        read_with("5.l,3.5,x\n4.1,3.0,y\n5.5,3.1,x\n", &settings("header = false")),
        &["`5.l` in line 1, column 1 of 3"],
    );
}

#[test]
fn names_are_different_and_a_column_without_one_says_nothing() {
    for toml in ["", "drop = [1]"] {
        refused(read_with("a,a,b\n1,2,3\n", &settings(toml)), &["column `a` more than once", "another name"]);
    }
    // The rows' numbers that pandas writes, and a delimiter at the end of each line.
    let table = read(",a,b,\n0,7,0,\n1,9,1,\n2,8,1,\n");
    assert_eq!((table.columns.input_names(), table.dataset.labels()), (vec!["a".to_owned()], &[0, 1, 1][..]));
    noted(
        &table.notes,
        &["column 1 of 4 has no name and counts the rows", "column 4 of 4 has no name and is empty"],
    );
    refused(read_with(",a,b\n5,7,0\n5,9,1\n", &settings("")), &["none for column 1 of 3", "drop = [0]"]);
    refused(read_with("a,b,\n5,7,0\n5,9,1\n", &settings("target = -1")), &["none for column 3 of 3"]);
    // A named one may be meant, and is only told; so are numbers that an f32 rounds.
    noted(
        &read("time,y\n1700000001,0\n1700000007,1\n").notes,
        &["column `time` has whole numbers above 16777216"],
    );
    let table = read("id,a,b\n1,7,0\n2,9,1\n3,8,1\n");
    noted(&table.notes, &["column `id` counts the rows; drop = [\"id\"] leaves it out"]);
    assert_eq!(table.dataset.size(), 2);
}

// Target and columns that are left out

#[test]
fn the_target_is_a_name_a_place_or_several_columns() {
    let text = "a,kind,b,c\n1,x,0.5,7\n2,y,1.5,8\n3,x,2.5,9\n";
    for (target, inputs) in [
        ("target = 'kind'", vec!["a", "b", "c"]),
        ("target = 1", vec!["a", "b", "c"]),
        ("target = -3", vec!["a", "b", "c"]),
        ("target = 'b'", vec!["a", "kind=x", "kind=y", "c"]),
        ("target = ['c', 0]", vec!["kind=x", "kind=y", "b"]),
        ("target = -1\ndrop = ['kind', 0]", vec!["b"]),
        ("drop = ['c', 'b']", vec!["a"]),
        ("", vec!["a", "kind=x", "kind=y", "b"]),
    ] {
        assert_eq!(read_with(text, &settings(target)).unwrap().columns.input_names(), inputs, "{target}");
    }
    let several = read_with(text, &settings("target = ['c', 0]")).unwrap();
    assert_eq!(several.dataset.targets::<f32>(), [7.0, 1.0, 8.0, 2.0, 9.0, 3.0]);
    noted(&several.notes, &["target: column `c`, column `a`, numbers to be learned"]);
    assert_eq!(read_with(text, &settings("drop = ['c', 'b']")).unwrap().dataset.labels(), [0, 1, 0]);
    // A column that is called so is the target, wherever it stands.
    let first = read("label,p,q\n0,1.5,1\n1,2.5,1\n0,3.5,2\n");
    assert_eq!(
        (first.columns.target_names(), first.dataset.labels()),
        (vec!["label".to_owned()], &[0, 1, 0][..])
    );
    noted(&first.notes, &["target: column `label`"]);
    // From a program.
    let program =
        TableSettings { target: Some("kind".into()), drop: vec!["b".into(), (-1).into()], ..settings("") };
    assert_eq!(read_with(text, &program).unwrap().columns.drop, [ColumnRef::from("b"), ColumnRef::from("c")]);
    assert_eq!(Target::from(2), settings("target = 2").target.unwrap());
}

#[test]
fn wrong_targets_and_drops_are_refused() {
    let text = "a,kind,b\n1,x,0.5\n2,y,1.5\n3,x,2.5\n";
    for (wrong, parts) in [
        ("target = 'color'", &["a, kind, b", "column \"color\""][..]),
        ("drop = ['color']", &["a, kind, b", "column \"color\""]),
        ("target = 3", &["a place from 0 to 2, or from -1 to -3", "column 3"]),
        ("target = -4", &["column -4"]),
        ("drop = [9223372036854775807]", &["column 9223372036854775807"]),
        ("target = 'a'\ndrop = [0]", &["target \"a\", which is left out by `drop`"]),
        ("target = ['a', 0]", &["target 0, which comes twice"]),
        ("target = []", &["0 target columns"]),
        ("target = ['a', 'b']\nnumbers = false", &["2 target columns", "numbers = true"]),
        ("target = ['a', 'kind']", &["`x` in line 2, column `kind`", "a number to be learned"]),
        ("target = 'kind'\nnumbers = true", &["`x` in line 2, column `kind`", "numbers = false"]),
        ("target = ['a', 'kind', 'b']", &["3 columns: 3 targets, 0 left out"]),
        ("drop = ['a', 'kind', 'b']", &["all 3 columns left out"]),
        ("drop = ['a', 'b']", &["3 columns: 1 targets, 2 left out"]),
    ] {
        refused(read_with(text, &settings(wrong)), parts);
    }
    refused(read_with("1,2\n3,4\n", &settings("target = 'b'")), &["the first row is data", "header = true"]);
    let message = toml::from_str::<TableSettings>("target = true").unwrap_err().to_string();
    assert!(message.contains("a column's name in quotes, its place counted from 0, or a list"), "{message}");
    let message = toml::from_str::<TableSettings>("drop = [true]").unwrap_err().to_string();
    assert!(message.contains("a column's name in quotes, or its place counted from 0"), "{message}");
}

// Classes or numbers

/// A table of one input, whose target is `target(i)` in row `i`.
fn column_of(rows: usize, target: impl Fn(usize) -> String) -> String {
    "x,y\n".to_owned() + &(0..rows).map(|i| format!("{}.5,{}\n", i % 7, target(i))).collect::<String>()
}

#[test]
fn classes_and_numbers_are_told_apart_and_that_is_said() {
    let classes = |text: &str| read(text).dataset.classes();
    assert_eq!(classes(&column_of(30, |i| ["no", "yes"][i % 2].into())), 2);
    assert_eq!(classes(&column_of(30, |i| (i % 2).to_string())), 2);
    assert_eq!(classes(&column_of(4, |i| (i % 2).to_string())), 2);
    assert_eq!(classes(&column_of(30, |i| (1 + i % 5).to_string())), 5);
    assert_eq!(classes(&column_of(200, |i| (i % 20).to_string())), 20);
    assert_eq!(classes(&column_of(200, |i| (i % 21).to_string())), 0);
    assert_eq!(classes(&column_of(30, |i| i.to_string())), 0);
    assert_eq!(classes(&column_of(30, |i| (i % 16).to_string())), 0); // not far fewer than rows
    assert_eq!(classes(&column_of(30, |i| format!("{}.5", i % 2))), 0);
    assert_eq!(classes(&column_of(30, |i| format!("{}.0", i % 2))), 2); // as pandas writes whole numbers

    noted(
        &read(&column_of(30, |i| (i % 3).to_string())).notes,
        &["target: column `y`, 3 classes: 0, 1, 2; numbers = true learns them as numbers"],
    );
    noted(
        &read(&column_of(30, |i| i.to_string())).notes,
        &["target: column `y`, numbers to be learned; numbers = false makes classes of them"],
    );
    // The user's word holds.
    let with = |text: &str, toml: &str| read_with(text, &settings(toml)).unwrap();
    let numbers = with(&column_of(30, |i| (i % 2).to_string()), "numbers = true");
    assert_eq!(
        (numbers.dataset.classes(), numbers.dataset.targets::<f32>()[..3].to_vec()),
        (0, vec![0.0, 1.0, 0.0])
    );
    assert!(numbers.columns.is_regression() && !numbers.notes.last().unwrap().contains("numbers = "));
    assert_eq!(with(&column_of(30, |i| i.to_string()), "numbers = false").dataset.classes(), 30);
    assert_eq!(with(&column_of(600, |i| format!("class {}", i % 300)), "").dataset.classes(), 300);
}

#[test]
fn classes_are_in_the_order_of_their_numbers_or_bytes() {
    let table = read(&column_of(30, |i| [10, 9, -1][i % 3].to_string()));
    assert_eq!(table.dataset.class_names(), ["-1", "9", "10"]);
    assert_eq!(table.dataset.labels()[..3], [2, 1, 0]);
    let table = read(&column_of(30, |i| ["b", "a10", "a9"][i % 3].into()));
    assert_eq!(table.dataset.class_names(), ["a10", "a9", "b"]);
    // One number is one class, however it is written.
    let table = read(&column_of(30, |i| ["1", "1.0", "2"][i % 3].into()));
    assert_eq!(
        (table.dataset.class_names(), &table.dataset.labels()[..3]),
        (&["1".to_owned(), "2".to_owned()][..], &[0, 0, 1][..])
    );
}

#[test]
fn targets_that_are_neither_are_refused() {
    // A slip among numbers makes no classes of them.
    let slip = column_of(40, |i| if i == 20 { "1.O5".into() } else { format!("{i}.25") });
    refused(
        read_with(&slip, &settings("")),
        &["`1.O5` in line 22, column `y`", "as in 39 other rows", "numbers = false"],
    );
    let names = column_of(40, |i| format!("name {i}"));
    refused(
        read_with(&names, &settings("")),
        &["40 different words in 40 rows of column `y`", "target = another column"],
    );
    let dates = column_of(4, |i| format!("2024-01-0{}", 1 + i % 2));
    refused(read_with(&dates, &settings("")), &["`2024-01-01` in line 2, column `y`: a date"]);
    let many = column_of(70_000, |i| i.to_string());
    refused(read_with(&many, &settings("numbers = false")), &["at most 65536 classes", "numbers = true"]);
    // Few numbers and words together are classes.
    let mixed = column_of(40, |i| ["2", "3", "4", "more"][i % 4].into());
    assert_eq!(read(&mixed).dataset.class_names(), ["2", "3", "4", "more"]);
}

// Categories, dates and other words

#[test]
fn words_are_categories_in_the_order_of_their_bytes() {
    let table = read("size,colour,y\n1.5,red,0\n2.5,blue,1\n3.5,red,0\n4.5,Zinc,1\n");
    assert_eq!(table.columns.input_names(), ["size", "colour=Zinc", "colour=blue", "colour=red"]);
    assert_eq!(table.columns.width(), 4);
    assert_eq!(table.dataset.inputs::<f32>()[..8], [1.5, 0.0, 0.0, 1.0, 2.5, 0.0, 1.0, 0.0]);
    noted(&table.notes, &["column `colour` is 3 words, an input each: Zinc, blue, red"]);
    let values = vec!["Zinc".to_owned(), "blue".to_owned(), "red".to_owned()];
    assert_eq!(table.columns.inputs[1].kind, ColumnKind::Category { values, fill: None });
    assert_eq!(table.columns.inputs[0].kind, ColumnKind::Number { low: 1.5, high: 4.5, fill: None });
    // Numbers among words that come again, as the doors of a car: 2, 3, 4, 5more.
    let cars: String = (0..24).map(|i| format!("{},{}\n", ["2", "3", "4", "5more"][i % 4], i % 2)).collect();
    let table = read(&format!("doors,y\n{cars}"));
    assert_eq!(table.columns.input_names(), ["doors=2", "doors=3", "doors=4", "doors=5more"]);
    noted(&table.notes, &["its numbers count as words"]);
    // A slip among numbers is none.
    let slip: String = (0..24)
        .map(|i| format!("{},{}\n", if i == 7 { "7O".into() } else { i.to_string() }, i % 2))
        .collect();
    refused(
        read_with(&format!("x,y\n{slip}"), &settings("")),
        &["`7O` in line 9, column `x`", "as in 23 other rows", "drop = [\"x\"]"],
    );
}

#[test]
fn names_and_ids_are_refused() {
    let people: String = (0..30).map(|i| format!("P{i},{},{}\n", i % 3, i % 2)).collect();
    let text = format!("name,x,y\n{people}");
    refused(
        read_with(&text, &settings("")),
        &["30 different words in 30 rows of column `name`", "drop = [\"name\"]"],
    );
    assert_eq!(read_with(&text, &settings("drop = ['name']")).unwrap().dataset.size(), 1);
    // All columns that cannot be used are named at once.
    let text = "id,day,note,x,y\na,2024-01-31,,1,0\nb,2024-02-01,,2,1\n";
    refused(
        read_with(text, &settings("")),
        &["`2024-01-31` in line 2", "drop = [\"id\", \"day\", \"note\"]"],
    );
    let nearly: String = (0..60).map(|i| format!("P{},{},{}\n", i / 2 + i % 2 * i, i % 3, i % 2)).collect();
    refused(
        read_with(&format!("name,x,y\n{nearly}"), &settings("")),
        &["column `name`", "drop = [\"name\"]"],
    );
    refused(
        read_with(&people, &settings("header = false")),
        &["column 1 of 3", "drop = [0] (places count from 0)"],
    );
    let many: String = (0..4004).map(|i| format!("w{},{}\n", i % 1001, i % 2)).collect();
    refused(read_with(&format!("word,y\n{many}"), &settings("")), &["at most 1000", "1001 different words"]);
}

#[test]
fn what_would_be_misread_is_refused_by_name() {
    for (cell, what) in [
        ("2024-01-31", "a date or a time"),
        ("31.01.2024", "a date or a time"),
        ("01/31/2024", "a date or a time"),
        ("2024-01-31T12:30:00Z", "a date or a time"),
        ("2024-01-31 12:30", "a date or a time"),
        ("12:30", "a date or a time"),
        ("1,234.5", "marks between its thousands"),
        ("1 234", "marks between its thousands"),
        ("3,14", "a number with a decimal comma"),
        ("12%", "a percentage"),
        ("$12", "an amount of money"),
        ("0x1F", "a hexadecimal number"),
        ("inf", "infinity"),
        ("-Infinity", "infinity"),
        ("1e39", "a number above 3.4e38"),
    ] {
        let text = format!("x,it,y\n1,2,0\n1,\"{cell}\",1\n2,3,1\n");
        refused(
            read_with(&text, &settings("")),
            &[&format!("`{cell}` in line 3, column `it`: "), what, "drop = [\"it\"]"],
        );
        assert_eq!(read_with(&text, &settings("drop = ['it']")).unwrap().dataset.len(), 3, "{cell}");
    }
    // A point in a table of semicolons may stand between thousands.
    let either = "a;b\n1.234;0\n12.500;1\n";
    refused(read_with(either, &settings("")), &["`1.234` in line 2", "decimal = \".\""]);
    assert_eq!(read_with(either, &settings("decimal = '.'")).unwrap().dataset.inputs::<f32>(), [1.234, 12.5]);
    assert_eq!(read(&format!("{either}0.125;1\n")).dataset.inputs::<f32>(), [1.234, 12.5, 0.125]);
    assert_eq!(read(&either.replace(';', ",")).dataset.inputs::<f32>(), [1.234, 12.5]);
    let german = "a;b\n1,5;0\n1.234,5;1\n";
    refused(
        read_with(german, &settings("")),
        &["`1.234,5` in line 3, column `a`", "marks between its thousands"],
    );
    refused(
        read_with("a;b\n1,5;0\n2.5;1\n", &settings("decimal = ','")),
        &["`2.5` in line 3", "a number with a decimal point"],
    );
}

// Empty cells

const GAPS: &str = "x,colour,y\n1,red,0\n,blue,1\n4,,0\n7,red,1\nNA,red,0\n";

#[test]
fn empty_cells_are_refused_dropped_or_filled() {
    refused(
        read_with(GAPS, &settings("")),
        &["an empty cell in line 3, column `x`", "empty = \"mean\"", "\"drop\""],
    );
    for word in ["", "NA", "N/A", "#N/A", "NaN", "nan", "null", "?", " "] {
        let text = format!("x,y\n1,0\n{word},1\n2,1\n");
        refused(read_with(&text, &settings("")), &["in line 3, column `x`", "a value"]);
        let table = read_with(&text, &settings("empty = 'drop'")).unwrap();
        assert_eq!((table.dataset.inputs::<f32>(), table.dataset.labels()), (vec![1.0, 2.0], &[0, 1][..]));
    }

    let table = read_with(GAPS, &settings("empty = 'drop'")).unwrap();
    assert_eq!(table.dataset.inputs::<f32>(), [1.0, 1.0, 7.0, 1.0]);
    // `blue` stands in a row that is left out, so it is no category.
    assert_eq!(table.columns.input_names(), ["x", "colour=red"]);
    noted(&table.notes, &["3 rows with empty cells are left out; 2 are kept"]);

    let table = read_with(GAPS, &settings("empty = 'mean'")).unwrap();
    assert_eq!(table.dataset.len(), 5);
    let rows = [[1.0, 0.0, 1.0], [4.0, 1.0, 0.0], [4.0, 0.0, 1.0], [7.0, 0.0, 1.0], [4.0, 0.0, 1.0]];
    assert_eq!(table.dataset.inputs::<f32>(), rows.concat());
    noted(&table.notes, &["2 empty cells of column `x` get its mean, 4", "1 empty cells get `red`"]);
    assert_eq!(table.columns.empty, Empty::Mean);
}

#[test]
fn empty_targets_and_empty_columns_are_never_filled() {
    let text = "x,y\n1,0\n2,\n3,1\n";
    refused(read_with(text, &settings("")), &["an empty cell in line 3, column `y`", "a target"]);
    refused(
        read_with(text, &settings("empty = 'mean'")),
        &["an empty cell in line 3, column `y`", "empty = \"drop\""],
    );
    assert_eq!(read_with(text, &settings("empty = 'drop'")).unwrap().dataset.len(), 2);

    let text = "x,note,y\n1,,0\n2,,1\n3,NA,1\n";
    for toml in ["", "empty = 'mean'"] {
        refused(read_with(text, &settings(toml)), &["column `note` without any", "drop = [\"note\"]"]);
    }
    refused(
        read_with(text, &settings("empty = 'drop'")),
        &["in 3 of them in column `note`", "drop = [\"note\"]"],
    );
    assert_eq!(read_with(text, &settings("drop = ['note']")).unwrap().dataset.len(), 3);
}

// Pixels

/// 64 pixels and a class in each row; the greatest pixel is `top`.
fn pictures(top: usize, label_first: bool) -> String {
    let names: Vec<String> = (0..64).map(|i| format!("pixel{i}")).collect();
    let row = |i: usize| {
        let pixels: Vec<String> =
            (0..64).map(|p| ((i + p) * 7 % top + usize::from(p == 0)).to_string()).collect();
        if label_first {
            format!("{},{}\n", i % 30, pixels.join(","))
        } else {
            format!("{},{}\n", pixels.join(","), i % 30)
        }
    };
    let header = if label_first {
        format!("label,{}\n", names.join(","))
    } else {
        format!("{},class\n", names.join(","))
    };
    header + &(0..60).map(row).collect::<String>()
}

#[test]
fn tables_of_pixels_are_known_as_such() {
    for label_first in [false, true] {
        let table = read(&pictures(250, label_first));
        assert!(table.columns.bytes);
        let Values::Bytes(bytes) = table.dataset.values() else { panic!("no bytes") };
        assert_eq!((bytes[0], bytes[1], bytes.len()), (1, 7, 64 * 60));
        assert_eq!(table.dataset.inputs::<f32>()[1], 7.0 / 255.0);
        assert_eq!(table.dataset.classes(), 30); // more than 20, but pictures have such classes
        noted(
            &table.notes,
            &["all 64 inputs are whole numbers from 0 to 255: pixels, divided by 255; bytes = false"],
        );
    }
    // Small numbers, few columns, fractions: no pixels.
    assert!(!read(&pictures(90, true)).columns.bytes);
    assert!(!read("a,b\n255,0\n12,1\n").columns.bytes);
    assert!(!read(&pictures(250, true).replacen(",7,", ",7.5,", 1)).columns.bytes);
    assert!(!read(&pictures(250, true).replacen(",7,", ",-7,", 1)).columns.bytes);
    let numbers = read_with(&pictures(250, true), &settings("bytes = false\nnumbers = false")).unwrap();
    assert_eq!(numbers.dataset.inputs::<f32>()[1], 7.0);

    let few = read_with("a,b,y\n255,0,0\n12,3,1\n", &settings("bytes = true")).unwrap();
    assert_eq!(few.dataset.values(), &Values::Bytes(vec![255, 0, 12, 3]));
    let bytes = settings("bytes = true");
    for cell in ["256", "-1", "0.5"] {
        let text = format!("a,b,y\n255,0,0\n12,{cell},1\n");
        refused(
            read_with(&text, &bytes),
            &[&format!("`{cell}` in line 3, column `b`"), "a whole number from 0 to 255"],
        );
    }
    refused(
        read_with("a,b,y\n255,red,0\n12,blue,1\n255,red,0\n", &bytes),
        &["words in column `b`", "bytes = false"],
    );
}

#[test]
fn later_tables_of_pixels_are_held_to_it() {
    let columns = read(&pictures(250, true)).columns;
    let dark: String = pictures(90, true);
    let table = Table::read_like("dark.csv", dark.as_bytes(), &columns).unwrap();
    assert!(matches!(table.dataset.values(), Values::Bytes(_)));
    let rows = columns.read_rows("dark.csv", dark.as_bytes()).unwrap();
    assert_eq!(rows.inputs(), table.dataset.inputs::<f32>());
    let mut row = [0.0; 64];
    row[3] = 255.0;
    assert_eq!(columns.row_of_numbers(&row).unwrap()[3], 1.0);
    row[3] = 0.5;
    refused(columns.row_of_numbers(&row), &["a whole number from 0 to 255", "`0.5` for `pixel3`"]);
    let unit = pictures(250, true).replacen(",7,", ",0.5,", 1);
    refused(
        columns.read_rows("unit.csv", unit.as_bytes()),
        &["`0.5` in line 2", "a whole number from 0 to 255"],
    );
}

// Another table, paired by name

const GARDEN: &str =
    "id,length,colour,kind\na1,1.5,red,rose\na2,2.5,blue,aster\na3,3.5,red,tulip\na4,4.5,blue,rose\n";

fn garden() -> Columns {
    read_with(GARDEN, &settings("drop = ['id']")).unwrap().columns
}

fn like(text: &str, columns: &Columns) -> Result<Table, DataError> {
    Table::read_like("test.csv", text.as_bytes(), columns)
}

#[test]
fn columns_and_classes_are_paired_by_name() {
    let columns = garden();
    // In another order, without the class `aster`, with and without what training left out.
    for text in [
        "kind,colour,length\ntulip,red,7\nrose,blue,6\n",
        "colour,id,length,kind\nred,x,7,tulip\nblue,y,6,rose\n",
    ] {
        let table = like(text, &columns).unwrap();
        assert_eq!(table.dataset.inputs::<f32>(), [7.0, 0.0, 1.0, 6.0, 1.0, 0.0]);
        assert_eq!(table.dataset.labels(), [2, 1]);
        assert_eq!(table.dataset.class_names(), ["aster", "rose", "tulip"]);
        assert_eq!(table.columns, columns);
    }
    // Classes that are numbers are paired by their value.
    let columns = read(&column_of(30, |i| (i % 3).to_string())).columns;
    assert_eq!(like("y,x\n2.0,1\n0,1\n", &columns).unwrap().dataset.labels(), [2, 0]);
    // A table of other delimiter and decimal is read as it is, and that is said.
    let german = like(&flowers(";", ","), &read(&flowers(",", ".")).columns).unwrap();
    are_flowers(&german);
    noted(
        &german.notes,
        &["delimiter = \";\" in this table; it was \",\" in training", "decimal = \",\" in this table"],
    );
    are_flowers(&like(&flowers(",", "."), &read(&flowers(";", ",")).columns).unwrap());
    let one = read("rooms,price\n1,10.5\n2,20.5\n3,25\n").columns;
    assert_eq!(like("price;rooms\n7;2,5\n", &one).unwrap().dataset.inputs::<f32>(), [2.5]);
    are_flowers(&like(&flowers("\t", "."), &read(&flowers("\t", ",")).columns).unwrap());
}

#[test]
fn the_training_table_itself_gives_the_same_samples_again() {
    for (text, toml) in [
        (flowers(";", ","), ""),
        (GARDEN.to_owned(), "drop = ['id']"),
        (GARDEN.to_owned(), "drop = [0]\ntarget = ['length']"),
        (GAPS.to_owned(), "empty = 'mean'"),
        (GAPS.to_owned(), "empty = 'drop'"),
        (pictures(250, true), ""),
        ("1,2.5,0\n3,4,1\n5,6,0\n".to_owned(), "target = 0"),
        ("red;0\nblue;1\nred;1\n".to_owned(), "header = false"),
        (",a,b,kind,\n0,1,2,x,\n1,3,4,y,\n2,3,4,x,\n".to_owned(), ""),
    ] {
        let trained = read_with(&text, &settings(toml)).unwrap();
        let again = Table::read_like("t.csv", text.as_bytes(), &trained.columns).unwrap();
        assert!(trained.dataset == again.dataset && trained.columns == again.columns, "{text}");
        if trained.columns.empty != Empty::Drop {
            let rows = trained.columns.read_rows("t.csv", text.as_bytes()).unwrap();
            assert_eq!(rows.inputs(), trained.dataset.inputs::<f32>(), "{text}");
        }
    }
}

#[test]
fn strangers_and_missing_columns_are_refused_with_both_lists() {
    let columns = garden();
    for (text, parts) in [
        ("length,kind\n7,rose\n", &["length, colour, kind", "length, kind; without colour"][..]),
        (
            "length,color,kind\n7,red,rose\n",
            &["length, color, kind; without colour; not known from training: color", "renaming"],
        ),
        ("length,colour,weight,kind\n7,red,1,rose\n", &["not known from training: weight", "`drop`"]),
        ("length,colour\n7,red\n", &["length, colour, kind", "without kind"]),
        (
            "7,red,rose\n6,red,rose\n",
            &[
                "length, colour, kind",
                "7, red, rose; without length, colour, kind",
                "a first row of these names",
            ],
        ),
        ("length,length,colour,kind\n7,8,red,rose\n", &["column `length` more than once"]),
        (
            "length,colour,kind\n7,red,lily\n6,red,rose\n",
            &[
                "aster, rose, tulip",
                "`lily` in line 2, column `kind`",
                "the classes of this table: lily, rose",
            ],
        ),
        ("length,colour,kind\n7,green,rose\n", &["blue, red", "`green` in line 2, column `colour`"]),
        ("length,colour,kind\n7,,rose\n", &["an empty cell in line 2, column `colour`"]),
        ("length,colour,kind\nlong,red,rose\n", &["`long` in line 2, column `length`", "a number"]),
        ("length,colour,kind\n", &["one row of data or more"]),
    ] {
        refused(like(text, &columns), parts);
        refused(like(text, &columns), &["cannot use `test.csv`"]);
    }
}

#[test]
fn columns_are_paired_by_place_only_without_names() {
    let columns =
        read_with("a1,1.5,rose,2\na2,2.5,aster,3\na3,3.5,rose,4\n", &settings("drop = [0]\ntarget = 2"))
            .unwrap()
            .columns;
    assert_eq!(columns.input_names(), ["column 2", "column 4"]);
    let table = like("x,7,aster,8\n", &columns).unwrap();
    assert_eq!((table.dataset.inputs::<f32>(), table.dataset.labels()), (vec![7.0, 8.0], &[0][..]));
    assert_eq!(like("7,aster,8\n", &columns).unwrap().dataset.inputs::<f32>(), [7.0, 8.0]);
    let rows = |text: &str| columns.read_rows("rows", text.as_bytes());
    assert_eq!(rows("7,8\n5,6\n").unwrap().inputs(), [7.0, 8.0, 5.0, 6.0]);
    // Three columns lack either the target or what was left out.
    refused(
        rows("7,aster,8\n"),
        &["2 or 3 or 4 columns", "which could be with the targets or with those left out"],
    );
    refused(rows("7\n"), &["1 columns", "2 inputs, 1 targets and 1 that training left out"]);
    // Names that training had not are said and passed over; a slip is not taken for names.
    let named = rows("length,width\n7,8\n").unwrap();
    assert_eq!((named.len(), named.line(0)), (1, 2));
    noted(named.notes(), &["the first row is names"]);
    refused(rows("7,eight\n5,6\n"), &["`eight` in line 1, column 2 of 2"]);
}

#[test]
fn empty_cells_of_later_tables_are_treated_as_in_training() {
    let filled = read_with(GAPS, &settings("empty = 'mean'")).unwrap().columns;
    let test = "y,x,colour\n1,,blue\n0,100,\n";
    let expected = [4.0, 1.0, 0.0, 100.0, 0.0, 1.0];
    assert_eq!(like(test, &filled).unwrap().dataset.inputs::<f32>(), expected);
    assert_eq!(filled.read_rows("rows", test.as_bytes()).unwrap().inputs(), expected);
    assert_eq!(filled.row(&[("x", ""), ("colour", "blue")]).unwrap(), [4.0, 1.0, 0.0]);

    let dropped = read_with(GAPS, &settings("empty = 'drop'")).unwrap().columns;
    let table = like("y,x,colour\n1,,red\n0,100,red\n", &dropped).unwrap();
    assert_eq!(table.dataset.len(), 1);
    noted(&table.notes, &["1 rows with empty cells are left out; 1 are kept"]);
    // Who asks for answers gets one for each row, or none.
    refused(
        dropped.read_rows("rows", "x,colour\n,red\n".as_bytes()),
        &["an empty cell in line 2, column `x`"],
    );
}

#[test]
fn numbers_far_from_those_of_training_are_said() {
    let columns = read(&flowers(",", ".")).columns;
    let notes = |text: &str| columns.read_rows("rows", text.as_bytes()).unwrap().notes().join("\n");
    assert_eq!(notes("length,width\n12,-3\n"), "");
    let far = notes("length,width\n12,1\n1200,1\n5,-90\n");
    assert!(
        far.contains("2 numbers are far")
            && far.contains("1200 in line 3, column `length`, which had 0.5 to 11.5"),
        "{far}"
    );
}

// Rows to be predicted

#[test]
fn rows_have_their_lines_and_the_truth_where_it_is_there() {
    let columns = garden();
    let rows = columns.read_rows("-", "colour,length\n\nred,7\nblue,6\n".as_bytes()).unwrap();
    assert_eq!((rows.len(), rows.line(0), rows.line(1), rows.is_empty()), (2, 3, 4, false));
    assert_eq!((rows.input(1), rows.truth()), (&[6.0, 1.0, 0.0][..], None));
    let text = "kind,colour,length,id\nrose,red,7,a\ntulip,blue,6,b\n";
    let rows = columns.read_rows("-", text.as_bytes()).unwrap();
    assert_eq!(rows.truth(), Some(&Truth::Labels(vec![1, 2])));
    // The same numbers as those of a table to compare with.
    assert_eq!(rows.inputs(), like(text, &columns).unwrap().dataset.inputs::<f32>());
    let rows = columns.read_rows("-", "kind,colour,length\nrose,red,7\n,blue,6\n".as_bytes()).unwrap();
    assert_eq!((rows.len(), rows.truth()), (2, None));
    noted(rows.notes(), &["the target column has empty cells"]);
    refused(
        columns.read_rows("-", "kind,colour,length\nlily,red,7\n".as_bytes()),
        &["`lily` in line 2", "aster, rose, tulip"],
    );
    refused(columns.read_rows("-", "".as_bytes()), &["cannot use `-`", "no rows"]);

    let prices = read("rooms,price\n1,10.5\n2,20.5\n3,25\n").columns;
    let rows = prices.read_rows("-", "price,rooms\n7.5,2\n".as_bytes()).unwrap();
    assert_eq!((rows.input(0), rows.truth()), (&[2.0][..], Some(&Truth::Numbers(vec![7.5]))));
    // One input, no target: a table of one column.
    assert_eq!(prices.read_rows("-", "rooms\n2\n3\n".as_bytes()).unwrap().inputs(), [2.0, 3.0]);

    let folder = TempDir::new().unwrap();
    let path = folder.path().join("rows.csv");
    fs::write(&path, text).unwrap();
    assert_eq!(columns.open_rows(&path).unwrap().len(), 2);
    assert_eq!(Table::open_like(&path, &columns).unwrap().dataset.len(), 2);
}

#[test]
fn one_row_of_a_program() {
    let columns = garden();
    assert_eq!(columns.row(&[("colour", " red "), ("length", "7"), ("id", "a9")]).unwrap(), [7.0, 0.0, 1.0]);
    for (row, parts) in [
        (&[("length", "7")][..], &["length, colour", "a value for each"][..]),
        (&[("length", "7"), ("colour", "red"), ("weight", "1")], &["length, colour, weight"]),
        (&[("length", "7"), ("colour", "red"), ("length", "8")], &["length, colour, length"]),
        (&[("length", "7"), ("colour", "green")], &["`green` for `colour`", "blue, red"]),
        (&[("length", "7,5"), ("colour", "red")], &["`7,5` for `length`: a number with a decimal comma"]),
        (&[("length", ""), ("colour", "red")], &["`` for `length`", "a value"]),
    ] {
        refused(columns.row(row), parts);
        refused(columns.row(row), &["cannot use `the row`"]);
    }
    refused(
        columns.row_of_numbers(&[1.0, 2.0]),
        &["words and numbers: length, colour=blue, colour=red", "Columns::row"],
    );

    let numbers = read("1,2,0\n3,4,1\n").columns;
    assert_eq!(numbers.row_of_numbers(&[5.0, -6.5]).unwrap(), [5.0, -6.5]);
    refused(numbers.row_of_numbers(&[5.0]), &["2 numbers: column 1, column 2", "1 numbers"]);
    refused(numbers.row_of_numbers(&[5.0, f32::NAN]), &["`NaN` for `column 2`", "a finite number"]);
    refused(numbers.row(&[("a", "1")]), &["had no names", "row_of_numbers"]);
}

// Settings and columns in files

#[test]
fn settings_and_columns_come_back_from_their_files() {
    assert_eq!(toml::to_string(&TableSettings::default()).unwrap(), "");
    let all = "header = true\ndelimiter = \";\"\ndecimal = \",\"\ntarget = [\"a\", -1]\ndrop = [\"id\", 0]\nempty = \"mean\"\nnumbers = true\nbytes = false\n";
    assert_eq!(toml::to_string(&settings(all)).unwrap(), all);
    for columns in [
        garden(),
        read(&pictures(250, true)).columns,
        read_with(GAPS, &settings("empty = 'mean'")).unwrap().columns,
    ] {
        let json = serde_json::to_string(&columns).unwrap();
        assert_eq!(serde_json::from_str::<Columns>(&json).unwrap(), columns);
    }
}

#[test]
fn damaged_columns_of_a_model_file_are_refused_without_a_panic() {
    let good = serde_json::to_value(garden()).unwrap();
    let damage: &[(&str, serde_json::Value)] = &[
        ("/inputs/0/name", serde_json::Value::Null),
        ("/targets/0/name", serde_json::Value::Null),
        ("/inputs", serde_json::json!([])),
        ("/targets", serde_json::json!([])),
        ("/classes", serde_json::json!(["rose", "rose", "tulip"])),
        ("/inputs/1/kind/category/values", serde_json::json!([])),
        ("/header", serde_json::json!(false)),
    ];
    for (at, value) in damage {
        let mut damaged = good.clone();
        *damaged.pointer_mut(at).unwrap() = value.clone();
        let columns: Columns = serde_json::from_value(damaged).unwrap();
        assert!(like("kind,colour,length\nrose,red,7\n", &columns).is_err(), "{at}");
        let _ = columns.read_rows("rows", "colour,length\nred,7\n".as_bytes());
        let _ = (columns.row(&[("length", "7"), ("colour", "red")]), columns.row_of_numbers(&[1.0, 2.0]));
    }
    let odd = |at: &str| {
        let mut damaged = good.clone();
        damaged[at] = serde_json::json!("é");
        serde_json::from_value::<Columns>(damaged).unwrap()
    };
    for columns in [odd("delimiter"), odd("decimal")] {
        assert_eq!(
            like("kind,colour,length\nrose,red,7\n", &columns).unwrap().dataset.inputs::<f32>(),
            [7.0, 0.0, 1.0]
        );
    }
    // Places without bounds.
    let mut damaged = serde_json::to_value(read("1,2,0\n3,4,1\n").columns).unwrap();
    damaged["inputs"][0]["place"] = serde_json::json!(u64::MAX);
    damaged["drop"] = serde_json::json!([-5, 7]);
    let columns: Columns = serde_json::from_value(damaged).unwrap();
    let _ = (columns.input_names(), like("1,2,0\n", &columns), columns.read_rows("rows", "1,2\n".as_bytes()));
}

#[test]
fn a_quote_that_is_never_closed_is_refused() {
    let rows = |last: &str| format!("a,b,kind\n1,2,x\n3,4,y\n5,6,{last}\n7,8,x\n9,1,y\n");
    let result = read_with(&rows("\"x"), &TableSettings::default());
    refused(result, &["one in line 4 or below", "a closing quote"]);
    // Also where nothing else is in the cell, and in a column that is left out.
    let drop = settings("drop = [\"kind\"]\ntarget = \"b\"");
    refused(read_with("a,b,kind\n1,2,x\n3,4,\"", &drop), &["one in line 3 or below"]);
    refused(read_with("a,b,kind\n1,2,x\n\"", &TableSettings::default()), &["one in line 3 or below"]);
    // Quotes within cells, and quotes that are written twice, open nothing.
    for last in ["5\"", "\"5\"\"\"", "\"a\"\"b\"", "\"\"", " \"x", "5\"\""] {
        let text = format!("a,b,kind\n1,2,x\n3,4,y\n5,6,{last}");
        let columns = read_with(&text, &settings("drop = [\"kind\"]\ntarget = \"b\""));
        assert_eq!(columns.unwrap().dataset.len(), 3, "{last}");
    }
}

#[test]
fn a_title_above_the_names_is_explained() {
    let text = "# written on a day in May\na,b,kind\n1,2,x\n3,4,y\n";
    let result = read_with(text, &TableSettings::default());
    refused(result, &["1 column in every row", "3 columns in line 2", "removing titles and comments"]);
}
