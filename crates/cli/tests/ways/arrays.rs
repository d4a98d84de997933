//! Arrays of many kinds, and those that are refused.

use std::fs;
use std::path::Path;

use crate::common::npy;
use crate::made::{EACH, NAMES, SIDE, npz, picture, row, samples};
use crate::way::{Ends, Way, take};

fn pixels(half: usize) -> Vec<u8> {
    samples(half).flat_map(|(class, n)| picture(class, n)).collect()
}

/// The pixels of a half as floating-point numbers.
fn floats(half: usize, number: impl Fn(f32) -> f32) -> Vec<u8> {
    pixels(half).iter().flat_map(|&pixel| number(f32::from(pixel)).to_le_bytes()).collect()
}

fn rows(half: usize) -> Vec<u8> {
    samples(half).flat_map(|(class, n)| row(class, n)).flat_map(f32::to_le_bytes).collect()
}

fn count(half: usize) -> usize {
    3 * EACH[half]
}

/// The labels of a half as `int64`.
fn labels(half: usize) -> Vec<u8> {
    let bytes: Vec<u8> = samples(half).flat_map(|(class, _)| (class as u64).to_le_bytes()).collect();
    npy("<i8", &format!("{},", count(half)), &bytes)
}

/// An archive of both halves: samples of `shape`, whose bytes `bytes` gives, with labels.
fn archive(folder: &Path, descr: &str, shape: &str, bytes: impl Fn(usize) -> Vec<u8>) {
    let x = |half: usize| npy(descr, &format!("{}, {shape}", count(half)), &bytes(half));
    let halves = [("x_train", x(0)), ("y_train", labels(0)), ("x_test", x(1)), ("y_test", labels(1))];
    npz(&folder.join("set.npz"), &halves);
    npz(&folder.join("test.npz"), &[("x", x(1)), ("y", labels(1))]);
}

/// Header and values of an IDX file.
fn idx(kind: u8, dims: &[usize], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, kind, dims.len() as u8];
    dims.iter().for_each(|&dim| file.extend((dim as u32).to_be_bytes()));
    file.extend(bytes);
    file
}

fn idx_files(folder: &Path, images: &str, names: &str, half: usize) {
    let dims = [count(half), SIDE, SIDE];
    fs::write(folder.join(images), idx(8, &dims, &pixels(half))).unwrap();
    let classes: Vec<u8> = samples(half).map(|(class, _)| class as u8).collect();
    fs::write(folder.join(names), idx(8, &dims[..1], &classes)).unwrap();
}

/// A safetensors file.
fn safetensors(path: &Path, tensors: &[(&str, &str, String, Vec<u8>)]) {
    let (mut header, mut data) = (String::from("{"), Vec::new());
    for (name, dtype, shape, bytes) in tensors {
        let (begin, end) = (data.len(), data.len() + bytes.len());
        let comma = if header.len() > 1 { "," } else { "" };
        header += &format!(
            "{comma}\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[{begin},{end}]}}"
        );
        data.extend(bytes);
    }
    header.push('}');
    header += &" ".repeat(header.len().next_multiple_of(8) - header.len());
    fs::write(path, [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()).unwrap();
}

fn learns(place: Option<&'static str>, says: &'static [&'static str]) -> Ends {
    Ends::Learns { outputs: 3, loss: "cross_entropy", train: 45, measured: ("test", 15), place, says }
}

/// What a set without halves gives: a tenth is held out.
const HELD: Ends = Ends::Learns {
    outputs: 3,
    loss: "cross_entropy",
    train: 40,
    measured: ("validation", 5),
    place: None,
    says: &[],
};

pub fn ways() -> Vec<Way> {
    let data = "npz = \"set.npz\"";
    let place = Some("test.npz");
    vec![
        Way { name: "bytes", data, make: |f| archive(f, "|u1", "10, 10", pixels), ends: learns(place, &[]) },
        Way {
            name: "whole numbers from 0 to 255",
            data,
            make: |f| {
                archive(f, "<i8", "10, 10", |half| {
                    pixels(half).iter().flat_map(|&p| u64::from(p).to_le_bytes()).collect()
                })
            },
            ends: learns(place, &["divided by 255"]),
        },
        Way {
            name: "halves of bytes and of whole numbers",
            data,
            make: |f| {
                archive(f, "|u1", "10, 10", pixels);
                let whole: Vec<u8> = pixels(1).iter().flat_map(|&p| u64::from(p).to_le_bytes()).collect();
                let (train, test) = (npy("|u1", "45, 10, 10", &pixels(0)), npy("<i8", "15, 10, 10", &whole));
                let halves =
                    [("x_train", train), ("y_train", labels(0)), ("x_test", test), ("y_test", labels(1))];
                npz(&f.join("set.npz"), &halves);
            },
            ends: learns(place, &[]),
        },
        Way {
            name: "halves of two ranges",
            data,
            make: |f| {
                let (train, test) = (floats(0, |x| x), floats(1, |x| x / 255.0));
                let (train, test) = (npy("<f4", "45, 10, 10", &train), npy("<f4", "15, 10, 10", &test));
                let halves =
                    [("x_train", train), ("y_train", labels(0)), ("x_test", test), ("y_test", labels(1))];
                npz(&f.join("set.npz"), &halves);
            },
            ends: Ends::Refused(&["`x_test in", "from 0 to ", "as in `x_train in"]),
        },
        Way {
            name: "floats from 0 to 255",
            data,
            make: |f| archive(f, "<f4", "10, 10", |half| floats(half, |x| x)),
            ends: learns(place, &["divided by 255"]),
        },
        Way {
            name: "floats from 0 to 1",
            data,
            make: |f| archive(f, "<f4", "10, 10", |half| floats(half, |x| x / 255.0)),
            ends: learns(place, &[]),
        },
        Way {
            name: "floats from −1 to 1",
            data: "npz = \"set.npz\"\nrange = [-1, 1]",
            make: |f| archive(f, "<f4", "10, 10", |half| floats(half, |x| x / 127.5 - 1.0)),
            ends: learns(place, &[]),
        },
        Way {
            name: "standardised floats",
            data,
            make: |f| archive(f, "<f4", "10, 10", |half| floats(half, |x| (x - 40.0) / 70.0)),
            ends: learns(place, &[]),
        },
        Way {
            name: "doubles",
            data,
            make: |f| {
                archive(f, "<f8", "10, 10", |half| {
                    pixels(half).iter().flat_map(|&p| (f64::from(p) / 255.0).to_le_bytes()).collect()
                })
            },
            ends: learns(place, &[]),
        },
        Way {
            name: "halves of floats",
            data,
            // The bits of 0, 1, 2 … 255 as float16, from those of float32.
            make: |f| {
                archive(f, "<f2", "10, 10", |half| {
                    let bits = |p: u8| ((f32::from(p).to_bits().saturating_sub(112 << 23)) >> 13) as u16;
                    pixels(half).iter().flat_map(|&p| bits(p).to_le_bytes()).collect()
                });
            },
            ends: learns(place, &["divided by 255"]),
        },
        Way {
            name: "channels last",
            data,
            make: |f| {
                archive(f, "|u1", "10, 10, 3", |half| {
                    pixels(half).iter().flat_map(|&p| [p, p / 2, 9]).collect()
                })
            },
            ends: learns(place, &[]),
        },
        Way {
            name: "pictures in rows",
            data,
            make: |f| archive(f, "|u1", "100", pixels),
            ends: learns(place, &[]),
        },
        Way {
            name: "rows of numbers",
            data,
            make: |f| archive(f, "<f4", "4", rows),
            ends: learns(place, &[]),
        },
        Way {
            name: "one-hot targets",
            data,
            make: |f| {
                let y = |half: usize| {
                    let one = |class: usize| {
                        [0, 1, 2].map(|c| f32::from(u8::from(c == class)).to_le_bytes()).concat()
                    };
                    let bytes: Vec<u8> = samples(half).flat_map(|(class, _)| one(class)).collect();
                    npy("<f4", &format!("{}, 3", count(half)), &bytes)
                };
                let x = |half: usize| npy("<f4", &format!("{}, 4", count(half)), &rows(half));
                npz(
                    &f.join("set.npz"),
                    &[("x_train", x(0)), ("y_train", y(0)), ("x_test", x(1)), ("y_test", y(1))],
                );
            },
            ends: learns(None, &["one-hot"]),
        },
        Way {
            name: "words as targets",
            data,
            make: |f| {
                let y = |half: usize| {
                    let word = |class: usize| {
                        format!("{:\0<4}", NAMES[class])
                            .chars()
                            .flat_map(|c| (c as u32).to_le_bytes())
                            .collect::<Vec<u8>>()
                    };
                    let bytes: Vec<u8> = samples(half).flat_map(|(class, _)| word(class)).collect();
                    npy("<U4", &format!("{},", count(half)), &bytes)
                };
                let x = |half: usize| npy("<f4", &format!("{}, 4", count(half)), &rows(half));
                npz(
                    &f.join("set.npz"),
                    &[("x_train", x(0)), ("y_train", y(0)), ("x_test", x(1)), ("y_test", y(1))],
                );
            },
            ends: learns(None, &[]),
        },
        Way {
            name: "two NPY files",
            data: "npy = { inputs = \"x.npy\", targets = \"y.npy\" }",
            make: |f| {
                fs::write(f.join("x.npy"), npy("<f4", "45, 4", &rows(0))).unwrap();
                fs::write(f.join("y.npy"), labels(0)).unwrap();
            },
            ends: HELD,
        },
        Way {
            name: "two IDX files",
            data: "idx = { images = \"mine.images\", labels = \"mine.labels\" }",
            make: |f| idx_files(f, "mine.images", "mine.labels", 0),
            ends: HELD,
        },
        Way {
            name: "a folder of IDX files",
            data: "npz = \".\"",
            make: |f| {
                idx_files(f, "train-images.idx3-ubyte", "train-labels.idx1-ubyte", 0);
                idx_files(f, "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte", 1);
            },
            ends: learns(None, &[]),
        },
        Way {
            name: "safetensors",
            data: "npz = \"set.safetensors\"",
            make: |f| {
                let x = |half: usize| ("F32", format!("[{},4]", count(half)), rows(half));
                let y = |half: usize| {
                    let bytes = samples(half).flat_map(|(class, _)| (class as u64).to_le_bytes()).collect();
                    ("I64", format!("[{}]", count(half)), bytes)
                };
                let named = |name, (dtype, shape, bytes)| (name, dtype, shape, bytes);
                let tensors = [
                    named("x_train", x(0)),
                    named("y_train", y(0)),
                    named("x_test", x(1)),
                    named("y_test", y(1)),
                ];
                safetensors(&f.join("set.safetensors"), &tensors);
            },
            ends: learns(None, &[]),
        },
        Way {
            name: "numbers to be learned from arrays",
            data,
            make: |f| {
                let x = |half: usize| npy("<f4", &format!("{}, 4", count(half)), &rows(half));
                let y = |half: usize| {
                    let bytes: Vec<u8> =
                        samples(half).flat_map(|(class, n)| (row(class, n)[0] / 4.0).to_le_bytes()).collect();
                    npy("<f4", &format!("{}, 1", count(half)), &bytes)
                };
                npz(
                    &f.join("set.npz"),
                    &[("x_train", x(0)), ("y_train", y(0)), ("x_test", x(1)), ("y_test", y(1))],
                );
            },
            ends: Ends::Learns {
                outputs: 1,
                loss: "mean_squared_error",
                train: 45,
                measured: ("test", 15),
                place: None,
                says: &[],
            },
        },
        Way {
            name: "samples and targets that differ in number",
            data: "npy = { inputs = \"x.npy\", targets = \"y.npy\" }",
            make: |f| {
                fs::write(f.join("x.npy"), npy("<f4", "45, 4", &rows(0))).unwrap();
                fs::write(f.join("y.npy"), labels(1)).unwrap();
            },
            ends: Ends::Refused(&["x.npy", "y.npy", "45", "15"]),
        },
        Way {
            name: "a file that was cut short",
            data,
            make: |f| {
                archive(f, "|u1", "10, 10", pixels);
                let whole = fs::read(f.join("set.npz")).unwrap();
                fs::write(f.join("set.npz"), &whole[..whole.len() / 2]).unwrap();
            },
            ends: Ends::Refused(&["set.npz"]),
        },
        Way {
            name: "arrays without names that say what they are",
            data,
            make: |f| npz(&f.join("set.npz"), &[("arr_0", labels(0)), ("arr_1", labels(1))]),
            ends: Ends::Refused(&["set.npz", "arr_0"]),
        },
    ]
}

#[test]
fn arrays() {
    ways().iter().for_each(take);
}
