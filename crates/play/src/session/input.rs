//! From an input of a page to the elements of a network's input.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use toddle::{Float, argmax};
use toddle_data::{Dataset, Picture, Pictures, Polarity, Prepared, Range};

use super::Response;
use super::work::{Work, shape};
use crate::protocol::{Answer, Array, Fault, Half, Input, Packed, Sample};

/// An input that is ready for the network.
pub struct Given<T> {
    /// The elements.
    pub x: Vec<T>,
    /// The input to look at.
    pub picture: Option<Array>,
    /// What was done to a drawing.
    pub done: Vec<String>,
    /// The class of the sample.
    pub label: Option<usize>,
    /// The target of the sample.
    pub target: Option<Vec<T>>,
}

impl<T: Float + From<f32>> Work<T> {
    /// An input as the network takes it.
    pub fn given(&self, input: &Input) -> Result<Given<T>, Fault> {
        match input {
            Input::Sample { half, index } => {
                let dataset = self.dataset(*half)?;
                check_index(dataset, *index)?;
                Ok(Given {
                    x: self.inputs(dataset, *index),
                    picture: self.picture(dataset, *index),
                    done: Vec::new(),
                    label: dataset.labels().get(*index).map(|&label| label as usize),
                    target: Some(target(dataset, *index)),
                })
            }
            Input::Values { values } => {
                let numbers = values.numbers()?;
                if numbers.len() != self.network.input().size() {
                    let expected =
                        format!("{} elements, {}", self.network.input().size(), self.network.input());
                    let got = format!("{} elements", numbers.len());
                    return Err(Fault::new(
                        "these are not the inputs of the network",
                        expected,
                        got,
                        "one sample",
                    ));
                }
                let x: Vec<T> = numbers.into_iter().map(T::from_f64).collect();
                self.network.check_inputs(&x)?;
                Ok(Given { x, picture: None, done: Vec::new(), label: None, target: None })
            }
            Input::Drawn { drawn } => {
                drawn.numbers()?;
                let Some(Packed(bytes)) = drawn.u8.clone() else {
                    let (expected, got) = ("the elements as `u8`, from 0 to 255", "`f32` or `f64`");
                    return Err(Fault::new("a drawing is bytes", expected, got, "\"u8\""));
                };
                let shape = match drawn.shape[..] {
                    [height, width] => [1, height, width],
                    [channels @ (1 | 3), height, width] => [channels, height, width],
                    _ => {
                        let got = format!("{:?}", drawn.shape);
                        let expected = "[height, width], or [3, height, width]";
                        return Err(Fault::new(
                            "a drawing cannot have this shape",
                            expected,
                            got,
                            "[280, 280]",
                        ));
                    }
                };
                self.prepared("the drawing", Picture::new(shape, bytes)?)
            }
            Input::Picture { picture } => {
                let file = STANDARD.decode(picture).map_err(|error| {
                    Fault::new(
                        "the picture is no Base64",
                        "a file in Base64",
                        error.to_string(),
                        "another text",
                    )
                })?;
                self.prepared("the picture", Picture::decode("the picture", &file)?)
            }
        }
    }

    /// A picture, prepared as those of the training were.
    fn prepared(&self, name: &str, picture: Picture) -> Result<Given<T>, Fault> {
        let Some(Pictures { shape, .. }) = self.meaning.pictures else {
            let got = format!("samples of shape {}", self.network.input());
            return Err(Fault::new(
                "the network does not look at pictures",
                "pictures",
                got,
                "a sample, or numbers",
            ));
        };
        let preparation = self.meaning.preparation(shape, Polarity::Auto);
        let (Some(preparation), Some(range)) = (preparation, self.range()) else {
            return Err(no_range("a picture cannot be prepared"));
        };
        let Prepared { picture, mut done, unlike } = preparation.prepare(name, picture)?;
        done.extend(unlike);
        let mut x: Vec<f32> =
            picture.bytes().iter().map(|&byte| range.value(f32::from(byte) / 255.0)).collect();
        self.scaling.standardise(&mut x);
        let shown = Array::of_bytes(shape.to_vec(), picture.bytes().to_vec());
        let x = x.into_iter().map(T::from).collect();
        Ok(Given { x, picture: Some(shown), done, label: None, target: None })
    }

    /// The values of black and white, if the inputs are pictures and these values are known.
    pub fn range(&self) -> Option<Range> {
        self.meaning.pictures.as_ref()?.range
    }

    /// The inputs of sample `index`.
    pub fn inputs(&self, dataset: &Dataset, index: usize) -> Vec<T> {
        let mut x = vec![0.0f32; dataset.size()];
        dataset.write_input(index, &mut x);
        x.into_iter().map(T::from).collect()
    }

    /// The sample to look at, if it is a picture.
    pub fn picture(&self, dataset: &Dataset, index: usize) -> Option<Array> {
        let pictures = self.meaning.pictures.as_ref()?;
        Some(Array::of_bytes(pictures.shape.to_vec(), dataset.image(index).into_owned()))
    }

    /// A sample of the data.
    pub fn sample(&self, half: Half, index: usize) -> Response {
        let dataset = self.dataset(half)?;
        check_index(dataset, index)?;
        Ok(Answer::Sample(Sample {
            half,
            index,
            of: dataset.len(),
            label: dataset.labels().get(index).copied(),
            caption: dataset.caption(index),
            picture: self.picture(dataset, index),
            values: Array::of(shape(self.network.input()), &self.inputs(dataset, index)),
            target: Array::of(shape(self.network.output()), &target::<T>(dataset, index)),
        }))
    }

    /// The target that an input is judged by: the class of `wanted`, that of the sample, or the class of the answer.
    pub fn target(
        &self,
        given: &Given<T>,
        wanted: Option<usize>,
        output: &[f64],
    ) -> Result<Option<Vec<T>>, Fault> {
        let one_hot = |class: usize| match self.network.output().size() {
            1 => vec![T::from_f64(class as f64)],
            width => (0..width).map(|o| if o == class { T::ONE } else { T::ZERO }).collect(),
        };
        match (wanted, &given.target) {
            (Some(class), _) if !self.has_classes() || class >= self.classes.len() => {
                let expected = format!("a class below {}", self.classes.len());
                Err(Fault::new("there is no such class", expected, class.to_string(), "another class"))
            }
            (Some(class), _) => Ok(Some(one_hot(class))),
            (None, Some(target)) => Ok(Some(target.clone())),
            (None, None) if self.has_classes() => Ok(Some(one_hot(argmax(&self.probabilities(output)?)))),
            (None, None) => Ok(None),
        }
    }
}

/// The error that nothing says which values are black and white.
pub fn no_range(what: &str) -> Fault {
    let expected = "a network that knows the values of black and white";
    let remedy = "training again with range = [black, white] in [data]";
    Fault::new(what, expected, "one that does not", remedy)
}

/// The target of sample `index`.
pub fn target<T: Float + From<f32>>(dataset: &Dataset, index: usize) -> Vec<T> {
    let mut t = vec![T::ZERO; dataset.target_size()];
    dataset.write_target(index, &mut t);
    t
}

fn check_index(dataset: &Dataset, index: usize) -> Result<(), Fault> {
    if index < dataset.len() {
        return Ok(());
    }
    let what = format!("there is no sample {index}");
    Err(Fault::new(what, format!("a number below {}", dataset.len()), index.to_string(), "a lower number"))
}
