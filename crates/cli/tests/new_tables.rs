//! Tables that `toddle new` must not read in another way than their owner: it refuses, or says what it has left out.

mod common;

use std::fs;
use std::path::Path;
use std::time::Instant;

use common::{fail, succeed, text, toddle};
use tempfile::TempDir;

/// A table of 60 rows, which `row` gives, below `names`.
fn table(folder: &Path, names: &str, row: impl Fn(usize) -> String) {
    let rows: String = (0..60).map(|n| row(n) + "\n").collect();
    fs::write(folder.join("t.csv"), format!("{names}\n{rows}")).unwrap();
}

/// A number that looks random.
fn number(n: usize) -> f64 {
    (n * 7919 % 997) as f64 / 100.0 - 4.0
}

/// The message with which `toddle new` refuses such a table.
fn refused(names: &str, row: impl Fn(usize) -> String) -> String {
    let home = TempDir::new().expect("a temporary folder");
    table(home.path(), names, row);
    let message = fail(toddle(&["new", "t.csv"]).current_dir(home.path()));
    assert!(!home.path().join("t.toml").exists(), "{message}");
    message
}

/// The file that `toddle new` writes for such a table, and what it says.
fn written(names: &str, row: impl Fn(usize) -> String) -> (String, String) {
    let home = TempDir::new().expect("a temporary folder");
    table(home.path(), names, row);
    let output = succeed(toddle(&["new", "t.csv"]).current_dir(home.path()));
    succeed(toddle(&["check", "t.toml"]).current_dir(home.path()));
    (fs::read_to_string(home.path().join("t.toml")).unwrap(), text(&output.stderr).to_owned())
}

/// Cells that are neither numbers nor words.
const ODD: [&str; 7] = ["$20", "20%", "\"1,200.00\"", "2024-01-01", "inf", "0x10", "1e39"];

#[test]
fn one_wrong_cell_among_numbers_is_named() {
    for odd in ODD {
        let cell = |n: usize| if n == 20 { odd.to_owned() } else { number(n).to_string() };
        let bare = odd.trim_matches('"');
        let message = refused("a,b,price", |n| format!("{},{},{}", number(n + 3), number(n + 5), cell(n)));
        assert!(message.contains(&format!("`{bare}` in line 22, column `price`")), "{message}");
        let message = refused("a,b,kind", |n| format!("{},{},{}", cell(n), number(n + 5), ["x", "y"][n % 2]));
        assert!(message.contains(&format!("`{bare}` in line 22, column `a`")), "{message}");
        assert!(message.contains("a number, as in 59 other rows"), "{message}");
    }
}

#[test]
fn a_number_in_quotes_is_the_name_of_a_column() {
    let home = TempDir::new().expect("a temporary folder");
    table(home.path(), ",0,1,2", |n| format!("{n},{},{},{}", number(n), number(n + 3), ["x", "y"][n % 2]));
    let message = fail(toddle(&["new", "t.csv", "--target", "1"]).current_dir(home.path()));
    assert!(message.contains("\"1\", with its quotes"), "{message}");
    succeed(toddle(&["new", "t.csv", "--target", "\"1\""]).current_dir(home.path()));
    let written = fs::read_to_string(home.path().join("t.toml")).unwrap();
    assert!(written.contains("target = \"1\""), "{written}");
}

#[test]
fn a_last_column_that_cannot_be_learned_is_not_replaced_by_another() {
    for odd in ODD {
        let message = refused("a,b,price", |n| format!("{},{},{odd}", number(n), number(n + 3)));
        assert!(message.contains("in line 2, column `price`"), "{message}");
    }
    let half = |n: usize| if n.is_multiple_of(2) { "unknown".to_owned() } else { number(n).to_string() };
    let message = refused("a,b,price", |n| format!("{},{},{}", number(n + 3), number(n + 5), half(n)));
    assert!(message.contains("column `price`, such as `unknown` in line 2"), "{message}");
}

#[test]
fn a_quote_that_swallows_rows_is_refused() {
    for column in [0, 2] {
        let message = refused("name,a,kind", |n| {
            let mut cells = [format!("n{n}"), number(n).to_string(), ["x", "y"][n % 2].to_owned()];
            if n == 20 || n == 30 {
                cells[column].insert(0, '"');
            }
            cells.join(",")
        });
        assert!(message.contains("text of several lines") && message.contains("line 22"), "{message}");
        assert!(message.contains("a quote that is not closed"), "{message}");
    }
}

#[test]
fn names_that_count_the_columns_are_names() {
    for names in ["0,1,2", "1,2,3"] {
        let (file, _) = written(names, |n| format!("{},{},{}", number(n), number(n + 3), ["x", "y"][n % 2]));
        assert!(file.contains("header = true") && file.contains("2 classes: x, y. 60 rows"), "{file}");
    }
    // If there are numbers below, too, it is not certain.
    let (file, said) = written("0,1,2", |n| format!("{},{},{}", number(n), number(n + 3), number(n + 5)));
    assert!(file.contains("header = false"), "{file}");
    assert!(said.contains("the first row is data") && said.contains("header = true"), "{said}");
}

#[test]
fn a_last_column_of_ids_is_not_learned() {
    for (name, id) in [("id", 1), ("row", 0), ("user_id", 1000)] {
        let row = |n: usize| format!("{},{},{},{}", number(n), number(n + 3), ["x", "y"][n % 2], id + n);
        let (file, said) = written(&format!("a,b,kind,{name}"), row);
        assert!(
            file.contains("target = \"kind\"") && file.contains(&format!("drop = [\"{name}\"]")),
            "{file}"
        );
        assert!(said.contains(&format!("column \"{name}\" is left out")), "{said}");
    }
    // A column with the name of a target is the target.
    let (file, _) = written("a,b,target", |n| format!("{},{},{n}", number(n), number(n + 3)));
    assert!(file.contains("target = \"target\""), "{file}");
}

#[test]
fn whole_numbers_with_the_name_of_a_number_are_ids() {
    let row =
        |n: usize| format!("{},{},{},{}", number(n), 100_000 + n * 7919 % 997, n % 2, ["x", "y"][n / 2 % 2]);
    let (file, _) = written("a,customer_no,smoker_no,kind", row);
    assert!(file.contains("drop = [\"customer_no\"]"), "{file}");
}

#[test]
fn whole_numbers_that_rise_by_one_step_are_ids() {
    for (first, step) in [(100_000_u64, 7919), (4_930_100_000, 1)] {
        let row = |n: usize| {
            let id = first + step * n as u64;
            format!("{id},{},{},{}", number(n), number(n + 3), ["x", "y"][n % 2])
        };
        let (file, said) = written("customer,a,b,kind", row);
        assert!(
            file.contains("drop = [\"customer\"]") && said.contains("it counts the rows"),
            "{file}\n{said}"
        );
    }
}

/// The file that `toddle new` writes with `options`, for a table that is read in another way without them.
fn chosen(options: &[&str], table: &str) -> String {
    let home = TempDir::new().expect("a temporary folder");
    fs::write(home.path().join("t.csv"), table).unwrap();
    succeed(toddle(&["new", "t.csv"]).args(options).current_dir(home.path()));
    succeed(toddle(&["train", "t.toml", "--set", "train.epochs=1", "--quiet"]).current_dir(home.path()));
    fs::read_to_string(home.path().join("t.toml")).unwrap()
}

#[test]
fn options_say_how_a_table_is_read() {
    let rows = |row: &dyn Fn(usize) -> String| (0..60).map(|n| row(n) + "\n").collect::<String>();
    let flowers = "id,kind,length,width\n".to_owned()
        + &rows(&|n| format!("{n},{},{},{}", ["x", "y"][n % 2], number(n), number(n + 5)));

    let file = chosen(&["--target", "kind", "--drop", "width"], &flowers);
    assert!(file.contains("target = \"kind\"") && file.contains("drop = [\"id\", \"width\"]"), "{file}");
    assert!(file.contains("as asked"), "{file}");
    let file = chosen(
        &["--target", "1", "--target=-1", "--drop", "id"],
        &flowers.replace(",x,", ",3.5,").replace(",y,", ",1.25,"),
    );
    assert!(file.contains("target = [\"kind\", \"width\"]"), "{file}");
    let file = chosen(&["--target", "kind", "--weight", "width"], &flowers.replace('-', ""));
    assert!(file.contains("weight = \"width\""), "{file}");

    let spaces = rows(&|n| format!("{} {} {}", number(n), number(n + 5), n % 3));
    let file = chosen(&["--delimiter", " ", "--numbers", "true", "--header", "false"], &spaces);
    assert!(file.contains("delimiter = \" \"") && file.contains("numbers = true"), "{file}");
    let thousands = rows(&|n| format!("{}.{:03};{}", n % 7 + 1, n * 17 % 999, n % 3));
    let file = chosen(&["--decimal", "."], &thousands);
    assert!(file.contains("decimal = \".\""), "{file}");
    let gaps = "a,b,kind\n".to_owned()
        + &rows(&|n| {
            format!("{},{},{}", if n % 9 == 0 { String::new() } else { number(n).to_string() }, n % 5, n % 2)
        });
    assert!(chosen(&[], &gaps).contains("empty = \"mean\""));
    assert!(chosen(&["--empty", "drop"], &gaps).contains("empty = \"drop\""));
}

#[test]
fn an_option_that_does_not_fit_the_data_is_refused() {
    let home = TempDir::new().expect("a temporary folder");
    table(home.path(), "a,b,kind", |n| format!("{},{},{}", number(n), number(n + 5), n % 2));
    let refused = |arguments: &[&str]| {
        let message = fail(toddle(arguments).current_dir(home.path()));
        assert!(!home.path().join("t.toml").exists(), "{message}");
        message
    };
    let message = refused(&["new", "t.csv", "--target", "price"]);
    assert!(message.contains("one of the columns a, b, kind") && message.contains("\"price\""), "{message}");
    let message = refused(&["new", "t.csv", "--drop", "7"]);
    assert!(message.contains("a place from 0 to 2"), "{message}");
    let message = refused(&["new", "mnist", "--target", "kind"]);
    assert!(message.contains("these options"), "{message}");
}

#[test]
fn a_shuffled_index_without_a_name_is_left_out() {
    let (file, said) =
        written(",a,b,kind", |n| format!("{},{},{},{}", n * 7 % 61 + 100, number(n), number(n + 5), n % 2));
    assert!(file.contains("target = \"kind\""), "{file}");
    assert!(
        said.contains("column 1 of 4 has no name and has a whole number of its own for each row"),
        "{said}"
    );
}

#[test]
fn a_table_of_many_columns_is_read_in_seconds() {
    let home = TempDir::new().expect("a temporary folder");
    let names: Vec<String> = (0..5000).map(|n| format!("c{n}")).collect();
    let row = |n: usize| (0..5000).map(|c| (n + c).to_string()).collect::<Vec<_>>().join(",");
    table(home.path(), &names.join(","), row);
    let begin = Instant::now();
    succeed(toddle(&["new", "t.csv"]).current_dir(home.path()));
    let took = begin.elapsed().as_secs();
    assert!(took < 20, "{took} s");
}

#[test]
fn columns_that_cannot_be_used_are_named_with_their_reasons() {
    let message = refused("when,price", |n| format!("2024-01-{:02},{}", n % 28 + 1, number(n)));
    assert!(message.contains("column `when`: a date or a time"), "{message}");
}

#[test]
fn names_that_come_again_are_found() {
    let message = refused("a,b,kind", |n| match n {
        30 => "a,b,kind".to_owned(),
        _ => format!("{},{},{}", number(n), number(n + 5), ["x", "y"][n % 2]),
    });
    assert!(message.contains("`a` in line 32, column `a`"), "{message}");
}
