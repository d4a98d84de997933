//! `toddle new` as its users meet it: data in, an experiment out that learns from them.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;

use common::{fail, npy, png, succeed, text, toddle};
use png::ColorType;
use serde_json::Value;
use tempfile::TempDir;

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

/// Runs `toddle new` in `home`, and checks the experiment; the file's text, each comment in one line.
fn new(home: &Path, place: &str, file: &str) -> String {
    let output = succeed(toddle(&["new", place]).current_dir(home));
    let said = text(&output.stdout);
    assert!(said.contains("toddle check") && said.contains("toddle train"), "{said}");
    succeed(toddle(&["summary", file]).current_dir(home));
    let checked = succeed(toddle(&["check", file]).current_dir(home));
    assert!(!text(&checked.stdout).contains('✗'), "{}", text(&checked.stdout));
    fs::read_to_string(home.join(file)).expect("the experiment").replace("\n# ", " ")
}

/// Trains `file` in `home`; what `--json` says.
fn train(home: &Path, file: &str, more: &[&str]) -> Value {
    let output =
        succeed(toddle(&["train", file, "--json", "--quiet", "--out", "run"]).args(more).current_dir(home));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn accuracy(home: &Path, file: &str, more: &[&str]) -> f64 {
    train(home, file, more)["accuracy"].as_f64().expect("an accuracy")
}

/// Numbers that look random, from 0 to 1.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64
    }

    /// Nearly normal, of deviation 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// A disc, a cross or a frame of any colour, on a dark ground.
fn shape(draw: &mut Draw, class: usize, height: usize, width: usize) -> Vec<u8> {
    let colour = [0, 1, 2].map(|_| (100.0 + 155.0 * draw.next()) as u8);
    let radius = 0.5 + 0.3 * draw.next();
    let mut pixels = Vec::new();
    for row in 0..height {
        for column in 0..width {
            let y = 2.0 * (row as f64 + 0.5) / height as f64 - 1.0;
            let x = 2.0 * (column as f64 + 0.5) / width as f64 - 1.0;
            let is_ink = match class {
                0 => x * x + y * y < radius * radius,
                1 => x.abs() < 0.15 || y.abs() < 0.15,
                _ => (x.abs().max(y.abs()) - radius).abs() < 0.12,
            };
            let noise = (30.0 * draw.next()) as u8;
            pixels.extend(colour.map(|value| if is_ink { value } else { noise }));
        }
    }
    pixels
}

fn shapes(folder: &Path, count: usize, same: bool) {
    let mut draw = Draw(7);
    for (class, name) in ["disc", "cross", "frame"].into_iter().enumerate() {
        let class_folder = folder.join(name);
        fs::create_dir_all(&class_folder).unwrap();
        for n in 0..count {
            let (height, width) = if same { (24, 24) } else { (20 + n % 7, 26 + n % 5) };
            let pixels = shape(&mut draw, class, height, width);
            png(&class_folder.join(format!("{n}.png")), width, height, ColorType::Rgb, &pixels);
        }
    }
}

#[test]
fn pictures_in_colour_of_several_sizes() {
    let home = folder();
    shapes(&home.path().join("my shapes"), 30, false);
    let file = new(home.path(), "my shapes", "my-shapes.toml");
    assert!(file.contains("images = \"my shapes\""), "{file}");
    assert!(file.contains("size = [23, 28]") && file.contains("different sizes"), "{file}");
    assert!(file.contains("3 classes: cross, disc, frame") && file.contains("in colour"), "{file}");
    assert!(file.contains("flip = true") && file.contains("validation = { fraction = 0.2 }"), "{file}");
    assert!(accuracy(home.path(), "my-shapes.toml", &["--set", "train.epochs=20"]) > 0.9);
}

#[test]
fn damaged_pictures_are_left_out_and_counted() {
    let home = folder();
    shapes(&home.path().join("shapes"), 4, true);
    fs::write(home.path().join("shapes/disc/torn.png"), b"\x89PNG\r\n\x1a\nno picture").unwrap();
    let file = new(home.path(), "shapes", "shapes.toml");
    assert!(file.contains("One picture cannot be read") && file.contains("damaged = \"skip\""), "{file}");
    assert!(file.contains("validation = \"none\""), "{file}");
}

#[test]
fn digits_in_folders_with_a_test_half() {
    let home = folder();
    let digits = toddle_data::mnist().train().unwrap();
    let mut counts = [0; 10];
    for n in 0..1000 {
        let label = digits.labels()[n] as usize;
        counts[label] += 1;
        let half = if counts[label] <= 30 { "train" } else { "test" };
        if counts[label] <= 40 {
            let class = home.path().join("digits").join(half).join(label.to_string());
            fs::create_dir_all(&class).unwrap();
            png(&class.join(format!("{n}.png")), 28, 28, ColorType::Grayscale, &digits.image(n));
        }
    }
    let file = new(home.path(), "digits", "digits.toml");
    assert!(file.contains("300 pictures in grey of 28×28 pixels"), "{file}");
    assert!(!file.contains("size =") && !file.contains("flip =") && file.contains("shift = 2"), "{file}");
    assert!(file.contains("The 100 test samples measure the network at the end"), "{file}");
    assert!(accuracy(home.path(), "digits.toml", &["--set", "train.epochs=25"]) > 0.85);
}

/// Three kinds of flowers, as iris has them.
fn flowers() -> Vec<([f64; 4], &'static str)> {
    let mut draw = Draw(3);
    let kinds = [
        ("setosa", [5.0, 3.4, 1.5, 0.2]),
        ("versicolor", [5.9, 2.8, 4.3, 1.3]),
        ("virginica", [6.6, 3.0, 5.5, 2.0]),
    ];
    let row = |n: usize| {
        let (kind, means) = kinds[n % 3];
        (means.map(|mean| mean + [0.3, 0.3, 0.3, 0.2][n % 4] * draw.normal()), kind)
    };
    (0..150).map(row).collect()
}

#[test]
fn a_table_with_names_words_ids_and_dates() {
    let home = folder();
    let mut table = String::from("id,seen,\"a \"\"b\"\"\",width,petal,petal width,light,species\n");
    for (n, ([a, b, c, d], kind)) in flowers().into_iter().enumerate() {
        let (light, day) = (["sun", "shade"][n % 2], n % 28 + 1);
        let b = if n == 5 { String::new() } else { format!("{b:.2}") };
        table += &format!("X{n},2024-01-{day:02},{a:.2},{b},{c:.2},{d:.2},{light},{kind}\n");
    }
    fs::write(home.path().join("iris.csv"), table).unwrap();
    let file = new(home.path(), "iris.csv", "iris.toml");
    assert!(file.contains("drop = [\"id\", \"seen\"]") && file.contains("a date or a time"), "{file}");
    assert!(file.contains("target = \"species\"") && file.contains("Other columns"), "{file}");
    assert!(file.contains("empty = \"mean\"") && file.contains("3 classes: setosa"), "{file}");
    assert!(accuracy(home.path(), "iris.toml", &[]) > 0.9);
}

#[test]
fn a_table_without_names() {
    let rows =
        flowers().into_iter().map(|([a, b, c, d], kind)| format!("{a:.2},{b:.2},{c:.2},{d:.2},{kind}\n"));
    let rows = rows.collect::<String>();
    // The contents say what a file is, if its name does not.
    for name in ["bare.csv", "bare.data", "bare"] {
        let home = folder();
        fs::write(home.path().join(name), &rows).unwrap();
        let file = new(home.path(), name, "bare.toml");
        assert!(file.contains("header = false") && file.contains("target = 4"), "{file}");
        assert!(accuracy(home.path(), "bare.toml", &[]) > 0.9);
    }
}

#[test]
fn semicolons_and_decimal_commas() {
    let home = folder();
    let mut table = String::from("Länge;Breite;Blatt;Rand;Art\n");
    for ([a, b, c, d], kind) in flowers() {
        table += &format!("{a:.2};{b:.2};{c:.2};{d:.2}").replace('.', ",");
        table += &format!(";{kind}\n");
    }
    fs::write(home.path().join("blumen.csv"), table).unwrap();
    let file = new(home.path(), "blumen.csv", "blumen.toml");
    assert!(file.contains("delimiter = \";\"") && file.contains("decimal = \",\""), "{file}");
    assert!(accuracy(home.path(), "blumen.toml", &[]) > 0.9);
}

/// What part of the variance of the targets an experiment explains on the samples held out. `check` must find no fault.
fn r2(home: &Path, file: &str) -> f64 {
    let said = succeed(toddle(&["check", file]).current_dir(home));
    let said = String::from_utf8(said.stdout).expect("text");
    assert!(!said.contains("targets") && !said.contains("gradient of") && !said.contains('✗'), "{said}");
    train(home, file, &[]);
    let eval = succeed(toddle(&["eval", "run", "--json"]).current_dir(home));
    let eval: Value = serde_json::from_slice(&eval.stdout).expect("JSON");
    eval["r_squared"].as_f64().expect("R²")
}

#[test]
fn numbers_as_large_as_the_prices_of_houses() {
    let home = folder();
    let mut draw = Draw(11);
    let mut table = String::from("area,rooms,town,price\n");
    for n in 0..400 {
        let (area, rooms) = (40.0 + 200.0 * draw.next(), 1 + n % 7);
        let (town, more) = [("North", 40_000.0), ("South", 0.0), ("East", -20_000.0)][n % 3];
        let price = 1200.0 * area + 9000.0 * rooms as f64 + more + 10_000.0 * draw.normal();
        table += &format!("{area:.1},{rooms},{town},{price:.0}\n");
    }
    fs::write(home.path().join("houses.csv"), table).unwrap();
    let file = new(home.path(), "houses.csv", "houses.toml");
    assert!(file.contains("loss = \"mean_squared_error\"") && file.contains("price"), "{file}");
    let r2 = r2(home.path(), "houses.toml");
    assert!(r2 > 0.9, "R² {r2}");
}

#[test]
fn a_line_through_large_numbers() {
    let home = folder();
    let mut draw = Draw(5);
    let mut table = String::from("x,y\n");
    for _ in 0..200 {
        let x = 100_000.0 * draw.next();
        let y = 3.0 * x + 5000.0 * draw.normal();
        table += &format!("{x:.2},{y:.2}\n");
    }
    fs::write(home.path().join("line.csv"), table).unwrap();
    new(home.path(), "line.csv", "line.toml");
    let r2 = r2(home.path(), "line.toml");
    assert!(r2 > 0.9, "R² {r2}");
}

/// An archive of arrays, stored as they are.
fn npz(path: &Path, arrays: &[(&str, Vec<u8>)]) {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, array) in arrays {
        let name = format!("{name}.npy");
        let offset = file.len() as u32;
        let mut entry = Vec::new();
        entry.extend([20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
        entry.extend(crc32(array).to_le_bytes());
        entry.extend((array.len() as u32).to_le_bytes());
        entry.extend((array.len() as u32).to_le_bytes());
        entry.extend((name.len() as u16).to_le_bytes());
        entry.extend([0, 0]);
        file.write_all(b"PK\x03\x04").unwrap();
        file.extend(&entry);
        file.extend(name.as_bytes());
        file.extend(array);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&entry);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, count) = (file.len() as u32, arrays.len() as u16);
    file.extend(&directory);
    file.extend(b"PK\x05\x06\x00\x00\x00\x00");
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(at.to_le_bytes());
    file.extend([0, 0]);
    fs::write(path, file).unwrap();
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
}

#[test]
fn arrays_of_pictures() {
    let home = folder();
    let digits = toddle_data::mnist().train().unwrap().first(600).unwrap();
    let pixels: Vec<u8> = (0..600).flat_map(|n| digits.image(n).into_owned()).collect();
    let labels: Vec<u8> = digits.labels().iter().map(|&label| label as u8).collect();
    let labels = npy("|u1", "600,", &labels);
    npz(
        &home.path().join("digits.npz"),
        &[("x_train", npy("|u1", "600, 28, 28", &pixels)), ("y_train", labels.clone())],
    );
    let file = new(home.path(), "digits.npz", "digits.toml");
    assert!(file.contains("600 pictures in grey of 28×28 pixels") && file.contains("conv2d"), "{file}");
    assert!(accuracy(home.path(), "digits.toml", &["--set", "train.epochs=12"]) > 0.85);

    npz(&home.path().join("flat.npz"), &[("x_train", npy("|u1", "600, 784", &pixels)), ("y_train", labels)]);
    let file = new(home.path(), "flat.npz", "flat.toml");
    assert!(file.contains("shape = [1, 28, 28]") && file.contains("conv2d"), "{file}");
}

#[test]
fn arrays_of_vectors() {
    let home = folder();
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for (numbers, kind) in flowers() {
        values.extend(numbers.into_iter().flat_map(|number| (number as f32).to_le_bytes()));
        labels
            .push(["setosa", "versicolor", "virginica"].iter().position(|name| *name == kind).unwrap() as u8);
    }
    npz(
        &home.path().join("vectors.npz"),
        &[("x", npy("<f4", "150, 4", &values)), ("y", npy("|u1", "150,", &labels))],
    );
    let file = new(home.path(), "vectors.npz", "vectors.toml");
    assert!(file.contains("150 rows of 4 numbers"), "{file}");
    assert!(accuracy(home.path(), "vectors.toml", &[]) > 0.9);
}

#[test]
fn a_set_by_name_and_paths_from_the_files_folder() {
    let home = folder();
    let file = new(home.path(), "mnist", "mnist.toml");
    assert!(file.contains("set = \"mnist\"") && file.contains("10 % of the training samples"), "{file}");

    shapes(&home.path().join("shapes"), 8, true);
    fs::create_dir(home.path().join("experiments")).unwrap();
    let args = ["new", "shapes", "--out", "experiments/first try.toml"];
    let output = succeed(toddle(&args).current_dir(home.path()));
    assert!(text(&output.stdout).contains("'experiments/first try.toml'"), "{}", text(&output.stdout));
    // From another folder, the data are found as well.
    let file = home.path().join("experiments/first try.toml");
    succeed(toddle(&["summary", file.to_str().unwrap()]).current_dir("/"));
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.contains("name = \"first-try\""), "{written}");

    // In the folder of the data itself.
    let written = new(&home.path().join("shapes"), ".", "shapes.toml");
    assert!(written.contains("images = \".\""), "{written}");
}

#[test]
fn what_cannot_be_learned_is_refused_and_nothing_written() {
    let home = folder();
    let make = |name: &str, content: &str| fs::write(home.path().join(name), content).unwrap();
    fs::create_dir(home.path().join("empty")).unwrap();
    fs::create_dir_all(home.path().join("one/cat")).unwrap();
    fs::create_dir(home.path().join("loose")).unwrap();
    for file in ["one/cat/a.png", "one/cat/b.png", "loose/a.png"] {
        png(&home.path().join(file), 16, 16, ColorType::Grayscale, &[9; 256]);
    }
    make("same.csv", "a,b,kind\n1,2,x\n2,3,x\n3,5,x\n");
    make("names.csv", "a,b\n");
    make("nothing.csv", "");
    make("notes.bin", "\u{1}\u{2}\u{3}\u{0}\u{5}");
    fs::write(home.path().join("x.npy"), npy("|u1", "2, 2", &[1, 2, 3, 4])).unwrap();
    let refused = [
        ("missing", "nothing called `missing`"),
        ("missing.csv", "missing.csv"),
        ("empty", "cannot use"),
        ("one", "one class: cat"),
        ("loose", "cannot use"),
        ("same.csv", "one class: x"),
        ("names.csv", "only the names of the columns"),
        ("nothing.csv", "cannot use"),
        ("notes.bin", "begins as neither a table nor"),
        ("x.npy", "npy = {"),
    ];
    for (place, why) in refused {
        let message = fail(toddle(&["new", place]).current_dir(home.path()));
        assert!(message.contains(why), "{place}: {message}");
        assert_eq!(message.trim_end().lines().count(), 4, "{place}: {message}");
    }
    let is_experiment = |entry: fs::DirEntry| entry.path().extension().is_some_and(|end| end == "toml");
    assert!(!fs::read_dir(home.path()).unwrap().any(|entry| is_experiment(entry.unwrap())));
}

#[test]
fn an_existing_file_is_kept() {
    let home = folder();
    shapes(&home.path().join("shapes"), 2, true);
    fs::write(home.path().join("shapes.toml"), "mine").unwrap();
    let message = fail(toddle(&["new", "shapes"]).current_dir(home.path()));
    assert!(message.contains("not overwritten") && message.contains("--out"), "{message}");
    assert_eq!(fs::read_to_string(home.path().join("shapes.toml")).unwrap(), "mine");
    let message = fail(toddle(&["new", "shapes", "--out", "nowhere/a.toml"]).current_dir(home.path()));
    assert!(message.contains("a folder for the file"), "{message}");
}

#[test]
fn columns_that_are_left_out_are_said() {
    let home = folder();
    let mut table = "day,price,size,kind\n".to_owned();
    for n in 0..40 {
        table += &format!("2024-01-{:02},${n},{},{}\n", n % 28 + 1, n * 7 % 11, ["a", "b"][n % 2]);
    }
    fs::write(home.path().join("t.csv"), table).unwrap();
    let output = succeed(toddle(&["new", "t.csv"]).current_dir(home.path()));
    let said = text(&output.stderr);
    assert!(said.contains("column \"day\" is left out: a date or a time: `2024-01-01` in line 2"), "{said}");
    assert!(said.contains("column \"price\" is left out: an amount of money: `$0` in line 2"), "{said}");
}

#[test]
fn one_thing_is_no_plural() {
    let home = folder();
    let write = |name: &str, y: &[u8]| {
        let x: Vec<u8> = (0..24).flat_map(|n| (n as f32 * 0.7).sin().to_le_bytes()).collect();
        fs::create_dir_all(home.path().join(name)).unwrap();
        fs::write(home.path().join(name).join("x.npy"), npy("<f4", "24, 1", &x)).unwrap();
        fs::write(home.path().join(name).join("y.npy"), npy("|u1", "24", y)).unwrap();
    };
    write("two", &[0, 1].repeat(12));
    let output = succeed(toddle(&["new", "two"]).current_dir(home.path()));
    assert!(text(&output.stdout).contains("24 rows of 1 number\n"), "{}", text(&output.stdout));
    let whole = ["check", "two.toml", "--set", "data.validation=none"];
    let output = succeed(toddle(&whole).current_dir(home.path()));
    assert!(text(&output.stdout).contains("2 classes, of 12 samples each"), "{}", text(&output.stdout));
    // The remedy is one for arrays.
    write("one", &[0; 24]);
    let message = fail(toddle(&["new", "one"]).current_dir(home.path()));
    assert!(message.contains("one class: 0") && !message.contains("folder for each class"), "{message}");
    assert!(!message.contains("column") && !message.contains("nan"), "{message}");
}

#[test]
fn a_folder_of_cifar_is_the_set() {
    let home = folder();
    let folder = home.path().join("cifar-10-batches-bin");
    fs::create_dir(&folder).unwrap();
    // Each sample is a label, and 3×32×32 bytes.
    let batch: Vec<u8> =
        (0..10_000).flat_map(|n| [vec![(n % 10) as u8], vec![(n * 7 % 251) as u8; 3072]].concat()).collect();
    for name in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"]
    {
        fs::write(folder.join(format!("{name}.bin")), &batch).unwrap();
    }
    succeed(toddle(&["new", "cifar-10-batches-bin", "--out", "a.toml"]).current_dir(home.path()));
    let written = fs::read_to_string(home.path().join("a.toml")).unwrap();
    assert!(
        written.contains("set = \"cifar10\"") && written.contains("folder = \"cifar-10-batches-bin\""),
        "{written}"
    );
    succeed(toddle(&["summary", "a.toml"]).current_dir(home.path()));
}
