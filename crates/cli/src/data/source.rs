//! Samples from a named set, a folder, a table or an archive.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use toddle_data::{Arrays, Csv, Damaged, DataError, Dataset, Found, ImageFolder, Report, Set};

use crate::error::Error;
use crate::nearest::nearest;
use crate::output::note;

/// How samples are found and read.
#[derive(Args, Clone, Debug, Default)]
pub struct Source {
    /// Look for the files of named sets in this folder [default: $TODDLE_DATA, or the user's data folder]
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,

    /// Resize the images of a folder [default: all must have the same size]
    #[arg(long, value_name = "H×W", value_parser = size)]
    pub size: Option<[usize; 2]>,

    /// What to do with images of a folder that cannot be used
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub damaged: WhenDamaged,

    /// Take the images of a folder as grey, 1, or as colour, 3.
    #[arg(skip)]
    pub channels: Option<usize>,

    /// The classes that the images of a folder have.
    #[arg(skip)]
    pub classes: Option<Vec<String>>,
}

/// What to do with an image that cannot be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WhenDamaged {
    /// Name it and leave it out
    Skip,
    /// Name it and stop
    #[default]
    Refuse,
}

/// Which samples of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Half {
    /// Those to train on
    Train,
    /// Those to test with
    Test,
}

impl Half {
    /// As the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Half::Train => "train",
            Half::Test => "test",
        }
    }
}

impl Source {
    /// Half of the set `place`: its name, or a path. What has no halves is the same in both.
    pub fn read(&self, place: &str, half: Half) -> Result<Dataset, Error> {
        let path = Path::new(place);
        let is = |extension: &str| path.extension().is_some_and(|is| is.eq_ignore_ascii_case(extension));
        match Set::named(place) {
            Ok(set) => {
                let found = find(set, self.folder.as_deref())?;
                Ok(if half == Half::Train { found.train() } else { found.test() }?)
            }
            Err(_) if !path.exists() => {
                Err(unknown(place, "the path of your own data, or ", " and nothing there"))
            }
            Err(_) if path.is_dir() => self.read_folder(path, half),
            Err(_) if is("csv") => Ok(Csv::default().read(path)?),
            Err(_) if is("npz") || is("safetensors") => self.read_arrays(path, half),
            Err(_) => Err(Error::Refused {
                what: format!("cannot take samples from `{place}`"),
                expected: "a set's name, a folder, or a file that ends in .csv, .npz or .safetensors".into(),
                got: "another file".into(),
                remedy: "toddle data list, for the names".into(),
            }),
        }
    }

    /// Half of an archive or a folder of arrays.
    fn read_arrays(&self, path: &Path, half: Half) -> Result<Dataset, Error> {
        let reader = Arrays { classes: self.classes.clone() };
        match reader.half(path, half.into())? {
            Some(read) => Ok(said(read)),
            None => {
                Ok(said(reader.half(path, toddle_data::Half::Train)?.ok_or_else(|| no_half(path, half))?))
            }
        }
    }

    /// Half of a folder: arrays, or pictures in a folder for each class.
    fn read_folder(&self, path: &Path, half: Half) -> Result<Dataset, Error> {
        if Arrays::are_in(path) {
            return self.read_arrays(path, half);
        }
        let reader = ImageFolder {
            size: self.size,
            channels: self.channels,
            damaged: match self.damaged {
                WhenDamaged::Skip => Damaged::Skip,
                WhenDamaged::Refuse => Damaged::Refuse,
            },
            classes: self.classes.clone(),
        };
        match reader.half(path, half.into())? {
            Some(read) => Ok(said(read)),
            None => {
                Ok(said(reader.half(path, toddle_data::Half::Train)?.ok_or_else(|| no_half(path, half))?))
            }
        }
    }
}

impl From<Half> for toddle_data::Half {
    fn from(half: Half) -> toddle_data::Half {
        match half {
            Half::Train => toddle_data::Half::Train,
            Half::Test => toddle_data::Half::Test,
        }
    }
}

/// The samples, after what the reader found was said.
fn said((dataset, report): (Dataset, Report)) -> Dataset {
    for found in &report.notes {
        note(false, found);
    }
    for fault in &report.skipped {
        note(false, &format!("skipped: {fault}"));
    }
    dataset
}

fn no_half(path: &Path, half: Half) -> Error {
    Error::Refused {
        what: format!("cannot take samples from `{}`", path.display()),
        expected: format!("samples of the half `{}`", half.name()),
        got: "none".into(),
        remedy: "the other half".into(),
    }
}

/// The set called `name`.
pub fn named(name: &str) -> Result<&'static Set, Error> {
    Set::named(name).map_err(|_| unknown(name, "", ""))
}

/// Where the files of `set` are; the error has the command that fetches them.
pub fn find(set: &'static Set, folder: Option<&Path>) -> Result<Found, Error> {
    set.find(folder).map_err(|absent| match absent {
        DataError::Absent { set: name, files, places, remedy } => {
            let remedy = format!("toddle data fetch {}, or {remedy}", set.name());
            DataError::Absent { set: name, files, places, remedy }.into()
        }
        other => other.into(),
    })
}

/// What is said where no set has that name.
fn unknown(name: &str, or: &str, nor: &str) -> Error {
    let names = || Set::all().iter().map(Set::name);
    Error::Refused {
        what: format!("cannot find a set named `{name}`"),
        expected: format!("{or}one of {}", names().collect::<Vec<_>>().join(", ")),
        got: format!("no such name{nor}"),
        remedy: nearest(name, names()).unwrap_or("toddle data list, for what they are").into(),
    }
}

/// `28x28`, `28×28` or `28`.
fn size(text: &str) -> Result<[usize; 2], String> {
    let sides: Option<Vec<usize>> = text.split(['x', '×']).map(|side| side.parse().ok()).collect();
    match sides.as_deref() {
        Some(&[height, width]) => Ok([height, width]),
        Some(&[side]) => Ok([side, side]),
        _ => Err("a height and a width, as 28x28".into()),
    }
}
