//! Later tables and rows, which are paired with the columns of training.

use super::cells::{GAPS, pictures};
use super::targets::column_of;
use super::*;

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
            &["length, color, kind; without colour; not in the training table: color", "renaming"],
        ),
        ("length,colour,weight,kind\n7,red,1,rose\n", &["not in the training table: weight", "`drop`"]),
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
    noted(named.notes(), &["the first row has names"]);
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
    let note =
        "1 row with empty cells is left out, as in training; 1 is kept; the first that is left out is line 2";
    noted(&table.notes, &[note]);
    let rows = |text: &str| dropped.read_rows("rows", text.as_bytes());
    let some = rows("x,colour\n,red\n100,red\n").unwrap();
    assert_eq!((some.len(), some.line(0), some.input(0)), (1, 3, &[100.0, 1.0][..]));
    noted(some.notes(), &[note]);
    refused(rows("x,colour\n,red\n"), &["rows with empty cells only"]);
    // A row without a target has an answer.
    let some = rows("y,x,colour\n,4,red\n1,5,red\n1,,red\n").unwrap();
    assert_eq!((some.len(), some.truth()), (2, None));
    let all = rows("y,x,colour\n0,4,red\n1,5,red\n1,,red\n").unwrap();
    assert_eq!(all.truth(), Some(&Truth::Labels(vec![0, 1])));
}

#[test]
fn later_tables_may_have_another_decimal() {
    let points = "a,b,y\n1.5,2.25,0\n3.5,4.75,1\n5.5,6.25,0\n".to_owned();
    let quoted = "a,b,y\n\"1,5\",\"2,25\",0\n\"3,5\",\"4,75\",1\n\"5,5\",\"6,25\",0\n".to_owned();
    let with_commas = settings("decimal = ','");
    for trained in [
        read_with(&points, &settings("")),
        read_with(&quoted, &with_commas),
        read_with(&points.replace(',', ";"), &settings("")),
        read_with(&points.replace(',', ";").replace('.', ","), &settings("")),
    ] {
        let trained = trained.unwrap();
        for later in
            [&points, &quoted, &points.replace(',', "\t"), &points.replace(',', "\t").replace('.', ",")]
        {
            let rows = trained.columns.read_rows("rows", later.as_bytes()).unwrap();
            assert_eq!(rows.inputs(), trained.dataset.inputs::<f32>(), "{later}");
        }
    }
    // Settings belong to the training: a later table has none.
    let columns = read_with(&quoted, &with_commas).unwrap().columns;
    let either = columns.read_rows("rows", "a;b\n1.234;0,5\n".as_bytes());
    refused(
        either,
        &["`1.234` in line 2", "writing `,` before the fraction, and no marks between thousands"],
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
