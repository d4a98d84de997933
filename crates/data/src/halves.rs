//! What a reader of folders or arrays hands back: samples, and what it found on the way.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use crate::dataset::Dataset;
use crate::error::DataError;

/// Which part of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Half {
    /// The samples to train on.
    Train,
    /// The samples to validate with while training.
    Validation,
    /// The samples to test with at the end.
    Test,
}

impl Half {
    /// `train`, `validation` or `test`.
    pub fn name(self) -> &'static str {
        match self {
            Half::Train => "train",
            Half::Validation => "validation",
            Half::Test => "test",
        }
    }

    /// The half that files and folders of this name belong to. Case does not matter.
    ///
    /// | half | names |
    /// |---|---|
    /// | train | `train`, `training` |
    /// | validation | `valid`, `val`, `validation`, `dev` |
    /// | test | `test`, `testing`, `t10k` |
    ///
    /// ```
    /// use toddle_data::Half;
    /// assert_eq!((Half::named("Val"), Half::named("cat")), (Some(Half::Validation), None));
    /// ```
    pub fn named(name: &str) -> Option<Half> {
        match name.to_ascii_lowercase().as_str() {
            "train" | "training" => Some(Half::Train),
            "valid" | "val" | "validation" | "dev" => Some(Half::Validation),
            "test" | "testing" | "t10k" => Some(Half::Test),
            _ => None,
        }
    }
}

/// Samples to train on, and samples to validate and to test with if the data have them.
///
/// The samples of all halves have one shape, and the same classes or the same number of target numbers.
#[derive(Debug)]
pub struct Halves {
    /// The samples to train on; or those of the half `leading`.
    pub train: Dataset,
    /// The samples to validate with.
    pub validation: Option<Dataset>,
    /// The samples to test with.
    pub test: Option<Dataset>,
    /// The half of `train`. It is not [`Half::Train`] if data that measure a network have no samples to train on.
    pub leading: Half,
    /// What the reader found.
    pub report: Report,
}

/// What a reader found beside the samples, for a person who is to trust the result.
#[derive(Debug, Default)]
pub struct Report {
    /// One sentence for each finding: what was left out, and how something ambiguous was understood.
    pub notes: Vec<String>,
    /// What was wrong with each file that was left out. Empty unless the settings ask to leave out such files.
    pub skipped: Vec<DataError>,
}

impl Report {
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// Names to be listed in a message: the first few, and how many there are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    first: Vec<String>,
    count: usize,
}

impl Names {
    /// As many names as a line of a message has room for.
    const FEW: usize = 5;

    /// As many names as a person looks through: `{:#}` shows them.
    const MANY: usize = 30;

    pub(crate) fn of<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Names {
        let mut list = Names::default();
        names.into_iter().for_each(|name| list.push(name));
        list
    }

    pub(crate) fn push(&mut self, name: impl Into<String>) {
        if self.count < Names::MANY {
            self.first.push(name.into());
        }
        self.count += 1;
    }

    /// The path as it is seen from the folder `base`.
    pub(crate) fn push_path(&mut self, path: &Path, base: &Path) {
        self.push(path.strip_prefix(base).unwrap_or(path).display().to_string());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// `1 file` or `3 files`.
    pub(crate) fn counted(&self, thing: &str, things: &str) -> String {
        counted(self.count, thing, things)
    }
}

/// A sentence for each group of `classes` whose names a reader takes for one name.
pub(crate) fn look_alike(classes: &[String]) -> Vec<String> {
    let mut groups = BTreeMap::<String, Vec<&String>>::new();
    for name in classes {
        groups.entry(as_seen(name)).or_default().push(name);
    }
    let several = groups.into_values().filter(|names| names.len() > 1);
    several
        .map(|names| {
            let names = Names::of(names.into_iter().map(|name| format!("`{name}`")));
            format!(
                "The classes {names} differ only in small and capital letters, in spaces, or in the way an accent is written."
            )
        })
        .collect()
}

/// Whether a reader takes `name` for one of `others`.
pub(crate) fn looks_like_one_of(name: &str, others: &[String]) -> bool {
    others.iter().any(|other| as_seen(other) == as_seen(name))
}

/// A name as a reader sees it: in small letters, without spaces and signs of no width. Letters of Western Europe are parted from their
/// accents, as some systems write them in the names of files.
fn as_seen(name: &str) -> String {
    const PARTS: [(&str, char); 6] = [
        ("àèìòù", '\u{300}'),
        ("áéíóúý", '\u{301}'),
        ("âêîôû", '\u{302}'),
        ("ãñõ", '\u{303}'),
        ("äëïöüÿ", '\u{308}'),
        ("ç", '\u{327}'),
    ];
    let plain = |letter: char| match letter {
        'à'..='ä' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        other => other,
    };
    let accent =
        |letter: char| PARTS.iter().find(|(letters, _)| letters.contains(letter)).map(|(_, accent)| *accent);
    let is_seen = |letter: &char| {
        !letter.is_whitespace()
            && !matches!(*letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    let letters = name.chars().filter(is_seen).flat_map(char::to_lowercase);
    letters.flat_map(|letter| [Some(plain(letter)), accent(letter)]).flatten().collect()
}

/// `notes.txt, a.csv and 12 more`.
impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.first.len().min(if f.alternate() { Names::MANY } else { Names::FEW });
        f.write_str(&self.first[..shown].join(", "))?;
        match self.count - shown {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// `1 file` or `3 files`.
pub(crate) fn counted(count: usize, thing: &str, things: &str) -> String {
    format!("{count} {}", if count == 1 { thing } else { things })
}
