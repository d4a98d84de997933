//! The text of a table: delimiters, the first row, quotes.

use super::*;

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
        &["`1,234` in line 2, column `a`", "marks between its thousands", "decimal = \",\", if"],
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
    refuses(b"PK\x03\x04....[Content_Types].xml", &["a workbook of Excel", "CSV UTF-8"]);
    refuses(b"PK\x03\x04....folder/a.csv", &["a ZIP archive", "unpacking"]);
    refuses(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", &["an old workbook of Excel", "CSV UTF-8"]);
    refuses(b"PAR1\x15\x04", &["Parquet", "to_csv"]);
    for json in ["[{\"a\": 1, \"b\": 2}]", "{\"a\": [1, 2]}\n{\"a\": [3, 4]}\n", "\u{feff} [\n [1, 2]\n]"] {
        refuses(json.as_bytes(), &["JSON", "writing the table as CSV"]);
    }
    refuses(b"<?xml version=\"1.0\"?>\n<rows/>", &["an XML document"]);
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

#[test]
fn a_table_in_gzip_is_read() {
    let packed = |text: &str| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        gzip.finish().unwrap()
    };
    let whole = packed(&flowers(",", "."));
    let read = |bytes: &[u8]| Table::read("t.csv.gz", bytes, &settings(""));
    are_flowers(&read(&whole).unwrap());
    let columns = read(&whole).unwrap().columns;
    assert_eq!(columns.read_rows("rows", &whole[..]).unwrap().len(), 12);
    refused(read(&whole[..whole.len() - 1]), &["cannot inflate `t.csv.gz`", "a stream that ends early"]);
    refused(read(&[&whole[..], b"a"].concat()), &["bytes after the stream's end"]);
    let mut wrong = whole.clone();
    let last = wrong.len() - 6;
    wrong[last] ^= 1;
    refused(read(&wrong), &["cannot inflate `t.csv.gz`"]);
    refused(read(&packed("PAR1\u{15}")), &["Parquet"]);

    // The kind of a file without a name that says it.
    let folder = TempDir::new().unwrap();
    for name in ["t.csv.gz", "t.gz", "table"] {
        let path = folder.path().join(name);
        fs::write(&path, &whole).unwrap();
        let source = DataSource::named(path.to_str().unwrap(), None).unwrap();
        assert!(matches!(source, DataSource::Csv { .. }), "{name}: {source:?}");
    }
    let path = folder.path().join("t.gz");
    fs::write(&path, packed("\0\0\u{8}\u{1}\0\0\0\u{1}\u{7}")).unwrap();
    refused(DataSource::named(path.to_str().unwrap(), None), &["a file of one array"]);
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
        &[
            "column 1 of 4 has no name and has a whole number of its own for each row",
            "column 4 of 4 has no name and is empty",
        ],
    );
    refused(read_with(",a,b\n5,7,0\n5,9,1\n", &settings("")), &["none for column 1 of 3", "drop = [0]"]);
    refused(read_with("a,b,\n5,7,0\n5,9,1\n", &settings("target = -1")), &["none for column 3 of 3"]);
    // A named one may be meant, and is only told; so are numbers that an f32 rounds.
    noted(
        &read("time,y\n17000001,0\n90000007,1\n").notes,
        &["column `time` has whole numbers above 16777216"],
    );
    let table = read("id,a,b\n1,7,0\n2,9,1\n3,8,1\n");
    noted(&table.notes, &["column `id` counts the rows; drop = [\"id\"] leaves it out"]);
    assert_eq!(table.dataset.size(), 2);
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
