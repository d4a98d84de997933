//! Source in C, which the system's compiler compiles without a warning.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use toddle_exchange::Source;

/// The options under which no file has a warning.
const STRICT: [&str; 6] = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Wno-overlength-strings"];

/// A compiler of C, if there is one. If not, a line says so.
pub fn compiler() -> Option<&'static str> {
    let found =
        ["cc", "gcc", "clang"].into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    if found.is_none() {
        eprintln!("not checked by the other side: there is no C compiler (cc, gcc or clang)");
    }
    found
}

/// The self-tests of all `sources` in one program, which is run. A program of its own for each takes too long.
pub fn run(compiler: &str, name: &str, options: &[&str], sources: &[Source]) {
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

/// Options for the processor of this machine, where it has a fused multiply-add.
pub fn native() -> &'static str {
    if cfg!(target_arch = "x86_64") { "-march=native" } else { "-O1" }
}
