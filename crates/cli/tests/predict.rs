//! `toddle predict` and `toddle eval` as their users meet them, with a small network that learns digits in a second.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use common::{fail, png, size, succeed, text, toddle};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;
use toddle::checkpoint::{self, About, Scaling};
use toddle::custom::CustomLayer;
use toddle::{
    Adam, Conv2d, Dense, Fit, Flatten, Float, Layer, Loss, MaxPool2d, Misfit, NetworkSpec, Relu, Residual,
    Shape, Softmax,
};
use toddle_data::Picture;

/// Folders with a network that ends with softmax, and one that ends with logits.
struct Runs {
    folder: PathBuf,
}

static RUNS: LazyLock<Runs> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("predict");
    let digits = toddle_data::mnist().train().unwrap().first(6000).unwrap();
    let spec = NetworkSpec::new(Shape::image(1, 28, 28))
        .add(Conv2d::new(6, 5))
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Flatten)
        .add(Dense::new(10));
    let about = About {
        scaling: Scaling { divisor: 255.0, ..Scaling::default() },
        classes: (0..10).map(|digit| digit.to_string()).collect(),
        ..About::default()
    };
    let write = |run: &str, file: Vec<u8>| {
        let run = folder.join(run);
        fs::create_dir_all(&run).unwrap();
        fs::write(run.join("model.safetensors"), file).unwrap();
    };
    let mut network = spec.build::<f32>(7).unwrap();
    let fit = Fit::new(Loss::cross_entropy(), Adam::new(0.003)).epochs(3).batch(32).shuffle();
    network.fit(&digits.inputs(), &digits.one_hot(), &fit).unwrap();
    write("logits", checkpoint::encode(&network, &about, None));
    let mut ending = spec.add(Softmax::default()).build::<f64>(7).unwrap();
    ending.weights_mut().iter_mut().zip(network.weights()).for_each(|(to, w)| *to = f64::from(*w));
    write("softmax", checkpoint::encode(&ending, &about, None));
    Runs { folder }
});

impl Runs {
    fn path(&self, run: &str) -> String {
        self.folder.join(run).to_str().unwrap().to_owned()
    }
}

fn json(command: &mut std::process::Command) -> Value {
    serde_json::from_slice(&succeed(command.arg("--json")).stdout).expect("JSON")
}

/// A test digit in so many ways, each with what has to be said of it.
fn ways(folder: &Path, digit: &[u8]) -> Vec<(PathBuf, Vec<&'static str>)> {
    let path = |name: &str| folder.join(name);
    let mut ways = Vec::new();
    let mut add = |name: &str, width: usize, height: usize, colour, bytes: &[u8], said: &[&'static str]| {
        png(&path(name), width, height, colour, bytes);
        ways.push((path(name), said.to_vec()));
    };
    let large =
        |side| Picture::new([1, 28, 28], digit.to_vec()).unwrap().resized([side, side]).bytes().to_vec();
    let grey = png::ColorType::Grayscale;
    add("as-is.png", 28, 28, grey, digit, &[]);
    let light: Vec<u8> = digit.iter().map(|ink| 255 - ink).collect();
    add("light.png", 28, 28, grey, &light, &["inverted"]);
    add("large.png", 200, 200, grey, &large(200), &["centred by mass"]);
    add("tiny.png", 20, 20, grey, &large(20), &["centred by mass"]);

    // Blue ink on yellow paper, wide, the digit in a corner.
    let mut paper = [250, 240, 180].repeat(300 * 200);
    for (p, &ink) in large(112).iter().enumerate() {
        let at = ((p / 112 + 80) * 300 + p % 112 + 5) * 3;
        for (channel, tone) in [20_u32, 30, 120].into_iter().enumerate() {
            let (ink, old) = (u32::from(ink), u32::from(paper[at + channel]));
            paper[at + channel] = ((old * (255 - ink) + tone * ink) / 255) as u8;
        }
    }
    add(
        "colour.png",
        300,
        200,
        png::ColorType::Rgb,
        &paper,
        &["colours to grey", "inverted", "centred by mass"],
    );

    // Black ink on nothing.
    let sheer: Vec<u8> = large(90).iter().flat_map(|&ink| [0, 0, 0, ink]).collect();
    add("sheer.png", 90, 90, png::ColorType::Rgba, &sheer, &["put on white", "colours to grey", "inverted"]);
    let chalk: Vec<u8> = large(90).iter().flat_map(|&ink| [255, ink]).collect();
    add("chalk.png", 90, 90, png::ColorType::GrayscaleAlpha, &chalk, &["put on black", "centred by mass"]);
    let faint: Vec<u8> = large(64).iter().map(|&ink| 200 - ink / 4).collect();
    add("faint.png", 64, 64, grey, &faint, &["inverted", "stretched"]);
    ways
}

#[test]
fn digits_are_known_however_they_come() {
    let folder = TempDir::new().unwrap();
    let test = toddle_data::mnist().test().unwrap();
    let (mut alike, mut all) = (0, 0);
    for i in 0..12 {
        let ways = ways(folder.path(), &test.image(i));
        let mut command = toddle(&["predict", &RUNS.path("softmax")]);
        let report = json(command.args(ways.iter().map(|(path, _)| path)));
        let predictions = report["predictions"].as_array().unwrap();
        assert_eq!(predictions.len(), ways.len());
        for (prediction, (path, said)) in predictions.iter().zip(&ways) {
            assert_eq!(prediction["sample"], path.to_str().unwrap());
            let prepared = prediction["prepared"].to_string();
            assert!(said.iter().all(|said| prepared.contains(said)), "{path:?}: {prepared}");
            let sum: f64 =
                prediction["probabilities"].as_array().unwrap().iter().filter_map(Value::as_f64).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
            assert!(prediction["probability"].as_f64() >= prediction["runner_up"]["probability"].as_f64());
            alike += usize::from(prediction["class"] == predictions[0]["class"]);
            all += 1;
        }
        assert_eq!(
            predictions[0]["probabilities"], predictions[1]["probabilities"],
            "an inverted one is the same"
        );
    }
    assert!(alike * 100 >= all * 90, "{alike} of {all} as the network says of the digit itself");
}

#[test]
fn what_is_said_is_a_line_an_image() {
    let folder = TempDir::new().unwrap();
    let test = toddle_data::mnist().test().unwrap();
    let paths: Vec<PathBuf> = ways(folder.path(), &test.image(0)).into_iter().map(|(path, _)| path).collect();
    let picture = folder.path().join("picture.png");
    let output = succeed(toddle(&["predict", &RUNS.path("logits"), "--picture"]).arg(&picture).args(&paths));
    let table = text(&output.stdout);
    assert_eq!(table.lines().filter(|line| line.contains(".png")).count(), paths.len(), "{table}");
    assert!(table.contains("outputs are logits: softmax makes them probabilities"), "{table}");
    let words = table.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("colours to grey, inverted"), "{table}");
    assert!(size(&picture).1 > 500);
    let table = succeed(toddle(&["predict", &RUNS.path("softmax")]).args(&paths));
    assert!(!text(&table.stdout).contains("logits"));
}

#[test]
fn test_digits_are_right_or_wrong() {
    let output = succeed(&mut toddle(&["predict", &RUNS.path("softmax"), "--digits", "0..9"]));
    let table = text(&output.stdout);
    assert_eq!(table.matches("mnist test ").count(), 10, "{table}");
    assert!(table.contains("mnist test 0 ") && table.contains("7, right"), "{table}");
    assert!(table.contains("of 10 right"), "{table}");
    let report = json(&mut toddle(&["predict", &RUNS.path("logits"), "--digits", "7,2", "--each", "3"]));
    let truths: Vec<&str> =
        report["predictions"].as_array().unwrap().iter().filter_map(|p| p["truth"].as_str()).collect();
    assert_eq!(truths, ["7", "7", "7", "2", "2", "2"]);
    let none = toddle(&["predict", &RUNS.path("softmax"), "--digits", "9..0"]).output().unwrap();
    assert_eq!(none.status.code(), Some(2), "{}", text(&none.stderr));
}

/// Its decoder panics.
const PALETTE: &[u8] = include_bytes!("../../../fuzz/corpus/png/palette-of-four-bytes.png");

#[test]
fn what_cannot_be_read_is_explained() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let seven = toddle_data::mnist().test().unwrap().image(0).into_owned();
    png(&folder.path().join("good.png"), 28, 28, png::ColorType::Grayscale, &seven);
    let good = fs::read(folder.path().join("good.png")).unwrap();
    // Its header says what it likes; the checksum fits.
    let sized = |width: u32, height: u32| {
        let mut file = good.clone();
        file[16..20].copy_from_slice(&width.to_be_bytes());
        file[20..24].copy_from_slice(&height.to_be_bytes());
        let sum = crc32(&file[12..29]);
        file[29..33].copy_from_slice(&sum.to_be_bytes());
        file
    };
    let run = RUNS.path("softmax");
    for (name, bytes, expected) in [
        ("text.png", b"not an image".to_vec(), "a file of another kind"),
        ("empty.png", Vec::new(), "an empty file"),
        ("cut.png", good[..60].to_vec(), "cut.png"),
        ("flat.png", sized(0, 28), "flat.png"),
        ("huge.png", sized(16_000, 16_000), "16000×16000 pixels"),
        ("vast.png", sized(1 << 30, 1 << 30), "vast.png"),
        ("palette.png", PALETTE.to_vec(), "PNG with damage"),
        ("half.jpg", [&[0xff, 0xd8, 0xff, 0xe0][..], &[0; 40]].concat(), "half.jpg"),
    ] {
        let message = fail(&mut toddle(&["predict", &run, &write(name, &bytes)]));
        assert!(message.contains(expected) && message.contains(name), "{message}");
        assert!(!message.contains("panicked"), "{message}");
    }
    let message = fail(&mut toddle(&["predict", &run, "nowhere.png"]));
    assert!(message.contains("cannot read `nowhere.png`"), "{message}");
    let message = fail(&mut toddle(&["predict", &run, folder.path().to_str().unwrap()]));
    assert!(message.contains("huge.png") && message.contains("text.png"), "{message}");

    // The others are answered.
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    png(&folder.path().join("blank.png"), 40, 30, png::ColorType::Rgb, &[200; 3600]);
    let (bad, blank, good) = (write("bad.png", b"bad"), path("blank.png"), path("good.png"));
    let output = toddle(&["predict", &run, &bad, &blank, &good, "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["predictions"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["predictions"][0]["sample"], good);
    let message = text(&output.stderr);
    assert_eq!(message.matches("error: ").count(), 2, "{message}");
    assert!(
        message.contains(&format!("error: cannot use `{blank}`\n  expected  a picture that shows something")),
        "{message}"
    );
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, &byte| (0..8).fold(sum ^ u32::from(byte), step))
}

#[test]
fn what_is_no_run_is_explained() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for command in ["predict", "eval"] {
        let digits: &[&str] = if command == "predict" { &["--digits", "3"] } else { &["--data", "mnist"] };
        let fail = |run: &str| fail(toddle(&[command, run]).args(digits));
        assert!(fail("nowhere").contains("nothing called `nowhere`"));
        assert!(fail(folder.path().to_str().unwrap()).contains("a folder without model.safetensors"));
        fs::create_dir_all(folder.path().join("going/checkpoints")).unwrap();
        for step in ["00000001", "00000002"] {
            fs::write(folder.path().join(format!("going/checkpoints/step-{step}.safetensors")), "").unwrap();
        }
        assert!(fail(&path("going")).contains("step-00000002.safetensors`, as the training has not ended"));
        fs::write(folder.path().join("other.safetensors"), "something else").unwrap();
        assert!(fail(&path("other.safetensors")).contains("other.safetensors"));
    }
    let small =
        NetworkSpec::new(Shape::image(2, 5, 5)).add(Flatten).add(Dense::new(2)).build::<f32>(0).unwrap();
    let file = checkpoint::encode(&small, &About::default(), None);
    fs::write(folder.path().join("small.safetensors"), file).unwrap();
    let message = fail(&mut toddle(&["predict", &path("small.safetensors"), "--digits", "3"]));
    assert!(message.contains("classes that the network knows: 0, 1"), "{message}");
    png(&folder.path().join("any.png"), 5, 5, png::ColorType::Grayscale, &[9; 25]);
    let message = fail(&mut toddle(&["predict", &path("small.safetensors"), &path("any.png")]));
    assert!(message.contains("samples of shape 2×5×5"), "{message}");
    let message = fail(&mut toddle(&["eval", &path("small.safetensors"), "--data", "mnist"]));
    assert!(message.contains("classes that the network knows: 0, 1"), "{message}");
    let message = fail(&mut toddle(&["eval", &path("small.safetensors")]));
    assert!(message.contains("--data NAME"), "{message}");
}

/// A layer of a program's own.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Mine;

impl CustomLayer for Mine {
    const NAME: &'static str = "mine";

    fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        Relu.build(input)
    }
}

#[test]
fn a_layer_of_a_programs_own_is_named() {
    let folder = TempDir::new().unwrap();
    let network = NetworkSpec::new(Shape::image(1, 28, 28))
        .add(Residual::new().add(Mine))
        .add(Flatten)
        .add(Dense::new(10))
        .build::<f32>(0)
        .unwrap();
    let model = folder.path().join("mine.safetensors");
    fs::write(&model, checkpoint::encode(&network, &About::default(), None)).unwrap();
    let message = fail(&mut toddle(&["predict", model.to_str().unwrap(), "--digits", "3"]));
    assert!(message.contains("mine.safetensors`") && message.contains("no layer `mine`"), "{message}");
    assert!(message.contains("toddle::custom::register"), "{message}");
}

#[test]
fn a_set_is_measured() {
    let folder = TempDir::new().unwrap();
    let picture = folder.path().join("worst.png");
    let run = RUNS.path("softmax");
    let output = succeed(toddle(&["eval", &run, "--worst", "5", "--picture"]).arg(&picture));
    let tables = text(&output.stdout);
    for part in [
        "10000 of mnist, test",
        "among the first five",
        "precision",
        "truth \\ says",
        "most confident mistakes",
    ] {
        assert!(tables.contains(part), "{tables}");
    }
    assert!(
        text(&output.stderr).contains("MNIST is used, because its shapes fit"),
        "{}",
        text(&output.stderr)
    );
    assert!(size(&picture).1 > 500);

    let [softmax, logits] = ["softmax", "logits"].map(|run| json(&mut toddle(&["eval", &RUNS.path(run)])));
    let accuracy = softmax["accuracy"].as_f64().unwrap();
    assert!((0.9..1.0).contains(&accuracy), "{accuracy}");
    assert!((accuracy - logits["accuracy"].as_f64().unwrap()).abs() < 0.001);
    let both = ["cross_entropy", "macro_f1", "top_5_accuracy"]
        .map(|key| [&softmax, &logits].map(|r| r[key].as_f64()));
    assert!(both.iter().all(|[a, b]| (a.unwrap() - b.unwrap()).abs() < 0.001), "{both:?}");
    assert!(softmax["mean_squared_error"].is_number() && logits["mean_squared_error"].is_null());
    let counts: u64 = softmax["confusion"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .filter_map(Value::as_u64)
        .sum();
    assert_eq!(counts, 10_000);
    let worst = softmax["worst"].as_array().unwrap();
    assert_eq!(worst.len(), 10);
    assert!(worst.windows(2).all(|pair| pair[0]["probability"].as_f64() >= pair[1]["probability"].as_f64()));
}

#[test]
fn a_folder_of_images_is_measured() {
    let folder = TempDir::new().unwrap();
    let test = toddle_data::mnist().test().unwrap();
    for class in 0..10 {
        fs::create_dir(folder.path().join(class.to_string())).unwrap();
    }
    for i in 0..50 {
        let path = folder.path().join(format!("{}/{i}.png", test.caption(i)));
        png(&path, 28, 28, png::ColorType::Grayscale, &test.image(i));
    }
    let data = folder.path().to_str().unwrap();
    let report = json(&mut toddle(&["eval", &RUNS.path("softmax"), "--data", data]));
    assert_eq!(report["samples"], 50);
    assert!(report["accuracy"].as_f64().unwrap() > 0.9, "{report}");
}

/// Several outputs are numbers with names: these of the file, since the data are without columns.
#[test]
fn outputs_have_the_names_of_the_network() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("two.toml"),
        r#"version = 1
        name = "two"
        data = { inputs = [[0, 0], [0, 1], [1, 0], [1, 1]], targets = [[0, 0, 1], [1, 0, 2], [1, 0, 3], [0, 1, 4]] }
        [network]
        layers = [
            { kind = "dense", outputs = 4, name = "both" },
            { kind = "dense", outputs = 2, from = "both", name = "a" },
            { kind = "dense", outputs = 1, from = "both", name = "b" },
        ]
        outputs = [{ from = "a", name = "logic" }, { from = "b", name = "sum" }]
        [train]
        loss = "mean_squared_error"
        optimizer = { kind = "sgd", rate = 0.1 }
        epochs = 2"#,
    )
    .unwrap();
    succeed(toddle(&["train", "two.toml", "--out", "run"]).current_dir(&folder));
    let head = format!("{:<117}\n", "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }");
    let values = [0.5f64, 1.0].map(f64::to_le_bytes).concat();
    let array = [b"\x93NUMPY\x01\0", &118u16.to_le_bytes()[..], head.as_bytes(), &values].concat();
    fs::write(folder.path().join("rows.npy"), array).unwrap();
    let report = json(toddle(&["predict", "run", "rows.npy"]).current_dir(&folder));
    assert_eq!(report["targets"], serde_json::json!(["logic 0", "logic 1", "sum"]));
}
