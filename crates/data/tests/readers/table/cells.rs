//! What cells hold: words, dates, nothing, pixels.

use super::*;

// Categories, dates and other words

#[test]
fn words_are_categories_in_the_order_of_their_bytes() {
    let table = read("size,colour,y\n1.5,red,0\n2.5,blue,1\n3.5,red,0\n4.5,Zinc,1\n");
    assert_eq!(table.columns.input_names(), ["size", "colour=Zinc", "colour=blue", "colour=red"]);
    assert_eq!(table.columns.width(), 4);
    assert_eq!(table.dataset.inputs::<f32>()[..8], [1.5, 0.0, 0.0, 1.0, 2.5, 0.0, 1.0, 0.0]);
    noted(&table.notes, &["column `colour` has 3 words, with an input for each: Zinc, blue, red"]);
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

pub const GAPS: &str = "x,colour,y\n1,red,0\n,blue,1\n4,,0\n7,red,1\nNA,red,0\n";

#[test]
fn the_remedy_says_which_decimal() {
    // Each of these could have its comma between thousands.
    let german = "a;b;y\n8,648;1,234;2,345\n7,531;2,512;1,222\n6,111;3,555;9,111\n";
    refused(
        read_with(german, &settings("")),
        &["`8,648` in line 2", "decimal = \",\", if the comma is before"],
    );
    let path = TempDir::new().unwrap();
    let file = path.path().join("t.csv");
    fs::write(&file, german).unwrap();
    refused(Table::propose(&file, &settings("")), &["decimal = \",\"", "--decimal ,"]);
    assert_eq!(Table::propose(&file, &settings("decimal = ','")).unwrap().dropped, []);
    // The setting cannot help if both marks are there.
    let text = message(read_with("a;y\n1.234,50;1\n1,5;2\n3,25;1\n", &settings("decimal = ','")));
    assert!(text.contains("writing numbers without such marks") && !text.contains("decimal"), "{text}");
}

#[test]
fn numbers_with_zeros_in_front_are_said() {
    let text = "zip,y\n94103,0\n01234,1\n00501,0\n";
    let table = read(text);
    assert_eq!(table.dataset.inputs::<f32>(), [94103.0, 1234.0, 501.0]);
    noted(&table.notes, &["column `zip` is read as numbers", "`01234` in line 3", "drop = [\"zip\"]"]);
    for text in ["x,y\n0.5,0\n0,1\n-0.25,0\n", "x,y\n10,0\n20,1\n30,0\n"] {
        assert!(!read(text).notes.join("\n").contains("zeros in front"), "{text}");
    }
}

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
pub fn pictures(top: usize, label_first: bool) -> String {
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
        let values = table.dataset.values();
        assert!(values.are_bytes());
        assert_eq!((&values.to_vec()[..2], values.len()), (&[1.0, 7.0][..], 64 * 60));
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
    assert_eq!(few.dataset.values(), &Values::from(vec![255_u8, 0, 12, 3]));
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
    assert!(table.dataset.values().are_bytes());
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
