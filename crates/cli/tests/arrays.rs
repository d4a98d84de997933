//! Arrays whose numbers mean pixels or not: the same numbers give the same answers, or are refused.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use common::{fail, refuse, succeed, text, toddle};
use serde_json::Value;
use tempfile::TempDir;

/// Arrays as safetensors: the name, the type, the shape and the bytes of each.
fn safetensors(path: &Path, arrays: &[(&str, &str, &str, Vec<u8>)]) {
    let (mut header, mut data) = (String::from("{"), Vec::<u8>::new());
    for (name, dtype, shape, bytes) in arrays {
        let (begin, end) = (data.len(), data.len() + bytes.len());
        let comma = if header.len() > 1 { "," } else { "" };
        write!(header, "{comma}\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],").unwrap();
        write!(header, "\"data_offsets\":[{begin},{end}]}}").unwrap();
        data.extend(bytes);
    }
    header += "}";
    while !header.len().is_multiple_of(8) {
        header += " ";
    }
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(data);
    fs::write(path, file).unwrap();
}

fn npy(path: &Path, descr: &str, shape: &str, bytes: &[u8]) {
    fs::write(path, common::npy(descr, shape, bytes)).unwrap();
}

fn as_i64(numbers: &[u8]) -> Vec<u8> {
    numbers.iter().flat_map(|&number| i64::from(number).to_le_bytes()).collect()
}

fn as_f32(numbers: &[u8], factor: f32) -> Vec<u8> {
    numbers.iter().flat_map(|&number| (f32::from(number) * factor).to_le_bytes()).collect()
}

/// Pictures of 8×8 with a bar of a brightness that stands or lies.
fn bars(count: usize, bright: u8) -> Vec<u8> {
    let pixel = |n: usize, p: usize| {
        let at = if n.is_multiple_of(2) { p % 8 } else { p / 8 };
        if at == 2 + n / 2 % 4 { bright } else { 0 }
    };
    (0..count).flat_map(|n| (0..64).map(move |p| pixel(n, p))).collect()
}

fn classes(count: usize) -> Vec<u8> {
    as_i64(&(0..count).map(|n| n as u8 % 2).collect::<Vec<u8>>())
}

struct Home(TempDir);

impl Home {
    fn new() -> Home {
        Home(TempDir::new().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, args: &[&str]) -> std::process::Command {
        let mut command = toddle(args);
        command.current_dir(self.0.path());
        command
    }

    /// An archive `set.safetensors` of 40 samples to train on and 20 to test with.
    fn halves(&self, shape: &str, [x, test]: [(&str, Vec<u8>); 2]) {
        let (train, tested) = (format!("40,{shape}"), format!("20,{shape}"));
        safetensors(
            &self.path("set.safetensors"),
            &[
                ("x_train", x.0, &train, x.1),
                ("y_train", "I64", "40", classes(40)),
                ("x_test", test.0, &tested, test.1),
                ("y_test", "I64", "20", classes(20)),
            ],
        );
    }

    fn train(&self, data: &str) {
        let experiment = format!(
            "version = 1\nname = \"set\"\n[data]\nnpz = \"set.safetensors\"\nvalidation = \"none\"\n{data}\n[network]\nlayers = \
             [\"flatten\", {{ kind = \"dense\", outputs = 2 }}]\n[train]\nloss = \"cross_entropy\"\noptimizer = {{ kind = \"adam\", \
             rate = 0.05 }}\nepochs = 10\nbatch = 8\n"
        );
        fs::write(self.path("set.toml"), experiment).unwrap();
        succeed(&mut self.run(&["train", "set.toml", "--quiet", "--out", "run"]));
    }

    /// The answers for a file, and what is said beside.
    fn predict(&self, file: &str) -> (Value, String) {
        let output = succeed(&mut self.run(&["predict", "run", file, "--json"]));
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let answers = report["predictions"].as_array().expect("predictions").iter();
        let answers = answers.map(|answer| answer["probabilities"].clone()).collect();
        (answers, text(&output.stderr).to_owned())
    }
}

#[test]
fn whole_numbers_are_bytes_where_training_had_bytes() {
    let home = Home::new();
    home.halves("8,8", [("I64", as_i64(&bars(40, 200))), ("I64", as_i64(&bars(20, 1)))]);
    home.train("");
    let dark = bars(20, 1);
    safetensors(
        &home.path("test.safetensors"),
        &[("x", "I64", "20,8,8", as_i64(&dark)), ("y", "I64", "20", classes(20))],
    );
    let eval = |more: &[&str]| -> Value {
        let output = succeed(home.run(&["eval", "run", "--json"]).args(more));
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    assert_eq!(eval(&[])["cross_entropy"], eval(&["--data", "test.safetensors"])["cross_entropy"]);
    npy(&home.path("u1.npy"), "|u1", "20,8,8", &dark);
    npy(&home.path("i8.npy"), "<i8", "20,8,8", &as_i64(&dark));
    npy(&home.path("f4.npy"), "<f4", "20,8,8", &as_f32(&dark, 1.0));
    let (bytes, _) = home.predict("u1.npy");
    assert_eq!(home.predict("i8.npy").0, bytes);
    // Of floating-point numbers it is not known: 1 is white, or a dark byte.
    let (white, said) = home.predict("f4.npy");
    assert!(
        white != bytes && said.contains("no numbers but 0 and 1") && said.contains("--range 0,255"),
        "{said}"
    );
    let output = succeed(&mut home.run(&["predict", "run", "f4.npy", "--range", "0,255", "--json"]));
    assert!(!text(&output.stderr).contains("no numbers but"));
}

#[test]
fn numbers_far_from_those_of_training_are_named() {
    let home = Home::new();
    let rows = |count: usize, factor: f32| as_f32(&bars(count, 5)[..count * 4], factor);
    home.halves("4", [("F32", rows(40, 0.3)), ("F32", rows(20, 0.3))]);
    home.train("scaling = \"standard\"");
    npy(&home.path("near.npy"), "<f4", "10,4", &rows(10, 0.3));
    npy(&home.path("far.npy"), "<f4", "10,4", &rows(10, 3e5));
    assert!(!home.predict("near.npy").1.contains("far from"));
    let (_, said) = home.predict("far.npy");
    assert!(said.contains("far from those of training") && said.contains("0 to 1500000"), "{said}");
}

#[test]
fn pixels_below_black_are_refused() {
    let home = Home::new();
    let pixels = |count: usize, factor: i32| -> Vec<u8> {
        bars(count, 200).iter().flat_map(|&pixel| (i32::from(pixel) * factor).to_le_bytes()).collect()
    };
    home.halves("8,8", [("I32", pixels(40, 200)), ("I32", pixels(20, 200))]);
    home.train("scaling = \"standard\"");
    npy(&home.path("right.npy"), "<i4", "20,8,8", &pixels(20, 200));
    npy(&home.path("below.npy"), "<i4", "20,8,8", &pixels(20, -200));
    home.predict("right.npy");
    let message = fail(&mut home.run(&["predict", "run", "below.npy"]));
    assert!(message.contains("numbers from -40000 to 0"), "{message}");
}

#[test]
fn halves_of_two_ranges_are_refused_and_bytes_of_two_types_are_not() {
    let home = Home::new();
    let (train, test) = (bars(40, 200), bars(20, 200));
    let bytes = |numbers: &[u8]| ("U8", numbers.to_vec());
    let whole = |numbers: &[u8]| ("I64", as_i64(numbers));
    let floats = |numbers: &[u8], factor: f32| ("F32", as_f32(numbers, factor));
    for [x, y] in [
        [floats(&train, 1.0), floats(&test, 1.0 / 255.0)],
        [floats(&train, 1.0 / 255.0), floats(&test, 1.0)],
        [bytes(&train), floats(&test, 1.0 / 255.0)],
        [floats(&train, 1.0 / 255.0), bytes(&test)],
    ] {
        home.halves("8,8", [x, y]);
        let message = fail(&mut home.run(&["new", "set.safetensors"]));
        assert!(message.contains("from 0 to 200") && message.contains("from 0 to 0.78"), "{message}");
        assert!(message.contains("`x_test in") && message.contains("`x_train in"), "{message}");
    }
    let mut answers = Vec::new();
    for [x, y] in [
        [bytes(&train), bytes(&test)],
        [bytes(&train), whole(&test)],
        [whole(&train), bytes(&test)],
        [floats(&train, 1.0), bytes(&test)],
    ] {
        home.halves("8,8", [x, y]);
        fs::remove_dir_all(home.path("run")).ok();
        home.train("");
        answers.push(succeed(&mut home.run(&["eval", "run"])).stdout);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_mean_for_another_number_of_channels_names_the_setting() {
    let home = Home::new();
    home.halves("4", [("F32", as_f32(&bars(40, 5)[..160], 0.3)), ("F32", as_f32(&bars(20, 5)[..80], 0.3))]);
    home.train("");
    let set = ["check", "set.toml", "--set", "data.scaling=\"standard\"", "--set", "data.mean=[1]"];
    let output = home.run(&set).output().expect("the program starts");
    let message = text(&output.stderr);
    assert!(
        !output.status.success() && message.contains("[data]: `mean` does not fit the samples"),
        "{message}"
    );
    assert!(message.contains("4 numbers, one for each column") && !message.contains("divisor"), "{message}");
}

#[test]
fn several_targets_of_0_and_1_are_learned_as_yes_or_no() {
    let home = Home::new();
    let targets = (0..40_u8).flat_map(|n| [n % 2, n / 2 % 2, 1 - n % 2 * (n / 2 % 2)]).collect::<Vec<u8>>();
    let rows: Vec<u8> = (0..40_u8)
        .flat_map(|n| [n % 2, n / 2 % 2])
        .flat_map(|bit| (f32::from(bit) - 0.4).to_le_bytes())
        .collect();
    let arrays = [("x", "F32", "40,2", rows.clone()), ("y", "I64", "40,3", as_i64(&targets))];
    safetensors(&home.path("set.safetensors"), &arrays);
    let said = succeed(&mut home.run(&["new", "set.safetensors"]));
    assert!(text(&said.stdout).contains("3 targets, each of them yes (1) or no (0)"), "{said:?}");
    let file = fs::read_to_string(home.path("set.toml")).unwrap();
    assert!(file.contains("binary_cross_entropy") && !file.contains("target_scaling"), "{file}");
    succeed(&mut home.run(&["train", "set.toml", "--quiet", "--out", "run"]));
    let eval = succeed(&mut home.run(&["eval", "run", "--json"]));
    let eval: Value = serde_json::from_slice(&eval.stdout).expect("JSON");
    assert!(eval["accuracy"].as_f64().is_some_and(|accuracy| accuracy > 0.9), "{eval}");
    assert!(
        eval["targets"][2]["accuracy"].is_number() && eval["mean_absolute_error"].as_f64() < Some(0.3),
        "{eval}"
    );
    let table = succeed(&mut home.run(&["eval", "run"]));
    assert!(
        text(&table.stdout).contains("accuracy") && text(&table.stdout).contains("a sigmoid"),
        "{table:?}"
    );
    npy(&home.path("x.npy"), "<f4", "40,2", &rows);
    let said = succeed(&mut home.run(&["predict", "run", "x.npy", "--json"]));
    let said: Value = serde_json::from_slice(&said.stdout).expect("JSON");
    let numbers = said["predictions"][0]["numbers"].as_array().expect("numbers");
    assert!(numbers.iter().all(|number| number.as_f64().is_some_and(|p| (0.0..=1.0).contains(&p))), "{said}");
}

#[test]
fn masks_are_masks_in_every_type() {
    let home = Home::new();
    home.halves("8,8", [("I64", as_i64(&bars(40, 1))), ("I64", as_i64(&bars(20, 1)))]);
    home.train("");
    let mask = bars(20, 1);
    npy(&home.path("i8.npy"), "<i8", "20,8,8", &as_i64(&mask));
    npy(&home.path("u1.npy"), "|u1", "20,8,8", &mask);
    npy(&home.path("b1.npy"), "|b1", "20,8,8", &mask);
    let (expected, _) = home.predict("i8.npy");
    let (bytes, said) = home.predict("u1.npy");
    assert_eq!(bytes, expected);
    assert!(said.contains("they are taken as they are"), "{said}");
    assert_eq!(home.predict("b1.npy").0, expected);
}

#[test]
fn colours_in_a_row_have_an_order_that_is_not_known() {
    let home = Home::new();
    let colours = |count: usize| as_f32(&bars(3 * count, 1)[..count * 192], 1.0);
    home.halves("192", [("F32", colours(40)), ("F32", colours(20))]);
    home.train("");
    npy(&home.path("row.npy"), "<f4", "20,192", &colours(20));
    npy(&home.path("image.npy"), "<f4", "20,8,8,3", &colours(20));
    home.predict("row.npy");
    let message = fail(&mut home.run(&["predict", "run", "image.npy", "--json"]));
    assert!(message.contains("samples of shape 192") && message.contains("3×8×8"), "{message}");

    // The same rows are read as the training was told to read them.
    let home = Home::new();
    home.halves("192", [("F32", colours(40)), ("F32", colours(20))]);
    home.train("shape = [3, 8, 8]");
    npy(&home.path("row.npy"), "<f4", "20,192", &colours(20));
    npy(&home.path("image.npy"), "<f4", "20,8,8,3", &colours(20));
    home.predict("row.npy");
    home.predict("image.npy");
}

#[test]
fn rows_of_numbers_are_no_pixels() {
    let home = Home::new();
    home.halves("64", [("F32", as_f32(&bars(40, 10), 0.1)), ("F32", as_f32(&bars(20, 10), 0.1))]);
    home.train("");
    let mut rows = as_f32(&bars(20, 10), 0.1);
    npy(&home.path("plain.npy"), "<f4", "20,64", &rows);
    let end = rows.len() - 4;
    rows[end..].copy_from_slice(&200.0_f32.to_le_bytes());
    npy(&home.path("far.npy"), "<f4", "20,64", &rows);
    let ((plain, _), (far, said)) = (home.predict("plain.npy"), home.predict("far.npy"));
    // One number that is far away changes the answer about its row alone.
    assert_eq!(plain.as_array().unwrap()[..19], far.as_array().unwrap()[..19]);
    assert!(said.contains("far from those of training"), "{said}");
}

#[test]
fn rows_of_bytes_are_numbers_in_every_type() {
    let home = Home::new();
    // Counts: the first two of four numbers are larger in one of the classes.
    let count = |n: usize, at: usize| {
        (n * 7 + at * 3) as u8 % 5 + if (at < 2) == n.is_multiple_of(2) { 6 } else { 0 }
    };
    let rows =
        |samples: usize| (0..samples).flat_map(|n| (0..4).map(move |at| count(n, at))).collect::<Vec<u8>>();
    home.halves("4", [("U8", rows(40)), ("U8", rows(20))]);
    home.train("");
    let flags: Vec<u8> = rows(20).iter().map(|count| count % 2).collect();
    for (numbers, name) in [(rows(20), "rows"), (flags, "flags")] {
        let file = |kind: &str| format!("{name}-{kind}.npy");
        npy(&home.path(&file("u1")), "|u1", "20,4", &numbers);
        npy(&home.path(&file("i8")), "<i8", "20,4", &as_i64(&numbers));
        npy(&home.path(&file("f4")), "<f4", "20,4", &as_f32(&numbers, 1.0));
        let (bytes, _) = home.predict(&file("u1"));
        assert_eq!(home.predict(&file("i8")).0, bytes, "{name}");
        assert_eq!(home.predict(&file("f4")).0, bytes, "{name}");
    }
    npy(&home.path("part.npy"), "<f4", "20,4", &as_f32(&rows(20), 1.0 / 255.0));
    let (_, said) = home.predict("part.npy");
    assert!(said.contains("in the unit of the training data") && said.contains("--range 0,1"), "{said}");
    let said = succeed(&mut home.run(&["predict", "run", "part.npy", "--range", "0,1"]));
    assert!(!text(&said.stderr).contains("in the unit"), "{said:?}");
}

#[test]
fn masks_of_bytes_are_masks_in_every_type() {
    let home = Home::new();
    home.halves("8,8", [("U8", bars(40, 1)), ("U8", bars(20, 1))]);
    home.train("");
    let mask = bars(20, 1);
    npy(&home.path("u1.npy"), "|u1", "20,8,8", &mask);
    npy(&home.path("b1.npy"), "|b1", "20,8,8", &mask);
    npy(&home.path("f4.npy"), "<f4", "20,8,8", &as_f32(&mask, 1.0));
    let (bytes, _) = home.predict("u1.npy");
    assert_eq!(home.predict("b1.npy").0, bytes);
    assert_eq!(home.predict("f4.npy").0, bytes);
}

#[test]
fn flags_of_bytes_are_numbers_for_rows_of_numbers() {
    for (factor, less) in [(0.01, 0.0), (0.02, -1.0)] {
        let home = Home::new();
        let rows = |count: usize| -> Vec<u8> {
            bars(count, 100).iter().flat_map(|&x| (f32::from(x) * factor + less).to_le_bytes()).collect()
        };
        home.halves("64", [("F32", rows(40)), ("F32", rows(20))]);
        home.train("");
        let flags = bars(20, 1);
        npy(&home.path("u1.npy"), "|u1", "20,64", &flags);
        npy(&home.path("i8.npy"), "<i8", "20,64", &as_i64(&flags));
        let (bytes, said) = home.predict("u1.npy");
        assert_eq!(home.predict("i8.npy").0, bytes);
        assert!(said.contains("they are taken as they are"), "{factor}: {said}");
    }
}

#[test]
fn targets_are_numbers_if_the_network_learned_numbers() {
    let home = Home::new();
    // Three answers of yes or no. Each row of the test archive has by chance a single yes.
    let row = |n: u8| [n % 2, n / 2 % 2, n / 4 % 2];
    let x: Vec<u8> = (0..40).flat_map(row).flat_map(|bit| f32::from(bit).to_le_bytes()).collect();
    let y: Vec<u8> = (0..40).flat_map(row).collect();
    safetensors(&home.path("set.safetensors"), &[("x", "F32", "40,3", x), ("y", "I64", "40,3", as_i64(&y))]);
    succeed(&mut home.run(&["new", "set.safetensors"]));
    succeed(&mut home.run(&["train", "set.toml", "--quiet", "--out", "run"]));
    let single = [1, 0, 0, 0, 1, 0];
    let arrays = [("x", "F32", "2,3", as_f32(&single, 1.0)), ("y", "I64", "2,3", as_i64(&single))];
    safetensors(&home.path("few.safetensors"), &arrays);
    let eval = succeed(&mut home.run(&["eval", "run", "--data", "few.safetensors", "--json"]));
    let eval: Value = serde_json::from_slice(&eval.stdout).expect("JSON");
    assert!(eval["accuracy"].as_f64() > Some(0.9), "{eval}");
    succeed(&mut home.run(&["predict", "run", "few.safetensors"]));
}

#[test]
fn every_array_that_is_not_used_is_named() {
    let home = Home::new();
    let rows = as_f32(&bars(40, 5)[..160], 0.3);
    let mut arrays = vec![("x_train", "F32", "40,4", rows), ("y_train", "I64", "40", classes(40))];
    for name in ["sample_weight", "x_mean", "y_train_coarse", "weights"] {
        arrays.push((name, "I64", "40", classes(40)));
    }
    safetensors(&home.path("set.safetensors"), &arrays);
    let said = succeed(&mut home.run(&["new", "set.safetensors"]));
    let said = format!("{}{}", text(&said.stdout), text(&said.stderr));
    for name in ["sample_weight", "x_mean", "y_train_coarse", "weights"] {
        assert!(said.contains(name), "{name}: {said}");
    }
}

/// The accuracy that `toddle eval` prints for the run.
fn accuracy(home: &Home, data: &[&str]) -> f64 {
    let eval = succeed(&mut home.run(&[&["eval", "run", "--json"], data].concat()));
    let eval: Value = serde_json::from_slice(&eval.stdout).expect("JSON");
    eval["accuracy"].as_f64().expect("an accuracy")
}

#[test]
fn a_range_means_the_same_in_training_and_later() {
    for (bright, range) in [(200, "[0, 255]"), (15, "[0, 15]"), (100, "[0, 100]")] {
        let home = Home::new();
        home.halves("8,8", [("U8", bars(40, bright)), ("U8", bars(20, bright))]);
        home.train(&format!("range = {range}\nscaling = \"standard\""));
        assert_eq!(accuracy(&home, &[]), 1.0, "{range}");
        let bytes = bars(20, bright);
        npy(&home.path("u1.npy"), "|u1", "20,8,8", &bytes);
        let (own, _) = home.predict("u1.npy");
        // The same pictures as picture files: white is 255 there.
        let white = range.trim_matches(['[', ']']).split(", ").nth(1).unwrap().parse::<f32>().unwrap();
        let png: Vec<u8> =
            bytes[..64].iter().map(|&x| (f32::from(x) / white * 255.0).round() as u8).collect();
        common::png(&home.path("one.png"), 8, 8, png::ColorType::Grayscale, &png);
        let (picture, _) = home.predict("one.png");
        let (first, of_picture) = (own[0][0].as_f64().unwrap(), picture[0][0].as_f64().unwrap());
        assert!((first - of_picture).abs() < 1e-3, "{range}: {own} {picture}");
    }
    // Bytes do not go from −1 to 1.
    let home = Home::new();
    home.halves("8,8", [("U8", bars(40, 200)), ("U8", bars(20, 200))]);
    home.train("");
    let message =
        refuse(&mut home.run(&["train", "set.toml", "--out", "other", "--set", "data.range=[-1,1]"]));
    assert!(message.contains("outside of `range`") && message.contains("0 to 200"), "{message}");
}

#[test]
fn white_is_1_in_bytes_that_are_all_0_or_1() {
    let home = Home::new();
    home.halves("8,8", [("U8", bars(40, 1)), ("U8", bars(20, 1))]);
    home.train("scaling = \"standard\"");
    let expected = |home: &Home| {
        npy(&home.path("u1.npy"), "|u1", "20,8,8", &bars(20, 1));
        home.predict("u1.npy").0
    };
    let flags = expected(&home);
    npy(&home.path("white.npy"), "|u1", "20,8,8", &bars(20, 255));
    npy(&home.path("f4.npy"), "<f4", "20,8,8", &as_f32(&bars(20, 255), 1.0));
    common::png(&home.path("one.png"), 8, 8, png::ColorType::Grayscale, &bars(1, 255));
    for file in ["white.npy", "f4.npy"] {
        let (answers, said) = home.predict(file);
        assert_eq!(answers, flags, "{file}");
        assert!(said.contains("from 0 to 255; they are mapped to 0 to 1, as in training"), "{said}");
    }
    assert_eq!(home.predict("one.png").0[0], flags[0]);

    // The other way round it is not certain, and said.
    let home = Home::new();
    home.halves("8,8", [("U8", bars(40, 255)), ("U8", bars(20, 255))]);
    home.train("scaling = \"standard\"");
    npy(&home.path("flags.npy"), "|u1", "20,8,8", &bars(20, 1));
    npy(&home.path("white.npy"), "|u1", "20,8,8", &bars(20, 255));
    let (_, said) = home.predict("flags.npy");
    assert!(said.contains("all 0 or 1") && said.contains("--range 0,1"), "{said}");
    let answers = |args: &[&str]| {
        let output = succeed(&mut home.run(&[&["predict", "run", "--json"], args].concat()));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["predictions"][0]["probabilities"].clone()
    };
    assert_eq!(answers(&["flags.npy", "--range", "0,1"]), answers(&["white.npy"]));
}

#[test]
fn a_network_may_take_another_shape_than_the_data_have() {
    let home = Home::new();
    home.halves("64", [("F32", as_f32(&bars(40, 10), 0.1)), ("F32", as_f32(&bars(20, 10), 0.1))]);
    home.train("scaling = \"standard\"");
    let file = fs::read_to_string(home.path("set.toml")).unwrap();
    fs::write(home.path("set.toml"), file.replace("[network]\n", "[network]\ninput = [1, 8, 8]\n")).unwrap();
    fs::remove_dir_all(home.path("run")).unwrap();
    succeed(&mut home.run(&["train", "set.toml", "--quiet", "--out", "run"]));
    assert_eq!(accuracy(&home, &[]), 1.0);

    let home = Home::new();
    home.halves("8,8", [("U8", bars(40, 200)), ("U8", bars(20, 200))]);
    home.train("");
    let file = fs::read_to_string(home.path("set.toml")).unwrap();
    fs::write(home.path("set.toml"), file.replace("[network]\n", "[network]\ninput = [8, 8, 1]\n")).unwrap();
    fs::remove_dir_all(home.path("run")).unwrap();
    succeed(&mut home.run(&["train", "set.toml", "--quiet", "--out", "run"]));
    assert_eq!((accuracy(&home, &[]), accuracy(&home, &["--data", "set.safetensors"])), (1.0, 1.0));
}

#[test]
fn rows_of_a_table_are_pixels() {
    let home = Home::new();
    home.halves("8,8", [("U8", bars(40, 200)), ("U8", bars(20, 200))]);
    home.train("");
    npy(&home.path("u1.npy"), "|u1", "20,8,8", &bars(20, 200));
    let (of_array, _) = home.predict("u1.npy");
    let pixels: Vec<String> =
        bars(20, 200).chunks(64).map(|row| format!("{row:?}").replace(['[', ']', ' '], "")).collect();
    let names: Vec<String> = (0..64).map(|n| format!("p{n}")).collect();
    let table = |names: &str, row: &dyn Fn(usize) -> String| {
        let rows: Vec<String> = (0..20).map(row).collect();
        fs::write(home.path("t.csv"), format!("{names}{}\n", rows.join("\n"))).unwrap();
    };
    let names = names.join(",");
    let labelled = |n: usize| format!("{},{}", n % 2, pixels[n]);
    for (names, row) in [
        (format!("{names}\n"), &(|n: usize| pixels[n].clone()) as &dyn Fn(usize) -> String),
        (String::new(), &|n: usize| pixels[n].clone()),
        (format!("label,{names}\n"), &labelled),
        (format!("{names},kind\n"), &|n: usize| format!("{},{}", pixels[n], n % 2)),
    ] {
        table(&names, row);
        let (answers, said) = home.predict("t.csv");
        assert_eq!(answers, of_array, "{names}");
        // The table is not learned from, and `predict` has no settings of tables.
        assert!(!said.contains("= "), "{said}");
    }
    // The same measurement as that of `eval`.
    table(&format!("label,{names}\n"), &labelled);
    let json = |command: &[&str]| -> Value {
        serde_json::from_slice(&succeed(&mut home.run(command)).stdout).expect("JSON")
    };
    let (eval, predict) =
        (json(&["eval", "run", "--data", "t.csv", "--json"]), json(&["predict", "run", "t.csv", "--json"]));
    let right = predict["right"][0].as_f64().unwrap() / 20.0;
    assert_eq!((eval["accuracy"].as_f64(), &predict["right"][1]), (Some(right), &20.into()), "{eval}");

    table(&format!("{}\n", &names["p0,".len()..]), &|n: usize| pixels[n][2..].to_owned());
    let message = fail(&mut home.run(&["predict", "run", "t.csv"]));
    assert!(message.contains("a row of 64 numbers for each sample"), "{message}");
}

#[test]
fn one_file_of_two_is_no_data_that_have_changed() {
    let home = Home::new();
    let idx = |dims: &[u8], bytes: &[u8]| {
        let sizes = dims.iter().flat_map(|&size| u32::from(size).to_be_bytes());
        [0, 0, 8, dims.len() as u8].into_iter().chain(sizes).chain(bytes.iter().copied()).collect::<Vec<u8>>()
    };
    fs::create_dir(home.path("odd")).unwrap();
    fs::write(home.path("odd/pics.dat"), idx(&[40, 8, 8], &bars(40, 200))).unwrap();
    fs::write(home.path("odd/answers.dat"), idx(&[40], &(0..40).map(|n| n % 2).collect::<Vec<u8>>()))
        .unwrap();
    let message = fail(&mut home.run(&["new", "odd"]));
    assert!(message.contains("2 files of an array") && message.contains("idx = {"), "{message}");
    let message = fail(&mut home.run(&["new", "odd/pics.dat"]));
    assert!(message.contains("one array, either samples or targets"), "{message}");
    let experiment = "version = 1\nname = \"odd\"\n[data]\nidx = { images = \"odd/pics.dat\", labels = \"odd/answers.dat\" }\n\
                      [network]\nlayers = [\"flatten\", { kind = \"dense\", outputs = 2 }]\n[train]\nloss = \
                      \"cross_entropy\"\noptimizer = { kind = \"adam\", rate = 0.05 }\nepochs = 1\n";
    fs::write(home.path("odd.toml"), experiment).unwrap();
    succeed(&mut home.run(&["train", "odd.toml", "--quiet", "--out", "run"]));
    let message = fail(&mut home.run(&["eval", "run", "--data", "odd/pics.dat"]));
    assert!(message.contains("one array, either") && !message.contains("changed"), "{message}");
}
