//! Pictures in a folder for each class.

mod layout;
mod stack;
mod tree;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, MAX_CLASSES};
use crate::error::DataError;
use crate::halves::{Half, Halves, Names, Report, counted};
use crate::kind::{Kind, first_bytes};
use crate::picture::Picture;
use crate::prepare::Preparation;

use layout::{HalfFolder, Layout};
use stack::Stack;
use tree::Tree;

/// What to do with a picture that cannot be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Damaged {
    /// The data are refused, and the message names the picture.
    #[default]
    Refuse,
    /// The picture is left out, and the report names it.
    Skip,
}

/// How to read a folder of pictures. Each sub-folder is a class with the name of the sub-folder. Each picture in it, or in a
/// folder below it, is a sample.
///
/// The sub-folders may be halves instead: `train`, `valid` and `test`, or other names of [`Half::named`]. Then the classes are the
/// folders in them. A class may have the name of a half if its pictures are directly in its folder and other classes are beside
/// it. A folder that can be understood in two ways is refused.
///
/// Classes are in the order of their names, and the samples of a class in the order of their paths, byte by byte. So the same
/// files give the same set everywhere. Transparent pictures are put on white. 16 bits become 8.
///
/// | found | what happens |
/// |---|---|
/// | PNG, JPEG, BMP, WebP, GIF and TIFF, by the end of the name | read; the contents say which of them a file is |
/// | HEIC, AVIF, SVG, PSD and other pictures that are not read | refused, or left out if `damaged` says so |
/// | a damaged picture | refused, or left out if `damaged` says so |
/// | a picture of another size than the first | refused, unless `size` is given |
/// | other files; hidden files, `__MACOSX`, `Thumbs.db`, `desktop.ini`; links to folders inside of a class | left out and reported |
/// | pictures beside the folders of classes | left out and reported |
/// | a folder without pictures | not a class, unless `classes` has it; reported |
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `size` | `None` | height and width that pictures are resized to; by default all must have the same |
/// | `channels` | `None` | 1, grey, or 3, colour; by default 1 if every picture is grey, else 3 |
/// | `damaged` | [`Damaged::Refuse`] | what to do with a picture that cannot be used |
/// | `classes` | `None` | names of the classes, as those of the pictures to train on; by default the sub-folders |
///
/// **Trust:** a picture's header is checked before memory is allocated, and no more is allocated than its file can hold.
///
/// **Errors:** a [`DataError`] if a folder cannot be read, or has no picture, more than [`MAX_CLASSES`] classes, or a class that is
/// not among `classes`; and in the cases of the table.
///
/// ```no_run
/// let reader = toddle_data::ImageFolder { size: Some([32, 32]), ..Default::default() };
/// let pets = reader.halves("data/pets")?; // train/cat, train/dog, test/cat, test/dog
/// println!("{} pictures of {:?}", pets.train.len(), pets.train.class_names());
/// pets.report.notes.iter().for_each(|note| println!("{note}"));
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageFolder {
    /// Height and width to resize to.
    pub size: Option<[usize; 2]>,
    /// 1 or 3.
    pub channels: Option<usize>,
    /// What to do with a picture that cannot be used.
    pub damaged: Damaged,
    /// Names of the classes, in the order of their labels.
    pub classes: Option<Vec<String>>,
    /// How pictures are prepared for a trained network, whose shape they then have; by default they are only resized.
    pub preparation: Option<Preparation>,
}

/// A folder of classes that was read.
struct Read {
    dataset: Dataset,
    /// A picture with its height and width: other halves must have the same.
    like: ([usize; 2], PathBuf),
    /// How many pictures in colour became grey.
    greyed: usize,
}

impl ImageFolder {
    /// The set in `folder`, whose sub-folders are classes.
    ///
    /// ```no_run
    /// let (cats, report) = toddle_data::ImageFolder::default().read("data/cats")?;
    /// assert!(report.skipped.is_empty()); // damaged pictures are refused unless asked otherwise
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn read(&self, folder: impl AsRef<Path>) -> Result<(Dataset, Report), DataError> {
        let folder = folder.as_ref();
        let mut report = Report::default();
        match self.layout(folder, &mut report)? {
            Layout::Classes(tree) => {
                let dataset = self.read_tree(tree, None, &mut report)?.dataset;
                Ok((dataset, report))
            }
            Layout::Halves(halves) => {
                let names = Names::of(halves.iter().map(|half| &half.name));
                let expected = "sub-folders that are classes";
                let remedy = format!("reading for example `{}`, or all halves", halves[0].path.display());
                let got = format!("halves: {names}");
                Err(DataError::refused(folder.display().to_string(), expected, got, remedy))
            }
        }
    }

    /// All halves in `folder`. If its sub-folders are classes, all samples are to train on.
    ///
    /// Every half has the classes of the training half, though a class may have no samples in it. All pictures have one size and
    /// the same number of channels.
    ///
    /// **Errors:** also if there is no half to train on.
    pub fn halves(&self, folder: impl AsRef<Path>) -> Result<Halves, DataError> {
        self.halves_from(folder.as_ref(), &[Half::Train])
    }

    /// As [`halves`](ImageFolder::halves), to measure a network with: without a half to train on, another one takes its place.
    pub(crate) fn to_measure(&self, folder: &Path) -> Result<Halves, DataError> {
        self.halves_from(folder, &[Half::Train, Half::Test, Half::Validation])
    }

    /// All halves; the first of `leading` that is there takes the place of the one to train on.
    fn halves_from(&self, folder: &Path, leading: &[Half]) -> Result<Halves, DataError> {
        let mut report = Report::default();
        let halves = match self.layout(folder, &mut report)? {
            Layout::Halves(halves) => halves,
            Layout::Classes(tree) => {
                let train = self.read_tree(tree, None, &mut report)?.dataset;
                return Ok(Halves { report, ..Halves::of(train, None) });
            }
        };
        let find = |half| halves.iter().find(|folder: &&HalfFolder| folder.half == half);
        let Some(train) = leading.iter().find_map(|half| find(*half)) else {
            let got = Names::of(halves.iter().map(|half| &half.name)).to_string();
            let remedy = "adding a folder `train`, or reading one of these alone";
            return Err(DataError::refused(folder.display().to_string(), "a folder `train`", got, remedy));
        };
        let leads = train.half;
        let tree = Tree::read(&train.path, folder, &[])?;
        let Read { dataset: train, like, .. } = self.read_tree(tree, None, &mut report)?;
        let others = ImageFolder {
            channels: Some(train.shape()[0]),
            classes: Some(train.class_names().to_vec()),
            ..self.clone()
        };
        let mut other = |half| -> Result<Option<Dataset>, DataError> {
            let Some(half) = find(half).filter(|half| half.half != leads) else { return Ok(None) };
            let tree = Tree::read(&half.path, folder, &[])?;
            if tree.is_empty() {
                report.note(format!("The folder `{}` has no picture and was not read.", half.name));
                return Ok(None);
            }
            let read = others.read_tree(tree, Some(&like), &mut report)?;
            if read.greyed > 0 && self.channels.is_none() {
                let count = counted(read.greyed, "picture was", "pictures were");
                report.note(format!("{count} made grey in `{}`, like the training pictures.", half.name));
            }
            Ok(Some(read.dataset))
        };
        let (validation, test) = (other(Half::Validation)?, other(Half::Test)?);
        Ok(Halves { train, validation, test, leading: leads, report })
    }

    /// One half in `folder`; `None` if it has no such half. If its sub-folders are classes, all samples are to train on.
    ///
    /// Pictures of other halves are not opened. Classes are those of the half to train on if there is such, unless
    /// `classes` says otherwise; channels are those of the pictures read, unless `channels` says otherwise.
    pub fn half(&self, folder: impl AsRef<Path>, half: Half) -> Result<Option<(Dataset, Report)>, DataError> {
        let folder = folder.as_ref();
        let mut report = Report::default();
        let (tree, reader) = match self.layout(folder, &mut report)? {
            Layout::Classes(_) if half != Half::Train => return Ok(None),
            Layout::Classes(tree) => (tree, self.clone()),
            Layout::Halves(halves) => {
                let find = |half| halves.iter().find(|folder: &&HalfFolder| folder.half == half);
                let Some(wanted) = find(half) else { return Ok(None) };
                let mut reader = self.clone();
                if let (None, Some(train)) = (&reader.classes, find(Half::Train)) {
                    let tree = Tree::read(&train.path, folder, &[])?;
                    reader.classes = Some(tree.classes.into_iter().map(|class| class.name).collect());
                }
                let tree = Tree::read(&wanted.path, folder, &[])?;
                if tree.is_empty() {
                    return Ok(None);
                }
                (tree, reader)
            }
        };
        let dataset = reader.read_tree(tree, None, &mut report)?.dataset;
        Ok(Some((dataset, report)))
    }

    fn layout(&self, folder: &Path, report: &mut Report) -> Result<Layout, DataError> {
        self.check_settings(&folder.display().to_string())?;
        Layout::of(folder, self.classes.as_deref(), report)
    }

    /// Reads the pictures of a folder of classes; they must be `like` others.
    fn read_tree(
        &self,
        tree: Tree,
        like: Option<&([usize; 2], PathBuf)>,
        report: &mut Report,
    ) -> Result<Read, DataError> {
        let name = tree.root.display().to_string();
        tree.note(self.classes.as_deref(), report);
        self.check_classes(&tree)?;
        self.check_kinds(&tree)?;
        let classes = match &self.classes {
            Some(classes) => classes.clone(),
            None => tree.classes.iter().map(|class| class.name.clone()).collect(),
        };
        let places: HashMap<&String, u32> = classes.iter().zip(0..).collect();
        let mut stack = Stack::new(self.size, self.channels, like, self.preparation);
        let (mut labels, mut skipped, mut lost) = (Vec::new(), Vec::new(), Vec::new());
        for class in &tree.classes {
            let (label, before) = (places[&class.name], labels.len());
            for path in &class.pictures {
                match Picture::read(path) {
                    Ok(picture) => stack.push(path, picture).map(|()| labels.push(label))?,
                    Err(fault) if self.damaged == Damaged::Skip => skipped.push((path, fault)),
                    Err(fault) => return Err(fault),
                }
            }
            if labels.len() == before {
                lost.push(&class.name);
            }
        }
        if !skipped.is_empty() {
            let mut names = Names::default();
            skipped.iter().for_each(|(path, _)| names.push_path(path, &tree.root));
            let count = names.counted("picture", "pictures");
            report.note(format!("Left out in `{name}`: {count} that cannot be used: {names}."));
        }
        if !lost.is_empty() {
            report.note(format!("No picture is left of these classes in `{name}`: {}.", Names::of(lost)));
        }
        let (count, greyed, like) = (skipped.len(), stack.greyed(), stack.like());
        report.skipped.extend(skipped.into_iter().map(|(_, fault)| fault));
        let (Some((shape, bytes)), Some(like)) = (stack.finish(), like) else {
            let remedy = "saving the pictures again, as PNG";
            let got = format!("{count} that cannot be used");
            return Err(DataError::refused(name, "one picture or more that can be used", got, remedy));
        };
        let dataset = Dataset::new(&name, shape, bytes, labels, classes.len())?.with_class_names(classes)?;
        Ok(Read { dataset, like, greyed })
    }

    fn check_settings(&self, name: &str) -> Result<(), DataError> {
        let refused = |expected: &str, got: String| {
            Err(DataError::refused(name, expected, got, "changing the settings of the reader"))
        };
        match (self.channels, self.size) {
            (Some(channels), _) if channels != 1 && channels != 3 => {
                refused("1 channel or 3", channels.to_string())
            }
            (_, Some([h, w])) if !(1..=1024).contains(&h) || !(1..=1024).contains(&w) => {
                refused("a size of 1×1 to 1024×1024", format!("{h}×{w}"))
            }
            _ => Ok(()),
        }
    }

    /// **Errors:** unless there are classes, all of them among those that are known.
    fn check_classes(&self, tree: &Tree) -> Result<(), DataError> {
        let root = tree.root.display();
        let refused = |expected: &str, got: String, remedy: String| {
            Err(DataError::refused(root.to_string(), expected, got, remedy))
        };
        let found = Names::of(tree.classes.iter().map(|class| &class.name));
        let expected = format!("pictures in a folder for each class: {}", Picture::kinds());
        match (&self.classes, &tree.classes[..]) {
            (_, []) if !tree.loose.is_empty() => {
                let got = format!("{} in the folder itself", tree.loose.counted("picture", "pictures"));
                refused(
                    &expected,
                    got,
                    "sorting the pictures into folders of classes, such as cat and dog".to_owned(),
                )
            }
            (_, []) if tree.empty.is_empty() => {
                let arrays = arrays_in(&tree.root);
                match arrays.is_empty() {
                    true => {
                        let remedy = format!("checking that `{root}` is the right folder");
                        refused(&expected, "no folders".to_owned(), remedy)
                    }
                    false => {
                        let got = format!(
                            "no folders, but {} of an array: {arrays}",
                            arrays.counted("file", "files")
                        );
                        let remedy = "in an experiment, idx = { images = \"…\", labels = \"…\" } for files in the format of MNIST, or \
                                      npy = { inputs = \"…\", targets = \"…\" } for NumPy's";
                        refused(&expected, got, remedy.to_owned())
                    }
                }
            }
            (_, []) => {
                let got = format!("folders without pictures: {}", Names::of(&tree.empty));
                refused(&expected, got, format!("checking that `{root}` is the right folder"))
            }
            (None, [only]) if only.is_nested => {
                let got = format!("the one folder `{}`, with pictures in {}", only.name, only.folders());
                let remedy = format!("reading `{}`", tree.root.join(&only.name).display());
                refused("a folder for each class, with its pictures", got, remedy)
            }
            (None, classes) if classes.len() > MAX_CLASSES => {
                let remedy = "fewer classes".to_owned();
                refused(&format!("1 to {MAX_CLASSES} classes"), format!("{}", classes.len()), remedy)
            }
            (Some(known), classes) => {
                let names: HashSet<&String> = known.iter().collect();
                match classes.iter().find(|class| !names.contains(&class.name)) {
                    None => Ok(()),
                    Some(stranger) => {
                        let got = format!("folders of {found:#}: `{}` is none of the classes", stranger.name);
                        let remedy = "the same classes as the pictures to train on".to_owned();
                        refused(&format!("folders of the classes {:#}", Names::of(known)), got, remedy)
                    }
                }
            }
            _ => Ok(()),
        }
    }

    /// **Errors:** if there are pictures of kinds that are not read, unless those are left out. Said before any is read.
    fn check_kinds(&self, tree: &Tree) -> Result<(), DataError> {
        let mut unread = Names::default();
        for path in tree.classes.iter().flat_map(|class| class.unread()) {
            unread.push_path(path, &tree.root);
        }
        if unread.is_empty() || self.damaged == Damaged::Skip {
            return Ok(());
        }
        let name = tree.root.display().to_string();
        let got = format!("{} of another kind: {unread}", unread.counted("picture", "pictures"));
        let remedy = "converting them to PNG, or damaged = \"skip\", which leaves them out";
        Err(DataError::refused(name, format!("pictures that are {}", Picture::kinds()), got, remedy))
    }
}

/// The files in `folder` that begin as arrays.
fn arrays_in(folder: &Path) -> Names {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let mut arrays = Names::default();
    for path in paths {
        let begin = first_bytes(&path).unwrap_or_default();
        if Kind::of(&path.to_string_lossy(), &begin) == Kind::Array {
            arrays.push_path(&path, folder);
        }
    }
    arrays
}
