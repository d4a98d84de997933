//! Images in a folder for each class.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::bounded::MAX_BYTES;
use crate::dataset::{Dataset, MAX_CLASSES};
use crate::error::DataError;
use crate::picture::Picture;

/// What to do with an image that cannot be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Damaged {
    /// The set is refused, and the image named.
    #[default]
    Refuse,
    /// The image is left out, and named in the report.
    Skip,
}

/// How to read a folder of images: each sub-folder is a class and bears its name, each PNG or JPEG file in it (and
/// in its own sub-folders) a sample.
///
/// Classes are in the order of their names, samples in the order of their paths within a class, byte by byte, so that
/// the same files give the same set everywhere. Names that begin with a dot, and files that do not end in `png`, `jpg`
/// or `jpeg`, are passed over. A file's contents say what it is. Transparent images are put on white;
/// 16 bits become 8.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `size` | `None` | height and width that images are resized to; by default all must have the same |
/// | `channels` | `None` | 1, grey, or 3, colour; by default 1 if every image is grey, else 3 |
/// | `damaged` | [`Damaged::Refuse`] | what to do with an image that cannot be used |
/// | `classes` | `None` | names of the classes, as those of the images to train on; by default the sub-folders |
///
/// **Trust:** an image's header is checked before memory is asked for: no more than its file can hold.
///
/// **Errors:** a [`DataError`] if a folder cannot be read, holds no image or more than [`MAX_CLASSES`] classes, if an image has
/// another size than the first and `size` is not given, or is damaged, unless those are skipped.
///
/// ```no_run
/// let reader = toddle_data::ImageFolder { size: Some([32, 32]), ..Default::default() };
/// let (pets, skipped) = reader.read("data/pets".as_ref())?;
/// println!("{} images of {:?}", pets.len(), pets.class_names());
/// assert!(skipped.is_empty()); // damaged images are refused unless asked otherwise
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageFolder {
    /// Height and width to resize to.
    pub size: Option<[usize; 2]>,
    /// 1 or 3.
    pub channels: Option<usize>,
    /// What to do with an image that cannot be used.
    pub damaged: Damaged,
    /// Names of the classes, in the order of their labels.
    pub classes: Option<Vec<String>>,
}

impl ImageFolder {
    /// The set in `folder`, and what was wrong with each image that was skipped.
    pub fn read(&self, folder: &Path) -> Result<(Dataset, Vec<DataError>), DataError> {
        let name = folder.display().to_string();
        self.check_settings(&name)?;
        let found: Vec<String> = entries(folder)?
            .into_iter()
            .filter(|path| path.is_dir())
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect();
        let classes = self.classes.clone().unwrap_or_else(|| found.clone());
        if let Some(stranger) = found.iter().find(|class| !classes.contains(class)) {
            let expected = format!("folders of these classes: {}", classes.join(", "));
            let remedy = "the same classes to test with as to train on";
            return Err(DataError::refused(name, expected, format!("a folder `{stranger}`"), remedy));
        }
        if !(1..=MAX_CLASSES).contains(&classes.len()) {
            let got = format!("{} sub-folders", classes.len());
            return Err(DataError::refused(
                name,
                format!("1 to {MAX_CLASSES} sub-folders, one a class"),
                got,
                "checking the folder",
            ));
        }
        let mut stack = Stack {
            channels: self.channels,
            size: self.size,
            resize: self.size.is_some(),
            held: self.channels.unwrap_or(1),
            bytes: Vec::new(),
        };
        let (mut labels, mut skipped) = (Vec::new(), Vec::new());
        for (label, class) in classes.iter().enumerate() {
            for path in images(&folder.join(class), found.contains(class))? {
                match Picture::read(&path).and_then(|picture| stack.push(&path, picture)) {
                    Ok(()) => labels.push(label as u32),
                    Err(fault) if self.damaged == Damaged::Skip => skipped.push(fault),
                    Err(fault) => return Err(fault),
                }
            }
        }
        let Some([height, width]) = stack.size.filter(|_| !labels.is_empty()) else {
            let got = match skipped.len() {
                0 => "none".to_owned(),
                skipped => format!("{skipped} that cannot be used"),
            };
            let expected = "PNG or JPEG images in its sub-folders, one a class";
            return Err(DataError::refused(name, expected, got, "checking the folder"));
        };
        let shape = [stack.held, height, width];
        let dataset = Dataset::new(&name, shape, stack.bytes, labels, classes.len())?;
        Ok((dataset.with_class_names(classes)?, skipped))
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
}

/// The images so far, all of one shape.
struct Stack {
    /// As was asked for.
    channels: Option<usize>,
    size: Option<[usize; 2]>,
    resize: bool,
    /// What `bytes` has: 1 until there is a colour, where either would do.
    held: usize,
    bytes: Vec<u8>,
}

impl Stack {
    fn push(&mut self, path: &Path, picture: Picture) -> Result<(), DataError> {
        let [colours, height, width] = picture.shape();
        let found = [height, width];
        let size = *self.size.get_or_insert(found);
        let refused = |expected: String, got: String, remedy: &str| {
            Err(DataError::refused(path.display().to_string(), expected, got, remedy))
        };
        if found != size && !self.resize {
            let [h, w] = size;
            let got = format!("{}×{}", found[0], found[1]);
            return refused(format!("{h}×{w} pixels, as the first image"), got, "a size to resize to");
        }
        let channels = self.channels.unwrap_or(self.held.max(colours));
        if channels > self.held {
            self.grey_to_colour(size);
        }
        let picture = picture.on_paper(255).with_channels(channels).resized(size);
        if self.bytes.len() + picture.bytes().len() > MAX_BYTES {
            let expected = format!("at most {MAX_BYTES} bytes of pixels in all");
            return refused(expected, "more".to_owned(), "a smaller size to resize to, or fewer images");
        }
        self.bytes.extend(picture.bytes());
        Ok(())
    }

    /// All images so far were grey: each of their planes comes three times.
    fn grey_to_colour(&mut self, [h, w]: [usize; 2]) {
        self.bytes = self.bytes.chunks_exact(h * w).flat_map(|plane| plane.repeat(3)).collect();
        self.held = 3;
    }
}

/// The images in a class's folder and below, in order. A class without a folder has none.
fn images(folder: &Path, is_there: bool) -> Result<Vec<PathBuf>, DataError> {
    let (mut images, mut folders) = (Vec::new(), Vec::new());
    folders.extend(is_there.then(|| folder.to_owned()));
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
            if path.is_dir() && !path.is_symlink() {
                folders.push(path); // links could lead round in a circle
            } else if matches!(extension.as_deref(), Some("png" | "jpg" | "jpeg")) {
                images.push(path);
            }
        }
    }
    images.sort();
    Ok(images)
}

/// What a folder holds, in order, but for names that begin with a dot.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let visible =
        |path: &PathBuf| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let list =
        || -> io::Result<Vec<PathBuf>> { fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect() };
    let mut paths = list().map_err(|cause| DataError::read(folder, cause))?;
    paths.retain(visible);
    paths.sort();
    Ok(paths)
}
