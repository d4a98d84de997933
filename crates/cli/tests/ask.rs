//! `toddle predict` and `toddle eval` of networks that were trained on tables, arrays and pictures of a person's own.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use common::{fail, npy, png, size, succeed, text, toddle};
use serde_json::Value;

/// A folder with the files that the tests ask about, and three small runs.
static HOME: LazyLock<PathBuf> = LazyLock::new(|| {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ask");
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home).unwrap();
    let (mut pets, mut prices) =
        ("weight,coat,kind\n".to_owned(), "rooms,area,price,\"rent, a month\"\n".to_owned());
    for i in 0..60 {
        let kind = ["cat", "dog", "old, grey horse"][i % 3];
        let weight = [4.0, 20.0, 500.0][i % 3] + i as f64 * 0.03;
        let coat = ["short", "long"][(i / 3) % 2];
        writeln!(pets, "{weight},{coat},\"{kind}\"").unwrap();
        let (rooms, area) = (1 + i % 5, 20 + i);
        writeln!(prices, "{rooms},{area},{},{}", 10 * rooms + area, 2 * area).unwrap();
    }
    fs::write(home.join("pets.csv"), pets).unwrap();
    fs::write(home.join("prices.csv"), prices).unwrap();
    fs::write(home.join("bars.safetensors"), archive(40, true)).unwrap();
    train(&home, "pets", "csv = \"pets.csv\"\nscaling = \"standard\"", 3, "cross_entropy");
    let prices = "csv = \"prices.csv\"\ntarget = [\"price\", \"rent, a month\"]\nscaling = \"standard\"";
    train(&home, "prices", prices, 2, "mean_squared_error");
    train(&home, "bars", "npz = \"bars.safetensors\"", 2, "cross_entropy");
    home
});

fn train(home: &Path, name: &str, data: &str, outputs: usize, loss: &str) {
    let flatten = if name == "bars" { "\"flatten\", " } else { "" };
    let experiment = format!(
        "version = 1\nname = \"{name}\"\n[data]\n{data}\nvalidation = \"none\"\n[network]\nlayers = [{flatten}{{ kind = \"dense\", \
         outputs = {outputs} }}]\n[train]\nloss = \"{loss}\"\noptimizer = {{ kind = \"adam\", rate = 0.05 }}\nepochs = 20\nbatch = 8\n"
    );
    fs::write(home.join(format!("{name}.toml")), experiment).unwrap();
    succeed(toddle(&["train", &format!("{name}.toml"), "--quiet"]).current_dir(home));
}

/// Pictures of 8×8 with a bar that stands or lies.
fn bars(count: usize) -> Vec<u8> {
    let pixel = |i: usize, p: usize| {
        let (row, column, at) = (p / 8, p % 8, 2 + i / 2 % 4);
        let on = if i.is_multiple_of(2) { column == at } else { row == at };
        if on { 255 - (i as u8 % 20) } else { 0 }
    };
    (0..count).flat_map(|i| (0..64).map(move |p| pixel(i, p))).collect()
}

/// A safetensors file of bars, with their classes or without.
fn archive(count: usize, known: bool) -> Vec<u8> {
    let size = count * 64;
    let mut header =
        format!("{{\"x\":{{\"dtype\":\"U8\",\"shape\":[{count},8,8],\"data_offsets\":[0,{size}]}}");
    if known {
        let end = size + count;
        write!(header, ",\"y\":{{\"dtype\":\"U8\",\"shape\":[{count}],\"data_offsets\":[{size},{end}]}}")
            .unwrap();
    }
    header += "}";
    while !header.len().is_multiple_of(8) {
        header += " ";
    }
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(bars(count));
    file.extend((0..if known { count } else { 0 }).map(|i| i as u8 % 2));
    file
}

fn ask(args: &[&str]) -> Command {
    let mut command = toddle(args);
    command.current_dir(&*HOME);
    command
}

fn json(args: &[&str]) -> Value {
    serde_json::from_slice(&succeed(ask(args).arg("--json")).stdout).expect("JSON")
}

/// What the command says if `input` comes in on standard input.
fn piped(args: &[&str], input: &[u8]) -> Output {
    let mut command = ask(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn predictions(report: &Value) -> &[Value] {
    report["predictions"].as_array().expect("predictions")
}

fn write(name: &str, bytes: impl AsRef<[u8]>) -> String {
    fs::write(HOME.join(name), bytes).unwrap();
    name.to_owned()
}

#[test]
fn rows_are_paired_by_name_and_called_by_their_line() {
    let own = json(&["predict", "runs/pets", "pets.csv"]);
    assert_eq!(predictions(&own).len(), 60);
    assert_eq!(own["classes"][2], "old, grey horse");
    let first = &predictions(&own)[0];
    assert_eq!((&first["sample"], &first["truth"]), (&"pets.csv line 2".into(), &"cat".into()));
    // The columns in another order, without the target.
    let other = json(&["predict", "runs/pets", &write("other.csv", "coat,weight\nshort,4\nlong,500.06\n")]);
    assert!(
        predictions(&other).iter().all(|row| row["truth"].is_null() && row["right"].is_null()),
        "{other}"
    );
    assert_eq!(predictions(&other)[0]["probabilities"], first["probabilities"]);
    let table = succeed(&mut ask(&["predict", "runs/pets", "pets.csv"]));
    let table = text(&table.stdout);
    let right = own["right"][0].as_u64().unwrap();
    assert!(table.contains("pets.csv line 61") && table.contains(&format!("{right} of 60 right")), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
}

#[test]
fn standard_input_is_told_by_its_first_bytes() {
    let table = piped(&["predict", "runs/pets", "-", "--json"], b"coat,weight\nshort,4\n");
    let report: Value =
        serde_json::from_slice(&table.stdout).unwrap_or_else(|_| panic!("{}", text(&table.stderr)));
    assert_eq!(predictions(&report)[0]["sample"], "standard input line 2");
    let array = npy("|u1", "3, 8, 8", &bars(3));
    let archive = archive(3, false);
    let picture = HOME.join("one.png");
    png(&picture, 8, 8, png::ColorType::Grayscale, &bars(1));
    let [one, two, three] = [array, archive, fs::read(picture).unwrap()].map(|input| {
        let output = piped(&["predict", "runs/bars", "-", "--json"], &input);
        serde_json::from_slice::<Value>(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
    });
    assert_eq!(predictions(&one).len(), 3);
    assert_eq!(one["predictions"], two["predictions"]);
    assert_eq!(predictions(&one)[0]["probabilities"], predictions(&three)[0]["probabilities"]);
    assert_eq!(predictions(&three)[0]["prepared"], Value::Array(Vec::new()));
    let nothing = piped(&["predict", "runs/pets", "-"], b"");
    assert_eq!(nothing.status.code(), Some(1));
}

#[test]
fn csv_has_the_same_numbers_as_json() {
    let report = json(&["predict", "runs/pets", "pets.csv"]);
    let output = succeed(&mut ask(&["predict", "runs/pets", "pets.csv", "--csv"]));
    let mut reader = csv::Reader::from_reader(&*output.stdout);
    let header: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    assert_eq!(header, ["sample", "class", "cat", "dog", "old, grey horse", "truth"]);
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), 60);
    for (line, prediction) in lines.iter().zip(predictions(&report)) {
        assert_eq!(
            (&line[0], &line[1]),
            (prediction["sample"].as_str().unwrap(), prediction["class"].as_str().unwrap())
        );
        for class in 0..3 {
            let said: f64 = line[2 + class].parse().unwrap();
            assert_eq!(said.to_bits(), prediction["probabilities"][class].as_f64().unwrap().to_bits());
        }
        assert_eq!(&line[5], prediction["truth"].as_str().unwrap());
    }
    let output = succeed(&mut ask(&["predict", "runs/prices", "prices.csv", "--csv"]));
    let header = text(&output.stdout).lines().next().unwrap();
    assert_eq!(header, "sample,price,\"rent, a month\",true price,\"true rent, a month\"");
}

/// The same accuracy, confusion and cross-entropy from what `predict` says as `eval` says.
fn agree(run: &str, data: &str) {
    let said = json(&["predict", run, data]);
    let measured = json(&["eval", run, "--data", data]);
    assert_eq!(measured["half"], "train");
    let classes: Vec<&str> = said["classes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let mut confusion = vec![vec![0_u64; classes.len()]; classes.len()];
    let mut losses = Vec::new();
    for prediction in predictions(&said) {
        let truth = classes.iter().position(|&class| prediction["truth"] == class).expect("a truth");
        confusion[truth][prediction["index"].as_u64().unwrap() as usize] += 1;
        losses.push(-prediction["probabilities"][truth].as_f64().unwrap().max(f64::MIN_POSITIVE).ln());
    }
    assert_eq!(measured["confusion"], serde_json::to_value(confusion).unwrap());
    let loss = losses.iter().sum::<f64>() / losses.len() as f64;
    assert_eq!(loss.to_bits(), measured["cross_entropy"].as_f64().unwrap().to_bits());
    let [right, all] = [0, 1].map(|i| said["right"][i].as_u64().unwrap() as f64);
    assert_eq!(right / all, measured["accuracy"].as_f64().unwrap());
    assert!(right / all > 0.8, "{said}");
}

#[test]
fn eval_and_predict_agree_to_the_bit() {
    agree("runs/pets", "pets.csv");
    agree("runs/bars", "bars.safetensors");
    let said = json(&["predict", "runs/prices", "prices.csv"]);
    let measured = json(&["eval", "runs/prices", "--data", "prices.csv", "--worst", "60"]);
    assert_eq!(
        said["mean_absolute_error"].as_f64().unwrap().to_bits(),
        measured["mean_absolute_error"].as_f64().unwrap().to_bits()
    );
    for miss in measured["worst"].as_array().unwrap() {
        let prediction = &predictions(&said)[miss["sample"].as_u64().unwrap() as usize];
        assert_eq!((&prediction["numbers"], &prediction["truth"]), (&miss["says"], &miss["truth"]));
    }
}

#[test]
fn a_regression_is_measured_and_drawn() {
    let report = json(&["eval", "runs/prices", "--data", "prices.csv"]);
    let number = |report: &Value, key: &str| report[key].as_f64().unwrap();
    assert!(
        (number(&report, "root_mean_squared_error").powi(2) - number(&report, "mean_squared_error")).abs()
            < 1e-6
    );
    let targets = report["targets"].as_array().unwrap();
    let names: Vec<&str> = targets.iter().filter_map(|target| target["target"].as_str()).collect();
    assert_eq!(names, ["price", "rent, a month"]);
    let mean = targets.iter().map(|target| number(target, "mean_absolute_error")).sum::<f64>() / 2.0;
    assert!((mean - number(&report, "mean_absolute_error")).abs() < 1e-9 * mean);
    let worst: Vec<f64> =
        report["worst"].as_array().unwrap().iter().map(|miss| number(miss, "absolute_error")).collect();
    assert!(worst.len() == 10 && worst.is_sorted_by(|a, b| a >= b), "{worst:?}");
    let picture = HOME.join("against.png");
    let output = succeed(
        ask(&["eval", "runs/prices", "--data", "prices.csv", "--worst", "3", "--picture"]).arg(&picture),
    );
    let table = text(&output.stdout);
    assert!(
        table.contains("60 of prices.csv, train") && table.contains("RMSE") && table.contains("R²"),
        "{table}"
    );
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let (height, width) = size(&picture);
    assert!(height > 500 && width > 1000, "two plots");
    let table = succeed(&mut ask(&["predict", "runs/prices", "prices.csv"]));
    assert!(text(&table.stdout).contains("mean absolute error "), "{}", text(&table.stdout));
    let message = fail(&mut ask(&["predict", "runs/prices", "--digits", "3"]));
    assert!(message.contains("the network was not trained on classes"), "{message}");
}

#[test]
fn arrays_are_samples_with_or_without_their_classes() {
    let report = json(&["predict", "runs/bars", &write("three.npy", npy("|u1", "3, 8, 8", &bars(3)))]);
    assert_eq!(predictions(&report)[2]["sample"], "three.npy sample 2");
    let known = json(&["predict", "runs/bars", "bars.safetensors"]);
    assert!(predictions(&known)[0]["right"].is_boolean());
    assert_eq!(predictions(&known)[2]["probabilities"], predictions(&report)[2]["probabilities"]);
    // An array of the shape of one sample.
    let single = json(&["predict", "runs/bars", &write("single.npy", npy("|u1", "8, 8", &bars(1)))]);
    assert_eq!(predictions(&single).len(), 1);
    assert_eq!(predictions(&single)[0]["probabilities"], predictions(&report)[0]["probabilities"]);
    let picture = HOME.join("bars.png");
    succeed(ask(&["predict", "runs/bars", "three.npy", "--picture"]).arg(&picture));
    assert!(size(&picture).1 > 200);
}

#[test]
fn a_folder_is_all_pictures_below_it_in_order() {
    let folder = HOME.join("scans");
    fs::create_dir_all(folder.join("a/deeper")).unwrap();
    let bars = bars(4);
    for (name, bytes) in ["b.png", "a/2.png", "a/deeper/1.png", ".hidden.png"].iter().zip(bars.chunks(64)) {
        png(&folder.join(name), 8, 8, png::ColorType::Grayscale, bytes);
    }
    fs::write(folder.join("notes.txt"), "no picture").unwrap();
    let report = json(&["predict", "runs/bars", "scans"]);
    let names: Vec<&str> = predictions(&report).iter().filter_map(|p| p["sample"].as_str()).collect();
    assert_eq!(names, ["scans/a/2.png", "scans/a/deeper/1.png", "scans/b.png"]);
    fs::create_dir_all(HOME.join("empty")).unwrap();
    let message = fail(&mut ask(&["predict", "runs/bars", "empty"]));
    assert!(message.contains("there are no pictures in `empty`"), "{message}");
}

#[test]
fn what_a_network_was_not_trained_on_is_refused() {
    png(&HOME.join("a.png"), 8, 8, png::ColorType::Grayscale, &bars(1));
    let message = fail(&mut ask(&["predict", "runs/pets", "a.png"]));
    assert!(message.contains("rows of a table") && message.contains("weight"), "{message}");
    let message = fail(&mut ask(&["predict", "runs/bars", "pets.csv"]));
    assert!(message.contains("pictures of 8×8") && message.contains(".npy"), "{message}");
    for (name, table, said) in [
        ("missing.csv", "weight\n4\n", "coat"),
        ("unknown.csv", "weight,coat\n4,curly\n", "`curly`"),
        ("word.csv", "weight,coat\nheavy,short\n", "line 2"),
        ("hole.csv", "weight,coat\n4,short\n,long\n", "line 3"),
        ("strange.csv", "weight,coat,kind\n4,short,fish\n", "`fish`"),
    ] {
        let message = fail(&mut ask(&["predict", "runs/pets", &write(name, table)]));
        assert!(message.contains(said) && message.contains(name), "{message}");
        assert_eq!(message.trim_end().lines().filter(|line| line.starts_with("  ")).count(), 3, "{message}");
    }
    let message =
        fail(&mut ask(&["predict", "runs/bars", &write("wide.npy", npy("|u1", "2, 9, 9", &[0; 162]))]));
    assert!(message.contains("9×9"), "{message}");
    let message =
        fail(&mut ask(&["predict", "runs/bars", &write("cut.npy", &npy("|u1", "3, 8, 8", &bars(3))[..150])]));
    assert!(message.contains("cut.npy"), "{message}");
    // The others are answered.
    let output =
        ask(&["predict", "runs/pets", "missing.csv", "other.csv", "pets.csv", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(predictions(&report).len() >= 60);
}

#[test]
fn what_is_wrong_with_the_network_is_said_once() {
    let folder = HOME.join("many");
    fs::create_dir_all(&folder).unwrap();
    for name in ["a.png", "b.png", "c.png"] {
        png(&folder.join(name), 8, 8, png::ColorType::Grayscale, &bars(1));
    }
    let message = fail(&mut ask(&["predict", "runs/pets", "many"]));
    assert_eq!(message.matches("error: ").count(), 1, "{message}");
}

#[test]
fn a_folder_with_only_a_test_half_is_measured() {
    let bars = bars(8);
    for (n, bar) in bars.chunks(64).enumerate() {
        for half in ["only/test", "both/test", "both/train"] {
            let class = HOME.join(half).join((n % 2).to_string());
            fs::create_dir_all(&class).unwrap();
            // The other half has a single picture of each class.
            if half != "both/train" || n < 2 {
                png(&class.join(format!("{n}.png")), 8, 8, png::ColorType::Grayscale, bar);
            }
        }
    }
    let [only, both] = ["only", "both"].map(|data| json(&["eval", "runs/bars", "--data", data]));
    assert_eq!((&only["samples"], &both["samples"]), (&8.into(), &8.into()), "{only}");
    assert_eq!(only["cross_entropy"], both["cross_entropy"]);
    assert_eq!(json(&["eval", "runs/bars", "--data", "only", "--half", "test"])["samples"], 8);
    let message = fail(&mut ask(&["eval", "runs/bars", "--data", "only", "--half", "train"]));
    assert!(message.contains("no train samples in `only`"), "{message}");
}

#[test]
fn a_class_that_does_not_occur_has_no_measures() {
    let others = "weight,coat,kind\n4,short,cat\n5,long,cat\n501,short,\"old, grey horse\"\n";
    let report = json(&["eval", "runs/pets", "--data", &write("no-dogs.csv", others)]);
    assert_eq!((&report["accuracy"], &report["macro_f1"]), (&1.0.into(), &1.0.into()), "{report}");
    let dog = &report["classes"][1];
    assert_eq!((&dog["class"], &dog["samples"]), (&"dog".into(), &0.into()));
    assert!(["precision", "recall", "f1"].iter().all(|measure| dog[measure] == Value::Null), "{dog}");
    let table = succeed(&mut ask(&["eval", "runs/pets", "--data", "no-dogs.csv"]));
    let line = text(&table.stdout).lines().find(|line| line.starts_with("dog")).expect("a line");
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["dog", "0", "–", "–", "–"]);
}

#[test]
fn numbers_are_not_the_names_of_classes() {
    for (n, bar) in bars(8).chunks(64).enumerate() {
        let class = HOME.join("named").join(["lying", "upright"][n % 2]);
        fs::create_dir_all(&class).unwrap();
        png(&class.join(format!("{n}.png")), 8, 8, png::ColorType::Grayscale, bar);
    }
    let experiment = fs::read_to_string(HOME.join("bars.toml")).unwrap();
    let experiment = experiment.replace("npz = \"bars.safetensors\"", "images = \"named\"");
    fs::write(HOME.join("named.toml"), experiment).unwrap();
    succeed(&mut ask(&["train", "named.toml", "--quiet", "--out", "runs/named"]));
    for args in [
        &["eval", "runs/named", "--data", "bars.safetensors"][..],
        &["predict", "runs/named", "bars.safetensors"],
    ] {
        let message = fail(&mut ask(args));
        assert!(message.contains("lying, upright") && message.contains("0, 1"), "{message}");
        assert!(message.contains("which number means which name"), "{message}");
    }
}

#[test]
fn the_data_of_an_old_run_are_found_from_where_it_was_trained() {
    let home = tempfile::TempDir::new().unwrap();
    fs::copy(HOME.join("pets.csv"), home.path().join("pets.csv")).unwrap();
    train(home.path(), "pets", "csv = \"pets.csv\"\nscaling = \"standard\"", 3, "cross_entropy");
    let experiment = home.path().join("runs/pets/experiment.toml");
    let kept = fs::read_to_string(&experiment).unwrap();
    let (path, old) = (home.path().join("pets.csv"), "csv = \"pets.csv\"");
    let kept = kept.replace(&format!("csv = \"{}\"", path.canonicalize().unwrap().display()), old);
    fs::write(&experiment, kept.replace(&format!("csv = \"{}\"", path.display()), old)).unwrap();
    assert!(fs::read_to_string(&experiment).unwrap().contains(old));

    let output = succeed(toddle(&["eval", "runs/pets", "--half", "train"]).current_dir(home.path()));
    assert!(text(&output.stderr).contains("are taken from the current folder"), "{}", text(&output.stderr));
    let message = fail(toddle(&["eval", "pets", "--half", "train"]).current_dir(home.path().join("runs")));
    assert!(message.contains("neither in the folder of the run nor in the current folder"), "{message}");
}

#[test]
fn weights_of_16_bits_are_refused_by_name() {
    let header = "{\"dense1.weight\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[0,2]}}  ";
    let file = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[0, 0]].concat();
    let message = fail(&mut ask(&["predict", &write("half.safetensors", file), "pets.csv"]));
    assert!(
        message.contains("16 bits")
            && message.contains("BF16")
            && message.contains("before it was converted"),
        "{message}"
    );
}
