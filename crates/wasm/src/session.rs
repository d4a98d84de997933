//! A training that a page leads, question by question. It does no I/O and has no clock.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toddle::{Fit, Float, GraphSpec, Isa, Machine, Network, Trainer};
#[cfg(target_family = "wasm")]
use wasm_bindgen::prelude::wasm_bindgen;

/// What a page may ask.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// Whether `toddle.wasm` has the right bits here, and which instructions it uses.
    Instructions,
    /// Begins a training. The images are the bytes of the question: first the pixels of all images, one byte each, and then
    /// one byte for each label.
    Begin {
        /// The network.
        network: Box<GraphSpec>,
        /// The training.
        fit: Box<Fit>,
        /// The seed of the weights.
        seed: u32,
        /// `f32` or `f64`.
        precision: String,
    },
    /// Takes the next steps of the training, at most so many.
    Steps {
        /// How many.
        count: u64,
    },
    /// The digest of the weights.
    Weights,
}

/// What the session answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// To [`Question::Instructions`].
    Instructions {
        /// `simd128` in WebAssembly.
        name: String,
    },
    /// To [`Question::Begin`] and [`Question::Steps`].
    Training {
        /// The number of steps so far.
        steps: u64,
        /// The mean loss of the last step's samples.
        loss: Option<f64>,
        /// Whether no step is left.
        done: bool,
    },
    /// To [`Question::Weights`].
    Weights {
        /// The SHA-256 of the weights as little-endian bytes.
        sha256: String,
    },
    /// The question has no answer.
    Fault {
        /// The reason.
        message: String,
    },
}

/// The training of one page.
#[cfg_attr(target_family = "wasm", wasm_bindgen)]
#[derive(Default)]
pub struct Session {
    training: Option<Box<dyn Training>>,
}

#[cfg_attr(target_family = "wasm", wasm_bindgen)]
impl Session {
    /// A session without a training.
    #[cfg_attr(target_family = "wasm", wasm_bindgen(constructor))]
    pub fn new() -> Session {
        Session::default()
    }

    /// The answer to a [`Question`] with its bytes: an [`Answer`]. Both are JSON.
    pub fn answer(&mut self, question: &str, bytes: &[u8]) -> String {
        let question = serde_json::from_str(question).map_err(|fault| fault.to_string());
        let answer = question.and_then(|question| self.handle(question, bytes));
        let answer = answer.unwrap_or_else(|message| Answer::Fault { message });
        serde_json::to_string(&answer).expect("an answer is JSON")
    }
}

impl Session {
    fn handle(&mut self, question: Question, bytes: &[u8]) -> Result<Answer, String> {
        match question {
            Question::Instructions => Ok(Answer::Instructions { name: Isa::detect().name().into() }),
            Question::Begin { network, fit, seed, precision } => {
                let training = match &*precision {
                    "f32" => begin::<f32>(&network, &fit, seed, bytes)?,
                    "f64" => begin::<f64>(&network, &fit, seed, bytes)?,
                    _ => return Err(format!("the precision is \"f32\" or \"f64\", and not {precision:?}")),
                };
                self.training.insert(training).steps(0)
            }
            Question::Steps { count } => self.training()?.steps(count),
            Question::Weights => Ok(self.training()?.weights()),
        }
    }

    fn training(&mut self) -> Result<&mut Box<dyn Training>, String> {
        self.training.as_mut().ok_or_else(|| "no training has begun: ask `begin` first".into())
    }
}

/// A training of any precision.
trait Training {
    /// Takes at most `count` steps.
    fn steps(&mut self, count: u64) -> Result<Answer, String>;
    /// The digest of the weights.
    fn weights(&self) -> Answer;
}

/// A training and its samples.
struct Run<T> {
    network: Network<T>,
    trainer: Trainer<T>,
    inputs: Vec<T>,
    targets: Vec<T>,
    loss: Option<f64>,
}

fn begin<T: Float>(
    spec: &GraphSpec,
    fit: &Fit,
    seed: u32,
    bytes: &[u8],
) -> Result<Box<dyn Training>, String> {
    let network = spec.build::<T>(seed).map_err(|fault| fault.to_string())?;
    let (pixels, classes) = (network.input().size(), network.output().size());
    let samples = bytes.len() / (pixels + 1);
    if samples * (pixels + 1) != bytes.len() {
        return Err(format!("{} bytes are not images of {pixels} pixels with a label each", bytes.len()));
    }
    let (images, labels) = bytes.split_at(samples * pixels);
    if let Some(label) = labels.iter().find(|label| usize::from(**label) >= classes) {
        return Err(format!("a label is less than {classes}, the number of outputs, and not {label}"));
    }
    let is = |class: usize, label: &u8| T::from_f64(if class == usize::from(*label) { 1.0 } else { 0.0 });
    let fit = fit.clone().machine(Machine { isa: Isa::detect(), threads: 1 });
    Ok(Box::new(Run {
        trainer: Trainer::new(&network, &fit, samples).map_err(|fault| fault.to_string())?,
        inputs: images.iter().map(|pixel| T::from_f64(f64::from(f32::from(*pixel) / 255.0))).collect(),
        targets: labels.iter().flat_map(|label| (0..classes).map(move |class| is(class, label))).collect(),
        network,
        loss: None,
    }))
}

impl<T: Float> Training for Run<T> {
    fn steps(&mut self, count: u64) -> Result<Answer, String> {
        let Run { network, trainer, inputs, targets, loss } = self;
        for _ in 0..count {
            if trainer.is_done() {
                break;
            }
            let samples = network.samples(inputs, targets).map_err(|fault| fault.to_string())?;
            *loss = Some(trainer.step(network, &samples).map_err(|fault| fault.to_string())?.loss);
            if trainer.epoch_is_over() {
                trainer.end_epoch(network, None);
            }
        }
        Ok(Answer::Training { steps: trainer.state().steps, loss: *loss, done: trainer.is_done() })
    }

    fn weights(&self) -> Answer {
        let mut bytes = Vec::new();
        self.network.weights().iter().for_each(|weight| weight.write_le(&mut bytes));
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Answer::Weights { sha256 }
    }
}
