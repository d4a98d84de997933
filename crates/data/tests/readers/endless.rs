//! Files that have no end, or are no files: they are named as what they are, and nothing waits for them.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use toddle_data::{
    Archive, Array, Arrays, Cifar, DataError, DataSource, Model, Picture, Table, TableSettings,
};

/// What each reader says of the path.
fn read(path: &Path) -> Vec<(&'static str, DataError)> {
    vec![
        ("array", Array::read(path).unwrap_err()),
        ("archive", Archive::open(path).map(|_| ()).unwrap_err()),
        ("halves", Arrays::default().files(path, path).map(|_| ()).unwrap_err()),
        ("picture", Picture::read(path).unwrap_err()),
        ("table", Table::open(path, &TableSettings::default()).map(|_| ()).unwrap_err()),
        ("model", Model::open(path).map(|_| ()).unwrap_err()),
        ("cifar", Cifar::ten(path).test().map(|_| ()).unwrap_err()),
    ]
}

#[test]
fn pipes_and_devices_are_named() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (path, what) in [(pipe.as_path(), "a pipe"), (Path::new("/dev/zero"), "a device")] {
        for (reader, error) in read(path) {
            let message = error.to_string();
            assert!(message.contains(&format!("got       {what}")), "{reader}: {message}");
            assert_eq!(message.lines().count(), 4, "{message}");
        }
        // The name of the pipe does not say which data it has.
        let message = DataSource::named(path.to_str().unwrap(), None).unwrap_err().to_string();
        assert!(message.contains(&format!("got       {what}")), "{message}");
    }
}

#[test]
fn a_folder_in_place_of_a_file_is_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    for error in [Array::read(path).unwrap_err(), Picture::read(path).unwrap_err()] {
        assert!(error.to_string().contains("got       a folder"), "{error}");
    }
}
