//! What lies in a folder of classes, before a picture is opened.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::halves::{Half, Names, Report, look_alike};
use crate::missing::Missing;
use crate::picture::Picture;

/// A folder's sub-folders with their pictures, and all that is no picture of a class.
pub(super) struct Tree {
    /// The folder itself.
    pub root: PathBuf,
    /// Sub-folders that hold pictures, in the order of their names, byte by byte.
    pub classes: Vec<Class>,
    /// Sub-folders that hold none.
    pub empty: Vec<String>,
    /// Pictures that lie in the folder itself.
    pub loose: Names,
    others: Others,
}

/// A sub-folder of pictures.
pub(super) struct Class {
    pub name: String,
    /// In the order of their paths, byte by byte.
    pub pictures: Vec<PathBuf>,
    /// The sub-folders that hold some of the pictures.
    folders: Vec<String>,
    /// Whether no picture lies in the class's folder itself.
    pub is_nested: bool,
}

impl Class {
    /// Those of the pictures that are of a kind that cannot be read.
    pub fn unread(&self) -> impl Iterator<Item = &PathBuf> {
        self.pictures.iter().filter(|path| Picture::unread_kind(path).is_some())
    }

    /// The sub-folders that hold pictures.
    pub fn folders(&self) -> Names {
        Names::of(&self.folders)
    }
}

/// What is passed over.
#[derive(Default)]
struct Others {
    hidden: Names,
    no_pictures: Names,
    links: Names,
}

impl Tree {
    /// What lies in the folder `root`, but for the sub-folders `without`. Notes name files as they are seen from the folder
    /// `base`.
    ///
    /// **Errors:** if a folder cannot be read, or the names of two sub-folders are alike where they can be shown.
    pub fn read(root: &Path, base: &Path, without: &[&str]) -> Result<Tree, DataError> {
        let mut tree = Tree {
            root: root.to_owned(),
            classes: Vec::new(),
            empty: Vec::new(),
            loose: Names::default(),
            others: Others::default(),
        };
        let mut names = BTreeSet::new();
        for entry in entries(root)? {
            match entry.kind {
                EntryKind::Hidden => tree.others.hidden.push_path(&entry.path, base),
                EntryKind::Folder { linked: true } if leads_round(&entry.path, root) => {
                    tree.others.links.push_path(&entry.path, base);
                }
                EntryKind::Folder { .. } if without.contains(&&*entry.name.to_string_lossy()) => {}
                EntryKind::Folder { .. } => {
                    tree.add(&entry, base)?;
                    if !names.insert(entry.name.to_string_lossy().into_owned()) {
                        return Err(tree.same_name(&entry));
                    }
                }
                EntryKind::File if is_picture(&entry.path) => tree.loose.push_path(&entry.path, base),
                EntryKind::File | EntryKind::Other => tree.others.no_pictures.push_path(&entry.path, base),
            }
        }
        Ok(tree)
    }

    fn add(&mut self, folder: &Entry, base: &Path) -> Result<(), DataError> {
        let class = self.others.pictures(folder, base)?;
        match class.pictures.is_empty() {
            true => self.empty.push(class.name),
            false => self.classes.push(class),
        }
        Ok(())
    }

    fn same_name(&self, folder: &Entry) -> DataError {
        let got = format!(
            "two names that are shown as `{}`, because their bytes are not UTF-8",
            folder.name.to_string_lossy()
        );
        let name = self.root.display().to_string();
        DataError::refused(name, "sub-folders with different names", got, "renaming one of them")
    }

    /// Whether there is no picture at all.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty() && self.loose.is_empty()
    }

    /// Says what is no picture of a class. Folders of the classes `known` may be empty.
    pub fn note(&self, known: Option<&[String]>, report: &mut Report) {
        let mut note = |names: &Names, one: &str, more: &str, what: &str| {
            if !names.is_empty() {
                report.note(format!("{} {what}: {names}.", names.counted(one, more)));
            }
        };
        let is_known = |class: &String| known.is_some_and(|classes| classes.contains(class));
        let empty = Names::of(self.empty.iter().filter(|class| !is_known(class)));
        let Others { hidden, no_pictures, links } = &self.others;
        note(&empty, "folder without pictures is", "folders without pictures are", "not a class");
        note(&self.loose, "picture was", "pictures were", "left out, outside the folders of classes");
        let (one, more) =
            ("file without the name of a picture was", "files without the name of a picture were");
        note(no_pictures, one, more, "left out");
        note(hidden, "hidden or system file was", "hidden or system files were", "left out");
        note(links, "link to a folder was", "links to folders were", "left out");
        for class in self.classes.iter().filter(|class| !class.folders.is_empty()) {
            let Class { name, folders, .. } = class;
            let is_half = |path: &&String| path.split(['/', '\\']).any(|part| Half::named(part).is_some());
            let halves = match folders.iter().any(|path| is_half(&path)) {
                true => " Halves inside of classes are not kept apart.",
                false => "",
            };
            report.note(format!(
                "The class `{name}` has pictures in sub-folders, too: {}.{halves}",
                class.folders()
            ));
        }
        let names: Vec<String> = self.classes.iter().map(|class| class.name.clone()).collect();
        look_alike(&names).into_iter().for_each(|note| report.note(note));
    }
}

impl Others {
    /// The class in `folder`: the pictures there and in all folders below.
    ///
    /// Links to folders are not followed: they could lead round in a circle.
    fn pictures(&mut self, folder: &Entry, base: &Path) -> Result<Class, DataError> {
        let (name, folder) = (folder.name.to_string_lossy().into_owned(), &folder.path);
        let (mut pictures, mut folders) = (Vec::new(), BTreeSet::new());
        let mut to_read = vec![folder.clone()];
        while let Some(below) = to_read.pop() {
            for Entry { path, kind: entry, .. } in entries(&below)? {
                match entry {
                    EntryKind::Hidden => self.hidden.push_path(&path, base),
                    EntryKind::Folder { linked: true } => self.links.push_path(&path, base),
                    EntryKind::Folder { linked: false } => to_read.push(path),
                    EntryKind::File if is_picture(&path) => {
                        if below != *folder {
                            folders
                                .insert(below.strip_prefix(folder).unwrap_or(&below).display().to_string());
                        }
                        pictures.push(path);
                    }
                    EntryKind::File | EntryKind::Other => self.no_pictures.push_path(&path, base),
                }
            }
        }
        pictures.sort();
        let is_nested = pictures.iter().all(|path| path.parent() != Some(folder));
        Ok(Class { name, pictures, folders: folders.into_iter().collect(), is_nested })
    }
}

/// How a folder looks that has the name of a half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// It holds folders.
    Folders,
    /// It holds pictures and no folder.
    Pictures,
    /// It holds neither.
    Nothing,
}

impl Look {
    pub fn of(folder: &Path) -> Result<Look, DataError> {
        let mut look = Look::Nothing;
        for entry in entries(folder)? {
            match entry.kind {
                EntryKind::Folder { .. } => return Ok(Look::Folders),
                EntryKind::File if is_picture(&entry.path) => look = Look::Pictures,
                _ => {}
            }
        }
        Ok(look)
    }
}

/// The sub-folders of `folder`, in order, but for hidden ones.
pub(super) fn sub_folders(folder: &Path) -> Result<Vec<(String, PathBuf)>, DataError> {
    let is_folder = |entry: &Entry| matches!(entry.kind, EntryKind::Folder { .. });
    let named = |entry: Entry| (entry.name.to_string_lossy().into_owned(), entry.path);
    Ok(entries(folder)?.into_iter().filter(is_folder).map(named).collect())
}

struct Entry {
    name: OsString,
    path: PathBuf,
    kind: EntryKind,
}

#[derive(Clone, Copy)]
enum EntryKind {
    /// What the system or a program put there for itself.
    Hidden,
    Folder {
        linked: bool,
    },
    /// A file, or a link that leads nowhere.
    File,
    /// A pipe or a device, from which reading might never end.
    Other,
}

/// What a folder holds, in the order of the names, byte by byte.
fn entries(folder: &Path) -> Result<Vec<Entry>, DataError> {
    let refused = |cause: io::Error| {
        let otherwise = format!("checking that `{}` is a folder that may be opened", folder.display());
        let (got, remedy) = match cause.kind() {
            io::ErrorKind::NotFound => {
                let missing = Missing::new(folder);
                (missing.got(), missing.remedy(&otherwise))
            }
            _ => (cause.to_string(), otherwise),
        };
        DataError::refused(folder.display().to_string(), "a folder that can be read", got, remedy)
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        let (name, path) = (entry.file_name(), entry.path());
        let kind = entry.file_type().map_err(refused)?;
        let linked = kind.is_symlink();
        let kind =
            if linked { fs::metadata(&path).map(|target| target.file_type()).unwrap_or(kind) } else { kind };
        let kind = match () {
            _ if is_hidden(&name.to_string_lossy()) => EntryKind::Hidden,
            _ if kind.is_dir() => EntryKind::Folder { linked },
            _ if kind.is_file() || kind.is_symlink() => EntryKind::File,
            _ => EntryKind::Other,
        };
        found.push(Entry { name, path, kind });
    }
    found.sort_by(|a, b| a.name.as_encoded_bytes().cmp(b.name.as_encoded_bytes()));
    Ok(found)
}

/// Names that systems, archives and notebooks leave in folders.
fn is_hidden(name: &str) -> bool {
    const SYSTEM: [&str; 8] = [
        "__macosx",
        "__pycache__",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "@eadir",
        "$recycle.bin",
        "lost+found",
    ];
    name.starts_with('.') || SYSTEM.contains(&&*name.to_lowercase())
}

/// Whether the link leads to a folder that holds `root`.
fn leads_round(link: &Path, root: &Path) -> bool {
    match (fs::canonicalize(link), fs::canonicalize(root)) {
        (Ok(target), Ok(root)) => root.starts_with(target),
        _ => false,
    }
}

/// Whether a file of this name should be a picture, also one of a kind that is not read.
fn is_picture(path: &Path) -> bool {
    Picture::is_picture_name(path) || Picture::unread_kind(path).is_some()
}
