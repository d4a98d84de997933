//! Classes of two sets, paired by their names.

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::halves::looks_like_one_of;

impl Dataset {
    /// The same samples with the classes `known`, those of a trained network, and a sentence if the classes could not be
    /// paired by their names.
    ///
    /// | the classes of the set | what happens |
    /// |---|---|
    /// | are all among `known` | they are paired by name, in whatever order they are |
    /// | have names other than numbers, but `known` has none but 0, 1, 2 … | they are paired by their places, which is said |
    /// | anything else | the set is refused, with both lists |
    ///
    /// ```
    /// use toddle_data::Dataset;
    /// let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    /// let set = Dataset::new("pets", [1, 1, 1], vec![7, 8], vec![0, 1], 2)?.with_class_names(names(["dog", "cat"]))?;
    /// let (set, note) = set.with_known_classes(&names(["cat", "dog"]))?;
    /// assert_eq!((set.labels(), note), (&[1, 0][..], None));
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    ///
    /// **Errors:** if a class is not among `known`, or a label is not below their number. A set with target numbers stays
    /// as it is.
    pub fn with_known_classes(self, known: &[String]) -> Result<(Dataset, Option<String>), DataError> {
        let own = self.class_names().to_vec();
        if own.is_empty() || own == known {
            return Ok((self, None));
        }
        let place = |name: &String| known.iter().position(|known| known == name);
        let places: Vec<Option<usize>> = own.iter().map(place).collect();
        if let Some(places) = places.iter().copied().collect::<Option<Vec<usize>>>() {
            return Ok((self.relabelled(|label| places[label] as u32, known), None));
        }
        let most = self.labels().iter().max().map_or(0, |&label| label as usize + 1);
        // Folders that are called 1, 2 and 3 are not the classes 0, 1 and 2.
        let have_words = own.len() == known.len() && own.iter().all(|name| name.parse::<f64>().is_err());
        if most > known.len() || !is_counted(known) || !(is_counted(&own) || have_words) {
            let strangers: Vec<&str> =
                own.iter().filter(|name| place(name).is_none()).map(String::as_str).collect();
            let (expected, remedy) = match known {
                [] => (
                    "numbers as targets: the network was not trained on classes".to_owned(),
                    "data with numbers as targets, or a network that was trained on these classes",
                ),
                _ if is_counted(&own) => (
                    format!("classes that the network knows: {}", list(known)),
                    "the names of the classes as targets, because it is not known which number means which name",
                ),
                _ => (
                    format!("classes that the network knows: {}", list(known)),
                    "renaming the classes, or a network that was trained on these classes",
                ),
            };
            let mut got = format!("{} ({} unknown: {})", list(&own), strangers.len(), list(&strangers));
            if strangers.iter().any(|name| looks_like_one_of(name, known)) {
                got += "; a name looks like one of the network's, but is written with other signs";
            }
            return Err(DataError::refused(self.name(), expected, got, remedy));
        }
        let note = format!(
            "the classes of `{}` ({}) are paired by their places with those of the network ({})",
            self.name(),
            list(&own),
            list(known)
        );
        Ok((self.relabelled(|label| label as u32, known), Some(note)))
    }
}

/// Whether names are no more than 0, 1, 2 and so on.
fn is_counted(names: &[String]) -> bool {
    names.iter().enumerate().all(|(place, name)| *name == place.to_string())
}

/// The first names, and how many more there are.
fn list(names: &[impl AsRef<str>]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(AsRef::as_ref).collect();
    match names.len() {
        count if count > SHOWN => format!("{} and {} more", shown.join(", "), count - SHOWN),
        _ => shown.join(", "),
    }
}
