//! Mistakes in an experiment's file: all of them at once, each with its line and what to write instead.

mod common;

use std::fs;
use std::path::Path;

use common::{text, toddle};
use tempfile::TempDir;

/// What `toddle train` says of a file that it must refuse: the mistakes, each as place, what, expected, got and remedy.
fn mistakes(folder: &Path, file: &str, sets: &[&str]) -> Vec<[String; 5]> {
    fs::write(folder.join("mine.toml"), file).expect("a file");
    let sets = sets.iter().flat_map(|set| ["--set", set]);
    let output =
        toddle(&["train", "mine.toml"]).args(sets).current_dir(folder).output().expect("the program starts");
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(text(&output.stdout), "");
    assert!(!folder.join("runs").exists(), "nothing is written");
    let message = message.trim_end().strip_prefix("error: ").expect("an error");
    let mistake = |text: &str| {
        let lines: Vec<&str> = text.lines().collect();
        let [first, expected, got, remedy] = lines[..] else { panic!("{text}") };
        let (place, what) = first.split_once(": ").expect("a place");
        let place = place.strip_prefix("`mine.toml`, ").unwrap_or(place);
        let behind =
            |line: &str, title: &str| line.strip_prefix(title).unwrap_or_else(|| panic!("{line}")).to_owned();
        let (expected, got) = (behind(expected, "  expected  "), behind(got, "  got       "));
        [place.into(), what.into(), expected, got, behind(remedy, "  try       ")]
    };
    message.split("\n\nerror: ").map(mistake).collect()
}

/// The same, only where each is and what to write instead.
fn remedies(file: &str) -> Vec<(String, String)> {
    let home = TempDir::new().expect("a temporary folder");
    let mistakes = mistakes(home.path(), file, &[]);
    mistakes.into_iter().map(|[place, _, _, _, remedy]| (place, remedy)).collect()
}

/// The same of one layer, which stands where the first layer of a right file does.
fn of_layer(layer: &str) -> Vec<String> {
    remedies(&with("layers = [\"tanh\"]", &format!("layers = [{layer}]")))
        .into_iter()
        .map(|(_, remedy)| remedy)
        .collect()
}

const RIGHT: &str = "\
version = 1
name = \"mine\"

[data]
inputs = [[0, 1]]
targets = [[1, 0]]

[network]
layers = [\"tanh\"]

[train]
loss = \"mean_squared_error\"
optimizer = { kind = \"sgd\", rate = 0.1 }
epochs = 3
";

fn with(from: &str, to: &str) -> String {
    assert!(RIGHT.contains(from), "{from}");
    RIGHT.replacen(from, to, 1)
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(place, remedy)| ((*place).into(), (*remedy).into())).collect()
}

#[test]
fn all_mistakes_are_said_at_once_each_with_its_line() {
    let home = TempDir::new().expect("a temporary folder");
    let file = "\
version = 1
name = \"../mine\"
sed = 3

[data]
set = \"minst\"

[network]
layers = [
    { kind = \"dense\", outputs = \"many\", biass = true },
    { kind = \"conv2d\", filters = 0, kernel = [3, 3, 3] },
    \"tan\",
    \"dense\",
]

[train]
loss = 3
optimizer = { kind = \"sgd\", rate = -0.1 }
epochs = 1.5
";
    let found = mistakes(home.path(), file, &["train.batch=0", "train.shuffel=true"]);
    let places: Vec<&str> = found.iter().map(|[place, ..]| &**place).collect();
    let expected = [
        "line 2",
        "line 3",
        "line 6",
        "line 10",
        "line 10",
        "line 11",
        "line 11",
        "line 12",
        "line 13",
        "line 17",
        "line 18",
        "line 19",
        "--set train.batch=0",
        "--set train.shuffel=true",
    ];
    assert_eq!(places, expected, "{found:#?}");
    let one = |n: usize| found[n].each_ref().map(|text| &**text);
    assert_eq!(
        one(1)[1..],
        [
            "there is no setting `sed`",
            "version, name, seed, precision, data, network, train, augment",
            "sed",
            "seed"
        ]
    );
    assert_eq!(
        one(3)[1..],
        ["`outputs` cannot have this value", "a whole number", "\"many\"", "outputs = 100"]
    );
    assert_eq!(
        one(5)[1..],
        ["filters = 0 is out of range", "a whole number, 1 or more", "0", "filters = 32"]
    );
    assert_eq!(one(6)[2], "a whole number, or a list of 2 whole numbers");
    assert_eq!(
        one(8)[1..],
        ["the setting `outputs` is missing", "a whole number, 1 or more", "none", "outputs = 100"]
    );
    assert_eq!(one(9)[4], "loss = \"cross_entropy\"");
    assert_eq!(one(10)[1..], ["rate = -0.1 is out of range", "a number, 0 or more", "-0.1", "rate = 0.1"]);
    assert_eq!(one(13)[4], "shuffle");
}

#[test]
fn a_delimiter_of_two_characters_is_a_mistake() {
    let home = TempDir::new().expect("a temporary folder");
    let file = with("inputs = [[0, 1]]", "csv = \"a.csv\"\ndelimiter = \";;\"");
    let found = mistakes(home.path(), &file.replace("targets = [[1, 0]]\n", ""), &[]);
    let expected = [
        "line 6",
        "`delimiter` cannot have this value",
        "one character in quotes",
        "\";;\"",
        "delimiter = \";\"",
    ];
    assert_eq!(found, [expected.map(str::to_owned)]);
}

#[test]
fn case_hyphens_and_underscores_do_not_matter_for_what_is_meant() {
    assert_eq!(of_layer("\"ReLU\""), ["relu"]);
    assert_eq!(of_layer("{ kind = \"Conv2D\", Filters = 3, kernel = 3 }"), ["conv2d", "filters"]);
    assert_eq!(of_layer("{ kind = \"max-pool-2d\", window = 2 }"), ["max_pool2d"]);
    assert_eq!(of_layer("{ kind = \"conv2d\", filters = 3, kernel = 3, padding = \"SAME\" }"), ["same"]);
    let file = RIGHT.replace("[train]", "[Train]").replace("[network]", "[Network]");
    assert_eq!(remedies(&file), owned(&[("line 8", "network"), ("line 11", "train")]));
}

#[test]
fn sections_under_another_name_are_looked_into() {
    let file =
        RIGHT.replace("[train]", "[training]").replace("[network]", "[net]").replace("epochs", "num_epochs");
    let file = file.replace("[data]", "[dataset]").replace("\"tanh\"", "{ type = \"Linear\", units = 2 }");
    let expected = [
        ("line 4", "data"),
        ("line 8", "network"),
        ("line 9", "kind"),
        ("line 9", "dense"),
        ("line 9", "outputs"),
        ("line 11", "train"),
        ("line 14", "epochs"),
    ];
    assert_eq!(remedies(&file), owned(&expected));
}

#[test]
fn words_of_other_frameworks_are_known() {
    for (layer, expected) in [
        ("{ kind = \"linear\", out_features = 3 }", &["dense", "outputs"][..]),
        ("{ kind = \"FullyConnected\", units = 3 }", &["dense", "outputs"]),
        (
            "{ kind = \"conv\", n_filters = 3, kernel_size = 3, strides = 2 }",
            &["conv2d", "filters", "kernel", "stride"],
        ),
        ("{ kind = \"MaxPooling2D\", pool_size = 2 }", &["max_pool2d", "window"]),
        ("{ kind = \"max_pool2d\", size = 2 }", &["window"]),
        ("\"BatchNormalization\"", &["batch_norm"]),
        ("{ kind = \"dropout\", p = 0.5 }", &["rate"]),
        ("{ kind = \"leaky_relu\", negative_slope = 0.1 }", &["slope"]),
        (
            "{ kind = \"dense\", outputs = 3, activation = \"relu\", in_features = 2 }",
            &[
                "a separate layer after this one, such as \"relu\"",
                "leaving it out: a layer takes the shape of the output before it",
            ],
        ),
        ("{ kind = \"dense\", outputs = 3, dropout = 0.5 }", &["a separate layer: \"dropout\""]),
        ("{ outputs = 3 }", &["kind = \"dense\""]),
    ] {
        assert_eq!(of_layer(layer), expected, "{layer}");
    }
    for (from, to, expected) in [
        ("\"mean_squared_error\"", "\"MSELoss\"", &["mean_squared_error"][..]),
        ("\"mean_squared_error\"", "\"sparse_categorical_crossentropy\"", &["cross_entropy"]),
        ("\"mean_squared_error\"", "\"BCEWithLogitsLoss\"", &["binary_cross_entropy"]),
        ("{ kind = \"sgd\", rate = 0.1 }", "{ kind = \"Adam\", lr = 0.1 }", &["adam", "rate"]),
        ("{ kind = \"sgd\", rate = 0.1 }", "\"AdamW\"", &["adamw"]),
        ("loss =", "criterion =", &["loss"]),
        ("epochs = 3", "max_epochs = 3\nbatch_size = 4", &["epochs", "batch"]),
        ("epochs = 3", "epochs = 3\nscheduler = \"StepLR\"", &["schedule"]),
        (
            "epochs = 3",
            "epochs = 3\nschedule = { kind = \"CosineAnnealingLR\", T_max = 3 }",
            &["cosine_decay", "over"],
        ),
        (
            "epochs = 3",
            "epochs = 3\nlr = 0.1",
            &["optimizer = { kind = \"adam\", rate = 0.001 }, in [train]"],
        ),
        ("version = 1", "version = 1\nepochs = 3", &["epochs = 20, in [train]"]),
        ("layers = [", "init = \"xavier\"\nlayers = [", &["glorot_uniform"]),
        ("layers = [", "init = \"kaiming_uniform_\"\nlayers = [", &["he_uniform"]),
        ("version = 1", "version = 1\ndevice = \"cpu\"", &["leaving it out: toddle computes on the CPU"]),
        ("[data]", "[data]\nsep = \";\"", &["delimiter"]),
        ("[data]", "[data]\nlabel_column = \"kind\"\nhas_header = true", &["target", "header"]),
        ("[data]", "[data]\nfillna = \"mean\"\nvalidation_fraction = 0.2", &["empty", "validation"]),
        ("[data]", "[data]\nvalidation = { fraction = 0.5, samples = 3 }", &["only one of them"]),
        ("[data]", "[data]\nskiprows = 2", &["removing these lines from the table"]),
    ] {
        let found: Vec<String> = remedies(&with(from, to)).into_iter().map(|(_, remedy)| remedy).collect();
        assert_eq!(found, expected, "{to}");
    }
}

#[test]
fn a_folder_that_is_taken_for_a_set_is_images() {
    let home = TempDir::new().expect("a temporary folder");
    fs::create_dir(home.path().join("shapes")).expect("a folder");
    fs::write(home.path().join("iris.csv"), "1,2\n").expect("a file");
    for (set, expected) in [
        ("shapes", "images = \"shapes\""),
        ("iris.csv", "csv = \"iris.csv\""),
        ("minst", "mnist"),
        ("digits", "toddle data list, which describes them"),
    ] {
        let file = with("inputs = [[0, 1]]\ntargets = [[1, 0]]", &format!("set = \"{set}\""));
        let found = mistakes(home.path(), &file, &[]);
        let [[place, what, _, got, remedy]] = &found[..] else { panic!("{found:?}") };
        assert_eq!((&**place, &**got, &**remedy), ("line 5", set, expected));
        assert_eq!(*what, format!("cannot find a set named `{set}`"));
    }
}

#[test]
fn kinds_alone_stand_for_tables_wherever_there_are_kinds() {
    let home = TempDir::new().expect("a temporary folder");
    let file =
        with("epochs = 3", "epochs = 3\nschedule = { kind = \"warmup\", over = 2, then = \"cosine_decay\" }");
    fs::write(
        home.path().join("mine.toml"),
        file.replace("\"tanh\"", "{ kind = \"residual\", layers = [\"tanh\"] }"),
    )
    .expect("a file");
    common::succeed(toddle(&["train", "mine.toml", "--quiet"]).current_dir(home.path()));
    let resolved = fs::read_to_string(home.path().join("runs/mine/experiment.toml")).expect("a file");
    assert!(resolved.contains("kind = \"cosine_decay\""), "{resolved}");
}

#[test]
fn a_setting_that_one_layer_has_and_another_lacks_is_blamed_on_the_other() {
    let layers = "layers = [
    { kind = \"conv2d\", filters = 2, kernel = 1, groups = 1 },
    \"flatten\",
    { kind = \"dense\", outputs = 2, groups = 1 },
]";
    let mistakes = remedies(&with("layers = [\"tanh\"]", layers));
    assert_eq!(mistakes, owned(&[("line 12", "leaving it out")]));
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_no_experiment() {
    let home = TempDir::new().expect("a temporary folder");
    let pipe = home.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    for (file, what) in [("/dev/zero", "a device"), ("pipe", "a pipe")] {
        let output = toddle(&["train", file]).current_dir(home.path()).output().expect("the program starts");
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(&format!("got       {what}")), "{message}");
    }
}

#[test]
fn half_a_million_layers_are_read_in_a_moment() {
    let home = TempDir::new().expect("a temporary folder");
    let layers = format!("layers = [{}]", "\"relu\", ".repeat(500_000));
    fs::write(home.path().join("mine.toml"), with("layers = [\"tanh\"]", &layers)).expect("a file");
    let start = std::time::Instant::now();
    let output =
        toddle(&["summary", "mine.toml"]).current_dir(home.path()).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
