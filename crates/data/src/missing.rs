//! The message for a path that does not exist: where it was looked for, and which similar name exists.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// The smallest similarity of two names, from 0 to 1, at which one may be a misspelling of the other.
const ALIKE: f64 = 0.8;

/// A path that does not exist, and what exists instead.
///
/// ```
/// use toddle_data::Missing;
/// let missing = Missing::new("no-such-folder/mine.csv".as_ref());
/// assert!(missing.got().starts_with("nothing called `no-such-folder` in the folder `"));
/// assert_eq!(missing.remedy("another path"), "another path"); // or what is there and has nearly that name
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The folder that was searched: the innermost folder of the path that exists.
    folder: PathBuf,
    /// The first part of the path that does not exist.
    part: String,
    /// A path that exists and has nearly the same name.
    near: Option<PathBuf>,
}

impl Missing {
    /// For `path`, which does not exist.
    pub fn new(path: &Path) -> Missing {
        let parts: Vec<Component> = path.components().collect();
        let there = |parts: &[Component]| {
            let path: PathBuf = parts.iter().collect();
            if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
        };
        let count = (0..parts.len()).rev().find(|&count| there(&parts[..count]).exists()).unwrap_or(0);
        let (folder, rest) = (there(&parts[..count]), &parts[count..]);
        let part = rest.first().map(|part| part.as_os_str().to_string_lossy().into_owned());
        let part = part.unwrap_or_default();
        let near = near(&folder, &part).map(|name| {
            let before = parts[..count].iter().collect::<PathBuf>();
            let near = before.join(name);
            let whole = rest.iter().skip(1).fold(near.clone(), |path, part| path.join(part));
            if whole.exists() { whole } else { near }
        });
        Missing { folder, part, near }
    }

    /// What was found: the folder that does not have this name.
    pub fn got(&self) -> String {
        let Missing { folder, part, .. } = self;
        if folder.is_file() {
            return format!("`{}`, which is a file and not a folder", folder.display());
        }
        if folder.join(part).symlink_metadata().is_ok() {
            return format!(
                "`{part}` in the folder `{}`, which is a link without a target",
                folder.display()
            );
        }
        // The current folder is best called by its name.
        let whole = if folder == Path::new(".") { fs::canonicalize(folder).ok() } else { None };
        format!("nothing called `{part}` in the folder `{}`", whole.as_ref().unwrap_or(folder).display())
    }

    /// What to try: a similar name that exists, or else `otherwise`.
    pub fn remedy(&self, otherwise: &str) -> String {
        match &self.near {
            Some(near) => format!("`{}`, which exists", near.display()),
            None => otherwise.to_owned(),
        }
    }
}

/// The name in `folder` that is most similar to `part`.
fn near(folder: &Path, part: &str) -> Option<String> {
    // A single letter is similar to too many names.
    if part.chars().count() < 2 {
        return None;
    }
    let names = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.file_name());
    let mut names: Vec<String> = names.filter_map(|name| name.into_string().ok()).collect();
    names.sort_unstable();
    names.retain(|name| name != part);
    let alike =
        names.into_iter().map(|name| (likeness(&name, part), name)).filter(|(likeness, _)| *likeness > ALIKE);
    alike.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// The similarity of two names. Equal endings do not count.
fn likeness(name: &str, part: &str) -> f64 {
    let (name, part) = (name.to_lowercase(), part.to_lowercase());
    match (name.rsplit_once('.'), part.rsplit_once('.')) {
        (Some((name, ending)), Some((part, same))) if ending == same => strsim::jaro_winkler(name, part),
        _ => strsim::jaro_winkler(&name, &part),
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn near_names_are_found_at_every_depth() {
        let home = TempDir::new().unwrap();
        fs::create_dir_all(home.path().join("runs/lenet5/checkpoints")).unwrap();
        fs::write(home.path().join("runs/lenet5/model.safetensors"), "").unwrap();
        let missing = |path: &str| Missing::new(&home.path().join(path));
        let remedy =
            |path: &str| missing(path).remedy("other words").replace(home.path().to_str().unwrap(), "");
        assert_eq!(remedy("runs/lenet"), "`/runs/lenet5`, which exists");
        assert_eq!(remedy("rnus/lenet5/model.safetensors"), "`/runs/lenet5/model.safetensors`, which exists");
        assert_eq!(remedy("Runs/other"), "`/runs`, which exists");
        assert_eq!(remedy("runs/lenet5/model.safetensor"), "`/runs/lenet5/model.safetensors`, which exists");
        assert_eq!(remedy("data/x"), "other words");
        let got = missing("runs/x/y").got();
        assert!(got.starts_with("nothing called `x` in the folder `") && got.ends_with("/runs`"), "{got}");
        assert!(
            missing("runs/lenet5/model.safetensors/x").got().ends_with("which is a file and not a folder")
        );
        // Another table is no table misspelt.
        fs::write(home.path().join("none.csv"), "").unwrap();
        assert_eq!(remedy("x.csv"), "other words");
        assert_eq!(remedy("nome.csv"), "`/none.csv`, which exists");
        let here = std::env::current_dir().unwrap();
        assert!(Missing::new(Path::new("no-such-folder/x")).got().contains(here.to_str().unwrap()));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_is_not_what_is_meant() {
        let home = TempDir::new().unwrap();
        std::os::unix::fs::symlink("nowhere", home.path().join("a.png")).unwrap();
        let missing = Missing::new(&home.path().join("a.png"));
        assert!(missing.got().ends_with("which is a link without a target"), "{}", missing.got());
        assert_eq!(missing.remedy("other words"), "other words");
    }
}
