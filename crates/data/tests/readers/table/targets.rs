//! Targets: which columns, classes or numbers.

use super::*;

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
fn a_number_that_means_two_columns_is_refused() {
    // As pandas writes a table without names, and a table with numbers for names.
    let pandas = ",0,1,2\n0,0.5,7.5,x\n1,1.5,8.5,y\n2,2.5,9.5,x\n";
    let counted = "1,2,label\n0.5,7.5,x\n1.5,8.5,y\n2.5,9.5,x\n";
    let remedy = "\"1\", with its quotes, for the column of this name; or \"0\"";
    for setting in ["target = 1", "target = [1, 2]", "drop = [1]", "weight = 1"] {
        refused(
            read_with(pandas, &settings(setting)),
            &["column 1, which is the place of column \"0\" and the name of another column", remedy],
        );
    }
    refused(read_with(counted, &settings("target = 2")), &["\"2\", with its quotes", "or \"label\""]);
    refused(read_with(pandas, &settings("drop = [0]")), &["\"0\", with its quotes", "or -4"]);
    for (text, setting, inputs) in [
        (pandas, "target = '1'", &["0", "2=x", "2=y"][..]),
        (pandas, "target = -1", &["0", "1"]),
        (pandas, "target = 3\ndrop = [-4]", &["0", "1"]),
        (counted, "drop = ['1']", &["2"]),
        // The number is no place, or the place of the column of this name.
        (
            "2019,2020,name\n0.5,7.5,x\n1.5,8.5,y\n2.5,9.5,x\n",
            "target = 2020\nheader = true",
            &["2019", "name=x", "name=y"],
        ),
        ("0,1,2\n0.5,7.5,x\n1.5,8.5,y\n2.5,9.5,x\n", "target = 1", &["0", "2=x", "2=y"]),
    ] {
        assert_eq!(read_with(text, &settings(setting)).unwrap().columns.input_names(), inputs, "{setting}");
    }
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
pub fn column_of(rows: usize, target: impl Fn(usize) -> String) -> String {
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

#[test]
fn numbers_that_rounding_makes_equal_are_refused() {
    let table = |of: &dyn Fn(usize) -> String| {
        (0..50).fold("x,y\n".to_owned(), |text, n| text + &format!("{},{}\n", of(n), n as f64 * 0.37))
    };
    let swapped = |of: &dyn Fn(usize) -> String| {
        (0..50).fold("x,y\n".to_owned(), |text, n| text + &format!("{},{}\n", n as f64 * 0.37, of(n)))
    };
    for of in [
        &(|n: usize| (1_700_000_000 + n * n).to_string()) as &dyn Fn(usize) -> String,
        &|n: usize| format!("{}", 1e9 + n as f64 / 8.0),
        &|n: usize| format!("{n}.5e-300"),
    ] {
        for text in [table(of), swapped(of)] {
            refused(
                Table::read("t.csv", text.as_bytes(), &settings("")),
                &[
                    "if they are rounded to seven digits, as samples are with any `precision`",
                    "subtracting one of the numbers",
                ],
            );
        }
    }
    // Few digits are lost, or none.
    for of in [&(|n: usize| (100_000 + n).to_string()) as &dyn Fn(usize) -> String, &|_| "0.1".to_owned()] {
        read(&table(of));
    }
}

#[test]
fn codes_are_no_numbers() {
    let classes = |text: &str| read(text).dataset.class_names().to_vec();
    assert_eq!(classes("x,y\n1,01\n2,1\n3,2\n4,01\n5,1\n6,2\n"), ["01", "1", "2"]);
    let long = "x,y\n1,9007199254740992\n2,9007199254740993\n3,9007199254740992\n4,9007199254740993\n";
    assert_eq!(classes(long), ["9007199254740992", "9007199254740993"]);
    assert_eq!(classes("x,y\n1,1\n2,1.0\n3,2\n4,2.0\n"), ["1", "2"]);
}
