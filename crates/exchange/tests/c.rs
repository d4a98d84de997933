//! C99: compiled by the system's compiler without a warning, and run. The answers must have toddle's bits.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use common::{inputs, single, trained};
use toddle::{Conv2d, Network, NumpyRandom, Residual, Shape};
use toddle_exchange::{Source, c};
use toddle_testkit::cases::cases;
use toddle_testkit::random;

/// The options under which no file has a warning.
const STRICT: [&str; 6] = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Wno-overlength-strings"];

/// A compiler of C, if there is one. If not, a line says so.
fn compiler() -> Option<&'static str> {
    let found =
        ["cc", "gcc", "clang"].into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    if found.is_none() {
        eprintln!("not checked by the other side: there is no C compiler (cc, gcc or clang)");
    }
    found
}

/// The self-tests of all `sources` in one program, which is run. A program of its own for each takes too long.
fn run(compiler: &str, name: &str, options: &[&str], sources: &[Source]) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("c-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let mut main = String::from("#include <stdio.h>\n");
    let mut calls = String::new();
    for (n, Source { text, .. }) in sources.iter().enumerate() {
        let text = text.replace("int main(void)", &format!("int test_{n}(void);\n\nint test_{n}(void)"));
        fs::write(folder.join(format!("net{n}.c")), text).unwrap();
        main += &format!("int test_{n}(void);\n");
        calls += &format!("    wrong += test_{n}();\n");
    }
    main += &format!("int main(void) {{\n    int wrong = 0;\n{calls}    return wrong;\n}}\n");
    fs::write(folder.join("main.c"), main).unwrap();
    let mut command = Command::new(compiler);
    command.current_dir(&folder).args(STRICT).args(options).args(["-o", "test", "main.c"]);
    command.args((0..sources.len()).map(|n| format!("net{n}.c")));
    command.args((0..sources.len()).map(|n| format!("-DNET{n}_TEST"))).arg("-lm");
    let compiled = command.output().unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    assert_eq!(String::from_utf8_lossy(&compiled.stderr), "");
    let tested = Command::new(folder.join("test")).output().unwrap();
    let said = String::from_utf8_lossy(&tested.stdout);
    assert!(tested.status.success(), "{said}");
    assert_eq!(said.lines().filter(|line| line.contains("3 of 3")).count(), sources.len(), "{said}");
}

fn source(n: usize, network: &Network<f32>) -> Source {
    c::encode(network, &format!("net{n}"), &inputs(network, 3)).unwrap()
}

/// Options for the processor of this machine, where it has a fused multiply-add.
fn native() -> &'static str {
    if cfg!(target_arch = "x86_64") { "-march=native" } else { "-O1" }
}

#[test]
fn every_case_of_every_layer_has_the_same_bits() {
    let Some(compiler) = compiler() else { return };
    let sources: Vec<Source> = cases()
        .into_iter()
        .enumerate()
        .map(|(n, case)| source(n, &trained(&single(case.spec, case.input), 1)))
        .collect();
    run(compiler, "cases", &["-O1", native()], &sources);
}

#[test]
fn random_graphs_have_the_same_bits() {
    let Some(compiler) = compiler() else { return };
    let mut random = NumpyRandom::new(2);
    let sources: Vec<Source> =
        (0..100).map(|n| source(n, &trained(&random::graph(&mut random), n as u32))).collect();
    run(compiler, "graphs", &["-O1"], &sources);
    run(compiler, "graphs-native", &["-O3", native()], &sources);
}

#[test]
fn a_fast_convolution_is_written_as_a_plain_one() {
    let layer = |fast| Residual::new().add(Conv2d::new(2, 3).padding(1).fast(fast)).into();
    let [fast, plain] =
        [true, false].map(|fast| source(0, &trained(&single(layer(fast), Shape::image(2, 4, 4)), 0)));
    assert_eq!((fast.is_plain, plain.is_plain), (true, false));
    assert_eq!(fast.text, plain.text);
}

#[test]
fn a_layer_that_c_does_not_have_is_refused_by_name() {
    common::is_refused_by_name("C", c::encode);
}
