//! The file of a picture or a report. A file that toddle has not drawn is never overwritten.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use toddle_look::{chart, picture, report};

use crate::error::Error;
use crate::folder::Folder;

/// The format of a file that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Pixels.
    Png,
    /// Lines and text.
    Svg,
    /// A page.
    Html,
}

/// A file to which a picture or a report may be written: a new file, or one that toddle has written.
#[derive(Debug)]
pub struct Target {
    folder: Folder,
    name: String,
}

/// Writes a PNG or SVG picture, or a report in HTML, completely or not at all. The folder is made if it does not exist.
///
/// # Errors
/// As for [`Target::new`], or the file cannot be written.
pub fn save(file: &Path, picture: &[u8]) -> Result<(), Error> {
    Target::new(file, Format::of(picture))?.write(picture)
}

/// The number of bytes at the beginning of a picture that contain the mark of toddle.
const BEGINNING: u64 = 1024;

impl Format {
    /// The format of a file that toddle has made.
    pub fn of(picture: &[u8]) -> Format {
        match picture {
            [0x89, b'P', b'N', b'G', ..] => Format::Png,
            [b'<', b'!', b'd', ..] => Format::Html,
            _ => Format::Svg,
        }
    }

    /// The ending of the names of such files.
    fn ending(self) -> &'static str {
        match self {
            Format::Png => "png",
            Format::Svg => "svg",
            Format::Html => "html",
        }
    }

    /// What such a file is called in messages.
    fn what(self) -> &'static str {
        match self {
            Format::Png | Format::Svg => "picture",
            Format::Html => "report",
        }
    }
}

impl Target {
    /// Checks that `file` may be written to, and makes its folder if it does not exist.
    ///
    /// # Errors
    /// The path is a folder, has the ending of another format, or is a file that toddle has not made.
    pub fn new(file: &Path, format: Format) -> Result<Target, Error> {
        let (ending, what) = (format.ending(), format.what());
        let refuse = |expected: &str, got: &str, remedy: PathBuf| {
            Err(Error::Refused {
                what: format!("cannot write a {what} to `{}`", file.display()),
                expected: expected.into(),
                got: got.into(),
                remedy: format!("`{}`", remedy.display()),
            })
        };
        let Some(name) = file.file_name().filter(|_| !file.is_dir()) else {
            let picture = file.join(format!("{what}.{ending}"));
            return refuse("the name of a file", "a folder", picture);
        };
        let is_other = |other: &str| !other.eq_ignore_ascii_case(ending);
        if let Some(other) = file.extension().map(|other| other.to_string_lossy()).filter(|it| is_other(it)) {
            let expected = format!("a name that ends in .{ending}, the format of the {what}");
            return refuse(&expected, &format!(".{other}"), file.with_extension(ending));
        }
        if fs::symlink_metadata(file).is_ok() && !is_own(file) {
            let stem = file.file_stem().unwrap_or(name).to_string_lossy();
            let other = file.with_file_name(format!("{stem}-2.{ending}"));
            let expected = format!(
                "a new file, or a {what} that toddle has made: files of others are never overwritten"
            );
            return refuse(&expected, "another file", other);
        }
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = name.to_string_lossy().into_owned();
        Ok(Target { folder: Folder::open(parent, &[&name])?, name })
    }

    /// Writes the picture, completely or not at all.
    pub fn write(&self, picture: &[u8]) -> Result<(), Error> {
        self.folder.write(&self.name, picture)
    }
}

/// Whether toddle has made `file`.
fn is_own(file: &Path) -> bool {
    let beginning = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if fs::metadata(file)?.is_file() {
            File::open(file)?.take(BEGINNING).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    };
    let beginning = beginning().unwrap_or_default();
    let holds = |mark: &[u8]| beginning.windows(mark.len()).any(|bytes| bytes == mark);
    let marks = [&picture::MARK.join("\0"), chart::MARK, report::MARK];
    marks.iter().any(|mark| holds(mark.as_bytes()))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use toddle_look::chart::Chart;
    use toddle_look::picture::Canvas;

    use super::*;

    fn svg() -> String {
        let text = String::new;
        Chart { title: text(), heading: text(), subtitle: text(), legend: Vec::new(), panels: Vec::new() }
            .svg()
    }

    #[test]
    fn only_pictures_of_toddles_are_replaced() {
        let folder = TempDir::new().unwrap();
        let file = |name: &str| folder.path().join(name);
        let write = |name: &str, picture: &[u8]| {
            Target::new(&file(name), Format::of(picture)).and_then(|target| target.write(picture))
        };
        for _ in 0..2 {
            write("a.png", &Canvas::new(3, 2).png()).unwrap();
            write("a.svg", svg().as_bytes()).unwrap();
            write("new/plain", svg().as_bytes()).unwrap();
        }
        let mut foreign = Vec::new();
        png::Encoder::new(&mut foreign, 1, 1).write_header().unwrap().write_image_data(&[7]).unwrap();
        for (name, content) in [("b.png", &foreign[..]), ("b.svg", b"<svg/>"), ("empty.svg", b"")] {
            fs::write(file(name), content).unwrap();
            let picture = if name.ends_with("png") { Canvas::new(3, 2).png() } else { svg().into() };
            let message = write(name, &picture).unwrap_err().to_string();
            assert!(message.contains("files of others are never overwritten"), "{message}");
            assert_eq!(fs::read(file(name)).unwrap(), content);
        }
        for (name, expected) in [("c.jpg", "ends in .svg"), ("new", "a folder"), ("..", "a folder")] {
            let message = write(name, svg().as_bytes()).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_and_devices_are_files_of_somebody_else() {
        let folder = TempDir::new().unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("link.svg")).unwrap();
        assert!(Target::new(&folder.path().join("link.svg"), Format::Svg).is_err());
        assert!(Target::new(Path::new("/dev/null"), Format::Svg).is_err());
    }
}
