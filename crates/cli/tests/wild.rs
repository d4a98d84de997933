//! Random networks and changed files, in processes that may have 2,000,000 KiB of address space: no panic, and no abort.
//!
//! `docs/fuzzing.md` has the figures of a long run, which is
//!
//! ```sh
//! TODDLE_WILD_NETWORKS=100000 TODDLE_WILD_FILES=1000 cargo test -p toddle-cli --test wild -- --nocapture
//! ```
#![cfg(target_os = "linux")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::text;
use serde_json::{Value, json};
use tempfile::TempDir;
use toddle::checkpoint::{self, About};
use toddle::{Dense, Fit, Flatten, LayerSpec, NetworkSpec, Shape, Trainer};

/// A program that may have little memory.
fn limited(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 2000000; exec \"$0\" \"$@\""]).arg(program);
    command.env_remove("TODDLE_SIMD").env_remove("TODDLE_DATA").stdin(Stdio::null());
    command
}

/// Numbers that look random and are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A value that a JSON schema describes. Numbers are mostly small, now and then 0, and rarely as large as numbers get.
    fn value(&mut self, schema: &Value, root: &Value, depth: usize) -> Value {
        if let Some(place) = schema["$ref"].as_str() {
            let place = place.strip_prefix('#').expect("a place in the schema");
            return self.value(root.pointer(place).expect("a definition"), root, depth + 1);
        }
        if !schema["const"].is_null() {
            return schema["const"].clone();
        }
        for choices in ["enum", "oneOf", "anyOf"] {
            if let Some(choices) = schema[choices].as_array() {
                let choice = self.one(choices);
                return if choice.is_object() { self.value(choice, root, depth + 1) } else { choice.clone() };
            }
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => self.one(kinds).clone(),
            kind => kind.clone(),
        };
        match kind.as_str() {
            Some("boolean") => json!(self.below(2) == 0),
            Some("integer") => json!(self.integer()),
            Some("number") => json!(*self.one(&[0.0, 0.1, 0.5, 0.9, 1.0, 2.0, 1e-9, 1e9, 1e38, 1e300, -1.0])),
            Some("string") => json!("x"),
            Some("array") if depth > 6 => json!([]),
            Some("array") => {
                let count = schema["minItems"].as_u64().map_or_else(|| self.below(4), |count| count as usize);
                (0..count)
                    .map(|n| {
                        // A list of several types has a schema for each place.
                        let items = schema["prefixItems"].get(n).unwrap_or(&schema["items"]);
                        self.value(items, root, depth + 1)
                    })
                    .collect()
            }
            Some("object") => {
                let needed = schema["required"].as_array().cloned().unwrap_or_default();
                let mut object = json!({});
                for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
                    if needed.contains(&json!(key)) || self.below(4) == 0 {
                        object[key] = self.value(schema, root, depth + 1);
                    }
                }
                object
            }
            _ => Value::Null,
        }
    }

    fn integer(&mut self) -> u64 {
        match self.below(100) {
            0 => 0,
            1 => {
                *self.one(&[1 << 12, 1 << 16, 1 << 24, 1 << 31, 1 << 32, 1 << 40, i64::MAX as u64, u64::MAX])
            }
            2..10 => 1 + self.below(100) as u64,
            _ => 1 + self.below(5) as u64,
        }
    }
}

/// A random network and what becomes of it: built, trained for some steps, saved, read and asked.
fn network(seed: u64, layers: &Value, fits: &Value) -> &'static str {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let input = match random.below(3) {
        0 => json!(random.integer()),
        _ => {
            json!([random.integer(), random.integer().saturating_add(3), random.integer().saturating_add(3)])
        }
    };
    let layers: Vec<Value> = (0..1 + random.below(4)).map(|_| random.value(layers, layers, 0)).collect();
    let spec = json!({ "input": input, "layers": layers });
    let Ok(spec) = serde_json::from_value::<NetworkSpec>(spec) else { return "not read" };
    let Ok(mut network) = spec.build::<f32>(seed as u32) else { return "not built" };
    let mut fit = random.value(fits, fits, 0);
    if random.below(3) > 0 {
        fit["loss"] = json!({ "kind": "mean_squared_error" });
    }
    // These settings fit only some networks, and names of layers fit only by luck.
    if random.below(4) > 0
        && let Some(fit) = fit.as_object_mut()
    {
        let rarely = ["class_weights", "cutmix", "freeze", "rates", "sampling", "stop_at"];
        fit.retain(|key, _| !rarely.contains(&&key[..]));
    }
    let Ok(mut fit) = serde_json::from_value::<Fit>(fit) else { return "settings not read" };
    fit.epochs = 1;
    let count = 1 + random.below(5);
    let Ok(mut trainer) = Trainer::new(&network, &fit, count) else { return "not trained" };
    if trainer.plan().bytes() > 64 << 20 || network.weights().len() > 1 << 22 {
        return "large";
    }
    let x = vec![0.5; count * network.input().size()];
    let y: Vec<f32> = (0..count * network.output().size()).map(|i| (i % 2) as f32).collect();
    let Ok(samples) = network.samples(&x, &y) else { return "not trained" };
    while !trainer.epoch_is_over() {
        if trainer.step(&mut network, &samples).is_err() {
            return "no longer finite";
        }
    }
    let file = checkpoint::encode(&network, &About::default(), Some(&trainer));
    let saved = checkpoint::decode::<f32>(&file).expect("what was written can be read");
    assert!(saved.network.weights() == network.weights());
    let _ = network.predict(&x);
    "trained"
}

/// The number that a variable of the environment has.
fn variable(key: &str) -> Option<u64> {
    std::env::var(key).ok()?.parse().ok()
}

/// The work of a process that has little memory: `count` networks, from the seed `first` on.
fn networks_of_a_child(first: u64, count: u64) {
    let schema = |schema: schemars::Schema| serde_json::to_value(schema).unwrap();
    let (layers, fits) = (schema(schemars::schema_for!(LayerSpec)), schema(schemars::schema_for!(Fit)));
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in first..first + count {
        println!("seed {seed}");
        let outcome = catch_unwind(|| network(seed, &layers, &fits)).unwrap_or("panicked");
        if outcome == "panicked" {
            println!("panicked with seed {seed}");
        }
        *outcomes.entry(outcome).or_default() += 1;
    }
    println!("outcomes {}", json!(outcomes));
}

/// What became of `count` random networks.
fn networks(count: u64) -> BTreeMap<String, u64> {
    let mut all: BTreeMap<String, u64> = BTreeMap::new();
    for first in (0..count).step_by(1000) {
        let mut command = limited(&std::env::current_exe().unwrap());
        command.args(["--exact", "random_networks_do_not_panic", "--nocapture"]);
        command.env("TODDLE_WILD_FIRST", first.to_string());
        command.env("TODDLE_WILD_COUNT", 1000.min(count - first).to_string());
        let output = command.output().expect("it starts");
        let said = text(&output.stdout);
        let last = said.lines().rfind(|line| line.starts_with("seed ")).unwrap_or("no seed");
        assert!(output.status.success(), "{} after {last}: {}", output.status, text(&output.stderr));
        let panics: Vec<&str> = said.lines().filter(|line| line.starts_with("panicked")).collect();
        assert!(panics.is_empty(), "{panics:?}: {}", text(&output.stderr));
        let outcomes = said.lines().find_map(|line| line.strip_prefix("outcomes ")).expect("outcomes");
        for (outcome, count) in serde_json::from_str::<BTreeMap<String, u64>>(outcomes).unwrap() {
            *all.entry(outcome).or_default() += count;
        }
    }
    // Otherwise it says nothing.
    assert!(all.get("trained").is_some_and(|trained| *trained > count / 20), "{all:?}");
    all
}

/// All files below `folder`, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A copy with some changes: bytes, large numbers, parts that are left out, doubled or moved.
fn changed(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut copy = file.to_vec();
    for _ in 0..1 + random.below(4) {
        let at = random.below(copy.len().max(1)).min(copy.len());
        let end = (at + random.below(40)).min(copy.len());
        match random.below(6) {
            0 => drop(copy.drain(at..end)),
            1 => copy.extend_from_within(at..end),
            2 => copy.truncate(at),
            3 => copy[at..end].iter_mut().for_each(|byte| *byte = 0xff),
            4 => copy[at..end].iter_mut().for_each(|byte| *byte = b'9'),
            _ => copy[at..end].iter_mut().for_each(|byte| *byte ^= 1 << random.below(8)),
        }
    }
    copy
}

fn model(path: &Path, spec: NetworkSpec) {
    fs::write(path, checkpoint::encode(&spec.build::<f32>(0).unwrap(), &About::default(), None)).unwrap();
}

/// Gives `count` changed files to the command: how many runs ended with which exit code.
fn runs(count: usize) -> BTreeMap<i32, usize> {
    let home = TempDir::new().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut originals = files(&root.join("fuzz/corpus"));
    originals.extend(files(&root.join("experiments")));
    model(
        &home.path().join("digits.safetensors"),
        NetworkSpec::new(Shape::image(1, 28, 28)).add(Flatten).add(Dense::new(10)),
    );
    model(&home.path().join("numbers.safetensors"), NetworkSpec::new(Shape::vector(3)).add(Dense::new(2)));
    let mut codes = BTreeMap::new();
    for n in 0..count {
        let mut random = Random(n as u64 + 1);
        let original = random.one(&originals).clone();
        let bytes = fs::read(&original).unwrap();
        let name = format!("wild-{}", original.file_name().unwrap().to_string_lossy());
        fs::write(home.path().join(&name), changed(&bytes, &mut random)).unwrap();
        let name = name.as_str();
        let commands: [&[&str]; 10] = [
            &["predict", "digits.safetensors", name],
            &["predict", "numbers.safetensors", name],
            &["eval", "digits.safetensors", "--data", name],
            &["predict", name, "x.png"],
            &["summary", name],
            &["check", name],
            &["data", "show", name, "--out", "x.png"],
            &["new", name, "--out", "new.toml"],
            &["eval", name],
            &["train", name, "--out", "run", "--set", "train.epochs=1", "--set", "data.first=20"],
        ];
        for _ in 0..2 {
            let args = *random.one(&commands);
            let Output { status, stderr, .. } = limited(Path::new(env!("CARGO_BIN_EXE_toddle")))
                .args(args)
                .current_dir(&home)
                .output()
                .expect("it starts");
            let said = String::from_utf8_lossy(&stderr);
            let code = status.code().filter(|code| (0..=2).contains(code) && !said.contains("panicked"));
            let Some(code) = code else {
                panic!("{status}, file {n} of {}, {args:?}: {said}", original.display())
            };
            *codes.entry(code).or_default() += 1;
            for left in ["run", "new.toml", "x.png"] {
                let left = home.path().join(left);
                let _ = fs::remove_dir_all(&left).or_else(|_| fs::remove_file(&left));
            }
        }
        fs::remove_file(home.path().join(name)).unwrap();
    }
    codes
}

#[test]
fn random_networks_do_not_panic() {
    // The test starts itself again, in processes with little memory.
    if let (Some(first), Some(count)) = (variable("TODDLE_WILD_FIRST"), variable("TODDLE_WILD_COUNT")) {
        return networks_of_a_child(first, count);
    }
    println!("{:?}", networks(variable("TODDLE_WILD_NETWORKS").unwrap_or(300)));
}

#[test]
fn changed_files_do_not_panic() {
    let runs = runs(variable("TODDLE_WILD_FILES").unwrap_or(50) as usize);
    println!("{runs:?}");
    assert!(runs[&1] > 10);
}
