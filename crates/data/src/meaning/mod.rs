//! What the numbers of a data set mean. A model keeps it, and prepares new data accordingly.
//!
//! | file | idea |
//! |---|---|
//! | `range.rs` | the values of black and white |
//! | `polarity.rs` | light on dark, or dark on light |
//! | `pictures.rs` | what pictures were like |
//! | `digest.rs` | what tells data sets apart |
//! | `classes.rs` | classes of two sets, paired by their names |
//! | `inputs.rs` | samples of another set, as inputs of a trained network |
//! | `link.rs` | outputs as the numbers that were learned |

mod classes;
mod digest;
mod inputs;
mod link;
mod pictures;
mod polarity;
mod range;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use toddle::Scaling;

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::prepare::{Fit, Preparation};
use crate::table::Columns;

pub use digest::Digest;
pub(crate) use inputs::Mapping;
pub use link::Link;
pub(crate) use link::softmax;
pub(crate) use pictures::Look;
pub use pictures::Pictures;
pub use polarity::{Ground, Polarity};
pub use range::Range;

/// What the numbers of a data set meant when a network was trained on it.
///
/// The command writes it into the model file, as `data` of [`About`](toddle::checkpoint::About).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meaning {
    /// What the experiment calls the data: a set's name, or a path.
    pub place: String,
    /// The number of training samples.
    pub samples: usize,
    /// What tells the training samples apart from others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// What tells the validation samples apart from others, if there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Digest>,
    /// The least and the greatest value of the training samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<[f32; 2]>,
    /// Whether the values were bytes, which were divided by 255.
    pub bytes: bool,
    /// Whether the targets were numbers to be learned, and no classes.
    pub numbers: bool,
    /// How each output of the network becomes the numbers that were learned; empty if all outputs are the numbers. For classes: that
    /// of the loss, unless it is one of logits or probabilities of classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Whether the samples were rows of numbers, without a height and a width.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rows: bool,
    /// The shape of a sample in the data, if the network takes another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_as: Option<[usize; 3]>,
    /// How numbers to learn became targets. The answers of the network are converted back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_scaling: Option<Scaling>,
    /// Which samples were held out of the training, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<String>,
    /// What the samples were like, if they were pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pictures: Option<Pictures>,
    /// The columns, if the samples were rows of a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Columns>,
}

impl Meaning {
    /// What the numbers of the training samples `train` mean.
    pub fn of(train: &Dataset, pictures: Option<Pictures>, columns: Option<Columns>) -> Meaning {
        Meaning {
            place: train.name().to_owned(),
            samples: train.len(),
            digest: Some(Digest::of(train)),
            validation: None,
            seen: train.values().bounds(),
            bytes: train.values().are_bytes(),
            numbers: train.classes() == 0,
            links: Vec::new(),
            rows: train.height() * train.width() == 1,
            read_as: None,
            target_scaling: train.target_scaling().filter(|scaling| scaling.is_standard()).cloned(),
            held_out: None,
            pictures,
            columns,
        }
    }

    /// What the numbers of `samples` mean, if nothing else is known about them than their `columns`.
    ///
    /// ```
    /// use toddle_data::{Ground, Meaning};
    /// let digits = toddle_data::mnist().test()?;
    /// let pictures = Meaning::of_samples(&digits, None).pictures.expect("they are pictures");
    /// assert_eq!((pictures.shape, pictures.ground), ([1, 28, 28], Ground::Dark));
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn of_samples(samples: &Dataset, columns: Option<Columns>) -> Meaning {
        let pictures = Pictures::of(samples, columns.as_ref(), Fit::Whole, Look::Some, None);
        Meaning::of(samples, pictures, columns)
    }

    /// How the training samples differ from those of `other`, in words; empty if they do not differ, or if it is not known.
    pub fn differences(&self, other: &Meaning) -> Vec<&'static str> {
        let mut differences = match (&self.digest, &other.digest) {
            (Some(own), Some(other)) => own.differences(other),
            _ => Vec::new(),
        };
        let names = |columns: &Columns| (columns.input_names(), columns.target_names());
        if let (Some(own), Some(other)) = (&self.columns, &other.columns)
            && names(own) != names(other)
        {
            differences.push("the names of the columns");
        }
        differences
    }

    /// What tells the training samples and the validation samples apart from others, in one text.
    pub fn told_apart(&self) -> String {
        let digests = [&self.digest, &self.validation].into_iter().flatten();
        let each = digests.flat_map(|Digest { values, targets, classes }| [values, targets, classes]);
        each.map(|digest| digest.get(..16).unwrap_or(digest)).collect::<Vec<_>>().join("-")
    }

    /// As a model file keeps it.
    pub fn to_json(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }

    /// What a model file keeps; `None` if it says nothing, as those of older versions.
    ///
    /// **Errors:** if it says something that this version does not understand.
    pub fn from_json(name: &str, data: &Map<String, Value>) -> Result<Option<Meaning>, DataError> {
        if data.is_empty() {
            return Ok(None);
        }
        let mut meaning: Meaning = serde_json::from_value(Value::Object(data.clone())).map_err(|fault| {
            let expected = "what the numbers of the training data meant, under `data` in `toddle.about`";
            DataError::refused(name, expected, fault.to_string(), "the version of toddle that wrote the file")
        })?;
        // Files of an older version say only whether a network with one output gives logits.
        if meaning.links.is_empty() && data.get("logits") == Some(&Value::Bool(true)) {
            meaning.links = vec![Link::Sigmoid];
        }
        Ok(Some(meaning))
    }

    /// How picture files become samples of `shape`; `None` if the samples were no pictures.
    pub fn preparation(&self, shape: [usize; 3], polarity: Polarity) -> Option<Preparation> {
        let pictures = self.pictures.as_ref()?;
        Some(Preparation { shape, fit: pictures.fit, polarity, ground: pictures.ground })
    }
}
