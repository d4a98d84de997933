//! Files, folders and standard input as samples. The contents decide the kind of a file. If they do not, its name
//! decides.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toddle::escaped;
use toddle_data::{AskedFor, Budget, DataError, Model, Picture, Preparation, open_file};
use toddle_run::error::Error;

use super::subjects::Subjects;
use crate::output::note;

/// The name of standard input in messages.
const STDIN: &str = "standard input";

/// Adds the samples of all `paths`, and returns the errors of files that cannot be used.
pub fn add(paths: &[PathBuf], model: &Model, asked: &AskedFor, subjects: &mut Subjects) -> Vec<Error> {
    let mut reader = Reader { model, asked, preparation: None };
    let mut faults = Vec::new();
    for path in paths {
        if path.is_dir() {
            match pictures_below(path) {
                Ok(pictures) => {
                    for picture in pictures {
                        faults.extend(reader.add(&picture, subjects).err());
                    }
                }
                Err(fault) => faults.push(fault),
            }
        } else {
            faults.extend(reader.add(path, subjects).err());
        }
    }
    faults
}

/// Reads files for a network.
struct Reader<'a> {
    model: &'a Model,
    asked: &'a AskedFor,
    /// How pictures become samples, from the first picture on.
    preparation: Option<Preparation>,
}

impl Reader<'_> {
    fn add(&mut self, path: &Path, subjects: &mut Subjects) -> Result<(), Error> {
        let (name, contents) = match path.to_str() {
            Some("-") => (STDIN.to_owned(), Budget::read(STDIN, io::stdin().lock())?),
            _ => {
                let (name, (file, _)) = (path.display().to_string(), open_file(path)?);
                let contents = Budget::read(&name, file)?;
                (name, contents)
            }
        };
        if is_picture(path, &contents) {
            let preparation = self.preparation()?;
            let picture = Picture::decode(&name, &contents)?;
            subjects.add_picture(self.model, &preparation, picture, self.asked, name)?;
            return Ok(());
        }
        let samples = self.model.samples(&name, contents, self.asked)?;
        samples.notes.iter().for_each(|found| note(false, &escaped(found)));
        subjects.add(self.model, &samples.dataset, samples.known, self.asked, |i| samples.place(i))?;
        Ok(())
    }

    fn preparation(&mut self) -> Result<Preparation, Error> {
        if let Some(preparation) = self.preparation {
            return Ok(preparation);
        }
        let preparation = self.model.preparation(self.asked)?;
        if self.model.meaning().is_none() {
            note(
                false,
                &format!(
                    "`{}` does not describe its training pictures: toddle assumes {}",
                    escaped(self.model.name()),
                    preparation.ground.name()
                ),
            );
        }
        self.preparation = Some(preparation);
        Ok(preparation)
    }
}

/// Whether a file is, or by its name should be, a picture. A table may begin as a picture does: with a column `P1`.
fn is_picture(path: &Path, contents: &[u8]) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let is_table = matches!(ending.as_deref(), Some("csv" | "tsv" | "txt"));
    Picture::is_picture_name(path)
        || Picture::unread_kind(path).is_some()
        || !is_table && Picture::is_picture(contents)
}

fn unread(path: &Path, cause: io::Error) -> Error {
    DataError::Read { name: path.display().to_string(), cause }.into()
}

/// The picture files in a folder and all folders below it, in the order of their paths. Hidden files are passed over.
fn pictures_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut pictures = Vec::new();
    let mut seen = HashSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // A link may lead back to a folder above it.
        let place = fs::canonicalize(&folder).map_err(|cause| unread(&folder, cause))?;
        if !seen.insert(place) {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(|cause| unread(&folder, cause))? {
            let path = entry.map_err(|cause| unread(&folder, cause))?.path();
            let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if is_hidden {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if Picture::is_picture_name(&path) || Picture::unread_kind(&path).is_some() {
                pictures.push(path);
            }
        }
    }
    pictures.sort();
    if pictures.is_empty() {
        return Err(Error::Refused {
            what: format!("there are no pictures in `{}`", folder.display()),
            expected: format!(
                "files that end in {}, in the folder or below it",
                Picture::extensions().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ")
            ),
            got: "none".into(),
            remedy: "another folder, or the names of files: only pictures are found in folders".into(),
        });
    }
    Ok(pictures)
}
