//! The page as a folder of files for a web server.

use std::path::{Path, PathBuf};
use std::{env, fs};

use toddle_play::folder::{INDEX, MARK, MODULES, files};
use toddle_run::error::Error;
use toddle_run::files::read_text;
use toddle_run::folder::{Folder, contents};

use crate::output::note;

/// The folder of the modules beside the command, or one folder above it, as in `target/page` of a checkout.
const BESIDE: &str = "page";

/// Writes the page into `to`, with the modules of WebAssembly in the folder `modules`.
pub fn write(to: &Path, modules: Option<&Path>) -> Result<(), Error> {
    let modules = read(modules)?;
    let existing = contents(to)?;
    if !existing.is_empty() && !read_text(&to.join(INDEX)).is_ok_and(|index| index.contains(MARK)) {
        return Err(Error::Refused {
            what: format!("the folder `{}` has other files", to.display()),
            expected: "a new folder, an empty one, or a page of --static".into(),
            got: existing.into_iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
            remedy: format!("--static {}", to.join("page").display()),
        });
    }
    let files = files(&modules);
    let names: Vec<&str> = files.iter().map(|(name, _)| &**name).collect();
    let folder = Folder::open(to, &names)?;
    // The index is the first file. It has the mark, so the command can be repeated if it is stopped between two files.
    for (name, contents) in &files {
        folder.write(name, contents)?;
    }
    let bytes: usize = files.iter().map(|(_, contents)| contents.len()).sum();
    note(false, &format!("wrote {} files, {:.1} MB, into {}", files.len(), bytes as f64 / 1e6, to.display()));
    Ok(())
}

/// The modules in `folder`, or in one of the usual places.
fn read(folder: Option<&Path>) -> Result<[Vec<u8>; MODULES.len()], Error> {
    let places = folder.map_or_else(usual, |folder| vec![folder.to_owned()]);
    let all = |place: &PathBuf| {
        MODULES.iter().map(|name| fs::read(place.join(name)).ok()).collect::<Option<Vec<_>>>()
    };
    let found = places.iter().find_map(|place| all(place)?.try_into().ok());
    found.ok_or_else(|| {
        let places: Vec<String> = places.iter().map(|place| format!("`{}`", place.display())).collect();
        Error::Refused {
            what: "the WebAssembly of the page is not here".into(),
            expected: format!("a folder with {}", MODULES.join(", ")),
            got: format!("no such folder at {}", places.join(" or ")),
            remedy: "`.ci/wasm` in the source of toddle, which builds them into target/page; then --modules target/page".into(),
        }
    })
}

/// Where the modules are if nothing is said.
fn usual() -> Vec<PathBuf> {
    let command = env::current_exe().unwrap_or_default();
    command.ancestors().skip(1).take(2).map(|folder| folder.join(BESIDE)).collect()
}
