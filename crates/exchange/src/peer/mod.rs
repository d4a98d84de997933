//! The other programs, which check what is written for them.
//!
//! The crate starts no program. A front end starts one with a script such as [`ONNXRUNTIME`], and hands its standard
//! input and output to [`Question::ask`].

mod difference;

use std::io::{self, BufRead, Read, Write};

use serde::{Deserialize, Serialize};
use toddle::Network;

pub use difference::Difference;

use crate::arrays::Array;
use crate::numbers::numbers;

/// The script for Python that answers questions about ONNX files.
pub const ONNXRUNTIME: &str = concat!(include_str!("answers.py"), include_str!("onnxruntime.py"));

/// The script for Python that answers questions about modules of PyTorch, as [`Module::together`] gives them.
///
/// [`Module::together`]: crate::Module::together
pub const PYTORCH: &str = concat!(include_str!("answers.py"), include_str!("pytorch.py"));

/// The script for Python that answers questions about source for Keras, as [`Module::together`] gives it.
///
/// [`Module::together`]: crate::Module::together
pub const KERAS: &str = concat!(include_str!("answers.py"), include_str!("keras.py"));

/// The script for Python that says what NumPy reads in a file of [`arrays`](crate::arrays). [`read_arrays`] reads what it
/// says.
pub const NUMPY: &str = include_str!("numpy.py");

/// Samples for another program: a file that it can read, and the inputs of the samples.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The network as the other program has it.
    pub file: &'a [u8],
    /// The network as toddle has it.
    pub network: &'a Network<f32>,
    /// The names of the outputs in the file.
    pub outputs: Vec<String>,
    /// The number of samples that the file takes at once. None: any number.
    pub batch: Option<usize>,
    /// The inputs, one sample after the other.
    pub x: &'a [f32],
}

/// What another program says.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The program, with its version.
    pub by: String,
    /// The outputs, one sample after the other.
    pub y: Vec<f32>,
}

/// The line before a question's bytes.
#[derive(Serialize)]
struct Asked<'a> {
    file: usize,
    samples: usize,
    numbers: usize,
    inputs: Vec<Vec<usize>>,
    outputs: &'a [String],
    batch: Option<usize>,
}

/// The line before an answer's bytes.
#[derive(Deserialize)]
struct Said {
    by: String,
    numbers: usize,
    error: Option<String>,
}

/// The number of bytes of an element.
const WORD: usize = 4;

impl Question<'_> {
    /// Sends the question `to` the other program, and reads the answer `from` it.
    ///
    /// # Errors
    /// The program ends before its answer is complete, or answers with an error or with another number of elements.
    pub fn ask(&self, to: &mut dyn Write, from: &mut dyn BufRead) -> io::Result<Answer> {
        let samples = self.x.len() / self.network.input().size();
        let asked = Asked {
            file: self.file.len(),
            samples,
            numbers: self.x.len(),
            inputs: self.network.inputs().iter().map(|input| dims(input.shape)).collect(),
            outputs: &self.outputs,
            batch: self.batch,
        };
        serde_json::to_writer(&mut *to, &asked)?;
        to.write_all(b"\n")?;
        to.write_all(self.file)?;
        to.write_all(&self.x.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>())?;
        to.flush()?;
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let said: Said = serde_json::from_str(&line)?;
        if let Some(error) = said.error {
            return Err(io::Error::other(format!("{}: {error}", said.by)));
        }
        let expected = samples * self.network.output().size();
        if said.numbers != expected {
            return Err(io::Error::other(format!(
                "{} gives {} numbers, not {expected}",
                said.by, said.numbers
            )));
        }
        let mut bytes = vec![0; WORD * expected];
        from.read_exact(&mut bytes)?;
        Ok(Answer { by: said.by, y: numbers(&bytes, f32::from_le_bytes) })
    }
}

/// The program that read a file of arrays, and the arrays, from what [`NUMPY`] said.
///
/// # Errors
/// The program failed, or its answer is not complete.
pub fn read_arrays(mut said: &[u8]) -> io::Result<(String, Vec<Array>)> {
    #[derive(Deserialize)]
    struct Read {
        by: String,
        arrays: Vec<(String, Vec<usize>)>,
    }
    let mut line = String::new();
    said.read_line(&mut line)?;
    let Read { by, arrays } = serde_json::from_str(&line)?;
    let read = arrays.into_iter().map(|(name, dims)| {
        let mut bytes = vec![0; WORD * dims.iter().product::<usize>()];
        said.read_exact(&mut bytes)?;
        Ok(Array { name, dims, values: numbers(&bytes, f32::from_le_bytes) })
    });
    Ok((by, read.collect::<io::Result<Vec<Array>>>()?))
}

/// The sizes of a shape.
fn dims(shape: toddle::Shape) -> Vec<usize> {
    match shape {
        toddle::Shape::Image { channels, height, width } => vec![channels, height, width],
        toddle::Shape::Vector(size) => vec![size],
    }
}
