//! Five thousand damaged files: each is refused, with the section named, without a panic, and for no more memory than a small
//! multiple of the file's length.

use std::alloc::System;
use std::collections::BTreeMap;
use std::panic::catch_unwind;

use serde_json::{Map, Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use toddle::checkpoint::{self, About};
use toddle::{
    Adam, BatchNorm, Conv2d, Dense, Fit, Flatten, Float, Loss, NetworkSpec, NumpyRandom, Residual, Shape,
    Softmax, Tanh, Trainer,
};
use toddle_testkit::numbers::numbers;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// All bytes that reading asks for, one after the other: at most so many for each of the file's, and a few more.
const FOR_EACH: usize = 128;
const FEW: usize = 32 << 10;

struct Draw(NumpyRandom);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        (self.0.uniform() * end as f64) as usize
    }

    fn of<V: Clone>(&mut self, values: &[V]) -> V {
        values[self.below(values.len())].clone()
    }
}

/// A checkpoint of a small training.
fn checkpoint<T: Float>() -> Vec<u8> {
    let spec = NetworkSpec::new(Shape::image(1, 4, 4))
        .add(Residual::new().add(Conv2d::new(2, 1)).project(Conv2d::new(2, 1)))
        .add(BatchNorm::default())
        .add(Tanh)
        .add(Flatten)
        .add(Dense::new(3))
        .add(Softmax::default());
    let mut network = spec.build::<T>(0).unwrap();
    let fit = Fit::new(Loss::MeanSquaredError, Adam::new(0.01)).batch(4).epochs(3).average(0.9).keep_best();
    let mut trainer = Trainer::new(&network, &fit, 6).unwrap();
    let (x, y) = (numbers::<T>(1, 6 * 16), numbers::<T>(2, 6 * 3));
    for _ in 0..3 {
        let samples = network.samples(&x, &y).unwrap();
        if trainer.step(&mut network, &samples).unwrap().ends_epoch {
            trainer.end_epoch(&mut network, None);
        }
    }
    let about = About { classes: ["a", "b", "c"].map(String::from).into(), ..About::default() };
    checkpoint::encode(&network, &about, Some(&trainer))
}

/// A file taken apart: its header as JSON, and its numbers.
#[derive(Clone)]
struct Parts {
    header: Map<String, Value>,
    data: Vec<u8>,
}

impl Parts {
    fn of(file: &[u8]) -> Parts {
        let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        Parts {
            header: serde_json::from_slice(&file[8..][..length]).unwrap(),
            data: file[8 + length..].into(),
        }
    }

    fn names(&self) -> Vec<String> {
        self.header.keys().filter(|name| *name != "__metadata__").cloned().collect()
    }

    /// The text of the metadata under `key`, as JSON.
    fn edit(&mut self, key: &str, edit: impl FnOnce(&mut Value)) {
        let text = &mut self.header["__metadata__"][key];
        let mut value = serde_json::from_str(text.as_str().unwrap()).unwrap();
        edit(&mut value);
        *text = value.to_string().into();
    }

    /// The file, with a checksum that is right as far as the places of the tensors are.
    fn file(mut self) -> Vec<u8> {
        let sum = self.checksum();
        if let Some(Value::Object(metadata)) = self.header.get_mut("__metadata__") {
            metadata.insert("toddle.crc32".into(), format!("{sum:08x}").into());
        }
        whole(&serde_json::to_vec(&self.header).unwrap(), &self.data)
    }

    /// Computed as `docs/model-file.md` says it.
    fn checksum(&self) -> u32 {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        let mut tensors = BTreeMap::new();
        for (name, value) in &self.header {
            if name == "__metadata__" {
                let texts = value.as_object().into_iter().flatten().filter(|(key, _)| *key != "toddle.crc32");
                for (key, text) in BTreeMap::from_iter(texts) {
                    parts.extend([key.as_bytes().into(), text.as_str().unwrap_or_default().into()]);
                }
            } else {
                tensors.insert(name, value);
            }
        }
        for (name, tensor) in tensors {
            let number = |value: &Value| value.as_u64().unwrap_or_default() as usize;
            parts.extend([name.as_bytes().into(), tensor["dtype"].as_str().unwrap_or_default().into()]);
            for side in tensor["shape"].as_array().into_iter().flatten() {
                parts.push((number(side) as u64).to_le_bytes().into());
            }
            let [begin, end] = [0, 1].map(|at| number(&tensor["data_offsets"][at]));
            parts.push(self.data.get(begin..end).unwrap_or_default().into());
        }
        let mut sum = crc32fast::Hasher::new();
        for part in parts {
            sum.update(&(part.len() as u64).to_le_bytes());
            sum.update(&part);
        }
        sum.finalize()
    }
}

fn whole(header: &[u8], data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header, data].concat()
}

/// Reads `file`, which has to be refused: the error's text.
fn refused<T: Float>(what: &str, file: &[u8]) -> String {
    let region = Region::new(ALLOCATOR);
    let read = catch_unwind(|| checkpoint::decode::<T>(file).map(|_| ()))
        .unwrap_or_else(|_| panic!("{what}: a panic"));
    let asked = region.change().bytes_allocated;
    let most = FOR_EACH * file.len() + FEW;
    assert!(asked <= most, "{what}: {asked} bytes for a file of {}", file.len());
    let error = match read {
        Ok(()) => panic!("{what}: it is read"),
        Err(error) => error.to_string(),
    };
    let lines = Vec::from_iter(error.lines());
    assert!(lines.len() >= 4 && lines[0].starts_with("the model cannot be read: "), "{what}: {error}");
    assert!(lines.last().unwrap().starts_with("  try       "), "{what}: {error}");
    error
}

/// Damages a file as disks and cables do: says how.
fn tear(draw: &mut Draw, file: &mut Vec<u8>) -> String {
    match draw.below(4) {
        0 => {
            let (at, bit) = (draw.below(file.len()), draw.below(8));
            file[at] ^= 1 << bit;
            format!("bit {bit} of byte {at}")
        }
        1 => {
            let (at, length) = (draw.below(file.len()), 1 + draw.below(64));
            let end = file.len().min(at + length);
            for byte in &mut file[at..end] {
                *byte = !*byte;
            }
            format!("bytes {at} to {end}")
        }
        2 => {
            file.truncate(draw.below(file.len()));
            format!("cut off after {} bytes", file.len())
        }
        _ => {
            let more = 1 + draw.below(100);
            file.extend(vec![0; more]);
            format!("{more} bytes more")
        }
    }
}

/// Sizes that no tensor has, most of which overflow when multiplied.
const ABSURD: [u64; 7] = [1 << 28, 1 << 32, 1 << 40, 1 << 61, 1 << 62, 1 << 63, u64::MAX];

/// Edits the header so that the file says what it cannot mean: how, and what the error has to name.
fn forge(draw: &mut Draw, parts: &mut Parts) -> (String, String) {
    let name = draw.of(&parts.names());
    let tensor = format!("the tensor `{name}`");
    let [begin, end] = [0, 1].map(|at| parts.header[&name]["data_offsets"][at].as_u64().unwrap());
    let place =
        |parts: &mut Parts, begin: u64, end: u64| parts.header[&name]["data_offsets"] = json!([begin, end]);
    let key = draw.of(&["toddle.spec", "toddle.about", "toddle.training", "toddle.precision"]);
    let metadata = format!("the metadata `{key}`");
    match draw.below(16) {
        0 => {
            place(parts, begin + 4, end);
            (format!("{name} begins late"), "the tensor `".into())
        }
        1 => {
            place(parts, begin, end + draw.of(&[1, 4, 8, 1 << 40]));
            (format!("{name} ends late"), "the tensor `".into())
        }
        2 => {
            place(parts, begin.saturating_sub(4), end.saturating_sub(4));
            (format!("{name} lies over another"), "the tensor `".into())
        }
        3 => {
            place(parts, draw.of(&ABSURD), draw.of(&ABSURD));
            (format!("{name} lies behind the end"), "the tensor `".into())
        }
        4 => {
            place(parts, end, begin);
            (format!("{name} ends before it begins"), "the tensor `".into())
        }
        5 => {
            parts.header[&name]["shape"] = json!([draw.of(&ABSURD), draw.of(&ABSURD), draw.of(&ABSURD)]);
            (format!("{name} is absurd"), tensor)
        }
        6 => {
            let shape = parts.header[&name]["shape"].as_array_mut().unwrap();
            shape.push(json!(1));
            (format!("{name} has one dimension more"), tensor)
        }
        7 => {
            parts.header[&name]["dtype"] = draw.of(&["BF16", "U8", "F8_E4M3", "?"]).into();
            (format!("{name} is of another type"), tensor)
        }
        8 => {
            let place = parts.header.remove(&name).unwrap();
            parts.header.insert(format!("{name}x"), place);
            (format!("{name} is called otherwise"), format!("the tensor `{name}"))
        }
        9 => {
            parts.header.remove(&name);
            (format!("{name} is missing"), "the ".into())
        }
        10 => {
            let extra = draw.of(&["dense9.weight", "optimizer.third.dense1.bias", "../../x"]);
            parts
                .header
                .insert(extra.into(), json!({ "dtype": "F32", "shape": [0], "data_offsets": [0, 0] }));
            (format!("{extra} too"), format!("the tensor `{extra}`"))
        }
        11 => {
            let text = draw.of(&["", "{", "7", "null", "{\"a\": 1", "\u{0}"]);
            parts.header["__metadata__"][key] = text.into();
            (format!("{key} is {text:?}"), metadata)
        }
        12 => {
            let kind = draw.of(&["conv3d", "Dense", "", "lstm"]);
            parts.edit("toddle.spec", |spec| spec["layers"][4]["kind"] = kind.into());
            (format!("a layer {kind:?}"), "the metadata `toddle.spec`".into())
        }
        13 => {
            let outputs = draw.of(&[0, 2, 4, 1 << 20, 1 << 23, 1 << 28, 1 << 40, usize::MAX]);
            parts.edit("toddle.spec", |spec| spec["layers"][4]["outputs"] = outputs.into());
            let fits_itself = (1..=1 << 20).contains(&outputs);
            let named = if fits_itself { "the tensor `dense1." } else { "the metadata `toddle.spec`" };
            (format!("{outputs} outputs"), named.into())
        }
        14 => {
            let size = draw.of(&[0, 3, 5, 1000, 8000, 1 << 31, usize::MAX]);
            parts.edit("toddle.spec", |spec| spec["input"][2] = size.into());
            (format!("images {size} wide"), "the ".into())
        }
        _ => {
            let kind = draw.of(&["rmsprop", "sgd"]);
            parts.edit("toddle.training", |training| {
                training["settings"]["optimizer"] = json!({ "kind": kind, "rate": 0.1, "momentum": 0.5 });
            });
            (format!("trained with {kind}"), "the tensor `optimizer.".into())
        }
    }
}

fn damaged<T: Float>(seed: u32, count: usize) {
    let file = checkpoint::<T>();
    checkpoint::decode::<T>(&file).unwrap();
    let parts = Parts::of(&file);
    assert!(parts.clone().file().len() <= file.len(), "the parts are those of the file");
    checkpoint::decode::<T>(&parts.clone().file()).unwrap();
    let mut draw = Draw(NumpyRandom::new(seed));
    for _ in 0..count {
        let mut torn = file.clone();
        let what = tear(&mut draw, &mut torn);
        refused::<T>(&what, &torn);

        let mut forged = parts.clone();
        let (what, named) = forge(&mut draw, &mut forged);
        let error = refused::<T>(&what, &forged.file());
        assert!(error.contains(&named), "{what}: the error does not name {named}:\n{error}");
    }
}

/// Headers that are made of what takes most memory when it is read.
fn greedy() -> Vec<(&'static str, Vec<u8>)> {
    let many = |begin: &str, one: &dyn Fn(usize) -> String, end: &str| {
        let all = Vec::from_iter((0..20_000).map(one)).join(",");
        whole(format!("{begin}{all}{end}").as_bytes(), &[])
    };
    // With a checksum that is right, so that the texts are looked into.
    let texts = |key: &str, text: &str| {
        let mut parts = Parts::of(&checkpoint::<f32>());
        parts.header["__metadata__"][key] = text.into();
        parts.file()
    };
    let layers = |layer: &str| {
        let layers = vec![layer; 20_000].join(",");
        format!(r#"{{"input":1,"layers":[{layers}]}}"#)
    };
    let deep = |levels: usize| {
        let (open, close) = (r#"{"kind":"residual","layers":["#.repeat(levels), "]}".repeat(levels));
        format!(r#"{{"input":1,"layers":[{open}{{"kind":"tanh"}}{close}]}}"#)
    };
    let place = r#"{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#;
    vec![
        ("empty tensors", many("{", &|n| format!(r#""{n}":{place}"#), "}")),
        ("sides", many(r#"{"a":{"dtype":"F32","shape":["#, &|_| "1".into(), r#"],"data_offsets":[0,0]}}"#)),
        ("texts", many(r#"{"__metadata__":{"#, &|n| format!(r#""{n}":"""#), "}}")),
        ("lists", many(r#"{"a":["#, &|_| "[]".into(), "]}")),
        ("brackets", whole("[".repeat(50_000).as_bytes(), &[])),
        ("objects", whole(r#"{"a":"#.repeat(50_000).as_bytes(), &[])),
        ("sums that overflow", {
            let most = 1u64 << 62;
            let place = |n: u64| json!({ "dtype": "F32", "shape": [most / 4], "data_offsets": [n * most, (n + 1) * most] });
            whole(json!({ "a": place(0), "b": place(1), "c": place(2) }).to_string().as_bytes(), &[])
        }),
        ("layers", texts("toddle.spec", &layers(r#"{"kind":"tanh"}"#))),
        ("layers with state", texts("toddle.spec", &layers(r#"{"kind":"batch_norm"}"#))),
        ("layers with weights", texts("toddle.spec", &layers(r#"{"kind":"dense","outputs":1}"#))),
        ("layers with a setting", texts("toddle.spec", &layers(r#"{"kind":"elu","alpha":1}"#))),
        ("layers that are lists", texts("toddle.spec", &layers("[[],[],[]]"))),
        ("blocks in blocks", texts("toddle.spec", &deep(15))),
        ("too many blocks in blocks", texts("toddle.spec", &deep(40))),
        ("a thousand blocks in blocks", texts("toddle.spec", &deep(1000))),
        (
            "a wide batch norm",
            texts("toddle.spec", r#"{"input":268435456,"layers":[{"kind":"batch_norm"}]}"#),
        ),
        (
            "a wide layer",
            texts("toddle.spec", r#"{"input":16384,"layers":[{"kind":"dense","outputs":16384}]}"#),
        ),
    ]
}

/// One test alone in this file: other threads' allocations would be counted too.
#[test]
fn damaged_files_are_refused() {
    damaged::<f32>(1, 1250);
    damaged::<f64>(2, 1250);
    for (what, file) in greedy() {
        refused::<f32>(what, &file);
    }
    let mut twice = Parts::of(&checkpoint::<f32>()).file();
    let at = twice.windows(6).position(|bytes| bytes == b"\"F32\",").unwrap();
    twice.splice(at..at + 6, *b"\"F32\",\"dtype\":\"F32\",");
    let length = u64::from_le_bytes(twice[..8].try_into().unwrap()) + 14;
    twice[..8].copy_from_slice(&length.to_le_bytes());
    assert!(refused::<f32>("a type twice", &twice).contains("the header"));
}
