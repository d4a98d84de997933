//! Samples as inputs of the network, with their names.

use toddle::escaped;
use toddle_data::{AskedFor, DataError, Dataset, Model, Picture, Preparation};

use crate::output::note;

/// Samples to ask about.
pub struct Subjects {
    /// One for each sample.
    pub list: Vec<Subject>,
    /// The inputs of all samples, one sample after the other.
    pub inputs: Vec<f32>,
    /// The images of all samples: channel by channel, row by row. Empty if no picture is drawn.
    pub images: Vec<Vec<u8>>,
    drawn: bool,
}

/// A sample before the network has run.
pub struct Subject {
    pub name: String,
    /// The changes that were made to the picture. `None` for rows and arrays.
    pub done: Option<Vec<String>>,
    /// The right answer, if it is known.
    pub truth: Option<Truth>,
}

/// The right answer for a sample.
pub enum Truth {
    /// The index of the class.
    Class(usize),
    /// The target numbers.
    Numbers(Vec<f64>),
}

impl Subjects {
    /// An empty list. `drawn` decides whether images are kept.
    pub fn new(drawn: bool) -> Subjects {
        Subjects { list: Vec::new(), inputs: Vec::new(), images: Vec::new(), drawn }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds a picture, prepared as the network knows pictures.
    pub fn add_picture(
        &mut self,
        model: &Model,
        preparation: &Preparation,
        picture: Picture,
        asked: &AskedFor,
        name: String,
    ) -> Result<(), DataError> {
        let prepared = preparation.prepare(&name, picture)?;
        self.inputs.extend(model.inputs_of_picture(&prepared.picture, asked)?);
        if self.drawn {
            self.images.push(prepared.picture.bytes().to_vec());
        }
        if let Some(unlike) = prepared.unlike {
            note(false, &format!("`{}`: {unlike}; --polarity invert inverts it", escaped(&name)));
        }
        self.list.push(Subject { name, done: Some(prepared.done), truth: None });
        Ok(())
    }

    /// Adds the samples of a data set, whose targets may be known.
    pub fn add(
        &mut self,
        model: &Model,
        samples: &Dataset,
        known: bool,
        asked: &AskedFor,
        name: impl Fn(usize) -> String,
    ) -> Result<(), DataError> {
        let (inputs, mapped) = model.inputs_of(samples, asked)?;
        mapped.iter().for_each(|mapped| note(false, &escaped(mapped)));
        self.inputs.extend(inputs);
        // Targets of another kind than the answers of the network cannot be compared with the answers.
        let size = samples.target_size();
        let alike = match model.is_regression() {
            true => samples.classes() == 0 && size == model.output().size(),
            false => samples.classes() > 0 && samples.classes() <= model.classes().len(),
        };
        if known && !alike {
            note(
                false,
                &format!(
                    "the targets of `{}` do not fit the answers of the network",
                    escaped(samples.name())
                ),
            );
        }
        for i in 0..samples.len() {
            let truth = (known && alike).then(|| match samples.labels().get(i) {
                Some(&label) => Truth::Class(label as usize),
                None => {
                    Truth::Numbers(samples.numbers()[i * size..][..size].iter().map(|&t| t.into()).collect())
                }
            });
            if self.drawn {
                self.images.push(samples.image(i).into_owned());
            }
            self.list.push(Subject { name: name(i), done: None, truth });
        }
        Ok(())
    }
}
