//! The name and the file of the experiment, and the path from the file to the data.

use std::fs;
use std::path::{Component, Path, PathBuf};

use toddle_data::{DataError, Set};
use toddle_run::error::Error;
use toddle_run::files::{RealDisk, write_whole};

/// The file to which the experiment is written.
pub struct Destination {
    /// The name of the experiment.
    pub name: String,
    /// The path of the file, as the user wrote it.
    file: PathBuf,
    /// The folder of the file, without links.
    folder: PathBuf,
}

impl Destination {
    /// The file for the data at `place`: `out`, or a file in the current folder with the name of the data.
    ///
    /// **Errors:** if the file exists, or its folder does not exist.
    pub fn of(place: &str, out: Option<&Path>) -> Result<Destination, Error> {
        let name = match out {
            Some(out) => valid(&out.file_stem().unwrap_or_default().to_string_lossy()),
            None => name_of(place),
        };
        let file = out.map_or_else(|| PathBuf::from(format!("{name}.toml")), Path::to_owned);
        let folder = match file.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let refused = |expected: &str, got: String, remedy: &str| Error::Refused {
            what: format!("cannot write `{}`", file.display()),
            expected: expected.into(),
            got,
            remedy: remedy.into(),
        };
        let folder = match folder.canonicalize() {
            Ok(path) if path.is_dir() => path,
            Ok(_) => {
                let got = format!("`{}`, which is a file", folder.display());
                return Err(refused("a folder for the file", got, "--out with another place"));
            }
            Err(cause) => {
                let got = format!("`{}`: {cause}", folder.display());
                return Err(refused(
                    "a folder for the file",
                    got,
                    "making the folder, or --out with another place",
                ));
            }
        };
        if file.file_name().is_none() || file.is_dir() {
            let got = format!("`{}`, which is a folder", file.display());
            return Err(refused(
                "the name of a file",
                got,
                "--out with a file in it, as --out DIR/NAME.toml",
            ));
        }
        let destination = Destination { name, file, folder };
        destination.check_new()?;
        Ok(destination)
    }

    /// Refuses to write over a file.
    fn check_new(&self) -> Result<(), Error> {
        // A link without a target counts as a file, too.
        if fs::symlink_metadata(&self.file).is_err() {
            return Ok(());
        }
        Err(Error::Refused {
            what: format!("cannot write `{}`", self.file.display()),
            expected: "a file that is not there yet".into(),
            got: "an existing file, which is not overwritten".into(),
            remedy: "--out with another name, or moving the file away".into(),
        })
    }

    /// Writes the file, completely or not at all.
    pub fn write(&self, text: &str) -> Result<(), Error> {
        // Reading the data may have taken minutes, so the file may exist now.
        self.check_new()?;
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        write_whole(&RealDisk, &self.folder, &name, &|to| to.write_all(text.as_bytes()))
            .map_err(|cause| Error::Write { file: self.file.clone(), cause })
    }

    /// The path from the folder of the file to `path`. If `path` is outside of this folder, the absolute path.
    ///
    /// **Errors:** if the path does not exist, or is not Unicode, which TOML cannot write.
    pub fn way_to(&self, path: &Path) -> Result<String, Error> {
        let read = |cause| DataError::Read { name: path.display().to_string(), cause };
        let whole = path.canonicalize().map_err(read)?;
        let plain = std::path::absolute(path).unwrap_or_else(|_| whole.clone());
        let way = match (plain.strip_prefix(&self.folder), whole.strip_prefix(&self.folder)) {
            (Ok(way), _) if !way.components().any(|part| part == Component::ParentDir) => way,
            (_, Ok(way)) => way,
            _ => &whole,
        };
        match way.to_str() {
            Some("") => Ok(".".into()),
            Some(way) => Ok(way.into()),
            None => Err(Error::Refused {
                what: format!("cannot write the path of `{}` into an experiment", path.display()),
                expected: "a path in Unicode".into(),
                got: "other bytes".into(),
                remedy: "another name for the file or folder".into(),
            }),
        }
    }

    /// The file as the user types it in a shell.
    pub fn in_words(&self) -> String {
        let file = self.file.display().to_string();
        let is_plain = |c: char| c.is_alphanumeric() || "/\\._-+:~".contains(c);
        if file.chars().all(is_plain) { file } else { format!("'{}'", file.replace('\'', r"'\''")) }
    }
}

/// The name of an experiment for the data at `place`.
fn name_of(place: &str) -> String {
    let path = Path::new(place);
    // `.` and `..` have no name of their own, so the name of the real folder is taken.
    let whole = path.canonicalize().unwrap_or_default();
    let named = if path.file_name().is_some() { path } else { &whole };
    let packed = named.extension().is_some_and(|ending| ending == "gz").then(|| named.with_extension(""));
    let named = packed.as_deref().unwrap_or(named);
    let name = match Set::named(place).is_err() && !path.is_dir() {
        true => named.file_stem(),
        false => named.file_name(),
    };
    valid(&name.unwrap_or_default().to_string_lossy())
}

/// `name` without characters that are special for a shell or a file system.
fn valid(name: &str) -> String {
    let kept: String = name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).collect();
    let name = kept.trim_matches('-');
    if name.is_empty() { "experiment".into() } else { name.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid() {
        assert_eq!(valid("iris"), "iris");
        assert_eq!(valid("My photos (2)"), "My-photos--2");
        assert_eq!(valid("..."), "experiment");
        assert_eq!(name_of("data/house prices.csv"), "house-prices");
        assert_eq!(name_of("data/houses.csv.gz"), "houses");
    }
}
