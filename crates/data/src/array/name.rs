//! Which array is what, told by its name.

use std::collections::BTreeMap;

use crate::error::DataError;
use crate::halves::{Half, Names, Report};

/// What an array's name says of it.
///
/// A name is taken apart into words, at signs that are no letters or digits and before capitals, and case does not
/// matter: `x_train`, `XTrain`, `train-images.idx3-ubyte` and `emnist-letters-test-labels-idx1-ubyte.gz` are such names.
#[derive(Debug, PartialEq, Eq)]
struct Parsed {
    half: Option<Half>,
    role: Role,
    /// The other words: arrays that belong together have the same.
    rest: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Samples,
    Targets,
}

impl Role {
    fn named(word: &str) -> Option<Role> {
        match word {
            "x" | "input" | "inputs" | "image" | "images" | "img" | "imgs" | "data" | "feature"
            | "features" | "sample" | "samples" => Some(Role::Samples),
            "y" | "target" | "targets" | "label" | "labels" | "output" | "outputs" => Some(Role::Targets),
            _ => None,
        }
    }
}

impl Parsed {
    /// `None` if the name says neither samples nor targets, or two halves.
    fn of(name: &str) -> Option<Parsed> {
        let (mut halves, mut roles, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for word in words(name) {
            match (Half::named(&word), Role::named(&word)) {
                (Some(half), _) => halves.push(half),
                (None, Some(role)) => roles.push(role),
                (None, None) if matches!(&*word, "npy" | "gz" | "ubyte") || word.starts_with("idx") => {}
                (None, None) => rest.push(word),
            }
        }
        halves.dedup();
        let half = match halves[..] {
            [] => None,
            [half] => Some(half),
            _ => return None,
        };
        // In `target_data` and `image_labels` the word for targets decides.
        let role = roles.into_iter().max()?;
        Some(Parsed { half, role, rest: rest.join("-") })
    }
}

/// The words of a name, in small letters. `xtrain` is two words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        if !letter.is_alphanumeric() || before.is_lowercase() && letter.is_uppercase() {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words.last_mut().unwrap_or(&mut String::new()).extend(letter.to_lowercase());
        }
        before = letter;
    }
    let glued = |word: String| match (word.split_at_checked(1), Half::named(word.get(1..).unwrap_or(""))) {
        (Some((role @ ("x" | "y"), half)), Some(_)) => vec![role.to_owned(), half.to_owned()],
        _ => vec![word],
    };
    words.into_iter().filter(|word| !word.is_empty()).flat_map(glued).collect()
}

/// Whether the name is that of an array of samples or targets.
pub(super) fn says_something(name: &str) -> bool {
    Parsed::of(name).is_some()
}

/// The names of the samples and the targets of each half.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// In the order of the halves; the first is the one to train on, if there is such.
    pub halves: Vec<(Half, [String; 2])>,
    /// The words that the names have beside: `emnist-letters`.
    pub rest: String,
}

impl Plan {
    /// Finds out what the arrays `names` of the file or folder `name` are.
    ///
    /// **Errors:** if no samples have targets, or if names can be understood in several ways.
    pub fn new(name: &str, names: &[String], report: &mut Report) -> Result<Plan, DataError> {
        let mut groups: BTreeMap<String, BTreeMap<Option<Half>, [Vec<&String>; 2]>> = BTreeMap::new();
        for array in names {
            if let Some(Parsed { half, role, rest }) = Parsed::of(array) {
                let place = usize::from(role == Role::Targets);
                groups.entry(rest).or_default().entry(half).or_default()[place].push(array);
            }
        }
        let is_pair = |[x, y]: &[Vec<&String>; 2]| !x.is_empty() && !y.is_empty();
        groups.retain(|_, halves| halves.values().any(is_pair));
        let found = || format!("{}: {}", Names::of(names).counted("array", "arrays"), Names::of(names));
        let refused = |why: &str| {
            let got = if why.is_empty() { found() } else { format!("{}; {why}", found()) };
            let expected = "x_train with y_train or x with y, and if there are such x_test with y_test and x_val \
                            with y_val; or inputs, images or data with targets or labels";
            Err(DataError::refused(name, expected, got, "giving the arrays such names, each role once"))
        };
        let (rest, halves) = match groups.len() {
            0 => return refused(""),
            1 => groups.into_iter().next().unwrap_or_default(),
            _ => {
                let sets: Vec<String> = groups.values().filter_map(first_name).collect();
                return refused(&format!("there are several sets of samples: {}", sets.join(", ")));
            }
        };
        let pair_of = |half: Option<Half>| halves.get(&half).filter(|arrays| is_pair(arrays));
        if let (Some(arrays), Some(others)) = (pair_of(None), pair_of(Some(Half::Train))) {
            let all: Vec<&String> = arrays.iter().chain(others).flatten().copied().collect();
            return refused(&format!("all of these are to train on: {}", Names::of(all)));
        }
        let (mut plan, mut without) = (Vec::new(), Vec::new());
        for (half, [x, y]) in halves {
            match (&x[..], &y[..]) {
                ([x], [y]) => plan.push((half.unwrap_or(Half::Train), [(*x).clone(), (*y).clone()])),
                ([x], []) => {
                    report.note(format!("`{x}` in `{name}` has no targets beside it and is not used."));
                    without.push(*x);
                }
                ([], y) => {
                    let names = Names::of(y.iter().copied());
                    report.note(format!("`{names}` in `{name}` has no samples and is not used."));
                    without.extend(y);
                }
                (x, y) => {
                    let (what, several) = if x.len() > 1 { ("samples", x) } else { ("targets", y) };
                    let several = Names::of(several.iter().copied());
                    return refused(&format!("all of these are {what} of the same half: {several}"));
                }
            }
        }
        plan.sort();
        let is_used = |name: &&String| plan.iter().any(|(_, names)| names.contains(name));
        let unused: Vec<&String> =
            names.iter().filter(|name| !is_used(name) && !without.contains(name)).collect();
        if !unused.is_empty() {
            report.note(format!("Not used in `{name}`: {}.", Names::of(unused)));
        }
        Ok(Plan { halves: plan, rest })
    }
}

/// Which samples of an archive a network is asked about.
pub(super) enum Wanted {
    /// The array of this name, which has no targets.
    Alone(String),
    /// Those of a half, with their targets.
    Paired(Half),
}

impl Wanted {
    /// Among the arrays `names` of the file `name`: samples to test with, or else those without a half, to train on or to
    /// validate with. A single array needs no such name.
    ///
    /// **Errors:** if there are none, or several.
    pub fn of(name: &str, names: &[String]) -> Result<Wanted, DataError> {
        let parsed: Vec<(&String, Parsed)> =
            names.iter().filter_map(|name| Some((name, Parsed::of(name)?))).collect();
        let of = |role: Role, half: Option<Half>| -> Vec<&(&String, Parsed)> {
            parsed.iter().filter(|(_, parsed)| parsed.role == role && parsed.half == half).collect()
        };
        let halves = [Some(Half::Test), None, Some(Half::Train), Some(Half::Validation)];
        let first = halves.into_iter().find(|&half| !of(Role::Samples, half).is_empty());
        match (first.map(|half| (half, of(Role::Samples, half))), names) {
            (Some((half, samples)), _) if samples.len() == 1 => match of(Role::Targets, half).is_empty() {
                true => Ok(Wanted::Alone(samples[0].0.clone())),
                false => Ok(Wanted::Paired(half.unwrap_or(Half::Train))),
            },
            (None, [single]) => Ok(Wanted::Alone(single.clone())),
            _ => Err(DataError::refused(
                name,
                "one array, or arrays of which one is samples to ask about: x_test, or x",
                format!("{}: {}", Names::of(names).counted("array", "arrays"), Names::of(names)),
                "saving the samples as an array called x",
            )),
        }
    }
}

fn first_name(halves: &BTreeMap<Option<Half>, [Vec<&String>; 2]>) -> Option<String> {
    halves.values().flatten().flatten().next().map(|name| (*name).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_kinds_are_understood() {
        use Half::{Test, Train, Validation};
        use Role::{Samples, Targets};
        for (name, half, role, rest) in [
            ("x_train", Some(Train), Samples, ""),
            ("Y_TEST", Some(Test), Targets, ""),
            ("XTrain", Some(Train), Samples, ""),
            ("yval", Some(Validation), Targets, ""),
            ("trainX", Some(Train), Samples, ""),
            ("X", None, Samples, ""),
            ("target", None, Targets, ""),
            ("train_images", Some(Train), Samples, ""),
            ("test_target_data", Some(Test), Targets, ""),
            ("train-images-idx3-ubyte", Some(Train), Samples, ""),
            ("t10k-labels.idx1-ubyte.gz", Some(Test), Targets, ""),
            ("emnist-letters-train-images-idx3-ubyte", Some(Train), Samples, "emnist-letters"),
            ("train_set_x_orig", Some(Train), Samples, "set-orig"),
        ] {
            assert_eq!(Parsed::of(name), Some(Parsed { half, role, rest: rest.to_owned() }), "{name}");
        }
        for name in ["arr_0", "ids", "train", "x_train_test", "", "_", "Ünïx"] {
            assert_eq!(Parsed::of(name), None, "{name}");
        }
    }
}
