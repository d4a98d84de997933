//! `toddle export` and `toddle import`.

mod common;

use std::fs;
use std::path::Path;

use common::{experiment, fail, refuse, succeed, text, toddle, xor};
use serde_json::Value;
use tempfile::TempDir;
use toddle::Shape;
use toddle::checkpoint::{self, Saved};

/// Runs a command in `within`. Returns its output.
fn ran(within: &Path, words: &[&str]) -> String {
    text(&succeed(toddle(words).current_dir(within)).stdout).to_owned()
}

/// The model of a run.
fn model(within: &Path, run: &str) -> Saved<f32> {
    checkpoint::decode(&fs::read(within.join(run).join("model.safetensors")).unwrap()).unwrap()
}

/// Whether the check of an export was made, which needs the other program.
fn checked(file: &Path) -> bool {
    let report: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert!(report["checked"] == false || report["right"] == true, "{report}");
    report["checked"] == true
}

#[test]
fn a_network_leaves_as_onnx_and_comes_back() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    xor(within, "xor", &[]);
    let said = ran(within, &["export", "xor", "--to", "onnx"]);
    assert!(said.starts_with("wrote xor/model.onnx\n"), "{said}");
    let line = if checked(&within.join("xor/model.onnx.check.json")) {
        "✓ onnxruntime"
    } else {
        "not checked: `pip install"
    };
    assert!(said.contains(line), "{said}");

    assert_eq!(ran(within, &["import", "xor/model.onnx", "--out", "back"]), "wrote back\n");
    let (old, new) = (model(within, "xor"), model(within, "back"));
    assert_eq!(new.network.spec(), old.network.spec());
    assert_eq!(new.network.weights(), old.network.weights());
    assert_eq!((new.about.classes, new.about.data), (old.about.classes, old.about.data));
}

#[test]
fn the_preparation_of_samples_leaves_with_the_network() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    xor(within, "xor", &[]);
    let message = fail(toddle(&["export", "xor", "--to", "c", "--with-preparation"]).current_dir(within));
    assert!(message.contains("the form onnx"), "{message}");
    let message = fail(toddle(&["export", "xor", "--to", "onnx", "--with-preparation"]).current_dir(within));
    assert!(message.contains("a network that tells classes apart") || message.contains("bytes"), "{message}");
}

#[test]
fn an_imported_network_is_trained_on() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    xor(within, "xor", &["--set", "train.epochs=2"]);
    ran(within, &["export", "xor", "--to", "onnx", "--no-check"]);
    let file = experiment("xor.toml");
    ran(within, &["import", "xor/model.onnx", "--as", &file, "--out", "more"]);
    let start = model(within, "more").network.weights().to_vec();
    assert_eq!(start, model(within, "xor").network.weights());
    ran(within, &["train", "--resume", "more", "--quiet"]);
    assert_ne!(model(within, "more").network.weights(), start);
    ran(within, &["eval", "more"]);
}

#[test]
fn a_network_does_not_come_to_other_data() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    let row = |n: usize| ([n % 7, n % 5, n % 3], ["low", "high"][usize::from(n % 7 > 3)]);
    let table = |order: [usize; 3], class: &dyn Fn(&str) -> String| {
        let rows = (0..60)
            .map(row)
            .map(|(x, y)| format!("{},{},{},{}\n", x[order[0]], x[order[1]], x[order[2]], class(y)));
        let names = order.map(|n| ["a", "b", "c"][n]).join(",");
        format!("{names},class\n{}", rows.collect::<String>())
    };
    let same = |class: &str| class.to_owned();
    let other = |class: &str| class.replace("low", "small");
    let experiment = |csv: &str, scaling: &str| {
        format!(
            "version = 1\nname = \"t\"\n[data]\ncsv = \"{csv}\"\ntarget = \"class\"\nscaling = \"{scaling}\"\n[network]\nlayers = [{{ kind = \"dense\", outputs = 2 }}]\n\
                 [train]\nloss = \"cross_entropy\"\noptimizer = {{ kind = \"sgd\", rate = 0.1 }}\nepochs = 2\n"
        )
    };
    for (name, text, scaling) in [
        ("t", table([0, 1, 2], &same), "standard"),
        ("order", table([2, 1, 0], &same), "standard"),
        ("classes", table([0, 1, 2], &other), "standard"),
        ("scaling", table([0, 1, 2], &same), "unit"),
    ] {
        fs::write(within.join(format!("{name}.csv")), text).unwrap();
        fs::write(within.join(format!("{name}.toml")), experiment(&format!("{name}.csv"), scaling)).unwrap();
    }
    ran(within, &["train", "t.toml", "--quiet"]);
    ran(within, &["export", "runs/t", "--to", "onnx", "--no-check"]);
    for (name, says) in [("order", "columns"), ("classes", "classes"), ("scaling", "a scaling")] {
        let file = format!("{name}.toml");
        let words = ["import", "runs/t/model.onnx", "--as", &file, "--out", "other"];
        let message = refuse(toddle(&words).current_dir(within));
        assert!(message.contains("trained with other data") && message.contains(says), "{message}");
        assert!(!within.join("other").exists());
    }
    ran(within, &["import", "runs/t/model.onnx", "--as", "t.toml", "--out", "same"]);
    // A model of toddle needs no import, whatever its layers.
    for words in [
        &["import", "runs/t/model.safetensors", "--out", "m"][..],
        &["import", "runs/t/model.safetensors", "--as", "t.toml", "--out", "m"],
    ] {
        let message = fail(toddle(words).current_dir(within));
        assert!(message.contains("a model of toddle"), "{message}");
    }
    let message = fail(toddle(&["import", "t.csv", "--out", "m"]).current_dir(within));
    assert!(message.contains("a file of another kind"), "{message}");
}

#[test]
fn a_network_leaves_as_c() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    xor(within, "xor", &[]);
    let said = ran(within, &["export", "xor", "--to", "c", "--out", "firmware/gate.c"]);
    assert!(said.contains("bytes") && said.contains("multiply-adds"), "{said}");
    let line = if checked(&within.join("firmware/gate.c.check.json")) {
        "✓ cc, xor: 19 of 19"
    } else {
        "not checked: a C compiler"
    };
    assert!(said.contains(line), "{said}");
    assert!(fs::read_to_string(within.join("firmware/gate.c")).unwrap().contains("int xor_predict("));
}

#[test]
fn a_network_leaves_as_c_with_integers() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    xor(within, "xor", &[]);
    let said = ran(within, &["export", "xor", "--to", "c", "--int8"]);
    assert!(said.starts_with("wrote xor/xor-int8.c\nweights "), "{said}");
    assert!(said.contains("int8: ranges from 4 training samples\nint8: mean absolute error "), "{said}");
    let file = within.join("xor/xor-int8.c");
    let line = if checked(&within.join("xor/xor-int8.c.check.json")) {
        "✓ cc, xor: 19 of 19"
    } else {
        "not checked"
    };
    assert!(said.contains(line), "{said}");
    assert!(fs::read_to_string(file).unwrap().contains("int xor_predict(const float *x, float *y)"));

    let json: Value =
        serde_json::from_str(&ran(within, &["export", "xor", "--to", "c", "--int8", "--json", "--no-check"]))
            .unwrap();
    let int8 = &json["int8"];
    assert_eq!((json["checked"].as_bool(), int8["samples"].as_u64()), (Some(false), Some(4)));
    assert!(int8["mean_absolute_difference"].as_f64().unwrap() < 0.05, "{json}");

    let message = fail(toddle(&["export", "xor", "--to", "rust", "--int8"]).current_dir(within));
    assert!(message.contains("--int8 has no meaning here") && message.contains("--to c"), "{message}");
    fs::copy(within.join("xor/model.safetensors"), within.join("alone.safetensors")).unwrap();
    let message = fail(toddle(&["export", "alone.safetensors", "--to", "c", "--int8"]).current_dir(within));
    assert!(message.contains("no training samples for `alone.safetensors`"), "{message}");
}

#[test]
fn integers_are_measured_on_classes() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    let rows: String = (0..60)
        .map(|n| format!("{},{},{}\n", n % 10, n / 10, if n % 10 > 4 { "big" } else { "small" }))
        .collect();
    fs::write(within.join("rows.csv"), format!("a,b,size\n{rows}")).unwrap();
    fs::write(
        within.join("rows.toml"),
        "version = 1\nname = \"rows\"\n[data]\ncsv = \"rows.csv\"\n[network]\nlayers = [{ kind = \"dense\", outputs = 8 }, \"relu\", \
         { kind = \"dense\", outputs = 2 }]\n[train]\nloss = \"cross_entropy\"\noptimizer = { kind = \"adam\", rate = 0.05 }\n\
         epochs = 20\nbatch = 10\n",
    )
    .unwrap();
    ran(within, &["train", "rows.toml", "--out", "rows", "--quiet"]);
    let said = ran(within, &["export", "rows", "--to", "c", "--int8", "--no-check"]);
    assert!(said.contains("samples are right; 32 bits: ") && said.contains(" points\n"), "{said}");
    assert!(said.contains(" of the answers are those of 32 bits\n"), "{said}");
    fs::remove_file(within.join("rows.csv")).unwrap();
    let message = fail(toddle(&["export", "rows", "--to", "c", "--int8"]).current_dir(within));
    assert!(message.contains("rows.csv"), "{message}");
}

#[test]
fn a_network_leaves_as_pytorch() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    xor(within, "xor", &[]);
    let said = ran(within, &["export", "xor", "--to", "pytorch"]);
    let line = if checked(&within.join("xor/model.py.check.json")) {
        "✓ torch"
    } else {
        "not checked: `pip install"
    };
    assert!(said.contains(line), "{said}");
    let source = fs::read_to_string(within.join("xor/model.py")).unwrap();
    assert!(source.starts_with("\"\"\"xor: a network of toddle in PyTorch."), "{source}");
    // The experiment of the run says how to train on.
    assert!(
        source.contains("F.mse_loss(y, t)")
            && source.contains("torch.optim.SGD(network.parameters(), lr=0.1)"),
        "{source}"
    );
    assert!(within.join("xor/model.pytorch.safetensors").exists());
    ran(within, &["export", "xor", "--to", "pytorch", "--no-check"]);

    let weights = "xor/model.pytorch.safetensors";
    let message = fail(toddle(&["import", weights, "--out", "back"]).current_dir(within));
    assert!(message.contains("--as with the experiment"), "{message}");
    ran(within, &["import", weights, "--as", &experiment("xor.toml"), "--out", "back"]);
    assert_eq!(model(within, "back").network.weights(), model(within, "xor").network.weights());
}

#[test]
fn a_network_leaves_as_rust() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    xor(within, "xor", &[]);
    let said = ran(within, &["export", "xor", "--to", "rust"]);
    assert!(said.starts_with("wrote xor/xor.rs\n") && said.contains("multiply-adds"), "{said}");
    let line = if checked(&within.join("xor/xor.rs.check.json")) {
        "19 answers, and all of them have toddle's bits"
    } else {
        "not checked: rustc"
    };
    assert!(said.contains(line), "{said}");
}

#[test]
fn a_network_leaves_as_keras() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    xor(within, "xor", &[]);
    let said = ran(within, &["export", "xor", "--to", "keras"]);
    let line = if checked(&within.join("xor/keras_model.py.check.json")) {
        "✓ keras"
    } else {
        "not checked: `pip install keras"
    };
    assert!(said.contains(line), "{said}");
    assert!(within.join("xor/keras_model.keras.npz").exists());
    ran(within, &["export", "xor", "--to", "keras", "--no-check"]);
    // The function `save` of the source writes such arrays, too.
    ran(within, &["import", "xor/keras_model.keras.npz", "--as", &experiment("xor.toml"), "--out", "back"]);
    assert_eq!(model(within, "back").network.weights(), model(within, "xor").network.weights());

    fs::write(within.join("model.h5"), "PK").unwrap();
    let message = fail(toddle(&["import", "model.h5", "--out", "other"]).current_dir(within));
    assert!(message.contains("keras.models.load_model(\"model.h5\").save(\"model.keras\")"), "{message}");
}

#[test]
fn a_model_of_keras_is_asked_and_named_if_it_is_damaged() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../exchange/tests/foreign/keras-mlp.keras");
    ran(within, &["import", file, "--out", "mine"]);
    assert_eq!(model(within, "mine").network.input(), Shape::vector(6));
    let header = format!("{:<117}\n", "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 6), }");
    let start = [&b"\x93NUMPY\x01\x00"[..], &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
    fs::write(within.join("x.npy"), [start, vec![0; 24]].concat()).unwrap();
    let said = ran(within, &["predict", "mine", "x.npy", "--json"]);
    assert!(said.contains(r#""class":"0""#), "{said}");

    fs::write(within.join("model.keras"), "PK").unwrap();
    let message = fail(toddle(&["import", "model.keras", "--out", "other"]).current_dir(within));
    assert!(message.contains("the file of Keras cannot be read"), "{message}");
    assert!(message.contains("loading the model in Keras 3, and saving it once more"), "{message}");
}

#[test]
fn weights_leave_as_arrays_and_come_back() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    xor(within, "xor", &[]);
    for (form, file) in [("npz", "xor/weights.npz"), ("safetensors", "xor/weights.safetensors")] {
        let said = ran(within, &["export", "xor", "--to", form]);
        let line = if checked(&within.join(format!("{file}.check.json"))) {
            "arrays have toddle's bits"
        } else {
            "not checked: `pip install numpy"
        };
        assert!(said.contains(line), "{said}");

        let message = fail(toddle(&["import", file, "--out", "back"]).current_dir(within));
        assert!(message.contains("--as with the experiment"), "{message}");
        ran(within, &["import", file, "--as", &experiment("xor.toml"), "--out", form]);
        assert_eq!(model(within, form).network.weights(), model(within, "xor").network.weights());
        ran(within, &["train", "--resume", form, "--quiet"]);
    }
    let other = experiment("lenet5.toml");
    let message =
        fail(toddle(&["import", "xor/weights.npz", "--as", &other, "--out", "back"]).current_dir(within));
    assert!(message.contains("the arrays cannot be read"), "{message}");
}

#[test]
fn what_a_file_does_not_call_a_class_is_a_number() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    let foreign = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../exchange/tests/foreign").join(name);
        path.to_str().unwrap().to_owned()
    };
    let recorded: Value =
        serde_json::from_str(&fs::read_to_string(foreign("sklearn-numbers.json")).unwrap()).unwrap();
    let x: Vec<u8> = recorded["x"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|x| (x.as_f64().unwrap() as f32).to_le_bytes())
        .collect();
    fs::write(within.join("x.npy"), common::npy("<f4", "2, 4", &x)).unwrap();
    let heard = |words: &[&str]| text(&succeed(toddle(words).current_dir(within)).stderr).to_owned();
    let said = heard(&["import", &foreign("sklearn-numbers.onnx"), "--out", "numbers"]);
    assert!(said.contains("the answers are the numbers of the outputs"), "{said}");
    let answers = |run: &str| -> Value {
        let output = succeed(toddle(&["predict", run, "x.npy", "--json"]).current_dir(within));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    for n in 0..2 {
        let number = answers("numbers")["predictions"][n]["numbers"][0].as_f64().unwrap();
        assert!((number - recorded["y"][n].as_f64().unwrap()).abs() < 1e-5, "{number}");
    }
    let said = heard(&["import", &foreign("sklearn-classes.onnx"), "--out", "classes"]);
    assert!(said.contains("--numbers says that they are numbers"), "{said}");
    assert!(answers("classes")["predictions"][0]["class"].is_string());
    ran(within, &["import", &foreign("sklearn-classes.onnx"), "--numbers", "--out", "asked"]);
    assert!(answers("asked")["predictions"][0]["numbers"].is_array());
    let own = fail(toddle(&["import", "numbers/model.safetensors", "--out", "again"]).current_dir(within));
    assert!(own.contains("this is a model of toddle"), "{own}");
}

#[test]
fn every_form_has_a_file_of_its_own() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    xor(within, "xor", &["--set", "train.epochs=1"]);
    for form in ["onnx", "pytorch", "keras", "c", "rust", "npz", "safetensors"].repeat(2) {
        ran(within, &["export", "xor", "--to", form, "--no-check"]);
    }
}

#[test]
fn a_long_comment_is_no_mark_of_others() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    let names: Vec<String> = (0..60).map(|n| format!("a_long_name_of_column_{n}")).collect();
    let row = |n: usize| (0..60).map(|m| format!("{}", (n * (m + 3)) % 17)).collect::<Vec<_>>().join(",");
    let rows: String = (0..30).map(|n| format!("{},{}\n", row(n), ["yes", "no"][n % 2])).collect();
    fs::write(within.join("t.csv"), format!("{},kind\n{rows}", names.join(","))).unwrap();
    ran(within, &["new", "t.csv"]);
    ran(within, &["train", "t.toml", "--quiet", "--set", "train.epochs=1", "--out", "t"]);
    for form in ["pytorch", "keras", "c", "rust"].repeat(2) {
        ran(within, &["export", "t", "--to", form, "--no-check"]);
    }
}

#[test]
fn a_network_of_class_numbers_is_checked_with_class_numbers() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    let experiment = "version = 1\nname = \"e\"\n[data]\ninputs = [[0, 1, 2], [1, 1, 0], [2, 2, 1], [4, 3, 2]]\ntargets = [[0.5], [1], [2], \
                      [0.1]]\nvalidation = \"none\"\n[network]\nlayers = [{ kind = \"embedding\", classes = 5, features = 2 }, \"flatten\", { kind \
                      = \"dense\", outputs = 1 }]\n[train]\nloss = \"mean_squared_error\"\noptimizer = \"adam\"\nepochs = 2\n";
    fs::write(within.join("e.toml"), experiment).unwrap();
    ran(within, &["train", "e.toml", "--quiet", "--out", "e"]);
    for form in ["onnx", "pytorch", "keras", "c", "rust"] {
        ran(within, &["export", "e", "--to", form]);
    }
    ran(within, &["export", "e", "--to", "onnx", "--batch", "3", "--out", "three.onnx"]);
}

#[test]
fn files_of_others_are_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    xor(within, "xor", &["--set", "train.epochs=1"]);
    for (form, file) in [
        ("onnx", "other.onnx"),
        ("c", "other.c"),
        ("pytorch", "other.py"),
        ("rust", "other.rs"),
        ("keras", "model.py"),
        ("npz", "other.npz"),
        ("safetensors", "other.safetensors"),
    ] {
        let words = ["export", "xor", "--to", form, "--no-check", "--out", file];
        fs::write(within.join(file), "of another").unwrap();
        let message = fail(toddle(&words).current_dir(within));
        assert!(message.contains("files of others are never overwritten"), "{message}");
        assert_eq!(fs::read_to_string(within.join(file)).unwrap(), "of another");
        fs::remove_file(within.join(file)).unwrap();
        ran(within, &words);
        ran(within, &words);
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = TempDir::new().unwrap();
    let within = folder.path();
    fs::write(within.join("a.onnx"), "no model").unwrap();
    for file in ["a.onnx", "nowhere.onnx"] {
        let message = fail(toddle(&["import", file, "--out", "run"]).current_dir(within));
        assert!(message.contains("ONNX file"), "{message}");
    }
    assert!(!within.join("run").exists());
}
