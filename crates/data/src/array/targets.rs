//! What an array of targets means: labels of classes, or numbers to be learned.

use std::collections::{BTreeSet, HashMap};

use crate::dataset::MAX_CLASSES;
use crate::error::{DataError, shape};
use crate::halves::{Names, Report, counted, look_alike};
use crate::values::{Sort, Values};

use super::{Array, ArrayValues};

const AS_NUMBERS: &str = "saving the targets as float32, if they are numbers to be learned";

/// What an array of targets was found to hold.
pub(super) struct Found {
    /// The array's name, for messages.
    pub name: String,
    pub kind: Kind,
}

pub(super) enum Kind {
    /// Whole numbers from 0, one a sample.
    Labels(Vec<u32>),
    /// A name of a class for each sample: the place of it in `names`.
    Named { ids: Vec<u32>, names: Vec<String> },
    /// The places of the ones, where every row is a single 1 among zeros.
    OneHot { labels: Vec<u32>, classes: usize },
    /// `width` numbers a sample.
    Numbers { numbers: Vec<f32>, width: usize },
}

/// What the targets of all halves are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Classes of these names, in the order of their labels.
    Classes(Vec<String>),
    /// So many numbers a sample.
    Numbers(usize),
}

impl Found {
    /// Tells what `y` holds by its type, its dimensions and its values.
    pub fn of(y: Array, report: &mut Report) -> Result<Found, DataError> {
        y.check()?;
        let Array { name, dims, values } = y;
        let refused =
            |expected: &str, got: String, remedy: &str| Err(DataError::refused(&name, expected, got, remedy));
        let width = match dims[..] {
            [_] => 1,
            [_, width] => width,
            _ => {
                let (expected, remedy) = ("one target a sample, or one row of them", "reshaping the array");
                return refused(expected, format!("an array of {}", shape(&dims)), remedy);
            }
        };
        let kind = match values {
            ArrayValues::Words { .. } if width != 1 => {
                return refused("one word a sample", format!("{width}"), "one column of names of classes");
            }
            ArrayValues::Words { ids, words } => {
                if let Some(empty) = words.iter().position(String::is_empty) {
                    let sample = ids.iter().position(|&id| id as usize == empty).unwrap_or(0);
                    let remedy = "leaving such samples out";
                    return refused("a name of a class", format!("none at sample {sample}"), remedy);
                }
                Kind::Named { ids, names: words }
            }
            ArrayValues::Numbers(values) => {
                let numbers = widened(&name, &values)?;
                match values.sort() {
                    Sort::Bytes if width == 1 => {
                        Kind::Labels(numbers.into_iter().map(|label| label as u32).collect())
                    }
                    Sort::Whole if width == 1 => labels(&name, &numbers, report)?,
                    _ => rows(&name, numbers, width, report),
                }
            }
        };
        Ok(Found { name, kind })
    }

    /// The same targets as numbers to be learned, but for words.
    pub fn into_numbers(self) -> Found {
        let Found { name, kind } = self;
        let kind = match kind {
            Kind::Labels(labels) => {
                Kind::Numbers { numbers: labels.iter().map(|&label| label as f32).collect(), width: 1 }
            }
            Kind::OneHot { labels, classes } => {
                let row = |label| (0..classes as u32).map(move |class| f32::from(u8::from(class == label)));
                Kind::Numbers {
                    numbers: labels.iter().flat_map(|&label| row(label)).collect(),
                    width: classes,
                }
            }
            Kind::Named { ids, names } => {
                match names.iter().map(|name| name.parse().ok()).collect::<Option<Vec<f32>>>() {
                    Some(of) => {
                        Kind::Numbers { numbers: ids.iter().map(|&id| of[id as usize]).collect(), width: 1 }
                    }
                    None => Kind::Named { ids, names },
                }
            }
            Kind::Numbers { numbers, width } => Kind::Numbers { numbers, width },
        };
        Found { name, kind }
    }

    /// Whether the targets are numbers to be learned, so many a sample.
    pub fn are_numbers(&self, count: usize) -> bool {
        matches!(&self.kind, Kind::Numbers { width, .. } if *width == count)
    }

    /// The samples that have targets.
    pub fn len(&self) -> usize {
        match &self.kind {
            Kind::Labels(labels) | Kind::OneHot { labels, .. } => labels.len(),
            Kind::Named { ids, .. } => ids.len(),
            Kind::Numbers { numbers, width } => numbers.len().checked_div(*width).unwrap_or(0),
        }
    }

    /// **Errors:** if the labels have no names, but the classes of a trained network have other names than numbers.
    pub fn check_names(&self, trained: &[String]) -> Result<(), DataError> {
        let numbered = match &self.kind {
            Kind::Labels(_) => are_whole(trained),
            Kind::OneHot { .. } => count_from_0(trained),
            Kind::Named { .. } | Kind::Numbers { .. } => true,
        };
        if numbered {
            return Ok(());
        }
        let labels = Names::of((0..self.classes()).map(|class| class.to_string()));
        Err(DataError::refused(
            &self.name,
            format!("names of classes: {:#}", Names::of(trained)),
            format!("labels without names: {labels:#}"),
            "the names of the classes as targets, because it is not known which number means which name",
        ))
    }

    /// The label of each sample among the classes of these names.
    ///
    /// Names are looked up. Whole numbers are, too, where all classes are called by whole numbers; else they count the
    /// classes from 0.
    ///
    /// **Errors:** if a class is none of these, or the targets are no labels.
    pub fn labels(&self, classes: &[String]) -> Result<Vec<u32>, DataError> {
        let stranger = |sample: usize, name: &str| {
            let expected = format!("the classes {:#}", Names::of(classes));
            let got = format!("`{name}` at sample {sample}");
            Err(DataError::refused(&self.name, expected, got, "the same classes as the samples to train on"))
        };
        let place = |name: &str| classes.iter().position(|class| class == name);
        match &self.kind {
            Kind::Named { ids, names } => {
                let places: Vec<Option<usize>> = names.iter().map(|name| place(name)).collect();
                let label = |(sample, &id): (usize, &u32)| match places[id as usize] {
                    Some(label) => Ok(label as u32),
                    None => stranger(sample, &names[id as usize]),
                };
                ids.iter().enumerate().map(label).collect()
            }
            Kind::Labels(labels) if !count_from_0(classes) && are_whole(classes) => {
                let mut places = HashMap::new();
                let label = |(sample, &label): (usize, &u32)| {
                    let name = || label.to_string();
                    match places.entry(label).or_insert_with(|| place(&name())) {
                        Some(place) => Ok(*place as u32),
                        None => stranger(sample, &name()),
                    }
                };
                labels.iter().enumerate().map(label).collect()
            }
            Kind::OneHot { classes: width, .. } if *width != classes.len() => Err(DataError::refused(
                &self.name,
                format!("rows of {}, one number a class: {:#}", classes.len(), Names::of(classes)),
                format!("rows of {width}"),
                "the same classes as the samples to train on",
            )),
            Kind::Labels(labels) | Kind::OneHot { labels, .. } => {
                match labels.iter().position(|&label| label as usize >= classes.len()) {
                    None => Ok(labels.clone()),
                    Some(sample) => Err(DataError::Label {
                        name: self.name.clone(),
                        sample,
                        label: labels[sample],
                        classes: classes.len(),
                    }),
                }
            }
            Kind::Numbers { width, .. } => {
                let got = format!(
                    "{} a sample",
                    counted(*width, "floating-point number", "floating-point numbers")
                );
                let expected = format!("labels of the classes {:#}", Names::of(classes));
                Err(DataError::refused(&self.name, expected, got, "saving labels as integers"))
            }
        }
    }
}

/// The numbers of the targets.
///
/// **Errors:** if there is no memory for them, or they cannot be read.
fn widened(name: &str, values: &Values) -> Result<Vec<f32>, DataError> {
    Array::ask(name, values.len(), size_of::<f32>())?;
    let numbers = values.to_vec();
    values.check_read(name)?;
    Ok(numbers)
}

/// Whole numbers, one a sample.
fn labels(name: &str, numbers: &[f32], report: &mut Report) -> Result<Kind, DataError> {
    /// Labels below 0 do not count the classes. If they are few, and each comes again, they are names of classes.
    const FEW: usize = 20;
    let most = MAX_CLASSES as f32 - 1.0;
    let mut different: Vec<i64> = Vec::new();
    let are_few = numbers.iter().all(|&number| {
        let is_new = number.abs() <= most && !different.contains(&(number as i64));
        different.extend(is_new.then_some(number as i64));
        number.abs() <= most && different.len() <= FEW
    });
    different.sort_unstable();
    let come_again = different.len() <= 2 || 2 * different.len() <= numbers.len();
    if are_few && come_again && different.first().is_some_and(|&least| least < 0) {
        let names: Vec<String> = different.iter().map(i64::to_string).collect();
        let classes = counted(names.len(), "class", "classes");
        report.note(format!(
            "`{name}` has labels below 0: its numbers were taken as the names of {classes}, {}.",
            names.join(", ")
        ));
        let place = |number: &f32| different.binary_search(&(*number as i64)).unwrap_or_default() as u32;
        return Ok(Kind::Named { ids: numbers.iter().map(place).collect(), names });
    }
    match numbers.iter().position(|label| !(0.0..=most).contains(label)) {
        None => Ok(Kind::Labels(numbers.iter().map(|&label| label as u32).collect())),
        Some(at) => {
            let got = format!("{} at sample {at}", numbers[at]);
            let remedy = format!("labels that count from 0, or {AS_NUMBERS}");
            Err(DataError::refused(name, format!("labels from 0 to {most}"), got, remedy))
        }
    }
}

/// Rows of numbers.
fn rows(name: &str, numbers: Vec<f32>, width: usize, report: &mut Report) -> Kind {
    if width > 1 && numbers.chunks_exact(width).all(is_one_hot) {
        let place = |row: &[f32]| row.iter().position(|&number| number == 1.0).unwrap_or(0) as u32;
        return Kind::OneHot { labels: numbers.chunks_exact(width).map(place).collect(), classes: width };
    }
    // Beyond this many different numbers, they are hardly classes.
    const FEW: usize = 50;
    if width == 1 && numbers.iter().all(|number| number.fract() == 0.0) {
        let mut different = BTreeSet::new();
        let few = numbers.iter().all(|&number| {
            different.insert(number as i64);
            different.len() <= FEW
        });
        if few && different.len() < numbers.len() {
            report.note(format!(
                "`{name}` holds floating-point numbers, which were taken as numbers to be learned, though all are \
                 whole and only {} are different. If they are classes, save them as integers.",
                different.len()
            ));
        }
    }
    Kind::Numbers { numbers, width }
}

fn is_one_hot(row: &[f32]) -> bool {
    row.iter().all(|&number| number == 0.0 || number == 1.0) && row.iter().sum::<f32>() == 1.0
}

impl Meaning {
    /// What the targets of the halves are, of which the first is the one to train on; `known` are the classes of a
    /// network that was trained before, which has none if it was trained on numbers. Targets that could be classes become
    /// numbers if the others are numbers.
    ///
    /// **Errors:** if the halves do not agree, or have numbers where classes are known.
    pub fn of(
        halves: &mut Vec<Found>,
        known: Option<&[String]>,
        report: &mut Report,
    ) -> Result<Meaning, DataError> {
        // Rows of yes and no may by chance have a single yes each.
        let are_numbers = match (known, halves.first().map(|first| &first.kind)) {
            (Some(known), _) => known.is_empty(),
            (None, Some(Kind::OneHot { classes, .. })) => {
                halves.iter().any(|half| half.are_numbers(*classes))
            }
            (None, first) => matches!(first, Some(Kind::Numbers { .. })),
        };
        if are_numbers {
            *halves = halves.drain(..).map(Found::into_numbers).collect();
        }
        for half in &*halves {
            if let Kind::OneHot { classes, .. } = half.kind {
                report.note(format!(
                    "`{}` is one-hot, a single 1 in each row of {classes}: its place was taken as the label.",
                    half.name
                ));
            }
        }
        if let Some(known) = known.filter(|known| !known.is_empty()) {
            return Ok(Meaning::Classes(known.to_vec()));
        }
        let Some(first) = halves.first() else { return Ok(Meaning::Numbers(0)) };
        for other in &halves[1..] {
            let (expected, got) = (first.in_words(), other.in_words());
            if expected != got {
                let expected = format!("{expected}, as in `{}`", first.name);
                return Err(DataError::refused(&other.name, expected, got, "saving both in the same way"));
            }
        }
        match &first.kind {
            Kind::Numbers { width, .. } => Ok(Meaning::Numbers(*width)),
            Kind::Named { names, .. } => {
                let mut names = names.clone();
                sort(&mut names);
                look_alike(&names).into_iter().for_each(|note| report.note(note));
                Ok(Meaning::Classes(names))
            }
            Kind::Labels(_) | Kind::OneHot { .. } => {
                let classes = halves.iter().map(Found::classes).max().unwrap_or(0);
                first.note_classes(classes, report)?;
                Ok(Meaning::Classes((0..classes).map(|class| class.to_string()).collect()))
            }
        }
    }
}

impl Found {
    fn in_words(&self) -> String {
        match &self.kind {
            Kind::Numbers { width, .. } => {
                format!("{} a sample", counted(*width, "number to be learned", "numbers to be learned"))
            }
            Kind::Named { names, .. } if !are_whole(names) => "names of classes".to_owned(),
            _ => "labels of classes".to_owned(),
        }
    }

    /// How many classes the labels need.
    fn classes(&self) -> usize {
        match &self.kind {
            Kind::Labels(labels) => labels.iter().max().map_or(1, |&greatest| greatest as usize + 1),
            Kind::OneHot { classes, .. } => *classes,
            Kind::Named { .. } | Kind::Numbers { .. } => 0,
        }
    }

    /// Says what is unusual about labels from 0 to `classes`.
    ///
    /// **Errors:** if there are so many classes, and so many of them empty, that they will be numbers.
    fn note_classes(&self, classes: usize, report: &mut Report) -> Result<(), DataError> {
        let labels = match &self.kind {
            Kind::Labels(labels) | Kind::OneHot { labels, .. } => labels,
            _ => return Ok(()),
        };
        let mut occurs = vec![false; classes];
        labels.iter().for_each(|&label| occurs[label as usize] = true);
        let empty: Vec<usize> = (0..classes).filter(|&class| !occurs[class]).collect();
        let (name, there) = (&self.name, classes - empty.len());
        if classes > 256 && there < empty.len() {
            let got = format!("{classes} classes, of which {} have no sample", empty.len());
            let remedy = format!("labels that count from 0, or {AS_NUMBERS}");
            return Err(DataError::refused(name, "labels that count the classes from 0", got, remedy));
        }
        if empty == [0] {
            report.note(format!("The labels in `{name}` begin at 1: class 0 has no sample."));
        } else if !empty.is_empty() {
            let (of, list) = (empty.len(), Names::of(empty.iter().map(usize::to_string)));
            report.note(format!("{of} of {classes} classes have no sample in `{name}`: {list}."));
        }
        if there > 20 && 2 * there > labels.len() {
            report.note(format!(
                "The integers in `{name}` were taken as labels of {classes} classes, though {} have only {there} \
                 different ones. Try {AS_NUMBERS}.",
                counted(labels.len(), "sample", "samples")
            ));
        }
        Ok(())
    }
}

/// Whether the classes are called "0", "1" and so on.
fn count_from_0(classes: &[String]) -> bool {
    classes.iter().enumerate().all(|(place, class)| *class == place.to_string())
}

/// Whether all classes are called by whole numbers.
fn are_whole(classes: &[String]) -> bool {
    classes.iter().all(|class| class.parse::<i64>().is_ok())
}

/// By their numbers if all of them are numbers, else byte by byte.
fn sort(names: &mut [String]) {
    let number = |name: &String| name.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    if names.iter().all(|name| number(name).is_some()) {
        names.sort_by(|a, b| number(a).unwrap_or(0.0).total_cmp(&number(b).unwrap_or(0.0)));
    } else {
        names.sort();
    }
}
