//! Pictures, rows and data sets as the inputs of a network.

use std::ops;

use serde::Serialize;
use toddle::{Shape, argmax};

use super::numbers::Numbers;
use super::{Answers, Model};
use crate::budget::Budget;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::meaning::{Ground, Mapping, Meaning, Pictures, Polarity, Range};
use crate::picture::Picture;
use crate::prepare::{Fit, Preparation, Prepared};

/// Settings of a user for pictures and arrays, which replace those of the model.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AskedFor {
    /// How pictures are made to fit.
    pub fit: Option<Fit>,
    /// What is done if a picture has another background than the training pictures.
    pub polarity: Polarity,
    /// For arrays: the values of black and white in them. For picture files: the values of black and white in training, if the model
    /// does not have them.
    pub range: Option<Range>,
}

/// The answer of a network about one sample.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// The most probable class. Empty for a regression.
    pub class: String,
    /// Its place among the classes.
    pub index: usize,
    /// Its probability.
    pub probability: f64,
    /// The probability of every class.
    pub probabilities: Vec<f64>,
    /// The outputs of the network as they are.
    pub outputs: Vec<f64>,
    /// What was done to the picture.
    pub done: Vec<String>,
    /// How the picture differs from the training pictures, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlike: Option<String>,
}

impl Model {
    /// The answer about a picture.
    ///
    /// **Errors:** if the network was not trained on pictures, or if the values of black and white in training are not known.
    pub fn predict_image(&self, picture: &Picture) -> Result<Prediction, DataError> {
        let asked = AskedFor::default();
        let prepared = self.preparation(&asked)?.prepare("the picture", picture.clone())?;
        let answers = self.ask(&self.inputs_of_picture(&prepared.picture, &asked)?)?;
        let Prepared { done, unlike, .. } = prepared;
        Ok(Prediction { done, unlike, ..self.prediction(&answers) })
    }

    /// The answer about a row of a table, given as pairs of a column's name and a cell.
    ///
    /// ```no_run
    /// let model = toddle_data::Model::open("runs/iris")?;
    /// let cells = [("sepal length", "5.1"), ("sepal width", "3.5"), ("petal length", "1.4"), ("petal width", "0.2")];
    /// println!("{}", model.predict_row(&cells)?.class);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    ///
    /// **Errors:** if the network was not trained on a table, if a column is missing or unknown, or if a cell does not fit its
    /// column.
    pub fn predict_row(&self, cells: &[(&str, &str)]) -> Result<Prediction, DataError> {
        let Some(columns) = self.meaning().and_then(|meaning| meaning.columns.as_ref()) else {
            return Err(DataError::refused(
                self.name(),
                "a network that was trained on a table",
                "one that was not",
                "predict_numbers, with the values of one sample",
            ));
        };
        let mut x = columns.row(cells)?;
        self.scaling.standardise(&mut x);
        Ok(self.prediction(&self.ask(&x)?))
    }

    /// The answer about one sample, given as values of the kind that the training data had.
    ///
    /// **Errors:** if the number of values is not that of a sample, or if a value is not finite.
    pub fn predict_numbers(&self, values: &[f32]) -> Result<Prediction, DataError> {
        let shape = [values.len(), 1, 1];
        let sample = Dataset::with_numbers("the sample", shape, values.to_vec(), vec![0.0], 1)?;
        Ok(self.prediction(&self.ask(&self.inputs_of(&sample, &AskedFor::default())?.0)?))
    }

    fn prediction(&self, answers: &Answers) -> Prediction {
        let Answers { outputs, probabilities } = answers.clone();
        let index = argmax(&probabilities);
        Prediction {
            class: self.classes.get(index).cloned().unwrap_or_default(),
            index,
            probability: probabilities.get(index).copied().unwrap_or_default(),
            probabilities,
            outputs,
            done: Vec::new(),
            unlike: None,
        }
    }

    /// Channels, height and width, if samples are pictures.
    pub fn image(&self) -> Option<[usize; 3]> {
        match &self.meaning {
            Some(meaning) => Some(meaning.pictures.as_ref()?.shape),
            None => self.image_of_old(),
        }
    }

    /// How picture files become samples.
    ///
    /// **Errors:** if samples are not pictures.
    pub fn preparation(&self, asked: &AskedFor) -> Result<Preparation, DataError> {
        let Some(shape) = self.image() else {
            let got = match self.meaning().and_then(|meaning| meaning.columns.as_ref()) {
                Some(columns) => format!("rows of a table: {}", columns.input_names().join(", ")),
                None => format!("samples of shape {}", self.input()),
            };
            return Err(DataError::refused(
                self.name(),
                "a network that was trained on pictures of 1 or 3 channels",
                got,
                "toddle predict with a table (.csv) or with arrays (.npy, .npz)",
            ));
        };
        let of_meaning = self.meaning().and_then(|meaning| meaning.preparation(shape, asked.polarity));
        let preparation = of_meaning.unwrap_or(Preparation {
            shape,
            fit: if self.shows_writing() { Fit::Ink } else { Fit::Whole },
            polarity: asked.polarity,
            ground: if shape[0] == 1 { Ground::Dark } else { Ground::Mixed },
        });
        Ok(Preparation { fit: asked.fit.unwrap_or(preparation.fit), ..preparation })
    }

    /// A prepared picture as inputs.
    ///
    /// **Errors:** if the values that black and white had in training are not known.
    pub fn inputs_of_picture(&self, picture: &Picture, asked: &AskedFor) -> Result<Vec<f32>, DataError> {
        let pictures = self.meaning().and_then(|meaning| meaning.pictures.as_ref());
        let known = match pictures {
            Some(Pictures { range, .. }) => *range,
            None => (self.scaling.divisor == 255.0).then_some(Range::UNIT),
        };
        // What a user gives has the numbers of the training data, of which bytes are divided.
        let are_bytes = self.meaning().is_some_and(|meaning| meaning.bytes);
        let given = asked.range.map(|range| if are_bytes { range.divided() } else { range });
        let Some(range) = known.or(given) else {
            let seen = self.meaning().and_then(|meaning| meaning.seen);
            let seen =
                seen.map_or(String::new(), |[least, most]| format!(", which went from {least} to {most}"));
            return Err(DataError::refused(
                self.name(),
                "a network that knows the values of black and white",
                format!("one that was trained on numbers{seen}; the file does not say which is black"),
                "--range BLACK,WHITE with the values in training; or training again with range = [black, white]",
            ));
        };
        let mut x: Vec<f32> =
            picture.bytes().iter().map(|&byte| range.value(f32::from(byte) / 255.0)).collect();
        self.scaling.standardise(&mut x);
        Ok(x)
    }

    /// The samples of a data set as inputs, and what was done to their values, if anything.
    ///
    /// **Errors:** if they have another size than the samples of the training, if it is not known what their numbers mean, or if there is
    /// not enough memory for all of them: [`ask_all`](Self::ask_all) needs less.
    pub fn inputs_of(
        &self,
        samples: &Dataset,
        asked: &AskedFor,
    ) -> Result<(Vec<f32>, Option<String>), DataError> {
        let (mapping, note) = self.mapping(samples, asked)?;
        let memory = (samples.len() * samples.size() * 2 * size_of::<f32>()) as u64;
        Budget::ask(samples.name(), memory, || format!("{} samples as inputs", samples.len()))?;
        Ok((self.inputs_in(samples, mapping, 0..samples.len())?, note))
    }

    /// The answers about all samples of a data set, and what was done to their values, if anything. Some samples after the other become
    /// inputs.
    ///
    /// **Errors:** if the samples have another size than those of the training, if it is not known what their numbers mean, and those
    /// of [`ask`](Self::ask).
    pub fn ask_all(
        &self,
        samples: &Dataset,
        asked: &AskedFor,
    ) -> Result<(Answers, Option<String>), DataError> {
        let (mapping, note) = self.mapping(samples, asked)?;
        let mut answers = Answers { outputs: Vec::new(), probabilities: Vec::new() };
        for first in (0..samples.len()).step_by(Numbers::BATCH) {
            let some = first..(first + Numbers::BATCH).min(samples.len());
            let Answers { outputs, probabilities } = self.ask(&self.inputs_in(samples, mapping, some)?)?;
            answers.outputs.extend(outputs);
            answers.probabilities.extend(probabilities);
        }
        Ok((answers, note))
    }

    /// How the values of a data set become those of the training, and the same in words.
    fn mapping(&self, samples: &Dataset, asked: &AskedFor) -> Result<(Mapping, Option<String>), DataError> {
        if samples.size() != self.input().size() || !self.has_order_of(samples) {
            return Err(DataError::refused(
                samples.name(),
                format!("samples of shape {}, as `{}` was trained on", self.input(), self.name()),
                format!("samples of shape {}", crate::error::shape(&samples.shape())),
                "samples of that shape",
            ));
        }
        let old = Meaning {
            bytes: self.scaling.divisor == 255.0,
            pictures: self.image().map(|shape| Pictures {
                shape,
                range: (self.scaling.divisor == 255.0).then_some(Range::UNIT),
                ground: Ground::Mixed,
                fit: Fit::Whole,
            }),
            ..Meaning::default()
        };
        self.meaning.as_ref().unwrap_or(&old).mapping(samples, asked.range)
    }

    /// A sentence about numbers of arrays that are far from those of the training, if the network was trained on a table. The reader of
    /// tables says the same of rows.
    pub fn far_from_table(&self, samples: &Dataset, asked: &AskedFor) -> Option<String> {
        let columns = self.meaning()?.columns.as_ref()?;
        let (mapping, _) = self.mapping(samples, asked).ok()?;
        (mapping == Mapping::Same).then(|| columns.far_numbers(samples)).flatten()
    }

    /// Whether the values of a sample lie in the order of the network's input. It is not known in which order somebody else has written
    /// the channels, rows and columns of a picture into one row, and which picture a row is.
    fn has_order_of(&self, samples: &Dataset) -> bool {
        let input = match self.input() {
            Shape::Vector(size) => [size, 1, 1],
            Shape::Image { channels, height, width } => [channels, height, width],
        };
        let is_row = |[_, height, width]: [usize; 3]| height * width == 1;
        let has_one_channel = |[channels, ..]: [usize; 3]| channels == 1;
        let shape = samples.shape();
        let meaning = self.meaning();
        shape == input
            || is_row(shape) && has_one_channel(input)
            || is_row(input) && has_one_channel(shape)
            || meaning.is_none_or(|meaning| meaning.columns.is_some() || meaning.read_as == Some(shape))
    }

    /// Some samples of a data set as inputs.
    fn inputs_in(
        &self,
        samples: &Dataset,
        mapping: Mapping,
        some: ops::Range<usize>,
    ) -> Result<Vec<f32>, DataError> {
        let size = samples.size();
        let mut x = vec![0.0; some.len() * size];
        samples.values().read(some.start * size, &mut x);
        samples.check_read()?;
        mapping.apply(&mut x);
        x.chunks_exact_mut(size.max(1)).for_each(|x| self.scaling.standardise(x));
        Ok(x)
    }

    /// The shape of pictures, as a file of an older version does not say it: numbers in a row count as a grey square.
    fn image_of_old(&self) -> Option<[usize; 3]> {
        match self.input() {
            Shape::Image { channels: channels @ (1 | 3), height, width } => Some([channels, height, width]),
            Shape::Vector(size) if size.isqrt().pow(2) == size && size >= 64 => {
                Some([1, size.isqrt(), size.isqrt()])
            }
            _ => None,
        }
    }

    /// Whether the classes are letters or digits, as a file of an older version does not say it.
    fn shows_writing(&self) -> bool {
        self.classes.iter().all(|class| class.chars().count() == 1)
    }
}
