//! Lists the files of the page, which are embedded in the program.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("page");
    println!("cargo::rerun-if-changed=page");
    let mut files = Vec::new();
    list(&root, &mut files);
    files.sort();
    let lines = files.iter().map(|file| {
        let name = file.strip_prefix(&root).expect("it is below").to_string_lossy().replace('\\', "/");
        format!("    ({name:?}, include_bytes!({:?})),\n", file.display().to_string())
    });
    let table = format!("&[\n{}]\n", lines.collect::<String>());
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("page.rs");
    fs::write(out, table).expect("the folder of the build can be written to");
}

/// The files in `folder` and below.
fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            list(&path, files);
        } else if !entry.file_name().to_string_lossy().starts_with('.') {
            files.push(path);
        }
    }
}
