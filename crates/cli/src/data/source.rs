//! Samples from a place that the command line names.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use toddle::escaped;
use toddle_data::{
    AskedFor, Damaged, DataError, DataSource, Dataset, Fit, Found, Half, Known, Missing, Model, Opened,
    Polarity, Range, Reading, Set,
};
use toddle_run::error::Error;
use toddle_run::nearest::nearest;

use crate::output::note;

/// How samples are found and read.
#[derive(Args, Clone, Debug, Default)]
pub struct Source {
    /// Look for the files of named sets in this folder [default: $TODDLE_DATA, or the user's data folder; mnist is
    /// built in]
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,

    /// Resize the pictures of a folder [default: all must have the same size]
    #[arg(long, value_name = "H×W", value_parser = size)]
    pub size: Option<[usize; 2]>,

    /// What to do with pictures of a folder that cannot be used
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub damaged: WhenDamaged,
}

/// How pictures and arrays are taken, where that is not as the model says.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Taken {
    /// How pictures get the size of the network's input [default: in the same way as in training]
    #[arg(long, value_name = "HOW")]
    pub fit: Option<Fitting>,

    /// What to do with a picture whose background differs from that of the training pictures: one is light, one is
    /// dark
    #[arg(long, value_name = "WHAT", default_value = "auto")]
    pub polarity: Inverting,

    /// The values of black and white in arrays of numbers, such as 0,255 [default: the numbers decide]
    #[arg(long, value_name = "BLACK,WHITE", value_parser = range, allow_hyphen_values = true)]
    pub range: Option<Range>,
}

/// How a picture is made to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fitting {
    /// Cut out the ink, and centre it as MNIST does
    Ink,
    /// Resize the whole picture
    Whole,
}

/// What to do if the background of a picture differs from that of the training pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Inverting {
    /// Keep it as it is
    AsIs,
    /// Invert it: black becomes white
    Invert,
    /// Invert it if all training pictures had the other background
    #[default]
    Auto,
}

/// What to do with a picture that cannot be used.
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
pub enum Part {
    /// The training samples
    Train,
    /// The validation samples, or the samples that were held out
    Validation,
    /// The test samples
    Test,
}

impl From<Part> for Half {
    fn from(part: Part) -> Half {
        match part {
            Part::Train => Half::Train,
            Part::Validation => Half::Validation,
            Part::Test => Half::Test,
        }
    }
}

impl Taken {
    /// The same for a model.
    pub fn asked(&self) -> AskedFor {
        let fit = self.fit.map(|fit| match fit {
            Fitting::Ink => Fit::Ink,
            Fitting::Whole => Fit::Whole,
        });
        let polarity = match self.polarity {
            Inverting::AsIs => Polarity::AsIs,
            Inverting::Invert => Polarity::Invert,
            Inverting::Auto => Polarity::Auto,
        };
        AskedFor { fit, polarity, range: self.range }
    }
}

impl Source {
    /// The samples of `place`: a set's name, or a path.
    pub fn open(&self, place: &str) -> Result<Opened, Error> {
        self.read(place, None)
    }

    /// The samples of `place` as `model` takes them: pictures prepared, columns and classes paired by name.
    pub fn open_for(&self, place: &str, model: &Model, asked: &AskedFor) -> Result<Opened, Error> {
        let preparation = model.image().is_some().then(|| model.preparation(asked)).transpose()?;
        let columns = model.meaning().and_then(|meaning| meaning.columns.as_ref());
        self.read(place, Some(Known { classes: model.classes(), preparation, columns }))
    }

    fn read(&self, place: &str, known: Option<Known>) -> Result<Opened, Error> {
        let source = DataSource::named(place, self.folder.clone()).map_err(|fault| match fault {
            DataError::Refused { .. } if !std::path::Path::new(place).exists() => {
                unknown(place, Some(&Missing::new(place.as_ref())))
            }
            fault => fault.into(),
        })?;
        let damaged = match self.damaged {
            WhenDamaged::Skip => Damaged::Skip,
            WhenDamaged::Refuse => Damaged::Refuse,
        };
        let opened = source
            .open(&Reading { size: self.size, damaged, known, ..Reading::default() })
            .map_err(fetchable)?;
        told(&opened.halves.report.notes, &opened.halves.report.skipped);
        Ok(opened)
    }
}

/// Prints the notes of a reader.
pub fn told(notes: &[String], skipped: &[DataError]) {
    notes.iter().for_each(|found| note(false, &escaped(found)));
    DataError::kinds(skipped).iter().for_each(|kind| note(false, &format!("skipped: {kind}")));
}

/// The samples of `half`. A set without halves has the same samples in all halves.
pub fn half(opened: Opened, half: Half) -> (Dataset, Half) {
    let toddle_data::Halves { train, validation, test, .. } = opened.halves;
    match (half, validation, test) {
        (Half::Validation, Some(set), _) => (set, Half::Validation),
        (Half::Test, _, Some(set)) => (set, Half::Test),
        _ => (train, Half::Train),
    }
}

/// The set called `name`.
pub fn named(name: &str) -> Result<&'static Set, Error> {
    Set::named(name).map_err(|_| unknown(name, None))
}

/// Where the files of `set` are; the error has the command that fetches them.
pub fn find(set: &'static Set, folder: Option<&std::path::Path>) -> Result<Found, Error> {
    Ok(set.find(folder).map_err(fetchable)?)
}

/// The error of a set whose files are not there, with the command that fetches them.
pub fn fetchable(fault: DataError) -> DataError {
    match fault {
        DataError::Absent { set, files, places, remedy } if !Set::named(&set).is_ok_and(Set::is_built_in) => {
            let remedy = format!("toddle data fetch {set}, or {remedy}");
            DataError::Absent { set, files, places, remedy }
        }
        other => other,
    }
}

/// The error that no set has this name and, if the name may be a path, that the path does not exist.
fn unknown(name: &str, path: Option<&Missing>) -> Error {
    let names = || Set::all().iter().map(Set::name);
    let (or, otherwise) = ("the path of your own data, or ", "toddle data list, which describes them");
    let remedy = match (nearest(name, names()), path) {
        (Some(set), _) => set.into(),
        (None, Some(path)) => path.remedy(otherwise),
        (None, None) => otherwise.into(),
    };
    Error::Refused {
        what: format!("cannot find a set named `{name}`"),
        expected: format!("{}one of {}", path.map_or("", |_| or), names().collect::<Vec<_>>().join(", ")),
        got: path.map_or("no such name".into(), |path| format!("no such name, and {}", path.got())),
        remedy,
    }
}

/// `28x28`, `28×28` or `28`.
fn size(text: &str) -> Result<[usize; 2], String> {
    let sides: Option<Vec<usize>> = text.split(['x', '×']).map(|side| side.parse().ok()).collect();
    match sides.as_deref() {
        Some(&[height, width]) => Ok([height, width]),
        Some(&[side]) => Ok([side, side]),
        _ => Err("a height and a width, such as 28x28".into()),
    }
}

/// `0,255` or `-1,1`.
fn range(text: &str) -> Result<Range, String> {
    let ends: Option<Vec<f32>> = text.split(',').map(|end| end.trim().parse().ok()).collect();
    match ends.as_deref() {
        Some(&[black, white]) if (Range { black, white }).is_valid() => Ok(Range { black, white }),
        _ => Err("two different numbers, the values of black and white, such as 0,255 or -1,1".into()),
    }
}
