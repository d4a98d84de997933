//! What every way in goes through.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{fail, succeed, text, toddle};

/// A data set of one kind.
pub struct Way {
    /// What the page calls it.
    pub name: &'static str,
    /// Lines of `[data]`.
    pub data: &'static str,
    /// Makes the files in a folder.
    pub make: fn(&Path),
    pub ends: Ends,
}

/// What becomes of it.
pub enum Ends {
    /// A network learns.
    Learns {
        /// The outputs of the network, and its loss.
        outputs: usize,
        loss: &'static str,
        /// So many samples are trained on.
        train: usize,
        /// The half that is measured, and its samples.
        measured: (&'static str, usize),
        /// The measured samples as a place of their own.
        place: Option<&'static str>,
        /// What the training says of the data.
        says: &'static [&'static str],
    },
    /// The training refuses it with all of these words.
    Refused(&'static [&'static str]),
}

/// Classes, with those of the samples that are made by default.
pub const CLASSES: Ends = Ends::Learns {
    outputs: 3,
    loss: "cross_entropy",
    train: 45,
    measured: ("test", 15),
    place: None,
    says: &[],
};

/// Takes the way.
pub fn take(way: &Way) {
    println!("{}", way.name);
    let home = TempDir::new().unwrap();
    let folder = home.path();
    (way.make)(folder);
    let (outputs, loss) = match &way.ends {
        Ends::Learns { outputs, loss, .. } => (*outputs, *loss),
        Ends::Refused(_) => (3, "cross_entropy"),
    };
    let file = folder.join("experiment.toml");
    fs::write(&file, experiment(way.data, outputs, loss)).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let train = |run: &str, rest: &[&str]| {
        let mut command = toddle(&["train", &path("experiment.toml"), "--json", "--out", &path(run)]);
        command.args(rest);
        command
    };
    let Ends::Learns { train: samples, measured, place, says, .. } = &way.ends else {
        let Ends::Refused(words) = &way.ends else { unreachable!() };
        let message = refusal(&mut train("run", &[]));
        words.iter().for_each(|word| assert!(message.contains(word), "{}: `{word}` in {message}", way.name));
        assert!(!folder.join("run").exists(), "{}: a run was left behind", way.name);
        return;
    };

    let output = succeed(&mut train("run", &[]));
    let noted = text(&output.stderr);
    says.iter().for_each(|word| assert!(noted.contains(word), "{}: `{word}` in {noted}", way.name));
    let trained = json(&output.stdout);
    assert_eq!(trained["samples"], *samples, "{}: {trained}", way.name);

    // A training that is resumed ends with the same weights.
    succeed(&mut train("cut", &["--set", "train.epochs=3", "--quiet"]));
    let resumed =
        succeed(&mut toddle(&["train", "--resume", &path("cut"), "--set", "train.epochs=6", "--json"]));
    assert_eq!(json(&resumed.stdout)["weights_sha256"], trained["weights_sha256"], "{}", way.name);

    // From another folder, the same samples are measured.
    let elsewhere = TempDir::new().unwrap();
    let eval = |rest: &[&str]| {
        let mut command = toddle(&["eval", &path("run"), "--json"]);
        command.args(rest).current_dir(elsewhere.path());
        json(&succeed(&mut command).stdout)
    };
    let own = eval(&[]);
    assert_eq!(
        (&own["half"], &own["samples"]),
        (&measured.0.into(), &measured.1.into()),
        "{}: {own}",
        way.name
    );
    assert_eq!(own["accuracy"], trained["accuracy"], "{}: {own}", way.name);
    let Some(place) = place.map(path) else { return };
    let other = eval(&["--data", &place]);
    for what in ["samples", "accuracy", "cross_entropy", "mean_squared_error"] {
        assert_eq!(own[what], other[what], "{}: {what}", way.name);
    }

    // Asked one by one, the network says the same.
    let mut command = toddle(&["predict", &path("run"), &place, "--json"]);
    let said = json(&succeed(command.current_dir(elsewhere.path())).stdout);
    let said = said["predictions"].as_array().expect("predictions");
    assert_eq!(said.len() as u64, other["samples"], "{}", way.name);
    if let Some(confusion) = other["confusion"].as_array() {
        agree(way.name, said, confusion, &other["cross_entropy"]);
    }
}

/// Whether predictions are those that a confusion matrix counts. The samples come class by class.
fn agree(name: &str, said: &[Value], confusion: &[Value], cross_entropy: &Value) {
    let counts: Vec<Vec<u64>> = serde_json::from_value(Value::Array(confusion.to_vec())).unwrap();
    let truths =
        counts.iter().enumerate().flat_map(|(truth, row)| vec![truth; row.iter().sum::<u64>() as usize]);
    let mut found = vec![vec![0; counts.len()]; counts.len()];
    let mut losses = Vec::new();
    for (truth, said) in truths.zip(said) {
        found[truth][said["index"].as_u64().expect("a class") as usize] += 1;
        losses
            .push(-said["probabilities"][truth].as_f64().expect("a probability").max(f64::MIN_POSITIVE).ln());
    }
    assert_eq!(found, counts, "{name}");
    let mean = losses.iter().sum::<f64>() / losses.len() as f64;
    assert_eq!(mean, cross_entropy.as_f64().expect("a number"), "{name}: to the bit");
}

fn experiment(data: &str, outputs: usize, loss: &str) -> String {
    format!(
        "version = 1\nname = \"way\"\n\n[data]\n{data}\n\n[network]\ninit = \"glorot_uniform\"\n\
         layers = [\"flatten\", {{ kind = \"dense\", outputs = {outputs} }}]\n\n\
         [train]\nloss = \"{loss}\"\noptimizer = {{ kind = \"adam\", rate = 0.01 }}\nepochs = 6\nbatch = 8\n"
    )
}

/// A refusal, by the file of the experiment or by the data.
fn refusal(command: &mut std::process::Command) -> String {
    let output = command.output().expect("the program starts");
    match output.status.code() {
        Some(2) => {
            let message = text(&output.stderr).to_owned();
            assert!(message.contains("\n  expected  ") && message.contains("\n  try       "), "{message}");
            message
        }
        _ => fail(command),
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}
