//! Whether the sub-folders of a folder are classes, or halves that hold classes.

use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::halves::{Half, Names, Report};

use super::tree::{Look, Tree, sub_folders};

/// How a folder of pictures is laid out.
pub(super) enum Layout {
    /// Its sub-folders are classes.
    Classes(Tree),
    /// Its sub-folders are halves, each with a folder for each class. Every half comes at most once.
    Halves(Vec<HalfFolder>),
}

/// A sub-folder that has the name of a half.
pub(super) struct HalfFolder {
    pub half: Half,
    pub name: String,
    pub path: PathBuf,
    look: Look,
}

impl Layout {
    /// Looks at the sub-folders of `root`.
    ///
    /// A folder with the name of a half is a class if `known`, the classes of a network, has that name. It is one, too, if
    /// pictures lie in the folder itself, classes lie beside it, and no other folder has the name of a half.
    ///
    /// **Errors:** if the sub-folders can be understood in two ways, or a half holds pictures without classes.
    pub fn of(root: &Path, known: Option<&[String]>, report: &mut Report) -> Result<Layout, DataError> {
        let name = root.display().to_string();
        let mut halves = Vec::new();
        for (name, path) in sub_folders(root)? {
            let is_class = known.is_some_and(|classes| classes.contains(&name));
            if let Some(half) = Half::named(&name).filter(|_| !is_class) {
                halves.push(HalfFolder { half, look: Look::of(&path)?, name, path });
            }
        }
        let tree = Tree::read(root, root, &halves.iter().map(|half| half.name.as_str()).collect::<Vec<_>>())?;
        halves.retain(|half| {
            if half.look == Look::Nothing {
                report.note(format!("The folder `{}` has no picture and was not read.", half.name));
            }
            half.look != Look::Nothing
        });
        match (&halves[..], &tree.classes[..]) {
            ([], _) => Ok(Layout::Classes(tree)),
            ([half], [_, ..]) if half.look == Look::Pictures => {
                let half = &half.name;
                report.note(format!(
                    "`{half}` was read as a class: it has pictures, and there are other classes beside it."
                ));
                Ok(Layout::Classes(Tree::read(root, root, &[])?))
            }
            (_, [_, ..]) => {
                let beside = Names::of(tree.classes.iter().map(|class| &class.name));
                let half = &halves[0].name;
                let expected =
                    "sub-folders that are all classes, or all halves: train, valid (val, dev) and test";
                let got = format!("`{half}`, which has the name of a half, and beside it {beside}");
                let remedy = match halves.len() {
                    1 => format!("moving the classes into `{half}`, or renaming `{half}` if it is a class"),
                    _ => format!("giving the halves these names, and moving everything else into `{half}`"),
                };
                Err(DataError::refused(name, expected, got, remedy))
            }
            (_, []) => {
                check_halves(&name, &mut halves)?;
                tree.note(known, report);
                Ok(Layout::Halves(halves))
            }
        }
    }
}

/// Puts the halves in order.
///
/// **Errors:** if one holds pictures without classes, or two are the same half.
fn check_halves(name: &str, halves: &mut [HalfFolder]) -> Result<(), DataError> {
    halves.sort_by_key(|half| half.half);
    if let Some(bare) = halves.iter().find(|half| half.look == Look::Pictures) {
        let expected = format!("a folder for each class in `{}`", bare.name);
        let remedy = match halves.iter().find(|half| half.look == Look::Folders) {
            Some(other) => {
                format!("sorting them into such folders, or reading only `{}`", other.path.display())
            }
            None => "sorting them into such folders".to_owned(),
        };
        return Err(DataError::refused(name, expected, "pictures and no folders", remedy));
    }
    match halves.windows(2).find(|pair| pair[0].half == pair[1].half) {
        None => Ok(()),
        Some(pair) => {
            let expected = format!("one folder for the half `{}`", pair[0].half.name());
            let got = format!("`{}` and `{}`", pair[0].name, pair[1].name);
            Err(DataError::refused(name, expected, got, "putting both into one, or moving one elsewhere"))
        }
    }
}
