//! Tables of many kinds, and those that are refused.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::made::{NAMES, table};
use crate::way::{CLASSES, Ends, Way, take};

/// `1,2,3,4`, with another mark between.
fn joined(row: [f32; 4], mark: &str) -> String {
    row.map(|number| number.to_string()).join(mark)
}

/// A table to train on and one to test with, of lines that `line` makes of a class and its numbers.
fn both(folder: &Path, first: &str, line: impl Fn(usize, [f32; 4]) -> String) {
    table(&folder.join("train.csv"), first, 0, &line);
    table(&folder.join("test.csv"), first, 1, &line);
}

fn usual(class: usize, row: [f32; 4]) -> String {
    format!("{},{}", joined(row, ","), NAMES[class])
}

const HEADER: &str = "a,b,c,d,kind\n";

/// What a table with a `test` of its own gives.
fn tested(says: &'static [&'static str]) -> Ends {
    let Ends::Learns { outputs, loss, train, measured, .. } = CLASSES else { unreachable!() };
    Ends::Learns { outputs, loss, train, measured, place: Some("test.csv"), says }
}

/// What a table with numbers to be learned gives.
fn numbers(says: &'static [&'static str]) -> Ends {
    let loss = "mean_squared_error";
    Ends::Learns { outputs: 1, loss, train: 45, measured: ("test", 15), place: Some("test.csv"), says }
}

pub fn ways() -> Vec<Way> {
    let data = "csv = \"train.csv\"\ntest = \"test.csv\"";
    vec![
        Way { name: "commas and a header", data, make: |f| both(f, HEADER, usual), ends: tested(&[]) },
        Way { name: "no header", data, make: |f| both(f, "", usual), ends: tested(&["the first row"]) },
        Way {
            name: "numbers without a header",
            data: "csv = \"train.csv\"\ntest = \"test.csv\"\nnumbers = false",
            make: |f| both(f, "", |class, row| format!("{},{class}", joined(row, ","))),
            ends: tested(&["the first row", "header = true"]),
        },
        Way {
            name: "columns that are numbered in the first row",
            data,
            make: |f| both(f, "0,1,2,3,4\n", usual),
            ends: tested(&["the first row is names", "it counts the columns"]),
        },
        Way {
            name: "semicolons and decimal commas",
            data,
            make: |f| {
                both(f, "a;b;c;d;kind\n", |class, row| {
                    format!("{};{}", joined(row, ";").replace('.', ","), NAMES[class])
                });
            },
            ends: tested(&[]),
        },
        Way {
            name: "tabs",
            data,
            make: |f| {
                both(f, "a\tb\tc\td\tkind\n", |class, row| format!("{}\t{}", joined(row, "\t"), NAMES[class]))
            },
            ends: tested(&[]),
        },
        Way {
            name: "bars",
            data: "csv = \"train.csv\"\ntest = \"test.csv\"\ndelimiter = \"|\"",
            make: |f| {
                both(f, "a|b|c|d|kind\n", |class, row| format!("{}|{}", joined(row, "|"), NAMES[class]))
            },
            ends: tested(&[]),
        },
        Way {
            name: "tables in gzip",
            data: "csv = \"train.csv.gz\"\ntest = \"test.csv.gz\"",
            make: |f| {
                both(f, HEADER, usual);
                for name in ["train.csv", "test.csv"] {
                    let to = fs::File::create(f.join(format!("{name}.gz"))).unwrap();
                    let mut gzip = GzEncoder::new(to, Compression::fast());
                    gzip.write_all(&fs::read(f.join(name)).unwrap()).unwrap();
                    gzip.finish().unwrap();
                    fs::remove_file(f.join(name)).unwrap();
                }
            },
            ends: {
                let Ends::Learns { outputs, loss, train, measured, says, .. } = CLASSES else {
                    unreachable!()
                };
                Ends::Learns { outputs, loss, train, measured, place: Some("test.csv.gz"), says }
            },
        },
        Way {
            name: "a byte order mark, CRLF and quotes",
            data,
            make: |f| {
                both(f, "\u{feff}\"a\",\"b\",\"c\",\"d\",\"kind\"\r\n", |class, row| {
                    format!("{},\"{}\"\r", joined(row, ","), NAMES[class])
                });
            },
            ends: tested(&[]),
        },
        Way {
            name: "a target by name",
            data: "csv = \"train.csv\"\ntest = \"test.csv\"\ntarget = \"kind\"",
            make: |f| {
                both(f, "kind,a,b,c,d\n", |class, row| format!("{},{}", NAMES[class], joined(row, ",")))
            },
            ends: tested(&[]),
        },
        Way {
            name: "a target by place",
            data: "csv = \"train.csv\"\ntest = \"test.csv\"\ntarget = 0",
            make: |f| both(f, "", |class, row| format!("{},{}", NAMES[class], joined(row, ","))),
            ends: tested(&[]),
        },
        Way {
            name: "columns to leave out",
            data: "csv = \"train.csv\"\ntest = \"test.csv\"\ndrop = [\"id\", \"day\"]",
            make: |f| {
                both(f, "id,a,b,c,d,day,kind\n", |class, row| {
                    format!("x{}{class},{},2024-01-31,{}", row[0], joined(row, ","), NAMES[class])
                });
            },
            ends: tested(&[]),
        },
        Way {
            name: "columns in another order",
            data,
            make: |f| {
                table(&f.join("train.csv"), HEADER, 0, usual);
                table(&f.join("test.csv"), "d,kind,a,c,b\n", 1, |class, [a, b, c, d]| {
                    format!("{d},{},{a},{c},{b}", NAMES[class])
                });
            },
            ends: tested(&[]),
        },
        Way {
            name: "a test table without a class",
            data,
            make: |f| {
                both(f, HEADER, usual);
                let test = fs::read_to_string(f.join("test.csv")).unwrap();
                let rest: String = test
                    .lines()
                    .filter(|line| !line.ends_with("bar"))
                    .map(|line| line.to_owned() + "\n")
                    .collect();
                fs::write(f.join("test.csv"), rest).unwrap();
            },
            ends: Ends::Learns {
                outputs: 3,
                loss: "cross_entropy",
                train: 45,
                measured: ("test", 10),
                place: Some("test.csv"),
                says: &[],
            },
        },
        Way {
            name: "words as inputs",
            data,
            make: |f| {
                both(f, "a,b,colour,kind\n", |class, [a, b, c, _]| {
                    format!("{a},{b},{},{}", if c > 2.0 { "red" } else { "blue" }, NAMES[class])
                });
            },
            ends: tested(&[]),
        },
        Way {
            name: "empty cells, their rows left out",
            data: "csv = \"train.csv\"\ntest = \"test.csv\"\nempty = \"drop\"",
            make: |f| {
                both(f, HEADER, usual);
                let train = fs::read_to_string(f.join("train.csv")).unwrap();
                fs::write(f.join("train.csv"), train + "1,,3,4,bar\n1,2,NA,4,box\n").unwrap();
            },
            ends: tested(&["2 rows"]),
        },
        Way {
            name: "empty cells, filled with the mean",
            data: "csv = \"train.csv\"\ntest = \"test.csv\"\nempty = \"mean\"",
            make: |f| {
                table(&f.join("train.csv"), HEADER, 0, |class, row| match row[0] > 3.2 {
                    true => usual(class, row).replacen(&row[0].to_string(), "", 1),
                    false => usual(class, row),
                });
                table(&f.join("test.csv"), HEADER, 1, usual);
            },
            ends: tested(&[]),
        },
        Way {
            name: "numbers to be learned",
            data,
            make: |f| {
                both(f, "a,b,c,d,price\n", |_, row| {
                    format!("{},{}", joined(row, ","), row.iter().sum::<f32>() / 8.0)
                })
            },
            ends: numbers(&["numbers = false"]),
        },
        Way {
            name: "large numbers to be learned",
            data: "csv = \"train.csv\"\ntest = \"test.csv\"\ntarget_scaling = \"standard\"",
            make: |f| {
                both(f, "a,b,c,d,price\n", |_, row| {
                    format!("{},{}", joined(row, ","), 1e6 + 1e5 * row.iter().sum::<f32>())
                })
            },
            ends: numbers(&[]),
        },
        Way {
            name: "classes with the scaling of numbers",
            data: "csv = \"train.csv\"\ntest = \"test.csv\"\ntarget_scaling = \"standard\"",
            make: |f| both(f, HEADER, usual),
            ends: Ends::Refused(&["target_scaling", "3 classes", "numbers to learn"]),
        },
        Way {
            name: "whole numbers that are to be learned",
            data: "csv = \"train.csv\"\ntest = \"test.csv\"\nnumbers = true",
            make: |f| both(f, "a,b,c,d,count\n", |class, row| format!("{},{class}", joined(row, ","))),
            ends: numbers(&[]),
        },
        Way {
            name: "an empty cell",
            data,
            make: |f| {
                both(f, HEADER, usual);
                let train = fs::read_to_string(f.join("train.csv")).unwrap();
                fs::write(f.join("train.csv"), train + "1,,3,4,bar\n").unwrap();
            },
            ends: Ends::Refused(&["train.csv", "line 47", "empty ="]),
        },
        Way {
            name: "an amount of money among numbers",
            data,
            make: |f| {
                both(f, HEADER, usual);
                let train = fs::read_to_string(f.join("train.csv")).unwrap();
                fs::write(f.join("train.csv"), train + "1,$2,3,4,bar\n").unwrap();
            },
            ends: Ends::Refused(&["`$2` in line 47, column `b`", "as in 45 other rows"]),
        },
        Way {
            name: "a column of dates",
            data,
            make: |f| {
                both(f, "a,day,kind\n", |class, row| {
                    format!("{},2024-01-{:02},{}", row[0], row[1] as u32 + 10, NAMES[class])
                })
            },
            ends: Ends::Refused(&["train.csv", "day", "drop = "]),
        },
        Way {
            name: "a strange class to test with",
            data,
            make: |f| {
                both(f, HEADER, usual);
                let test = fs::read_to_string(f.join("test.csv")).unwrap();
                fs::write(f.join("test.csv"), test + "1,2,3,4,star\n").unwrap();
            },
            ends: Ends::Refused(&["test.csv", "star", "bar, box, dash"]),
        },
        Way {
            name: "a missing column to test with",
            data,
            make: |f| {
                table(&f.join("train.csv"), HEADER, 0, usual);
                table(&f.join("test.csv"), "a,b,c,kind\n", 1, |class, [a, b, c, _]| {
                    format!("{a},{b},{c},{}", NAMES[class])
                });
            },
            ends: Ends::Refused(&["test.csv", "a, b, c, d"]),
        },
    ]
}

#[test]
fn tables() {
    ways().iter().for_each(take);
}
