//! Looks at the data, and chooses the settings that read them.

use std::path::Path;

use toddle_data::{Columns, Damaged, DataSource, Dataset, Half, Opened, Reading, TableSettings};
use toddle_run::error::Error;

use super::goal::{Goal, listed};
use super::place::Destination;
use super::sizes::Sizes;
use super::table;
use super::text::{Setting, quoted};

/// If there are fewer samples, none are held out.
const LEAST_TO_HOLD_OUT: usize = 20;

/// If there are fewer samples, a fifth of them is held out, so that the validation has enough samples.
const FEW: usize = 1000;

/// Rows of at least this many bytes are pictures if the number is a square.
const LEAST_PIXELS: usize = 64;

/// The results of looking at the data.
pub struct Found {
    /// A short line about the data.
    pub what: String,
    /// The goal.
    pub goal: Goal,
    /// A short line about the split of the samples.
    pub split: String,
    /// The settings of `[data]`.
    pub settings: Vec<Setting>,
    /// Channels, height and width of a sample.
    pub shape: [usize; 3],
    /// The number of samples that are left to train on.
    pub samples: usize,
    /// Whether there are validation samples.
    pub is_validated: bool,
    /// The notes of the reader.
    pub notes: Vec<String>,
}

impl Found {
    /// Reads the data at `place`, for an experiment that is written to `destination`. A table is read as the user has said in
    /// `given`.
    ///
    /// **Errors:** if they cannot be read, or if there is nothing to learn.
    pub fn at(place: &str, destination: &Destination, given: &TableSettings) -> Result<Found, Error> {
        check_kind(place)?;
        let source = DataSource::named(place, None)?;
        check_given(place, &source, given)?;
        let (mut settings, opened) = match &source {
            DataSource::Set { name, folder } => {
                let mut settings =
                    vec![Setting::new("set", quoted(name), "A data set that toddle knows by its name.")];
                if let Some(folder) = folder {
                    let way = destination.way_to(folder)?;
                    settings.push(Setting::new("folder", quoted(&way), "The folder with its files."));
                }
                (settings, source.open(&Reading::default())?)
            }
            DataSource::Images { path, .. } => pictures(&source, path, destination)?,
            DataSource::Csv { path, .. } => table::read(path, destination, given)?,
            _ => {
                let way = destination.way_to(Path::new(place))?;
                let setting = Setting::new("npz", quoted(&way), "Arrays: samples and their targets.");
                (vec![setting], source.open(&Reading::default())?)
            }
        };
        let Opened { mut halves, columns } = opened;
        let mut notes = std::mem::take(&mut halves.report.notes);
        let train = &halves.train;
        check_targets(place, &source, train)?;
        let mut shape = train.shape();
        if let Some(side) = side_of_flat_pictures(train) {
            shape = [1, side, side];
            let why = format!("A row of {} pixels is a picture of {side}×{side}.", side * side);
            settings.push(Setting::new("shape", format!("[1, {side}, {side}]"), why));
        }
        let goal = Goal::of(train);
        let what = described(train, shape, columns.as_ref());
        settings[0].reason =
            [what_is_learned(&goal, &what, columns.as_ref()), settings[0].reason.clone()].join(" ");

        let (test, validation) = (halves.half(Half::Test), halves.half(Half::Validation));
        let (setting, samples) = split(train.len(), validation.map(Dataset::len), test.map(Dataset::len));
        let is_validated = validation.is_some() || train.len() >= LEAST_TO_HOLD_OUT;
        settings.push(setting);
        settings.push(Setting::new(
            "scaling",
            quoted("standard"),
            "Each value minus the mean, divided by the standard deviation. Both are those of the training samples.",
        ));
        if matches!(goal, Goal::Numbers { .. }) {
            settings.push(Setting::new(
                "target_scaling",
                quoted("standard"),
                "The same for the numbers to learn. The answers of the trained network are converted back.",
            ));
        }
        if let DataSource::Set { name, folder: None } = &source
            && Path::new(place).exists()
        {
            notes.push(format!("`{name}` is the data set of this name; `./{place}` is the file or folder"));
        }
        let held = validation.map_or(train.len() - samples, Dataset::len);
        let test = test.map_or(String::new(), |test| format!(", {} to test with", test.len()));
        let held = if held == 0 { "none".to_owned() } else { held.to_string() };
        let split = format!("{samples} samples to train on, {held} to validate with{test}");
        Ok(Found { what, goal, split, settings, shape, samples, is_validated, notes })
    }
}

/// Refuses files that are only one half of the data.
fn check_kind(place: &str) -> Result<(), Error> {
    let path = Path::new(place);
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let remedy = if name.ends_with(".npy") || name.ends_with(".npy.gz") {
        "npy = { inputs = \"x.npy\", targets = \"y.npy\" } in an experiment; or one .npz file with both arrays"
    } else if ["idx1-ubyte", "idx3-ubyte", ".idx"].iter().any(|part| name.contains(part)) {
        "the folder of both files; or idx = { images = \"…\", labels = \"…\" } in an experiment"
    } else {
        return Ok(());
    };
    if !path.is_file() {
        return Ok(());
    }
    Err(Error::Refused {
        what: format!("cannot learn from `{place}` alone"),
        expected: "samples and their targets".into(),
        got: "one array, either samples or targets".into(),
        remedy: remedy.into(),
    })
}

/// Refuses settings of tables for other data.
fn check_given(place: &str, source: &DataSource, given: &TableSettings) -> Result<(), Error> {
    if matches!(source, DataSource::Csv { .. }) || *given == TableSettings::default() {
        return Ok(());
    }
    Err(Error::Refused {
        what: format!("cannot read `{place}` as a table"),
        expected: "a table, as the options --target, --drop, --header and the like are for tables".into(),
        got: "other data".into(),
        remedy: "leaving these options out".into(),
    })
}

/// Refuses data from which nothing can be learned.
fn check_targets(place: &str, source: &DataSource, train: &Dataset) -> Result<(), Error> {
    let refused = |expected: &str, got: String, remedy: &str| {
        Err(Error::Refused {
            what: format!("there is nothing to learn in `{place}`"),
            expected: expected.into(),
            got,
            remedy: remedy.into(),
        })
    };
    let numbers = train.numbers();
    let [first, rest @ ..] = train.labels() else {
        let are_same = train.target_size() == 1 && numbers.windows(2).all(|pair| pair[0] == pair[1]);
        if are_same {
            let got = format!("the number {} for each sample", numbers.first().copied().unwrap_or(0.0));
            let remedy = match source {
                DataSource::Csv { .. } => "another target column",
                _ => "other targets",
            };
            return refused("numbers that differ", got, remedy);
        }
        return Ok(());
    };
    if train.classes() < 2 || rest.iter().all(|label| label == first) {
        let got =
            format!("one class: {}", listed(&train.class_names()[*first as usize..=*first as usize], 1));
        let remedy = match source {
            DataSource::Images { .. } => "a folder for each class",
            DataSource::Csv { .. } => {
                "another target column, or more rows; cells such as nan, NA and null count as empty"
            }
            _ => "targets of several classes",
        };
        return refused("two classes or more", got, remedy);
    }
    Ok(())
}

/// A folder of pictures.
fn pictures(
    source: &DataSource,
    path: &Path,
    destination: &Destination,
) -> Result<(Vec<Setting>, Opened), Error> {
    let way = destination.way_to(path)?;
    let mut settings =
        vec![Setting::new("images", quoted(&way), "A folder that has a folder for each class.")];
    let sizes = Sizes::of(path);
    let (mut size, mut damaged) = (None, Damaged::Refuse);
    let open = |size, damaged| source.open(&Reading { size, damaged, ..Reading::default() });
    let resized = sizes.as_ref().map(Sizes::chosen);
    let mut opened = match &sizes {
        Some(sizes) if !sizes.are_fine() => {
            size = resized;
            open(size, damaged)
        }
        _ => open(size, damaged),
    };
    // Among the pictures that were not measured, some may have another size, and some may be damaged.
    if opened.is_err()
        && size.is_none()
        && resized.is_some()
        && let Ok(again) = open(resized, damaged)
    {
        size = resized;
        opened = Ok(again);
    }
    if opened.is_err() && resized.is_some() {
        let other = size.or(resized.filter(|_| sizes.as_ref().is_some_and(|sizes| !sizes.are_fine())));
        if let Ok(again) = open(other, Damaged::Skip) {
            (size, damaged) = (other, Damaged::Skip);
            opened = Ok(again);
        }
    }
    let opened = opened?;
    if let (Some([height, width]), Some(sizes)) = (size, &sizes) {
        let [h, w] = sizes.median;
        let why = match sizes.are_same {
            true => format!("The pictures have {h}×{w} pixels. Smaller pictures are enough for a beginning."),
            false => format!("The pictures have different sizes, with a median of {h}×{w}. All are resized."),
        };
        settings.push(Setting::new("size", format!("[{height}, {width}]"), why));
    }
    if damaged == Damaged::Skip {
        let why = match opened.halves.report.skipped.len() {
            1 => "One picture cannot be read. It is left out.".to_owned(),
            count => format!("{count} pictures cannot be read. They are left out."),
        };
        settings.push(Setting::new("damaged", quoted("skip"), why));
    }
    Ok((settings, opened))
}

/// The setting of the validation, and the number of samples that are left to train on.
fn split(count: usize, validation: Option<usize>, test: Option<usize>) -> (Setting, usize) {
    let tested = match test {
        Some(test) => format!(" The {test} test samples measure the network at the end."),
        None => String::new(),
    };
    let setting = |value: &str, why: String| Setting::new("validation", value.to_owned(), why + &tested);
    if let Some(validation) = validation {
        let why = format!("The data have {validation} samples of their own to validate with.");
        return (setting(&quoted("valid"), why), count);
    }
    if count < LEAST_TO_HOLD_OUT {
        let why = "There are too few samples to hold some out, so the results say little about new samples.";
        return (setting(&quoted("none"), why.into()), count);
    }
    let (part, percent) = if count < FEW { (0.2, 20) } else { (0.1, 10) };
    let why = format!("{percent} % of the training samples are held out to validate with after each epoch.");
    let held = (count as f64 * part).ceil() as usize;
    (setting(&format!("{{ fraction = {part} }}"), why), count - held)
}

/// The side of pictures that are rows of bytes.
pub fn side_of_flat_pictures(train: &Dataset) -> Option<usize> {
    let [pixels, 1, 1] = train.shape() else { return None };
    let side = pixels.isqrt();
    (train.values().are_bytes() && side * side == pixels && pixels >= LEAST_PIXELS).then_some(side)
}

/// The samples in a short line.
fn described(train: &Dataset, [channels, height, width]: [usize; 3], columns: Option<&Columns>) -> String {
    let count = train.len();
    if height * width > 1 {
        let colour = match channels {
            1 => " in grey".to_owned(),
            3 => " in colour".to_owned(),
            channels => format!(" of {channels} channels"),
        };
        return format!("{count} pictures{colour} of {height}×{width} pixels");
    }
    match columns {
        Some(columns) => {
            let read = columns.inputs.len();
            let inputs =
                if columns.width() == read { String::new() } else { format!(" ({channels} inputs)") };
            let columns = if read == 1 { "column" } else { "columns" };
            format!("{count} rows of {read} {columns}{inputs}")
        }
        None if channels == 1 => format!("{count} rows of 1 number"),
        None => format!("{count} rows of {channels} numbers"),
    }
}

/// A sentence about the goal.
fn what_is_learned(goal: &Goal, what: &str, columns: Option<&Columns>) -> String {
    match (goal, columns) {
        (Goal::Classes(names), _) => format!("{} classes: {}. {what}.", names.len(), listed(names, 12)),
        (Goal::Several(width), _) => format!("{width} targets, each of them 1 (yes) or 0 (no). {what}."),
        (Goal::Numbers { .. }, Some(columns)) => {
            format!("A number to learn, {}. {what}.", listed(&columns.target_names(), 12))
        }
        (Goal::Numbers { width, .. }, None) => format!("{width} numbers to learn. {what}."),
    }
}
