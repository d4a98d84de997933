//! Files of somebody else are never overwritten, whatever a command is told to write to.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::{experiment, fail, png, refuse, succeed, text, toddle, xor};
use tempfile::TempDir;

/// All files below `folder`, and what is in them.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

/// A folder with a folder `theirs` in it, that has files of the names that a run has.
fn home() -> TempDir {
    let home = TempDir::new().unwrap();
    fs::create_dir(home.path().join("theirs")).unwrap();
    for name in ["model.safetensors", "metrics.csv", "curves.svg", "notes.txt"] {
        fs::write(home.path().join("theirs").join(name), name).unwrap();
    }
    home
}

#[test]
fn a_folder_with_other_files_is_refused() {
    let home = home();
    let before = files(home.path());
    let xor = experiment("xor.toml");
    for command in
        [&["train", &xor, "--out", "theirs"][..], &["reproduce", "--epochs", "1", "--out", "theirs"]]
    {
        let message = refuse(toddle(command).current_dir(&home));
        assert!(message.contains("`theirs`: the folder has other files"), "{message}");
        assert!(message.contains("`curves.svg`, `metrics.csv`, `model.safetensors` and 1 more"), "{message}");
        assert!(message.contains("try       --out theirs/"), "{message}");
        assert_eq!(files(home.path()), before);
    }
    // Nor is such a folder taken where nobody says which.
    fs::create_dir_all(home.path().join("runs/xor")).unwrap();
    fs::write(home.path().join("runs/xor/notes.txt"), "").unwrap();
    succeed(toddle(&["train", &xor, "--set", "train.epochs=1", "--quiet"]).current_dir(&home));
    assert!(home.path().join("runs/xor-2/model.safetensors").is_file());
    assert_eq!(fs::read_dir(home.path().join("runs/xor")).unwrap().count(), 1);
}

#[test]
fn the_folder_of_another_command_is_refused() {
    let home = TempDir::new().unwrap();
    let post = ["reproduce", "--only", "1-softmax", "--epochs", "1", "--quiet", "--out"];
    // Its own results are replaced.
    for _ in 0..2 {
        succeed(toddle(&post).arg("post").current_dir(&home));
    }
    xor(home.path(), "run", &["--set", "train.epochs=1"]);
    let before = files(home.path());
    let message = refuse(toddle(&post).arg("run").current_dir(&home));
    assert!(message.contains("`run`: the folder has other files"), "{message}");
    let message = refuse(toddle(&["train", &experiment("xor.toml"), "--out", "post"]).current_dir(&home));
    assert!(message.contains("`post`: the folder has other files"), "{message}");
    assert_eq!(files(home.path()), before);
}

#[test]
fn a_folder_that_looks_empty_is_taken() {
    let home = TempDir::new().unwrap();
    let out = home.path().join("out");
    fs::create_dir(&out).unwrap();
    for hidden in [".DS_Store", ".lock", "Thumbs.db"] {
        fs::write(out.join(hidden), "").unwrap();
    }
    xor(home.path(), "out", &["--set", "train.epochs=1"]);
    assert!(out.join("model.safetensors").is_file());
}

#[cfg(unix)]
#[test]
fn links_to_folders_are_followed() {
    let home = home();
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, home.path().join(name)).unwrap();
    fs::create_dir(home.path().join("empty")).unwrap();
    link("empty", "way");
    xor(home.path(), "way", &["--set", "train.epochs=1"]);
    assert!(home.path().join("empty/model.safetensors").is_file());
    link("theirs", "other way");
    let before = files(home.path());
    let message =
        refuse(toddle(&["train", &experiment("xor.toml"), "--out", "other way"]).current_dir(&home));
    assert!(message.contains("`other way`: the folder has other files"), "{message}");
    assert_eq!(files(home.path()), before);
}

/// An experiment that a user keeps in a folder does not make a run of the folder.
#[test]
fn a_users_experiment_is_no_run() {
    let home = TempDir::new().unwrap();
    let mine = home.path().join("experiment.toml");
    fs::copy(experiment("xor.toml"), &mine).unwrap();
    let before = files(home.path());
    let message = refuse(toddle(&["train", "experiment.toml", "--out", "."]).current_dir(&home));
    assert!(message.contains("`.`: the folder has other files"), "{message}");
    let message = refuse(toddle(&["train", "--resume", "."]).current_dir(&home));
    assert!(
        message.contains("there is no run") && message.contains("toddle train ./experiment.toml"),
        "{message}"
    );
    assert_eq!(files(home.path()), before);
}

#[test]
fn only_pictures_of_toddles_are_replaced() {
    let home = TempDir::new().unwrap();
    let run = |args: &[&str]| {
        let mut command = toddle(args);
        command.current_dir(&home);
        command
    };
    // Its own, again and again.
    for _ in 0..2 {
        succeed(&mut run(&["data", "show", "mnist", "--count", "2"]));
    }
    xor(home.path(), "a", &["--set", "train.epochs=1"]);
    for _ in 0..2 {
        succeed(&mut run(&["compare", "a", "a", "--out", "both.svg"]));
    }
    png(&home.path().join("photo.png"), 2, 2, png::ColorType::Grayscale, &[1, 2, 3, 4]);
    fs::write(home.path().join("drawing.svg"), "<svg/>").unwrap();
    let before = files(home.path());
    for (args, got) in [
        (&["data", "show", "mnist", "--out", "photo.png"][..], "`photo-2.png`"),
        (&["data", "show", "mnist", "--out", "a"], "`a/picture.png`"),
        (&["data", "show", "mnist", "--out", "photo.svg"], "`photo.png`"),
        (&["compare", "a", "a", "--out", "drawing.svg"], "`drawing-2.svg`"),
        (&["compare", "a", "a", "--out", "drawing.png"], "`drawing.svg`"),
    ] {
        let message = fail(&mut run(args));
        assert!(message.contains("cannot write a picture to `") && message.contains(got), "{message}");
    }
    assert_eq!(files(home.path()), before);
}

#[test]
fn a_file_in_the_place_of_a_fetched_one_is_kept() {
    let data = TempDir::new().unwrap();
    let folder = data.path().join("kmnist");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("train-images-idx3-ubyte.gz"), "mine").unwrap();
    let message = fail(&mut toddle(&["data", "fetch", "kmnist", "--folder", data.path().to_str().unwrap()]));
    assert!(message.contains("train-images-idx3-ubyte.gz") && message.contains("4 bytes"), "{message}");
    assert_eq!(fs::read(folder.join("train-images-idx3-ubyte.gz")).unwrap(), b"mine");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn the_folder_is_looked_at_before_the_samples_are_read() {
    let home = home();
    let file = home.path().join("mine.toml");
    let settings = fs::read_to_string(experiment("mnist-mlp.toml")).unwrap();
    fs::write(&file, settings.replace("set = \"mnist\"", "csv = \"nowhere.csv\"")).unwrap();
    let output = toddle(&["train", "mine.toml", "--out", "theirs"]).current_dir(&home).output().unwrap();
    assert!(
        text(&output.stderr).contains("`theirs`: the folder has other files"),
        "{}",
        text(&output.stderr)
    );
}
