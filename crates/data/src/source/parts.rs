//! The samples of an experiment: those to train on, those to validate with, and those to test with.

use super::open::{DataSource, Opened, Reading};
use super::settings::{DataSettings, ScalingKind, Validation, wrong};
use crate::dataset::{Dataset, drawn};
use crate::error::DataError;
use crate::halves::{Half, Halves, Names};
use crate::meaning::{Digest, Ground, Look, Meaning, Pictures, Range};
use crate::prepare::Fit;
use crate::table::Empty;
use toddle::{Fold, folds, folds_of_classes};

/// The samples of an experiment.
#[derive(Debug)]
pub struct Parts {
    /// The samples to train on.
    pub train: Dataset,
    /// The samples to validate with.
    pub validation: Option<Dataset>,
    /// The samples to test with. `None` if the network is validated with them.
    pub test: Option<Dataset>,
    /// What the network is validated with.
    pub validated_with: Validation,
    /// The path of the samples to test with, if they have a place of their own.
    pub test_place: Option<String>,
    /// What the numbers of the training samples mean.
    pub meaning: Meaning,
    /// What was found while reading, one sentence for each finding.
    pub notes: Vec<String>,
    /// What keeps a network from learning, or its results from being fair; one sentence for each finding.
    pub warnings: Vec<String>,
    /// What was wrong with each file that was left out.
    pub skipped: Vec<DataError>,
}

/// The part of the training samples that is held out if the data have no others.
const HELD_OUT: f64 = 0.1;

/// Of fewer samples none is held out unless a file says so.
const LEAST_TO_HOLD_OUT: usize = 20;

impl DataSettings {
    /// Reads the samples. It also completes the settings: what the network is validated with, and the scaling.
    ///
    /// The samples that are held out are drawn by `seed`, so the same settings give the same parts.
    ///
    /// **Errors:** if the settings are not clear, if something cannot be read, or if nothing is left to train on.
    pub fn parts(&mut self, seed: u64) -> Result<Parts, DataError> {
        let source = self.source()?;
        let reading =
            Reading { size: self.size, channels: self.channels, damaged: self.damaged, ..Reading::default() };
        let mut opened = source.open(&reading)?;
        if let Some(trained) = self.rows_for_fill(&opened, seed) {
            opened = source.open(&Reading { trained: Some(&trained), ..reading })?;
        }
        self.parts_of_source(&source, opened, seed)
    }

    /// As [`parts`](Self::parts), of samples that the program has: nothing is read.
    ///
    /// **Errors:** those of [`parts`](Self::parts).
    ///
    /// ```
    /// use toddle_data::{DataSettings, Halves};
    /// let mut settings = DataSettings { inputs: Some(vec![vec![0.0], vec![1.0]]), ..DataSettings::default() };
    /// settings.targets = Some(vec![vec![1.0], vec![0.0]]);
    /// let halves = Halves::written_out(&[vec![0.0], vec![1.0]], &[vec![1.0], vec![0.0]])?;
    /// assert_eq!(settings.parts_of(halves, 0)?.train.len(), 2);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn parts_of(&mut self, halves: Halves, seed: u64) -> Result<Parts, DataError> {
        self.parts_of_source(&self.source()?, Opened { halves, columns: None }, seed)
    }

    fn parts_of_source(
        &mut self,
        source: &DataSource,
        Opened { halves, columns }: Opened,
        seed: u64,
    ) -> Result<Parts, DataError> {
        let shape = halves.train.shape();
        let (halves, report) = self.shaped(halves)?;
        let mut notes = report.notes;
        self.check_range(&halves.train)?;
        let (halves, are_divided) = self.as_bytes(halves, columns.as_ref(), &mut notes);
        let range = self.range.map(|range| if are_divided { range.divided() } else { range });
        let Halves { mut train, validation, test, .. } = halves;

        if let Some(first) = self.first {
            let (some, note) = train.first_of_classes(first)?;
            train = some;
            notes.extend(note);
        }
        let look = if source.is_of_files() { Look::All } else { Look::Some };
        // Pictures are looked at in the shape that they have in the data, unless they are rows there.
        let own_shape = train.shape();
        train = train.with_shape(if shape[1] * shape[2] > 1 { shape } else { own_shape })?;
        let pictures = Pictures::of(&train, columns.as_ref(), fit(source, &train), look, range);
        train = train.with_shape(own_shape)?;
        let ground = pictures.as_ref().map(|pictures| pictures.ground);
        let mut others = 0;
        let mut like = |set: Dataset| match ground {
            Some(ground) if source.is_of_files() => {
                let (set, inverted) = set.with_ground(ground, shape);
                others += inverted;
                set
            }
            _ => set,
        };
        let (validation, test) = (validation.map(&mut like), test.map(&mut like));
        if others > 0 {
            notes.push(format!(
                "{others} of the pictures to validate or test with were inverted: all pictures to train on are {}",
                ground.unwrap_or(Ground::Mixed).name()
            ));
        }

        let wanted = self.wanted(train.len(), validation.is_some(), test.is_some());
        self.validation = Some(wanted);
        let count = train.len();
        let split = Split::of(wanted, train, validation, test, seed)?;
        let Split { train, validation, test, held_out } = split;
        let lost = all_held_out(&train, validation.as_ref().filter(|_| held_out.is_some()));
        if train.is_empty() {
            let (expected, remedy) = ("one sample or more", "a larger `first`, or fewer to validate with");
            let got = format!("{count} samples, of which {count} are held out");
            return Err(wrong("nothing is left to train on", expected, &got, remedy));
        }
        let scaling = self.scaling_of(&train)?;
        let target_scaling = self.target_scaling_of(&train)?;
        let scaled = |set: Dataset| {
            // Pixels that are not whole are divided already.
            let divisor = set.values().divisor();
            let set = set.with_scaling(toddle::Scaling { divisor, ..scaling.clone() })?;
            match &target_scaling {
                Some(scaling) => set.with_target_scaling(scaling.clone()),
                None => Ok(set),
            }
        };
        let train = scaled(train)?;
        let train_shape = train.shape();
        let mut meaning = Meaning::of(&train, pictures, columns);
        meaning.place = source.place();
        meaning.read_as = Some(shape).filter(|shape| *shape != train_shape);
        meaning.held_out = held_out;
        let validation = validation.map(scaled).transpose()?;
        meaning.validation = validation.as_ref().map(Digest::of);
        let mut parts = Parts {
            train,
            validation,
            test: test.map(scaled).transpose()?,
            validated_with: wanted,
            test_place: self.test.as_ref().map(|place| place.display().to_string()),
            meaning,
            notes,
            warnings: lost.into_iter().collect(),
            skipped: report.skipped,
        };
        // The samples to test with come from another file, which may have some of the same samples.
        if let (Some(place), Some(test)) = (&parts.test_place, parts.half(Half::Test)) {
            let both = test.count_in(&parts.train);
            parts.warnings.extend((both > 0).then(|| {
                format!(
                    "{both} of {} samples of `{place}` are also training samples: they say nothing about new samples",
                    test.len()
                )
            }));
        }
        parts.check_read()?;
        Ok(parts)
    }

    /// What the network is validated with, which the samples decide where the settings do not.
    fn wanted(&self, train: usize, has_validation: bool, has_test: bool) -> Validation {
        match self.validation {
            Some(wanted) => wanted,
            None if has_validation => Validation::Valid,
            None if has_test => Validation::Test,
            None if train < LEAST_TO_HOLD_OUT => Validation::None,
            None => Validation::Fraction(HELD_OUT),
        }
    }

    /// Of each row of a table whose empty cells are filled, whether it is trained on, if not all are: what is held out to
    /// measure with says nothing of how cells are filled.
    fn rows_for_fill(&self, Opened { halves, columns }: &Opened, seed: u64) -> Option<Vec<bool>> {
        columns.as_ref().filter(|columns| columns.empty == Empty::Mean)?;
        let Halves { train, validation, test, .. } = halves;
        let places = match self.first {
            Some(first) => train.first_places(first).ok()?.0,
            None => (0..train.len()).collect(),
        };
        let count = places.len();
        let left = match self.wanted(count, validation.is_some(), test.is_some()) {
            Validation::Fraction(part) => drawn(count, held_out(count, part), seed).0,
            Validation::Samples(samples) => drawn(count, samples, seed).0,
            Validation::Last(samples) => (0..count.saturating_sub(samples)).collect(),
            Validation::Fold(fold) => {
                let labels: Vec<u32> =
                    places.iter().filter_map(|place| train.labels().get(*place).copied()).collect();
                fold_of(fold, &labels, count, seed).ok()?.train
            }
            Validation::Valid | Validation::Test | Validation::None => (0..count).collect(),
        };
        let mut trained = vec![false; train.len()];
        left.iter().for_each(|&place| trained[places[place]] = true);
        // If none is left, it is said later why.
        (trained.contains(&true) && trained.contains(&false)).then_some(trained)
    }

    /// All halves in the shape that the settings say.
    fn shaped(&self, halves: Halves) -> Result<(Halves, crate::halves::Report), DataError> {
        let Halves { train, validation, test, leading, report } = halves;
        let shaped = |set: Dataset| match self.shape {
            Some(shape) => set.with_shape(shape),
            None => Ok(set),
        };
        let halves = Halves {
            train: shaped(train)?,
            validation: validation.map(shaped).transpose()?,
            test: test.map(shaped).transpose()?,
            leading,
            report: Default::default(),
        };
        Ok((halves, report))
    }

    /// **Errors:** if pixels lie outside of the range that the settings say: they could not be measured later.
    fn check_range(&self, train: &Dataset) -> Result<(), DataError> {
        let Some(range) = self.range else { return Ok(()) };
        let Some([least, most]) = train.values().bounds() else {
            return Ok(());
        };
        if range.holds(least, most) {
            return Ok(());
        }
        let (expected, got) = (format!("numbers from {range}"), format!("numbers from {least} to {most}"));
        let remedy = format!(
            "leaving `range` out; or range = [{least}, {most}], or the values of black and white in these pictures"
        );
        Err(wrong("the pixels lie outside of `range`", &expected, &got, &remedy))
    }

    /// Pictures whose numbers go from 0 to 255, divided by 255 as bytes are. The second result is true if the values are divided when
    /// they are read, as these and as all bytes.
    fn as_bytes(
        &self,
        halves: Halves,
        columns: Option<&crate::table::Columns>,
        notes: &mut Vec<String>,
    ) -> (Halves, bool) {
        if halves.train.values().are_bytes() {
            return (halves, true);
        }
        let range = Pictures::range_of(&halves.train, columns, self.range);
        let [least, most] = halves.train.values().bounds().unwrap_or([0.0, 0.0]);
        match range.flatten() {
            Some(range) if range == Range::BYTE => {
                notes.push(format!(
                    "the pixels go from {least} to {most}: they are divided by 255, as bytes are"
                ));
                let Halves { train, validation, test, leading, report } = halves;
                let halves = Halves {
                    train: train.divided(),
                    validation: validation.map(Dataset::divided),
                    test: test.map(Dataset::divided),
                    leading,
                    report,
                };
                (halves, true)
            }
            None if halves.train.height() * halves.train.width() > 1 && least >= 0.0 && most > 1.0 => {
                let remedy = match () {
                    _ if most <= 255.0 => "range = [0, 255] divides them by 255",
                    _ if most <= 65535.0 => "range = [0, 65535] says that they have 16 bits",
                    _ => "range = [black, white] says which of them is black, and which white",
                };
                notes.push(format!(
                    "the pixels go from {least} to {most}: they are taken as they are; {remedy}"
                ));
                (halves, false)
            }
            _ => (halves, false),
        }
    }

    /// The scaling, which the samples to train on decide where the settings do not.
    ///
    /// **Errors:** if the settings do not have a mean and a deviation for each channel.
    fn scaling_of(&mut self, train: &Dataset) -> Result<toddle::Scaling, DataError> {
        if self.scaling == ScalingKind::Unit {
            return Ok(train.scaling().clone());
        }
        let own = train.standard_scaling();
        let mean = self.mean.get_or_insert(own.mean).clone();
        let deviation = self.deviation.get_or_insert(own.deviation).clone();
        let is_positive = |deviation: &f32| *deviation > 0.0 && deviation.is_finite();
        let [channels, height, width] = train.shape();
        let each = if height * width == 1 { "column of inputs" } else { "channel" };
        for (key, numbers, are_right, expected) in [
            ("mean", &mean, mean.iter().all(|mean| mean.is_finite()), "finite"),
            ("deviation", &deviation, deviation.iter().all(is_positive), "above 0"),
        ] {
            if !are_right || numbers.len() != channels {
                let what = format!("`{key}` does not fit the samples");
                let expected = format!("{channels} numbers, one for each {each}, each of them {expected}");
                let remedy = format!(
                    "the data for which `{key}` was computed, if they had other columns; or leaving `{key}` out: toddle takes that of \
                     the training samples"
                );
                return Err(wrong(
                    &what,
                    &expected,
                    &format!("{} numbers: {numbers:?}", numbers.len()),
                    &remedy,
                ));
            }
        }
        Ok(toddle::Scaling { divisor: own.divisor, mean, deviation })
    }

    /// The scaling of the targets, if the settings ask for one.
    ///
    /// **Errors:** if the targets are classes.
    fn target_scaling_of(&self, train: &Dataset) -> Result<Option<toddle::Scaling>, DataError> {
        match self.target_scaling {
            ScalingKind::Unit => Ok(None),
            ScalingKind::Standard if train.classes() == 0 => Ok(Some(train.standard_target_scaling())),
            ScalingKind::Standard => {
                let got = format!("{} classes", train.classes());
                let what = "`target_scaling` does not fit these targets";
                Err(wrong(what, "numbers to learn", &got, "leaving `target_scaling` out"))
            }
        }
    }
}

impl Parts {
    /// Checks that all samples that were read so far could be read, as [`Dataset::check_read`] does.
    pub fn check_read(&self) -> Result<(), DataError> {
        let others = self.validation.iter().chain(&self.test);
        std::iter::once(&self.train).chain(others).try_for_each(Dataset::check_read)
    }

    /// The samples of a half.
    pub fn half(&self, half: Half) -> Option<&Dataset> {
        match half {
            Half::Train => Some(&self.train),
            Half::Validation => self.validation.as_ref(),
            Half::Test if self.validated_with == Validation::Test => self.validation.as_ref(),
            Half::Test => self.test.as_ref(),
        }
    }

    /// The name or the path of the samples of a half.
    pub fn place(&self, half: Half) -> &str {
        match (half, &self.test_place) {
            (Half::Test, Some(place)) => place,
            _ => &self.meaning.place,
        }
    }

    /// The samples that measure a trained network, and their half. These are the test samples. If there are none,
    /// they are the validation samples. If there are none of these either, they are the training samples.
    pub fn measured(&self) -> (&Dataset, Half) {
        let halves = [Half::Test, Half::Validation];
        let unseen = halves.into_iter().find_map(|half| Some((self.half(half)?, half)));
        unseen.unwrap_or((&self.train, Half::Train))
    }

    /// A description of the validation samples.
    pub fn validation_in_words(&self) -> String {
        match (&self.validation, self.validated_with) {
            (None, _) => "nothing".into(),
            (Some(set), Validation::Test) => format!("{} test samples of the data", set.len()),
            (Some(set), Validation::Valid) => {
                format!("{} validation samples of the data", set.len())
            }
            (Some(set), _) => format!("{} samples, held out from the training samples", set.len()),
        }
    }
}

/// A sentence about classes whose samples are all held out: a network cannot learn them.
fn all_held_out(train: &Dataset, held: Option<&Dataset>) -> Option<String> {
    let has = |set: &Dataset| {
        let mut has = vec![false; set.classes()];
        set.labels().iter().for_each(|&label| has[label as usize] = true);
        has
    };
    let lost = has(train).into_iter().zip(has(held?)).zip(train.class_names());
    let lost = Names::of(lost.filter(|((trained, held), _)| !trained && *held).map(|(_, name)| name));
    (!lost.is_empty()).then(|| {
        format!("these classes cannot be learned, because all of their samples are held out: {lost}")
    })
}

/// How many of `count` samples make a part.
fn held_out(count: usize, part: f64) -> usize {
    (count as f64 * part).ceil() as usize
}

/// A fold of a cross-validation of `count` samples. If they have `labels`, each fold has its part of each class.
fn fold_of([n, k]: [usize; 2], labels: &[u32], count: usize, seed: u64) -> Result<Fold, DataError> {
    let folds = match labels {
        [] => folds(count, k, seed),
        labels => folds_of_classes(labels, k, seed),
    };
    match (folds, n.checked_sub(1)) {
        (Ok(mut folds), Some(place)) if place < folds.len() => Ok(folds.swap_remove(place)),
        _ => {
            let expected =
                format!("2 to {count} folds, as there are {count} samples, and one of them, counted from 1");
            let got = format!("fold {n} of {k}");
            Err(wrong("there is no such fold", &expected, &got, "validation = { fold = [1, 5] }"))
        }
    }
}

/// How picture files are made to fit the samples: as MNIST's were, where the samples are written characters.
fn fit(source: &DataSource, train: &Dataset) -> Fit {
    let written = train.class_names().iter().all(|class| class.chars().count() == 1);
    let is_written = match source {
        DataSource::Set { name, .. } => name == "mnist" || name == "kmnist" || name.starts_with("emnist"),
        _ => !source.is_of_files() && written && train.classes() > 1 && train.shape() == [1, 28, 28],
    };
    if is_written { Fit::Ink } else { Fit::Whole }
}

/// What is trained on and what is not.
struct Split {
    train: Dataset,
    validation: Option<Dataset>,
    test: Option<Dataset>,
    /// In words.
    held_out: Option<String>,
}

impl Split {
    fn of(
        wanted: Validation,
        train: Dataset,
        validation: Option<Dataset>,
        test: Option<Dataset>,
        seed: u64,
    ) -> Result<Split, DataError> {
        let count = train.len();
        let lacks = |what: &str| {
            let expected = format!("samples to {what} with beside those to train on");
            Err(wrong(
                "these data cannot be validated with",
                &expected,
                "none",
                "validation = { fraction = 0.1 }",
            ))
        };
        let held = |(train, held): (Dataset, Dataset), how: &str| {
            let words = format!("{} of {count} training samples, {how}", held.len());
            Ok(Split { train, validation: Some(held), test: test.clone(), held_out: Some(words) })
        };
        let by_seed = format!("drawn with seed {seed}");
        match wanted {
            Validation::None => Ok(Split { train, validation: None, test, held_out: None }),
            Validation::Test => match test {
                None => lacks("test"),
                test => Ok(Split { train, validation: test, test: None, held_out: None }),
            },
            Validation::Valid => match validation {
                None => lacks("validate"),
                validation => Ok(Split { train, validation, test, held_out: None }),
            },
            Validation::Fraction(part) if !(part > 0.0 && part < 1.0) => {
                let got = part.to_string();
                Err(wrong("no such part can be held out", "above 0 and less than 1", &got, "0.1"))
            }
            Validation::Fraction(part) => held(train.hold_out(held_out(count, part), seed)?, &by_seed),
            Validation::Samples(0) | Validation::Last(0) => {
                let remedy = "validation = \"none\", or a number above 0";
                Err(wrong("nothing is held out", "one sample or more to validate with", "0", remedy))
            }
            Validation::Samples(samples) => held(train.hold_out(samples, seed)?, &by_seed),
            Validation::Last(samples) => {
                let rest = train.first(count.saturating_sub(samples))?;
                let last: Vec<usize> = (rest.len()..count).collect();
                held((rest, train.subset(&last)?), "the last ones")
            }
            Validation::Fold(fold) => {
                let Fold { train: rest, validation } = fold_of(fold, train.labels(), count, seed)?;
                let words = format!("fold {} of {} with seed {seed}", fold[0], fold[1]);
                held((train.subset(&rest)?, train.subset(&validation)?), &words)
            }
        }
    }
}

impl Dataset {
    /// The same pictures of one channel, those whose ground is not `ground` inverted, as picture files are before a network
    /// is asked about them. The second result is the number of inverted pictures. `shape` is that of the picture files.
    fn with_ground(mut self, ground: Ground, [channels, height, width]: [usize; 3]) -> (Dataset, usize) {
        let (size, mut inverted) = (self.size(), 0);
        if channels == 1
            && let Some(bytes) = self.bytes_mut()
        {
            for sample in bytes.chunks_exact_mut(size) {
                let own = Ground::of(sample, height, width);
                if own != Ground::Mixed && own == ground.inverted() {
                    sample.iter_mut().for_each(|byte| *byte = 255 - *byte);
                    inverted += 1;
                }
            }
        }
        (self, inverted)
    }
}
