//! Rust: compiled by rustc without a warning, and run. The answers must have toddle's bits.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::common::{inputs, single, trained};
use toddle::{Network, NumpyRandom};
use toddle_exchange::{Source, rust};
use toddle_testkit::cases::cases;
use toddle_testkit::random;

/// The self-tests of all `sources`, as modules of one program, which is run.
fn run(name: &str, options: &[&str], sources: &[Source]) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("rust-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let mut main = String::from("#![no_std]\n#![deny(warnings)]\n");
    for (n, Source { text, .. }) in sources.iter().enumerate() {
        // An attribute of the whole crate.
        fs::write(folder.join(format!("net{n}.rs")), text.replace("#![no_std]\n", "")).unwrap();
        main += &format!("pub mod net{n};\n");
    }
    fs::write(folder.join("main.rs"), main).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.current_dir(&folder).args(["--edition", "2021", "--test", "-o", "test", "--crate-type", "lib"]);
    let compiled = command.args(options).arg("main.rs").output().unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let tested = Command::new(folder.join("test")).output().unwrap();
    let said = String::from_utf8_lossy(&tested.stdout);
    assert!(tested.status.success(), "{said}");
    assert!(said.contains(&format!("{} passed", sources.len())), "{said}");
}

fn source(network: &Network<f32>) -> Source {
    rust::encode(network, "test", &inputs(network, 3)).unwrap()
}

#[test]
fn every_case_of_every_layer_has_the_same_bits() {
    let cases = cases().into_iter();
    let sources: Vec<Source> =
        cases.map(|case| source(&trained(&single(case.spec, case.input), 1))).collect();
    run("cases", &["-Copt-level=1"], &sources);
}

#[test]
fn random_graphs_have_the_same_bits() {
    let mut random = NumpyRandom::new(2);
    let sources: Vec<Source> =
        (0..100).map(|n| source(&trained(&random::graph(&mut random), n as u32))).collect();
    run("graphs", &["-Copt-level=1"], &sources);
    run("graphs-native", &["-Copt-level=2", "-Ctarget-cpu=native"], &sources[..25]);
}

#[test]
fn a_layer_that_rust_does_not_have_is_refused_by_name() {
    crate::common::is_refused_by_name("Rust", rust::encode);
}
